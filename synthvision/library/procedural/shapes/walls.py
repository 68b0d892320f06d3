"""Walls with holes that follow an outline: the sides of plastic crates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join

__all__ = ["perforated_wall"]


def perforated_wall(
    outer_s2: Floats, inner_s2: Floats, heights_k: Floats, filled_ks: NDArray[np.bool_], lean: float = 0.0
) -> Mesh:
    """Return a closed wall around an outline, made of cells that are there or not.

    Texture coordinates are length along the wall and -z in metres.

    Args:
        outer_s2: Closed counter-clockwise outline of the outside, float64 (s + 1, 2), first point again at the end.
        inner_s2: The same for the inside, point for point.
        heights_k: Growing z of the rows' borders, float64 (k + 1,).
        filled_ks: bool (k, s): where there is a wall.
        lean: How much the outline grows per metre of height (draft), as a factor.
    """
    outer_s2, inner_s2 = np.asarray(outer_s2), np.asarray(inner_s2)
    rows, columns = filled_ks.shape
    growth = 1.0 + lean * (heights_k - heights_k[0])
    height = np.broadcast_to(heights_k[:, None, None], (rows + 1, columns + 1, 1))
    corners = [
        np.concatenate([growth[:, None, None] * outline[None], height], axis=2) for outline in (outer_s2, inner_s2)
    ]
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(outer_s2, axis=0), axis=1))])
    uv = np.stack(np.broadcast_arrays(along[None], -heights_k[:, None]), axis=-1)
    facing = outer_s2 - inner_s2
    facing = facing / np.linalg.norm(facing, axis=1, keepdims=True)
    out = np.concatenate([facing, np.zeros((columns + 1, 1))], axis=1)
    k, s = np.nonzero(filled_ks)
    outer, inner = corners
    quads = [
        _quads([outer[k, s], outer[k, s + 1], outer[k + 1, s + 1], outer[k + 1, s]],
               [out[s], out[s + 1], out[s + 1], out[s]],
               [uv[k, s], uv[k, s + 1], uv[k + 1, s + 1], uv[k + 1, s]]),
        _quads([inner[k, s + 1], inner[k, s], inner[k + 1, s], inner[k + 1, s + 1]],
               [-out[s + 1], -out[s], -out[s], -out[s + 1]],
               [uv[k, s + 1], uv[k, s], uv[k + 1, s], uv[k + 1, s + 1]]),
    ]  # fmt: skip
    up = np.array([0.0, 0.0, 1.0])
    below = np.concatenate([np.zeros((1, columns), bool), filled_ks[:-1]])
    above = np.concatenate([filled_ks[1:], np.zeros((1, columns), bool)])
    for missing, level, side in ((~above, 1, up), (~below, 0, -up)):
        k, s = np.nonzero(filled_ks & missing)
        k = k + level
        ring = [outer[k, s], outer[k, s + 1], inner[k, s + 1], inner[k, s]]
        chart = [uv[k, s], uv[k, s + 1], uv[k, s + 1] + [0, 0.003], uv[k, s] + [0, 0.003]]
        if level == 0:
            ring, chart = ring[::-1], chart[::-1]
        quads.append(_quads(ring, [np.broadcast_to(side, ring[0].shape)] * 4, chart))
    for shift in (1, 0):
        neighbour = np.roll(filled_ks, -1 if shift else 1, axis=1)
        k, s = np.nonzero(filled_ks & ~neighbour)
        s = s + shift
        ring = [outer[k, s], inner[k, s], inner[k + 1, s], outer[k + 1, s]]
        chart = [uv[k, s], uv[k, s] + [0.003, 0], uv[k + 1, s] + [0.003, 0], uv[k + 1, s]]
        if not shift:
            ring, chart = ring[::-1], chart[::-1]
        side_n = np.cross(ring[1] - ring[0], ring[2] - ring[0])
        side_n /= np.linalg.norm(side_n, axis=1, keepdims=True)
        quads.append(_quads(ring, [side_n] * 4, chart))
    return join([mesh for mesh in quads if len(mesh.triangles_m3)])


def _quads(corners: list[Floats], normals: list[Floats], uvs: list[Floats]) -> Mesh:
    """Separate quads from their four corners in counter-clockwise order, each float64 (n, 3)."""
    count = len(corners[0])
    start = np.arange(count)[:, None] * 4
    triangles = (start[:, None] + np.array([[0, 1, 2], [0, 2, 3]], np.int64)).reshape(-1, 3)
    return Mesh(
        np.stack(corners, axis=1).reshape(-1, 3),
        np.stack(normals, axis=1).reshape(-1, 3),
        np.stack(uvs, axis=1).reshape(-1, 2),
        triangles,
    )
