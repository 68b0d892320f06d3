"""Weak slices: combinations of levels in which a detector finds fewer objects than in all the others.

Three things keep the list honest. Objects of one picture succeed and fail together, so that shares are judged with the
variance between pictures, not between objects. Intervals are E. Wilson's (1927), which hold for small counts and for
shares near 0 and 1. And hundreds of slices are tried at once: of those that are named only a stated share may be chance
(Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", 1995).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from synthvision.core.errors import UsageError
from synthvision.evaluate.intervals import wilson_interval

__all__ = ["Outcome", "WeakSlice", "false_discovery_rates", "find_weak_slices", "slice_recall"]

Levels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one true object.

    Args:
        picture: Number of its picture.
        levels: Level by factor, of the picture and of the object itself; its class is the factor ``class``.
        found: Whether the detector found it.
    """

    picture: int
    levels: Levels
    found: bool


@dataclass(frozen=True, slots=True)
class WeakSlice:
    """A combination of levels in which objects are missed.

    Args:
        levels: Level by factor.
        objects: How many true objects it has.
        pictures: In how many pictures.
        recall: Share of them that was found.
        low: Lower bound of the 95 % interval of `recall`.
        high: Upper bound.
        rest_recall: Share found among all objects outside the slice.
        p: Chance of a recall this much below the rest where there is no difference; one-sided.
        q: The false discovery rate of a list that ends with this slice.
    """

    levels: Levels
    objects: int
    pictures: int
    recall: float
    low: float
    high: float
    rest_recall: float
    p: float
    q: float

    @property
    def effect(self) -> float:
        """How far its recall lies below that of the rest."""
        return self.rest_recall - self.recall

    @property
    def lost(self) -> float:
        """How many more objects would be found if it were as good as the rest."""
        return self.effect * self.objects

    def __str__(self) -> str:
        return ", ".join(f"{name}={level}" for name, level in self.levels.items())

    def to_json(self) -> dict[str, Any]:
        """Return its figures as JSON values."""
        return {
            "levels": dict(self.levels),
            "objects": self.objects,
            "pictures": self.pictures,
            "recall": self.recall,
            "recall_interval_95": [self.low, self.high],
            "rest_recall": self.rest_recall,
            "effect": self.effect,
            "p": self.p,
            "q": self.q,
        }


def false_discovery_rates(p_values: Sequence[float]) -> list[float]:
    """Return the q-value of each p-value: the smallest rate at which it would be named (Benjamini and Hochberg).

    Args:
        p_values: Of all tests that were made, named or not.
    """
    order = np.argsort(np.asarray(p_values, np.float64), kind="stable")
    count = len(order)
    rates: NDArray[np.float64] = np.empty(count)
    smallest = 1.0
    for rank in range(count, 0, -1):
        index = order[rank - 1]
        smallest = min(smallest, p_values[index] * count / rank)
        rates[index] = smallest
    return [float(rate) for rate in rates]


def slice_recall(outcomes: Iterable[Outcome], levels: Levels) -> float | None:
    """Return the share of a slice's objects that was found; None where it has none.

    Args:
        outcomes: All true objects.
        levels: The slice.
    """
    hits = [outcome.found for outcome in outcomes if levels.items() <= outcome.levels.items()]
    return sum(hits) / len(hits) if hits else None


def find_weak_slices(
    outcomes: Sequence[Outcome],
    *,
    order: int = 2,
    least_objects: int = 20,
    least_effect: float = 0.05,
    false_discovery_rate: float = 0.05,
) -> tuple[WeakSlice, ...]:
    """Return the slices in which fewer objects are found than elsewhere, those that lose most objects first.

    A slice of two factors is left out where one of its halves alone is as weak: it would say the same twice.

    Args:
        outcomes: All true objects of the validation set.
        order: Largest number of factors in a slice, 1 or more.
        least_objects: Smaller slices are not tried: nothing could be said of them.
        least_effect: Smaller differences are not named: with enough pictures everything is significant.
        false_discovery_rate: Share of the named slices that may be chance, above 0 and below 1.

    Raises:
        UsageError: A number is out of its range.
    """
    if order < 1 or least_objects < 1 or not 0 < false_discovery_rate < 1:
        raise UsageError(
            "weak slices need order >= 1, least_objects >= 1 and a false discovery rate above 0 and below 1, got "
            f"{order}, {least_objects} and {false_discovery_rate:g}"
        )
    table = _Table(outcomes)
    tried = [
        (levels, figures)
        for levels in _slices(outcomes, order)
        if (figures := table.compare(levels)) is not None and figures.objects >= least_objects
    ]
    rates = false_discovery_rates([figures.p for _, figures in tried])
    named: list[WeakSlice] = []
    for (levels, figures), rate in sorted(
        zip(tried, rates, strict=True), key=lambda each: (len(each[0][0]), list(each[0][0].items()))
    ):
        if rate > false_discovery_rate or figures.rest - figures.recall < least_effect:
            continue
        if any(
            part.levels.items() <= levels.items() and part.recall <= figures.recall + least_effect for part in named
        ):
            continue
        low, high = wilson_interval(figures.recall * figures.effective, figures.effective)
        named.append(
            WeakSlice(
                levels, figures.objects, figures.pictures, figures.recall, low, high, figures.rest, figures.p, rate
            )
        )
    return tuple(sorted(named, key=lambda each: (-each.lost, list(each.levels.items()))))


@dataclass(frozen=True, slots=True)
class _Figures:
    objects: int
    pictures: int
    recall: float
    rest: float
    effective: float
    p: float


class _Table:
    """Outcomes as arrays."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes
        self._found = np.array([outcome.found for outcome in outcomes], np.float64)
        pictures = sorted({outcome.picture for outcome in outcomes})
        place = {picture: number for number, picture in enumerate(pictures)}
        self._picture = np.array([place[outcome.picture] for outcome in outcomes], np.int64)
        self._pictures = len(pictures)
        factors = sorted({name for outcome in outcomes for name in outcome.levels})
        self._levels = {name: np.array([outcome.levels.get(name, "") for outcome in outcomes]) for name in factors}

    def compare(self, levels: Levels) -> _Figures | None:
        """Return a slice against its rest; None where either has no object."""
        inside = np.ones(len(self._outcomes), bool)
        for name, level in levels.items():
            inside &= self._levels[name] == level
        if not inside.any() or inside.all():
            return None
        recall, variance, pictures, effective = self._share(inside)
        rest, rest_variance, _, _ = self._share(~inside)
        spread = math.sqrt(variance + rest_variance)
        p = float(ndtr((recall - rest) / spread)) if spread > 0 else float(recall >= rest)
        return _Figures(int(inside.sum()), pictures, recall, rest, effective, p)

    def _share(self, inside: NDArray[np.bool_]) -> tuple[float, float, int, float]:
        """Return the share found, its variance with pictures as clusters, their number, and the effective number."""
        number = np.bincount(self._picture[inside], minlength=self._pictures)
        hits = np.bincount(self._picture[inside], weights=self._found[inside], minlength=self._pictures)
        total = float(number.sum())
        share = float(hits.sum()) / total
        there = number > 0
        pictures = int(there.sum())
        # A share of 0 or 1 has no spread of its own: half an object of each kind, as R. Agresti adds, gives it one.
        smoothed = (float(hits.sum()) + 0.5) / (total + 1)
        simple = smoothed * (1 - smoothed) / total
        if pictures < 2:
            # One picture tells nothing of how pictures differ: its objects count as one.
            return share, smoothed * (1 - smoothed), pictures, 1.0
        residuals = hits[there] - share * number[there]
        clustered = float((residuals**2).sum()) / total**2 * pictures / (pictures - 1)
        variance = max(simple, clustered)
        return share, variance, pictures, total * simple / variance


def _slices(outcomes: Sequence[Outcome], order: int) -> list[Levels]:
    """Return all combinations of levels of up to `order` factors that some object shows."""
    found: dict[tuple[tuple[str, str], ...], None] = {}
    for outcome in outcomes:
        items = sorted(outcome.levels.items())
        for size in range(1, order + 1):
            for chosen in combinations(items, size):
                found.setdefault(chosen)
    return [dict(each) for each in sorted(found)]
