"""Thick strips: a curve in the x-z plane, given a thickness and drawn out along y, such as the cover of a book."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import Profile

__all__ = ["thick_strip"]


def thick_strip(line: Profile, thickness_m: float, span_y: tuple[float, float], *, bevel_m: float, cells: int) -> Mesh:
    """Return a closed sheet that follows a curve, its rims rounded.

    Texture coordinates: u is the length along the curve and v is -y, metres, the same on both sides of the sheet.

    Args:
        line: Middle of the sheet, x and z, its outside along the normals; from the outside, with y up, the curve runs
            from left to right.
        thickness_m: Thickness.
        span_y: First and last y.
        bevel_m: Size of the rounded rims, under half the thickness.
        cells: Divisions along y.
    """
    along = line.distance_k
    tangent = np.gradient(line.points_k2, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    y = np.linspace(span_y[0] + bevel_m, span_y[1] - bevel_m, cells + 1)
    half = thickness_m / 2

    def section(row_y: float, lift: float, draw_in: float) -> Floats:
        """A ring around the sheet's section at one y: along the outside, then back along the inside."""
        points = line.points_k2.copy()
        points[0] += draw_in * tangent[0]
        points[-1] -= draw_in * tangent[-1]
        rings = [points + side * lift * line.normals_k2 for side in (1.0, -1.0)]
        ring = np.concatenate([rings[0], rings[1][::-1]])
        return np.stack([ring[:, 0], np.full(len(ring), row_y), ring[:, 1]], axis=1)

    outer = _surface(line, along, y, half, bevel_m, tangent, 1.0)
    inner = _surface(line, along, y, half, bevel_m, tangent, -1.0)
    rims = _rims(line, along, span_y, half, bevel_m, tangent, y)
    del section
    return join([outer, inner, *rims])


def _inset(line: Profile, tangent: Floats, distance: float) -> Floats:
    """The curve's points with its two ends drawn in."""
    points = line.points_k2.copy()
    points[0] += distance * tangent[0]
    points[-1] -= distance * tangent[-1]
    return points


def _surface(
    line: Profile, along: Floats, y: Floats, half: float, bevel: float, tangent: Floats, side: float
) -> Mesh:
    """One face of the sheet, without its rims."""
    flat = _inset(line, tangent, bevel) + side * half * line.normals_k2
    rows, columns = len(y), len(flat)
    positions = np.empty((rows, columns, 3))
    positions[..., 0], positions[..., 2] = flat[:, 0], flat[:, 1]
    positions[..., 1] = y[:, None]
    normals = np.zeros((rows, columns, 3))
    normals[..., 0], normals[..., 2] = side * line.normals_k2[:, 0], side * line.normals_k2[:, 1]
    uvs = np.stack(np.broadcast_arrays(along[None], -y[:, None]), axis=-1)
    triangles = grid_triangles(rows, columns)
    return Mesh(
        positions.reshape(-1, 3), normals.reshape(-1, 3), uvs.reshape(-1, 2), triangles if side > 0 else triangles[:, ::-1]
    )


def _rims(
    line: Profile, along: Floats, span_y: tuple[float, float], half: float, bevel: float, tangent: Floats, y: Floats
) -> list[Mesh]:
    """The four narrow sides, shaded round."""
    count = len(line.points_k2)
    inset = _inset(line, tangent, bevel)
    upper, lower = inset + half * line.normals_k2, inset - half * line.normals_k2
    path = np.concatenate([upper, lower[::-1]])
    facing = np.concatenate([line.normals_k2, -line.normals_k2[::-1]])
    lengths = np.concatenate([along, along[::-1]])
    # Around the section at the first and last y.
    meshes = []
    for end, sign in ((span_y[0], -1.0), (span_y[1], 1.0)):
        level = np.full(2 * count, end - sign * bevel)
        ring = np.stack([path[:, 0], level, path[:, 1]], axis=1)
        tip_path = np.concatenate([inset + (half - bevel) * line.normals_k2, (inset - (half - bevel) * line.normals_k2)[::-1]])
        tip = np.stack([tip_path[:, 0], np.full(2 * count, end), tip_path[:, 1]], axis=1)
        out = np.stack([facing[:, 0], np.zeros(2 * count), facing[:, 1]], axis=1)
        flat = np.broadcast_to([0.0, sign, 0.0], tip.shape)
        v = np.full(2 * count, -end)
        uv = np.stack([lengths, v], axis=1)
        for start in (0, count):
            piece = np.s_[start : start + count]
            meshes.append(_ribbon(ring[piece], tip[piece], out[piece], flat[piece], uv[piece], sign < 0))
        meshes.append(_ribbon(tip[:count], tip[count:][::-1], flat[:count], flat[count:], uv[:count], sign < 0))
    # Along y at the two ends of the curve.
    for index, sign in ((0, -1.0), (count - 1, 1.0)):
        direction = sign * tangent[index]
        normal2 = line.normals_k2[index]
        outward = np.array([direction[0], 0.0, direction[1]])
        corners = [inset[index] + half * normal2, inset[index] + (half - bevel) * normal2 + bevel * direction,
                   inset[index] - (half - bevel) * normal2 + bevel * direction, inset[index] - half * normal2]  # fmt: skip
        face = np.array([normal2[0], 0.0, normal2[1]])
        shading = [face, outward, outward, -face]
        columns = [np.stack([np.full(len(y), c[0]), y, np.full(len(y), c[1])], axis=1) for c in corners]
        uv = np.stack([np.full(len(y), along[index]), -y], axis=1)
        for k in range(3):
            first, second = np.broadcast_to(shading[k], columns[k].shape), np.broadcast_to(shading[k + 1], columns[k].shape)
            meshes.append(_ribbon(columns[k], columns[k + 1], first, second, uv, sign < 0))
        for y_end, y_sign in ((span_y[0], -1.0), (span_y[1], 1.0)):
            meshes.append(_corner(corners, y_end, y_sign, bevel, face, outward, uv[0], sign * y_sign))
    return meshes


def _ribbon(first: Floats, second: Floats, normal_a: Floats, normal_b: Floats, uv: Floats, flip: bool) -> Mesh:
    positions = np.concatenate([first, second])
    triangles = grid_triangles(2, len(first))
    a, b, c = positions[triangles].transpose(1, 0, 2)
    shading = np.concatenate([normal_a, normal_b])
    facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), shading[triangles].mean(axis=1)).sum()
    del flip
    return Mesh(positions, shading, np.concatenate([uv, uv]), triangles if facing > 0 else triangles[:, ::-1])


def _corner(
    corners: list[Floats], end: float, y_sign: float, bevel: float, face: Floats, outward: Floats, uv: Floats, turn: float
) -> Mesh:
    """The patch where the rim along the curve's end meets the rim along y."""
    inner = np.array([[c[0], end - y_sign * bevel, c[1]] for c in corners])
    tips = np.array([[corners[0][0], end, corners[0][1]], [corners[3][0], end, corners[3][1]]])
    drop = np.array([face[0], face[2]]) * bevel
    tips[0, [0, 2]] -= drop
    tips[1, [0, 2]] += drop
    side = np.array([0.0, y_sign, 0.0])
    positions = np.concatenate([inner, tips])
    shading = np.stack([face, outward, outward, -face, side, side])
    triangles = np.array([[0, 1, 4], [1, 2, 5], [1, 5, 4], [2, 3, 5]], np.int64)
    a, b, c = positions[triangles].transpose(1, 0, 2)
    facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), shading[triangles].mean(axis=1)).sum()
    del turn
    return Mesh(positions, shading, np.broadcast_to(uv, (6, 2)).copy(), triangles if facing > 0 else triangles[:, ::-1])
