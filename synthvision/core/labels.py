"""What is known about one instance of one frame: the label types that stages and records share.

Everything is frozen and made of numbers, strings and tuples, so that it survives JSON exactly. Boxes are half-open
pixel boxes (x1, y1, x2, y2) with the origin at the top left; masks are run lengths as COCO writes them; poses are in
camera axes (OpenCV: x right, y down, z forward) and metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["BoxXyxy", "InstanceLabel", "Keypoint", "OrientedBox", "Pose", "Rle", "Role", "Status", "label_to_json"]

BoxXyxy = tuple[int, int, int, int]
Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Role = Literal["thing", "stuff", "distractor", "background"]
Status = Literal["labelled", "ignored", "dropped", "hidden", "unlabelled"]


@dataclass(frozen=True, slots=True)
class Rle:
    """A mask as COCO's compressed run lengths, column by column; the field names are COCO's.

    Args:
        size: Height and width of the picture.
        counts: The compressed run lengths.
    """

    size: tuple[int, int]
    counts: str


@dataclass(frozen=True, slots=True)
class Pose:
    """Where an object's model stands, in camera axes (camera_from_object without the scale).

    Args:
        position_m: The model's origin.
        rotation_wxyz: Camera from model, unit quaternion, w >= 0.
        scale: Multiplies the model's coordinates before rotation.
    """

    position_m: Vector3
    rotation_wxyz: Quaternion
    scale: Vector3


@dataclass(frozen=True, slots=True)
class OrientedBox:
    """The box around an object's mesh along the model's own axes, in camera axes.

    Args:
        centre_m: Centre of the box.
        size_m: Full side lengths along the model's x, y and z.
        rotation_wxyz: Camera from box, unit quaternion, w >= 0.
        corners_px: The eight corners in the picture, x changing fastest and z slowest, each from low to high; None
            for a corner that no pixel could show: behind the camera, or beyond what its lens lets in.
    """

    centre_m: Vector3
    size_m: Vector3
    rotation_wxyz: Quaternion
    corners_px: tuple[tuple[float, float] | None, ...]


@dataclass(frozen=True, slots=True)
class Keypoint:
    """A named point of the model in the picture.

    Args:
        name: Its name in the model.
        xy_px: Where it falls, also outside the picture; None where no pixel could show it: behind the camera, or beyond
            what its lens lets in.
        depth_m: Along the camera's z axis, whatever the lens.
        visibility: COCO's: 2 visible, 1 inside the picture but hidden, 0 outside the picture.
    """

    name: str
    xy_px: tuple[float, float] | None
    depth_m: float
    visibility: Literal[0, 1, 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceLabel:
    """Everything that is known about one object of one frame, labelled or not.

    Args:
        instance_id: Its value in the id image.
        name: Its name in the scene, e.g. ``bottles/2``.
        role: As in the scene.
        category: Class name, or None where the object is no target.
        status: ``labelled``; ``ignored`` and ``dropped`` by the label policy; ``hidden``: a target without a visible
            pixel; ``unlabelled``: not a target (distractor, background, no class).
        reasons: Which rules of the label policy it misses, one sentence each; also where the policy keeps it.
        visible_pixels: Area of the visible mask.
        box_xyxy: Tight box of the visible mask, None without a visible pixel.
        centroid_xy: Mean pixel centre of the visible mask, None without a visible pixel.
        rle: The visible mask, None without a visible pixel.
        alone_pixels: Pixels of the object alone inside the picture; None where the renderer was not asked.
        alone_pixels_canvas: The same on a canvas three times the picture about its centre.
        visible_fraction: `visible_pixels` / `alone_pixels`; 0 where there is neither; None where not asked.
        truncation: Share of the object's alone-pixels outside the picture, 0..1; None where not asked, or where it
            covers no pixel of the canvas.
        amodal_box_xyxy: Box of the object alone, not clipped to the picture.
        amodal_rle: Mask of the object alone, clipped to the picture; None without a pixel in it.
        contrast_transmittance: Mean over visible pixels of the light the air lets through, 0..1; 1 in clear air.
        lens_transmittance: The same for dirt on the lens.
        apparent_contrast: Distance between the mean colours inside the mask and in a ring of 5 px around it, over
            the noise of the picture; None without a visible pixel or without a ring.
        pose: Where it stands; None where the picture was warped after it was made, so that no camera shows it.
        bbox_3d: The oriented box around it; None as for `pose`.
        keypoints: Named points, empty where the model has none.
        attributes: Facts from the scene, e.g. ``{"top_face": "5"}``.
        track_id: Number of the object in all pictures of its scene, unlike every other object of the data set; None in
            records of before it was kept.
        factor_levels: Level of each measured factor of the scene file that speaks of it.
    """

    instance_id: int
    name: str
    role: Role
    category: str | None
    status: Status
    reasons: tuple[str, ...] = ()
    visible_pixels: int
    box_xyxy: BoxXyxy | None
    centroid_xy: tuple[float, float] | None
    rle: Rle | None
    alone_pixels: int | None
    alone_pixels_canvas: int | None
    visible_fraction: float | None
    truncation: float | None
    amodal_box_xyxy: BoxXyxy | None
    amodal_rle: Rle | None
    contrast_transmittance: float
    lens_transmittance: float
    apparent_contrast: float | None
    pose: Pose | None
    bbox_3d: OrientedBox | None
    keypoints: tuple[Keypoint, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    track_id: int | None = None
    factor_levels: Mapping[str, str] = field(default_factory=dict)


def label_to_json(label: InstanceLabel) -> dict[str, Any]:
    """Return a label as JSON values; tuples stay tuples, which JSON writes as lists.

    Written out by hand because it runs for every instance of every frame: `dataclasses.asdict` copies deeply and
    takes ten times as long.
    """
    data = {name: getattr(label, name) for name in _PLAIN}
    data["rle"] = _rle_to_json(label.rle)
    data["amodal_rle"] = _rle_to_json(label.amodal_rle)
    pose, box = label.pose, label.bbox_3d
    data["pose"] = None if pose is None else {name: getattr(pose, name) for name in Pose.__slots__}
    data["bbox_3d"] = None if box is None else {name: getattr(box, name) for name in OrientedBox.__slots__}
    data["keypoints"] = [{name: getattr(point, name) for name in Keypoint.__slots__} for point in label.keypoints]
    data["attributes"] = dict(label.attributes)
    if label.factor_levels:
        data["factor_levels"] = dict(label.factor_levels)
    return data


_PLAIN = tuple(
    name
    for name in InstanceLabel.__slots__
    if name not in ("rle", "amodal_rle", "pose", "bbox_3d", "keypoints", "attributes", "factor_levels")
)


def _rle_to_json(rle: Rle | None) -> dict[str, Any] | None:
    return None if rle is None else {"size": rle.size, "counts": rle.counts}
