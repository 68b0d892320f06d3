"""Wooden floors: boards cut out of logs with growth rings, pores, knots, joints and wear.

Each board is a flat cut through a cylinder of growth rings whose pith runs at a random depth and slope under it: that
alone gives straight grain on one board and arches on the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import Image, ambient_occlusion, blur, fbm, smoothstep, white_noise
from synthvision.library.procedural.surfaces.layouts import (
    Layout,
    basket_layout,
    herringbone_layout,
    plank_layout,
    sheet_index,
)
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material
from synthvision.library.procedural.surfaces.strokes import StrokeCanvas

__all__ = ["TABLE_WOOD", "WOOD_FLOOR", "WOOD_SPECIES"]

SIZE = 1024
Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Species:
    """How one kind of wood looks. Colours are linear albedo; lengths metres."""

    light: Rgb
    dark: Rgb
    ring_m: float
    ring_contrast: float
    pores: float
    knots_per_m2: float
    board_contrast: float


WOOD_SPECIES: Mapping[str, _Species] = {
    "oak": _Species((0.475, 0.315, 0.175), (0.235, 0.125, 0.058), 0.0046, 0.62, 0.85, 2.0, 0.085),
    "pine": _Species((0.60, 0.42, 0.235), (0.37, 0.195, 0.075), 0.0060, 0.75, 0.0, 5.0, 0.07),
    "walnut": _Species((0.200, 0.118, 0.070), (0.075, 0.040, 0.023), 0.0046, 0.60, 0.40, 0.8, 0.20),
    "maple": _Species((0.62, 0.475, 0.325), (0.47, 0.325, 0.195), 0.0050, 0.45, 0.10, 0.4, 0.07),
    "cherry": _Species((0.36, 0.185, 0.095), (0.20, 0.085, 0.038), 0.0048, 0.50, 0.12, 0.8, 0.13),
    "ash_grey": _Species((0.34, 0.305, 0.265), (0.17, 0.148, 0.125), 0.0050, 0.60, 0.50, 2.0, 0.14),
    "whitewashed": _Species((0.62, 0.56, 0.47), (0.45, 0.375, 0.285), 0.0050, 0.55, 0.45, 2.0, 0.06),
    "smoked": _Species((0.125, 0.083, 0.056), (0.055, 0.036, 0.025), 0.0042, 0.50, 0.45, 0.8, 0.18),
    # Brushed oak with a dark stain in its open late wood, as on old tables: nearly black figure on warm brown.
    "stained_oak": _Species((0.300, 0.140, 0.058), (0.020, 0.010, 0.006), 0.0085, 1.00, 1.00, 0.6, 0.10),
}

# pattern -> (tile in metres, rows or blocks across it, joints or ratio, width of a joint in metres)
_PATTERNS: Mapping[str, tuple[float, int, int, float]] = {
    "planks": (1.68, 12, 2, 0.0008),
    "wide_planks": (1.60, 8, 1, 0.0012),
    "narrow_strips": (1.44, 20, 3, 0.0005),
    "herringbone": (1.40, 2, 5, 0.0005),
    "mosaic": (1.20, 8, 5, 0.0005),
    "deck": (1.45, 10, 1, 0.0045),
    # A table top, glued from broad boards.
    "table_top": (1.20, 6, 1, 0.0002),
}


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["species"], params["pattern"], params["wear"], params["design"])
    return surface_material("wood_floor", maps, roughness=params["roughness"])


def _build_table(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["species"], "table_top", params["wear"], params["design"])
    return surface_material("table_wood", maps, roughness=params["roughness"])


def _draw(species_name: str, pattern: str, wear: str, design: int) -> SurfaceMaps:
    species = WOOD_SPECIES[species_name]
    tile_m, across, along, joint_m = _PATTERNS[pattern]
    rng = rng_for(design, 0, f"wood.{pattern}.{species_name}")
    layout = _layout(rng, pattern, tile_m, across, along)
    pixel_m = tile_m / SIZE
    worn = wear == "worn"

    tone, fibre, pores = _grain(rng, species, layout, pixel_m)
    board = np.clip(rng.standard_normal(layout.count), -1.7, 1.7).astype(np.float32)
    cloud = fbm(rng, (SIZE, SIZE), (6, 6), 4, 0.65)
    shade = 1.0 + species.board_contrast * board[layout.piece_hw] + np.float32(0.02 + 0.035 * worn) * cloud
    shade *= 1.0 + 0.055 * fibre - 0.30 * pores * species.pores
    warmth = 0.018 * rng.standard_normal(layout.count).astype(np.float32)[layout.piece_hw]

    # Where the edge distance is smaller than the joint there is no wood; thin joints darken their pixel in part.
    coverage = min(1.0, joint_m / pixel_m + 0.25)
    open_joint = smoothstep(joint_m / 2 + 0.8 * pixel_m, joint_m / 2 - 0.2 * pixel_m, layout.edge_m_hw) * coverage
    grime = smoothstep(0.006, 0.0, layout.edge_m_hw) * (0.30 if worn else 0.10)
    shade *= np.clip(1.0 - grime * (1.0 + 0.35 * cloud), 0.3, 1.0) * (
        1.0 - (0.88 if joint_m > 0.002 else 0.72) * open_joint
    )
    scratches = _scratches(rng, 220 if worn else 40)
    shade *= 1.0 + (0.10 if worn else 0.04) * scratches

    albedo = _colour(species, tone, shade, warmth)
    tilt = _tilt(rng, layout)
    bevel = smoothstep(0.0, 0.0024 if pattern != "deck" else 0.004, layout.edge_m_hw)
    height = (
        tilt
        + 0.0007 * bevel
        - 0.0022 * open_joint
        - np.float32(0.00007 * species.pores) * pores
        + 0.000022 * fibre
        - 0.00003 * tone * (3.0 if species_name == "ash_grey" or pattern == "deck" else 1.0)
    )
    gloss = 0.06 * rng.standard_normal(layout.count).astype(np.float32)[layout.piece_hw]
    roughness = 0.74 + gloss + 0.05 * fibre + 0.12 * pores - 0.06 * tone + (0.10 if worn else 0.03) * cloud
    roughness += 0.25 * grime + 0.10 * scratches
    roughness = np.maximum(roughness, 0.35) * (1.0 - open_joint) + open_joint
    occlusion = ambient_occlusion(height, pixel_m, (0.0025,), 0.8)
    return pack_maps(
        albedo_hwc=albedo,
        roughness_hw=np.asarray(roughness, np.float32),
        height_m_hw=np.asarray(height, np.float32),
        tile_m=tile_m,
        occlusion_hw=occlusion,
    )


def _layout(rng: np.random.Generator, pattern: str, tile_m: float, across: int, along: int) -> Layout:
    if pattern == "herringbone":
        return herringbone_layout(SIZE, tile_m, along, across)
    if pattern == "mosaic":
        return basket_layout(SIZE, tile_m, across, along)
    return plank_layout(rng, SIZE, tile_m, across, along)


def _grain(rng: np.random.Generator, species: _Species, layout: Layout, pixel_m: float) -> tuple[Image, Image, Image]:
    """Tone (0 = early, 1 = late wood), fibre (noise) and pores (0..1) in the direction of each board."""
    per_board = rng.random((5, layout.count), np.float32)
    index = sheet_index(rng, layout, pixel_m)
    sheet_fibre = fbm(rng, (SIZE, SIZE), (36, 2), 5, 0.85)
    sheet_fibre += 0.6 * blur(white_noise(rng, (SIZE, SIZE)), 4.0, 0.0) * 3.0
    fibre = np.take(sheet_fibre, index) * np.float32(0.6)
    dashes = blur(white_noise(rng, (SIZE, SIZE)), 3.5, 0.0)
    pores = np.take(smoothstep(0.30, 0.75, dashes), index)
    wobble = np.take(fbm(rng, (SIZE, SIZE), (6, 2), 4, 0.42), index)

    def of_board(row: int, low: float, high: float) -> Image:
        return np.asarray((low + (high - low) * per_board[row])[layout.piece_hw], np.float32)

    side = layout.across_m_hw + of_board(0, -0.13, 0.03)
    depth = of_board(1, 0.006, 0.055) + (layout.along_m_hw - of_board(3, 0.0, 0.8)) * of_board(2, -0.03, 0.03)
    depth += 0.0035 * wobble
    radius = np.sqrt(side * side + depth * depth) + 0.0012 * wobble + 0.00022 * fibre
    ring_m = of_board(4, 0.75 * species.ring_m, 1.3 * species.ring_m)
    phase = radius / ring_m
    knot_tone = _knots(rng, species, layout, phase, pixel_m)
    # A ring may be no narrower than about three pixels, or it turns into moire: fade it out where it would be.
    spacing_px = ring_m * radius / (np.abs(side) + 0.3 * np.abs(depth) + np.float32(1e-4)) * np.float32(1 / pixel_m)
    fade = smoothstep(1.8, 4.0, spacing_px)
    strength = (0.45 + 0.55 * rng.random(64, np.float32))[phase.astype(np.int32) % 64]
    turn = np.float32(2 * np.pi) * phase
    ring = (0.5 - 0.5 * np.cos(turn + 0.7 * np.sin(turn))) * strength * fade + 0.3 * (1.0 - fade)
    if species.pores > 0:
        pores *= np.clip(1.2 - 1.1 * ring, 0.15, 1.0)  # pores crowd in the early wood
    tone = np.clip(species.ring_contrast * ring + 0.10 * wobble * species.ring_contrast + 0.06 * fibre + 0.15, 0.0, 1.0)
    return np.maximum(tone, knot_tone), fibre, pores


def _knots(rng: np.random.Generator, species: _Species, layout: Layout, phase: Image, pixel_m: float) -> Image:
    """Bend the rings in `phase` around a few knots, in place, and return the tone of the knots themselves."""
    tone = np.zeros((SIZE, SIZE), np.float32)
    area_m2 = (SIZE * pixel_m) ** 2
    for _ in range(int(rng.poisson(species.knots_per_m2 * area_m2))):
        row, column = rng.integers(0, SIZE, 2)
        radius_m = 0.004 + 0.009 * float(rng.random())
        squash = 1.0 + 0.6 * float(rng.random())
        reach = int(min(7 * radius_m / pixel_m, SIZE // 2 - 1))
        window = np.ix_(
            np.arange(row - reach, row + reach + 1) % SIZE, np.arange(column - reach, column + reach + 1) % SIZE
        )
        home = layout.piece_hw[row, column]
        here = layout.piece_hw[window] == home
        along = (layout.along_m_hw[window] - layout.along_m_hw[row, column]) / squash
        across = layout.across_m_hw[window] - layout.across_m_hw[row, column]
        distance = np.sqrt(along * along + across * across)
        distance *= 1.0 + 0.10 * np.sin(3.0 * np.arctan2(across, along) + 6.0 * float(rng.random()))
        bend = np.exp(-((distance / (2.2 * radius_m)) ** 2)) * here
        phase[window] += np.float32(2.4) * bend
        inside = smoothstep(radius_m * 1.15, radius_m * 0.75, distance) * here
        rings = 1.05 + 0.16 * np.cos(distance / np.float32(0.0014))
        rim = 0.40 * np.exp(-(((distance - radius_m) / (0.22 * radius_m)) ** 2))
        halo = 0.45 * np.exp(-((distance / (1.9 * radius_m)) ** 2)) * here
        tone[window] = np.maximum(tone[window], np.maximum(inside * np.minimum(rings + rim, 1.45), halo))
    return tone


def _scratches(rng: np.random.Generator, count: int) -> Image:
    """Fine scratches in all directions, 0..1."""
    canvas = StrokeCanvas.blank(SIZE)
    start = rng.random((count, 1, 2)) * SIZE
    paths = np.concatenate([start, start + rng.standard_normal((count, 1, 2)) * 45], axis=1)
    for group, level in enumerate((50, 90, 140, 200)):
        canvas.lines(paths[group::4], level)
    return canvas.share()


def _tilt(rng: np.random.Generator, layout: Layout) -> Image:
    """Boards never lie quite level: fractions of a millimetre that break up reflections."""
    slope = (0.0030 * rng.standard_normal((2, layout.count))).astype(np.float32)
    across, along = (part[layout.piece_hw] for part in slope)
    return np.asarray(across * layout.across_m_hw + 0.2 * along * layout.along_m_hw, np.float32)


def _colour(species: _Species, tone: Image, shade: Image, warmth: Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    channels = []
    for channel, (light, dark) in enumerate(zip(species.light, species.dark, strict=True)):
        value = np.float32(light) + np.float32(dark - light) * tone
        value *= shade
        if channel != 1:
            value *= 1.0 + warmth if channel == 0 else 1.0 - warmth
        channels.append(value)
    return np.asarray(np.clip(cv2.merge(channels), 0.012, 0.85), np.float32)


WOOD_FLOOR = ProceduralAsset(
    name="wood_floor",
    kind="material",
    category="floor",
    parameters={
        "species": Choice(tuple(WOOD_SPECIES), "oak", (4.0, 2.0, 2.0, 2.0, 1.5, 1.5, 1.5, 1.0, 0.0)),
        "pattern": Choice(
            tuple(name for name in _PATTERNS if name != "table_top"), "planks", (4.0, 3.0, 2.0, 2.0, 1.0, 1.0)
        ),
        "wear": Choice(("new", "worn"), "new", (3.0, 2.0)),
        "design": Integer(0, 7, 0),
        "roughness": Number(0.4, 1.0, 0.75),
    },
    build=_build,
    tags=("wood", "indoor", "table", "ground"),
    description="Boards, strips, herringbone or mosaic parquet of nine woods, from varnished to raw and worn.",
)

TABLE_WOOD = ProceduralAsset(
    name="table_wood",
    kind="material",
    category="table_top",
    parameters={
        "species": Choice(tuple(WOOD_SPECIES), "stained_oak", (3.0, 1.5, 2.0, 1.0, 2.0, 1.0, 1.0, 1.5, 4.0)),
        "wear": Choice(("new", "worn"), "worn"),
        "design": Integer(0, 7, 0),
        "roughness": Number(0.5, 1.0, 0.75),
    },
    build=_build_table,
    tags=("timber",),
    description="The top of a wooden table, glued from broad boards, from pale pine to oak stained nearly black.",
)
