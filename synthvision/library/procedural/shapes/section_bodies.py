"""Solids drawn over a row of closed sections, and sheets of even thickness: bodies, moulded seats, sacks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.rods import facing_normals

__all__ = ["section_body", "superellipse", "thick_sheet"]


def superellipse(half_a: float, half_b: float, exponent: float, count: int, turn_rad: float = 0.0) -> Floats:
    """Return a closed counter-clockwise curve about the origin, float64 (count, 2), first point not repeated.

    Args:
        half_a: Half size along the first axis.
        half_b: Half size along the second axis.
        exponent: 2 is an ellipse, more is squarer.
        count: Number of points.
        turn_rad: Where the first point lies.
    """
    angle = np.arange(count) * 2 * np.pi / count + turn_rad
    c, s = np.cos(angle), np.sin(angle)
    power = 2.0 / exponent
    return np.stack([half_a * np.sign(c) * np.abs(c) ** power, half_b * np.sign(s) * np.abs(s) ** power], axis=1)


def section_body(rings_rc3: Floats, *, creases: Sequence[int] = (), caps: tuple[bool, bool] = (True, True)) -> Mesh:
    """Return a closed solid over sections, shaded smooth, texture coordinates in metres around and along.

    Args:
        rings_rc3: Points of each section, float64 (rows, columns, 3), the first column not repeated.
        creases: Rows where the surface has a hard edge.
        caps: Whether the first and the last section are closed by a flat fan.
    """
    rings = np.asarray(rings_rc3, np.float64)
    around = (np.roll(rings, -1, axis=1) - np.roll(rings, 1, axis=1)) / 2
    step = np.linalg.norm(np.diff(rings, axis=0), axis=2).mean(axis=1)
    along = np.concatenate([[0.0], np.cumsum(step)])
    width = np.linalg.norm(np.diff(np.concatenate([rings, rings[:, :1]], axis=1), axis=1), axis=2)
    across = np.concatenate([[0.0], np.cumsum(width.mean(axis=0))])
    borders = [0, *sorted(creases), len(rings) - 1]
    pieces = []
    for low, high in pairwise(borders):
        part = rings[low : high + 1]
        normals = np.cross(around[low : high + 1], np.gradient(part, axis=0))
        normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
        grid, shading = (np.concatenate([item, item[:, :1]], axis=1) for item in (part, normals))
        uvs = np.stack(np.broadcast_arrays(across[None], -along[low : high + 1, None]), axis=-1)
        pieces.append(_grid_mesh(grid, shading, uvs))
    wall = join(pieces)
    if _volume(wall, rings.mean(axis=(0, 1))) < 0:
        wall = Mesh(wall.positions_n3, wall.normals_n3, wall.uvs_n2, wall.triangles_m3[:, ::-1])
    wall = _normals_with_triangles(wall).without_slivers()
    ends = [
        _cap(rings[row], rings[row].mean(axis=0) - rings[beside].mean(axis=0))
        for row, beside, wanted in ((0, 1, caps[0]), (-1, -2, caps[1]))
        if wanted
    ]
    return join([wall, *ends])


def thick_sheet(grid_rc3: Floats, thickness_m: float) -> Mesh:
    """Return a closed sheet of even thickness over a grid of points, such as a moulded seat.

    Args:
        grid_rc3: Points of the upper side, float64 (rows, columns, 3); it lies where
            (growing column) x (growing row) points.
        thickness_m: Distance of the lower side.
    """
    grid = np.asarray(grid_rc3, np.float64)
    normals = np.cross(np.gradient(grid, axis=1), np.gradient(grid, axis=0))
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    rows, columns = grid.shape[:2]
    u = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(grid, axis=1), axis=2).mean(axis=0))])
    v = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(grid, axis=0), axis=2).mean(axis=1))])
    top = _grid_mesh(grid, normals, np.stack(np.broadcast_arrays(u[None], v[:, None]), axis=-1))
    bottom = Mesh((grid - thickness_m * normals).reshape(-1, 3), -top.normals_n3, top.uvs_n2, top.triangles_m3[:, ::-1])
    index = np.arange(rows * columns).reshape(rows, columns)
    ring = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    ring = np.append(ring, ring[0])
    upper, lower = top.positions_n3[ring], bottom.positions_n3[ring]
    tangent = np.roll(upper[:-1], -1, axis=0) - np.roll(upper[:-1], 1, axis=0)
    outward = np.cross(np.concatenate([tangent, tangent[:1]]), top.normals_n3[ring])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(upper, axis=0), axis=1))])
    edge = Mesh(
        np.concatenate([lower, upper]),
        np.concatenate([outward, outward]),
        np.stack([np.tile(length, 2), np.repeat([thickness_m, 0.0], len(ring))], axis=1),
        grid_triangles(2, len(ring)),
    )
    return join([top, bottom, facing_normals(edge)]).without_slivers()


def _grid_mesh(grid: Floats, normals: Floats, uvs: Floats) -> Mesh:
    return Mesh(
        np.ascontiguousarray(grid).reshape(-1, 3),
        np.ascontiguousarray(normals).reshape(-1, 3),
        np.ascontiguousarray(uvs).reshape(-1, 2),
        grid_triangles(*grid.shape[:2]),
    )


def _normals_with_triangles(mesh: Mesh) -> Mesh:
    """The mesh with its normals turned over where they point against its triangles as a whole."""
    a, b, c = (mesh.positions_n3[mesh.triangles_m3[:, corner]] for corner in range(3))
    shading = mesh.normals_n3[mesh.triangles_m3].sum(axis=1)
    if float(np.einsum("ij,ij->", np.cross(b - a, c - a), shading)) >= 0:
        return mesh
    return Mesh(mesh.positions_n3, -mesh.normals_n3, mesh.uvs_n2, mesh.triangles_m3)


def _volume(mesh: Mesh, middle: Floats) -> float:
    a, b, c = (mesh.positions_n3[mesh.triangles_m3[:, corner]] - middle for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)))


def _cap(ring_c3: Floats, outward: Floats) -> Mesh:
    count = len(ring_c3)
    positions = np.concatenate([ring_c3.mean(axis=0, keepdims=True), ring_c3])
    index = np.arange(count)
    triangles = np.stack([np.zeros(count, np.int64), 1 + index, 1 + (index + 1) % count], axis=1)
    after = np.roll(ring_c3, -1, axis=0)
    normal = np.cross(ring_c3 - positions[0], after - positions[0]).sum(axis=0)
    size = float(np.linalg.norm(normal))
    normal = normal / size if size > 1e-14 else outward / np.linalg.norm(outward)
    if float(normal @ outward) < 0:
        normal = -normal
    flat = np.argsort(np.abs(normal))[:2]
    normals = np.broadcast_to(normal, positions.shape).copy()
    return facing_normals(Mesh(positions, normals, positions[:, flat].copy(), triangles)).without_slivers()
