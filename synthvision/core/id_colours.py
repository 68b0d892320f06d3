"""The colour code of instance ids, used to prove that the picture path and the label path agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["decode_id_colours", "encode_id_colours", "linear_from_srgb8"]

# Five bits of the id go to red, six to green, five to blue, each level in the middle of its 8-bit bucket, so that a
# wrong pixel is far from every code and rounding on the way cannot turn one id into another.
_BITS = (5, 6, 5)


def encode_id_colours(ids: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the sRGB code (..., 3) of ids (...); id 0 is the code of the background.

    Example:
        >>> ids = np.arange(65536, dtype=np.uint16)
        >>> bool((decode_id_colours(encode_id_colours(ids)) == ids).all())
        True
    """
    values = ids.astype(np.int64)
    channels = []
    for bits in reversed(_BITS):
        channels.append(((values & ((1 << bits) - 1)) << (8 - bits)) + (1 << (7 - bits)))
        values = values >> bits
    return np.stack(channels[::-1], axis=-1).astype(np.uint8)


def decode_id_colours(rgb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return the ids (...) of sRGB codes (..., 3)."""
    values = np.zeros(rgb.shape[:-1], np.int64)
    for channel, bits in enumerate(_BITS):
        values = (values << bits) | (rgb[..., channel].astype(np.int64) >> (8 - bits))
    return values.astype(np.uint16)


def linear_from_srgb8(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return linear light 0..1 of 8-bit sRGB values (IEC 61966-2-1)."""
    value = rgb.astype(np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
