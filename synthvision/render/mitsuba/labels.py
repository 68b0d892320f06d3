"""Label images by rays through the pixel centres: one sample a pixel, never averaged."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import AmodalCoverage
from synthvision.geometry.boxes import Box
from synthvision.render.coverage import join_windows, split_at_picture
from synthvision.render.cutouts import AlphaPyramid
from synthvision.render.mitsuba.engine import Engine
from synthvision.render.mitsuba.rays import Hits, RayTarget
from synthvision.render.opengl.screen_bounds import screen_box
from synthvision.render.parts import ScenePart, box_corners
from synthvision.render.pixel_rays import facing_camera, window_rays
from synthvision.scene import Camera, Scene

__all__ = ["LabelCaster"]


class LabelCaster:
    """Shoots rays at one scene.

    Args:
        engine: mitsuba.
        scene: What is seen.
        parts: Its parts.
        pyramids: Alpha by texture key, kept by the caller.

    Attributes:
        target: All parts.
        id_hw: uint16, instance id at each pixel centre, 0 for none.
        part_hw: int64, index of the part at each pixel centre, -1 for none.
        depth_m_hw: float32, metres along the camera's z axis, +inf for none.
    """

    def __init__(
        self, engine: Engine, scene: Scene, parts: Sequence[ScenePart], pyramids: dict[str, AlphaPyramid]
    ) -> None:
        self._engine = engine
        self._scene = scene
        self._pyramids = pyramids
        self.target = RayTarget(engine, parts, pyramids)
        self._id_of_part = np.array([part.item.instance_id for part in parts] + [0], np.uint16)
        self._box: Box = (0, 0, *scene.camera.size_wh)
        self._hits = self._cast(self.target, self._box)
        self.part_hw = self._parts(self._hits)
        self.id_hw = self._id_of_part[self.part_hw]
        width, height = scene.camera.size_wh
        self.depth_m_hw = self._hits.distance_n.reshape(height, width).astype(np.float32)

    @property
    def camera(self) -> Camera:
        """The camera of the scene."""
        return self._scene.camera

    def normals(self) -> NDArray[np.float32]:
        """Return unit normals in camera axes that face the camera, float32 (height, width, 3), zero for none."""
        camera = self._scene.camera
        width, height = camera.size_wh
        seen = self._hits.triangle_n >= 0
        normal = np.zeros((width * height, 3), np.float32)
        rays = window_rays(camera, self._box).reshape(-1, 3)[seen]
        world_rays = rays @ camera.world_from_camera[:3, :3].T
        outward = self.target.normals(self._hits, seen)
        outside = self.target.seen_from_outside(world_rays, self._hits, seen)
        towards = np.where(outside[:, None], outward, -outward) @ camera.camera_from_world[:3, :3].T
        normal[seen] = facing_camera(towards, rays)
        return normal.reshape(height, width, 3)

    def samples(self, shifts: Sequence[tuple[float, float]]) -> NDArray[np.uint16]:
        """Return ids at other places than the centres of all pixels, uint16 (places, height, width).

        Args:
            shifts: Places from the pixel's centre along x and y, in pixels.
        """
        return np.stack([self._id_of_part[self._parts(self._cast(self.target, self._box, shift))] for shift in shifts])

    def amodal(self, ids: Collection[int]) -> dict[int, AmodalCoverage]:
        """Return what each asked object covers alone; ids that are not in the scene are left out."""
        parts_of: dict[int, list[ScenePart]] = {item.instance_id: [] for item in self._scene.objects}
        for part in self.target.parts:
            parts_of[part.item.instance_id].append(part)
        wanted = set(ids)
        return {
            instance_id: self._alone(instance_id, parts)
            for instance_id, parts in parts_of.items()
            if instance_id in wanted
        }

    def _alone(self, instance_id: int, parts: list[ScenePart]) -> AmodalCoverage:
        camera = self._scene.camera
        if not parts:
            return join_windows(camera, [])
        corners = box_corners(np.concatenate([part.world_positions() for part in parts]))
        pose = camera.camera_from_world
        box = screen_box(camera, corners @ pose[:3, :3].T + pose[:3, 3])
        if box is None:
            return join_windows(camera, [])
        target = RayTarget(self._engine, parts, self._pyramids)
        hits = self._cast(target, box)
        covered = (hits.triangle_n >= 0).reshape(box[3] - box[1], box[2] - box[0])
        return join_windows(camera, split_at_picture(camera, box, covered | self._visible(instance_id, box)))

    def _visible(self, instance_id: int, box: Box) -> NDArray[np.bool_]:
        """Return where in a window on the canvas an object is seen: that is always part of what it covers."""
        height, width = self.id_hw.shape
        x1, y1, x2, y2 = box
        seen = np.zeros((y2 - y1, x2 - x1), np.bool_)
        left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)
        if left < right and top < bottom:
            window = self.id_hw[top:bottom, left:right] == instance_id
            seen[top - y1 : bottom - y1, left - x1 : right - x1] = window
        return seen

    def _parts(self, hits: Hits) -> NDArray[np.int64]:
        width, height = self._scene.camera.size_wh
        hit = hits.triangle_n >= 0
        part = np.full(len(hit), -1, np.int64)
        part[hit] = self.target.part_of_triangle[hits.triangle_n[hit]]
        return part.reshape(height, width)

    def _cast(self, target: RayTarget, box: Box, shift_xy: tuple[float, float] = (0.0, 0.0)) -> Hits:
        camera = self._scene.camera
        turn = camera.world_from_camera[:3, :3]
        rays = window_rays(camera, box, shift_xy).reshape(-1, 3) @ turn.T
        cut = any(part.cutoff is not None for part in target.parts)
        footprint = _footprint(camera, box, shift_xy) @ turn.T if cut else None
        origin = np.asarray(camera.position_m, np.float64)
        return target.trace(origin, rays, camera.near_m, camera.far_m, footprint)


def _footprint(camera: Camera, box: Box, shift_xy: tuple[float, float]) -> NDArray[np.float64]:
    """Return the rays of a pixel's row and column by which OpenGL tells its size on a surface, (2, n, 2, 3).

    Pixels come in groups of two by two, counted from the bottom left corner of the picture.
    """
    x1, y1, x2, y2 = box
    height = camera.size_wh[1]
    columns, rows = np.arange(x1, x2), np.arange(y1, y2)
    left = columns - columns % 2
    from_bottom = height - 1 - rows
    lower = height - 1 - (from_bottom - from_bottom % 2)
    (fx, fy), (cx, cy) = camera.focal_xy_px, camera.centre_xy_px

    def rays(at_x: NDArray[np.int64], at_y: NDArray[np.int64]) -> NDArray[np.float64]:
        x, y = np.meshgrid((at_x + 0.5 + shift_xy[0] - cx) / fx, (at_y + 0.5 + shift_xy[1] - cy) / fy)
        return np.stack([x, y, np.ones_like(x)], axis=2).reshape(-1, 3)

    across = np.stack([rays(left, rows), rays(left + 1, rows)], axis=1)
    down = np.stack([rays(columns, lower), rays(columns, lower - 1)], axis=1)
    return np.stack([across, down])
