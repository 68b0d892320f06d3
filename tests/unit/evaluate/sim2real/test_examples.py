"""Pictures of errors: the worst come first, and what is wrong is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import open_set
from synthvision.evaluate.sim2real.examples import error_examples


def perfect(boxes: object, classes: tuple[str, ...]) -> Detections:
    rows = list(boxes)  # type: ignore[call-overload]
    corners = np.array([box.box_xyxy for box in rows], np.float32).reshape(-1, 4)
    kinds = np.array([classes.index(box.category) for box in rows], np.int64)
    return Detections(corners, np.full(len(rows), 0.9, np.float32), kinds)


def test_the_worst_pictures_come_first_with_what_is_wrong(write_set: Callable[..., Path]) -> None:
    pictures = open_set(write_set("real", 1, 6))
    found = [perfect(boxes, pictures.classes) for boxes in pictures.photos.boxes]
    assert error_examples(pictures, found, pictures.classes) == ""
    swapped = Detections(found[3].box_xyxy_n4, found[3].score_n, 1 - found[3].class_n)
    broken = [*found[:3], swapped, *found[4:5], Detections.empty()]
    page = error_examples(pictures, broken, pictures.classes)
    captions = re.findall("<figcaption>(.*?)</figcaption>", page)
    names = {kind: ", ".join(box.category for box in pictures.photos.boxes[kind]) for kind in (3, 5)}
    other = names[3].replace("ace", "x").replace("king", "ace").replace("x", "king")
    assert captions == [f"003.png; missed: {names[3]}; false: {other}", f"005.png; missed: {names[5]}"]
    assert len(re.findall("<img", error_examples(pictures, broken, pictures.classes, count=1))) == 1
