"""Lost and made-up objects by a detector of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.realism.guard.targets import Target
from synthvision.realism.guard.weights import as_input, load_network

__all__ = ["Detections", "Detector"]

# Boxes that overlap like this are the same object, and like that they have to do with each other.
_SAME = 0.5
_TOUCHING = 0.3
# Sides of the input, as these detectors are trained (Carion et al., DETR, 2020): shorter side, longest side.
_SHORT_PX = 480
_LONG_PX = 800
# A multiple that every patch size and stride in use divides.
_MULTIPLE = 32


@dataclass(frozen=True, slots=True)
class Detections:
    """What a detector finds in one picture.

    Args:
        boxes_xyxy: float32 (n, 4), pixels.
        scores: float32 (n,), 0..1.
        classes: int64 (n,), as the detector numbers them.
    """

    boxes_xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]


class Detector:
    """An object detector of transformers in the style of DETR: boxes and logits of a fixed number of queries.

    Args:
        folder: Local folder of an object detector.
        device: ``cpu``, or a device of torch.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        UsageError: The folder is missing or holds no object detector.
    """

    def __init__(self, folder: Path, device: str) -> None:
        self._network, self._colours = load_network(folder, "AutoModelForObjectDetection", device, "guard.detector")
        self._device = device

    def detect(self, rgb_hwc: NDArray[np.uint8], least: float) -> Detections:
        """Return what is found with a score of at least `least`.

        Args:
            rgb_hwc: uint8 (height, width, 3).
            least: 0..1.
        """
        import torch

        height, width = rgb_hwc.shape[:2]
        scale = min(_SHORT_PX / min(height, width), _LONG_PX / max(height, width))
        size_hw = (_whole(height * scale), _whole(width * scale))
        with torch.inference_mode():
            found = self._network(pixel_values=as_input([rgb_hwc], size_hw, self._colours, self._device))
        logits, boxes = found.logits[0].float(), found.pred_boxes[0].float().cpu().numpy()
        # One logit more than classes: the last says that there is nothing, and they are exclusive.
        if logits.shape[1] == self._network.config.num_labels + 1:
            likely = logits.softmax(dim=1)[:, :-1]
        else:
            likely = logits.sigmoid()
        best, number = likely.max(dim=1)
        scores, classes = best.cpu().numpy(), number.cpu().numpy()
        centre, half = boxes[:, :2], boxes[:, 2:] / 2
        corners = np.concatenate([centre - half, centre + half], axis=1) * np.array([width, height, width, height])
        kept = scores >= least
        return Detections(corners[kept].astype(np.float32), scores[kept], classes[kept])

    def compare(
        self,
        render_hwc: NDArray[np.uint8],
        refined_hwc: NDArray[np.uint8],
        targets: Sequence[Target],
        score: float,
    ) -> tuple[list[int], int]:
        """Return ids of instances found in the render alone, and how many objects are found in the picture alone.

        What the detector does not find in the render is not judged: it may not know the class.

        Args:
            render_hwc: uint8 (height, width, 3).
            refined_hwc: uint8, the same size.
            targets: The instances.
            score: From where on a detection counts; half of it still confirms one.
        """
        before, after = self.detect(render_hwc, score / 2), self.detect(refined_hwc, score / 2)
        certain = before.scores >= score
        boxes = np.array([_box(target) for target in targets], np.float32).reshape(-1, 4)
        missing = []
        for target, box in zip(targets, boxes, strict=True):
            overlaps = _overlaps(box[None], before.boxes_xyxy[certain])[0]
            if not overlaps.size or overlaps.max() < _SAME:
                continue
            wanted = before.classes[certain][overlaps.argmax()]
            again = _overlaps(box[None], after.boxes_xyxy[after.classes == wanted])[0]
            if not again.size or again.max() < _SAME:
                missing.append(target.instance_id)
        fresh = after.boxes_xyxy[after.scores >= score]
        known = np.concatenate([before.boxes_xyxy, boxes])
        overlaps = _overlaps(fresh, known)
        made_up = int((overlaps.max(axis=1, initial=0) < _TOUCHING).sum())
        return missing, made_up


def _whole(side: float) -> int:
    return max(round(side / _MULTIPLE), 1) * _MULTIPLE


def _box(target: Target) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(target.mask_hw)
    x, y = target.x, target.y
    return int(xs.min()) + x, int(ys.min()) + y, int(xs.max()) + x + 1, int(ys.max()) + y + 1


def _overlaps(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of all pairs, (n, m)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - common
    result: NDArray[np.float32] = common / np.maximum(union, 1e-6)
    return result
