"""The body of a car: a cage whose lines are the feature lines of coachwork, bent to a figure.

Stations run from the tail (0) to the nose (17): 1-6 are the rear wheel arch, 8 and 9 the B-pillar, 10 the top of the
windscreen, 12 its foot, 11-16 the front wheel arch. Rows on top run from the shoulder (0) over the lower (1) and the
upper edge of the side windows (2) and the edge of the roof (3) to the centre line (5).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.library.procedural.models.vehicles.car_figure import CarFigure
from synthvision.library.procedural.models.vehicles.coachwork import LEFT, TOP, Coachwork, Crease, Skin, coachwork
from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["HALF", "HEADER", "NX", "NZ", "SCREEN", "car_skin", "half_width"]

NX, HALF, NZ = 17, 5, 4
PILLAR_REAR, PILLAR_FRONT, HEADER, SCREEN = 8, 9, 10, 12
REAR_ARCH, FRONT_ARCH = 1, 11
ARCH_TURNS = np.radians([188.0, 150.0, 109.0, 71.0, 30.0, -8.0])
#: A uniform cubic B-spline through points on a circle runs inside it; this sets the points out again.
ARCH_GAIN = 1.075

#: On front and rear faces: height of the third row as a share of the belt's, and how far the fourth is above it on the
#: way to the shoulder. Lamps lie between the fourth and the shoulder.
END_ROWS = (0.53, 0.42)

#: Height above the ground as a share of the shoulder's, and half width there as a share of the half width.
SECTION_Z = np.array([0.15, 0.26, 0.40, 0.56, 0.70, 0.84, 0.95, 1.05])
SECTION_Y = np.array([0.925, 0.962, 0.985, 0.999, 1.0, 0.982, 0.966, 0.95])


def half_width(figure: CarFigure, x: Floats | float, z: Floats | float) -> Floats:
    """Return the half width of the lower body at places on its side, metres."""
    x, z = np.asarray(x, np.float64), np.asarray(z, np.float64)
    section = np.interp(z / figure.belt_front_z, SECTION_Z, SECTION_Y)
    ahead = np.clip((x - figure.front_x + 0.15) / (figure.nose_x - figure.front_x + 0.15), 0.0, 1.0)
    behind = np.clip((figure.rear_x + 0.15 - x) / (figure.rear_x + 0.15 - figure.tail_x), 0.0, 1.0)
    plan = 1.0 - figure.taper[0] * ahead**2.4 - figure.taper[1] * behind**2.4
    flare = sum(
        np.exp(-(((np.hypot(x - axle, z - figure.wheel_radius) - figure.arch) / 0.10) ** 2))
        for axle in (figure.front_x, figure.rear_x)
    )
    return np.asarray(figure.half * plan * (section * 0.985 + 0.014 * np.asarray(flare)), np.float64)


def car_skin(figure: CarFigure) -> Skin:
    """Return the subdivided skin of a car."""
    top, side = np.zeros((NX + 1, HALF + 1, 3)), np.zeros((NX + 1, NZ + 1, 3))
    shoulder = _shoulder(figure)
    side[:, NZ] = shoulder
    _shape_sides(figure, side)
    _shape_top(figure, shoulder, top)
    work = _topology(figure.header_station, figure.screen_station)
    ends = []
    for end, sign in ((NX, 1.0), (0, -1.0)):
        ends.append(_end_face(figure, side[end], top[end], sign))
    return work.skin(top, side, ends[0], ends[1])


@lru_cache(maxsize=16)
def _topology(header: int, screen: int) -> Coachwork:
    creases = [
        Crease(TOP, "v", 0, 0, NX, 0.35),
        Crease(TOP, "v", 1, screen, SCREEN, 0.75),
        Crease(TOP, "v", 2, header, SCREEN, 0.3),
        Crease(TOP, "v", 3, SCREEN, NX, 0.45),
        Crease(TOP, "u", SCREEN, 3, HALF, 0.9),
        Crease(TOP, "u", header, 2, HALF, 0.55),
        Crease(TOP, "u", screen, 3, HALF, 0.5),
        Crease(TOP, "u", 0, 1, HALF, 0.45),
        Crease(TOP, "u", NX, 1, HALF, 0.55),
        Crease(LEFT, "v", 2, 1, NX - 1, 0.25),
    ]
    feet = [(arch + turn, 0) for arch in (REAR_ARCH, FRONT_ARCH) for turn in (0, 5)]
    return coachwork(NX, HALF, NZ, creases, feet)


def _shoulder(figure: CarFigure) -> Floats:
    """The line where the side meets windows and bonnet, float64 (18, 3)."""
    pillar = figure.pillar_x
    screen = figure.cowl_x - 0.30
    rear = figure.rear_x + figure.arch * np.array([-1.12, -0.78, -0.32, 0.18, 0.62, 1.15])
    front = np.linspace(screen, figure.nose_x - 0.40, 5)
    x = np.concatenate(
        [
            [figure.tail_x + figure.tail_corner],
            rear,
            [(rear[-1] + pillar - 0.05) / 2, pillar - 0.05, pillar + 0.05, (pillar + 0.05 + screen) * 0.5 + 0.05],
            [screen - 0.18],
            front,
            [figure.nose_x - 0.25],
        ]
    )
    rise = (x - figure.rear_x) / (screen - figure.rear_x)
    z = figure.belt_rear_z + (figure.belt_front_z - figure.belt_rear_z) * np.clip(rise, 0.0, 1.0)
    ahead = np.clip((x - screen) / (figure.nose_x - 0.25 - screen), 0.0, 1.0)
    z -= (figure.belt_front_z - figure.lip_z - 0.035) * ahead**1.7
    behind = np.clip((figure.rear_x - x) / (figure.rear_x - figure.tail_x), 0.0, 1.0)
    z += (figure.tail_z - figure.belt_rear_z) * behind**2
    return np.stack([x, half_width(figure, x, z), z], axis=1)


def _shape_sides(figure: CarFigure, side: Floats) -> None:
    """Fill the rows of the sides below the shoulder."""
    shoulder = side[:, NZ]
    levels = np.array(
        [figure.sill_z, 0.40 * figure.belt_front_z, 0.62 * figure.belt_front_z, 0.80 * figure.belt_front_z]
    )
    bumper = figure.sill_z + 0.03
    for station in range(NX + 1):
        x = np.full(4, shoulder[station, 0])
        z = levels.copy()
        arch = next((a for a in (REAR_ARCH, FRONT_ARCH) if a <= station <= a + 5), None)
        if station in (0, NX):
            z[0] = bumper
            z[2] = END_ROWS[0] * figure.belt_front_z
            z[3] = z[2] + END_ROWS[1] * (shoulder[station, 2] - z[2])
        elif arch is not None:
            x, z = _arch_rows(figure, station - arch, arch == FRONT_ARCH, shoulder[station])
        side[station, :NZ, 0], side[station, :NZ, 2] = x, z
        side[station, :NZ, 1] = half_width(figure, x, z)


def _arch_rows(figure: CarFigure, number: int, at_front: bool, shoulder: Floats) -> tuple[Floats, Floats]:
    """Places of the four lower rows above one point of a wheel arch."""
    axle, hub = (figure.front_x if at_front else figure.rear_x), figure.wheel_radius
    turn = ARCH_TURNS[number]
    at_foot = number in (0, 5)
    radius = figure.arch * (1.0 if at_foot else ARCH_GAIN)
    foot = np.array([axle + radius * np.cos(turn), hub + radius * np.sin(turn)])
    lip = np.array([axle + (radius + 0.055) * np.cos(turn), hub + (radius + 0.055) * np.sin(turn)])
    if at_foot:
        foot[1] = figure.sill_z + (0.02 if (number == 0) != at_front else 0.0)
        lip[1] = 0.40 * figure.belt_front_z
    goal = shoulder[[0, 2]]
    rows = [foot, lip, lip + (goal - lip) * 0.38, lip + (goal - lip) * 0.70]
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


def _shape_top(figure: CarFigure, shoulder: Floats, top: Floats) -> None:
    """Fill the rows of bonnet, windows, roof and boot."""
    header, screen = figure.header_station, figure.screen_station
    top[:, 0] = shoulder
    for station in range(header, HEADER + 1):
        top[station, 1:] = _greenhouse(figure, station, shoulder[station])
    top[SCREEN, 1:] = _screen_foot(figure, (figure.cowl_x, figure.cowl_z), shoulder[SCREEN], 1.0)
    top[screen, 1:] = _screen_foot(figure, figure.screen_low, shoulder[screen], -1.0)
    _between(top, HEADER, SCREEN, 0.02, 1.0)
    _between(top, screen, header, 0.018, -1.0)
    nose = (figure.nose_x - 0.07, figure.lip_z)
    tail = (figure.tail_x + 0.05, figure.tail_z)
    for station in range(SCREEN + 1, NX + 1):
        share = (station - SCREEN) / (NX - SCREEN)
        top[station, 1:] = _deck(figure, shoulder[station], (figure.cowl_x, figure.cowl_z), nose, share, 0.25)
    for station in range(screen):
        share = (screen - station) / screen
        top[station, 1:] = _deck(figure, shoulder[station], figure.screen_low, tail, share, -0.10)


def _roof_z(figure: CarFigure, x: float) -> float:
    """Height of the centre line of the roof: an arch through both ends with its top a third of the way back."""
    (rear_x, rear_z), front_z = figure.roof_rear, figure.height - figure.brow
    peak = figure.header_x - 0.36 * (figure.header_x - rear_x)
    if x > peak:
        return figure.height - (figure.height - front_z) * ((x - peak) / (figure.header_x - peak)) ** 2
    return figure.height - (figure.height - rear_z) * ((peak - x) / (peak - rear_x)) ** 2


def _greenhouse(figure: CarFigure, station: int, shoulder: Floats) -> Floats:
    """Rows 1..5 of a station with side windows and roof."""
    header = figure.header_station
    ends = (figure.roof_rear[0], figure.header_x)
    if station == header:
        centre = ends[0]
    elif station == HEADER:
        centre = ends[1]
    else:
        # Between its ends the roof follows the shoulder's stations, so that pillars stand upright.
        centre = float(np.clip(shoulder[0], ends[0] + 0.10 * (station - header), ends[1] - 0.12 * (HEADER - station)))
    roof = _roof_z(figure, centre)
    back = np.clip((figure.rear_x + 0.5 - centre) / 1.2, 0.0, 1.0)
    front = np.clip((centre - figure.header_x + 0.5) / 0.5, 0.0, 1.0)
    wide = figure.half * figure.tumblehome * (1.0 - figure.roof_taper * back**1.5 - 0.03 * front**2)
    pull = {header: 0.07, HEADER: -0.15}.get(station, 0.0)
    glass_z = min(roof - 0.105, figure.glass_top)
    low_y, low_z = shoulder[1] - 0.022, shoulder[2] + 0.022
    low_x = shoulder[0]
    return np.array(
        [
            [low_x, low_y, low_z],
            [centre + 1.2 * pull, wide, glass_z],
            [centre + pull, wide - 0.085, roof - 0.040],
            [centre + 0.3 * pull, 0.5 * wide, roof - 0.008],
            [centre, 0.0, roof],
        ]
    )


def _screen_foot(figure: CarFigure, centre: tuple[float, float], shoulder: Floats, forward: float) -> Floats:
    """Rows 1..5 of the foot of the windscreen (`forward` 1) or of the rear window (-1)."""
    x, z = centre
    pull = -0.20 if forward > 0 else 0.07
    wide = figure.half * (0.86 if forward > 0 else max(0.76, figure.tumblehome - 0.06))
    low = shoulder[2] + 0.022
    if forward > 0:
        second = [x - 0.27, figure.half * 0.92, low + 0.03]
        first = [shoulder[0] - 0.01, shoulder[1] - 0.02, low]
    else:
        second = [x + 0.11, figure.half * max(0.845, figure.tumblehome + 0.07), z]
        first = [max(shoulder[0], x + 0.02), shoulder[1] - 0.025, min(low, z + 0.01)]
    return np.array(
        [first, second, [x + pull, wide, z - 0.015], [x + 0.28 * pull, 0.5 * wide, z + 0.002], [x, 0.0, z + 0.005]]
    )


def _between(top: Floats, low: int, high: int, bulge: float, forward: float) -> None:
    """Stations within a windscreen or rear window: straight lines that bulge outwards a little."""
    for station in range(low + 1, high):
        share = (station - low) / (high - low)
        rows = top[low] + (top[high] - top[low]) * share
        push = 4 * share * (1 - share) * bulge
        rows[2:, 0] += forward * push * 0.7
        rows[2:, 2] += push * 0.7
        rows[0] = top[station, 0]
        rows[1] = top[station, 0] + [0.0, -0.022, 0.022]
        rows[1, 0] = 0.5 * (rows[0, 0] + top[low, 1, 0] + (top[high, 1, 0] - top[low, 1, 0]) * share)
        top[station] = rows


def _deck(
    figure: CarFigure, shoulder: Floats, root: tuple[float, float], lip: tuple[float, float], share: float, bow: float
) -> Floats:
    """Rows 1..5 of a station of bonnet or boot lid, `share` of the way from the window to the edge."""
    x = root[0] + (lip[0] - root[0]) * share
    crown = 0.03 * 4 * share * (1 - share)
    z = root[1] + (lip[1] - root[1]) * share + crown
    across = np.array([0.93, 0.83, 0.70, 0.36, 0.0])
    rise = np.array([0.30, 0.62, 0.85, 0.98, 1.0])
    y = shoulder[1] * across
    # The edge bends back towards the corners; nearer the window it takes the window's own bow.
    back = np.where(across > 0, across**2, 0.0)
    row_x = x + (shoulder[0] - x) * back * (0.35 + 0.65 * share) - bow * 0.12 * (1 - share) * back
    row_z = shoulder[2] + (z - shoulder[2]) * rise
    return np.stack([row_x, y, row_z], axis=1)


def _end_face(figure: CarFigure, corner: Floats, edge: Floats, sign: float) -> Floats:
    """Front or rear face, from the corner to the centre line and from the sill to the shoulder."""
    rows = np.zeros((HALF + 1, NZ + 1, 3))
    rows[:, NZ], rows[0] = edge, corner
    tip = figure.nose_x if sign > 0 else figure.tail_x
    inset = np.array([0.085, 0.005, 0.0, 0.03, 0.0] if sign > 0 else [0.07, 0.005, 0.0, 0.045, 0.0])
    low = corner[0, 2]
    high = float(edge[-1, 2])
    levels = np.array([low, 0.40 * figure.belt_front_z, END_ROWS[0] * figure.belt_front_z, 0.0])
    levels[3] = levels[2] + END_ROWS[1] * (high - levels[2])
    across = np.array([1.0, 0.86, 0.68, 0.46, 0.23, 0.0])
    for k in range(NZ):
        centre_x = tip - sign * inset[k]
        for m in range(1, HALF + 1):
            share = across[m] ** 2.6
            rows[m, k] = [
                centre_x + (corner[k, 0] - centre_x) * share,
                corner[k, 1] * (across[m] + 0.03 * across[m] * (1 - across[m])),
                levels[k] + (corner[k, 2] - levels[k]) * share,
            ]
    return rows
