"""The rays of a camera: what geometry knows of lenses, for the cameras of a scene."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthvision.geometry.lenses import LensModel, pixel_rays, project_rays, unproject_rays
from synthvision.scene.camera import Camera
from synthvision.scene.optics import BrownConradyLens, KannalaBrandtLens

__all__ = [
    "camera_rays",
    "depth_is_ray_length",
    "lens_model",
    "lens_numbers",
    "project_to_picture",
    "ray_lengths",
    "unproject_picture",
]

Float = NDArray[np.float64]


def lens_model(camera: Camera) -> LensModel:
    """Return the numbers of a camera's lens; a pinhole where it has none.

    Raises:
        UsageError: A number of the lens is not finite or out of range.
    """
    return lens_numbers(camera.lens, camera.focal_xy_px, camera.centre_xy_px)


def lens_numbers(
    lens: BrownConradyLens | KannalaBrandtLens | None,
    focal_xy_px: tuple[float, float],
    centre_xy_px: tuple[float, float],
) -> LensModel:
    """Return the numbers of a lens before a picture.

    Args:
        lens: None for a pinhole.
        focal_xy_px: Focal lengths in pixels.
        centre_xy_px: Principal point.

    Raises:
        UsageError: A number of the lens is not finite or out of range.
    """
    if lens is None:
        return LensModel("pinhole", focal_xy_px, centre_xy_px)
    if isinstance(lens, BrownConradyLens):
        k = (lens.k1, lens.k2, lens.p1, lens.p2, lens.k3, lens.k4, lens.k5, lens.k6)
        return LensModel("brown_conrady", focal_xy_px, centre_xy_px, k)
    fisheye = (lens.k1, lens.k2, lens.k3, lens.k4)
    return LensModel("kannala_brandt", focal_xy_px, centre_xy_px, fisheye, lens.max_angle_rad)


def camera_rays(camera: Camera) -> NDArray[np.float32]:
    """Return the unit ray of each pixel's centre in camera axes, the lens included.

    Returns:
        float32 (height, width, 3), read-only and kept for the last few cameras; zero for pixels of a fisheye that no
        ray falls on.
    """
    return pixel_rays(lens_model(camera), camera.size_wh)


def project_to_picture(camera: Camera, points_n3: ArrayLike) -> Float:
    """Return pixel coordinates (n, 2) of points in camera axes; NaN for those that no pixel could show."""
    return project_rays(lens_model(camera), points_n3)


def depth_is_ray_length(camera: Camera) -> bool:
    """Return whether depth images of a camera hold the length of the ray (fisheye) instead of metres along z."""
    return lens_model(camera).kind == "kannala_brandt"


def ray_lengths(camera: Camera, depth_m_hw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how long the ray of each pixel is, in metres.

    Args:
        camera: The camera.
        depth_m_hw: float32 (height, width), the depth image as the camera gives it; infinite stays infinite.
    """
    if depth_is_ray_length(camera):
        return depth_m_hw
    lengths: NDArray[np.float32] = depth_m_hw / camera_rays(camera)[..., 2]
    return lengths


def unproject_picture(camera: Camera, pixels_n2: ArrayLike, depth_m_n: ArrayLike) -> Float:
    """Return points (n, 3) in camera axes.

    Args:
        camera: The camera.
        pixels_n2: Places in the picture.
        depth_m_n: Depth there as the camera's depth image gives it: metres along z, or the ray's length.

    Returns:
        float64; NaN for places that no ray falls on.
    """
    rays = unproject_rays(lens_model(camera), pixels_n2)
    depth = np.asarray(depth_m_n, np.float64)
    lengths = depth if depth_is_ray_length(camera) else depth / rays[:, 2]
    points: Float = rays * lengths[:, None]
    return points
