"""Convex hulls with few corners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

__all__ = ["Hull", "convex_hull", "hull_volume", "spread_directions"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

# A sheet has no volume; engines need some. Half of this lies on each side of it.
LEAST_THICKNESS_M = 5e-4
_ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Hull:
    """A convex body.

    Args:
        points_n3: Its corners, float64 (n, 3), metres.
        triangles_m3: Its triangles, int64 (m, 3), counter-clockwise seen from outside.
    """

    points_n3: Float
    triangles_m3: Int

    @cached_property
    def volume_m3(self) -> float:
        """Volume in cubic metres."""
        corners = self.points_n3[self.triangles_m3] - self.points_n3.mean(axis=0)
        return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))) / 6.0

    def scaled(self, factor: float) -> Hull:
        """Return the body with all coordinates multiplied."""
        return self if factor == 1.0 else Hull(self.points_n3 * factor, self.triangles_m3)


def spread_directions(count: int) -> Float:
    """Return unit vectors (n, 3) spread evenly over the sphere (a Fibonacci lattice)."""
    index = np.arange(count) + 0.5
    height = 1.0 - 2.0 * index / count
    angle = index * np.pi * (3.0 - np.sqrt(5.0))
    radius = np.sqrt(1.0 - height**2)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])


_SPREAD = spread_directions(80)
_AXES = np.concatenate([np.eye(3), -np.eye(3)])


def hull_volume(points_n3: Float) -> float:
    """Return about the volume of the convex hull of points: that of the farthest ones in 86 directions."""
    if len(points_n3) < 4:
        return 0.0
    farthest = np.unique(np.argmax(points_n3 @ np.concatenate([_AXES, _SPREAD]).T, axis=0))
    try:
        return float(ConvexHull(points_n3[farthest]).volume)
    except QhullError:
        return 0.0


def convex_hull(points_n3: Float, *, error_m: float = 0.0, most: int = 200) -> Hull:
    """Return the convex hull of points, of few corners where an error is allowed.

    Args:
        points_n3: Points, float64 (n, 3), metres; flat sets are given a small thickness.
        error_m: How far a point may lie outside the result.
        most: Corners after which no more are added even if the error is larger.
    """
    hull = _whole_hull(_with_thickness(points_n3))
    if error_m <= 0 or len(hull.points_n3) <= 12:
        return hull
    points = hull.points_n3
    chosen = np.unique(np.argmax(points @ np.concatenate([_AXES, _SPREAD[::3]]).T, axis=0))
    small = hull
    for _ in range(_ROUNDS):
        try:
            small = _whole_hull(points[chosen])
        except QhullError:
            return hull
        outside = _outside(points, small)
        far = outside.max(axis=0)
        if far.max() <= error_m or len(chosen) >= most:
            break
        # The farthest point over every face that misses one; a few faces at a time, the worst first.
        worst = np.argsort(-far, kind="stable")[: max(8, len(chosen) // 2)]
        added = np.unique(np.argmax(outside[:, worst], axis=0)[far[worst] > error_m])
        chosen = np.union1d(chosen, added)
    return small


def _outside(points: Float, hull: Hull) -> Float:
    """Return how far each point (row) lies over each face (column) of a hull."""
    corners = hull.points_n3[hull.triangles_m3]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    over: Float = points @ normals.T - np.einsum("ij,ij->i", normals, corners[:, 0])
    return over


def _with_thickness(points: Float) -> Float:
    middle = points.mean(axis=0)
    _, spread, axes = np.linalg.svd(points - middle, full_matrices=False) if len(points) >= 3 else (0, 0, np.eye(3))
    del spread
    reach = np.ptp((points - middle) @ axes.T, axis=0)
    for axis in np.flatnonzero(reach < LEAST_THICKNESS_M):
        shift = axes[axis] * (LEAST_THICKNESS_M / 2)
        points = np.concatenate([points + shift, points - shift])
    return points


def _whole_hull(points: Float) -> Hull:
    try:
        hull = ConvexHull(points)
    except QhullError:
        hull = ConvexHull(points, qhull_options="QJ Pp")
    corners = hull.points[hull.vertices]
    where = np.full(len(hull.points), -1)
    where[hull.vertices] = np.arange(len(hull.vertices))
    triangles = where[hull.simplices].astype(np.int64)
    a, b, c = (corners[triangles[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    triangles[inward] = triangles[inward][:, ::-1]
    return Hull(corners, triangles)
