"""Groups dealt out to parts so that sizes and class shares are kept: iterative stratification.

After Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label Data" (ECML PKDD 2011,
https://doi.org/10.1007/978-3-642-23808-6_10): the class that is left in the fewest groups is dealt out first, each of
its groups to the part that still wants most of the class. Here groups have sizes and counts instead of single
examples, large ones go first, a part takes groups only while it has room, so that sizes hold as well as classes, and
what a part wants is measured by what it is to have, half of the group given already: as seats are dealt out to
parties of different sizes (Webster's method), so that no part gets all the large groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["GroupCounts", "deal_groups"]

Int = NDArray[np.int64]
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Sizes of groups and how often each class is in each, as sparse rows.

    Args:
        sizes: int64 (g,), frames of each group, 1 or more.
        starts: int64 (g + 1,), where each group's entries begin in `classes` and `counts`.
        classes: int64 (n,), class numbers from 0, each once in a group.
        counts: int64 (n,), how often, 1 or more.
    """

    sizes: Int
    starts: Int
    classes: Int
    counts: Int


def deal_groups(groups: GroupCounts, shares: Real, rng: np.random.Generator) -> Int:
    """Return the part of each group.

    The size of each part is within one group (the largest) of its share of all frames, but that no part is empty where
    there are as many groups as parts.

    Args:
        groups: What is dealt out.
        shares: float64 (p,), of each part, above 0, 1 together.
        rng: Decides ties.

    Returns:
        int64 (g,), index of the part.
    """
    sizes = groups.sizes
    total = int(sizes.sum())
    room = shares * total
    part_of = np.full(len(sizes), -1, np.int64)
    class_count = int(groups.classes.max(initial=-1)) + 1
    totals = np.bincount(groups.classes, groups.counts, class_count)
    wanted = shares[:, None] * totals[None, :]
    rank = rng.permutation(len(sizes))
    owner = np.repeat(np.arange(len(sizes)), np.diff(groups.starts))
    by_class = np.lexsort((rank[owner], -groups.counts, groups.classes))
    first = np.searchsorted(groups.classes[by_class], np.arange(class_count + 1))
    left = np.diff(first).astype(np.float64)

    def give(group: int, number: int | None) -> None:
        row = slice(groups.starts[group], groups.starts[group + 1])
        most = (room - sizes[group] / 2) / shares
        best = most
        if number is not None:
            best = (wanted[:, number] - groups.counts[row][groups.classes[row] == number][0] / 2) / shares
        part = _choose(room > 1e-9, best, most, rng)
        part_of[group] = part
        room[part] -= sizes[group]
        wanted[part, groups.classes[row]] -= groups.counts[row]
        left[groups.classes[row]] -= 1

    while (left > 0).any():
        number = int(np.argmin(np.where(left > 0, left, np.inf)))
        for group in owner[by_class[first[number] : first[number + 1]]]:
            if part_of[group] < 0:
                give(int(group), number)
    for group in np.lexsort((rank, -sizes)):
        if part_of[group] < 0:
            give(int(group), None)
    _even_out(part_of, sizes, shares * total)
    _fill_empty(part_of, sizes, len(shares))
    return part_of


def _choose(has_room: NDArray[np.bool_], best: Real, most: Real, rng: np.random.Generator) -> int:
    """Return the part with room that is first by one measure, then by another; ties by chance.

    Args:
        has_room: bool (p,), which parts take more frames; all where none does.
        best: float64 (p,), first measure.
        most: float64 (p,), second measure.
        rng: Decides ties.
    """
    parts = np.flatnonzero(has_room)
    if not len(parts):
        parts = np.arange(len(has_room))
    for measure in (best, most):
        top = measure[parts].max()
        parts = parts[measure[parts] >= top - 1e-9 * max(abs(top), 1.0)]
    return int(parts[0] if len(parts) == 1 else rng.choice(parts))


def _even_out(part_of: Int, sizes: Int, targets: Real) -> None:
    """Move groups until no part is short of its target by more than the largest group.

    Parts are never over by more, since each takes groups only while it has room; a part can be short by what several
    others are over together.
    """
    largest = int(sizes.max(initial=0))
    held = np.bincount(part_of, sizes, len(targets))
    while (short := (targets - held)).max() > largest:
        to, from_ = int(short.argmax()), int(short.argmin())
        theirs = np.flatnonzero(part_of == from_)
        # The smallest group that brings the fuller part to its target, or its largest: few moves, little disturbed.
        enough = theirs[sizes[theirs] >= -short[from_]]
        moved = enough[sizes[enough].argmin()] if len(enough) else theirs[sizes[theirs].argmax()]
        part_of[moved] = to
        held[to] += sizes[moved]
        held[from_] -= sizes[moved]


def _fill_empty(part_of: Int, sizes: Int, parts: int) -> None:
    """Give each empty part the smallest group of the part that has most groups, as long as one has two."""
    for part in range(parts):
        groups = np.bincount(part_of, minlength=parts)
        if groups[part] == 0 and groups.max() > 1:
            theirs = np.flatnonzero(part_of == groups.argmax())
            part_of[theirs[sizes[theirs].argmin()]] = part
