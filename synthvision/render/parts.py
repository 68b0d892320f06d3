"""A scene as mesh parts in the world, for backends that take arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import MeshPart
from synthvision.render.assets import RenderAssets
from synthvision.render.opengl.materials import SurfaceMaterial, resolve_materials
from synthvision.render.opengl.meshes import box_mapped
from synthvision.scene import Scene, SceneObject

__all__ = ["MeshArrays", "PartSource", "ScenePart", "box_corners"]


@dataclass(frozen=True, slots=True, eq=False)
class MeshArrays:
    """Vertices and triangles of one mesh part in the model's frame.

    Args:
        key: Equal for equal content.
        positions_n3: float32 (n, 3), metres.
        normals_n3: float32 (n, 3), unit length.
        uvs_n2: float32 (n, 2), v = 0 at the top of the image.
        colours_n4: float32 (n, 4), linear, or None.
        triangles_m3: uint32 (m, 3).
    """

    key: str
    positions_n3: NDArray[np.float32]
    normals_n3: NDArray[np.float32]
    uvs_n2: NDArray[np.float32]
    colours_n4: NDArray[np.float32] | None
    triangles_m3: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class ScenePart:
    """One mesh part of one object of a scene.

    Args:
        item: The object.
        mesh: Its vertices in the model's frame.
        surface: Its final material.
        world_from_model: float64 (4, 4).
    """

    item: SceneObject
    mesh: MeshArrays
    surface: SurfaceMaterial
    world_from_model: NDArray[np.float64]

    @property
    def is_mirrored(self) -> bool:
        """Whether the object's scale turns faces inside out."""
        return bool(np.linalg.det(self.world_from_model[:3, :3]) < 0)

    @property
    def cutoff(self) -> float | None:
        """Alpha below which a texel is not there for labels, or None where every texel is."""
        material = self.surface.material
        if material.alpha_mode == "opaque":
            return None
        return material.alpha_cutoff if material.alpha_mode == "mask" else 0.5

    @property
    def triangles_m3(self) -> NDArray[np.uint32]:
        """Triangles, counter-clockwise seen from outside in the world."""
        triangles = self.mesh.triangles_m3
        return np.ascontiguousarray(triangles[:, ::-1]) if self.is_mirrored else triangles

    @property
    def map_uvs_n2(self) -> NDArray[np.float32]:
        """Texture coordinates of the material's maps, float32 (n, 2)."""
        mapped = self.mesh.uvs_n2.astype(np.float64) @ self.surface.uv_22.T + np.asarray(self.surface.uv_offset)
        return np.asarray(mapped, np.float32)

    def world_positions(self) -> NDArray[np.float64]:
        """Return the vertices in the world, float64 (n, 3), metres."""
        matrix = self.world_from_model
        positions: NDArray[np.float64] = self.mesh.positions_n3.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
        return positions

    def world_normals(self) -> NDArray[np.float64]:
        """Return the vertices' unit normals in the world, float64 (n, 3)."""
        # Rows times the inverse are columns times the inverse transpose.
        normals = self.mesh.normals_n3.astype(np.float64) @ np.linalg.inv(self.world_from_model[:3, :3])
        unit: NDArray[np.float64] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        return unit


class PartSource:
    """Makes the parts of scenes; keeps what it had to compute for the models of the last scene.

    Args:
        assets: Where models and materials come from.
    """

    def __init__(self, assets: RenderAssets) -> None:
        self._assets = assets
        self._known: dict[str, MeshArrays] = {}

    def parts_of(self, scene: Scene) -> tuple[ScenePart, ...]:
        """Return the parts of a scene, object by object, parts without triangles left out.

        Raises:
            AssetError: An asset cannot be loaded.
            UsageError: A material override names a slot that does not exist.
        """
        used: dict[str, MeshArrays] = {}
        parts: list[ScenePart] = []
        for item in scene.objects:
            model = self._assets.load_model(item.asset)
            surfaces = resolve_materials(item, model, self._assets)
            matrix = item.world_from_model
            for number, part in enumerate(model.parts):
                if not len(part.triangles_m3) or not item.shows(part.name):
                    continue
                key = f"{model.key}#{number}"
                if key not in used:
                    used[key] = self._known.get(key) or _mesh_arrays(key, part)
                parts.append(ScenePart(item, used[key], surfaces[part.material], matrix))
        self._known = used
        return tuple(parts)

    def clear(self) -> None:
        """Forget everything."""
        self._known = {}


def _mesh_arrays(key: str, part: MeshPart) -> MeshArrays:
    if part.uvs_n2 is not None:
        return MeshArrays(key, part.positions_n3, part.normals_n3, part.uvs_n2, part.colours_n4, part.triangles_m3)
    return MeshArrays(key, *box_mapped(part))


def box_corners(points_n3: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of the box around points along their axes, float64 (8, 3)."""
    bounds = np.stack([points_n3.min(axis=0), points_n3.max(axis=0)])
    return np.stack(np.meshgrid(*bounds.T, indexing="ij"), axis=-1).reshape(8, 3)
