"""Draws a value so that it falls into a wanted level, as often inside the level as the scene file says.

A distribution is drawn again and again from one stream until the level takes the value, so that what comes has the
file's own distribution given the level. A value that the file leaves fixed is replaced by one of the level's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import numpy as np

from synthvision.core.errors import UsageError
from synthvision.sampling.distributions import Distribution
from synthvision.sampling.factors.config import FactorSpec, Level
from synthvision.sampling.weights import weighted_index

__all__ = ["Limits", "choose_within", "draw_boosted", "draw_within", "find_limit", "limits_of", "share_of_level"]

T = TypeVar("T")

#: Levels by key path; a path may be a pattern.
Limits = Mapping[str, Level]

#: A level that so many draws do not meet has a share of less than about one in a thousand.
_TRIES = 5_000
#: Draws from which the share of a level is estimated where it has no closed form.
_SAMPLES = 20_000


def limits_of(factors: Mapping[str, FactorSpec], row: Mapping[str, str]) -> dict[str, Level]:
    """Return the levels that a plan's row asks of sampled values, by key path.

    Args:
        factors: From the scene file.
        row: Level by factor; measured factors are left out, they are constraints.

    Raises:
        UsageError: The row names a factor or level that the scene does not have.
    """
    limits: dict[str, Level] = {}
    for name, level in row.items():
        if name not in factors:
            raise UsageError(f"a plan's row must name factors of the scene ({', '.join(factors)}), got {name!r}")
        spec = factors[name]
        if level not in spec.levels:
            raise UsageError(f"factor {name} must have one of the levels {', '.join(spec.levels)}, got {level!r}")
        if spec.of is not None:
            limits[spec.of] = spec.levels[level]
    return limits


def find_limit(limits: Limits, path: str) -> Level | None:
    """Return the level that is asked of a key path, or None."""
    if path in limits:
        return limits[path]
    return next((level for pattern, level in limits.items() if fnmatchcase(path, pattern)), None)


def draw_within(path: str, value: Any, level: Level, rng: np.random.Generator) -> Any:
    """Return a value of a number, word or distribution that a level takes.

    Args:
        path: Key path, for messages.
        value: What the scene file says.
        level: What is wanted.
        rng: The value's stream.

    Raises:
        UsageError: No value of the distribution belongs to the level, or hardly any.
    """
    if not isinstance(value, Distribution):
        if level.takes(value):
            return value
        if level.between is None:
            return level.one_of[int(rng.integers(len(level.one_of)))]
        low, high = level.between
        whole = isinstance(value, int) and not isinstance(value, bool)
        return int(rng.integers(round(low), round(high), endpoint=True)) if whole else float(rng.uniform(low, high))
    for _ in range(_TRIES):
        drawn = value.draw(rng)
        if level.takes(drawn):
            return drawn
    raise UsageError(
        f"{path} must be able to take a value of the level {level}, but {value!r} gave none in {_TRIES} draws; widen "
        "the distribution or change the level"
    )


def choose_within(
    path: str, names: Sequence[str], weights: Sequence[float] | None, level: Level, rng: np.random.Generator
) -> int:
    """Return the index of one of those names that a level takes, by weight.

    Raises:
        UsageError: The level takes none of them.
    """
    given = weights or (1.0,) * len(names)
    allowed = [weight if level.takes(name) else 0.0 for name, weight in zip(names, given, strict=True)]
    if not any(allowed):
        raise UsageError(f"{path} must be able to take one of {level}, but the scene chooses from {', '.join(names)}")
    return weighted_index(allowed, rng)


def draw_boosted(path: str, spec: FactorSpec, draw: Callable[[], T], rng: np.random.Generator) -> tuple[T, float]:
    """Return a value drawn so that levels come as much likelier as their boost says, and its importance weight.

    A value is drawn as by nature and kept with a chance in proportion to its boost, so that its weight is one over its
    boost, up to a factor that all values share.

    Args:
        path: Key path, for messages.
        spec: The factor with its boosts.
        draw: Draws a value as by nature.
        rng: Decides what is kept; may be the stream that `draw` uses.

    Raises:
        UsageError: Nothing was kept in a bounded number of draws.
    """
    highest = max(1.0, *spec.boost.values())
    for _ in range(_TRIES):
        value = draw()
        boost = spec.boost_of(value)
        if rng.random() * highest < boost:
            return value, 1.0 / boost
    raise UsageError(f"{path} must be able to take a boosted value, but none was kept in {_TRIES} draws; boost less")


def share_of_level(value: Any, level: Level, rng: np.random.Generator) -> float:
    """Return how often a value falls into a level by itself, 0..1; estimated from draws.

    Args:
        value: What the scene file says.
        level: The level.
        rng: A stream of its own.
    """
    if not isinstance(value, Distribution):
        return float(level.takes(value))
    return sum(level.takes(value.draw(rng)) for _ in range(_SAMPLES)) / _SAMPLES
