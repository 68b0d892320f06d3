"""How likely an object is missed, as a function of the factors: a logistic regression on their levels.

Few objects fall into any one combination of levels; a model shares what is known between them. Coefficients are drawn
towards zero by a normal prior, so that a level seen once does not get a chance of 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from synthvision.core.errors import UsageError
from synthvision.improve.weak_slices import Outcome

__all__ = ["FailureModel", "fit_failure_model"]

Float = NDArray[np.float64]
Term = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FailureModel:
    """Chance of a miss by levels.

    Args:
        intercept: Log-odds of a miss where no level is known.
        terms: Added log-odds by level, or by pair of levels.
    """

    intercept: float
    terms: Mapping[Term, float]

    def probability(self, levels: Mapping[str, str]) -> float:
        """Return the chance that an object is missed, 0..1.

        Args:
            levels: Level by factor; factors may be left out, and levels that were never seen add nothing.
        """
        items = set(levels.items())
        return float(expit(self.intercept + sum(value for term, value in self.terms.items() if items.issuperset(term))))


def fit_failure_model(outcomes: Sequence[Outcome], *, order: int = 2, prior_spread: float = 1.0) -> FailureModel:
    """Return the model that fits best, with a normal prior on its terms.

    Args:
        outcomes: All true objects of the validation set.
        order: 1 for levels alone, 2 for pairs of levels too.
        prior_spread: Standard deviation of the prior of a level's log-odds; that of a pair is half of it.

    Raises:
        UsageError: There are no outcomes, or a number is out of range.
    """
    if not outcomes or order not in (1, 2) or not prior_spread > 0:
        raise UsageError(
            f"a failure model needs objects, order 1 or 2 and a spread above 0, got {len(outcomes)} objects, order "
            f"{order}, spread {prior_spread:g}"
        )
    terms = _terms(outcomes, order)
    place = {term: number for number, term in enumerate(terms)}
    # Objects with the same levels are one row: a validation set has many objects and few combinations.
    groups: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for outcome in outcomes:
        counts = groups.setdefault(tuple(sorted(outcome.levels.items())), [0, 0])
        counts[0] += not outcome.found
        counts[1] += 1
    design = np.zeros((len(groups), len(terms) + 1))
    design[:, 0] = 1
    missed, total = np.zeros(len(groups)), np.zeros(len(groups))
    for row, (items, counts) in enumerate(groups.items()):
        for size in range(1, order + 1):
            for term in combinations(items, size):
                design[row, 1 + place[term]] = 1
        missed[row], total[row] = counts
    spread = np.array([prior_spread if len(term) == 1 else prior_spread / 2 for term in terms])
    precision = np.concatenate([[0.0], 1 / spread**2])

    def loss(weights: Float) -> tuple[float, Float]:
        odds = design @ weights
        # log(1 + e^x) without overflow.
        value = float(total @ np.logaddexp(0, odds) - missed @ odds + 0.5 * precision @ weights**2)
        return value, design.T @ (total * expit(odds) - missed) + precision * weights

    # A set without a miss, or with nothing but misses, has no finite intercept: half an object keeps it in place.
    start = np.zeros(len(terms) + 1)
    start[0] = np.log((missed.sum() + 0.5) / (total.sum() - missed.sum() + 0.5))
    bounds = [(-10.0, 10.0)] * len(start)
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    return FailureModel(float(fitted.x[0]), dict(zip(terms, map(float, fitted.x[1:]), strict=True)))


def _terms(outcomes: Sequence[Outcome], order: int) -> list[Term]:
    found: dict[Term, None] = {}
    for outcome in outcomes:
        items = sorted(outcome.levels.items())
        for size in range(1, order + 1):
            for term in combinations(items, size):
                found.setdefault(term)
    return sorted(found)
