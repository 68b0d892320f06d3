"""Cells: combinations of levels, how many objects each holds, and which hold too few."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from synthvision.core.errors import UsageError, nearest_name
from synthvision.evaluate.audit.config import AuditSpec
from synthvision.evaluate.audit.levels import UNKNOWN, WEATHERS, levels_of_dimension
from synthvision.evaluate.intervals import wilson_interval

__all__ = ["Cell", "CellCounter", "find_thin"]

Pairs = tuple[tuple[str, str], ...]
#: Combinations that no estimate gives: in the dark nothing is told of the air.
_NEVER = tuple({"light": "dark", "weather": weather} for weather in WEATHERS)


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of levels.

    Args:
        levels: Level by quantity.
        objects: Objects that have all of them.
        pictures: Pictures with such an object.
        share: Of the objects whose levels of these quantities are known.
        interval: Wilson's interval of 95 % of the share.
        missing: How many objects it lacks to be no longer thin; 0 where it is not.
    """

    levels: Mapping[str, str]
    objects: int
    pictures: int
    share: float
    interval: tuple[float, float]
    missing: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{name} {level}" for name, level in self.levels.items())


class CellCounter:
    """Counts objects by cell, picture after picture; its memory does not grow with the pictures.

    Args:
        spec: What is counted.
        classes: Class names of the set.

    Raises:
        UsageError: A combination of `spec.without` names what is not counted.
    """

    def __init__(self, spec: AuditSpec, classes: Sequence[str]) -> None:
        self._spec = spec
        self._levels: dict[str, tuple[str, ...]] = {name: levels_of_dimension(name, classes) for name in spec.over}
        self._objects: Counter[Pairs] = Counter()
        self._pictures: Counter[Pairs] = Counter()
        self._known: Counter[tuple[str, ...]] = Counter()
        self.total = 0
        self.unknown: Counter[str] = Counter()
        _check_without(spec, self._levels)

    @property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """The levels of each quantity that is counted."""
        return self._levels

    def add(self, objects: Iterable[Mapping[str, str]]) -> None:
        """Count the objects of one picture.

        Args:
            objects: For each object its level by quantity; `UNKNOWN` where it cannot be told.
        """
        seen: set[Pairs] = set()
        names = tuple(self._levels)
        for own, count in Counter(tuple(levels[name] for name in names) for levels in objects).items():
            self.total += count
            known = [(name, level) for name, level in zip(names, own, strict=True) if level != UNKNOWN]
            self.unknown.update({name: count for name, level in zip(names, own, strict=True) if level == UNKNOWN})
            for size in range(1, min(self._spec.strength, len(known)) + 1):
                for pairs in combinations(known, size):
                    self._objects[pairs] += count
                    self._known[tuple(name for name, _ in pairs)] += count
                    seen.add(pairs)
        self._pictures.update(seen)

    def cells(self, size: int) -> Iterator[Cell]:
        """Yield every cell of so many quantities that can be, empty ones too, in the order of the levels.

        Args:
            size: 1 to the spec's strength.
        """
        for names in combinations(self._levels, size):
            total = self._known[names]
            for values in product(*(self._levels[name] for name in names)):
                pairs: Pairs = tuple(zip(names, values, strict=True))
                levels = dict(pairs)
                if any(each.items() <= levels.items() for each in (*self._spec.without, *_NEVER)):
                    continue
                found = self._objects[pairs]
                share = found / total if total else 0.0
                missing = _missing(self._spec, found, total)
                yield Cell(levels, found, self._pictures[pairs], share, wilson_interval(found, total), missing)


def find_thin(counter: CellCounter, strength: int) -> list[Cell]:
    """Return the thin cells, the emptiest first; what lies in a thin cell of fewer quantities is not listed again.

    A level that hardly ever came is one gap, not one for each level of everything else.

    Args:
        counter: All that was counted.
        strength: Cells of 1 to so many quantities.
    """
    thin: list[Cell] = []
    for size in range(1, min(strength, len(counter.levels)) + 1):
        found = [cell for cell in counter.cells(size) if cell.missing]
        thin += [cell for cell in found if not any(each.levels.items() <= cell.levels.items() for each in thin)]
    return sorted(thin, key=lambda cell: (cell.objects, len(cell.levels)))


def _missing(spec: AuditSpec, found: int, total: int) -> int:
    wanted = spec.fewest if found < spec.fewest else 0
    if spec.least_share and wilson_interval(found, total)[1] < spec.least_share:
        wanted = max(wanted, math.ceil(spec.least_share * total))
    return max(wanted - found, 0)


def _check_without(spec: AuditSpec, levels: Mapping[str, Sequence[str]]) -> None:
    for row in spec.without:
        for name, level in row.items():
            if name not in levels:
                raise UsageError(f"without must name quantities that are counted ({', '.join(levels)}), got {name!r}")
            if level not in levels[name]:
                near = nearest_name(level, levels[name])
                hint = f"; did you mean {near!r}?" if near else ""
                raise UsageError(f"{name} has no level {level!r} (there are: {', '.join(levels[name])}){hint}")
