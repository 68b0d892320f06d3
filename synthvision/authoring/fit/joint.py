"""Chooses a joint distribution for columns of numbers by what it says of rows that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.fit.densities import Density, fit_bootstrap, fit_copula, fit_mixture
from synthvision.core.errors import UsageError

__all__ = ["KINDS", "Joint", "Score", "fit_joint", "held_out_scores"]

Float = NDArray[np.float64]
Fitter = Callable[[Float, np.random.Generator], Density]

#: How a joint distribution may be learned, by name.
KINDS: Mapping[str, Fitter] = {
    "bootstrap": lambda rows, rng: fit_bootstrap(rows),
    "mixture": lambda rows, rng: fit_mixture(rows, rng),
    "copula": lambda rows, rng: fit_copula(rows),
}
#: With fewer rows nothing can be held out: the rows themselves are drawn again.
_LEAST_ROWS = 15
#: With more rows some are left out at random: what is learned of so many is sure enough, and all pairs are looked at.
_MOST_ROWS = 1_200


@dataclass(frozen=True, slots=True)
class Score:
    """What one kind of distribution says of rows that it has not seen.

    Args:
        kind: Its name in `KINDS`.
        mean: Mean natural logarithm of its density over all held-out rows.
        error: Standard error of that mean.
    """

    kind: str
    mean: float
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """A learned joint distribution of named columns.

    Args:
        names: Of the columns.
        whole: Which of them are counts.
        density: Of the transformed columns that vary; None where none does.
        varies: Which columns vary.
        low: Smallest value of each column that was seen.
        high: Largest value of each column that was seen.
        scores: Of all kinds that were tried, the best first.
    """

    names: tuple[str, ...]
    whole: tuple[bool, ...]
    density: Density | None
    varies: tuple[bool, ...]
    low: Float
    high: Float
    scores: tuple[Score, ...]

    def sample(self, rng: np.random.Generator, count: int) -> dict[str, Float]:
        """Return drawn rows by column, inside the range that was seen; counts are whole numbers."""
        values = np.tile(self.low, (count, 1))
        if self.density is not None:
            values[:, np.array(self.varies)] = self.density.sample(rng, count)
        found = {}
        for index, name in enumerate(self.names):
            column = values[:, index]
            if self.whole[index] and self.varies[index]:
                column = np.floor(np.exp(column) - 0.5)
            found[name] = np.clip(column, self.low[index], self.high[index])
        return found


def fit_joint(
    columns: Mapping[str, Float],
    rng: np.random.Generator,
    *,
    whole: Sequence[str] = (),
    folds: int = 5,
    kind: str | None = None,
) -> Joint:
    """Return the joint distribution of columns that tells held-out rows best.

    Args:
        columns: Values by name, all of the same length, finite.
        rng: Splits the rows and draws starts; the same generator state gives the same result.
        whole: Names of columns that are counts: a density is learned of count plus a uniform share of one.
        folds: In how many parts the rows are split; each is held out once.
        kind: Take this one of `KINDS`, whatever the scores say.

    Raises:
        UsageError: There are no rows, or no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"a joint distribution must be one of {', '.join(KINDS)}, got {kind!r}")
    names = tuple(columns)
    rows = np.stack([np.asarray(columns[name], np.float64) for name in names], axis=1)
    if not len(rows):
        raise UsageError("a joint distribution must have rows to learn from, got none")
    low, high = rows.min(axis=0), rows.max(axis=0)
    counts = tuple(name in whole for name in names)
    varies = tuple(bool(value) for value in high > low)
    spread = rows.copy()
    for index in np.flatnonzero(counts):
        spread[:, index] = np.log(rows[:, index] + 0.5 + rng.uniform(1e-6, 1.0 - 1e-6, len(rows)))
    moving = spread[rng.permutation(len(rows))[:_MOST_ROWS]][:, np.array(varies)]
    if not any(varies):
        return Joint(names, counts, None, varies, low, high, ())
    scores = held_out_scores(moving, rng, folds) if len(rows) >= _LEAST_ROWS else ()
    chosen = kind or (scores[0].kind if scores else "bootstrap")
    return Joint(names, counts, KINDS[chosen](moving, rng), varies, low, high, scores)


def held_out_scores(rows: Float, rng: np.random.Generator, folds: int = 5) -> tuple[Score, ...]:
    """Return the scores of all kinds, the best first.

    Args:
        rows: (n, p).
        rng: Splits the rows.
        folds: Number of parts.
    """
    order = rng.permutation(len(rows))
    parts = np.array_split(order, folds)
    scores = []
    for name, fitter in KINDS.items():
        logs = []
        for part in parts:
            seen = np.setdiff1d(order, part)
            logs.append(fitter(rows[seen], rng).log_density(rows[part]))
        each = np.concatenate(logs)
        scores.append(Score(name, float(each.mean()), float(each.std() / np.sqrt(len(each)))))
    return tuple(sorted(scores, key=lambda score: -score.mean))
