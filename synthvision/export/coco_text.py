"""COCO entries straight from the text of records: what is only copied is never turned into numbers and back.

Most of an annotation stands in the record as COCO has it: run lengths, pose, box, shares. A record is read here as far
as COCO needs to look at it, and the rest is passed on as text, at a quarter of the time. Records are written by
`core.hashing.canonical_json`, and so is what comes out: the bytes are those of `synthvision.export.coco`, entry by
entry. A record that is not whole is read in full, which says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from synthvision.annotate.polygons import mask_polygons
from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.core.labels import BoxXyxy, Rle
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.augmentation import FrameAugmentation
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.records import FileEntry, FrameRecord, parse_record
from synthvision.export.coco_entries import CocoForm, Segmentation, coco_annotation
from synthvision.geometry.boxes import box_xywh

__all__ = ["CocoText"]

_NULL = Raw(b"null")
_NOTHING = Raw(b"{}")

#: A reference of an asset in a scene: keys are sorted and nothing is written between them.
_ASSET = re.compile(rb'\{"name":("(?:[^"\\]|\\.)*"),"pack":("(?:[^"\\]|\\.)*"),"params":\{')


class _Instance(Struct):
    """What COCO looks at of an instance; the other fields must be there, and are copied or left out."""

    instance_id: int
    name: Raw
    role: Raw
    category: str | None
    status: str
    visible_pixels: int
    box_xyxy: BoxXyxy | None
    centroid_xy: Raw
    rle: Raw
    alone_pixels: Raw
    alone_pixels_canvas: Raw
    visible_fraction: Raw
    truncation: Raw
    amodal_box_xyxy: BoxXyxy | None
    amodal_rle: Raw
    contrast_transmittance: Raw
    lens_transmittance: Raw
    apparent_contrast: Raw
    pose: Raw
    bbox_3d: Raw
    keypoints: Raw = Raw(b"[]")
    attributes: Raw = _NOTHING
    track_id: int | None = None
    factor_levels: Raw = _NOTHING


class _Record(Struct):
    frame: int
    size_wh: tuple[int, int]
    camera: Raw
    exposure_ev100: float
    noise: float
    instances: list[_Instance]
    scene: Raw
    files: dict[LayerName, FileEntry]
    weather: dict[str, str | float] | None = None
    augmentation: FrameAugmentation | None = None
    factor_levels: dict[str, str] = msgspec.field(default_factory=dict)


class _Point(Struct):
    name: str
    xy_px: Raw
    visibility: int


class _Scene(Struct):
    """What images say of a scene."""

    origin: dict[str, Any] = msgspec.field(default_factory=dict)
    weight: float = 1.0


_record = msgspec.json.Decoder(_Record)
_points = msgspec.json.Decoder(list[_Point])
_scene = msgspec.json.Decoder(_Scene)
_rle = msgspec.json.Decoder(Rle)


class CocoText:
    """The entries of one frame.

    Args:
        line: The frame's record, as `Dataset.lines` gives it.

    Raises:
        DatasetError: The record is not whole.
    """

    __slots__ = ("_line", "_record", "head")

    #: The record without instances, and with as much of its scene as images of COCO files speak of.
    head: FrameRecord

    def __init__(self, line: bytes) -> None:
        self._line = line
        try:
            self._record = record = _record.decode(line)
            self.head = _head(record, line)
        except msgspec.DecodeError as error:
            parse_record(line)
            raise DatasetError(f"must be a whole frame record; {error}") from error

    def asset_names(self) -> set[tuple[bytes, bytes]]:
        """Return name and pack of every asset of the scene, each as JSON text."""
        return set(_ASSET.findall(bytes(self._record.scene)))

    def annotations(self, form: CocoForm, first: int) -> Iterator[bytes]:
        """Yield the text of the annotation of each labelled or ignored instance.

        Args:
            form: How they are written.
            first: Id of the first one.

        Raises:
            DatasetError: An instance has no pixel, or a class that the manifest does not name.
        """
        image, number = self._record.frame + 1, first
        for label in self._record.instances:
            if label.status in ("labelled", "ignored"):
                try:
                    yield _annotation(label, image, number, form)
                except _NoAnnotationError as error:
                    self._explain(form)
                    raise DatasetError(f"frame {image - 1}: an instance must be whole; {error}") from error
                number += 1

    def _explain(self, form: CocoForm) -> None:
        """Raise the error that reading in full meets."""
        record = parse_record(self._line)
        for label in record.instances:
            if label.status in ("labelled", "ignored"):
                coco_annotation(label, record.frame, 1, form)


class _NoAnnotationError(Exception):
    """An instance that has no annotation."""


def _head(record: _Record, line: bytes) -> FrameRecord:
    if record.weather is None:
        # A record of before weather was kept: its levels are worked out from the whole scene.
        return parse_record(line)
    scene = _scene.decode(record.scene)
    return FrameRecord(
        frame=record.frame,
        size_wh=record.size_wh,
        camera=None,
        exposure_ev100=record.exposure_ev100,
        noise=record.noise,
        instances=(),
        scene={"origin": scene.origin, "weight": scene.weight},
        files=record.files,
        weather=record.weather,
        augmentation=record.augmentation,
        factor_levels=record.factor_levels,
    )


def _annotation(label: _Instance, image: int, number: int, form: CocoForm) -> bytes:
    if label.category is None or label.category not in form.categories or label.rle == _NULL or label.box_xyxy is None:
        raise _NoAnnotationError(f"{bytes(label.name).decode()} has no pixel or no class that the manifest names")
    ignored = label.status == "ignored"
    amodal = b"null" if label.amodal_box_xyxy is None else _box(label.amodal_box_xyxy)
    pieces = [b'{"amodal_bbox":', amodal]
    if form.amodal and label.amodal_rle != _NULL:
        pieces += [b',"amodal_segmentation":', _segmentation(label.amodal_rle, form.segmentation)]
    pieces += [b',"apparent_contrast":', label.apparent_contrast, b',"area":%d' % label.visible_pixels]
    if label.attributes != _NOTHING:
        pieces += [b',"attributes":', label.attributes]
    pieces += [b',"bbox":', _box(label.box_xyxy), b',"bbox_3d":', label.bbox_3d]
    pieces += [b',"category_id":%d' % form.categories[label.category]]
    pieces += [b',"contrast_transmittance":', label.contrast_transmittance]
    if label.factor_levels != _NOTHING:
        pieces += [b',"factor_levels":', label.factor_levels]
    pieces += [b',"id":%d' % number]
    if ignored:
        pieces += [b',"ignore":1']
    pieces += [b',"image_id":%d,"instance_id":%d,"iscrowd":%d' % (image, label.instance_id, ignored)]
    names = form.keypoints.get(label.category)
    count = b""
    if names:
        numbers, seen = _keypoints(label.keypoints, names)
        pieces += [b',"keypoints":[', numbers, b"]"]
        count = b',"num_keypoints":%d' % seen
    pieces += [b',"lens_transmittance":', label.lens_transmittance, b',"name":', label.name, count]
    pieces += [b',"pose":', label.pose]
    pieces += [b',"segmentation":', _segmentation(label.rle, "rle" if ignored else form.segmentation)]
    if form.tracks and label.track_id is not None:
        pieces += [b',"track_id":%d' % label.track_id]
    pieces += [b',"truncation":', label.truncation, b',"visible_fraction":', label.visible_fraction, b"}"]
    return b"".join(pieces)


def _box(box_xyxy: BoxXyxy) -> bytes:
    return b"[%d,%d,%d,%d]" % box_xywh(box_xyxy)


def _segmentation(rle: Raw, form: Segmentation) -> bytes | Raw:
    return rle if form == "rle" else canonical_json(mask_polygons(decode_rle(_rle.decode(rle)))).encode()


def _keypoints(points: Raw, names: tuple[str, ...]) -> tuple[bytes, int]:
    """Return x, y and visibility of each named point as JSON numbers, and how many points can be seen or are hidden."""
    found = {point.name: point for point in _points.decode(points)}
    triples = []
    for name in names:
        point = found.get(name)
        if point is None or point.visibility == 0 or point.xy_px == _NULL:
            triples.append(b"0,0,0")
        else:
            triples.append(b"%b,%d" % (bytes(point.xy_px)[1:-1], point.visibility))
    return b",".join(triples), sum(point.visibility > 0 for point in found.values())
