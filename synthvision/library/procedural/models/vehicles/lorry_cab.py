"""A cab over the engine: shell, glass, doors, grille, mirrors, lamps, steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.vehicles.lamps import lamp_uvs
from synthvision.library.procedural.models.vehicles.slabs import (
    blocks,
    front_plate,
    rounded_outline,
    side_plate,
    side_plates,
)
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["Cab", "cab_meshes"]


@dataclass(frozen=True, slots=True)
class Cab:
    """Sizes of a cab.

    Args:
        front_x: Foremost point.
        length: Along x.
        half: Half its width.
        low: Lower edge of the doors, above the steps.
        top: Roof.
        belt: Lower edge of the windows.
        rake: How far the top of the windscreen leans back.
        axle_x: Front axle.
        arch: Radius of the wheel arch.
        hub_z: Height of the axle.
        deflector: Height of the wind deflector on the roof, 0 for none.
    """

    front_x: float
    length: float
    half: float
    low: float
    top: float
    belt: float
    rake: float
    axle_x: float
    arch: float
    hub_z: float
    deflector: float

    def x_at(self, z: float) -> float:
        """Return x of the front at a height."""
        return self.front_x - self.rake * max(z - self.belt, 0.0) / (self.top - self.belt)


def cab_meshes(cab: Cab) -> dict[str, Mesh]:
    """Return the meshes of a cab by material: paint, window, trim, grille, head_lamp, chrome."""
    back = cab.front_x - cab.length
    shell = rounded_outline(
        _outline(cab, back), [0.05, 0.10, 0.10, 0.22, 0.10, *([0.04] * 8)][: len(_outline(cab, back))]
    )
    half = cab.half
    paint = [side_plate(shell, -half, half, 0.05), *_deflector(cab, back)]
    return {
        "paint": join(paint),
        "window": _windows(cab, back),
        "trim": join([_bumper(cab), _seams(cab, back), _mirrors(cab), _steps(cab), _visor(cab), _wipers(cab)]),
        "grille": _grille(cab),
        "head_lamp": _lamps(cab),
    }


def _outline(cab: Cab, back: float) -> list[tuple[float, float]]:
    """Side view, counter-clockwise from the rear lower corner: the wheel arch cuts into the lower edge."""
    turn = np.linspace(np.pi * 0.97, 0.08, 8)
    arch = [
        (cab.axle_x + cab.arch * float(np.cos(t)), max(cab.hub_z + cab.arch * float(np.sin(t)), cab.low)) for t in turn
    ]
    arch = [point for point in arch if back + 0.05 < point[0] < cab.front_x - 0.05]
    front = [
        (cab.front_x, cab.low),
        (cab.front_x, cab.belt),
        (cab.front_x - cab.rake, cab.top),
        (back, cab.top),
        (back, cab.low),
    ]
    return [*front, *arch]


def _windows(cab: Cab, back: float) -> Mesh:
    half = cab.half
    top = cab.top - 0.22
    screen = [(-half + 0.10, cab.belt + 0.05), (half - 0.10, cab.belt + 0.05), (half - 0.13, top), (-half + 0.13, top)]
    lean = np.arctan2(cab.rake, cab.top - cab.belt)
    glass = front_plate(rounded_outline(screen, 0.07), -0.02, 0.006)
    # Leaned about the belt line to lie on the slanted front.
    x, y, z = glass.positions_n3.T
    moved = np.stack([x + cab.front_x - (z - cab.belt) * np.tan(lean) + 0.002, y, z], axis=1)
    normals = glass.normals_n3 + np.outer(glass.normals_n3[:, 0], [0.0, 0.0, np.tan(lean)])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    glass = Mesh(moved, normals, glass.uvs_n2, glass.triangles_m3)
    door_back = back + max(0.12, cab.length - 1.25)
    side = [
        (door_back, cab.belt + 0.02), (cab.front_x - 0.42, cab.belt - 0.03), (cab.front_x - 0.14, cab.belt + 0.10),
        (cab.x_at(top) - 0.14, top - 0.02), (door_back, top - 0.02),
    ]  # fmt: skip
    return join([glass, side_plates(rounded_outline(side, 0.05), half, 0.005)])


def _seams(cab: Cab, back: float) -> Mesh:
    """Gaps around the doors as dark ribs, and their handles."""
    half, door_back = cab.half, back + max(0.07, cab.length - 1.31)
    top, thin = cab.top - 0.16, 0.010
    front = cab.front_x - 0.12
    items = []
    for side in (-1, 1):
        y = side * (half - 0.005)
        items += [
            ((thin, 0.02, top - cab.low - 0.02), (door_back, y, (top + cab.low) / 2)),
            ((cab.x_at(top) - 0.1 - door_back, 0.02, thin), ((cab.x_at(top) - 0.1 + door_back) / 2, y, top)),
            ((thin, 0.02, cab.belt - cab.low - 0.1), (front, y, (cab.belt + cab.low) / 2)),
            ((0.20, 0.05, 0.035), (door_back + 0.18, side * (half + 0.01), cab.belt - 0.13)),
        ]
    return blocks(items, 0.0)


def _deflector(cab: Cab, back: float) -> list[Mesh]:
    if cab.deflector < 0.05:
        return []
    front = cab.front_x - cab.rake - 0.35
    outline = [(back + 0.05, cab.top - 0.02), (front, cab.top - 0.02), (back + 0.42, cab.top + cab.deflector),
               (back + 0.05, cab.top + cab.deflector)]  # fmt: skip
    return [side_plate(rounded_outline(outline, [0.02, 0.05, 0.25, 0.05]), -0.86 * cab.half, 0.86 * cab.half, 0.06)]


def _bumper(cab: Cab) -> Mesh:
    """The bumper with its turned ends, and the skirts behind the arch."""
    low, high = 0.36, cab.low + 0.12
    half = cab.half
    items = [((0.26, 2 * half, high - low), (cab.front_x - 0.09, 0.0, (high + low) / 2))]
    return blocks(items, 0.05)


def _grille(cab: Cab) -> Mesh:
    low, high = cab.low + 0.22, cab.belt - 0.16
    half = 0.72 * cab.half
    plate = front_plate(
        rounded_outline([(-half, low), (half, low), (half * 0.94, high), (-half * 0.94, high)], 0.06),
        cab.front_x - 0.02,
        cab.front_x + 0.006,
    )
    slats = [
        ((0.035, 1.9 * half * 0.94, 0.028), (cab.front_x + 0.008, 0.0, float(z)))
        for z in np.linspace(low + 0.08, high - 0.08, 5)
    ]
    return join([plate, blocks(slats, 0.0)])


def _lamps(cab: Cab) -> Mesh:
    pairs = []
    for side in (-1, 1):
        y = side * 0.78 * cab.half
        pairs.append(((0.06, 0.42, 0.23), (cab.front_x + 0.025, y, cab.low - 0.01)))
    return lamp_uvs(blocks(pairs, 0.02), 0.0)


def _mirrors(cab: Cab) -> Mesh:
    items = []
    x = cab.front_x - 0.10
    for side in (-1, 1):
        y = side * (cab.half + 0.19)
        items += [
            ((0.10, 0.20, 0.42), (x, y, cab.belt + 0.50)),
            ((0.09, 0.19, 0.20), (x, y, cab.belt + 0.16)),
            ((0.04, 0.26, 0.035), (x - 0.03, side * (cab.half + 0.08), cab.belt + 0.62)),
            ((0.04, 0.26, 0.035), (x - 0.03, side * (cab.half + 0.08), cab.belt + 0.10)),
        ]
    return blocks(items, 0.025)


def _steps(cab: Cab) -> Mesh:
    rear_x = cab.axle_x - cab.arch - 0.02
    items = []
    for side in (-1, 1):
        y = side * (cab.half - 0.12)
        items += [((0.30, 0.22, 0.05), (cab.front_x - 0.30, y, 0.50)), ((0.25, 0.25, 0.30), (rear_x - 0.1, y, 0.75))]
    return blocks(items, 0.012)


def _visor(cab: Cab) -> Mesh:
    x = cab.x_at(cab.top - 0.12)
    return blocks([((0.22, 1.86 * cab.half, 0.03), (x + 0.05, 0.0, cab.top - 0.15))], 0.012)


def _wipers(cab: Cab) -> Mesh:
    z = cab.belt + 0.08
    starts = [[cab.x_at(z) + 0.025, y, z] for y in (-0.7, 0.0)]
    ends = [[cab.x_at(z + 0.1) + 0.025, y + 0.6, z + 0.10] for y in (-0.7, 0.0)]
    return rods(np.array(starts), np.array(ends), 0.012, 5)
