"""What the checks look at: one frame with its record, its files and its decoded masks, each read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.labels import InstanceLabel, Rle
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.images import decode_layer
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.records import FrameRecord

__all__ = ["FrameCheck", "FrameView", "LoadedFile", "check_name", "describe"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One image of a frame as found on disk.

    Args:
        data: Its bytes, None where it cannot be read.
        pixels: Decoded, None where that failed.
        problem: Why there are no pixels, empty where there are.
    """

    data: bytes | None
    pixels: NDArray[Any] | None
    problem: str


@dataclass(frozen=True)
class FrameView:
    """One frame for the checks.

    Args:
        layout: The data set.
        manifest: Its manifest.
        policy: Its label policy.
        record: The frame's record.
    """

    layout: DatasetLayout
    manifest: Manifest
    policy: LabelPolicy
    record: FrameRecord

    @property
    def shape_hw(self) -> tuple[int, int]:
        """Height and width that the record states."""
        return self.record.size_wh[1], self.record.size_wh[0]

    @property
    def is_warped(self) -> bool:
        """Whether the picture was warped after it was made, so that no camera shows its scene like this."""
        return self.record.augmentation is not None and self.record.augmentation.geometry == "warped"

    @cached_property
    def files(self) -> dict[LayerName, LoadedFile]:
        """Every image that the manifest promises."""
        return {name: self._load(name) for name in self.manifest.layers}

    def pixels(self, name: LayerName) -> NDArray[Any] | None:
        """Return an image of the right size, or None where it is missing, broken or not promised."""
        file = self.files.get(name)
        if file is None or file.pixels is None or file.pixels.shape[:2] != self.shape_hw:
            return None
        return file.pixels

    @cached_property
    def visible(self) -> dict[int, Mask]:
        """Visible mask by instance id, broken ones left out."""
        return self._decoded(lambda label: label.rle)

    @cached_property
    def amodal(self) -> dict[int, Mask]:
        """Mask of the object alone by instance id, broken ones left out."""
        return self._decoded(lambda label: label.amodal_rle)

    @cached_property
    def id_image(self) -> NDArray[np.uint16]:
        """The id image that the record's masks make."""
        image = np.zeros(self.shape_hw, np.uint16)
        for instance_id, mask in self.visible.items():
            image[mask] = instance_id
        return image

    def mask_problem(self, rle: Rle) -> str:
        """Return why run lengths are no mask of this picture, or an empty text."""
        if tuple(rle.size) != self.shape_hw:
            return f"its size must be that of the picture, {self.shape_hw}, got {tuple(rle.size)}"
        try:
            decode_rle(rle)
        except UsageError as error:
            return str(error)
        return ""

    def _decoded(self, rle_of: Callable[[InstanceLabel], Rle | None]) -> dict[int, Mask]:
        found = {}
        for label in self.record.instances:
            rle = rle_of(label)
            if rle is not None and not self.mask_problem(rle):
                found[label.instance_id] = decode_rle(rle)
        return found

    def _load(self, name: LayerName) -> LoadedFile:
        layer = self.manifest.layers[name]
        path = self.layout.layer(layer.folder, self.record.frame, layer.suffix)
        try:
            data = path.read_bytes()
        except OSError as error:
            return LoadedFile(None, None, error.strerror or str(error))
        try:
            return LoadedFile(data, decode_layer(name, layer, data), "")
        except DatasetError as error:
            return LoadedFile(data, None, str(error))


FrameCheck = Callable[[FrameView], Iterator[str]]


def check_name(check: Callable[..., Any]) -> str:
    """Return the name of a check: that of its function without ``check_``."""
    return check.__name__.removeprefix("check_")


def describe(label: InstanceLabel) -> str:
    """Return how a finding names an instance.

    Args:
        label: The instance.
    """
    return f"instance {label.instance_id} ({label.name}, {label.category or label.role})"
