"""Concrete floors: trowelled, brushed or rough, with clouds, pores, stains, cracks and joints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    value_noise,
    warp,
    white_noise,
)
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material
from synthvision.library.procedural.surfaces.strokes import StrokeCanvas, crack_paths

__all__ = ["CONCRETE_FLOOR"]

SIZE = 1024
_TILE_M = 2.4
_PIXEL_M = _TILE_M / SIZE

#: Wider than this, about 7 mm, grooves of a broom would band.
_WIDEST_GROOVE_PX = 3.0

_COLOURS: Mapping[str, tuple[float, float, float]] = {
    "grey": (0.315, 0.305, 0.287),
    "light": (0.455, 0.445, 0.422),
    "dark": (0.205, 0.202, 0.196),
    "warm": (0.375, 0.335, 0.283),
}

# finish -> (mean roughness, height of the texture in metres)
_FINISHES: Mapping[str, tuple[float, float]] = {
    "trowelled": (0.52, 0.00006),
    "cast": (0.80, 0.00022),
    "brushed": (0.88, 0.00035),
    "exposed": (0.85, 0.0012),
}


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["finish"], params["colour"], params["wear"], params["joints"], params["design"])
    return surface_material("concrete_floor", maps, roughness=params["roughness"])


def _draw(finish: str, colour: str, wear: str, joints: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"concrete.{finish}.{colour}.{wear}")
    shape = (SIZE, SIZE)
    mean_roughness, texture_m = _FINISHES[finish]
    age = {"new": 0.35, "used": 1.0, "cracked": 1.2}[wear]

    grain = white_noise(rng, shape)
    clouds = fbm(rng, shape, (5, 5), 8, 0.68)
    fine = fbm(rng, shape, (48, 48), 5, 0.8)
    texture = _texture(rng, finish, grain, fine)
    pores = _pores(rng, 240 if finish == "trowelled" else 900)
    shade = 1.0 + 0.060 * age * clouds + 0.032 * fine + 0.028 * grain - 0.42 * pores
    stain, wet = _stains(rng, clouds, age)
    shade *= (1.0 - 0.20 * stain) * (1.0 - 0.06 * wet)
    if finish == "trowelled":
        shade += 0.045 * _trowel(rng)

    height = np.float32(texture_m) * texture - 0.0009 * pores + 0.0004 * clouds
    roughness = mean_roughness + 0.05 * clouds + 0.035 * fine + 0.02 * grain - 0.10 * stain
    base = np.array(_COLOURS[colour], np.float32)
    tones = np.ones((SIZE, SIZE, 3), np.float32)
    if finish == "exposed":
        stones, dome = _pebbles(rng)
        tones = np.where(dome[..., None] > 0.12, stones, tones)
        height += 0.0022 * dome
    if wear == "cracked":
        crack = _cracks(rng)
        shade *= 1.0 - 0.66 * crack - 0.10 * np.minimum(blur(crack, 4.0) * 3.0, 1.0)
        height -= 0.0014 * crack
        roughness += 0.2 * crack
    if joints == "saw_cut":
        cut = _joint()
        shade *= 1.0 - 0.72 * cut
        height -= 0.004 * cut
        roughness += 0.3 * cut

    warmth = 0.022 * fbm(rng, shape, (4, 4), 4, 0.6) + 0.10 * stain
    rusty = np.stack([0.35 * warmth, -0.02 * warmth, -0.7 * warmth], axis=-1) * np.float32(age)
    albedo = base * tones * np.clip(shade, 0.15, 1.6)[..., None] * (1.0 + rusty)
    height = np.asarray(height, np.float32)
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(albedo, 0.035, 0.72), np.float32),
        roughness_hw=np.asarray(np.clip(roughness, 0.25, 1.0), np.float32),
        height_m_hw=height,
        tile_m=_TILE_M,
        occlusion_hw=ambient_occlusion(height, _PIXEL_M, (0.004, 0.012), 0.7),
    )


def _texture(rng: np.random.Generator, finish: str, grain: Image, fine: Image) -> Image:
    """Relief of the finish, about mean 0 and standard deviation 1."""
    shape = (SIZE, SIZE)
    if finish == "brushed":
        lines = blur(white_noise(rng, shape), 28.0, 0.6) * 7.0
        wander = 5.0 * value_noise(rng, shape, (3, 5))
        return np.asarray(_without_bands(warp(lines, np.zeros(shape, np.float32), wander)) + 0.4 * grain, np.float32)
    if finish == "trowelled":
        return np.asarray(fine + 0.3 * grain + 4.0 * fbm(rng, shape, (12, 12), 3, 0.4), np.float32)
    return np.asarray(fine + 0.8 * grain, np.float32)


def _without_bands(lines: Image) -> Image:
    """Return strokes along x without what differs between whole rows or broad groups of them.

    Seen at a grazing angle a pixel averages many strokes of a row, and tiles repeat: what does not average out would
    run over the whole ground as one long streak. A broom's groove is some millimetres wide, no longer than its stroke.
    """
    fine = lines - blur(lines, 90.0, _WIDEST_GROOVE_PX)
    return np.asarray(fine - fine.mean(axis=1, keepdims=True), np.float32)


def _pores(rng: np.random.Generator, count: int) -> Image:
    """Round holes left by air bubbles, 1 to 6 mm wide, 0..1."""
    canvas = StrokeCanvas.blank(SIZE)
    radius = np.minimum(0.35 + 0.35 * rng.exponential(1.0, count), 2.2)
    canvas.dots(rng.random((count, 2)) * SIZE, radius, rng.integers(110, 256, count).tolist())
    return canvas.share()


def _stains(rng: np.random.Generator, clouds: Image, age: float) -> tuple[Image, Image]:
    """Dark spills with soft insides and a firmer rim, and large faint wet-looking areas; both 0..1."""
    shape = (SIZE, SIZE)
    field = fbm(rng, shape, (6, 6), 6, 0.5)
    level = 2.35 - 0.45 * age
    body = smoothstep(level, level + 0.5, field)
    rim = smoothstep(level - 0.12, level, field) * smoothstep(level + 0.22, level, field)
    drops = smoothstep(2.7, 3.1, fbm(rng, shape, (36, 36), 2, 0.3))
    wet = smoothstep(0.2, 1.4, fbm(rng, shape, (5, 5), 5, 0.6) + 0.3 * clouds)
    stain = np.clip(0.55 * body + 0.45 * rim + 0.8 * drops, 0.0, 1.0) * np.float32(min(age, 1.0))
    return np.asarray(stain, np.float32), wet


def _trowel(rng: np.random.Generator) -> Image:
    """Faint arcs left by a rotating trowel, about -1..1."""
    canvas = StrokeCanvas.blank(SIZE, 128)
    turn = np.linspace(0.0, 1.0, 24)
    for level in rng.integers(70, 190, 28).tolist():
        centre = rng.random((9, 1, 2)) * SIZE
        radius = rng.uniform(90.0, 260.0, (9, 1))
        angle = rng.uniform(0.0, 2 * np.pi, (9, 1)) + turn * rng.uniform(0.5, 1.6, (9, 1))
        arc = centre + radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        canvas.lines(arc, level, 2)
    return np.asarray((blur(canvas.image().astype(np.float32), 1.6) - 128.0) * np.float32(1 / 60), np.float32)


def _pebbles(rng: np.random.Generator) -> tuple[np.ndarray[Any, np.dtype[np.float32]], Image]:
    """Washed-out gravel: colour factor (height, width, 3) and dome height 0..1."""
    near, edge, stone = cell_noise(jittered_points(rng, (190, 190)), (SIZE, SIZE))
    count = 190 * 190
    tone = np.clip(0.95 + 0.28 * rng.standard_normal(count), 0.45, 1.75)
    tint = 0.07 * rng.standard_normal(count)
    palette = np.stack([tone * (1 + tint), tone, tone * (1 - 1.2 * tint)], axis=-1).astype(np.float32)
    size = np.clip(0.55 + 0.35 * rng.standard_normal(count), 0.0, 1.0).astype(np.float32)
    dome = np.clip(1.0 - near / (2.9 * size[stone] + 0.2), 0.0, 1.0) * smoothstep(0.0, 1.5, edge)
    return palette[stone], np.sqrt(dome)


def _cracks(rng: np.random.Generator) -> Image:
    canvas = StrokeCanvas.blank(SIZE)
    for number, path in enumerate(crack_paths(rng, SIZE, 3, 620.0)):
        canvas.lines(path[None], 255 if number == 0 else 150)
    return canvas.share()


def _joint() -> Image:
    """A saw cut along both middle lines of the tile: slabs of the size of a tile."""
    distance = np.abs(np.arange(SIZE, dtype=np.float32) + 0.5 - SIZE / 2)
    line = smoothstep(1.9, 0.9, distance)
    return np.maximum(line[None, :], line[:, None])


CONCRETE_FLOOR = ProceduralAsset(
    name="concrete_floor",
    kind="material",
    category="floor",
    parameters={
        "finish": Choice(tuple(_FINISHES), "trowelled", (3.0, 3.0, 1.5, 1.0)),
        "colour": Choice(tuple(_COLOURS), "grey", (3.0, 2.0, 2.0, 1.5)),
        "wear": Choice(("new", "used", "cracked"), "used", (2.0, 3.0, 1.5)),
        "joints": Choice(("none", "saw_cut"), "none", (3.0, 1.0)),
        "design": Integer(0, 11, 0),
        "roughness": Number(0.7, 1.0, 1.0),
    },
    build=_build,
    tags=("concrete", "indoor", "outdoor", "industrial", "ground"),
    description="Concrete with clouds, pores and stains: trowelled, cast, brushed or with exposed gravel.",
)
