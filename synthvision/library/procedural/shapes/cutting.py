"""Triangles cut in two along a line on which a function of their corners is zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["Soup", "above_zero", "cut_at_zero", "divided"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Soup:
    """Triangles that share nothing, each corner with a row of values.

    Args:
        values_m3k: float64 (m, 3, k): whatever is to be interpolated linearly, positions first.
        source_m: int64 (m,), which triangle each one was cut from.
    """

    values_m3k: Floats
    source_m: Ints

    def __len__(self) -> int:
        return len(self.source_m)

    def chosen(self, mask_m: NDArray[np.bool_] | Ints) -> Soup:
        """Return some of the triangles."""
        return Soup(self.values_m3k[mask_m], self.source_m[mask_m])

    @staticmethod
    def joined(soups: Sequence[Soup]) -> Soup:
        """Return all triangles of some soups, one or more, with equal columns."""
        return Soup(
            np.concatenate([soup.values_m3k for soup in soups]), np.concatenate([soup.source_m for soup in soups])
        )


def cut_at_zero(soup: Soup, level_m3: Floats) -> tuple[Soup, Soup]:
    """Return the triangles where a level is positive, and those where it is not; together they are the old ones.

    The level is linear inside each triangle. Neighbours that have the same corners are cut at the same points, and
    every triangle keeps its sense of turning.

    Args:
        soup: Triangles.
        level_m3: float64 (m, 3), the level at their corners.
    """
    above = level_m3 > 0
    count = above.sum(axis=1)
    inside, outside = [soup.chosen(count == 3)], [soup.chosen(count == 0)]
    for lone_above, mixed in ((True, count == 1), (False, count == 2)):
        if not mixed.any():
            continue
        rows = np.flatnonzero(mixed)
        lone = np.argmax(above[rows] == lone_above, axis=1)
        # Corners in their order, the one that is alone on its side first.
        order = (lone[:, None] + np.arange(3)) % 3
        corners = soup.values_m3k[rows[:, None], order]
        levels = level_m3[rows[:, None], order]
        points = []
        for other in (1, 2):
            # From the lower to the higher end, so that both neighbours of an edge find the same point.
            low = levels[:, 0] < levels[:, other]
            first = np.where(low[:, None], corners[:, 0], corners[:, other])
            last = np.where(low[:, None], corners[:, other], corners[:, 0])
            least, most = np.minimum(levels[:, 0], levels[:, other]), np.maximum(levels[:, 0], levels[:, other])
            points.append(first + (last - first) * (least / (least - most))[:, None])
        tip = np.stack([corners[:, 0], points[0], points[1]], axis=1)
        base = np.concatenate(
            [
                np.stack([points[0], corners[:, 1], corners[:, 2]], axis=1),
                np.stack([points[0], corners[:, 2], points[1]], axis=1),
            ]
        )
        source = soup.source_m[rows]
        near, far = Soup(tip, source), Soup(base, np.concatenate([source, source]))
        inside.append(near if lone_above else far)
        outside.append(far if lone_above else near)
    return Soup.joined(inside), Soup.joined(outside)


def above_zero(soup: Soup, level_m3: Floats) -> Soup:
    """Return the part of the triangles where a level is positive; see `cut_at_zero`."""
    count = (level_m3 > 0).sum(axis=1)
    whole, mixed = count == 3, (count == 1) | (count == 2)
    if not mixed.any():
        return soup.chosen(whole)
    return Soup.joined([soup.chosen(whole), cut_at_zero(soup.chosen(mixed), level_m3[mixed])[0]])


def divided(soup: Soup, column: int, levels: Floats) -> Soup:
    """Return the triangles cut along the lines on which one column of their values takes each of some levels."""
    for level in levels:
        value = soup.values_m3k[:, :, column] - level
        crossed = (value.min(axis=1) < 0) & (value.max(axis=1) > 0)
        if crossed.any():
            parts = cut_at_zero(soup.chosen(crossed), value[crossed])
            soup = Soup.joined([soup.chosen(~crossed), *parts])
    return soup
