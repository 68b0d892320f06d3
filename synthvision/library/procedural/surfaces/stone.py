"""Polished and split stone: marble, granite, limestone, slate and terrazzo, whole or laid as slabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import (
    Image,
    ambient_occlusion,
    cell_noise,
    fbm,
    jittered_points,
    smoothstep,
    value_noise,
    warp,
    white_noise,
)
from synthvision.library.procedural.surfaces.layouts import grid_layout, sheet_index
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material

__all__ = ["STONE_FLOOR"]

SIZE = 1024
_SHAPE = (SIZE, SIZE)
_SLABS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """A raw piece of stone: albedo (height, width, 3) linear, roughness and height in metres (height, width)."""

    albedo_hwc: NDArray[np.float32]
    roughness_hw: Image
    height_m_hw: Image


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["stone"], params["slabs"], params["design"])
    return surface_material("stone_floor", maps, roughness=params["roughness"])


def _draw(stone: str, slabs: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"stone.{stone}")
    tile_m, quarry = _STONES[stone]
    sheet = quarry(rng)
    albedo, roughness, height = sheet.albedo_hwc, sheet.roughness_hw, sheet.height_m_hw
    occlusion = None
    if slabs == "slabs":
        pixel_m = tile_m / SIZE
        layout = grid_layout(SIZE, tile_m, _SLABS, _SLABS)
        index = sheet_index(rng, layout, pixel_m)
        tone = 1.0 + 0.035 * np.clip(rng.standard_normal(layout.count), -2, 2).astype(np.float32)[layout.piece_hw]
        solid = smoothstep(0.0004, 0.0008 + 1.5 * pixel_m, layout.edge_m_hw)
        joint = np.float32(0.5 * albedo.mean() + 0.06)
        cut = albedo.reshape(-1, 3)[index] * tone[..., None]
        albedo = joint + (cut - joint) * solid[..., None]
        roughness = np.take(roughness, index) * solid + 0.9 * (1.0 - solid)
        slope = (0.0012 * rng.standard_normal((2, layout.count))).astype(np.float32)
        tilt = slope[0][layout.piece_hw] * layout.along_m_hw + slope[1][layout.piece_hw] * layout.across_m_hw
        bevel = smoothstep(0.0, 0.0035, layout.edge_m_hw)
        height = np.take(height, index) + tilt + 0.0008 * bevel + 0.0008 * solid
        occlusion = ambient_occlusion(np.asarray(height, np.float32), pixel_m, (0.003,), 0.6)
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(albedo, 0.02, 0.82), np.float32),
        roughness_hw=np.asarray(roughness, np.float32),
        height_m_hw=np.asarray(height, np.float32),
        tile_m=tile_m,
        occlusion_hw=occlusion,
    )


def _mixed(weights: list[Image], colours: list[tuple[float, float, float]], ground: tuple[float, float, float]) -> Any:
    """Linear albedo: `ground`, covered in turn by each colour to the share of its weight image."""
    channels = [np.full(_SHAPE, ground[channel], np.float32) for channel in range(3)]
    for weight, colour in zip(weights, colours, strict=True):
        for channel in range(3):
            channels[channel] += (np.float32(colour[channel]) - channels[channel]) * weight
    return cv2.merge(channels)


def _vein_lines(rng: np.random.Generator, cells: tuple[int, int], bend_px: float, width: float) -> Image:
    """Lines along which a bent noise crosses zero, thick and thin, 0..1."""
    field = fbm(rng, _SHAPE, cells, 2, 0.4)
    bend_x = bend_px * fbm(rng, _SHAPE, (5, 5), 7, 0.62)
    bend_y = bend_px * fbm(rng, _SHAPE, (5, 5), 7, 0.62)
    thick = width * np.exp(0.75 * np.clip(value_noise(rng, _SHAPE, (6, 6)), -2, 2))
    strength = smoothstep(-0.9, 1.1, fbm(rng, _SHAPE, (4, 4), 4, 0.6))
    away = np.abs(warp(field, bend_x, bend_y))
    return np.asarray(np.exp(-away / thick) * strength, np.float32)


def _marble(
    ground: tuple[float, float, float],
    cloud: tuple[float, float, float],
    vein: tuple[float, float, float],
    clouds: float,
) -> Callable[[np.random.Generator], _Sheet]:
    def quarry(rng: np.random.Generator) -> _Sheet:
        coarse = _vein_lines(rng, (2, 3), 55.0, 0.035)
        fine = _vein_lines(rng, (5, 7), 38.0, 0.020)
        smoke = smoothstep(-0.4, 2.2, fbm(rng, _SHAPE, (4, 5), 7, 0.62) + 1.3 * coarse) * clouds
        grain = 1.0 + 0.014 * white_noise(rng, _SHAPE)
        albedo = _mixed([smoke, 0.75 * coarse, 0.42 * fine], [cloud, vein, vein], ground) * grain[..., None]
        roughness = 0.17 + 0.05 * coarse + 0.015 * fbm(rng, _SHAPE, (6, 6), 5, 0.6)
        height = 0.00002 * fbm(rng, _SHAPE, (16, 16), 2) - 0.00006 * coarse
        return _Sheet(albedo, roughness, height)

    return quarry


def _granite(minerals: tuple[tuple[tuple[float, float, float], float], ...]) -> Callable[[np.random.Generator], _Sheet]:
    def quarry(rng: np.random.Generator) -> _Sheet:
        colours = np.array([colour for colour, _ in minerals], np.float32)
        share = np.array([weight for _, weight in minerals])
        albedo = np.zeros((SIZE, SIZE, 3), np.float32)
        # Crystals of two sizes: the small ones fill between the large.
        for cells, keep in ((330, 1.0), (190, 0.55)):
            _, edge, crystal = cell_noise(jittered_points(rng, (cells, cells), 1.0), _SHAPE)
            kind = rng.choice(len(share), cells * cells, p=share / share.sum())
            tone = np.clip(1.0 + 0.14 * rng.standard_normal((cells * cells, 1)), 0.6, 1.5)
            layer = (colours[kind] * tone).astype(np.float32)[crystal]
            shown = (rng.random(cells * cells) < keep)[crystal]
            soft = shown * smoothstep(-0.5, 1.2, edge)
            albedo += (layer - albedo) * soft[..., None]
        albedo *= (1.0 + 0.05 * white_noise(rng, _SHAPE) + 0.03 * fbm(rng, _SHAPE, (6, 6), 6, 0.7))[..., None]
        luminance = albedo[..., 1]
        roughness = 0.16 + 0.10 * (luminance < 0.06) + 0.02 * white_noise(rng, _SHAPE)
        return _Sheet(albedo, roughness.astype(np.float32), 0.000012 * fbm(rng, _SHAPE, (20, 20), 3))

    return quarry


def _limestone(rng: np.random.Generator) -> _Sheet:
    bands = fbm(rng, _SHAPE, (28, 3), 5, 0.7)
    drift = fbm(rng, _SHAPE, (5, 4), 7, 0.65)
    holes = smoothstep(1.75, 2.3, fbm(rng, _SHAPE, (90, 30), 3, 0.6) + 0.35 * bands)
    shade = 1.0 + 0.055 * bands + 0.06 * drift + 0.03 * white_noise(rng, _SHAPE) - 0.35 * holes
    albedo = np.array([0.51, 0.435, 0.335], np.float32) * shade[..., None]
    return _Sheet(albedo, 0.42 + 0.04 * drift + 0.35 * holes, 0.00006 * bands - 0.0008 * holes)


def _slate(rng: np.random.Generator) -> _Sheet:
    layers = 3.2 * fbm(rng, _SHAPE, (4, 5), 7, 0.58)
    step = np.floor(layers) + smoothstep(0.72, 1.0, layers - np.floor(layers))
    split = fbm(rng, _SHAPE, (20, 20), 6, 0.7)
    rust = smoothstep(1.1, 2.2, fbm(rng, _SHAPE, (5, 5), 6, 0.6))
    shade = 1.0 + 0.10 * split + 0.05 * (step % 2) + 0.06 * white_noise(rng, _SHAPE)
    albedo = _mixed([0.55 * rust], [(0.19, 0.115, 0.06)], (0.098, 0.104, 0.110)) * shade[..., None]
    height = 0.0012 * step.astype(np.float32) + 0.00035 * split
    return _Sheet(albedo, 0.58 + 0.05 * split, height)


def _terrazzo(
    ground: tuple[float, float, float], chips: tuple[tuple[float, float, float], ...]
) -> Callable[[np.random.Generator], _Sheet]:
    def quarry(rng: np.random.Generator) -> _Sheet:
        speckle = 1.0 + 0.06 * white_noise(rng, _SHAPE) + 0.025 * fbm(rng, _SHAPE, (6, 6), 6, 0.7)
        chip_share = np.zeros(_SHAPE, np.float32)
        chip = np.zeros(_SHAPE, np.int32)
        before = 0
        for cells, keep in ((260, 0.45), (110, 0.55), (46, 0.40)):
            _, edge, piece = cell_noise(jittered_points(rng, (cells, cells), 1.0), _SHAPE)
            count, spacing = cells * cells, SIZE / cells
            inset = (0.05 + 0.20 * rng.random(count, np.float32)) * np.float32(spacing)
            inset[rng.random(count) > keep] = 10 * SIZE
            inside = smoothstep(-0.6, 0.9, edge - inset[piece])
            np.copyto(chip, piece + before, where=inside > 0)  # larger chips lie over smaller ones
            chip_share += (1.0 - chip_share) * inside
            before += count
        tone = np.clip(1.0 + 0.14 * rng.standard_normal((before, 1)), 0.6, 1.4)
        colour = (np.array(chips)[rng.integers(0, len(chips), before)] * tone).astype(np.float32)[chip]
        albedo = np.array(ground, np.float32) * speckle[..., None]
        albedo += (colour - albedo) * chip_share[..., None]
        roughness = 0.30 - 0.12 * chip_share + 0.02 * fbm(rng, _SHAPE, (5, 5), 5, 0.6)
        return _Sheet(albedo, roughness, 0.00003 * chip_share + 0.00002 * fbm(rng, _SHAPE, (14, 14), 2))

    return quarry


# stone -> (tile in metres, how a sheet of it is made)
_STONES: Mapping[str, tuple[float, Callable[[np.random.Generator], _Sheet]]] = {
    "marble_white": (1.8, _marble((0.70, 0.695, 0.68), (0.47, 0.475, 0.48), (0.25, 0.255, 0.265), 0.75)),
    "marble_cream": (1.8, _marble((0.62, 0.54, 0.42), (0.48, 0.38, 0.26), (0.30, 0.19, 0.10), 0.6)),
    "marble_black": (1.8, _marble((0.030, 0.030, 0.032), (0.055, 0.056, 0.060), (0.62, 0.60, 0.56), 0.8)),
    "marble_green": (1.8, _marble((0.055, 0.095, 0.070), (0.030, 0.052, 0.040), (0.40, 0.46, 0.40), 0.8)),
    "granite_grey": (
        1.2,
        _granite(
            (((0.46, 0.45, 0.435), 5), ((0.31, 0.31, 0.31), 4), ((0.18, 0.18, 0.19), 2), ((0.06, 0.06, 0.065), 1.5))
        ),
    ),
    "granite_black": (
        1.2,
        _granite((((0.035, 0.036, 0.038), 7), ((0.065, 0.067, 0.072), 3), ((0.16, 0.165, 0.175), 1))),
    ),
    "granite_red": (
        1.2,
        _granite(
            (((0.33, 0.155, 0.105), 5), ((0.42, 0.25, 0.18), 2), ((0.30, 0.29, 0.28), 2), ((0.04, 0.04, 0.04), 2))
        ),
    ),
    "limestone": (1.8, _limestone),
    "slate": (1.8, _slate),
    "terrazzo_light": (
        1.8,
        _terrazzo(
            (0.56, 0.55, 0.52), ((0.66, 0.64, 0.60), (0.30, 0.27, 0.24), (0.42, 0.30, 0.20), (0.12, 0.12, 0.125))
        ),
    ),
    "terrazzo_dark": (
        1.8,
        _terrazzo(
            (0.085, 0.085, 0.090), ((0.48, 0.47, 0.45), (0.22, 0.21, 0.20), (0.30, 0.20, 0.14), (0.05, 0.05, 0.055))
        ),
    ),
    "terrazzo_warm": (
        1.8,
        _terrazzo((0.52, 0.44, 0.36), ((0.38, 0.16, 0.10), (0.60, 0.55, 0.48), (0.24, 0.20, 0.17), (0.30, 0.33, 0.28))),
    ),
}


STONE_FLOOR = ProceduralAsset(
    name="stone_floor",
    kind="material",
    category="floor",
    parameters={
        "stone": Choice(tuple(_STONES), "marble_white"),
        "slabs": Choice(("whole", "slabs"), "whole"),
        "design": Integer(0, 7, 0),
        "roughness": Number(0.6, 1.0, 1.0),
    },
    build=_build,
    tags=("stone", "marble", "granite", "terrazzo", "indoor", "table", "ground"),
    description="Marble, granite, limestone, slate or terrazzo, in one sheet or cut into slabs of 50 to 60 cm.",
)
