"""Slices: pictures that share the level of something that was recorded of their scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synthvision.evaluate.labelled_set import Factors

__all__ = ["Levels", "factor_levels"]

#: Level of each picture by the name of the factor; None where it is not known.
Levels = Mapping[str, tuple[str | None, ...]]

_MOST_LEVELS = 12
_PARTS = 3


def factor_levels(factors: Sequence[Factors]) -> Levels:
    """Return the level of each picture for every recorded factor that divides the pictures.

    Words and switches are levels themselves; numbers are parted in thirds, so that each level has as many pictures as
    the others. Factors that are equal in all pictures, and words of more than twelve kinds, divide nothing usefully and
    are left out.

    Args:
        factors: What `LabelledSet.factors` gave.
    """
    names = sorted({name for one in factors for name in one})
    levels: dict[str, tuple[str | None, ...]] = {}
    for name in names:
        values = [one.get(name) for one in factors]
        known = [value for value in values if value is not None]
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
            found = _thirds([None if value is None else float(value) for value in values])
        else:
            found = tuple(None if value is None else _word(value) for value in values)
        if 2 <= len(set(found) - {None}) <= _MOST_LEVELS:
            levels[name] = found
    return levels


def _word(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _thirds(values: Sequence[float | None]) -> tuple[str | None, ...]:
    known = np.array([value for value in values if value is not None])
    kinds = np.unique(known)
    if len(kinds) <= _PARTS:
        return tuple(None if value is None else f"{value:g}" for value in values)
    edges = np.quantile(known, [part / _PARTS for part in range(1, _PARTS)])
    names = [f"below {edges[0]:.4g}", f"{edges[0]:.4g} to {edges[1]:.4g}", f"from {edges[1]:.4g}"]
    return tuple(None if value is None else names[int(np.searchsorted(edges, value, side="right"))] for value in values)
