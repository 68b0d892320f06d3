"""How points move as the camera sees them: rigid motions of camera and objects about the scene's instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.scene.camera import Camera
from synthvision.scene.scene import Scene, SceneObject

__all__ = ["CameraMotion", "apparent_motion", "moving_objects", "still_motion"]

Float = NDArray[np.float64]
_STILL = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """Velocity field of a rigid body in camera axes: a point X moves at turn x X + drift.

    Args:
        turn_rad_s: Angular velocity relative to the camera's.
        drift_m_s: Velocity of a point of the body at the camera's place.
    """

    turn_rad_s: tuple[float, float, float]
    drift_m_s: tuple[float, float, float]

    @property
    def is_still(self) -> bool:
        """Whether nothing moves."""
        return self.turn_rad_s == _STILL and self.drift_m_s == _STILL

    def velocities(self, points_n3: Float) -> Float:
        """Return the velocity of points (..., 3) in camera axes, in m/s."""
        return np.asarray(np.cross(np.asarray(self.turn_rad_s), points_n3) + np.asarray(self.drift_m_s))


def still_motion(camera: Camera) -> CameraMotion:
    """Return how a camera sees what stands still in the world."""
    return _motion(camera, np.zeros(3), np.zeros(3), np.zeros(3))


def apparent_motion(camera: Camera, item: SceneObject) -> CameraMotion:
    """Return how a camera sees an object that turns about its `position_m` and moves."""
    turn = np.asarray(item.angular_velocity_rad_s, np.float64)
    place = np.asarray(item.position_m, np.float64) - np.asarray(camera.position_m, np.float64)
    return _motion(camera, np.asarray(item.velocity_m_s, np.float64), turn, place)


def moving_objects(scene: Scene) -> Mapping[int, CameraMotion]:
    """Return the motion of each object that moves in the world, by instance id."""
    return {
        item.instance_id: apparent_motion(scene.camera, item)
        for item in scene.objects
        if item.velocity_m_s != _STILL or item.angular_velocity_rad_s != _STILL
    }


def _motion(camera: Camera, velocity: Float, turn: Float, place: Float) -> CameraMotion:
    world = camera.world_from_camera[:3, :3]
    relative = turn - np.asarray(camera.angular_velocity_rad_s, np.float64)
    # The velocity, at the camera's place, of a body that turns about `place`.
    drift = velocity - np.cross(turn, place) - np.asarray(camera.velocity_m_s, np.float64)
    return CameraMotion(_triple(world.T @ relative), _triple(world.T @ drift))


def _triple(values: Float) -> tuple[float, float, float]:
    x, y, z = (float(value) + 0.0 for value in values)
    return x, y, z
