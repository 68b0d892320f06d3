"""Tiled floors: ceramic, stone and clay tiles in several bonds, with recessed joints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import (
    Image,
    ambient_occlusion,
    fbm,
    ridged,
    smoothstep,
    value_noise,
    warp,
    white_noise,
)
from synthvision.library.procedural.surfaces.layouts import Layout, grid_layout, hexagon_layout, sheet_index
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material

__all__ = ["TILE_FLOOR"]

SIZE = 1024
Rgb = tuple[float, float, float]

# Linear albedo of the tiles' colours (drawn per tile, in turn on a chequered floor) and of the joint.
_PALETTES: Mapping[str, tuple[tuple[Rgb, ...], Rgb]] = {
    "white": (((0.72, 0.71, 0.68),), (0.42, 0.41, 0.39)),
    "ivory": (((0.64, 0.58, 0.47),), (0.40, 0.36, 0.30)),
    "grey": (((0.33, 0.33, 0.32), (0.29, 0.29, 0.285)), (0.22, 0.22, 0.215)),
    "charcoal": (((0.070, 0.072, 0.075), (0.058, 0.060, 0.064)), (0.16, 0.16, 0.16)),
    "sand": (((0.47, 0.385, 0.285), (0.43, 0.345, 0.25)), (0.36, 0.32, 0.27)),
    "sage": (((0.27, 0.34, 0.27), (0.30, 0.37, 0.29)), (0.45, 0.45, 0.42)),
    "blue": (((0.075, 0.15, 0.24), (0.10, 0.19, 0.28), (0.055, 0.11, 0.19)), (0.50, 0.50, 0.48)),
    "brick": (((0.33, 0.135, 0.070), (0.28, 0.11, 0.06), (0.38, 0.17, 0.095)), (0.38, 0.35, 0.31)),
    "chequered": (((0.70, 0.69, 0.66), (0.055, 0.055, 0.058)), (0.30, 0.29, 0.28)),
    "two_tone": (((0.58, 0.53, 0.44), (0.24, 0.125, 0.085)), (0.33, 0.31, 0.28)),
}

_CHEQUERED = ("chequered", "two_tone")

# bond -> (tile in metres, columns, rows, shift, joint in metres)
_BONDS: Mapping[str, tuple[float, int, int, float, float]] = {
    "square": (1.20, 4, 4, 0.0, 0.004),
    "small_square": (1.00, 10, 10, 0.0, 0.003),
    "large_square": (1.80, 3, 3, 0.0, 0.004),
    "brick_bond": (1.20, 4, 8, 0.5, 0.004),
    "long_bond": (1.80, 2, 9, 1 / 3, 0.003),
    "hexagon": (1.26, 7, 8, 0.0, 0.003),
    "mosaic": (0.60, 24, 24, 0.0, 0.003),
}


@dataclass(frozen=True, slots=True)
class _Finish:
    """How the body of a tile looks and feels.

    Args:
        roughness: Mean of the roughness map.
        mottle: Contrast of clouds inside a tile.
        speckle: Contrast of single grains.
        veins: Contrast of stone veins.
        piece: Contrast between tiles.
        wave_m: Standard deviation of the waviness of the surface.
        ragged_m: How far the edges wander.
    """

    roughness: float
    mottle: float
    speckle: float
    veins: float
    piece: float
    wave_m: float
    ragged_m: float


_FINISHES: Mapping[str, _Finish] = {
    "glazed": _Finish(0.16, 0.018, 0.006, 0.0, 0.022, 0.000055, 0.0002),
    "porcelain": _Finish(0.42, 0.030, 0.055, 0.0, 0.018, 0.000010, 0.0001),
    "stone": _Finish(0.36, 0.110, 0.040, 0.22, 0.070, 0.000050, 0.0004),
    "clay": _Finish(0.72, 0.120, 0.060, 0.0, 0.120, 0.000220, 0.0011),
}


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["bond"], params["finish"], params["palette"], params["design"])
    return surface_material("tile_floor", maps, roughness=params["roughness"])


def _draw(bond: str, finish_name: str, palette: str, design: int) -> SurfaceMaps:
    tile_m, columns, rows, shift, joint_m = _BONDS[bond]
    finish = _FINISHES[finish_name]
    rng = rng_for(design, 0, f"tiles.{bond}.{finish_name}.{palette}")
    pixel_m = tile_m / SIZE
    layout = (
        hexagon_layout(SIZE, tile_m, columns) if bond == "hexagon" else grid_layout(SIZE, tile_m, columns, rows, shift)
    )
    index = sheet_index(rng, layout, pixel_m)
    mottle = np.take(fbm(rng, (SIZE, SIZE), (10, 10), 7, 0.78 if finish.veins > 0 else 0.6), index)
    grain = white_noise(rng, (SIZE, SIZE))
    dirt = fbm(rng, (SIZE, SIZE), (5, 5), 6, 0.7)

    edge = layout.edge_m_hw - finish.ragged_m * np.maximum(fbm(rng, (SIZE, SIZE), (90, 90), 3) + 0.4, 0.0)
    edge -= 0.004 * np.maximum(value_noise(rng, (SIZE, SIZE), (48, 48)) - 2.9, 0.0)  # chipped corners, rare
    glazed = smoothstep(joint_m / 2 - 0.7 * pixel_m, joint_m / 2 + 0.7 * pixel_m, edge)

    shade = 1.0 + finish.mottle * mottle + finish.speckle * grain
    shade += finish.piece * np.clip(rng.standard_normal(layout.count), -2, 2).astype(np.float32)[layout.piece_hw]
    if finish.veins > 0:
        shade -= finish.veins * np.take(_veins(rng), index)
    if finish_name == "clay":  # fired darker towards the edges
        shade *= 1.0 - 0.16 * smoothstep(0.03, 0.0, edge)
    shade *= 1.0 - 0.05 * np.clip(dirt, 0.0, 2.5) * smoothstep(0.03, 0.0, layout.edge_m_hw)

    colours, joint = _PALETTES[palette]
    chequered = palette in _CHEQUERED and columns % 2 == 0 and bond != "hexagon"
    tile_colour = _piece_colours(rng, layout, colours, columns if chequered else None)
    joint_shade = 1.0 + 0.10 * dirt + 0.07 * grain - 0.10 * np.clip(dirt, 0.0, 3.0)
    channels = []
    for channel in range(3):
        body = tile_colour[:, channel][layout.piece_hw] * np.clip(shade, 0.35, 1.3)
        between = np.float32(joint[channel]) * np.clip(joint_shade, 0.4, 1.2)
        channels.append(between + (body - between) * glazed)
    albedo = np.clip(cv2.merge(channels), 0.03, 0.85)

    wave = fbm(rng, (SIZE, SIZE), (14, 14), 3, 0.4) * np.float32(finish.wave_m)
    slope = (0.0016 * rng.standard_normal((2, layout.count))).astype(np.float32)
    tilt = slope[0][layout.piece_hw] * layout.along_m_hw + slope[1][layout.piece_hw] * layout.across_m_hw
    arris = smoothstep(joint_m / 2, joint_m / 2 + (0.0025 if finish_name == "glazed" else 0.0018), edge)
    rough = finish.wave_m * 0.25 if finish_name == "clay" else 0.0
    height = (wave + tilt + rough * grain) * glazed + 0.0007 * arris + 0.0012 * glazed
    height += (1.0 - glazed) * (0.00012 * grain + 0.0002 * dirt)
    roughness = finish.roughness * (1.0 + 0.07 * mottle + 0.05 * np.clip(dirt, -1.0, 3.0))
    roughness = roughness * glazed + 0.92 * (1.0 - glazed)
    height = np.asarray(height, np.float32)
    return pack_maps(
        albedo_hwc=np.asarray(albedo, np.float32),
        roughness_hw=np.asarray(roughness, np.float32),
        height_m_hw=height,
        tile_m=tile_m,
        occlusion_hw=ambient_occlusion(height, pixel_m, (0.003,), 0.7),
    )


def _veins(rng: np.random.Generator) -> Image:
    """Thin bent lines of stone, 0..1."""
    lines = ridged(rng, (SIZE, SIZE), (5, 9), 3, 0.6)
    bend = 40.0 * fbm(rng, (SIZE, SIZE), (6, 6), 5, 0.55)
    patchy = smoothstep(-0.6, 1.2, fbm(rng, (SIZE, SIZE), (5, 5), 3))
    return warp(smoothstep(0.72, 0.98, lines), bend, np.ascontiguousarray(bend.T)) * patchy


def _piece_colours(
    rng: np.random.Generator, layout: Layout, colours: tuple[Rgb, ...], chequered_columns: int | None
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Linear albedo of each piece, float32 (count, 3): two colours in turn, or drawn where the columns are None."""
    palette = np.array(colours, np.float32)
    if chequered_columns is None:
        return np.asarray(palette[rng.integers(0, len(colours), layout.count)], np.float32)
    pieces = np.arange(layout.count)
    return np.asarray(palette[(pieces // chequered_columns + pieces % chequered_columns) % 2], np.float32)


TILE_FLOOR = ProceduralAsset(
    name="tile_floor",
    kind="material",
    category="floor",
    parameters={
        "bond": Choice(tuple(_BONDS), "square", (3.0, 2.0, 2.0, 2.0, 1.5, 2.0, 1.0)),
        "finish": Choice(tuple(_FINISHES), "porcelain", (2.0, 3.0, 2.0, 1.5)),
        "palette": Choice(tuple(_PALETTES), "grey", (3.0, 2.0, 3.0, 2.0, 3.0, 1.0, 1.0, 2.0, 1.5, 1.0)),
        "design": Integer(0, 7, 0),
        "roughness": Number(0.6, 1.0, 1.0),
    },
    build=_build,
    tags=("tiles", "indoor", "kitchen", "bathroom", "ground"),
    description="Ceramic, stone or clay tiles in seven bonds with recessed joints, each tile a little different.",
)
