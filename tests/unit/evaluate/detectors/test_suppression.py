from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.evaluate.detectors.suppression import overlaps, surest
from synthvision.geometry.boxes import box_iou


def _random(seed, count):
    rng = rng_for(seed, 0, "test")
    low = rng.integers(0, 30, (count, 2))
    boxes = np.concatenate([low, low + rng.integers(0, 20, (count, 2))], axis=1).astype(np.float32)
    # Few levels: ties are common.
    return boxes, (rng.integers(1, 8, count) / 8).astype(np.float32)


def _brute_force(boxes, scores, most, count):
    kept = []
    for k in sorted(range(len(boxes)), key=lambda k: -scores[k]):
        if all(box_iou(tuple(boxes[j]), tuple(boxes[k])) <= most for j in kept):
            kept.append(k)
    return kept[:count]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("most", [0.0, 0.3, 0.7])
def test_suppression_equals_brute_force(seed, most):
    boxes, scores = _random(seed, 60)
    assert surest(boxes, scores, most, 15).tolist() == _brute_force(boxes, scores, most, 15)


def test_overlaps_equal_those_of_one_pair():
    first, second = _random(1, 12)[0], _random(2, 9)[0]
    wanted = [[box_iou(tuple(a), tuple(b)) for b in second] for a in first]
    assert overlaps(first, second) == pytest.approx(np.array(wanted), abs=1e-6)


def test_nothing_stays_nothing():
    assert surest(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.5, 10).shape == (0,)
