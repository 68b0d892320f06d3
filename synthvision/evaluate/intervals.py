"""Intervals of shares."""

from __future__ import annotations

import math

__all__ = ["Z_95", "wilson_interval"]

#: Standard score of a two-sided interval of 95 %.
Z_95 = 1.959963984540054


def wilson_interval(found: float, total: float, z: float = Z_95) -> tuple[float, float]:
    """Return the score interval of a share after E. Wilson (1927), which holds for small counts and shares too.

    Args:
        found: How many of the `total` have it, 0 to `total`.
        total: How many there are; with 0 nothing is known and the interval is (0, 1).
        z: Standard score: 1.96 for 95 %.

    Example:
        >>> [round(bound, 4) for bound in wilson_interval(0, 10)]
        [0.0, 0.2775]
    """
    if total <= 0:
        return 0.0, 1.0
    share, square = found / total, z * z
    middle = share + square / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    scale = 1 + square / total
    return max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)
