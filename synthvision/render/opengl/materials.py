"""Which material an object's part has in the end: the model's own, changed by the scene's overrides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError, nearest_name
from synthvision.library.model import Material, Model
from synthvision.render.assets import RenderAssets
from synthvision.scene import SceneObject

__all__ = ["SurfaceMaterial", "resolve_materials"]


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceMaterial:
    """A material ready to be drawn.

    Args:
        material: Factors and maps.
        uv_22: Matrix that takes mesh texture coordinates to map coordinates.
        uv_offset: Added after the matrix.
    """

    material: Material
    uv_22: NDArray[np.float64]
    uv_offset: tuple[float, float]


def resolve_materials(item: SceneObject, model: Model, assets: RenderAssets) -> tuple[SurfaceMaterial, ...]:
    """Return the final material of each slot of `model`.

    A material asset keeps the slot's name and brings its own factors and maps; the colour, metallic and roughness of
    an override then replace its factors. With `Material.tile_m` mesh texture coordinates count in metres.

    Args:
        item: The object with its overrides; later ones win.
        model: Its model.
        assets: Where material assets come from.

    Raises:
        UsageError: An override names a slot that the model does not have.
        AssetError: A material asset cannot be loaded.
    """
    slots = [material.name for material in model.materials]
    for override in item.materials:
        if override.slot != "*" and override.slot not in slots:
            near = nearest_name(override.slot, slots)
            raise UsageError(
                f"material override of {item.name!r} must name a slot of {model.key} ({', '.join(slots)}) or '*', "
                f"got {override.slot!r}" + (f"; did you mean {near!r}?" if near else "")
            )
    return tuple(_resolve(item, material, assets) for material in model.materials)


def _resolve(item: SceneObject, material: Material, assets: RenderAssets) -> SurfaceMaterial:
    name = material.name
    uv_22 = np.eye(2)
    offset = (0.0, 0.0)
    tile_m = material.tile_m
    for override in item.materials:
        if override.slot not in ("*", name):
            continue
        if override.asset is not None:
            # What is seen from behind stays a property of the mesh, whatever covers it.
            loaded = assets.load_material(override.asset)
            material = replace(loaded, name=name, double_sided=material.double_sided or loaded.double_sided)
            tile_m = material.tile_m
        if override.base_colour is not None:
            material = replace(material, base_colour=(*override.base_colour, material.base_colour[3]))
        if override.metallic is not None:
            material = replace(material, metallic=override.metallic)
        if override.roughness is not None:
            material = replace(material, roughness=override.roughness)
        cosine, sine = np.cos(override.uv_rotation_rad), np.sin(override.uv_rotation_rad)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        uv_22 = override.uv_scale * turn
        offset = override.uv_offset
    if tile_m is not None:
        uv_22 = uv_22 / tile_m
    return SurfaceMaterial(material, uv_22, offset)
