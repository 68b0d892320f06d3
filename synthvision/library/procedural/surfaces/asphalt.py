"""Asphalt: stones of several sizes in dark binder, worn, cracked and sealed with tar, patched, or with old paint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

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
    smoothstep,
    white_noise,
)
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material
from synthvision.library.procedural.surfaces.strokes import StrokeCanvas, crack_paths

__all__ = ["ASPHALT_FLOOR"]

SIZE = 1024
_TILE_M = 2.8
_PIXEL_M = _TILE_M / SIZE


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["condition"], params["stones"], params["paint"], params["design"])
    return surface_material("asphalt", maps, roughness=params["roughness"])


def _draw(condition: str, stones: str, paint: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"asphalt.{condition}.{stones}")
    shape = (SIZE, SIZE)
    # Light grey where traffic has worn the binder off the stones, nearly black when fresh.
    bare = {"fresh": 0.12, "worn": 0.80, "cracked": 0.95, "patched": 0.90}[condition]
    per_side = {"fine": 330, "coarse": 200}[stones]
    spacing_px = SIZE / per_side

    near, edge, stone = cell_noise(jittered_points(rng, (per_side, per_side), 1.0), shape)
    count = per_side * per_side
    size = np.clip(0.62 + 0.30 * rng.standard_normal(count), 0.0, 1.1).astype(np.float32)
    dome = np.sqrt(np.clip(1.0 - near / (0.62 * spacing_px * size[stone] + 0.3), 0.0, 1.0))
    dome *= smoothstep(0.0, 1.2, edge)
    tone = np.clip(0.165 * np.exp(0.45 * rng.standard_normal(count)), 0.05, 0.34).astype(np.float32)
    warmth = (0.05 * rng.standard_normal(count)).astype(np.float32)

    grain = white_noise(rng, shape)
    clouds = fbm(rng, shape, (5, 5), 7, 0.6)
    fine = fbm(rng, shape, (60, 60), 4, 0.7)
    tracks = fbm(rng, shape, (7, 3), 4, 0.5)
    binder = 0.047 * (1.0 + 0.16 * grain + 0.06 * clouds + 0.08 * fine)
    shown = np.clip(bare * (1.0 + 0.07 * clouds + 0.06 * tracks + 0.10 * fine), 0.02, 1.0) * smoothstep(0.0, 0.6, dome)
    dust = np.clip(0.022 + 0.003 * clouds + 0.003 * fine, 0.0, 1.0) * bare * (1.0 - 0.6 * dome)
    luminance = binder + (tone[stone] - binder) * shown * 0.85 + dust
    hue = warmth[stone] * shown + 0.02 + 0.012 * clouds
    height = 0.0011 * dome + 0.00018 * grain + 0.00035 * fbm(rng, shape, (16, 16), 5, 0.5)
    roughness = 0.93 - 0.10 * shown + 0.02 * grain
    if condition == "fresh":
        roughness -= 0.14

    luminance *= 1.0 - 0.30 * _oil(rng)
    if condition == "patched":
        luminance, height, roughness = _patch(rng, luminance, height, roughness)
    if condition == "cracked":
        luminance, height, roughness = _crack(rng, luminance, height, roughness)
    albedo = cv2.merge([luminance * (1.0 + hue), luminance, luminance * (1.0 - 1.3 * hue)])
    if paint != "none":
        cover = _paint_cover(rng, dome, clouds)
        colour = np.array({"white": (0.58, 0.58, 0.56), "yellow": (0.56, 0.36, 0.045)}[paint], np.float32)
        albedo += (colour * (1.0 + 0.05 * grain + 0.05 * clouds)[..., None] - albedo) * cover[..., None]
        roughness += (0.62 - roughness) * cover
        height += 0.0004 * cover
    height = np.asarray(height, np.float32)
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(albedo, 0.02, 0.75), np.float32),
        roughness_hw=np.asarray(np.clip(roughness, 0.3, 1.0), np.float32),
        height_m_hw=height,
        tile_m=_TILE_M,
        occlusion_hw=ambient_occlusion(height, _PIXEL_M, (0.006,), 1.2),
    )


def _oil(rng: np.random.Generator) -> Image:
    """Drips of oil, 0..1."""
    canvas = StrokeCanvas.blank(SIZE)
    canvas.dots(rng.random((16, 2)) * SIZE, rng.uniform(1.0, 9.0, 16), [190] * 16)
    soft = blur(canvas.share(), 2.5)
    return soft * smoothstep(-1.5, 1.0, fbm(rng, (SIZE, SIZE), (40, 40), 4, 0.7))


def _patch(rng: np.random.Generator, luminance: Image, height: Image, roughness: Image) -> tuple[Image, Image, Image]:
    """A newer, darker rectangle with a seam of tar around it."""
    wide, high = rng.uniform(0.30, 0.62, 2) * SIZE
    left, top = rng.uniform(0, SIZE, 2)
    x = (np.arange(SIZE) - left) % SIZE
    y = (np.arange(SIZE) - top) % SIZE
    inside_x, inside_y = (np.minimum(at, span - at) for at, span in ((x, wide), (y, high)))
    wavy = 2.2 * fbm(rng, (SIZE, SIZE), (24, 24), 5, 0.6)
    inside = np.minimum(inside_x[None, :], inside_y[:, None]).astype(np.float32) + wavy
    new = smoothstep(-1.0, 1.0, inside)
    seam = smoothstep(6.5, 3.5, np.abs(inside)) * smoothstep(-1.6, 0.0, fbm(rng, (SIZE, SIZE), (30, 30), 3))
    darker = luminance * (1.0 - 0.42 * new)
    return (
        np.asarray(darker + (0.024 - darker) * 0.85 * seam, np.float32),
        np.asarray(height + 0.0018 * new * (1 - seam) + 0.0012 * seam, np.float32),
        np.asarray(roughness - 0.06 * new - 0.30 * seam, np.float32),
    )


def _crack(rng: np.random.Generator, luminance: Image, height: Image, roughness: Image) -> tuple[Image, Image, Image]:
    """Open cracks, of which some were sealed with a band of tar."""
    paths = crack_paths(rng, SIZE, 4, 700.0)
    opened, sealed = StrokeCanvas.blank(SIZE), StrokeCanvas.blank(SIZE)
    for number, path in enumerate(paths):
        opened.lines(path[None], 255, 2 if number % 3 == 0 else 1)
    if rng.random() < 0.65:
        sealed.lines(paths[0][None], 255, 13)
    crack = opened.share()
    band = blur(sealed.share(), 2.0)
    band = smoothstep(0.38, 0.62, band + 0.13 * fbm(rng, (SIZE, SIZE), (40, 40), 4, 0.6))
    crack *= 1.0 - band
    crumble = np.minimum(blur(crack, 3.0) * 3.0, 1.0)
    luminance = luminance * (1.0 - 0.72 * crack - 0.15 * crumble)
    return (
        np.asarray(luminance + (0.023 - luminance) * band, np.float32),
        np.asarray(height * (1.0 - 0.75 * band) + 0.0016 * band - 0.003 * crack - 0.0008 * crumble, np.float32),
        np.asarray(roughness - 0.46 * band, np.float32),
    )


def _paint_cover(rng: np.random.Generator, dome: Image, clouds: Image) -> Image:
    """Share of each texel under the paint of one worn line, 12 cm wide, along u."""
    row = (np.arange(SIZE, dtype=np.float32) + 0.5) * np.float32(_PIXEL_M)
    centre_m = float(rng.uniform(0.4, _TILE_M - 0.4))
    ragged = 0.0022 * fbm(rng, (SIZE, SIZE), (64, 64), 4, 0.7)
    line = smoothstep(0.061, 0.057, np.abs(row[:, None] - centre_m) + ragged)
    worn = fbm(rng, (SIZE, SIZE), (16, 16), 6, 0.75) + 0.3 * clouds
    # Paint goes first from the tops of the stones, and stays in patches.
    return np.asarray(line * smoothstep(-0.9, 0.35, worn + 0.9 - 1.1 * dome), np.float32)


ASPHALT_FLOOR = ProceduralAsset(
    name="asphalt",
    kind="material",
    category="floor",
    parameters={
        "condition": Choice(("fresh", "worn", "cracked", "patched"), "worn", (1.5, 4.0, 2.0, 1.0)),
        "stones": Choice(("fine", "coarse"), "fine"),
        "paint": Choice(("none", "white", "yellow"), "none", (8.0, 1.0, 0.5)),
        "design": Integer(0, 11, 0),
        "roughness": Number(0.85, 1.0, 1.0),
    },
    build=_build,
    tags=("asphalt", "road", "street", "outdoor", "ground"),
    description="Road surface from fresh and black to worn, cracked, sealed or patched, with or without a line.",
)
