"""Suppression of boxes that show the same object again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["overlaps", "surest"]


def overlaps(first_xyxy: NDArray[np.float32], second_xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return intersection over union of all pairs, float32 (n, m); 0 where both are empty.

    Args:
        first_xyxy: float32 (n, 4).
        second_xyxy: float32 (m, 4).
    """
    low = np.maximum(first_xyxy[:, None, :2], second_xyxy[None, :, :2])
    high = np.minimum(first_xyxy[:, None, 2:], second_xyxy[None, :, 2:])
    common = (high - low).clip(0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1) for boxes in (first_xyxy, second_xyxy)]
    union = areas[0][:, None] + areas[1][None] - common
    return np.asarray(common / np.maximum(union, 1e-9), np.float32)


def surest(
    box_xyxy_n4: NDArray[np.float32], score_n: NDArray[np.float32], most_overlap: float, count: int
) -> NDArray[np.int64]:
    """Return the places of the surest boxes, none of which overlaps a surer one by more than a bound, int64 (k,).

    Args:
        box_xyxy_n4: float32 (n, 4), in any order.
        score_n: float32 (n,); equals are taken in the order given.
        most_overlap: Largest intersection over union, 0..1.
        count: Most boxes that are kept.
    """
    order = np.argsort(-score_n, kind="stable")
    boxes = box_xyxy_n4[order]
    kept: list[int] = []
    left = np.ones(len(order), bool)
    for place in range(len(order)):
        if not left[place]:
            continue
        kept.append(place)
        if len(kept) == count:
            break
        later = np.flatnonzero(left[place + 1 :]) + place + 1
        left[later] = overlaps(boxes[place : place + 1], boxes[later])[0] <= most_overlap
    return np.asarray(order[kept], np.int64)
