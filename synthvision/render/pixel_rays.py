"""Rays through the pixel centres of a pinhole camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.boxes import Box
from synthvision.scene import Camera

__all__ = ["camera_rays", "facing_camera", "window_rays"]

Float = NDArray[np.float64]


def window_rays(camera: Camera, box_xyxy: Box, shift_xy: tuple[float, float] = (0.0, 0.0)) -> Float:
    """Return rays in camera axes through the pixels of a window, float64 (height, width, 3), z = 1.

    Args:
        camera: The camera.
        box_xyxy: The window in picture pixels; may lie outside the picture.
        shift_xy: Where in each pixel, from its centre.
    """
    x1, y1, x2, y2 = box_xyxy
    (fx, fy), (cx, cy) = camera.focal_xy_px, camera.centre_xy_px
    x = (np.arange(x1, x2) + 0.5 + shift_xy[0] - cx) / fx
    y = (np.arange(y1, y2) + 0.5 + shift_xy[1] - cy) / fy
    columns, rows = np.meshgrid(x, y)
    return np.stack([columns, rows, np.ones_like(columns)], axis=2)


def camera_rays(camera: Camera) -> Float:
    """Return rays in camera axes through the centres of all pixels, float64 (height, width, 3), z = 1."""
    return window_rays(camera, (0, 0, *camera.size_wh))


def facing_camera(normal_n3: Float, ray_n3: Float) -> NDArray[np.float32]:
    """Return unit normals of which none points away from the camera, float32 (n, 3).

    Interpolated normals near a silhouette can; these are turned just far enough to be seen edge-on.

    Args:
        normal_n3: Unit normals in camera axes.
        ray_n3: Rays from the camera to where they stand, of any length.
    """
    ray = ray_n3 / np.linalg.norm(ray_n3, axis=1, keepdims=True)
    turned = normal_n3 - np.maximum(np.sum(normal_n3 * ray, axis=1, keepdims=True), 0.0) * ray
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
    return np.asarray(turned, np.float32)
