"""Whether two sets differ: of single quantities, and of all of them together.

Boxes of one picture are like each other, so they are no independent draws. Chance is therefore reckoned by giving whole
pictures to the two sets at random (a permutation test), never single boxes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

__all__ = ["Comparison", "Marginal", "compare", "energy_test", "holm", "ks_distance", "ks_test"]

Float = NDArray[np.float64]

#: Rows of either set that the joint test looks at: all pairs are measured.
_MOST_ROWS = 400


@dataclass(frozen=True, slots=True)
class Marginal:
    """One quantity in two sets.

    Args:
        name: Of the quantity.
        distance: Kolmogorov-Smirnov distance: the largest gap of the two cumulative curves, 0..1.
        p_value: How often chance gives as large a gap.
        p_holm: The same, corrected by Holm for the number of quantities.
        mean: In the first and in the second set.
        deviation: Standard deviation in the first and in the second set.
    """

    name: str
    distance: float
    p_value: float
    p_holm: float
    mean: tuple[float, float]
    deviation: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets compared.

    Args:
        marginals: By quantity.
        energy: Energy distance of all quantities together, each over its spread in both sets.
        energy_p: How often chance gives as much.
        rows: Rows of the first and of the second set.
    """

    marginals: tuple[Marginal, ...]
    energy: float
    energy_p: float
    rows: tuple[int, int]


def compare(
    first: Mapping[str, Float],
    second: Mapping[str, Float],
    pictures: tuple[NDArray[np.int64], NDArray[np.int64]],
    rng: np.random.Generator,
    *,
    permutations: int = 199,
) -> Comparison:
    """Return how two sets differ.

    Args:
        first: Values by quantity, (n,) each, finite.
        second: The same quantities, (m,) each.
        pictures: Which picture each row of either set belongs to.
        rng: Draws the permutations.
        permutations: How many.
    """
    tests = {name: ks_test(first[name], second[name], pictures, rng, permutations) for name in first}
    corrected = holm({name: p for name, (_, p) in tests.items()})
    marginals = tuple(
        Marginal(
            name,
            distance,
            p,
            corrected[name],
            (float(first[name].mean()), float(second[name].mean())),
            (float(first[name].std()), float(second[name].std())),
        )
        for name, (distance, p) in tests.items()
    )
    one = np.stack(list(first.values()), axis=1)
    other = np.stack([second[name] for name in first], axis=1)
    energy, energy_p = energy_test(one, other, pictures, rng, permutations)
    return Comparison(marginals, energy, energy_p, (len(one), len(other)))


def ks_distance(first: Float, second: Float) -> float:
    """Return the largest gap between the cumulative curves of two samples, 0..1."""
    marks = np.concatenate([first, second])
    gaps = np.searchsorted(np.sort(first), marks, side="right") / len(first)
    gaps -= np.searchsorted(np.sort(second), marks, side="right") / len(second)
    return float(np.abs(gaps).max())


def ks_test(
    first: Float,
    second: Float,
    pictures: tuple[NDArray[np.int64], NDArray[np.int64]],
    rng: np.random.Generator,
    permutations: int = 199,
) -> tuple[float, float]:
    """Return the KS distance of two samples and its p-value, whole pictures permuted."""
    seen = ks_distance(first, second)
    values = np.concatenate([first, second])
    owners = _owners(pictures)
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(values[order]) > 0, True))  # ties are one step of the curve
    owners = owners[order]
    beyond = 0
    for chosen in _shuffled(pictures, rng, permutations):
        mine = chosen[owners]
        own = np.cumsum(mine)[ends]
        rest = np.cumsum(~mine)[ends]
        if own[-1] and rest[-1]:
            beyond += float(np.abs(own / own[-1] - rest / rest[-1]).max()) >= seen - 1e-12
    return seen, (1 + beyond) / (1 + permutations)


def energy_test(
    first: Float,
    second: Float,
    pictures: tuple[NDArray[np.int64], NDArray[np.int64]],
    rng: np.random.Generator,
    permutations: int = 199,
) -> tuple[float, float]:
    """Return the energy distance of two samples (Szekely and Rizzo 2004) and its p-value, whole pictures permuted.

    Args:
        first: (n, p).
        second: (m, p).
        pictures: Which picture each row of either belongs to.
        rng: Draws the permutations, and rows where there are more than can be paired.
        permutations: How many.
    """
    spread = np.concatenate([first, second]).std(axis=0)  # of both: in one alone a column may hardly vary
    spread = np.where(spread > 0, spread, 1.0)
    kept = [rng.permutation(len(rows))[:_MOST_ROWS] for rows in (first, second)]
    rows = np.concatenate([first[kept[0]], second[kept[1]]]) / spread
    thinned = (pictures[0][kept[0]], pictures[1][kept[1]])
    distances = cdist(rows, rows)
    owners = _owners(thinned)
    mine = np.arange(len(rows)) < len(kept[0])
    seen = _energy(distances, mine)
    beyond = sum(_energy(distances, chosen[owners]) >= seen - 1e-12 for chosen in _shuffled(thinned, rng, permutations))
    return seen, (1 + beyond) / (1 + permutations)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values corrected for their number (Holm 1979): each 0..1, never below its own."""
    corrected: dict[str, float] = {}
    last = 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        last = max(last, min(1.0, p * (len(p_values) - rank)))
        corrected[name] = last
    return {name: corrected[name] for name in p_values}


def _energy(distances: Float, mine: NDArray[np.bool_]) -> float:
    n, m = int(mine.sum()), int((~mine).sum())
    if not n or not m:
        return 0.0
    to_mine = distances @ mine.astype(np.float64)
    inside = float(to_mine[mine].sum())
    across = float(to_mine[~mine].sum())
    outside = float(distances.sum()) - inside - 2.0 * across
    return 2.0 * across / (n * m) - inside / n**2 - outside / m**2


def _owners(pictures: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the index of each row's picture among all pictures of both sets."""
    one = np.unique(pictures[0], return_inverse=True)[1]
    other = np.unique(pictures[1], return_inverse=True)[1]
    owners: NDArray[np.int64] = np.concatenate([one, other + (one.max() + 1 if len(one) else 0)])
    return owners


def _shuffled(
    pictures: tuple[NDArray[np.int64], NDArray[np.int64]], rng: np.random.Generator, permutations: int
) -> list[NDArray[np.bool_]]:
    first, second = len(np.unique(pictures[0])), len(np.unique(pictures[1]))
    mark = np.arange(first + second) < first
    return [rng.permutation(mark) for _ in range(permutations)]
