"""Chooses scenes until every cell of a quota has its count, or is known to be out of reach and why.

Scenes are proposed for the cell that is shortest of its target, judged by a function of the caller, and taken where
they bring a short cell forward and push none over its bounds. What a scene shows beside the cell that it was meant for
counts like anything else. Where a scene would push a full cell over its bounds, one that was taken earlier may give
way, if that leaves less missing in all; what is missing weighs more in cells that were missed more often (the breakout
method of Morris 1993), so that room is made for what is rare by what is easily had again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.plans.covering import Row

__all__ = ["Cell", "CellResult", "Judge", "Judged", "QuotaResult", "choose_scenes"]

Counts = NDArray[np.int64]
#: After so many scenes for each object or picture wanted the search ends.
_JUDGED_PER_TARGET = 30
#: A cell that was missed so often in a row is asked for with its measured levels too.
_STEERED_AFTER = 3
#: Within its bounds, a cell is given up sooner by this factor.
_LESS_ONCE_MET = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """A combination of levels and how many of it there shall be.

    Args:
        levels: Level by factor; what it leaves out is free.
        target: How many.
    """

    levels: Row
    target: int

    def bounds(self, tolerance: float) -> tuple[int, int]:
        """Return the smallest and largest count that meets the target, whole numbers."""
        slack = self.target * tolerance
        # A sum of floats just below a whole number must not cost one.
        return math.ceil(self.target - slack - 1e-9), math.floor(self.target + slack + 1e-9)

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name}: {level}" for name, level in self.levels.items()) + "}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a proposed scene turned out to be.

    Args:
        pictures: For each of its pictures what is counted, each with its level by factor: labelled objects, or the
            combinations that the picture shows.
        attempt: The attempt that its constraints accepted.
        problem: Why there is no scene, empty where there is one.
        never: True where no scene with these levels can come, whatever the attempt.
    """

    pictures: tuple[tuple[Row, ...], ...] = ()
    attempt: int = 0
    problem: str = ""
    never: bool = False


#: Makes a scene: the levels that it shall have, as far as they can be drawn, and the index whose streams it uses.
Judge = Callable[[Row, int], Judged]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scene that was taken.

    Args:
        levels: What it was asked for.
        scene: Index whose streams it uses.
        attempt: The attempt that its constraints accepted.
    """

    levels: Row
    scene: int
    attempt: int


@dataclass(frozen=True, slots=True)
class CellResult:
    """What became of a cell.

    Args:
        cell: The cell.
        made: How many there are.
        met: Whether that is within the bounds.
        reason: Why not, empty where it is.
    """

    cell: Cell
    made: int
    met: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QuotaResult:
    """What was chosen.

    Args:
        scenes: The scenes, in the order of their indices.
        cells: One entry a cell.
        judged: How many scenes were judged.
    """

    scenes: tuple[Chosen, ...]
    cells: tuple[CellResult, ...]
    judged: int

    @property
    def met(self) -> bool:
        """Whether every cell is."""
        return all(cell.met for cell in self.cells)


def choose_scenes(
    cells: Sequence[Cell],
    judge: Judge,
    *,
    drawable: Sequence[str],
    steerable: Sequence[str] = (),
    tolerance: float = 0.02,
    tries: int = 200,
    most: int = 100_000,
    by_picture: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> QuotaResult:
    """Return scenes that together meet a quota as far as it can be met.

    Args:
        cells: The quota.
        judge: Makes and judges one scene; called with scene indices 0, 1, 2 and so on.
        drawable: Factors that can be asked of a scene at no cost; the others come as they come.
        steerable: Measured factors that can be asked of a scene, which then may fail: only asked for a cell that was
            missed a few times, since what comes by itself may be of use for other cells.
        tolerance: How far a count may be off, as a share of the target.
        tries: A cell is given up after so many scenes in a row that were meant for it and brought it nothing.
        most: At most so many scenes are taken.
        by_picture: A picture counts once for each cell that any of its units is in, instead of once for each unit.
        progress: Called with what is missing still and with how many scenes were judged.
    """
    return _Choice(cells, judge, set(drawable), set(steerable), tolerance, tries, most, by_picture, progress).run()


@dataclass
class _Hunt:
    """The search for what one cell lacks."""

    in_a_row: int = 0
    meant: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    reason: str = ""


class _Choice:
    def __init__(
        self,
        cells: Sequence[Cell],
        judge: Judge,
        drawable: set[str],
        steerable: set[str],
        tolerance: float,
        tries: int,
        most: int,
        by_picture: bool,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._cells = tuple(cells)
        self._judge = judge
        self._drawable = drawable
        self._steerable = steerable
        self._tries = tries
        self._most = most
        self._by_picture = by_picture
        self._progress = progress
        bounds = [cell.bounds(tolerance) for cell in cells]
        self._low: Counts = np.array([low for low, _ in bounds], np.int64)
        self._high: Counts = np.array([high for _, high in bounds], np.int64)
        self._target: Counts = np.array([cell.target for cell in cells], np.int64)
        self._made: Counts = np.zeros(len(cells), np.int64)
        self._hunts = [_Hunt() for _ in cells]
        self._taken: list[Chosen] = []
        self._gains: list[Counts] = []
        self._judged = 0
        # Exchanges could go on for ever where two cells stand in each other's way.
        self._most_judged = _JUDGED_PER_TARGET * int(self._target.sum()) + tries * len(cells)

    def run(self) -> QuotaResult:
        while (aim := self._shortest()) is not None:
            if len(self._taken) >= self._most:
                self._stop(f"the plan has all the {self._most} scenes that it may have")
                break
            if self._judged >= self._most_judged:
                self._stop(f"still missing when {self._judged} scenes had been judged")
                break
            self._hunt(aim)
            if self._progress:
                self._progress(int(self._short().sum()), self._judged)
        order = sorted(range(len(self._taken)), key=lambda number: self._taken[number].scene)
        return QuotaResult(
            tuple(self._taken[number] for number in order),
            tuple(
                CellResult(cell, int(made), bool(low <= made <= high), "" if low <= made <= high else hunt.reason)
                for cell, made, low, high, hunt in zip(
                    self._cells, self._made, self._low, self._high, self._hunts, strict=True
                )
            ),
            self._judged,
        )

    def _short(self) -> Counts:
        # The target itself is aimed at; the bounds are for what cannot be had exactly.
        short: Counts = np.maximum(self._target - self._made, 0)
        return short

    def _shortest(self) -> int | None:
        """Return the cell that lacks the largest share of its target, of those that are not given up."""
        short = self._short()
        shares = [
            (count / target, -number)
            for number, (count, target) in enumerate(zip(short.tolist(), self._target.tolist(), strict=True))
            if count and not self._hunts[number].reason
        ]
        return -max(shares)[1] if shares else None

    def _hunt(self, aim: int) -> None:
        cell, hunt = self._cells[aim], self._hunts[aim]
        known = self._drawable | (self._steerable if hunt.in_a_row >= _STEERED_AFTER else set())
        asked = {name: level for name, level in cell.levels.items() if name in known}
        scene = self._judged
        judged = self._judge(asked, scene)
        self._judged += 1
        hunt.meant += 1
        if judged.never:
            hunt.reason = f"contradiction: {judged.problem}"
            return
        gain = self._gain(judged.pictures)
        chosen = Chosen(asked, scene, judged.attempt)
        before = int(self._short()[aim])
        taken = self._take(chosen, gain)
        if int(self._short()[aim]) < before:
            hunt.in_a_row = 0
            return
        hunt.in_a_row += 1
        hunt.missed[self._why(aim, judged, gain, taken)] += 1
        met = self._made[aim] >= self._low[aim]
        if hunt.in_a_row >= (max(1, self._tries // _LESS_ONCE_MET) if met else self._tries):
            hunt.reason = self._given_up(hunt)

    def _gain(self, pictures: Sequence[Sequence[Row]]) -> Counts:
        gain: Counts = np.zeros(len(self._cells), np.int64)
        for units in pictures:
            counts = [sum(cell.levels.items() <= unit.items() for unit in units) for cell in self._cells]
            gain += np.minimum(counts, 1) if self._by_picture else np.array(counts, np.int64)
        return gain

    def _take(self, chosen: Chosen, gain: Counts) -> bool:
        """Take a scene where it helps, perhaps in place of one that was taken before; return whether it was."""
        short = self._short()
        if not (np.minimum(gain, short) > 0).any():
            return False
        if (self._made + gain <= self._high).all():
            self._made += gain
            self._taken.append(chosen)
            self._gains.append(gain)
            return True
        swap = self._swap(gain)
        if swap is None:
            return False
        self._made += gain - self._gains[swap]
        self._taken[swap], self._gains[swap] = chosen, gain
        return True

    def _swap(self, gain: Counts) -> int | None:
        """Return the scene whose place a new one may take so that no cell is over and least is missing, by weight."""
        if not self._gains:
            return None
        weights = np.array([1 + hunt.missed.total() for hunt in self._hunts], np.int64)
        missing = int(self._short() @ weights)
        made = self._made + gain - np.stack(self._gains)
        fits = (made <= self._high).all(axis=1)
        left = np.maximum(self._target - made, 0) @ weights
        left[~fits] = missing
        best = int(left.argmin())
        return best if left[best] < missing else None

    def _why(self, aim: int, judged: Judged, gain: Counts, taken: bool) -> str:
        if judged.problem:
            return judged.problem
        if not gain[aim]:
            return f"no {self._cells[aim]} came out"
        if taken:
            return "it took the place of another"
        full = [str(self._cells[number]) for number in np.flatnonzero(self._made + gain > self._high)]
        return f"too many of {', '.join(full[:3])}{', ...' if len(full) > 3 else ''} came along"

    def _given_up(self, hunt: _Hunt) -> str:
        listed = "; ".join(f"{reason} ({count} times)" for reason, count in hunt.missed.most_common(3))
        return f"given up after {hunt.in_a_row} scenes in a row without one ({hunt.meant} in all): {listed}"

    def _stop(self, reason: str) -> None:
        for hunt, short in zip(self._hunts, self._short().tolist(), strict=True):
            if short and not hunt.reason:
                hunt.reason = reason
