"""Where drops and flakes are: fixed to the world, the same for every camera that looks.

Space is cut into cubes, one set of cubes for each class of sizes, and each cube has a random stream of its own, named
by its place. A camera looks only into the cubes in its view, and only as far as a particle of that size is wider than a
given part of a pixel.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.imaging.airlight_laws import SizeLaw
from synthvision.scene import Camera, Optics

__all__ = ["MAX_PARTICLES", "NEAREST_M", "particles_in_view", "reach_per_diameter"]

Float = NDArray[np.float64]

#: Expected particles in one view at most, by kind; where there would be more, the smallest and farthest ones are left
#: out. It is enough for all flakes that show in 1280x720 pixels of heavy snow (4 mm/h of water); in 1920x1080 pixels
#: those are left out that are narrower than one pixel. Streaks are long, so they cost more and fewer of them fill a
#: picture.
MAX_PARTICLES: Final = {"rain": 8_000, "snow": 24_000}
#: Nothing nearer than this is drawn: it would be inside the lens.
NEAREST_M = 0.1

_CLASSES = 10
_PER_CELL = 400.0
_CELL_M = (0.25, 8.0)
#: Fastest way of a particle across the view, for streaks that reach into the picture from beside it.
_FASTEST_M_S = 12.0
_KEPT_CELLS = 1024


@dataclass(frozen=True, slots=True)
class _SizeClass:
    """Particles of similar size.

    Args:
        name: Start of the name of its random streams.
        slope_per_m: Of the size law.
        diameters_m: Smallest and largest.
        per_m3: Mean number in a cubic metre.
        cell_m: Side of its cubes.
    """

    name: str
    slope_per_m: float
    diameters_m: tuple[float, float]
    per_m3: float
    cell_m: float


def reach_per_diameter(law: SizeLaw, kind: str, camera: Camera) -> float:
    """Return how many diameters away particles are drawn: as far as they are wide enough to show, or nearer.

    The expected number in view is the integral over D of N(D) A (k D)^3 / 3, where A is the width times the height of
    the picture over the square of its focal lengths; k is chosen so that it stays within `MAX_PARTICLES`.
    """
    k = max(camera.focal_xy_px) / law.least_width_px
    low, high = law.diameters_m
    diameters = np.linspace(low, high, 256)
    numbers = law.n0_per_m4 * np.exp(-law.slope_per_m * diameters)
    area = camera.size_wh[0] * camera.size_wh[1] / (camera.focal_xy_px[0] * camera.focal_xy_px[1])
    expected = float(np.trapezoid(numbers * area / 3 * (k * diameters) ** 3, diameters))
    return float(k * min(1.0, (MAX_PARTICLES[kind] / expected) ** (1 / 3)))


def particles_in_view(
    law: SizeLaw,
    kind: str,
    seed: int,
    camera: Camera,
    drift_m: Callable[[float], tuple[float, float, float]] | None = None,
) -> NDArray[np.float32]:
    """Return the particles that a camera sees.

    Args:
        law: How many of which size.
        kind: Names the random streams: ``rain`` or ``snow``.
        seed: The weather's.
        camera: A pinhole camera.
        drift_m: How far particles of a diameter in metres have drifted since the scene's first step, in world axes;
            None for not at all.

    Returns:
        float32 (n, 5): place relative to the camera in world axes, diameter, a random number 0..1; farthest first.
    """
    reach = reach_per_diameter(law, kind, camera)
    rotation = camera.camera_from_world[:3, :3]
    found = []
    for size in _size_classes(law, kind):
        # A class drifts as one: it is looked at from a place that has drifted the other way.
        drift = (0.0, 0.0, 0.0) if drift_m is None else drift_m(float(np.mean(size.diameters_m)))
        x, y, z = (place - way for place, way in zip(camera.position_m, drift, strict=True))
        seen_from, far = replace(camera, position_m=(x, y, z)), reach * size.diameters_m[1]
        if far > NEAREST_M and (cells := _cells_in_view(camera, np.array([x, y, z]), rotation, far, size.cell_m)):
            found.append(_particles_of_class(size, seed, seen_from, cells, reach))
    if not found:
        return np.zeros((0, 5), np.float32)
    rows_6n = np.concatenate(found, axis=1)
    order = np.argsort(-rows_6n[5], kind="stable")
    return np.ascontiguousarray(rows_6n[:5, order].T)


def _particles_of_class(
    size: _SizeClass, seed: int, camera: Camera, cells: list[tuple[int, ...]], reach: float
) -> NDArray[np.float32]:
    """Return the particles of one class of sizes that a camera sees: float32 (6, n), the last row their depth.

    Most of what lies in the cubes is not in view, so rows are worked out one by one and for as few as possible.
    """
    drawn = [_draws_of_cell(size, seed, cell) for cell in cells]
    draws_5n = np.concatenate(drawn, axis=1)
    corners = (np.array(cells) * size.cell_m - np.asarray(camera.position_m, np.float64)).astype(np.float32)
    counts = [draws.shape[1] for draws in drawn]
    place = [draws_5n[axis] * np.float32(size.cell_m) + np.repeat(corners[:, axis], counts) for axis in range(3)]
    right, down, ahead = camera.camera_from_world[:3, :3].astype(np.float32)
    z = ahead[0] * place[0] + ahead[1] * place[1] + ahead[2] * place[2]
    near = np.flatnonzero((z > NEAREST_M) & (z < reach * size.diameters_m[1]))
    diameter = _diameters(size, draws_5n[3, near])
    shows = z[near] < reach * diameter
    near, diameter = near[shows], diameter[shows]
    x0, y0, z0 = (row[near] for row in place)
    z = z[near]
    (focal_x, focal_y), (centre_x, centre_y), (width, height) = (
        camera.focal_xy_px,
        camera.centre_xy_px,
        camera.size_wh,
    )
    exposure_s = (camera.optics or Optics()).exposure_time_s
    margin = 2 * z + max(focal_x, focal_y) * (diameter + 0.5 * exposure_s * _fastest(camera))
    column = centre_x * z + focal_x * (right[0] * x0 + right[1] * y0 + right[2] * z0)
    row = centre_y * z + focal_y * (down[0] * x0 + down[1] * y0 + down[2] * z0)
    keep = (column > -margin) & (column < width * z + margin) & (row > -margin) & (row < height * z + margin)
    return np.stack([values[keep] for values in (x0, y0, z0, diameter, draws_5n[4, near], z)]).astype(np.float32)


def _fastest(camera: Camera) -> float:
    turn = float(np.linalg.norm(camera.angular_velocity_rad_s))
    return _FASTEST_M_S + float(np.linalg.norm(camera.velocity_m_s)) + turn


def _diameters(size: _SizeClass, shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Diameters whose random numbers are `shares`: the exponential law between two bounds, inverted."""
    low, high = (np.float32(np.exp(-size.slope_per_m * diameter)) for diameter in size.diameters_m)
    diameters: NDArray[np.float32] = np.log(low + (high - low) * shares) / np.float32(-size.slope_per_m)
    return diameters


def _size_classes(law: SizeLaw, kind: str) -> list[_SizeClass]:
    """Classes with bounds in a geometric series; what depends on the law alone is the same for all cameras."""
    edges = np.geomspace(*law.diameters_m, _CLASSES + 1)
    slope = law.slope_per_m
    classes = []
    for number, (low, high) in enumerate(pairwise(edges)):
        per_m3 = float(law.n0_per_m4 / slope * (np.exp(-slope * low) - np.exp(-slope * high)))
        cell = float(np.clip((_PER_CELL / per_m3) ** (1 / 3), *_CELL_M)) if per_m3 > 0 else _CELL_M[1]
        classes.append(_SizeClass(f"{kind}.{number}", slope, (float(low), float(high)), per_m3, cell))
    return classes


def _cells_in_view(camera: Camera, position: Float, rotation: Float, far: float, cell: float) -> list[tuple[int, ...]]:
    """Indices of the cubes that the view reaches up to a depth."""
    (focal_x, focal_y), (centre_x, centre_y), (width, height) = (
        camera.focal_xy_px,
        camera.centre_xy_px,
        camera.size_wh,
    )
    left, right = -centre_x / focal_x, (width - centre_x) / focal_x
    top, bottom = -centre_y / focal_y, (height - centre_y) / focal_y
    corners = far * np.array([(x, y, 1.0) for x in (left, right) for y in (top, bottom)]) @ rotation
    corners = np.concatenate([np.zeros((1, 3)), corners]) + position
    low = np.floor(corners.min(axis=0) / cell).astype(np.int64)
    high = np.floor(corners.max(axis=0) / cell).astype(np.int64)
    axes = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    centres = ((cells + 0.5) * cell - position) @ rotation.T
    radius = np.sqrt(0.75) * cell
    x, y, z = centres.T
    seen = (z > -radius) & (z < far + radius)
    for along, least, most in ((x, left, right), (y, top, bottom)):
        seen &= along - least * z > -radius * np.hypot(1.0, least)
        seen &= most * z - along > -radius * np.hypot(1.0, most)
    return [tuple(index) for index in cells[seen].tolist()]


_draws: OrderedDict[tuple[object, ...], NDArray[np.float32]] = OrderedDict()


def _draws_of_cell(size: _SizeClass, seed: int, cell: tuple[int, ...]) -> NDArray[np.float32]:
    """Random numbers 0..1 (5, n) of the particles in a cube: place in it, size, and one more.

    Those of the last cubes are kept: the views of one scene share most of them.
    """
    key = (size, seed, cell)
    found = _draws.pop(key, None)
    if found is None:
        rng = rng_for(seed, 0, f"weather.{size.name}.{cell[0]}.{cell[1]}.{cell[2]}")
        found = rng.random((5, int(rng.poisson(size.per_m3 * size.cell_m**3))), np.float32)
    _draws[key] = found
    while len(_draws) > _KEPT_CELLS:
        _draws.popitem(last=False)
    return found
