"""What a street is made of: asphalt, paving, kerb stones, paint, grass and iron covers, each true to scale."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map, smoothstep, white_noise
from synthvision.library.procedural.surfaces.asphalt import ASPHALT_FLOOR
from synthvision.library.procedural.surfaces.concrete import CONCRETE_FLOOR
from synthvision.library.procedural.surfaces.grass import GRASS_FLOOR
from synthvision.library.procedural.surfaces.ground import GROUND
from synthvision.library.procedural.surfaces.tiles import TILE_FLOOR

__all__ = ["COVER_ATLAS", "asphalt", "covers", "cycle_asphalt", "grass", "kerb_stone", "paint", "paving", "tar"]

_ASPHALT = {
    "fresh": ("fresh", "fine"),
    "worn": ("worn", "fine"),
    "coarse": ("worn", "coarse"),
    "old": ("cracked", "fine"),
}
_PAVING = {
    "slabs": ("square", "grey"),
    "large_slabs": ("large_square", "sand"),
    "bricks": ("brick_bond", "grey"),
    "red_bricks": ("brick_bond", "brick"),
}
_KEPT = 24

#: Cells of the texture of covers, as (u0, v0, u1, v1): manhole, drain.
COVER_ATLAS = {"manhole": (0.0, 0.0, 0.5, 1.0), "drain": (0.5, 0.0, 1.0, 1.0)}


@lru_cache(maxsize=_KEPT)
def asphalt(kind: str, design: int, name: str) -> Material:
    """Return asphalt: fresh, worn, coarse or old (with cracks, some of them sealed)."""
    condition, stones = _ASPHALT[kind]
    params = {"condition": condition, "stones": stones, "paint": "none", "design": design, "roughness": 1.0}
    return _named(ASPHALT_FLOOR, params, name)


@lru_cache(maxsize=_KEPT)
def cycle_asphalt(kind: str, colour: str, design: int) -> Material:
    """Return the asphalt of a cycle lane: plain, or coated red or green, worn off here and there."""
    base = asphalt(kind, design, "cycle_lane")
    texture = base.base_colour_map
    if colour == "plain" or texture is None:
        return base
    coat = {"red": (0.27, 0.075, 0.05), "green": (0.05, 0.17, 0.075)}[colour]
    bare = (texture.pixels_hwc.astype(np.float32) / 255.0) ** 2.2
    rng = rng_for(design, 0, "street.coat")
    size = bare.shape[0]
    cover = 0.92 * smoothstep(-1.7, -0.4, fbm(rng, (size, size), (9, 9), 6, 0.75))[..., None]
    grain = (bare.mean(axis=2, keepdims=True) / max(float(bare.mean()), 1e-3)) ** 0.5
    coated = bare * (1.0 - cover) + np.array(coat, np.float32) * grain * cover
    pixels = encode_srgb(np.asarray(np.clip(coated, 0.0, 0.8), np.float32))
    return replace(base, base_colour_map=make_texture(pixels, is_srgb=True))


@lru_cache(maxsize=_KEPT)
def paving(kind: str, design: int, name: str) -> Material:
    """Return the surface of a pavement: slabs, large slabs, bricks, red bricks, concrete or asphalt."""
    if kind == "asphalt":
        return asphalt("coarse", design % 3, name)
    if kind == "concrete":
        params: dict[str, Any] = {
            "finish": "trowelled", "colour": "grey", "wear": "used", "joints": "saw_cut", "design": design % 3,
            "roughness": 1.0,
        }  # fmt: skip
        return _named(CONCRETE_FLOOR, params, name)
    bond, palette = _PAVING[kind]
    params = {"bond": bond, "finish": "clay", "palette": palette, "design": design % 3, "roughness": 1.0}
    return _named(TILE_FLOOR, params, name)


@lru_cache(maxsize=_KEPT)
def grass(kind: str, design: int, name: str) -> Material:
    """Return grass (lawn, meadow, worn, dry), or gravel."""
    if kind == "gravel":
        return _named(GROUND, {"kind": "gravel", "design": design, "brightness": 1.0}, name)
    return _named(GRASS_FLOOR, {"kind": kind, "design": design, "brightness": 1.0}, name)


@lru_cache(maxsize=4)
def kerb_stone(design: int) -> Material:
    """Return granite or concrete kerb stones, one metre long each, with their joints."""
    rng = rng_for(design, 0, "street.kerb")
    high, wide, stones = 128, 1024, 4
    shape = (high, wide)
    tone = 0.27 + 0.05 * fbm(rng, shape, (2, 16), 6, 0.7) + 0.035 * white_noise(rng, shape)
    own = (0.035 * rng.standard_normal(stones)).astype(np.float32)
    tone += np.repeat(own, wide // stones)[None]
    along = (np.arange(wide) + 0.5) % (wide // stones)
    joint = smoothstep(3.5, 1.5, np.minimum(along, wide // stones - along))[None]
    tone = np.clip(tone * (1.0 - 0.7 * joint), 0.03, 0.6)
    grime = np.clip(0.5 * fbm(rng, shape, (3, 12), 5, 0.6), 0.0, 1.0)
    tone *= 1.0 - 0.3 * grime
    albedo = cv2.merge([tone * 1.01, tone, tone * 0.97])
    height = np.asarray(0.0015 * white_noise(rng, shape) * 0.2 - 0.004 * joint, np.float32)
    return Material(
        name="kerb",
        base_colour_map=make_texture(encode_srgb(np.asarray(albedo, np.float32)), is_srgb=True),
        normal_map=make_texture(normal_map(height, 1.0 * stones / wide), is_srgb=False),
        roughness=0.85,
    )


@lru_cache(maxsize=12)
def paint(wear_step: int, design: int) -> Material:
    """Return road paint, worn off the more the higher the step of 0..4; one repeat is 2 m."""
    rng = rng_for(design, wear_step, "street.paint")
    size = 512
    shape = (size, size)
    grain = white_noise(rng, shape)
    stones = 0.075 * (1.0 + 0.3 * grain)
    coat = 0.62 + 0.03 * fbm(rng, shape, (6, 6), 5, 0.6) - 0.09 * np.clip(fbm(rng, shape, (4, 9), 5, 0.7), 0.0, 2.0)
    field = fbm(rng, shape, (14, 14), 6, 0.8) + 0.35 * grain
    share = 0.06 + 0.11 * wear_step
    cover = smoothstep(-0.25, 0.25, field - np.float32(np.quantile(field, share)))
    tone = stones + (coat * (1.0 - 0.05 * wear_step) - stones) * cover
    albedo = cv2.merge([tone, tone * 0.995, tone * 0.96])
    rough = np.asarray(0.9 - 0.3 * cover, np.float32)
    packed = cv2.merge([np.ones(shape, np.float32), rough, np.zeros(shape, np.float32)])
    return Material(
        name="marking",
        base_colour_map=make_texture(encode_srgb(np.asarray(np.clip(albedo, 0.02, 0.75), np.float32)), is_srgb=True),
        metallic_roughness_map=make_texture(np.asarray(packed * 255, np.uint8), is_srgb=False),
        roughness=1.0,
        metallic=0.0,
        double_sided=True,
        tile_m=2.0,
    )


@lru_cache(maxsize=1)
def tar() -> Material:
    """Return the tar that seals cracks."""
    return Material(name="tar", base_colour=(0.018, 0.018, 0.019, 1.0), roughness=0.5, double_sided=True)


@lru_cache(maxsize=1)
def covers() -> Material:
    """Return cast iron with the patterns of a manhole cover and of a drain grating, side by side."""
    texture = _cover_texture()
    return Material(name="cover", base_colour_map=texture, metallic=0.55, roughness=0.55, double_sided=True)


def _named(surface: ProceduralAsset, params: dict[str, Any], name: str) -> Material:
    """Return a surface at half its density: a street is seen from a metre and more, and holds many of them."""
    made: Material = surface.build(params)
    packed = _halved(made.metallic_roughness_map)
    return replace(
        made,
        name=name,
        base_colour_map=_halved(made.base_colour_map),
        metallic_roughness_map=packed,
        normal_map=_halved(made.normal_map),
        occlusion_map=packed if made.occlusion_map is made.metallic_roughness_map else _halved(made.occlusion_map),
    )


def _halved(texture: Texture | None) -> Texture | None:
    if texture is None:
        return None
    pixels = texture.pixels_hwc
    high, wide = pixels.shape[0] // 2, pixels.shape[1] // 2
    small = np.asarray(cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    return make_texture(small.reshape(high, wide, pixels.shape[2]), is_srgb=texture.is_srgb)


def _cover_texture() -> Texture:
    size = 256
    image: NDArray[np.uint8] = np.full((size, 2 * size, 3), 74, np.uint8)
    dark, light = (30, 29, 28), (104, 102, 98)
    middle = (size // 2, size // 2)
    cv2.circle(image, middle, size // 2 - 2, (58, 57, 55), -1)
    cv2.circle(image, middle, size // 2 - 14, dark, 4)
    for step in range(-7, 8):
        for other in range(-7, 8):
            place = (middle[0] + step * 15, middle[1] + other * 15)
            if np.hypot(step * 15, other * 15) < size // 2 - 24:
                cv2.rectangle(image, (place[0] - 4, place[1] - 4), (place[0] + 4, place[1] + 4), light, -1)
    cv2.rectangle(image, (size, 0), (2 * size - 1, size - 1), (66, 64, 62), -1)
    for row in range(9):
        top = 18 + row * 26
        cv2.rectangle(image, (size + 22, top), (size + 118, top + 12), (9, 9, 9), -1)
        cv2.rectangle(image, (size + 138, top), (2 * size - 22, top + 12), (9, 9, 9), -1)
    noise = rng_for(0, 0, "street.cover").normal(0.0, 7.0, image.shape[:2])[..., None]
    return make_texture(np.clip(image + noise, 0, 255).astype(np.uint8), is_srgb=True)
