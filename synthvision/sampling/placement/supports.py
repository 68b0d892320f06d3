"""What objects stand on: planes with an outline."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Region

__all__ = ["EndlessPlane", "RectangleTop", "Support", "TriangleTop", "draw_in_region", "top_of_body"]

Float = NDArray[np.float64]

# What lies this little below the highest point still belongs to the top.
_TOP_DEPTH_M = 2e-3


class Support(Protocol):
    """A flat top that things stand on."""

    @property
    def height_m(self) -> float:
        """Height of the plane."""
        ...

    @property
    def region(self) -> Region | None:
        """The whole of it, or None where it has no end."""
        ...

    def holds(self, points_n2: Float, margin_m: float) -> bool:
        """Return whether all points lie on it, at least a margin away from its edge."""
        ...


class EndlessPlane:
    """The plane z = 0 without an edge."""

    height_m = 0.0
    region: Region | None = None

    def holds(self, points_n2: Float, margin_m: float) -> bool:
        """Return True."""
        return True


class RectangleTop:
    """A rectangle about a point, turned about the vertical."""

    def __init__(self, height_m: float, centre_m: Float, size_m: tuple[float, float], yaw_rad: float) -> None:
        self.height_m = height_m
        self._centre = centre_m
        self._half = np.array(size_m) / 2
        self._turn = np.array([[np.cos(yaw_rad), np.sin(yaw_rad)], [-np.sin(yaw_rad), np.cos(yaw_rad)]])
        # The smallest upright rectangle that holds the turned one; places outside are refused one by one.
        reach = np.abs(self._turn.T) @ self._half * 2
        self.region: Region | None = Region.rectangle(
            (float(reach[0]), float(reach[1])), (float(centre_m[0]), float(centre_m[1]))
        )

    def holds(self, points_n2: Float, margin_m: float) -> bool:
        """Return whether all points lie on it, at least a margin away from its edge."""
        local = (points_n2 - self._centre) @ self._turn.T
        return bool((np.abs(local) <= self._half - margin_m).all())


class TriangleTop:
    """The flat top of a mesh: all upward triangles near its highest point.

    Args:
        height_m: Height of the plane.
        triangles_m32: Corners seen from above, float64 (m, 3, 2), metres.
    """

    def __init__(self, height_m: float, triangles_m32: Float) -> None:
        self.height_m = height_m
        low, high = triangles_m32.reshape(-1, 2).min(axis=0), triangles_m32.reshape(-1, 2).max(axis=0)
        middle, size = (low + high) / 2, np.maximum(high - low, 1e-6)
        self.region: Region | None = Region.rectangle(
            (float(size[0]), float(size[1])), (float(middle[0]), float(middle[1]))
        )
        start = triangles_m32
        end = np.roll(triangles_m32, -1, axis=1)
        edge = end - start
        self._start, self._edge = start, edge

    def holds(self, points_n2: Float, margin_m: float) -> bool:
        """Return whether all points lie on it, at least about a margin away from its edge."""
        if margin_m > 0:
            ring = np.arange(8) * (np.pi / 4)
            offsets = margin_m * np.column_stack([np.cos(ring), np.sin(ring)])
            points_n2 = (points_n2[:, None] + offsets[None]).reshape(-1, 2)
        to_point = points_n2[:, None, None] - self._start[None]
        side = self._edge[None, ..., 0] * to_point[..., 1] - self._edge[None, ..., 1] * to_point[..., 0]
        inside: NDArray[np.bool_] = np.all(side >= -1e-12, axis=2) | np.all(side <= 1e-12, axis=2)
        return bool(np.all(np.any(inside, axis=1)))


def top_of_body(body: Body) -> Support:
    """Return the flat top of a body that other things may stand on."""
    points = body.shape.points_n3.astype(np.float64) @ (body.rotation.T * body.scale) + body.position_m
    corners = points[body.shape.faces_m3]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    upward = normals[:, 2] > 0.95 * np.maximum(length, 1e-300)
    top = float(corners[..., 2].max())
    near_top = upward & (corners[..., 2].min(axis=1) >= top - _TOP_DEPTH_M)
    if not near_top.any():
        return TriangleTop(top, np.zeros((1, 3, 2)))
    return TriangleTop(top, corners[near_top][:, :, :2])


def draw_in_region(region: Region, rng: np.random.Generator) -> Float:
    """Return a point (x, y), equally likely anywhere in a region."""
    u, v = rng.random(2)
    centre = np.array(region.centre_m)
    if region.size_m is not None:
        corner: Float = (np.array([u, v]) - 0.5) * np.array(region.size_m)
        return centre + corner
    radius, angle = (region.radius_m or 0.0) * np.sqrt(u), 2 * np.pi * v
    offset: Float = radius * np.array([np.cos(angle), np.sin(angle)])
    return centre + offset
