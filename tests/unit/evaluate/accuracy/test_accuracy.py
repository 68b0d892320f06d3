"""Figures against pycocotools run from end to end on files, and against cases that can be worked out by hand."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.accuracy import matches as matches_module
from synthvision.evaluate.accuracy.accuracy import evaluate_detections
from synthvision.evaluate.accuracy.found import found_truths
from synthvision.evaluate.accuracy.matches import match_detections
from synthvision.evaluate.accuracy.precision import average_precision, class_precision, recall
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet

FIGURES = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")


def coco_stats(pictures: LabelledSet, found: Sequence[Detections], order: Sequence[int] | None = None) -> np.ndarray:
    """pycocotools' twelve figures of the pictures in `order`, which may hold one many times."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    order = range(len(pictures)) if order is None else order
    number = {name: place for place, name in enumerate(pictures.classes, start=1)}
    annotations, results = [], []
    for image_id, place in enumerate(order, start=1):
        for crowd, boxes in ((0, pictures.photos.boxes[place]), (1, pictures.ignored[place])):
            for box in boxes:
                x1, y1, x2, y2 = box.box_xyxy
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": image_id,
                        "category_id": number[box.category],
                        "iscrowd": crowd,
                        "bbox": [x1, y1, x2 - x1, y2 - y1],
                        "area": (x2 - x1) * (y2 - y1),
                    }
                )
        one = found[place]
        for (x1, y1, x2, y2), score, kind in zip(
            one.box_xyxy_n4.tolist(), one.score_n.tolist(), one.class_n, strict=True
        ):
            results.append(
                {
                    "image_id": image_id,
                    "category_id": int(kind) + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "score": score,
                }
            )
    truth = COCO()
    truth.dataset = {
        "images": [{"id": image_id} for image_id in range(1, len(order) + 1)],
        "categories": [{"id": place, "name": name} for name, place in number.items()],
        "annotations": annotations,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluator = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return np.asarray(evaluator.stats)


def test_figures_are_those_of_pycocotools(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]]
) -> None:
    """Ten random sets with crowds, empty pictures, and, in half of them, equal scores."""
    for seed in range(10):
        pictures = random_set(seed)
        found = find_with(pictures, seed, ties=bool(seed % 2))
        ours = evaluate_detections(pictures, found, pictures.classes)
        theirs = coco_stats(pictures, found)
        got = [getattr(ours, name) for name in FIGURES]
        np.testing.assert_allclose([-1 if value is None else value for value in got], theirs[:6], atol=1e-12)
        assert ours.ar == pytest.approx(theirs[8], abs=1e-12)


def test_matching_in_parts_changes_nothing(
    random_set: Callable[..., LabelledSet],
    find_with: Callable[..., list[Detections]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = random_set(7)
    found = find_with(pictures, 7, ties=True)
    whole = evaluate_detections(pictures, found, pictures.classes)
    monkeypatch.setattr(matches_module, "_PART", 5)
    assert evaluate_detections(pictures, found, pictures.classes) == whole


def test_more_than_a_hundred_detections_are_cut_as_pycocotools_cuts_them(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]]
) -> None:
    pictures = random_set(3, 6)
    found = find_with(pictures, 3, false=350.0)
    assert max(len(one) for one in found) > 300
    ours = evaluate_detections(pictures, found, pictures.classes)
    theirs = coco_stats(pictures, found)
    assert (ours.ap, ours.ap50) == pytest.approx((theirs[0], theirs[1]), abs=1e-12)


def test_a_weighted_curve_is_that_of_a_set_in_which_pictures_stand_so_often(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]]
) -> None:
    """What the bootstrap reuses, against pycocotools on copies of the pictures."""
    pictures = random_set(1)
    found = find_with(pictures, 1)
    matches = match_detections(pictures, found, pictures.classes)
    weights = rng_for(0, 0, "test.weights").multinomial(12, np.full(12, 1 / 12), size=8)
    ap, ap50 = average_precision(matches, weights), average_precision(matches, weights, threshold=0)
    small, found_share = average_precision(matches, weights, size="small"), recall(matches, weights)
    for row, counts in enumerate(weights):
        theirs = coco_stats(pictures, found, np.repeat(np.arange(12), counts))
        ours = np.array([ap[row], ap50[row], small[row], found_share[row]])
        np.testing.assert_allclose(np.nan_to_num(ours, nan=-1), theirs[[0, 1, 3, 8]], atol=1e-12)


def test_slices_are_the_figures_of_their_pictures_alone(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]]
) -> None:
    pictures = random_set(2)
    found = find_with(pictures, 2)
    light = tuple("dark" if number % 2 else "day" for number in range(12))
    fog = ("none",) * 11 + (None,)
    ours = evaluate_detections(pictures, found, pictures.classes, levels={"light": light, "fog": fog})
    by_level = {(one.factor, one.level): one for one in ours.slices}
    assert list(by_level) == [("light", "dark"), ("light", "day"), ("fog", "none")]
    dark = [number for number in range(12) if number % 2]
    assert by_level["light", "dark"].pictures == 6
    assert by_level["light", "dark"].ap == pytest.approx(coco_stats(pictures, found, dark)[0], abs=1e-12)
    assert by_level["fog", "none"].ap50 == pytest.approx(coco_stats(pictures, found, range(11))[1], abs=1e-12)


def one_box(*rows: tuple[float, ...]) -> Detections:
    """Rows of class, score, x1, y1, x2, y2."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Detections(table[:, 2:].copy(), table[:, 1].copy(), table[:, 0].astype(np.int64))


def test_cases_that_can_be_worked_out(boxes_set: Callable[..., LabelledSet]) -> None:
    """Two aces: one found surely, a false one, then the other: precision 1 up to recall 0.5, then 2 of 3."""
    pictures = boxes_set([[("ace", 0, 0, 100, 100)], [("ace", 10, 10, 110, 110)]])
    found = [
        one_box((0, 0.9, 0, 0, 100, 100), (0, 0.8, 200, 100, 300, 200)),
        one_box((0, 0.7, 10, 10, 110, 110)),
    ]
    ours = evaluate_detections(pictures, found, pictures.classes)
    # 51 of the 101 recalls are 0.5 or less.
    assert ours.ap50 == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert ours.ap == ours.ap50 == ours.ap75 == ours.ap_large
    assert ours.recall50 == 1
    assert (ours.ap_small, ours.ap_medium) == (None, None)
    king = next(one for one in ours.classes if one.name == "king")
    assert (king.ap, king.truths, king.pictures) == (None, 0, 0)
    nothing = evaluate_detections(pictures, [Detections.empty()] * 2, pictures.classes)
    assert (nothing.ap, nothing.recall50) == (0, 0)


def test_an_ignored_box_is_neither_hit_nor_miss(boxes_set: Callable[..., LabelledSet]) -> None:
    row = ("ace", 0, 0, 50, 50)
    pictures = boxes_set([[("ace", 100, 100, 150, 150)]], [[row]])
    without = boxes_set([[("ace", 100, 100, 150, 150)]])
    found = [one_box((0, 0.9, 0, 0, 50, 50), (0, 0.5, 100, 100, 150, 150))]
    assert evaluate_detections(pictures, found, pictures.classes).ap50 == pytest.approx(1)
    assert evaluate_detections(without, found, pictures.classes).ap50 == pytest.approx(0.5)


def test_classes_are_matched_by_name_not_by_number(boxes_set: Callable[..., LabelledSet]) -> None:
    pictures = boxes_set([[("ace", 0, 0, 50, 50)], [("king", 0, 0, 50, 50)]], classes=("ace", "king"))
    found = [one_box((1, 0.9, 0, 0, 50, 50)), one_box((0, 0.9, 0, 0, 50, 50), (2, 0.95, 0, 0, 60, 60))]
    assert evaluate_detections(pictures, found, ("king", "ace", "joker")).ap == pytest.approx(1)
    assert evaluate_detections(pictures, found, ("ace", "king", "joker")).ap == 0
    with pytest.raises(UsageError, match="must know every class that is judged, got king"):
        evaluate_detections(pictures, found, ("ace", "joker", "queen"))
    with pytest.raises(UsageError, match="each of 2 pictures must have its detections, got 1"):
        evaluate_detections(pictures, found[:1], ("ace", "king", "joker"))


def test_what_the_figures_cannot_tell_is_said(boxes_set: Callable[..., LabelledSet]) -> None:
    pictures = boxes_set([[("ace", 0, 0, 50, 50)], [("ace", 0, 0, 50, 50), ("king", 60, 60, 99, 99)], []])
    ours = evaluate_detections(
        pictures, [Detections.empty()] * 3, pictures.classes, levels={"light": ("day", "day", "night")}
    )
    assert ours.notes == (
        "class 'king' is in one picture alone: its figures have no interval",
        "class 'queen' has no object here: it counts in no figure",
        "slices without an object: light = night",
    )
    assert ours.to_json()["classes"]["queen"] == {"ap": None, "ap50": None, "truths": 0, "pictures": 0}
    assert ours.slices[1].ap is None


def test_found_truths_agree_with_recall(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]]
) -> None:
    pictures = random_set(5, crowds=False)
    found = find_with(pictures, 5)
    outcome = found_truths(pictures, found, pictures.classes)
    matches = match_detections(pictures, found, pictures.classes)
    for name, curve in zip(matches.classes, matches.curves["all"], strict=True):
        hits = sum(
            good
            for boxes, goods in zip(pictures.photos.boxes, outcome, strict=True)
            for box, good in zip(boxes, goods, strict=True)
            if box.category == name
        )
        assert hits == int(curve.hit_tn[0].sum())
    assert found_truths(pictures, found, pictures.classes, least_score=2.0) == tuple(
        (False,) * len(boxes) for boxes in pictures.photos.boxes
    )


def test_a_class_without_objects_has_no_precision(boxes_set: Callable[..., LabelledSet]) -> None:
    pictures = boxes_set([[("ace", 0, 0, 50, 50)]])
    matches = match_detections(pictures, [one_box((1, 0.9, 0, 0, 9, 9))], pictures.classes)
    assert np.isnan(class_precision(matches.curves["all"][1])).all()
    assert average_precision(matches, np.array([[0]])).tolist() != average_precision(matches).tolist()
    assert np.isnan(average_precision(matches, np.array([[0]]))).all()
