"""Plan of a piece of street: what lies where across and along it, as numbers alone.

Coordinates of the plan are (s, t): s metres along the centre line, 0 in the middle of the piece, t metres to its left.
`Centre` maps them to the ground. The same plan makes the mesh and the strips on which things stand and drive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from synthvision.library.procedural.models.surroundings.street_lines import (
    GUTTER_M,
    KERB_M,
    STEP_M,
    Centre,
    Corner,
    Junction,
    Side,
)
from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["TAIL_M", "StreetPlan", "StripPlan", "plan_of"]

TAIL_M = 130.0
"""How far the road goes on beyond each end of the piece, so that it does not stop in the picture."""

_CYCLE_M, _PARKING_M = 1.7, 2.15
_CORNER_M = 5.0
_SIDE_LENGTH_M = 48.0
_SIDE_LANE_M = 2.9
_FLOW_M_S, _WALK_M_S, _RIDE_M_S, _SIDE_M_S = 12.5, 1.35, 4.8, 8.0
#: Parameters on which the plan depends; the others are looks.
_OWN = (
    "length_m", "lanes_right", "lanes_left", "lane_m", "traffic", "parking", "cycle", "verge", "verge_m", "pavement_m",
    "setback_m", "kerb_height_m", "junction", "junction_at", "curve", "radius_m", "crossing", "crossing_at",
)  # fmt: skip
Inward = Literal["left", "right", "none"]


@dataclass(frozen=True, slots=True, eq=False)
class StripPlan:
    """A strip of ground on which one kind of thing stands or moves.

    Args:
        name: Such as ``lane/0``.
        kind: Such as ``lane``.
        path_k3: Middle line in metres, in driving direction.
        width_m: Width.
        speed_m_s: How fast things go on it.
        inward: On which side of its direction the carriageway lies.
    """

    name: str
    kind: str
    path_k3: Floats
    width_m: float
    speed_m_s: float
    inward: Inward


@dataclass(frozen=True, slots=True, eq=False)
class StreetPlan:
    """The plan of one piece of street.

    Args:
        length_m: Length of the piece on which things are placed.
        kerb_m: Height of pavement and verge above the carriageway.
        centre: The centre line.
        sides: Right and left.
        crossing: ``none``, ``zebra`` or ``signals``.
        crossing_at_m: Middle of the crossing along the street.
        crossing_m: Its width along the street.
        right_hand: Whether traffic keeps to the right.
        strips: Everything that things can stand on.
    """

    length_m: float
    kerb_m: float
    centre: Centre
    sides: tuple[Side, Side]
    crossing: str
    crossing_at_m: float
    crossing_m: float
    right_hand: bool
    strips: tuple[StripPlan, ...]

    @property
    def ends_m(self) -> tuple[float, float]:
        """The far ends of the road, tails included, along it."""
        return -self.length_m / 2 - TAIL_M, self.length_m / 2 + TAIL_M


def plan_of(params: Mapping[str, Any]) -> StreetPlan:
    """Return the plan of a street with the parameters of the asset ``street``."""
    return _plan(tuple((name, params[name]) for name in _OWN))


@lru_cache(maxsize=256)
def _plan(items: tuple[tuple[str, Any], ...]) -> StreetPlan:
    params = dict(items)
    length = float(params["length_m"])
    mouth = str(params["junction"])
    at = round(float(params["junction_at"]) * length, 2)
    side_half = _SIDE_LANE_M + GUTTER_M
    reach = side_half + _CORNER_M
    centre = _centre(params, length, at + reach + 8.0 if mouth != "none" else -length / 8)
    bend = (-length / 2 - 10.0, max(length / 2 + 10.0, centre.bend_to_m + 4.0))
    right_hand = params["traffic"] == "right"
    sides = []
    for name, sign in (("right", -1.0), ("left", 1.0)):
        junction = None
        if mouth in (name, "cross"):
            junction = Junction(at, side_half, _CORNER_M, _SIDE_LENGTH_M)
        sides.append(_side(params, name, sign, junction, length, bend))
    crossing = str(params["crossing"])
    crossing_at = float(params["crossing_at"]) * length
    if mouth != "none":
        # Beside the junction, on the bend's far side, where no kerb is round.
        crossing_at = at - reach - 3.5
    blank = StreetPlan(
        length, float(params["kerb_height_m"]), centre, (sides[0], sides[1]), crossing, crossing_at, 3.6, right_hand, ()
    )
    return StreetPlan(
        blank.length_m, blank.kerb_m, centre, blank.sides, crossing, crossing_at, 3.6, right_hand,
        tuple(_strips(blank)),
    )  # fmt: skip


def _centre(params: Mapping[str, Any], length_m: float, earliest_m: float) -> Centre:
    start = max(earliest_m, -length_m / 2)
    if params["curve"] == "straight":
        return Centre(start, start, 0.0)
    radius = float(params["radius_m"])
    sign = 1.0 if params["curve"] == "left" else -1.0
    return Centre(start, start + min(0.8 * radius, length_m), sign / radius)


def _side(
    params: Mapping[str, Any],
    name: str,
    sign: float,
    junction: Junction | None,
    length_m: float,
    bend_m: tuple[float, float],
) -> Side:
    low, high = -length_m / 2 - TAIL_M, length_m / 2 + TAIL_M
    if junction is None:
        corners: tuple[Corner, ...] = (Corner(low, high, None, bend_m),)
    else:
        corners = (Corner(low, high, junction, bend_m), Corner(high, low, junction, bend_m))
    return Side(
        name=name,
        sign=sign,
        lanes=int(params[f"lanes_{name}"]),
        lane_m=float(params["lane_m"]),
        cycle_m=_CYCLE_M if params["cycle"] in (name, "both") else 0.0,
        parking_m=_PARKING_M if params["parking"] in (name, "both") else 0.0,
        verge_m=float(params["verge_m"]) if params["verge"] in (name, "both") else 0.0,
        pavement_m=float(params["pavement_m"]),
        setback_m=float(params["setback_m"]),
        junction=junction,
        corners=corners,
    )


def _strips(plan: StreetPlan) -> list[StripPlan]:
    made: list[StripPlan] = []
    half = plan.length_m / 2
    number = 0
    for side in plan.sides:
        # Traffic on the right keeps the direction of s, on the left it comes towards it; mirrored where it keeps left.
        onward = (side.sign < 0) == plan.right_hand
        inward: Inward = "left" if plan.right_hand else "right"
        run = (-half, half) if onward else (half, -half)
        for lane in range(side.lanes):
            t = side.sign * (lane + 0.5) * side.lane_m
            made.append(_main(plan, f"lane/{number}", "lane", run, t, 0.0, side.lane_m, _FLOW_M_S, inward))
            number += 1
        if side.cycle_m:
            t = side.sign * (side.cycle_from_m + side.cycle_m / 2)
            name = f"cycle_lane/{side.name}"
            made.append(_main(plan, name, "cycle_lane", run, t, 0.0, side.cycle_m, _RIDE_M_S, inward))
        made += _parking(plan, side, onward, inward)
        made += _behind_kerb(plan, side, onward, inward)
    made += _side_streets(plan, number)
    if plan.crossing != "none":
        right, left = plan.sides
        ends = np.array([-right.half_m, left.half_m])
        path = _raised(plan.centre.ground(np.full(2, plan.crossing_at_m), ends), 0.0)
        made.append(StripPlan("crossing/0", "crossing", path, plan.crossing_m, _WALK_M_S, "none"))
    return made


def _parking(plan: StreetPlan, side: Side, onward: bool, inward: Inward) -> list[StripPlan]:
    """Return the parking strips of a side, kept free of junction and crossing."""
    if not side.parking_m:
        return []
    half = plan.length_m / 2
    closed = []
    for other in plan.sides:
        if other.junction is not None:
            reach = other.junction.reach_m + 4.0
            closed.append((other.junction.at_m - reach, other.junction.at_m + reach))
    if plan.crossing != "none":
        closed.append((plan.crossing_at_m - 6.5, plan.crossing_at_m + 6.5))
    t = side.sign * (side.parking_from_m + side.parking_m / 2)
    made = []
    for index, (low, high) in enumerate(_open((-half, half), closed)):
        run = (low, high) if onward else (high, low)
        made.append(_main(plan, f"parking/{side.name}_{index}", "parking", run, t, 0.0, side.parking_m, 0.0, inward))
    return made


def _open(whole: tuple[float, float], closed: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return what is left of a stretch, in pieces of at least 6 m."""
    pieces, place = [], whole[0]
    for low, high in sorted(closed):
        if low - place >= 6.0:
            pieces.append((place, low))
        place = max(place, high)
    if whole[1] - place >= 6.0:
        pieces.append((place, whole[1]))
    return pieces


def _behind_kerb(plan: StreetPlan, side: Side, onward: bool, inward: Inward) -> list[StripPlan]:
    """Return kerb, verge, pavement and building line, in pieces where a side street comes in, and along it."""
    kinds = [
        ("kerb", KERB_M / 2, KERB_M, 0.0),
        ("pavement", side.pavement_from_m + side.pavement_m / 2, side.pavement_m, _WALK_M_S),
        ("building_line", side.back_m + side.setback_m, 0.0, 0.0),
    ]
    if side.verge_m:
        kinds.append(("verge", KERB_M + side.verge_m / 2, side.verge_m, 0.0))
    half = plan.length_m / 2
    made = []
    for kind, depth, width, speed in kinds:
        t = side.across(depth)
        for index, corner in enumerate(side.corners):
            # Houses go on a little where the street is no longer busy.
            more = 25.0 if kind == "building_line" else 0.0
            low = -half - more if corner.start_m < 0 else half + more
            stop = corner.stop(depth) if corner.junction is not None else half + more
            run = (low, stop) if (low < stop) == onward else (stop, low)
            name = f"{kind}/{side.name}" + (f"_{index}" if len(side.corners) > 1 else "")
            made.append(_main(plan, name, kind, run, t, plan.kerb_m, width, speed, inward))
            if corner.junction is not None:
                leg = corner.line(depth)[-17:]
                path = _raised(plan.centre.ground(leg[:, 0], side.sign * (side.half_m + leg[:, 1])), plan.kerb_m)
                # Seen into the side street, its carriageway lies on the side of the corner's own direction.
                left = (corner.start_m < 0) == (side.sign < 0)
                to_street: Inward = "left" if left else "right"
                forward = left == plan.right_hand
                path = path if forward else path[::-1]
                flipped: Inward = to_street if forward else ("right" if left else "left")
                made.append(
                    StripPlan(f"{kind}/side_{side.name}_{index}", kind, np.ascontiguousarray(path), width, speed,
                              flipped)
                )  # fmt: skip
    return made


def _side_streets(plan: StreetPlan, number: int) -> list[StripPlan]:
    made = []
    for side in plan.sides:
        if side.junction is None:
            continue
        depth = np.linspace(side.junction.radius_m + 1.0, side.junction.length_m, 17)
        for offset in (-1.0, 1.0):
            along = side.junction.at_m + offset * _SIDE_LANE_M / 2
            path = _raised(plan.centre.ground(np.full(17, along), side.sign * (side.half_m + depth)), 0.0)
            # Out of the main street drives who has the middle of the side street on the left.
            out = (offset * side.sign > 0) == plan.right_hand
            made.append(
                StripPlan(
                    f"lane/side_{number}", "lane", path if out else np.ascontiguousarray(path[::-1]), _SIDE_LANE_M,
                    _SIDE_M_S, "left" if plan.right_hand else "right",
                )
            )  # fmt: skip
            number += 1
        # A house stands where the side street ends.
        ends = side.junction.at_m + np.array([-9.0, 9.0])
        end = side.across(side.junction.length_m + 1.0)
        facing: Inward = "right" if side.sign > 0 else "left"
        path = _raised(plan.centre.ground(ends, np.full(2, end)), plan.kerb_m)
        made.append(StripPlan(f"building_line/end_{side.name}", "building_line", path, 0.0, 0.0, facing))
    return made


def _main(
    plan: StreetPlan,
    name: str,
    kind: str,
    run_m: tuple[float, float],
    t: float,
    z: float,
    width_m: float,
    speed_m_s: float,
    inward: Inward,
) -> StripPlan:
    steps = max(2, 1 + math.ceil(abs(run_m[1] - run_m[0]) / STEP_M)) if plan.centre.curvature_per_m else 2
    s = np.linspace(run_m[0], run_m[1], steps)
    return StripPlan(name, kind, _raised(plan.centre.ground(s, np.full(steps, t)), z), width_m, speed_m_s, inward)


def _raised(points_n2: Floats, z: float) -> Floats:
    return np.concatenate([points_n2, np.full((len(points_n2), 1), z)], axis=1)
