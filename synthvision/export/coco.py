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

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset
from synthvision.dataset.records import FrameRecord
from synthvision.export.coco_entries import (
    CocoForm,
    CocoLicences,
    Segmentation,
    coco_annotation,
    coco_categories,
    coco_image,
    coco_info,
)
from synthvision.export.coco_file import CocoFile
from synthvision.export.coco_text import CocoText
from synthvision.export.coco_videos import CocoVideos
from synthvision.export.exporter import ExportOptions
from synthvision.export.keypoints import keypoint_names
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file

__all__ = [
    "CocoExporter",
    "CocoForm",
    "CocoLicences",
    "Segmentation",
    "coco_annotation",
    "coco_categories",
    "coco_image",
    "coco_info",
]


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
            if inside:
                _add_lines(dataset, files, parts, licences)
            else:
                for part, frame in parts.frames_of(dataset):
                    files[part].add_frame(frame.record, licences)
                    source = frame.path("image")
                    place_file(source, out / "images" / source.relative_to(source.parents[1]))
            for file in files.values():
                file.finish_part(licences)
        return next(iter(paths.values())) if len(paths) == 1 else layout.coco.parent


def _add_lines(dataset: Dataset, files: Mapping[str, _Instances], parts: Parts, licences: CocoLicences) -> None:
    """Add every frame from the text of its record: a run of many frames ends with this, and waits for it."""
    for index, line in dataset.lines():
        part = parts.of(index)
        if part is not None:
            try:
                files[part].add_text(CocoText(line), licences)
            except DatasetError as error:
                raise DatasetError(f"{dataset.layout.records}: frame {index}: {error}") from error


class _Instances(CocoFile):
    """The COCO file of one part; ids of annotations count from 1 in each."""

    def __init__(self, path: Path, manifest: Manifest, form: CocoForm) -> None:
        super().__init__(path, ("annotations", "images", "videos") if form.tracks else ("annotations", "images"))
        self._manifest = manifest
        self._form = form
        self._videos = CocoVideos(manifest)

    def add_frame(self, record: FrameRecord, licences: CocoLicences) -> None:
        """Add one frame with its labelled and ignored instances."""
        self._add_image(record, licences.of_scene(record.scene))
        for label in record.instances:
            if label.status in ("labelled", "ignored"):
                number = self.count("annotations") + 1
                self.add("annotations", coco_annotation(label, record.frame, number, self._form))

    def add_text(self, text: CocoText, licences: CocoLicences) -> None:
        """Add one frame as `add_frame` does, from the text of its record."""
        self._add_image(text.head, licences.of_text(text.asset_names()))
        for entry in text.annotations(self._form, self.count("annotations") + 1):
            self.add_text_of("annotations", entry)

    def _add_image(self, record: FrameRecord, licences: list[int]) -> None:
        self.add("images", coco_image(record, licences) | self._videos.of_image(record))
        for entry in self._videos.new_entries(record):
            self.add("videos", entry)

    def finish_part(self, licences: CocoLicences) -> None:
        """Write categories, info and licences."""
        self.finish(
            {
                "categories": coco_categories(self._manifest.classes, self._form),
                "info": coco_info(self._manifest),
                "licenses": licences.entries,
            }
        )
