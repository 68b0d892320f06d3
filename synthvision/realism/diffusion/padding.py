"""Sizes that a network can take: pictures are padded by reflection to a factor, and cropped back without a shift."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["crop_back", "pad_to_factor"]


def pad_to_factor(picture_hwc: NDArray[np.generic], factor: int) -> NDArray[np.generic]:
    """Return a picture, padded to the right and below until both sides are multiples of `factor`.

    The top left pixel stays where it is, so that cropping back moves nothing. What is added is the picture reflected
    at its border, the border itself not repeated; a picture that is smaller than the padding is reflected repeatedly.

    Args:
        picture_hwc: Any dtype, (height, width, channels) or (height, width).
        factor: 1 or more.

    Raises:
        UsageError: A side or the factor is 0.

    Example:
        >>> pad_to_factor(np.arange(3)[None, :], 4)[0].tolist()
        [0, 1, 2, 1]
    """
    height, width = picture_hwc.shape[:2]
    if factor < 1 or height < 1 or width < 1:
        raise UsageError(f"padding needs a factor and sides of 1 or more, got {factor} and {height}x{width}")
    amounts = [(0, -height % factor), (0, -width % factor)] + [(0, 0)] * (picture_hwc.ndim - 2)
    for axis, side in enumerate((height, width)):
        # A row of one pixel has nothing to reflect: it is repeated.
        if amounts[axis][1]:
            only = [(0, 0)] * picture_hwc.ndim
            only[axis] = amounts[axis]
            picture_hwc = np.pad(picture_hwc, only, mode="reflect" if side > 1 else "edge")
    return picture_hwc


def crop_back(picture_hwc: NDArray[np.generic], size_wh: tuple[int, int]) -> NDArray[np.generic]:
    """Return the part of a padded picture that was there before.

    Raises:
        UsageError: The picture is smaller than that.
    """
    width, height = size_wh
    if picture_hwc.shape[0] < height or picture_hwc.shape[1] < width:
        got = f"{picture_hwc.shape[1]}x{picture_hwc.shape[0]}"
        raise UsageError(f"a padded picture must be at least {width}x{height}, got {got}")
    return picture_hwc[:height, :width]
