"""A glTF file's JSON and binary data: containers, buffers, accessors, pictures, all lengths checked."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.resources import read_bytes, resource_path

__all__ = ["GltfDocument", "open_gltf"]

MAX_ELEMENTS = 50_000_000
"""Elements of one accessor: bounds what a few bytes of JSON can ask for."""

_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


class GltfDocument:
    """The parsed file. Warnings gather in `warnings`, each sentence once.

    Args:
        path: The file.
        root: Folder that external files may not leave.
        content: The JSON object.
        chunk: The binary chunk of a GLB, or None.
    """

    def __init__(self, path: Path, root: Path, content: dict[str, Any], chunk: bytes | None) -> None:
        self.path = path
        self.label = str(path)
        self.content = content
        self.warnings: list[str] = []
        self._root = root
        self._chunk = chunk
        self._buffers: dict[int, bytes] = {}

    def warn(self, sentence: str) -> None:
        """Add a sentence to `warnings` unless it is there."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def fault(self, message: str) -> AssetError:
        """Return the error for this file."""
        return AssetError(f"{self.label}: {message}")

    def items(self, name: str) -> list[dict[str, Any]]:
        """Return a top-level array, empty where the file has none."""
        found = self.content.get(name, [])
        if not isinstance(found, list):
            raise self.fault(f"{name} must be an array, got {type(found).__name__}")
        return found

    def item(self, name: str, index: Any) -> dict[str, Any]:
        """Return one object of a top-level array.

        Raises:
            AssetError: The index is not one of the array's.
        """
        found = self.items(name)
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(found):
            raise self.fault(f"{name} index must be 0 to {len(found) - 1}, got {index!r}")
        return found[index]

    def view_bytes(self, index: Any) -> tuple[memoryview, int | None]:
        """Return the bytes of a buffer view and its stride (None where elements are packed).

        Raises:
            AssetError: The view leaves its buffer.
        """
        view = self.item("bufferViews", index)
        extensions = view.get("extensions", {})
        for name in ("EXT_meshopt_compression", "KHR_meshopt_compression"):
            if name in extensions and self.item("buffers", view["buffer"]).get("extensions"):
                raise self.fault(f"{name} cannot be read; save the file without mesh compression")
        data = self._buffer(view["buffer"])
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or length < 0 or start + length > len(data):
            raise self.fault(f"bufferViews[{index}] must lie inside its buffer of {len(data)} bytes, got "
                             f"{start} to {start + length}")  # fmt: skip
        return memoryview(data)[start : start + length], view.get("byteStride")

    def accessor(self, index: Any, *, kind: str | None = None) -> NDArray[Any]:
        """Return the elements of an accessor: (count, width), integers as they are, float32 where normalised.

        Args:
            index: Which accessor.
            kind: ``SCALAR``, ``VEC3``, ... that it must have, or None.

        Raises:
            AssetError: It does not fit its buffer view, or has another kind.
        """
        entry = self.item("accessors", index)
        if entry.get("type") not in _WIDTHS or entry.get("componentType") not in _DTYPES:
            raise self.fault(f"accessors[{index}] has an unknown type {entry.get('type')!r} or component type "
                             f"{entry.get('componentType')!r}")  # fmt: skip
        if kind is not None and entry["type"] != kind:
            raise self.fault(f"accessors[{index}] must be {kind}, got {entry['type']}")
        dtype, width, count = np.dtype(_DTYPES[entry["componentType"]]), _WIDTHS[entry["type"]], int(entry["count"])
        if not 0 <= count <= MAX_ELEMENTS:
            raise self.fault(f"accessors[{index}].count must be 0 to {MAX_ELEMENTS}, got {count}")
        where = f"accessors[{index}]"
        if "bufferView" in entry:
            values = self._elements(entry["bufferView"], int(entry.get("byteOffset", 0)), dtype, count, width, where)
        else:
            values = np.zeros((count, width), dtype)
        if "sparse" in entry:
            values = self._with_sparse(values, entry["sparse"], where)
        if entry.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values.astype(np.float32) / np.float32(np.iinfo(dtype).max), np.float32(-1))
        return values

    def image_bytes(self, index: Any) -> tuple[bytes, str]:
        """Return the encoded picture of an image and a label for errors.

        Raises:
            AssetError: The picture's file is missing or outside the pack.
        """
        image = self.item("images", index)
        label = f"{self.label}: image {image.get('name') or index}"
        if "bufferView" in image:
            return bytes(self.view_bytes(image["bufferView"])[0]), label
        if "uri" not in image:
            raise self.fault(f"images[{index}] must have a uri or a bufferView")
        return self._uri_bytes(image["uri"]), label

    def _elements(
        self, view: Any, offset: int, dtype: np.dtype[Any], count: int, width: int, where: str
    ) -> NDArray[Any]:
        data, stride = self.view_bytes(view)
        size = dtype.itemsize * width
        step = int(stride) if stride else size
        needed = offset + step * (count - 1) + size if count else offset
        if offset < 0 or step < size or needed > len(data):
            raise self.fault(f"{where} needs {needed} bytes of bufferViews[{view}], which has {len(data)}; "
                             "the file is damaged")  # fmt: skip
        return np.ndarray((count, width), dtype, data, offset, (step, dtype.itemsize)).copy()

    def _with_sparse(self, values: NDArray[Any], sparse: dict[str, Any], where: str) -> NDArray[Any]:
        count, places, items = int(sparse["count"]), sparse["indices"], sparse["values"]
        if not 0 <= count <= len(values):
            raise self.fault(f"{where}.sparse.count must be 0 to {len(values)}, got {count}")
        index_dtype = np.dtype(_DTYPES[places["componentType"]])
        rows = self._elements(places["bufferView"], int(places.get("byteOffset", 0)), index_dtype, count, 1, where)
        rows = rows[:, 0].astype(np.int64)
        if count and int(rows.max()) >= len(values):
            raise self.fault(f"{where}.sparse indices must be below {len(values)}, got {int(rows.max())}")
        width = values.shape[1]
        news = self._elements(items["bufferView"], int(items.get("byteOffset", 0)), values.dtype, count, width, where)
        values[rows] = news
        return values

    def _buffer(self, index: Any) -> bytes:
        if index not in self._buffers:
            buffer = self.item("buffers", index)
            if "uri" in buffer:
                data = self._uri_bytes(buffer["uri"])
            elif index == 0 and self._chunk is not None:
                data = self._chunk
            else:
                raise self.fault(f"buffers[{index}] must have a uri; only buffer 0 of a GLB may go without")
            if len(data) < int(buffer["byteLength"]):
                raise self.fault(f"buffers[{index}] must have {buffer['byteLength']} bytes, got {len(data)}; "
                                 "the file is cut short")  # fmt: skip
            self._buffers[index] = data
        return self._buffers[index]

    def _uri_bytes(self, uri: Any) -> bytes:
        if not isinstance(uri, str):
            raise self.fault(f"a uri must be text, got {uri!r}")
        if uri.startswith("data:"):
            head, comma, body = uri.partition(",")
            if not comma or not head.endswith(";base64"):
                raise self.fault(f"a data uri must be base64, got {head[:60]!r}")
            try:
                return base64.b64decode(body, validate=True)
            except binascii.Error as error:
                raise self.fault(f"a data uri must be valid base64: {error}") from error
        return read_bytes(resource_path(unquote(uri), self.path.parent, self._root, self.label), self.label)


def open_gltf(path: Path, root: Path | None = None) -> GltfDocument:
    """Return the parsed container of a ``.glb`` or ``.gltf`` file, recognised by content.

    Args:
        path: The file.
        root: Folder that external files may not leave; None for the file's own.

    Raises:
        AssetError: Missing, not glTF 2, cut short, or its JSON is broken.
    """
    data = read_bytes(path)
    chunk: bytes | None = None
    text = data
    if data[:4] == b"glTF":
        text, chunk = _glb_chunks(data, str(path))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AssetError(f"{path}: must be a glTF file with valid JSON, got: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("asset"), dict):
        raise AssetError(f"{path}: must be a glTF file, an object with the key 'asset'")
    version = str(content["asset"].get("version", ""))
    if not version.startswith("2."):
        raise AssetError(f"{path}: must be glTF 2, got version {version or 'none'}; convert it with a modeller")
    return GltfDocument(path, root or path.parent, content, chunk)


def _glb_chunks(data: bytes, label: str) -> tuple[bytes, bytes | None]:
    if len(data) < 20:
        raise AssetError(f"{label}: a GLB file must have at least 20 bytes, got {len(data)}; the file is cut short")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise AssetError(f"{label}: must be GLB version 2, got {version}; convert it with a modeller")
    if length > len(data):
        raise AssetError(f"{label}: must have {length} bytes as its header says, got {len(data)}; it is cut short")
    text: bytes | None = None
    binary: bytes | None = None
    position = 12
    while position + 8 <= length:
        size, kind = struct.unpack_from("<II", data, position)
        position += 8
        if position + size > length:
            raise AssetError(f"{label}: a chunk of {size} bytes does not fit the file; it is cut short")
        if kind == 0x4E4F534A and text is None:
            text = data[position : position + size]
        elif kind == 0x004E4942 and binary is None:
            binary = data[position : position + size]
        position += size
    if text is None:
        raise AssetError(f"{label}: a GLB file must have a JSON chunk")
    return text, binary
