"""Checks of the COCO file: against the records, against pycocotools, against its own rules.

Nothing here uses the exporter: what a record must look like in COCO is worked out a second time.
"""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pydantic import BaseModel, ConfigDict, ValidationError

from synthvision.core.labels import InstanceLabel, Rle
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import Manifest
from synthvision.inspect.checks.frame_view import FrameView, describe

__all__ = ["COCO_CHECKS", "COCO_FRAME_CHECKS", "CocoFile", "load_coco"]


class _Run(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: tuple[int, int]
    counts: str


class Annotation(BaseModel):
    """The fields of an annotation that readers rely on; more are allowed."""

    model_config = ConfigDict(extra="allow")
    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float
    iscrowd: Literal[0, 1]
    segmentation: _Run | list[list[float]]
    instance_id: int
    ignore: Literal[0, 1] = 0


class _Picture(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: int
    file_name: str
    width: int
    height: int


class _Category(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: int
    name: str
    supercategory: str


class _Licence(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: int
    name: str


class _Content(BaseModel):
    model_config = ConfigDict(extra="allow")
    images: list[_Picture]
    annotations: list[Annotation]
    categories: list[_Category]
    licenses: list[_Licence]
    videos: list[dict[str, Any]] = []


@dataclass
class CocoFile:
    """The COCO file as found on disk.

    Args:
        problem: Why it cannot be read, empty where it can.
        content: Its checked content, None where it cannot be read.
    """

    problem: str
    content: _Content | None

    @cached_property
    def images(self) -> dict[int, _Picture]:
        """Images by id."""
        return {image.id: image for image in self.content.images} if self.content else {}

    @cached_property
    def annotations(self) -> dict[int, list[Annotation]]:
        """Annotations by image id."""
        found: dict[int, list[Annotation]] = {}
        for annotation in self.content.annotations if self.content else []:
            found.setdefault(annotation.image_id, []).append(annotation)
        return found

    @property
    def videos(self) -> list[dict[str, Any]]:
        """The listed videos."""
        return self.content.videos if self.content else []

    @cached_property
    def category_names(self) -> dict[int, str]:
        """Class names by category id."""
        return {category.id: category.name for category in self.content.categories} if self.content else {}


def load_coco(layout: DatasetLayout) -> CocoFile:
    """Read the COCO file of a data set, whatever its state."""
    path = layout.coco
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return CocoFile("", _Content.model_validate(data))
    except FileNotFoundError:
        return CocoFile(f"{path.relative_to(layout.root)} is missing", None)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return CocoFile(f"{path.relative_to(layout.root)}: {where}: {first['msg']}", None)
    except (OSError, ValueError) as error:
        return CocoFile(f"{path.relative_to(layout.root)} must be whole JSON: {error}", None)


def check_coco_readable(coco: CocoFile, manifest: Manifest, layout: DatasetLayout) -> Iterator[str]:
    """The COCO file is whole JSON with all fields that readers need."""
    if coco.problem:
        yield coco.problem


def check_coco_pycocotools(coco: CocoFile, manifest: Manifest, layout: DatasetLayout) -> Iterator[str]:
    """Pycocotools loads the file and counts the same images, annotations and categories."""
    if coco.content is None:
        return
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            loaded = COCO(str(layout.coco))
    except Exception as error:  # noqa: BLE001  whatever it raises is the finding
        yield f"pycocotools cannot load the file: {type(error).__name__}: {error}"
        return
    for name, got, expected in (
        ("images", len(loaded.imgs), len(coco.content.images)),
        ("annotations", len(loaded.anns), len(coco.content.annotations)),
        ("categories", len(loaded.cats), len(coco.content.categories)),
    ):
        if got != expected:
            yield f"pycocotools must find {expected} {name}, but finds {got}"


def check_coco_ids(coco: CocoFile, manifest: Manifest, layout: DatasetLayout) -> Iterator[str]:
    """Ids are unique and start at 1; annotation ids count up in frame order."""
    if coco.content is None:
        return
    kinds: tuple[tuple[str, list[int]], ...] = (
        ("image", [entry.id for entry in coco.content.images]),
        ("annotation", [entry.id for entry in coco.content.annotations]),
        ("category", [entry.id for entry in coco.content.categories]),
    )
    for kind, ids in kinds:
        doubled = sorted(value for value, count in Counter(ids).items() if count > 1)
        if doubled:
            yield f"{kind} ids must be unique, got {doubled[:5]} more than once"
        if ids and min(ids) < 1:
            yield f"{kind} ids must start at 1, got {min(ids)}"
    order = [(entry.image_id, entry.id) for entry in coco.content.annotations]
    if order != sorted(order) or [number for _, number in order] != list(range(1, len(order) + 1)):
        yield "annotation ids must count up from 1 in frame order"
    strangers = {entry.image_id for entry in coco.content.annotations} - coco.images.keys()
    if strangers:
        yield f"annotations name images that are not listed: {sorted(strangers)[:5]}"


def check_coco_categories(coco: CocoFile, manifest: Manifest, layout: DatasetLayout) -> Iterator[str]:
    """Categories are the manifest's classes, in their order."""
    if coco.content is None:
        return
    expected = [(number, entry.name) for number, entry in enumerate(manifest.classes, start=1)]
    got = [(entry.id, entry.name) for entry in coco.content.categories]
    if got != expected:
        yield f"categories must be {expected}, got {got}"


def check_coco_licences(coco: CocoFile, manifest: Manifest, layout: DatasetLayout) -> Iterator[str]:
    """Licences are those that the manifest names, no more and no less."""
    if coco.content is None:
        return
    got = tuple(entry.name for entry in coco.content.licenses)
    if got != manifest.licences:
        yield f"licences must be {list(manifest.licences)}, got {list(got)}"


def check_coco_image(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """Every frame is listed, with its picture's name and size."""
    if coco.content is None:
        return
    image_id = view.record.frame + 1
    image = coco.images.get(image_id)
    if image is None:
        yield f"image {image_id} must be listed"
        return
    file = view.record.files.get("image")
    name = file.path.removeprefix("images/") if file else None
    if image.file_name != name:
        yield f"file_name must be {name!r}, got {image.file_name!r}"
    if (image.width, image.height) != view.record.size_wh:
        yield f"the size must be {view.record.size_wh}, got {(image.width, image.height)}"


def check_coco_weather(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """The weather of every image is that of the record."""
    image = coco.images.get(view.record.frame + 1)
    if image is None or view.record.weather is None:
        return
    got = (image.model_extra or {}).get("weather")
    if got != view.record.weather:
        yield f"weather must be {view.record.weather}, got {got}"


def check_coco_levels(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """Factor levels and weight of every image and annotation are those of the record."""
    image = coco.images.get(view.record.frame + 1)
    extra = (image.model_extra or {}) if image is not None else {}
    # Files of before levels were kept have neither key.
    if "factor_levels" in extra or view.record.factor_levels:
        for name, expected in (("factor_levels", view.record.factor_levels), ("weight", view.record.weight)):
            if extra.get(name) != expected:
                yield f"{name} must be {expected}, got {extra.get(name)}"
    for label, entry in _pairs(coco, view):
        got = (entry.model_extra or {}).get("factor_levels", {})
        if got != label.factor_levels:
            yield f"{describe(label)}: factor_levels must be {dict(label.factor_levels)}, got {got}"


def check_coco_annotations(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """Every labelled and ignored instance has one annotation, and nothing else has one."""
    if coco.content is None:
        return
    got = Counter(entry.instance_id for entry in coco.annotations.get(view.record.frame + 1, []))
    wanted = {label.instance_id for label in view.record.instances if label.status in ("labelled", "ignored")}
    for instance_id in sorted(wanted - got.keys()):
        yield f"instance {instance_id} must have an annotation"
    for instance_id, count in sorted(got.items()):
        if instance_id not in wanted:
            yield f"instance {instance_id} must have no annotation"
        elif count > 1:
            yield f"instance {instance_id} must have one annotation, got {count}"


def check_coco_class(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """The category of every annotation is the class of its instance."""
    for label, entry in _pairs(coco, view):
        got = coco.category_names.get(entry.category_id)
        if got != label.category:
            yield f"{describe(label)}: annotation {entry.id} must be a {label.category}, got {got or entry.category_id}"


def check_coco_box(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """The bbox of every annotation is [x, y, width, height] of the instance's box."""
    for label, entry in _pairs(coco, view):
        if label.box_xyxy is None:
            continue
        x1, y1, x2, y2 = label.box_xyxy
        if tuple(entry.bbox) != (x1, y1, x2 - x1, y2 - y1):
            yield f"{describe(label)}: bbox must be {[x1, y1, x2 - x1, y2 - y1]}, got {list(entry.bbox)}"


def check_coco_area(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """The area of every annotation is the number of visible pixels."""
    for label, entry in _pairs(coco, view):
        if entry.area != label.visible_pixels:
            yield f"{describe(label)}: area must be {label.visible_pixels}, got {entry.area}"


def check_coco_mask(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """Pycocotools reads from every annotation the mask of its instance, with the same area and bbox."""
    height, width = view.shape_hw
    for label, entry in _pairs(coco, view):
        mask = view.visible.get(label.instance_id)
        if mask is None:
            continue
        run: Any
        try:
            if isinstance(entry.segmentation, _Run):
                run = {"size": list(entry.segmentation.size), "counts": entry.segmentation.counts.encode()}
            else:
                run = coco_mask.merge(coco_mask.frPyObjects(entry.segmentation, height, width))
            # Bytes that are no mask make pycocotools read beyond its memory: look at the size first.
            whole = not isinstance(entry.segmentation, _Run) or not view.mask_problem(
                Rle(entry.segmentation.size, entry.segmentation.counts)
            )
            decoded = _decode(run) if whole else None
        except Exception as error:  # noqa: BLE001  whatever pycocotools raises is the finding
            yield f"{describe(label)}: pycocotools cannot read the mask: {type(error).__name__}: {error}"
            continue
        if decoded is None or decoded.shape != mask.shape or (decoded != mask).any():
            yield f"{describe(label)}: the segmentation must be the mask of the record"
        elif isinstance(entry.segmentation, _Run):
            area, box = float(coco_mask.area(run)), coco_mask.toBbox(run).tolist()
            if area != entry.area or box != list(entry.bbox):
                yield f"{describe(label)}: pycocotools measures area {area:g} and bbox {box}, not what is written"


def check_coco_crowd(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """Ignored instances have iscrowd 1, ignore 1 and run lengths; all others iscrowd 0 and no ignore."""
    for label, entry in _pairs(coco, view):
        ignored = int(label.status == "ignored")
        if (entry.iscrowd, entry.ignore) != (ignored, ignored):
            yield (
                f"{describe(label)} is {label.status}: iscrowd and ignore must be {ignored}, "
                f"got {entry.iscrowd} and {entry.ignore}"
            )
        elif ignored and not isinstance(entry.segmentation, _Run):
            yield f"{describe(label)} is ignored: its segmentation must be run lengths"


def check_coco_numbers(coco: CocoFile, view: FrameView) -> Iterator[str]:
    """The further figures of every annotation are those of the record."""
    for label, entry in _pairs(coco, view):
        extra = entry.model_extra or {}
        for name in (
            "visible_fraction",
            "truncation",
            "contrast_transmittance",
            "lens_transmittance",
            "apparent_contrast",
        ):
            expected, got = getattr(label, name), extra.get(name)
            if expected != got:
                yield f"{describe(label)}: {name} must be {expected}, got {got}"
        box = label.amodal_box_xyxy
        amodal = None if box is None else [box[0], box[1], box[2] - box[0], box[3] - box[1]]
        if extra.get("amodal_bbox") != amodal:
            yield f"{describe(label)}: amodal_bbox must be {amodal}, got {extra.get('amodal_bbox')}"
        pose = None if label.pose is None else label.pose.position_m
        solid = None if label.bbox_3d is None else label.bbox_3d.centre_m
        for name, key, place in (("pose", "position_m", pose), ("bbox_3d", "centre_m", solid)):
            got = extra.get(name)
            if (got is None) != (place is None) or (
                place is not None and not (isinstance(got, dict) and _near(got.get(key), place))
            ):
                yield f"{describe(label)}: {name} must be that of the record"


FileCheck = Callable[[CocoFile, Manifest, DatasetLayout], Iterator[str]]
CocoFrameCheck = Callable[[CocoFile, FrameView], Iterator[str]]

COCO_CHECKS: tuple[FileCheck, ...] = (
    check_coco_readable,
    check_coco_pycocotools,
    check_coco_ids,
    check_coco_categories,
    check_coco_licences,
)
COCO_FRAME_CHECKS: tuple[CocoFrameCheck, ...] = (
    check_coco_image,
    check_coco_weather,
    check_coco_levels,
    check_coco_annotations,
    check_coco_class,
    check_coco_box,
    check_coco_area,
    check_coco_mask,
    check_coco_crowd,
    check_coco_numbers,
)


def _pairs(coco: CocoFile, view: FrameView) -> Iterator[tuple[InstanceLabel, Annotation]]:
    labels = {label.instance_id: label for label in view.record.instances if label.status in ("labelled", "ignored")}
    for entry in coco.annotations.get(view.record.frame + 1, []):
        label = labels.get(entry.instance_id)
        if label is not None:
            yield label, entry


def _decode(run: Any) -> NDArray[np.bool_]:
    with warnings.catch_warnings():
        # pycocotools 2.0 has an __array__ of the form before NumPy 2.
        warnings.simplefilter("ignore", DeprecationWarning)
        decoded: NDArray[np.bool_] = coco_mask.decode(run) > 0
    return decoded


def _near(got: Any, expected: tuple[float, ...]) -> bool:
    try:
        return bool(np.allclose(np.asarray(got, np.float64), expected))
    except (TypeError, ValueError):
        return False
