"""Rows that make what a data set lacks, and nothing else on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthvision.authoring.plans.covering import Row, completed

__all__ = ["fill_rows"]


def fill_rows(
    levels: Mapping[str, Sequence[str]],
    missing: Sequence[Row],
    forbidden: Sequence[Row] = (),
    most: int | None = None,
) -> list[dict[str, str]]:
    """Return rows that together hold combinations of levels that are missing, the fullest rows first.

    Factors that no combination of a row names stay open, but for those that a forbidden combination names.

    Args:
        levels: Names of the levels by factor.
        missing: Combinations to be held, none of them forbidden.
        forbidden: Combinations that no row may hold.
        most: At most so many rows; None for as many as are needed.
    """
    named = {name for row in forbidden for name in row}
    left = [dict(row) for row in missing]
    rows: list[dict[str, str]] = []
    while left and (most is None or len(rows) < most):
        row: dict[str, str] = {}
        for combination in left:
            joined = {**row, **combination}
            fits = all(row.get(name, level) == level for name, level in combination.items())
            if fits and len(joined) > len(row) and completed(levels, joined, forbidden) is not None:
                row = joined
        whole = completed(levels, row, forbidden) or row
        row = {name: whole[name] for name in levels if name in row or name in named}
        rows.append(row)
        left = [each for each in left if not each.items() <= row.items()]
    return rows
