"""Thick strips: a curve in the x-z plane, given a thickness and drawn out along y, such as the cover of a book."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import Profile

__all__ = ["thick_strip"]


def thick_strip(
    line: Profile, thickness_m: float, span_y: tuple[float, float], *, bevel_m: float, cells: int
) -> tuple[Mesh, Mesh]:
    """Return a closed sheet that follows a curve, its rims rounded, as its outside with the rims, and its inside.

    Texture coordinates: u is the length along the curve and v is -y, metres, the same on both sides of the sheet.

    Args:
        line: Middle of the sheet, x and z, with normals to the outside; seen from there, with y up, the curve runs
            from left to right.
        thickness_m: Thickness.
        span_y: First and last y.
        bevel_m: Size of the rounded rims, under half the thickness.
        cells: Divisions along y.
    """
    ring, facing, along = _section(line, thickness_m / 2, bevel_m)
    y = np.concatenate([span_y[:1], np.linspace(span_y[0] + bevel_m, span_y[1] - bevel_m, cells + 1), span_y[1:]])
    rows, columns = len(y), len(ring)
    # The first and the last row are drawn in on all sides: with the row next to them they make the bevel.
    drawn_in = ring - bevel_m * facing
    places = np.broadcast_to(ring, (rows, columns, 2)).copy()
    places[[0, -1]] = drawn_in
    positions = np.stack([places[..., 0], np.broadcast_to(y[:, None], (rows, columns)), places[..., 1]], axis=-1)
    normals = np.zeros((rows, columns, 3))
    normals[..., 0], normals[..., 2] = facing[:, 0], facing[:, 1]
    normals[0], normals[-1] = (0.0, -1.0, 0.0), (0.0, 1.0, 0.0)
    uvs = np.stack(np.broadcast_arrays(along[None], -y[:, None]), axis=-1)
    count = len(line.points_k2)
    outside = np.concatenate([np.arange(2 * count + 2, columns - 1), np.arange(count + 3)])
    inside = np.arange(count + 2, 2 * count + 2)
    middle = np.s_[1:-1]
    pieces = [_patch(positions[:, outside], normals[:, outside], uvs[:, outside])]
    for row, neighbour in ((0, 1), (rows - 1, rows - 2)):
        # The rims of the inside, then the flat between the two sides.
        pair = [row, neighbour] if row == 0 else [neighbour, row]
        pieces.append(_patch(positions[pair][:, inside], normals[pair][:, inside], uvs[pair][:, inside]))
        ends = np.stack([positions[row, :count], positions[row, inside[::-1]]])
        shading = np.stack([normals[row, :count], normals[row, inside[::-1]]])
        flat = _patch(ends, shading, np.stack([uvs[row, :count]] * 2))
        pieces.append(flat if row == rows - 1 else _mirrored(flat))
    return join(pieces).without_slivers(), _patch(
        positions[middle][:, inside], normals[middle][:, inside], uvs[middle][:, inside]
    )


def _section(line: Profile, half: float, bevel: float) -> tuple[Floats, Floats, Floats]:
    """The closed outline of the sheet: outside, far rim, inside run back, near rim, and the first point again."""
    tangent = np.gradient(line.points_k2, axis=0)[[0, -1]]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    core = line.points_k2.copy()
    core[0] += bevel * tangent[0]
    core[-1] -= bevel * tangent[1]
    out = line.normals_k2
    lift = np.array([[half - bevel], [bevel - half]])
    far = core[-1] + bevel * tangent[1] + lift * out[-1]
    near = core[0] - bevel * tangent[0] - lift * out[0]
    ring = np.concatenate([core + half * out, far, (core - half * out)[::-1], near])
    facing = np.concatenate([out, [tangent[1]] * 2, -out[::-1], [-tangent[0]] * 2])
    length = line.distance_k
    along = np.concatenate([length, length[[-1, -1]], length[::-1], length[[0, 0]]])
    return tuple(np.concatenate([part, part[:1]]) for part in (ring, facing, along))  # type: ignore[return-value]  # three arrays in, three out


def _patch(positions_rc3: Floats, normals_rc3: Floats, uvs_rc2: Floats) -> Mesh:
    rows, columns = positions_rc3.shape[:2]
    return Mesh(
        positions_rc3.reshape(-1, 3), normals_rc3.reshape(-1, 3), uvs_rc2.reshape(-1, 2), grid_triangles(rows, columns)
    )


def _mirrored(mesh: Mesh) -> Mesh:
    """The same surface seen from its other side, normals as they are."""
    return Mesh(mesh.positions_n3, mesh.normals_n3, mesh.uvs_n2, mesh.triangles_m3[:, ::-1])
