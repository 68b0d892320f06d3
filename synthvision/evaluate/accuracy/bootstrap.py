"""Intervals by bootstrap over pictures, paired: every row of a table is judged on the same resamples.

Percentile intervals after B. Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979). Objects of one picture
succeed and fail together, so pictures are drawn, not objects. Where trainings were repeated with several seeds, seeds
are drawn too: the interval then holds both what the choice of test pictures and what the luck of a training does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for

__all__ = ["Interval", "combine_seeds", "draw_pictures", "draw_seeds", "percentile_interval"]

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with what resampling makes of it.

    Args:
        value: Of the pictures as they are; None where it cannot be told.
        low: Lower bound; None where it cannot be told.
        high: Upper bound.
    """

    value: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, float | None]:
        """Return it as JSON values, rounded to six digits."""
        return {
            name: None if number is None else round(number, 6)
            for name, number in (("value", self.value), ("low", self.low), ("high", self.high))
        }

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def draw_pictures(count: int, replicates: int, seed: int) -> NDArray[np.uint16]:
    """Return how often each picture comes in each resample, uint16 (replicates, count); rows sum to `count`.

    Args:
        count: Number of pictures.
        replicates: Number of resamples, 1 or more.
        seed: Seed of the draws; rows of one table must share it.

    Raises:
        UsageError: There are no pictures or no resamples.
    """
    if count < 1 or replicates < 1:
        raise UsageError(f"a bootstrap must have pictures and resamples, got {count} and {replicates}")
    rng = rng_for(seed, 0, "evaluate.bootstrap.pictures")
    drawn = np.zeros((replicates, count), np.uint16)
    for row in drawn:
        row[:] = np.bincount(rng.integers(0, count, count), minlength=count)
    return drawn


def draw_seeds(count: int, replicates: int, seed: int) -> NDArray[np.int64]:
    """Return which trainings each resample takes, int64 (replicates, count), with replacement.

    Args:
        count: Number of trainings that differ in their seed alone.
        replicates: Number of resamples.
        seed: Seed of the draws.
    """
    return rng_for(seed, 0, "evaluate.bootstrap.seeds").integers(0, count, (replicates, count))


def combine_seeds(values_sb: Float64, drawn_bs: NDArray[np.int64]) -> Float64:
    """Return the mean over the drawn trainings in each resample, float64 (replicates,).

    Args:
        values_sb: (seeds, replicates); of each training on each resample of the pictures.
        drawn_bs: What `draw_seeds` gave.
    """
    return np.asarray(np.take_along_axis(values_sb.T, drawn_bs, axis=1).mean(axis=1), np.float64)


def percentile_interval(value: float, replicates_b: Float64, level: float = 0.95) -> Interval:
    """Return a value with its percentile interval.

    Args:
        value: Of the pictures as they are; NaN for unknown.
        replicates_b: (replicates,); NaN where a resample has no such value. With more than a twentieth of them unknown
            there is no interval.
        level: Share of resamples inside.
    """
    if np.isnan(value):
        return Interval(None, None, None)
    known = replicates_b[~np.isnan(replicates_b)]
    if len(known) < 0.95 * len(replicates_b) or not len(known):
        return Interval(float(value), None, None)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high))
