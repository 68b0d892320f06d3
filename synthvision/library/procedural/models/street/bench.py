"""Park benches: slats of wood on cast-iron sides, steel legs or concrete blocks, with or without a back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    cast_concrete,
    over_height,
    painted_steel,
    worn_steel,
)
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along
from synthvision.library.procedural.timber import board_maps

__all__ = ["BENCH"]

ALONG_Y = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Local axes of a slat (length, depth, thickness) lying along y; its width then points up."""
FLAT_Y = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def _build(params: Mapping[str, Any]) -> Model:
    length, seat = float(params["length_m"]), float(params["seat_m"])
    sides = str(params["sides"])
    backed = str(params["back"]) == "yes"
    rng = rng_for(int(params["wear_seed"]), 0, "bench.slats")
    depth = 0.42
    recline = np.deg2rad(float(params["recline_deg"]))
    slats, screws = _slats(params, rng, length, seat, depth, backed, float(recline))
    wood = board_maps(str(params["species"]), int(params["wear_seed"]) % 2, round(2 * float(params["dirt"])) / 2)
    painted = str(params["species"]) == "beech"
    finish = Material(
        name="slats",
        base_colour_map=wood.colour,
        base_colour=(*(rgb(params["slat_colour"]) if painted else (1.0, 1.0, 1.0)), 1.0),
        normal_map=wood.normal,
        metallic_roughness_map=wood.rough,
        roughness=0.9,
        normal_scale=1.4,
    )
    top = seat + (0.42 * float(np.cos(recline)) if backed else 0.0)
    frame = {"iron": _iron, "steel": _steel, "concrete": _blocks}[sides](length, seat, depth, backed, float(recline))
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    metal = painted_steel("frame", (rgb(params["frame_colour"]), seed, dirt, 0.5))
    pieces = [(slats.placed_uvs((1 / wood.tile_m, 1 / wood.tile_m)), finish), (screws, worn_steel("screws", 0))]
    if sides == "concrete":
        blocks, struts = frame[:2], frame[2:]
        p = join(blocks)
        pieces.append(
            (
                p.with_uvs(
                    p.positions_n3[:, :2] @ np.array([[1.0, 0.3], [0.6, 0.2]]) + p.positions_n3[:, 2:] * [0.3, -1.0]
                ),
                cast_concrete("blocks", seed),
            )
        )
        pieces += [(over_height(join(struts), top), metal)] if struts else []
    else:
        pieces.append((over_height(join(frame), top), metal))
    return assembled(
        "bench",
        params,
        pieces,
        attributes={"back": str(params["back"]), "sides": sides},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (-depth / 2, 0.0, top),
            "seat_centre": (0.0, 0.0, seat),
            "seat_left": (0.0, length / 2, seat),
            "seat_right": (0.0, -length / 2, seat),
        },
    )


def _slats(
    params: Mapping[str, Any],
    rng: np.random.Generator,
    length: float,
    seat: float,
    depth: float,
    backed: bool,
    recline: float,
) -> tuple[Mesh, Mesh]:
    """Slats of the seat, which dips a little towards the back, and of the back, with their screws."""
    count = int(params["slat_count"])
    thick = 0.034
    pitch = depth / count
    sizes, centres, frames = [], [], []
    for k in range(count):
        x = depth / 2 - (k + 0.5) * pitch
        z = seat - thick / 2 - 0.03 * (1 - (2 * (k + 0.5) / count - 0.7) ** 2) * (1.0 if backed else 0.0)
        tilt = turn_about("y", float(rng.normal(0, 0.008)) + (0.1 if k == 0 and backed else 0.0))
        sizes.append((length * (1 + 0.002 * rng.normal()), 0.8 * pitch, thick))
        centres.append((x, 0.004 * rng.normal(), z))
        frames.append(tilt @ FLAT_Y)
    if backed:
        rows = max(count - 2, 2)
        lean = turn_about("y", -recline)
        for k in range(rows):
            up = 0.1 + (k + 0.5) * 0.34 / rows
            place = lean @ np.array([0.0, 0.0, up]) + [-depth / 2 + 0.005, 0.0, seat - 0.03]
            sizes.append((length, 0.8 * 0.34 / rows, 0.028))
            centres.append((float(place[0]), 0.004 * rng.normal(), float(place[2])))
            frames.append(lean @ ALONG_Y)
    where: Floats = np.array(centres)
    turns: Floats = np.array(frames)
    mesh = bevelled_boxes(np.array(sizes), where, 0.006, turns, rng.uniform(0, 1, (len(sizes), 2)))
    tone = np.repeat(
        1.0 + rng.uniform(-0.14, 0.08, (len(sizes), 1)) * [[1.0, 1.05, 1.12]],
        len(mesh.positions_n3) // len(sizes),
        axis=0,
    )
    heads = []
    for centre, turn, size in zip(where, turns, sizes, strict=True):
        for side in (-1, 1):
            along = turn @ np.array([side * (length / 2 - 0.16), 0.0, size[2] / 2])
            heads.append((centre + along - 0.01 * turn[:, 2], centre + along + 0.0025 * turn[:, 2]))
    return mesh.tinted(tone), rods([a for a, _ in heads], [b for _, b in heads], 0.007, 8)


def _iron(length: float, seat: float, depth: float, backed: bool, recline: float) -> list[Mesh]:
    """Curved cast sides with arm rests, joined by a rod."""
    half = depth / 2
    pieces = []
    back_top = (-half - 0.42 * np.sin(recline) - 0.03, seat + 0.4 * np.cos(recline))
    curves: list[list[tuple[float, float]]] = [
        [(half + 0.05, 0.0), (half - 0.02, 0.12), (half - 0.06, 0.5 * seat), (half - 0.01, seat - 0.06)],
        [(-half - 0.14, 0.0), (-half - 0.03, 0.14), (-half + 0.03, 0.55 * seat), (-half - 0.01, seat - 0.06)],
        [(half - 0.01, seat - 0.055), (0.0, seat - 0.088), (-half - 0.01, seat - 0.055)],
        [(half - 0.05, 0.45 * seat), (0.0, 0.62 * seat), (-half + 0.02, 0.45 * seat)],
    ]
    if backed:
        curves.append([(-half - 0.01, seat - 0.06), (-half - 0.035, seat + 0.08), back_top])
        arm = [
            (half - 0.02, seat - 0.06),
            (half + 0.02, seat + 0.14),
            (half - 0.06, seat + 0.22),
            (-half - 0.05, seat + 0.2),
        ]
        curves.append(arm)
    for side in (-1, 1):
        y = side * (length / 2 - 0.16)
        for curve in curves:
            points: Floats = np.array([(x, y, z) for x, z in curve])
            pieces.append(tube_along(bent_path(points, 0.14, 4), 0.019, 9))
        foot = rounded_box((0.1, 0.06, 0.025), 0.01, 2)
        pieces += [foot.moved((x, y, 0.0125)) for x in (half + 0.05, -half - 0.14)]
    ends = length / 2 - 0.16
    pieces.append(rods([(0.0, -ends, 0.6 * seat)], [(0.0, ends, 0.6 * seat)], 0.01, 8))
    return pieces


def _steel(length: float, seat: float, depth: float, backed: bool, recline: float) -> list[Mesh]:
    """Legs of flat bar, square and plain."""
    half = depth / 2
    pieces, sizes, centres = [], [], []
    for side in (-1, 1):
        y = side * (length / 2 - 0.2)
        for x in (half - 0.05, -half + 0.04):
            sizes.append((0.05, 0.012, seat - 0.045))
            centres.append((x, y, (seat - 0.045) / 2))
            pieces.append(bevelled_boxes(np.array([(0.1, 0.09, 0.01)]), np.array([(x, y, 0.005)]), 0.002))
        sizes.append((depth - 0.02, 0.05, 0.014))
        centres.append((0.0, y, seat - 0.072))
        if backed:
            lean = turn_about("y", -recline)
            place = lean @ np.array([-0.022, 0.0, 0.2]) + [-half + 0.005, y, seat - 0.03]
            pieces.append(bevelled_boxes(np.array([(0.012, 0.05, 0.5)]), place[None], 0.002, lean[None]))
    pieces.append(bevelled_boxes(np.array(sizes), np.array(centres), 0.003))
    ends = length / 2 - 0.2
    pieces.append(rods([(-half + 0.04, -ends, 0.2)], [(-half + 0.04, ends, 0.2)], 0.012, 8))
    return pieces


def _blocks(length: float, seat: float, depth: float, backed: bool, recline: float) -> list[Mesh]:
    """Two concrete blocks, and struts of steel for a back."""
    block = rounded_box((depth - 0.06, 0.16, seat - 0.062), 0.02, 3, 2)
    pieces = [block.moved((0.0, side * (length / 2 - 0.28), (seat - 0.062) / 2)) for side in (-1, 1)]
    if backed:
        lean = turn_about("y", -recline)
        for side in (-1, 1):
            place = lean @ np.array([-0.022, 0.0, 0.13]) + [-depth / 2 + 0.005, side * (length / 2 - 0.28), seat - 0.03]
            pieces.append(bevelled_boxes(np.array([(0.012, 0.06, 0.64)]), place[None], 0.002, lean[None]))
    return pieces


BENCH = ProceduralAsset(
    name="bench",
    kind="model",
    category="bench",
    tags=("street", "bench", "seat", "park", "outdoor", "city"),
    size_m=1.7,
    description="A park bench of wooden slats on iron, steel or concrete sides, with or without a back.",
    parameters={
        "length_m": Number(1.3, 2.1, 1.7, "m"),
        "seat_m": Number(0.4, 0.48, 0.44, "m"),
        "slat_count": Integer(3, 6, 5),
        "back": Choice(("yes", "no"), "yes", (0.7, 0.3)),
        "recline_deg": Number(6.0, 20.0, 12.0, "deg"),
        "sides": Choice(("iron", "steel", "concrete"), "iron"),
        "species": Choice(("pine", "oak", "weathered", "stained", "beech"), "oak"),
        "slat_colour": Colour(((0.12, 0.35, 0.12), (0.5, 0.1, 0.06), (0.9, 0.9, 0.85)), 0.1),
        "frame_colour": Colour(((0.02, 0.021, 0.022), (0.02, 0.05, 0.035), (0.1, 0.105, 0.11)), 0.1),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("slats", "screws", "frame", "blocks"),
    keypoints=("base", "top", "seat_centre", "seat_left", "seat_right"),
)
