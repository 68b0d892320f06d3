"""Moving what was built around some other point over the middle of its base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["centred"]

Pieces = list[tuple[Mesh, Material]]
Points = dict[str, tuple[float, float, float]]


def centred(
    pieces: Sequence[tuple[Mesh, Material]], keypoints: Mapping[str, tuple[float, float, float]]
) -> tuple[Pieces, Points]:
    """Return pieces and keypoints shifted so that the middle of their bounds lies over the origin."""
    low = np.min([mesh.positions_n3.min(axis=0) for mesh, _ in pieces], axis=0)
    high = np.max([mesh.positions_n3.max(axis=0) for mesh, _ in pieces], axis=0)
    x, y = (float(value) for value in -(low + high)[:2] / 2)
    moved = {name: (place[0] + x, place[1] + y, place[2]) for name, place in keypoints.items()}
    return [(mesh.moved((x, y, 0.0)), material) for mesh, material in pieces], moved
