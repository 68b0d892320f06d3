"""Masks from COCO's compressed run lengths; `synthvision.annotate.rle` makes them.

The form is that of https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c: counts of pixels that are
off, on, off, ... column by column, each from the fourth on as its difference to the count two before, in groups of five
bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.labels import Rle

__all__ = ["decode_counts", "decode_rle"]


def decode_rle(rle: Rle) -> NDArray[np.bool_]:
    """Return the mask, bool (height, width).

    Raises:
        UsageError: The run lengths do not add up to the size.

    Example:
        >>> decode_rle(Rle((2, 2), "13")).tolist()
        [[False, True], [True, True]]
    """
    height, width = rle.size
    counts = decode_counts(rle.counts)
    total = int(counts.sum())
    if total != height * width or (counts < 0).any():
        raise UsageError(f"run lengths must add up to {height} x {width}, got {total} pixels")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(width, height).T


def decode_counts(text: str) -> NDArray[np.int64]:
    """Return the run lengths (n,) of a compressed text.

    Raises:
        UsageError: The text holds a character that no mask has, or ends inside a number.
    """
    digits = np.frombuffer(text.encode("utf-8"), np.uint8).astype(np.int64) - 48
    if not len(digits):
        return np.zeros(0, np.int64)
    if digits.min() < 0 or digits.max() > 63:
        raise UsageError("compressed run lengths must hold characters '0' to 'o' only")
    last = digits < 32
    if not last[-1]:
        raise UsageError("compressed run lengths end inside a number")
    ends = np.flatnonzero(last)
    starts = np.append(0, ends[:-1] + 1)
    place = np.arange(len(digits)) - np.repeat(starts, ends - starts + 1)
    if place.max() > 11:
        raise UsageError("compressed run lengths hold a number that is too long")
    values: NDArray[np.int64] = np.add.reduceat((digits & 31) << (5 * place), starts)
    negative = (digits[ends] & 16) > 0
    values[negative] -= np.int64(1) << (5 * (place[ends][negative] + 1))
    # From the fourth count on, each is a difference to the one two before: two running sums undo it.
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
