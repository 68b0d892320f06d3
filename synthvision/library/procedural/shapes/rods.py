"""Straight rods, many at a time, and bars of any section bent along a path: wire goods, tube frames, hoses, trim."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import Profile

__all__ = ["bar_along", "bent_path", "circle", "facing_normals", "rods", "tube_along"]

Point3 = Sequence[float] | Floats


def rods(
    starts_n3: Sequence[Point3] | Floats,
    ends_n3: Sequence[Point3] | Floats,
    radius_m: float | Floats,
    sections: int = 6,
) -> Mesh:
    """Return closed cylinders between pairs of points, texture coordinates in metres along and around.

    Args:
        starts_n3: First ends, float64 (n, 3).
        ends_n3: Other ends.
        radius_m: One radius for all, or float64 (n,).
        sections: Segments around, 3 or more.
    """
    starts, ends = np.asarray(starts_n3, np.float64), np.asarray(ends_n3, np.float64)
    count = len(starts)
    axis = ends - starts
    length = np.linalg.norm(axis, axis=1)
    axis = axis / length[:, None]
    helper = np.where(np.abs(axis[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    side = np.cross(helper, axis)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(axis, side)
    angle = np.linspace(0.0, 2 * np.pi, sections + 1)
    angle[-1] = 0.0
    around = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * other[:, None]
    radius = np.broadcast_to(np.asarray(radius_m, np.float64), (count,))
    offset = around * radius[:, None, None]
    low, high = starts[:, None] + offset, ends[:, None] + offset
    caps = np.broadcast_to(axis[:, None], low[:, :-1].shape)
    positions = np.concatenate([low, high, low[:, :-1], high[:, :-1]], axis=1)
    normals = np.concatenate([around, around, -caps, caps], axis=1)
    u = np.broadcast_to(np.linspace(0, 2 * np.pi, sections + 1)[None] * radius[:, None], (count, sections + 1))
    along = np.broadcast_to(length[:, None], (count, sections + 1))
    # Along first, so that streaks and wood grain run with the rod.
    wall = [np.stack([np.zeros_like(u), u], axis=2), np.stack([along, u], axis=2)]
    uvs = np.concatenate([*wall, np.zeros((count, 2 * sections, 2))], axis=1)
    template = _rod_triangles(sections)
    per_rod = positions.shape[1]
    triangles = template[None] + (np.arange(count) * per_rod)[:, None, None]
    return Mesh(positions.reshape(-1, 3), normals.reshape(-1, 3), uvs.reshape(-1, 2), triangles.reshape(-1, 3))


@lru_cache(maxsize=16)
def _rod_triangles(sections: int) -> NDArray[np.int64]:
    wall = grid_triangles(2, sections + 1)
    low = 2 * (sections + 1) + np.arange(sections)
    high = low + sections
    fan = np.arange(1, sections - 1)
    below = np.stack([np.full(len(fan), low[0]), low[fan + 1], low[fan]], axis=1)
    above = np.stack([np.full(len(fan), high[0]), high[fan], high[fan + 1]], axis=1)
    return np.concatenate([wall, below, above]).astype(np.int64)


def bent_path(points_k3: Sequence[Point3] | Floats, bend_m: float, steps: int = 4, *, closed: bool = False) -> Floats:
    """Return a polyline whose corners are rounded, float64 (n, 3).

    Args:
        points_k3: Corners.
        bend_m: How far before and after a corner the bend begins; less where a side is short.
        steps: Points added to each corner.
        closed: The path returns to its first point (given once), whose corner is rounded too.
    """
    points = np.asarray(points_k3, np.float64)
    count = len(points)
    inner = range(count) if closed else range(1, count - 1)
    out = [] if closed else [points[:1]]
    share = np.linspace(0.0, 1.0, steps + 1)[:, None]
    for index in inner:
        before, here, after = points[index - 1], points[index], points[(index + 1) % count]
        back, ahead = before - here, after - here
        reach = min(bend_m, 0.49 * float(np.linalg.norm(back)), 0.49 * float(np.linalg.norm(ahead)))
        first = here + back / np.linalg.norm(back) * reach
        last = here + ahead / np.linalg.norm(ahead) * reach
        out.append((1 - share) ** 2 * first + 2 * share * (1 - share) * here + share**2 * last)
    if not closed:
        out.append(points[-1:])
    return np.concatenate(out)


def circle(radius_m: float, sections: int) -> Profile:
    """Return a closed counter-clockwise circle about the origin, the first point given again at the end."""
    angle = np.linspace(0.0, 2 * np.pi, sections + 1)
    angle[-1] = 0.0
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Profile(radius_m * around, around)


def tube_along(
    path_k3: Floats,
    radius_m: float,
    sections: int = 8,
    *,
    closed: bool = False,
    scale_k: Floats | None = None,
) -> Mesh:
    """Return a closed round bar along a path that may bend in space; see `bar_along`."""
    return bar_along(path_k3, circle(radius_m, sections), closed=closed, scale_k=scale_k)


def bar_along(
    path_k3: Floats,
    outline: Profile,
    *,
    up_xyz: Point3 | None = None,
    closed: bool = False,
    scale_k: Floats | None = None,
) -> Mesh:
    """Return a closed bar of a convex section along a path, texture coordinates in metres along and around.

    Args:
        path_k3: Points of the centre line, float64 (k, 3).
        outline: Section, closed; x points to the right of the path and y up.
        up_xyz: What the section's y leans towards; None carries it along the path without twist.
        closed: The path returns to its first point (given once).
        scale_k: Size of the section at each point as a factor.
    """
    path = np.asarray(path_k3, np.float64)
    tangent = _tangents(path, closed)
    up = _fixed_up(tangent, up_xyz) if up_xyz is not None else _carried_up(tangent)
    right = np.cross(tangent, up)
    scale = np.ones(len(path)) if scale_k is None else np.asarray(scale_k, np.float64)
    if closed:
        path, right, up, scale = (np.concatenate([row, row[:1]]) for row in (path, right, up, scale))
    section = outline.points_k2
    offset = section[None, :, :1] * right[:, None] + section[None, :, 1:] * up[:, None]
    grid = path[:, None] + offset * scale[:, None, None]
    facing = outline.normals_k2
    normals = facing[None, :, :1] * right[:, None] + facing[None, :, 1:] * up[:, None]
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    uvs = np.stack(np.broadcast_arrays(along[:, None], outline.distance_k[None]), axis=-1)
    wall = facing_normals(
        Mesh(
            grid.reshape(-1, 3),
            normals.reshape(-1, 3),
            np.ascontiguousarray(uvs).reshape(-1, 2),
            grid_triangles(*grid.shape[:2]),
        )
    ).without_slivers()
    if closed:
        return wall
    return join([wall, _end(grid[0], -tangent[0]), _end(grid[-1], tangent[-1])])


def facing_normals(mesh: Mesh) -> Mesh:
    """Return the mesh with all triangles turned over where they face against its normals as a whole."""
    a, b, c = (mesh.positions_n3[mesh.triangles_m3[:, corner]] for corner in range(3))
    shading = mesh.normals_n3[mesh.triangles_m3].sum(axis=1)
    if float(np.einsum("ij,ij->", np.cross(b - a, c - a), shading)) >= 0:
        return mesh
    return Mesh(mesh.positions_n3, mesh.normals_n3, mesh.uvs_n2, mesh.triangles_m3[:, ::-1], mesh.colours_n3)


def _tangents(path: Floats, closed: bool) -> Floats:
    step = np.diff(np.concatenate([path, path[:1]]) if closed else path, axis=0)
    step /= np.linalg.norm(step, axis=1, keepdims=True)
    inner = step + np.roll(step, 1, axis=0)
    tangent = inner if closed else np.concatenate([step[:1], inner[1:], step[-1:]])
    return np.asarray(tangent / np.linalg.norm(tangent, axis=1, keepdims=True), np.float64)


def _fixed_up(tangent: Floats, up_xyz: Point3) -> Floats:
    up = np.asarray(up_xyz, np.float64) - tangent * (tangent @ np.asarray(up_xyz, np.float64))[:, None]
    return np.asarray(up / np.linalg.norm(up, axis=1, keepdims=True), np.float64)


def _carried_up(tangent: Floats) -> Floats:
    """Up vectors moved along the path by the smallest turns."""
    first = np.array([0.0, 0.0, 1.0]) if abs(tangent[0, 2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    ups = [first - tangent[0] * float(first @ tangent[0])]
    for row in tangent[1:]:
        moved = ups[-1] - row * float(ups[-1] @ row)
        ups.append(moved / np.linalg.norm(moved))
    ups[0] = ups[0] / np.linalg.norm(ups[0])
    return np.array(ups)


def _end(ring_k3: Floats, outward: Floats) -> Mesh:
    count = len(ring_k3) - 1
    positions = np.concatenate([ring_k3[:-1].mean(axis=0, keepdims=True), ring_k3[:-1]])
    index = np.arange(count)
    triangles = np.stack([np.zeros(count, np.int64), 1 + index, 1 + (index + 1) % count], axis=1)
    normals = np.broadcast_to(outward, positions.shape).copy()
    return facing_normals(Mesh(positions, normals, positions[:, :2].copy(), triangles))
