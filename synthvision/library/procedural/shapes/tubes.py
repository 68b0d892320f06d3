"""Many thin solid tubes at once: branches, twigs, bars, wires."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["tapered_tubes"]


def tapered_tubes(paths_nk3: Floats, radii_nk: Floats, sections: int, *, u_repeats: float = 1.0) -> Mesh:
    """Return round tubes along curves that turn less than a right angle, closed at both ends.

    Texture coordinates: u runs 0..`u_repeats` around, v is minus the length along the curve in metres.

    Args:
        paths_nk3: Centre lines, float64 (n, k, 3), metres.
        radii_nk: Radius at each point, above 0, float64 (n, k).
        sections: Corners of the cross-section, 3 or more.
        u_repeats: How often an image goes around.
    """
    paths = np.asarray(paths_nk3, np.float64)
    count, rings = paths.shape[:2]
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True)
    # One reference direction for a whole tube, across its chord, keeps it from twisting.
    chord = paths[:, -1] - paths[:, 0]
    chord /= np.linalg.norm(chord, axis=1, keepdims=True)
    axis = np.eye(3)[np.argmin(np.abs(chord), axis=1)]
    side = np.cross(axis[:, None], tangent)
    side /= np.linalg.norm(side, axis=2, keepdims=True)
    other = np.cross(tangent, side)
    angle = np.linspace(0.0, 2 * np.pi, sections + 1)
    angle[-1] = 0.0
    normal = (
        np.cos(angle)[None, None, :, None] * side[:, :, None] + np.sin(angle)[None, None, :, None] * other[:, :, None]
    )
    wall = paths[:, :, None] + np.asarray(radii_nk)[:, :, None, None] * normal
    along = np.concatenate(
        [np.zeros((count, 1)), np.cumsum(np.linalg.norm(np.diff(paths, axis=1), axis=2), axis=1)], axis=1
    )
    uv = np.stack(
        np.broadcast_arrays(np.linspace(0.0, u_repeats, sections + 1)[None, None], -along[:, :, None]), axis=-1
    )
    per_wall = rings * (sections + 1)
    ends_p = [wall[:, 0], paths[:, :1], wall[:, -1], paths[:, -1:]]
    ends_n = [np.repeat(sign * tangent[:, place, None], sections + 2, axis=1) for sign, place in ((-1, 0), (1, -1))]
    ends_uv = [uv[:, 0], uv[:, 0, :1], uv[:, -1], uv[:, -1, :1]]
    positions = np.concatenate([wall.reshape(count, -1, 3), *ends_p], axis=1)
    normals = np.concatenate([normal.reshape(count, -1, 3), *ends_n], axis=1)
    uvs = np.concatenate([uv.reshape(count, -1, 2), *ends_uv], axis=1)
    index = np.arange(sections)
    corner = (np.arange(rings - 1)[:, None] * (sections + 1) + index).ravel()
    up = corner + sections + 1
    start, end = per_wall, per_wall + sections + 2
    triangles = np.concatenate(
        [
            np.stack([corner, corner + 1, up + 1], axis=1),
            np.stack([corner, up + 1, up], axis=1),
            np.stack([start + index + 1, start + index, np.full(sections, start + sections + 1)], axis=1),
            np.stack([end + index, end + index + 1, np.full(sections, end + sections + 1)], axis=1),
        ]
    )
    offsets = np.arange(count)[:, None, None] * positions.shape[1]
    return Mesh(
        positions.reshape(-1, 3),
        normals.reshape(-1, 3),
        uvs.reshape(-1, 2),
        (triangles[None] + offsets).reshape(-1, 3).astype(np.int64),
    )
