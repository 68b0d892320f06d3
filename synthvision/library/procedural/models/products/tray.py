"""A shallow open tray: baking tray, food tray, serving tray with a wide rim, or crinkled foil."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.products.finishes import ALUMINIUM, metal, rubber, worn_plastic
from synthvision.library.procedural.models.products.printing import kraft_board
from synthvision.library.procedural.shapes.crushing import crumpling, crushed
from synthvision.library.procedural.shapes.lofts import loft, rectangle_ring, stacked
from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["TRAY"]

CELLS_XY = (14, 10)


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    length = float(params["length_m"])
    width = length * float(params["width_share"])
    height = float(params["height_m"]) * (0.6 if style == "serving" else 1.0)
    seed = int(params["wear_seed"])
    lean = float(params["lean"])
    wall = {"baking": 0.0012, "food": 0.0025, "serving": 0.003, "foil": 0.0007}[style]
    rim = {"baking": 0.008, "food": 0.006, "serving": 0.018, "foil": 0.005}[style]
    size = (length, width, float(params["corner_m"]))
    outer = [
        (-lean * height - rim - 0.012, 0.0),
        (-lean * height - rim - 0.003, 0.0),
        (-lean * height - rim - 0.0008, 0.003),
    ]
    outer += [(-lean * height * (1 - t) - rim, 0.003 + (height - wall - 0.003) * t) for t in (0.25, 0.5, 0.75, 1.0)]
    drop = 0.3 * wall if style == "serving" else 2.5 * wall
    outer += [
        (-0.0012, height - wall),
        (0.0, height - wall - drop + 0.0004),
        (0.0006, height - 0.5 * wall),
        (-0.0006, height),
    ]
    inner = [(-rim - 0.0005, height), (-rim - wall, height - 0.0012)]
    inner += [
        (-lean * height * (1 - t) - rim - wall, wall + 0.003 + (height - wall - 0.003) * t)
        for t in (0.7, 0.45, 0.2, 0.0)
    ]
    floor = -lean * height - rim - wall
    inner += [(floor - 0.003, wall + 0.0006), (floor - 0.012, wall)]
    rings = [_ring(size, offset, z, style) for offset, z in [*outer, *inner]]
    ribs = _floor_rings(size, floor - 0.012, wall, style)
    body = loft(stacked([*rings, *ribs]), crease_rad=0.7)
    chart = body.positions_n3[:, :2] * [1.6, -1.6]
    body = body.with_uvs(chart + 0.5)
    pieces: list[tuple[Mesh, Material]] = [(body, _material(params, style, seed))]
    pieces += _handles(params, size, height, rim, style)
    if str(params["lining"]) == "lined":
        pieces.append(_lining(size, floor - 0.016, wall + 0.0036, style, seed))
    warp = float(params["warp"])
    if warp > 0.15:
        depth = (0.03 if style == "foil" else 0.006) * warp * length
        bent = crumpling(seed, "tray", depth_m=depth, size_m=1.1 * length, folds=4)
        pieces = [(crushed(mesh, bent, crease_rad=0.7), material) for mesh, material in pieces]
    return assembled(
        "tray",
        params,
        pieces,
        attributes={"material": "metal" if style in ("baking", "foil") else "plastic", "style": style},
        keypoints={"base": (0.0, 0.0, 0.0), "floor": (0.0, 0.0, wall), "rim": (length / 2, 0.0, height)},
    )


def _lining(size: tuple[float, float, float], offset: float, z: float, style: str, seed: int) -> tuple[Mesh, Material]:
    """What lies on the floor: baking paper, an absorbent pad, or a rubber mat."""
    rings = [
        (_ring(size, offset - inset, level, "floor"))
        for inset, level in ((0.001, z), (0.0, z + 0.0003), (0.0, z + 0.0007), (0.001, z + 0.001), (0.03, z + 0.0011))
    ]
    mesh = loft(stacked(rings), crease_rad=0.7)
    mesh = mesh.with_uvs(mesh.positions_n3[:, :2] * [3.0, -3.0])
    if style == "serving":
        return mesh, rubber("lining", (0.025, 0.025, 0.027), seed)
    tone = (0.5, 0.36, 0.2) if style == "baking" else (0.72, 0.71, 0.68)
    return mesh, Material(
        name="lining",
        base_colour=opaque(tone),
        base_colour_map=kraft_board((0.9, 0.9, 0.88), seed % 3, 0.5),
        roughness=0.85,
    )


def _material(params: Mapping[str, Any], style: str, seed: int) -> Material:
    if style == "baking":
        return metal("body", (0.07, 0.068, 0.066) if seed % 2 else (0.42, 0.41, 0.4), 0.42, seed)
    if style == "foil":
        return metal("body", ALUMINIUM, 0.3, seed)
    dirt, scuff = float(params["dirt"]), float(params["scuff"])
    return worn_plastic("body", rgb(params["colour"]), seed, dirt=dirt, scuff=scuff)


def _ring(size: tuple[float, float, float], offset: float, z: float, style: str) -> tuple[Floats, float]:
    length, width, corner = size
    radius = max(min(corner + offset, 0.45 * width), 0.006)
    ring = rectangle_ring(length + 2 * offset, width + 2 * offset, radius, steps=4, cells_xy=CELLS_XY)
    if style == "foil" and offset < -0.003:
        # Pressed foil gathers in pleats.
        pleat = 1.0 + 0.006 * (np.arange(len(ring)) % 2)[:, None]
        ring = ring * pleat
    return ring, z


def _floor_rings(
    size: tuple[float, float, float], offset: float, wall: float, style: str
) -> list[tuple[Floats, float]]:
    """The floor with a raised or sunk panel."""
    depth = {"baking": 0.0008, "food": 0.003, "serving": 0.0012, "foil": 0.0012}[style]
    rings = []
    steps = [(0.0, 0.0), (0.012, 0.0), (0.015, depth), (0.03, depth), (0.033, 0.0)]
    if style == "food":
        steps += [(0.04, 0.0), (0.042, depth), (0.05, depth), (0.052, 0.0)]
    room = 0.5 * size[1] + offset
    for inset, lift in steps:
        if inset < room - 0.004:
            rings.append(_ring(size, offset - inset, wall + lift, "floor"))
    return rings


def _handles(
    params: Mapping[str, Any], size: tuple[float, float, float], height: float, rim: float, style: str
) -> list[tuple[Mesh, Material]]:
    """Grips of rubber on the short ends of some serving trays."""
    if style != "serving" or str(params["grips"]) == "none":
        return []
    pieces = []
    material = worn_plastic(
        "grips", (0.02, 0.02, 0.022), int(params["wear_seed"]) % 2, dirt=0.25, scuff=0.5, roughness=0.7
    )
    for side in (-1.0, 1.0):
        rings = [
            (rectangle_ring(rim + 2 * grow, 0.32 * size[1] + 2 * grow, 0.007, steps=3), height + z)
            for grow, z in ((-0.001, -0.008), (0.0015, -0.007), (0.0015, 0.0015), (-0.0005, 0.003))
        ]
        grip = loft(stacked(rings), crease_rad=0.8)
        pieces.append((grip.moved((side * (size[0] - rim) / 2, 0.0, 0.0)), material))
    return pieces


TRAY = ProceduralAsset(
    name="tray",
    kind="model",
    category="tray",
    tags=("table", "container", "kitchen", "packaging"),
    size_m=0.35,
    description="A shallow open tray with thick walls and a rim: baking tray, plastic food or serving tray, or foil.",
    parameters={
        "style": Choice(("baking", "food", "serving", "foil"), "serving"),
        "length_m": Number(0.2, 0.46, 0.36, "m"),
        "width_share": Number(0.5, 0.85, 0.7),
        "height_m": Number(0.022, 0.055, 0.035, "m"),
        "corner_m": Number(0.02, 0.05, 0.03, "m"),
        "lean": Number(0.1, 0.6, 0.35),
        "colour": Colour(
            (
                (0.02, 0.02, 0.022),
                (0.32, 0.1, 0.04),
                (0.06, 0.14, 0.3),
                (0.55, 0.54, 0.5),
                (0.02, 0.2, 0.12),
                (0.45, 0.03, 0.02),
            ),
            0.12,
        ),
        "grips": Choice(("rubber", "none"), "none"),
        "lining": Choice(("lined", "none"), "none"),
        "warp": Number(0.0, 1.0, 0.2),
        "dirt": Number(0.0, 0.8, 0.25),
        "scuff": Number(0.0, 1.0, 0.5),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "grips", "lining"),
    keypoints=("base", "floor", "rim"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 2),),
)
