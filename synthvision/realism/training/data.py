"""Crops of renders and photos for training: each step's depend on the seed and the step alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.features.photos import PhotoBox
from synthvision.realism.networks.conditions import flip_conditions
from synthvision.realism.training.config import TrainingSpec
from synthvision.realism.training.sources import LoadedPicture, PictureSource

__all__ = ["Cache", "Example", "PairSampler", "crop_place"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One crop.

    Args:
        rgb_hwc: uint8 (crop, crop, 3).
        conditions_chw: float32 (channels, crop, crop); None where there are none.
        box_xyxy: The object of the matched class, pixels of the crop; None where classes are not matched.
        category: Its class.
    """

    rgb_hwc: NDArray[np.uint8]
    conditions_chw: NDArray[np.float32] | None
    box_xyxy: tuple[float, float, float, float] | None = None
    category: str | None = None


class Cache(Generic[T]):
    """Keeps the things that were used last, as many as fit.

    Args:
        load: Makes the thing of a number.
        size_of: Its memory in bytes.
        most_bytes: Bound of the memory; the newest thing is kept even where it alone is larger.
    """

    def __init__(self, load: Callable[[int], T], size_of: Callable[[T], int], most_bytes: int) -> None:
        self.held_bytes = 0
        self._load = load
        self._size_of = size_of
        self._most = most_bytes
        self._kept: OrderedDict[int, T] = OrderedDict()

    def get(self, index: int) -> T:
        """Return one thing, made anew where it is not kept."""
        if index in self._kept:
            self._kept.move_to_end(index)
            return self._kept[index]
        found = self._load(index)
        self._kept[index] = found
        self.held_bytes += self._size_of(found)
        while self.held_bytes > self._most and len(self._kept) > 1:
            self.held_bytes -= self._size_of(self._kept.popitem(last=False)[1])
        return found


class PairSampler:
    """Draws crops of renders and of photos.

    Photos are scaled so that their shorter side is `photo_side`, but never enlarged beyond what a crop needs: enlarged
    photos are blurred, and a generator would learn the blur. Renders are not scaled.

    Args:
        spec: The settings.
        renders: Synthetic pictures.
        photos: Real ones.
        photo_side: Shorter side of photos, px.

    Raises:
        UsageError: A crop does not fit a render, or classes are to be matched and renders and photos share none.
    """

    def __init__(self, spec: TrainingSpec, renders: PictureSource, photos: PictureSource, photo_side: int) -> None:
        self._spec = spec
        self._photo_side = photo_side
        half = spec.cache_mib * 2**19
        self._counts = len(renders), len(photos)
        self._renders = Cache(lambda index: self._checked(renders.load(index)), _size, half)
        self._photos = Cache(lambda index: self._scaled(photos.load(index)), _size, half)
        self._by_class: dict[str, tuple[list[int], list[int]]] = {}
        if spec.class_crops:
            self._by_class = _matched(renders, photos)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that are matched; empty where they are not."""
        return tuple(self._by_class)

    @property
    def held_bytes(self) -> int:
        """Memory of the decoded pictures."""
        return self._renders.held_bytes + self._photos.held_bytes

    def batch(self, step: int) -> tuple[list[Example], list[Example]]:
        """Return the crops of renders and of photos of one training step.

        Args:
            step: Number of the step from 0.
        """
        rng = rng_for(self._spec.seed, step, "realism.train.crops")
        pairs = [self._pair(rng, flip=self._spec.flip) for _ in range(self._spec.batch)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def fixed(self, count: int) -> tuple[list[Example], list[Example]]:
        """Return crops that are the same whenever they are asked for, not mirrored.

        Args:
            count: How many of each side.
        """
        pairs = [self._pair(rng_for(self._spec.seed, i, "realism.train.fixed"), flip=False) for i in range(count)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def _pair(self, rng: np.random.Generator, *, flip: bool) -> tuple[Example, Example]:
        category = None
        if self._by_class:
            category = self.classes[int(rng.integers(len(self.classes)))]
            renders, photos = self._by_class[category]
            first, second = int(rng.choice(renders)), int(rng.choice(photos))
        else:
            first, second = int(rng.integers(self._counts[0])), int(rng.integers(self._counts[1]))
        render = self._crop(self._renders.get(first), category, rng, flip=flip)
        photo = self._crop(self._photos.get(second), category, rng, flip=flip)
        return render, photo

    def _crop(self, picture: LoadedPicture, category: str | None, rng: np.random.Generator, *, flip: bool) -> Example:
        side = self._spec.crop
        height, width = picture.rgb_hwc.shape[:2]
        box: tuple[float, float, float, float] | None = None
        if category is not None:
            boxes = [entry.box_xyxy for entry in picture.boxes if entry.category == category]
            box = boxes[int(rng.integers(len(boxes)))]
        left = crop_place(rng, side, width, None if box is None else (box[0], box[2]))
        top = crop_place(rng, side, height, None if box is None else (box[1], box[3]))
        rgb = picture.rgb_hwc[top : top + side, left : left + side]
        conditions = None
        if picture.conditions_chw is not None:
            conditions = picture.conditions_chw[:, top : top + side, left : left + side].astype(np.float32)
        if box is not None:
            box = (
                max(box[0] - left, 0.0),
                max(box[1] - top, 0.0),
                min(box[2] - left, float(side)),
                min(box[3] - top, float(side)),
            )
        if flip and rng.random() < 0.5:
            rgb = rgb[:, ::-1]
            if conditions is not None:
                conditions = flip_conditions(self._spec.ordered_conditions, conditions)
            if box is not None:
                box = (side - box[2], box[1], side - box[0], box[3])
        return Example(np.ascontiguousarray(rgb), conditions, box, category)

    def _checked(self, picture: LoadedPicture) -> LoadedPicture:
        height, width = picture.rgb_hwc.shape[:2]
        if min(height, width) < self._spec.crop:
            raise UsageError(
                f"crop must fit the renders, which are {width} x {height} px, got {self._spec.crop}: train on smaller "
                "crops or render larger pictures"
            )
        return picture

    def _scaled(self, picture: LoadedPicture) -> LoadedPicture:
        height, width = picture.rgb_hwc.shape[:2]
        wanted = max(min(self._photo_side, min(height, width)), self._spec.crop)
        scale = wanted / min(height, width)
        if scale == 1:
            return picture
        size = (max(round(width * scale), wanted), max(round(height * scale), wanted))
        # INTER_AREA is antialiased when a picture shrinks.
        resized = cv2.resize(picture.rgb_hwc, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        x, y = size[0] / width, size[1] / height
        boxes = tuple(
            PhotoBox(
                entry.category,
                (entry.box_xyxy[0] * x, entry.box_xyxy[1] * y, entry.box_xyxy[2] * x, entry.box_xyxy[3] * y),
            )
            for entry in picture.boxes
        )
        return LoadedPicture(resized, None, boxes)


def crop_place(rng: np.random.Generator, side: int, length: int, span: tuple[float, float] | None) -> int:
    """Return where a crop begins on one axis: so that it holds a span, or lies inside it where the span is too long.

    Args:
        rng: Where the choice comes from.
        side: Side of the crop, px.
        length: Side of the picture, px, at least as long.
        span: First and last coordinate of what to hold; None for nothing.
    """
    last = length - side
    if span is None:
        return int(rng.integers(last + 1))
    low, high = sorted((int(np.ceil(span[1])) - side, int(np.floor(span[0]))))
    low, high = min(max(low, 0), last), min(max(high, 0), last)
    return int(rng.integers(low, high + 1))


def _size(picture: LoadedPicture) -> int:
    return picture.rgb_hwc.nbytes + (0 if picture.conditions_chw is None else picture.conditions_chw.nbytes)


def _matched(renders: PictureSource, photos: PictureSource) -> dict[str, tuple[list[int], list[int]]]:
    if not photos.categories:
        raise UsageError(
            "class_crops needs boxes of the real photos, got photos without: give a COCO file in place of a folder, or "
            "leave class_crops out"
        )
    if not renders.categories:
        raise UsageError("class_crops needs labelled renders, got pictures alone: give a data set of synthvision")
    shared = sorted(set(renders.categories) & set(photos.categories))
    if not shared:
        raise UsageError(
            f"class_crops needs a class that renders and photos share, got {_some(renders.categories)} and "
            f"{_some(photos.categories)}: name them alike in the job or in the photos' COCO file"
        )
    return {name: (_with(renders, name), _with(photos, name)) for name in shared}


def _with(source: PictureSource, category: str) -> list[int]:
    return [index for index in range(len(source)) if category in source.categories_of(index)]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
