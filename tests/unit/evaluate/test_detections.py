"""What a detector found: checked when it is made."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.evaluate.detections import Detections


def test_arrays_are_checked_and_cannot_be_written() -> None:
    boxes = np.array([[0, 0, 2, 2], [1, 1, 1, 3]], np.float32)
    found = Detections(boxes, np.array([0.2, 0.9], np.float32), np.array([1, 0]))
    assert len(found) == 2
    with pytest.raises(ValueError, match="read-only"):
        found.score_n[0] = 1
    boxes[0, 0] = 0.5
    assert len(Detections.empty()) == 0


def test_the_best_come_first_and_equal_ones_keep_their_order() -> None:
    scores = np.array([0.5, 0.9, 0.5], np.float32)
    found = Detections(np.zeros((3, 4), np.float32), scores, np.array([0, 1, 2]))
    assert found.best(5).class_n.tolist() == [1, 0, 2]
    assert found.best(2).class_n.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("boxes", "scores", "classes", "message"),
    [
        (np.zeros((2, 4), np.float32), np.zeros(1, np.float32), np.zeros(1, np.int64), r"shape \(1, 4\)"),
        (np.zeros((1, 4)), np.zeros(1, np.float32), np.zeros(1, np.int64), "float64"),
        (np.zeros((1, 4), np.float32), np.zeros(1, np.float32), np.zeros(1, np.int32), "class_n must be int64"),
        (np.full((1, 4), np.nan, np.float32), np.zeros(1, np.float32), np.zeros(1, np.int64), "must be finite"),
        (np.array([[2, 0, 1, 1]], np.float32), np.zeros(1, np.float32), np.zeros(1, np.int64), "turned inside out"),
        (np.zeros((1, 4), np.float32), np.zeros(1, np.float32), np.full(1, -1), "0 or more, got -1"),
    ],
)
def test_what_does_not_fit_is_refused(boxes: np.ndarray, scores: np.ndarray, classes: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Detections(boxes, scores, classes)
