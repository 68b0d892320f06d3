"""What exporters write of a frame: the instances that have a label, and the frame's files as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthvision.core.errors import DatasetError
from synthvision.core.labels import BoxXyxy, InstanceLabel, Rle
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import DatasetFrame
from synthvision.geometry.boxes import box_xywh

__all__ = [
    "Target",
    "category_numbers",
    "layer_bytes",
    "picture_suffix",
    "target_values",
    "targets_of",
]


@dataclass(frozen=True, slots=True)
class Target:
    """An instance with a label: one that is labelled or ignored, so that it has a class and a visible pixel.

    Args:
        label: Everything that is known about it.
        category: Name of its class.
        number: Number of its class in the manifest's order, from 1.
        box_xyxy: Tight half-open box of the visible mask.
        rle: The visible mask.
    """

    label: InstanceLabel
    category: str
    number: int
    box_xyxy: BoxXyxy
    rle: Rle

    @property
    def ignored(self) -> bool:
        """Whether the label policy wants it to be skipped."""
        return self.label.status == "ignored"


def category_numbers(manifest: Manifest) -> dict[str, int]:
    """Return the numbers of classes by name, from 1 in the manifest's order."""
    return {name: number for number, name in enumerate(manifest.class_names, start=1)}


def targets_of(frame: DatasetFrame, categories: Mapping[str, int]) -> list[Target]:
    """Return the instances of a frame that are labelled or ignored, by ascending instance id.

    Args:
        frame: The frame.
        categories: Number of each class of the manifest.

    Raises:
        DatasetError: One of them has no visible pixel, or a class that the manifest does not name.
    """
    found = []
    for label in frame.labels("labelled", "ignored"):
        if label.rle is None or label.box_xyxy is None or label.category is None:
            raise DatasetError(
                f"frame {frame.index}, {label.name}: a labelled instance must have a class and a visible pixel"
            )
        if label.category not in categories:
            raise DatasetError(
                f"frame {frame.index}, {label.name}: class {label.category!r} must stand in the manifest"
            )
        found.append(Target(label, label.category, categories[label.category], label.box_xyxy, label.rle))
    return found


def target_values(target: Target) -> dict[str, Any]:
    """Return what is written of a target beside mask and class, as JSON values under COCO's names."""
    label = target.label
    return {
        "instance_id": label.instance_id,
        "name": label.name,
        "bbox": list(box_xywh(target.box_xyxy)),
        "area": label.visible_pixels,
        "iscrowd": int(target.ignored),
        "visible_fraction": label.visible_fraction,
        "truncation": label.truncation,
    }


def layer_bytes(frame: DatasetFrame, name: LayerName = "image") -> bytes:
    """Return the file of one of a frame's images as it lies on disk.

    Raises:
        DatasetError: The data set has no such images, or the file cannot be read.
    """
    path = frame.path(name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error


def picture_suffix(manifest: Manifest) -> str:
    """Return the ending of the pictures, ``png`` or ``jpg``.

    Raises:
        DatasetError: The data set has no pictures.
    """
    layer = manifest.layers.get("image")
    if layer is None:
        raise DatasetError("a data set must have pictures to be written in another format, but this one has none")
    return layer.suffix
