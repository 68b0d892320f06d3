"""Checks of labels against the scene: classes, poses, 3D boxes, depth, normals, keypoints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.placement import camera_pose
from synthvision.core.errors import DatasetError
from synthvision.core.labels import InstanceLabel, OrientedBox
from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.inspect.checks.frame_view import FrameCheck, FrameView, describe
from synthvision.scene import Camera, Scene
from synthvision.scene.motion import CameraMotion
from synthvision.scene.rays import depth_is_ray_length
from synthvision.scene.rolling import roll_points, rolled_motion

__all__ = ["GEOMETRY_CHECKS"]

_TOLERANCE = 1e-6
# Corners in records are rounded to a thousandth of a pixel.
_PIXEL_TOLERANCE = 2e-3
# A box may reach one pixel beyond the projected corners: single precision in the renderer moves an edge over the
# centre of a pixel now and then, and through a lens the nearest label sample lies up to half a pixel off.
_BOX_TOLERANCE_PX = 1.0
# The same in depth, as a share of the depth itself.
_DEPTH_TOLERANCE = 2e-3
_NORMAL_TOLERANCE = 0.02
_STEPS_PER_EDGE = 9


def check_scene(view: FrameView) -> Iterator[str]:
    """The record's scene is whole, of this frame, and its camera is the record's."""
    try:
        scene = view.record.load_scene()
    except DatasetError as error:
        yield str(error)
        return
    made_from = view.record.augmentation
    frame = view.record.frame if made_from is None else made_from.source_frame
    if scene.origin.frame != frame:
        yield f"the scene must be that of frame {frame}, got frame {scene.origin.frame}"
    camera = view.record.camera
    if view.is_warped or camera is None:
        if view.is_warped != (camera is None):
            yield f"a record must have a camera unless its picture was warped, got {camera}"
        return
    if scene.camera.size_wh != view.record.size_wh:
        yield f"the camera's picture must be {view.record.size_wh}, got {scene.camera.size_wh}"
    pairs = (
        ("k_33", scene.camera.k_33, camera.k_33),
        ("camera_from_world", scene.camera.camera_from_world, camera.camera_from_world),
    )
    for name, expected, got in pairs:
        if not np.allclose(expected, got, rtol=_TOLERANCE, atol=_TOLERANCE):
            yield f"{name} must be that of the scene's camera, {np.round(expected, 4).tolist()}"


def check_instances_of_scene(view: FrameView) -> Iterator[str]:
    """The instances are the scene's objects, with the same name, role and class."""
    scene = _scene(view)
    if scene is None:
        return
    labels = {label.instance_id: label for label in view.record.instances}
    objects = {item.instance_id: item for item in scene.objects}
    for instance_id in sorted(labels.keys() ^ objects.keys()):
        where = "the scene" if instance_id in labels else "the instances"
        yield f"instance {instance_id} is missing in {where}"
    for instance_id in sorted(labels.keys() & objects.keys()):
        label, item = labels[instance_id], objects[instance_id]
        for name in ("name", "role", "category"):
            expected, got = getattr(item, name), getattr(label, name)
            if expected != got:
                yield f"{describe(label)}: its {name} must be {expected!r} as in the scene, got {got!r}"


def check_pose(view: FrameView) -> Iterator[str]:
    """The pose of every instance is that of its object, seen from the scene's camera; a warped picture has none."""
    scene = _seen_scene(view)
    if scene is None:
        return
    objects = {item.instance_id: item for item in scene.objects}
    for label in view.record.instances:
        item = objects.get(label.instance_id)
        pose = label.pose
        if item is None:
            continue
        expected = camera_pose(scene.camera, item)
        if pose is None:
            yield f"{describe(label)}: the pose must be {expected.position_m}, {expected.rotation_wxyz}, got none"
            continue
        turn = np.abs(
            rotation_from_quaternion(expected.rotation_wxyz) - rotation_from_quaternion(pose.rotation_wxyz)
        ).max()
        if turn > _TOLERANCE or not np.allclose(expected.position_m, pose.position_m, atol=_TOLERANCE):
            yield f"{describe(label)}: the pose must be {expected.position_m}, {expected.rotation_wxyz}"
        if not np.allclose(expected.scale, pose.scale):
            yield f"{describe(label)}: the scale must be {expected.scale}, got {pose.scale}"


def check_bbox_3d(view: FrameView) -> Iterator[str]:
    """The 3D box has eight corners, which lie in the picture where the camera puts them, through its lens."""
    scene = _seen_scene(view)
    if scene is None:
        return
    for label in view.record.instances:
        box = label.bbox_3d
        if box is None:
            yield f"{describe(label)}: it must have a 3D box, got none"
            continue
        if len(box.corners_px) != 8:
            yield f"{describe(label)}: a 3D box must have 8 corners, got {len(box.corners_px)}"
            continue
        expected = roll_points(scene.camera, _motion(scene, label), _corners(box))
        got = np.array([corner or (np.nan, np.nan) for corner in box.corners_px])
        wrong = ~np.isclose(expected, got, rtol=1e-6, atol=_PIXEL_TOLERANCE, equal_nan=True).all(axis=1)
        if wrong.any():
            index = int(np.argmax(wrong))
            where = np.round(expected[index], 3).tolist() if np.isfinite(expected[index]).all() else None
            yield f"{describe(label)}: corner {index} of the 3D box must be at {where}, got {box.corners_px[index]}"


def check_box_in_bbox_3d(view: FrameView) -> Iterator[str]:
    """The visible and the amodal box lie within the projected 3D box, whose edges a lens may bend outwards."""
    scene = _seen_scene(view)
    if scene is None:
        return
    for label in view.record.instances:
        if label.bbox_3d is None:
            continue
        corners = _outline(scene.camera, label.bbox_3d, _motion(scene, label))
        if not np.isfinite(corners).all():
            continue
        low, high = np.min(corners, axis=0) - _BOX_TOLERANCE_PX, np.max(corners, axis=0) + _BOX_TOLERANCE_PX
        for name, box in (("box", label.box_xyxy), ("amodal box", label.amodal_box_xyxy)):
            if box is not None and ((np.array(box[:2]) < low).any() or (np.array(box[2:]) > high).any()):
                yield (
                    f"{describe(label)}: the {name} {box} must lie within the projected 3D box, "
                    f"x {low[0]:.1f} to {high[0]:.1f}, y {low[1]:.1f} to {high[1]:.1f}"
                )


def check_depth(view: FrameView) -> Iterator[str]:
    """Depth is a positive number where an instance is seen, and +inf elsewhere."""
    depth = view.pixels("depth")
    if depth is None:
        return
    seen = view.id_image > 0
    for problem, wrong in (
        ("must not be NaN", np.isnan(depth)),
        ("must be finite and positive where an instance is seen", seen & ~(np.isfinite(depth) & (depth > 0))),
        ("must be +inf where none is seen", ~seen & ~np.isposinf(depth)),
    ):
        if wrong.any():
            y, x = (int(value[0]) for value in np.nonzero(wrong))
            yield f"depth {problem}: {int(wrong.sum())} pixels are wrong, first at ({x}, {y})"


def check_depth_in_bbox_3d(view: FrameView) -> Iterator[str]:
    """The depth of every pixel of an instance lies within its 3D box."""
    depth = view.pixels("depth")
    scene = _seen_scene(view)
    if depth is None or scene is None:
        return
    along_ray = depth_is_ray_length(scene.camera)
    for label in view.record.instances:
        if label.bbox_3d is None:
            continue
        mask = view.visible.get(label.instance_id)
        values = depth[mask] if mask is not None else np.zeros(0, np.float32)
        values = values[np.isfinite(values)]
        if not len(values):
            continue
        reach = _distances(label.bbox_3d) if along_ray else _corners(label.bbox_3d)[:, 2]
        margin = _DEPTH_TOLERANCE * float(np.abs(reach).max())
        low, high = float(reach.min()) - margin, float(reach.max()) + margin
        if values.min() < low or values.max() > high:
            yield (
                f"{describe(label)}: depth {values.min():.4f} to {values.max():.4f} m must lie within the 3D box, "
                f"{low:.4f} to {high:.4f} m"
            )


def check_normals(view: FrameView) -> Iterator[str]:
    """Normals have unit length where an instance is seen, and are zero elsewhere."""
    normals = view.pixels("normals")
    if normals is None:
        return
    length = np.linalg.norm(normals, axis=2)
    wrong = np.abs(length - (view.id_image > 0)) > _NORMAL_TOLERANCE
    if wrong.any():
        y, x = (int(value[0]) for value in np.nonzero(wrong))
        yield f"{int(wrong.sum())} normals are wrong, first at ({x}, {y}) with length {length[y, x]:.3f}"


def check_keypoints(view: FrameView) -> Iterator[str]:
    """Keypoints have unique names, and lie inside the picture exactly where they say so."""
    height, width = view.shape_hw
    for label in view.record.instances:
        names = [point.name for point in label.keypoints]
        if len(set(names)) != len(names):
            yield f"{describe(label)}: names of keypoints must be unique, got {names}"
        for point in label.keypoints:
            inside = point.xy_px is not None and 0 <= point.xy_px[0] < width and 0 <= point.xy_px[1] < height
            if inside != (point.visibility > 0):
                yield (
                    f"{describe(label)}: keypoint {point.name} at {point.xy_px} cannot have "
                    f"visibility {point.visibility}"
                )


GEOMETRY_CHECKS: tuple[FrameCheck, ...] = (
    check_scene,
    check_instances_of_scene,
    check_pose,
    check_bbox_3d,
    check_box_in_bbox_3d,
    check_depth,
    check_depth_in_bbox_3d,
    check_normals,
    check_keypoints,
)


def _scene(view: FrameView) -> Scene | None:
    try:
        return view.record.load_scene()
    except DatasetError:
        return None  # `check_scene` says so


def _seen_scene(view: FrameView) -> Scene | None:
    """Return the scene as the picture shows it; None for a warped picture, which no camera shows."""
    return None if view.is_warped else _scene(view)


def _motion(scene: Scene, label: InstanceLabel) -> CameraMotion | None:
    """Return how an instance moves while a rolling shutter reads the picture; None for a global one."""
    found = (rolled_motion(scene.camera, item) for item in scene.objects if item.instance_id == label.instance_id)
    return next(found, None)


_SIGNS = np.array([(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], np.float64)


def _corners(box: OrientedBox) -> NDArray[np.float64]:
    rotation = rotation_from_quaternion(box.rotation_wxyz)
    corners: NDArray[np.float64] = np.array(box.centre_m) + (_SIGNS * np.array(box.size_m) / 2) @ rotation.T
    return corners


def _outline(camera: Camera, box: OrientedBox, motion: CameraMotion | None) -> NDArray[np.float64]:
    """Return pixels whose bounds hold the projected 3D box: corners, and points all over its faces where they bend."""
    corners = _corners(box)
    if camera.lens is not None or motion is not None:
        weights = np.array([(1 - a, a) for a in np.linspace(0.0, 1.0, _STEPS_PER_EDGE)])
        grid = np.einsum("ax,by,cz->abczyx", weights, weights, weights).reshape(-1, 8)
        corners = grid @ corners
    return roll_points(camera, motion, corners)


def _distances(box: OrientedBox) -> NDArray[np.float64]:
    """Return the smallest and largest distance of the 3D box from the camera."""
    # The camera as seen from the box: the nearest point of the box is the camera's place clipped to it.
    camera = -np.array(box.centre_m) @ rotation_from_quaternion(box.rotation_wxyz)
    half = np.array(box.size_m) / 2
    nearest = np.linalg.norm(camera - np.clip(camera, -half, half))
    farthest = np.linalg.norm(_corners(box), axis=1).max()
    return np.array([nearest, farthest])
