"""Constraints that no scene can hold, found by looking at the scene file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from synthvision.core.errors import nearest_name
from synthvision.sampling.config import ObjectGroup
from synthvision.sampling.constraints.config import (
    AsFactor,
    Constraint,
    Count,
    Distance,
    InFrontOf,
    Occlusion,
    PixelSize,
    SameLane,
    Transmittance,
    Truncation,
    VisibleFraction,
    Which,
)
from synthvision.sampling.constraints.judge import describe
from synthvision.sampling.number_values import bounds_of

__all__ = ["contradictions"]

Fault = tuple[int, str]
_SHARES = (Occlusion, VisibleFraction, Truncation, Transmittance)


def contradictions(
    constraints: Sequence[Constraint],
    groups: Mapping[str, ObjectGroup],
    classes: Sequence[str],
    size_wh: tuple[int, int],
) -> list[Fault]:
    """Return every constraint that cannot hold, alone or together with an earlier one: its index and why.

    Args:
        constraints: From the scene file.
        groups: The scene's object groups.
        classes: The job's class names.
        size_wh: Size of the pictures in pixels.
    """
    faults: list[Fault] = []
    for index, constraint in enumerate(constraints):
        faults += [(index, why) for why in _own_faults(constraint, groups, classes, size_wh)]
    for (first, one), (second, other) in combinations(enumerate(constraints), 2):
        why = _clash(one, other, groups)
        if why:
            faults.append((second, f"contradicts constraint {first + 1} ({describe(one)}): {why}"))
    return faults


def _own_faults(
    constraint: Constraint, groups: Mapping[str, ObjectGroup], classes: Sequence[str], size_wh: tuple[int, int]
) -> Iterator[str]:
    for which in _named(constraint):
        yield from _unknown(which, groups, classes)
    if isinstance(constraint, _SHARES):
        low, high = constraint.between
        if low > 1 or high < 0:
            yield f"between must meet 0..1, a share, got {low:g}..{high:g}"
    if isinstance(constraint, PixelSize):
        side = size_wh[constraint.kind == "pixel_height"]
        if constraint.between[0] > side:
            yield f"between must start within the picture's {side} pixels, got {constraint.between[0]:g}"
        if constraint.between[1] < 1:
            yield f"between must hold at least 1 pixel, got up to {constraint.between[1]:g}"
    if isinstance(constraint, Distance) and constraint.between[1] < 0:
        yield f"between must hold a distance of 0 m or more, got up to {constraint.between[1]:g}"
    if isinstance(constraint, AsFactor):
        return
    fewest, most = _numbers(constraint.of, groups)
    if isinstance(constraint, Count):
        low, high = constraint.between
        least = 0 if constraint.least_pixels else fewest
        if most < low or least > high:
            yield f"the scene has {least:g} to {most:g} of {constraint.of}, but {low:g} to {high:g} are wanted"
        return
    wanted = 1 if constraint.at_least == "all" else constraint.at_least
    if most < wanted:
        yield f"at least {wanted} of {constraint.of} must be there, but the scene has at most {most:g}"


def _named(constraint: Constraint) -> Iterator[Which]:
    for name in ("of", "by", "to", "than"):
        which = getattr(constraint, name, None)
        if isinstance(which, Which):
            yield which


def _unknown(which: Which, groups: Mapping[str, ObjectGroup], classes: Sequence[str]) -> Iterator[str]:
    for kind, name, known in (("group", which.group, [*groups]), ("class", which.category, [*classes])):
        if name is not None and name not in known:
            near = nearest_name(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            yield f"there is no {kind} {name!r}{hint} (there are: {', '.join(known) or 'none'})"


def _numbers(which: Which, groups: Mapping[str, ObjectGroup]) -> tuple[float, float]:
    """Return how few and how many objects may be meant."""
    if which.group is None or which.group not in groups:
        return 0, float("inf")
    low, high = bounds_of(groups[which.group].count)
    plain = which.category is None and which.asset is None and not which.attributes
    return (low if plain else 0), high


def _clash(one: Constraint, other: Constraint, groups: Mapping[str, ObjectGroup]) -> str | None:
    """Return why two constraints cannot hold together, where that can be told."""
    if isinstance(one, AsFactor) or isinstance(other, AsFactor):
        return _factor_clash(one, other)
    if one.of != other.of:
        return None
    if not (_binds_all(one, groups) and _binds_all(other, groups)):
        return None
    if isinstance(one, InFrontOf | SameLane) or isinstance(other, InFrontOf | SameLane):
        return None
    if one.kind == other.kind and _partner(one) == _partner(other):
        first, second = getattr(one, "between", None), getattr(other, "between", None)
        if first and second and (first[1] < second[0] or second[1] < first[0]):
            return f"the ranges {first[0]:g}..{first[1]:g} and {second[0]:g}..{second[1]:g} have no value in common"
    pair = {type(constraint): constraint for constraint in (one, other)}
    hidden, shown = pair.get(Occlusion), pair.get(VisibleFraction)
    if isinstance(hidden, Occlusion) and isinstance(shown, VisibleFraction):
        return "what is hidden and what shows make more than the whole" if _least_sum(hidden, shown) > 1 else None
    if isinstance(one, Occlusion) and isinstance(other, Occlusion) and one.by and other.by and one.by != other.by:
        return "both together would hide more than the whole" if _least_sum(one, other) > 1 else None
    return None


def _least_sum(one: Occlusion | VisibleFraction, other: Occlusion | VisibleFraction) -> float:
    return one.between[0] + other.between[0]


def _factor_clash(one: Constraint, other: Constraint) -> str | None:
    if not (isinstance(one, AsFactor) and isinstance(other, AsFactor)) or one.path != other.path:
        return None
    if one.one_of and other.one_of and not set(one.one_of) & set(other.one_of):
        return "no value is allowed by both"
    if one.between and other.between and (one.between[1] < other.between[0] or other.between[1] < one.between[0]):
        return "the ranges have no value in common"
    return None


def _partner(constraint: Constraint) -> tuple[Which | None, Which | None]:
    return getattr(constraint, "by", None), getattr(constraint, "to", None)


def _binds_all(constraint: Constraint, groups: Mapping[str, ObjectGroup]) -> bool:
    """Return whether a constraint speaks of every object that it names: it says so, or there is only one."""
    if isinstance(constraint, AsFactor | Count):
        return True
    return constraint.at_least == "all" or _numbers(constraint.of, groups)[1] <= 1
