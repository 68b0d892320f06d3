"""Normals taken from the triangles themselves: smooth where faces meet gently, hard along creases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["auto_smooth"]

WELD_M = 1e-6


def auto_smooth(mesh: Mesh, crease_rad: float = 0.65) -> Mesh:
    """Return the mesh with normals that are averages over the neighbouring faces, apart from creases.

    Vertices at one place count as one, so that texture seams do not show. A vertex on a crease is given once for each
    side. Triangles of no area are left out.

    Args:
        mesh: Triangles counter-clockwise from outside; its own normals are not looked at.
        crease_rad: Faces that meet at a larger angle keep a hard edge.
    """
    mesh = mesh.without_slivers()
    corners = mesh.triangles_m3.ravel()
    places = mesh.positions_n3[mesh.triangles_m3]
    weighted = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
    unit = weighted / np.linalg.norm(weighted, axis=1, keepdims=True)
    left, right = _neighbours(_welded(mesh.positions_n3)[corners])
    face_l, face_r = left // 3, right // 3
    near = np.einsum("ij,ij->i", unit[face_l], unit[face_r]) > np.cos(crease_rad)
    left, face_r = left[near], face_r[near]
    sums = [np.bincount(left, weighted[face_r, axis], len(corners)) for axis in range(3)]
    normals: Floats = np.stack(sums, axis=1).astype(np.float64)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > 1e-15, normals / np.maximum(length, 1e-15), np.repeat(unit, 3, axis=0))
    steps = np.round((normals + 1.0) * 1000.0).astype(np.int64)
    key = ((corners * 2048 + steps[:, 0]) * 2048 + steps[:, 1]) * 2048 + steps[:, 2]
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    kept = corners[first]
    return replace(
        mesh,
        positions_n3=mesh.positions_n3[kept],
        normals_n3=normals[first],
        uvs_n2=mesh.uvs_n2[kept],
        triangles_m3=index.reshape(-1, 3).astype(np.int64),
        colours_n3=None if mesh.colours_n3 is None else mesh.colours_n3[kept],
    )


def _welded(positions_n3: Floats) -> NDArray[np.int64]:
    """For each vertex the number of its place."""
    low = positions_n3.min(axis=0)
    step = max(WELD_M, float((positions_n3.max(axis=0) - low).max()) / 2e6)
    x, y, z = np.round((positions_n3 - low) / step).astype(np.int64).T
    _, index = np.unique((x << 42) + (y << 21) + z, return_inverse=True)
    return np.asarray(index.ravel(), np.int64)


def _neighbours(place_k: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All ordered pairs of entries that have the same place, each with itself too."""
    order = np.argsort(place_k, kind="stable")
    counts = np.bincount(place_k)
    counts = counts[counts > 0]
    starts = np.cumsum(counts) - counts
    many, start = np.repeat(counts, counts), np.repeat(starts, counts)
    offset = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(order, many), order[np.repeat(start, many) + offset]
