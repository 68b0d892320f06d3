"""Loose boxes: the padding that was planted is found, and what it brings can be worked out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.evaluate.accuracy.accuracy import evaluate_detections
from synthvision.evaluate.accuracy.padding import fit_box_padding, iou_matrix, pad_detections
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet


@pytest.mark.parametrize("padding", [-0.15, 0.0, 0.2, 0.35])
def test_a_planted_padding_is_found_and_undone(
    boxes_set: Callable[..., LabelledSet],
    find_with: Callable[..., list[Detections]],
    padding: float,
) -> None:
    """Tight boxes are found exactly; the file's boxes are larger by a known share about the same centres."""
    rows, tight = [], []
    for number in range(12):
        x, y, side = 40 + 5 * number, 50 + 3 * number, 40 + number
        grown = padding * side / 2
        rows.append([("ace", x - grown, y - grown, x + side + grown, y + side + grown)])
        tight.append(
            Detections(
                np.array([[x, y, x + side, y + side]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int64)
            )
        )
    pictures = boxes_set(rows)
    found = fit_box_padding(pictures, tight, pictures.classes)
    assert found == pytest.approx(padding, abs=1e-4)
    assert evaluate_detections(pictures, tight, pictures.classes, found).ap == pytest.approx(1)
    if abs(padding) > 0.1:
        plain = evaluate_detections(pictures, tight, pictures.classes).ap
        assert plain is not None
        assert plain < 0.8


def test_noise_misses_and_false_ones_do_not_move_the_fit(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]]
) -> None:
    pictures = random_set(4, 80, crowds=False)
    found = pad_detections(find_with(pictures, 4, jitter=0.04), [(10**6, 10**6)] * 80, 1 / 1.2 - 1)
    assert fit_box_padding(pictures, found, pictures.classes) == pytest.approx(0.2, abs=0.03)


def test_padded_boxes_stay_in_the_picture_about_their_centre() -> None:
    one = Detections(
        np.array([[100, 60, 140, 80], [300, 0, 320, 20]], np.float32), np.ones(2, np.float32), np.zeros(2, np.int64)
    )
    (grown,) = pad_detections([one], [(320, 240)], 0.5)
    np.testing.assert_allclose(grown.box_xyxy_n4, [[90, 55, 150, 85], [295, 0, 320, 25]])
    assert pad_detections([one], [(320, 240)], 0.0)[0] is one
    with pytest.raises(UsageError, match="above -1, got -1"):
        pad_detections([one], [(320, 240)], -1.0)


def test_too_few_pairs_give_no_padding(boxes_set: Callable[..., LabelledSet]) -> None:
    pictures = boxes_set([[("ace", 10, 10, 60, 60)]])
    one = Detections(np.array([[20, 20, 50, 50]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int64))
    assert fit_box_padding(pictures, [one], pictures.classes) == 0.0


def test_overlap_of_known_boxes() -> None:
    one = np.array([[0, 0, 10, 10], [0, 0, 0, 0]], np.float64)
    other = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]], np.float64)
    np.testing.assert_allclose(iou_matrix(one, other), [[1, 1 / 3, 0], [0, 0, 0]])
