"""Groups of pictures that show nearly the same: the same file saved twice, bursts, neighbouring frames of a film.

Two pictures are near duplicates where both of this holds:

* Their gradient hashes are alike. For 16 x 16 cells of the grey picture the hash says whether the next cell to the
  right, and below, is brighter or darker by a level (after the difference hash of N. Krawetz, 2013); of the bits set in
  either picture at most 30 % may differ (the Jaccard distance, so that flat places do not count).
* No cell of 32 x 32, at the same mean and spread, lies more than 40 levels beyond what the other picture has within
  one cell around it: pictures of one empty table with dice thrown anew are alike in all but a few cells, and are
  different pictures.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["gradient_hash", "near_duplicate_groups"]

Float32 = NDArray[np.float32]

_HASH_SIDE = 16
_HASH_BITS = 4 * _HASH_SIDE**2
_FARTHEST_HASH = 0.3
_CELLS = 32
_FARTHEST_CELL = 40.0
#: Spread to which the cells are brought, in levels of 255; of an ordinary photo.
_SPREAD = 50.0
_LEAST_SPREAD = 4.0
_BLOCK = 1024


def gradient_hash(grey_hw: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the hash of a picture, bool (1024,).

    Args:
        grey_hw: uint8 (height, width); of any size.
    """
    side = _HASH_SIDE + 1
    cells = cv2.resize(grey_hw.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    across, down = cells[:-1, 1:] - cells[:-1, :-1], cells[1:, :-1] - cells[:-1, :-1]
    return np.concatenate([(across > 1).ravel(), (across < -1).ravel(), (down > 1).ravel(), (down < -1).ravel()])


def near_duplicate_groups(pictures: Iterable[NDArray[np.uint8]]) -> list[list[int]]:
    """Return the pictures' indices in groups: whatever is near to one of a group belongs to it.

    Needs 5 KiB of memory a picture.

    Args:
        pictures: Grey pictures, uint8 (height, width); read once.

    Returns:
        Lists of ascending indices, ordered by their first.
    """
    hashes, cells = [], []
    for picture in pictures:
        hashes.append(np.packbits(gradient_hash(picture)))
        cells.append(_levelled(picture))
    parent = np.arange(len(hashes))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    packed = np.array(hashes, dtype=np.uint8).reshape(-1, _HASH_BITS // 8)
    for start in range(0, len(packed), _BLOCK):
        first = _unpacked(packed[start : start + _BLOCK])
        for other in range(start, len(packed), _BLOCK):
            second = _unpacked(packed[other : other + _BLOCK])
            common = first @ second.T
            either = first.sum(axis=1)[:, None] + second.sum(axis=1)[None] - common
            for row, column in np.argwhere(either - common <= _FARTHEST_HASH * either):
                i, j = start + int(row), other + int(column)
                a, b = root(i), root(j)
                if a != b and max(_excess(cells[i], cells[j]), _excess(cells[j], cells[i])) <= _FARTHEST_CELL:
                    parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for index in range(len(packed)):
        groups.setdefault(root(index), []).append(index)
    return [groups[key] for key in sorted(groups)]


def _unpacked(packed: NDArray[np.uint8]) -> Float32:
    return np.unpackbits(packed, axis=1).astype(np.float32)


def _levelled(grey_hw: NDArray[np.uint8]) -> Float32:
    """Return the mean of each cell, float32 (32, 32), at a common mean and spread."""
    cells = cv2.resize(grey_hw.astype(np.float32), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    # The spread of a blank wall is noise, and stays small.
    return np.asarray((cells - cells.mean()) * (_SPREAD / max(float(cells.std()), _LEAST_SPREAD)), np.float32)


def _excess(cells: Float32, other: Float32) -> float:
    """Return how far a cell lies, at most, beyond all cells of `other` within one cell around it."""
    around = np.ones((3, 3), np.uint8)
    above = cells - cv2.dilate(other, around)
    below = cv2.erode(other, around) - cells
    return float(max(above.max(), below.max(), 0.0))
