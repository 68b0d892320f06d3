"""COCO: ``annotations/instances.json`` from the records, in one pass and constant memory.

Ids of images, annotations and categories start at 1 (pycocotools takes annotation 0 for a miss); image id = frame + 1;
annotation ids count up in frame order; images without objects are listed. ``iscrowd`` is 0 also for objects in
several parts or with holes. An instance that the label policy ignores has ``iscrowd: 1`` with run lengths, which is
what pycocotools skips, and ``ignore: 1`` for readers that know it. There is no clock in the file, and no licence but
those that the manifest names.

Beside COCO's own fields an annotation has: ``instance_id`` and ``name`` (of the scene's object), ``visible_fraction``,
``truncation``, ``amodal_bbox`` (not clipped to the picture), ``contrast_transmittance``, ``lens_transmittance``,
``apparent_contrast``, ``bbox_3d``, ``pose``, ``attributes`` where there are any, ``keypoints`` and ``num_keypoints``
where the model has some, and on request ``amodal_segmentation``. Data sets of sequences have videos and tracks (see
`synthvision.export.coco_videos`). ``pose`` and ``bbox_3d`` are null where the picture
was warped after it was made. An image has ``weather``: the levels of `synthvision.scene.levels.weather_levels`,
``factor_levels``: the level of each sampled factor of the scene file, and ``weight``: its importance weight, 1 unless
levels were boosted. An annotation has ``factor_levels``: those of measured factors, where there are any.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any, Literal

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.polygons import mask_polygons
from synthvision.annotate.rle import decode_rle
from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.core.labels import InstanceLabel, Keypoint, Rle
from synthvision.dataset.atomic import atomic_file
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import Manifest
from synthvision.dataset.reader import Dataset
from synthvision.dataset.records import FrameRecord, parse_record
from synthvision.export.coco_videos import CocoVideos
from synthvision.geometry.boxes import box_xywh

__all__ = ["CocoExporter", "coco_annotation", "coco_image"]

Segmentation = Literal["rle", "polygon"]


class CocoExporter:
    """Writes ``annotations/instances.json``.

    Args:
        segmentation: Form of masks; None for what the job says. Polygons have a cut to each hole (see
            `synthvision.annotate.polygons`); ignored instances are always run lengths.
        amodal_segmentation: Also write the mask of each object alone; None for what the job says.
    """

    def __init__(self, segmentation: Segmentation | None = None, amodal_segmentation: bool | None = None) -> None:
        self._segmentation = segmentation
        self._amodal = amodal_segmentation

    def export(self, dataset: Dataset, out: Path) -> Path:
        """Write the file and return its path.

        Raises:
            DatasetError: A record is broken, or the file cannot be written.
        """
        manifest = dataset.manifest
        policy = LabelPolicy.model_validate(manifest.config.get("labels", {}))
        form = _Form(
            categories={name: number for number, name in enumerate(manifest.class_names, start=1)},
            keypoints=_keypoint_names(dataset),
            segmentation=self._segmentation or policy.segmentation,
            amodal=policy.amodal_segmentation if self._amodal is None else self._amodal,
            tracks=(videos := CocoVideos(manifest)).is_sequence,
        )
        licences = _Licences(manifest)
        path = DatasetLayout(out).coco
        # Keys are sorted, so annotations come before images: the images wait in a file of their own, not in memory.
        with (
            atomic_file(path) as stream,
            tempfile.TemporaryFile(dir=path.parent) as images,
            tempfile.TemporaryFile(dir=path.parent) as listed,
        ):
            stream.write(b'{"annotations":[')
            number = 0
            for index, record in enumerate(dataset.records()):
                image = coco_image(record, licences.of_scene(record.scene)) | videos.of_image(record)
                _write_line(images, image, first=index == 0)
                for entry in videos.new_entries(record):
                    _write_line(listed, entry, first=listed.tell() == 0)
                for label in record.instances:
                    if label.status in ("labelled", "ignored"):
                        number += 1
                        _write_line(stream, coco_annotation(label, record.frame, number, form), first=number == 1)
            stream.write(b'\n],\n"categories":')
            stream.write(canonical_json(_categories(manifest, form)).encode())
            stream.write(b',\n"images":[')
            images.seek(0)
            copyfileobj(images, stream)
            stream.write(b'\n],\n"info":')
            stream.write(canonical_json(_info(manifest)).encode())
            stream.write(b',\n"licenses":')
            stream.write(canonical_json(licences.entries).encode())
            if videos.is_sequence:
                stream.write(b',\n"videos":[')
                listed.seek(0)
                copyfileobj(listed, stream)
                stream.write(b"\n]")
            stream.write(b"}\n")
        return path


@dataclass(frozen=True, slots=True)
class _Form:
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


def coco_annotation(label: InstanceLabel, frame: int, number: int, form: _Form) -> dict[str, Any]:
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
        annotation["keypoints"] = _keypoint_numbers(names, label.keypoints)
        annotation["num_keypoints"] = sum(point.visibility > 0 for point in label.keypoints)
    return annotation


def _segmentation(rle: Rle, form: Segmentation) -> dict[str, Any] | list[list[int]]:
    if form == "rle":
        return {"size": list(rle.size), "counts": rle.counts}
    return mask_polygons(decode_rle(rle))


def _keypoint_numbers(names: tuple[str, ...], points: tuple[Keypoint, ...]) -> list[float]:
    found = {point.name: point for point in points}
    numbers: list[float] = []
    for name in names:
        point = found.get(name)
        if point is None or point.xy_px is None or point.visibility == 0:
            numbers += [0, 0, 0]
        else:
            numbers += [*point.xy_px, point.visibility]
    return numbers


def _keypoint_names(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Return the keypoints of each class, in the order in which records first name them."""
    names: dict[str, dict[str, None]] = {}
    for _, line in dataset.lines():
        # Few data sets have keypoints, and parsing every record twice would double the time for the others.
        if b'"keypoints":[{' not in line:
            continue
        for label in parse_record(line).instances:
            if label.category is not None and label.keypoints:
                names.setdefault(label.category, {}).update(dict.fromkeys(point.name for point in label.keypoints))
    return {category: tuple(found) for category, found in names.items()}


def _categories(manifest: Manifest, form: _Form) -> list[dict[str, Any]]:
    entries = []
    for number, entry in enumerate(manifest.classes, start=1):
        category: dict[str, Any] = {"id": number, "name": entry.name, "supercategory": entry.supercategory}
        if entry.name in form.keypoints:
            category["keypoints"] = list(form.keypoints[entry.name])
            category["skeleton"] = []
        entries.append(category)
    return entries


def _info(manifest: Manifest) -> dict[str, Any]:
    return {
        "description": manifest.name,
        "version": str(manifest.schema_version),
        "url": "",
        "contributor": manifest.generator,
        "seed": manifest.seed,
        "config_hash": manifest.config_hash,
    }


def _write_line(stream: IO[bytes], entry: Mapping[str, Any], *, first: bool) -> None:
    stream.write((("\n" if first else ",\n") + canonical_json(entry)).encode())


class _Licences:
    """Ids of the licences that the manifest names, by licence and by asset."""

    def __init__(self, manifest: Manifest) -> None:
        numbers = {name: number for number, name in enumerate(manifest.licences, start=1)}
        self.entries = [{"id": number, "name": name, "url": ""} for name, number in numbers.items()]
        self._of_asset = {
            (entry.pack, entry.name): numbers[entry.licence] for entry in manifest.assets if entry.licence
        }

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
