"""Carpet: loops, cut or deep twisted tufts, in one colour, flecked or striped, brushed by feet."""

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
    cell_noise,
    fbm,
    jittered_points,
    smoothstep,
    value_noise,
    white_noise,
)
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material

__all__ = ["CARPET"]

SIZE = 1024
Rgb = tuple[float, float, float]

# Linear albedo of the two yarns.
_YARNS: Mapping[str, tuple[Rgb, Rgb]] = {
    "grey": ((0.165, 0.165, 0.170), (0.085, 0.086, 0.092)),
    "beige": ((0.390, 0.325, 0.240), (0.270, 0.215, 0.150)),
    "blue": ((0.060, 0.095, 0.185), (0.110, 0.150, 0.230)),
    "red": ((0.235, 0.045, 0.045), (0.130, 0.030, 0.032)),
    "green": ((0.075, 0.120, 0.070), (0.120, 0.165, 0.105)),
    "cream": ((0.560, 0.505, 0.420), (0.470, 0.410, 0.325)),
    "anthracite": ((0.048, 0.049, 0.053), (0.085, 0.086, 0.090)),
}

# pile -> (tile in metres, tufts along each side, how irregular they stand, height in metres)
_PILES: Mapping[str, tuple[float, int, float, float]] = {
    "loop": (0.80, 180, 0.85, 0.0030),
    "cut": (0.80, 300, 1.0, 0.0028),
    "needle_felt": (1.00, 340, 1.0, 0.0008),
    "saxony": (0.60, 130, 1.0, 0.0090),
}
_SHALLOW = (0.45, 0.60, 0.09)
# pile -> (light that gets down between the tufts, what their tops have more, how much tufts differ): twisted yarn
# stands in open tufts with deep shadow between them.
_SHADES: Mapping[str, tuple[float, float, float]] = {
    "loop": _SHALLOW,
    "cut": _SHALLOW,
    "needle_felt": _SHALLOW,
    "saxony": (0.12, 0.95, 0.22),
}


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["pile"], params["pattern"], params["colour"], params["design"])
    light = params["brightness"]
    return surface_material("carpet", maps, tint=(light, light, light))


def _draw(pile: str, pattern: str, colour: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"carpet.{pile}.{pattern}.{colour}")
    tile_m, per_side, irregular, pile_m = _PILES[pile]
    near, edge, tuft = cell_noise(jittered_points(rng, (per_side, per_side), irregular), (SIZE, SIZE))
    count = per_side * per_side
    spacing = SIZE / per_side
    round_top = np.sqrt(np.clip(1.0 - (near / np.float32(0.72 * spacing)) ** 2, 0.0, 1.0))
    dome = round_top * smoothstep(0.0, 1.3, edge + 0.4)
    brushed = fbm(rng, (SIZE, SIZE), (5, 5), 5, 0.6)
    fibre = white_noise(rng, (SIZE, SIZE))

    second = _share_of_second(rng, pattern, count, per_side)
    low, rise, spread = _SHADES[pile]
    tone = 1.0 + np.float32(spread) * np.clip(rng.standard_normal(count), -2, 2).astype(np.float32)
    shade = tone[tuft] * (low + rise * dome) * (1.0 + 0.07 * fibre)
    # Pile that leans towards the viewer looks darker: trodden places show as soft shadows.
    shade *= 1.0 + (0.045 if pile == "cut" else 0.03) * brushed
    if pile == "saxony":
        # The ends of the twisted yarns fray: light and dark within a tuft.
        shade *= np.clip(1.0 + 0.38 * fbm(rng, (SIZE, SIZE), (260, 260), 2, 0.7), 0.25, 1.9)
    first_rgb, second_rgb = (np.array(yarn, np.float32) for yarn in _YARNS[colour])
    yarn = first_rgb + (second_rgb - first_rgb) * second[:, None]
    albedo = cv2.merge([yarn[:, channel][tuft] * shade for channel in range(3)])

    lift = (0.2 * rng.standard_normal(count)).astype(np.float32)[tuft]
    height = pile_m * 0.35 * dome * (1.0 + lift) + 0.00008 * fibre + 0.0006 * value_noise(rng, (SIZE, SIZE), (12, 12))
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(albedo, 0.010, 0.72), np.float32),
        roughness_hw=np.asarray(0.96 - 0.02 * dome, np.float32),
        height_m_hw=np.asarray(height, np.float32),
        tile_m=tile_m,
        occlusion_hw=np.asarray(0.45 + 0.55 * dome, np.float32),
    )


def _share_of_second(rng: np.random.Generator, pattern: str, count: int, per_side: int) -> Image:
    """Share of the second yarn in each tuft, 0..1."""
    column, row = np.arange(count) % per_side, np.arange(count) // per_side
    match pattern:
        case "flecked":
            share = (rng.random(count) < 0.28).astype(np.float64)
        case "striped":
            share = ((column * 8 // per_side) % 2).astype(np.float64)
        case "tiles":
            share = 0.55 * ((column * 2 // per_side + row * 2 // per_side) % 2).astype(np.float64)
        case _:
            share = np.asarray(0.15 * rng.random(count), np.float64)
    return np.asarray(share, np.float32)


CARPET = ProceduralAsset(
    name="carpet",
    kind="material",
    category="floor",
    parameters={
        "pile": Choice(tuple(_PILES), "loop", (1.0, 1.0, 1.0, 0.0)),
        "pattern": Choice(("solid", "flecked", "striped", "tiles"), "flecked", (3.0, 3.0, 1.0, 1.0)),
        "colour": Choice(tuple(_YARNS), "grey"),
        "design": Integer(0, 7, 0),
        "brightness": Number(0.8, 1.0, 1.0),
    },
    build=_build,
    tags=("carpet", "textile", "indoor", "ground"),
    description="Loop, cut, felt or deep carpet in seven colours, plain, flecked, striped or in tiles.",
)
