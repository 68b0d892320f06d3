"""Woven and knitted cloth at the scale of its threads: weave, yarn colours, uneven threads, wrinkles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import (
    Image,
    fbm,
    resize_tile,
    smoothstep,
    value_noise,
    white_noise,
)
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material

__all__ = ["CLOTH"]

SIZE = 1024
_THREAD_PX = 4
_THREADS = SIZE // _THREAD_PX
Rgb = tuple[float, float, float]

# weave -> distance between threads in metres
_WEAVES: Mapping[str, float] = {
    "plain": 0.0016,
    "basket": 0.0019,
    "twill": 0.0014,
    "herringbone": 0.0015,
    "satin": 0.0013,
    "burlap": 0.0024,
    "knit": 0.0016,
}

_COLOURS: Mapping[str, Rgb] = {
    "white": (0.70, 0.69, 0.66),
    "natural": (0.50, 0.43, 0.32),
    "grey": (0.22, 0.22, 0.225),
    "charcoal": (0.055, 0.056, 0.060),
    "navy": (0.045, 0.058, 0.115),
    "blue": (0.085, 0.165, 0.330),
    "red": (0.335, 0.050, 0.048),
    "wine": (0.150, 0.042, 0.050),
    "green": (0.075, 0.180, 0.090),
    "olive": (0.150, 0.145, 0.070),
    "mustard": (0.440, 0.275, 0.060),
    "pink": (0.520, 0.280, 0.290),
    "brown": (0.160, 0.098, 0.062),
}
_SECOND = ("white", "white", "natural", "charcoal", "navy", "grey")


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(
        _draw, params["weave"], params["pattern"], params["colour"], params["wrinkles"], params["design"]
    )
    light = params["brightness"]
    return surface_material("cloth", maps, tint=(light, light, light))


def _draw(weave: str, pattern: str, colour: str, wrinkles: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"cloth.{weave}.{pattern}.{colour}")
    pitch_m = _WEAVES[weave]
    tile_m = pitch_m * _THREADS
    first = np.array(_COLOURS[colour], np.float32)
    others = [name for name in _SECOND if name != colour]
    second = np.array(_COLOURS[others[int(rng.integers(0, len(others)))]], np.float32)
    warp_rgb, weft_rgb = _yarn_colours(rng, pattern, first, second)
    if weave == "knit":
        dome, is_warp = _knit(rng)
    else:
        dome, is_warp = _woven(rng, weave)

    uneven = 0.16 if weave in ("burlap", "basket") else 0.085
    warp_tone = value_noise(rng, (SIZE, SIZE), (24, _THREADS)) + 0.3 * value_noise(rng, (SIZE, SIZE), (3, _THREADS))
    weft_tone = value_noise(rng, (SIZE, SIZE), (_THREADS, 24)) + 0.3 * value_noise(rng, (SIZE, SIZE), (_THREADS, 3))
    tone = warp_tone + (weft_tone - warp_tone) * (1.0 - is_warp)
    fuzz = white_noise(rng, (SIZE, SIZE))
    cloud = fbm(rng, (SIZE, SIZE), (6, 6), 5, 0.6)
    shade = (1.0 + uneven * np.clip(tone, -2.5, 2.5) + 0.055 * fuzz + 0.018 * cloud) * (0.52 + 0.56 * dome)

    channels = []
    for channel in range(3):
        warp_row = np.repeat(warp_rgb[:, channel], _THREAD_PX)[None, :]
        weft_column = np.repeat(weft_rgb[:, channel], _THREAD_PX)[:, None]
        channels.append((weft_column + (warp_row - weft_column) * is_warp) * shade)
    height = 0.28 * pitch_m * dome + 0.02 * pitch_m * fuzz + _wrinkles(rng, wrinkles, tile_m)
    occlusion = 0.55 + 0.45 * dome
    roughness = {"satin": 0.52, "twill": 0.80}.get(weave, 0.90) + 0.05 * (1.0 - dome) + 0.015 * fuzz
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(cv2.merge(channels), 0.012, 0.82), np.float32),
        roughness_hw=np.asarray(roughness, np.float32),
        height_m_hw=np.asarray(height, np.float32),
        tile_m=tile_m,
        occlusion_hw=np.asarray(occlusion, np.float32),
    )


def _warp_over(weave: str) -> NDArray[np.bool_]:
    """Where the vertical thread lies on top, (threads, threads), row = weft thread, column = warp thread."""
    weft, warp = np.mgrid[0:_THREADS, 0:_THREADS]
    match weave:
        case "basket":
            over = (warp // 2 + weft // 2) % 2 == 0
        case "twill":
            over = (warp + weft) % 4 < 2
        case "herringbone":
            slant = np.where((warp // 16) % 2 == 0, warp + weft, -warp + weft - 1)
            over = slant % 4 < 2
        case "satin":
            over = (3 * warp + weft) % 8 != 0
        case _:
            over = (warp + weft) % 2 == 0
    return np.asarray(over, np.bool_)


def _woven(rng: np.random.Generator, weave: str) -> tuple[Image, Image]:
    """Height 0..1 of the threads on top, and where that is the vertical one (1) or the level one (0)."""
    over = resize_tile(np.where(_warp_over(weave), np.float32(1), np.float32(-1)), (SIZE, SIZE))
    loose = 0.26 if weave == "burlap" else 0.13
    position = (np.arange(SIZE, dtype=np.float32) + 0.5) / _THREAD_PX
    # Threads wander sideways over a few crossings, each on its own way.
    beside_x = position[None, :] % 1 - 0.5 + loose * value_noise(rng, (SIZE, SIZE), (40, _THREADS))
    beside_y = position[:, None] % 1 - 0.5 + loose * value_noise(rng, (SIZE, SIZE), (_THREADS, 40))
    thick = 0.62 + 0.06 * value_noise(rng, (SIZE, SIZE), (16, 128))
    warp_round = np.clip(1.0 - (beside_x / thick) ** 2, 0.0, 1.0)
    weft_round = np.clip(1.0 - (beside_y / thick) ** 2, 0.0, 1.0)
    warp_top = warp_round + 0.75 * over
    weft_top = weft_round - 0.75 * over
    dome = np.clip((np.maximum(warp_top, weft_top) + 0.1) / 1.85, 0.0, 1.0)
    return np.asarray(dome, np.float32), smoothstep(-0.15, 0.15, warp_top - weft_top)


def _knit(rng: np.random.Generator) -> tuple[Image, Image]:
    """Stockinette: columns of V-shaped loops, four threads wide and two and two thirds high."""
    stitch_px, row_px = 16.0, SIZE / 96
    wander = 0.5 * value_noise(rng, (SIZE, SIZE), (24, 24))
    x = (np.arange(SIZE, dtype=np.float32)[None, :] + 0.5 + 1.3 * wander) / np.float32(stitch_px)
    y = (np.arange(SIZE, dtype=np.float32)[:, None] + 0.5 + 1.1 * wander) / np.float32(row_px)
    mirrored = np.abs(x % 1 - 0.5)
    phase = (y + 1.9 * mirrored) % 1
    across = (mirrored - 0.25) / 0.27
    along = (phase - 0.5) / 0.54
    dome = np.clip(1.0 - across * across - 0.85 * along * along, 0.0, 1.0)
    twist = np.sin(2 * np.pi * (2.0 * phase + 3.0 * mirrored))
    dome = np.sqrt(dome) * (0.93 + 0.07 * twist)
    return np.asarray(dome, np.float32), np.ones((SIZE, SIZE), np.float32)


def _yarn_colours(
    rng: np.random.Generator, pattern: str, first: NDArray[np.float32], second: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Linear albedo of each vertical and each level thread, both float32 (threads, 3)."""
    if pattern in ("stripes", "checks"):
        choice = _band_choice(rng, even=True)
    elif pattern == "tartan":
        choice = _band_choice(rng, even=False)
    elif pattern == "melange":
        choice = 0.26 + 0.2 * rng.random(_THREADS)
    else:
        choice = np.zeros(_THREADS)
    dye = 1.0 + 0.010 * rng.standard_normal((2, _THREADS, 1))
    warp = first + (second - first) * choice[:, None]
    weft = warp if pattern in ("checks", "tartan") else np.broadcast_to(first, warp.shape)
    if pattern == "melange":
        weft = first + (second - first) * (0.26 + 0.2 * rng.random(_THREADS))[:, None]
    return (warp * dye[0]).astype(np.float32), (weft * dye[1]).astype(np.float32)


def _band_choice(rng: np.random.Generator, *, even: bool) -> NDArray[np.float64]:
    """Which of two colours each thread has (0 or 1): even bands, or a symmetric set of uneven ones."""
    if even:
        width = int(rng.choice([4, 8, 16, 32]))
        return ((np.arange(_THREADS) // width) % 2).astype(np.float64)
    half = np.zeros(_THREADS // 4)
    at = 0
    while at < len(half):
        width = int(rng.choice([2, 3, 4, 8, 14, 20]))
        half[at : at + width] = rng.choice([0.0, 1.0, 0.55])
        at += width
    sett = np.concatenate([half, half[::-1]])
    return np.tile(sett, 2)


def _wrinkles(rng: np.random.Generator, kind: str, tile_m: float) -> Image:
    """Height of folds in metres: soft swells, and on creased cloth sharp lines where it was folded or crushed."""
    small = (SIZE // 4, SIZE // 4)
    swell = fbm(rng, small, (3, 4), 2, 0.35)
    bend = 0.05 * fbm(rng, small, (4, 4), 3, 0.5)
    height = {"flat": 0.0008, "soft": 0.0030, "creased": 0.0026}[kind] * swell
    if kind == "creased":
        x = (np.arange(small[1]) / small[1])[None, :]
        y = (np.arange(small[0]) / small[0])[:, None]
        # Whole numbers of crossings per tile keep each family of folds seamless.
        for across, down in rng.permutation([(2, 1), (1, -2), (3, 1), (1, 3), (2, -3)])[:3].tolist():
            away = (across * x + down * y + float(rng.random()) + 1.6 * bend) % 1.0 - 0.5
            fade = smoothstep(-0.7, 1.3, fbm(rng, small, (4, 4), 2))
            height = height + 0.0032 * np.exp(-np.abs(away) / 0.045) * fade * float(rng.choice([-1.0, 1.0]))
    return resize_tile(np.asarray(height * tile_m, np.float32), (SIZE, SIZE))


CLOTH = ProceduralAsset(
    name="cloth",
    kind="material",
    category="floor",
    parameters={
        "weave": Choice(tuple(_WEAVES), "plain", (3.0, 1.5, 2.0, 1.0, 1.0, 1.0, 1.5)),
        "pattern": Choice(("solid", "stripes", "checks", "tartan", "melange"), "solid", (4.0, 1.5, 1.5, 1.0, 1.0)),
        "colour": Choice(tuple(_COLOURS), "natural"),
        "wrinkles": Choice(("flat", "soft", "creased"), "soft", (2.0, 3.0, 2.0)),
        "design": Integer(0, 7, 0),
        "brightness": Number(0.8, 1.0, 1.0),
    },
    build=_build,
    tags=("cloth", "fabric", "textile", "indoor", "table"),
    description="Woven or knitted cloth: plain, striped, checked, tartan or mixed yarn, smooth or wrinkled.",
)
