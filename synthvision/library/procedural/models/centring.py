"""Moving a finished object so that its origin is the middle of its base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthvision.library.model import Material
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["centred_along_x"]

Point = tuple[float, float, float]
Pieces = list[tuple[Mesh, Material]]


def centred_along_x(
    pieces: Sequence[tuple[Mesh, Material]], points: Mapping[str, Point]
) -> tuple[Pieces, dict[str, Point]]:
    """Return pieces and keypoints moved along x so that the bounds of all pieces lie about x = 0."""
    low = min(float(mesh.positions_n3[:, 0].min()) for mesh, _ in pieces)
    high = max(float(mesh.positions_n3[:, 0].max()) for mesh, _ in pieces)
    shift = -(low + high) / 2
    moved = [(mesh.moved((shift, 0.0, 0.0)), material) for mesh, material in pieces]
    return moved, {name: (x + shift, y, z) for name, (x, y, z) in points.items()}
