"""Outputs of a real refiner that a person marked: the guard's judgement against a person's.

::

    FOLDER/marks.json
    FOLDER/00000003_render.png  00000003_refined.png  00000003_ids.png

    {"pictures": [{"name": "00000003", "strange": false,
                   "instances": [{"id": 4, "category": "ace", "true": true}, ...]}]}

``true`` says whether the label is still true in the refined picture, ``strange`` whether that shows an object that the
render does not; null stands for what nobody has marked yet, which does not count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthvision.core.errors import DatasetError
from synthvision.core.labels import BoxXyxy, InstanceLabel
from synthvision.realism.guard.guard import Guard

__all__ = ["MarkReport", "MarkedInstance", "MarkedPicture", "load_marks", "save_unmarked", "score_marks"]

_FILE = "marks.json"


class MarkedInstance(BaseModel):
    """One instance of a marked picture."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: int = Field(ge=1, description="Its value in the id image.")
    category: str = Field(description="Its class.")
    still_true: bool | None = Field(default=None, alias="true", description="Whether its label is still true.")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w-]+$", description="What its files start with.")
    strange: bool | None = Field(default=None, description="Whether it shows an object that the render does not.")
    instances: tuple[MarkedInstance, ...] = Field(description="Its instances.")


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    pictures: tuple[_Entry, ...] = Field(min_length=1, description="The marked pictures.")


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A render, what a refiner made of it, and what a person says of that.

    Args:
        name: What its files start with.
        render_hwc: uint8 (height, width, 3).
        refined_hwc: uint8, the same size.
        id_hw: uint16 (height, width).
        strange: Whether the refined picture shows an object that the render does not; None where not marked.
        instances: Its instances with their marks.
    """

    name: str
    render_hwc: NDArray[np.uint8]
    refined_hwc: NDArray[np.uint8]
    id_hw: NDArray[np.uint16]
    strange: bool | None
    instances: tuple[MarkedInstance, ...]

    def labels(self) -> tuple[InstanceLabel, ...]:
        """Return labels with what the guard looks at, counted on the id image."""
        return tuple(_label(self.id_hw, item) for item in self.instances)


@dataclass(frozen=True, slots=True)
class MarkReport:
    """The guard against a person.

    Args:
        untrue: Instances whose label is no longer true.
        caught: Those of them that the guard did not keep.
        true: Instances whose label is still true.
        false_alarms: Those of them that the guard did not keep.
        strange: Pictures with an object that the render does not show.
        strange_caught: Those of them that fell back to the render.
        plain: Pictures without such an object.
        plain_alarms: Those of them that fell back to the render.
        wrong: Every instance on which they differ: picture, id, and what the guard said.
    """

    untrue: int
    caught: int
    true: int
    false_alarms: int
    strange: int
    strange_caught: int
    plain: int
    plain_alarms: int
    wrong: tuple[tuple[str, int, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def load_marks(folder: Path) -> Iterator[MarkedPicture]:
    """Yield the marked pictures of a folder, one in memory at a time.

    Raises:
        DatasetError: ``marks.json`` or a picture is missing or broken, or pictures of one name differ in size.
    """
    path = folder / _FILE
    try:
        file = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"{path}: {where}: {first['msg']}") from error
    for entry in file.pictures:
        render, refined = (_colours(folder / f"{entry.name}_{kind}.png") for kind in ("render", "refined"))
        ids = _read(folder / f"{entry.name}_ids.png", cv2.IMREAD_UNCHANGED)
        if ids.dtype != np.uint16 or ids.shape != render.shape[:2] or refined.shape != render.shape:
            raise DatasetError(
                f"{folder}: the pictures of {entry.name} must be of one size and its ids 16-bit, got render "
                f"{render.shape[:2]}, refined {refined.shape[:2]} and ids {ids.shape} {ids.dtype}"
            )
        yield MarkedPicture(entry.name, render, refined, ids, entry.strange, entry.instances)


def save_unmarked(folder: Path, pictures: Sequence[MarkedPicture]) -> None:
    """Write pictures into a folder for a person to mark.

    Args:
        folder: Made where it is missing.
        pictures: Pictures whose marks are None, or what is known of them.

    Raises:
        DatasetError: A file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            for kind, pixels in (("render", picture.render_hwc), ("refined", picture.refined_hwc)):
                _write(folder / f"{picture.name}_{kind}.png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
            _write(folder / f"{picture.name}_ids.png", picture.id_hw)
        entries = [
            {
                "name": picture.name,
                "strange": picture.strange,
                "instances": [item.model_dump(by_alias=True) for item in picture.instances],
            }
            for picture in pictures
        ]
        (folder / _FILE).write_text(
            json.dumps({"pictures": entries}, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise DatasetError(f"{folder} must be writable: {error.strerror or error}") from error


def score_marks(guard: Guard, pictures: Iterator[MarkedPicture]) -> MarkReport:
    """Return how the guard's judgement agrees with the marks.

    Args:
        guard: The guard.
        pictures: From `load_marks`.
    """
    counts = dict.fromkeys(MarkReport.__slots__[:-1], 0)
    wrong = []
    for picture in pictures:
        found = guard.judge(picture.render_hwc, picture.refined_hwc, picture.id_hw, picture.labels()).realism
        if picture.strange is not None:
            counts["strange" if picture.strange else "plain"] += 1
            if found.decision == "render":
                counts["strange_caught" if picture.strange else "plain_alarms"] += 1
        decisions = {item.instance_id: item for item in found.instances}
        for mark in picture.instances:
            if mark.still_true is None or mark.id not in decisions:
                continue
            item = decisions[mark.id]
            kept = found.decision == "refined" and item.decision == "kept"
            counts["true" if mark.still_true else "untrue"] += 1
            if not kept:
                counts["false_alarms" if mark.still_true else "caught"] += 1
            if kept != mark.still_true:
                why = "; ".join(item.reasons or found.reasons) or f"kept: {dict(item.scores)}"
                wrong.append((picture.name, mark.id, why))
    return MarkReport(**counts, wrong=tuple(wrong))


def _label(id_hw: NDArray[np.uint16], item: MarkedInstance) -> InstanceLabel:
    ys, xs = np.nonzero(id_hw == item.id)
    box: BoxXyxy | None = None
    if len(ys):
        box = int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1
    return InstanceLabel(
        instance_id=item.id,
        name=f"{item.category}/{item.id}",
        role="thing",
        category=item.category,
        status="labelled" if box else "hidden",
        visible_pixels=len(ys),
        box_xyxy=box,
        centroid_xy=None,
        rle=None,
        alone_pixels=None,
        alone_pixels_canvas=None,
        visible_fraction=None,
        truncation=None,
        amodal_box_xyxy=None,
        amodal_rle=None,
        contrast_transmittance=1.0,
        lens_transmittance=1.0,
        apparent_contrast=None,
        pose=None,
        bbox_3d=None,
    )


def _colours(path: Path) -> NDArray[np.uint8]:
    picture: NDArray[np.uint8] = cv2.cvtColor(_read(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return picture


def _read(path: Path, flags: int) -> NDArray[Any]:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
    picture: NDArray[Any] | None = cv2.imdecode(data, flags) if len(data) else None
    if picture is None:
        raise DatasetError(f"{path} must be a whole PNG")
    return picture


def _write(path: Path, pixels: NDArray[Any]) -> None:
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
