"""glTF scene graph to a `RawModel`: nodes, transforms, meshes, skins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.geometry.poses import matrix_from_pose
from synthvision.library.gltf.document import GltfDocument, open_gltf
from synthvision.library.gltf.extensions import check_extensions
from synthvision.library.gltf.materials import GltfMaterial, read_material
from synthvision.library.gltf.primitives import read_primitive
from synthvision.library.images import TextureReader
from synthvision.library.mesh import RawModel, RawPart, transform_part
from synthvision.library.model import Material

__all__ = ["read_gltf"]

MAX_NODES = 100_000

_MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, FloatingPointError)
"""What reading JSON of the wrong shape raises; there are too many places to check each by hand."""


def read_gltf(path: Path, reader: TextureReader, root: Path | None = None) -> RawModel:
    """Return the default scene of a ``.gltf`` or ``.glb`` file, in its own axes (Y up) and units (metres).

    Args:
        path: The file.
        reader: Makes textures.
        root: Folder that external files may not leave; None for the file's own.

    Returns:
        One part per primitive and node; node transforms, skins and morph weights are applied.

    Raises:
        AssetError: The file is missing, cut short, malformed, unsafe, or requires what cannot be read.
    """
    document = open_gltf(path, root)
    try:
        check_extensions(document)
        return _Scene(document, reader).read()
    except _MALFORMED as error:
        kind = type(error).__name__
        raise AssetError(f"{path}: must be a valid glTF file; its structure is broken ({kind}: {error})") from error


class _Scene:
    def __init__(self, document: GltfDocument, reader: TextureReader) -> None:
        self._document = document
        self._reader = reader
        self._materials: list[GltfMaterial] = []
        self._by_entry: dict[int | None, int] = {}
        self._names: set[str] = set()
        self._world: dict[int, NDArray[np.float64]] = {}

    def read(self) -> RawModel:
        document = self._document
        for name, sentence in (
            ("animations", "animations are left out; the model stands in its rest pose"),
            ("cameras", "cameras in the file are left out"),
        ):
            if document.items(name):
                document.warn(f"{len(document.items(name))} {sentence}")
        parts: list[RawPart] = []
        order = list(self._walk())
        for index, world in order:
            self._world[index] = world
        for index, world in order:
            parts.extend(self._node_parts(index, world))
        materials = [entry.material for entry in self._materials]
        return RawModel(parts, materials, document.warnings)

    def _walk(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield each node of the scene with its matrix, parents first."""
        seen: set[int] = set()
        stack = [(index, np.eye(4)) for index in reversed(self._roots())]
        while stack:
            index, parent = stack.pop()
            node = self._document.item("nodes", index)
            if index in seen or len(seen) >= MAX_NODES:
                raise self._document.fault(f"nodes must form a tree of at most {MAX_NODES}, but node {index} has two "
                                           "parents or is its own")  # fmt: skip
            seen.add(index)
            world = parent @ self._local(node, index)
            yield index, world
            stack.extend((child, world) for child in reversed(node.get("children", [])))

    def _roots(self) -> list[int]:
        document = self._document
        scenes = document.items("scenes")
        if scenes:
            if len(scenes) > 1:
                document.warn(f"the file has {len(scenes)} scenes; only its default scene is there")
            return list(document.item("scenes", document.content.get("scene", 0)).get("nodes", []))
        children = {child for node in document.items("nodes") for child in node.get("children", [])}
        return [index for index in range(len(document.items("nodes"))) if index not in children]

    def _local(self, node: dict[str, Any], index: int) -> NDArray[np.float64]:
        if "matrix" in node:
            matrix = np.array(node["matrix"], np.float64).reshape(4, 4).T
        else:
            rotation = np.array(node.get("rotation", [0, 0, 0, 1]), np.float64)
            if rotation.shape != (4,) or not np.linalg.norm(rotation) > 0:
                raise self._document.fault(f"nodes[{index}].rotation must be a quaternion, got {rotation.tolist()}")
            translation, scale = node.get("translation", [0, 0, 0]), node.get("scale", [1, 1, 1])
            matrix = matrix_from_pose(translation, rotation[[3, 0, 1, 2]], scale)
        if not np.isfinite(matrix).all():
            raise self._document.fault(f"nodes[{index}] must have a finite transform")
        return matrix

    def _node_parts(self, index: int, world: NDArray[np.float64]) -> Iterator[RawPart]:
        node = self._document.item("nodes", index)
        if "mesh" not in node:
            return
        mesh = self._document.item("meshes", node["mesh"])
        name = str(node.get("name") or mesh.get("name") or f"node_{index}")
        weights = node.get("weights", mesh.get("weights", []))
        joints = self._joints(node["skin"], name) if "skin" in node else None
        for primitive in mesh["primitives"]:
            material = self._material(primitive.get("material"))
            part = read_primitive(self._document, primitive, self._materials[material], material, name, weights, joints)
            if part is not None:
                # The joints of a skin place it in the scene; the node's own transform does not count.
                yield part if joints is not None else transform_part(part, world)

    def _joints(self, index: Any, name: str) -> NDArray[np.float64]:
        """Return the matrix of each joint in the pose that the nodes have in the file."""
        skin = self._document.item("skins", index)
        joints = skin["joints"]
        missing = [joint for joint in joints if joint not in self._world]
        if missing or not joints:
            raise self._document.fault(f"skins[{index}] must name joints of the same scene, got {missing or 'none'}")
        worlds = np.stack([self._world[joint] for joint in joints])
        self._document.warn(f"mesh {name!r}: its skin is fixed in the pose that the file stores")
        if "inverseBindMatrices" not in skin:
            return worlds
        inverse = self._document.accessor(skin["inverseBindMatrices"], kind="MAT4").astype(np.float64)
        if len(inverse) < len(joints):
            raise self._document.fault(f"skins[{index}] must have {len(joints)} bind matrices, got {len(inverse)}")
        matrices: NDArray[np.float64] = worlds @ inverse[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)
        return matrices

    def _material(self, index: int | None) -> int:
        if index not in self._by_entry:
            if index is None:
                # glTF's own default is a rough metal; a file without materials is meant as plain matt stuff.
                made = GltfMaterial(Material(name=self._unique_name("default"), base_colour=(0.8, 0.8, 0.8, 1.0)))
                self._document.warn("a mesh without a material is drawn light grey")
            else:
                entry = self._document.item("materials", index)
                name = self._unique_name(str(entry.get("name") or f"material_{index}"))
                made = read_material(self._document, self._reader, entry, name)
            self._by_entry[index] = len(self._materials)
            self._materials.append(made)
        return self._by_entry[index]

    def _unique_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._names:
            number += 1
            name = f"{wanted}_{number}"
        self._names.add(name)
        return name
