"""A model file to a `Model`: read by its suffix, cleaned, turned to Z up, scaled to its real size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.images import TextureReader
from synthvision.library.mesh import RawModel, RawPart, clean_part
from synthvision.library.model import MeshPart, Model, StateDirection

__all__ = ["MODEL_SUFFIXES", "UNIT_M", "Axis", "ModelOptions", "Origin", "Unit", "load_model_file"]

MODEL_SUFFIXES = frozenset({".glb", ".gltf", ".obj", ".ply", ".stl"})
"""Files that `load_model_file` reads."""

MAX_SIZE_M = 1e6

Axis = Literal["x", "y", "z"]
Unit = Literal["m", "cm", "mm", "inch", "foot"]
Origin = Literal["base", "file"]

UNIT_M: Mapping[str, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "foot": 0.3048}
"""Metres of one unit."""

DEFAULT_UP_AXIS: Mapping[str, Axis] = {".glb": "y", ".gltf": "y", ".obj": "y", ".ply": "z", ".stl": "z"}
"""glTF says so; for the others it is what most programs write."""

DEFAULT_UNIT: Mapping[str, Unit] = {".glb": "m", ".gltf": "m", ".obj": "m", ".ply": "m", ".stl": "mm"}
"""glTF says so; STL comes from mechanical design, where a unit is a millimetre."""

_Z_UP: Mapping[str, NDArray[np.float64]] = {
    "x": np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]),
    "y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "z": np.eye(3),
}
"""Z-up from file axes; a glTF model, whose front is +Z, then looks towards -Y."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """What a catalogue says about a file that the file does not.

    Args:
        size_m: Real length of the longest side of its box; None trusts the file's unit.
        up_axis: Which axis of the file points up; None takes the format's habit.
        unit: Unit of the file; None takes the format's habit. Without meaning where `size_m` is given.
        origin: ``base`` moves the origin to the centre of the box's bottom, ``file`` keeps the file's own.
        attributes: Facts about the object.
        states: Directions in the file's axes.
        keypoints: Points in the file's axes and units.
    """

    size_m: float | None = None
    up_axis: Axis | None = None
    unit: Unit | None = None
    origin: Origin = "base"
    attributes: Mapping[str, str] = field(default_factory=dict)
    states: tuple[StateDirection, ...] = ()
    keypoints: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


def load_model_file(
    path: Path,
    key: str,
    options: ModelOptions | None = None,
    reader: TextureReader | None = None,
    root: Path | None = None,
) -> Model:
    """Return the model of a GLB, glTF, OBJ, PLY or STL file in metres, Z up.

    Args:
        path: The file; its suffix chooses the reader.
        key: ``Model.key``.
        options: What the catalogue knows; None for nothing.
        reader: Makes textures; None for one with the usual bound of 1024 pixels.
        root: Folder that further files (textures, buffers, materials) may not leave; None for the file's own.

    Raises:
        AssetError: The file is missing, broken, unsafe, or has no triangle.
    """
    options = options or ModelOptions()
    raw = read_model_file(path, reader or TextureReader(), root)
    label = str(path)
    suffix = path.suffix.lower()
    warnings = list(raw.warnings)
    parts: list[RawPart] = []
    for part in raw.parts:
        cleaned, notes = clean_part(part, label)
        warnings.extend(notes)
        if cleaned is not None:
            parts.append(cleaned)
    if not parts:
        raise AssetError(f"{label}: a model must have at least one triangle with an area, got none")
    turn = _Z_UP[options.up_axis or DEFAULT_UP_AXIS[suffix]]
    corners = [part.positions_n3 @ turn.T for part in parts]
    low = np.min([points.min(axis=0) for points in corners], axis=0)
    high = np.max([points.max(axis=0) for points in corners], axis=0)
    scale = UNIT_M[options.unit or DEFAULT_UNIT[suffix]]
    longest = float((high - low).max())
    if options.size_m is not None:
        scale = options.size_m / longest
    if not 0 < longest * scale < MAX_SIZE_M:
        raise AssetError(
            f"{label}: its longest side must be under {MAX_SIZE_M:g} m, got {longest * scale:g}; "
            "state its unit or size_m in the catalogue"
        )
    shift = -np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]) if options.origin == "base" else 0.0
    pairs = zip(parts, corners, strict=True)
    return Model(
        key=key,
        parts=tuple(_finished(part, (points + shift) * scale, turn) for part, points in pairs),
        materials=tuple(raw.materials),
        attributes=dict(options.attributes),
        states=tuple(_turned_state(state, turn) for state in options.states),
        keypoints={
            name: _triple((turn @ np.asarray(point, np.float64) + shift) * scale)
            for name, point in options.keypoints.items()
        },
        warnings=tuple(warnings),
    )


def read_model_file(path: Path, reader: TextureReader, root: Path | None = None) -> RawModel:
    """Return what a model file holds, in its own axes and units.

    Raises:
        AssetError: The suffix is none of `MODEL_SUFFIXES`, or the file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in {".glb", ".gltf"}:
        from synthvision.library.gltf import read_gltf

        return read_gltf(path, reader, root)
    if suffix == ".obj":
        from synthvision.library.obj import read_obj

        return read_obj(path, reader, root)
    if suffix == ".ply":
        from synthvision.library.ply import read_ply

        return read_ply(path, reader, root)
    if suffix == ".stl":
        from synthvision.library.stl import read_stl

        return read_stl(path)
    raise AssetError(f"{path}: a model must be one of {', '.join(sorted(MODEL_SUFFIXES))}, got {suffix or 'none'!r}")


def _finished(part: RawPart, positions: NDArray[np.float64], turn: NDArray[np.float64]) -> MeshPart:
    normals = part.normals_n3
    if normals is None:
        raise AssetError(f"part {part.name!r} must be cleaned before it is finished")
    return MeshPart(
        positions_n3=np.ascontiguousarray(positions, np.float32),
        normals_n3=np.ascontiguousarray(normals @ turn.T, np.float32),
        triangles_m3=np.ascontiguousarray(part.triangles_m3, np.uint32),
        uvs_n2=None if part.uvs_n2 is None else np.ascontiguousarray(part.uvs_n2, np.float32),
        colours_n4=None if part.colours_n4 is None else np.ascontiguousarray(part.colours_n4, np.float32),
        material=part.material,
        name=part.name,
    )


def _turned_state(state: StateDirection, turn: NDArray[np.float64]) -> StateDirection:
    direction = turn @ np.asarray(state.direction_xyz, np.float64)
    length = float(np.linalg.norm(direction))
    return StateDirection(state.state, state.value, _triple(direction / length), state.towards)


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]) + 0.0, float(values[1]) + 0.0, float(values[2]) + 0.0
