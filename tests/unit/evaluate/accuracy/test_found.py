"""Which true boxes are found: matching against COCO's own, the best threshold by brute force."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from synthvision.evaluate.accuracy.found import best_threshold, matched_scores
from synthvision.evaluate.detections import Detections
from synthvision.features.photos import PhotoBox

CLASSES = ("car", "person")


def found(boxes: list[tuple[float, float, float, float]], scores: list[float], names: list[str]) -> Detections:
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array([CLASSES.index(name) for name in names], np.int64),
    )


def test_surest_detection_takes_the_object_and_the_others_are_false() -> None:
    truth = [PhotoBox("car", (0, 0, 10, 10))]
    scores, false = matched_scores(
        truth, [], found([(0, 0, 10, 9), (0, 0, 10, 10)], [0.9, 0.5], ["car", "car"]), CLASSES
    )
    assert scores.tolist() == pytest.approx([0.9])
    assert false.tolist() == pytest.approx([0.5])


def test_another_class_or_too_little_overlap_finds_nothing() -> None:
    truth = [PhotoBox("car", (0, 0, 10, 10))]
    scores, false = matched_scores(
        truth, [], found([(0, 0, 10, 10), (0, 0, 10, 4.9)], [0.9, 0.8], ["person", "car"]), CLASSES
    )
    assert np.isneginf(scores).all()
    assert len(false) == 2


def test_what_lies_in_an_ignored_box_does_not_count() -> None:
    ignored = [PhotoBox("car", (20, 0, 60, 40))]
    detections = found([(22, 2, 30, 10), (50, 0, 80, 10)], [0.9, 0.8], ["car", "car"])
    scores, false = matched_scores([], ignored, detections, CLASSES)
    assert len(scores) == 0
    # A third of the second one lies in it.
    assert false.tolist() == pytest.approx([0.8])


def test_matches_are_those_of_coco() -> None:
    rng = np.random.default_rng(4)
    for _ in range(30):
        corners = rng.integers(0, 60, (6, 2))
        truth = [
            PhotoBox(str(rng.choice(CLASSES)), (float(x), float(y), float(x + 20), float(y + 20))) for x, y in corners
        ]
        picks = rng.integers(0, 6, 10)
        boxes = [tuple(np.array(truth[i].box_xyxy) + rng.normal(0, 4, 4)) for i in picks]
        boxes = [(x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)) for x1, y1, x2, y2 in boxes]
        names = [truth[i].category if rng.random() < 0.8 else str(rng.choice(CLASSES)) for i in picks]
        detections = found(boxes, list(rng.permutation(10) / 10), names)
        scores, false = matched_scores(truth, [], detections, CLASSES)
        hits, misses = _coco_matches(truth, detections)
        assert np.isfinite(scores).sum() == hits
        assert len(false) == misses


def _coco_matches(truth: list[PhotoBox], detections: Detections) -> tuple[int, int]:
    """Return how many detections meet an object at 0.5 and how many meet none, as pycocotools counts."""
    data = {
        "images": [{"id": 1}],
        "categories": [{"id": 1}, {"id": 2}],
        "annotations": [
            {
                "id": number, "image_id": 1, "category_id": CLASSES.index(box.category) + 1, "iscrowd": 0, "area": 400,
                "bbox": [box.box_xyxy[0], box.box_xyxy[1], 20, 20],
            }
            for number, box in enumerate(truth, start=1)
        ],
    }  # fmt: skip
    true, ours = COCO(), COCO()
    with redirect_stdout(io.StringIO()):
        true.dataset = data
        true.createIndex()
        ours.dataset = {
            **data,
            "annotations": [
                {
                    "id": number, "image_id": 1, "category_id": int(place) + 1, "iscrowd": 0, "area": 400,
                    "score": float(score),
                    "bbox": [float(b[0]), float(b[1]), float(b[2]) - float(b[0]), float(b[3]) - float(b[1])],
                }
                for number, (b, score, place) in enumerate(
                    zip(detections.box_xyxy_n4, detections.score_n, detections.class_n, strict=True), start=1
                )
            ],
        }  # fmt: skip
        ours.createIndex()
        judge = COCOeval(true, ours, "bbox")
        judge.params.iouThrs = np.array([0.5])
        judge.params.areaRng = [[0, 1e10]]
        judge.params.maxDets = [100]
        judge.evaluate()
    matches = [np.asarray(entry["dtMatches"])[0] for entry in judge.evalImgs if entry is not None]
    hits = sum(int((each > 0).sum()) for each in matches)
    return hits, len(detections) - hits


def test_threshold_is_the_best_of_all() -> None:
    rng = np.random.default_rng(5)
    scores = np.where(rng.random(80) < 0.3, -np.inf, rng.normal(0.7, 0.2, 80))
    false = rng.normal(0.4, 0.2, 60)

    def f1(limit: float) -> float:
        hits = (scores >= limit).sum()
        return float(2 * hits / (80 + hits + (false >= limit).sum()))

    best = max(f1(limit) for limit in [*scores[np.isfinite(scores)], *false])
    assert f1(best_threshold(scores, false)) == pytest.approx(best)


def test_nothing_found_has_no_threshold() -> None:
    assert best_threshold(np.full(3, -np.inf), np.array([0.5])) == float("inf")
