"""How well a detector finds the objects of a set, in COCO's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthvision.evaluate.accuracy.matches import Matches, match_detections
from synthvision.evaluate.accuracy.padding import pad_detections
from synthvision.evaluate.accuracy.precision import average_precision, class_precision, recall
from synthvision.evaluate.accuracy.slices import Levels
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet

__all__ = ["Accuracy", "ClassAccuracy", "SliceAccuracy", "accuracy_of", "evaluate_detections"]

_AT_50 = 0
_AT_75 = 5


@dataclass(frozen=True, slots=True)
class ClassAccuracy:
    """How well one class is found.

    Args:
        name: The class.
        ap: Average precision over all limits; None where the set has no such object.
        ap50: Average precision at an overlap of 0.5.
        truths: How many objects there are.
        pictures: In how many pictures.
    """

    name: str
    ap: float | None
    ap50: float | None
    truths: int
    pictures: int


@dataclass(frozen=True, slots=True)
class SliceAccuracy:
    """How well objects are found in the pictures of one slice.

    Args:
        factor: What the pictures share.
        level: Its level.
        ap: As for a class, mean over the classes that the slice has; None for a slice without an object.
        ap50: The same at an overlap of 0.5.
        truths: How many objects there are.
        pictures: How many pictures.
    """

    factor: str
    level: str
    ap: float | None
    ap50: float | None
    truths: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """COCO's figures of one detector on one set, each 0 to 1, None where no object is of its kind.

    Args:
        ap: Average precision, mean over overlaps of 0.5 to 0.95 and over classes.
        ap50: At an overlap of 0.5.
        ap75: At an overlap of 0.75.
        ap_small: Of objects below 32 x 32 pixels.
        ap_medium: Of objects from there to 96 x 96 pixels.
        ap_large: Of larger ones.
        ar: Share of objects found, mean over the overlaps; COCO's AR at 100 detections.
        recall50: Share of objects found at an overlap of 0.5.
        classes: Of each class.
        slices: Of each slice that was asked for.
        box_padding: By which share detected boxes were grown first.
        notes: What the figures cannot tell: classes in one picture or none, empty slices.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    ar: float | None
    recall50: float | None
    classes: tuple[ClassAccuracy, ...]
    slices: tuple[SliceAccuracy, ...]
    box_padding: float
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, figures rounded to six digits."""
        figures = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar", "recall50", "box_padding")
        return {
            **{name: _rounded(getattr(self, name)) for name in figures},
            "classes": {
                one.name: {"ap": _rounded(one.ap), "ap50": _rounded(one.ap50), "truths": one.truths,
                           "pictures": one.pictures}
                for one in self.classes
            },
            "slices": [
                {"factor": one.factor, "level": one.level, "ap": _rounded(one.ap), "ap50": _rounded(one.ap50),
                 "truths": one.truths, "pictures": one.pictures}
                for one in self.slices
            ],
            "notes": list(self.notes),
        }  # fmt: skip


def evaluate_detections(
    pictures: LabelledSet,
    detections: Sequence[Detections],
    classes: Sequence[str],
    box_padding: float = 0.0,
    *,
    judged: Sequence[str] | None = None,
    levels: Levels | None = None,
) -> Accuracy:
    """Return how well the objects of a set were found; equal to pycocotools' figures.

    Args:
        pictures: The set.
        detections: One entry a picture, in its order.
        classes: What the class numbers of the detections mean.
        box_padding: By which share of its side every detected box is grown first; see `pad_detections`.
        judged: The classes that are judged; None for those of the set.
        levels: Level of each picture by factor, for slices; none without.

    Raises:
        UsageError: There are not as many detections as pictures, or the detector does not know a class.
    """
    padded = pad_detections(detections, pictures.sizes_wh, box_padding)
    return accuracy_of(match_detections(pictures, padded, classes, judged), levels, box_padding)


def accuracy_of(matches: Matches, levels: Levels | None = None, box_padding: float = 0.0) -> Accuracy:
    """Return the figures of matched detections.

    Args:
        matches: Of all sizes.
        levels: As for `evaluate_detections`.
        box_padding: What was done to the boxes before they were matched.
    """
    classes = tuple(
        ClassAccuracy(name, _known(class_precision(curve)), _known(class_precision(curve, threshold=_AT_50)), *counts)
        for name, curve, *counts in zip(
            matches.classes, matches.curves["all"], matches.truths, matches.pictures_with, strict=True
        )
    )
    notes = []
    for one in classes:
        if not one.truths:
            notes.append(f"class {one.name!r} has no object here: it counts in no figure")
        elif one.pictures == 1:
            notes.append(f"class {one.name!r} is in one picture alone: its figures have no interval")
    slices = _slices(matches, levels or {})
    empty = [f"{one.factor} = {one.level}" for one in slices if not one.truths]
    if empty:
        notes.append(f"slices without an object: {', '.join(empty)}")
    return Accuracy(
        ap=_known(average_precision(matches)),
        ap50=_known(average_precision(matches, threshold=_AT_50)),
        ap75=_known(average_precision(matches, threshold=_AT_75)),
        ap_small=_known(average_precision(matches, size="small")),
        ap_medium=_known(average_precision(matches, size="medium")),
        ap_large=_known(average_precision(matches, size="large")),
        ar=_known(recall(matches)),
        recall50=_known(recall(matches, threshold=_AT_50)),
        classes=classes,
        slices=slices,
        box_padding=box_padding,
        notes=tuple(notes),
    )


def _slices(matches: Matches, levels: Levels) -> tuple[SliceAccuracy, ...]:
    slices = []
    for factor, of_picture in levels.items():
        for level in sorted({level for level in of_picture if level is not None}):
            weights = np.array([[one == level for one in of_picture]], np.int64)
            truths = sum(int((weights @ curve.truths_p)[0]) for curve in matches.curves["all"])
            slices.append(
                SliceAccuracy(
                    factor,
                    level,
                    _known(average_precision(matches, weights)),
                    _known(average_precision(matches, weights, threshold=_AT_50)),
                    truths,
                    int(weights.sum()),
                )
            )
    return tuple(slices)


def _known(values: np.ndarray[Any, Any]) -> float | None:
    value = float(values[0])
    return None if np.isnan(value) else value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
