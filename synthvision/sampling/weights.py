"""Weights of choices: their check, and the draw of an index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["check_weights", "listed", "weighted_index"]


def weighted_index(weights: Sequence[float], rng: np.random.Generator) -> int:
    """Return an index drawn with the given weights (0 or more, sum above 0); an index of weight 0 never comes."""
    mark = rng.random() * math.fsum(weights)
    total = 0.0
    last = 0
    for index, weight in enumerate(weights):
        if weight <= 0:
            continue
        last = index
        total += weight
        if mark < total:
            return index
    return last  # the sum may round below the mark


def check_weights(entries: Sequence[Any], weights: Sequence[float] | None) -> None:
    """Refuse weights that do not go with the entries.

    Raises:
        ValueError: Their number differs, one is negative, or all are 0.
    """
    if weights is None:
        return
    if len(weights) != len(entries):
        raise ValueError(f"there must be one weight per entry, got {len(weights)} weights for {len(entries)} entries")
    if any(weight < 0 for weight in weights):
        raise ValueError(f"weights must be 0 or more, got {listed(weights)}")
    if math.fsum(weights) <= 0:
        raise ValueError(f"at least one weight must be above 0, got {listed(weights)}")


def listed(values: Sequence[float]) -> str:
    """Return numbers as a short list for a message."""
    return "[" + ", ".join(f"{value:g}" for value in values) + "]"
