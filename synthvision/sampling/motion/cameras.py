"""Cameras in motion: the rigid way of a camera, and of the rig that hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import quaternion_from_rotation, rotation_from_quaternion
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.motion.config import CameraMotion, OrbitMotion, StillMotion
from synthvision.sampling.motion.ground import draw_track, level_heading
from synthvision.sampling.motion.shake import Shake, draw_shake
from synthvision.sampling.motion.tracks import Drift, Orbit, Strip, Track, turn_by
from synthvision.scene import Camera

__all__ = ["CameraCourse", "draw_camera_course"]

Float = NDArray[np.float64]

# Length of what carries a camera, for bends: about a car between its axles.
_CARRIER_M = 2.7


@dataclass(frozen=True, slots=True, eq=False)
class CameraCourse:
    """How a camera moves.

    Args:
        first: The camera at time 0, before any shake.
        track: The way of its place.
        shake: How unsteadily it is held, or None.
    """

    first: Camera
    track: Track
    shake: Shake | None = None

    def carried(self, camera: Camera, time_s: float) -> Camera:
        """Return a camera at a time that is fixed to the moving one: that one itself, or another one of its rig.

        Args:
            camera: As it stands at time 0 before any shake.
            time_s: Seconds from the first step.
        """
        if time_s == 0 and self.shake is None:
            return self._with_velocity(camera, np.array(camera.position_m), camera.rotation_wxyz, time_s)
        place, turn, _, _ = self._motion(time_s)
        arm = np.array(camera.position_m) - np.array(self.first.position_m)
        rotation = turn @ rotation_from_quaternion(camera.rotation_wxyz)
        w, x, y, z = (float(value) for value in quaternion_from_rotation(rotation))
        return self._with_velocity(camera, place + turn @ arm, (w, x, y, z), time_s)

    def _with_velocity(
        self, camera: Camera, position: Float, rotation: tuple[float, float, float, float], time_s: float
    ) -> Camera:
        place, _, velocity, rate = self._motion(time_s)
        return replace(
            camera,
            position_m=_triple(position),
            rotation_wxyz=rotation,
            # What is farther from the middle of a turn moves faster.
            velocity_m_s=_triple(velocity + np.cross(rate, position - place)),
            angular_velocity_rad_s=_triple(rate),
        )

    def _motion(self, time_s: float) -> tuple[Float, Float, Float, Float]:
        """Return place, turn since time 0, velocity and angular velocity of the moving camera."""
        now = self.track.at(time_s)
        if self.shake is None:
            return now.anchor_m, now.turn_33, now.velocity_m_s, now.turn_rad_s
        values, rates = self.shake.at(time_s)
        axes = now.turn_33 @ rotation_from_quaternion(self.first.rotation_wxyz)
        wander, turned = axes @ values[:3], turn_by(axes @ values[3:])
        velocity = now.velocity_m_s + np.cross(now.turn_rad_s, wander) + axes @ rates[:3]
        rate = now.turn_rad_s + axes @ _angular_velocity(values[3:], rates[3:])
        return now.anchor_m + wander, turned @ now.turn_33, velocity, rate


def draw_camera_course(
    drawer: Drawer, path: str, motion: CameraMotion | None, camera: Camera, target_m: Float, strips: Sequence[Strip]
) -> CameraCourse | None:
    """Return how a camera moves, or None where it stands still.

    Args:
        drawer: Draws the view's values.
        path: Key path of the camera.
        motion: Its block `motion`; None leaves it its steady velocities.
        camera: The camera at time 0.
        target_m: What it looks at.
        strips: Of the site.

    Raises:
        UsageError: It is to follow a strip that the site has not.
    """
    position = np.array(camera.position_m)
    if motion is None:
        velocity, turn = np.array(camera.velocity_m_s), np.array(camera.angular_velocity_rad_s)
        if not velocity.any() and not turn.any():
            return None
        return CameraCourse(camera, Drift(position, velocity, turn))
    path = f"{path}.motion"
    track: Track
    if isinstance(motion, StillMotion):
        track = Drift(position, np.zeros(3), np.zeros(3))
    elif isinstance(motion, OrbitMotion):
        centre = target_m
        if motion.centre_m is not None:
            centre = np.array(drawer.vector(f"{path}.centre_m", motion.centre_m))
        track = Orbit(position, centre, float(np.radians(drawer.number(f"{path}.speed_deg_s", motion.speed_deg_s))))
    else:
        axes = rotation_from_quaternion(camera.rotation_wxyz)
        # A camera that looks straight down goes towards the top of its picture.
        heading = level_heading(axes[:, 2], -axes[:, 1])
        track = draw_track(drawer, path, motion, position, heading, _CARRIER_M, strips)
    shake = None if motion.shake is None else draw_shake(drawer, f"{path}.shake", motion.shake)
    return CameraCourse(camera, track, shake)


def _angular_velocity(vector: Float, rate: Float) -> Float:
    """Return the angular velocity of a turn by a rotation vector that changes at a rate (its left Jacobian)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-6:
        return np.asarray(rate + 0.5 * np.cross(vector, rate))
    once = np.cross(vector, rate)
    share = (1 - np.cos(angle)) / angle**2, (angle - np.sin(angle)) / angle**3
    return np.asarray(rate + share[0] * once + share[1] * np.cross(vector, once))


def _triple(values: Float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
