"""What label images would say about a few objects of a scene, worked out on a coarse grid without a renderer.

Each object that a constraint speaks of is drawn alone on a grid of some dozens of cells, and so is whatever may stand
before it; who is nearest in a cell hides the others there. One over the distance along the optical axis is linear in
the picture, so the height fields of `synthvision.sampling.placement.heights` do the drawing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.measures import ObjectMeasures
from synthvision.library.reference import AssetRef
from synthvision.sampling.placement.heights import CellGrid, top_heights
from synthvision.sampling.shapes import Assets
from synthvision.scene import Camera, Scene, SceneObject
from synthvision.scene.rays import project_to_picture

__all__ = ["Estimator", "Layout", "View"]

Float = NDArray[np.float64]
Box = tuple[float, float, float, float]

# Cells along the longer side of an object: one cell is about the error of a share.
_CELLS = 32
_MESHES_KEPT = 512
# What is nearer to the camera plane than this cannot be projected.
_NEAR_M = 0.02
# What ends this little above another thing's lowest point cannot hide it from above.
_LOW_M = 2e-3


@dataclass(frozen=True, eq=False)
class _Mesh:
    points_n3: Float
    triangles_m3: NDArray[np.int64]

    @cached_property
    def corners_83(self) -> Float:
        low, high = self.points_n3.min(axis=0), self.points_n3.max(axis=0)
        corners: Float = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
        return corners


class Estimator:
    """Estimates the measures of objects.

    Args:
        assets: Where models come from.
    """

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._meshes: OrderedDict[tuple[str, tuple[str, ...] | None], _Mesh] = OrderedDict()

    def layout(self, objects: Sequence[SceneObject]) -> Layout:
        """Return objects where they stand, ready to be seen by many cameras."""
        return Layout(objects, [self._mesh(item.asset, item.shown_parts) for item in objects])

    def measures(self, scene: Scene, wanted: Iterable[int]) -> dict[int, ObjectMeasures]:
        """Return the measures of some objects, by instance id; the air is taken for clear.

        Args:
            scene: Objects and camera.
            wanted: Instance ids.
        """
        return View(self.layout(scene.objects), scene.camera).measures(wanted)

    def _mesh(self, ref: AssetRef, shown_parts: tuple[str, ...] | None) -> _Mesh:
        key = ref.key, shown_parts
        kept = self._meshes.get(key)
        if kept is None:
            parts = self._assets.load_model(ref).parts
            shown = [part for part in parts if shown_parts is None or part.name in shown_parts]
            starts = np.cumsum([0, *(len(part.positions_n3) for part in shown)])
            triangles = [part.triangles_m3.astype(np.int64) + start for part, start in zip(shown, starts, strict=False)]
            points = np.concatenate([part.positions_n3 for part in shown]).astype(np.float64)
            kept = self._meshes[key] = _Mesh(points, np.concatenate(triangles))
            if len(self._meshes) > _MESHES_KEPT:
                self._meshes.popitem(last=False)
        self._meshes.move_to_end(key)
        return kept


class Layout:
    """Objects where they stand.

    Args:
        objects: The objects of a scene.
        meshes: Theirs.
    """

    def __init__(self, objects: Sequence[SceneObject], meshes: Sequence[_Mesh]) -> None:
        self.objects = tuple(objects)
        self._meshes = meshes
        self._matrices = [item.world_from_model for item in objects]
        corners = [
            mesh.corners_83 @ matrix[:3, :3].T + matrix[:3, 3]
            for mesh, matrix in zip(meshes, self._matrices, strict=True)
        ]
        #: Corners of the box around each, float64 (n, 8, 3), in the world.
        self.corners_n83: Float = np.array(corners).reshape(-1, 8, 3)
        self._points: dict[int, Float] = {}

    def mesh(self, index: int) -> tuple[Float, NDArray[np.int64]]:
        """Return the points of an object in the world and its triangles."""
        if index not in self._points:
            matrix = self._matrices[index]
            self._points[index] = self._meshes[index].points_n3 @ matrix[:3, :3].T + matrix[:3, 3]
        return self._points[index], self._meshes[index].triangles_m3


class View:
    """Objects as one camera sees them.

    Args:
        layout: The objects.
        camera: The camera.
    """

    def __init__(self, layout: Layout, camera: Camera) -> None:
        self._layout = layout
        self._camera = camera
        self._index = {item.instance_id: index for index, item in enumerate(layout.objects)}
        seen = _in_camera(layout.corners_n83.reshape(-1, 3), camera)
        depth = seen[:, 2].reshape(-1, 8)
        self._nearest, self._farthest = depth.min(axis=1), depth.max(axis=1)
        flat = np.full((len(seen), 2), np.nan)
        ahead = seen[:, 2] > _NEAR_M
        flat[ahead] = project_to_picture(camera, seen[ahead])
        places: NDArray[np.float64] = flat.reshape(-1, 8, 2)
        whole: NDArray[np.bool_] = np.all(np.isfinite(places), axis=(1, 2))
        # What reaches beside or behind the camera may be anywhere.
        self._low = np.where(whole[:, None], places.min(axis=1), -np.inf)
        self._high = np.where(whole[:, None], places.max(axis=1), np.inf)

    def largest_wh(self, instance_id: int) -> tuple[float, float]:
        """Return the width and height in pixels that an object has at most in the picture; 0 where it is not in it."""
        index = self._index[instance_id]
        if self._farthest[index] <= _NEAR_M:
            return 0.0, 0.0
        size = np.minimum(self._high[index], self._camera.size_wh) - np.maximum(self._low[index], 0.0)
        width, height = (max(float(side), 0.0) for side in size)
        return (width, height) if width and height else (0.0, 0.0)

    def measures(self, wanted: Iterable[int]) -> dict[int, ObjectMeasures]:
        """Return the measures of some objects, by instance id; the air is taken for clear."""
        return {instance_id: self._measure(self._index[instance_id]) for instance_id in sorted(set(wanted))}

    def _measure(self, own: int) -> ObjectMeasures:
        camera = self._camera
        distance = float(np.linalg.norm(np.subtract(self._layout.objects[own].position_m, camera.position_m)))
        nothing = ObjectMeasures(
            visible_pixels=0, box_xyxy=None, amodal_box_xyxy=None, visible_fraction=0.0, truncation=0.0,
            distance_m=distance,
        )  # fmt: skip
        if self._farthest[own] <= _NEAR_M:
            return nothing
        flat, depth, triangles = self._projected(own)
        if not len(triangles):
            return nothing
        corners = flat[triangles.ravel()]
        width, height = camera.size_wh
        outline_low, outline_high = corners.min(axis=0), corners.max(axis=0)
        # As the label pass has it: a canvas of three times the picture about its middle.
        low = np.maximum(outline_low, (-width, -height))
        high = np.minimum(outline_high, (2 * width, 2 * height))
        if (high - low <= 0).any():
            return nothing
        grid = CellGrid.around(low, high, max(float((high - low).max()) / _CELLS, 1e-3))
        front = _fronts(flat, depth, triangles, grid)
        alone = np.isfinite(front)
        if not alone.any():
            return nothing
        x, y = grid.centres()
        inside = alone & ((x >= 0) & (x < width))[:, None] & ((y >= 0) & (y < height))[None]
        x1, y1, x2, y2 = (float(value) for value in (*outline_low, *outline_high))
        amodal = int(np.floor(x1)), int(np.floor(y1)), int(np.ceil(x2)), int(np.ceil(y2))
        if not inside.any():
            return replace(nothing, amodal_box_xyxy=amodal, truncation=1.0)
        hidden_by = self._hidden_by(own, grid, front, inside)
        covered = np.zeros_like(inside)
        for cells in hidden_by.values():
            covered |= cells
        shown = inside & ~covered
        count, whole = int(inside.sum()), int(alone.sum())
        return ObjectMeasures(
            visible_pixels=round(int(shown.sum()) * grid.cell_m**2),
            box_xyxy=_box_of(shown, grid, (x1, y1, x2, y2), camera.size_wh),
            amodal_box_xyxy=amodal,
            visible_fraction=float(shown.sum() / count),
            truncation=1.0 - count / whole,
            hidden_by={key: float(cells.sum() / count) for key, cells in hidden_by.items() if cells.any()},
            distance_m=distance,
        )

    def _hidden_by(
        self, own: int, grid: CellGrid, front: Float, inside: NDArray[np.bool_]
    ) -> dict[int, NDArray[np.bool_]]:
        """Return by instance id the cells where another object stands before this one and is the nearest there."""
        heights = self._layout.corners_n83[:, :, 2]
        top, foot = heights.max(axis=1), float(heights[own].min())
        may = (self._nearest < self._farthest[own]) & (self._farthest > _NEAR_M)
        may &= top > min(foot, self._camera.position_m[2]) + _LOW_M
        may &= (self._low < self._high[own]).all(axis=1) & (self._low[own] < self._high).all(axis=1)
        may[own] = False
        nearest = np.where(inside, front, np.inf)
        found: dict[int, NDArray[np.bool_]] = {}
        for other in np.flatnonzero(may):
            flat, depth, triangles = self._projected(int(other))
            before = _fronts(flat, depth, triangles, grid)
            cells = inside & (before > nearest)
            if not cells.any():
                continue
            for known in found.values():
                known &= ~cells
            nearest = np.where(cells, before, nearest)
            found[self._layout.objects[other].instance_id] = cells
        return found

    def _projected(self, index: int) -> tuple[Float, Float, NDArray[np.int64]]:
        """Return the places of an object's points in the picture, their depth, and the triangles before the camera."""
        world, triangles = self._layout.mesh(index)
        points = _in_camera(world, self._camera)
        ahead = points[:, 2] > _NEAR_M
        if ahead.all():
            flat = project_to_picture(self._camera, points)
        else:
            flat = np.zeros((len(points), 2))
            flat[ahead] = project_to_picture(self._camera, points[ahead])
        usable = ahead & np.isfinite(flat[:, 0])
        return flat, points[:, 2], triangles if usable.all() else triangles[usable[triangles].all(axis=1)]


def _in_camera(points_n3: Float, camera: Camera) -> Float:
    matrix = camera.world_from_camera
    seen: Float = (points_n3 - matrix[:3, 3]) @ matrix[:3, :3]
    return seen


def _fronts(flat: Float, depth: Float, triangles: NDArray[np.int64], grid: CellGrid) -> Float:
    """Return one over the depth of the nearest surface in each cell, -inf where there is none."""
    if not len(triangles):
        return np.full(grid.shape, -np.inf)
    # Most triangles of a large neighbour lie beside the grid.
    low, high = grid.low_xy, grid.low_xy + grid.cell_m * np.array(grid.shape)
    one, two, three = (flat[triangles[:, column]] for column in range(3))
    # Pairwise: reducing an axis of three is several times slower.
    above, below = np.maximum(np.maximum(one, two), three) >= low, np.minimum(np.minimum(one, two), three) <= high
    meet = above[:, 0] & above[:, 1] & below[:, 0] & below[:, 1]
    points = np.column_stack([flat, 1.0 / np.maximum(depth, _NEAR_M)])
    return top_heights(points, triangles[meet], grid)


def _box_of(
    shown: NDArray[np.bool_], grid: CellGrid, whole: Box, size_wh: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    if not shown.any():
        return None
    columns, rows = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    found = []
    for axis, cells in enumerate((columns, rows)):
        start, count = float(grid.low_xy[axis]), grid.shape[axis]
        # At its own ends the object's outline is known better than to a cell.
        low = whole[axis] if cells[0] <= 1 else start + float(cells[0]) * grid.cell_m
        high = whole[axis + 2] if cells[-1] >= count - 2 else start + float(cells[-1] + 1) * grid.cell_m
        found.append((int(np.clip(np.floor(low), 0, size_wh[axis])), int(np.clip(np.ceil(high), 0, size_wh[axis]))))
    (x1, x2), (y1, y2) = found
    return x1, y1, x2, y2
