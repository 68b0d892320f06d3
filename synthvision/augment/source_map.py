"""Where each pixel of an augmented picture came from: the one thing that all labels are derived from.

A transform moves the picture by interpolation and this map by its nearest sample, so a label is never blended, and
masks of any number of objects, overlapping or not, stay in step with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthvision.core.errors import FrameError

__all__ = ["GridMove", "SourceMap", "coordinate_image"]

Int = NDArray[np.intp]
Float = NDArray[np.float64]

# Half the side of the window in which a bent map is taken as straight to find a point between its samples.
_WINDOW_PX = 7
# A point lies about the pixel whose source is nearest to it: a source pixel's size and this much away at most, or it is
# outside the picture.
_REACH_PX = 0.5


def coordinate_image(size_wh: tuple[int, int]) -> NDArray[np.float32]:
    """Return the image that a transform is given as a mask: column + 1 and row + 1 of each pixel.

    A pixel that comes from nowhere gets 0, so counting starts at 1. Floats hold these numbers exactly, and one that was
    blended shows as a fraction.

    Returns:
        float32 (height, width, 2).
    """
    width, height = size_wh
    image = np.empty((height, width, 2), np.float32)
    image[..., 0] = np.arange(1, width + 1)
    image[..., 1] = np.arange(1, height + 1)[:, None]
    return image


@dataclass(frozen=True, slots=True)
class GridMove:
    """A move of whole pixels: flips, turns by 90 degrees, crops and pads, and what is made of them.

    Args:
        matrix_22: Places in the source = matrix @ places in the result + offset; one entry of 1 or -1 in each row and
            column.
        offset_xy: See `matrix_22`.
    """

    matrix_22: NDArray[np.int64]
    offset_xy: NDArray[np.int64]

    @property
    def is_window(self) -> bool:
        """Whether nothing is flipped or turned."""
        return bool((self.matrix_22 == np.eye(2, dtype=np.int64)).all())

    def locate(self, points_n2: ArrayLike) -> Float:
        """Return places in the result (n, 2) of places in the source, also those outside."""
        # The inverse of such a matrix is its transpose; for rows of points that is a product from the right.
        located: Float = (np.asarray(points_n2, np.float64).reshape(-1, 2) - self.offset_xy) @ self.matrix_22
        return located


@dataclass(frozen=True)
class SourceMap:
    """Which pixel of the source each pixel of the result shows.

    Args:
        column_hw: Column in the source, -1 where the result shows nothing of it.
        row_hw: Row in the source, -1 where the result shows nothing of it.
        source_wh: Width and height of the source.
    """

    column_hw: Int
    row_hw: Int
    source_wh: tuple[int, int]

    @classmethod
    def of(cls, moved_hwc: NDArray[Any], source_wh: tuple[int, int]) -> SourceMap:
        """Return the map that a transform made of `coordinate_image`.

        Raises:
            FrameError: The transform blended coordinates, or gave back another kind of array.
        """
        if moved_hwc.ndim != 3 or moved_hwc.shape[2] != 2:
            raise FrameError(f"a transform must keep the channels of masks, got shape {moved_hwc.shape}")
        whole = np.rint(moved_hwc).astype(np.intp)
        inside = (whole > 0).all(axis=2)
        wrong = (whole != moved_hwc).any(axis=2) | (~inside & (whole != 0).any(axis=2))
        wrong |= (whole > np.array(source_wh)).any(axis=2)
        if wrong.any():
            raise FrameError(
                f"a transform must move masks by their nearest sample and fill with 0, but {int(wrong.sum())} pixels "
                "are blended"
            )
        column = np.where(inside, whole[..., 0] - 1, -1)
        row = np.where(inside, whole[..., 1] - 1, -1)
        return cls(column, row, source_wh)

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the result."""
        height, width = self.column_hw.shape
        return width, height

    @cached_property
    def inside_hw(self) -> NDArray[np.bool_]:
        """Where the result shows the source."""
        inside: NDArray[np.bool_] = self.column_hw >= 0
        return inside

    @cached_property
    def is_identity(self) -> bool:
        """Whether every pixel is where it was."""
        move = self.grid_move
        return (
            self.size_wh == self.source_wh
            and bool(self.inside_hw.all())
            and move is not None
            and move.is_window
            and not move.offset_xy.any()
        )

    @cached_property
    def _flat_hw(self) -> Int:
        width, height = self.source_wh
        return np.where(self.inside_hw, self.row_hw * width + self.column_hw, width * height)

    def gather(self, image: NDArray[Any], fill: float) -> NDArray[Any]:
        """Return an image of the source as the result shows it.

        Args:
            image: (height, width) or (height, width, channels) of the source.
            fill: For pixels that show nothing of the source.

        Returns:
            The same type; (height, width) or (height, width, channels) of the result.
        """
        flat = image.reshape(-1, *image.shape[2:])
        padded = np.concatenate([flat, np.full((1, *flat.shape[1:]), fill, image.dtype)])
        return padded[self._flat_hw]

    @cached_property
    def grid_move(self) -> GridMove | None:
        """The move of whole pixels that this map is, exactly and everywhere; None where it is none."""
        rows, columns = np.nonzero(self.inside_hw)
        if not len(rows):
            return None
        source = np.stack([self.column_hw[rows, columns], self.row_hw[rows, columns]])
        for matrix in _SIGNED_PERMUTATIONS:
            # Between centres of pixels, all of which lie half a pixel from a whole number.
            moved = matrix @ np.stack([2 * columns + 1, 2 * rows + 1])
            offset = 2 * source + 1 - moved
            if (offset == offset[:, :1]).all():
                return GridMove(matrix, offset[:, 0] // 2)
        return None

    def locate(self, points_n2: ArrayLike) -> Float:
        """Return places in the result (n, 2) of places in the source; NaN for what the result does not show.

        Where pixels move as a whole, the answer is exact and also given outside the picture. Elsewhere the map about a
        point is taken as straight: to a few hundredths of a pixel for what is straight, and within the half pixel that
        nearest samples leave for what is bent.
        """
        points = np.asarray(points_n2, np.float64).reshape(-1, 2)
        if self.grid_move is not None:
            return self.grid_move.locate(points)
        return np.array([self._locate_one(point) for point in points]).reshape(-1, 2)

    def _locate_one(self, point: Float) -> Float:
        nowhere = np.full(2, np.nan)
        if not np.isfinite(point).all() or not self.inside_hw.any():
            return nowhere
        distance = np.where(
            self.inside_hw, (self.column_hw + 0.5 - point[0]) ** 2 + (self.row_hw + 0.5 - point[1]) ** 2, np.inf
        )
        row, column = np.unravel_index(int(distance.argmin()), distance.shape)
        window = (
            slice(max(int(row) - _WINDOW_PX, 0), int(row) + _WINDOW_PX + 1),
            slice(max(int(column) - _WINDOW_PX, 0), int(column) + _WINDOW_PX + 1),
        )
        rows, columns = np.nonzero(self.inside_hw[window])
        places = np.stack([columns + window[1].start + 0.5, rows + window[0].start + 0.5, np.ones(len(rows))], axis=1)
        source = np.stack([self.column_hw[window][rows, columns], self.row_hw[window][rows, columns]], axis=1) + 0.5
        fit, _, rank, _ = np.linalg.lstsq(places, source, rcond=None)
        if rank < 3 or abs(np.linalg.det(fit[:2])) < 1e-6:
            return nowhere
        inverse = np.linalg.inv(fit[:2].T)
        found: Float = inverse @ (point - fit[2])
        # A picture made larger shows each pixel of the source many times, and any of them may be the nearest.
        reach = _REACH_PX + float(np.abs(inverse).sum(axis=1).max())
        return found if np.abs(found - (column + 0.5, row + 0.5)).max() <= reach else nowhere


_SIGNED_PERMUTATIONS = tuple(
    np.array(matrix, np.int64) for a in (1, -1) for b in (1, -1) for matrix in (((a, 0), (0, b)), ((0, a), (b, 0)))
)
