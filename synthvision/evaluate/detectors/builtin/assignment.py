"""What the built-in network should answer at each place: the objects' middles and sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.evaluate.detectors.crops import Crop

__all__ = ["Targets", "assign", "picture_targets"]

#: Spread of the middle of an object, of its side.
_SPREAD = 0.16
#: Places whose wanted score is at least this tell class and sides.
_SIDES_FROM = 0.4
_LEAST_SCORE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Wanted answers for a batch.

    Args:
        score_nhw: float32 (n, h, w), 0..1: 1 at the place nearest to an object's middle, falling around it.
        weight_nhw: float32 (n, h, w): how much class and sides count; 0 where no object's middle is near.
        box_nhw4: float32 (n, h, w, 4): box of the place's object, px; 0 where sides do not count.
        class_nhw: int64 (n, h, w): its class; 0 there too.
        counted_nhw: bool (n, h, w): places whose score counts; not those of ignored objects.
    """

    score_nhw: torch.Tensor
    weight_nhw: torch.Tensor
    box_nhw4: torch.Tensor
    class_nhw: torch.Tensor
    counted_nhw: torch.Tensor

    def to(self, device: torch.device) -> Targets:
        """Return the same on a device."""
        return Targets(
            self.score_nhw.to(device),
            self.weight_nhw.to(device),
            self.box_nhw4.to(device),
            self.class_nhw.to(device),
            self.counted_nhw.to(device),
        )


def assign(crops: Sequence[Crop], stride: int) -> Targets:
    """Return the wanted answers for crops of one size.

    Args:
        crops: At least one.
        stride: Pixels between two places.
    """
    each = [picture_targets(crop, stride) for crop in crops]
    return Targets(*(torch.from_numpy(np.stack(arrays)) for arrays in zip(*each, strict=True)))


def picture_targets(
    crop: Crop, stride: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Return scores (h, w), weights (h, w), boxes (h, w, 4), classes (h, w) and counted places (h, w) of one crop.

    The score falls as a Gaussian along each axis, with a spread that is a share of the object's side, from the place
    nearest to the middle, where it is 1 (X. Zhou et al., "Objects as Points", 2019). Where several objects want a place
    it tells class and sides of the one that wants it most; of equals, of the smallest.

    Args:
        crop: Boxes inside the picture.
        stride: Pixels between two places; the sides of the crop are multiples of it.
    """
    height, width = (side // stride for side in crop.rgb_hwc.shape[:2])
    score, weight = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    box, number = np.zeros((height, width, 4), np.float32), np.zeros((height, width), np.int64)
    counted = np.ones((height, width), bool)
    across, down = (np.arange(width) + 0.5) * stride, (np.arange(height) + 0.5) * stride
    for x1, y1, x2, y2 in crop.ignored_xyxy_m4:
        counted &= ~(((down >= y1) & (down < y2))[:, None] & ((across >= x1) & (across < x2)))
    areas = (crop.box_xyxy_n4[:, 2:] - crop.box_xyxy_n4[:, :2]).prod(axis=1)
    # The largest first: a smaller one takes the places where they are equals.
    for index in np.argsort(-areas, kind="stable"):
        corners = crop.box_xyxy_n4[index]
        wanted = np.outer(
            _profile(down, corners[1], corners[3], stride), _profile(across, corners[0], corners[2], stride)
        )
        wanted[wanted < _LEAST_SCORE] = 0
        np.maximum(score, wanted, out=score)
        mine = (wanted >= _SIDES_FROM) & (wanted >= weight)
        weight[mine], box[mine], number[mine] = wanted[mine], corners, crop.class_n[index]
    counted |= weight > 0
    return score, weight, box, number, counted


def _profile(centres: NDArray[np.float64], low: float, high: float, stride: int) -> NDArray[np.float32]:
    """Return the score along one axis: 1 at the place nearest to the middle."""
    middle = float(np.clip(((low + high) / 2) // stride, 0, len(centres) - 1) + 0.5) * stride
    spread = max(_SPREAD * (high - low), 0.35 * stride)
    return np.exp(-((centres - middle) ** 2) / (2 * spread**2)).astype(np.float32)
