"""What filters and histograms need of records, as one array a quantity, and the file that keeps it.

Names are kept as numbers ("codes"): code c of a column stands for `tables[column][c - 1]`, and 0 for no name. Targets
alone are kept, that is instances with a class: a street has hundreds of houses and lamps a picture that no label speaks
of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json

__all__ = ["FRAME_COLUMNS", "OBJECT_COLUMNS", "REFUSAL_COLUMNS", "STATUSES", "Columns", "join_columns"]

#: Status of a target; its code in the column ``status`` is its place here, from 1.
STATUSES = ("labelled", "ignored", "dropped", "hidden")

#: Type of every column that each frame has. ``offset`` and ``length`` say where its line lies in its shard, in bytes;
#: ``part`` is 1 where the record is a file of its own. ``broken`` is 1 where it could not be read.
FRAME_COLUMNS: dict[str, str] = {
    "frame": "int32",
    "offset": "int64",
    "length": "int32",
    "part": "uint8",
    "broken": "uint8",
    "width": "int32",
    "height": "int32",
    "scene": "int32",
    "view": "int32",
    "camera": "int32",
    "step": "int32",
    "attempt": "int32",
    "weight": "float32",
    "illuminance_lux": "float32",
}
#: Type of every column that each target has; ``row`` is the place of its frame. Boxes are half-open, -1 for none.
OBJECT_COLUMNS: dict[str, str] = {
    "row": "int32",
    "instance": "int32",
    "class": "uint16",
    "status": "uint16",
    "cause": "uint16",
    "area": "int32",
    "visible": "float32",
    "truncation": "float32",
    "distance": "float32",
    "x1": "int32",
    "y1": "int32",
    "x2": "int32",
    "y2": "int32",
}
#: How often sampling was refused, by frame and reason.
REFUSAL_COLUMNS: dict[str, str] = {"row": "int32", "reason": "uint16", "count": "int32"}

#: Type of every column of names beside these: weather, factors.
_CODE = "uint16"
_MAGIC = b"synthvision columns 1\n"
_ALIGN = 8

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Some frames in columns.

    Args:
        frames: An array with a value a frame by name: those of `FRAME_COLUMNS`, and codes for ``weather.*``,
            ``factor.*`` and ``scenario``.
        objects: An array with a value a target by name: those of `OBJECT_COLUMNS`, and codes for ``factor.*``.
        refusals: Those of `REFUSAL_COLUMNS`.
        tables: What the codes of a column mean, by the column's name.
    """

    frames: Mapping[str, Array]
    objects: Mapping[str, Array]
    refusals: Mapping[str, Array]
    tables: Mapping[str, tuple[str, ...]]

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return len(self.frames["frame"])

    def names(self, column: str) -> tuple[str, ...]:
        """Return what the codes of a column mean, from code 1; empty where the column has none."""
        return self.tables.get(column, ())

    def to_bytes(self, source: str) -> bytes:
        """Return a file of these columns.

        Args:
            source: What they were made from; reading asks for the same text.
        """
        blocks, body, place = [], [], 0
        for group, arrays in (("frames", self.frames), ("objects", self.objects), ("refusals", self.refusals)):
            for name in sorted(arrays):
                data = np.ascontiguousarray(arrays[name]).tobytes()
                blocks.append([group, name, arrays[name].dtype.str, place, len(arrays[name])])
                padded = data + b"\0" * (-len(data) % _ALIGN)
                body.append(padded)
                place += len(padded)
        tables = {name: list(values) for name, values in self.tables.items()}
        header = canonical_json({"blocks": blocks, "bytes": place, "source": source, "tables": tables}).encode()
        return b"".join([_MAGIC, len(header).to_bytes(8, "little"), header, *body])

    @classmethod
    def from_bytes(cls, data: bytes, source: str) -> Columns | None:
        """Return the columns of a file; None where it is not whole, or was made from something else."""
        start = len(_MAGIC) + 8
        if not data.startswith(_MAGIC) or len(data) < start:
            return None
        body = start + int.from_bytes(data[len(_MAGIC) : start], "little")
        try:
            header = json.loads(data[start:body])
            if header["source"] != source or len(data) != body + header["bytes"]:
                return None
            groups: dict[str, dict[str, Array]] = {"frames": {}, "objects": {}, "refusals": {}}
            for group, name, dtype, place, count in header["blocks"]:
                groups[group][name] = np.frombuffer(data, np.dtype(dtype), count, body + place)
            tables = {name: tuple(values) for name, values in header["tables"].items()}
        except (ValueError, KeyError, TypeError):
            return None
        return cls(groups["frames"], groups["objects"], groups["refusals"], tables)


def join_columns(parts: Sequence[Columns]) -> Columns:
    """Return the frames of several parts as one, ascending by frame.

    Args:
        parts: Columns whose frames are all different.

    Raises:
        DatasetError: Two parts have one frame.
    """
    counts = [part.frame_count for part in parts]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if counts else np.zeros(0, np.int64)
    tables: dict[str, dict[str, int]] = {}
    frames = _join([part.frames for part in parts], parts, FRAME_COLUMNS, tables, None)
    objects = _join([part.objects for part in parts], parts, OBJECT_COLUMNS, tables, starts)
    refusals = _join([part.refusals for part in parts], parts, REFUSAL_COLUMNS, tables, starts)
    order = np.argsort(frames["frame"], kind="stable")
    if len(order) > 1 and not bool(np.all(np.diff(frames["frame"][order]) > 0)):
        twice = frames["frame"][order][:-1][np.diff(frames["frame"][order]) == 0]
        raise DatasetError(f"every frame must have one record, but frame {int(twice[0])} stands in two record files")
    if not np.array_equal(order, np.arange(len(order))):
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        frames = {name: values[order] for name, values in frames.items()}
        objects, refusals = _moved(objects, place), _moved(refusals, place)
    return Columns(frames, objects, refusals, {name: tuple(values) for name, values in tables.items()})


def _join(
    groups: Sequence[Mapping[str, Array]],
    parts: Sequence[Columns],
    fixed: Mapping[str, str],
    tables: dict[str, dict[str, int]],
    starts: Array | None,
) -> dict[str, Array]:
    names = dict(fixed)
    for group in groups:
        names |= {name: _CODE for name in group if name not in names}
    joined: dict[str, Array] = {}
    for name, dtype in names.items():
        pieces = []
        for group, part in zip(groups, parts, strict=True):
            if name not in group:
                # A factor or a level of weather that this part's records do not speak of.
                pieces.append(np.zeros(len(next(iter(group.values()))), dtype))
            elif name in part.tables:
                pieces.append(_recoded(group[name], part.names(name), tables.setdefault(name, {})))
            else:
                pieces.append(group[name])
        if name == "row" and starts is not None:
            pieces = [piece + np.int32(start) for piece, start in zip(pieces, starts, strict=True)]
        joined[name] = np.concatenate(pieces).astype(dtype, copy=False) if pieces else np.zeros(0, dtype)
    return joined


def _recoded(codes: Array, own: Sequence[str], shared: dict[str, int]) -> Array:
    """Return codes of a part's own table in the shared one, which grows by what is new."""
    lookup = np.zeros(len(own) + 1, _CODE)
    for code, name in enumerate(own, start=1):
        lookup[code] = shared.setdefault(name, len(shared) + 1)
    return np.asarray(lookup[codes])


def _moved(group: Mapping[str, Array], place: Array) -> dict[str, Array]:
    rows = place[group["row"]]
    order = np.argsort(rows, kind="stable")
    return {name: (rows if name == "row" else values)[order] for name, values in group.items()}
