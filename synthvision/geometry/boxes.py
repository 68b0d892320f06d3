"""Boxes in the picture: half-open pixel boxes (x1, y1, x2, y2), x2 and y2 one past the last pixel, origin top left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["box_area", "box_intersection", "box_iou", "box_xywh", "tight_box"]

Box = tuple[int, int, int, int]


def tight_box(mask_hw: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box around the true pixels of a mask, or None for an empty mask.

    Example:
        >>> mask = np.zeros((4, 5), bool)
        >>> mask[1:3, 2:5] = True
        >>> tight_box(mask)
        (2, 1, 5, 3)
    """
    rows = np.flatnonzero(mask_hw.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask_hw.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def box_xywh(box_xyxy: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return COCO's [x, y, width, height] of a half-open box: the one place where boxes are converted.

    Example:
        >>> box_xywh((2, 1, 5, 3))
        (2, 1, 3, 2)
    """
    x1, y1, x2, y2 = box_xyxy
    return x1, y1, x2 - x1, y2 - y1


def box_area(box_xyxy: tuple[float, float, float, float]) -> float:
    """Return the area in square pixels, 0 for an empty box."""
    x1, y1, x2, y2 = box_xyxy
    return max(x2 - x1, 0) * max(y2 - y1, 0)


def box_intersection(first_xyxy: Box, second_xyxy: Box) -> Box | None:
    """Return the box that two boxes share, or None where they share no pixel."""
    x1, y1 = max(first_xyxy[0], second_xyxy[0]), max(first_xyxy[1], second_xyxy[1])
    x2, y2 = min(first_xyxy[2], second_xyxy[2]), min(first_xyxy[3], second_xyxy[3])
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def box_iou(first_xyxy: Box, second_xyxy: Box) -> float:
    """Return intersection over union of two boxes, 0 where both are empty."""
    shared = box_intersection(first_xyxy, second_xyxy)
    intersection = box_area(shared) if shared else 0.0
    union = box_area(first_xyxy) + box_area(second_xyxy) - intersection
    return intersection / union if union else 0.0
