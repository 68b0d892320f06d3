"""Places along the strips of a site: cars in lanes, lamps at kerbs, houses on the building line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError, nearest_name
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.number_values import NumberValue
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Along
from synthvision.sampling.placement.orientation import about_vertical, lay
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.site.strips import STRIP_KINDS, Strip, strips_of

__all__ = ["chord_heading", "place_along"]

Float = NDArray[np.float64]

_TURNS = {"forward": 0.0, "backward": math.pi, "left": math.pi / 2, "right": -math.pi / 2}
# A row goes on by this much where something is in the way.
_STEP_M = 0.7


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place to try."""

    strip: Strip
    place_m: float


@dataclass(frozen=True, slots=True)
class _Pose:
    """How an object lies before it is put on a strip, and its values that all tries share."""

    base: Float
    heading: str
    turn_rad: float
    offset_m: float
    gap_m: float


def place_along(candidate: Candidate, placement: Along, stage: Stage) -> Body:
    """Return an object at a free place of a strip, its lowest point at the strip's height.

    The strip's name is kept in ``stage.strip_names`` under the object's name.

    Raises:
        NoPlaceError: No try succeeded.
        UsageError: The site has no strips at all, or the scene has no site.
    """
    strips = _fitting(candidate, placement, stage)
    reasons: Counter[str] = Counter()
    if not strips:
        reasons[f"no strip {', '.join(placement.strips)} in this site"] += 1
        stage.refuse(candidate, reasons)
        raise NoPlaceError(candidate.name, reasons)
    pose = _pose(candidate, placement, stage.drawer)
    known: dict[tuple[str, float], Body] = {}
    for spot in _spots(candidate, placement, stage, strips, pose):
        body, span = _standing(candidate, placement, pose, spot, known)
        reason = _refused(placement, stage, pose, spot, span, body)
        if reason is None:
            stage.refuse(candidate, reasons)
            stage.spans.setdefault(spot.strip.name, []).append(span)
            stage.row_ends[candidate.group, spot.strip.name] = span[1]
            stage.strip_names[candidate.name] = spot.strip.name
            return body
        reasons[reason] += 1
    if not reasons:
        reasons["no room left on the strips"] += 1
    stage.refuse(candidate, reasons)
    raise NoPlaceError(candidate.name, reasons)


def chord_heading(strip: Strip, place_m: float, length_m: float) -> float:
    """Return the direction of a chord of a strip about a place, as of a thing of that length, radians."""
    reach = max(length_m, 0.2) / 2
    back, front = max(place_m - reach, 0.0), min(place_m + reach, strip.length_m)
    way = strip.at(front)[0] - strip.at(back)[0]
    return float(np.arctan2(way[1], way[0]))


def _fitting(candidate: Candidate, placement: Along, stage: Stage) -> list[Strip]:
    if not stage.strips:
        raise UsageError(
            f"objects.{candidate.group}.placement: a placement along strips must have a site, and the scene has none"
        )
    found = strips_of(stage.strips, placement.strips)
    if not found and not any("*" in pattern or "/" in pattern for pattern in placement.strips):
        kinds = sorted({strip.kind for strip in stage.strips})
        if not any(pattern in STRIP_KINDS for pattern in placement.strips):
            near = nearest_name(placement.strips[0], kinds)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(
                f"objects.{candidate.group}.placement.strips must name strips of the site (kinds: {', '.join(kinds)}), "
                f"got {placement.strips[0]!r}{hint}"
            )
    return found


def _pose(candidate: Candidate, placement: Along, drawer: Drawer) -> _Pose:
    path = candidate.path
    flipped = drawer.happens(f"{path}.flipped", placement.flip_probability)
    heading = drawer.word(f"{path}.heading", placement.heading)
    turn = math.radians(drawer.number(f"{path}.yaw_deg", placement.yaw_deg))
    if heading in ("random", "either", "across"):
        share = float(drawer.rng(f"{path}.side").random())
        if heading == "random":
            turn += share * 2 * math.pi
        else:
            pair = ("forward", "backward") if heading == "either" else ("inward", "outward")
            heading = pair[share < 0.5]
    upright = placement.pose == "upright" and not flipped
    return _Pose(
        # A stream takes a while to open, and most things stand as they were made.
        base=np.eye(3) if upright else lay(candidate.shape, placement.pose, flipped, drawer.rng(f"{path}.pose")),
        heading=heading,
        turn_rad=turn,
        offset_m=drawer.number(f"{path}.offset_m", placement.offset_m),
        gap_m=drawer.number(f"{path}.gap_m", placement.gap_m),
    )


def _spots(candidate: Candidate, placement: Along, stage: Stage, strips: list[Strip], pose: _Pose) -> Iterator[_Spot]:
    if placement.arrange == "row":
        yield from _row(candidate, placement, stage, strips, pose)
    elif placement.spacing_m is not None:
        yield from _spaced(candidate, placement, stage, strips)
    else:
        rng = stage.drawer.rng(f"{candidate.path}.position")
        length = np.cumsum([strip.length_m for strip in strips])
        low, high = placement.range
        for _ in range(placement.max_tries):
            share, place = rng.random(2)
            strip = strips[min(int(np.searchsorted(length, share * length[-1])), len(strips) - 1)]
            yield _Spot(strip, (low + (high - low) * float(place)) * strip.length_m)


def _row(candidate: Candidate, placement: Along, stage: Stage, strips: list[Strip], pose: _Pose) -> Iterator[_Spot]:
    """Yield places behind what the group has on each strip already, on the emptiest strip first."""
    low, high = placement.range
    ends = [stage.row_ends.get((candidate.group, strip.name), low * strip.length_m) for strip in strips]
    room = [strip.length_m * high - end for strip, end in zip(strips, ends, strict=True)]
    length = _extent(candidate, pose)
    tries = 0
    for index in sorted(range(len(strips)), key=lambda each: -room[each]):
        place = ends[index] + pose.gap_m + length / 2
        while place + length / 2 <= strips[index].length_m * high and tries < placement.max_tries:
            yield _Spot(strips[index], place)
            place += _STEP_M
            tries += 1


def _extent(candidate: Candidate, pose: _Pose) -> float:
    """Return the length of an object along a straight strip."""
    turn = about_vertical(_relative_turn(pose, "left"))
    along = (candidate.shape.hull_n3 @ (turn @ pose.base).T)[:, 0] * candidate.scale
    return float(along.max() - along.min())


def _spaced(candidate: Candidate, placement: Along, stage: Stage, strips: list[Strip]) -> Iterator[_Spot]:
    """Yield the object's own place among the regular ones, those near the origin first, then places close to it."""
    spacing_value = placement.spacing_m
    if spacing_value is None:
        return
    if candidate.group not in stage.slots:
        stage.slots[candidate.group] = _slots(candidate.group, placement, stage.drawer, strips, spacing_value)
    slots = stage.slots[candidate.group]
    if candidate.index >= len(slots):
        return
    own = _Spot(*slots[candidate.index])
    reach = stage.drawer.number(f"{candidate.path}.jitter_m", placement.jitter_m)
    if reach <= 0:
        yield own
        return
    shift = reach * (2 * stage.drawer.rng(f"{candidate.path}.position").random(placement.max_tries) - 1)
    for each in shift:
        yield _Spot(own.strip, own.place_m + float(each))


def _slots(
    group: str, placement: Along, drawer: Drawer, strips: list[Strip], spacing_value: NumberValue
) -> list[tuple[Strip, float]]:
    """Return the regular places of a group, those near the origin first."""
    path = f"objects.{group}.placement"
    spacing = drawer.number(f"{path}.spacing_m", spacing_value)
    phase = drawer.rng(f"{path}.phase").random(len(strips))
    low, high = placement.range
    found: list[tuple[float, Strip, float]] = []
    for strip, share in zip(strips, phase, strict=True):
        first = strip.length_m * low + float(share) * spacing
        places = np.arange(first, strip.length_m * high, spacing)
        away = np.hypot(*strip.points(places)[:, :2].T)
        found += [(float(gap), strip, float(place)) for gap, place in zip(away, places, strict=True)]
    return [(strip, place) for _, strip, place in sorted(found, key=lambda each: each[0])]


def _relative_turn(pose: _Pose, inward: str) -> float:
    """Return the turn of an object against its strip's direction."""
    towards = "right" if inward == "right" else "left"
    away = "left" if towards == "right" else "right"
    word = {"inward": towards, "outward": away}.get(pose.heading, pose.heading)
    return _TURNS.get(word, 0.0) + pose.turn_rad


def _standing(
    candidate: Candidate, placement: Along, pose: _Pose, spot: _Spot, known: dict[tuple[str, float], Body]
) -> tuple[Body, tuple[float, float]]:
    """Return the object at a spot, and the stretch of the strip that it takes.

    Args:
        candidate: The object.
        placement: Its placement.
        pose: How it lies.
        spot: Where.
        known: The object at the origin by the side of its strip's carriageway and heading, for further tries.
    """
    strip = spot.strip
    point, heading = strip.at(spot.place_m)
    lying = known.get((strip.inward, heading))
    if lying is None:
        lying = known[strip.inward, heading] = _turned(candidate, pose, strip, heading)
    if len(strip.path_k3) > 2:
        along = lying.hull_n3[:, :2] @ np.array([math.cos(heading), math.sin(heading)])
        heading = chord_heading(strip, spot.place_m, float(along.max() - along.min()))
        lying = _turned(candidate, pose, strip, heading)
    forward = np.array([math.cos(heading), math.sin(heading)])
    outward = strip.outward(heading)
    flat = lying.hull_n3[:, :2]
    along, beside = flat @ forward, flat @ outward
    shift = pose.offset_m
    if placement.align == "centre":
        shift -= float(beside.max() + beside.min()) / 2
    elif placement.align == "outer":
        shift += strip.width_m / 2 - float(beside.max())
    elif placement.align == "inner":
        shift += -strip.width_m / 2 - float(beside.min())
    middle = float(along.max() + along.min()) / 2
    xy = point[:2] + outward * shift - forward * middle
    body = lying.moved(np.array([xy[0], xy[1], float(point[2]) - lying.low[2]]))
    half = float(along.max() - along.min()) / 2
    return body, (spot.place_m - half, spot.place_m + half)


def _turned(candidate: Candidate, pose: _Pose, strip: Strip, heading: float) -> Body:
    return candidate.body(about_vertical(heading + _relative_turn(pose, strip.inward)) @ pose.base, np.zeros(3))


def _refused(
    placement: Along, stage: Stage, pose: _Pose, spot: _Spot, span: tuple[float, float], body: Body
) -> str | None:
    low, high = placement.range
    length = spot.strip.length_m
    within = (low * length - 1e-6, high * length + 1e-6)
    if placement.arrange != "row" and span[1] - span[0] <= within[1] - within[0]:
        if span[0] < within[0] or span[1] > within[1]:
            return "over the end of the strip"
    elif placement.arrange != "row" and placement.spacing_m is None:
        return "longer than the strip"
    if pose.gap_m > 0:
        for other in stage.spans.get(spot.strip.name, ()):
            if span[0] < other[1] + pose.gap_m and other[0] < span[1] + pose.gap_m:
                return "closer than gap_m"
    touched = stage.bodies.touching(body, placement.clearance_m)
    return f"overlap with {touched.group}" if touched is not None else None
