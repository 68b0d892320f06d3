"""How far something has gone after a time: speed profiles with their integrals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from synthvision.sampling.drawing import Drawer
from synthvision.sampling.motion.config import Profile, SpeedChange, StopAndGo

__all__ = ["Changing", "Going", "Speed", "StoppingAndGoing", "draw_speed"]


class Speed(Protocol):
    """A speed as a function of time."""

    def way(self, time_s: float) -> tuple[float, float]:
        """Return the way since time 0 in metres, and the speed in m/s; times before 0 too."""
        ...


@dataclass(frozen=True, slots=True)
class Going:
    """A steady speed.

    Args:
        speed_m_s: Below 0 goes backwards.
    """

    speed_m_s: float

    def way(self, time_s: float) -> tuple[float, float]:
        """Return way and speed."""
        return self.speed_m_s * time_s, self.speed_m_s


@dataclass(frozen=True, slots=True)
class Changing:
    """One speed, then a steady change, then another speed.

    Args:
        speed_m_s: Before the change.
        to_m_s: After it.
        after_s: When it begins.
        rate_m_s2: How fast the speed changes, above 0.
    """

    speed_m_s: float
    to_m_s: float
    after_s: float
    rate_m_s2: float

    def way(self, time_s: float) -> tuple[float, float]:
        """Return way and speed."""
        before = self.speed_m_s * min(time_s, self.after_s)
        rate = math.copysign(self.rate_m_s2, self.to_m_s - self.speed_m_s)
        lasts = abs(self.to_m_s - self.speed_m_s) / self.rate_m_s2
        changing = min(max(time_s - self.after_s, 0.0), lasts)
        during = (self.speed_m_s + 0.5 * rate * changing) * changing
        after = self.to_m_s * max(time_s - self.after_s - lasts, 0.0)
        speed = self.to_m_s if time_s >= self.after_s + lasts else self.speed_m_s + rate * changing
        return before + during + after, speed


@dataclass(frozen=True, slots=True)
class StoppingAndGoing:
    """Going and standing in turn, with even ramps between.

    Args:
        speed_m_s: While it goes.
        go_s: Length of going, ramps included.
        stop_s: Length of standing.
        ramp_s: Length of each ramp, at most half of `go_s`.
        start_s: How long before time 0 a going began.
    """

    speed_m_s: float
    go_s: float
    stop_s: float
    ramp_s: float
    start_s: float

    def way(self, time_s: float) -> tuple[float, float]:
        """Return way and speed."""
        here, speed = self._since_a_start(self.start_s + time_s)
        return here - self._since_a_start(self.start_s)[0], speed

    def _since_a_start(self, time_s: float) -> tuple[float, float]:
        turns, within = divmod(time_s, self.go_s + self.stop_s)
        whole = self.go_s - self.ramp_s
        up, down = min(within, self.ramp_s), min(max(within - whole, 0.0), self.ramp_s)
        level = min(max(within - self.ramp_s, 0.0), whole - self.ramp_s)
        share = level
        rate = 1.0
        if self.ramp_s > 0:
            share += 0.5 * up * up / self.ramp_s + down - 0.5 * down * down / self.ramp_s
            rate = up / self.ramp_s - down / self.ramp_s
        return self.speed_m_s * (turns * whole + share), self.speed_m_s * (rate if within < self.go_s else 0.0)


def draw_speed(drawer: Drawer, path: str, speed_m_s: float, profile: Profile | None) -> Speed:
    """Return the speed of one thing that moves.

    Args:
        drawer: Draws the values of the profile.
        path: Key path of the motion.
        speed_m_s: Its speed while it goes.
        profile: How that changes; None for not at all.
    """
    if isinstance(profile, SpeedChange):
        return Changing(
            speed_m_s,
            drawer.number(f"{path}.profile.to_m_s", profile.to_m_s),
            drawer.number(f"{path}.profile.after_s", profile.after_s),
            drawer.number(f"{path}.profile.rate_m_s2", profile.rate_m_s2),
        )
    if isinstance(profile, StopAndGo):
        go = drawer.number(f"{path}.profile.go_s", profile.go_s)
        stop = drawer.number(f"{path}.profile.stop_s", profile.stop_s)
        ramp = min(drawer.number(f"{path}.profile.ramp_s", profile.ramp_s), go / 2)
        start = drawer.number(f"{path}.profile.start", profile.start)
        return StoppingAndGoing(speed_m_s, go, stop, ramp, start * (go + stop))
    return Going(speed_m_s)
