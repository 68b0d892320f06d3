"""Rolling shutter: every row of the sensor has its own mid-exposure, and what moves is seen elsewhere in it.

Row r is exposed about the instant (r + 1/2 - height/2) times `Sensor.row_time_s` after the scene's. A point that moves
at V pixels per second and is seen at p at the scene's instant is seen at q = p + V t(q), with t the instant of q's row.
Over the few hundredths of a second that a picture takes, velocities in space are taken as steady.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.lenses import LensModel, pixel_rays, project_rays
from synthvision.scene.camera import Camera
from synthvision.scene.motion import CameraMotion, apparent_motion
from synthvision.scene.rays import camera_rays, depth_is_ray_length, lens_model, project_to_picture
from synthvision.scene.scene import SceneObject

__all__ = ["has_rolling_shutter", "pixel_velocities", "ray_jacobian", "roll_points", "rolled_motion", "row_instants_s"]

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

_STEP = 1e-4
_KEPT = 2
#: Rounds of solving for the row in which a point is seen: each shrinks the error by the share of the picture's height
#: that the point crosses while the picture is read.
_ROUNDS = 12


def has_rolling_shutter(camera: Camera) -> bool:
    """Return whether rows are read one after the other."""
    return camera.sensor is not None and camera.sensor.row_time_s != 0


def rolled_motion(camera: Camera, item: SceneObject) -> CameraMotion | None:
    """Return how an object moves while a rolling shutter reads the picture; None for a global shutter."""
    return apparent_motion(camera, item) if has_rolling_shutter(camera) else None


def row_instants_s(camera: Camera, rows: Float) -> Float:
    """Return when places in the picture are exposed, in seconds from the scene's instant.

    Args:
        camera: Its sensor's `row_time_s` counts.
        rows: Picture coordinates y, any shape; the middle of the top row is 0.5.
    """
    row_time_s = 0.0 if camera.sensor is None else camera.sensor.row_time_s
    return np.asarray((rows - camera.size_wh[1] / 2) * row_time_s)


def roll_points(camera: Camera, motion: CameraMotion | None, points_n3: Float) -> Float:
    """Return where a rolling shutter shows points, in pixels (n, 2).

    Args:
        camera: Its lens and sensor count.
        motion: How the points move; None for not at all.
        points_n3: In camera axes, at the scene's instant.

    Returns:
        float64; NaN for points that no pixel could show.
    """
    pixels = project_to_picture(camera, points_n3)
    if motion is None or motion.is_still or not has_rolling_shutter(camera):
        return pixels
    velocities = motion.velocities(points_n3)
    for _ in range(_ROUNDS):
        instants = row_instants_s(camera, pixels[:, 1])
        pixels = project_to_picture(camera, points_n3 + velocities * instants[:, None])
    return pixels


def pixel_velocities(camera: Camera, motion: CameraMotion, lengths_m: Float32, where: tuple[slice, slice]) -> Float32:
    """Return how fast what is seen in pixels moves over the picture: float32 (rows, columns, 3).

    The first two are x and y in pixels per second; the third is the rate g at which depth grows, as a share of it per
    second. After the time t a point has moved by V t / (1 + g t), which for a pinhole and a straight way is exact.

    Args:
        camera: Its lens counts.
        motion: How it moves.
        lengths_m: Length of the ray of each pixel of the window; infinite for the sky, which shows turns alone.
        where: Rows and columns of the window.
    """
    rays = camera_rays(camera)[where]
    x, y, z = rays[..., 0], rays[..., 1], rays[..., 2]
    a, b, c = (np.float32(value) for value in motion.turn_rad_s)
    near = np.float32(1) / lengths_m
    u, v, w = (np.float32(value) * near for value in motion.drift_m_s)
    rates = (u + b * z - c * y, v + c * x - a * z, w + a * y - b * x)
    jacobian = ray_jacobian(lens_model(camera), camera.size_wh)[:, :, *where]
    result = np.zeros((*lengths_m.shape, 3), np.float32)
    for axis in (0, 1):
        result[..., axis] = sum(jacobian[axis, index] * rates[index] for index in range(3))
    if depth_is_ray_length(camera):
        result[..., 2] = x * rates[0] + y * rates[1] + z * rates[2]
    else:
        result[..., 2] = rates[2] / np.maximum(z, np.float32(1e-3))
    return result


@lru_cache(maxsize=_KEPT)
def ray_jacobian(model: LensModel, size_wh: tuple[int, int]) -> Float32:
    """Return the derivative of picture coordinates by the unit ray of each pixel, float32 (2, 3, height, width).

    Zero for pixels that no ray falls on. The last few are kept.
    """
    rays = pixel_rays(model, size_wh).reshape(-1, 3).astype(np.float64)
    columns = []
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = _STEP
        columns.append((_project(model, rays + step) - _project(model, rays - step)) / (2 * _STEP))
    # One plane after the other: they are read as planes.
    jacobian = np.nan_to_num(np.stack([column.T for column in columns], axis=1)).astype(np.float32)
    jacobian.setflags(write=False)
    return jacobian.reshape(2, 3, size_wh[1], size_wh[0])


def _project(model: LensModel, rays: Float) -> Float:
    # A fisheye has pixels without a ray: any other ray will do, since nothing is seen there.
    empty = (rays**2).sum(axis=1) < 0.5
    return project_rays(model, np.where(empty[:, None], np.array([0.0, 0.0, 1.0]), rays))
