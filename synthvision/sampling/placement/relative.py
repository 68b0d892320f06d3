"""Places stated relative to another object: before a car, beside a crate, on a box, between two parked cars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Relative
from synthvision.sampling.placement.orientation import about_vertical, lay
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.placement.supports import Support, top_of_body

__all__ = ["heading_of", "place_relative"]

Float = NDArray[np.float64]

_BEARINGS = {"front": 0.0, "left": 90.0, "behind": 180.0, "right": -90.0}
_FACING_DEG = {"alike": 0.0, "towards": 180.0, "away": 0.0, "across": 90.0}
# Corners this little above the lowest one carry the object.
_CONTACT_M = 1e-3
# Where neither gap nor distance is stated.
_NEAR_M, _FAR_M = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an object may stand.

    Args:
        start_xy: Middle of the object that the place is relative to, or of the gap.
        way_xy: Unit vector from there.
        heading_rad: Where the other object faces.
        other: The other object; None for a gap, whose place is its middle.
    """

    start_xy: Float
    way_xy: Float
    heading_rad: float
    other: Body | None


def place_relative(candidate: Candidate, placement: Relative, stage: Stage) -> Body:
    """Return an object at a free place relative to another one, its lowest point on what it stands on.

    Raises:
        NoPlaceError: There is no such other object, or no try succeeded.
    """
    reasons: Counter[str] = Counter()
    for spot, drawer_suffix in _spots(candidate, placement, stage, reasons):
        body, reason = _tried(candidate, placement, stage, spot, drawer_suffix)
        if body is not None:
            stage.refuse(candidate, reasons)
            return body
        reasons[reason] += 1
    stage.refuse(candidate, reasons)
    raise NoPlaceError(candidate.name, reasons)


def heading_of(body: Body) -> float:
    """Return where a body's front (+X of its model) points seen from above, in radians from +X towards +Y."""
    front = body.rotation[:, 0]
    if np.hypot(front[0], front[1]) < 1e-3:
        # It stands on its nose or tail: its left side tells the way.
        left = body.rotation[:, 1]
        return float(np.arctan2(-left[0], left[1]))
    return float(np.arctan2(front[1], front[0]))


def _spots(
    candidate: Candidate, placement: Relative, stage: Stage, reasons: Counter[str]
) -> Iterator[tuple[_Spot, int]]:
    bodies = stage.bodies.of_group(placement.group)
    pairs = _neighbours(bodies, placement.widest_m) if placement.between is not None else []
    if not bodies or (placement.between is not None and not pairs):
        reasons[f"{'two objects' if placement.between else 'no object'} of {placement.group} to stand by"] += 1
        return
    rng = stage.drawer.rng(f"{candidate.path}.relative")
    for attempt in range(placement.max_tries):
        if placement.between is not None:
            first, second = pairs[int(rng.integers(len(pairs)))]
            yield _gap(first, second), attempt
            continue
        other = bodies[int(rng.integers(len(bodies)))]
        heading = heading_of(other)
        way = heading + np.radians(_bearing_deg(candidate, placement, stage, rng, attempt))
        yield _Spot(_middle(other), np.array([np.cos(way), np.sin(way)]), heading, other), attempt


def _bearing_deg(
    candidate: Candidate, placement: Relative, stage: Stage, rng: np.random.Generator, attempt: int
) -> float:
    if placement.bearing_deg is not None:
        return _drawer(stage, attempt).number(f"{candidate.path}.bearing_deg", placement.bearing_deg)
    if placement.side in _BEARINGS:
        return _BEARINGS[placement.side]
    if placement.side == "beside":
        return 90.0 if rng.random() < 0.5 else -90.0
    return float(rng.random() * 360.0)


def _tried(
    candidate: Candidate, placement: Relative, stage: Stage, spot: _Spot, attempt: int
) -> tuple[Body | None, str]:
    drawer = _drawer(stage, attempt)
    path = candidate.path
    flipped = drawer.happens(f"{path}.flipped", placement.flip_probability)
    base = lay(candidate.shape, placement.pose, flipped, drawer.rng(f"{path}.pose"))
    way = float(np.arctan2(spot.way_xy[1], spot.way_xy[0]))
    front = spot.heading_rad if placement.facing == "alike" else way + np.radians(_FACING_DEG[placement.facing])
    yaw = front + np.radians(drawer.number(f"{path}.yaw_deg", placement.yaw_deg))
    lying = candidate.body(about_vertical(float(yaw)) @ base, np.zeros(3))
    middle = _middle(lying)
    left = np.array([-spot.way_xy[1], spot.way_xy[0]])
    sideways = drawer.number(f"{path}.sideways_m", placement.sideways_m)
    if placement.side == "on_top" and spot.other is not None:
        return _on_top(candidate, placement, stage, spot, lying, left * sideways, attempt)
    target = spot.start_xy + spot.way_xy * _reach(candidate, placement, stage, spot, lying, attempt) + left * sideways
    shift = target - middle
    outline = lying.hull_n3[:, :2] + shift
    # The highest support under the whole object carries it: a kerb rather than the road beside it.
    supports = [support for _, support in stage.supports(placement.on) if support.holds(outline, 0.0)]
    if not supports:
        return None, "off the edge of the surface"
    lift = max(support.height_m for support in supports) - lying.low[2]
    body = lying.moved(np.array([shift[0], shift[1], lift]))
    touched = stage.bodies.touching(body, placement.clearance_m)
    return (None, f"overlap with {touched.group}") if touched is not None else (body, "")


def _reach(candidate: Candidate, placement: Relative, stage: Stage, spot: _Spot, lying: Body, attempt: int) -> float:
    """Return how far from the start the object's middle stands."""
    if spot.other is None:
        return 0.0
    drawer = _drawer(stage, attempt)
    if placement.distance_m is not None:
        return drawer.number(f"{candidate.path}.distance_m", placement.distance_m)
    if placement.gap_m is not None:
        gap = drawer.number(f"{candidate.path}.gap_m", placement.gap_m)
    else:
        gap = _NEAR_M + (_FAR_M - _NEAR_M) * float(drawer.rng(f"{candidate.path}.gap").random())
    return _half_length(spot.other, spot.way_xy) + gap + _half_length(lying, spot.way_xy)


def _on_top(
    candidate: Candidate, placement: Relative, stage: Stage, spot: _Spot, lying: Body, sideways: Float, attempt: int
) -> tuple[Body | None, str]:
    other, drawer = spot.other, _drawer(stage, attempt)
    assert other is not None
    top: Support = top_of_body(other)
    middle, half = _middle(other), _half_length(other, spot.way_xy)
    own = _half_length(lying, spot.way_xy)
    if placement.overhang is None:
        room = max(half - own, 0.0)
        along = room * (2 * float(drawer.rng(f"{candidate.path}.along").random()) - 1)
    else:
        share = drawer.number(f"{candidate.path}.overhang", placement.overhang)
        along = half + (2 * share - 1) * own
    shift = middle + spot.way_xy * along + sideways - _middle(lying)
    body = lying.moved(np.array([shift[0], shift[1], top.height_m - lying.low[2]]))
    feet = body.hull_n3[body.hull_n3[:, 2] <= body.low[2] + _CONTACT_M, :2]
    if placement.overhang is None and not top.holds(feet, 0.0):
        return None, f"off the top of {other.group}"
    if not top.holds(body.centre_of_mass[None, :2], 0.0):
        return None, f"would fall off {other.group}"
    touched = stage.bodies.touching(body, placement.clearance_m, (other.name,))
    return (None, f"overlap with {touched.group}") if touched is not None else (body, "")


def _neighbours(bodies: list[Body], widest_m: float) -> list[tuple[Body, Body]]:
    """Return every pair of bodies with a gap of at most a width and no third body nearer to the middle between them."""
    pairs = []
    for index, first in enumerate(bodies):
        for second in bodies[index + 1 :]:
            middle = (_middle(first) + _middle(second)) / 2
            reach = float(np.linalg.norm(_middle(first) - middle))
            others = (body for body in bodies if body is not first and body is not second)
            if any(float(np.linalg.norm(_middle(body) - middle)) <= reach for body in others):
                continue
            way = (_middle(second) - _middle(first)) / max(2 * reach, 1e-9)
            if 2 * reach - _half_length(first, way) - _half_length(second, way) <= widest_m:
                pairs.append((first, second))
    return pairs


def _gap(first: Body, second: Body) -> _Spot:
    heading = heading_of(first)
    line = _middle(second) - _middle(first)
    if line @ [np.cos(heading), np.sin(heading)] < 0:
        # Along the way that the first one faces, so that left and right mean the same in every gap of a row.
        first, second, line = second, first, -line
    length = max(float(np.linalg.norm(line)), 1e-9)
    way = line / length
    start, end = _half_length(first, way), length - _half_length(second, way)
    return _Spot(_middle(first) + way * (start + end) / 2, way, heading, None)


def _middle(body: Body) -> Float:
    middle: Float = ((body.low + body.high) / 2)[:2]
    return middle


def _half_length(body: Body, way_xy: Float) -> float:
    """Return how far a body reaches from its middle along a direction."""
    along = body.hull_n3[:, :2] @ way_xy
    return float(along.max() - along.min()) / 2


def _drawer(stage: Stage, attempt: int) -> Drawer:
    """Return what draws the values of a try: those of the first one are named as the scene file names them."""
    return stage.drawer.renewed(f"~{attempt}") if attempt else stage.drawer
