"""What is known of the pictures of a set, one row a picture or a box: what drift is looked for in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.evaluate.labelled_set import LabelledSet

__all__ = ["BOX_MEASURES", "SIZE_MEASURES", "SetTable", "label_table"]

Float = NDArray[np.float64]

#: What is measured of the form of pictures and of their number of boxes, with the unit.
SIZE_MEASURES = {
    "picture size": "log10 of the number of pixels",
    "picture form": "log2 of width over height",
    "objects": "boxes in a picture",
}
#: What is measured of boxes, with the unit.
BOX_MEASURES = {
    "box size": "root of the share of the picture's area, 0..1",
    "box form": "log2 of width over height",
    "box x": "centre from the left, 0..1",
    "box y": "centre from the top, 0..1",
}


@dataclass(frozen=True, slots=True, eq=False)
class SetTable:
    """A set as numbers.

    Args:
        pictures_nm: float64 (n, m): measures of pictures.
        picture_names: Their m names.
        boxes_km: float64 (k, 4): measures of boxes; see `BOX_MEASURES`.
        box_picture_k: int64 (k,): the picture of each box.
        box_class_k: int64 (k,): the class of each box, as an index into `classes`.
        classes: Names of classes, the same for two sets that are compared.
        look_nd: float32 (n, d): features of the look; None where pictures were not read.
    """

    pictures_nm: Float
    picture_names: tuple[str, ...]
    boxes_km: Float
    box_picture_k: NDArray[np.int64]
    box_class_k: NDArray[np.int64]
    classes: tuple[str, ...]
    look_nd: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.pictures_nm)


def label_table(pictures: LabelledSet, classes: tuple[str, ...]) -> SetTable:
    """Return what boxes and sizes say of a set; no picture is read.

    Args:
        pictures: The set.
        classes: Names of classes, at least those of its boxes.
    """
    sizes = np.array(pictures.sizes_wh, np.float64).reshape(-1, 2)
    counts = np.array([len(boxes) for boxes in pictures.photos.boxes], np.int64)
    measures = np.column_stack([np.log10(sizes.prod(axis=1)), np.log2(sizes[:, 0] / sizes[:, 1]), counts])
    place = {name: number for number, name in enumerate(classes)}
    box_class = [place[box.category] for boxes in pictures.photos.boxes for box in boxes]
    corners = [box.box_xyxy for boxes in pictures.photos.boxes for box in boxes]
    box_xyxy = np.array(corners, np.float64).reshape(-1, 4)
    owner = np.repeat(np.arange(len(counts)), counts)
    relative = box_xyxy / sizes[owner][:, [0, 1, 0, 1]]
    lengths, pixels = relative[:, 2:] - relative[:, :2], box_xyxy[:, 2:] - box_xyxy[:, :2]
    boxes = np.column_stack(
        [
            np.sqrt(lengths.prod(axis=1)),
            np.log2(pixels[:, 0] / pixels[:, 1]),
            (relative[:, 0] + relative[:, 2]) / 2,
            (relative[:, 1] + relative[:, 3]) / 2,
        ]
    )
    return SetTable(measures, tuple(SIZE_MEASURES), boxes, owner, np.array(box_class, np.int64), classes)
