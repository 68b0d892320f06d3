"""Ways through space as functions of time: straight on, on a circle, along a strip of the site, round a point.

A track carries one point of a rigid thing, its anchor, and turns the thing about it. At time 0 it is where it was
placed. Nothing here is drawn or remembered, so any instant can be asked for alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import quaternion_from_axis_angle, rotation_from_quaternion
from synthvision.sampling.motion.speed import Speed

__all__ = ["Along", "Circle", "Drift", "Instant", "Orbit", "Straight", "Strip", "Track", "project_on_strip", "turn_by"]

Float = NDArray[np.float64]

_UP = np.array([0.0, 0.0, 1.0])
# Central differences: the error goes with its square, the noise of doubles with its inverse.
_STEP_S = 1e-4


class Strip(Protocol):
    """What motion needs of a strip of a site: a way through it."""

    @property
    def name(self) -> str:
        """Name in the site, e.g. ``lane/0``."""
        ...

    @property
    def kind(self) -> str:
        """What it is, e.g. ``lane``."""
        ...

    @property
    def path_k3(self) -> Float:
        """Its middle line, metres, in driving direction."""
        ...

    @property
    def speed_m_s(self) -> float:
        """How fast things go on it."""
        ...

    @property
    def length_m(self) -> float:
        """Length of the middle line."""
        ...

    def at(self, distance_m: float) -> tuple[Float, float]:
        """Return a point of the middle line and its heading."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Instant:
    """A moving thing at one instant.

    Args:
        anchor_m: Where its anchor is.
        turn_33: Turn since time 0, in world axes.
        velocity_m_s: Of the anchor.
        turn_rad_s: Angular velocity in world axes.
        way_m: How far it has gone.
    """

    anchor_m: Float
    turn_33: Float
    velocity_m_s: Float
    turn_rad_s: Float
    way_m: float = 0.0


class Track(Protocol):
    """A way through space."""

    def at(self, time_s: float) -> Instant:
        """Return the thing at a time, in seconds from the first step; before 0 too."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Steady velocities.

    Args:
        start_m: The anchor at time 0.
        velocity_m_s: In world axes.
        turn_rad_s: In world axes.
    """

    start_m: Float
    velocity_m_s: Float
    turn_rad_s: Float

    def at(self, time_s: float) -> Instant:
        """Return the thing at a time."""
        speed = float(np.linalg.norm(self.velocity_m_s))
        turn = turn_by(self.turn_rad_s * time_s)
        return Instant(
            self.start_m + self.velocity_m_s * time_s, turn, self.velocity_m_s, self.turn_rad_s, speed * time_s
        )


@dataclass(frozen=True, slots=True, eq=False)
class Straight:
    """Straight on.

    Args:
        start_m: The anchor at time 0.
        direction: Unit vector of the way.
        speed: Along it.
    """

    start_m: Float
    direction: Float
    speed: Speed

    @property
    def forward(self) -> Float:
        """Direction of the way at time 0."""
        return self.direction

    def at(self, time_s: float) -> Instant:
        """Return the thing at a time."""
        way, speed = self.speed.way(time_s)
        return Instant(self.start_m + self.direction * way, np.eye(3), self.direction * speed, np.zeros(3), way)


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """On a level circle, turning with it.

    Args:
        start_m: The anchor at time 0.
        heading_rad: Direction of the way at time 0.
        curvature_per_m: One over the radius; above 0 to the left.
        speed: Along the circle.
    """

    start_m: Float
    heading_rad: float
    curvature_per_m: float
    speed: Speed

    @property
    def forward(self) -> Float:
        """Direction of the way at time 0."""
        return np.array([np.cos(self.heading_rad), np.sin(self.heading_rad), 0.0])

    def at(self, time_s: float) -> Instant:
        """Return the thing at a time."""
        way, speed = self.speed.way(time_s)
        angle = way * self.curvature_per_m
        before, now = self.heading_rad, self.heading_rad + angle
        shift = np.array([np.sin(now) - np.sin(before), np.cos(before) - np.cos(now), 0.0]) / self.curvature_per_m
        velocity = speed * np.array([np.cos(now), np.sin(now), 0.0])
        return Instant(self.start_m + shift, turn_by(_UP * angle), velocity, _UP * speed * self.curvature_per_m, way)


@dataclass(frozen=True, slots=True, eq=False)
class Orbit:
    """Round a vertical axis, facing it as at time 0.

    Args:
        start_m: The anchor at time 0.
        centre_m: A point of the axis.
        turn_rad_s: Counter-clockwise seen from above.
    """

    start_m: Float
    centre_m: Float
    turn_rad_s: float

    def at(self, time_s: float) -> Instant:
        """Return the thing at a time."""
        turn = turn_by(_UP * self.turn_rad_s * time_s)
        arm = turn @ (self.start_m - self.centre_m)
        rate = _UP * self.turn_rad_s
        way = abs(self.turn_rad_s * time_s) * float(np.hypot(arm[0], arm[1]))
        return Instant(self.centre_m + arm, turn, np.cross(rate, arm), rate, way)


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """Along the middle line of a strip, as far beside it as at time 0; beyond its ends straight on.

    The heading is that of a chord as long as the thing, as of a car between its axles: a bend in the line turns it
    gradually.

    Args:
        strip: The strip.
        start_m: The anchor at time 0.
        from_m: Its place along the strip at time 0.
        backwards: Against the strip's direction.
        length_m: Length of the thing.
        speed: Along the strip.
    """

    strip: Strip
    start_m: Float
    from_m: float
    backwards: bool
    length_m: float
    speed: Speed

    @property
    def forward(self) -> Float:
        """Direction of the way at time 0."""
        heading = self._heading(self.from_m) + (np.pi if self.backwards else 0.0)
        return np.array([np.cos(heading), np.sin(heading), 0.0])

    def at(self, time_s: float) -> Instant:
        """Return the thing at a time."""
        anchor, heading, way = self._pose(time_s)
        before, after = self._pose(time_s - _STEP_S), self._pose(time_s + _STEP_S)
        turned = (after[1] - before[1] + np.pi) % (2 * np.pi) - np.pi
        return Instant(
            anchor,
            turn_by(_UP * (heading - self._heading(self.from_m))),
            (after[0] - before[0]) / (2 * _STEP_S),
            _UP * turned / (2 * _STEP_S),
            way,
        )

    def _pose(self, time_s: float) -> tuple[Float, float, float]:
        way, _ = self.speed.way(time_s)
        place = self.from_m - way if self.backwards else self.from_m + way
        heading, first = self._heading(place), self._heading(self.from_m)
        beside = turn_by(_UP * (heading - first)) @ (self.start_m - self._point(self.from_m))
        return self._point(place) + beside, heading, way

    def _heading(self, place_m: float) -> float:
        reach = max(self.length_m, 0.1) / 2
        chord = self._point(place_m + reach) - self._point(place_m - reach)
        return float(np.arctan2(chord[1], chord[0]))

    def _point(self, place_m: float) -> Float:
        inside = min(max(place_m, 0.0), self.strip.length_m)
        point, heading = self.strip.at(inside)
        beyond = place_m - inside
        return np.asarray(point, np.float64) + beyond * np.array([np.cos(heading), np.sin(heading), 0.0])


def project_on_strip(strip: Strip, point_m: Float) -> tuple[float, float]:
    """Return the place along a strip that lies nearest to a point as seen from above, and the distance, in metres."""
    path = np.asarray(strip.path_k3, np.float64)
    starts, ways = path[:-1], np.diff(path, axis=0)
    lengths = np.linalg.norm(ways, axis=1)
    flat = np.maximum((ways[:, :2] ** 2).sum(axis=1), 1e-18)
    share = np.clip((((point_m - starts) * ways)[:, :2]).sum(axis=1) / flat, 0.0, 1.0)
    gaps = np.linalg.norm((starts + share[:, None] * ways - point_m)[:, :2], axis=1)
    best = int(np.argmin(gaps))
    return float(lengths[:best].sum() + share[best] * lengths[best]), float(gaps[best])


def turn_by(rotation_vector: Float) -> Float:
    """Return the rotation matrix of a rotation vector: its length in radians, its direction the axis."""
    angle = float(np.linalg.norm(rotation_vector))
    if angle == 0.0:
        return np.eye(3)
    return rotation_from_quaternion(quaternion_from_axis_angle(rotation_vector, angle))
