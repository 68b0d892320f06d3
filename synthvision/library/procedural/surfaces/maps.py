"""What a drawn surface consists of, how its images become textures, and the cache that keeps the last few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import encode_srgb, make_texture, normal_map

__all__ = ["SurfaceMaps", "cached_maps", "pack_maps", "surface_material"]

# A finished set of 1024 x 1024 maps is 9 MiB and a scene shows one floor, so a few are kept per process: the asset
# library has a cache of its own, bounded in bytes. This one saves the drawing when only factors differ.
_KEPT_SETS = 4


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceMaps:
    """The textures of one surface.

    Args:
        base_colour: sRGB albedo.
        packed: Data map: red = occlusion, green = roughness, blue = metal.
        normal: Tangent-space normals, green to the top.
        tile_m: Real size of one repeat in metres.
    """

    base_colour: Texture
    packed: Texture
    normal: Texture
    tile_m: float


def pack_maps(
    *,
    albedo_hwc: NDArray[np.float32],
    roughness_hw: NDArray[np.float32],
    height_m_hw: NDArray[np.float32],
    tile_m: float,
    occlusion_hw: NDArray[np.float32] | None = None,
    metallic_hw: NDArray[np.float32] | None = None,
) -> SurfaceMaps:
    """Return the textures of a surface from its physical images.

    Args:
        albedo_hwc: float32 (height, width, 3), linear, 0..1.
        roughness_hw: float32 (height, width), 0..1; kept at 0.03 or more.
        height_m_hw: float32 (height, width), metres out of the surface.
        tile_m: Real size of one repeat in metres.
        occlusion_hw: float32 (height, width), 1 = open, or None for all open.
        metallic_hw: float32 (height, width), 0..1, or None for no metal.
    """
    flat = roughness_hw.shape
    occlusion = np.ones(flat, np.float32) if occlusion_hw is None else occlusion_hw
    metallic = np.zeros(flat, np.float32) if metallic_hw is None else metallic_hw
    stacked = cv2.merge([occlusion, np.maximum(roughness_hw, 0.03), metallic])
    packed = cv2.convertScaleAbs(np.clip(stacked, 0.0, 1.0), alpha=255.0)
    return SurfaceMaps(
        base_colour=make_texture(encode_srgb(albedo_hwc), is_srgb=True),
        packed=make_texture(packed, is_srgb=False),
        normal=make_texture(normal_map(height_m_hw, tile_m / flat[1]), is_srgb=False),
        tile_m=tile_m,
    )


@lru_cache(maxsize=_KEPT_SETS)
def cached_maps(draw: Callable[..., SurfaceMaps], *arguments: Any) -> SurfaceMaps:
    """Return ``draw(*arguments)``, from the cache where the same was drawn lately. Arguments must be hashable."""
    return draw(*arguments)


def surface_material(
    name: str,
    maps: SurfaceMaps,
    *,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    roughness: float = 1.0,
    metallic: float = 0.0,
) -> Material:
    """Return the material of a surface.

    Args:
        name: Name of the asset.
        maps: Its textures.
        tint: Linear RGB factor on the albedo, 0..1.
        roughness: Factor on the roughness map, 0..1.
        metallic: Factor on the metal map; 0 where there is none.
    """
    return Material(
        name=name,
        base_colour=(*tint, 1.0),
        base_colour_map=maps.base_colour,
        metallic=metallic,
        roughness=roughness,
        metallic_roughness_map=maps.packed,
        normal_map=maps.normal,
        occlusion_map=maps.packed,
        tile_m=maps.tile_m,
    )
