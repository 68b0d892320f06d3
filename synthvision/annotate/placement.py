"""Where an object stands as seen from the camera: pose, oriented 3D box, keypoints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import LabelImages
from synthvision.core.labels import Keypoint, OrientedBox, Pose
from synthvision.geometry.poses import quaternion_from_rotation, rotation_from_quaternion, transform_points
from synthvision.library.model import Model
from synthvision.library.reference import AssetRef
from synthvision.scene import PART, Camera, SceneObject
from synthvision.scene.motion import CameraMotion
from synthvision.scene.rays import depth_is_ray_length
from synthvision.scene.rolling import roll_points

__all__ = ["ModelFacts", "ModelSource", "camera_pose", "locate_keypoints", "model_facts", "oriented_box"]

Float = NDArray[np.float64]
Vector3 = tuple[float, float, float]

# A keypoint counts as visible if the surface seen there is at most this share of the object's diagonal before it: it
# need not lie exactly on the mesh, and the surface may slope inside one pixel.
_KEYPOINT_TOLERANCE = 0.03
_FACTS_KEPT = 16_384
# Last digits beyond a thousandth of a pixel only make files longer.
_PIXEL_DIGITS = 3


class ModelSource(Protocol):
    """What loads models; `synthvision.library.assets.AssetLibrary` is one."""

    def load_model(self, ref: AssetRef) -> Model:
        """Return the model that a reference names."""
        ...


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What labels need of a model.

    Args:
        low_m: Smallest corner of its bounds.
        high_m: Largest corner of its bounds.
        keypoints: Named points in the model's frame, metres.
    """

    low_m: Vector3
    high_m: Vector3
    keypoints: Mapping[str, Vector3]


# A mesh may have left the library's bounded cache while the renderer still holds it: these few numbers are kept so
# that labels never load it again.
_facts: WeakKeyDictionary[ModelSource, OrderedDict[str, ModelFacts]] = WeakKeyDictionary()


def model_facts(library: ModelSource, item: SceneObject) -> ModelFacts:
    """Return bounds and keypoints of what an object shows of its model, loading it at most once for each library.

    An object that is a part of another (its attribute `part` says so) has no keypoints: they are the other's.

    Raises:
        AssetError: The model is missing or broken.
    """
    kept = _facts.setdefault(library, OrderedDict())
    key = item.asset.key if item.shown_parts is None else f"{item.asset.key} {item.shown_parts}"
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    model = library.load_model(item.asset)
    shown = [part.positions_n3 for part in model.parts if len(part.positions_n3) and item.shows(part.name)]
    bounds = np.stack([np.min([p.min(axis=0) for p in shown], axis=0), np.max([p.max(axis=0) for p in shown], axis=0)])
    (x1, y1, z1), (x2, y2, z2) = bounds.astype(np.float64).tolist()
    facts = ModelFacts((x1, y1, z1), (x2, y2, z2), {} if PART in item.attributes else dict(model.keypoints))
    kept[key] = facts
    if len(kept) > _FACTS_KEPT:
        kept.popitem(last=False)
    return facts


def camera_pose(camera: Camera, item: SceneObject) -> Pose:
    """Return where an object's model stands in camera axes."""
    camera_from_world = camera.camera_from_world
    rotation = camera_from_world[:3, :3] @ rotation_from_quaternion(item.rotation_wxyz)
    position = transform_points(camera_from_world, [item.position_m])[0]
    return Pose(_triple(position), _quadruple(quaternion_from_rotation(rotation)), item.scale)


def oriented_box(camera: Camera, pose: Pose, facts: ModelFacts, motion: CameraMotion | None = None) -> OrientedBox:
    """Return the box around an object's mesh along the model's axes, and its corners in the picture.

    Corners go through the camera's lens; those that no pixel could show are None: behind the camera, beyond the largest
    angle of a fisheye, or beyond the radius where the distortion folds. With a `motion` (see `rolled_motion`) they lie
    where a rolling shutter shows them; the box itself is that of the scene's instant.
    """
    low, high, scale = np.array(facts.low_m), np.array(facts.high_m), np.array(pose.scale)
    rotation = rotation_from_quaternion(pose.rotation_wxyz)
    position = np.array(pose.position_m)
    centre = rotation @ ((low + high) / 2 * scale) + position
    size = (high - low) * np.abs(scale)
    corners = centre + (_CORNERS * size / 2) @ rotation.T
    return OrientedBox(_triple(centre), _triple(size), pose.rotation_wxyz, tuple(_project(camera, corners, motion)))


def locate_keypoints(
    camera: Camera,
    pose: Pose,
    facts: ModelFacts,
    instance_id: int,
    labels: LabelImages,
    motion: CameraMotion | None = None,
) -> tuple[Keypoint, ...]:
    """Return the model's keypoints in the picture, through the camera's lens.

    A point inside the picture is visible if, in the 3 x 3 pixels about it, some pixel shows this object and lies no
    more than 3 % of the object's diagonal before the point: so a point on the outline counts although its own pixel
    may show what is behind.

    Args:
        camera: The frame's camera.
        pose: The object's pose in camera axes.
        facts: The model's keypoints.
        instance_id: The object's id.
        labels: Ids and depth of the frame.
        motion: How the object moves while a rolling shutter reads the picture; None for a global one.
    """
    if not facts.keypoints:
        return ()
    scale = np.array(pose.scale)
    points = np.array(list(facts.keypoints.values())) * scale
    points = points @ rotation_from_quaternion(pose.rotation_wxyz).T + np.array(pose.position_m)
    diagonal = float(np.linalg.norm((np.array(facts.high_m) - np.array(facts.low_m)) * scale))
    depths = points[:, 2]
    # What the depth image holds at a point.
    measured = np.linalg.norm(points, axis=1) if depth_is_ray_length(camera) else depths
    found = []
    for index, (name, xy) in enumerate(zip(facts.keypoints, _project(camera, points, motion), strict=True)):
        visibility = _visibility(xy, float(measured[index]), diagonal * _KEYPOINT_TOLERANCE, instance_id, labels)
        found.append(Keypoint(name, xy, float(depths[index]), visibility))
    return tuple(found)


_CORNERS: Float = np.array([(x, y, z) for z, y, x in product((-1.0, 1.0), repeat=3)])


def _visibility(
    xy: tuple[float, float] | None, depth_m: float, tolerance_m: float, instance_id: int, labels: LabelImages
) -> Literal[0, 1, 2]:
    height, width = labels.id_hw.shape
    if xy is None or not (0 <= xy[0] < width and 0 <= xy[1] < height):
        return 0
    column, row = int(xy[0]), int(xy[1])
    window = slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2)
    seen = (labels.id_hw[window] == instance_id) & (labels.depth_m_hw[window] >= depth_m - tolerance_m)
    return 2 if seen.any() else 1


def _project(camera: Camera, points_n3: Float, motion: CameraMotion | None) -> list[tuple[float, float] | None]:
    pixels = np.round(roll_points(camera, motion, points_n3), _PIXEL_DIGITS)
    shown = np.isfinite(pixels[:, 0]).tolist()
    return [(x, y) if known else None for (x, y), known in zip(pixels.tolist(), shown, strict=True)]


def _triple(values: Float) -> Vector3:
    x, y, z = values.tolist()
    return x, y, z


def _quadruple(values: Float) -> tuple[float, float, float, float]:
    w, x, y, z = values.tolist()
    return w, x, y, z
