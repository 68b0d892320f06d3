"""Exact optical flow: where each pixel's point of the scene is seen at another instant, from depth, ids and poses.

The ray of a pixel and its depth give a point in space; the pose of its object says which point of the object that is;
the object's pose at the other instant says where the point is then, and the other camera where it is seen, through its
lens. Nothing is compared or matched, so flow is as exact as depth, also where the point is hidden then or outside the
picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.placement import ModelSource
from synthvision.annotate.surface_points import carry_points
from synthvision.core.errors import UsageError
from synthvision.core.frames import LabelImages
from synthvision.geometry.poses import transform_points
from synthvision.scene import Camera, Scene, SceneObject
from synthvision.scene.motion import CameraMotion, apparent_motion, still_motion
from synthvision.scene.rays import camera_rays, depth_is_ray_length
from synthvision.scene.rolling import has_rolling_shutter, roll_points, row_instants_s

__all__ = ["optical_flow"]

Float = NDArray[np.float64]
Index = NDArray[np.intp]


def optical_flow(scene: Scene, labels: LabelImages, other: Scene | None, library: ModelSource) -> NDArray[np.float32]:
    """Return how far each pixel's point moves over the picture until another instant.

    Args:
        scene: What the frame shows.
        labels: Its ids and depth, in the geometry of its picture.
        other: The same scene at the other instant, seen by the same camera; None where there is none.
        library: Loads models, for objects that change their pose.

    Returns:
        float32 (height, width, 2): pixels to the right and down. NaN where it is not known: everywhere without another
        instant, on an object that is not there then, where the point lies behind the camera then or where its lens
        lets no ray in, and on parts of a body that have other triangles then. What is infinitely far follows from the
        turn of the camera alone; a backdrop stays where it is.

    Raises:
        UsageError: The pictures differ in size.
        AssetError: A model cannot be loaded.
    """
    height, width = labels.id_hw.shape
    flow = np.full((height * width, 2), np.nan, np.float32)
    if other is None:
        return flow.reshape(height, width, 2)
    if other.camera.size_wh != scene.camera.size_wh or scene.camera.size_wh != (width, height):
        raise UsageError(
            f"pictures of a flow must have one size, got {scene.camera.size_wh}, {other.camera.size_wh} and labels of "
            f"{(width, height)}"
        )
    pixels = _Pixels(scene.camera, labels)
    turn_and_shift = other.camera.camera_from_world @ scene.camera.world_from_camera
    still = _Group(still_motion(scene.camera), still_motion(other.camera))
    ids = labels.id_hw.ravel()
    later = {item.name: item for item in other.objects}
    # 0: nothing is known; 1: what stands still; 2 and up: what moves.
    group_of_id = np.zeros(int(ids.max(initial=0)) + 1, np.int32)
    moving: list[tuple[SceneObject, SceneObject]] = []
    for item in scene.objects:
        if item.instance_id >= len(group_of_id) or (then := later.get(item.name)) is None:
            continue
        if _stands(item, then):
            group_of_id[item.instance_id] = 1
        else:
            moving.append((item, then))
            group_of_id[item.instance_id] = 1 + len(moving)
    groups = group_of_id[ids]
    where = np.flatnonzero(groups == 1)
    flow[where] = _moved(pixels, where, other.camera, still, turn_and_shift)
    for number, (item, then) in enumerate(moving, start=2):
        where = np.flatnonzero(groups == number)
        if len(where):
            flow[where] = _object_flow(pixels, where, scene.camera, other.camera, item, then, library)
    where = np.flatnonzero(ids == 0)
    if scene.backdrop is not None:
        flow[where] = 0.0
    elif len(where):
        flow[where] = _far_flow(pixels, where, other.camera, still, turn_and_shift)
    return flow.reshape(height, width, 2)


@dataclass(frozen=True, slots=True)
class _Group:
    """How a rigid thing moves as the camera sees it, at both instants: counts with a rolling shutter alone."""

    now: CameraMotion
    then: CameraMotion


class _Pixels:
    """The points of the scene behind the pixels of a picture."""

    def __init__(self, camera: Camera, labels: LabelImages) -> None:
        self.camera = camera
        self._rays = camera_rays(camera).reshape(-1, 3)
        self._depth = labels.depth_m_hw.ravel()
        self._along_ray = depth_is_ray_length(camera)
        self._instants = None
        if has_rolling_shutter(camera):
            rows = np.arange(camera.size_wh[1], dtype=np.float64) + 0.5
            self._instants = row_instants_s(camera, rows)

    def centres(self, where: Index) -> Float:
        """Return the middles of pixels, (n, 2)."""
        rows, columns = np.divmod(where, self.camera.size_wh[0])
        return np.stack([columns, rows], axis=1) + 0.5

    def directions(self, where: Index, motion: CameraMotion) -> Float:
        """Return where pixels look, (n, 3) in camera axes at the frame's instant; NaN where no ray falls on them."""
        rays = self._rays[where].astype(np.float64)
        rays[(rays**2).sum(axis=1) < 0.5] = np.nan
        if self._instants is None or motion.is_still:
            return rays
        return np.asarray(np.einsum("nij,nj->ni", self._back(where, motion)[0], rays))

    def points(self, where: Index, motion: CameraMotion) -> Float:
        """Return the points behind pixels, (n, 3) in camera axes at the frame's instant.

        Args:
            where: Which pixels.
            motion: How what they show moves: with a rolling shutter each row sees it at another instant, while depth
                is that of the frame's.
        """
        rays, depth = self.directions(where, motion), self._depth[where].astype(np.float64)
        if self._instants is None or motion.is_still:
            return np.asarray(rays * (depth if self._along_ray else depth / rays[:, 2])[:, None])
        # At its row's instant t the point is on the ray: X + t (turn x X + drift) = s r, so X = s a - b.
        back, instants = self._back(where, motion)
        shift = np.einsum("nij,j->ni", back, np.asarray(motion.drift_m_s)) * instants[:, None]
        if not self._along_ray:
            scale = (depth + shift[:, 2]) / rays[:, 2]
        else:
            square, mixed = (rays**2).sum(axis=1), (rays * shift).sum(axis=1)
            inside = mixed**2 - square * ((shift**2).sum(axis=1) - depth**2)
            scale = (mixed + np.sqrt(np.maximum(inside, 0.0))) / square
        return np.asarray(rays * scale[:, None] - shift)

    def _back(self, where: Index, motion: CameraMotion) -> tuple[Float, Float]:
        """Return for pixels the matrix from turned to unturned points, (n, 3, 3), and the instants of their rows."""
        instants = self._instants
        assert instants is not None
        a, b, c = motion.turn_rad_s
        cross = np.array([[0.0, -c, b], [c, 0.0, -a], [-b, a, 0.0]])
        inverse = np.linalg.inv(np.eye(3) + instants[:, None, None] * cross)
        rows = where // self.camera.size_wh[0]
        return inverse[rows], instants[rows]


def _stands(item: SceneObject, then: SceneObject) -> bool:
    """Return whether an object is the same at both instants, and does not move at either."""
    still = (0.0, 0.0, 0.0)
    return (
        item.position_m == then.position_m
        and item.rotation_wxyz == then.rotation_wxyz
        and item.scale == then.scale
        and item.velocity_m_s == item.angular_velocity_rad_s == still
        and then.velocity_m_s == then.angular_velocity_rad_s == still
        and item.asset == then.asset
    )


def _moved(pixels: _Pixels, where: Index, camera: Camera, group: _Group, then_from_now: Float) -> Float:
    points = transform_points(then_from_now, pixels.points(where, group.now))
    return roll_points(camera, group.then, points) - pixels.centres(where)


def _object_flow(
    pixels: _Pixels,
    where: Index,
    camera: Camera,
    other: Camera,
    item: SceneObject,
    then: SceneObject,
    library: ModelSource,
) -> Float:
    group = _Group(apparent_motion(camera, item), apparent_motion(other, then))
    model_from_camera = np.linalg.inv(item.world_from_model) @ camera.world_from_camera
    other_from_model = other.camera_from_world @ then.world_from_model
    if item.asset == then.asset:
        return _moved(pixels, where, other, group, other_from_model @ model_from_camera)
    on_model = transform_points(model_from_camera, pixels.points(where, group.now))
    before, after = library.load_model(item.asset), library.load_model(then.asset)
    points = transform_points(other_from_model, carry_points(on_model, before, after, item.shown_parts))
    flow = np.full((len(where), 2), np.nan)
    known = np.isfinite(points[:, 0])
    flow[known] = roll_points(other, group.then, points[known]) - pixels.centres(where[known])
    return flow


def _far_flow(pixels: _Pixels, where: Index, camera: Camera, group: _Group, then_from_now: Float) -> Float:
    """Return the flow of what is infinitely far: a drift does not move it."""
    now, then = (CameraMotion(motion.turn_rad_s, (0.0, 0.0, 0.0)) for motion in (group.now, group.then))
    directions = pixels.directions(where, now) @ then_from_now[:3, :3].T
    flow = np.full((len(where), 2), np.nan)
    known = np.isfinite(directions[:, 0])
    flow[known] = roll_points(camera, then, directions[known]) - pixels.centres(where[known])
    return flow
