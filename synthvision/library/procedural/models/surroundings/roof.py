"""Roofs of houses: flat with a parapet, gabled or hipped, with ridge, gutters, chimneys and what stands up there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.surroundings.facade import WALL_M
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.quads import plain_boxes, solid_of_faces
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["RoofShape", "chimneys", "flat_roof", "gable_roof", "gutters", "hip_roof", "roof_windows"]

THICK_M = 0.2
OVERHANG_M = 0.4


@dataclass(frozen=True, slots=True)
class RoofShape:
    """What a roof covers.

    Args:
        width_m: Along y.
        depth_m: Along x.
        eaves_m: Height of the top of the walls.
        pitch_rad: Slope of the roof.
    """

    width_m: float
    depth_m: float
    eaves_m: float
    pitch_rad: float

    @property
    def ridge_m(self) -> float:
        """Height of the ridge of a gabled roof."""
        return self.eaves_m + self.depth_m / 2 * math.tan(self.pitch_rad) + THICK_M / math.cos(self.pitch_rad)

    @property
    def hip_ridge_m(self) -> float:
        """Height of the ridge of a hipped roof."""
        span = min(self.depth_m, self.width_m) / 2 + OVERHANG_M
        return self.eaves_m + THICK_M + (span - 0.2) * math.tan(self.pitch_rad)


def gable_roof(shape: RoofShape) -> dict[str, Mesh]:
    """Return slopes to the front and the back, and the walls of the gables under them."""
    slope = np.tan(shape.pitch_rad)
    lift = THICK_M / np.cos(shape.pitch_rad)
    reach, end = shape.depth_m / 2 + OVERHANG_M, shape.width_m / 2 + 0.06
    low, top = shape.eaves_m - OVERHANG_M * slope, shape.eaves_m + shape.depth_m / 2 * slope
    under = [(-reach, low), (0.0, top), (reach, low)]
    section = [*under, *((x, z + lift) for x, z in under[::-1])]
    points = np.array([[x, y, z] for y in (-end, end) for x, z in section])
    roof = solid_of_faces(points, [(3, 9, 10, 4), (4, 10, 11, 5)])
    trim = solid_of_faces(
        points,
        [
            (0, 6, 7, 1),
            (1, 7, 8, 2),
            (2, 8, 9, 3),
            (5, 11, 6, 0),
            (0, 1, 4, 5),
            (1, 2, 3, 4),
            (11, 10, 7, 6),
            (10, 9, 8, 7),
        ],
    )
    walls = []
    for side in (-1, 1):
        outer, inner = side * shape.width_m / 2, side * (shape.width_m / 2 - WALL_M)
        half = shape.depth_m / 2
        triangle = [(-half, shape.eaves_m), (half, shape.eaves_m), (0.0, top + 0.04)]
        corners = np.array([[x, y, z] for y in sorted((outer, inner)) for x, z in triangle])
        faces = [(0, 1, 2), (5, 4, 3), (0, 3, 4, 1), (1, 4, 5, 2), (2, 5, 3, 0)]
        walls.append(solid_of_faces(corners, faces))
    ridge = _tube([(0.0, -end, top + lift - 0.02), (0.0, end, top + lift - 0.02)], 0.11, 8)
    return {"roof": join([roof, ridge]), "trim": trim, "wall": join(walls)}


def hip_roof(shape: RoofShape) -> dict[str, Mesh]:
    """Return four slopes that meet in a short ridge along the longer side."""
    x, y = shape.depth_m / 2 + OVERHANG_M, shape.width_m / 2 + OVERHANG_M
    low, high, top = shape.eaves_m, shape.eaves_m + THICK_M, shape.hip_ridge_m
    along_y = y >= x
    run = max(abs(y - x), 0.2)
    ridge = [(0.0, -run, top), (0.0, run, top)] if along_y else [(-run, 0.0, top), (run, 0.0, top)]
    base = [(x, -y), (x, y), (-x, y), (-x, -y)]
    points = np.array([[*p, low] for p in base] + [[*p, high] for p in base] + [list(p) for p in ridge])
    if along_y:
        slopes = [(4, 5, 9, 8), (5, 6, 9), (6, 7, 8, 9), (7, 4, 8)]
    else:
        slopes = [(4, 5, 9), (5, 6, 8, 9), (6, 7, 8), (7, 4, 9, 8)]
    trim = [(3, 2, 1, 0), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    hips = [_tube(ridge, 0.1, 6)]
    for corner in points[4:8]:
        nearest = min(ridge, key=lambda end: float(np.linalg.norm(np.array(end) - corner)))
        hips.append(_tube([tuple(corner), nearest], 0.09, 6))
    return {"roof": join([solid_of_faces(points, slopes), *hips]), "trim": solid_of_faces(points, trim)}


def flat_roof(shape: RoofShape, parapet_m: float, rng: np.random.Generator) -> dict[str, Mesh]:
    """Return a deck behind a parapet with a coping, a box for the stairs, and vents."""
    x, y, z = shape.depth_m / 2, shape.width_m / 2, shape.eaves_m
    wall = 0.3
    lows = [(x - wall, -y, z), (-x, -y, z), (-x + wall, y - wall, z), (-x + wall, -y, z)]
    highs = [(x, y, z + parapet_m), (-x + wall, y, z + parapet_m), (x - wall, y, z + parapet_m)]
    highs += [(x - wall, -y + wall, z + parapet_m)]
    top, over, thick = z + parapet_m, 0.05, 0.07
    sizes = [(wall + 2 * over, 2 * y + 2 * over, thick)] * 2 + [(2 * (x - wall - over), wall + 2 * over, thick)] * 2
    centres = [(s * (x - wall / 2), 0.0, top + thick / 2) for s in (1, -1)]
    centres += [(0.0, s * (y - wall / 2), top + thick / 2) for s in (1, -1)]
    coping = bevelled_boxes(np.array(sizes), np.array(centres), 0.015)
    deck = plain_boxes(np.array([(-x + 0.02, -y + 0.02, z - 0.1)]), np.array([(x - 0.02, y - 0.02, z + 0.08)]))
    hut = 2.2 + rng.uniform(0.0, 0.8)
    corner = np.array([-0.3 * x - hut / 2, rng.uniform(-0.4, 0.4) * y - hut / 2, z])
    box = plain_boxes(corner[None], corner[None] + [hut, hut, 1.9 + parapet_m])
    cap = bevelled_boxes(
        np.array([(hut + 0.2, hut + 0.2, 0.1)]),
        np.add(corner, (hut / 2, hut / 2, 1.95 + parapet_m))[None],
        0.015,
    )
    metal = [_vent(float(rng.uniform(-0.5, 0.6)) * x, float(rng.uniform(-0.8, 0.8)) * y, z) for _ in range(3)]
    units = np.array([[rng.uniform(0.2, 0.6) * x, rng.uniform(-0.7, 0.7) * y, z + 0.6] for _ in range(2)])
    metal.append(bevelled_boxes(np.tile([0.9, 1.3, 1.0], (2, 1)), units, 0.03))
    walls = join([plain_boxes(np.array(lows), np.array(highs)), box])
    return {"wall": walls, "trim": join([coping, cap]), "roof": deck, "metal": join(metal)}


def gutters(shape: RoofShape, roof: str) -> Mesh:
    """Return gutters under the eaves of front and back, and a downpipe at two corners."""
    half = shape.width_m / 2
    drop = OVERHANG_M * np.tan(shape.pitch_rad) if roof == "gable" else 0.0
    reach = shape.depth_m / 2 + (OVERHANG_M if roof != "flat" else 0.0)
    z = shape.eaves_m - drop + 0.05
    tubes = []
    for side in (-1, 1):
        if roof != "flat":
            x = side * (reach + 0.06)
            tubes.append(_tube([(x, -half, z), (x, half, z)], 0.07, 8))
        wall = side * (shape.depth_m / 2 + 0.06)
        y = half - 0.22
        start = [(side * (reach + 0.04), y, z - 0.03), (wall, y, z - 0.35)] if roof != "flat" else [(wall, y, z)]
        tubes.append(_tube([*start, (wall, y, 0.0)], 0.045, 8))
    return join(tubes)


def chimneys(shape: RoofShape, count: int, top_m: float, rng: np.random.Generator) -> dict[str, Mesh]:
    """Return brick stacks near the ends of the ridge, each with a cap and pots."""
    sizes, centres, caps, pots = [], [], [], []
    for k in range(count):
        high = float(rng.uniform(0.9, 1.5))
        y = (1 if k % 2 else -1) * (shape.width_m / 2 - 0.9 - 0.1 * k)
        x = float(rng.uniform(-0.25, 0.25)) * shape.depth_m / 2
        low = shape.eaves_m - 0.3
        sizes.append((0.55, 0.95, top_m + high - low))
        centres.append((x, y, (top_m + high + low) / 2))
        caps.append((x, y, top_m + high + 0.05))
        pots += [_pot(x, y + shift, top_m + high + 0.1) for shift in (-0.24, 0.24)]
    half, middle = np.array(sizes) / 2, np.array(centres)
    stack = plain_boxes(middle - half, middle + half)
    cap = bevelled_boxes(np.tile([0.68, 1.08, 0.1], (count, 1)), np.array(caps), 0.02)
    return {"wall": stack, "trim": cap, "roof": join(pots)}


def roof_windows(shape: RoofShape, count: int) -> dict[str, Mesh]:
    """Return windows that lie in the front slope of a gabled roof."""
    turn = turn_about("y", shape.pitch_rad)
    slope = shape.depth_m / 2 / np.cos(shape.pitch_rad)
    along = (np.arange(count) + 0.5) / count - 0.5
    base = np.array([shape.depth_m / 2, 0.0, shape.eaves_m + THICK_M / np.cos(shape.pitch_rad)])
    uphill = turn @ np.array([-1.0, 0.0, 0.0])
    out = turn @ np.array([0.0, 0.0, 1.0])
    centres = base + 0.5 * slope * uphill + np.stack([0 * along, along * 0.8 * shape.width_m, 0 * along], axis=1)
    turns = np.tile(turn, (count, 1, 1))
    rim = bevelled_boxes(np.tile([1.3, 0.95, 0.16], (count, 1)), centres, 0.012, turns)
    pane = bevelled_boxes(np.tile([1.12, 0.77, 0.04], (count, 1)), centres + 0.08 * out, 0.006, turns)
    return {"metal": rim, "glass": pane}


def _vent(x: float, y: float, z: float) -> Mesh:
    outline = [(0.0, 0.0), (0.09, 0.0), (0.09, 0.7), (0.2, 0.72), (0.2, 0.76), (0.0, 0.88)]
    return revolve(filleted(outline, 0.008, step_rad=1.0), 10).moved((x, y, z))


def _pot(x: float, y: float, z: float) -> Mesh:
    outline = [(0.0, 0.0), (0.13, 0.0), (0.1, 0.34), (0.125, 0.36), (0.125, 0.42), (0.095, 0.42), (0.09, 0.2)]
    return revolve(filleted([*outline, (0.0, 0.2)], 0.01, step_rad=1.0), 10).moved((x, y, z - 0.01))


def _tube(path: list[tuple[float, float, float]], radius: float, sections: int) -> Mesh:
    points: Floats = np.array(path, np.float64)
    along = points[-1] - points[0]
    across = np.cross(along, [0.0, 0.0, 1.0] if abs(along[2]) < 0.8 * np.linalg.norm(along) else [0.0, 1.0, 0.0])
    across = across / np.linalg.norm(across)
    normal = (float(across[0]), float(across[1]), float(across[2]))
    return sweep_tube(points, np.full((len(points), 2), radius), sections, binormal_xyz=normal)
