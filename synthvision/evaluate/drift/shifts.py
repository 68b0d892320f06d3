"""Tests of one measure at a time: numbers of pictures, numbers of boxes, shares of classes, classes together.

What is one number a picture goes through the test of Kolmogorov and Smirnov. Boxes of one picture are like each other,
and would pass for evidence many times over: what has many values a picture is tested by dividing the pictures, all
boxes of one together, at random (a permutation test), with the same statistic or with that of likelihood ratios (G,
R. Sokal and F. Rohlf, 1981). Effects are population stability indices, sum (b - a) ln(b / a) over ten bins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from synthvision.core.streams import rng_for
from synthvision.evaluate.drift.tables import SetTable

__all__ = ["Shift", "adjust_holm", "box_shift", "class_shift", "number_shift", "pair_shift", "stability_index"]

Float = NDArray[np.float64]

_BINS = 10
_GRID = 128
_BLOCK = 64
#: Classes must be in this many pictures of both sets together, for their pairs to be looked at; and so many pairs.
_LEAST_PICTURES = 5
_MOST_PAIRS = 300
#: Up to so many pictures p of Kolmogorov and Smirnov is exact.
_EXACT = 500


@dataclass(frozen=True, slots=True)
class Shift:
    """One measure in two sets.

    Args:
        name: What is measured.
        test: Name of the test.
        statistic: Its statistic.
        p: Chance of one as large between sets of one kind.
        effect: How large the difference is, less what chance gives.
        effect_name: ``psi``, ``correlation``, ``accuracy`` or ``spreads``.
        detail: What it is that differs, in words.
        scores_first: For each picture of the first set how much it is like the second in this; for examples.
        scores_second: The same for pictures of the second.
    """

    name: str
    test: str
    statistic: float
    p: float
    effect: float
    effect_name: str
    detail: str
    scores_first: Float = field(repr=False, compare=False)
    scores_second: Float = field(repr=False, compare=False)


def adjust_holm(p: list[float]) -> list[float]:
    """Return p adjusted for the number of tests, so that all below a level together err at most at it.

    S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.

    Example:
        >>> [round(value, 3) for value in adjust_holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p)), key=lambda place: p[place])
    adjusted, highest = [0.0] * len(p), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min((len(p) - rank) * p[place], 1.0))
        adjusted[place] = highest
    return adjusted


def stability_index(first_counts: Float, second_counts: Float) -> Float:
    """Return the population stability index of counts in bins, over the last axis.

    Half a count is added to each bin, so that an empty one does not make it infinite; bins empty in both are none.

    Args:
        first_counts: (..., bins).
        second_counts: (..., bins).
    """
    used = (first_counts + second_counts > 0).astype(np.float64)
    first, second = (first_counts + 0.5) * used, (second_counts + 0.5) * used
    a = first / np.maximum(first.sum(axis=-1, keepdims=True), 1e-300)
    b = second / np.maximum(second.sum(axis=-1, keepdims=True), 1e-300)
    ratio = np.where(used > 0, np.log(np.where(used > 0, b, 1) / np.where(used > 0, a, 1)), 0)
    return np.asarray(((b - a) * ratio).sum(axis=-1))


def number_shift(name: str, first_n: Float, second_m: Float) -> Shift:
    """Return whether a number of pictures differs between two sets.

    Args:
        name: What it is.
        first_n: float64 (n,), one a picture.
        second_m: float64 (m,).
    """
    n, m = len(first_n), len(second_m)
    test = stats.ks_2samp(first_n, second_m, method="exact" if max(n, m) <= _EXACT else "asymp")
    bins = [_binned(_edges(first_n), values) for values in (first_n, second_m)]
    count = int(max(part.max() for part in bins)) + 1
    counts = [np.bincount(part, minlength=count).astype(np.float64) for part in bins]
    used = int(((counts[0] + counts[1]) > 0).sum())
    # Its expectation between two samples of one distribution (B. Yurdakul and J. Naranjo, 2020).
    expected = (used - 1) * (1 / n + 1 / m)
    effect = float(stability_index(counts[0], counts[1])) - expected
    way = np.sign(second_m.mean() - first_n.mean()) or 1.0
    detail = _quartiles(first_n, second_m)
    return Shift(
        name, "Kolmogorov-Smirnov", float(test.statistic), float(test.pvalue), max(effect, 0.0), "psi", detail,
        way * first_n, way * second_m,
    )  # fmt: skip


def box_shift(name: str, measure: int, first: SetTable, second: SetTable, permutations: int, seed: int) -> Shift:
    """Return whether a measure of boxes differs between two sets.

    Args:
        name: What it is.
        measure: Its column of the boxes.
        first: One set, with boxes.
        second: The other, with boxes.
        permutations: Random divisions of the pictures.
        seed: Of these.
    """
    values = [table.boxes_km[:, measure] for table in (first, second)]
    both = np.concatenate(values)
    owner = np.concatenate([first.box_picture_k, second.box_picture_k + len(first)])
    pictures = len(first) + len(second)
    grid = _table(owner, _binned(np.unique(np.quantile(both, np.linspace(0, 1, _GRID))), both), pictures)
    coarse = _table(owner, _binned(_edges(values[0]), both), pictures)
    far, index = [], []
    rng = rng_for(seed, measure, "evaluate.drift.boxes")
    for members in _divisions(len(first), pictures, permutations, rng):
        one, other = _sums(members, grid)
        shares = [np.cumsum(part, axis=1) / np.maximum(part.sum(axis=1, keepdims=True), 1) for part in (one, other)]
        far.append(np.abs(shares[0] - shares[1]).max(axis=1))
        index.append(stability_index(*_sums(members, coarse)))
    distances, indices = np.concatenate(far), np.concatenate(index)
    way = np.sign(values[1].mean() - values[0].mean()) or 1.0
    scores = [_picture_means(way * table.boxes_km[:, measure], table) for table in (first, second)]
    detail = _quartiles(values[0], values[1])
    return Shift(
        name, "Kolmogorov-Smirnov by pictures", float(distances[0]), _p(distances),
        max(float(indices[0] - indices[1:].mean()), 0.0), "psi", detail, scores[0], scores[1],
    )  # fmt: skip


def class_shift(first: SetTable, second: SetTable, permutations: int, seed: int) -> Shift:
    """Return whether the shares of classes differ between two sets.

    Args:
        first: One set, with boxes.
        second: The other, with boxes.
        permutations: Random divisions of the pictures.
        seed: Of these.
    """
    pictures, classes = len(first) + len(second), len(first.classes)
    owner = np.concatenate([first.box_picture_k, second.box_picture_k + len(first)])
    table = _table(owner, np.concatenate([first.box_class_k, second.box_class_k]), pictures, classes)
    ratios, index = [], []
    rng = rng_for(seed, 0, "evaluate.drift.classes")
    for members in _divisions(len(first), pictures, permutations, rng):
        one, other = _sums(members, table)
        ratios.append(_likelihood_ratio(one, other))
        index.append(stability_index(one, other))
    values, indices = np.concatenate(ratios), np.concatenate(index)
    counts = [np.bincount(part.box_class_k, minlength=classes).astype(np.float64) for part in (first, second)]
    shares = [count / max(count.sum(), 1) for count in counts]
    parts = (shares[1] - shares[0]) * np.log((counts[1] + 0.5) / (counts[0] + 0.5) * counts[0].sum() / counts[1].sum())
    told = [
        f"{first.classes[place]} {shares[0][place]:.1%} -> {shares[1][place]:.1%}"
        for place in np.argsort(-parts, kind="stable")[:3]
        if counts[0][place] + counts[1][place]
    ]
    gain = np.log((shares[1] + 1e-3) / (shares[0] + 1e-3))
    scores = [_picture_means(gain[part.box_class_k], part) for part in (first, second)]
    return Shift(
        "class shares", "likelihood ratio (G) by pictures", float(values[0]), _p(values),
        max(float(indices[0] - indices[1:].mean()), 0.0), "psi", ", ".join(told), scores[0], scores[1],
    )  # fmt: skip


def pair_shift(first: SetTable, second: SetTable, permutations: int, seed: int) -> Shift | None:
    """Return whether classes come together in pictures more or less than in another set.

    What counts is how often two classes are in one picture beyond what their own numbers of pictures give: shares of
    classes alone do not change it.

    Args:
        first: One set, with boxes.
        second: The other, with boxes.
        permutations: Random divisions of the pictures.
        seed: Of these.

    Returns:
        The shift, or None where no two classes are in 5 pictures each.
    """
    n, m = len(first), len(second)
    owner = np.concatenate([first.box_picture_k, second.box_picture_k + n])
    there = _table(owner, np.concatenate([first.box_class_k, second.box_class_k]), n + m, len(first.classes))
    there.data[:] = 1
    often = np.asarray(there.sum(axis=0)).ravel()
    common = [int(place) for place in np.argsort(-often, kind="stable") if often[place] >= _LEAST_PICTURES]
    pairs = sorted(combinations(common, 2), key=lambda pair: -often[pair[0]] * often[pair[1]])[:_MOST_PAIRS]
    if not pairs:
        return None
    one, other = (np.array(part) for part in zip(*pairs, strict=True))
    dense = there.tocsc()
    together = sparse.csr_matrix(dense[:, one].multiply(dense[:, other]))
    p_one, p_other, p_both = often[one] / (n + m), often[other] / (n + m), (together.sum(axis=0).A1 + 1) / (n + m + 2)
    spread = np.sqrt(p_both * (1 - p_both) * (1 / n + 1 / m))
    worst: list[Float] = []
    changes = np.zeros(0)
    rng = rng_for(seed, 0, "evaluate.drift.pairs")
    for members in _divisions(n, n + m, permutations, rng):
        singles, both = _sums(members, there), _sums(members, together)
        excess = [
            pair / size - single[:, one] / size * single[:, other] / size
            for pair, single, size in zip(both, singles, (n, m), strict=True)
        ]
        change = excess[1] - excess[0]
        if not worst:
            changes = change[0]
        worst.append(np.abs(change / spread).max(axis=1))
    values = np.concatenate(worst)
    most = int(np.argmax(np.abs(changes / spread)))
    scale = np.sqrt(p_one * (1 - p_one) * p_other * (1 - p_other))[most]
    effect = float(changes[most] / scale) if scale > 0 else 0.0
    shares = [float(part.mean()) for part in (together[:n, most].toarray(), together[n:, most].toarray())]
    names = f"{first.classes[one[most]]} with {first.classes[other[most]]}"
    seen = np.sign(effect or 1.0) * together[:, most].toarray().ravel()
    return Shift(
        "co-occurrence", "largest change of a pair by pictures", float(values[0]), _p(values), abs(effect),
        "correlation", f"{names}: in {shares[0]:.1%} -> {shares[1]:.1%} of pictures", seen[:n], seen[n:],
    )  # fmt: skip


def _edges(values: Float) -> Float:
    return np.asarray(np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1])))


def _binned(edges: Float, values: Float) -> NDArray[np.int64]:
    """Return bins; a value that is an edge has one of its own, so that what is the same everywhere is a bin."""
    return np.searchsorted(edges, values, side="left") + np.searchsorted(edges, values, side="right")


def _table(owner: NDArray[np.int64], place: NDArray[np.int64], rows: int, columns: int | None = None) -> Any:
    """Return how many boxes each picture has in each place, a sparse matrix (rows, columns)."""
    width = columns if columns is not None else int(place.max(initial=0)) + 1
    return sparse.coo_matrix((np.ones(len(owner)), (owner, place)), (rows, width)).tocsr()


def _divisions(first: int, total: int, permutations: int, rng: np.random.Generator) -> Iterator[Float]:
    """Yield blocks of divisions, float64 (block, total), 1 for the first set; the very first is the true one."""
    members = np.zeros((1, total))
    members[0, :first] = 1
    yield members
    for start in range(0, permutations, _BLOCK):
        members = np.zeros((min(_BLOCK, permutations - start), total))
        for row in members:
            row[rng.permutation(total)[:first]] = 1
        yield members


def _sums(members: Float, table: Any) -> tuple[Float, Float]:
    """Return the sums of a table over the pictures of both parts of each division, (block, columns) each."""
    one = np.asarray((table.T @ members.T).T)
    return one, np.asarray(table.sum(axis=0)).ravel() - one


def _likelihood_ratio(one: Float, other: Float) -> Float:
    both = one + other
    total = np.zeros(len(one))
    for part in (one, other):
        expected = both * part.sum(axis=1, keepdims=True) / np.maximum(both.sum(axis=1, keepdims=True), 1)
        total += 2 * np.where(
            part > 0, part * np.log(np.where(part > 0, part, 1) / np.maximum(expected, 1e-300)), 0
        ).sum(1)
    return total


def _p(values: Float) -> float:
    """Return the share of values as large as the first, which counts itself; rounding does not count."""
    return float((values >= values[0] - 1e-9 * abs(values[0])).mean())


def _picture_means(values: Float, table: SetTable) -> Float:
    """Return the mean over the boxes of each picture; minus infinity for pictures without."""
    count = np.bincount(table.box_picture_k, minlength=len(table))
    total = np.bincount(table.box_picture_k, values, len(table))
    return np.where(count > 0, total / np.maximum(count, 1), -np.inf)


def _quartiles(first: Float, second: Float) -> str:
    told = []
    for values in (first, second):
        low, middle, high = np.percentile(values, (25, 50, 75)).tolist()
        told.append(f"{middle:.3g} ({low:.3g} to {high:.3g})")
    return f"median (quartiles) {told[0]} -> {told[1]}"
