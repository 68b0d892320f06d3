"""Scissors, more or less open: steel blades, plastic bows, a pivot screw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.closures import disc
from synthvision.library.procedural.models.products.tool_shapes import grip, steel, worn_grip
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["SCISSORS"]


def _build(params: Mapping[str, Any]) -> Model:
    length = float(params["length_m"])
    blade = length * float(params["blade_share"])
    seed = int(params["wear_seed"])
    half_open = 0.5 * float(params["open_rad"])
    thick = 0.0018
    all_metal = str(params["style"]) == "steel"
    blades: list[Mesh] = []
    bows: list[Mesh] = []
    marks: dict[str, tuple[float, float, float]] = {}
    for side in (1.0, -1.0):
        turn = turn_about("z", -side * half_open) @ np.diag([1.0, side, 1.0])
        level = side * (0.5 * thick + 0.0002)
        outline = _blade(blade, length, str(params["tip"]))
        flat = plate(outline, level - thick / 2, level + thick / 2, bevel_m=0.0004)
        blades.append(_turned(flat, turn, side))
        big = 1.25 if side < 0 and str(params["bows"]) == "unequal" else 1.0
        bows += [_turned(mesh, turn, side) for mesh in _bow(length, blade, big, level, all_metal)]
        tip = turn @ np.array([blade, 0.0, 0.0])
        bow = turn @ np.array([-0.8 * (length - blade), 0.26 * (length - blade), 0.0])
        name = "left" if side > 0 else "right"
        marks[f"{name}_tip"] = (float(tip[0]), float(tip[1]), level)
        marks[f"{name}_bow"] = (float(bow[0]), float(bow[1]), level)
    ground = join(blades)
    screw = disc(0.026 * length, -thick - 0.0012, thick + 0.0016, 28, 0.0007)
    metal = steel("blades", str(params["steel"]), seed)
    handles = (
        metal if all_metal else worn_grip("handles", rgb(params["colour"]), seed, float(params["dirt"]), soft=False)
    )
    shift = np.array([length / 2 - blade, 0.0, 0.0])
    pieces: list[tuple[Mesh, Material]] = [
        (ground.with_uvs(ground.positions_n3[:, :2] * [5.0, -5.0]).moved(shift), metal),
        (join(bows).moved(shift), handles),
        (screw.moved(shift), steel("pivot", "chrome", 0)),
    ]
    marks["pivot"] = (0.0, 0.0, 0.0)
    return assembled(
        "scissors",
        params,
        pieces,
        attributes={"material": "metal", "style": str(params["style"])},
        keypoints={name: (x + float(shift[0]), y, z) for name, (x, y, z) in marks.items()},
    )


def _turned(mesh: Mesh, turn: Floats, side: float) -> Mesh:
    """A mesh under a turn that may mirror it: then its triangles run the other way."""
    placed = mesh.turned(turn)
    if side > 0:
        return placed
    return Mesh(placed.positions_n3, placed.normals_n3, placed.uvs_n2, placed.triangles_m3[:, ::-1])


def _blade(blade: float, length: float, tip: str) -> Floats:
    """A blade whose edge is y = -0.002 or so; it goes on behind the pivot as the shank of its bow."""
    wide = 0.064 * length
    blunt = 0.25 * wide if tip == "blunt" else 0.04 * wide
    back = length - blade
    shape = [
        (-0.34 * back, 0.02 * back),
        (-0.1 * back, -0.55 * wide),
        (0.08 * blade, -0.62 * wide),
        (0.2 * blade, -0.24 * wide),
        (0.6 * blade, -0.1 * wide),
        (blade - blunt, 0.0),
        (blade, 0.4 * blunt),
        (blade - 0.3 * blunt, blunt),
        (0.75 * blade, 0.5 * wide),
        (0.4 * blade, 0.78 * wide),
        (0.1 * blade, 0.8 * wide),
        (-0.12 * back, 0.55 * wide),
        (-0.36 * back, 0.16 * back),
    ]
    return np.array(shape)


def _bow(length: float, blade: float, big: float, level: float, all_metal: bool) -> list[Mesh]:
    """The ring for the fingers and the shank that carries it."""
    back = length - blade
    angle = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    long_half, wide_half = 0.3 * back * (0.6 + 0.4 * big) * 1.05, 0.19 * back * big**0.5
    lean = -0.32
    c, s = np.cos(lean), np.sin(lean)
    ring = np.stack([long_half * np.cos(angle), wide_half * np.sin(angle)], axis=1) @ np.array([[c, s], [-s, c]])
    centre = np.array([-0.68 * back - (big - 1.0) * 0.25 * back, 0.26 * back + (big - 1.0) * 0.1 * back])
    path = np.concatenate([ring + centre, np.full((32, 1), level)], axis=1)
    thin = 0.022 * length * (0.75 if all_metal else 1.0)
    tall = 0.0032 if all_metal else 0.0052
    tube = sweep_tube(path, np.tile([thin, tall], (32, 1)), 12, binormal_xyz=(0.0, 0.0, 1.0), exponent=2.6, closed=True)
    join_at = centre + np.array([long_half * c, long_half * s]) * 0.96
    way = np.linspace(np.array([-0.16 * back, 0.03 * back]), join_at, 6)
    sizes = np.stack([np.linspace(0.034, 0.03, 6) * length, np.full(6, 0.9 * tall)], axis=1)
    return [tube, grip(way, sizes * [0.9, 1.0], level, sections=14)]


SCISSORS = ProceduralAsset(
    name="scissors",
    kind="model",
    category="scissors",
    tags=("table", "tool", "office", "kitchen", "metal"),
    size_m=0.18,
    description="Scissors lying open or shut, with plastic bows or all of steel, pointed or blunt.",
    parameters={
        "style": Choice(("plastic", "steel"), "plastic", (0.8, 0.2)),
        "length_m": Number(0.12, 0.25, 0.18, "m"),
        "blade_share": Number(0.46, 0.6, 0.54),
        "open_rad": Number(0.0, 1.1, 0.45),
        "tip": Choice(("pointed", "blunt"), "pointed", (0.7, 0.3)),
        "bows": Choice(("equal", "unequal"), "unequal"),
        "colour": Colour(
            ((0.02, 0.02, 0.022), (0.6, 0.02, 0.015), (0.75, 0.2, 0.01), (0.02, 0.12, 0.45), (0.05, 0.3, 0.1)), 0.1
        ),
        "steel": Choice(("chrome", "ground", "rusty"), "chrome", (0.6, 0.3, 0.1)),
        "dirt": Number(0.0, 0.6, 0.15),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("blades", "handles", "pivot"),
    keypoints=("pivot", "left_tip", "right_tip", "left_bow", "right_bow"),
)
