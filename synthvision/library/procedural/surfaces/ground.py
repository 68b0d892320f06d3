"""Loose ground: gravel, sand and soil with small stones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import (
    Image,
    ambient_occlusion,
    blur,
    cell_noise,
    fbm,
    jittered_points,
    normalised,
    resize_tile,
    smoothstep,
    value_noise,
    warp,
    white_noise,
)
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material

__all__ = ["GROUND"]

SIZE = 1024
_SHAPE = (SIZE, SIZE)
_TILE_M = 1.8
_PIXEL_M = _TILE_M / SIZE
_EARTH: Mapping[str, tuple[float, float, float]] = {
    "sand": (0.345, 0.265, 0.175),
    "soil": (0.092, 0.062, 0.040),
    "gravel": (0.135, 0.125, 0.112),
}


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["kind"], params["design"])
    light = params["brightness"]
    return surface_material("earth", maps, tint=(light, light, light))


def _draw(kind: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"ground.{kind}")
    grain = white_noise(rng, _SHAPE)
    fine = fbm(rng, _SHAPE, (64, 64), 5, 0.85)
    drift = fbm(rng, _SHAPE, (5, 5), 7, 0.6)
    if kind == "sand":
        shade = 1.0 + 0.07 * grain + 0.05 * fine + 0.05 * drift
        height = 0.0035 * _ripples(rng) + 0.0002 * fine + 0.00008 * grain + 0.003 * drift
    else:
        crumbs = fbm(rng, _SHAPE, (90, 90), 4, 0.8)
        shade = 1.0 + 0.10 * grain + 0.17 * crumbs + 0.10 * drift
        height = 0.0016 * crumbs + 0.0003 * grain + 0.004 * drift
    albedo = np.array(_EARTH[kind], np.float32) * np.clip(shade, 0.4, 1.8)[..., None]
    # Stones from small to large, the large ones lying on top.
    sizes = {"gravel": ((190, 0.95), (105, 0.62)), "soil": ((150, 0.10), (70, 0.05))}.get(kind, ((160, 0.01),))
    stone = np.zeros(_SHAPE, np.int32)
    cover = np.zeros(_SHAPE, np.float32)
    before = 0
    for cells, share in sizes:
        piece, dome, inside = _stones(rng, cells, share)
        np.copyto(stone, piece + before, where=inside > 0)
        cover += (1.0 - cover) * inside
        height += inside * (0.42 * _TILE_M / cells) * dome
        before += cells * cells
    mottle = 1.0 + 0.07 * grain + 0.05 * value_noise(rng, _SHAPE, (200, 200))
    albedo += (_stone_colours(rng, before)[stone] * mottle[..., None] - albedo) * cover[..., None]
    roughness = np.asarray(0.95 - 0.15 * cover, np.float32)
    height = np.asarray(height, np.float32)
    occlusion = ambient_occlusion(height, _PIXEL_M, (0.006, 0.02), 0.8)
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(albedo, 0.02, 0.6), np.float32),
        roughness_hw=roughness,
        height_m_hw=height,
        tile_m=_TILE_M,
        occlusion_hw=occlusion,
    )


def _stones(rng: np.random.Generator, cells: int, share: float) -> tuple[NDArray[np.int32], Image, Image]:
    """Index of the stone, its dome's height 0..1 and cover 0..1 for one size of stones."""
    count, spacing = cells * cells, SIZE / cells
    near, edge, stone = cell_noise(jittered_points(rng, (cells, cells), 1.0), _SHAPE)
    reach = np.clip(0.50 + 0.14 * rng.standard_normal(count), 0.2, 0.8).astype(np.float32) * np.float32(spacing)
    reach[rng.random(count) > share] = -9.0
    inside = np.minimum(reach[stone] - near, edge)
    dome = np.sqrt(np.clip(inside * np.float32(1 / (0.45 * spacing)), 0.0, 1.0))
    return stone, np.asarray(dome, np.float32), smoothstep(-0.4, 0.9, inside)


def _stone_colours(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Linear albedo of stones, float32 (count, 3)."""
    tone = np.clip(0.21 * np.exp(0.42 * rng.standard_normal(count)), 0.06, 0.55)
    tint = 0.10 * rng.standard_normal(count) + 0.05
    return np.stack([tone * (1 + tint), tone, tone * (1 - 1.2 * tint)], axis=-1).astype(np.float32)


def _ripples(rng: np.random.Generator) -> Image:
    """Gentle wind ripples that fork and end, about -1..1."""
    field = blur(white_noise(rng, (256, 256)), 5.0, 1.3)
    bend = 9.0 * fbm(rng, (256, 256), (4, 4), 3)
    bent = warp(field, np.zeros((256, 256), np.float32), bend)
    strength = smoothstep(-0.8, 1.2, fbm(rng, (256, 256), (4, 4), 3))
    return resize_tile(normalised(bent) * strength, _SHAPE)


GROUND = ProceduralAsset(
    name="earth",
    kind="material",
    category="floor",
    parameters={
        "kind": Choice(tuple(_EARTH), "gravel", (1.0, 1.5, 1.5)),
        "design": Integer(0, 11, 0),
        "brightness": Number(0.75, 1.0, 1.0),
    },
    build=_build,
    tags=("gravel", "sand", "soil", "outdoor", "ground"),
    description="Gravel, sand with wind ripples, or soil with small stones.",
)
