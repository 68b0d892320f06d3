"""Keypoints of classes: which there are, in which order they are written, and which is which in a mirror."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from synthvision.core.errors import DatasetError
from synthvision.core.labels import Keypoint
from synthvision.dataset.reader import Dataset
from synthvision.dataset.records import parse_record

__all__ = ["keypoint_names", "keypoint_numbers", "mirrored_order", "skeleton_numbers"]

_OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}


def keypoint_names(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Return the keypoints of each class that has some, in the order that the manifest gives.

    Where the manifest of an older data set names none, they are looked for in the records, in the order in which these
    first name them.

    Raises:
        DatasetError: A record is broken.
    """
    declared = {entry.name: entry.keypoints for entry in dataset.manifest.classes if entry.keypoints}
    if declared:
        return declared
    names: dict[str, dict[str, None]] = {}
    for _, line in dataset.lines():
        # Few data sets have keypoints, and those of today name them in the manifest: the others wait no longer for it.
        if b'"keypoints":[{' not in line:
            continue
        try:
            labels = _points.decode(line).instances
        except msgspec.DecodeError as error:
            parse_record(line)
            raise DatasetError(f"{dataset.layout.records}: must hold whole frame records; {error}") from error
        for label in labels:
            if label.category is not None and label.keypoints:
                names.setdefault(label.category, {}).update(dict.fromkeys(point.name for point in label.keypoints))
    return {category: tuple(found) for category, found in names.items()}


class _Named(msgspec.Struct):
    name: str


class _Instance(msgspec.Struct):
    category: str | None
    keypoints: list[_Named]


class _Record(msgspec.Struct):
    """As much of a record as tells which keypoints there are."""

    instances: list[_Instance]


_points = msgspec.json.Decoder(_Record)


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


def skeleton_numbers(names: Sequence[str], joined: Iterable[tuple[str, str]]) -> list[list[int]]:
    """Return which points are joined as COCO writes it: pairs of places in the list of names, from 1.

    Args:
        names: Points in the order in which they are written.
        joined: Pairs of names; a pair of which one is not written is left out.

    Example:
        >>> skeleton_numbers(["nose", "left_eye", "right_eye"], [("left_eye", "nose"), ("nose", "tail")])
        [[2, 1]]
    """
    place = {name: number for number, name in enumerate(names, start=1)}
    return [[place[one], place[other]] for one, other in joined if one in place and other in place]


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
