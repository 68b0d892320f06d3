"""A reader of PLY files: text and binary of either byte order, with normals, colours and texture coordinates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.core.id_colours import linear_from_srgb8
from synthvision.library.images import TextureReader
from synthvision.library.mesh import RawModel, RawPart
from synthvision.library.model import Material
from synthvision.library.resources import read_bytes, resource_path
from synthvision.library.stl import PLAIN

__all__ = ["read_ply"]

MAX_ELEMENTS = 50_000_000

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": None, "binary_little_endian": "<", "binary_big_endian": ">"}
_READ = frozenset(
    {"x", "y", "z", "nx", "ny", "nz", "red", "green", "blue", "alpha", "s", "t", "u", "v", "texture_u", "texture_v"}
)


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    kind: str
    length_kind: str | None = None


@dataclass(frozen=True, slots=True)
class _Element:
    name: str
    count: int
    properties: list[_Property]


def read_ply(path: Path, reader: TextureReader, root: Path | None = None) -> RawModel:
    """Return the mesh of a PLY file. Eight-bit vertex colours are taken as sRGB, as scanners write them.

    Args:
        path: The file.
        reader: Makes the texture that a ``comment TextureFile`` names.
        root: Folder that the texture may not leave; None for the file's own.

    Raises:
        AssetError: The file is missing, cut short, no PLY, or has no faces.
    """
    data = read_bytes(path)
    order, elements, comments, body = _header(data, path)
    values = _Text(data[body:], path) if order is None else _Binary(data, body, order, path)
    columns: dict[str, NDArray[Any]] = {}
    polygons: list[NDArray[np.int64]] = []
    warnings: list[str] = []
    for element in elements:
        if element.name == "vertex":
            columns = values.scalars(element)
        elif element.name == "face":
            polygons, extra = values.polygons(element)
            warnings += [f"the face property {name} is left out" for name in extra]
        else:
            values.skip(element)
            if element.count:
                warnings.append(f"the element {element.name} is left out")
    if not {"x", "y", "z"} <= set(columns):
        raise AssetError(f"{path}: a PLY mesh must have vertices with x, y and z, got {', '.join(columns) or 'none'}")
    if not polygons:
        raise AssetError(f"{path}: a PLY mesh must have faces, got none; a point cloud cannot be drawn")
    warnings += [f"the vertex property {name} is left out" for name in sorted(set(columns) - _READ)]
    part = _part(columns, polygons, path)
    return RawModel([part], [_material(comments, part.uvs_n2 is not None, path, reader, root)], warnings)


def _header(data: bytes, path: Path) -> tuple[str | None, list[_Element], list[str], int]:
    end = data.find(b"end_header")
    newline = data.find(b"\n", end)
    if not data.startswith(b"ply") or end < 0 or newline < 0:
        raise AssetError(f"{path}: must be a PLY file: 'ply', a header, 'end_header'")
    order: str | None = "?"
    elements: list[_Element] = []
    comments: list[str] = []
    for line in data[:end].decode("latin-1").splitlines()[1:]:
        words = line.split()
        try:
            match words:
                case ["format", kind, *_]:
                    order = _ORDERS[kind]
                case ["comment" | "obj_info", *_]:
                    comments.append(line.partition(" ")[2].strip())
                case ["element", name, count]:
                    elements.append(_Element(name, int(count), []))
                case ["property", "list", length_kind, kind, name]:
                    elements[-1].properties.append(_Property(name, _TYPES[kind], _TYPES[length_kind]))
                case ["property", kind, name]:
                    elements[-1].properties.append(_Property(name, _TYPES[kind]))
                case []:
                    pass
                case _:
                    raise AssetError(f"{path}: unknown line in the PLY header: {line!r}")
        except (KeyError, ValueError, IndexError) as error:
            raise AssetError(f"{path}: broken line in the PLY header: {line!r}") from error
    if order == "?":
        raise AssetError(f"{path}: the PLY header must state a format: {', '.join(_ORDERS)}")
    if any(not 0 <= element.count <= MAX_ELEMENTS for element in elements):
        raise AssetError(f"{path}: a PLY element must have 0 to {MAX_ELEMENTS} items")
    return order, elements, comments, newline + 1


class _Binary:
    def __init__(self, data: bytes, start: int, order: str, path: Path) -> None:
        self._data, self._position, self._order, self._path = data, start, order, path

    def scalars(self, element: _Element) -> dict[str, NDArray[Any]]:
        if any(item.length_kind for item in element.properties):
            raise AssetError(f"{self._path}: lists in the PLY element {element.name} cannot be read")
        dtype = np.dtype([(item.name, self._order + item.kind) for item in element.properties])
        records = self._take(dtype, element.count)
        return {item.name: records[item.name] for item in element.properties}

    def polygons(self, element: _Element) -> tuple[list[NDArray[np.int64]], list[str]]:
        corner = _corner_list(element, self._path)
        extra = [item.name for item in element.properties if item is not corner]
        start = self._position
        lengths = self._first_lengths(element)
        if lengths is not None:
            # Nearly every file has faces of one size: read them as records and see whether that holds.
            fields: list[Any] = []
            for index, item in enumerate(element.properties):
                if item.length_kind:
                    fields.append((f"length{index}", self._order + item.length_kind))
                    fields.append((f"value{index}", self._order + item.kind, (lengths[index],)))
                else:
                    fields.append((f"value{index}", self._order + item.kind))
            dtype = np.dtype(fields)
            if self._position + dtype.itemsize * element.count <= len(self._data):
                records = self._take(dtype, element.count)
                which = element.properties.index(corner)
                if all((records[f"length{index}"] == length).all() for index, length in lengths.items()):
                    return [records[f"value{which}"].astype(np.int64)], extra
            self._position = start
        return self._mixed_polygons(element, corner), extra

    def skip(self, element: _Element) -> None:
        if any(item.length_kind for item in element.properties):
            for _ in range(element.count):
                for item in element.properties:
                    self._one(item)
        else:
            self.scalars(element)

    def _first_lengths(self, element: _Element) -> dict[int, int] | None:
        if element.count == 0:
            return None
        start = self._position
        lengths = {}
        for index, item in enumerate(element.properties):
            found = self._one(item)
            if item.length_kind:
                lengths[index] = len(found)
        self._position = start
        return lengths

    def _mixed_polygons(self, element: _Element, corner: _Property) -> list[NDArray[np.int64]]:
        groups: dict[int, list[NDArray[Any]]] = {}
        for _ in range(element.count):
            for item in element.properties:
                found = self._one(item)
                if item is corner:
                    groups.setdefault(len(found), []).append(found)
        return [np.array(rows).astype(np.int64) for _, rows in sorted(groups.items())]

    def _one(self, item: _Property) -> NDArray[Any]:
        count = 1
        if item.length_kind:
            count = int(self._take(np.dtype(self._order + item.length_kind), 1)[0])
        return self._take(np.dtype(self._order + item.kind), count)

    def _take(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        needed = dtype.itemsize * count
        if count < 0 or self._position + needed > len(self._data):
            raise AssetError(f"{self._path}: the PLY file ends early: {needed} bytes are missing or damaged")
        taken = np.frombuffer(self._data, dtype, count, self._position)
        self._position += needed
        return taken


class _Text:
    def __init__(self, data: bytes, path: Path) -> None:
        self._lines = data.decode("latin-1").splitlines()
        self._position, self._path = 0, path

    def scalars(self, element: _Element) -> dict[str, NDArray[Any]]:
        try:
            table = np.array([line.split() for line in self._next(element)], np.float64)
        except ValueError as error:
            raise AssetError(f"{self._path}: broken line in the PLY element {element.name}: {error}") from error
        if table.shape != (element.count, len(element.properties)):
            raise AssetError(f"{self._path}: each PLY {element.name} must have {len(element.properties)} numbers")
        return {item.name: table[:, index].astype(item.kind) for index, item in enumerate(element.properties)}

    def polygons(self, element: _Element) -> tuple[list[NDArray[np.int64]], list[str]]:
        corner = _corner_list(element, self._path)
        groups: dict[int, list[list[int]]] = {}
        for line in self._next(element):
            words, position = line.split(), 0
            try:
                for item in element.properties:
                    length = int(words[position]) if item.length_kind else 1
                    position += 1 if item.length_kind else 0
                    found = words[position : position + length]
                    position += length
                    if item is corner:
                        if len(found) < length:
                            raise ValueError("too few corners")
                        groups.setdefault(length, []).append([int(word) for word in found])
            except (ValueError, IndexError) as error:
                raise AssetError(f"{self._path}: broken PLY face {line!r}: {error}") from error
        extra = [item.name for item in element.properties if item is not corner]
        return [np.array(rows, np.int64) for _, rows in sorted(groups.items())], extra

    def skip(self, element: _Element) -> None:
        self._next(element)

    def _next(self, element: _Element) -> list[str]:
        lines = self._lines[self._position : self._position + element.count]
        if len(lines) < element.count:
            raise AssetError(f"{self._path}: the PLY file ends early: {element.count} {element.name} lines are due, "
                             f"got {len(lines)}")  # fmt: skip
        self._position += element.count
        return lines


def _corner_list(element: _Element, path: Path) -> _Property:
    for item in element.properties:
        if item.length_kind and item.name in {"vertex_indices", "vertex_index"}:
            return item
    raise AssetError(f"{path}: PLY faces must have a list vertex_indices")


def _part(columns: dict[str, NDArray[Any]], polygons: list[NDArray[np.int64]], path: Path) -> RawPart:
    def stacked(*names: str) -> NDArray[np.float64] | None:
        if not set(names) <= set(columns):
            return None
        return np.stack([columns[name].astype(np.float64) for name in names], axis=1)

    positions = stacked("x", "y", "z")
    if positions is None:
        raise AssetError(f"{path}: a PLY mesh must have vertices with x, y and z")
    uvs = next((found for names in (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
                if (found := stacked(*names)) is not None), None)  # fmt: skip
    if uvs is not None:
        uvs = np.stack([uvs[:, 0], 1 - uvs[:, 1]], axis=1)  # PLY counts v from the bottom
    triangles = [_fan(group) for group in polygons if group.shape[1] >= 3]
    return RawPart(
        positions_n3=positions,
        triangles_m3=np.concatenate(triangles) if triangles else np.zeros((0, 3), np.int64),
        normals_n3=stacked("nx", "ny", "nz"),
        uvs_n2=uvs,
        colours_n4=_colours(columns),
        name=path.stem,
    )


def _fan(polygons: NDArray[np.int64]) -> NDArray[np.int64]:
    pieces = [polygons[:, [0, index, index + 1]] for index in range(1, polygons.shape[1] - 1)]
    return np.stack(pieces, axis=1).reshape(-1, 3)


def _colours(columns: dict[str, NDArray[Any]]) -> NDArray[np.float64] | None:
    if not {"red", "green", "blue"} <= set(columns):
        return None
    rgb = np.stack([columns[name] for name in ("red", "green", "blue")], axis=1)
    linear = linear_from_srgb8(rgb) if rgb.dtype == np.uint8 else _scaled(rgb)
    alpha = _scaled(columns["alpha"]) if "alpha" in columns else np.ones(len(rgb))
    return np.concatenate([linear, alpha[:, None]], axis=1)


def _scaled(values: NDArray[Any]) -> NDArray[np.float64]:
    return values / np.iinfo(values.dtype).max if values.dtype.kind in "iu" else values.astype(np.float64)


def _material(comments: list[str], has_uvs: bool, path: Path, reader: TextureReader, root: Path | None) -> Material:
    names = [text.partition(" ")[2].strip() for text in comments if text.lower().startswith("texturefile ")]
    if not names or not has_uvs:
        return PLAIN
    picture = resource_path(names[0], path.parent, root or path.parent, str(path))
    texture = reader.read(read_bytes(picture, str(path)), str(picture), is_srgb=True)
    return replace(PLAIN, base_colour=(1.0, 1.0, 1.0, 1.0), base_colour_map=texture)
