"""Shelves, racks, desks and tables as something to put things on: flat areas at several heights with the space above.

A model's levels are found once from its mesh and kept: cells seen from above, each with the height of the upward face
there and the height of whatever hangs or stands over it. They are in the model's own frame and hold for every body that
stands upright.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.heights import CellGrid, top_heights
from synthvision.sampling.shapes import Shape

__all__ = ["Level", "levels_of", "stands_upright"]

Float = NDArray[np.float64]

# Cells along the longer side of a model, and the size that they have at least and at most.
_CELLS, _FINEST_M, _COARSEST_M = 110, 0.012, 0.045
# Faces that lie this near to each other in height are one level, as boards that are not quite even; what rises
# further above the level is in the way.
_SAME_M, _BUMP_M = 0.012, 0.003
_LEVEL_FACING = 0.97
# A level is at least so large, and has so much space above it.
_LEAST_AREA_M2, _LEAST_SPACE_M = 0.03, 0.05
_MOST_LEVELS = 8
# Of an object's footprint so much must lie over the level in each quarter about its centre of mass, or over the
# level's two edges, as a pallet does on two beams.
_CARRIED = 0.08


@dataclass(frozen=True, eq=False)
class Level:
    """A flat area of a model.

    Args:
        height_m: Of the level, in the model's frame.
        grid: Cells.
        top: Height of the upward face in each cell, -inf where there is none; of the grid's shape.
        space: Height of the free space above the level in each cell, 0 where something is in the way.
        area_m2: Area of the cells with a face.
    """

    height_m: float
    grid: CellGrid
    top: Float
    space: Float
    area_m2: float

    @cached_property
    def low_xy(self) -> Float:
        """Smallest corner of the cells that carry something."""
        cells = np.argwhere(np.isfinite(self.top))
        corner: Float = self.grid.low_xy + cells.min(axis=0) * self.grid.cell_m
        return corner

    @cached_property
    def high_xy(self) -> Float:
        """Largest corner of the cells that carry something."""
        cells = np.argwhere(np.isfinite(self.top))
        corner: Float = self.grid.low_xy + (cells.max(axis=0) + 1) * self.grid.cell_m
        return corner

    def rest(self, outline_n2: Float, middle_xy: Float, tall_m: float, margin_m: float) -> tuple[float | None, str]:
        """Return how high an object rests on the level, in the model's frame, or None and why it cannot.

        Args:
            outline_n2: Corners of a convex footprint seen from above, in the model's frame, counter-clockwise.
            middle_xy: Its centre of mass.
            tall_m: Height of the object.
            margin_m: How far it stays from what is in the way, and from the level's edge.
        """
        cell = self.grid.cell_m
        low = np.floor((outline_n2.min(axis=0) - margin_m - self.grid.low_xy) / cell).astype(int)
        high = np.ceil((outline_n2.max(axis=0) + margin_m - self.grid.low_xy) / cell).astype(int)
        size = np.array(self.grid.shape)
        clipped_low, clipped_high = np.clip(low, 0, size), np.clip(high, 0, size)
        if (clipped_low >= clipped_high).any():
            return None, "off the edge of the level"
        window = (slice(clipped_low[0], clipped_high[0]), slice(clipped_low[1], clipped_high[1]))
        x = self.grid.low_xy[0] + (np.arange(clipped_low[0], clipped_high[0]) + 0.5) * cell
        y = self.grid.low_xy[1] + (np.arange(clipped_low[1], clipped_high[1]) + 0.5) * cell
        # A cell is touched where its middle is no farther from the footprint than half its diagonal.
        depth = _depth(outline_n2, x, y)
        touched = depth > -(0.71 * cell + margin_m)
        space = self.space[window]
        if touched.any() and float(space[touched].min()) < tall_m:
            return None, "no room up to the next level"
        inside = depth > -0.5 * cell
        top = np.where(inside, self.top[window], -np.inf)
        carried = np.isfinite(top)
        if not carried.any():
            return None, "off the edge of the level"
        over = (outline_n2.min(axis=0) - margin_m < self.low_xy) | (outline_n2.max(axis=0) + margin_m > self.high_xy)
        if margin_m > 0 and over.any():
            return None, "off the edge of the level"
        column, row = np.nonzero(carried)
        offset = np.column_stack([x[column], y[row]]) - middle_xy
        quarter = (offset[:, 0] > 0).astype(int) + 2 * (offset[:, 1] > 0)
        most = max(float(inside.sum()) / 4, 1.0)
        if (np.bincount(quarter, minlength=4) < _CARRIED * most).any():
            return None, "would fall off the level"
        return float(top[carried].max()), ""


def levels_of(shape: Shape) -> tuple[Level, ...]:
    """Return the levels of an upright model, the lowest first; none where it has no flat area with space above."""
    return _levels_of(shape)


def stands_upright(body: Body) -> bool:
    """Return whether a body is turned about the vertical alone, so that its levels are level."""
    return bool(body.rotation[2, 2] > 1 - 1e-6)


@lru_cache(maxsize=256)
def _levels_of(shape: Shape) -> tuple[Level, ...]:
    points = shape.points_n3.astype(np.float64)
    corners = points[shape.faces_m3]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-300)
    # Sheets that are seen from both sides may face down.
    flat = np.abs(normal[:, 2]) > _LEVEL_FACING * length
    up = flat & (normal[:, 2] > 0)
    size = shape.high - shape.low
    cell = float(np.clip(size[:2].max() / _CELLS, _FINEST_M, _COARSEST_M))
    grid = CellGrid.around(shape.low[:2], shape.high[:2], cell)
    low_z, high_z = corners[..., 2].min(axis=1), corners[..., 2].max(axis=1)
    boxes = _Boxes.of(corners, grid)
    found = []
    for height in _heights(high_z[up], length[up] / 2):
        own = up & (np.abs(high_z - height) <= _SAME_M)
        top = top_heights(points, shape.faces_m3[own], grid)
        top[top > height + _BUMP_M] = -np.inf
        above = high_z > height + _BUMP_M
        space = boxes.lowest(above, np.maximum(low_z - height, 0.0))
        usable = np.isfinite(top) & (space >= _LEAST_SPACE_M)
        area = float(usable.sum()) * cell**2
        if area >= _LEAST_AREA_M2:
            found.append(Level(float(height), grid, top, space, area))
    return tuple(sorted(found, key=lambda level: level.height_m))


def _heights(height_n: Float, area_n: Float) -> list[float]:
    """Return the heights at which upward faces gather, the largest area first."""
    if not len(height_n):
        return []
    order = np.argsort(height_n, kind="stable")
    height, area = height_n[order], area_n[order]
    left = np.ones(len(height), bool)
    found: list[float] = []
    total = np.concatenate([[0.0], np.cumsum(area)])
    while left.any() and len(found) < _MOST_LEVELS:
        total = np.concatenate([[0.0], np.cumsum(np.where(left, area, 0.0))])
        first = np.searchsorted(height, height - 0.002)
        last = np.searchsorted(height, height + 0.002, side="right")
        weight = np.where(left, total[last] - total[first], 0.0)
        best = int(np.argmax(weight))
        if weight[best] < _LEAST_AREA_M2 / 2:
            break
        found.append(float(height[first[best] : last[best]][left[first[best] : last[best]]].max()))
        left &= np.abs(height - found[-1]) > _SAME_M
    return found


@dataclass(frozen=True, slots=True)
class _Boxes:
    """The cells that the box around each triangle touches."""

    owner: NDArray[np.int64]
    cell: NDArray[np.int64]
    grid: CellGrid

    @classmethod
    def of(cls, corners_m33: Float, grid: CellGrid) -> _Boxes:
        flat = (corners_m33[:, :, :2] - grid.low_xy) / grid.cell_m
        low = np.clip(np.floor(flat.min(axis=1) - 1e-6).astype(np.int64), 0, np.array(grid.shape) - 1)
        high = np.clip(np.floor(flat.max(axis=1) + 1e-6).astype(np.int64), 0, np.array(grid.shape) - 1)
        span = high - low + 1
        counts = span[:, 0] * span[:, 1]
        owner = np.repeat(np.arange(len(low)), counts)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        x = low[owner, 0] + within // span[owner, 1]
        y = low[owner, 1] + within % span[owner, 1]
        return cls(owner, x * grid.shape[1] + y, grid)

    def lowest(self, chosen: NDArray[np.bool_], value_m: Float) -> Float:
        """Return the least value of the chosen triangles over each cell, +inf where there is none."""
        result = np.full(self.grid.shape[0] * self.grid.shape[1], np.inf)
        take = chosen[self.owner]
        np.minimum.at(result, self.cell[take], value_m[self.owner[take]])
        return result.reshape(self.grid.shape)


def _depth(outline_n2: Float, x: Float, y: Float) -> Float:
    """Return how deep grid points lie within a convex counter-clockwise outline, below 0 outside; (len(x), len(y))."""
    start, end = outline_n2, np.roll(outline_n2, -1, axis=0)
    way = end - start
    length = np.linalg.norm(way, axis=1)
    keep = length > 1e-9
    start, way = start[keep], way[keep] / length[keep, None]
    # Inside is to the left of every edge.
    across = np.outer(way[:, 0], y)[:, None, :] - np.outer(way[:, 1], x)[:, :, None]
    offset = (way[:, 0] * start[:, 1] - way[:, 1] * start[:, 0])[:, None, None]
    depth: Float = (across - offset).min(axis=0)
    return depth
