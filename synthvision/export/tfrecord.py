"""TFRecord in the layout of TensorFlow's Object Detection API, written without TensorFlow.

Each record is one picture as a ``tf.train.Example`` with the features of
https://github.com/tensorflow/models/blob/master/research/object_detection/dataset_tools/create_coco_tf_record.py:
``image/encoded`` (the file as it is), ``image/format``, ``image/height``, ``image/width``, ``image/filename``,
``image/source_id``, ``image/key/sha256``, and one entry an instance in ``image/object/bbox/xmin``, ``xmax``, ``ymin``
and ``ymax`` (edges of the half-open pixel box as shares of width and height), ``image/object/class/text``,
``image/object/class/label`` (from 1, as in ``label_map.pbtxt``), ``image/object/is_crowd``, ``image/object/area``,
``image/object/visible_fraction`` and ``image/object/truncated`` (-1 where it was not asked for) and, on request,
``image/object/mask`` (PNGs of 0 and 1). Files are ``<part>-00000-of-00003.tfrecord``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
from pydantic import Field

from synthvision.core.errors import DatasetError
from synthvision.core.labels import Rle
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import write_text
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.export.exporter import ExportOptions
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.shards import MEBIBYTE, Shards
from synthvision.export.targets import category_numbers, layer_bytes, picture_suffix, targets_of
from synthvision.export.tf_example import BytesList, FloatList, Int64List, RecordFile, encode_example, text_list

__all__ = ["TfrecordExporter", "TfrecordOptions"]


class TfrecordOptions(ExportOptions):
    """How TFRecord files are written."""

    shard_mib: float = Field(default=100.0, gt=0, description="Size in MiB at which a file takes no further picture.")
    masks: bool = Field(default=False, description="Also write the visible mask of each instance, as a PNG.")


class TfrecordExporter:
    """Writes TFRecord files and ``label_map.pbtxt``.

    What the label policy ignores has ``image/object/is_crowd`` 1. Lost are keypoints, poses, 3D boxes, amodal masks,
    attributes, levels, tracks, the scenes, and everything without a label: what is dropped, hidden or no target. Names
    of objects in the scene are lost too: the layout has no place for them.

    Args:
        options: See `TfrecordOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = TfrecordOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(TfrecordOptions, options, "tfrecord")

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write ``<part>-00000-of-00001.tfrecord`` and so on, and ``label_map.pbtxt``.

        Args:
            dataset: What to read.
            out: Folder of the files.
            parts: Which frames go into which files.

        Returns:
            `out`.

        Raises:
            DatasetError: A record is broken, a picture is missing, or a file cannot be written.
        """
        categories = category_numbers(dataset.manifest)
        picture_format = "jpeg" if picture_suffix(dataset.manifest) == "jpg" else "png"
        with Shards[bytes](out, RecordFile, _shard_name, int(self._options.shard_mib * MEBIBYTE)) as shards:
            for part, frame in parts.frames_of(dataset):
                shards.write(part, self._example(frame, categories, picture_format))
        write_text(out / "label_map.pbtxt", _label_map(dataset.manifest))
        return out

    def _example(self, frame: DatasetFrame, categories: Mapping[str, int], picture_format: str) -> bytes:
        record = frame.record
        file = record.files.get("image")
        if file is None:
            raise DatasetError(f"the record of frame {record.frame} must name its picture")
        width, height = record.size_wh
        targets = targets_of(frame, categories)
        boxes = np.array([target.box_xyxy for target in targets], np.float64).reshape(-1, 4)
        x1, y1, x2, y2 = (boxes / (width, height, width, height)).T.tolist()
        labels = [target.label for target in targets]
        features: dict[str, BytesList | FloatList | Int64List] = {
            "image/encoded": BytesList([layer_bytes(frame)]),
            "image/format": text_list([picture_format]),
            "image/height": Int64List([height]),
            "image/width": Int64List([width]),
            "image/filename": text_list([file.path.removeprefix("images/")]),
            "image/source_id": text_list([str(record.frame + 1)]),
            "image/key/sha256": text_list([file.sha256]),
            "image/object/bbox/xmin": FloatList(x1),
            "image/object/bbox/xmax": FloatList(x2),
            "image/object/bbox/ymin": FloatList(y1),
            "image/object/bbox/ymax": FloatList(y2),
            "image/object/class/text": text_list([target.category for target in targets]),
            "image/object/class/label": Int64List(target.number for target in targets),
            "image/object/is_crowd": Int64List(int(target.ignored) for target in targets),
            "image/object/area": FloatList(label.visible_pixels for label in labels),
            "image/object/visible_fraction": FloatList(_or_minus_one(label.visible_fraction) for label in labels),
            "image/object/truncated": FloatList(_or_minus_one(label.truncation) for label in labels),
        }
        if self._options.masks:
            features["image/object/mask"] = BytesList(_mask_png(target.rle) for target in targets)
        return encode_example(features)


def _or_minus_one(value: float | None) -> float:
    return -1.0 if value is None else value


def _mask_png(rle: Rle) -> bytes:
    ok, data = cv2.imencode(".png", decode_rle(rle).astype(np.uint8))
    if not ok:
        raise DatasetError(f"a mask of {rle.size[1]} x {rle.size[0]} px could not be written as PNG")
    return bytes(data)


def _shard_name(part: str, number: int, count: int) -> str:
    return f"{part}-{number:05d}-of-{count:05d}.tfrecord"


def _label_map(manifest: Manifest) -> str:
    return "".join(
        f'item {{\n  id: {number}\n  name: "{_escaped(name)}"\n}}\n'
        for number, name in enumerate(manifest.class_names, start=1)
    )


def _escaped(name: str) -> str:
    """Return a text as the text form of protocol buffers takes it between quotes: bytes outside ASCII in octal."""
    shown = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in name.encode())
    return "".join(shown)
