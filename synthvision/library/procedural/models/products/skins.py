"""Skins of fruit as textures: freckles, streaks, blush and pores."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import (
    blur,
    cell_noise,
    encode_srgb,
    fbm,
    jittered_points,
    make_texture,
    normal_map,
    smoothstep,
)

__all__ = ["apple_skin", "banana_skin", "orange_relief", "orange_skin"]

LinearColour = tuple[float, float, float]


@lru_cache(maxsize=24)
def apple_skin(ground: LinearColour, blush: LinearColour, share: float, seed: int) -> Texture:
    """Return an apple's skin: u around, v from the foot (1) to the stem (0); `share` of it has the blush."""
    rng = rng_for(seed, 0, "apple.skin")
    shape = (256, 512)
    streaks = blur(fbm(rng, shape, (4, 96), 2, 0.5), 0.8, 14.0)
    cloud = fbm(rng, shape, (3, 4), 3, 0.5)
    across = np.cos(np.linspace(0, 2 * np.pi, 512, endpoint=False, dtype=np.float32))[None, :]
    level = 2.4 * (share - 0.5) + 0.55 * cloud + 0.7 * streaks / max(float(streaks.std()), 1e-6) * 0.6 + 0.8 * across
    cover = smoothstep(-0.7, 0.9, level)
    down = np.linspace(0, 1, 256, dtype=np.float32)[:, None]
    cover = cover * smoothstep(0.0, 0.1, down)[:, :] * smoothstep(1.02, 0.86, down)
    image = (
        np.array(ground, np.float32) + (np.array(blush, np.float32) - np.array(ground, np.float32)) * cover[..., None]
    )
    near, _, index = cell_noise(jittered_points(rng, (16, 32), 0.95), shape)
    dots = np.clip(1.6 - near, 0, 1) * (rng.random(16 * 32) < 0.6)[index]
    image = image + (np.array([0.62, 0.5, 0.25], np.float32) - image) * (0.55 * dots)[..., None]
    rust = smoothstep(0.13, 0.0, down + 0.02 * cloud)
    image = image + (np.array([0.3, 0.2, 0.06], np.float32) - image) * (0.7 * rust)[..., None]
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


@lru_cache(maxsize=24)
def banana_skin(ripeness: float, seed: int) -> Texture:
    """Return a banana's skin: u around, v along from stem (1) to tip (0); 0 is green, 0.5 yellow, 1 brown."""
    rng = rng_for(seed, 0, "banana.skin")
    shape = (256, 256)
    green, yellow, brown = (
        np.array(c, np.float32) for c in ((0.2, 0.36, 0.03), (0.72, 0.46, 0.025), (0.1, 0.045, 0.012))
    )
    cloud = fbm(rng, shape, (3, 4), 3, 0.5)
    v = np.linspace(0, 1, 256, dtype=np.float32)[:, None]
    unripe = np.clip(1.0 - 2.4 * ripeness + 0.6 * np.abs(2 * v - 1) ** 3 + 0.12 * cloud, 0, 1)[..., None]
    image = yellow * (1.0 + 0.05 * cloud[..., None]) + (green - yellow) * unripe
    ridges = 0.5 + 0.5 * np.cos(np.arange(256, dtype=np.float32) * (2 * np.pi * 5 / 256))[None, :]
    image = image * (0.93 + 0.07 * ridges)[..., None]
    freckles = fbm(rng, shape, (40, 28), 2, 0.6)
    patches = fbm(rng, shape, (6, 5), 4, 0.6)
    spots = smoothstep(2.6 - 2.0 * ripeness, 3.0 - 2.0 * ripeness, freckles) * smoothstep(
        0.35, 0.6, np.float32(ripeness) + 0 * cloud
    )
    bruise = smoothstep(3.2 - 3.0 * ripeness, 4.2 - 3.0 * ripeness, patches)
    mix = np.clip(0.85 * spots + 0.8 * bruise, 0, 0.95)[..., None]
    image = image + (brown - image) * mix
    ends = (
        np.clip(smoothstep(0.035, 0.0, v) + smoothstep(0.985, 1.0, v), 0, 1)[..., None] * np.ones_like(cloud)[..., None]
    )
    image = image + (np.array([0.035, 0.022, 0.01], np.float32) - image) * ends
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


@lru_cache(maxsize=8)
def orange_skin(seed: int) -> Texture:
    """Return grey levels of an orange's peel, to be multiplied with its colour; 256 by 512."""
    rng = rng_for(seed, 0, "orange.skin")
    shape = (256, 512)
    cloud = fbm(rng, shape, (3, 4), 4, 0.5)
    near, _, _ = cell_noise(jittered_points(rng, (48, 96), 0.9), shape)
    pores = np.clip(1.5 - near, 0, 1)
    level = 0.92 + 0.06 * cloud - 0.16 * pores
    scar = smoothstep(2.0, 2.6, fbm(rng, shape, (8, 16), 3, 0.6))
    image = level[..., None] * np.ones(3, np.float32)
    image = image + (np.array([0.45, 0.5, 0.6], np.float32) - image) * (0.5 * scar)[..., None]
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


@lru_cache(maxsize=1)
def orange_relief() -> Texture:
    """Return the normals of a peel's pores, repeating."""
    rng = rng_for(0, 0, "orange.relief")
    near, _, _ = cell_noise(jittered_points(rng, (24, 24), 0.9), (256, 256))
    height = -0.0005 * np.exp(-((near / 3.2) ** 2)) + 0.00006 * fbm(rng, (256, 256), (24, 24), 2)
    return make_texture(normal_map(blur(height.astype(np.float32), 0.8), 0.0005), is_srgb=False)
