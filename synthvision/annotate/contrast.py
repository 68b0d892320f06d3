"""How clearly an object stands out in the final picture, in units of the picture's noise."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.labels import BoxXyxy

__all__ = ["RING_PX", "apparent_contrasts", "picture_noise"]

#: Width of the ring around an object that it is compared with.
RING_PX = 5

# Rounding to whole levels alone gives this much noise (a uniform error of one level), so no picture has less.
_QUANTISATION = 1 / np.sqrt(12)
# The median of the absolute value of a normal variable with standard deviation 1.
_MEDIAN_OF_ABSOLUTE = 0.6744897501960817


def picture_noise(rgb_hwc: NDArray[np.uint8]) -> float:
    """Return the standard deviation of the noise of one channel of a picture, in 8-bit levels.

    In each block of 2 x 2 pixels of the green channel, (a - b - c + d) / 2 is zero for any linear change of light and
    has the standard deviation of the noise of one pixel. The median of its absolute value over all blocks, divided by
    0.6745, is that standard deviation as long as fewer than half of the blocks hold an edge or fine texture (Donoho's
    estimate). The result is never less than the 0.29 levels that rounding to 8 bits causes.

    Args:
        rgb_hwc: uint8 (height, width, 3).
    """
    green = rgb_hwc[:, :, 1].astype(np.int16)
    height, width = green.shape[0] // 2 * 2, green.shape[1] // 2 * 2
    even, odd = green[0:height:2, :width], green[1:height:2, :width]
    rows = even - odd
    blocks = np.abs(rows[:, 0::2] - rows[:, 1::2])
    if not blocks.size:
        return float(_QUANTISATION)
    # The values are whole numbers 0..1020, so a histogram gives the median; inside its bin it is interpolated, since
    # whole levels are too coarse for pictures with little noise.
    counts = np.bincount(blocks.ravel(), minlength=2)
    below = np.cumsum(counts)
    half = blocks.size / 2
    level = int(np.searchsorted(below, half))
    share = (half - (below[level] - counts[level])) / counts[level]
    # The bin of 0 reaches from 0 to 0.5, every other one from half a level below to half a level above.
    median = 0.5 * share if level == 0 else level - 0.5 + share
    return float(max(median / 2 / _MEDIAN_OF_ABSOLUTE, _QUANTISATION))


def apparent_contrasts(
    rgb_hwc: NDArray[np.uint8],
    id_hw: NDArray[np.uint16],
    boxes_xyxy: Mapping[int, BoxXyxy],
    noise: float,
) -> dict[int, float | None]:
    """Return |mean colour inside - mean colour of a 5 px ring outside| / noise of each instance.

    The distance of the two mean colours is the root mean square over the three sRGB channels, so a grey object on a
    grey ground counts as much as its difference in brightness. The ring is every pixel of the picture up to
    5 px away (in x and y) from the visible mask and not of it, whatever is seen there.

    The figure falls with everything that brings an object closer to its surroundings or the noise closer to the
    object: darkness, glare, fog, blur. It compares means and knows nothing of texture, so a patterned object on a
    ground of the same mean colour has little contrast although it is seen; and noise is that of one pixel, so a large
    object is still seen where a small one of the same contrast is lost. It is a figure for what nobody could see, not
    a measure of how easily something is found.

    Args:
        rgb_hwc: uint8 (height, width, 3), the final picture.
        id_hw: uint16 (height, width).
        boxes_xyxy: Tight box of the visible mask by id, for the ids that are wanted.
        noise: From `picture_noise`.

    Returns:
        Contrast by id; None where the mask fills everything within the ring's reach, so there is nothing to compare.
    """
    height, width = id_hw.shape
    kernel = np.ones((2 * RING_PX + 1, 2 * RING_PX + 1), np.uint8)
    result: dict[int, float | None] = {}
    for instance_id, (x1, y1, x2, y2) in boxes_xyxy.items():
        rows = slice(max(y1 - RING_PX, 0), min(y2 + RING_PX, height))
        columns = slice(max(x1 - RING_PX, 0), min(x2 + RING_PX, width))
        crop = rgb_hwc[rows, columns]
        inside = (id_hw[rows, columns] == instance_id).view(np.uint8)
        ring = cv2.dilate(inside, kernel)
        ring -= inside
        if not ring.any():
            result[instance_id] = None
            continue
        difference = np.subtract(cv2.mean(crop, inside)[:3], cv2.mean(crop, ring)[:3])
        result[instance_id] = float(np.sqrt(np.mean(difference**2)) / noise)
    return result
