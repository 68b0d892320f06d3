"""YOLO in Ultralytics' layout: ``images/<part>``, ``labels/<part>`` and ``data.yaml``.

One text file a picture, one line an object, numbers as shares of the picture's width and height; layout and rules:
https://docs.ultralytics.com/datasets/detect/, .../segment/, .../pose/ and .../obb/. A picture without objects has an
empty file. ``data.yaml`` names no ``path``: Ultralytics then takes the folder where the file lies, wherever that is
moved to; a path would have to be absolute, or would be looked for elsewhere. It demands ``train`` and ``val``: where
there is no part ``val``, the first part that is not ``train`` takes its place, else ``train`` itself.

What the files cannot hold: anything but class, box and one of outline, keypoints or turned box; what is ignored (there
is no mark for it); run lengths; names of keypoints (they stand in comments of ``data.yaml``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synthvision.core.errors import DatasetError
from synthvision.core.labels import BoxXyxy, InstanceLabel
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import write_text
from synthvision.dataset.layout import frame_stem
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.export.exporter import ExportOptions
from synthvision.export.keypoints import keypoint_names, keypoint_numbers, mirrored_order
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.outlines import joined_outline, smallest_rectangle
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_picture, write_picture

__all__ = ["YoloExporter"]

#: The grey that Ultralytics pads pictures with.
_GREY = 114
_DECIMALS = 8


class YoloOptions(ExportOptions):
    """How YOLO files are written."""

    task: Literal["detect", "segment", "pose", "obb"] = Field(
        default="detect", description="What a line holds: box, outline, box and keypoints, or turned box."
    )
    ignored: Literal["leave_out", "grey_out"] = Field(
        default="leave_out",
        description="What becomes of ignored instances: without a label in a picture that shows them, or with their "
        "visible pixels painted grey, so that a detector is neither rewarded nor punished for finding them.",
    )


class YoloExporter:
    """Writes YOLO files.

    What the label policy ignores has no label and is counted in `notes`; by default the picture still shows it, which
    teaches a detector that it is background: with ``ignored=grey_out`` its pixels are painted grey. See the module for
    what else is lost.

    Args:
        options: See `YoloOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = YoloOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(YoloOptions, options, "yolo")
        self._notes = Notes()

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be held, one sentence each."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write pictures, labels and ``data.yaml``, and return the latter.

        Raises:
            DatasetError: A record is broken, a picture is missing, a file cannot be written, or poses are asked for and
                nothing has keypoints.
        """
        self._notes = Notes()
        numbers = {name: number for number, name in enumerate(dataset.manifest.class_names)}
        keypoints: tuple[str, ...] = ()
        if self._options.task == "pose":
            keypoints = self._keypoints(dataset)
        for part, frame in parts.frames_of(dataset):
            stem = frame_stem(frame.index)
            self._place(frame, out / "images" / part / stem)
            lines = [self._line(frame, label, numbers, keypoints) for label in frame.labels()]
            write_text(out / "labels" / part / f"{stem}.txt", "".join(f"{line}\n" for line in lines))
        path = out / "data.yaml"
        write_text(path, "\n".join(_data_yaml(dataset.manifest, parts, keypoints)) + "\n")
        return path

    def _place(self, frame: DatasetFrame, stem: Path) -> None:
        ignored = [label.rle for label in frame.labels("ignored") if label.rle is not None]
        if not ignored or self._options.ignored == "leave_out":
            self._notes.count("ignored instances without a label, in pictures that show them", len(ignored))
            place_picture(frame, stem)
            return
        rgb = frame.rgb().copy()
        for rle in ignored:
            rgb[decode_rle(rle)] = _GREY
        self._notes.count("ignored instances painted grey", len(ignored))
        layer = frame.manifest.layers["image"]
        write_picture(rgb, stem.with_name(f"{stem.name}.{layer.suffix}"), layer.quality or 95)

    def _line(
        self, frame: DatasetFrame, label: InstanceLabel, numbers: dict[str, int], keypoints: tuple[str, ...]
    ) -> str:
        where = f"frame {frame.index}, {label.name}"
        if label.rle is None or label.box_xyxy is None or label.category is None:
            raise DatasetError(f"{where}: a labelled instance must have a class and a visible pixel")
        if label.category not in numbers:
            raise DatasetError(f"{where}: class {label.category!r} must stand in the manifest")
        size_wh = frame.record.size_wh
        task = self._options.task
        if task == "segment":
            values = _shares(joined_outline(decode_rle(label.rle)), size_wh)
        elif task == "obb":
            values = _shares(self._rectangle(decode_rle(label.rle), label.box_xyxy, size_wh), size_wh)
        else:
            values = _centre_and_size(label.box_xyxy, size_wh)
        if task == "pose":
            points = np.array(keypoint_numbers(keypoints, label.keypoints)).reshape(-1, 3)
            for (x, y), visibility in zip(points[:, :2] / size_wh, points[:, 2], strict=True):
                values += [_number(x), _number(y), str(int(visibility))]
        return " ".join([str(numbers[label.category]), *values])

    def _rectangle(
        self, mask_hw: NDArray[np.bool_], box_xyxy: BoxXyxy, size_wh: tuple[int, int]
    ) -> NDArray[np.float64]:
        corners = smallest_rectangle(mask_hw)
        if (np.ptp(corners, axis=0) <= size_wh).all():
            outside = (corners < 0).any() or (corners > size_wh).any()
            self._notes.count("turned boxes with corners outside the picture", int(outside))
            return corners
        # Ultralytics takes a label whose extent is over 1 for one that is not normalised, and drops the picture.
        self._notes.count("turned boxes wider than the picture, written as upright ones")
        x1, y1, x2, y2 = box_xyxy
        return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float64)

    def _keypoints(self, dataset: Dataset) -> tuple[str, ...]:
        """Return the keypoints of all classes together: Ultralytics knows one list for all."""
        by_class = keypoint_names(dataset)
        if not by_class:
            raise DatasetError(
                f"task=pose needs keypoints, but no object of a class of {dataset.root} has any: they come from models "
                "whose catalogue entry names them"
            )
        without = [name for name in dataset.manifest.class_names if name not in by_class]
        if without:
            self._notes.say(f"classes without keypoints have a box alone: {', '.join(without)}")
        names = tuple(dict.fromkeys(name for found in by_class.values() for name in found))
        if mirrored_order(names) is None:
            self._notes.say("no flip_idx: the names of the keypoints do not say which are left and right of each other")
        return names


def _centre_and_size(box_xyxy: BoxXyxy, size_wh: tuple[int, int]) -> list[str]:
    x1, y1, x2, y2 = box_xyxy
    width, height = size_wh
    values = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
    return [_number(value) for value in values]


def _shares(points_xy: NDArray[Any], size_wh: tuple[int, int]) -> list[str]:
    return [_number(value) for value in (points_xy / size_wh).ravel()]


def _number(value: float) -> str:
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _data_yaml(manifest: Manifest, parts: Parts, keypoints: Sequence[str]) -> Iterable[str]:
    # Quoted as JSON, which is YAML too: names may hold colons, quotes and any letter.
    folders = {name: f"images/{name}" for name in parts.names}
    train = folders.get("train", next(iter(folders.values())))
    others = [folder for name, folder in folders.items() if folder != train and name != "test"]
    yield f"train: {train}"
    yield f"val: {folders.get('val', others[0] if others else train)}"
    if "test" in folders:
        yield f"test: {folders['test']}"
    yield "names:"
    for number, name in enumerate(manifest.class_names):
        yield f"  {number}: {json.dumps(name, ensure_ascii=False)}"
    if keypoints:
        yield f"kpt_shape: [{len(keypoints)}, 3]"
        order = mirrored_order(keypoints)
        if order is not None:
            yield f"flip_idx: {order}"
        for number, name in enumerate(keypoints):
            yield f"# keypoint {number}: {json.dumps(name, ensure_ascii=False)}"
