"""Where the next pictures go: towards what is missed, with a share kept for the distribution of before.

A combination of levels c is asked for in proportion to r(c) f(c)^b: how often it comes where the detector will work
(r, from the validation set), times how likely an object is missed in it (f), to the power of `sharpness`. The share
`floor` of the pictures is drawn as before, so that nothing that was learned is left without pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.improve.weak_slices import Outcome, WeakSlice

__all__ = ["Share", "apportion", "next_rows", "shifted_shares", "steered_factors"]

Levels = Mapping[str, str]

#: More factors at once make more combinations than a round has pictures.
_MOST_FACTORS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """How often a combination of levels is asked for.

    Args:
        levels: Level by factor.
        natural: Its share in the validation set, 0..1.
        failure: Chance that an object in it is missed, 0..1.
        planned: Its share of the pictures that are asked for, 0..1.
    """

    levels: Levels
    natural: float
    failure: float
    planned: float

    def to_json(self) -> dict[str, Any]:
        """Return its figures as JSON values."""
        return {
            "levels": dict(self.levels),
            "natural": self.natural,
            "failure": self.failure,
            "planned": self.planned,
        }


def steered_factors(weak: Sequence[WeakSlice], steerable: Sequence[str]) -> tuple[str, ...]:
    """Return the factors that the next pictures are steered by: those of the weakest slices that a plan can set.

    Args:
        weak: Weak slices, the worst first.
        steerable: Factors of the scene file.
    """
    found: dict[str, None] = {}
    for each in weak:
        own = [name for name in each.levels if name in steerable]
        if len({*found, *own}) <= _MOST_FACTORS:
            found.update(dict.fromkeys(own))
    return tuple(found)


def shifted_shares(
    outcomes: Sequence[Outcome],
    factors: Sequence[str],
    failure: Callable[[Levels], float],
    *,
    sharpness: float,
) -> tuple[Share, ...]:
    """Return how often each combination of levels is asked for, the most wanted first.

    Args:
        outcomes: All true objects of the validation set; they tell which combinations there are and how often.
        factors: The factors that are steered.
        failure: Chance of a miss by levels, 0..1.
        sharpness: Power of the chance of a miss: 0 for the validation set's own shares, 1 or more towards failure.

    Raises:
        UsageError: No factor is steered, no object has all of them, or `sharpness` is below 0.
    """
    if not factors or sharpness < 0:
        raise UsageError(
            f"shares need a factor to steer and a sharpness of 0 or more, got {len(factors)} and {sharpness:g}"
        )
    seen: Counter[tuple[tuple[str, str], ...]] = Counter()
    for outcome in outcomes:
        if all(name in outcome.levels for name in factors):
            seen[tuple((name, outcome.levels[name]) for name in factors)] += 1
    if not seen:
        raise UsageError(f"no object of the validation set has a level of each of {', '.join(factors)}")
    total = sum(seen.values())
    raw = {items: count / total * failure(dict(items)) ** sharpness for items, count in seen.items()}
    # Nothing is ever missed: then as the validation set is.
    scale = sum(raw.values()) or 1.0
    shares = [
        Share(dict(items), seen[items] / total, failure(dict(items)), raw[items] / scale) for items in sorted(seen)
    ]
    return tuple(sorted(shares, key=lambda each: (-each.planned, list(each.levels.items()))))


def apportion(shares: Sequence[float], count: int) -> list[int]:
    """Return whole numbers in the given proportions with the given sum, by largest remainders.

    Args:
        shares: 0 or more each, not all 0.
        count: Their sum, 0 or more.

    Raises:
        UsageError: A share is below 0, or all are 0.
    """
    total = sum(shares)
    if min(shares, default=-1.0) < 0 or not total > 0:
        raise UsageError("shares must be 0 or more and not all 0")
    exact = [share * count / total for share in shares]
    numbers = [int(each) for each in exact]
    left = count - sum(numbers)
    for index in sorted(range(len(exact)), key=lambda each: (numbers[each] - exact[each], each))[:left]:
        numbers[index] += 1
    return numbers


def next_rows(
    shares: Sequence[Share], count: int, *, floor: float, seed: int, round_number: int
) -> list[Levels | None]:
    """Return what each of the next scenes shall show: levels, or None for a scene drawn as before.

    Args:
        shares: What is asked for.
        count: Scenes, 1 or more.
        floor: Share of them that is drawn as before, 0..1.
        seed: Of the order, 0 to 2**63 - 1.
        round_number: Of the round, 0 or more.

    Raises:
        UsageError: A number is out of range.
    """
    if count < 1 or not 0 <= floor <= 1:
        raise UsageError(f"there must be 1 or more scenes and a floor of 0 to 1, got {count} and {floor:g}")
    as_before = round(floor * count)
    rows: list[Levels | None] = [None] * as_before
    if as_before < count:
        for share, number in zip(shares, apportion([each.planned for each in shares], count - as_before), strict=True):
            rows += [share.levels] * number
    order = rng_for(seed, round_number, "improve.rows").permutation(len(rows))
    return [rows[index] for index in order]
