"""What a fit looks at: numbers of each picture and of each box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.fit.annotations import RealBox, RealImage

__all__ = ["BoxTable", "PictureTable", "box_table", "co_occurrence", "picture_table"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PictureTable:
    """Numbers of each picture, row by row.

    Args:
        counts: Boxes by group, int64 (n,) each.
        size: Logarithm of the median box size, (n,); NaN without boxes. A box's size is the root of its area as a share
            of the picture's.
        x: Mean of the boxes' middles as a share of the width, (n,); NaN without boxes.
        y: The same of the height.
        spread: Root mean square distance of the middles from their mean, over the picture's shorter side, (n,); NaN
            with less than two boxes.
    """

    counts: Mapping[str, NDArray[np.int64]]
    size: Float
    x: Float
    y: Float
    spread: Float

    @property
    def total(self) -> NDArray[np.int64]:
        """Boxes of each picture."""
        total: NDArray[np.int64] = np.sum(list(self.counts.values()), axis=0)
        return total


@dataclass(frozen=True, slots=True, eq=False)
class BoxTable:
    """Numbers of each box, row by row.

    Args:
        picture: Index of its picture, int64 (n,).
        size: Root of its area as a share of the picture's, (n,).
        aspect: Width over height in pixels, (n,).
        x: Its middle as a share of the width.
        y: The same of the height.
    """

    picture: NDArray[np.int64]
    size: Float
    aspect: Float
    x: Float
    y: Float

    def columns(self) -> dict[str, Float]:
        """Return the numbers by name."""
        return {"size": self.size, "aspect": self.aspect, "x": self.x, "y": self.y}


def box_size(box: RealBox) -> float:
    """Return the root of a box's area as a share of its picture's."""
    return float(np.sqrt(box.size_wh[0] * box.size_wh[1]))


def picture_table(images: Sequence[RealImage], group_of: Mapping[str, str]) -> PictureTable:
    """Return the numbers of each picture.

    Args:
        images: The pictures.
        group_of: Group that the boxes of each class are counted in; boxes of other classes are left out.
    """
    groups = tuple(dict.fromkeys(group_of.values()))
    counts = {group: np.zeros(len(images), np.int64) for group in groups}
    numbers = np.full((len(images), 4), np.nan)
    for row, image in enumerate(images):
        boxes = [box for box in image.boxes if box.name in group_of]
        for box in boxes:
            counts[group_of[box.name]][row] += 1
        if not boxes:
            continue
        centres = np.array([box.centre_xy for box in boxes])
        numbers[row, :3] = np.median([np.log(box_size(box)) for box in boxes]), *centres.mean(axis=0)
        if len(boxes) > 1:
            shape = np.array(image.size_wh) / min(image.size_wh)
            off = (centres - centres.mean(axis=0)) * shape
            numbers[row, 3] = np.sqrt((off**2).sum(axis=1).mean())
    return PictureTable(counts, *numbers.T)


def box_table(images: Sequence[RealImage], group_of: Mapping[str, str]) -> BoxTable:
    """Return the numbers of each box; arguments as for `picture_table`."""
    rows = [
        (index, box_size(box), box.size_wh[0] * image.size_wh[0] / (box.size_wh[1] * image.size_wh[1]), *box.centre_xy)
        for index, image in enumerate(images)
        for box in image.boxes
        if box.name in group_of
    ]
    table = np.array(rows, np.float64).reshape(-1, 5)
    return BoxTable(table[:, 0].astype(np.int64), *table[:, 1:].T)


def co_occurrence(images: Sequence[RealImage], classes: Sequence[str]) -> NDArray[np.int64]:
    """Return in how many pictures two classes come together, (k, k); on the diagonal, in how many a class comes twice.

    Args:
        images: The pictures.
        classes: Names, in the order of rows and columns.
    """
    counts = np.zeros((len(images), len(classes)), np.int64)
    places = {name: index for index, name in enumerate(classes)}
    for row, image in enumerate(images):
        for box in image.boxes:
            if box.name in places:
                counts[row, places[box.name]] += 1
    shown = (counts > 0).astype(np.int64)
    together: NDArray[np.int64] = shown.T @ shown
    np.fill_diagonal(together, (counts > 1).sum(axis=0))
    return together
