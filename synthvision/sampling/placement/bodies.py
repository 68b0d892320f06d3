"""Objects as placement sees them, and whether two of them touch."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import fcl
import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.shapes import Shape

__all__ = ["Body", "BodySet"]

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Body:
    """One model at one place.

    Args:
        name: Name of the object in the scene, e.g. ``bottles/2``.
        group: Name of its group.
        shape: Geometry of its model.
        scale: Multiplies the model's coordinates.
        rotation: World from model, float64 (3, 3).
        position_m: Where the model's origin stands, float64 (3,).
        hollow: Collide with the mesh instead of its convex hull: for what other objects lie in or under.
    """

    name: str
    group: str
    shape: Shape
    scale: float
    rotation: Float
    position_m: Float
    hollow: bool = False

    @cached_property
    def hull_n3(self) -> Float:
        """Corners of the convex hull in the world."""
        corners: Float = self.shape.hull_n3 @ (self.rotation.T * self.scale) + self.position_m
        return corners

    @cached_property
    def low(self) -> Float:
        """Smallest corner of the box around it in the world."""
        low: Float = self.hull_n3.min(axis=0)
        return low

    @cached_property
    def high(self) -> Float:
        """Largest corner of the box around it in the world."""
        high: Float = self.hull_n3.max(axis=0)
        return high

    @cached_property
    def outline_n3(self) -> Float:
        """Points of ``shape.outline`` in the world."""
        points: Float = self.shape.outline[0] @ (self.rotation.T * self.scale) + self.position_m
        return points

    @property
    def centre_of_mass(self) -> Float:
        """Centre of mass in the world."""
        centre: Float = self.rotation @ (self.shape.centre_of_mass * self.scale) + self.position_m
        return centre

    @cached_property
    def collider(self) -> Any:
        """The body's convex hull in the collision library."""
        return self._in_world("hull", 1.0)

    def _in_world(self, kind: str, unit_m: float) -> Any:
        geometry = _geometry(self.shape, self.scale / unit_m, kind)
        return fcl.CollisionObject(geometry, fcl.Transform(self.rotation, self.position_m / unit_m))

    def moved(self, shift_m: Float) -> Body:
        """Return the same body elsewhere."""
        body = replace(self, position_m=self.position_m + shift_m)
        # Places are tried by the hundred: what is known of this one holds for the other, shifted.
        for name in ("hull_n3", "low", "high"):
            if name in self.__dict__:
                body.__dict__[name] = self.__dict__[name] + shift_m
        return body

    def contains(self, point: Float) -> bool:
        """Return whether a world point lies inside the convex hull."""
        if (point < self.low).any() or (point > self.high).any():
            return False
        local = self.rotation.T @ (point - self.position_m) / self.scale
        planes = self.shape.planes_m4
        return bool((planes[:, :3] @ local <= planes[:, 3]).all())

    def gap_to(self, other: Body) -> tuple[float, float]:
        """Return the distance to another body and how upright the line between the nearest points is.

        Returns:
            Metres, 0 or less where they overlap; the share of that line that is vertical, 0..1.
        """
        own, others, unit_m = _pair(self, other)
        result = fcl.DistanceResult()
        gap = float(fcl.distance(own, others, _NEAREST, result))
        first, second = result.nearest_points
        return gap * unit_m, abs(float(first[2]) - float(second[2])) / gap if gap > 0 else 1.0


def _pair(first: Body, second: Body) -> tuple[Any, Any, float]:
    """Return two bodies in the collision library, and the length of its unit in metres.

    A hollow body is its mesh to all but another hollow one. Large meshes take long to prepare, so they are prepared
    once in the model's own size, and the other body is scaled to that. Against a mesh, a hull of facets is faster than
    a convex body.
    """
    if first.hollow == second.hollow:
        return first.collider, second.collider, 1.0
    unit_m = first.scale if first.hollow else second.scale
    kinds = ("mesh", "facets") if first.hollow else ("facets", "mesh")
    return first._in_world(kinds[0], unit_m), second._in_world(kinds[1], unit_m), unit_m


class BodySet:
    """The bodies of a scene that stand already."""

    def __init__(self) -> None:
        self._bodies: list[Body] = []
        self._low = np.zeros((0, 3))
        self._high = np.zeros((0, 3))

    def __iter__(self) -> Iterator[Body]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)

    def add(self, body: Body) -> None:
        """Let a body stand where it is."""
        self._bodies.append(body)
        self._low = np.concatenate([self._low, body.low[None]])
        self._high = np.concatenate([self._high, body.high[None]])

    def of_group(self, group: str) -> list[Body]:
        """Return the bodies of a group, in the order in which they were placed."""
        return [body for body in self._bodies if body.group == group]

    def near(self, low: Float, high: Float, gap_m: float) -> list[Body]:
        """Return the bodies whose boxes come closer to a box than a gap."""
        if not self._bodies:
            return []
        close = (self._low <= high + gap_m).all(axis=1) & (self._high >= low - gap_m).all(axis=1)
        return [self._bodies[index] for index in np.flatnonzero(close)]

    def touching(self, body: Body, clearance_m: float, ignore: Collection[str] = ()) -> Body | None:
        """Return a body that comes closer than the clearance, or None.

        Args:
            body: The body to try.
            clearance_m: Least gap; 0 forbids only overlap.
            ignore: Names of bodies that may touch.
        """
        for other in self.near(body.low, body.high, clearance_m):
            if other.name in ignore:
                continue
            own, others, unit_m = _pair(body, other)
            if fcl.collide(own, others, _COLLIDE, fcl.CollisionResult()):
                return other
            if clearance_m > 0 and fcl.distance(own, others, _DISTANCE, fcl.DistanceResult()) * unit_m < clearance_m:
                return other
        return None


_COLLIDE = fcl.CollisionRequest()
_DISTANCE = fcl.DistanceRequest()
_NEAREST = fcl.DistanceRequest(enable_nearest_points=True)


@lru_cache(maxsize=512)
def _geometry(shape: Shape, scale: float, kind: str) -> Any:
    # Making one takes longer than all tests of an object together, and models and scales come again.
    corners, triangles = shape.collider
    if kind == "hull":
        rows = np.column_stack([np.full(len(triangles), 3), triangles]).ravel()
        return fcl.Convex(corners * scale, len(triangles), rows)
    if kind == "mesh":
        corners, triangles = shape.points_n3.astype(np.float64), shape.faces_m3
    mesh = fcl.BVHModel()
    mesh.beginModel(len(corners), len(triangles))
    mesh.addSubModel(corners * scale, triangles)
    mesh.endModel()
    return mesh
