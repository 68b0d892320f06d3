"""How much of an object's own light reaches the sensor: through the air, and through what lies on the lens."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import FrameError

__all__ = ["mean_transmittances"]


def mean_transmittances(
    id_hw: NDArray[np.uint16], transmittance_hw: NDArray[np.float32] | None, pixels_of: Mapping[int, int]
) -> dict[int, float]:
    """Return the mean transmittance over the visible pixels of each instance.

    Args:
        id_hw: uint16 (height, width).
        transmittance_hw: float32 (height, width), 0..1: the share of the light from each pixel's centre that gets
            through; None where everything does.
        pixels_of: Visible pixels by id, 1 or more, for the ids that are wanted.

    Returns:
        0..1 by id.

    Raises:
        FrameError: A transmittance is not 0 to 1.

    Example:
        >>> ids = np.array([[1, 1, 2]], np.uint16)
        >>> mean_transmittances(ids, np.array([[0.25, 0.75, 1.0]], np.float32), {1: 2, 2: 1})
        {1: 0.5, 2: 1.0}
    """
    if transmittance_hw is None:
        return dict.fromkeys(pixels_of, 1.0)
    low, high = float(transmittance_hw.min()), float(transmittance_hw.max())
    if not (low >= 0 and high <= 1):  # also where one is not a number
        raise FrameError(f"transmittances must be 0 to 1, got {low} to {high}")
    sums = np.bincount(id_hw.ravel(), weights=transmittance_hw.ravel(), minlength=max(pixels_of, default=0) + 1)
    return {instance_id: float(sums[instance_id] / pixels) for instance_id, pixels in pixels_of.items()}
