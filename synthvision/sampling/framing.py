"""Where a shell camera stands and aims: at a group's object, past another one, as far off as its size asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import PlacementError
from synthvision.geometry.poses import look_at, rotation_from_quaternion
from synthvision.sampling.camera_config import FixedCamera, FrameTarget, OfGroup, ShellCamera
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.relative import heading_of

__all__ = ["aim_off", "at_distance", "chosen_body", "framed_position", "shell_way"]

Float = NDArray[np.float64]

_STEPS = 8
# A camera looks past an object up to this share of its half width beside it.
_BESIDE = 1.15
_NEAREST_M = 0.02


def chosen_body(
    drawer: Drawer, path: str, spec: ShellCamera | FixedCamera, bodies: Sequence[Body], targets: Sequence[Body]
) -> Body | None:
    """Return the one object that a camera looks at, or None where it looks at something else.

    Args:
        drawer: Draws which one.
        path: Key path of the camera.
        spec: The camera.
        bodies: Every object of the scene.
        targets: The labelled ones.

    Raises:
        PlacementError: The scene has no object of the group.
    """
    if isinstance(spec.look_at, OfGroup):
        group = spec.look_at.group
        found = [body for body in bodies if body.group == group]
        if not found:
            raise PlacementError(
                f"{path}.look_at: the camera must look at an object of {group}, but the scene has none; give the group "
                "a count of 1 or more"
            )
    elif spec.look_at == "thing":
        found = list(targets) or list(bodies)
    else:
        return None
    if not found:
        return None
    return found[int(drawer.rng(f"{path}.look_at").integers(len(found)))]


def shell_way(
    drawer: Drawer, path: str, spec: ShellCamera, target: Float, bodies: Sequence[Body], chosen: Body | None
) -> tuple[float, float]:
    """Return the azimuth and the elevation, in radians, of a camera seen from what it looks at.

    The elevation is 0 where the camera's height decides.

    Args:
        drawer: Draws them.
        path: Key path of the camera.
        spec: The camera.
        target: The point that it looks at.
        bodies: Every object of the scene.
        chosen: The object that it looks at, if it is one.

    Raises:
        PlacementError: The scene has no object of the group that it shall look past.
    """
    elevation = 0.0
    if spec.height_m is None:
        elevation = float(np.radians(drawer.number(f"{path}.elevation_deg", spec.elevation_deg)))
    if spec.bearing_deg is not None and chosen is not None:
        bearing = float(np.radians(drawer.number(f"{path}.bearing_deg", spec.bearing_deg)))
        return heading_of(chosen) + bearing, elevation
    if spec.past is None:
        return float(np.radians(drawer.number(f"{path}.azimuth_deg", spec.azimuth_deg))), elevation
    found = [body for body in bodies if body.group == spec.past and not body.contains(target)]
    if not found:
        raise PlacementError(
            f"{path}.past: the camera must look past an object of {spec.past}, but the scene has none; give the group "
            "a count of 1 or more"
        )
    rng = drawer.rng(f"{path}.past")
    other = found[int(rng.integers(len(found)))]
    corners = other.hull_n3[:, :2] - target[:2]
    middle = ((other.low + other.high) / 2)[:2] - target[:2]
    centre = float(np.arctan2(middle[1], middle[0]))
    angles = (np.arctan2(corners[:, 1], corners[:, 0]) - centre + np.pi) % (2 * np.pi) - np.pi
    low, high = float(angles.min()) * _BESIDE, float(angles.max()) * _BESIDE
    azimuth = centre + low + (high - low) * float(rng.random())
    drawer.note(f"{path}.azimuth_deg", float(np.degrees(azimuth)) % 360.0)
    return azimuth, elevation


def at_distance(target: Float, azimuth: float, elevation: float, height_m: float | None, distance_m: float) -> Float:
    """Return the point at a distance from another one, in a direction, or at a height above z = 0."""
    level = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    if height_m is None:
        way: Float = np.cos(elevation) * level + np.array([0.0, 0.0, np.sin(elevation)])
        return target + distance_m * way
    rise = height_m - float(target[2])
    along = np.sqrt(max(distance_m**2 - rise**2, (0.05 * distance_m) ** 2))
    point: Float = np.array([*(target[:2] + along * level[:2]), height_m])
    return point


def framed_position(
    drawer: Drawer,
    path: str,
    spec: ShellCamera,
    frame: FrameTarget,
    body: Body,
    focal_px: float,
    way: tuple[float, float],
) -> Float:
    """Return where a camera stands that shows an object in the wanted size.

    Args:
        drawer: Draws the size.
        path: Key path of the camera.
        spec: The camera.
        frame: What is wanted.
        body: The object.
        focal_px: Focal length in pixels.
        way: Azimuth and elevation from the object, radians.
    """
    axis = 0 if frame.pixel_height is None else 1
    key, wanted_value = ("pixel_width", frame.pixel_width) if axis == 0 else ("pixel_height", frame.pixel_height)
    assert wanted_value is not None
    wanted = drawer.number(f"{path}.frame_target.{key}", wanted_value)
    height = None if spec.height_m is None else drawer.number(f"{path}.height_m", spec.height_m)
    target: Float = (body.low + body.high) / 2
    distance = focal_px * float(np.linalg.norm(body.high - body.low)) / wanted
    position = at_distance(target, *way, height, distance)
    for _ in range(_STEPS):
        size = _size_px(body.hull_n3, position, target, focal_px)
        distance *= 1.5 if size is None else float(np.clip(size[axis] / wanted, 0.5, 2.0))
        position = at_distance(target, *way, height, distance)
    return position


def aim_off(
    drawer: Drawer, path: str, frame: FrameTarget, body: Body, position: Float, target: Float, focal_px: float,
    size_wh: tuple[int, int],
) -> Float:  # fmt: skip
    """Return the point to aim at so that the picture's edge cuts off the wanted share of an object."""
    share = drawer.number(f"{path}.frame_target.truncation", frame.truncation)
    if share <= 0:
        return target
    side = frame.sides[int(drawer.rng(f"{path}.frame_target.side").integers(len(frame.sides)))]
    drawer.note(f"{path}.frame_target.side", side)
    size = _size_px(body.hull_n3, position, target, focal_px)
    if size is None:
        return target
    axis, sign = {"left": (0, -1), "right": (0, 1), "top": (1, -1), "bottom": (1, 1)}[side]
    shift_px = sign * (size_wh[axis] / 2 + (share - 0.5) * size[axis])
    rotation = rotation_from_quaternion(look_at(position, target, 0.0))
    aim: Float = target - rotation[:, axis] * shift_px * float(np.linalg.norm(target - position)) / focal_px
    return aim


def _size_px(points_n3: Float, position: Float, target: Float, focal_px: float) -> tuple[float, float] | None:
    """Return width and height of points in the picture of a camera that looks at a target; None from too near."""
    rotation = rotation_from_quaternion(look_at(position, target, 0.0))
    seen = (points_n3 - position) @ rotation
    if seen[:, 2].min() < _NEAREST_M:
        return None
    flat = seen[:, :2] / seen[:, 2:] * focal_px
    width, height = (float(value) for value in np.ptp(flat, axis=0))
    return width, height
