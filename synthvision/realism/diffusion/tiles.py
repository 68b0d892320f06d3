"""Tiles that cover a picture with an overlap, and weights that blend them without seams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["tile_places", "tile_window"]


def tile_places(side: int, tile: int, overlap: float) -> tuple[int, ...]:
    """Return where tiles begin along one axis: evenly spread, the first and the last flush with the border.

    Args:
        side: Pixels of the picture along the axis, at least `tile`.
        tile: Pixels of a tile.
        overlap: Least share of a tile in common with the next, 0 to below 1.

    Raises:
        UsageError: The picture is smaller than a tile.

    Example:
        >>> tile_places(100, 40, 0.25)
        (0, 30, 60)
    """
    if side < tile:
        raise UsageError(f"a tile must fit the picture, got tiles of {tile} px and a picture of {side}")
    step = max(int(tile * (1.0 - overlap)), 1)
    gaps = -(-(side - tile) // step)
    return tuple(round(number * (side - tile) / gaps) for number in range(gaps + 1)) if gaps else (0,)


def tile_window(tile: int) -> NDArray[np.float64]:
    """Return the weights of a tile's pixels, (tile, tile): high in the middle, low but above 0 at its border.

    A raised cosine over both axes: where the network sees least of the surroundings it counts least.
    """
    phase = (np.arange(tile) + 0.5) / tile
    ramp = 0.5 - 0.5 * np.cos(2.0 * np.pi * phase) + 1e-3
    return np.outer(ramp, ramp)
