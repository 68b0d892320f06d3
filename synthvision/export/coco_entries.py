"""Entries of COCO files from records: images, annotations, categories, info, licences. What they hold: see `coco`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from synthvision.annotate.polygons import mask_polygons
from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.core.labels import InstanceLabel, Rle
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.manifest import ClassEntry, Manifest
from synthvision.dataset.records import FrameRecord
from synthvision.export.keypoints import keypoint_numbers, skeleton_numbers
from synthvision.geometry.boxes import box_xywh

__all__ = [
    "CocoForm",
    "CocoLicences",
    "Segmentation",
    "coco_annotation",
    "coco_categories",
    "coco_image",
    "coco_info",
]

Segmentation = Literal["rle", "polygon"]


@dataclass(frozen=True, slots=True)
class CocoForm:
    """What decides how an annotation is written.

    Args:
        categories: Category id by class name.
        keypoints: Names of the keypoints of each class that has some, in the order of the written numbers.
        segmentation: Form of masks.
        amodal: Also write the masks of objects alone.
        tracks: Also write the number by which an object is followed through its scene.
    """

    categories: Mapping[str, int]
    keypoints: Mapping[str, tuple[str, ...]]
    segmentation: Segmentation
    amodal: bool
    tracks: bool = False


def coco_image(record: FrameRecord, licences: list[int]) -> dict[str, Any]:
    """Return the entry of one frame under ``images``.

    Args:
        record: The frame.
        licences: Ids of the licences of the assets that it shows; ``license`` is written where there is just one.

    Raises:
        DatasetError: The record names no picture, or has neither weather nor a scene that this version reads.
    """
    file = record.files.get("image")
    if file is None:
        raise DatasetError(f"the record of frame {record.frame} must name its picture")
    width, height = record.size_wh
    image = {
        "id": record.frame + 1,
        "file_name": file.path.removeprefix("images/"),
        "width": width,
        "height": height,
        "licenses": licences,
        "weather": record.weather_levels(),
        "factor_levels": record.factor_levels,
        "weight": record.weight,
    }
    if len(licences) == 1:
        image["license"] = licences[0]
    return image


def coco_annotation(label: InstanceLabel, frame: int, number: int, form: CocoForm) -> dict[str, Any]:
    """Return the entry of one instance under ``annotations``.

    Args:
        label: A labelled or ignored instance.
        frame: Frame index.
        number: Annotation id.
        form: How it is written.

    Raises:
        DatasetError: The instance has no pixel, or a class that the manifest does not name.
    """
    if label.rle is None or label.box_xyxy is None or label.category is None:
        raise DatasetError(f"frame {frame}, {label.name}: a labelled instance must have a class and a visible pixel")
    if label.category not in form.categories:
        raise DatasetError(f"frame {frame}, {label.name}: class {label.category!r} must stand in the manifest")
    ignored = label.status == "ignored"
    annotation: dict[str, Any] = {
        "id": number,
        "image_id": frame + 1,
        "category_id": form.categories[label.category],
        "bbox": list(box_xywh(label.box_xyxy)),
        "area": label.visible_pixels,
        "iscrowd": int(ignored),
        "segmentation": _segmentation(label.rle, "rle" if ignored else form.segmentation),
        "instance_id": label.instance_id,
        "name": label.name,
        "visible_fraction": label.visible_fraction,
        "truncation": label.truncation,
        "amodal_bbox": None if label.amodal_box_xyxy is None else list(box_xywh(label.amodal_box_xyxy)),
        "contrast_transmittance": label.contrast_transmittance,
        "lens_transmittance": label.lens_transmittance,
        "apparent_contrast": label.apparent_contrast,
        "bbox_3d": None,
        "pose": None,
    }
    if label.bbox_3d is not None:
        annotation["bbox_3d"] = {
            "centre_m": label.bbox_3d.centre_m,
            "size_m": label.bbox_3d.size_m,
            "rotation_wxyz": label.bbox_3d.rotation_wxyz,
            "corners_px": label.bbox_3d.corners_px,
        }
    if label.pose is not None:
        annotation["pose"] = {
            "position_m": label.pose.position_m,
            "rotation_wxyz": label.pose.rotation_wxyz,
            "scale": label.pose.scale,
        }
    if form.tracks and label.track_id is not None:
        annotation["track_id"] = label.track_id
    if ignored:
        annotation["ignore"] = 1
    if label.attributes:
        annotation["attributes"] = dict(label.attributes)
    if label.factor_levels:
        annotation["factor_levels"] = dict(label.factor_levels)
    if form.amodal and label.amodal_rle is not None:
        annotation["amodal_segmentation"] = _segmentation(label.amodal_rle, form.segmentation)
    names = form.keypoints.get(label.category)
    if names:
        annotation["keypoints"] = keypoint_numbers(names, label.keypoints)
        annotation["num_keypoints"] = sum(point.visibility > 0 for point in label.keypoints)
    return annotation


def _segmentation(rle: Rle, form: Segmentation) -> dict[str, Any] | list[list[int]]:
    if form == "rle":
        return {"size": list(rle.size), "counts": rle.counts}
    return mask_polygons(decode_rle(rle))


def coco_categories(classes: Sequence[ClassEntry], form: CocoForm) -> list[dict[str, Any]]:
    """Return what stands under ``categories``; ids count from 1."""
    entries = []
    for number, entry in enumerate(classes, start=1):
        category: dict[str, Any] = {"id": number, "name": entry.name, "supercategory": entry.supercategory}
        if entry.name in form.keypoints:
            category["keypoints"] = list(form.keypoints[entry.name])
            category["skeleton"] = skeleton_numbers(form.keypoints[entry.name], entry.skeleton)
        entries.append(category)
    return entries


def coco_info(manifest: Manifest) -> dict[str, Any]:
    """Return what stands under ``info``: name, seed and hash of the job; no clock."""
    return {
        "description": manifest.name,
        "version": str(manifest.schema_version),
        "url": "",
        "contributor": manifest.generator,
        "seed": manifest.seed,
        "config_hash": manifest.config_hash,
    }


class CocoLicences:
    """Ids of the licences that the manifest names, by licence and by asset."""

    def __init__(self, manifest: Manifest) -> None:
        numbers = {name: number for number, name in enumerate(manifest.licences, start=1)}
        self.entries = [{"id": number, "name": name, "url": ""} for name, number in numbers.items()]
        self._of_asset = {
            (entry.pack, entry.name): numbers[entry.licence] for entry in manifest.assets if entry.licence
        }

        self._of_text = {
            (canonical_json(name).encode(), canonical_json(pack).encode()): number
            for (pack, name), number in self._of_asset.items()
        }

    def of_text(self, names: Iterable[tuple[bytes, bytes]]) -> list[int]:
        """Return the ids of the licences of some assets, ascending, from name and pack of each as JSON text."""
        found = {self._of_text.get(name) for name in names}
        return sorted(number for number in found if number is not None)

    def of_scene(self, scene: Mapping[str, Any]) -> list[int]:
        """Return the ids of the licences of all assets of a scene, ascending."""
        found = {self._of_asset.get((asset["pack"], asset["name"])) for asset in _assets_of(scene)}
        return sorted(number for number in found if number is not None)


def _assets_of(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield everything in a scene's JSON that has the form of an asset reference."""
    if isinstance(value, Mapping):
        if value.keys() == {"pack", "name", "params"}:
            yield value
            return
        for item in value.values():
            yield from _assets_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from _assets_of(item)
