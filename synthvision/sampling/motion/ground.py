"""From a motion block to a track: what objects and cameras share."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError, nearest_name
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.motion.config import LinearMotion, PathMotion, TurnMotion
from synthvision.sampling.motion.speed import draw_speed
from synthvision.sampling.motion.tracks import Along, Circle, Straight, Strip, project_on_strip

__all__ = ["GroundMotion", "GroundTrack", "draw_track", "level_heading"]

Float = NDArray[np.float64]
GroundMotion = LinearMotion | TurnMotion | PathMotion
GroundTrack = Straight | Circle | Along


def draw_track(
    drawer: Drawer,
    path: str,
    spec: GroundMotion,
    start_m: Float,
    heading_rad: float,
    length_m: float,
    strips: Sequence[Strip],
    stands_on: str | None = None,
) -> GroundTrack:
    """Return the way of one thing.

    Args:
        drawer: Draws the motion's values.
        path: Key path of the motion.
        spec: The motion.
        start_m: Where the thing's anchor is at time 0.
        heading_rad: Where it faces.
        length_m: How long it is, for bends.
        strips: Of the site.
        stands_on: Name of the strip that the thing was placed along, which it follows if it may; None for none.

    Raises:
        UsageError: It is to follow a strip, and no strip of the site has that name.
    """
    if isinstance(spec, PathMotion):
        own = [strip for strip in strips if strip.name == stands_on]
        return _along(drawer, path, spec, start_m, heading_rad, length_m, strips, own)
    speed = draw_speed(drawer, path, drawer.number(f"{path}.speed_m_s", spec.speed_m_s), spec.profile)
    if spec.heading_deg is not None:
        heading_rad = float(np.radians(drawer.number(f"{path}.heading_deg", spec.heading_deg)))
    if isinstance(spec, TurnMotion):
        side = 1.0 if drawer.word(f"{path}.side", spec.side) == "left" else -1.0
        return Circle(start_m, heading_rad, side / drawer.number(f"{path}.radius_m", spec.radius_m), speed)
    climb = np.radians(drawer.number(f"{path}.climb_deg", spec.climb_deg))
    flat = np.cos(climb)
    return Straight(start_m, np.array([flat * np.cos(heading_rad), flat * np.sin(heading_rad), np.sin(climb)]), speed)


def level_heading(direction: Float, otherwise: Float) -> float:
    """Return the compass heading of a direction, from +X towards +Y, or of another one where it is upright."""
    chosen = direction if float(np.hypot(direction[0], direction[1])) > 1e-6 else otherwise
    return float(np.arctan2(chosen[1], chosen[0]))


def _along(
    drawer: Drawer,
    path: str,
    spec: PathMotion,
    start_m: Float,
    heading_rad: float,
    length_m: float,
    strips: Sequence[Strip],
    own: Sequence[Strip],
) -> Along:
    fitting = _fitting(own, spec.strip) or _fitting(strips, spec.strip)
    if not fitting:
        names = [strip.name for strip in strips]
        near = nearest_name(spec.strip or "", names)
        hint = f"; did you mean {near!r}?" if near else ""
        known = ", ".join(names) if names else "none: the scene has no site"
        raise UsageError(f"{path}.strip must name a strip of the site (there are: {known}), got {spec.strip!r}{hint}")
    places = [project_on_strip(strip, start_m) for strip in fitting]
    chosen = min(range(len(fitting)), key=lambda index: places[index][1])
    strip, (place, _) = fitting[chosen], places[chosen]
    backwards = bool(np.cos(strip.at(place)[1] - heading_rad) < 0)
    metres = strip.speed_m_s if spec.speed_m_s is None else drawer.number(f"{path}.speed_m_s", spec.speed_m_s)
    return Along(strip, start_m, place, backwards, length_m, draw_speed(drawer, path, metres, spec.profile))


def _fitting(strips: Sequence[Strip], pattern: str | None) -> list[Strip]:
    return [strip for strip in strips if pattern is None or strip.kind == pattern or fnmatchcase(strip.name, pattern)]
