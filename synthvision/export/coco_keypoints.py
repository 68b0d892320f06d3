"""COCO keypoints: ``annotations/keypoints_<part>.json`` in the form of COCO's ``person_keypoints`` files.

Only classes with keypoints are in it, with category ids of their own, from 1 and without gaps. A keypoint outside the
picture is written 0, 0, 0, as COCO has it. ``skeleton`` says which points are joined, as the catalogue has it. The
deviations (sigmas) with which COCO weighs the 17 keypoints of persons do not fit other points: an evaluation has to set
``params.kpt_oks_sigmas``, one for each point of a class, and to look at one class at a time.

What the files cannot hold: classes without keypoints; where points outside the picture are.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.reader import Dataset
from synthvision.export.coco import (
    CocoForm,
    CocoLicences,
    Segmentation,
    coco_annotation,
    coco_categories,
    coco_image,
    coco_info,
)
from synthvision.export.coco_file import CocoFile
from synthvision.export.exporter import ExportOptions
from synthvision.export.keypoints import keypoint_names
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file

__all__ = ["CocoKeypointsExporter"]


class KeypointsOptions(ExportOptions):
    """How COCO keypoint files are written."""

    segmentation: Segmentation | None = Field(
        default=None, description="Form of masks, rle or polygon; as the job says where left out."
    )


class CocoKeypointsExporter:
    """Writes COCO keypoint files.

    What the label policy ignores has ``iscrowd: 1`` and ``ignore: 1``, with its keypoints. See the module for what is
    lost.

    Args:
        options: See `KeypointsOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = KeypointsOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(KeypointsOptions, options, "keypoints")
        self._notes = Notes()

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be held, one sentence each."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the files and return the JSON file, or the folder of the files where there are several parts.

        Raises:
            DatasetError: Nothing has keypoints, a record is broken, a picture is missing, or a file cannot be written.
        """
        self._notes = Notes()
        manifest = dataset.manifest
        found = keypoint_names(dataset)
        classes = [entry for entry in manifest.classes if entry.name in found]
        if not classes:
            raise DatasetError(
                f"keypoints need objects that have some, but no object of a class of {dataset.root} has any: they come "
                "from models whose catalogue entry names them"
            )
        policy = LabelPolicy.model_validate(manifest.config.get("labels", {}))
        form = CocoForm(
            categories={entry.name: number for number, entry in enumerate(classes, start=1)},
            keypoints=found,
            segmentation=self._options.segmentation or policy.segmentation,
            amodal=False,
        )
        licences = CocoLicences(manifest)
        folder = out / "annotations"
        with ExitStack() as stack:
            files = {name: stack.enter_context(CocoFile(folder / f"keypoints_{name}.json")) for name in parts.names}
            for part, frame in parts.frames_of(dataset):
                file, record = files[part], frame.record
                file.add("images", coco_image(record, licences.of_scene(record.scene)))
                for label in frame.labels("labelled", "ignored"):
                    if label.category not in form.categories:
                        self._notes.count(f"instances of class {label.category!r} left out, which has no keypoints")
                        continue
                    number = file.count("annotations") + 1
                    file.add("annotations", coco_annotation(label, record.frame, number, form))
                source = frame.path("image")
                place_file(source, out / "images" / source.relative_to(source.parents[1]))
            rest = {
                "categories": coco_categories(classes, form),
                "info": coco_info(manifest),
                "licenses": licences.entries,
            }
            for written in files.values():
                written.finish(rest)
        return folder / f"keypoints_{parts.names[0]}.json" if len(parts.names) == 1 else folder
