"""A mesh while it is being made: moved, joined, tinted, then turned into a part of a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import MeshPart

__all__ = ["Floats", "Mesh", "grid_triangles", "join", "turn_about"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles with one material.

    Args:
        positions_n3: float64 (n, 3), metres.
        normals_n3: float64 (n, 3), unit length.
        uvs_n2: float64 (n, 2).
        triangles_m3: int64 (m, 3), counter-clockwise from outside.
        colours_n3: float64 (n, 3), linear colours that multiply the material's, or None for white.
    """

    positions_n3: Floats
    normals_n3: Floats
    uvs_n2: Floats
    triangles_m3: NDArray[np.int64]
    colours_n3: Floats | None = None

    def moved(self, offset_xyz: Sequence[float] | Floats) -> Mesh:
        """Return the mesh shifted by `offset_xyz` metres."""
        return replace(self, positions_n3=self.positions_n3 + np.asarray(offset_xyz, np.float64))

    def turned(self, rotation_33: Floats) -> Mesh:
        """Return the mesh rotated about the origin by a proper rotation matrix."""
        return replace(self, positions_n3=self.positions_n3 @ rotation_33.T, normals_n3=self.normals_n3 @ rotation_33.T)

    def with_uvs(self, uvs_n2: Floats) -> Mesh:
        """Return the mesh with other texture coordinates, float64 (n, 2)."""
        return replace(self, uvs_n2=uvs_n2)

    def placed_uvs(self, scale_uv: tuple[float, float], offset_uv: tuple[float, float] = (0.0, 0.0)) -> Mesh:
        """Return the mesh with its texture coordinates multiplied by `scale_uv`, then shifted by `offset_uv`."""
        return self.with_uvs(self.uvs_n2 * np.asarray(scale_uv) + np.asarray(offset_uv))

    def tinted(self, colours: Sequence[float] | Floats) -> Mesh:
        """Return the mesh with vertex colours, one linear RGB for all or float64 (n, 3), multiplied into its own."""
        tint = np.broadcast_to(np.asarray(colours, np.float64), self.positions_n3.shape)
        return replace(self, colours_n3=tint if self.colours_n3 is None else self.colours_n3 * tint)

    def without_slivers(self) -> Mesh:
        """Return the mesh without triangles of no area, such as those where a surface of revolution meets its axis."""
        a, b, c = (self.positions_n3[self.triangles_m3[:, corner]] for corner in range(3))
        doubled_area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        return replace(self, triangles_m3=self.triangles_m3[doubled_area > 1e-13])

    def to_part(self, material: int, name: str) -> MeshPart:
        """Return the mesh as a part of a model that uses material number `material`."""
        colours = None
        if self.colours_n3 is not None:
            opaque = np.ones((len(self.colours_n3), 1))
            colours = np.ascontiguousarray(np.hstack([self.colours_n3, opaque]), np.float32)
        return MeshPart(
            positions_n3=np.ascontiguousarray(self.positions_n3, np.float32),
            normals_n3=np.ascontiguousarray(self.normals_n3, np.float32),
            uvs_n2=np.ascontiguousarray(self.uvs_n2, np.float32),
            colours_n4=colours,
            triangles_m3=np.ascontiguousarray(self.triangles_m3, np.uint32),
            material=material,
            name=name,
        )


def join(meshes: Iterable[Mesh]) -> Mesh:
    """Return several meshes, at least one, as one; where some have colours the others become white."""
    items = list(meshes)
    starts = np.cumsum([0] + [len(item.positions_n3) for item in items[:-1]])
    colours = None
    if any(item.colours_n3 is not None for item in items):
        colours = np.concatenate(
            [np.ones_like(item.positions_n3) if item.colours_n3 is None else item.colours_n3 for item in items]
        )
    return Mesh(
        np.concatenate([item.positions_n3 for item in items]),
        np.concatenate([item.normals_n3 for item in items]),
        np.concatenate([item.uvs_n2 for item in items]),
        np.concatenate([item.triangles_m3 + start for item, start in zip(items, starts, strict=True)]),
        colours,
    )


def grid_triangles(rows: int, columns: int) -> NDArray[np.int64]:
    """Return the triangles of a grid of vertices, row by row: int64 (2 * (rows - 1) * (columns - 1), 3).

    Their outside is where (direction of growing column) x (direction of growing row) points.
    """
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    first = np.stack([corner, corner + 1, corner + columns + 1], axis=1)
    second = np.stack([corner, corner + columns + 1, corner + columns], axis=1)
    return np.stack([first, second], axis=1).reshape(-1, 3).astype(np.int64)


def turn_about(axis: str, angle_rad: float) -> Floats:
    """Return the rotation matrix about ``x``, ``y`` or ``z``, counter-clockwise seen from the tip of the axis."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    matrices: dict[str, Any] = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    return np.array(matrices[axis], np.float64)
