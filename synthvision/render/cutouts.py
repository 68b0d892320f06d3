"""Alpha of cut-out surfaces at single places: the numpy twin of ``opengl/shaders/cutout.glsl``.

Alpha is read at the mip level nearest to the footprint of a pixel, with the filter that OpenGL uses, so that every
backend sees the same holes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Texture, Wrap

__all__ = ["AlphaPyramid", "footprint_level"]

Float = NDArray[np.float64]


def footprint_level(across_n2: Float, down_n2: Float, size_wh: tuple[int, int]) -> NDArray[np.int64]:
    """Return the mip level whose texels are nearest to a pixel in size, int64 (n,), 0 or more.

    Args:
        across_n2: Change of the texture coordinates from one pixel to the next along a row.
        down_n2: The same along a column.
        size_wh: Texels of the map.
    """
    size = np.asarray(size_wh, np.float64)
    dx, dy = across_n2 * size, down_n2 * size
    longest = np.maximum(np.maximum(np.sum(dx * dx, axis=1), np.sum(dy * dy, axis=1)), 1e-12)
    level: NDArray[np.int64] = np.maximum(np.floor(0.5 * np.log2(longest) + 0.5), 0).astype(np.int64)
    return level


class AlphaPyramid:
    """The alpha channel of a texture with its mip levels.

    Args:
        texture: Any texture; without a fourth channel alpha is 1 everywhere.
    """

    def __init__(self, texture: Texture) -> None:
        pixels = texture.pixels_hwc
        self._wrap_uv = texture.wrap_uv
        self.size_wh = (pixels.shape[1], pixels.shape[0])
        level = (
            np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else np.full(pixels.shape[:2], 255, np.uint8)
        )
        self._levels = [level]
        while max(level.shape) > 1:
            height, width = level.shape
            # Bilinear at half the size is the mean of four texels, as drivers make their levels.
            level = cv2.resize(level, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_LINEAR)
            self._levels.append(level)

    def at(self, uv_n2: Float, level_n: NDArray[np.int64]) -> Float:
        """Return alpha at texture coordinates, float64 (n,), 0 to 1, filtered between the four nearest texels.

        Args:
            uv_n2: Texture coordinates, v = 0 at the top.
            level_n: Mip level of each.
        """
        alpha = np.zeros(len(uv_n2))
        wanted = np.minimum(level_n, len(self._levels) - 1)
        for number in np.unique(wanted):
            chosen = wanted == number
            alpha[chosen] = self._bilinear(self._levels[int(number)], uv_n2[chosen])
        return alpha

    def _bilinear(self, level: NDArray[np.uint8], uv_n2: Float) -> Float:
        height, width = level.shape
        columns, column_share = _texels(uv_n2[:, 0], width, self._wrap_uv[0])
        rows, row_share = _texels(uv_n2[:, 1], height, self._wrap_uv[1])
        upper = level[rows[0], columns[0]] * (1 - column_share) + level[rows[0], columns[1]] * column_share
        lower = level[rows[1], columns[0]] * (1 - column_share) + level[rows[1], columns[1]] * column_share
        mixed: Float = (upper * (1 - row_share) + lower * row_share) / 255
        return mixed


def _texels(at: Float, count: int, wrap: Wrap) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], Float]:
    """Return the two texels around a coordinate along one axis, and the share of the second."""
    if wrap == "mirror":
        at = 1 - np.abs(np.mod(at, 2) - 1)
    place = at * count - 0.5
    first = np.floor(place)
    share = place - first
    pair = (first.astype(np.int64), first.astype(np.int64) + 1)
    if wrap == "repeat":
        return (pair[0] % count, pair[1] % count), share
    return (np.clip(pair[0], 0, count - 1), np.clip(pair[1], 0, count - 1)), share
