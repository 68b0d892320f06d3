"""Records into columns: one shard of records read line by line, nothing else held in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.core.errors import DatasetError
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.records import frame_of_line
from synthvision.inspect.browse.columns import FRAME_COLUMNS, OBJECT_COLUMNS, REFUSAL_COLUMNS, STATUSES, Columns
from synthvision.inspect.statistics import IGNORE_CAUSES
from synthvision.scene import scene_from_json
from synthvision.scene.levels import weather_levels

__all__ = ["empty_columns", "extract_columns", "source_key", "weather_of", "why_ignored"]


def source_key(layout: DatasetLayout, shard: int, parts: list[int]) -> str:
    """Return a text that changes when a shard or one of its unmerged records does: sizes and times of the files."""
    digest = hashlib.sha256()
    for path in (layout.shard(shard), *(layout.part(frame) for frame in parts)):
        try:
            stat = path.stat()
        except FileNotFoundError:
            # A part vanishes when it is merged; its shard has another size then.
            digest.update(b"-")
            continue
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def extract_columns(layout: DatasetLayout, shard: int, parts: list[int], classes: tuple[str, ...]) -> Columns:
    """Return the frames of one shard and of its unmerged records in columns, each frame once.

    A line that is no whole record becomes a frame marked ``broken``; one that does not even tell its frame is left out.

    Args:
        layout: The data set.
        shard: Number of the shard, which need not exist.
        parts: Frames of it whose records are not merged, ascending.
        classes: Class names in the job's order: their codes count from 1 in this order.

    Raises:
        DatasetError: The shard cannot be read.
    """
    builder = _Builder(classes)
    # A part is written after the shard's line of the same frame, so it is the one that counts.
    newer = {frame: data for frame in parts if (data := _part_bytes(layout.part(frame))) is not None}
    seen = set(newer)
    for frame, offset, line in _shard_lines(layout.shard(shard)):
        if frame not in seen:
            seen.add(frame)
            builder.add(frame, offset, line)
    for frame, data in newer.items():
        builder.add(frame, None, data)
    return builder.columns()


def empty_columns(classes: tuple[str, ...]) -> Columns:
    """Return the columns of no frame, which give classes their codes whatever the records name first."""
    return _Builder(classes).columns()


def weather_of(record: Mapping[str, Any]) -> Mapping[str, str | float]:
    """Return the levels of the weather of a record's JSON, worked out where it has none; empty where that fails."""
    levels = record.get("weather")
    if levels is not None:
        return dict(levels)
    try:
        return weather_levels(scene_from_json(record["scene"]))
    except (DatasetError, KeyError):
        return {}


def why_ignored(reasons: list[str]) -> str:
    """Return in a word why an instance is ignored, as `statistics.ignore_cause` does for a label."""
    missed = {reason.split(":", 1)[0] for reason in reasons}
    return next((word for rule, word in IGNORE_CAUSES.items() if rule in missed), "policy")


class _Builder:
    """Columns as they grow, a list each."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._frames: dict[str, list[Any]] = {name: [] for name in FRAME_COLUMNS}
        self._objects: dict[str, list[Any]] = {name: [] for name in OBJECT_COLUMNS}
        self._refusals: dict[str, list[Any]] = {name: [] for name in REFUSAL_COLUMNS}
        self._tables: dict[str, dict[str, int]] = {
            "class": {name: code for code, name in enumerate(classes, start=1)},
            "status": {name: code for code, name in enumerate(STATUSES, start=1)},
        }
        self._count = 0

    def add(self, frame: int, offset: int | None, line: bytes) -> None:
        row = self._count
        place = {"frame": frame, "offset": -1 if offset is None else offset, "length": len(line)}
        place["part"] = int(offset is None)
        try:
            record = json.loads(line)
            values, names = self._frame(record)
            objects = [self._object(item) for item in record["instances"] if item["category"] is not None]
            refusals = {str(key): int(value) for key, value in record["scene"].get("rejections", {}).items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            self._append(self._frames, place | {"broken": 1}, {}, row)
            self._count += 1
            return
        self._append(self._frames, place | values, names, row)
        for numbers, levels in objects:
            self._append(self._objects, numbers | {"row": row}, levels, len(self._objects["row"]))
        for reason, count in refusals.items():
            self._append(self._refusals, {"row": row, "count": count}, {"reason": reason}, len(self._refusals["row"]))
        self._count += 1

    def columns(self) -> Columns:
        return Columns(
            _arrays(self._frames, FRAME_COLUMNS),
            _arrays(self._objects, OBJECT_COLUMNS),
            _arrays(self._refusals, REFUSAL_COLUMNS),
            {name: tuple(table) for name, table in self._tables.items()},
        )

    def _frame(self, record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        scene = record["scene"]
        origin = scene.get("origin", {})
        weather = weather_of(record)
        factors = record.get("factor_levels") or {}
        names = {f"weather.{name}": value for name, value in weather.items() if isinstance(value, str)}
        names |= {f"factor.{name}": level for name, level in factors.items()}
        drawn = scene.get("factors", {}).get("scenario")
        if isinstance(drawn, str):
            names["scenario"] = drawn
        values = {
            "width": record["size_wh"][0],
            "height": record["size_wh"][1],
            "scene": origin.get("scene_index", 0),
            "weight": scene.get("weight", 1.0),
            "illuminance_lux": weather.get("illuminance_lux", np.nan),
        }
        values |= {name: origin.get(name, 0) for name in ("view", "camera", "step", "attempt")}
        return values, names

    def _object(self, item: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        box = item["box_xyxy"] or (-1, -1, -1, -1)
        solid = item["bbox_3d"]
        names = {"class": item["category"], "status": item["status"]}
        if item["status"] == "ignored":
            names["cause"] = why_ignored(item["reasons"])
        names |= {f"factor.{name}": level for name, level in (item.get("factor_levels") or {}).items()}
        values = {
            "instance": item["instance_id"],
            "area": item["visible_pixels"],
            "visible": _number(item["visible_fraction"]),
            "truncation": _number(item["truncation"]),
            "distance": np.nan if solid is None else sum(value * value for value in solid["centre_m"]) ** 0.5,
        }
        return values | dict(zip(("x1", "y1", "x2", "y2"), box, strict=True)), names

    def _append(
        self, group: dict[str, list[Any]], values: Mapping[str, Any], names: Mapping[str, str], length: int
    ) -> None:
        for name, value in names.items():
            if name not in group:
                group[name] = [0] * length
            table = self._tables.setdefault(name, {})
            group[name].append(table.setdefault(value, len(table) + 1))
        for name, value in values.items():
            group[name].append(value)
        for column in group.values():
            if len(column) == length:
                column.append(0)


def _arrays(group: Mapping[str, list[Any]], fixed: Mapping[str, str]) -> dict[str, Any]:
    return {name: np.array(values, fixed.get(name, "uint16")) for name, values in group.items()}


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _shard_lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield frame, offset in bytes and line, of every line that tells its frame."""
    if not path.is_file():
        return
    offset = 0
    try:
        with path.open("rb") as stream:
            for line in stream:
                frame = frame_of_line(line)
                if frame is not None:
                    yield frame, offset, line
                offset += len(line)
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error


def _part_bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None  # merged into its shard a moment ago: the next look finds it there
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
