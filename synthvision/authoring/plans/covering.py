"""Covering arrays: few rows in which every combination of levels of any t factors comes up.

Faults of a detector mostly hang on few factors at once, so that covering all pairs or triples finds what covering all
combinations would (Kuhn, Wallace and Gallo 2004, "Software fault interactions and implications for software testing").
The rows come from the library covertable; what is possible and what is covered is counted here, apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from synthvision.core.errors import UsageError

__all__ = ["Coverage", "Row", "completed", "count_coverage", "covering_rows", "is_forbidden", "possible_combinations"]

Levels = Mapping[str, Sequence[str]]
#: A level for each factor, or for some of them.
Row = Mapping[str, str]
Combination = frozenset[tuple[str, str]]

MAX_STRENGTH = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many combinations of levels of any t factors came up.

    Args:
        strength: t.
        possible: Combinations that no forbidden one rules out.
        covered: Of these, how many came up.
        missing: Those that did not, as rows of t factors, in the order of the factors.
    """

    strength: int
    possible: int
    covered: int
    missing: tuple[Row, ...]

    @property
    def share(self) -> float:
        """Covered over possible, 1 where nothing is possible."""
        return self.covered / self.possible if self.possible else 1.0


def covering_rows(
    levels: Levels, strength: int, forbidden: Sequence[Row] = (), seeded: Sequence[Row] = ()
) -> list[dict[str, str]]:
    """Return rows with a level for each factor, in which every possible combination of any t factors comes up.

    Args:
        levels: Names of the levels by factor.
        strength: t, 1 to 3; more than there are factors means all of them.
        forbidden: Combinations of levels that no row may hold.
        seeded: Rows, whole or in part, that must be among them; they come first.

    Raises:
        UsageError: A row names an unknown factor or level, a seeded row is forbidden, or nothing is possible.
    """
    if not 1 <= strength <= MAX_STRENGTH:
        raise UsageError(f"strength must be 1 to {MAX_STRENGTH}, got {strength}")
    if not levels:
        raise UsageError("a plan needs at least one factor, got none")
    _check_rows(levels, forbidden, "forbidden")
    _check_rows(levels, seeded, "seeded")
    for row in seeded:
        if next(_completions(levels, dict(row), forbidden), None) is None:
            raise UsageError(f"seeded row {_shown(row)} must be possible, but the forbidden combinations rule it out")
    if next(_completions(levels, {}, forbidden), None) is None:
        raise UsageError("the forbidden combinations leave no row at all; forbid less")
    strength = min(strength, len(levels))
    if len(levels) == 1 or strength == 1:
        return _each_level_once(levels, forbidden, seeded)
    from covertable import make

    ruled_out = [
        {
            "operator": "not",
            "condition": {
                "operator": "and",
                "conditions": [{"operator": "eq", "left": name, "value": level} for name, level in row.items()],
            },
        }
        for row in forbidden
    ]
    rows: list[dict[str, str]] = make(
        {name: list(values) for name, values in levels.items()},
        strength=strength,
        constraints=ruled_out,
        presets=[dict(row) for row in seeded],
    )
    ordered = [{name: row[name] for name in levels} for row in rows]
    # What a preset leaves open is filled by the library, but whether each one is there is this function's promise.
    missing = [row for row in seeded if not any(_holds(found, row) for found in ordered)]
    first = [next(_completions(levels, dict(row), forbidden)) for row in missing]
    front = [row for row in ordered if any(_holds(row, seed) for seed in seeded)]
    return [*first, *front, *(row for row in ordered if row not in front)]


def count_coverage(rows: Iterable[Row], levels: Levels, strength: int, forbidden: Sequence[Row] = ()) -> Coverage:
    """Return how many possible combinations of levels of any t factors come up in rows.

    Args:
        rows: Levels by factor; a factor may be missing where it had no level.
        levels: Names of the levels by factor.
        strength: t.
        forbidden: Combinations that count as impossible, with what follows from them.
    """
    found: set[Combination] = set()
    for row in rows:
        own = [(name, row[name]) for name in levels if row.get(name) in levels[name]]
        found.update(map(frozenset, combinations(own, strength)))
    possible = list(possible_combinations(levels, strength, forbidden))
    missing = tuple(row for row in possible if frozenset(row.items()) not in found)
    return Coverage(strength, len(possible), len(possible) - len(missing), missing)


def possible_combinations(levels: Levels, strength: int, forbidden: Sequence[Row] = ()) -> Iterator[dict[str, str]]:
    """Give every combination of levels of t factors that some whole row without a forbidden one holds."""
    for names in combinations(levels, strength):
        for values in product(*(levels[name] for name in names)):
            row = dict(zip(names, values, strict=True))
            if not forbidden or next(_completions(levels, row, forbidden), None) is not None:
                yield row


def completed(levels: Levels, row: Row, forbidden: Sequence[Row] = ()) -> dict[str, str] | None:
    """Return a whole row that holds a given part and no forbidden combination, or None where there is none."""
    return next(_completions(levels, dict(row), forbidden), None)


def is_forbidden(row: Row, forbidden: Iterable[Row]) -> bool:
    """Return whether a row holds a forbidden combination."""
    return any(_holds(row, each) for each in forbidden)


def _each_level_once(levels: Levels, forbidden: Sequence[Row], seeded: Sequence[Row]) -> list[dict[str, str]]:
    """Return rows in which each possible level comes up at least once."""
    rows = [next(_completions(levels, dict(row), forbidden)) for row in seeded]
    open_levels = {
        (name, level)
        for name, values in levels.items()
        for level in values
        if next(_completions(levels, {name: level}, forbidden), None) is not None
    }
    open_levels -= {pair for row in rows for pair in row.items()}
    while open_levels:
        row: dict[str, str] = {}
        for name, values in levels.items():
            for level in sorted(values, key=lambda value, of=name: (of, value) not in open_levels):  # type: ignore[misc]
                if next(_completions(levels, {**row, name: level}, forbidden), None) is not None:
                    row[name] = level
                    break
        rows.append(row)
        open_levels -= set(row.items())
    return rows


def _completions(levels: Levels, row: dict[str, str], forbidden: Sequence[Row]) -> Iterator[dict[str, str]]:
    """Give whole rows that hold a given part and no forbidden combination, by backtracking."""
    if is_forbidden(row, forbidden):
        return
    # Factors that no forbidden combination names cannot fail: they are decided last, without a search.
    named = {name for each in forbidden for name in each}
    free = sorted((name for name in levels if name not in row), key=lambda name: name not in named)
    if not free:
        yield {name: row[name] for name in levels}
        return
    name = free[0]
    for level in levels[name]:
        yield from _completions(levels, {**row, name: level}, forbidden)


def _holds(row: Row, part: Row) -> bool:
    return all(row.get(name) == level for name, level in part.items())


def _check_rows(levels: Levels, rows: Sequence[Row], kind: str) -> None:
    for row in rows:
        for name, level in row.items():
            if name not in levels:
                raise UsageError(f"{kind} row {_shown(row)} must name factors of the plan ({', '.join(levels)})")
            if level not in levels[name]:
                raise UsageError(
                    f"{kind} row {_shown(row)}: factor {name} must have one of {', '.join(levels[name])}, got {level!r}"
                )
        if not row:
            raise UsageError(f"a {kind} row must name at least one level, got none")


def _shown(row: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {level}" for name, level in row.items()) + "}"
