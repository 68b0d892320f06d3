"""Patches of structure in a refined picture that its render does not have: what a refiner made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.realism.guard.structure import SCALE, StructureMaps
from synthvision.realism.guard.targets import Target

__all__ = ["Patches", "new_patches"]

# New structure stands out if it is this strong in levels, this many times as strong as in most of the picture (a
# refiner may put grain on everything), and mostly without a counterpart (a compressed strong edge has weak ripples).
_LEVELS = 9.0
_TIMES = 3.0
_SHARE = 0.4
# A slow change of light is a ramp in every window; of an edge, a ramp is three quarters.
_RAMP_SHARE = 0.9
# Smaller patches are of no use to anyone.
_LEAST_PX = 6.0


@dataclass(frozen=True, slots=True)
class Patches:
    """Patches of new structure, numbered from 1.

    Args:
        number_hw: int32 (height, width), the patch that a pixel belongs to; 0 for none.
        sides_px: float64 (count + 1,), side in pixels of a square of each patch's area; 0 at index 0.
        owners: int64 (count + 1,), id of the instance that holds at least half of the patch; 0 for none.
    """

    number_hw: NDArray[np.int32]
    sides_px: NDArray[np.float64]
    owners: NDArray[np.int64]

    @property
    def largest_px(self) -> float:
        """Side of the largest patch; 0 without any."""
        return float(self.sides_px.max())

    def largest_in(self, instance_id: int) -> float:
        """Return the side of the largest patch that an instance holds; 0 without any."""
        return float(self.sides_px[self.owners == instance_id].max(initial=0.0))

    def within(self, mask_hw: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which patches lie inside a mask with every pixel, bool (count + 1,); False at index 0."""
        outside = np.bincount(self.number_hw[~mask_hw], minlength=len(self.sides_px))
        inside: NDArray[np.bool_] = outside == 0
        inside[0] = False
        return inside


def new_patches(maps: StructureMaps, targets: Sequence[Target], size_hw: tuple[int, int]) -> Patches:
    """Return the patches of strong new structure.

    Args:
        maps: From `structure_maps`.
        targets: Instances that may hold a patch.
        size_hw: Height and width of the pictures.
    """
    levels = max(_LEVELS, _TIMES * float(np.sqrt(np.median(maps.new_hw))))
    strong = (maps.new_hw > levels**2) & (maps.new_hw > _SHARE * (maps.refined_hw + maps.floor))
    strong &= maps.ramp_hw < _RAMP_SHARE * maps.refined_hw
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(strong.view(np.uint8))
    sides = SCALE * np.sqrt(stats[:, cv2.CC_STAT_AREA].astype(np.float64))
    kept = sides >= _LEAST_PX
    kept[0] = False
    renumber = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    numbers = renumber[numbers]
    sides = np.append(0.0, sides[kept])
    owners = np.zeros(len(sides), np.int64)
    areas = np.bincount(numbers.ravel(), minlength=len(sides))
    for target in targets:
        window, mask = maps.window(target)
        shared = np.bincount(numbers[window][mask], minlength=len(sides))
        owners[(2 * shared >= areas) & (shared > 0)] = target.instance_id
    owners[0] = 0
    rows = np.minimum(np.arange(size_hw[0]) // SCALE, numbers.shape[0] - 1)
    columns = np.minimum(np.arange(size_hw[1]) // SCALE, numbers.shape[1] - 1)
    return Patches(numbers[rows[:, None], columns], sides, owners)
