"""From a point on one mesh to the same point on another shape of that mesh: how a body that bends carries its points.

Two models of one procedural asset in two poses have the same triangles in the same order, with corners elsewhere. A
point is found on its triangle by its distances from the corners, and put there on the other one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from synthvision.library.model import MeshPart, Model

__all__ = ["carry_points"]

Float = NDArray[np.float64]

# Depth images are float32, and a rasteriser's triangle lies a few rounding errors beside the exact one.
_OFF_SURFACE_M = 0.003
_SMALLEST_M = 1e-4
_SAME_UV = 1e-4


def carry_points(points_n3: Float, before: Model, after: Model, shown: tuple[str, ...] | None = None) -> Float:
    """Return where points of a model's surface have gone in another pose of the model.

    Args:
        points_n3: On or near the surface of `before`, in its frame, metres.
        before: The model.
        after: The other pose.
        shown: Names of the mesh parts that may be meant; None for all.

    Returns:
        float64 (n, 3) in the frame of `after`; NaN where a point lies on no surface, or on a part that has other
        triangles there.
    """
    found = np.full(points_n3.shape, np.nan)
    best = np.full(len(points_n3), _OFF_SURFACE_M)
    for index, part in enumerate(before.parts):
        if shown is not None and part.name not in shown:
            continue
        other = after.parts[index] if index < len(after.parts) else None
        _carry_on_part(points_n3, part, other if _same_triangles(part, other) else None, found, best)
    return found


def _same_triangles(part: MeshPart, other: MeshPart | None) -> bool:
    if other is None or part.name != other.name or part.triangles_m3.shape != other.triangles_m3.shape:
        return False
    if part.positions_n3.shape == other.positions_n3.shape and np.array_equal(part.triangles_m3, other.triangles_m3):
        return True
    # Where a crease opens or closes, corners are split or joined: the triangles are the same if their texture is.
    if part.uvs_n2 is None or other.uvs_n2 is None:
        return False
    own, others = part.uvs_n2[part.triangles_m3], other.uvs_n2[other.triangles_m3]
    return bool(np.abs(own - others).max(initial=0.0) < _SAME_UV)


def _carry_on_part(points: Float, part: MeshPart, other: MeshPart | None, found: Float, best: Float) -> None:
    """Put into `found` what lies nearer to this part than `best` says, which is kept up to date."""
    corners = part.positions_n3.astype(np.float64)[part.triangles_m3]
    centres = corners.mean(axis=1)
    radii = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    # Triangles of like size together: each class is searched as far as its own largest reaches.
    classes = np.round(np.log2(np.maximum(radii, _SMALLEST_M))).astype(int)
    for size in np.unique(classes):
        chosen = np.flatnonzero(classes == size)
        near = cKDTree(points).sparse_distance_matrix(
            cKDTree(centres[chosen]), float(radii[chosen].max()) + _OFF_SURFACE_M, output_type="ndarray"
        )
        who, triangle = near["i"].astype(np.intp), chosen[near["j"]]
        if not len(who):
            continue
        shares, gaps = _on_triangles(points[who], corners[triangle])
        order = np.argsort(-gaps, kind="stable")
        who, triangle, shares, gaps = who[order], triangle[order], shares[order], gaps[order]
        nearer = gaps < best[who]
        who, triangle, shares, gaps = who[nearer], triangle[nearer], shares[nearer], gaps[nearer]
        # The last one to be written for a point is the nearest.
        best[who] = gaps
        if other is None:
            found[who] = np.nan
        else:
            there = other.positions_n3.astype(np.float64)[other.triangles_m3[triangle]]
            found[who] = np.einsum("nk,nkd->nd", shares, there)


def _on_triangles(points: Float, corners_n33: Float) -> tuple[Float, Float]:
    """Return barycentric coordinates (n, 3) of points on their triangles, and how far each lies off it."""
    a, b, c = corners_n33[:, 0], corners_n33[:, 1], corners_n33[:, 2]
    one, two, way = b - a, c - a, points - a
    d11, d12, d22 = (np.einsum("nd,nd->n", p, q) for p, q in ((one, one), (one, two), (two, two)))
    p1, p2 = np.einsum("nd,nd->n", way, one), np.einsum("nd,nd->n", way, two)
    area = np.maximum(d11 * d22 - d12 * d12, 1e-30)
    v, w = (d22 * p1 - d12 * p2) / area, (d11 * p2 - d12 * p1) / area
    shares = np.clip(np.stack([1 - v - w, v, w], axis=1), 0.0, None)
    shares /= shares.sum(axis=1, keepdims=True)
    gaps = np.linalg.norm(points - np.einsum("nk,nkd->nd", shares, corners_n33), axis=1)
    return shares, gaps
