"""Optical flow drawn over a picture as arrows on a grid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_flow"]

_ACROSS = 16
#: Shorter ones, as a share of the picture's width, would be dots.
_SHORTEST = 0.006
_COLOUR = (255, 255, 255)
_OPACITY = 0.6


def draw_flow(rgb_hwc: NDArray[np.uint8], flow_hwc: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a picture with an arrow from every few pixels to where their point goes.

    There is none where it stays or is not known.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        flow_hwc: float32 (height, width, 2), NaN where it is not known.
    """
    drawn = rgb_hwc.copy()
    height, width = rgb_hwc.shape[:2]
    step = max(width // _ACROSS, 4)
    lengths = np.hypot(flow_hwc[..., 0], flow_hwc[..., 1])
    for y in range(step // 2, height, step):
        for x in range(step // 2, width, step):
            if _SHORTEST * width <= lengths[y, x] < width:
                end = (round(x + float(flow_hwc[y, x, 0])), round(y + float(flow_hwc[y, x, 1])))
                tip = min(0.5, 4.0 / float(lengths[y, x]))
                cv2.arrowedLine(drawn, (x, y), end, _COLOUR, max(1, width // 640), cv2.LINE_AA, tipLength=tip)
    return np.asarray(cv2.addWeighted(drawn, _OPACITY, rgb_hwc, 1 - _OPACITY, 0), np.uint8)
