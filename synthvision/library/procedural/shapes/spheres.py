"""Spheres whose texture is an atlas of six cube faces, without poles and without visible seams."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles

__all__ = ["ATLAS_COLUMNS", "ATLAS_ROWS", "CUBE_FACES", "atlas_directions", "cube_sphere"]

ATLAS_COLUMNS = 3
ATLAS_ROWS = 2
GUTTER = 1 / 24
"""Share of a cell of the atlas, on each side, that continues the face beyond its edge for smaller mip levels."""

CUBE_FACES: tuple[tuple[tuple[int, int, int], ...], ...] = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
    ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
    ((0, 0, -1), (-1, 0, 0), (0, 1, 0)),
)
"""Outward axis, axis to the right of the image and axis to its top, for each cell of the atlas row by row."""


@lru_cache(maxsize=4)
def cube_sphere(cells: int) -> Mesh:
    """Return a unit sphere about the origin with texture coordinates in the atlas of `atlas_directions`.

    Args:
        cells: Squares along an edge of each of the six faces.
    """
    ramp = np.linspace(-1.0, 1.0, cells + 1)
    grid_a, grid_b = np.meshgrid(ramp, ramp)
    normals, uvs, triangles = [], [], []
    for index, (outward, right, up) in enumerate(CUBE_FACES):
        normals.append(_directions(outward, right, up, grid_a, grid_b).reshape(-1, 3))
        inside = 1 - 2 * GUTTER
        cell_u = GUTTER + inside * (grid_a + 1) / 2
        cell_v = GUTTER + inside * (1 - grid_b) / 2
        u = (index % ATLAS_COLUMNS + cell_u) / ATLAS_COLUMNS
        v = (index // ATLAS_COLUMNS + cell_v) / ATLAS_ROWS
        uvs.append(np.stack([u, v], axis=-1).reshape(-1, 2))
        triangles.append(grid_triangles(cells + 1, cells + 1) + index * (cells + 1) ** 2)
    unit = np.concatenate(normals)
    return Mesh(unit, unit, np.concatenate(uvs), np.concatenate(triangles))


def atlas_directions(cell_px: int) -> NDArray[np.float32]:
    """Return the direction that each pixel of the atlas shows, float32 (2 * cell_px, 3 * cell_px, 3), unit vectors.

    Args:
        cell_px: Pixels along the side of one of the six cells.
    """
    place = (np.arange(cell_px) + 0.5) / cell_px
    ramp = ((place - GUTTER) / (1 - 2 * GUTTER)) * 2 - 1
    grid_a, grid_b = np.meshgrid(ramp, -ramp)
    cells = [_directions(outward, right, up, grid_a, grid_b) for outward, right, up in CUBE_FACES]
    rows = [np.concatenate(cells[i : i + ATLAS_COLUMNS], axis=1) for i in (0, ATLAS_COLUMNS)]
    return np.concatenate(rows, axis=0).astype(np.float32)


def _directions(
    outward: tuple[int, ...], right: tuple[int, ...], up: tuple[int, ...], grid_a: Floats, grid_b: Floats
) -> Floats:
    """Unit vectors of a face; equal steps of the grid are equal angles, so that texels are of nearly equal size."""
    tan_a, tan_b = np.tan(grid_a * np.pi / 4), np.tan(grid_b * np.pi / 4)
    raw = np.array(outward, np.float64) + tan_a[..., None] * np.array(right) + tan_b[..., None] * np.array(up)
    return np.asarray(raw / np.linalg.norm(raw, axis=-1, keepdims=True), np.float64)
