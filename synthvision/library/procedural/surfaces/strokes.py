"""Lines drawn on a tile so that they continue on its other side: scratches, cracks, blades of grass, fibres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["crack_paths", "draw_strokes"]

_SUBPIXEL_BITS = 4


def draw_strokes(
    canvas: NDArray[np.uint8], paths_nk2: NDArray[Any], value: Sequence[float] | float, thickness_px: int = 1
) -> None:
    """Draw antialiased open lines on `canvas` in place, wrapping around its borders.

    Args:
        canvas: uint8 (height, width) or (height, width, 3).
        paths_nk2: float (n, k, 2), n lines of k points each, x and y in pixels; any position.
        value: Level, or one level per channel, 0 to 255.
        thickness_px: Width of the lines.
    """
    if len(paths_nk2) == 0:
        return
    height, width = canvas.shape[:2]
    paths = np.asarray(paths_nk2, np.float32)
    low, high = paths[:, 0], paths[:, 0]
    for point in range(1, paths.shape[1]):
        low, high = np.minimum(low, paths[:, point]), np.maximum(high, paths[:, point])
    low, high = low - thickness_px, high + thickness_px
    whole = (low[:, 0] > 0) & (low[:, 1] > 0) & (high[:, 0] < width) & (high[:, 1] < height)
    copies = [paths[whole]]
    cut, low, high = paths[~whole], low[~whole], high[~whole]
    # A line over the border is drawn once for each side of the tile that it reaches.
    for shift in ((x, y) for x in (-width, 0, width) for y in (-height, 0, height)):
        offset = np.array(shift, np.float32)
        seen = np.all((high + offset > 0) & (low + offset < (width, height)), axis=1)
        copies.append(cut[seen] + offset)
    fixed = np.round(np.concatenate(copies) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    level = tuple(value) if isinstance(value, Sequence) else (value,)
    cv2.polylines(canvas, list(fixed), False, level, thickness_px, cv2.LINE_AA, _SUBPIXEL_BITS)


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
