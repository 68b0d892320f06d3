"""How far two renderers agree about one scene: ids pixel by pixel, and depth away from edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frames import LabelImages

__all__ = ["Agreement", "compare_labels", "near_edge"]

#: Depths agree within a millimetre and a thousandth.
DEPTH_TOLERANCE_M = 1e-3
DEPTH_TOLERANCE_SHARE = 1e-3
#: Bend of the inverse depth, as a share of it, from which a pixel counts as lying at an edge of depth.
_BEND = 0.002


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two label images of one scene have in common.

    Args:
        pixels: Number of pixels.
        differing: Pixels whose ids differ.
        far_differing: Those of them with no edge in either image within one pixel.
        missing: Instance ids that only one of the two shows, ascending.
        compared_depths: Pixels away from edges whose depths were compared.
        wrong_depths: Those of them that differ by more than 1 mm and 0.1 %.
        largest_depth_excess_m: By how much the worst of them exceeds that, in metres; 0 or less where none does.
    """

    pixels: int
    differing: int
    far_differing: int
    missing: tuple[int, ...]
    compared_depths: int
    wrong_depths: int
    largest_depth_excess_m: float

    @property
    def equal_share(self) -> float:
        """Share of pixels whose ids are equal."""
        return 1 - self.differing / self.pixels

    @property
    def holds(self) -> bool:
        """Whether 99.5 % of ids are equal, all others lie at edges, no object is missing and depths agree."""
        return self.equal_share >= 0.995 and not self.far_differing and not self.missing and not self.wrong_depths


def compare_labels(first: LabelImages, second: LabelImages) -> Agreement:
    """Return how far two label images of one scene agree.

    Args:
        first: Of one renderer.
        second: Of another one, of the same size.

    Raises:
        UsageError: The sizes differ.
    """
    if first.id_hw.shape != second.id_hw.shape:
        raise UsageError(f"label images must have one size, got {first.id_hw.shape} and {second.id_hw.shape}")
    differs = first.id_hw != second.id_hw
    at_edge = near_edge(first.id_hw) | near_edge(second.id_hw)
    inside = ~differs & ~at_edge & (first.id_hw > 0)
    inside &= ~_bent(first.depth_m_hw) & ~_bent(second.depth_m_hw)
    a, b = (image.depth_m_hw[inside].astype(np.float64) for image in (first, second))
    excess = np.abs(a - b) - DEPTH_TOLERANCE_M - DEPTH_TOLERANCE_SHARE * np.minimum(a, b)
    seen = [set(np.unique(image.id_hw).tolist()) - {0} for image in (first, second)]
    return Agreement(
        pixels=differs.size,
        differing=int(differs.sum()),
        far_differing=int((differs & ~at_edge).sum()),
        missing=tuple(sorted(seen[0] ^ seen[1])),
        compared_depths=len(a),
        wrong_depths=int((excess > 0).sum()),
        largest_depth_excess_m=float(excess.max(initial=-DEPTH_TOLERANCE_M)),
    )


def near_edge(id_hw: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return where another id is among the eight neighbours of a pixel."""
    kernel = np.ones((3, 3), np.uint8)
    differs: NDArray[np.bool_] = cv2.dilate(id_hw, kernel) != cv2.erode(id_hw, kernel)
    return differs


def _bent(depth_m_hw: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where depth steps or bends within a pixel: on a plane the inverse of depth is linear in the picture."""
    inverse = 1 / depth_m_hw.astype(np.float64)
    bend = np.zeros(inverse.shape, np.bool_)
    across = np.abs(inverse[:, 2:] + inverse[:, :-2] - 2 * inverse[:, 1:-1])
    down = np.abs(inverse[2:] + inverse[:-2] - 2 * inverse[1:-1])
    bend[:, 1:-1] |= across > _BEND * inverse[:, 1:-1]
    bend[1:-1] |= down > _BEND * inverse[1:-1]
    return np.asarray(cv2.dilate(bend.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, np.bool_)
