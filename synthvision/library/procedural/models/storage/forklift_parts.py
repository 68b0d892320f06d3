"""Chassis, mast, forks and overhead guard of a counterbalanced forklift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.storage.wheels import wheel
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.rods import bar_along, bent_path, rods, tube_along
from synthvision.library.procedural.shapes.section_bodies import section_body, superellipse

__all__ = ["TruckSize", "chassis", "counterweight", "forks", "guard", "lamps", "mast", "seat", "wheels"]

FRONT_X = 0.62


@dataclass(frozen=True, slots=True)
class TruckSize:
    """Measures of a truck, metres; x = 0 lies under the seat, the mast stands at +x.

    Args:
        tail_m: Distance from x = 0 to the back of the counterweight.
        width_m: Over the front wheels.
        guard_m: Height of the overhead guard.
        mast_m: Height of the lowered mast.
        lift_m: How high the forks stand over the floor.
        tilt_rad: Mast leaned back.
        fork_m: Length of the forks.
        spread_m: Distance of the forks, middle to middle.
    """

    tail_m: float
    width_m: float
    guard_m: float
    mast_m: float
    lift_m: float
    tilt_rad: float
    fork_m: float
    spread_m: float


def _body(stations: list[tuple[float, float, float, float, float]], creases: tuple[int, ...] = ()) -> Mesh:
    """A body through sections (x, half width, low z, high z, squareness)."""
    rings = []
    for x, half, low, high, power in stations:
        ring = superellipse(half, (high - low) / 2, power, 20, np.pi / 20)
        rings.append(np.stack([np.full(20, x), ring[:, 0], (low + high) / 2 + ring[:, 1]], axis=1))
    return section_body(np.array(rings), creases=creases)


def counterweight(size: TruckSize) -> Mesh:
    """Return the cast weight at the back, rounded and with a drawbar pocket's shoulder."""
    half, tail = size.width_m / 2 - 0.03, size.tail_m
    return _body(
        [
            (-tail, 0.5 * half, 0.42, 0.82, 4.0),
            (-tail + 0.03, 0.72 * half, 0.34, 0.92, 5.0),
            (-tail + 0.1, 0.9 * half, 0.26, 0.98, 6.0),
            (-tail + 0.22, half, 0.24, 1.01, 8.0),
            (-tail + 0.42, half, 0.24, 1.01, 9.0),
            (-tail + 0.55, 0.98 * half, 0.3, 0.99, 9.0),
        ]
    )


def chassis(size: TruckSize, rng: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Return painted bodywork, and the dark floor, steps and cowl of the driver's place."""
    half = size.width_m / 2 - 0.1
    hood = _body(
        [
            (-size.tail_m + 0.5, 0.82 * half, 0.5, 0.94, 8.0),
            (-0.2, 0.84 * half, 0.5, 0.97, 8.0),
            (0.02, 0.84 * half, 0.48, 0.97, 8.0),
            (0.1, 0.8 * half, 0.46, 0.9, 6.0),
            (0.13, 0.7 * half, 0.44, 0.8, 4.0),
        ]
    )
    paint, dark = BoxSet(rng), BoxSet(rng)
    for side in (-1, 1):
        paint.add((1.25, 0.1, 0.24), (-0.05, side * (half - 0.02), 0.36))
        # Fenders over the drive wheels, flat on top and slanted in front.
        paint.add((0.5, 0.16, 0.03), (0.52, side * (half + 0.015), 0.74))
        paint.add((0.03, 0.16, 0.32), (0.25, side * (half + 0.015), 0.6), "z", turn_about("y", 0.25))
        dark.add((0.3, 0.12, 0.03), (0.14, side * (half + 0.01), 0.33))
        dark.add((0.02, 0.12, 0.2), (0.02, side * (half + 0.01), 0.42), "z")
    paint.add((0.14, 2 * half - 0.12, 0.55), (0.62, 0.0, 0.62), "y", turn_about("y", -0.12))
    paint.add((0.9, 2 * half - 0.08, 0.14), (0.0, 0.0, 0.36))
    dark.add((0.46, 2 * half - 0.1, 0.03), (0.36, 0.0, 0.455))
    dark.add((0.22, 2 * half - 0.22, 0.09), (0.58, 0.0, 0.93), "y", turn_about("y", 0.5))
    for y in (0.08, 0.18, -0.2):
        dark.add((0.02, 0.06, 0.09), (0.5, y, 0.52), "z", turn_about("y", -0.5))
    # Levers of the hydraulics to the driver's right.
    starts = [(0.5, -0.22 - 0.045 * k, 0.93) for k in range(3)]
    ends = [(0.44, -0.22 - 0.045 * k, 1.1) for k in range(3)]
    knobs = [(0.437, -0.22 - 0.045 * k, 1.09) for k in range(3)]
    tops = [(0.432, -0.22 - 0.045 * k, 1.125) for k in range(3)]
    column = rods(
        [*starts, *knobs, (0.55, 0.05, 0.9)],
        [*ends, *tops, (0.33, 0.05, 1.14)],
        np.array([0.006] * 3 + [0.014] * 3 + [0.028]),
        8,
    )
    angle = np.arange(20) * 2 * np.pi / 20
    ring = np.stack([np.zeros(20), 0.165 * np.cos(angle), 0.165 * np.sin(angle)], axis=1)
    wheel_turn = turn_about("y", 0.82)
    rim = tube_along(ring, 0.013, 6, closed=True)
    spokes = rods([(0, -0.16, 0), (0, 0, 0)], [(0, 0.16, 0), (0, 0, -0.16)], 0.011, 6)
    steering = join([rim, spokes]).turned(wheel_turn).moved((0.33, 0.05, 1.14))
    return join([hood, paint.mesh(0.012)]), join([dark.mesh(0.006), column, steering])


def seat() -> Mesh:
    """Return the driver's seat with its back and armrests."""
    pan = _body(
        [
            (-0.38, 0.17, 0.97, 1.08, 4.0),
            (-0.3, 0.23, 0.96, 1.1, 4.0),
            (0.0, 0.23, 0.96, 1.11, 4.0),
            (0.08, 0.2, 0.97, 1.09, 3.0),
        ]
    )
    back = _body(
        [
            (-0.07, 0.17, -0.02, 0.5, 4.0),
            (-0.03, 0.23, -0.06, 0.54, 4.5),
            (0.03, 0.22, -0.04, 0.52, 4.5),
            (0.06, 0.16, 0.02, 0.46, 4.0),
        ]
    )
    return join([pan, back.turned(turn_about("y", -0.16)).moved((-0.38, 0.0, 1.08))])


def guard(size: TruckSize) -> Mesh:
    """Return the overhead guard: bent pillars, a frame and bars across."""
    half, top = size.width_m / 2 - 0.1, size.guard_m - 0.025
    section = rounded_rectangle(0.07, 0.045, 0.012, steps=1)
    back_x, front_x = -0.62, 0.5
    parts = []
    for side in (-1, 1):
        points = [
            (0.62, side * (half + 0.01), 0.72),
            (front_x - 0.06, side * half, top),
            (back_x, side * half, top),
            (back_x - 0.1, side * half, 0.95),
        ]
        parts.append(bar_along(bent_path(points, 0.16, 3), section, up_xyz=(0.0, 1.0, 0.0)))
    bar = rounded_rectangle(0.05, 0.035, 0.01, steps=1)
    for x in np.linspace(back_x + 0.04, front_x - 0.12, 6):
        path = np.array([(x, -half, top + 0.005), (x, half, top + 0.005)])
        parts.append(bar_along(path, bar, up_xyz=(0.0, 0.0, 1.0)))
    return join(parts)


def mast(size: TruckSize, rng: np.random.Generator) -> tuple[Mesh, Mesh, Mesh]:
    """Return uprights and cross members, lift cylinders and chains, and the fork carriage with its load rest."""
    steel, bright, carriage = BoxSet(rng), [], BoxSet(rng)
    x, tall = FRONT_X + 0.2, size.mast_m
    raised = max(size.lift_m - 0.9, 0.0) * 0.6
    for shift, half, up in ((0.0, 0.3, 0.0), (0.035, 0.235, raised)):
        for side in (-1, 1):
            y = side * half
            steel.add((0.11, 0.022, tall - 0.1), (x + shift, y, 0.08 + up + (tall - 0.1) / 2), "z")
            for edge in (-1, 1):
                steel.add(
                    (0.018, 0.05, tall - 0.1),
                    (x + shift + edge * 0.046, y - side * 0.02, 0.081 + up + (tall - 0.1) / 2),
                    "z",
                )
        for z in (0.16 + up, tall - 0.08 + up) if shift == 0.0 else (0.12 + up, 0.55 * tall + up, tall - 0.1 + up):
            steel.add((0.04, 2 * half, 0.09), (x + shift - 0.06, 0.0, z), "y")
    for side in (-1, 1):
        bright.append(((x - 0.02, side * 0.17, 0.12), (x - 0.02, side * 0.17, 0.62 * tall), 0.032))
        bright.append(((x - 0.02, side * 0.17, 0.6 * tall), (x - 0.02, side * 0.17, 0.97 * tall + raised), 0.019))
        bright.append(((FRONT_X - 0.12, side * 0.24, 0.5), (x - 0.05, side * 0.27, 0.78), 0.024))
        steel.add(
            (0.014, 0.028, tall - 0.35 + raised),
            (x + 0.028, side * 0.1, 0.3 + size.lift_m * 0.2 + (tall - 0.4) / 2),
            "z",
        )
    at = x + 0.125
    wide = max(size.spread_m + 0.2, 0.8)
    low = size.lift_m
    for z in (0.12, 0.5):
        carriage.add((0.04, wide, 0.1), (at, 0.0, low + z), "y")
    for side in (-1, 1):
        carriage.add((0.035, 0.06, 0.5), (at - 0.03, side * 0.17, low + 0.31), "z")
        carriage.add((0.035, 0.035, 0.75), (at, side * (wide / 2 - 0.03), low + 0.88), "z")
    for z in (1.25, 0.62):
        carriage.add((0.036, wide - 0.03, 0.035), (at, 0.0, low + z), "y")
    for y in np.linspace(-wide / 2 + 0.03, wide / 2 - 0.03, 8)[1:-1]:
        carriage.add((0.02, 0.022, 0.63), (at, float(y), low + 0.93), "z")
    tubes = rods([b[0] for b in bright], [b[1] for b in bright], np.array([b[2] for b in bright]), 9)
    turn = turn_about("y", -size.tilt_rad)
    pivot = np.array([FRONT_X, 0.0, 0.3])
    a, b, c = (m.moved(-pivot).turned(turn).moved(pivot) for m in (steel.mesh(0.004), tubes, carriage.mesh(0.004)))
    return a, b, c


def forks(size: TruckSize) -> tuple[Mesh, list[tuple[float, float, float]]]:
    """Return both forks, thinner towards their tips, and the places of their tips (left, right)."""
    section = rounded_rectangle(0.12, 0.045, 0.008, steps=1)
    at = FRONT_X + 0.2 + 0.125 + 0.045
    turn, pivot = turn_about("y", -size.tilt_rad), np.array([FRONT_X, 0.0, 0.3])
    meshes, tips = [], []
    for side in (1, -1):
        y = side * size.spread_m / 2
        low = size.lift_m + 0.045
        corners = [
            (at, y, low + 0.5),
            (at, y, low),
            (at + 0.45 * size.fork_m, y, low),
            (at + size.fork_m, y, low - 0.004),
        ]
        path = bent_path(corners, 0.06, 2)
        scale = np.interp(path[:, 0], [at + 0.1, at + size.fork_m - 0.1, at + size.fork_m], [1.0, 0.75, 0.35])
        meshes.append(bar_along(path, section, up_xyz=(0.2, 0.0, 1.0), scale_k=scale))
        tip = turn @ (path[-1] - pivot) + pivot
        tips.append((float(tip[0]), float(tip[1]), float(tip[2])))
    return join(meshes).moved(-pivot).turned(turn).moved(pivot), tips


def wheels(size: TruckSize) -> tuple[Mesh, Mesh]:
    """Return tyres and rims of the drive wheels in front and the smaller steered ones behind."""
    tyres, rims = [], []
    for radius, width, x, half in (
        (0.33, 0.2, 0.52, size.width_m / 2 - 0.1),
        (0.265, 0.16, -size.tail_m + 0.42, size.width_m / 2 - 0.1),
    ):
        tyre, rim = wheel(radius, width, 0.58 * radius, tread=0.35, segments=15)
        for side in (-1, 1):
            tyres.append(tyre.moved((x, side * half, radius)))
            rims.append(rim.moved((x, side * half, radius)))
    return join(tyres), join(rims)


def lamps(size: TruckSize) -> tuple[Mesh, Mesh, Mesh]:
    """Return housings, white head lamps and the amber beacon with red rear lamps."""
    half, top = size.width_m / 2 - 0.12, size.guard_m
    head, back = [], []
    shells = []
    for side in (-1, 1):
        place = np.array([0.5, side * (half - 0.03), top - 0.17])
        shells.append((place + np.array([-0.05, 0, 0]), place + np.array([0.035, 0, 0]), 0.06))
        head.append((place + np.array([0.03, 0, 0]), place + np.array([0.043, 0, 0]), 0.05))
        rear = np.array([-size.tail_m + 0.2, side * (half - 0.02), 0.9])
        back.append((rear + np.array([-0.14, 0, 0]), rear + np.array([-0.1, 0, 0]), 0.045))
    shells.append((np.array([-0.45, half - 0.1, top - 0.02]), np.array([-0.45, half - 0.1, top + 0.03]), 0.05))
    back.append((np.array([-0.45, half - 0.1, top + 0.028]), np.array([-0.45, half - 0.1, top + 0.12]), 0.042))
    made = [
        rods([i[0] for i in items], [i[1] for i in items], np.array([i[2] for i in items]), 10)
        for items in (shells, head, back)
    ]
    return made[0], made[1], made[2]
