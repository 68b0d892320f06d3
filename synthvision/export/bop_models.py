"""The objects of a BOP data set: which model each ``obj_id`` is, and the models as PLY files in millimetres.

BOP has one rigid model for each ``obj_id`` and no scale. An object here is therefore an asset with its parameters, its
scale and the parts of it that are shown: the same bottle at two sizes is two objects. Ids count from 1 in the order in
which the records first show them, so that a longer data set keeps the ids of a shorter one.

The origin of a model is the middle of its box, as BOP wants it. Vertices have normals and colours: the base colour of
the material with its map at the vertex, as the asset has it, without what a scene paints over it. Textures themselves
and symmetries are not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError, ConfigError, DatasetError, PluginError
from synthvision.core.hashing import canonical_json
from synthvision.core.labels import InstanceLabel
from synthvision.dataset.atomic import write_text
from synthvision.dataset.manifest import Manifest
from synthvision.library.assets import AssetLibrary
from synthvision.library.model import Material, MeshPart
from synthvision.library.reference import AssetRef

__all__ = ["BopObjects", "open_models"]

Float = NDArray[np.float64]

_MILLIMETRES = 1_000.0
_SCALE_DIGITS = 9
# Above this many points, only those on the convex hull are compared for the diameter: no other can be farthest apart.
_FEW_POINTS = 500


@dataclass(slots=True)
class _BopObject:
    """One object.

    Args:
        asset: Which model.
        scale: Multiplies the model's coordinates.
        shown_parts: Names of the mesh parts it consists of; None for all.
        classes: Classes that its instances have.
        instances: How many there are in all pictures.
    """

    asset: AssetRef
    scale: tuple[float, float, float]
    shown_parts: tuple[str, ...] | None
    classes: set[str] = field(default_factory=set)
    instances: int = 0


class BopObjects:
    """Gives objects their ids, and writes the model of each when it is first seen.

    Args:
        library: Where models come from; None to write none.
        folder: Where they go.
        most: Largest number of objects.
    """

    def __init__(self, library: AssetLibrary | None, folder: Path, most: int) -> None:
        self._library, self._folder, self._most = library, folder, most
        self._ids: dict[str, int] = {}
        self._objects: dict[int, _BopObject] = {}
        self._models: dict[str, dict[str, float]] = {}

    def id_of(self, label: InstanceLabel, item: Mapping[str, Any]) -> int:
        """Return the ``obj_id`` of an instance.

        Args:
            label: The instance, with a pose.
            item: Its object in the scene's JSON.

        Raises:
            DatasetError: There are too many objects, or the model of a new one cannot be loaded or written.
        """
        if label.pose is None or label.category is None:
            raise DatasetError(f"{label.name}: an instance must have a pose and a class to be written in BOP's form")
        scale = label.pose.scale
        asset = AssetRef(item["asset"]["pack"], item["asset"]["name"], item["asset"]["params"])
        shown = item.get("shown_parts")
        key = canonical_json([asset.key, [round(part, _SCALE_DIGITS) for part in scale], shown])
        number = self._ids.get(key)
        if number is None:
            number = self._ids[key] = self._new(_BopObject(asset, scale, None if shown is None else tuple(shown)))
        entry = self._objects[number]
        entry.classes.add(label.category)
        entry.instances += 1
        return number

    def about(self) -> dict[str, Any]:
        """Return what stands in ``dataset_info.json``, JSON values."""
        return {
            str(number): {
                "asset": f"{entry.asset.pack}/{entry.asset.name}",
                "classes": sorted(entry.classes),
                "instances": entry.instances,
                "params": dict(entry.asset.params),
                "scale": list(entry.scale),
                "shown_parts": None if entry.shown_parts is None else list(entry.shown_parts),
            }
            for number, entry in self._objects.items()
        }

    def sentence(self) -> str:
        """Return how many objects there are, and how many of them are another at another scale."""
        unscaled = {canonical_json([entry.asset.key, entry.shown_parts]) for entry in self._objects.values()}
        again = len(self._objects) - len(unscaled)
        return f"{len(self._objects)} objects, {again} of which are others at another scale, as BOP has no scale"

    def finish(self) -> None:
        """Write ``models_info.json``, where models are written.

        Raises:
            DatasetError: The file cannot be written.
        """
        if self._library is not None:
            write_text(self._folder / "models_info.json", canonical_json(self._models) + "\n")

    def _new(self, entry: _BopObject) -> int:
        if len(self._objects) == self._most:
            raise DatasetError(
                f"BOP has a model for each object and each of its scales, and this data set has more than {self._most}"
                "; sample fewer variants and no random scales, or raise the option max_objects"
            )
        number = len(self._objects) + 1
        if self._library is not None:
            try:
                model = self._library.load_model(entry.asset)
            except AssetError as error:
                raise DatasetError(_no_models(error)) from error
            parts = [part for part in model.parts if entry.shown_parts is None or part.name in entry.shown_parts]
            mesh = _merge([part for part in parts if len(part.positions_n3)], model.materials, entry.scale)
            write_text(self._folder / f"obj_{number:06d}.ply", _ply(mesh))
            self._models[str(number)] = _model_info(mesh.points_n3)
        self._objects[number] = entry
        return number


def open_models(manifest: Manifest) -> AssetLibrary:
    """Return the library of the packs that a data set's job names.

    Raises:
        DatasetError: A pack is not there; the message says how to do without models.
    """
    assets = manifest.config.get("assets", {})
    try:
        return AssetLibrary.open(assets.get("packs", ()), assets.get("roots", ()))
    except (AssetError, ConfigError, PluginError) as error:
        raise DatasetError(_no_models(error)) from error


@dataclass(frozen=True, slots=True, eq=False)
class _Mesh:
    """A model in millimetres about the middle of its box: points, unit normals, 8-bit colours, triangles."""

    points_n3: Float
    normals_n3: Float
    colours_n3: NDArray[np.uint8]
    triangles_m3: NDArray[np.int64]


def _merge(parts: list[MeshPart], materials: tuple[Material, ...], scale: tuple[float, float, float]) -> _Mesh:
    factors = np.array(scale)
    points = np.concatenate([part.positions_n3 for part in parts]).astype(np.float64) * factors
    points = (points - (points.min(axis=0) + points.max(axis=0)) / 2) * _MILLIMETRES
    # Normals stay at right angles to the surface when each is divided by the scale of its axis.
    normals = np.concatenate([part.normals_n3 for part in parts]).astype(np.float64) / factors
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals / np.where(lengths > 0, lengths, 1.0)
    firsts = np.cumsum([0, *(len(part.positions_n3) for part in parts)])
    triangles = np.concatenate(
        [part.triangles_m3.astype(np.int64) + first for part, first in zip(parts, firsts, strict=False)]
    )
    if np.prod(factors) < 0:
        triangles = triangles[:, ::-1]
    colours = np.concatenate([_colours(part, materials[part.material]) for part in parts])
    return _Mesh(points, normals, colours, triangles)


def _colours(part: MeshPart, material: Material) -> NDArray[np.uint8]:
    """Return the base colour at each vertex, uint8 (n, 3), sRGB."""
    linear = np.tile(np.array(material.base_colour[:3], np.float64), (len(part.positions_n3), 1))
    if part.colours_n4 is not None:
        linear *= part.colours_n4[:, :3]
    texture = material.base_colour_map
    if texture is not None and part.uvs_n2 is not None and texture.pixels_hwc.shape[2] >= 3:
        height, width = texture.pixels_hwc.shape[:2]
        places = part.uvs_n2.astype(np.float64) % 1.0
        columns = np.minimum((places[:, 0] * width).astype(np.int64), width - 1)
        rows = np.minimum((places[:, 1] * height).astype(np.int64), height - 1)
        encoded = texture.pixels_hwc[rows, columns, :3] / 255.0
        linear *= np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear, 0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    found: NDArray[np.uint8] = np.rint(srgb * 255).astype(np.uint8)
    return found


def _ply(mesh: _Mesh) -> str:
    """Return the text of a PLY file, http://paulbourke.net/dataformats/ply/."""
    vertex = [
        "float x",
        "float y",
        "float z",
        "float nx",
        "float ny",
        "float nz",
        "uchar red",
        "uchar green",
        "uchar blue",
    ]
    lines = ["ply", "format ascii 1.0", f"element vertex {len(mesh.points_n3)}"]
    lines += [f"property {name}" for name in vertex]
    lines += [f"element face {len(mesh.triangles_m3)}", "property list uchar int vertex_indices", "end_header"]
    rows = zip(mesh.points_n3.tolist(), mesh.normals_n3.tolist(), mesh.colours_n3.tolist(), strict=True)
    lines += [
        " ".join([*(f"{value:.5f}" for value in point), *(f"{value:.5f}" for value in normal), *map(str, colour)])
        for point, normal, colour in rows
    ]
    lines += [f"3 {a} {b} {c}" for a, b, c in mesh.triangles_m3.tolist()]
    return "\n".join([*lines, ""])


def _model_info(points_n3: Float) -> dict[str, float]:
    low, high = points_n3.min(axis=0).tolist(), points_n3.max(axis=0).tolist()
    info = {"diameter": _diameter(points_n3)}
    for axis, name in enumerate("xyz"):
        info[f"min_{name}"] = low[axis]
        info[f"size_{name}"] = high[axis] - low[axis]
    return info


def _diameter(points_n3: Float) -> float:
    """Return the largest distance of two points."""
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import pdist

    points = np.unique(points_n3, axis=0)
    if len(points) > _FEW_POINTS:
        # Joggled, so that flat models have a hull as well; which points lie on it is all that is used.
        points = points[ConvexHull(points, qhull_options="QJ").vertices]
    return float(pdist(points).max()) if len(points) > 1 else 0.0


def _no_models(error: Exception) -> str:
    return f"the models of a BOP data set come from its assets, but {error}; or leave them out: models=false"
