"""COCO: ``annotations/instances.json`` from the records, in one pass and constant memory.

Written into the data set itself it is that one file. Written elsewhere it is ``images/`` with the pictures and
``annotations/instances_<part>.json`` for each part; ``file_name`` is relative to ``images/`` either way.

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

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.polygons import mask_polygons
from synthvision.annotate.rle import decode_rle
from synthvision.core.errors import DatasetError
from synthvision.core.labels import InstanceLabel, Rle
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import ClassEntry, LayerName, Manifest
from synthvision.dataset.reader import Dataset
from synthvision.dataset.records import FrameRecord
from synthvision.export.coco_file import CocoFile
from synthvision.export.coco_videos import CocoVideos
from synthvision.export.exporter import ExportOptions
from synthvision.export.keypoints import keypoint_names, keypoint_numbers
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file
from synthvision.geometry.boxes import box_xywh

__all__ = ["CocoExporter", "CocoForm", "CocoLicences", "coco_annotation", "coco_categories", "coco_image", "coco_info"]

Segmentation = Literal["rle", "polygon"]


class CocoOptions(ExportOptions):
    """How COCO files are written."""

    segmentation: Segmentation | None = Field(
        default=None,
        description="Form of masks, rle or polygon; as the job says where left out. Polygons have a cut to each hole; "
        "ignored instances are always run lengths.",
    )
    amodal_segmentation: bool | None = Field(
        default=None, description="Also write the mask of each object alone; as the job says where left out."
    )


class CocoExporter:
    """Writes ``annotations/instances.json`` into the data set, or a COCO data set of its own elsewhere.

    What the label policy ignores has ``iscrowd: 1`` and ``ignore: 1``. Left out are the images beside the pictures,
    the scenes, and everything without a label: what is dropped, hidden or no target.

    Args:
        options: See `CocoOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = CocoOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(CocoOptions, options, "coco")

    def export(self, dataset: Dataset, out: Path, parts: Parts | None = None) -> Path:
        """Write the labels, and the pictures where `out` is not the data set.

        Args:
            dataset: What to read.
            out: The data set's own folder, or a new one.
            parts: Which frames go into which part; None for all in one, which is what data sets themselves have.

        Returns:
            The file, or the folder of the files where there are several parts.

        Raises:
            DatasetError: A record is broken, a picture is missing, or a file cannot be written.
        """
        parts = parts or Parts.whole()
        manifest = dataset.manifest
        policy = LabelPolicy.model_validate(manifest.config.get("labels", {}))
        amodal = self._options.amodal_segmentation
        form = CocoForm(
            categories={name: number for number, name in enumerate(manifest.class_names, start=1)},
            keypoints=keypoint_names(dataset),
            segmentation=self._options.segmentation or policy.segmentation,
            amodal=policy.amodal_segmentation if amodal is None else amodal,
            tracks=CocoVideos(manifest).is_sequence,
        )
        licences = CocoLicences(manifest)
        layout = DatasetLayout(out)
        inside = out.resolve() == dataset.root.resolve()
        whole = inside and parts.frames is None
        paths = {
            name: layout.coco if whole else layout.coco.with_name(f"instances_{name}.json") for name in parts.names
        }
        with ExitStack() as stack:
            files = {name: stack.enter_context(_Instances(path, manifest, form)) for name, path in paths.items()}
            for part, frame in parts.frames_of(dataset):
                files[part].add_frame(frame.record, licences)
                if not inside:
                    source = frame.path("image")
                    place_file(source, out / "images" / source.relative_to(source.parents[1]))
            for file in files.values():
                file.finish_part(licences)
        return next(iter(paths.values())) if len(paths) == 1 else layout.coco.parent


class _Instances(CocoFile):
    """The COCO file of one part; ids of annotations count from 1 in each."""

    def __init__(self, path: Path, manifest: Manifest, form: CocoForm) -> None:
        super().__init__(path, ("annotations", "images", "videos") if form.tracks else ("annotations", "images"))
        self._manifest = manifest
        self._form = form
        self._videos = CocoVideos(manifest)

    def add_frame(self, record: FrameRecord, licences: CocoLicences) -> None:
        """Add one frame with its labelled and ignored instances."""
        self.add("images", coco_image(record, licences.of_scene(record.scene)) | self._videos.of_image(record))
        for entry in self._videos.new_entries(record):
            self.add("videos", entry)
        for label in record.instances:
            if label.status in ("labelled", "ignored"):
                number = self.count("annotations") + 1
                self.add("annotations", coco_annotation(label, record.frame, number, self._form))

    def finish_part(self, licences: CocoLicences) -> None:
        """Write categories, info and licences."""
        self.finish(
            {
                "categories": coco_categories(self._manifest.classes, self._form),
                "info": coco_info(self._manifest),
                "licenses": licences.entries,
            }
        )


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
            category["skeleton"] = []
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
