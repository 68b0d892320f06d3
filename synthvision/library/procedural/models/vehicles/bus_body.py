"""The body of a city bus: outline, glass, doors, skirts, roof units, signs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from synthvision.library.procedural.models.vehicles.slabs import blocks, front_plate, rounded_outline, side_plate
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import rods

__all__ = [
    "HUB_Z",
    "LOW",
    "bus_bumpers",
    "bus_glass",
    "bus_mirrors",
    "bus_outline",
    "bus_skirts",
    "destination_signs",
    "door_frames",
    "door_places",
    "roof_units",
    "window_bars",
]

HUB_Z = 0.48
ARCH = 0.58
LOW = 0.30
"""Lower edge of the body: a low-floor bus steps up 0.32 m."""


def bus_outline(front: float, height: float, axles: list[float], rake: float) -> list[tuple[float, float]]:
    """Return the side view from the lower rear corner, counter-clockwise, both wheel arches cut out: 22 corners."""
    points = [(-front + 0.02, LOW + 0.12), (-front + 0.30, LOW)]
    for x in reversed(axles):
        points += [
            (x + ARCH * float(np.cos(turn)), max(HUB_Z + ARCH * float(np.sin(turn)), LOW))
            for turn in np.linspace(np.pi * 0.99, np.pi * 0.01, 8)
        ]
    points += [(front - 0.25, LOW), (front, LOW + 0.15), (front - rake, height), (-front, height)]
    return points


def door_places(front: float, axles: list[float], count: str) -> list[float]:
    """Return the middles of the doors along x, the front one first."""
    middle = (axles[0] + axles[1]) / 2
    places = [front - 1.05, middle + 0.2]
    return [*places, -front + 1.5] if count == "3" else places


def _doors_width(number: int) -> float:
    return 1.2 if number else 1.15


def bus_glass(
    params: Mapping[str, Any],
    front: float,
    half: float,
    belt: float,
    top: float,
    axles: list[float],
    doors: list[float],
    door_side: float,
    rake: float,
    height: float,
) -> Mesh:
    """Return the windows of both sides, glazed doors, windscreen and rear window."""
    plates = []
    for side in (-1.0, 1.0):
        cuts = [-front + 0.35]
        if side == door_side:
            for number in reversed(range(len(doors))):
                wide = _doors_width(number) / 2 + 0.05
                cuts += [doors[number] - wide, doors[number] + wide]
        cuts.append(front - 0.42)
        for start, end in zip(cuts[::2], cuts[1::2], strict=True):
            if end - start > 0.25:
                corners = [(start, belt), (end, belt), (end, top), (start, top)]
                plates.append(_on_side(rounded_outline(corners, 0.08), side, half, 0.006))
    for number, x in enumerate(doors):
        wide = _doors_width(number)
        for leaf in (-1, 1):
            a, b = sorted((x + leaf * 0.04, x + leaf * (wide / 2 - 0.07)))
            corners = [(a, LOW + 0.18), (b, LOW + 0.18), (b, top - 0.06), (a, top - 0.06)]
            plates.append(_on_side(rounded_outline(corners, 0.05), door_side, half, 0.012))
    low = 0.98 if str(params["front"]) == "deep" else 1.15
    screen = [(-half + 0.12, low), (half - 0.12, low), (half - 0.14, height - 0.14), (-half + 0.14, height - 0.14)]
    plates.append(_leaned(front_plate(rounded_outline(screen, 0.14), -0.02, 0.008), front, rake, height))
    rear = [(-half + 0.30, belt + 0.05), (half - 0.30, belt + 0.05), (half - 0.30, top), (-half + 0.30, top)]
    plates.append(front_plate(rounded_outline(rear, 0.1), -front - 0.006, -front + 0.02))
    return join(plates)


def _on_side(outline: Floats, side: float, half: float, out: float) -> Mesh:
    return side_plate(outline, half - 0.012, half + out) if side > 0 else side_plate(outline, -half - out, 0.012 - half)


def _leaned(mesh: Mesh, front: float, rake: float, height: float) -> Mesh:
    """A plate across x = 0 put against the raked front."""
    x, y, z = mesh.positions_n3.T
    slope = rake / (height - LOW - 0.15)
    moved = np.stack([x + front - slope * (z - LOW - 0.15), y, z], axis=1)
    normals = mesh.normals_n3 + np.outer(mesh.normals_n3[:, 0], [0.0, 0.0, slope])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Mesh(moved, normals, mesh.uvs_n2, mesh.triangles_m3)


def door_frames(doors: list[float], side: float, half: float, top: float) -> Mesh:
    """Return posts, sills and handrails of the doors."""
    items = []
    for number, x in enumerate(doors):
        wide = _doors_width(number)
        tall, middle = top - LOW - 0.06, (top + LOW) / 2 + 0.03
        items += [((0.06, 0.03, tall), (x + at, side * (half - 0.005), middle)) for at in (-wide / 2, 0.0, wide / 2)]
        items += [((wide, 0.03, 0.08), (x, side * (half - 0.005), z)) for z in (LOW + 0.09, top - 0.01)]
        items += [((0.03, 0.05, 0.8), (x + at, side * (half + 0.03), 1.25)) for at in (-0.10, 0.10)]
    return blocks(items, 0.008)


def window_bars(front: float, half: float, belt: float, top: float) -> Mesh:
    """Return narrow bars between the panes, and the edges of hinged upper panes."""
    xs = np.arange(-front + 1.75, front - 1.2, 1.42)
    items = []
    for side in (-1, 1):
        items += [((0.035, 0.02, top - belt), (float(x), side * (half + 0.001), (top + belt) / 2)) for x in xs]
        items += [((1.0, 0.02, 0.025), (float(x) + 0.71, side * (half + 0.001), top - 0.30)) for x in xs[:-1:2]]
    return blocks(items, 0.0)


def bus_bumpers(front: float, half: float) -> Mesh:
    """Return bumpers, the engine's grille, the floor and the wipers."""
    items = [
        ((0.14, 2 * half - 0.06, 0.30), (front - 0.02, 0.0, 0.50)),
        ((0.12, 2 * half - 0.06, 0.24), (-front + 0.045, 0.0, 0.50)),
        ((0.02, 1.3, 0.5), (-front + 0.0, 0.0, 1.1)),
    ]
    floor = [((2 * front - 0.8, 2 * half - 0.75, 0.2), (0.0, 0.0, 0.42))]
    wipers = rods(
        np.array([[front + 0.0, -0.5, 1.12], [front + 0.0, 0.25, 1.12]]),
        np.array([[front - 0.02, 0.15, 1.40], [front - 0.02, 0.9, 1.40]]),
        0.014,
        5,
    )
    return join([blocks(items, 0.03), blocks(floor, 0.0), wipers])


def bus_mirrors(front: float, half: float, top: float) -> Mesh:
    """Return mirrors that hang from arms ahead of the screen, as on most city buses."""
    items = []
    starts, ends = [], []
    for side in (-1, 1):
        x, y = front + 0.10, side * (half + 0.16)
        items.append(((0.10, 0.20, 0.42), (x, y, top - 0.55)))
        starts += [[front - 0.25, side * (half - 0.12), top + 0.12], [x, y, top + 0.05]]
        ends += [[x, y, top + 0.05], [x, y, top - 0.40]]
    return join([blocks(items, 0.035), rods(np.array(starts), np.array(ends), 0.022, 6)])


def bus_skirts(axles: list[float], front: float, half: float, doors: list[float], side: float) -> Mesh:
    """Return the band of a second colour along the foot of the sides."""
    items = []
    for sign in (-1.0, 1.0):
        cuts = sorted(
            [
                -front + 0.32,
                axles[1] - ARCH - 0.04,
                axles[1] + ARCH + 0.04,
                axles[0] - ARCH - 0.04,
                axles[0] + ARCH + 0.04,
                front - 0.28,
            ]
            + (
                [d + e for n, d in enumerate(doors) for e in (-_doors_width(n) / 2 - 0.05, _doors_width(n) / 2 + 0.05)]
                if sign == side
                else []
            )
        )
        for a, b in pairwise(cuts):
            middle = (a + b) / 2
            blocked = any(abs(middle - x) < ARCH for x in axles)
            blocked |= sign == side and any(abs(middle - x) < _doors_width(n) / 2 for n, x in enumerate(doors))
            if not blocked and b - a > 0.1:
                items.append(((b - a, 0.03, 0.36), (middle, sign * (half - 0.005), LOW + 0.20)))
    return blocks(items, 0.008)


def roof_units(params: Mapping[str, Any], height: float, half: float) -> Mesh:
    """Return the hoods of air conditioning, batteries or gas tanks on the roof."""
    length = float(params["length_m"])
    kind = str(params["roof"])
    spots = {
        "plain": [(0.1, 1.4, 0.14)],
        "air": [(0.12, 2.4, 0.24), (-0.28, 1.8, 0.2)],
        "battery": [(0.0, 0.62 * length, 0.32)],
    }[kind]
    return blocks(
        [
            ((wide, 1.45 * half, tall + 0.05), (share * length, 0.0, height + tall / 2 - 0.025))
            for share, wide, tall in spots
        ],
        0.07,
    )


def destination_signs(front: float, half: float, top: float, rake: float, height: float, side: float) -> Mesh:
    """Return the destination signs: over the windscreen and beside the front door, and behind."""
    wide, tall, z = 1.7, 0.27, height - 0.33
    slope = rake / (height - LOW - 0.15)
    x = front - slope * (z - LOW - 0.15) + 0.014
    corners = [
        [x, y, z + dz]
        for y, dz in ((-wide / 2, -tall / 2), (wide / 2, -tall / 2), (wide / 2, tall / 2), (-wide / 2, tall / 2))
    ]
    sheet_x = [[row[0] - slope * (row[2] - z), row[1], row[2]] for row in corners]
    back = [[-front - 0.012, -y * 0.5, zz] for _, y, zz in corners]
    at, zz, w, h = front - 2.35, top - 0.15, 1.1, 0.17
    flank = [
        [at - side * dx, side * (half + 0.012), zz + dz]
        for dx, dz in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    ]
    sheets = np.array([sheet_x, back, flank])
    uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float64)
    normals = np.array([[1, 0, slope], [-1, 0, 0], [0, side, 0]], np.float64)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    triangles = np.concatenate([[[4 * k, 4 * k + 1, 4 * k + 2], [4 * k, 4 * k + 2, 4 * k + 3]] for k in range(3)])
    return Mesh(sheets.reshape(-1, 3), np.repeat(normals, 4, axis=0), np.tile(uv, (3, 1)), triangles.astype(np.int64))
