"""What packages share: prints with wear, panels around a box, and setting pieces onto a surface."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import Image, blur, encode_srgb, fbm, make_texture
from synthvision.library.procedural.prints.packages import PANEL_BORDERS_U, package_wrap
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.wear import roughness_map, wear_masks

__all__ = [
    "crush_amount",
    "crushed_word",
    "facing",
    "kraft_board",
    "panelled_uvs",
    "placed",
    "printed_material",
    "worn_art",
    "worn_wrap",
]

LinearColour = tuple[float, float, float]

WHOLE_BELOW = 0.3
"""Values of ``crush`` up to here leave a thing whole, so that many of a job's objects are."""


def crush_amount(params: Mapping[str, Any]) -> float:
    """Return how strongly a thing is crushed, 0..1, from its parameter ``crush``."""
    return max(float(params["crush"]) - WHOLE_BELOW, 0.0) / (1.0 - WHOLE_BELOW)


def crushed_word(amount: float) -> str:
    """Return the value of the attribute ``crushed``."""
    return "yes" if amount > 0.0 else "no"


def worn_art(art_hwc: Floats | Image, seed: int, dirt: float, *, repeat_u: bool = True) -> Texture:
    """Return a print, sRGB 0..255, after use: uneven ink, rubbed lines and smears of dirt."""
    masks = wear_masks(seed)
    rows, columns = art_hwc.shape[:2]
    across = -(-columns // masks.cloud.shape[1])
    down = -(-rows // masks.cloud.shape[0])

    def fitted(mask: Image) -> Image:
        return np.tile(mask, (down, across))[:rows, :columns, None]

    worn = np.asarray(art_hwc, np.float32) * (0.93 + 0.09 * fitted(masks.cloud))
    rubbed = np.clip(0.9 * dirt * fitted(masks.scratches), 0, 0.8)
    worn = worn + (np.float32(225) - worn) * rubbed
    soil = np.clip(dirt * (0.1 + 0.6 * fitted(masks.grime) + 0.5 * fitted(masks.specks)), 0, 0.85)
    worn = worn + (np.array([96, 84, 68], np.float32) - worn) * soil
    pixels = np.asarray(np.clip(worn, 0, 255), np.uint8)
    return make_texture(pixels, is_srgb=True, wrap_uv=("repeat" if repeat_u else "clamp", "clamp"))


@lru_cache(maxsize=48)
def worn_wrap(theme: str, design: int, seed: int, dirt: float) -> Texture:
    """Return `package_wrap` after use; `dirt` in coarse steps lets packages share it."""
    return worn_art(package_wrap(theme, design).astype(np.float32), seed, dirt)


def printed_material(
    name: str, texture: Texture, seed: int, *, roughness: float = 0.45, clearcoat: float = 0.0, metallic: float = 0.0
) -> Material:
    """Return printed board, paper, plastic or metal."""
    return Material(
        name=name,
        base_colour_map=texture,
        metallic=metallic,
        roughness=roughness,
        metallic_roughness_map=roughness_map(seed, 0.3),
        clearcoat=clearcoat,
        clearcoat_roughness=0.15,
    )


def panelled_uvs(mesh: Mesh, size_x_m: float, size_y_m: float) -> Mesh:
    """Return a loft over rectangles with u set so that each side shows its own panel of a package print."""
    whole = 2 * (size_x_m + size_y_m)
    sides = np.cumsum([0.0, size_y_m, size_x_m, size_y_m, size_x_m]) / whole
    u = np.interp(mesh.uvs_n2[:, 0], sides, PANEL_BORDERS_U)
    return mesh.with_uvs(np.stack([u, mesh.uvs_n2[:, 1]], axis=1))


def facing(normal_xyz: tuple[float, float, float]) -> Floats:
    """Return the rotation that turns +z towards a direction, +y staying as level as it can."""
    z = np.asarray(normal_xyz, np.float64)
    z = z / np.linalg.norm(z)
    level = np.array([0.0, 1.0, 0.0]) if abs(z[1]) < 0.9 else np.array([-1.0, 0.0, 0.0])
    x = np.cross(level, z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=1)


def placed(mesh: Mesh, origin_xyz: tuple[float, float, float], normal_xyz: tuple[float, float, float]) -> Mesh:
    """Return a mesh made about the origin, its z axis set along `normal_xyz`, moved to a place."""
    return mesh.turned(facing(normal_xyz)).moved(origin_xyz)


@lru_cache(maxsize=16)
def kraft_board(tone: LinearColour, seed: int, dirt: float) -> Texture:
    """Return brown corrugated board: fibres, faint flutes, stains; 512 by 512, repeating."""
    rng = rng_for(seed, 0, "products.kraft")
    shape = (512, 512)
    fibres = blur(fbm(rng, shape, (128, 48), 2, 0.6), 1.6, 0.5)
    cloud = fbm(rng, shape, (3, 3), 4, 0.5)
    flutes = np.sin(np.arange(512, dtype=np.float32) * (2 * np.pi * 64 / 512))[None, :]
    stain = np.clip(fbm(rng, shape, (4, 4), 4, 0.6) - 1.0, 0, 1.5)
    level = 1.0 + 0.05 * fibres + 0.06 * cloud + 0.018 * flutes - 0.4 * dirt * stain
    return make_texture(encode_srgb(level[:, :, None] * np.array(tone, np.float32)), is_srgb=True)
