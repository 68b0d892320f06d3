"""Strips of a site: lanes, pavements, kerbs, crossings, walls, belts, as ways through space."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["STRIP_KINDS", "Inward", "Strip", "strips_of"]

Float = NDArray[np.float64]
Inward = Literal["left", "right", "none"]

#: What strips there are.
STRIP_KINDS = (
    "lane", "parking", "cycle_lane", "kerb", "pavement", "crossing", "verge", "building_line", "wall", "floor", "belt",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Strip:
    """A long narrow piece of ground.

    Args:
        name: Unique in its site, e.g. ``lane/0`` or ``pavement/left``.
        kind: One of `STRIP_KINDS`.
        path_k3: Middle line at the height of the ground in driving direction, float64 (k, 3), metres, two points or
            more.
        width_m: Width; 0 for a line.
        speed_m_s: How fast things go on it; 0 where they stand.
        inward: On which side of its direction the middle of the site lies: the carriageway for all that stands beside
            it, the other direction for a lane; none where both sides are alike.
    """

    name: str
    kind: str
    path_k3: Float
    width_m: float
    speed_m_s: float
    inward: Inward = "left"

    @cached_property
    def length_m(self) -> float:
        """Length of the middle line."""
        return self._ends[-1]

    @cached_property
    def _ends(self) -> list[float]:
        """Place of each point of the path along it."""
        steps = np.linalg.norm(np.diff(self.path_k3, axis=0), axis=1)
        return [0.0, *(float(end) for end in np.cumsum(steps))]

    @cached_property
    def _pieces(self) -> list[tuple[Float, Float, float]]:
        """Start, direction as a unit vector and heading of each straight piece."""
        ways = np.diff(self.path_k3, axis=0)
        ways = ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-12)
        headings = np.arctan2(ways[:, 1], ways[:, 0])
        return [(start, way, float(heading)) for start, way, heading in zip(self.path_k3, ways, headings, strict=False)]

    def at(self, distance_m: float) -> tuple[Float, float]:
        """Return a point of the middle line and the direction there, in radians from +X towards +Y.

        Args:
            distance_m: How far along; what lies beyond an end is the end.
        """
        ends = self._ends
        place = min(max(distance_m, 0.0), ends[-1])
        index = min(max(bisect_right(ends, place) - 1, 0), len(self._pieces) - 1)
        start, way, heading = self._pieces[index]
        return start + (place - ends[index]) * way, heading

    def points(self, distances_m: Float) -> Float:
        """Return the points of the middle line at several places along it, float64 (n, 3)."""
        columns = [np.interp(distances_m, self._ends, self.path_k3[:, axis]) for axis in range(3)]
        return np.stack(columns, axis=1)

    def outward(self, heading_rad: float) -> Float:
        """Return the unit vector (x, y) that points away from the middle of the site, to the right where it has none.

        Args:
            heading_rad: Direction of the strip.
        """
        side = 1.0 if self.inward == "right" else -1.0
        return np.array([-np.sin(heading_rad), np.cos(heading_rad)]) * side


def strips_of(strips: Sequence[Strip], patterns: Sequence[str]) -> list[Strip]:
    """Return the strips whose kind, or whose name, fits one of several patterns, in the site's order.

    Args:
        strips: What there is.
        patterns: Kinds such as ``lane``, or names with ``*`` such as ``pavement/left*``.
    """
    return [
        strip
        for strip in strips
        if any(pattern == strip.kind or fnmatchcase(strip.name, pattern) for pattern in patterns)
    ]
