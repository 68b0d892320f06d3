"""Masks as polygons along the borders of their pixels, so that filling them gives the mask back."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.boxes import tight_box

__all__ = ["mask_polygons"]

Points = NDArray[np.int64]


def mask_polygons(mask_hw: NDArray[np.bool_]) -> list[list[int]]:
    """Return the outlines of a mask as COCO polygons [x1, y1, x2, y2, ...], one for each part.

    The corners lie on the borders of pixels, not on their centres: filled by pycocotools, the polygons give back the
    mask exactly. COCO polygons have no holes, so a hole is joined to the outline of its part by a cut of no width that
    is walked there and back; what fills by the even-odd rule (pycocotools, OpenCV, Pillow) leaves the hole open.

    Args:
        mask_hw: bool (height, width).

    Returns:
        Polygons of whole numbers; empty for an empty mask.

    Example:
        >>> mask = np.zeros((4, 5), bool)
        >>> mask[1:3, 2:5] = True
        >>> mask_polygons(mask)
        [[2, 1, 2, 3, 5, 3, 5, 1]]
    """
    box = tight_box(mask_hw)
    if box is None:
        return []
    x1, y1, x2, y2 = box
    # At double size each border of a pixel lies between an odd and an even place, so that the outline along the outer
    # pixels, which OpenCV gives, says on which side of its pixel the border is.
    double = np.repeat(np.repeat(mask_hw[y1:y2, x1:x2], 2, axis=0), 2, axis=1).astype(np.uint8)
    contours, hierarchy = cv2.findContours(double, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    parts: dict[int, Points] = {}
    holes: list[tuple[int, Points]] = []
    for index, contour in enumerate(contours):
        ring = _corners((contour[:, 0].astype(np.int64) + 1) // 2 + (x1, y1))
        parent = int(hierarchy[0, index, 3])
        if parent < 0:
            parts[index] = ring
        else:
            holes.append((parent, ring))
    for parent, ring in holes:
        parts[parent] = _join(parts[parent], ring)
    return [part.ravel().tolist() for part in parts.values()]


def _corners(ring: Points) -> Points:
    """Return the corners of a closed walk along pixel borders: no point twice in a row, none on a straight line."""
    ring = ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)]
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    turns: NDArray[np.bool_] = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return ring[turns]


def _join(outline: Points, hole: Points) -> Points:
    """Return one ring that walks the outline, a cut to the hole, the hole, and the cut back."""
    start = hole[0]
    at = int(np.argmin(((outline - start) ** 2).sum(axis=1)))
    return np.concatenate([outline[: at + 1], hole, hole[:1], outline[at:]])
