"""Bodies of motorcycles and scooters as hulls through rings, and what carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.vehicles.cycle_wheels import arc_guard
from synthvision.library.procedural.models.vehicles.slabs import blocks
from synthvision.library.procedural.shapes.lofts import loft
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["Chassis", "at_y", "bars", "engine", "exhaust", "front_end", "hull", "lamp_pod", "road_body"]

Station = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Chassis:
    """Main points of a motorcycle, metres; (x, z) unless stated.

    Args:
        rear: Rear axle.
        front: Front axle.
        radius: Of both wheels.
        tyre: Half thickness of the tyres.
        steer: Unit vector up the fork.
        yoke: Upper triple clamp.
        bar: Middle of the handlebar.
        bar_half: Half its width.
        saddle: Middle of the rider's seat, its top.
        peg: Foot pegs (or the floor of a scooter).
        peg_half: How far the feet stand from the middle.
        tail: End of the tail.
    """

    rear: Floats
    front: Floats
    radius: float
    tyre: float
    steer: Floats
    yoke: Floats
    bar: Floats
    bar_half: float
    saddle: Floats
    peg: Floats
    peg_half: float
    tail: Floats


def hull(stations: Sequence[Station], points: int = 14) -> Mesh:
    """Return a smooth body along x.

    Args:
        stations: x, height of the middle, half width, half height, and exponent (2 ellipse, more is squarer).
        points: Around.
    """
    angle = 2 * np.pi * np.arange(points) / points
    c, s = np.cos(angle), np.sin(angle)
    rings = []
    for x, z, wide, tall, power in stations:
        y = wide * np.sign(c) * np.abs(c) ** (2 / power)
        up = z + tall * np.sign(s) * np.abs(s) ** (2 / power)
        rings.append(np.stack([np.full(points, x), y, up], axis=1))
    return loft(rings, crease_rad=0.9)


def at_y(point: Floats, y: float = 0.0) -> tuple[float, float, float]:
    """Return (x, z) as a point at a distance from the middle."""
    return float(point[0]), y, float(point[1])


def front_end(base: Chassis, scooter: bool) -> tuple[Mesh, Mesh]:
    """Return the fork (tubes and clamps), and the front mudguard."""
    wide = base.tyre + 0.045
    low = base.front + 0.02 * base.steer
    reach = 0.62 if scooter else 1.0
    half = base.front + 0.45 * reach * (base.yoke - base.front)
    top = base.front + reach * (base.yoke - base.front) + 0.03 * base.steer
    starts, ends, radii = [], [], []
    for y in (-wide, wide):
        starts += [at_y(low - 0.05 * base.steer, y), at_y(half, y)]
        ends += [at_y(half, y), at_y(top, y)]
        radii += [0.030 if not scooter else 0.024, 0.021]
    pieces = [rods(np.array(starts), np.array(ends), np.array(radii), 10)]
    if scooter:
        column = [at_y(base.yoke - 0.35 * base.steer), at_y(base.bar)]
        pieces.append(rods([column[0]], [column[1]], 0.035, 10))
    else:
        clamps = [base.yoke, base.yoke - 0.16 * base.steer]
        pieces.append(blocks([((0.07, 2 * wide + 0.08, 0.035), (float(c[0]), 0.0, float(c[1]))) for c in clamps], 0.01))
    guard = arc_guard(
        base.radius + 0.025, base.tyre + 0.018, (0.5, 2.9), (float(base.front[0]), float(base.front[1])), 12
    )
    return join(pieces), guard


def bars(base: Chassis, drop: float, pull: float) -> tuple[Mesh, Mesh, Mesh, dict[str, tuple[float, float, float]]]:
    """Return bar with levers and stems of the mirrors, grips, mirror heads, and the middles of the grips."""
    half = base.bar_half
    metal, grips, heads, places = [], [], [], {}
    for name, side in (("left_grip", 1.0), ("right_grip", -1.0)):
        inner = np.array([base.bar[0] - 0.35 * pull, side * (half - 0.14), base.bar[1] - 0.4 * drop])
        outer = np.array([base.bar[0] - pull, side * half, base.bar[1] - drop])
        clamp = np.array([base.yoke[0] + 0.01, side * 0.045, base.yoke[1] + 0.02])
        rise = np.array([base.bar[0] + 0.01, side * 0.16, base.bar[1]])
        metal.append(tube_along(bent_path(np.array([clamp, rise, inner, outer]), 0.06, 3), 0.0115, 8))
        grips.append(rods(np.array([inner]), np.array([outer]), 0.0175, 9))
        ahead = np.array([0.065, 0.0, -0.005])
        metal.append(
            rods(
                np.array([inner + 0.4 * ahead, inner]),
                np.array([outer + ahead * 0.9, inner + 0.5 * ahead]),
                np.array([0.006, 0.010]),
                6,
            )
        )
        stem = inner + np.array([0.01, 0.0, 0.015])
        head = stem + np.array([-0.02, side * 0.10, 0.16])
        metal.append(rods(np.array([stem]), np.array([head]), 0.006, 6))
        heads.append(
            hull(
                [
                    (head[0] - 0.022, 0.0, 0.075, 0.042, 3.0),
                    (head[0] - 0.015, 0.0, 0.082, 0.048, 3.0),
                    (head[0] + 0.02, 0.0, 0.05, 0.03, 2.0),
                ],
                12,
            ).moved((0.0, head[1], head[2] + 0.02))
        )
        middle = (inner + outer) / 2
        places[name] = (float(middle[0]), float(middle[1]), float(middle[2]))
    return join(metal), join(grips), join(heads), places


def engine(base: Chassis, twin: bool) -> tuple[Mesh, Mesh]:
    """Return the engine (cases, finned cylinders, covers) and the frame around it."""
    x = 0.02
    items = [((0.46, 0.30, 0.22), (x - 0.02, 0.0, 0.42)), ((0.20, 0.36, 0.16), (x + 0.08, 0.0, 0.43))]
    leans = (0.35, -0.45) if twin else (0.25,)
    pieces = []
    for lean in leans:
        way = np.array([np.sin(lean), np.cos(lean)])
        foot = np.array([x + 0.07 * np.sign(lean), 0.50])
        fins = []
        for k in range(6):
            middle = foot + way * (0.045 + 0.034 * k)
            size = 0.25 if not twin else 0.19
            fins.append(((size, 0.30 if not twin else 0.2, 0.012), at_y(middle)))
        pieces.append(blocks([((0.17, 0.2, 0.05), at_y(foot + way * (0.045 + 0.034 * k))) for k in range(6)], 0.0))
        pieces.append(blocks(fins, 0.0))
        pieces.append(blocks([((0.22, 0.26, 0.07), at_y(foot + way * 0.26))], 0.02))
    for side in (-1, 1):
        pieces.append(rods([[x - 0.10, side * 0.12, 0.42]], [[x - 0.10, side * 0.195, 0.42]], 0.095, 14))
        pieces.append(rods([[x + 0.12, side * 0.12, 0.40]], [[x + 0.12, side * 0.185, 0.40]], 0.065, 12))
    pieces.append(blocks(items, 0.03))
    head = base.yoke - 0.12 * base.steer
    paths = []
    for y in (-0.07, 0.07):
        paths.append(
            [
                at_y(head, 0.3 * y),
                [0.27, y, 0.60],
                [0.20, 1.4 * y, 0.29],
                [-0.24, 1.4 * y, 0.29],
                [-0.30, 1.3 * y, 0.62],
            ]
        )
        paths.append([at_y(head, 0.3 * y), [-0.02, y, 0.78], [-0.30, 1.3 * y, 0.66], at_y(base.tail - [0.0, 0.10], y)])
    frame = [tube_along(bent_path(path, 0.08, 3), 0.016, 7) for path in paths]
    arms = [[-0.27, side * 0.10, 0.42] for side in (-1, 1)]
    frame.append(
        rods(np.array(arms), np.array([at_y(base.rear, side * (base.tyre + 0.05)) for side in (-1, 1)]), 0.024, 8)
    )
    shocks = [at_y(base.rear + np.array([0.06, 0.03]), side * 0.13) for side in (-1, 1)]
    tops = [at_y(base.tail + np.array([0.22, -0.12]), side * 0.11) for side in (-1, 1)]
    frame.append(rods(np.array(shocks), np.array(tops), 0.026, 8))
    chain = [[-0.12, 0.11, z] for z in (0.46, 0.37)]
    frame.append(
        rods(np.array(chain), np.array([at_y(base.rear + np.array([0.0, d]), 0.11) for d in (0.10, -0.10)]), 0.008, 5)
    )
    return join(pieces), join(frame)


def exhaust(base: Chassis, high: float) -> Mesh:
    """Return header pipe and silencer on the right."""
    y = -0.17
    end = np.array([base.rear[0] - 0.08, y - 0.02, base.radius + high])
    path = bent_path(
        np.array(
            [
                [0.16, -0.06, 0.60],
                [0.33, -0.09, 0.52],
                [0.28, -0.12, 0.27],
                [-0.15, y, 0.26],
                [-0.32, y, 0.28 + 0.4 * high],
                end,
            ]
        ),
        0.10,
        4,
    )
    pipe = tube_along(path[:-2], 0.021, 8)
    can = rods(path[[-3]], end[None], 0.050, 14)
    tip = rods(end[None], (end + (end - path[-3]) * 0.06)[None], 0.03, 10)
    return join([pipe, can, tip])


def road_body(base: Chassis, style: str) -> tuple[list[Mesh], list[Mesh], list[Mesh]]:
    """Return painted hulls (tank, tail, fairing), seats, and black guards."""
    sx, sz = float(base.saddle[0]), float(base.saddle[1])
    nose = float(base.yoke[0]) - 0.10
    top = sz + (0.19 if style != "cruiser" else 0.24)
    tank_rear = sx + 0.20
    span = nose - tank_rear
    tank = hull(
        [
            (tank_rear - 0.02, sz - 0.02, 0.075, 0.06, 2.6),
            (tank_rear + 0.10 * span, sz + 0.02, 0.105, 0.10, 2.5),
            (tank_rear + 0.45 * span, top - 0.12, 0.155, 0.125, 2.4),
            (tank_rear + 0.75 * span, top - 0.115, 0.165, 0.125, 2.4),
            (tank_rear + 0.95 * span, top - 0.14, 0.13, 0.11, 2.4),
            (nose + 0.02, top - 0.17, 0.06, 0.06, 2.2),
        ]
    )
    tx, tz = float(base.tail[0]), float(base.tail[1])
    tail = hull(
        [
            (tx, tz, 0.05, 0.035, 2.4),
            (tx + 0.10, tz - 0.01, 0.085, 0.05, 2.6),
            (tx + 0.30, tz - 0.06, 0.12, 0.075, 2.6),
            (sx + 0.05, sz - 0.12, 0.11, 0.07, 2.6),
            (sx + 0.18, sz - 0.13, 0.08, 0.05, 2.4),
        ]
    )
    lift = 0.08 if style != "cruiser" else 0.02
    seat = hull(
        [
            (tx + 0.06, tz + 0.05, 0.06, 0.02, 2.6),
            (tx + 0.14, sz + lift - 0.01, 0.11, 0.045, 2.8),
            (sx - 0.17, sz + lift - 0.03, 0.13, 0.055, 3.0),
            (sx - 0.10, sz - 0.04, 0.15, 0.05, 3.0),
            (sx + 0.08, sz - 0.045, 0.14, 0.05, 3.0),
            (sx + 0.20, sz - 0.02, 0.09, 0.045, 2.6),
            (sx + 0.25, sz - 0.0, 0.05, 0.02, 2.4),
        ]
    )
    paint = [tank, tail]
    if style == "sport":
        bx, bz = float(base.bar[0]), float(base.bar[1])
        paint.append(
            hull(
                [
                    (bx + 0.02, bz - 0.13, 0.17, 0.11, 2.6),
                    (bx + 0.14, bz - 0.16, 0.17, 0.12, 2.5),
                    (bx + 0.25, bz - 0.21, 0.12, 0.095, 2.3),
                    (bx + 0.34, bz - 0.25, 0.055, 0.05, 2.0),
                ]
            )
        )
        paint.append(
            hull(
                [
                    (-0.24, 0.42, 0.17, 0.09, 2.8),
                    (-0.10, 0.44, 0.21, 0.15, 3.0),
                    (0.20, 0.56, 0.22, 0.24, 3.0),
                    (bx + 0.02, 0.70, 0.20, 0.20, 2.8),
                    (bx + 0.09, 0.76, 0.14, 0.14, 2.5),
                ]
            )
        )
    rear_guard = arc_guard(
        base.radius + 0.04, base.tyre + 0.025, (0.9, 2.75), (float(base.rear[0]), float(base.rear[1])), 10
    )
    return paint, [seat], [rear_guard]


def lamp_pod(place: Floats, size: float, forward: float) -> tuple[Mesh, Mesh]:
    """Return a round lamp's shell and its lens."""
    x, z = float(place[0]), float(place[1])
    ring = [(0.0, 0.35), (0.35, 0.8), (0.75, 1.0), (1.0, 1.0)]
    shell = hull([(x + forward * size * (share - 1.0), z, size * wide, size * wide, 2.0) for share, wide in ring], 16)
    lens = hull(
        [
            (x - forward * 0.02, z, 0.92 * size, 0.92 * size, 2.0),
            (x + forward * 0.006, z, 0.92 * size, 0.92 * size, 2.0),
            (x + forward * 0.2 * size, z, 0.5 * size, 0.5 * size, 2.0),
        ],
        16,
    )
    return shell, lens
