"""Seams and panels of sports balls, as functions of the direction from the middle of the ball."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from synthvision.library.procedural.noise import Image

__all__ = ["SEAM_REACH", "basketball_seam", "curve_distance", "football_panels", "tennis_seam", "volleyball_panels"]

Directions = NDArray[np.float32]
GOLDEN = (1 + 5**0.5) / 2
SEAM_REACH = 0.25
"""Angle in radians beyond which no curve is looked for."""


def football_panels(directions_hwc: Directions) -> tuple[Image, NDArray[np.int64]]:
    """Return the panels of a ball of 12 pentagons and 20 hexagons.

    Args:
        directions_hwc: float32 (height, width, 3), unit vectors.

    Returns:
        Angle to the nearest seam in radians, float32 (height, width), and the panel, int64: 0 to 11 are pentagons.
    """
    pentagons, hexagons = _icosahedron()
    # Planes of the truncated icosahedron: the face of a pentagon lies further out than that of a hexagon.
    centres = np.concatenate([pentagons / 2.32744, hexagons / 2.26728]).astype(np.float32)
    level = directions_hwc @ centres.T
    order = np.argpartition(level, -2, axis=-1)
    best, second = order[..., -1], order[..., -2]
    first_level = np.take_along_axis(level, best[..., None], -1)[..., 0]
    second_level = np.take_along_axis(level, second[..., None], -1)[..., 0]
    swap = second_level > first_level
    best, second = np.where(swap, second, best), np.where(swap, best, second)
    gap = np.abs(first_level - second_level)
    slope = np.linalg.norm(centres[best] - centres[second], axis=-1)
    return np.asarray(gap / slope, np.float32), best.astype(np.int64)


def volleyball_panels(directions_hwc: Directions) -> tuple[Image, NDArray[np.int64]]:
    """Return the 18 panels of a volleyball, three strips on each side of a cube. Result as in `football_panels`."""
    size = np.abs(directions_hwc)
    axis = np.argmax(size, axis=-1)
    largest = np.take_along_axis(size, axis[..., None], -1)[..., 0]
    across = np.take_along_axis(directions_hwc, ((axis + 1) % 3)[..., None], -1)[..., 0] / largest
    along = np.take_along_axis(directions_hwc, ((axis + 2) % 3)[..., None], -1)[..., 0] / largest
    angle = np.arctan(across)
    strip = np.digitize(angle, [-np.pi / 12, np.pi / 12])
    to_strip = np.minimum(np.abs(angle - np.pi / 12), np.abs(angle + np.pi / 12))
    to_side = np.minimum(np.pi / 4 - np.abs(angle), np.pi / 4 - np.abs(np.arctan(along)))
    side = np.take_along_axis(directions_hwc, axis[..., None], -1)[..., 0] > 0
    panel = axis * 6 + side * 3 + strip
    return np.asarray(np.minimum(to_strip, to_side), np.float32), panel.astype(np.int64)


def basketball_seam(directions_hwc: Directions) -> Image:
    """Return the angle to the nearest seam of a basketball of eight panels, radians, float32 (height, width)."""
    x, y, z = np.moveaxis(directions_hwc, -1, 0)
    circles = np.minimum(np.abs(np.arcsin(np.clip(z, -1, 1))), np.abs(np.arcsin(np.clip(y, -1, 1))))
    # Two closed curves around the poles of y, pinched where they pass the other great circle.
    around = np.arctan2(z, x)
    polar = np.arccos(np.clip(np.abs(y), -1, 1))
    curve = 0.86 + 0.22 * np.cos(2 * around)
    bend = np.sqrt(1 + (0.44 * np.sin(2 * around) / np.sin(np.clip(curve, 0.2, 1.5))) ** 2)
    return np.asarray(np.minimum(circles, np.abs(polar - curve) / bend), np.float32)


def tennis_seam(directions_hwc: Directions) -> Image:
    """Return the angle to the seam of a tennis ball or baseball, as `curve_distance` does."""
    t = np.linspace(0, 2 * np.pi, 1200, endpoint=False)
    a, b = 0.75, 0.25
    c = 2 * np.sqrt(a * b)
    curve = np.stack([a * np.cos(t) + b * np.cos(3 * t), a * np.sin(t) - b * np.sin(3 * t), c * np.sin(2 * t)], axis=1)
    return curve_distance(directions_hwc, curve)


def curve_distance(directions_hwc: Directions, curve_n3: NDArray[np.float64]) -> Image:
    """Return the angle to the nearest of closely set points on the sphere, float32 (height, width), 0..`SEAM_REACH`."""
    points = curve_n3 / np.linalg.norm(curve_n3, axis=1, keepdims=True)
    # Far from the curve most of its points are about equally near, which makes an unbounded search slow.
    chord, _ = cKDTree(points).query(directions_hwc.reshape(-1, 3), distance_upper_bound=2 * np.sin(SEAM_REACH / 2))
    angle = 2 * np.arcsin(np.minimum(chord / 2, np.sin(SEAM_REACH / 2)))
    return np.asarray(angle.reshape(directions_hwc.shape[:2]), np.float32)


@lru_cache(maxsize=1)
def _icosahedron() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors to the 12 corners and the 20 faces of an icosahedron."""
    signs = np.array([(a, b) for a in (-1, 1) for b in (-1, 1)], np.float64)
    zero = np.zeros(4)
    corners = np.concatenate(
        [
            np.stack([zero, signs[:, 0], signs[:, 1] * GOLDEN], 1),
            np.stack([signs[:, 0], signs[:, 1] * GOLDEN, zero], 1),
            np.stack([signs[:, 1] * GOLDEN, zero, signs[:, 0]], 1),
        ]
    )
    gap = np.linalg.norm(corners[:, None] - corners[None], axis=-1)
    near = (gap < 2.01) & (gap > 0)
    faces = [
        corners[i] + corners[j] + corners[k]
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    centres = np.array(faces)
    return corners / np.linalg.norm(corners, axis=1, keepdims=True), centres / np.linalg.norm(
        centres, axis=1, keepdims=True
    )
