"""What placement knows of a model: its convex hull, how it comes to rest, its states and texture density.

Hulls and resting poses take milliseconds and depend on the model alone, so they are kept by model key, bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from synthvision.library.model import EnvironmentMap, Model, StateDirection
from synthvision.library.reference import AssetRef
from synthvision.sampling.stable_poses import RestingPoses, resting_poses

__all__ = ["Assets", "Shape", "ShapeCache"]

Float = NDArray[np.float64]

# A sheet has no volume: it is given this thickness, which no picture shows.
_LEAST_THICKNESS_M = 1e-4
_SHAPES_KEPT = 1_024
_COLLIDER_CORNERS = 200


def _spread_directions(count: int) -> Float:
    """Return unit vectors (n, 3) spread evenly over the sphere (a Fibonacci lattice)."""
    index = np.arange(count) + 0.5
    height = 1.0 - 2.0 * index / count
    angle = index * np.pi * (3.0 - np.sqrt(5.0))
    radius = np.sqrt(1.0 - height**2)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])


_SPREAD = _spread_directions(240)


class Assets(Protocol):
    """What loads models and environments; `synthvision.library.assets.AssetLibrary` is one."""

    def load_model(self, ref: AssetRef) -> Model:
        """Return the model that a reference names."""
        ...

    def load_environment(self, ref: AssetRef) -> EnvironmentMap:
        """Return the environment map that a reference names."""
        ...


@dataclass(frozen=True, eq=False)
class Shape:
    """Geometry of one model in its own frame, metres.

    Args:
        key: ``AssetRef.key`` of the model.
        hull_n3: Corners of the convex hull, float64 (n, 3).
        triangles_m3: Triangles of the hull, int64 (m, 3), counter-clockwise seen from outside.
        points_n3: Points of the mesh, float32 (n, 3).
        faces_m3: Triangles of the mesh, int64 (m, 3).
        attributes: The model's attributes.
        states: The model's states.
        metres_per_uv: By material slot, how many metres one unit of texture coordinates spans.
    """

    key: str
    hull_n3: Float
    triangles_m3: NDArray[np.int64]
    points_n3: NDArray[np.float32]
    faces_m3: NDArray[np.int64]
    attributes: Mapping[str, str]
    states: tuple[StateDirection, ...]
    metres_per_uv: Mapping[str, float]

    @cached_property
    def low(self) -> Float:
        """Smallest corner of the bounds."""
        low: Float = self.hull_n3.min(axis=0)
        return low

    @cached_property
    def high(self) -> Float:
        """Largest corner of the bounds."""
        high: Float = self.hull_n3.max(axis=0)
        return high

    @cached_property
    def centre_of_mass(self) -> Float:
        """Centroid of the hull's volume."""
        corners = self.hull_n3[self.triangles_m3]
        middle = self.hull_n3.mean(axis=0)
        volumes = np.einsum(
            "ij,ij->i", corners[:, 0] - middle, np.cross(corners[:, 1] - middle, corners[:, 2] - middle)
        )
        centroids = (corners.sum(axis=1) + middle) / 4.0
        centre: Float = (centroids * volumes[:, None]).sum(axis=0) / volumes.sum()
        return centre

    @cached_property
    def collider(self) -> tuple[Float, NDArray[np.int64]]:
        """Corners and triangles of a hull of few corners for collision tests, inside the true hull.

        It holds the corners that lie farthest in evenly spread directions; a round body is cut by less than one
        percent of its radius.
        """
        if len(self.hull_n3) <= _COLLIDER_CORNERS:
            return self.hull_n3, self.triangles_m3
        farthest = np.unique(np.argmax(self.hull_n3 @ _SPREAD.T, axis=0))
        return _convex_hull(self.hull_n3[farthest])

    @cached_property
    def is_convex(self) -> bool:
        """Whether the mesh fills its hull, so that the hull may stand for it."""
        corners = self.points_n3[self.faces_m3].astype(np.float64) - self.hull_n3.mean(axis=0)
        mesh = float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])))
        hull = self.hull_n3[self.triangles_m3] - self.hull_n3.mean(axis=0)
        whole = float(np.einsum("ij,ij->", hull[:, 0], np.cross(hull[:, 1], hull[:, 2])))
        return 0.9 * whole <= mesh <= 1.02 * whole

    @cached_property
    def outline(self) -> tuple[Float, NDArray[np.int64]]:
        """Points and triangles whose heights tell how far things can sink onto it: the hull's where that will do."""
        if self.is_convex:
            return self.collider
        return self.points_n3.astype(np.float64), self.faces_m3

    @cached_property
    def planes_m4(self) -> Float:
        """Outward unit normal and offset of each hull triangle: inside is where ``n @ p <= d``."""
        corners = self.hull_n3[self.triangles_m3]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
        offsets = np.einsum("ij,ij->i", normals, corners[:, 0])
        return np.column_stack([normals, offsets])

    @cached_property
    def resting(self) -> RestingPoses:
        """The poses in which the body comes to rest."""
        return resting_poses(self.hull_n3, self.triangles_m3, self.centre_of_mass)

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the model's materials."""
        return tuple(self.metres_per_uv)


class ShapeCache:
    """Shapes by model key, the least recently used dropped first.

    Args:
        assets: Where models come from.
    """

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._kept: OrderedDict[str, Shape] = OrderedDict()

    def shape(self, ref: AssetRef) -> Shape:
        """Return the shape of a model, loading it where it is not kept.

        Raises:
            AssetError: The model is missing or broken.
        """
        key = ref.key
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        shape = make_shape(self._assets.load_model(ref), key)
        self._kept[key] = shape
        if len(self._kept) > _SHAPES_KEPT:
            self._kept.popitem(last=False)
        return shape


def make_shape(model: Model, key: str) -> Shape:
    """Return the shape of a loaded model."""
    points = np.concatenate([part.positions_n3 for part in model.parts])
    starts = np.cumsum([0, *(len(part.positions_n3) for part in model.parts)])
    faces = np.concatenate(
        [part.triangles_m3.astype(np.int64) + start for part, start in zip(model.parts, starts, strict=False)]
    )
    hull, triangles = _convex_hull(points.astype(np.float64))
    return Shape(
        key=key,
        hull_n3=hull,
        triangles_m3=triangles,
        points_n3=points,
        faces_m3=faces,
        attributes=dict(model.attributes),
        states=model.states,
        metres_per_uv={material.name: _metres_per_uv(model, i) for i, material in enumerate(model.materials)},
    )


def _convex_hull(points: Float) -> tuple[Float, NDArray[np.int64]]:
    extent = np.ptp(points, axis=0)
    thin = extent < _LEAST_THICKNESS_M
    if thin.any():
        # A sheet gets its thickness downwards or to one side, so that its top stays where it is.
        shift = np.where(thin, -_LEAST_THICKNESS_M, 0.0)
        points = np.concatenate([points, *(points + np.eye(3)[axis] * shift[axis] for axis in np.flatnonzero(thin))])
    try:
        hull = ConvexHull(points)
    except QhullError:
        hull = ConvexHull(points, qhull_options="QJ Pp")
    corners = hull.points[hull.vertices]
    where = np.full(len(hull.points), -1)
    where[hull.vertices] = np.arange(len(hull.vertices))
    triangles = where[hull.simplices].astype(np.int64)
    a, b, c = (corners[triangles[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    triangles[inward] = triangles[inward][:, ::-1]
    return corners, triangles


def _metres_per_uv(model: Model, material: int) -> float:
    world = texture = 0.0
    for part in model.parts:
        if part.material != material or part.uvs_n2 is None:
            continue
        corners = part.positions_n3[part.triangles_m3].astype(np.float64)
        uvs = part.uvs_n2[part.triangles_m3].astype(np.float64)
        world += float(
            np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
        )
        one, two = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
        texture += float(np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]).sum())
    return float(np.sqrt(world / texture)) if texture > 0 else 1.0
