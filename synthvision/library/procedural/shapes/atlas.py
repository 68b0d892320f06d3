"""Textures of cubes and spheres as an atlas of six faces, without poles and without visible seams."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles

__all__ = [
    "ATLAS_COLUMNS",
    "ATLAS_ROWS",
    "CUBE_FACES",
    "GUTTER",
    "atlas_directions",
    "atlas_uvs",
    "cube_sphere",
    "solid_noise",
]

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


def atlas_uvs(face: int, right_n: Floats, up_n: Floats) -> Floats:
    """Return texture coordinates in the atlas, float64 (n, 2).

    Args:
        face: Index into `CUBE_FACES`.
        right_n: Place on the face from -1 (left edge) to 1 (right edge).
        up_n: Place on the face from -1 (bottom) to 1 (top).
    """
    inside = 1 - 2 * GUTTER
    u = (face % ATLAS_COLUMNS + GUTTER + inside * (right_n + 1) / 2) / ATLAS_COLUMNS
    v = (face // ATLAS_COLUMNS + GUTTER + inside * (1 - up_n) / 2) / ATLAS_ROWS
    return np.stack([u, v], axis=1)


@lru_cache(maxsize=4)
def cube_sphere(cells: int) -> Mesh:
    """Return a unit sphere about the origin with texture coordinates in the atlas of `atlas_directions`.

    Args:
        cells: Squares along an edge of each of the six faces.
    """
    ramp = np.linspace(-1.0, 1.0, cells + 1)
    grid_a, grid_b = np.meshgrid(ramp, ramp)
    normals, uvs, triangles = [], [], []
    for face, (outward, right, up) in enumerate(CUBE_FACES):
        normals.append(
            _on_face(outward, right, up, np.tan(grid_a * np.pi / 4), np.tan(grid_b * np.pi / 4)).reshape(-1, 3)
        )
        uvs.append(atlas_uvs(face, grid_a.ravel(), grid_b.ravel()))
        triangles.append(grid_triangles(cells + 1, cells + 1) + face * (cells + 1) ** 2)
    unit = np.concatenate(normals)
    return Mesh(unit, unit, np.concatenate(uvs), np.concatenate(triangles))


@lru_cache(maxsize=4)
def atlas_directions(cell_px: int, *, flat: bool = False) -> NDArray[np.float32]:
    """Return the direction that each pixel of the atlas shows, float32 (2 * cell_px, 3 * cell_px, 3), unit vectors.

    Args:
        cell_px: Pixels along the side of one of the six cells.
        flat: Pixels are at equal distances on a cube instead of at equal angles, as on `cube_sphere`.
    """
    ramp = ((np.arange(cell_px) + 0.5) / cell_px - GUTTER) / (1 - 2 * GUTTER) * 2 - 1
    place = ramp if flat else np.tan(ramp * np.pi / 4)
    grid_a, grid_b = np.meshgrid(place, -place)
    cells = [_on_face(outward, right, up, grid_a, grid_b) for outward, right, up in CUBE_FACES]
    rows = [np.concatenate(cells[i : i + ATLAS_COLUMNS], axis=1) for i in (0, ATLAS_COLUMNS)]
    directions = np.concatenate(rows, axis=0).astype(np.float32)
    directions.flags.writeable = False
    return directions


def solid_noise(
    directions_hwc: NDArray[np.float32], seed: int, stream: str, frequency: float, waves: int = 12
) -> NDArray[np.float32]:
    """Return noise of points in space, so that it runs over the borders of the faces; mean 0, deviation about 1.

    Args:
        directions_hwc: float32 (height, width, 3), points.
        seed: Which noise.
        stream: What it is for.
        frequency: Radians per unit of length of the waves that it is summed from; they vary by half of it.
        waves: Number of waves.
    """
    rng = rng_for(seed, 0, stream)
    axes = rng.standard_normal((waves, 3))
    axes *= (frequency * rng.uniform(0.5, 1.5, waves) / np.linalg.norm(axes, axis=1))[:, None]
    phases = rng.uniform(0, 2 * np.pi, waves)
    total = np.zeros(directions_hwc.shape[:2], np.float32)
    for axis, phase in zip(axes.astype(np.float32), phases, strict=True):
        total += np.sin(directions_hwc @ axis + np.float32(phase))
    return np.asarray(total * np.float32(np.sqrt(2 / waves)), np.float32)


def _on_face(
    outward: tuple[int, ...], right: tuple[int, ...], up: tuple[int, ...], grid_a: Floats, grid_b: Floats
) -> Floats:
    """Unit vectors towards places on a face of a cube of half-width 1."""
    raw = np.array(outward, np.float64) + grid_a[..., None] * np.array(right) + grid_b[..., None] * np.array(up)
    return np.asarray(raw / np.linalg.norm(raw, axis=-1, keepdims=True), np.float64)
