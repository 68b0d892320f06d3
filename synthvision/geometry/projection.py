"""The pinhole camera: intrinsics, projection to pixels and back, clip-space matrix.

Camera axes are OpenCV's: x right, y down, z forward. Pixel (0, 0) is the top-left pixel, its centre at (0.5, 0.5),
so a principal point at the middle of the picture is (width / 2, height / 2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["clip_from_camera", "focal_px_from_fov", "intrinsic_matrix", "project_points", "unproject_pixels"]

Float = NDArray[np.float64]


def focal_px_from_fov(fov_rad: float, length_px: float) -> float:
    """Return the focal length in pixels for which `length_px` pixels span the angle `fov_rad`.

    Example:
        >>> round(focal_px_from_fov(np.pi / 2, 640), 6)
        320.0
    """
    return float(length_px / (2 * np.tan(fov_rad / 2)))


def intrinsic_matrix(focal_xy_px: tuple[float, float], centre_xy_px: tuple[float, float]) -> Float:
    """Return the 3x3 matrix K."""
    (fx, fy), (cx, cy) = focal_xy_px, centre_xy_px
    return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])


def project_points(k_33: ArrayLike, points_camera_n3: ArrayLike) -> Float:
    """Return pixel coordinates (n, 2) of points in camera axes; NaN for points at or behind the camera plane."""
    points = np.asarray(points_camera_n3, np.float64)
    k = np.asarray(k_33, np.float64)
    pixels = np.full((len(points), 2), np.nan)
    ahead = points[:, 2] > 0
    homogeneous = points[ahead] @ k.T
    pixels[ahead] = homogeneous[:, :2] / homogeneous[:, 2:]
    return pixels


def unproject_pixels(k_33: ArrayLike, pixels_n2: ArrayLike, depth_m_n: ArrayLike) -> Float:
    """Return points (n, 3) in camera axes of pixels at a depth along z in metres."""
    pixels = np.asarray(pixels_n2, np.float64)
    depth = np.asarray(depth_m_n, np.float64)
    rays = np.column_stack([pixels, np.ones(len(pixels))]) @ np.linalg.inv(np.asarray(k_33, np.float64)).T
    points: Float = rays * depth[:, None]
    return points


def clip_from_camera(k_33: ArrayLike, size_wh: tuple[int, int], near_m: float, far_m: float) -> Float:
    """Return the 4x4 OpenGL clip matrix for OpenCV camera axes.

    The picture's first row is at clip y = +1, depth runs from -1 (near) to +1 (far).
    """
    k = np.asarray(k_33, np.float64)
    width, height = size_wh
    clip = np.zeros((4, 4))
    clip[0, 0], clip[0, 1], clip[0, 2] = 2 * k[0, 0] / width, 2 * k[0, 1] / width, 2 * k[0, 2] / width - 1
    clip[1, 1], clip[1, 2] = -2 * k[1, 1] / height, 1 - 2 * k[1, 2] / height
    clip[2, 2], clip[2, 3] = (far_m + near_m) / (far_m - near_m), -2 * far_m * near_m / (far_m - near_m)
    clip[3, 2] = 1.0
    return clip
