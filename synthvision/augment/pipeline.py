"""A pipeline at work: one picture, and where each of its pixels came from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.augment.catalogue import BOXES_NEEDED
from synthvision.augment.extra import load_albumentations
from synthvision.augment.pipeline_file import PipelineSpec, Step
from synthvision.augment.source_map import SourceMap, coordinate_image
from synthvision.core.errors import FrameError
from synthvision.core.labels import BoxXyxy
from synthvision.core.streams import rng_for

__all__ = ["Moved", "Pipeline"]

_SEEDS = 2**32


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """What a pipeline made of a picture.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        source: Where each pixel came from.
        applied: Transforms that were applied, in order.
    """

    rgb_hwc: NDArray[np.uint8]
    source: SourceMap
    applied: tuple[str, ...]


class Pipeline:
    """A pipeline that can be run. It holds state while it runs: one for each thread.

    Args:
        spec: What it does.

    Raises:
        MissingExtraError: albumentations is not installed.
    """

    def __init__(self, spec: PipelineSpec) -> None:
        library = load_albumentations()
        self._needs_boxes = any(step.name in BOXES_NEEDED for step in spec.leaves())
        steps = [_build(library, step) for step in spec.steps]
        boxes = library.BboxParams(format="pascal_voc", label_fields=["box_numbers"]) if self._needs_boxes else None
        self._compose = library.Compose(
            steps, bbox_params=boxes, additional_targets={"source": "mask"}, save_applied_params=True
        )
        self._nodes = list(_nodes(self._compose, library.BaseCompose))

    def apply(
        self, rgb_hwc: NDArray[np.uint8], seed: int, frame: int, variant: int = 0, boxes: Sequence[BoxXyxy] = ()
    ) -> Moved:
        """Return what the pipeline makes of a picture: the same for the same picture, seed, frame and variant.

        Args:
            rgb_hwc: uint8 (height, width, 3).
            seed: Seed of the augmentation.
            frame: Frame index of the source.
            variant: Which of several variants of the frame.
            boxes: Boxes of labelled objects, for crops that look at them.

        Raises:
            FrameError: A transform failed, e.g. a crop that is larger than the picture, or gave back something else
                than an 8-bit picture and a mask of its size.
        """
        # Every transform has numbers of its own: with one seed for all, two flips would always happen together.
        numbers = rng_for(seed, frame, f"augment.{variant}").integers(_SEEDS, size=len(self._nodes))
        for node, number in zip(self._nodes, numbers.tolist(), strict=True):
            node.set_random_seed(number)
        height, width = rgb_hwc.shape[:2]
        targets: dict[str, Any] = {"image": rgb_hwc, "source": coordinate_image((width, height))}
        if self._needs_boxes:
            targets |= {"bboxes": np.array(boxes, np.float32).reshape(-1, 4), "box_numbers": list(range(len(boxes)))}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = self._compose(**targets)
        except Exception as error:  # whatever a transform raises, this picture cannot be augmented
            raise FrameError(f"the pipeline fails on a picture of {width} x {height} px: {error}") from error
        rgb: NDArray[Any] = result["image"]
        if rgb.dtype != np.uint8 or rgb.shape != (*result["source"].shape[:2], 3) or not rgb.size:
            raise FrameError(
                f"the pipeline must give an 8-bit picture and a mask of its size, got {rgb.dtype} {rgb.shape} and "
                f"{result['source'].shape[:2]}"
            )
        applied = tuple(str(name) for name, _ in result["applied_transforms"])
        return Moved(np.ascontiguousarray(rgb), SourceMap.of(result["source"], (width, height)), applied)


def _build(library: Any, step: Step) -> Any:
    kind = getattr(library, step.name)
    if step.steps:
        return kind(transforms=[_build(library, inner) for inner in step.steps], **step.arguments)
    made = kind(**step.arguments)
    if step.name in _SCALERS:
        # The plain nearest sample of OpenCV's scaling lies up to half a pixel beside what the picture shows.
        made.mask_interpolation = cv2.INTER_NEAREST_EXACT
    return made


#: Transforms that scale by `cv2.resize`, which alone knows the exact form of nearest samples.
_SCALERS = frozenset(
    {
        "CropAndPad", "LongestMaxSize", "RandomResizedCrop", "RandomScale", "RandomSizedBBoxSafeCrop",
        "RandomSizedCrop", "Resize", "SmallestMaxSize",
    }
)  # fmt: skip


def _nodes(node: Any, container: Any) -> Iterator[Any]:
    """Yield a composition and all in it, outer ones first: seeding an outer one seeds the inner ones again."""
    yield node
    if isinstance(node, container):
        for inner in node.transforms:
            yield from _nodes(inner, container)
