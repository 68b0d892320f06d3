"""Tubes along curves: handles, rims, ribs."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join

__all__ = ["sweep_tube"]


def sweep_tube(
    path_k3: Floats,
    radii_k2: Floats,
    sections: int,
    *,
    binormal_xyz: tuple[float, float, float],
    exponent: float = 2.0,
    closed: bool = False,
) -> Mesh:
    """Return a solid tube along a curve that lies roughly in a plane.

    Texture coordinates: u around 0..1, v the length along the path in metres.

    Args:
        path_k3: Points of the centre line, metres, float64 (k, 3).
        radii_k2: Half sizes of the cross-section at each point: in the plane of the curve, and across it.
        sections: Segments around.
        binormal_xyz: Unit vector across the plane of the curve.
        exponent: 2 is an ellipse, more is squarer.
        closed: The path returns to its first point (given once): a ring without ends.
    """
    path = np.concatenate([path_k3, path_k3[:1]]) if closed else np.asarray(path_k3, np.float64)
    radii = np.concatenate([radii_k2, radii_k2[:1]]) if closed else np.asarray(radii_k2, np.float64)
    if closed:
        tangent = np.roll(path_k3, -1, axis=0) - np.roll(path_k3, 1, axis=0)
        tangent = np.concatenate([tangent, tangent[:1]])
    else:
        tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.asarray(binormal_xyz, np.float64) - tangent * (tangent @ np.asarray(binormal_xyz))[:, None]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    inward = np.cross(across, tangent)
    angle = np.linspace(0.0, 2 * np.pi, sections + 1)
    angle[-1] = 0.0
    c, s = np.cos(angle), np.sin(angle)
    shape_c, shape_s = (np.sign(w) * np.abs(w) ** (2 / exponent) for w in (c, s))
    offset = (
        radii[:, None, :1] * shape_c[None, :, None] * inward[:, None]
        + radii[:, None, 1:] * shape_s[None, :, None] * across[:, None]
    )
    # The gradient of |x/a|^p + |y/b|^p; the power is held off zero, where a square section has flat sides.
    grad_c, grad_s = (np.sign(w) * np.abs(w) ** (2 - 2 / exponent) for w in (c, s))
    normal = (
        grad_c[None, :, None] / radii[:, None, :1] * inward[:, None]
        + grad_s[None, :, None] / radii[:, None, 1:] * across[:, None]
    )
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    positions = path[:, None] + offset
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    uvs = np.stack(np.meshgrid(np.linspace(0, 1, sections + 1), along), axis=-1).reshape(-1, 2)
    triangles = grid_triangles(len(path), sections + 1)
    tube = Mesh(positions.reshape(-1, 3), normal.reshape(-1, 3), uvs, triangles)
    if closed:
        return tube
    return join([tube, _end(positions[0], -tangent[0]), _end(positions[-1], tangent[-1])])


def _end(ring_k3: Floats, outward: Floats) -> Mesh:
    """A fan over a ring whose first point is given again at the end, facing `outward`."""
    count = len(ring_k3) - 1
    positions = np.concatenate([ring_k3[:-1].mean(axis=0, keepdims=True), ring_k3[:-1]])
    index = np.arange(count)
    triangles = np.stack([np.zeros(count, np.int64), 1 + index, 1 + (index + 1) % count], axis=1)
    facing = np.cross(positions[1] - positions[0], positions[1 + count // 4] - positions[0]) @ outward
    normals = np.broadcast_to(outward, positions.shape).copy()
    uvs = np.stack([np.zeros(len(positions)), np.zeros(len(positions))], axis=1)
    return Mesh(positions, normals, uvs, triangles if facing > 0 else triangles[:, ::-1])
