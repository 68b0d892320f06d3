"""Office swivel chairs: star base on castors, gas lift, padded seat and back, armrests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.procedural.finishes import fabric, in_tiles, metal, plastic
from synthvision.library.procedural.models.assembly import rgb
from synthvision.library.procedural.models.furniture.upholstery import cloth_uvs
from synthvision.library.procedural.models.storage.wheels import wheel
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.cushions import Cushion, cushion
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.rods import bar_along, bent_path, rods

__all__ = ["office_chair"]

Keys = dict[str, tuple[float, float, float]]


def office_chair(params: Mapping[str, Any]) -> tuple[list[tuple[Mesh, Material]], Keys]:
    """Return the pieces and keypoints of a swivel chair."""
    seed = int(params["wear_seed"])
    height, wide, tall = float(params["seat_m"]) + 0.03, float(params["width_m"]) + 0.05, float(params["back_m"]) + 0.1
    lean = np.radians(float(params["back_deg"]))
    swivel = turn_about("z", np.radians(float(params["swivel_deg"])))
    arms, lift, feet = _base(seed, height)
    castors = []
    tyre, hub = wheel(0.028, 0.018, 0.015, tread=0.3, segments=8)
    for x, y in feet:
        turn = turn_about("z", float(np.arctan2(y, x)) + 0.7)
        castors += [
            part.moved((-0.012, side * 0.014, 0.028)).turned(turn).moved((x, y, 0.0))
            for side in (-1, 1)
            for part in (tyre, hub)
        ]
        castors.append(rods([(x, y, 0.03)], [(x, y, 0.075)], 0.01, 8))
    castors_mesh = join(castors).turned(swivel)
    seat = cushion(Cushion((0.48, wide, 0.085), 0.038, 0.022, 0.01, 0.02, 0.003, flat_bottom=True, cells=5), seed)

    def waterfall(points: Floats) -> Floats:
        # The front edge falls away under the knees.
        return shifted(
            points, 0.0, 0.0, -0.9 * np.clip(points[:, 0] - 0.12, 0, 1) ** 2 - 0.03 * (np.abs(points[:, 1]) / wide) ** 3
        )

    seat = deformed(seat, waterfall).moved((0.02, 0.0, height - 0.04))
    shape = Cushion((tall, 0.93 * wide, 0.07), 0.033, 0.02, 0.008, 0.0, 0.003, flat_bottom=True, cells=5)

    def curved(points: Floats) -> Floats:
        along, across = points[:, 0], points[:, 1]
        taper = 1 - 0.16 * np.clip(along / tall, 0, 1)
        return np.stack([along, across * taper, points[:, 2] + 1.1 * across**2 - 0.25 * (along + 0.1) ** 2], axis=1)

    # Local x of the flat cushion stands up, its top faces the sitter.
    upright = np.array([[0, 0, 1], [0, -1, 0], [1, 0, 0]], np.float64)
    place = (-0.225 - 0.5 * tall * float(np.sin(lean)), 0.0, height + 0.1 + tall / 2)
    tilt = turn_about("y", -lean)
    back = deformed(cushion(shape, seed + 1), curved).turned(tilt @ upright).moved(place)
    hard = [arms.turned(swivel), _under(seed, height, wide, place, tilt)]
    if str(params["arms"]) == "yes":
        for side in (-1, 1):
            y = side * (wide / 2 + 0.035)
            path = bent_path(
                [
                    (-0.02, side * (wide / 2 - 0.08), height - 0.075),
                    (-0.02, y, height - 0.06),
                    (-0.02, y, height + 0.18),
                ],
                0.04,
                3,
            )
            hard.append(bar_along(path, rounded_rectangle(0.022, 0.05, 0.008, steps=1), up_xyz=(1.0, 0.0, 0.0)))
            rest = np.array([(-0.13, y, height + 0.185), (0.0, y, height + 0.195), (0.14, y, height + 0.185)])
            hard.append(bar_along(rest, rounded_rectangle(0.075, 0.03, 0.012, steps=2), up_xyz=(0.0, 0.0, 1.0)))
    cloth = fabric("seat", str(params["fabric"]), rgb(params["fabric_colour"]), seed)
    dark = plastic("plastic", (0.03, 0.03, 0.031), seed, roughness=0.5)
    base = dark if str(params["legs"]) != "tube" else metal("frame", "chrome", seed, dirt=0.1)
    pieces: list[tuple[Mesh, Material]] = [
        (cloth_uvs(join([seat, back])), cloth),
        (in_tiles(hard[0]), base),
        (in_tiles(join(hard[1:])), dark),
        (in_tiles(lift), metal("frame", "chrome", seed, dirt=0.1) if base is dark else base),
        (in_tiles(castors_mesh), plastic("castors", (0.035, 0.035, 0.035), seed, dirt=0.4)),
    ]
    half = wide / 2 - 0.03
    top = np.array(place) + tilt @ np.array([0.0, 0.0, tall / 2])
    at = {
        name: swivel @ np.array([*feet[k], 0.0])
        for name, k in (("front_left", 0), ("front_right", 4), ("back_left", 1), ("back_right", 3))
    }
    keys: Keys = {
        "seat_centre": (0.0, 0.0, height),
        "seat_front_left": (0.24, half, height - 0.02),
        "seat_front_right": (0.24, -half, height - 0.02),
        "seat_back_left": (-0.2, half, height),
        "seat_back_right": (-0.2, -half, height),
        "back_top_left": (float(top[0]), 0.38 * wide, float(top[2])),
        "back_top_right": (float(top[0]), -0.38 * wide, float(top[2])),
    }
    return pieces, keys | {f"foot_{name}": (float(p[0]), float(p[1]), 0.0) for name, p in at.items()}


def _base(seed: int, height: float) -> tuple[Mesh, Mesh, list[tuple[float, float]]]:
    """Five arms that fall towards the castors, the lift column, and the places of the castors."""
    arms, feet = [], []
    section = rounded_rectangle(0.05, 0.04, 0.014, steps=2)
    for k in range(5):
        angle = np.pi / 5 + k * 2 * np.pi / 5
        c, s = float(np.cos(angle)), float(np.sin(angle))
        path = np.array(
            [(0.0, 0.0, 0.115), (0.12 * c, 0.12 * s, 0.112), (0.24 * c, 0.24 * s, 0.095), (0.31 * c, 0.31 * s, 0.08)]
        )
        arms.append(bar_along(path, section, up_xyz=(0.0, 0.0, 1.0), scale_k=np.array([1.15, 1.0, 0.75, 0.6])))
        feet.append((0.3 * c, 0.3 * s))
    hub = rods([(0, 0, 0.085), (0, 0, 0.13)], [(0, 0, 0.15), (0, 0, 0.27)], np.array([0.045, 0.026]), 16)
    lift = rods([(0, 0, 0.2)], [(0, 0, height - 0.08)], 0.014, 12)
    del seed
    return join([*arms, hub]), lift, feet


def _under(seed: int, height: float, wide: float, place: tuple[float, float, float], tilt: Floats) -> Mesh:
    """Shell of the seat, mechanism with its lever, and the bar that carries the back."""
    boxes = BoxSet(rng_for(seed, 0, "chair.office"))
    boxes.add((0.42, wide - 0.05, 0.018), (0.01, 0.0, height - 0.086))
    boxes.add((0.2, 0.13, 0.05), (0.0, 0.0, height - 0.11))
    boxes.add((0.02, 0.22, 0.22), (place[0] - 0.045, 0.0, place[2] - 0.03), "z", tilt)
    path = bent_path(
        [(-0.05, 0.0, height - 0.1), (-0.29, 0.0, height - 0.1), (place[0] - 0.052, 0.0, place[2] - 0.05)], 0.06, 4
    )
    bar = bar_along(path, rounded_rectangle(0.06, 0.018, 0.007, steps=1), up_xyz=(0.0, 1.0, 0.0))
    lever = rods([(0.04, -0.05, height - 0.11)], [(0.05, -wide / 2 - 0.01, height - 0.115)], 0.006, 8)
    return join([boxes.mesh(0.006), bar, lever])
