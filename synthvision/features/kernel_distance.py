"""How far two sets of feature vectors are apart: the kernel distance, with its error and a test.

The squared maximum mean discrepancy (A. Gretton et al., "A Kernel Two-Sample Test", 2012) in its unbiased form, with
the cubic kernel (x.y / d + 1)^3 of the kernel inception distance (M. Binkowski et al., "Demystifying MMD GANs", 2018).
Features are brought to one scale first, with the mean and spread of the real set. With other features than the
published ones the figures compare sets with each other only, and they grow faster than the difference itself: a set
that is off by s spreads in every feature is off by about (s^2 + 1)^3 - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.arrays import frozen_array
from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for

__all__ = ["FeatureScale", "KernelDistance", "feature_scale", "kernel_distance"]

Float = NDArray[np.float64]

#: Spreads below this share of the median one count as it: a feature that hardly ever differs in the real set would
#: outweigh all others.
_LEAST_SPREAD = 0.1
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """A distance between two sets.

    Args:
        value: The unbiased estimate over all pairs; about 0, also below it, for sets of one kind.
        std: Its standard error, by leaving out one block of both sets after the other (the jackknife); somewhat too
            large for sets of one kind.
        p: Share of random divisions of both sets together that are as far apart; small where the sets differ. It is
            counted on the scale of both sets together: that of one of them would favour the true division, and p of
            sets of one kind would not be uniform.
    """

    value: float
    std: float
    p: float


@dataclass(frozen=True, slots=True)
class FeatureScale:
    """What features are measured against.

    Args:
        mean_d: float64 (d,).
        spread_d: float64 (d,), above 0.
    """

    mean_d: Float
    spread_d: Float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean_d", frozen_array("mean_d", self.mean_d, np.float64, (None,)))
        object.__setattr__(self, "spread_d", frozen_array("spread_d", self.spread_d, np.float64, self.mean_d.shape))

    def apply(self, features_nd: NDArray[Any]) -> Float:
        """Return features less the mean, over the spread, float64 (n, d).

        Raises:
            UsageError: They are not (n, d), or not finite.
        """
        features = np.asarray(features_nd, np.float64)
        if features.ndim != 2 or features.shape[1] != len(self.mean_d):
            raise UsageError(f"features must have shape (n, {len(self.mean_d)}), got {features.shape}")
        if not np.isfinite(features).all():
            raise UsageError("features must be finite, got NaN or infinity: a picture or a network is broken")
        return (features - self.mean_d) / self.spread_d


def feature_scale(real_nd: NDArray[Any]) -> FeatureScale:
    """Return mean and spread of the features of real pictures.

    Args:
        real_nd: (n, d), at least two.

    Raises:
        UsageError: There are fewer than two, or they are not finite.
    """
    real = np.asarray(real_nd, np.float64)
    if real.ndim != 2 or len(real) < 2:
        raise UsageError(f"features of real pictures must have shape (n, d) with n of 2 or more, got {real.shape}")
    if not np.isfinite(real).all():
        raise UsageError("features must be finite, got NaN or infinity: a picture or a network is broken")
    spread = real.std(axis=0)
    least = _LEAST_SPREAD * float(np.median(spread[spread > 0])) if (spread > 0).any() else 1.0
    return FeatureScale(real.mean(axis=0), np.maximum(spread, least))


def kernel_distance(
    real_nd: NDArray[Any],
    other_nd: NDArray[Any],
    *,
    scale: FeatureScale | None = None,
    seed: int = 0,
    blocks: int = 10,
    permutations: int = 200,
    permuted: int = 1000,
) -> KernelDistance:
    """Return the distance of a set of features to that of real pictures.

    Memory is bounded by `permuted` and the feature vectors themselves.

    Args:
        real_nd: Features of real pictures, (n, d).
        other_nd: Features of the others, (m, d).
        scale: What both are measured against; that of `real_nd` where left out. Give one to compare several distances.
        seed: Of blocks and permutations, 0 to 2**63 - 1.
        blocks: Into how many disjoint parts both sets are cut for the error; fewer where they are small.
        permutations: How many random divisions p is counted from; 0 for none, p is then 1.
        permuted: How many vectors of each set take part in them, at most.

    Raises:
        UsageError: A set has fewer than two vectors, or they do not fit together.
    """
    chosen = feature_scale(real_nd) if scale is None else scale
    x, y = chosen.apply(real_nd), chosen.apply(other_nd)
    if min(len(x), len(y)) < 2:
        raise UsageError(f"both sets must have 2 pictures or more, got {len(x)} and {len(y)}")
    rng = rng_for(seed, 0, "features.kernel_distance")
    x, y = x[rng.permutation(len(x))], y[rng.permutation(len(y))]
    parts = max(min(blocks, len(x) // 2, len(y) // 2), 1)
    sums = _block_sums(np.array_split(x, parts), np.array_split(y, parts))
    value = sums.discrepancy(None)
    # One block says nothing of its error.
    std = float("inf")
    if parts > 1:
        left_out = np.array([sums.discrepancy(part) for part in range(parts)])
        std = float(np.sqrt((parts - 1) / parts * ((left_out - left_out.mean()) ** 2).sum()))
    return KernelDistance(value, std, _p_value(x[:permuted], y[:permuted], permutations, rng))


def _kernel(x: Float, y: Float) -> Float:
    kernel: Float = (x @ y.T / x.shape[1] + 1) ** 3
    return kernel


def _sum_of_pairs(x: Float, y: Float) -> float:
    return sum(
        float(_kernel(x[i : i + _BLOCK], y[j : j + _BLOCK]).sum())
        for i in range(0, len(x), _BLOCK)
        for j in range(0, len(y), _BLOCK)
    )


def _of_themselves(x: Float) -> float:
    return float(((np.einsum("nd,nd->n", x, x) / x.shape[1] + 1) ** 3).sum())


@dataclass(frozen=True, slots=True)
class _BlockSums:
    """Sums of the kernel over pairs of blocks, pairs of a vector with itself left out, and the blocks' sizes."""

    xx: Float
    yy: Float
    xy: Float
    sizes_x: Float
    sizes_y: Float

    def discrepancy(self, left_out: int | None) -> float:
        """Return the unbiased squared discrepancy, without one block of each set."""
        kept = np.arange(len(self.sizes_x)) != (-1 if left_out is None else left_out)
        n, m = float(self.sizes_x[kept].sum()), float(self.sizes_y[kept].sum())
        both = np.ix_(kept, kept)
        own = self.xx[both].sum() / (n * (n - 1)) + self.yy[both].sum() / (m * (m - 1))
        return float(own - 2 * self.xy[both].sum() / (n * m))


def _block_sums(x: list[Float], y: list[Float]) -> _BlockSums:
    def own(parts: list[Float]) -> Float:
        sums = np.zeros((len(parts), len(parts)))
        for i, first in enumerate(parts):
            sums[i, i] = _sum_of_pairs(first, first) - _of_themselves(first)
            for j in range(i):
                sums[i, j] = sums[j, i] = _sum_of_pairs(first, parts[j])
        return sums

    across = np.array([[_sum_of_pairs(first, second) for second in y] for first in x])
    sizes = [np.array([float(len(part)) for part in parts]) for parts in (x, y)]
    return _BlockSums(own(x), own(y), across, *sizes)


def _p_value(x: Float, y: Float, permutations: int, rng: np.random.Generator) -> float:
    if permutations == 0:
        return 1.0
    n, m = len(x), len(y)
    both = np.concatenate([x, y])
    both = feature_scale(both).apply(both)
    kernel = _kernel(both, both)
    np.fill_diagonal(kernel, 0.0)
    # One column a division, 1 for the first set; the first column is the true one.
    member = np.zeros((n + m, permutations + 1))
    member[:n, 0] = 1
    for column in range(1, permutations + 1):
        member[rng.permutation(n + m)[:n], column] = 1
    towards = kernel @ member
    within_x = (member * towards).sum(axis=0)
    across = towards.sum(axis=0) - within_x
    within_y = kernel.sum() - within_x - 2 * across
    values = within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * across / (n * m)
    # Divisions as far apart but for rounding count.
    as_far = values[1:] >= values[0] - 1e-9 * abs(values[0])
    return float((1 + as_far.sum()) / (1 + permutations))
