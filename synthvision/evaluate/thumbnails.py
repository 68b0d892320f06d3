"""Small pictures for pages, with the boxes drawn."""

from __future__ import annotations

from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.pages.pictures import picture_html
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.resizing import resize_picture

__all__ = ["thumbnail_html"]

_SIDE_PX = 190
_BOX_RGB = (255, 205, 60)


def thumbnail_html(pictures: LabelledSet, index: int, caption: str) -> str:
    """Return a figure with one picture of a set, its boxes drawn, some 8 KiB long.

    Args:
        pictures: The set.
        index: Place of the picture in it.
        caption: Below it, as plain text.

    Raises:
        UsageError: The picture cannot be read.
    """
    told = escape(caption)
    return f"<figure>{picture_html(_small(pictures, index), caption)}<figcaption>{told}</figcaption></figure>"


def _small(pictures: LabelledSet, index: int) -> NDArray[np.uint8]:
    rgb = pictures.photos.load(index)
    height, width = rgb.shape[:2]
    scale = min(_SIDE_PX / max(height, width), 1.0)
    small = resize_picture(rgb, (max(round(width * scale), 1), max(round(height * scale), 1))).copy()
    for box in pictures.photos.boxes[index]:
        x1, y1, x2, y2 = (round(value * scale) for value in box.box_xyxy)
        cv2.rectangle(small, (x1, y1), (x2 - 1, y2 - 1), _BOX_RGB, 1)
    return small
