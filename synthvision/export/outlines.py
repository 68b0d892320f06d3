"""Masks as one closed line, and as the smallest rectangle around them: what YOLO files hold."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from synthvision.annotate.polygons import mask_polygons

__all__ = ["joined_outline", "smallest_rectangle"]


def joined_outline(mask_hw: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a mask's outline as one ring along the borders of its pixels.

    Parts are joined by cuts of no width, walked there and back, between the points where they are nearest; holes are
    joined in the same way. Filled by the even-odd rule the ring gives back the mask.

    Args:
        mask_hw: bool (height, width), not empty.

    Returns:
        int64 (n, 2), corners x and y in pixels, n of 4 or more; the last is joined to the first.

    Example:
        >>> mask = np.zeros((4, 5), bool)
        >>> mask[1, 1] = mask[1, 3] = True
        >>> joined_outline(mask).tolist()
        [[3, 1], [3, 2], [2, 2], [2, 1], [1, 1], [1, 2], [2, 2], [3, 2], [4, 2], [4, 1]]
    """
    parts = [np.array(part, np.int64).reshape(-1, 2) for part in mask_polygons(mask_hw)]
    # Large ones first: the cuts then lead from the body of the object to its scraps.
    parts.sort(key=len, reverse=True)
    ring = parts[0]
    for part in parts[1:]:
        distances, nearest = cKDTree(ring).query(part)
        start = int(np.argmin(distances))
        at = int(nearest[start])
        part = np.roll(part, -start, axis=0)
        ring = np.concatenate([ring[: at + 1], part, part[:1], ring[at:]])
    return ring


def smallest_rectangle(mask_hw: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the corners of the rectangle of least area, turned as need be, that holds all pixels of a mask.

    It holds the pixels with their full width, not only their centres: that of a single pixel is the pixel. Corners
    may lie outside the picture.

    Args:
        mask_hw: bool (height, width), not empty.

    Returns:
        float64 (4, 2), x and y in pixels, clockwise as seen in the picture, from the corner that is highest, of those
        the leftmost.

    Example:
        >>> mask = np.zeros((4, 5), bool)
        >>> mask[1:3, 1:4] = True
        >>> smallest_rectangle(mask).tolist()
        [[1.0, 1.0], [4.0, 1.0], [4.0, 3.0], [1.0, 3.0]]
    """
    points = np.concatenate([np.array(part, np.float64).reshape(-1, 2) for part in mask_polygons(mask_hw)])
    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    # One side of the smallest rectangle lies along a side of the hull (Freeman and Shapira 1975). All sides at once
    # in double precision: OpenCV's minAreaRect works in single precision and is off by up to some tenths of a pixel.
    sides = np.roll(hull, -1, axis=0) - hull
    along = sides / np.linalg.norm(sides, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    u, v = along @ hull.T, across @ hull.T
    low_u, high_u, low_v, high_v = u.min(1), u.max(1), v.min(1), v.max(1)
    areas = (high_u - low_u) * (high_v - low_v)
    # Of equal areas the one that is turned least, so that upright masks get upright rectangles.
    turned = np.minimum(np.abs(along[:, 0]), np.abs(along[:, 1]))
    best = int(np.lexsort((turned, np.round(areas, 6)))[0])
    corners = np.array(
        [
            [low_u[best], low_v[best]],
            [high_u[best], low_v[best]],
            [high_u[best], high_v[best]],
            [low_u[best], high_v[best]],
        ]
    ) @ np.stack([along[best], across[best]])
    # In picture axes, y down, along and across turn clockwise: so do these corners.
    first = int(np.lexsort((corners[:, 0], np.round(corners[:, 1], 9)))[0])
    rolled: NDArray[np.float64] = np.roll(corners, -first, axis=0)
    return np.round(rolled, 9) + 0.0
