"""Average precision and recall, of all pictures or of any weighting of them.

A resample of the pictures, and a slice, is a weight for each picture: how often it comes. A weighted curve is the one
that pycocotools would draw of a set in which the pictures stand so often.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.evaluate.accuracy.matches import CurveData, Matches

__all__ = ["average_precision", "class_precision", "mean_known", "precision_table", "recall"]

Float64 = NDArray[np.float64]

#: Where COCO reads the curve: recall 0, 0.01, ... 1.
_RECALLS: Float64 = np.linspace(0.0, 1.0, 101)
# Numbers in memory at a time: weights of detections for a few resamples.
_BLOCK = 2_000_000


def average_precision(
    matches: Matches, weights_bp: NDArray[np.integer] | None = None, *, size: str = "all", threshold: int | None = None
) -> Float64:
    """Return average precision over the classes, float64 (weightings,), 0 to 1; NaN where no class has a true box.

    Args:
        matches: The matched detections.
        weights_bp: (weightings, pictures); how often each picture comes; None for once each.
        size: Of the objects, one of `SIZES` that was matched.
        threshold: Place of one limit of `IOU_THRESHOLDS`; None for the mean over all of them.
    """
    table = np.stack([class_precision(curve, weights_bp, threshold=threshold) for curve in matches.curves[size]])
    return mean_known(table)


def precision_table(matches: Matches, weights_bp: NDArray[np.integer], *, size: str = "all") -> Float64:
    """Return average precision by class and limit, float64 (classes, thresholds, weightings); NaN without a true box.

    Args:
        matches: As for `average_precision`.
        weights_bp: As for `average_precision`.
        size: As for `average_precision`.
    """
    return np.stack([_by_threshold(curve, weights_bp, range(len(curve.hit_tn))) for curve in matches.curves[size]])


def class_precision(
    curve: CurveData, weights_bp: NDArray[np.integer] | None = None, *, threshold: int | None = None
) -> Float64:
    """Return the average precision of one class, float64 (weightings,); NaN where it has no true box.

    Args:
        curve: What its curve is drawn from.
        weights_bp: As for `average_precision`.
        threshold: As for `average_precision`.
    """
    chosen = range(len(curve.hit_tn)) if threshold is None else [threshold]
    return np.asarray(_by_threshold(curve, weights_bp, chosen).mean(axis=0), np.float64)


def mean_known(table: Float64) -> Float64:
    """Return the mean along the first axis over what is not NaN; NaN where all is.

    Args:
        table: (n, ...).
    """
    known = ~np.isnan(table)
    count = known.sum(axis=0)
    total = np.where(known, table, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def recall(
    matches: Matches,
    weights_bp: NDArray[np.integer] | None = None,
    *,
    size: str = "all",
    threshold: int | None = None,
) -> Float64:
    """Return the share of the true boxes that is found, mean over classes, float64 (weightings,); COCO's AR.

    Args:
        matches: As for `average_precision`.
        weights_bp: As for `average_precision`.
        size: As for `average_precision`.
        threshold: As for `average_precision`.
    """
    columns = []
    for curve in matches.curves[size]:
        weights = _weights(curve, weights_bp)
        chosen = slice(None) if threshold is None else slice(threshold, threshold + 1)
        hits = curve.hit_tn[chosen].mean(axis=0)
        per_picture = np.bincount(curve.picture_n, weights=hits, minlength=len(curve.truths_p))
        truths, found = _weighted(weights, curve.truths_p), _weighted(weights, per_picture.astype(np.float64))
        columns.append(np.divide(found, truths, out=np.full_like(found, np.nan), where=truths > 0))
    return mean_known(np.stack(columns))


def _weights(curve: CurveData, weights_bp: NDArray[np.integer] | None) -> NDArray[np.integer]:
    return np.ones((1, len(curve.truths_p)), np.int64) if weights_bp is None else weights_bp


def _weighted(weights_bp: NDArray[np.integer], values_p: Float64) -> Float64:
    """Return the weighted sums of a value of each picture; a few rows are numbers with a point at a time."""
    step = max(1, _BLOCK // max(len(values_p), 1))
    parts = [
        weights_bp[start : start + step].astype(np.float64) @ values_p for start in range(0, len(weights_bp), step)
    ]
    return np.concatenate(parts)


def _by_threshold(curve: CurveData, weights_bp: NDArray[np.integer] | None, thresholds: Sequence[int]) -> Float64:
    """Return average precision at some limits, (thresholds, weightings)."""
    weights = _weights(curve, weights_bp)
    table = np.zeros((len(thresholds), len(weights)))
    step = max(1, _BLOCK // max(len(curve.picture_n), len(curve.truths_p), 1))
    for start in range(0, len(weights), step):
        part = weights[start : start + step].astype(np.float64)
        truths = part @ curve.truths_p
        of_detection = part[:, curve.picture_n]
        for row, place in enumerate(thresholds):
            area = _area(of_detection, curve.hit_tn[place], curve.counts_tn[place], truths)
            table[row, start : start + step] = np.where(truths > 0, area, np.nan)
    return table


def _area(weight_bn: Float64, hit_n: NDArray[np.bool_], counts_n: NDArray[np.bool_], truths_b: Float64) -> Float64:
    """Return the area under the curve as COCO reads it: precision at 101 recalls, each the best at that or more."""
    places = np.flatnonzero(hit_n)
    if not len(places):
        return np.zeros(len(weight_bn))
    # Misses only lower the precision until the next hit: the curve is needed at hits alone, and not beyond the last.
    end = places[-1] + 1
    seen = np.cumsum(weight_bn[:, :end] * counts_n[:end], axis=1)[:, places]
    hits = np.cumsum(weight_bn[:, places], axis=1)
    precision = hits / (seen + np.spacing(1))
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    reached = hits / np.maximum(truths_b, 1)[:, None]
    # How many of the 101 recalls each hit is the first to reach; 0 is reached by the first of all.
    newly = np.diff(np.searchsorted(_RECALLS, reached, side="right"), axis=1, prepend=0)
    return np.asarray((best * newly).sum(axis=1) / len(_RECALLS), np.float64)
