"""Keypoints of classes: which there are, in which order they are written, and which is which in a mirror."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synthvision.core.labels import Keypoint
from synthvision.dataset.reader import Dataset
from synthvision.dataset.records import parse_record

__all__ = ["keypoint_names", "keypoint_numbers", "mirrored_order"]

_OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}


def keypoint_names(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Return the keypoints of each class that has some, in the order in which records first name them.

    Raises:
        DatasetError: A record is broken.
    """
    names: dict[str, dict[str, None]] = {}
    for _, line in dataset.lines():
        # Few data sets have keypoints, and parsing every record twice would double the time for the others.
        if b'"keypoints":[{' not in line:
            continue
        for label in parse_record(line).instances:
            if label.category is not None and label.keypoints:
                names.setdefault(label.category, {}).update(dict.fromkeys(point.name for point in label.keypoints))
    return {category: tuple(found) for category, found in names.items()}


def keypoint_numbers(names: Sequence[str], points: Sequence[Keypoint]) -> list[float]:
    """Return x, y and visibility of each named point, as COCO writes them: three zeros for one that is not there.

    Args:
        names: Which points, in order.
        points: Those of one object.
    """
    found = {point.name: point for point in points}
    numbers: list[float] = []
    for name in names:
        point = found.get(name)
        if point is None or point.xy_px is None or point.visibility == 0:
            numbers += [0, 0, 0]
        else:
            numbers += [*point.xy_px, point.visibility]
    return numbers


def mirrored_order(names: Sequence[str]) -> list[int] | None:
    """Return which point takes the place of each when a picture is mirrored, or None where names do not say so.

    Two points change places where their names differ by one word, ``left`` and ``right`` or ``l`` and ``r``; a point
    whose name has no side stays. None where no name has a side, and where the other side of one is missing: a wrong
    order harms training more than pictures that are not mirrored.

    Example:
        >>> mirrored_order(["nose", "left_eye", "right_eye"])
        [0, 2, 1]
        >>> mirrored_order(["base", "top"]) is None
        True
    """
    place = {name: index for index, name in enumerate(names)}
    order: list[int] = []
    for index, name in enumerate(names):
        # The capture keeps the separators, so that the words join to the same name again.
        words = re.split(r"([^A-Za-z]+)", name)
        sides = [number for number, word in enumerate(words) if word.lower() in _OTHER_SIDE]
        if not sides:
            order.append(index)
            continue
        other = [_swapped(word) if number in sides else word for number, word in enumerate(words)]
        partner = place.get("".join(other))
        if partner is None:
            return None
        order.append(partner)
    return order if order != list(range(len(names))) else None


def _swapped(word: str) -> str:
    other = _OTHER_SIDE[word.lower()]
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other
