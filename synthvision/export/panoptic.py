"""COCO panoptic: every pixel of a picture in one segment or in none.

``annotations/panoptic_<part>.json`` lists the segments of each picture, ``annotations/panoptic_<part>/`` has a PNG for
each, where a pixel's segment is R + 256 G + 256^2 B (https://cocodataset.org/#format-data, panoptic), ``images/`` the
pictures. Ids of segments are instance ids of the data set, unique in a picture.

Masks come from the records, so that no id images are needed. A *thing* has a segment of its own. *Stuff* (role
``stuff`` in the scene) has one segment a class and picture. Ground, walls and sky have segments only where the scene
gives them that role and the job a class that matches them; everything else is 0, which the panoptic quality skips, as
do distractors.

What the files cannot hold: overlapping masks (amodal ones), shares, poses, keypoints, weather.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.core.labels import InstanceLabel
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import write_bytes
from synthvision.dataset.layout import frame_stem
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.export.coco import CocoLicences, coco_image, coco_info
from synthvision.export.coco_file import CocoFile
from synthvision.export.exporter import ExportOptions
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file
from synthvision.export.voc import voc_palette
from synthvision.geometry.boxes import box_xywh, tight_box

__all__ = ["PanopticExporter"]


class PanopticOptions(ExportOptions):
    """There is nothing to choose."""


class PanopticExporter:
    """Writes COCO panoptic files.

    What the label policy ignores is a segment with ``iscrowd`` 1, one a class and picture, since the panoptic quality
    knows no more than one; ignored stuff is 0. See the module for what is lost.

    Args:
        options: See `PanopticOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = PanopticOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        build_options(PanopticOptions, options, "panoptic")
        self._notes = Notes()

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be held, one sentence each."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the files and return the JSON file, or the folder of the files where there are several parts.

        Raises:
            DatasetError: A record is broken, masks overlap, a class is thing and stuff, a picture is missing, or a file
                cannot be written.
        """
        self._notes = Notes()
        manifest = dataset.manifest
        licences = CocoLicences(manifest)
        numbers = {name: number for number, name in enumerate(manifest.class_names, start=1)}
        roles: dict[str, str] = {}
        folder = out / "annotations"
        with ExitStack() as stack:
            files = {name: stack.enter_context(CocoFile(folder / f"panoptic_{name}.json")) for name in parts.names}
            for part, frame in parts.frames_of(dataset):
                record = frame.record
                files[part].add("images", coco_image(record, licences.of_scene(record.scene)))
                segments = self._write_segments(frame, folder / f"panoptic_{part}", numbers, roles)
                name = f"{frame_stem(frame.index)}.png"
                entry = {"image_id": frame.index + 1, "file_name": name, "segments_info": segments}
                files[part].add("annotations", entry)
                source = frame.path("image")
                place_file(source, out / "images" / source.relative_to(source.parents[1]))
            rest = {
                "categories": _categories(manifest, roles),
                "info": coco_info(manifest),
                "licenses": licences.entries,
            }
            for file in files.values():
                file.finish(rest)
        if not any(role == "stuff" for role in roles.values()):
            self._notes.say("no stuff: no object with the role stuff has a class, so that the background is 0")
        return folder / f"panoptic_{parts.names[0]}.json" if len(parts.names) == 1 else folder

    def _write_segments(
        self, frame: DatasetFrame, folder: Path, numbers: Mapping[str, int], roles: dict[str, str]
    ) -> list[dict[str, Any]]:
        """Write the PNG of one picture and return its segments, by ascending id."""
        width, height = frame.record.size_wh
        segment_hw = np.zeros((height, width), np.uint32)
        entries: dict[int, dict[str, Any]] = {}
        # Segments that several instances share: stuff, and what is ignored, by class.
        shared: dict[tuple[str, bool], int] = {}
        for label in frame.labels("labelled", "ignored"):
            self._check(frame.index, label, numbers, roles)
            assert label.rle is not None
            assert label.category is not None
            crowd = label.status == "ignored"
            if crowd and label.role == "stuff":
                self._notes.count("ignored instances of stuff left without a segment")
                continue
            number = label.instance_id
            if crowd or label.role == "stuff":
                if (label.category, crowd) in shared:
                    self._notes.count("ignored or stuff instances that share a segment with another one of their class")
                number = shared.setdefault((label.category, crowd), number)
            mask = decode_rle(label.rle)
            if segment_hw[mask].any():
                raise DatasetError(
                    f"frame {frame.index}, {label.name}: masks must not overlap; run synthvision validate"
                )
            segment_hw[mask] = number
            entries[number] = {"id": number, "category_id": numbers[label.category], "iscrowd": int(crowd)}
        for number, entry in entries.items():
            mask = segment_hw == number
            box = tight_box(mask)
            assert box is not None
            entry["area"] = int(mask.sum())
            entry["bbox"] = list(box_xywh(box))
        _write_ids(segment_hw, folder / f"{frame_stem(frame.index)}.png")
        return [entries[number] for number in sorted(entries)]

    def _check(self, frame: int, label: InstanceLabel, numbers: Mapping[str, int], roles: dict[str, str]) -> None:
        if label.rle is None or label.category is None or label.category not in numbers:
            raise DatasetError(
                f"frame {frame}, {label.name}: a labelled instance must have a class and a visible pixel"
            )
        role = roles.setdefault(label.category, label.role)
        if role != label.role:
            raise DatasetError(
                f"frame {frame}, {label.name}: class {label.category!r} must be thing or stuff, but was {role} before "
                f"and is {label.role} here; give the objects classes of their own"
            )


def _write_ids(segment_hw: NDArray[np.uint32], path: Path) -> None:
    # OpenCV writes blue first: bytes from high to low.
    bgr = np.stack([(segment_hw >> shift) & 255 for shift in (16, 8, 0)], axis=-1).astype(np.uint8)
    ok, data = cv2.imencode(".png", bgr, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    if not ok:
        raise DatasetError(f"{path} could not be encoded")
    write_bytes(path, bytes(data))


def _categories(manifest: Manifest, roles: Mapping[str, str]) -> list[dict[str, Any]]:
    colours = voc_palette()
    return [
        {
            "id": number,
            "name": entry.name,
            "supercategory": entry.supercategory,
            "isthing": int(roles.get(entry.name) != "stuff"),
            # Colours for drawing; the first 255 differ, later ones repeat.
            "color": colours[3 * ((number - 1) % 255 + 1) : 3 * ((number - 1) % 255 + 1) + 3],
        }
        for number, entry in enumerate(manifest.classes, start=1)
    ]
