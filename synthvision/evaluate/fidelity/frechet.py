"""The Frechet distance of two sets of features, and how much of it is owed to their size.

Between Gaussians with means m, n and covariances S, T it is |m - n|^2 + Tr(S + T - 2 (S T)^(1/2)) (D. Dowson and B.
Landau, 1982; as a score of pictures M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017). Two
samples of one distribution are far from 0 where they are small: the bias falls as 1/N, and differs between extractors
and sets (M. Chong and D. Forsyth, "Effectively Unbiased FID and Inception Score", 2020). So the value never stands
alone here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for

__all__ = ["Frechet", "Moments", "feature_moments", "frechet", "frechet_distance"]

Float = NDArray[np.float64]

_BLOCK = 4096
#: Numbers of pictures that the line against 1/N is fitted through, as shares of all: evenly spaced in 1/N.
_SHARES = tuple(1 / (1 + step / 3) for step in range(7))
#: Draws of each smaller number of pictures, and of halves.
_DRAWS = 2
_SPLITS = 4


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and covariance of features.

    Args:
        mean_d: float64 (d,).
        factor_kd: float64 (k, d), a root of the covariance over n - 1: the covariance is its transpose times itself.
    """

    mean_d: Float
    factor_kd: Float


@dataclass(frozen=True, slots=True)
class Frechet:
    """A Frechet distance with what it owes to the number of pictures.

    Args:
        value: Of all pictures; too large by the bias.
        extrapolated: Where the line through the values of smaller draws against 1/N meets infinite N.
        extrapolated_std: Standard error of that, from the scatter of the draws about the line; draws share pictures, so
            that it is a lower bound.
        split_size: Number of pictures of the following two.
        at_split_size: Between as many pictures of both sets; mean over 4 draws.
        own: Between two halves of the first set, of `split_size` each; mean over 4 draws.
        rank_deficient: Whether the smallest draw has not more pictures than features: then the line does not hold.
    """

    value: float
    extrapolated: float
    extrapolated_std: float
    split_size: int
    at_split_size: float
    own: float
    rank_deficient: bool

    @property
    def above_own(self) -> float:
        """How much farther the other set is than the first from itself, at the same number of pictures."""
        return self.at_split_size - self.own


def feature_moments(features_nd: NDArray[Any]) -> Moments:
    """Return mean and covariance of features; they are gone through in blocks.

    Args:
        features_nd: (n, d), two vectors or more.

    Raises:
        UsageError: There are fewer than two, or they are not finite.
    """
    features = np.asarray(features_nd)
    if features.ndim != 2 or len(features) < 2:
        raise UsageError(f"features must have shape (n, d) with n of 2 or more, got {features.shape}")
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(features), _BLOCK)]
    mean = sum(features[block].sum(axis=0, dtype=np.float64) for block in blocks) / len(features)
    if not np.isfinite(mean).all():
        raise UsageError("features must be finite, got NaN or infinity: a picture or a network is broken")
    mean = np.asarray(mean, np.float64)
    if len(features) <= features.shape[1]:
        return Moments(mean, (features - mean) / np.sqrt(len(features) - 1))
    total = np.zeros((features.shape[1],) * 2)
    for block in blocks:
        centred = features[block].astype(np.float64) - mean
        total += centred.T @ centred
    values, vectors = np.linalg.eigh(total / (len(features) - 1))
    return Moments(mean, np.sqrt(values.clip(0))[:, None] * vectors.T)


def frechet_distance(first: Moments, second: Moments) -> float:
    """Return the Frechet distance of two Gaussians.

    With S = A^T A and T = B^T B the trace of (S T)^(1/2) is the sum of the singular values of A B^T, since their
    squares are the eigenvalues of S T. So no root of a matrix is taken, nothing becomes complex, and few pictures with
    many features cost little.

    Raises:
        UsageError: They have not the same number of features.
    """
    if first.mean_d.shape != second.mean_d.shape:
        raise UsageError(f"both sets must have the same features, got {len(first.mean_d)} and {len(second.mean_d)}")
    crossed = float(np.linalg.svd(first.factor_kd @ second.factor_kd.T, compute_uv=False).sum())
    means = float(((first.mean_d - second.mean_d) ** 2).sum())
    return means + float((first.factor_kd**2).sum()) + float((second.factor_kd**2).sum()) - 2 * crossed


def frechet(first_nd: NDArray[Any], second_nd: NDArray[Any], *, seed: int = 0) -> Frechet:
    """Return the Frechet distance of two sets with its bias shown.

    Args:
        first_nd: Features of the set that is compared with, (n, d).
        second_nd: Features of the other, (m, d).
        seed: Of the draws, 0 to 2**63 - 1.

    Raises:
        UsageError: A set has fewer than 8 pictures, or they do not fit together.
    """
    first, second = np.asarray(first_nd), np.asarray(second_nd)
    if min(len(first), len(second)) < 8:
        raise UsageError(f"both sets must have 8 pictures or more, got {len(first)} and {len(second)}: give more")
    rng = rng_for(seed, 0, "evaluate.fidelity.frechet")

    def drawn(features: NDArray[Any], count: int) -> Moments:
        return feature_moments(features[rng.permutation(len(features))[:count]])

    value = frechet_distance(feature_moments(first), feature_moments(second))
    sizes, values = [1.0], [value]
    for share in _SHARES[1:]:
        counts = max(round(len(first) * share), 2), max(round(len(second) * share), 2)
        for _ in range(_DRAWS):
            sizes.append(1 / share)
            values.append(frechet_distance(drawn(first, counts[0]), drawn(second, counts[1])))
    intercept, error = _intercept(np.array(sizes), np.array(values))
    half = min(len(first) // 2, len(second))
    at_half, own = [], []
    for _ in range(_SPLITS):
        order = rng.permutation(len(first))
        one, two = feature_moments(first[order[:half]]), feature_moments(first[order[half : 2 * half]])
        own.append(frechet_distance(one, two))
        at_half.append(frechet_distance(one, drawn(second, half)))
    smallest = int(min(len(first), len(second)) * _SHARES[-1])
    return Frechet(
        value, intercept, error, half, float(np.mean(at_half)), float(np.mean(own)), smallest <= first.shape[1]
    )


def _intercept(sizes: Float, values: Float) -> tuple[float, float]:
    """Return where a line of least squares meets infinite N, and its standard error.

    Args:
        sizes: All pictures over those of the draw: proportional to 1/N, so that infinite N is at 0.
        values: The distances.
    """
    design = np.column_stack([np.ones_like(sizes), sizes])
    inverse = np.linalg.inv(design.T @ design)
    line = inverse @ design.T @ values
    residual = values - design @ line
    variance = float(residual @ residual) / (len(values) - 2)
    return float(line[0]), float(np.sqrt(variance * inverse[0, 0]))
