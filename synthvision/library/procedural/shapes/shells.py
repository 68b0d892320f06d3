"""Sheets with thickness from grids of points: pressed pulp, lids, leaves, blister packs."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.shading import auto_smooth

__all__ = ["thick_sheet"]


def thick_sheet(upper_rc3: Floats, lower_rc3: Floats, crease_rad: float = 0.8) -> Mesh:
    """Return the closed body between two grids of points that lie over each other.

    Texture coordinates are 0..1 over the grid on both sides, v from row 0 on; the edge shows the border's.

    Args:
        upper_rc3: Points of the upper side, float64 (rows, columns, 3); columns grow along +x and rows along +y, or
            any turn of that.
        lower_rc3: Points of the lower side.
        crease_rad: Faces that meet at a larger angle keep a hard edge.
    """
    rows, columns = upper_rc3.shape[:2]
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    chart = np.stack([u, v], axis=-1).reshape(-1, 2)
    triangles = grid_triangles(rows, columns)
    upper, lower = (np.asarray(grid, np.float64).reshape(-1, 3) for grid in (upper_rc3, lower_rc3))
    faces = [
        Mesh(upper, np.zeros_like(upper), chart, triangles),
        Mesh(lower, np.zeros_like(lower), chart, triangles[:, ::-1]),
    ]
    index = np.arange(rows * columns).reshape(rows, columns)
    ring = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    ring = np.append(ring, ring[0])
    edge = np.concatenate([lower[ring], upper[ring]])
    faces.append(Mesh(edge, np.zeros_like(edge), np.tile(chart[ring], (2, 1)), grid_triangles(2, len(ring))))
    return auto_smooth(join(faces), crease_rad)
