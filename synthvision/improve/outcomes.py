"""What became of each true object of a validation set, and the levels by which it is counted.

Of a rendered set the levels are those in its records. Of photos they are estimated as an audit does it (class, size,
occlusion, light, weather), and sizes in pixels are read off the boxes: where a factor of the scene has the same name
and levels, the loop can steer by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synthvision.core.errors import UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.evaluate.accuracy.found import best_threshold, matched_scores
from synthvision.evaluate.audit.conditions import estimate_conditions
from synthvision.evaluate.audit.levels import (
    UNKNOWN,
    covered_shares,
    is_cut,
    occlusion_level,
    relative_size,
    size_level,
)
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.photos import PhotoBox
from synthvision.improve.weak_slices import Outcome
from synthvision.sampling.factors.config import FactorSpec

__all__ = ["CLASS", "levels_of_objects", "outcomes_of", "slice_of"]

Levels = Mapping[str, str]

#: The factor that is an object's class.
CLASS = "class"


def levels_of_objects(pictures: LabelledSet, factors: Mapping[str, FactorSpec]) -> list[list[Levels]]:
    """Return the levels of each labelled object, in the order of the set's boxes.

    Args:
        pictures: A set, as it was opened: its class names are those of its records.
        factors: Factors of the scene file that is steered; used for photos.

    Raises:
        DatasetError: A record is broken.
        UsageError: The data set changed since it was opened, or a photo cannot be read.
    """
    return _recorded(pictures) if pictures.frames is not None else _estimated(pictures, factors)


def _recorded(pictures: LabelledSet) -> list[list[Levels]]:
    dataset = open_dataset(pictures.photos.root)
    found: dict[int, list[Levels]] = {}
    wanted = set(pictures.frames or ())
    for record in dataset.records():
        if record.frame in wanted:
            found[record.frame] = [
                {**record.factor_levels, **label.factor_levels, CLASS: label.category}
                for label in dataset.wrap(record).labels("labelled")
                if label.category is not None and label.box_xyxy is not None
            ]
    levels = [found.get(frame, []) for frame in pictures.frames or ()]
    for own, boxes in zip(levels, pictures.photos.boxes, strict=True):
        if len(own) != len(boxes):
            raise UsageError(f"{pictures.name}: its records must be those it was opened with, but its labels changed")
    # Classes may have been renamed since.
    return [
        [{**each, CLASS: box.category} for each, box in zip(own, boxes, strict=True)]
        for own, boxes in zip(levels, pictures.photos.boxes, strict=True)
    ]


def _estimated(pictures: LabelledSet, factors: Mapping[str, FactorSpec]) -> list[list[Levels]]:
    found: list[list[Levels]] = []
    for index, (boxes, size_wh) in enumerate(zip(pictures.photos.boxes, pictures.sizes_wh, strict=True)):
        conditions = estimate_conditions(pictures.photos.load(index))
        of_picture = {"light": conditions.light, "weather": conditions.weather}
        covered = covered_shares([box.box_xyxy for box in boxes])
        own: list[Levels] = []
        for box, share in zip(boxes, covered, strict=True):
            levels = {
                CLASS: box.category,
                "size": size_level(relative_size(box.box_xyxy, size_wh)),
                "occlusion": occlusion_level(float(share), is_cut(box.box_xyxy, size_wh)),
                **{name: level for name, level in of_picture.items() if level != UNKNOWN},
            }
            levels.update(_pixel_levels(box, factors))
            own.append(levels)
        found.append(own)
    return found


def _pixel_levels(box: PhotoBox, factors: Mapping[str, FactorSpec]) -> Levels:
    x1, y1, x2, y2 = box.box_xyxy
    side = {"pixel_width": x2 - x1, "pixel_height": y2 - y1}
    levels = {name: spec.level_of(side[spec.measure]) for name, spec in factors.items() if spec.measure in side}
    return {name: level for name, level in levels.items() if level is not None}


def outcomes_of(
    pictures: LabelledSet, levels: Sequence[Sequence[Levels]], detections: Sequence[Detections], classes: Sequence[str]
) -> list[Outcome]:
    """Return what became of each true object, at the score where the detector's F1 is highest.

    Args:
        pictures: The validation set.
        levels: From `levels_of_objects`.
        detections: One entry a picture.
        classes: What the detector's class numbers mean.
    """
    matched = [
        matched_scores(boxes, ignored, found, classes)
        for boxes, ignored, found in zip(pictures.photos.boxes, pictures.ignored, detections, strict=True)
    ]
    if not matched:
        return []
    limit = best_threshold(
        np.concatenate([scores for scores, _ in matched]), np.concatenate([false for _, false in matched])
    )
    return [
        Outcome(number, own, bool(score >= limit))
        for number, ((scores, _), all_levels) in enumerate(zip(matched, levels, strict=True))
        for score, own in zip(scores, all_levels, strict=True)
    ]


def slice_of(pictures: LabelledSet, levels: Sequence[Sequence[Levels]], wanted: Levels) -> list[int]:
    """Return the pictures that show an object of a slice; all pictures for a slice without levels.

    Args:
        pictures: The set.
        levels: From `levels_of_objects`.
        wanted: Levels of the slice.
    """
    return [
        number
        for number in range(len(pictures))
        if not wanted or any(wanted.items() <= own.items() for own in levels[number])
    ]
