"""Picture files to `Material`: texture sets of several maps, and single pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.images import TextureReader, read_pixels, resize_pixels, shrink_pixels
from synthvision.library.model import Material, Texture
from synthvision.library.resources import read_bytes

__all__ = ["MAP_ROLES", "load_texture_set", "roughness_from_tags"]

MAP_ROLES = (
    "base_colour", "normal", "normal_dx", "roughness", "glossiness", "metallic", "occlusion", "arm", "opacity",
    "emissive",
)  # fmt: skip
"""What the maps of a set can hold; ``arm`` packs occlusion, roughness and metalness into red, green and blue."""

_ROUGHNESS = {
    "asphalt": 0.9, "concrete": 0.85, "grass": 0.9, "ground": 0.95, "mud": 0.8, "rock": 0.85, "paving": 0.85,
    "brick": 0.9, "bricks": 0.9, "wall": 0.9, "plaster": 0.9, "tiles": 0.4, "tile": 0.4, "marble": 0.3, "metal": 0.45,
    "gold": 0.3, "wood": 0.6, "cloth": 0.95, "fabric": 0.95, "leather": 0.6, "card": 0.45, "cards": 0.45, "paper": 0.8,
}  # fmt: skip


def roughness_from_tags(tags: Iterable[str]) -> float:
    """Return the roughness of a material without a roughness map: by the first tag that is listed, else 0.7.

    Example:
        >>> roughness_from_tags(("asphalt", "track")), roughness_from_tags(("unheard",))
        (0.9, 0.7)
    """
    words = set(tags)
    return next((value for word, value in _ROUGHNESS.items() if word in words), 0.7)


def load_texture_set(
    maps: Mapping[str, Path], name: str, reader: TextureReader, *, tags: Iterable[str] = (), tile_m: float | None = None
) -> Material:
    """Return the material of a texture set or of one picture.

    Roughness and metalness are packed into one map (green and blue, occlusion in red where there is one). Without a
    roughness map the roughness follows from the tags; without a metalness map the surface is no metal. Of a coloured
    roughness map the green channel counts. DirectX normal maps are turned to OpenGL's (green upwards). A picture with
    transparent texels is alpha-masked.

    Args:
        maps: Files by role (`MAP_ROLES`); at least ``base_colour``.
        name: ``Material.name``.
        reader: Makes textures.
        tags: Words that choose the roughness where no map gives it.
        tile_m: ``Material.tile_m``.

    Raises:
        AssetError: No base colour, an unknown role, or a picture that cannot be read.
    """
    unknown = sorted(set(maps) - set(MAP_ROLES))
    if unknown:
        raise AssetError(f"material {name!r}: maps must be among {', '.join(MAP_ROLES)}, got {', '.join(unknown)}")
    if "base_colour" not in maps:
        raise AssetError(f"material {name!r}: must have a base colour map, got {', '.join(sorted(maps)) or 'no map'}")
    colour = _colour_map(maps, reader)
    packed = _packed_maps(maps, reader)
    has_roughness = bool({"roughness", "glossiness", "arm"} & set(maps))
    has_metal = bool({"metallic", "arm"} & set(maps))
    has_occlusion = bool({"occlusion", "arm"} & set(maps))
    roughness = 1.0 if has_roughness else roughness_from_tags(tags)
    emissive = _texture(maps, "emissive", reader, is_srgb=True)
    return Material(
        name=name,
        base_colour_map=colour,
        metallic=1.0 if has_metal else 0.0,
        roughness=roughness,
        metallic_roughness_map=packed if has_roughness or has_metal else None,
        normal_map=_normal_map(maps, reader),
        occlusion_map=packed if has_occlusion else None,
        emissive_map=emissive,
        emissive=(0.0, 0.0, 0.0) if emissive is None else (1000.0, 1000.0, 1000.0),
        alpha_mode="mask" if colour.pixels_hwc.shape[2] == 4 else "opaque",
        tile_m=tile_m,
    )


def _texture(maps: Mapping[str, Path], role: str, reader: TextureReader, *, is_srgb: bool) -> Texture | None:
    if role not in maps:
        return None
    return reader.read(read_bytes(maps[role]), str(maps[role]), is_srgb=is_srgb)


def _colour_map(maps: Mapping[str, Path], reader: TextureReader) -> Texture:
    path = maps["base_colour"]
    if "opacity" not in maps:
        return reader.read(read_bytes(path), str(path), is_srgb=True, channels=4)
    colour = _pixels(path, reader, is_srgb=True)
    alpha = _pixels(maps["opacity"], reader, is_srgb=False)[..., :1]
    alpha = resize_pixels(alpha, (colour.shape[1], colour.shape[0]), is_srgb=False)
    colour = np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else colour[..., :3]
    return reader.from_pixels(np.concatenate([colour, alpha], axis=2), is_srgb=True)


def _normal_map(maps: Mapping[str, Path], reader: TextureReader) -> Texture | None:
    if "normal" in maps:
        return _texture(maps, "normal", reader, is_srgb=False)
    if "normal_dx" not in maps:
        return None
    path = maps["normal_dx"]
    return reader.read(read_bytes(path), str(path), is_srgb=False, convert=_green_turned, convert_name="green turned")


def _green_turned(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    turned = pixels.copy()
    turned[..., 1] = 255 - turned[..., 1]
    return turned


def _packed_maps(maps: Mapping[str, Path], reader: TextureReader) -> Texture | None:
    """Return occlusion, roughness and metalness in red, green and blue, or None where no map gives any of them."""
    if "arm" in maps:
        return _texture(maps, "arm", reader, is_srgb=False)
    planes: list[NDArray[np.uint8] | None] = [None, None, None]
    if "occlusion" in maps:
        planes[0] = _pixels(maps["occlusion"], reader, is_srgb=False)[..., 0]
    if "roughness" in maps:
        pixels = _pixels(maps["roughness"], reader, is_srgb=False)
        planes[1] = pixels[..., min(1, pixels.shape[2] - 1)]
    elif "glossiness" in maps:
        planes[1] = 255 - _pixels(maps["glossiness"], reader, is_srgb=False)[..., 0]
    if "metallic" in maps:
        planes[2] = _pixels(maps["metallic"], reader, is_srgb=False)[..., 0]
    sizes = [plane.shape for plane in planes if plane is not None]
    if not sizes:
        return None
    height, width = max(sizes)
    full = [
        np.full((height, width), 255, np.uint8)
        if plane is None
        else resize_pixels(plane[..., None], (width, height), is_srgb=False)[..., 0]
        for plane in planes
    ]
    return reader.from_pixels(np.stack(full, axis=-1), is_srgb=False)


def _pixels(path: Path, reader: TextureReader, *, is_srgb: bool) -> NDArray[np.uint8]:
    return shrink_pixels(read_pixels(read_bytes(path), str(path)), reader.max_px, is_srgb=is_srgb)
