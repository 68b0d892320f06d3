"""Small asset files with known content, written by hand."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthvision.library.images import TextureReader
from synthvision.library.loading import ModelOptions, load_model_file

COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}

TRIANGLE = np.array([[0, 0, 0], [2, 0, 0], [0, 1, 0]], "f4")
"""Seen from +Z (the front of glTF) it is counter-clockwise."""


def png(pixels: np.ndarray) -> bytes:
    """The PNG file of uint8 pixels (h, w), (h, w, 3) or (h, w, 4)."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


class Glb:
    """Builds a GLB piece by piece; `json` may be changed at will before it is written."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.json: dict = {
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [], "meshes": [],
            "accessors": [], "bufferViews": [],
        }  # fmt: skip

    def view(self, data: bytes, **extra) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **extra})
        self.data += data
        return len(self.json["bufferViews"]) - 1

    def accessor(self, values: np.ndarray, **extra) -> int:
        array = np.ascontiguousarray(values)
        width = 1 if array.ndim == 1 else int(np.prod(array.shape[1:]))
        entry = {
            "bufferView": self.view(array.tobytes()),
            "componentType": COMPONENTS[array.dtype.str[1:]],
            "count": len(array),
            "type": KINDS[width],
            **extra,
        }
        self.json["accessors"].append(entry)
        return len(self.json["accessors"]) - 1

    def texture(self, pixels: np.ndarray, **sampler) -> dict:
        """Add a picture and return a textureInfo."""
        self.json.setdefault("images", []).append({"bufferView": self.view(png(pixels)), "mimeType": "image/png"})
        texture = {"source": len(self.json["images"]) - 1}
        if sampler:
            self.json.setdefault("samplers", []).append(sampler)
            texture["sampler"] = len(self.json["samplers"]) - 1
        self.json.setdefault("textures", []).append(texture)
        return {"index": len(self.json["textures"]) - 1}

    def material(self, **entry) -> int:
        self.json.setdefault("materials", []).append(entry)
        return len(self.json["materials"]) - 1

    def mesh(self, positions=TRIANGLE, indices=(0, 1, 2), material: int | None = None, **attributes) -> int:
        """Add a mesh of one primitive; keyword names are attributes with accessor indices or arrays."""
        made = {
            key: value if isinstance(value, int) else self.accessor(value)
            for key, value in {"POSITION": positions, **attributes}.items()
        }
        primitive: dict = {"attributes": made}
        if indices is not None:
            primitive["indices"] = self.accessor(np.array(indices, "u2"))
        if material is not None:
            primitive["material"] = material
        self.json["meshes"].append({"primitives": [primitive]})
        return len(self.json["meshes"]) - 1

    def node(self, **entry) -> int:
        self.json["nodes"].append(entry)
        return len(self.json["nodes"]) - 1

    def to_bytes(self) -> bytes:
        content = dict(self.json, buffers=[{"byteLength": len(self.data)}])
        text = json.dumps(content).encode()
        text += b" " * (-len(text) % 4)
        body = bytes(self.data) + b"\0" * (-len(self.data) % 4)
        size = 12 + 8 + len(text) + 8 + len(body)
        head = struct.pack("<4sII", b"glTF", 2, size)
        return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body

    def write(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.to_bytes())
        return path


class AssetKit:
    """What tests use of this file; test modules cannot import each other."""

    TRIANGLE = TRIANGLE
    Glb = Glb
    png = staticmethod(png)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, glb: Glb, options: ModelOptions | None = None, **keywords):
        """Write a GLB and load it with its own origin kept, so that coordinates are known."""
        path = glb.write(self.folder / "model.glb")
        return load_model_file(path, "test/model", options or ModelOptions(origin="file"), **keywords)

    def triangle_file(self, name: str, positions=TRIANGLE) -> Path:
        glb = Glb()
        glb.node(mesh=glb.mesh(positions))
        return glb.write(self.folder / name)

    def picture(self, name: str, pixels: np.ndarray) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return path

    @staticmethod
    def flat(value: int | tuple[int, ...], size: int = 4) -> np.ndarray:
        return np.full((size, size, 3), value, np.uint8)

    @staticmethod
    def reader(**keywords) -> TextureReader:
        return TextureReader(**keywords)


@pytest.fixture
def kit(tmp_path) -> AssetKit:
    return AssetKit(tmp_path)


@pytest.fixture(autouse=True)
def _no_packs_of_this_machine(tmp_path, monkeypatch, request):
    """Registered packs and roots of the person who runs the tests must not matter."""
    monkeypatch.setenv("SYNTHVISION_HOME", str(tmp_path / "home"))
    if request.node.get_closest_marker("shared") is None:
        monkeypatch.delenv("SYNTHVISION_ASSETS", raising=False)
