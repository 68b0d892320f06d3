"""The edges that the small model is guided by: of photos when it learns, of renders when it is used."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["guiding_edges", "photo_edges"]

# Slopes of the blurred brightness, as shares of black to white per pixel: below the first is noise and shading, above
# the second everything is an edge alike, since contrasts of renders and photos differ while edges should not.
_NOISE = 0.02
_CERTAIN = 0.10
_BLUR_PX = 1.0


def photo_edges(rgb_hwc: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how much of an edge each pixel is, float32 (height, width), 0..1.

    It is the slope of the brightness after a blur of 1 px, 0 up to 0.02 and 1 from 0.10 of the whole range per pixel.
    Nothing is scaled to the picture, so a crop has the edges of the whole but for 4 px at its border.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(rgb_hwc), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    smooth = cv2.GaussianBlur(grey, (0, 0), _BLUR_PX, borderType=cv2.BORDER_REFLECT_101)
    # Scharr's weights add up to 32 times the slope.
    x = cv2.Scharr(smooth, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT_101) / 32.0
    y = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT_101) / 32.0
    edges: NDArray[np.float32] = np.clip((np.hypot(x, y) - _NOISE) / (_CERTAIN - _NOISE), 0.0, 1.0).astype(np.float32)
    return edges


def guiding_edges(rgb_hwc: NDArray[np.uint8], id_hw: NDArray[np.uint16] | None) -> NDArray[np.float32]:
    """Return the edges of a render, and its true contours where ids are given, float32 (height, width), 0..1.

    Contours are two pixels wide, one on each side, about as wide as those of a sharp photo come out.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        id_hw: uint16 (height, width); None for the picture's edges alone.
    """
    edges = photo_edges(rgb_hwc)
    if id_hw is None:
        return edges
    across = id_hw[:, :-1] != id_hw[:, 1:]
    edges[:, :-1][across] = 1.0
    edges[:, 1:][across] = 1.0
    down = id_hw[:-1] != id_hw[1:]
    edges[:-1][down] = 1.0
    edges[1:][down] = 1.0
    return edges
