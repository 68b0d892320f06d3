"""Which true boxes are found, one by one, and from which score on detections are worth counting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.evaluate.accuracy.padding import iou_matrix
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.photos import PhotoBox

__all__ = ["best_threshold", "found_truths", "matched_scores"]

#: A detection of which so much lies in an ignored box is no miss.
_LEAST_IN_IGNORED = 0.5


def found_truths(
    pictures: LabelledSet,
    detections: Sequence[Detections],
    classes: Sequence[str],
    *,
    iou: float = 0.5,
    least_score: float = -np.inf,
) -> tuple[tuple[bool, ...], ...]:
    """Return for every true box whether it was found, picture by picture, in the order of its boxes.

    Args:
        pictures: The set.
        detections: One entry a picture.
        classes: What the class numbers of the detections mean.
        iou: Least intersection over union.
        least_score: Detections below it do not count.
    """
    outcome = []
    for boxes, one in zip(pictures.photos.boxes, detections, strict=True):
        scores, _ = matched_scores(boxes, (), one, classes, iou=iou)
        outcome.append(tuple(bool(score >= least_score and np.isfinite(score)) for score in scores))
    return tuple(outcome)


def matched_scores(
    boxes: Sequence[PhotoBox],
    ignored: Sequence[PhotoBox],
    found: Detections,
    classes: Sequence[str],
    *,
    iou: float = 0.5,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the score at which each true box is found, and the scores of what meets none.

    From the surest detection down each takes the free true box of its class that it overlaps most, as in pycocotools.
    Detections that lie by half in an ignored box of their class do not count.

    Args:
        boxes: True boxes of a picture.
        ignored: Boxes that count neither as hit nor as miss.
        found: What the detector found.
        classes: What its class numbers mean.
        iou: Least intersection over union.

    Returns:
        float64 (boxes,), -inf where one is not found, and float64 (misses,).
    """
    scores = np.full(len(boxes), -np.inf)
    false: list[float] = []
    names = np.array([box.category for box in boxes], dtype=object)
    of_detections = found.box_xyxy_n4.astype(np.float64)
    overlaps = iou_matrix(of_detections, _corners(boxes))
    inside = _shares_inside(of_detections, _corners(ignored))
    for place in np.argsort(-found.score_n, kind="stable"):
        name = classes[found.class_n[place]]
        free = np.where((names == name) & np.isneginf(scores), overlaps[place], -1.0)
        if len(free) and free.max() >= iou:
            scores[int(free.argmax())] = float(found.score_n[place])
        elif not any(
            each.category == name and share >= _LEAST_IN_IGNORED
            for each, share in zip(ignored, inside[place], strict=True)
        ):
            false.append(float(found.score_n[place]))
    return scores, np.array(false)


def best_threshold(found_scores: NDArray[np.float64], false_scores: NDArray[np.float64]) -> float:
    """Return the score from which on detections count, so that F1 is highest; infinity where nothing is found.

    Args:
        found_scores: Score at which each true box is found, -inf where it is not.
        false_scores: Scores of what meets no true box.
    """
    hits = found_scores[np.isfinite(found_scores)]
    if not len(hits):
        return float("inf")
    limits = np.unique(hits)
    true = len(hits) - np.searchsorted(np.sort(hits), limits, side="left")
    false = len(false_scores) - np.searchsorted(np.sort(false_scores), limits, side="left")
    return float(limits[np.argmax(2 * true / (len(found_scores) + true + false))])


def _corners(boxes: Sequence[PhotoBox]) -> NDArray[np.float64]:
    return np.array([box.box_xyxy for box in boxes], np.float64).reshape(-1, 4)


def _shares_inside(boxes_n4: NDArray[np.float64], others_m4: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return which share of each box lies in each other one, float64 (n, m)."""
    one, other = boxes_n4[:, None], others_m4[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    area = np.prod(one[..., 2:] - one[..., :2], axis=-1)
    return np.asarray(np.prod(np.maximum(sides, 0), axis=-1) / np.maximum(area, 1e-12), np.float64)
