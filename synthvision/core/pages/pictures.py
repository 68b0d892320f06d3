"""Pictures that lie inside a page."""

from __future__ import annotations

import base64
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError

__all__ = ["picture_html"]

_QUALITY = 84


def picture_html(
    rgb_hwc: NDArray[np.uint8], alternative: str, *, width: int | None = None, quality: int = _QUALITY
) -> str:
    """Return an ``img`` element that holds a picture as JPEG.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        alternative: What it shows, for those who do not see it.
        width: At which it is shown, px; None for its own.
        quality: Of the JPEG, 1 to 100.

    Raises:
        DatasetError: It cannot be written as JPEG.
    """
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(rgb_hwc, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not ok:
        raise DatasetError(f"a picture of shape {rgb_hwc.shape} could not be written as JPEG")
    text = base64.b64encode(bytes(data)).decode("ascii")
    shown = rgb_hwc.shape[1] if width is None else width
    return f'<img alt="{escape(alternative)}" width="{shown}" src="data:image/jpeg;base64,{text}">'
