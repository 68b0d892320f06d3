"""Labels of an augmented picture: everything that the move of its pixels leaves known, and nothing else.

What holds for every figure:

* Visible masks, and masks of objects alone, are gathered by the same nearest samples as the id image; boxes, areas,
  centroids and visible fractions are counted on them anew. An object of which nothing is left becomes ``hidden`` and
  has no annotation any more.
* Where pixels move as a whole (crops, pads, flips, turns by 90 degrees), the amodal box moves along, and truncation is
  the share of the object's pixels on the source's canvas that the new picture does not show. After any other move
  both are not known: None.
* Pose and 3D box hold for a picture that is another window of the same image, whose principal point moves; after a
  flip, a turn or any other move no camera shows the scene like this: None.
* A keypoint is visible if it was, still lies in the picture, and its object is seen there. One that a bent picture does
  not show has no place.
* Levels of measured factors hold where no pixel moved; those of sampled factors and the weight are the source's.
* What air and lens let through is that of the source. Contrast and noise are measured in the new picture, and the label
  policy judges the new figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.new_picture import measured_anew
from synthvision.annotate.rle import InstanceMask, encode_id_image, encode_mask
from synthvision.augment.pipeline import Moved
from synthvision.augment.source_map import SourceMap
from synthvision.core.labels import BoxXyxy, InstanceLabel, Keypoint, label_to_json
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.augmentation import FrameAugmentation, Geometry
from synthvision.dataset.records import FrameRecord
from synthvision.scene import scene_to_json

__all__ = ["augmented_record", "geometry_of_move", "move_labels"]

Ids = NDArray[np.uint16]
# As everywhere in records: a thousandth of a pixel.
_PIXEL_DIGITS = 3


def geometry_of_move(source: SourceMap) -> Geometry:
    """Return what became of the geometry of one picture.

    Args:
        source: Where its pixels came from.
    """
    if source.is_identity:
        return "pixels"
    move = source.grid_move
    return "window" if move is not None and move.is_window else "warped"


def move_labels(
    instances: Sequence[InstanceLabel],
    moved: Moved,
    id_hw: Ids,
    policy: LabelPolicy,
) -> tuple[tuple[InstanceLabel, ...], float]:
    """Return the labels of an augmented picture and its noise.

    Args:
        instances: Labels of the source.
        moved: The picture, and where its pixels came from.
        id_hw: Id image of the new picture.
        policy: Which instances become annotations.
    """
    source = moved.source
    labels = list(instances)
    if not source.is_identity:
        masks = encode_id_image(id_hw)
        labels = [_moved_label(label, source, id_hw, masks.get(label.instance_id)) for label in labels]
    return measured_anew(labels, moved.rgb_hwc, id_hw, policy)


def augmented_record(
    record: FrameRecord,
    moved: Moved,
    instances: Sequence[InstanceLabel],
    noise: float,
    *,
    frame: int,
    variant: int,
) -> dict[str, Any]:
    """Return the record of an augmented frame as JSON values; the writer adds ``files``.

    Args:
        record: The source's.
        moved: The picture, and where its pixels came from.
        instances: From `move_labels`.
        noise: From `move_labels`.
        frame: Index of the new frame.
        variant: Which of several variants of the source frame.

    Raises:
        DatasetError: The picture is another window of its scene, and the scene was written by a version with another
            schema.
    """
    geometry = geometry_of_move(moved.source)
    scene = record.scene
    camera: dict[str, Any] | None = None
    if record.camera is not None and geometry != "warped":
        camera = {"k_33": record.camera.k_33, "camera_from_world": record.camera.camera_from_world}
    move = moved.source.grid_move
    if geometry == "window" and move is not None:
        shown = record.load_scene()
        centre = move.locate([shown.camera.centre_xy_px])[0].tolist()
        shown = replace(
            shown, camera=replace(shown.camera, size_wh=moved.source.size_wh, centre_xy_px=(centre[0], centre[1]))
        )
        scene = scene_to_json(shown)
        if camera is not None:
            camera["k_33"] = shown.camera.k_33.tolist()
    made_from = FrameAugmentation(record.frame, variant, geometry, moved.applied)
    return {
        "frame": frame,
        "size_wh": list(moved.source.size_wh),
        "camera": camera,
        "exposure_ev100": record.exposure_ev100,
        "noise": noise,
        "weather": record.weather_levels(),
        "augmentation": {name: getattr(made_from, name) for name in FrameAugmentation.__slots__},
        "instances": [label_to_json(label) for label in instances],
        "scene": scene,
        **({"factor_levels": record.factor_levels} if record.factor_levels else {}),
    }


def _moved_label(label: InstanceLabel, source: SourceMap, id_hw: Ids, mask: InstanceMask | None) -> InstanceLabel:
    area = 0 if mask is None else mask.area
    move, geometry = source.grid_move, geometry_of_move(source)
    alone = None
    if label.amodal_rle is not None:
        found = source.gather(decode_rle(label.amodal_rle), False)
        alone = found if found.any() else None
    asked = label.alone_pixels is not None
    alone_pixels = int(np.count_nonzero(alone)) if alone is not None else 0
    canvas = label.alone_pixels_canvas if move is not None else None
    box_3d = label.bbox_3d
    if box_3d is not None:
        box_3d = (
            replace(box_3d, corners_px=tuple(_located(source, box_3d.corners_px))) if geometry == "window" else None
        )
    return replace(
        label,
        visible_pixels=area,
        box_xyxy=None if mask is None else mask.box_xyxy,
        centroid_xy=None if mask is None else mask.centroid_xy,
        rle=None if mask is None else mask.rle,
        alone_pixels=alone_pixels if asked else None,
        alone_pixels_canvas=canvas,
        visible_fraction=(area / alone_pixels if alone_pixels else 0.0) if asked else None,
        truncation=1 - alone_pixels / canvas if asked and canvas else None,
        amodal_box_xyxy=_moved_box(source, label.amodal_box_xyxy),
        amodal_rle=None if alone is None else encode_mask(alone),
        contrast_transmittance=label.contrast_transmittance if area else 1.0,
        lens_transmittance=label.lens_transmittance if area else 1.0,
        pose=label.pose if geometry == "window" else None,
        bbox_3d=box_3d,
        keypoints=_moved_keypoints(label, source, id_hw),
        factor_levels={},
    )


def _moved_box(source: SourceMap, box_xyxy: BoxXyxy | None) -> BoxXyxy | None:
    if box_xyxy is None or source.grid_move is None:
        return None
    corners = np.rint(source.grid_move.locate([box_xyxy[:2], box_xyxy[2:]])).astype(int)
    (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return x1, y1, x2, y2


def _moved_keypoints(label: InstanceLabel, source: SourceMap, id_hw: Ids) -> tuple[Keypoint, ...]:
    if not label.keypoints:
        return ()
    height, width = id_hw.shape
    places = _located(source, [point.xy_px for point in label.keypoints])
    moved = []
    for point, xy in zip(label.keypoints, places, strict=True):
        if xy is None or not (0 <= xy[0] < width and 0 <= xy[1] < height):
            moved.append(replace(point, xy_px=xy, visibility=0))
            continue
        column, row = int(xy[0]), int(xy[1])
        near = id_hw[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        seen = point.visibility == 2 and bool((near == label.instance_id).any())
        moved.append(replace(point, xy_px=xy, visibility=2 if seen else 1))
    return tuple(moved)


def _located(source: SourceMap, places: Sequence[tuple[float, float] | None]) -> list[tuple[float, float] | None]:
    pixels = source.locate([(np.nan, np.nan) if place is None else place for place in places])
    rounded = np.round(pixels, _PIXEL_DIGITS)
    return [(float(x), float(y)) if np.isfinite(x) and np.isfinite(y) else None for x, y in rounded]
