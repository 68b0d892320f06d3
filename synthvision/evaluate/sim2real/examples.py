"""Pictures in which a detector errs most, with what it missed and what it saw that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.pages.pictures import picture_html
from synthvision.evaluate.accuracy.found import found_truths
from synthvision.evaluate.accuracy.padding import iou_matrix
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet

__all__ = ["error_examples"]

_FOUND, _MISSED, _FALSE = (0, 158, 115), (230, 60, 60), (240, 180, 60)
_WIDTH_PX = 300
_OVERLAP = 0.5


def error_examples(
    pictures: LabelledSet, detections: Sequence[Detections], classes: Sequence[str], *, count: int = 8
) -> str:
    """Return the pictures with the most errors as HTML; empty where there is no error.

    Shown are as many of the surest detections as there are true boxes in all pictures: green boxes are found, red ones
    missed, yellow ones are detections without a true box of their class, with the class that they take it for.

    Args:
        pictures: What was tested on.
        detections: One entry a picture.
        classes: What the class numbers of the detections mean.
        count: Most pictures to show.

    Raises:
        UsageError: A picture cannot be read.
    """
    truths = sum(map(len, pictures.photos.boxes))
    scores = np.sort(np.concatenate([one.score_n for one in detections]))[::-1]
    if not truths:
        return ""
    least = float(scores[truths - 1]) if len(scores) >= truths else -np.inf
    found = found_truths(pictures, detections, classes, iou=_OVERLAP, least_score=least)
    false = [_false_ones(pictures, index, one, classes, least) for index, one in enumerate(detections)]
    errors = [len(of_picture) - sum(of_picture) + len(other) for of_picture, other in zip(found, false, strict=True)]
    worst = [int(index) for index in np.argsort(-np.array(errors), kind="stable")[:count] if errors[index]]
    parts = []
    for index in worst:
        missed = [
            box.category for box, good in zip(pictures.photos.boxes[index], found[index], strict=True) if not good
        ]
        wrong = [classes[detections[index].class_n[number]] for number in false[index]]
        told = [f"missed: {', '.join(missed)}"] * bool(missed) + [f"false: {', '.join(wrong)}"] * bool(wrong)
        drawn = _draw(pictures, index, found[index], detections[index].box_xyxy_n4[false[index]])
        caption = f"{pictures.photos.paths[index].name}; {'; '.join(told)}"
        parts.append(
            f'<figure style="width:{_WIDTH_PX}px">{picture_html(drawn, caption, width=_WIDTH_PX)}'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
        )
    return f'<div class="examples">{"".join(parts)}</div>' if parts else ""


def _false_ones(pictures: LabelledSet, index: int, one: Detections, classes: Sequence[str], least: float) -> list[int]:
    """Return the detections that count and overlap neither a true box of their class nor an ignored one."""
    wrong = []
    for number in np.flatnonzero(one.score_n >= least).tolist():
        name = classes[one.class_n[number]]
        if name not in pictures.classes:
            continue
        same = [box.box_xyxy for box in pictures.photos.boxes[index] if box.category == name]
        near = np.array([*same, *(box.box_xyxy for box in pictures.ignored[index])], np.float64).reshape(-1, 4)
        box = one.box_xyxy_n4[number : number + 1].astype(np.float64)
        if not (iou_matrix(box, near) >= _OVERLAP).any():
            wrong.append(number)
    return wrong


def _draw(pictures: LabelledSet, index: int, found: Sequence[bool], false_n4: NDArray[np.float32]) -> NDArray[np.uint8]:
    rgb = pictures.photos.load(index)
    scale = 2 * _WIDTH_PX / rgb.shape[1]
    size_wh = 2 * _WIDTH_PX, max(1, round(rgb.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    drawn = np.ascontiguousarray(cv2.resize(rgb, size_wh, interpolation=way))
    boxes = [(box.box_xyxy, _FOUND if good else _MISSED)
             for box, good in zip(pictures.photos.boxes[index], found, strict=True)]  # fmt: skip
    boxes += [((x1, y1, x2, y2), _FALSE) for x1, y1, x2, y2 in false_n4.tolist()]
    for corners, colour in boxes:
        x1, y1, x2, y2 = (round(value * scale) for value in corners)
        cv2.rectangle(drawn, (x1, y1), (x2 - 1, y2 - 1), colour, 3)
    return np.asarray(drawn, np.uint8)
