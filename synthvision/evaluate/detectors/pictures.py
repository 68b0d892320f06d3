"""What a detector is trained on: labelled sets, mixed at a ratio, in an order that depends on the seed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError, nearest_name
from synthvision.core.hashing import hash_json
from synthvision.core.streams import rng_for
from synthvision.evaluate.labelled_set import LabelledSet

__all__ = ["PictureBoxes", "TrainingPictures", "fitted_side"]

#: Small objects are told apart better in pictures enlarged a little; more costs time and brings no detail.
_MOST_ENLARGED = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class PictureBoxes:
    """The labels of one picture.

    Args:
        box_xyxy_n4: float32 (n, 4), half-open, in pixels of the picture.
        class_n: int64 (n,), places of the classes.
        ignored_xyxy_m4: float32 (m, 4): places where an object neither must nor must not be found.
    """

    box_xyxy_n4: NDArray[np.float32]
    class_n: NDArray[np.int64]
    ignored_xyxy_m4: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TrainingPictures:
    """Labelled sets to train on.

    Args:
        sets: At least one.
        shares: Share of the drawn pictures that comes from each set, of any sum; None for what the numbers of pictures
            give.
        classes: Names of the classes, in the detector's order; they hold every class of every box.

    Raises:
        UsageError: There is no set or class, shares do not fit, or a box is of a class that is not listed.
    """

    sets: Sequence[LabelledSet]
    shares: Sequence[float] | None
    classes: tuple[str, ...]
    _weights: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.sets:
            raise UsageError("there must be at least one set of pictures to train on, got none")
        if not self.classes:
            raise UsageError("there must be at least one class to train on, got none")
        if len(set(self.classes)) != len(self.classes):
            raise UsageError(f"classes must be named once each, got {', '.join(self.classes)}")
        shares = [float(len(one)) for one in self.sets] if self.shares is None else list(self.shares)
        if len(shares) != len(self.sets):
            raise UsageError(f"each set must have a share, got {len(self.sets)} sets and {len(shares)} shares")
        if min(shares) < 0 or not np.isfinite(shares).all() or sum(shares) <= 0:
            raise UsageError(f"shares must be 0 or more and not all 0, got {', '.join(f'{s:g}' for s in shares)}")
        known = set(self.classes)
        for one in self.sets:
            for category in one.photos.categories:
                if category not in known:
                    near = nearest_name(category, self.classes)
                    hint = f": did you mean {near!r}? Rename it" if near else ": rename it"
                    raise UsageError(
                        f"{one.name}: every box must be of one of the classes {', '.join(self.classes)}, got "
                        f"{category!r}{hint}, or list it as a class"
                    )
        object.__setattr__(self, "_weights", tuple(share / sum(shares) for share in shares))

    def place(self, seed: int, position: int) -> tuple[int, int]:
        """Return which picture is drawn as the one at a position: number of the set, and number in it.

        Any run of draws holds each set at its share, to within one; within a set every picture is drawn once before any
        is drawn again, in an order of its own each time.

        Args:
            seed: Seed of the order.
            position: 0 or more.
        """
        remaining, number = 1.0, 0
        last = max(index for index, weight in enumerate(self._weights) if weight > 0)
        for number, weight in enumerate(self._weights):
            if number == last:
                break
            share = weight / remaining
            # What this set has taken of the first positions; the rest is dealt among the sets after it.
            taken, taken_next = int(position * share + 0.5), int((position + 1) * share + 0.5)
            if taken_next > taken:
                position = taken
                break
            position -= taken
            remaining -= weight
        count = len(self.sets[number])
        epoch, place = divmod(position, count)
        return number, int(_order(seed, number, epoch, count)[place])

    def labels(self, number: int, index: int) -> PictureBoxes:
        """Return the labels of one picture.

        Args:
            number: Of the set.
            index: Of the picture in it.
        """
        one = self.sets[number]
        boxes = one.photos.boxes[index]
        return PictureBoxes(
            _corners([box.box_xyxy for box in boxes]),
            np.array([self.classes.index(box.category) for box in boxes], np.int64),
            _corners([box.box_xyxy for box in one.ignored[index]]),
        )

    def digest(self) -> str:
        """Return the SHA-256 over everything that a training can see: pictures, boxes, shares and classes.

        Raises:
            UsageError: A file cannot be read.
        """
        ignored = [[[list(box.box_xyxy) for box in boxes] for boxes in one.ignored] for one in self.sets]
        sets = [one.photos.digest() for one in self.sets]
        return hash_json([sets, ignored, list(self._weights), list(self.classes)])


def fitted_side(sets: Sequence[LabelledSet], object_px: float) -> int:
    """Return the working size of pictures: the longest side, px, at which the median object has a given size.

    Objects count by the root of the area of their box over the longest side of their picture. Pictures are
    hardly enlarged: 1.2 times the median of their longest sides is the most.

    Args:
        sets: What to look at.
        object_px: Wanted root of the area of the median object, px.

    Raises:
        UsageError: There is no box.
    """
    relative, longest = [], []
    for one in sets:
        for size_wh, boxes in zip(one.sizes_wh, one.photos.boxes, strict=True):
            longest.append(max(size_wh))
            for box in boxes:
                x1, y1, x2, y2 = box.box_xyxy
                relative.append(((x2 - x1) * (y2 - y1)) ** 0.5 / max(size_wh))
    if not relative:
        raise UsageError("to fit the working size there must be boxes, got none: state picture_side")
    return max(32, round(min(object_px / float(np.median(relative)), _MOST_ENLARGED * float(np.median(longest)))))


def _corners(boxes: Sequence[tuple[float, float, float, float]]) -> NDArray[np.float32]:
    return np.array(boxes, np.float32).reshape(-1, 4)


@lru_cache(maxsize=64)
def _order(seed: int, number: int, epoch: int, count: int) -> NDArray[np.int64]:
    order = rng_for(seed, epoch, f"detectors.order.{number}").permutation(count)
    order.flags.writeable = False
    return order
