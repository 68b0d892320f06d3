"""Cuts polygons into triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["triangulate_polygon"]


def triangulate_polygon(points_n3: NDArray[np.float64]) -> list[tuple[int, int, int]]:
    """Return triangles that cover a polygon in space, which may be hollow but should not cross itself.

    Args:
        points_n3: float64 (n, 3), n >= 3, in order around the polygon.

    Returns:
        n - 2 triples of indices with the polygon's own turning sense. A polygon that is bent or crosses itself so
        badly that no ear is found is cut as a fan.

    Example:
        >>> triangulate_polygon(np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float64))
        [(0, 1, 2), (0, 2, 3)]
    """
    count = len(points_n3)
    fan = [(0, index, index + 1) for index in range(1, count - 1)]
    following = np.roll(points_n3, -1, axis=0)
    normal = np.cross(points_n3, following).sum(axis=0)  # Newell: right for hollow polygons too
    length = float(np.linalg.norm(normal))
    if count == 3 or length == 0:
        return fan
    axis = int(np.argmax(np.abs(normal)))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    flat = points_n3[:, [first, second]] * (1.0 if normal[axis] > 0 else -1.0, 1.0)
    turns = [_turn(flat[index - 1], flat[index], flat[(index + 1) % count]) for index in range(count)]
    if min(turns) >= 0:
        return fan
    left = list(range(count))
    triangles: list[tuple[int, int, int]] = []
    while len(left) > 3:
        ear = next((place for place in range(len(left)) if _is_ear(flat, left, place)), None)
        if ear is None:
            return fan
        triangles.append((left[ear - 1], left[ear], left[(ear + 1) % len(left)]))
        del left[ear]
    return [*triangles, (left[0], left[1], left[2])]


def _turn(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> float:
    return float((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]))


def _is_ear(flat: NDArray[np.float64], left: list[int], place: int) -> bool:
    before, here, after = left[place - 1], left[place], left[(place + 1) % len(left)]
    a, b, c = flat[before], flat[here], flat[after]
    if _turn(a, b, c) <= 0:
        return False
    others = (flat[index] for index in left if index not in (before, here, after))
    return not any(_turn(a, b, p) >= 0 and _turn(b, c, p) >= 0 and _turn(c, a, p) >= 0 for p in others)
