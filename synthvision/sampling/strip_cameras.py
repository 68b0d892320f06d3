"""Where a camera of kind on_strip stands and what it looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import PlacementError
from synthvision.sampling.camera_config import StripCamera
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.site.strips import Strip, strips_of

__all__ = ["crowded", "lonely", "strip_view"]

Float = NDArray[np.float64]

_AHEAD_M = 12.0
_TURNS = {"forward": 0.0, "backward": math.pi, "left": math.pi / 2, "right": -math.pi / 2}
_ALIKE_M = 1e-6
# What stands farther away fills few pixels.
_THINGS_WITHIN_M = 25.0


def strip_view(drawer: Drawer, path: str, spec: StripCamera, strips: Sequence[Strip]) -> tuple[Float, Float]:
    """Return where a camera stands, and a point on its axis.

    Args:
        drawer: Draws the camera's values.
        path: Its key path.
        spec: The camera.
        strips: Of the site.

    Raises:
        PlacementError: The site has no such strip.
    """
    fitting = strips_of(strips, spec.strips)
    if not fitting:
        raise PlacementError(
            f"{path}.strips: the camera must stand on a strip of the site, but none fits {', '.join(spec.strips)}"
        )
    aim = next((found for word in spec.towards if (found := strips_of(strips, [word]))), [])
    strip, place = _place(drawer, path, spec, fitting, aim)
    point, heading = strip.at(place)
    outward = strip.outward(heading)
    height = drawer.number(f"{path}.height_m", spec.height_m)
    position = np.array([*(point[:2] + outward * drawer.number(f"{path}.offset_m", spec.offset_m)), point[2] + height])
    yaw = math.radians(drawer.number(f"{path}.yaw_deg", spec.yaw_deg))
    pitch = math.radians(drawer.number(f"{path}.pitch_deg", spec.pitch_deg))
    if aim:
        way = _nearest(aim, position) - position
        azimuth = math.atan2(way[1], way[0]) + yaw
        pitch += math.atan2(float(way[2]), math.hypot(way[0], way[1]))
    else:
        word = drawer.word(f"{path}.heading", spec.heading)
        inward = "right" if strip.inward == "right" else "left"
        beside = {"inward": inward, "outward": "left" if inward == "right" else "right"}
        azimuth = heading + _TURNS[beside.get(word, word)] + yaw
    level = math.cos(pitch)
    axis = np.array([level * math.cos(azimuth), level * math.sin(azimuth), math.sin(pitch)])
    return position, position + _AHEAD_M * axis


def crowded(spec: StripCamera, position: Float, target: Float, bodies: Sequence[Body]) -> str | None:
    """Return what stands too near to a camera or right before it, or None."""
    axis = (target - position) / np.linalg.norm(target - position)
    reach = max(spec.clearance_m, spec.free_ahead_m)
    for body in bodies:
        if (position < body.low - reach).any() or (position > body.high + reach).any():
            continue
        if _distance(body, position) < spec.clearance_m:
            return f"too near to {body.group}"
        steps = np.arange(0.5, spec.free_ahead_m, 0.5)
        if any(body.contains(position + step * axis) for step in steps):
            return f"right behind {body.group}"
    return None


def lonely(
    spec: StripCamera, position: Float, target: Float, half_angle_rad: float, things: Sequence[Body]
) -> str | None:
    """Return that too few labelled objects stand before a camera, or None.

    Args:
        spec: Says how many there must be.
        position: Of the camera, metres.
        target: Point that it looks at.
        half_angle_rad: Half of its horizontal angle of view.
        things: The labelled objects.
    """
    if not spec.things_ahead:
        return None
    ahead = (target - position)[:2] / max(float(np.hypot(*(target - position)[:2])), 1e-9)
    ways = np.array([(body.low + body.high)[:2] / 2 - position[:2] for body in things]).reshape(-1, 2)
    far = np.hypot(ways[:, 0], ways[:, 1])
    seen = (far < _THINGS_WITHIN_M) & (ways @ ahead > far * math.cos(half_angle_rad))
    return None if int(seen.sum()) >= spec.things_ahead else f"fewer than {spec.things_ahead} labelled objects ahead"


def _distance(body: Body, point: Float) -> float:
    """Return how far a point is from a body, at least: from its hull, or from its mesh where others may stand under."""
    local = body.rotation.T @ (point - body.position_m) / body.scale
    if body.hollow:
        # The box around each triangle: exact for walls, near enough for leaves and posts.
        corners = body.shape.points_n3[body.shape.faces_m3]
        beyond = np.maximum(np.maximum(corners.min(axis=1) - local, local - corners.max(axis=1)), 0.0)
        return float(np.linalg.norm(beyond, axis=1).min()) * body.scale
    planes = body.shape.planes_m4
    return float((planes[:, :3] @ local - planes[:, 3]).max()) * body.scale


def _place(
    drawer: Drawer, path: str, spec: StripCamera, fitting: Sequence[Strip], aim: Sequence[Strip]
) -> tuple[Strip, float]:
    """Return a strip and a place along it, from which the strip to look at is as far off as asked."""
    rng = drawer.rng(f"{path}.place")
    low, high = spec.range
    if not aim or spec.distance_m is None:
        length = np.cumsum([strip.length_m for strip in fitting])
        share, place = rng.random(2)
        strip = fitting[min(int(np.searchsorted(length, share * length[-1])), len(fitting) - 1)]
        return strip, (low + (high - low) * float(place)) * strip.length_m
    nearest, farthest = spec.distance_m
    middles = np.array([strip.at(strip.length_m / 2)[0][:2] for strip in aim])
    misses, spots = [], []
    for strip in fitting:
        places = np.arange(low * strip.length_m, high * strip.length_m + _ALIKE_M, 1.0)
        gaps = np.linalg.norm(strip.points(places)[:, None, :2] - middles, axis=2).min(axis=1)
        misses.append(np.maximum(np.maximum(nearest - gaps, gaps - farthest), 0.0))
        spots += [(strip, float(place)) for place in places]
    miss = np.concatenate(misses)
    good = np.flatnonzero(miss <= miss.min() + _ALIKE_M)
    return spots[int(good[int(rng.integers(len(good)))])]


def _nearest(strips: Sequence[Strip], point: Float) -> Float:
    """Return the middle of the strip whose middle is nearest to a point as seen from above."""
    middles = [strip.at(strip.length_m / 2)[0] for strip in strips]
    return min(middles, key=lambda middle: float(np.hypot(*(middle - point)[:2])))
