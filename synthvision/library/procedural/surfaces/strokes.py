"""Lines and dots drawn on a tile so that they continue on its other side: scratches, cracks, blades, pores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import Image

__all__ = ["StrokeCanvas", "crack_paths"]

_SUBPIXEL_BITS = 4
# Lines are clipped at the border of the array, which moves their last pixels a little: the array is this much larger
# than the tile on each side, so that the clipping happens outside.
_MARGIN_PX = 16


class StrokeCanvas:
    """A tile to draw on with antialiased strokes that wrap around its borders.

    Args:
        picture: uint8 (height, width) or (height, width, 3), what lies on the tile before the first stroke.
    """

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self._size_wh = (picture.shape[1], picture.shape[0])
        margins = (_MARGIN_PX,) * 4
        self._canvas: NDArray[np.uint8] = np.asarray(
            cv2.copyMakeBorder(np.ascontiguousarray(picture), *margins, cv2.BORDER_WRAP), np.uint8
        )

    @classmethod
    def blank(cls, size_px: int, level: int = 0) -> StrokeCanvas:
        """Return a square canvas of one channel at one level."""
        return cls(np.full((size_px, size_px), level, np.uint8))

    def lines(self, paths_nk2: NDArray[Any], value: Sequence[float] | float, thickness_px: int = 1) -> None:
        """Draw open lines.

        Args:
            paths_nk2: float (n, k, 2), n lines of k points each, x and y in pixels, starting near or on the tile.
            value: Level, or one level per channel, 0 to 255.
            thickness_px: Width of the lines.
        """
        if len(paths_nk2) == 0:
            return
        paths = np.asarray(paths_nk2, np.float32)
        low, high = paths[:, 0], paths[:, 0]
        for point in range(1, paths.shape[1]):
            low, high = np.minimum(low, paths[:, point]), np.maximum(high, paths[:, point])
        copies = [paths[chosen] + offset for chosen, offset in self._copies(low, high, thickness_px)]
        fixed = np.round((np.concatenate(copies) + _MARGIN_PX) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        level = tuple(value) if isinstance(value, Sequence) else (value,)
        cv2.polylines(self._canvas, list(fixed), False, level, thickness_px, cv2.LINE_AA, _SUBPIXEL_BITS)

    def dots(self, centres_n2: NDArray[Any], radius_px: NDArray[Any], levels: Sequence[Any]) -> None:
        """Draw filled circles.

        Args:
            centres_n2: float (n, 2), x and y in pixels.
            radius_px: float (n,).
            levels: n levels, or n tuples of one level per channel.
        """
        centres, radii = np.asarray(centres_n2, np.float32), np.asarray(radius_px, np.float32)
        scale = 1 << _SUBPIXEL_BITS
        for chosen, offset in self._copies(centres - radii[:, None], centres + radii[:, None], 1):
            places = np.round((centres[chosen] + offset + _MARGIN_PX) * scale).astype(int)
            for place, radius, number in zip(
                places.tolist(), radii[chosen].tolist(), np.flatnonzero(chosen).tolist(), strict=True
            ):
                cv2.circle(self._canvas, place, int(radius * scale), levels[number], -1, cv2.LINE_AA, _SUBPIXEL_BITS)

    def image(self) -> NDArray[np.uint8]:
        """Return a copy of the tile, uint8 (height, width) or (height, width, 3)."""
        width, height = self._size_wh
        return self._canvas[_MARGIN_PX : _MARGIN_PX + height, _MARGIN_PX : _MARGIN_PX + width].copy()

    def share(self) -> Image:
        """Return the tile as float32 0..1."""
        return self.image().astype(np.float32) * np.float32(1 / 255)

    def _copies(
        self, low_n2: Image, high_n2: Image, reach_px: float
    ) -> list[tuple[NDArray[np.bool_], NDArray[np.float32]]]:
        """Which strokes have to be drawn at which offset so that every one shows on all sides that it reaches."""
        size = np.array(self._size_wh, np.float32)
        low, high = low_n2 - reach_px, high_n2 + reach_px
        inner = np.all((low > _MARGIN_PX) & (high < size - _MARGIN_PX), axis=1)
        copies = [(inner, np.zeros(2, np.float32))]
        if inner.all():
            return copies
        for x in (-1, 0, 1):
            for y in (-1, 0, 1):
                offset = np.array([x, y], np.float32) * size
                seen = np.all((high + offset > -_MARGIN_PX) & (low + offset < size + _MARGIN_PX), axis=1) & ~inner
                if seen.any():
                    copies.append((seen, offset))
        return copies


def crack_paths(
    rng: np.random.Generator, size: int, count: int, length_px: float, step_px: float = 6.0
) -> list[NDArray[np.float32]]:
    """Return wandering lines with side branches, as cracks run in concrete or asphalt.

    Args:
        rng: Generator to draw from.
        size: Pixels along each side of the tile; starting points lie in it.
        count: Main cracks; each has up to three branches.
        length_px: Mean length of a main crack.
        step_px: Length of one straight piece.

    Returns:
        Lines float32 (k, 2), main cracks and branches, x and y in pixels.
    """
    paths: list[NDArray[np.float32]] = []
    for _ in range(count):
        trunk = _wander(rng, rng.random(2) * size, float(rng.random()) * 2 * np.pi, length_px, step_px)
        paths.append(trunk)
        for _ in range(int(rng.integers(0, 4))):
            at = int(rng.integers(1, len(trunk)))
            heading = np.arctan2(*(trunk[at] - trunk[at - 1])[::-1])
            turn = float(rng.choice([-1.0, 1.0])) * (0.5 + 0.8 * float(rng.random()))
            paths.append(_wander(rng, trunk[at], heading + turn, 0.35 * length_px, step_px))
    return paths


def _wander(
    rng: np.random.Generator, start_xy: NDArray[Any], heading_rad: float, length_px: float, step_px: float
) -> NDArray[np.float32]:
    steps = max(int(length_px / step_px * (0.6 + 0.8 * float(rng.random()))), 2)
    # Kinks that soon turn back: a crack looks ragged close up but keeps its course.
    kinks = rng.standard_normal(steps) * 0.55
    course = np.cumsum(rng.standard_normal(steps) * 0.09)
    angle = heading_rad + kinks + course
    moves = step_px * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(np.concatenate([[start_xy], start_xy + np.cumsum(moves, axis=0)]), np.float32)
