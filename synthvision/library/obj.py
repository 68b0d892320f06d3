"""A reader of Wavefront OBJ files with their material libraries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.images import TextureReader
from synthvision.library.mesh import RawModel, RawPart
from synthvision.library.model import Material
from synthvision.library.mtl import read_mtl
from synthvision.library.polygons import triangulate_polygon
from synthvision.library.resources import read_bytes, resource_path
from synthvision.library.stl import PLAIN

__all__ = ["read_obj"]

_LEFT_OUT = {
    "l": "lines", "p": "points", "curv": "curves", "curv2": "curves", "surf": "surfaces", "cstype": "curves",
}  # fmt: skip
_QUIET = frozenset(
    {
        "s", "vp", "end", "deg", "parm", "trim", "hole", "scrv", "sp", "lod", "bevel", "c_interp", "d_interp",
        "shadow_obj", "trace_obj", "mg", "bmat", "step",
    }
)  # fmt: skip
"""Smoothing groups are replaced by the angle between faces; the others belong to curves or to one old renderer."""


@dataclass(slots=True)
class _Group:
    """Faces of one material and name: corners as triples of position, texture and normal index, -1 for none."""

    name: str
    material: str
    corners: list[tuple[int, int, int]] = field(default_factory=list)


class _Content:
    """What the lines read so far hold."""

    def __init__(self) -> None:
        self.positions: list[list[float]] = []
        self.colours: list[list[float]] = []
        self.uvs: list[list[float]] = []
        self.normals: list[list[float]] = []
        self.groups: dict[tuple[str, str], _Group] = {}
        self.libraries: list[str] = []
        self.left_out: dict[str, None] = {}
        self._name, self._material = "", ""

    def read_line(self, line: str) -> None:
        """Take one line.

        Raises:
            ValueError: It is broken.
            IndexError: It is too short.
        """
        key, *words = line.split()
        rest = line.split(None, 1)[1].strip() if words else ""
        if key == "v":
            values = [float(word) for word in words[:7]]
            self.positions.append(values[:3])
            if len(values) >= 6:
                self.colours.append(values[3:6])
        elif key == "vt":
            self.uvs.append([float(words[0]), float(words[1]) if len(words) > 1 else 0.0])
        elif key == "vn":
            self.normals.append([float(word) for word in words[:3]])
        elif key == "f":
            place = (self._name, self._material)
            if place not in self.groups:
                self.groups[place] = _Group(*place)
            self._add_face(self.groups[place], words)
        elif key in {"o", "g"}:
            self._name = rest
        elif key == "usemtl":
            self._material = rest
        elif key == "mtllib":
            self.libraries.append(rest)
        elif key in _LEFT_OUT:
            self.left_out[_LEFT_OUT[key]] = None
        elif key not in _QUIET:
            raise ValueError(f"unknown keyword {key[:40]!r}")

    def _add_face(self, group: _Group, words: Sequence[str]) -> None:
        if len(words) < 3:
            raise ValueError("a face needs three corners")
        limits = (len(self.positions), len(self.uvs), len(self.normals))
        corners = []
        for word in words:
            texts = word.split("/")
            indices = [_index(texts[place] if place < len(texts) else "", limit) for place, limit in enumerate(limits)]
            if indices[0] < 0:
                raise ValueError("a corner needs a vertex")
            corners.append((indices[0], indices[1], indices[2]))
        if len(corners) == 3:
            group.corners += corners
            return
        points = np.array([self.positions[corner[0]] for corner in corners], np.float64)
        for triangle in triangulate_polygon(points):
            group.corners += [corners[index] for index in triangle]


def read_obj(path: Path, reader: TextureReader, root: Path | None = None) -> RawModel:
    """Return the mesh of an OBJ file, one part for each material of each object or group.

    Polygons are cut into triangles, also hollow ones. Vertex colours behind the coordinates (linear) are read. A
    material library that is missing is named in a warning; a texture that is missing is an error.

    Args:
        path: The file.
        reader: Makes textures.
        root: Folder that material libraries and textures may not leave; None for the file's own.

    Raises:
        AssetError: The file is missing or broken, a texture is, or a path leads out of the pack.
    """
    root = root or path.parent
    content = _parse(read_bytes(path), path)
    warnings = [f"{name} are left out; only faces are drawn" for name in dict.fromkeys(content.left_out)]
    known: dict[str, Material] = {}
    for name in content.libraries:
        library = resource_path(name, path.parent, root, str(path))
        if not library.is_file():
            warnings.append(f"the material library {name} is missing; its materials are drawn grey")
            continue
        materials, notes = read_mtl(library, reader, root)
        known.update(materials)
        warnings += notes
    order: dict[str, int] = {}
    parts = [
        _part(content, group, order.setdefault(group.material, len(order)), path)
        for group in content.groups.values()
        if group.corners
    ]
    used: list[Material] = []
    for name in order:
        if name and name not in known and content.libraries:
            warnings.append(f"the material {name!r} is in no library; it is drawn grey")
        used.append(known.get(name) or _plain(name))
    return RawModel(parts, used, warnings)


def _plain(name: str) -> Material:
    return replace(PLAIN, name=name or "default")


def _parse(data: bytes, path: Path) -> _Content:
    content = _Content()
    text = data.decode("utf-8", errors="replace").replace("\\\r\n", " ").replace("\\\n", " ")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            content.read_line(line)
        except (ValueError, IndexError) as error:
            raise AssetError(f"{path}:{number}: must be a valid OBJ line, got {line[:80]!r} ({error})") from error
    if not content.positions or not any(group.corners for group in content.groups.values()):
        raise AssetError(f"{path}: an OBJ model must have vertices and faces, got {len(content.positions)} vertices")
    return content


def _index(text: str, count: int) -> int:
    """Return the zero-based index of OBJ's one-based or negative (counted from the end) one; -1 for none."""
    if not text:
        return -1
    number = int(text)
    index = number - 1 if number > 0 else count + number
    if number == 0 or not 0 <= index < count:
        raise ValueError(f"index {number} is not among the {count} so far")
    return index


def _part(content: _Content, group: _Group, material: int, path: Path) -> RawPart:
    corners = np.array(group.corners, np.int64)
    unique, triangles = np.unique(corners, axis=0, return_inverse=True)
    positions = _rows(content.positions, unique[:, 0], 3, "v", path)
    uvs = _rows(content.uvs, unique[:, 1], 2, "vt", path)
    colours = None
    if content.colours and len(content.colours) == len(content.positions):
        rgb = _rows(content.colours, unique[:, 0], 3, "v", path)
        colours = None if rgb is None else np.concatenate([rgb, np.ones((len(rgb), 1))], axis=1)
    if positions is None:
        raise AssetError(f"{path}: faces must name vertices")
    return RawPart(
        positions_n3=positions,
        triangles_m3=triangles.reshape(-1, 3),
        normals_n3=_rows(content.normals, unique[:, 2], 3, "vn", path),
        uvs_n2=None if uvs is None else np.stack([uvs[:, 0], 1 - uvs[:, 1]], axis=1),
        colours_n4=colours,
        material=material,
        name=group.name or path.stem,
    )


def _rows(
    table: list[list[float]], indices: NDArray[np.int64], width: int, key: str, path: Path
) -> NDArray[np.float64] | None:
    """Return the rows of a table, or None where some corner has no index into it."""
    if not table or (indices < 0).any():
        return None
    rows = [table[index] for index in indices.tolist()]
    if any(len(row) != width for row in rows):
        raise AssetError(f"{path}: each {key} line must have {width} numbers")
    return np.array(rows, np.float64)
