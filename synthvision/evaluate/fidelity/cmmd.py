"""The CLIP maximum mean discrepancy: a distance without the assumption of Gaussians.

The squared maximum mean discrepancy of vectors of unit length with the Gaussian kernel exp(-|x - y|^2 / (2 sigma^2)) of
sigma 10, as V-statistic, times 1000 (S. Jayasumana et al., "Rethinking FID", 2024). With features of another model than
the CLIP named there the figures compare sets with each other only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["Cmmd", "cmmd"]

Float = NDArray[np.float64]

_SIGMA = 10.0
_SCALE = 1000.0
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Cmmd:
    """The distance of two sets.

    Args:
        value: The V-statistic, which counts each vector with itself: never below 0, and too large for small sets.
        unbiased: Without those pairs (the U-statistic): about 0, also below it, for sets of one kind.
    """

    value: float
    unbiased: float


def cmmd(first_nd: NDArray[Any], second_nd: NDArray[Any]) -> Cmmd:
    """Return the discrepancy of two sets of features; vectors are brought to unit length here.

    Args:
        first_nd: (n, d), two or more.
        second_nd: (m, d), two or more.

    Raises:
        UsageError: A set has fewer than two vectors, or they do not fit together.
    """
    x, y = _unit(first_nd), _unit(second_nd)
    if x.shape[1] != y.shape[1]:
        raise UsageError(f"both sets must have the same features, got {x.shape[1]} and {y.shape[1]}")
    # One less the kernel, summed: between unit vectors the kernel is so near 1 that its own sums would lose digits.
    xx, yy, xy = _sum_of_gaps(x, x), _sum_of_gaps(y, y), _sum_of_gaps(x, y)
    n, m = len(x), len(y)
    value = 2 * xy / (n * m) - xx / n**2 - yy / m**2
    unbiased = 2 * xy / (n * m) - xx / (n * (n - 1)) - yy / (m * (m - 1))
    return Cmmd(_SCALE * value, _SCALE * unbiased)


def _unit(features_nd: NDArray[Any]) -> Float:
    features = np.asarray(features_nd, np.float64)
    if features.ndim != 2 or len(features) < 2:
        raise UsageError(f"features must have shape (n, d) with n of 2 or more, got {features.shape}")
    if not np.isfinite(features).all():
        raise UsageError("features must be finite, got NaN or infinity: a picture or a network is broken")
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(length, 1e-12))


def _sum_of_gaps(x: Float, y: Float) -> float:
    total = 0.0
    for i in range(0, len(x), _BLOCK):
        for j in range(0, len(y), _BLOCK):
            squared = np.maximum(2 - 2 * (x[i : i + _BLOCK] @ y[j : j + _BLOCK].T), 0)
            total -= float(np.expm1(-squared / (2 * _SIGMA**2)).sum())
    return total
