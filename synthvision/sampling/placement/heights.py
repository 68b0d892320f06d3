"""Height fields of meshes seen from above or below, on a grid of square cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CellGrid", "bottom_heights", "top_heights"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

# Triangles smaller than this share of a cell, seen from above, stand on edge: their neighbours carry their heights.
_LEAST_AREA = 1e-9


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Square cells in the plane.

    Args:
        low_xy: Corner of the first cell.
        cell_m: Side of a cell.
        shape: Number of cells along x and y.
    """

    low_xy: Float
    cell_m: float
    shape: tuple[int, int]

    @classmethod
    def around(cls, low_xy: Float, high_xy: Float, cell_m: float) -> CellGrid:
        """Return the grid that covers a rectangle."""
        count = np.maximum(np.ceil((high_xy - low_xy) / cell_m).astype(int), 1)
        return cls(np.asarray(low_xy, np.float64), cell_m, (int(count[0]), int(count[1])))

    def centres(self) -> tuple[Float, Float]:
        """Return x of each column of cells and y of each row."""
        x = self.low_xy[0] + (np.arange(self.shape[0]) + 0.5) * self.cell_m
        y = self.low_xy[1] + (np.arange(self.shape[1]) + 0.5) * self.cell_m
        return x, y


def top_heights(points_n3: Float, triangles_m3: Int, grid: CellGrid) -> Float:
    """Return the height of the highest surface above each cell's centre, -inf where there is none.

    Args:
        points_n3: Points of the mesh, metres.
        triangles_m3: Triangles of the mesh; which way they face does not matter.
        grid: Cells.

    Returns:
        float64 of the grid's shape, first axis x.
    """
    heights = np.full(grid.shape, -np.inf)
    corners = points_n3[triangles_m3]
    flat = (corners[:, :, :2] - grid.low_xy) / grid.cell_m - 0.5
    edge_1, edge_2 = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = edge_1[:, 0] * edge_2[:, 1] - edge_1[:, 1] * edge_2[:, 0]
    # Pairwise: reducing an axis of three is several times slower.
    least = np.minimum(np.minimum(flat[:, 0], flat[:, 1]), flat[:, 2])
    most = np.maximum(np.maximum(flat[:, 0], flat[:, 1]), flat[:, 2])
    low = np.maximum(np.ceil(least - 1e-9), 0).astype(np.int64)
    high = np.minimum(np.floor(most + 1e-9), np.array(grid.shape) - 1).astype(np.int64)
    span = high - low + 1
    keep = (span[:, 0] > 0) & (span[:, 1] > 0) & (np.abs(area) > _LEAST_AREA)
    if not keep.any():
        return heights
    owner, cell_x, cell_y = _cells_of_boxes(low[keep], span[keep])
    start, one, two, size = flat[keep][:, 0], edge_1[keep], edge_2[keep], area[keep]
    rise = corners[keep][:, :, 2]
    dx, dy = cell_x - start[owner, 0], cell_y - start[owner, 1]
    u = (dx * two[owner, 1] - dy * two[owner, 0]) / size[owner]
    v = (dy * one[owner, 0] - dx * one[owner, 1]) / size[owner]
    inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9)
    owner, u, v = owner[inside], u[inside], v[inside]
    z = rise[owner, 0] * (1 - u - v) + rise[owner, 1] * u + rise[owner, 2] * v
    np.maximum.at(heights.reshape(-1), cell_x[inside] * grid.shape[1] + cell_y[inside], z)
    return heights


def bottom_heights(points_n3: Float, triangles_m3: Int, grid: CellGrid) -> Float:
    """Return the height of the lowest surface above each cell's centre, +inf where there is none."""
    lowest: Float = -top_heights(points_n3 * np.array([1.0, 1.0, -1.0]), triangles_m3, grid)
    return lowest


def _cells_of_boxes(low: Int, span: Int) -> tuple[Int, Int, Int]:
    """Return for every cell of every box the box's number and the cell's place."""
    counts: NDArray[Any] = span[:, 0] * span[:, 1]
    owner = np.repeat(np.arange(len(low)), counts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    cell_x = low[owner, 0] + within // span[owner, 1]
    cell_y = low[owner, 1] + within % span[owner, 1]
    return owner, cell_x, cell_y
