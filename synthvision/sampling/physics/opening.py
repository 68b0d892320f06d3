"""The area over which things are let go: the mouth of a container, or a region of a surface."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

__all__ = ["Opening"]

Float = NDArray[np.float64]

_CORNERS = 20


class Opening:
    """A convex polygon at a height.

    Args:
        outline_n2: Points whose convex outline it is, metres in the world.
        height_m: Height of what things fall through or onto.
        floor_m: Height of the lowest place inside.
    """

    def __init__(self, outline_n2: Float, height_m: float, floor_m: float) -> None:
        self.height_m = height_m
        self.floor_m = floor_m
        hull = ConvexHull(outline_n2)
        corners = outline_n2[hull.vertices]
        while len(corners) > _CORNERS:
            # The corner that stands out least is left out.
            before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
            one, two = corners - before, after - before
            area = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
            corners = np.delete(corners, int(np.argmin(area)), axis=0)
        self.corners_n2: Float = corners
        edge = np.roll(corners, -1, axis=0) - corners
        self._normals = np.column_stack([edge[:, 1], -edge[:, 0]]) / np.linalg.norm(edge, axis=1, keepdims=True)
        self._offsets = np.einsum("ij,ij->i", self._normals, corners)
        self._middle: Float = corners.mean(axis=0)

    def holds(self, point_2: Float, margin_m: float = 0.0) -> bool:
        """Return whether a point lies inside, at least a margin away from the edge."""
        return bool((self._normals @ point_2 <= self._offsets - margin_m).all())

    def draw(self, rng: np.random.Generator, margin_m: float) -> Float:
        """Return a point inside, away from the edge by a margin where there is room for that."""
        room = self._offsets - self._normals @ self._middle
        margin = min(margin_m, 0.75 * float(room.min()))
        low, high = self.corners_n2.min(axis=0), self.corners_n2.max(axis=0)
        for _ in range(50):
            point: Float = low + rng.random(2) * (high - low)
            if self.holds(point, margin):
                return point
        return self._middle.copy()

    def walls(self, thickness_m: float, height_m: float) -> Iterator[tuple[Float, Float, float]]:
        """Yield upright boxes around the opening as middle, half sizes and yaw in radians."""
        after = np.roll(self.corners_n2, -1, axis=0)
        for start, end, normal in zip(self.corners_n2, after, self._normals, strict=True):
            middle = (start + end) / 2 + normal * thickness_m
            length = float(np.linalg.norm(end - start))
            yaw = float(np.arctan2(*(end - start)[::-1]))
            half = np.array([length / 2 + thickness_m, thickness_m, height_m / 2])
            yield np.array([*middle, self.height_m + height_m / 2]), half, yaw
