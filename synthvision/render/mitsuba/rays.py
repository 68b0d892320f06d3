"""What rays hit: triangles of merged meshes, found by mitsuba, with the geometry worked out in double precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.render.cutouts import AlphaPyramid, footprint_level
from synthvision.render.mitsuba.engine import Engine
from synthvision.render.parts import ScenePart

__all__ = ["Hits", "RayTarget"]

Float = NDArray[np.float64]

#: Surfaces that a ray may pass through (holes, faces seen from behind) before it is taken to hit nothing.
_MOST_LAYERS = 64
#: How far behind a surface a ray goes on, as a share of the distance and at least in metres.
_STEP, _LEAST_STEP_M = 2e-6, 2e-6


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """What n rays hit.

    Args:
        triangle_n: int64 (n,), number of the triangle in the target, -1 for none.
        distance_n: float64 (n,), in lengths of the ray's direction, +inf for none.
        weights_n3: float64 (n, 3), barycentric coordinates.
    """

    triangle_n: NDArray[np.int64]
    distance_n: Float
    weights_n3: Float


class RayTarget:
    """Triangles of some parts that rays are shot at.

    A ray goes on behind texels that an alpha mask cuts away and behind faces that are seen from behind where the
    material shows one side only, as the raster backends leave these out.

    Args:
        engine: mitsuba.
        parts: The parts.
        pyramids: Alpha by texture key, kept by the caller.
    """

    def __init__(self, engine: Engine, parts: Sequence[ScenePart], pyramids: dict[str, AlphaPyramid]) -> None:
        self._engine = engine
        self.parts = tuple(parts)
        self._pyramids = pyramids
        counts = [len(part.mesh.triangles_m3) for part in self.parts]
        self.part_of_triangle = np.repeat(np.arange(len(self.parts)), counts)
        vertex_counts = [len(part.mesh.positions_n3) for part in self.parts]
        first = np.concatenate([[0], np.cumsum(vertex_counts)]).astype(np.int64)
        self._positions = np.concatenate([part.world_positions() for part in self.parts] or [np.zeros((0, 3))])
        self._corners = np.concatenate(
            [part.triangles_m3.astype(np.int64) + start for part, start in zip(self.parts, first, strict=False)]
            or [np.zeros((0, 3), np.int64)]
        )
        self._first_vertex = first
        self._culled = np.array([not part.surface.material.double_sided for part in self.parts] or [False])
        self._cut = np.array([part.cutoff is not None for part in self.parts] or [False])
        self._scene: Any = None
        #: Parts of which a ray has met a face that is seen from behind and left out.
        self.seen_from_behind: set[int] = set()

    def trace(self, origin_xyz: Float, rays_n3: Float, near: float, far: float, footprint: Float | None) -> Hits:
        """Return what rays from one point hit.

        Args:
            origin_xyz: Where all rays start.
            rays_n3: Directions of any length.
            near: Nothing closer counts, in lengths of the ray.
            far: Nothing farther counts.
            footprint: float64 (2, n, 2, 3): two rays each along the row and the column of a pixel, by which the size
                of a pixel on the surface is told; None takes the sharpest level of alpha masks.
        """
        count = len(rays_n3)
        triangle = np.full(count, -1, np.int64)
        distance = np.full(count, np.inf)
        weights = np.zeros((count, 3))
        if not len(self._corners) or not count:
            return Hits(triangle, distance, weights)
        lengths = np.linalg.norm(rays_n3, axis=1)
        active = np.arange(count)
        start = np.full(count, near)
        for _ in range(_MOST_LAYERS):
            rays = rays_n3[active]
            origins = origin_xyz + rays * start[active, None]
            found = self.nearest(origins, rays)
            hit = found >= 0
            active, found = active[hit], found[hit]
            if not len(active):
                break
            t, bary, behind = self._geometry(origin_xyz, rays_n3[active], found)
            t = np.maximum(t, start[active])
            part = self.part_of_triangle[found]
            left_out = behind & self._culled[part]
            self.seen_from_behind.update(int(number) for number in np.unique(part[left_out]))
            masked = ~left_out & self._cut[part]
            if masked.any():
                chosen = np.flatnonzero(masked)
                near_by = None if footprint is None else footprint[:, active[chosen]]
                kept = self._is_there(origin_xyz, found[chosen], bary[chosen], near_by)
                left_out[chosen[~kept]] = True
            beyond = t > far
            solid = ~left_out & ~beyond
            done = active[solid]
            triangle[done], distance[done], weights[done] = found[solid], t[solid], bary[solid]
            again = left_out & ~beyond
            active = active[again]
            start[active] = t[again] + np.maximum(_STEP * t[again], _LEAST_STEP_M / lengths[active])
        return Hits(triangle, distance, weights)

    def normals(self, hits: Hits, chosen: NDArray[np.bool_]) -> Float:
        """Return unit normals in the world at some of the hits, on the side that is outside, float64 (m, 3)."""
        normals = np.concatenate([part.world_normals() for part in self.parts])
        corners = normals[self._corners[hits.triangle_n[chosen]]]
        blended = np.einsum("nk,nkc->nc", hits.weights_n3[chosen], corners)
        unit: Float = blended / np.maximum(np.linalg.norm(blended, axis=1, keepdims=True), 1e-12)
        return unit

    def seen_from_outside(self, rays_m3: Float, hits: Hits, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return whether the faces at some of the hits turn to where the rays come from.

        Args:
            rays_m3: Directions of the chosen rays.
            hits: Of all rays.
            chosen: Which of them.
        """
        a, b, c = np.moveaxis(self._positions[self._corners[hits.triangle_n[chosen]]], 1, 0)
        outside: NDArray[np.bool_] = np.einsum("nc,nc->n", np.cross(b - a, c - a), rays_m3) <= 0
        return outside

    def nearest(self, origins_n3: Float, rays_n3: Float) -> NDArray[np.int64]:
        """Return the number of the first triangle along each ray, masks and sides not looked at, -1 for none."""
        if not len(self._corners):
            return np.full(len(rays_n3), -1, np.int64)
        if self._scene is None:
            self._scene = self._engine.triangle_scene(self._positions, self._corners)
        return self._engine.nearest_triangles(self._scene, origins_n3, rays_n3)

    def _geometry(
        self, origin_xyz: Float, rays_n3: Float, triangle_n: NDArray[np.int64]
    ) -> tuple[Float, Float, NDArray[np.bool_]]:
        """Return distance, barycentric coordinates, and whether the face is seen from behind."""
        a, b, c = np.moveaxis(self._positions[self._corners[triangle_n]], 1, 0)
        facing = np.cross(b - a, c - a)
        along = np.einsum("nc,nc->n", facing, rays_n3)
        along = np.where(np.abs(along) < 1e-300, 1e-300, along)
        t = np.einsum("nc,nc->n", facing, a - origin_xyz) / along
        weights = _barycentric(origin_xyz + rays_n3 * t[:, None], a, b, c, facing)
        inside = np.clip(weights, 0.0, 1.0)
        return t, inside / inside.sum(axis=1, keepdims=True), along > 0

    def _is_there(
        self, origin_xyz: Float, triangle_n: NDArray[np.int64], weights_n3: Float, footprint: Float | None
    ) -> NDArray[np.bool_]:
        """Return whether alpha at some places reaches the cutoff of their material."""
        there = np.ones(len(triangle_n), np.bool_)
        part_n = self.part_of_triangle[triangle_n]
        for number in np.unique(part_n):
            part = self.parts[int(number)]
            material, chosen = part.surface.material, part_n == number
            corners = self._corners[triangle_n[chosen]]
            local = corners - self._first_vertex[number]
            alpha = np.full(int(chosen.sum()), material.base_colour[3])
            if part.mesh.colours_n4 is not None:
                alpha = alpha * np.einsum("nk,nk->n", weights_n3[chosen], part.mesh.colours_n4[:, 3][local])
            texture = material.base_colour_map
            if texture is not None:
                pyramid = self._pyramids.get(texture.key)
                if pyramid is None:
                    pyramid = self._pyramids[texture.key] = AlphaPyramid(texture)
                uvs = part.map_uvs_n2.astype(np.float64)[local]
                level = np.zeros(len(local), np.int64)
                if footprint is not None:
                    across, down = (
                        self._step(origin_xyz, corners, uvs, pair)
                        for pair in (footprint[0, chosen], footprint[1, chosen])
                    )
                    level = footprint_level(across, down, pyramid.size_wh)
                alpha = alpha * pyramid.at(np.einsum("nk,nkc->nc", weights_n3[chosen], uvs), level)
            # OpenGL keeps alpha in eight bits on the way; half a step of it decides no pixel but a tie.
            there[chosen] = alpha >= (part.cutoff or 0.0) - 1e-4
        return there

    def _step(self, origin_xyz: Float, corners: NDArray[np.int64], uvs: Float, pair: Float) -> Float:
        """Return how texture coordinates change between the two rays of each pair, on the plane of the triangle."""
        a, b, c = np.moveaxis(self._positions[corners], 1, 0)
        facing = np.cross(b - a, c - a)
        ends = []
        for ray in (pair[:, 0], pair[:, 1]):
            along = np.einsum("nc,nc->n", facing, ray)
            along = np.where(np.abs(along) < 1e-300, 1e-300, along)
            t = np.einsum("nc,nc->n", facing, a - origin_xyz) / along
            ends.append(np.einsum("nk,nkc->nc", _barycentric(origin_xyz + ray * t[:, None], a, b, c, facing), uvs))
        step: Float = ends[1] - ends[0]
        return step


def _barycentric(points: Float, a: Float, b: Float, c: Float, facing: Float) -> Float:
    area = np.maximum(np.einsum("nc,nc->n", facing, facing), 1e-300)
    wa = np.einsum("nc,nc->n", np.cross(c - b, points - b), facing) / area
    wb = np.einsum("nc,nc->n", np.cross(a - c, points - c), facing) / area
    weights: Float = np.stack([wa, wb, 1 - wa - wb], axis=1)
    return weights
