"""Flat four-cornered faces, many at a time: walls, reveals, frames, plain boxes, roofs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join

__all__ = ["box_quads", "plain_boxes", "quad_mesh", "ring_quads", "solid_of_faces"]


def quad_mesh(corners_q43: Floats, uvs_q42: Floats | None = None) -> Mesh:
    """Return separate flat quads.

    Args:
        corners_q43: Corners, counter-clockwise seen from outside, metres, float64 (q, 4, 3).
        uvs_q42: Texture coordinates, float64 (q, 4, 2); None lays metres along each face, v downwards.
    """
    corners = np.asarray(corners_q43, np.float64)
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    uvs = _plane_uvs(corners, normal) if uvs_q42 is None else np.asarray(uvs_q42, np.float64)
    start = np.arange(len(corners))[:, None] * 4
    triangles = (start[:, None] + np.array([[0, 1, 2], [0, 2, 3]], np.int64)).reshape(-1, 3)
    return Mesh(corners.reshape(-1, 3), np.repeat(normal, 4, axis=0), uvs.reshape(-1, 2), triangles)


def ring_quads(outer_43: Floats, inner_43: Floats) -> Floats:
    """Return the four quads between two rectangles, corner for corner, float64 (4, 4, 3).

    Both run counter-clockwise seen from outside; the inner one lies within the outer one, or behind it as the end of
    a recess of the same outline.
    """
    outer, inner = np.asarray(outer_43, np.float64), np.asarray(inner_43, np.float64)
    after = np.roll(np.arange(4), -1)
    return np.stack([outer, outer[after], inner[after], inner], axis=1)


def box_quads(low_xyz: Sequence[float], high_xyz: Sequence[float]) -> Floats:
    """Return the six faces of a box between two corners, float64 (6, 4, 3)."""
    low, high = np.asarray(low_xyz, np.float64), np.asarray(high_xyz, np.float64)
    return np.asarray(low + _UNIT_BOX * (high - low), np.float64)


def plain_boxes(lows_n3: Floats, highs_n3: Floats) -> Mesh:
    """Return boxes of 12 triangles with sharp edges, between pairs of corners, texture coordinates in metres."""
    low, high = np.asarray(lows_n3, np.float64)[:, None, None], np.asarray(highs_n3, np.float64)[:, None, None]
    return quad_mesh((low + _UNIT_BOX[None] * (high - low)).reshape(-1, 4, 3))


def solid_of_faces(points_n3: Floats, faces: Sequence[Sequence[int]]) -> Mesh:
    """Return a solid of flat convex faces, each a counter-clockwise list of points; texture coordinates in metres.

    The image of a sloping face is upright: u runs level, v down the slope, as tiles lie on a roof.
    """
    points = np.asarray(points_n3, np.float64)
    pieces = []
    for face in faces:
        corners = points[list(face)]
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        normal = normal / np.linalg.norm(normal)
        uvs = _plane_uvs(corners[None], normal[None])[0]
        fan = np.array([[0, k, k + 1] for k in range(1, len(face) - 1)], np.int64)
        pieces.append(Mesh(corners, np.tile(normal, (len(face), 1)), uvs, fan))
    return join(pieces)


def _plane_uvs(corners_qk3: Floats, normals_q3: Floats) -> Floats:
    """Metres along each face, u level and v downwards; on level faces u is x and v is -y."""
    up = np.array([0.0, 0.0, 1.0])
    level = np.cross(up, normals_q3)
    length = np.linalg.norm(level, axis=1, keepdims=True)
    flat = length[:, 0] < 1e-3
    level = np.where(flat[:, None], [1.0, 0.0, 0.0], level / np.maximum(length, 1e-9))
    slope = np.where(flat[:, None], [0.0, 1.0, 0.0], np.cross(normals_q3, level))
    return np.stack(
        [np.einsum("qki,qi->qk", corners_qk3, level), -np.einsum("qki,qi->qk", corners_qk3, slope)], axis=-1
    )


_UNIT_BOX = np.array(
    [
        [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]],
        [[0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 1, 1]],
        [[1, 1, 0], [0, 1, 0], [0, 1, 1], [1, 1, 1]],
        [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]],
        [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]],
        [[0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]],
    ],
    np.float64,
)
