"""Square crops of objects, and two sets of them with the same classes in the same numbers.

Sets of pictures differ in what they show and in how they look. Crops of the same classes in equal numbers leave the
looks (after the semantically matched distances of S. Richter et al., "Enhancing Photorealism Enhancement", 2021).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.features.photos import PhotoBox, Photos
from synthvision.features.resizing import resize_picture

__all__ = ["Crop", "LabelledPicture", "crop_square", "matched_boxes", "matched_crops", "object_crops", "photo_pictures"]

Rgb = NDArray[np.uint8]

_Object = TypeVar("_Object")

#: A picture uint8 (height, width, 3), half-open boxes in its pixels, and the names of their classes.
LabelledPicture = tuple[Rgb, Sequence[tuple[float, float, float, float]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Crop:
    """One object in a square.

    Args:
        category: Its class.
        rgb_hwc: uint8 (side, side, 3).
    """

    category: str
    rgb_hwc: Rgb


def photo_pictures(photos: Photos) -> Iterator[LabelledPicture]:
    """Yield photos with their boxes, one in memory at a time.

    Raises:
        UsageError: A photo cannot be read.
    """
    for index, boxes in enumerate(photos.boxes):
        yield photos.load(index), [box.box_xyxy for box in boxes], [box.category for box in boxes]


def crop_square(rgb_hwc: Rgb, box_xyxy: tuple[float, float, float, float], *, side: int, padding: float) -> Rgb:
    """Return the square about a box, uint8 (side, side, 3); beyond the picture's edges it is mirrored.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        box_xyxy: Half-open box in pixels.
        side: Side of the result in pixels.
        padding: Added on each side, as a share of the box's longer side.

    Raises:
        UsageError: The box is empty.
    """
    x1, y1, x2, y2 = box_xyxy
    if not (x2 > x1 and y2 > y1):
        raise UsageError(f"a box must have x2 above x1 and y2 above y1, got {box_xyxy}")
    length = max(round(max(x2 - x1, y2 - y1) * (1 + 2 * padding)), 1)
    left, top = round((x1 + x2 - length) / 2), round((y1 + y2 - length) / 2)
    rows = _mirrored(np.arange(top, top + length), rgb_hwc.shape[0])
    columns = _mirrored(np.arange(left, left + length), rgb_hwc.shape[1])
    return resize_picture(np.ascontiguousarray(rgb_hwc[rows[:, None], columns[None, :]]), (side, side))


def object_crops(
    pictures: Iterable[LabelledPicture], *, side: int = 64, padding: float = 0.15, smallest_px: float = 12.0
) -> Iterator[Crop]:
    """Yield the objects of pictures, in order.

    Args:
        pictures: Pictures with boxes and classes; read once.
        side: Side of the crops in pixels.
        padding: Added on each side, as a share of the box's longer side.
        smallest_px: Boxes whose longer side is below this are left out: enlarged, they show the filter.

    Raises:
        UsageError: A picture has not as many boxes as classes, or a box is empty.
    """
    for rgb, boxes, names in pictures:
        if len(boxes) != len(names):
            raise UsageError(f"each box must have a class, got {len(boxes)} boxes and {len(names)} classes")
        for box, name in zip(boxes, names, strict=True):
            if max(box[2] - box[0], box[3] - box[1]) >= smallest_px:
                yield Crop(name, crop_square(rgb, box, side=side, padding=padding))


def matched_crops(
    real: Iterable[LabelledPicture],
    other: Iterable[LabelledPicture],
    *,
    side: int = 64,
    padding: float = 0.15,
    smallest_px: float = 12.0,
    most_per_class: int = 200,
    seed: int = 0,
) -> tuple[tuple[Crop, ...], tuple[Crop, ...]]:
    """Return crops of both sets, with the same classes in the same numbers, by class name.

    Of each class that both sets show, as many are drawn as the poorer set has. Memory is bounded by `most_per_class`.

    Args:
        real: Pictures of one set; read once.
        other: Pictures of the other; read once.
        side: Side of the crops in pixels.
        padding: Added on each side, as a share of the box's longer side.
        smallest_px: Boxes whose longer side is below this are left out.
        most_per_class: Of each class at most.
        seed: Of the draw, 0 to 2**63 - 1.

    Raises:
        UsageError: No class is in both sets.
    """
    crops = (object_crops(part, side=side, padding=padding, smallest_px=smallest_px) for part in (real, other))
    pools = [
        _drawn(((crop.category, crop) for crop in found), most_per_class, rng_for(seed, number, "features.crops"))
        for number, found in enumerate(crops)
    ]
    return _matched(pools[0], pools[1], smallest_px)


def matched_boxes(
    first: Photos, second: Photos, *, smallest_px: float = 12.0, most_per_class: int = 200, seed: int = 0
) -> tuple[tuple[tuple[int, PhotoBox], ...], tuple[tuple[int, PhotoBox], ...]]:
    """Return objects of both sets, with the same classes in the same numbers, without reading a picture.

    They are those that `matched_crops` would show.

    Args:
        first: Pictures of one set, with boxes.
        second: Pictures of the other.
        smallest_px: Boxes whose longer side is below this are left out.
        most_per_class: Of each class at most.
        seed: Of the draw, 0 to 2**63 - 1.

    Returns:
        For each set the objects: the place of the picture, and the box.

    Raises:
        UsageError: No class is in both sets.
    """

    def objects(photos: Photos) -> Iterator[tuple[str, tuple[int, PhotoBox]]]:
        for index, boxes in enumerate(photos.boxes):
            for box in boxes:
                x1, y1, x2, y2 = box.box_xyxy
                if max(x2 - x1, y2 - y1) >= smallest_px:
                    yield box.category, (index, box)

    pools = [
        _drawn(objects(photos), most_per_class, rng_for(seed, number, "features.crops"))
        for number, photos in enumerate((first, second))
    ]
    return _matched(pools[0], pools[1], smallest_px)


def _matched(
    first: Mapping[str, list[_Object]], second: Mapping[str, list[_Object]], smallest_px: float
) -> tuple[tuple[_Object, ...], tuple[_Object, ...]]:
    common = sorted(set(first) & set(second))
    if not common:
        names = " and ".join(", ".join(sorted(pool)) or "none" for pool in (first, second))
        raise UsageError(
            f"both sets must have objects of {smallest_px:g} px or more of a class in common, got {names}: "
            "name the classes alike in both"
        )
    counts = {name: min(len(first[name]), len(second[name])) for name in common}
    one, other = (tuple(chain.from_iterable(pool[name][: counts[name]] for name in common)) for pool in (first, second))
    return one, other


def _drawn(objects: Iterable[tuple[str, _Object]], most: int, rng: np.random.Generator) -> dict[str, list[_Object]]:
    """Return at most `most` objects of each class, in random order: each is as likely to be among the first k."""
    pools: dict[str, list[tuple[float, _Object]]] = {}
    for category, found in objects:
        # The smallest random keys stay; cut back at twice the limit, so that the work stays linear.
        pool = pools.setdefault(category, [])
        pool.append((float(rng.random()), found))
        if len(pool) >= 2 * most:
            pool.sort(key=lambda entry: entry[0])
            del pool[most:]
    return {
        name: [found for _, found in sorted(pool, key=lambda entry: entry[0])[:most]] for name, pool in pools.items()
    }


def _mirrored(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return indices inside 0..length, mirrored at both ends as often as needed, without repeating the end."""
    if length == 1:
        return np.zeros_like(index)
    folded = np.abs(index) % (2 * (length - 1))
    mirrored: NDArray[np.int64] = np.minimum(folded, 2 * (length - 1) - folded)
    return mirrored
