"""How many pictures of each source, and which: by share, by number, or by the classes that are short."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.export.mixing.coco_source import CocoSource

__all__ = ["Share", "balanced_choice", "counts_of", "drawn_order"]


@dataclass(frozen=True, slots=True)
class Share:
    """How much is wanted of a source; with neither, all there is, or one part where others have weights.

    Args:
        weight: Its part in proportion to the other weights, above 0.
        count: Number of pictures.
    """

    weight: Fraction | None = None
    count: int | None = None


def counts_of(shares: Sequence[Share], available: Sequence[int], names: Sequence[str], total: int | None) -> list[int]:
    """Return how many pictures to take of each source.

    Args:
        shares: What is wanted of each.
        available: How many each has.
        names: What messages call them.
        total: Pictures altogether; None for as many as the weights allow.

    Raises:
        UsageError: A source has fewer than that, or the numbers contradict each other.

    Example:
        >>> counts_of([Share(Fraction(1)), Share(Fraction(9))], [40, 1000], ["real", "made"], None)
        [40, 360]
    """
    counts: list[int | None] = [share.count for share in shares]
    weighted = [number for number, share in enumerate(shares) if share.count is None]
    by_weight = total is not None or any(shares[number].weight is not None for number in weighted)
    if not by_weight:
        for number in weighted:
            counts[number] = available[number]
    elif weighted:
        weights = [shares[number].weight or Fraction(1) for number in weighted]
        if total is None:
            left = _most(weights, [available[number] for number in weighted])
        else:
            left = total - sum(count for count in counts if count is not None)
            if left < 0:
                raise UsageError(f"the numbers of pictures must not be more than --total {total} together")
        for number, count in zip(weighted, _rounded(left, weights), strict=True):
            counts[number] = count
    found = [count or 0 for count in counts]
    if total is not None and sum(found) != total:
        raise UsageError(f"the numbers of pictures must be --total {total} together, got {sum(found)}")
    for name, count, there in zip(names, found, available, strict=True):
        if count > there:
            raise UsageError(
                f"{name} must have {count} pictures for these shares, but has {there}; ask for less, or leave out "
                "--total to get as many as the shares allow"
            )
    return found


def _most(weights: Sequence[Fraction], available: Sequence[int]) -> int:
    """Return how many pictures the weights allow: so many that none has to be rounded, where that costs few."""
    unit = lcm(*(weight.denominator for weight in weights))
    whole = [int(weight * unit) for weight in weights]
    whole = [weight // gcd(*whole) for weight in whole]
    most = min(there * sum(whole) // weight for there, weight in zip(available, whole, strict=True))
    # Shares of full percents and simpler ones come out exactly; finer ones are rounded to whole pictures.
    return most - most % sum(whole) if sum(whole) <= min(100, most) else most


def _rounded(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Return whole numbers that add up to a total, each within 1 of its share: the largest remainders round up."""
    exact = [total * weight / sum(weights) for weight in weights]
    counts = [int(value) for value in exact]
    by_rest = sorted(range(len(weights)), key=lambda number: (counts[number] - exact[number], number))
    for number in by_rest[: total - sum(counts)]:
        counts[number] += 1
    return counts


def drawn_order(source: CocoSource, seed: int) -> NDArray[np.int64]:
    """Return the pictures of a source in the order in which they are taken; it depends on seed and name alone."""
    return rng_for(seed, 0, f"mix.{source.name}.{source.part}").permutation(len(source)).astype(np.int64)


def balanced_choice(
    base: NDArray[np.int64], offered: Sequence[NDArray[np.int64]], limit: int | None
) -> tuple[list[int], NDArray[np.int64]]:
    """Return which pictures to add so that classes that are short come up to the one with most objects.

    The picture that fills most is taken first: objects of a short class count for it as long as they are needed, those
    beyond that count against it. Ties go by the given order.

    Args:
        base: int64 (classes,); objects of each class that are there already. Where there are none at all, each class
            is to have as many as the rarest of those that are offered.
        offered: Class of each object, from 0, of each picture on offer.
        limit: Most pictures to add; None for as many as help.

    Returns:
        Places of the pictures that were taken, in the order in which they were, and objects of each class at the end.
    """
    classes = len(base)
    rows = [np.bincount(labels, minlength=classes).astype(np.int64) for labels in offered]
    there = np.array(rows, np.int64).reshape(-1, classes).sum(axis=0)
    target = int(base.max(initial=0)) or min(there[there > 0].tolist(), default=0)
    have = base.astype(np.int64).copy()
    taken: list[int] = []
    # What a picture fills only shrinks as others are taken, so one whose worth is still what it was is the best.
    heap = [(-worth, place) for place, row in enumerate(rows) if (worth := _worth(row, target - have)) > 0]
    heapq.heapify(heap)
    while heap and (limit is None or len(taken) < limit):
        known, place = heapq.heappop(heap)
        worth = _worth(rows[place], target - have)
        if worth <= 0:
            continue
        if -known > worth:
            heapq.heappush(heap, (-worth, place))
            continue
        taken.append(place)
        have += rows[place]
    return taken, have


def _worth(row: NDArray[np.int64], need: NDArray[np.int64]) -> int:
    filled = int(np.minimum(row, np.maximum(need, 0)).sum())
    return 2 * filled - int(row.sum())
