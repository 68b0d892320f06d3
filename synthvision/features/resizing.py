"""The one way in which pictures are brought to a size before anything is measured on them.

Filters that do not average over all pixels they leave out change every measure of texture (G. Parmar et al., "On
Aliased Resizing and Surprising Subtleties in GAN Evaluation", 2022): Pillow's bicubic filter widens as it shrinks.
"""

from __future__ import annotations

import cv2
import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

__all__ = ["library_versions", "resize_picture"]


def library_versions() -> str:
    """Return the versions of the libraries that read and resize pictures, as one line; their filters may change."""
    return f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}"


def resize_picture(rgb_hwc: NDArray[np.uint8], size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture of another size, uint8 (height, width, 3), by Pillow's antialiased bicubic filter.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        size_wh: Width and height wanted, in pixels; the sides are scaled each by its own factor.
    """
    if rgb_hwc.shape[1::-1] == size_wh:
        return rgb_hwc
    return np.array(Image.fromarray(rgb_hwc).resize(size_wh, Image.Resampling.BICUBIC), dtype=np.uint8)
