"""Smooth closed limbs and bellies: tubes of few rings, subdivided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.subdivision import Cage

__all__ = ["organic_tube"]

Rows = Sequence[Any] | Floats


def organic_tube(
    path: Rows, radii: Rows, across_xyz: Sequence[float], *, points: int = 8, v_span: tuple[float, float] = (0.0, 1.0)
) -> Mesh:
    """Return a smooth closed tube; its texture runs once around and from `v_span` start to end.

    Args:
        path: Centres of its rings, metres.
        radii: Half sizes of each ring, across and then along the third direction.
        across_xyz: Direction of the first half size, well off the path.
        points: Of each ring of the cage, 6 or 8.
        v_span: Texture v at both ends.
    """
    line, size = np.asarray(path, np.float64), np.asarray(radii, np.float64)
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.asarray(across_xyz, np.float64) - tangent * (tangent @ np.asarray(across_xyz, np.float64))[:, None]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    third = np.cross(tangent, across)
    turn = np.arange(points) * 2 * np.pi / points
    # Subdivision draws rings in: the fewer points, the more.
    swell = 4.0 / (3.0 + np.cos(2 * np.pi / points))
    cage = Cage()
    rings = []
    for row in range(len(line)):
        offset = np.outer(np.cos(turn), across[row] * size[row, 0]) + np.outer(np.sin(turn), third[row] * size[row, 1])
        rings.append(cage.ring(line[row] + swell * offset, np.ones(1)))
    v = np.linspace(*v_span, len(line))
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.0, 1.0), (float(v[row]), float(v[row + 1])))
    cage.cap(rings[0], (0.5, float(v[0])), flip=True)
    cage.cap(rings[-1], (0.5, float(v[-1])))
    return cage.surface(cage.positions_n3()).mesh()
