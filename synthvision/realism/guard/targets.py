"""The instances that the guard looks at, each cut out of the id image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.labels import InstanceLabel

__all__ = ["PAD_PX", "Target", "targets_of"]

#: How far a target's window reaches beyond its box, where the picture goes on.
PAD_PX = 16


@dataclass(frozen=True, slots=True)
class Target:
    """One instance and where it is seen.

    Args:
        instance_id: Its value in the id image.
        category: Its class.
        side_px: Shorter side of its box.
        x: First column of its window.
        y: First row of its window.
        mask_hw: bool, its visible pixels in the window.
    """

    instance_id: int
    category: str
    side_px: int
    x: int
    y: int
    mask_hw: NDArray[np.bool_]

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the picture that `mask_hw` covers."""
        height, width = self.mask_hw.shape
        return slice(self.y, self.y + height), slice(self.x, self.x + width)


def targets_of(id_hw: NDArray[np.uint16], labels: Sequence[InstanceLabel]) -> list[Target]:
    """Return the instances with a class that the id image shows, by ascending id.

    Args:
        id_hw: uint16 (height, width).
        labels: Labels of the frame; those without a class, or dropped by the label policy, are no targets.
    """
    height, width = id_hw.shape
    found = []
    for label in sorted(labels, key=lambda label: label.instance_id):
        if label.category is None or label.box_xyxy is None or label.status not in ("labelled", "ignored"):
            continue
        x1, y1, x2, y2 = label.box_xyxy
        left, top = max(x1 - PAD_PX, 0), max(y1 - PAD_PX, 0)
        mask = id_hw[top : min(y2 + PAD_PX, height), left : min(x2 + PAD_PX, width)] == label.instance_id
        if mask.any():
            side = min(x2 - x1, y2 - y1)
            found.append(Target(label.instance_id, label.category, side, left, top, mask))
    return found
