"""Smooth surfaces from coarse closed cages of quads: one step of Catmull and Clark's subdivision."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["Cage", "Surface", "smooth_normals", "with_sharp_folds"]

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Cage:
    """Rings of points bridged by quads; points come first, they may be moved before `surface` is taken.

    Every point carries a row of weights, which say how much it follows each bone of a skeleton.
    """

    points: list[Floats] = field(default_factory=list)
    weights: list[Floats] = field(default_factory=list)
    quads: list[Ints] = field(default_factory=list)
    quad_uvs: list[Floats] = field(default_factory=list)
    count: int = 0

    def ring(self, points_n3: Floats, weights_nb: Floats) -> Ints:
        """Add points with their bone weights (one row for all, or one each) and return their numbers."""
        points = np.asarray(points_n3, np.float64).reshape(-1, 3)
        first = self.count
        self.points.append(points)
        self.weights.append(np.broadcast_to(weights_nb, (len(points), np.shape(weights_nb)[-1])))
        self.count += len(points)
        return np.arange(first, self.count)

    def bridge(
        self, a: Ints, b: Ints, u_span: tuple[float, float], v_ab: tuple[float, float], *, flip: bool = False
    ) -> None:
        """Join two closed rings of equal length by quads.

        The outside is where (direction of the ring) x (direction from `a` to `b`) points, or opposite with `flip`.

        Args:
            a: Point numbers of the first ring.
            b: Point numbers of the second ring.
            u_span: Texture u at the first point and after the last.
            v_ab: Texture v of either ring.
            flip: Turn the quads over.
        """
        u = np.linspace(*u_span, len(a) + 1)
        self.strip(np.append(a, a[0]), np.append(b, b[0]), u, v_ab, flip=flip)

    def strip(self, a: Ints, b: Ints, u: Floats, v_ab: tuple[float, float], *, flip: bool = False) -> None:
        """Join two open rows of equal length by quads; `u` holds the texture u of each point."""
        quads = np.stack([a[:-1], a[1:], b[1:], b[:-1]], axis=1)
        low, high = np.full(len(a) - 1, v_ab[0]), np.full(len(a) - 1, v_ab[1])
        uvs = np.stack(
            [
                np.stack([u[:-1], low], axis=1),
                np.stack([u[1:], low], axis=1),
                np.stack([u[1:], high], axis=1),
                np.stack([u[:-1], high], axis=1),
            ],
            axis=1,
        )
        self.quads.append(quads[:, ::-1] if flip else quads)
        self.quad_uvs.append(uvs[:, ::-1] if flip else uvs)

    def cap(self, ring: Ints, uv: tuple[float, float], *, flip: bool = False) -> None:
        """Close a ring of an even number of points by strips of quads across it, all at one texture coordinate.

        The outside is where the ring runs counter-clockwise, or the other side with `flip`.
        """
        n = len(ring)
        i = np.arange(n // 2 - 1)
        quads = np.stack([ring[i], ring[i + 1], ring[n - 2 - i], ring[n - 1 - i]], axis=1)
        self.quads.append(quads[:, ::-1] if flip else quads)
        self.quad_uvs.append(np.broadcast_to(np.asarray(uv, np.float64), (len(quads), 4, 2)))

    def positions_n3(self) -> Floats:
        """All points so far, float64 (n, 3)."""
        return np.concatenate(self.points)

    def weights_nb(self) -> Floats:
        """Their bone weights, rows that add up to 1."""
        weights = np.concatenate(self.weights)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)

    def surface(self, positions_n3: Floats) -> Surface:
        """Return the surface smoothed once, for points that may have been moved."""
        return _subdivided(positions_n3, np.concatenate(self.quads), np.concatenate(self.quad_uvs))

    def coarse_surface(self, positions_n3: Floats) -> Surface:
        """Return the cage itself as a surface, for shapes that are made fine enough from the start."""
        return Surface(positions_n3, np.concatenate(self.quads), np.concatenate(self.quad_uvs))


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Quads whose corners share points but have texture coordinates of their own.

    Args:
        points_n3: float64 (n, 3), metres.
        quads_f4: int64 (f, 4), counter-clockwise from outside.
        uvs_f42: float64 (f, 4, 2).
    """

    points_n3: Floats
    quads_f4: Ints
    uvs_f42: Floats

    def point_uvs(self) -> Floats:
        """One texture coordinate for each point, that of the last corner which uses it."""
        uvs = np.zeros((len(self.points_n3), 2))
        uvs[self.quads_f4.reshape(-1)] = self.uvs_f42.reshape(-1, 2)
        return uvs

    def triangles(self) -> Ints:
        """Two triangles for each quad, on the points."""
        q = self.quads_f4
        return np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]])

    def moved_along_normals(self, distance_n: Floats) -> Surface:
        """Return the surface with each point moved outwards by its own distance."""
        normals = smooth_normals(self.points_n3, self.triangles())
        return Surface(self.points_n3 + normals * distance_n[:, None], self.quads_f4, self.uvs_f42)

    def mesh(self) -> Mesh:
        """Return triangles whose points are split where texture coordinates differ; normals stay smooth there."""
        normals = smooth_normals(self.points_n3, self.triangles())
        corners = self.quads_f4.reshape(-1)
        flat = np.round(self.uvs_f42.reshape(-1, 2) * 65536.0).astype(np.int64) + (1 << 20)
        code = (corners << 44) + (flat[:, 0] << 22) + flat[:, 1]
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        source = corners[first]
        q = inverse.reshape(-1, 4)
        triangles = np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]])
        uvs = self.uvs_f42.reshape(-1, 2)[first]
        smooth = Mesh(self.points_n3[source], normals[source], uvs, triangles).without_slivers()
        return with_sharp_folds(smooth)


def smooth_normals(points_n3: Floats, triangles_m3: Ints) -> Floats:
    """Return unit normals of points, averaged over the triangles around them by area."""
    a, b, c = (points_n3[triangles_m3[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    flat = triangles_m3.T.reshape(-1)
    rows = np.tile(facing, (3, 1))
    count = len(points_n3)
    total = np.stack([np.bincount(flat, rows[:, axis], count) for axis in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-14, total / np.maximum(length, 1e-14), [0.0, 0.0, 1.0]), np.float64)


def with_sharp_folds(mesh: Mesh) -> Mesh:
    """Return the mesh with flat shading where a fold is so sharp that smooth normals would point into its triangles."""
    corners = mesh.positions_n3[mesh.triangles_m3]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    against = np.einsum("ijk,ik->ij", mesh.normals_n3[mesh.triangles_m3], facing)
    sharp = np.flatnonzero((against.mean(axis=1) < 0.25) | (against.min(axis=1) < -0.3))
    if not len(sharp):
        return mesh
    old = mesh.triangles_m3[sharp].reshape(-1)
    triangles = mesh.triangles_m3.copy()
    triangles[sharp] = len(mesh.positions_n3) + np.arange(len(old)).reshape(-1, 3)
    return Mesh(
        np.concatenate([mesh.positions_n3, mesh.positions_n3[old]]),
        np.concatenate([mesh.normals_n3, np.repeat(facing[sharp], 3, axis=0)]),
        np.concatenate([mesh.uvs_n2, mesh.uvs_n2[old]]),
        triangles,
    )


def _subdivided(points: Floats, quads: Ints, uvs: Floats) -> Surface:
    count, faces = len(points), len(quads)
    face_points = points[quads].mean(axis=1)
    ends = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    ends = np.sort(ends, axis=1)
    code, edge_of = np.unique(ends[:, 0] * count + ends[:, 1], return_inverse=True)
    first, second = code // count, code % count
    edges = len(code)
    middles = (points[first] + points[second]) / 2
    face_of = np.repeat(np.arange(faces), 4)
    uses = np.bincount(edge_of, minlength=edges)[:, None]
    beside = _summed(edge_of, face_points[face_of], edges) / uses
    edge_points = (middles + beside) / 2
    corner = quads.reshape(-1)
    valence = np.maximum(np.bincount(corner, minlength=count), 1)[:, None]
    around_faces = _summed(corner, face_points[face_of], count) / valence
    both = np.concatenate([first, second])
    degree = np.maximum(np.bincount(both, minlength=count), 1)[:, None]
    around_edges = _summed(both, np.tile(middles, (2, 1)), count) / degree
    vertex_points = (around_faces + 2 * around_edges + (valence - 3) * points) / valence
    edge_ids = edge_of.reshape(-1, 4) + count
    face_ids = np.arange(faces) + count + edges
    out_quads, out_uvs = [], []
    centre = uvs.mean(axis=1)
    for k in range(4):
        back, ahead = (k - 1) % 4, (k + 1) % 4
        out_quads.append(np.stack([quads[:, k], edge_ids[:, k], face_ids, edge_ids[:, back]], axis=1))
        to_next, to_last = (uvs[:, k] + uvs[:, ahead]) / 2, (uvs[:, k] + uvs[:, back]) / 2
        out_uvs.append(np.stack([uvs[:, k], to_next, centre, to_last], axis=1))
    everything = np.concatenate([vertex_points, edge_points, face_points])
    return Surface(everything, np.concatenate(out_quads), np.concatenate(out_uvs))


def _summed(index: Ints, rows: Floats, count: int) -> Floats:
    return np.stack([np.bincount(index, rows[:, axis], count) for axis in range(3)], axis=1)
