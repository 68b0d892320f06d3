"""Where in the picture an object can be at most: a box around its projected corners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.boxes import Box, box_intersection
from synthvision.geometry.projection import project_points
from synthvision.scene import Camera

__all__ = ["canvas_box", "picture_box", "screen_box"]


def picture_box(camera: Camera) -> Box:
    """Return the picture as a half-open box."""
    return 0, 0, camera.size_wh[0], camera.size_wh[1]


def canvas_box(camera: Camera) -> Box:
    """Return the canvas three times the picture about its centre, in picture pixels."""
    width, height = camera.size_wh
    return -width, -height, 2 * width, 2 * height


def screen_box(camera: Camera, corners_camera_83: NDArray[np.float64]) -> Box | None:
    """Return a box on the canvas of three times the picture that holds every pixel an object can cover.

    Args:
        camera: The camera.
        corners_camera_83: Corners of the object's box in camera axes.

    Returns:
        A half-open box in picture pixels, clipped to the canvas; the whole canvas where the object reaches behind
        the near plane; None where it lies outside.
    """
    canvas = canvas_box(camera)
    depth = corners_camera_83[:, 2]
    if depth.max() <= camera.near_m or depth.min() >= camera.far_m:
        return None
    if depth.min() <= camera.near_m:
        return canvas
    pixels = project_points(camera.k_33, corners_camera_83)
    # One pixel of margin for the driver's sub-pixel grid.
    low = np.floor(np.clip(pixels.min(axis=0), -1e6, 1e6)) - 1
    high = np.ceil(np.clip(pixels.max(axis=0), -1e6, 1e6)) + 1
    return box_intersection(canvas, (int(low[0]), int(low[1]), int(high[0]), int(high[1])))
