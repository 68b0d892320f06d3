"""Paint on a street: lane lines, stop lines, arrows and crossings, as flat pieces in the plan's own coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from synthvision.library.procedural.models.surroundings.street_layout import StreetPlan
from synthvision.library.procedural.models.surroundings.street_lines import Side
from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["Patch", "markings_of"]

#: Corners (k, 2) of a flat convex piece, counter-clockwise, in (s, t).
Patch = Floats

_LINE_M = 0.12
_PIECE_M = 2.5
_CLEAR_M = 2.5


def markings_of(plan: StreetPlan, centre_line: str, arrows: bool) -> list[Patch]:
    """Return all paint on a street.

    Args:
        plan: The street.
        centre_line: ``dashed``, ``solid`` or ``double``, between the directions.
        arrows: Arrows in the lanes.
    """
    made: list[Patch] = []
    low, high = plan.ends_m
    closed = _closed(plan)
    for piece in _open(low, high, closed):
        if centre_line == "double":
            made += _line(piece, -0.11, _LINE_M) + _line(piece, 0.11, _LINE_M)
        elif centre_line == "solid":
            made += _line(piece, 0.0, _LINE_M)
        else:
            made += _dashes(piece, 0.0, _LINE_M, 3.0, 6.0)
        for side in plan.sides:
            for lane in range(1, side.lanes):
                made += _dashes(piece, side.sign * lane * side.lane_m, _LINE_M, 3.0, 9.0)
            if side.cycle_m:
                made += _line(piece, side.sign * (side.cycle_from_m + 0.08), 0.16)
    for side in plan.sides:
        made += _parking(plan, side)
        if arrows:
            made += _arrows(plan, side, closed)
        if side.junction is not None:
            made += _give_way(plan, side)
    if plan.crossing != "none":
        made += _crossing(plan)
    return made


def _closed(plan: StreetPlan) -> list[tuple[float, float]]:
    """Return the stretches without lines along the street."""
    found = []
    for side in plan.sides:
        if side.junction is not None:
            reach = side.junction.reach_m + 0.5
            found.append((side.junction.at_m - reach, side.junction.at_m + reach))
    if plan.crossing != "none":
        reach = plan.crossing_m / 2 + _CLEAR_M
        found.append((plan.crossing_at_m - reach, plan.crossing_at_m + reach))
    return sorted(found)


def _open(low: float, high: float, closed: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    pieces, place = [], low
    for first, last in closed:
        if first > place:
            pieces.append((place, first))
        place = max(place, last)
    if high > place:
        pieces.append((place, high))
    return pieces


def _line(piece: tuple[float, float], t: float, width: float) -> list[Patch]:
    """Return a line along the street, cut so that it follows a bend."""
    count = max(1, math.ceil((piece[1] - piece[0]) / _PIECE_M))
    edges = np.linspace(piece[0], piece[1], count + 1)
    return [_box(a, b, t - width / 2, t + width / 2) for a, b in pairwise(edges)]


def _dashes(piece: tuple[float, float], t: float, width: float, dash: float, gap: float) -> list[Patch]:
    period = dash + gap
    first = math.ceil(piece[0] / period)
    found = []
    for number in range(first, math.floor((piece[1] - dash) / period) + 1):
        found += _line((number * period, number * period + dash), t, width)
    return found


def _parking(plan: StreetPlan, side: Side) -> list[Patch]:
    """Return the ends of parking places: a line across every 5.8 m."""
    if not side.parking_m:
        return []
    closed = [(low - 4.0, high + 4.0) for low, high in _closed(plan)]
    found = []
    inner, outer = side.sign * side.parking_from_m, side.sign * side.half_m
    low, high = sorted((inner, outer))
    for first, last in _open(-plan.length_m / 2, plan.length_m / 2, sorted(closed)):
        count = int((last - first) // 5.8)
        for number in range(count + 1):
            at = first + number * 5.8
            found.append(_box(at - 0.05, at + 0.05, low + 0.02, high - 0.02))
        if count:
            end = first + count * 5.8
            found += _dashes((first, end), inner + side.sign * 0.05, 0.1, 0.5, 0.5)
    return found


def _arrows(plan: StreetPlan, side: Side, closed: Sequence[tuple[float, float]]) -> list[Patch]:
    onward = (side.sign < 0) == plan.right_hand
    way = 1.0 if onward else -1.0
    # Before whatever lies ahead: the first closed stretch, or the end of the piece.
    ahead = [edge[0] if onward else edge[1] for edge in closed] or [way * plan.length_m / 2]
    stop = min(ahead) if onward else max(ahead)
    found = []
    for lane in range(side.lanes):
        t = side.sign * (lane + 0.5) * side.lane_m
        place = stop - way * 11.0
        turn = 0.0
        if plan.sides[0].junction is not None and side.lanes > 1:
            turn = {0: 1.0, side.lanes - 1: -1.0}.get(lane, 0.0) * (1.0 if plan.right_hand else -1.0)
        for shape in _arrow(turn):
            points = np.array([place, t]) + np.array(shape) * way
            found.append(points)
    return found


def _arrow(turn: float) -> list[list[tuple[float, float]]]:
    """Return an arrow 4 m long that points along +s, straight on (0) or also to one side (1 left, -1 right)."""
    shaft = [(-2.0, -0.075), (0.7, -0.075), (0.7, 0.075), (-2.0, 0.075)]
    head = [(0.7, -0.32), (2.0, 0.0), (0.7, 0.32)]
    if not turn:
        return [shaft, head]
    branch = [(-0.6, 0.075), (-0.3, 0.075), (0.1, 0.45), (-0.2, 0.45)]
    tip = [(-0.42, 0.45), (0.42, 0.45), (0.1, 0.95)]
    side = [branch, tip]
    if turn < 0:
        side = [[(x, -y) for x, y in reversed(piece)] for piece in side]
    return [shaft, head, *side]


def _give_way(plan: StreetPlan, side: Side) -> list[Patch]:
    """Return the line of blocks at the mouth of a side street, and its own middle line."""
    junction = side.junction
    if junction is None:
        return []
    depth = 0.45
    found = []
    # Across the half that comes out.
    out = -1.0 if (side.sign > 0) == plan.right_hand else 1.0
    for number in range(int((junction.half_m - 0.2) // 0.8)):
        first = junction.at_m + out * (0.25 + 0.8 * number)
        low, high = sorted((first, first + out * 0.5))
        found.append(_box(low, high, *sorted((side.across(depth), side.across(depth + 0.5)))))
    middle = (junction.at_m - 0.06, junction.at_m + 0.06)
    found += [
        _box(*middle, *sorted((side.across(start), side.across(start + 3.0))))
        for start in np.arange(4.0, junction.length_m - 3.0, 6.0)
    ]
    return found


def _crossing(plan: StreetPlan) -> list[Patch]:
    right, left = plan.sides
    at, half = plan.crossing_at_m, plan.crossing_m / 2
    low, high = -right.half_m + 0.15, left.half_m - 0.15
    found: list[Patch] = []
    if plan.crossing == "zebra":
        count = int((high - low + 0.5) // 1.0)
        start = (low + high) / 2 - (count - 0.5) / 2
        found += [_box(at - half, at + half, start + n, start + n + 0.5) for n in range(count)]
    else:
        for edge in (at - half, at + half):
            for start in np.arange(low, high - 0.5, 1.0):
                found.append(_box(edge - 0.06, edge + 0.06, start, start + 0.5))
    for side in plan.sides:
        onward = (side.sign < 0) == plan.right_hand
        line = at - (half + 1.2) if onward else at + half + 1.2
        span = sorted((side.sign * 0.15, side.sign * (side.parking_from_m - 0.1)))
        found.append(_box(line - 0.2, line + 0.2, span[0], span[1]))
    return found


def _box(s0: float, s1: float, t0: float, t1: float) -> Patch:
    return np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]], np.float64)
