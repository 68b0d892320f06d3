"""Surfaces for walls, boxes and machines: painted plaster, cardboard, and metal sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
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
from synthvision.library.procedural.surfaces.strokes import StrokeCanvas

__all__ = ["CARDBOARD", "METAL_SHEET", "PAINTED_WALL"]

SIZE = 1024
_SHAPE = (SIZE, SIZE)


def _build_wall(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw_wall, params["finish"], params["design"])
    red, green, blue = params["colour"]
    return surface_material("painted_wall", maps, tint=(red, green, blue), roughness=params["roughness"])


def _draw_wall(finish: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"wall.{finish}")
    tile_m = 1.6
    grain = white_noise(rng, _SHAPE)
    drift = fbm(rng, _SHAPE, (5, 5), 6, 0.55)
    match finish:
        case "roller":  # orange peel of a paint roller
            relief = 0.00010 * fbm(rng, _SHAPE, (200, 200), 2, 0.5) + 0.00004 * fbm(rng, _SHAPE, (60, 60), 2)
        case "rough":  # thrown plaster
            _, edge, _ = cell_noise(jittered_points(rng, (230, 230), 1.0), _SHAPE)
            relief = 0.0007 * np.minimum(edge / 2.2, 1.0) + 0.0005 * fbm(rng, _SHAPE, (120, 120), 4, 0.7)
        case "trowelled":
            relief = 0.00045 * blur(fbm(rng, _SHAPE, (10, 16), 6, 0.62), 1.2) + 0.00002 * grain
        case _:  # smooth
            relief = 0.00003 * fbm(rng, _SHAPE, (40, 40), 4, 0.5)
    height = np.asarray(relief + 0.0003 * fbm(rng, _SHAPE, (6, 6), 2), np.float32)
    scuffs = smoothstep(2.3, 4.0, fbm(rng, _SHAPE, (9, 30), 5, 0.6))
    shade = 0.94 * (1.0 + 0.012 * drift + 0.010 * grain - 0.07 * scuffs)
    albedo = np.repeat(np.clip(shade, 0.3, 1.0)[..., None], 3, axis=2)
    return pack_maps(
        albedo_hwc=np.asarray(albedo, np.float32),
        roughness_hw=np.asarray(0.86 + 0.03 * drift + 0.02 * grain - 0.12 * scuffs, np.float32),
        height_m_hw=height,
        tile_m=tile_m,
        occlusion_hw=ambient_occlusion(height, tile_m / SIZE, (0.004,), 1.0),
    )


def _build_cardboard(params: Mapping[str, Any]) -> Material:
    return surface_material(
        "cardboard", cached_maps(_draw_cardboard, params["paper"], params["wear"], params["design"])
    )


def _draw_cardboard(paper: str, wear: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"cardboard.{paper}.{wear}")
    tile_m = 0.6
    base = np.array({"kraft": (0.385, 0.250, 0.140), "grey": (0.31, 0.29, 0.26), "white": (0.66, 0.645, 0.61)}[paper])
    fibres = StrokeCanvas.blank(SIZE, 128)
    for level in (60, 95, 165, 200):
        start = rng.random((900, 1, 2)) * SIZE
        heading = rng.uniform(0, 2 * np.pi, (900, 1)) + np.array([0.0, 0.5, 1.1])
        steps = 5.0 * np.stack([np.cos(heading), np.sin(heading)], axis=-1)
        fibres.lines(np.concatenate([start, start + np.cumsum(steps, axis=1)], axis=1), level)
    fibre = (fibres.image().astype(np.float32) - 128.0) * np.float32(1 / 128)
    cloudy = fbm(rng, _SHAPE, (20, 20), 6, 0.7)
    drift = fbm(rng, _SHAPE, (4, 4), 5, 0.6)
    # The flutes of the inner layer show through the liner as faint level lines, 6.7 mm apart.
    flutes = np.cos(2 * np.pi * 90 * (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE)[:, None]
    shade = 1.0 + 0.05 * fibre + 0.03 * cloudy + 0.025 * drift + 0.012 * flutes + 0.02 * white_noise(rng, _SHAPE)
    height = 0.00004 * flutes + 0.000012 * fibre + 0.00001 * cloudy + 0.0004 * drift
    roughness = 0.88 + 0.03 * cloudy
    if wear == "worn":
        crease = StrokeCanvas.blank(SIZE)
        start = rng.random((14, 1, 2)) * SIZE
        walk = np.cumsum(rng.standard_normal((14, 5, 2)) * 16 + rng.standard_normal((14, 1, 2)) * 30, axis=1)
        crease.lines(np.concatenate([start, start + walk], axis=1), 255, 2)
        lines = crease.share()
        scuff = smoothstep(1.2, 2.4, fbm(rng, _SHAPE, (10, 10), 6, 0.75))
        stain = smoothstep(1.9, 2.8, fbm(rng, _SHAPE, (5, 5), 5, 0.55))
        shade = shade * (1.0 - 0.16 * lines - 0.13 * stain) * (1.0 + 0.12 * scuff)
        height = height - 0.0004 * blur(lines, 1.5)
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(base * shade[..., None], 0.04, 0.8), np.float32),
        roughness_hw=np.asarray(roughness, np.float32),
        height_m_hw=np.asarray(height, np.float32),
        tile_m=tile_m,
    )


# metal -> linear reflectance at normal incidence
_METALS: Mapping[str, tuple[float, float, float]] = {
    "steel": (0.56, 0.55, 0.53),
    "aluminium": (0.80, 0.80, 0.81),
    "brass": (0.79, 0.61, 0.31),
    "copper": (0.82, 0.54, 0.42),
}


def _build_metal(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw_metal, params["metal"], params["finish"], params["design"])
    return surface_material("metal_sheet", maps, roughness=params["roughness"], metallic=1.0)


def _draw_metal(metal: str, finish: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"metal.{metal}.{finish}")
    tile_m = 0.8
    grain = white_noise(rng, _SHAPE)
    drift = fbm(rng, _SHAPE, (5, 5), 6, 0.6)
    smudge = smoothstep(0.0, 3.2, fbm(rng, _SHAPE, (7, 9), 5, 0.5))
    scratch = StrokeCanvas.blank(SIZE)
    start = rng.random((70, 1, 2)) * SIZE
    scratch.lines(np.concatenate([start, start + rng.standard_normal((70, 1, 2)) * 60], axis=1), 150)
    scratches = scratch.share()
    shade = 1.0 + 0.012 * drift - 0.10 * smudge + 0.05 * scratches
    height = 0.00004 * fbm(rng, _SHAPE, (6, 6), 2) - 0.000006 * scratches
    match finish:
        case "brushed":
            lines = 9.0 * blur(white_noise(rng, _SHAPE), 60.0, 0.0) + 0.25 * grain
            roughness = 0.36 + 0.035 * lines
            height = height + 0.0000022 * lines
            shade = shade + 0.018 * lines
        case "galvanised":
            _, edge, crystal = cell_noise(jittered_points(rng, (48, 48), 1.0), _SHAPE)
            tone = (0.07 * rng.standard_normal(48 * 48)).astype(np.float32)[crystal]
            shade = shade + tone + 0.03 * drift
            roughness = 0.42 + 1.2 * tone + 0.03 * grain + 0.02 * np.minimum(edge, 2.0)
        case "chequer_plate":
            stud, rim = _studs()
            height = height + 0.0016 * stud
            roughness = 0.46 - 0.14 * stud + 0.03 * grain + 0.06 * drift
            shade = shade * (1.0 - 0.20 * (1.0 - stud) * smoothstep(0.0, 1.4, drift + 0.8)) * (1.0 - 0.15 * rim)
        case _:  # satin
            roughness = np.asarray(0.34 + 0.012 * grain, np.float64)
    rough = roughness + 0.14 * smudge + 0.10 * scratches + 0.02 * drift
    height = np.asarray(height, np.float32)
    albedo = np.array(_METALS[metal], np.float32) * np.clip(shade, 0.4, 1.15)[..., None]
    return pack_maps(
        albedo_hwc=np.asarray(np.clip(albedo, 0.04, 0.92), np.float32),
        roughness_hw=np.asarray(np.clip(rough, 0.12, 1.0), np.float32),
        height_m_hw=height,
        tile_m=tile_m,
        occlusion_hw=ambient_occlusion(height, tile_m / SIZE, (0.004,), 0.5),
        metallic_hw=np.ones(_SHAPE, np.float32),
    )


def _studs() -> tuple[Image, Image]:
    """Raised lens shapes in alternating diagonal directions, 0..1, and the dirt line around them."""
    cells = 20
    cell_px = SIZE / cells
    at = np.arange(SIZE, dtype=np.float32) + 0.5
    cell = (at / cell_px).astype(np.int32)
    u = (at / cell_px - cell - 0.5)[None, :]
    v = (at / cell_px - cell - 0.5)[:, None]
    slant = np.where((cell[None, :] + cell[:, None]) % 2 == 0, np.float32(1), np.float32(-1))
    along = (u + slant * v) * np.float32(np.sqrt(0.5))
    across = (u - slant * v) * np.float32(np.sqrt(0.5))
    # A lens: two arcs that meet in points at both ends.
    inside = 0.105 * (1.0 - (along / 0.52) ** 2) - np.abs(across)
    return smoothstep(0.0, 0.055, inside), smoothstep(-0.06, -0.01, inside) * smoothstep(0.03, 0.0, inside)


PAINTED_WALL = ProceduralAsset(
    name="painted_wall",
    kind="material",
    category="wall",
    parameters={
        "finish": Choice(("smooth", "roller", "trowelled", "rough"), "roller"),
        "colour": Colour(
            (
                (0.75, 0.74, 0.71),
                (0.62, 0.57, 0.47),
                (0.46, 0.47, 0.47),
                (0.33, 0.42, 0.45),
                (0.45, 0.50, 0.40),
                (0.62, 0.42, 0.33),
                (0.12, 0.15, 0.20),
            ),
            0.08,
        ),
        "design": Integer(0, 7, 0),
        "roughness": Number(0.6, 1.0, 1.0),
    },
    build=_build_wall,
    tags=("plaster", "paint", "indoor", "table"),
    description="Painted plaster: smooth, rolled, trowelled or rough, in any colour.",
)

CARDBOARD = ProceduralAsset(
    name="cardboard",
    kind="material",
    category="paper",
    parameters={
        "paper": Choice(("kraft", "grey", "white"), "kraft", (3.0, 1.0, 1.0)),
        "wear": Choice(("new", "worn"), "new"),
        "design": Integer(0, 7, 0),
    },
    build=_build_cardboard,
    tags=("cardboard", "box", "indoor", "table"),
    description="Corrugated cardboard with paper fibres, faint flutes, and creases and stains when worn.",
)

METAL_SHEET = ProceduralAsset(
    name="metal_sheet",
    kind="material",
    category="metal",
    parameters={
        "metal": Choice(tuple(_METALS), "steel", (3.0, 2.0, 1.0, 1.0)),
        "finish": Choice(("brushed", "satin", "galvanised", "chequer_plate"), "brushed"),
        "design": Integer(0, 7, 0),
        "roughness": Number(0.7, 1.0, 1.0),
    },
    build=_build_metal,
    tags=("metal", "industrial", "table", "ground"),
    description="Metal sheet: brushed, satin, galvanised or chequer plate.",
)
