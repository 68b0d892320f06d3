"""The run lengths of Label Studio's brush: a stream of bits that holds the four channels of every pixel.

The stream begins with the number of values (32 bits), the bits of a value less 1 (5 bits) and four sizes of counts less
1 (4 bits each). Each run is 1 bit (1: one value repeated), 2 bits for which size its count has, the count less 1, and
the value. Label Studio shows a pixel where its fourth value is not 0. Its own reader and writer are at
https://github.com/HumanSignal/label-studio-sdk/blob/master/src/label_studio_sdk/converter/brush.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["encode_brush"]

_CHANNELS = 4
_VALUE_BITS = 8
_COUNT_BITS = np.array([3, 4, 8, 16])
_LONGEST = 1 << 16


def encode_brush(mask_hw: NDArray[np.bool_]) -> list[int]:
    """Return a mask as the bytes of a brush region: 255 in all channels of its pixels, 0 elsewhere.

    Args:
        mask_hw: bool (height, width), of 1 pixel or more.
    """
    flat = mask_hw.ravel()
    starts = np.flatnonzero(np.append(True, flat[1:] != flat[:-1]))
    counts = np.diff(np.append(starts, flat.size)) * _CHANNELS
    values = np.where(flat[starts], 255, 0)
    # A run that is longer than a count can be is several.
    pieces = -(-counts // _LONGEST)
    last = np.cumsum(pieces) - 1
    lengths = np.full(int(pieces.sum()), _LONGEST)
    lengths[last] = counts - (pieces - 1) * _LONGEST
    values = np.repeat(values, pieces)
    size = np.searchsorted(1 << _COUNT_BITS, lengths)
    count_bits = _COUNT_BITS[size]
    # Each run as one number of up to 27 bits.
    runs = (((1 << 2 | size) << count_bits | (lengths - 1)) << _VALUE_BITS) | values
    header = flat.size * _CHANNELS
    for width, number in ((5, _VALUE_BITS - 1), *((4, int(each) - 1) for each in _COUNT_BITS)):
        header = header << width | number
    numbers: NDArray[np.int64] = np.append(header, runs)
    widths = np.append(32 + 5 + 4 * len(_COUNT_BITS), 3 + count_bits + _VALUE_BITS)
    ends = np.cumsum(widths)
    owner = np.repeat(np.arange(len(widths)), widths)
    shift = ends[owner] - 1 - np.arange(int(ends[-1]))
    bits = (numbers[owner] >> shift & 1).astype(np.uint8)
    found: list[int] = np.packbits(bits).tolist()
    return found
