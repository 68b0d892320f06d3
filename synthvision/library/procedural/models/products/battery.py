"""A household battery: round cells AA, AAA, C and D, or a 9 V block, standing or lying."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.products.closures import lathe
from synthvision.library.procedural.models.products.finishes import STEEL, metal, plastic
from synthvision.library.procedural.models.products.printing import worn_art
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.prints.packages import package_scheme
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, rectangle_ring, stacked
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import roughness_map

__all__ = ["BATTERY"]

SEGMENTS = 40
SIZES_M = {
    # diameter, height with the tip (IEC 60086-2)
    "AA": (0.0145, 0.0505),
    "AAA": (0.0105, 0.0445),
    "C": (0.0262, 0.05),
    "D": (0.0342, 0.0615),
}
BLOCK_M = (0.0175, 0.0265, 0.0465)
"""Depth, width and height without terminals of a 6LR61 block."""


def _build(params: Mapping[str, Any]) -> Model:
    size, design, seed = str(params["size"]), int(params["design"]), int(params["wear_seed"])
    dirt = round(2 * float(params["dirt"])) / 2
    skin = Material(
        name="body",
        base_colour_map=_wrap(size, design, seed, dirt),
        metallic=0.5,
        roughness=0.34,
        metallic_roughness_map=roughness_map(seed, 0.4),
        clearcoat=0.6,
        clearcoat_roughness=0.1,
    )
    bare = metal("terminals", STEEL, 0.3 + 0.2 * dirt, seed)
    pieces, tip = _block(skin, bare) if size == "9V" else _round(size, skin, bare)
    tall = tip
    ends = {"minus": (0.0, 0.0, 0.0), "plus": (0.0, 0.0, tall)}
    if str(params["pose"]) == "lying":
        # The plus end to +x; the roll shows another part of the print.
        turn = turn_about("y", np.pi / 2) @ turn_about("z", _roll(size, float(params["roll_rad"])))
        pieces = [(mesh.turned(turn).moved((-tall / 2, 0.0, 0.0)), material) for mesh, material in pieces]
        ends = {"minus": (-tall / 2, 0.0, 0.0), "plus": (tall / 2, 0.0, 0.0)}
    elif size != "9V":
        turn = turn_about("z", float(params["roll_rad"]))
        pieces = [(mesh.turned(turn), material) for mesh, material in pieces]
    return assembled(
        "battery",
        params,
        pieces,
        attributes={"material": "metal", "size": size},
        keypoints=ends,
    )


def _roll(size: str, roll: float) -> float:
    """A block lies on one of its flat sides; a round cell on any line."""
    return (np.pi / 2) * round(roll / (np.pi / 2)) if size == "9V" else roll


def _round(size: str, skin: Material, bare: Material) -> tuple[list[tuple[Mesh, Material]], float]:
    diameter, tall = SIZES_M[size]
    r = diameter / 2
    nub = 0.19 * diameter + 0.0001
    shoulder = tall - (0.001 if size in ("AA", "AAA") else 0.0015)
    foot = filleted(
        [(0.0, 0.0), (0.68 * r, 0.0), (0.74 * r, 0.0005), (0.86 * r, 0.0005), (0.9 * r, 0.0003), (0.96 * r, 0.0006)],
        [0.0, 0.0004, 0.0002, 0.0002, 0.0002, 0.0],
    )
    wall = filleted(
        [
            (0.96 * r, 0.0006),
            (r, 0.001),
            (r, shoulder - 0.0012),
            (0.93 * r, shoulder - 0.0006),
            (0.9 * r, shoulder - 0.0007),
        ],
        [0.0, 0.0006, 0.0008, 0.0004, 0.0],
    ).refined(0.004)
    top = filleted(
        [
            (0.9 * r, shoulder - 0.0007),
            (0.87 * r, shoulder - 0.001),
            (1.35 * nub, shoulder - 0.001),
            (1.25 * nub, shoulder - 0.0002),
            (nub, shoulder - 0.0002),
            (nub, tall),
            (0.0, tall),
        ],
        [0.0, 0.0002, 0.0003, 0.0003, 0.0003, 0.0005, 0.0],
    )
    ends = join([revolve(foot, SEGMENTS), revolve(top, SEGMENTS)])
    return [(revolve(wall, SEGMENTS), skin), (ends, bare)], tall


def _block(skin: Material, bare: Material) -> tuple[list[tuple[Mesh, Material]], float]:
    deep, wide, tall = BLOCK_M
    rings = [
        (rectangle_ring(deep - 2 * inset, wide - 2 * inset, 0.0022, steps=4, cells_xy=(3, 5)), z)
        for inset, z in (
            (0.0012, 0.0),
            (0.0003, 0.0003),
            (0.0, 0.001),
            (0.0, 0.3 * tall),
            (0.0, 0.6 * tall),
            (0.0, tall - 0.001),
            (0.0003, tall - 0.0003),
            (0.0012, tall),
        )
    ]
    body = loft(stacked(rings), crease_rad=0.7)
    plate = rounded_box((deep - 0.002, wide - 0.0024, 0.0012), 0.0005, 2, 2).moved((0.0, 0.0, tall + 0.0004))
    male = lathe([(0.0, 0.0), (0.0029, 0.0), (0.0026, 0.001), (0.0029, 0.0028), (0.0, 0.003)], 24, 0.0004)
    crown = [
        (circle_ring(r, 24) * (1.0 + 0.06 * np.cos(6 * np.arange(24) * 2 * np.pi / 24))[:, None], z)
        for r, z in (
            (0.0038, 0.0),
            (0.0036, 0.0012),
            (0.0043, 0.003),
            (0.0039, 0.0031),
            (0.0031, 0.0012),
            (0.003, 0.0004),
        )
    ]
    female = loft(stacked(crown), crease_rad=0.5)
    lift = tall + 0.0009
    snaps = join([male.moved((0.0, -0.00635, lift)), female.moved((0.0, 0.00635, lift))])
    return [(body, skin), (plate, plastic("plate", (0.02, 0.02, 0.022), 0.5)), (snaps, bare)], lift + 0.003


@lru_cache(maxsize=24)
def _wrap(size: str, design: int, seed: int, dirt: float) -> Texture:
    """The foil sleeve: two colours, the name along the cell, signs at the ends."""
    scheme = package_scheme(design)
    dark = design % 3 != 0
    canvas = Canvas(256, 256, (22, 22, 26) if dark else scheme.main)
    band = (196, 122, 58) if design % 2 else scheme.accent
    canvas.rectangle(0, 0, 256, 62, band)
    canvas.rectangle(0, 62, 256, 66, (238, 236, 230))
    name = invented_name(design, "battery").upper()
    white = (240, 240, 238)
    for middle in (64.0, 192.0):
        canvas.text(
            name, (middle - 12, 160.0), 34.0, white, TypeStyle(weight=0.2), max_width=150.0, turn_rad=-np.pi / 2
        )
        canvas.text(size, (middle + 30, 190.0), 16.0, band, TypeStyle(weight=0.1), max_width=60.0, turn_rad=-np.pi / 2)
        canvas.text(
            "9V" if size == "9V" else "1.5V",
            (middle + 30, 120.0),
            14.0,
            white,
            TypeStyle(),
            max_width=50.0,
            turn_rad=-np.pi / 2,
        )
        canvas.rectangle(middle - 12, 28, middle + 12, 34, (20, 20, 22))
        canvas.rectangle(middle - 3, 19, middle + 3, 43, (20, 20, 22))
        canvas.rectangle(middle - 10, 240, middle + 10, 245, white)
    return worn_art(canvas.finished().astype(np.float32), seed, 0.4 * dirt)


BATTERY = ProceduralAsset(
    name="battery",
    kind="model",
    category="battery",
    tags=("table", "waste", "electronics", "metal"),
    size_m=0.05,
    description="A household battery of size AA, AAA, C, D or a 9 V block, standing or lying, with its terminals.",
    parameters={
        "size": Choice((*SIZES_M, "9V"), "AA", (0.4, 0.2, 0.1, 0.1, 0.2)),
        "design": Integer(0, 11, 1),
        "pose": Choice(("standing", "lying"), "standing"),
        "roll_rad": Number(0.0, 6.283, 0.5),
        "dirt": Number(0.0, 1.0, 0.2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "terminals", "plate"),
    keypoints=("minus", "plus"),
)
