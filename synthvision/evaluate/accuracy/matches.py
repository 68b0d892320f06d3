"""Which detection meets which true box: everything that average precision is made of, picture by picture.

Matching is pycocotools' own (its rules on crowds, areas, ties and 100 detections a picture are the definition of COCO's
figures); it is done once, and the curves of any choice or resampling of the pictures are drawn from it afterwards.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.photos import PhotoBox

__all__ = ["IOU_THRESHOLDS", "MOST_DETECTIONS", "SIZES", "CurveData", "Matches", "match_detections"]

#: COCO's limits of intersection over union, 0.5 to 0.95.
IOU_THRESHOLDS: NDArray[np.float64] = np.linspace(0.5, 0.95, 10)
#: COCO's sizes of objects: area of the box in pixels, from and to.
SIZES: Mapping[str, tuple[float, float]] = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
#: So many detections of a class in a picture count, the surest first.
MOST_DETECTIONS = 100

_PART = 1000

#: Of some pictures: true boxes by picture; then picture, score, hits and what counts of each detection.
_Piece = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class CurveData:
    """What the curve of one class and size is drawn from; detections from the surest down.

    Args:
        picture_n: int64 (n,); number of the picture of each detection.
        hit_tn: bool (thresholds, n); whether it meets a true box that counts.
        counts_tn: bool (thresholds, n); False where it meets an ignored box, or none and has another size.
        truths_p: float64 (pictures,); true boxes that count.
    """

    picture_n: NDArray[np.int64]
    hit_tn: NDArray[np.bool_]
    counts_tn: NDArray[np.bool_]
    truths_p: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The matched detections of a set.

    Args:
        classes: The classes that are judged.
        pictures: Number of pictures.
        curves: By size, one entry a class.
    """

    classes: tuple[str, ...]
    pictures: int
    curves: Mapping[str, tuple[CurveData, ...]]

    @property
    def truths(self) -> tuple[int, ...]:
        """True boxes of each class, of all sizes."""
        return tuple(int(curve.truths_p.sum()) for curve in self.curves["all"])

    @property
    def pictures_with(self) -> tuple[int, ...]:
        """Pictures with a true box of each class."""
        return tuple(int((curve.truths_p > 0).sum()) for curve in self.curves["all"])


def match_detections(
    pictures: LabelledSet,
    detections: Sequence[Detections],
    detector_classes: Sequence[str],
    classes: Sequence[str] | None = None,
    sizes: Sequence[str] = tuple(SIZES),
) -> Matches:
    """Return the detections of a set, matched with its boxes.

    The size of an object is the area of its box, also where a file has the area of a mask. Ignored boxes are crowds in
    pycocotools' sense: what lies in them is neither hit nor miss. Detections of classes that are not judged are left
    out.

    Args:
        pictures: The set.
        detections: One entry a picture, in its order.
        detector_classes: What the class numbers of the detections mean.
        classes: The classes that are judged; None for those of the set.
        sizes: Which of `SIZES`.

    Raises:
        UsageError: There are not as many detections as pictures, or the detector does not know a class.
    """
    judged = tuple(pictures.classes if classes is None else classes)
    if len(detections) != len(pictures):
        raise UsageError(f"each of {len(pictures)} pictures must have its detections, got {len(detections)}")
    unknown = [name for name in judged if name not in detector_classes]
    if unknown:
        raise UsageError(f"the detector must know every class that is judged, got {', '.join(unknown)} beside its own")
    pieces: dict[tuple[str, int], list[_Piece]] = {
        (size, number): [] for size in sizes for number in range(len(judged))
    }
    # pycocotools keeps an entry for each picture, class and size: a part of the pictures at a time bounds its memory.
    for start in range(0, len(pictures), _PART):
        part = range(start, min(start + _PART, len(pictures)))
        truth, found = _entries(pictures, detections, part, detector_classes, judged)
        with redirect_stdout(io.StringIO()):
            evaluator = _evaluator(truth, found, [SIZES[name] for name in sizes])
            evaluator.evaluate()
        for number in range(len(judged)):
            for place, size in enumerate(sizes):
                first = (number * len(sizes) + place) * len(part)
                pieces[size, number].append(_piece(evaluator.evalImgs[first : first + len(part)], start))
    curves = {size: tuple(_curve(pieces[size, number]) for number in range(len(judged))) for size in sizes}
    return Matches(judged, len(pictures), curves)


def _entries(
    pictures: LabelledSet,
    detections: Sequence[Detections],
    part: Sequence[int],
    detector_classes: Sequence[str],
    judged: Sequence[str],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return some pictures and detections as COCO's entries; ids count from 1, since pycocotools takes 0 for a miss."""
    number_of = {name: number for number, name in enumerate(judged, start=1)}
    annotations: list[dict[str, Any]] = []

    def add(image_id: int, boxes: Sequence[PhotoBox], crowd: int) -> None:
        for box in boxes:
            if box.category in number_of:
                x1, y1, x2, y2 = box.box_xyxy
                annotations.append(
                    {
                        "id": len(annotations) + 1, "image_id": image_id, "category_id": number_of[box.category],
                        "bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "iscrowd": crowd,
                    }
                )  # fmt: skip

    found = []
    for image_id, index in enumerate(part, start=1):
        add(image_id, pictures.photos.boxes[index], 0)
        add(image_id, pictures.ignored[index], 1)
        one = detections[index]
        for (x1, y1, x2, y2), score, place in zip(
            one.box_xyxy_n4.tolist(), one.score_n.tolist(), one.class_n.tolist(), strict=True
        ):
            category = number_of.get(detector_classes[place])
            if category is not None:
                box_xywh = [x1, y1, x2 - x1, y2 - y1]
                found.append({"image_id": image_id, "category_id": category, "bbox": box_xywh, "score": score})
    truth = {
        "images": [{"id": image_id} for image_id in range(1, len(part) + 1)],
        "categories": [{"id": number, "name": name} for name, number in number_of.items()],
        "annotations": annotations,
    }
    return truth, found


def _evaluator(truth: dict[str, Any], found: list[dict[str, Any]], areas: list[tuple[float, float]]) -> Any:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    true = COCO()
    true.dataset = truth
    true.createIndex()
    ours = COCO()
    ours.dataset = {
        **truth,
        "annotations": [
            {**entry, "id": number, "area": entry["bbox"][2] * entry["bbox"][3], "iscrowd": 0}
            for number, entry in enumerate(found, start=1)
        ],
    }
    ours.createIndex()
    evaluator = COCOeval(true, ours, "bbox")
    evaluator.params.areaRng = [list(area) for area in areas]
    evaluator.params.areaRngLbl = [str(number) for number in range(len(areas))]
    evaluator.params.iouThrs = IOU_THRESHOLDS
    evaluator.params.maxDets = [MOST_DETECTIONS]
    return evaluator


def _piece(entries: Sequence[Mapping[str, Any] | None], start: int) -> _Piece:
    truths = np.zeros(len(entries))
    nothing = np.zeros((len(IOU_THRESHOLDS), 0), bool)
    pictures, scores, hits, counted = [np.zeros(0, np.int64)], [np.zeros(0)], [nothing], [nothing]
    for number, entry in enumerate(entries):
        if entry is None:
            continue
        truths[number] = int(np.count_nonzero(np.asarray(entry["gtIgnore"]) == 0))
        found = np.asarray(entry["dtScores"], np.float64)
        if len(found):
            matched, ignored = np.asarray(entry["dtMatches"]) != 0, np.asarray(entry["dtIgnore"]).astype(bool)
            scores.append(found)
            pictures.append(np.full(len(found), start + number, np.int64))
            hits.append(matched & ~ignored)
            counted.append(~ignored)
    return (
        truths, np.concatenate(pictures), np.concatenate(scores), np.concatenate(hits, axis=1),
        np.concatenate(counted, axis=1),
    )  # fmt: skip


def _curve(pieces: Sequence[_Piece]) -> CurveData:
    truths, pictures, scores = (np.concatenate([piece[place] for piece in pieces]) for place in range(3))
    hits, counted = (np.concatenate([piece[place] for piece in pieces], axis=1) for place in (3, 4))
    # The same sort as pycocotools': equal scores stay in the order of the pictures.
    order = np.argsort(-scores, kind="mergesort")
    return CurveData(
        pictures[order], np.ascontiguousarray(hits[:, order]), np.ascontiguousarray(counted[:, order]), truths
    )
