"""Which pictures fill a need: the one that fills most comes first, and of equals the one with least beside it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthvision.core.errors import UsageError
from synthvision.dataset.need import Need

__all__ = ["CellFilled", "NeedChoice", "choose_needed"]

#: Smaller gains are rounding.
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class CellFilled:
    """What became of a cell of a need.

    Args:
        levels: Level by quantity.
        wanted: Objects that were wanted; None for as many as there is room for.
        offered: Objects of it in all pictures on offer.
        taken: Objects of it in those that were taken.
    """

    levels: Mapping[str, str]
    wanted: int | None
    offered: int
    taken: int

    @property
    def met(self) -> bool:
        """Whether it got what was wanted; one object where no number was."""
        return self.taken >= (self.wanted or 1)

    def __str__(self) -> str:
        return ", ".join(f"{name} {level}" for name, level in self.levels.items())


@dataclass(frozen=True, slots=True)
class NeedChoice:
    """Which pictures are taken.

    Args:
        places: Places among those offered, in the order in which they were taken.
        cells: What became of each cell of the need, in its order.
    """

    places: tuple[int, ...]
    cells: tuple[CellFilled, ...]


def choose_needed(
    need: Need, offered: Sequence[Mapping[int, int]], objects: Sequence[int], limit: int | None
) -> NeedChoice:
    """Return which pictures to take so that a need is filled.

    An object of a cell with a count is worth the cell's weight until the count is reached, and nothing after; of a cell
    without one, the weight times the growth of log(1 + objects), so that cells without counts are filled in proportion
    to their weights. Worth is monotone and submodular: taking the best picture each time reaches 63 % of the best
    choice at least (G. Nemhauser, L. Wolsey and M. Fisher 1978), and all counts where nothing limits it.

    Args:
        need: What is wanted.
        offered: For each picture on offer how many objects it has of each cell, by the cell's place; others left out.
        objects: All objects of each picture: of pictures of one worth that with fewest is taken, then the first.
        limit: Most pictures to take; None for as many as help, which needs a count for each cell.

    Raises:
        UsageError: There is no limit, and a cell without a count.
    """
    cells = need.cells
    if limit is None and any(cell.count is None for cell in cells):
        raise UsageError(
            "a need whose cells have no counts is filled up to a number of pictures: give --total, or a count for each "
            "cell"
        )
    have = [0] * len(cells)

    def worth(row: Mapping[int, int]) -> float:
        total = 0.0
        for place, count in row.items():
            cell = cells[place]
            if cell.count is None:
                total += cell.weight * math.log((1 + have[place] + count) / (1 + have[place]))
            else:
                total += cell.weight * min(count, max(cell.count - have[place], 0))
        return total

    taken: list[int] = []
    # Worth only shrinks as others are taken, so a picture whose worth is still what it was is the best.
    heap = [(-value, objects[place], place) for place, row in enumerate(offered) if (value := worth(row)) > _EPSILON]
    heapq.heapify(heap)
    while heap and (limit is None or len(taken) < limit):
        known, count, place = heapq.heappop(heap)
        now = worth(offered[place])
        if now <= _EPSILON:
            continue
        if -known > now + _EPSILON:
            heapq.heappush(heap, (-now, count, place))
            continue
        taken.append(place)
        for cell, found in offered[place].items():
            have[cell] += found
    sums = [0] * len(cells)
    for row in offered:
        for place, count in row.items():
            sums[place] += count
    filled = tuple(
        CellFilled(dict(cell.levels), cell.count, there, got)
        for cell, there, got in zip(cells, sums, have, strict=True)
    )
    return NeedChoice(tuple(taken), filled)
