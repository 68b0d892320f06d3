"""Precision, recall, density and coverage: whether pictures are like real ones, and whether all kinds are there.

The real pictures' manifold is the union of balls about each, out to its k-th nearest neighbour. Precision is the share
of the others inside it, recall the share of real ones inside that of the others (T. Kynkäänniemi et al., "Improved
Precision and Recall Metric", 2019). Density counts in how many real balls each lies, over k, and coverage is the share
of real balls with another picture in them (M. Naeem et al., "Reliable Fidelity and Diversity Metrics", 2020): these two
suffer less from outliers. For sets of one kind coverage is about 1 - 1/2^k, density about 1 (it may be more), and
precision and recall stay below 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["Manifolds", "compare_manifolds"]

Float = NDArray[np.float64]

_BLOCK = 1024
#: Distances come from products and carry their rounding: those of equal vectors must not fall outside.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Manifolds:
    """What two sets have of each other.

    Args:
        precision: Share of the others that lie among the real ones, 0..1.
        recall: Share of the real ones that lie among the others, 0..1.
        density: How closely the others lie about the real ones, 0 or more; about 1 for sets of one kind.
        coverage: Share of the real ones with another picture near them, 0..1.
        expected_coverage: The coverage of sets of one kind and these sizes.
        neighbours: k, of the nearest neighbours.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    expected_coverage: float
    neighbours: int


def compare_manifolds(real_nd: NDArray[Any], other_nd: NDArray[Any], *, neighbours: int = 5) -> Manifolds:
    """Return precision, recall, density and coverage of a set against the real one.

    Distances are taken in blocks: memory is bounded, time grows with the product of the sizes.

    Args:
        real_nd: Features of real pictures, (n, d), more than `neighbours`.
        other_nd: Features of the others, (m, d), more than `neighbours`.
        neighbours: The k of the nearest neighbours, 1 or more.

    Raises:
        UsageError: A set is too small, or they do not fit together.
    """
    real, other = np.asarray(real_nd, np.float64), np.asarray(other_nd, np.float64)
    if neighbours < 1:
        raise UsageError(f"neighbours must be 1 or more, got {neighbours}")
    if real.ndim != 2 or other.ndim != 2 or real.shape[1] != other.shape[1]:
        raise UsageError(f"both sets must have the same features, got {real.shape} and {other.shape}")
    if min(len(real), len(other)) <= neighbours:
        raise UsageError(
            f"both sets must have more pictures than the {neighbours} nearest neighbours, got {len(real)} and "
            f"{len(other)}: give more, or set a smaller number of neighbours"
        )
    # Far from the origin the products below would lose the digits that distances are made of.
    centre = real.mean(axis=0)
    real, other = real - centre, other - centre
    real_radius, other_radius = _radii(real, neighbours), _radii(other, neighbours)
    inside_real = np.zeros(len(other), np.int64)
    inside_other, covered = np.zeros(len(real), bool), np.zeros(len(real), bool)
    for i in range(0, len(real), _BLOCK):
        rows = slice(i, i + _BLOCK)
        for j in range(0, len(other), _BLOCK):
            columns = slice(j, j + _BLOCK)
            squared = _squared_distances(real[rows], other[columns])
            in_real = squared <= real_radius[rows, None]
            inside_real[columns] += in_real.sum(axis=0)
            covered[rows] |= in_real.any(axis=1)
            inside_other[rows] |= (squared <= other_radius[None, columns]).any(axis=1)
    return Manifolds(
        precision=float((inside_real > 0).mean()),
        recall=float(inside_other.mean()),
        density=float(inside_real.sum() / (neighbours * len(other))),
        coverage=float(covered.mean()),
        expected_coverage=_expected_coverage(len(real), len(other), neighbours),
        neighbours=neighbours,
    )


def _expected_coverage(n: int, m: int, k: int) -> float:
    """Return the coverage of two samples of one distribution (Naeem et al., 2020, lemma 2).

    It is the chance that of the n - 1 other real ones and m others in random order, not all of the first k are real.
    """
    missed = 1.0
    for step in range(k):
        missed *= (n - 1 - step) / (n + m - 1 - step)
    return 1 - missed


def _radii(features: Float, neighbours: int) -> Float:
    """Return the squared distance of each vector to its k-th nearest neighbour, with room for rounding."""
    radii = np.zeros(len(features))
    for i in range(0, len(features), _BLOCK):
        nearest = np.full((len(features[i : i + _BLOCK]), 0), 0.0)
        for j in range(0, len(features), _BLOCK):
            squared = _squared_distances(features[i : i + _BLOCK], features[j : j + _BLOCK])
            if i == j:
                np.fill_diagonal(squared, np.inf)
            both = np.concatenate([nearest, squared], axis=1)
            keep = min(neighbours, both.shape[1])
            nearest = np.partition(both, keep - 1, axis=1)[:, :keep]
        radii[i : i + _BLOCK] = nearest.max(axis=1)
    scale = float(np.mean(np.einsum("nd,nd->n", features, features)))
    return np.asarray(radii * (1 + _ROUNDING) + scale * 1e-13)


def _squared_distances(x: Float, y: Float) -> Float:
    squared = np.einsum("nd,nd->n", x, x)[:, None] + np.einsum("nd,nd->n", y, y)[None] - 2 * (x @ y.T)
    return np.asarray(np.maximum(squared, 0))
