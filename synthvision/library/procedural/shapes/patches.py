"""Pieces of a surface lifted off it: labels and tape that follow every dent of what they are stuck to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["lifted_patch", "patch_in_uv"]


def lifted_patch(mesh: Mesh, kept_m: ArrayLike, lift_m: float) -> Mesh:
    """Return the triangles of a mesh that are kept, moved out along the normals: a sheet, to be drawn double-sided."""
    used, index = np.unique(mesh.triangles_m3[np.asarray(kept_m, np.bool_)], return_inverse=True)
    return replace(
        mesh,
        positions_n3=mesh.positions_n3[used] + lift_m * mesh.normals_n3[used],
        normals_n3=mesh.normals_n3[used],
        uvs_n2=mesh.uvs_n2[used],
        triangles_m3=index.reshape(-1, 3).astype(np.int64),
        colours_n3=None if mesh.colours_n3 is None else mesh.colours_n3[used],
    )


def patch_in_uv(mesh: Mesh, low_uv: tuple[float, float], high_uv: tuple[float, float], lift_m: float) -> Mesh:
    """Return the sheet over a rectangle of texture coordinates, its own coordinates 0..1 over that rectangle.

    Triangles count that lie wholly inside; the mesh should have edges along the rectangle's sides. There must be some.
    """
    low, high = np.array(low_uv), np.array(high_uv)
    inside = np.all((mesh.uvs_n2 > low - 1e-6) & (mesh.uvs_n2 < high + 1e-6), axis=1)
    sheet = lifted_patch(mesh, np.asarray(inside, np.bool_)[mesh.triangles_m3].all(axis=1), lift_m)
    return sheet.with_uvs((sheet.uvs_n2 - low) / (high - low))
