"""The lines of a piece of street: its centre line, the mouths of side streets, and either side from kerb to houses.

Coordinates of the plan are (s, t): s metres along the centre line, 0 in the middle of the piece, t metres to its left.
`Centre` maps them to the ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["GUTTER_M", "KERB_M", "STEP_M", "Centre", "Corner", "Junction", "Side"]

KERB_M = 0.15
"""Width of the kerb stones."""
GUTTER_M = 0.25
STEP_M = 2.5


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre line: straight, then a bend, then straight again.

    Args:
        bend_from_m: Where the bend begins along the line.
        bend_to_m: Where it ends; the same as `bend_from_m` for a straight street.
        curvature_per_m: One over its radius, above 0 to the left.
    """

    bend_from_m: float
    bend_to_m: float
    curvature_per_m: float

    def heading(self, s: Floats) -> Floats:
        """Return the direction of the line at places along it, radians."""
        inside: Floats = np.clip(s, self.bend_from_m, self.bend_to_m) - self.bend_from_m
        return np.asarray(inside * self.curvature_per_m, np.float64)

    def ground(self, s: Floats, t: Floats) -> Floats:
        """Return the points (n, 2) on the ground of places along and beside the line."""
        s, t = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(t, np.float64))
        turn = self.heading(s)
        x, y = np.array(s, np.float64), np.zeros(s.shape)
        if self.curvature_per_m:
            radius = 1.0 / self.curvature_per_m
            after = np.maximum(s - self.bend_to_m, 0.0)
            bent = s > self.bend_from_m
            x[bent] = self.bend_from_m + (radius * np.sin(turn) + after * np.cos(turn))[bent]
            y[bent] = (radius * (1.0 - np.cos(turn)) + after * np.sin(turn))[bent]
        return np.stack([x - t * np.sin(turn), y + t * np.cos(turn)], axis=-1)

    def plan(self, points_n2: Floats) -> Floats:
        """Return the places (s, t) along and beside the line of points on the ground, float64 (n, 2)."""
        points = np.asarray(points_n2, np.float64)
        found = points.copy()
        if not self.curvature_per_m:
            return found
        radius = 1.0 / self.curvature_per_m
        x, y = points[:, 0] - self.bend_from_m, points[:, 1]
        # Seen from the middle of the bend, for a bend to the left; one to the right is its mirror image.
        side = np.sign(radius)
        turn = np.arctan2(x, side * (radius - y))
        whole = (self.bend_to_m - self.bend_from_m) * abs(self.curvature_per_m)
        bent = (x > 0) & (turn <= whole)
        found[bent, 0] = self.bend_from_m + turn[bent] * abs(radius)
        found[bent, 1] = radius - side * np.hypot(x, radius - y)[bent]
        end = self.ground(np.array([self.bend_to_m]), np.zeros(1))[0]
        heading = side * whole
        ahead = (points - end) @ np.array([np.cos(heading), np.sin(heading)])
        beyond = (x > 0) & (turn > whole)
        found[beyond, 0] = self.bend_to_m + ahead[beyond]
        found[beyond, 1] = ((points - end) @ np.array([-np.sin(heading), np.cos(heading)]))[beyond]
        return found


@dataclass(frozen=True, slots=True)
class Junction:
    """The mouth of a side street.

    Args:
        at_m: Where along the main street.
        half_m: Half the width of its carriageway.
        radius_m: Of the kerbs at the corners.
        length_m: How far it goes, from the kerb of the main street.
    """

    at_m: float
    half_m: float
    radius_m: float
    length_m: float

    @property
    def reach_m(self) -> float:
        """Half the length of main street that the mouth takes."""
        return self.half_m + self.radius_m


@dataclass(frozen=True, slots=True)
class Corner:
    """One kerb of a side of the street: along the main street, and where it turns, into a side street.

    Args:
        start_m: Where it starts, far along the main street.
        junction: The side street that it turns into, or None where it goes straight on to `end_m`.
        end_m: Where it ends along the main street without a junction.
        bend_m: Stretch of the main street that needs short steps.
    """

    start_m: float
    end_m: float
    junction: Junction | None
    bend_m: tuple[float, float]

    @property
    def _towards(self) -> float:
        return 1.0 if self.start_m < self.end_m else -1.0

    def stop(self, depth_m: float) -> float:
        """Return where a line at a depth behind the kerb leaves the main street, metres along it."""
        if self.junction is None:
            return self.end_m
        gap = self.junction.half_m + max(depth_m, self.junction.radius_m)
        return self.junction.at_m - self._towards * gap

    def _main_steps(self) -> Floats:
        stop = self.stop(0.0)
        low, high = min(self.start_m, stop), max(self.start_m, stop)
        fine = np.arange(math.ceil(self.bend_m[0] / STEP_M) * STEP_M, self.bend_m[1], STEP_M)
        coarse = np.arange(-400.0, 401.0, 12.0)
        coarse = coarse[(coarse < self.bend_m[0] - 2.0) | (coarse > self.bend_m[1] + 2.0)]
        inner = np.concatenate([fine, coarse])
        inner = np.sort(inner[(inner > low + 0.3) & (inner < high - 0.3)])
        places = np.concatenate([[low], inner, [high]])
        return places if self._towards > 0 else places[::-1]

    def line(self, depth_m: float) -> Floats:
        """Return a line at a depth behind the kerb's face as (along, depth), float64 (n, 2), n the same for all."""
        places = self._main_steps()
        first, last, stop = places[0], places[-1], self.stop(depth_m)
        main = first + (places - first) * (stop - first) / (last - first)
        points = [np.stack([main, np.full(len(main), depth_m)], axis=1)]
        if self.junction is not None:
            points += [self._arc(depth_m)[1:], self._leg(depth_m)[1:]]
        return np.concatenate(points)

    def _arc(self, depth_m: float) -> Floats:
        side = self.junction
        assert side is not None  # only called with one
        angle = np.linspace(0.0, np.pi / 2, 9)
        if depth_m >= side.radius_m:
            return np.tile([[self.stop(depth_m), depth_m]], (len(angle), 1))
        rho = side.radius_m - depth_m
        along = self.stop(0.0) + self._towards * rho * np.sin(angle)
        return np.stack([along, side.radius_m - rho * np.cos(angle)], axis=1)

    def _leg(self, depth_m: float) -> Floats:
        side = self.junction
        assert side is not None  # only called with one
        first = max(side.radius_m, depth_m)
        along = side.at_m - self._towards * (side.half_m + depth_m)
        steps = np.linspace(first, max(side.length_m, first + 0.5), 17)
        return np.stack([np.full(len(steps), along), steps], axis=1)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the street, seen from the centre line outwards.

    Args:
        name: ``right`` or ``left``.
        sign: -1 for the right side, 1 for the left: the sign of t.
        lanes: Driving lanes.
        lane_m: Their width.
        cycle_m: Width of the cycle lane, 0 for none.
        parking_m: Width of the parking strip, 0 for none.
        verge_m: Width of the verge, 0 for none.
        pavement_m: Width of the pavement.
        setback_m: From the pavement to the houses.
        junction: Side street, or None.
        corners: Its kerbs.
    """

    name: str
    sign: float
    lanes: int
    lane_m: float
    cycle_m: float
    parking_m: float
    verge_m: float
    pavement_m: float
    setback_m: float
    junction: Junction | None
    corners: tuple[Corner, ...]

    @property
    def cycle_from_m(self) -> float:
        """Where the cycle lane begins, from the centre line."""
        return self.lanes * self.lane_m

    @property
    def parking_from_m(self) -> float:
        """Where the parking strip begins, from the centre line."""
        return self.cycle_from_m + self.cycle_m

    @property
    def half_m(self) -> float:
        """From the centre line to the face of the kerb."""
        return self.parking_from_m + self.parking_m + (0.0 if self.parking_m else GUTTER_M)

    @property
    def pavement_from_m(self) -> float:
        """Where the pavement begins, behind the face of the kerb."""
        return KERB_M + self.verge_m

    @property
    def back_m(self) -> float:
        """Where the pavement ends, behind the face of the kerb."""
        return self.pavement_from_m + self.pavement_m

    def across(self, depth_m: float) -> float:
        """Return t of a depth behind the kerb's face."""
        return self.sign * (self.half_m + depth_m)
