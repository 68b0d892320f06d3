"""Boxes that are looser or tighter by habit of whoever drew them: how much, and detections brought to that habit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet

__all__ = ["fit_box_padding", "iou_matrix", "pad_detections"]

Float64 = NDArray[np.float64]

#: A detection stands for a true box where they overlap by this much; loose, since the padding is not known yet.
_LEAST_IOU = 0.3
_LEAST_PAIRS = 5
_LIMITS = (-0.5, 1.0)


def pad_detections(
    detections: Sequence[Detections], sizes_wh: Sequence[tuple[int, int]], padding: float
) -> tuple[Detections, ...]:
    """Return detections whose boxes are grown about their centres, and cut at the edge of the picture.

    Args:
        detections: One entry a picture.
        sizes_wh: Width and height of each picture.
        padding: Share of its side by which each side of a box grows, above -1; 0.2 for boxes of 1.2 times the side.

    Raises:
        UsageError: `padding` is -1 or less.
    """
    if not padding > -1:
        raise UsageError(f"box_padding must be above -1, got {padding:g}")
    if padding == 0:
        return tuple(detections)
    return tuple(_padded(one, size_wh, padding) for one, size_wh in zip(detections, sizes_wh, strict=True))


def fit_box_padding(pictures: LabelledSet, detections: Sequence[Detections], detector_classes: Sequence[str]) -> float:
    """Return by which share of their side the true boxes are larger than the detected ones, in the median.

    Each true box is paired with the surest detection of its class that overlaps it by 0.3. Sides that the edge of the
    picture cuts are left out. To be fitted on what a detector may learn from, never on what it is tested on.

    Args:
        pictures: The set; its training part.
        detections: What the detector found there, without padding.
        detector_classes: What the class numbers of the detections mean.

    Returns:
        The padding for `pad_detections`, -0.5 to 1; 0 where fewer than five pairs are found.
    """
    ratios: list[float] = []
    pairs = 0
    for boxes, one, (width, height) in zip(pictures.photos.boxes, detections, pictures.sizes_wh, strict=True):
        for box in boxes:
            same = np.flatnonzero([detector_classes[place] == box.category for place in one.class_n.tolist()])
            true = np.array([box.box_xyxy], np.float64)
            near = same[iou_matrix(true, one.box_xyxy_n4[same].astype(np.float64))[0] >= _LEAST_IOU]
            if not len(near):
                continue
            pairs += 1
            x1, y1, x2, y2 = one.box_xyxy_n4[near[np.argmax(one.score_n[near])]].tolist()
            tx1, ty1, tx2, ty2 = box.box_xyxy
            if x2 > x1 and tx1 > 1 and tx2 < width - 1:
                ratios.append((tx2 - tx1) / (x2 - x1))
            if y2 > y1 and ty1 > 1 and ty2 < height - 1:
                ratios.append((ty2 - ty1) / (y2 - y1))
    if pairs < _LEAST_PAIRS or not ratios:
        return 0.0
    return float(np.clip(np.median(ratios) - 1, *_LIMITS))


def iou_matrix(one_n4: Float64, other_m4: Float64) -> Float64:
    """Return intersection over union of two lists of boxes, float64 (n, m).

    Args:
        one_n4: (n, 4) half-open boxes x1, y1, x2, y2.
        other_m4: (m, 4), the same.
    """
    low = np.maximum(one_n4[:, None, :2], other_m4[None, :, :2])
    high = np.minimum(one_n4[:, None, 2:], other_m4[None, :, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    areas = (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (one_n4, other_m4))
    first, second = areas
    union = first[:, None] + second[None] - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0), np.float64)


def _padded(one: Detections, size_wh: tuple[int, int], padding: float) -> Detections:
    grown = one.box_xyxy_n4.copy()
    half = (grown[:, 2:] - grown[:, :2]) * np.float32(padding / 2)
    grown[:, :2] -= half
    grown[:, 2:] += half
    edge = np.array(size_wh, np.float32)
    grown[:, :2] = np.clip(grown[:, :2], 0, edge)
    grown[:, 2:] = np.clip(grown[:, 2:], 0, edge)
    return Detections(grown, one.score_n, one.class_n)
