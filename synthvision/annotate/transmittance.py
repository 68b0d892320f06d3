"""How much of an object's own light the air between it and the camera lets through."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["contrast_transmittances"]


def contrast_transmittances(
    id_hw: NDArray[np.uint16],
    depth_m_hw: NDArray[np.float32],
    k_33: ArrayLike,
    instance_ids: Collection[int],
    extinction_per_m: float,
) -> dict[int, float]:
    """Return the mean over visible pixels of exp(-extinction times length of the ray) of each instance.

    Args:
        id_hw: uint16 (height, width).
        depth_m_hw: float32 (height, width), metres along the camera's z axis.
        k_33: Intrinsic matrix.
        instance_ids: Which instances.
        extinction_per_m: Extinction coefficient of the air, the same everywhere, 1/m; 0 is clear air.

    Returns:
        0..1 by id; 1 for an instance without a visible pixel and for all instances in clear air.

    Example:
        >>> ids, depth = np.ones((1, 1), np.uint16), np.full((1, 1), 100, np.float32)
        >>> k = [[500, 0, 0.5], [0, 500, 0.5], [0, 0, 1]]
        >>> round(contrast_transmittances(ids, depth, k, [1], 0.01)[1], 4)
        0.3679
    """
    result = dict.fromkeys(instance_ids, 1.0)
    if extinction_per_m == 0 or not result:
        return result
    height, width = id_hw.shape
    k = np.asarray(k_33, np.float64)
    x = (np.arange(width) + 0.5 - k[0, 2]) / k[0, 0]
    y = (np.arange(height) + 0.5 - k[1, 2]) / k[1, 1]
    ray_length = np.sqrt(1 + x[None, :] ** 2 + y[:, None] ** 2)
    seen = np.where(id_hw > 0, np.exp(-extinction_per_m * depth_m_hw * ray_length), 0.0)
    pixels = np.bincount(id_hw.ravel(), minlength=max(result) + 1)
    sums = np.bincount(id_hw.ravel(), weights=seen.ravel(), minlength=max(result) + 1)
    for instance_id in result:
        if pixels[instance_id]:
            result[instance_id] = float(sums[instance_id] / pixels[instance_id])
    return result
