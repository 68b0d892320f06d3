"""Draws cameras: where they stand, what they see, how they expose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthvision.core.errors import PlacementError
from synthvision.geometry.lens_faults import lens_fault
from synthvision.geometry.poses import (
    look_at,
    quaternion_from_axis_angle,
    quaternion_multiply,
    random_quaternion,
    rotation_from_quaternion,
)
from synthvision.sampling.camera_config import Device, ExposureSpec, FixedCamera, RigCamera, ShellCamera, StripCamera
from synthvision.sampling.colours import Rgb, balance_gains
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.devices import Lens, draw_focal_px, draw_lens, with_device, with_shared_device
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.framing import aim_off, at_distance, chosen_body, framed_position, shell_way
from synthvision.sampling.motion.cameras import draw_camera_course
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.site.strips import Strip
from synthvision.sampling.strip_cameras import crowded, lonely, strip_view
from synthvision.scene import Camera, Exposure
from synthvision.scene.rays import lens_model

__all__ = ["CameraMaker", "Surroundings"]

Float = NDArray[np.float64]
LeadCamera = ShellCamera | FixedCamera | StripCamera

_TRIES = 200
# Nothing comes closer to a lens than this.
_LENS_M = 0.01
# A camera in a room stays this far off its walls and ceiling.
_OFF_WALL_M = 0.12
_NEAREST_M, _FARTHEST_NEAR_M = 0.005, 0.5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a camera must know of the scene.

    Args:
        bodies: Everything that it may not stand in.
        targets: The labelled objects among them.
        boxes: Smallest and largest corner of each object, surface included, float64 (n, 2, 3).
        surface: The surface's corner pair, or None.
        strips: Of the site.
        bounds_23: Smallest and largest corner of the room that the camera is in, float64 (2, 3), or None.
    """

    bodies: Sequence[Body]
    targets: Sequence[Body]
    boxes: Float
    surface: Float | None
    strips: Sequence[Strip] = ()
    bounds_23: Float | None = None


class CameraMaker:
    """Draws the cameras of a scene file.

    Args:
        spec: The scene file.
        size_wh: Size of the picture in pixels.
    """

    def __init__(self, spec: SceneSpec, size_wh: tuple[int, int]) -> None:
        self._spec = spec
        self._size_wh = size_wh

    def make(
        self,
        drawer: Drawer,
        index: int,
        scene: Surroundings,
        light: Rgb,
        time_s: float = 0.0,
        boxes: Float | None = None,
    ) -> Camera:
        """Return a camera of one view.

        Args:
            drawer: Draws the view's values; all cameras of a view share it.
            index: Which camera of the scene file.
            scene: What stands where at the first step, where the camera is drawn.
            light: Colour of the light on the scene, which the camera balances.
            time_s: How far its motion has gone on since.
            boxes: The scene's boxes at that time; None for those of the first step.

        Raises:
            PlacementError: Every try put the camera inside an object or under the surface.
        """
        first = self._spec.cameras[0]
        if isinstance(first, RigCamera):
            raise PlacementError("the first camera must not be a rig camera")
        own = self._spec.cameras[index]
        leads = index if not isinstance(own, RigCamera) else 0
        leader = first if isinstance(own, RigCamera) else own
        camera, target = self._make_first(drawer, leader, scene, light, leads)
        path = self._spec.camera_path(leads)
        course = draw_camera_course(drawer, path, leader.motion, camera, target, scene.strips)
        if isinstance(own, RigCamera):
            camera = self._make_further(drawer, camera, own, index, scene, light, target)
        if course is not None:
            camera = course.carried(camera, time_s)
        return _with_range(camera, scene.boxes if boxes is None else boxes)

    def _make_first(
        self, drawer: Drawer, spec: LeadCamera, scene: Surroundings, light: Rgb, index: int = 0
    ) -> tuple[Camera, Float]:
        """Return a camera of its own, and the point that it looks at."""
        path = self._spec.camera_path(index)
        lens = draw_lens(drawer, path, spec.lens)
        focal = self._focal_px(drawer, path, spec, lens)
        refused: dict[str, int] = {}
        for attempt in range(_TRIES):
            tried = drawer.renewed(f"#{attempt}") if attempt else drawer
            if isinstance(spec, StripCamera):
                position, target = strip_view(tried, path, spec, scene.strips)
                reason = _blocked(position, scene) or crowded(spec, position, target, scene.bodies)
                reason = reason or _before_wall(position, target, spec.free_ahead_m, scene)
                half_angle = math.atan(self._size_wh[0] / 2 / focal)
                reason = reason or lonely(spec, position, target, half_angle, scene.targets)
            else:
                target = _target(tried, path, spec, scene)
                position = _position(tried, path, spec, scene, target, focal, self._size_wh)
                reason = _blocked(position, scene)
            if reason is None:
                break
            refused[reason] = refused.get(reason, 0) + 1
        else:
            reason, times = max(refused.items(), key=lambda item: item[1])
            raise PlacementError(
                f"{path}: the camera must stand in free space, but in {_TRIES} tries it did not; most often: {reason} "
                f"({times} times); move it away or raise it"
            )
        roll = np.radians(tried.number(f"{path}.roll_deg", spec.roll_deg))
        aim = target
        if isinstance(spec, ShellCamera) and spec.frame_target is not None:
            body = chosen_body(tried, path, spec, scene.bodies, scene.targets)
            if body is not None:
                aim = aim_off(tried, path, spec.frame_target, body, position, target, focal, self._size_wh)
        rotation = look_at(position, aim, float(roll))
        width, height = self._size_wh
        offset = drawer.vector(f"{path}.centre_offset", spec.centre_offset)
        camera = Camera(
            name=spec.name,
            size_wh=self._size_wh,
            focal_xy_px=(focal, focal),
            centre_xy_px=(width * (0.5 + offset[0]), height * (0.5 + offset[1])),
            position_m=_triple(position),
            rotation_wxyz=_quadruple(rotation),
            exposure=self._exposure(drawer, path, spec.exposure, light),
            lens=lens,
            velocity_m_s=_in_world(rotation, drawer.vector(f"{path}.velocity_m_s", spec.velocity_m_s)),
            angular_velocity_rad_s=_in_world(
                rotation, np.radians(drawer.vector(f"{path}.angular_velocity_deg_s", spec.angular_velocity_deg_s))
            ),
        )
        _check_lens(path, camera)
        camera = with_device(drawer, path, spec, camera, float(np.linalg.norm(target - position)))
        return camera, target

    def _make_further(
        self,
        drawer: Drawer,
        first: Camera,
        spec: RigCamera,
        index: int,
        scene: Surroundings,
        light: Rgb,
        target: Float,
    ) -> Camera:
        path = self._spec.camera_path(index)
        offset = np.array(drawer.vector(f"{path}.offset_m", spec.offset_m))
        turn = _turn(drawer, path, spec)
        position = np.array(first.position_m) + rotation_from_quaternion(first.rotation_wxyz) @ offset
        lens = draw_lens(drawer, path, spec.lens) if "lens" in spec.model_fields_set else first.lens
        focal = first.focal_xy_px[0]
        if spec.fov_deg is not None or spec.focal_mm is not None:
            focal = self._focal_px(drawer, path, spec, lens)
        camera = replace(
            first,
            name=spec.name,
            focal_xy_px=(focal, focal),
            position_m=_triple(position),
            rotation_wxyz=_quadruple(quaternion_multiply(first.rotation_wxyz, turn)),
            exposure=self._exposure(drawer, path, spec.exposure, light),
            lens=lens,
            # A rig is stiff: what is farther from the middle of a turn moves faster.
            velocity_m_s=_triple(
                np.array(first.velocity_m_s)
                + np.cross(first.angular_velocity_rad_s, position - np.array(first.position_m))
            ),
        )
        _check_lens(path, camera)
        distance = float((target - position) @ camera.world_from_camera[:3, 2])
        return with_shared_device(drawer, path, spec, self._spec.cameras[0], camera, max(distance, 0.0))

    def _focal_px(self, drawer: Drawer, path: str, spec: Device, lens: Lens) -> float:
        focal = draw_focal_px(drawer, path, spec, lens, max(self._size_wh))
        if focal is None:
            raise PlacementError(f"{path}.fov_deg: the lens must show the whole field of view, but turns back before")
        return focal

    def _exposure(self, drawer: Drawer, path: str, own: ExposureSpec | None, light: Rgb) -> Exposure:
        spec = self._spec.exposure if own is None else own
        path = "exposure" if own is None else f"{path}.exposure"
        balance = spec.white_balance
        gains = balance_gains(
            light,
            drawer.number(f"{path}.white_balance.adaptation", balance.adaptation),
            drawer.number(f"{path}.white_balance.error_mired", balance.error_mired),
        )
        return Exposure(
            mode=spec.mode,
            ev100=drawer.number(f"{path}.ev100", spec.ev100),
            ev100_min=drawer.number(f"{path}.ev100_min", spec.ev100_min),
            compensation_ev=drawer.number(f"{path}.compensation_ev", spec.compensation_ev),
            tone_curve=spec.tone_curve,
            white_balance_rgb=gains,
        )


def _check_lens(path: str, camera: Camera) -> None:
    fault = lens_fault(lens_model(camera), camera.size_wh)
    if fault is not None:
        raise PlacementError(f"{path}.lens: {fault}")


def _in_world(rotation_wxyz: Float, in_camera: ArrayLike) -> tuple[float, float, float]:
    """Return in world axes a vector given in camera axes: right, down, forward; as a turn: up, right, clockwise."""
    return _triple(rotation_from_quaternion(rotation_wxyz) @ np.asarray(in_camera, np.float64))


def _target(drawer: Drawer, path: str, spec: ShellCamera | FixedCamera, scene: Surroundings) -> Float:
    chosen = chosen_body(drawer, path, spec, scene.bodies, scene.targets)
    if chosen is not None:
        target = (chosen.low + chosen.high) / 2
    elif isinstance(spec.look_at, tuple):
        target = np.array(drawer.vector(f"{path}.look_at", spec.look_at))
    else:
        target = _middle_and_radius(list(scene.targets) or list(scene.bodies))[0]
    reach = drawer.number(f"{path}.jitter_m", spec.jitter_m)
    if reach > 0:
        rng = drawer.rng(f"{path}.jitter")
        way = rotation_from_quaternion(random_quaternion(rng)) @ np.array([0.0, 0.0, 1.0])
        target = target + way * reach * float(rng.random()) ** (1 / 3)
    moved: Float = target
    return moved


def _position(
    drawer: Drawer, path: str, spec: ShellCamera | FixedCamera, scene: Surroundings, target: Float, focal_px: float,
    size_wh: tuple[int, int],
) -> Float:  # fmt: skip
    if isinstance(spec, FixedCamera):
        return np.array(drawer.vector(f"{path}.position_m", spec.position_m))
    body = chosen_body(drawer, path, spec, scene.bodies, scene.targets)
    azimuth, elevation = shell_way(drawer, path, spec, target, scene.bodies, body)
    if spec.frame_target is not None and body is not None:
        return framed_position(drawer, path, spec, spec.frame_target, body, focal_px, (azimuth, elevation))
    height = None if spec.height_m is None else drawer.number(f"{path}.height_m", spec.height_m)
    distance = _distance(drawer, path, spec, scene, focal_px / min(size_wh))
    return at_distance(target, azimuth, elevation, height, distance)


def _distance(drawer: Drawer, path: str, spec: ShellCamera, scene: Surroundings, focal_share: float) -> float:
    if spec.distance_m is not None:
        return drawer.number(f"{path}.distance_m", spec.distance_m)
    fill = drawer.number(f"{path}.fill", spec.fill or 1.0)
    radius = _middle_and_radius(list(scene.targets) or list(scene.bodies))[1]
    # A ball of radius r at distance d shows as a disc of radius f * r / sqrt(d2 - r2).
    return radius * float(np.hypot(2 * focal_share / fill, 1.0))


def _middle_and_radius(bodies: Sequence[Body]) -> tuple[Float, float]:
    if not bodies:
        return np.zeros(3), 0.5
    low = np.min([body.low for body in bodies], axis=0)
    high = np.max([body.high for body in bodies], axis=0)
    middle = (low + high) / 2
    radius = max(float(np.linalg.norm(body.hull_n3 - middle, axis=1).max()) for body in bodies)
    return middle, max(radius, 1e-3)


def _blocked(position: Float, scene: Surroundings) -> str | None:
    if scene.bounds_23 is not None:
        low, high = scene.bounds_23
        if (position < low + _OFF_WALL_M).any() or (position > high - _OFF_WALL_M).any():
            return "outside the room"
    if scene.surface is not None:
        low, high = scene.surface
        over = bool((position[:2] >= low[:2]).all() and (position[:2] <= high[:2]).all())
        if over and low[2] - 10.0 < position[2] < high[2] + _LENS_M:
            return "under the surface"
    for body in scene.bodies:
        if (position < body.low - _LENS_M).any() or (position > body.high + _LENS_M).any():
            continue
        if body.contains(position):
            return f"inside {body.name}"
    return None


def _before_wall(position: Float, target: Float, free_m: float, scene: Surroundings) -> str | None:
    """Return that the walls of a room lie nearer than wanted on a camera's axis, as seen from above, or None."""
    if scene.bounds_23 is None or free_m <= 0:
        return None
    ahead = (target - position)[:2] / max(float(np.linalg.norm((target - position)[:2])), 1e-9)
    seen = position[:2] + free_m * ahead
    low, high = scene.bounds_23[:, :2]
    return "right before a wall" if (seen < low).any() or (seen > high).any() else None


def _with_range(camera: Camera, boxes: Float) -> Camera:
    if not len(boxes):
        return camera
    position = np.array(camera.position_m)
    low, high = boxes[:, 0], boxes[:, 1]
    gap = np.linalg.norm(np.maximum(np.maximum(low - position, position - high), 0.0), axis=1)
    reach = np.linalg.norm(np.maximum(np.abs(low - position), np.abs(high - position)), axis=1)
    # The nearest point may lie off the axis, where depth along z is less than the distance.
    near = float(np.clip(0.3 * gap.min(), _NEAREST_M, _FARTHEST_NEAR_M))
    return replace(camera, near_m=near, far_m=float(reach.max()) * 1.01 + 1.0)


def _turn(drawer: Drawer, path: str, spec: RigCamera) -> Float:
    yaw = np.radians(drawer.number(f"{path}.yaw_deg", spec.yaw_deg))
    pitch = np.radians(drawer.number(f"{path}.pitch_deg", spec.pitch_deg))
    roll = np.radians(drawer.number(f"{path}.roll_deg", spec.roll_deg))
    turn = quaternion_from_axis_angle([0.0, 1.0, 0.0], float(yaw))
    turn = quaternion_multiply(turn, quaternion_from_axis_angle([1.0, 0.0, 0.0], float(pitch)))
    return quaternion_multiply(turn, quaternion_from_axis_angle([0.0, 0.0, 1.0], float(roll)))


def _triple(values: Float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _quadruple(values: Float) -> tuple[float, float, float, float]:
    w, x, y, z = (float(value) for value in values)
    return w, x, y, z
