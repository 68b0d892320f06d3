"""A data set as pandas tables: one row an instance, or one row a frame.

Text that repeats (class, asset, camera, attributes, levels) is categorical, measures are float32 and counts int32, so
that a million instances with a pose take about 200 MiB; attributes and levels add 4 bytes each. Rows are gathered as
arrays, never as a list of objects, so building the table takes no more than twice its size.

Columns of an instance: ``frame``, ``scene``, ``view``, ``step``, ``camera``, ``instance_id``, ``track_id`` (-1 where
there is none), ``name``, ``class``, ``role``, ``status``, ``reasons`` (the rules of the label policy that it misses),
``asset``; in pixels ``x1``, ``y1``, ``x2``, ``y2``, ``area``, ``alone_area`` and ``amodal_x1`` to ``amodal_y2``;
``visible_fraction``, ``truncation``, ``contrast_transmittance``, ``lens_transmittance``, ``apparent_contrast``; in
camera axes (x right, y down, z forward) ``x_m``, ``y_m``, ``z_m``, ``qw`` to ``qz``, ``scale_x`` to ``scale_z``,
``size_x_m`` to ``size_z_m``, and ``distance_m`` to the middle of its 3D box; ``weight`` of its frame. What is
not known is NaN.

``attributes.NAME`` are facts of the object, ``factor.NAME`` levels of sampled and measured factors, ``weather.NAME``
levels of the weather. A column of this kind is there if any row has a value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import MissingExtraError
from synthvision.core.labels import InstanceLabel, Status
from synthvision.dataset.records import FrameRecord

if TYPE_CHECKING:
    import pandas as pd

    from synthvision.dataset.reader import Dataset

__all__ = ["annotation_table", "image_table"]

_TARGETS: tuple[Status, ...] = ("labelled", "ignored", "dropped", "hidden")
_CHUNK_ROWS = 16_384
_NAN = math.nan

_WHOLE = frozenset(
    ("frame", "scene", "view", "step", "instance_id", "area", "width", "height", "source_frame", "variant")
) | frozenset(_TARGETS)
_TEXT = frozenset(("camera", "name", "class", "role", "status", "reasons", "asset", "file"))
# Numbers under these names are measures; everything else under a prefix is a level.
_PREFIXES = ("attributes.", "factor.", "weather.")


def annotation_table(dataset: Dataset, status: Sequence[Status] = ()) -> pd.DataFrame:
    """Return one row an instance of a class; the module says which columns.

    Args:
        dataset: What to read.
        status: Statuses to list; empty for labelled, ignored, dropped and hidden.

    Raises:
        MissingExtraError: pandas is not installed.
        DatasetError: A record is broken.
    """
    wanted = tuple(status) or _TARGETS
    rows = _Rows(_INSTANCE_COLUMNS)
    for record in dataset.records():
        of_frame = _frame_values(record)
        assets = {item["instance_id"]: _asset_name(item) for item in record.scene.get("objects", ())}
        for label in record.instances:
            if label.category is not None and label.status in wanted:
                rows.add({**of_frame, **_instance_values(label), "asset": assets.get(label.instance_id)})
    return rows.to_pandas(categories={"class": dataset.manifest.class_names})


def image_table(dataset: Dataset) -> pd.DataFrame:
    """Return one row a frame: place, file, size, camera, exposure, noise, weight, levels, counts by status.

    ``source_frame`` and ``variant`` say where a frame of an augmented data set came from, -1 for one that was rendered.

    Raises:
        MissingExtraError: pandas is not installed.
        DatasetError: A record is broken.
    """
    rows = _Rows(_IMAGE_COLUMNS)
    for record in dataset.records():
        width, height = record.size_wh
        picture, made = record.files.get("image"), record.augmentation
        counts: dict[str, int] = dict.fromkeys(_TARGETS, 0)
        for label in record.instances:
            if label.category is not None and label.status in counts:
                counts[label.status] += 1
        rows.add(
            {
                **_frame_values(record),
                "file": None if picture is None else picture.path,
                "width": width,
                "height": height,
                "exposure_ev100": record.exposure_ev100,
                "noise": record.noise,
                "source_frame": -1 if made is None else made.source_frame,
                "variant": -1 if made is None else made.variant,
                **counts,
            }
        )
    return rows.to_pandas()


_INSTANCE_COLUMNS = (
    "frame", "scene", "view", "step", "camera", "instance_id", "track_id", "name", "class", "role", "status", "reasons",
    "asset", "x1", "y1", "x2", "y2", "area", "alone_area", "amodal_x1", "amodal_y1", "amodal_x2", "amodal_y2",
    "visible_fraction", "truncation", "contrast_transmittance", "lens_transmittance", "apparent_contrast",
    "distance_m", "x_m", "y_m", "z_m", "qw", "qx", "qy", "qz", "scale_x", "scale_y", "scale_z",
    "size_x_m", "size_y_m", "size_z_m", "weight",
)  # fmt: skip
_IMAGE_COLUMNS = (
    "frame", "scene", "view", "step", "camera", "file", "width", "height", "exposure_ev100", "noise", "weight",
    "source_frame", "variant", *_TARGETS,
)  # fmt: skip


def _frame_values(record: FrameRecord) -> dict[str, Any]:
    origin = record.scene.get("origin", {})
    values: dict[str, Any] = {
        "frame": record.frame,
        "scene": origin.get("scene_index", -1),
        "view": origin.get("view", -1),
        "step": origin.get("step", -1),
        "camera": record.scene.get("camera", {}).get("name"),
        "weight": record.weight,
    }
    values.update({f"factor.{name}": level for name, level in record.factor_levels.items()})
    values.update({f"weather.{name}": level for name, level in record.weather_levels().items()})
    return values


def _instance_values(label: InstanceLabel) -> dict[str, Any]:
    values: dict[str, Any] = {
        "instance_id": label.instance_id,
        "track_id": -1 if label.track_id is None else label.track_id,
        "name": label.name,
        "class": label.category,
        "role": label.role,
        "status": label.status,
        "reasons": " ".join(reason.partition(":")[0] for reason in label.reasons),
        "area": label.visible_pixels,
        "alone_area": _number(label.alone_pixels),
        "visible_fraction": _number(label.visible_fraction),
        "truncation": _number(label.truncation),
        "contrast_transmittance": label.contrast_transmittance,
        "lens_transmittance": label.lens_transmittance,
        "apparent_contrast": _number(label.apparent_contrast),
    }
    values.update(zip(("x1", "y1", "x2", "y2"), label.box_xyxy or (_NAN,) * 4, strict=True))
    amodal = ("amodal_x1", "amodal_y1", "amodal_x2", "amodal_y2")
    values.update(zip(amodal, label.amodal_box_xyxy or (_NAN,) * 4, strict=True))
    pose, box = label.pose, label.bbox_3d
    values.update(zip(("x_m", "y_m", "z_m"), pose.position_m if pose else (_NAN,) * 3, strict=True))
    values.update(zip(("qw", "qx", "qy", "qz"), pose.rotation_wxyz if pose else (_NAN,) * 4, strict=True))
    values.update(zip(("scale_x", "scale_y", "scale_z"), pose.scale if pose else (_NAN,) * 3, strict=True))
    values.update(zip(("size_x_m", "size_y_m", "size_z_m"), box.size_m if box else (_NAN,) * 3, strict=True))
    values["distance_m"] = math.hypot(*box.centre_m) if box else _NAN
    values.update({f"attributes.{name}": value for name, value in label.attributes.items()})
    values.update({f"factor.{name}": level for name, level in label.factor_levels.items()})
    return values


def _number(value: float | None) -> float:
    return _NAN if value is None else value


def _asset_name(item: dict[str, Any]) -> str:
    return f"{item['asset']['pack']}/{item['asset']['name']}"


class _Rows:
    """Gathers rows as arrays; columns that come later are empty in the rows before.

    Args:
        columns: Those that are there even without a row, in their order.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns: dict[str, _Column] = {name: _column(name, None) for name in columns}
        self._count = 0

    def add(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            column = self._columns.get(name)
            if column is None:
                column = self._columns[name] = _column(name, value)
            column.append(self._count, value)
        self._count += 1

    def to_pandas(self, categories: dict[str, Sequence[str]] | None = None) -> pd.DataFrame:
        """Return the table; `categories` are listed first in the columns that they name."""
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingExtraError("reading a data set as a table", "table") from error
        fixed = [name for name in self._columns if not name.startswith(_PREFIXES)]
        further = sorted(name for name in self._columns if name.startswith(_PREFIXES))
        series: dict[str, Any] = {}
        for name in [*fixed, *further]:
            column = self._columns.pop(name)
            values = column.array(self._count)
            if isinstance(column, _TextColumn):
                named = list(dict.fromkeys([*(categories or {}).get(name, ()), *sorted(column.codes)]))
                place = {text: number for number, text in enumerate(named)}
                order = np.array([place[text] for text in column.codes] + [-1], np.int32)
                # Code -1, for no value, takes the last place, which is -1 again.
                series[name] = pd.Categorical.from_codes(order[values], named)
            else:
                series[name] = values
        return pd.DataFrame(series, copy=False)


class _Column:
    """Numbers of one kind.

    Args:
        dtype: Of the numbers.
        empty: For rows without a value.
    """

    def __init__(self, dtype: type[np.generic], empty: float) -> None:
        self._dtype, self._empty = dtype, empty
        self._chunks: list[NDArray[Any]] = []
        self._open: list[float] = []
        self._rows = 0

    def append(self, row: int, value: Any) -> None:
        if row > self._rows + len(self._open):
            self._fill(row)
        self._open.append(value)
        if len(self._open) >= _CHUNK_ROWS:
            self._close()

    def array(self, rows: int) -> NDArray[Any]:
        """Return all values, with empty ones up to a number of rows."""
        self._fill(rows)
        whole = np.concatenate([*self._chunks, np.zeros(0, self._dtype)])
        self._chunks.clear()
        return whole

    def _fill(self, rows: int) -> None:
        self._close()
        if rows > self._rows:
            self._chunks.append(np.full(rows - self._rows, self._empty, self._dtype))
            self._rows = rows

    def _close(self) -> None:
        if self._open:
            self._chunks.append(np.array(self._open, self._dtype))
            self._rows += len(self._open)
            self._open = []


class _TextColumn(_Column):
    """Text as numbers: `codes` counts the distinct texts in the order in which they came."""

    def __init__(self) -> None:
        super().__init__(np.int32, -1)
        self.codes: dict[str, int] = {}

    def append(self, row: int, value: Any) -> None:
        super().append(row, -1 if value is None else self.codes.setdefault(str(value), len(self.codes)))


def _column(name: str, value: Any) -> _Column:
    if name == "track_id":
        return _Column(np.int64, -1)
    if name in _WHOLE:
        return _Column(np.int32, -1)
    if name in _TEXT or (name.startswith(_PREFIXES) and not isinstance(value, int | float)):
        return _TextColumn()
    return _Column(np.float32, _NAN)
