"""Groups of pictures that show nearly the same: the same file saved twice, bursts, neighbouring frames of a film.

Two pictures are near duplicates where both of this holds:

* Their gradient hashes are alike. For 16 x 16 cells of the grey picture the hash says whether the next cell to the
  right, and below, is brighter or darker by a level (after the difference hash of N. Krawetz, 2013); of the bits set in
  either picture at most 30 % may differ (the Jaccard distance, so that flat places do not count).
* No cell of 32 x 32, at the same mean and spread, lies more than 40 levels beyond what the other picture has within
  one cell around it: pictures of one empty table with dice thrown anew are alike in all but a few cells, and are
  different pictures.

All pairs are compared: nothing is missed for the sake of speed. What makes that quick is arithmetic: a product of
matrices tells the pairs whose hashes are alike; bounds over 4 x 4 cells dismiss most of these before all cells are
looked at; and pairs that are in one group already are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["gradient_hash", "near_duplicate_groups"]

Float32 = NDArray[np.float32]

_HASH_SIDE = 16
_HASH_BITS = 4 * _HASH_SIDE**2
#: The farthest hashes, as a ratio of integers: sums of bits are compared exactly.
_FARTHEST_HASH = (3, 10)
_CELLS = 32
_FARTHEST_CELL = 40.0
#: Spread to which the cells are brought, in levels of 255; of an ordinary photo.
_SPREAD = 50.0
_LEAST_SPREAD = 4.0
#: Pictures in a block of the comparison of hashes, and pairs whose cells are looked at together.
_BLOCK = 2048
_PAIRS = 4096
#: Cells in a row and a column that share one bound.
_POOL = 4


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

    Needs 5 KiB of memory a picture, and a time that grows with the square of their number: one to two
    minutes for 50,000 on two cores.

    Args:
        pictures: Grey pictures, uint8 (height, width); read once.

    Returns:
        Lists of ascending indices, ordered by their first.
    """
    hashes, counts, cells = [], [], []
    for picture in pictures:
        found = gradient_hash(picture)
        hashes.append(np.packbits(found))
        counts.append(int(found.sum()))
        cells.append(_levelled(picture))
    if not hashes:
        return []
    packed, bits = np.stack(hashes), np.array(counts)
    del hashes
    # In the order of their numbers of bits, pictures whose hashes can be alike stand together.
    order = np.argsort(bits, kind="stable")
    groups = _Groups(len(packed))
    judge = _CellJudge(np.stack(cells))
    del cells
    packed, bits = packed[order], bits[order]
    away, out_of = _FARTHEST_HASH
    for start in range(0, len(packed), _BLOCK):
        rows = slice(start, start + _BLOCK)
        first = _operand(packed[rows], bits[rows], left=True)
        # Of n and m bits, n the fewer, at least a share 1 - n / m differs.
        most = bits[rows][-1] * out_of // (out_of - away)
        for other in range(start, int(np.searchsorted(bits, most, side="right")), _BLOCK):
            columns = slice(other, other + _BLOCK)
            alike = first @ _operand(packed[columns], bits[columns], left=False).T >= 0
            if other == start:
                alike = np.triu(alike, 1)
            row, column = np.nonzero(alike)
            for at in range(0, len(row), _PAIRS):
                i, j = order[start + row[at : at + _PAIRS]], order[other + column[at : at + _PAIRS]]
                apart = groups.roots(i) != groups.roots(j)
                i, j = i[apart], j[apart]
                near = judge.near(i, j)
                groups.join(i[near], j[near])
    return groups.members()


class _Groups:
    """Disjoint sets of indices; the root of each is its smallest."""

    def __init__(self, count: int) -> None:
        self._parent = np.arange(count)

    def roots(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        found = self._parent[index]
        while (further := self._parent[found]).tobytes() != found.tobytes():
            found = further
        self._parent[index] = found
        return found

    def join(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        for i, j in zip(first.tolist(), second.tolist(), strict=True):
            a, b = self._root(i), self._root(j)
            self._parent[max(a, b)] = min(a, b)

    def _root(self, index: int) -> int:
        parent = self._parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    def members(self) -> list[list[int]]:
        groups: dict[int, list[int]] = {}
        for index, root in enumerate(self.roots(np.arange(len(self._parent))).tolist()):
            groups.setdefault(root, []).append(index)
        return [groups[key] for key in sorted(groups)]


def _operand(packed: NDArray[np.uint8], bits: NDArray[np.int64], *, left: bool) -> Float32:
    """Return one side of a product that is 0 or more exactly where two hashes are alike.

    With n and m bits, c of them common, the Jaccard distance is at most p / q where
    (2 q - p) c >= (q - p) (n + m). Every term is an integer below 2**24, which float32 holds exactly.
    """
    away, out_of = _FARTHEST_HASH
    plain = np.unpackbits(packed, axis=1).astype(np.float32)
    ones = np.ones((len(plain), 1), np.float32)
    weighed = (bits * (away - out_of))[:, None].astype(np.float32)
    if left:
        return np.hstack([plain * np.float32(2 * out_of - away), weighed, ones])
    return np.hstack([plain, ones, weighed])


@dataclass(frozen=True, slots=True)
class _CellJudge:
    """Tells pairs of pictures whose cells are near, after `_FARTHEST_CELL`.

    Args:
        cells: float32 (n, 32, 32), at a common mean and spread.
    """

    cells: Float32
    #: Highest and lowest of 4 x 4 cells, and of these with the cells around them: float32 (n, 64) each.
    _bounds: tuple[Float32, Float32, Float32, Float32] = field(init=False)

    def __post_init__(self) -> None:
        parts = []
        for start in range(0, len(self.cells), _BLOCK):
            cells = self.cells[start : start + _BLOCK]
            planes = (cells, cells, _highest_around(cells), -_highest_around(-cells))
            parts.append([_pooled(plane, highest=k % 2 == 0) for k, plane in enumerate(planes)])
        bounds = tuple(np.concatenate([part[k] for part in parts]) for k in range(4))
        object.__setattr__(self, "_bounds", bounds)

    def near(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which pairs are near, bool (k,)."""
        near = np.ones(len(first), bool)
        high, low, high_around, low_around = self._bounds
        for i, j in ((first, second), (second, first)):
            near &= (high[i] - high_around[j]).max(axis=1, initial=0) <= _FARTHEST_CELL
            near &= (low_around[j] - low[i]).max(axis=1, initial=0) <= _FARTHEST_CELL
        left = np.flatnonzero(near)
        one, other = self.cells[first[left]], self.cells[second[left]]
        near[left] = np.maximum(_excess(one, other), _excess(other, one)) <= _FARTHEST_CELL
        return near


def _pooled(planes: Float32, *, highest: bool) -> Float32:
    side = _CELLS // _POOL
    tiles = planes.reshape(-1, side, _POOL, side, _POOL)
    pooled = tiles.max(axis=(2, 4)) if highest else tiles.min(axis=(2, 4))
    return np.asarray(pooled.reshape(len(planes), side * side))


def _highest_around(cells: Float32) -> Float32:
    """Return the highest of the 3 x 3 cells around each, float32 (n, 32, 32)."""
    rows = cells.copy()
    np.maximum(rows[:, 1:], cells[:, :-1], out=rows[:, 1:])
    np.maximum(rows[:, :-1], cells[:, 1:], out=rows[:, :-1])
    both = rows.copy()
    np.maximum(both[:, :, 1:], rows[:, :, :-1], out=both[:, :, 1:])
    np.maximum(both[:, :, :-1], rows[:, :, 1:], out=both[:, :, :-1])
    return both


def _excess(cells: Float32, others: Float32) -> Float32:
    """Return how far a cell lies, at most, beyond all cells of the other picture within one cell around it: (n,)."""
    above = cells - _highest_around(others)
    below = -_highest_around(-others) - cells
    return np.asarray(np.maximum(above, below).max(axis=(1, 2), initial=0))


def _levelled(grey_hw: NDArray[np.uint8]) -> Float32:
    """Return the mean of each cell, float32 (32, 32), at a common mean and spread."""
    cells = cv2.resize(grey_hw.astype(np.float32), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    # The spread of a blank wall is noise, and stays small.
    return np.asarray((cells - cells.mean()) * (_SPREAD / max(float(cells.std()), _LEAST_SPREAD)), np.float32)
