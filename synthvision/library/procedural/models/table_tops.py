"""Surfaces of table tops: glued wooden staves, lacquer, laminate; textures that cover a whole table without repeating."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.procedural.noise import Image, blur, fbm, smoothstep, value_noise, white_noise
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, pack_maps
from synthvision.library.procedural.timber import SPECIES
from synthvision.library.procedural.wear import scratch_lines

__all__ = ["TOP_DESIGNS", "lacquer_top", "wooden_top"]

TOP_DESIGNS = 4
SIZE_PX = 768
TILE_M = 1.7
_PIXEL_M = TILE_M / SIZE_PX
_SHAPE = (SIZE_PX, SIZE_PX)


@lru_cache(maxsize=6)
def wooden_top(species: str, design: int, used: bool) -> SurfaceMaps:
    """Return the maps of staves glued side by side, their grain along u.

    Args:
        species: A key of `timber.SPECIES`.
        design: 0 to `TOP_DESIGNS` - 1: width of the staves and the wood they are cut from.
        used: With scratches, rings of cups and dull places.
    """
    early, late, strength = SPECIES[species]
    rng = rng_for(design, 0, f"table.top.{species}")
    stave, across_m, edge_px = _staves(rng, int((13, 24, 9, 17)[design % 4]))
    count = int(stave.max()) + 1
    # Every stave is a flat cut through growth rings: the heart of the log lies beside or under it, and wanders.
    side = across_m + rng.uniform(-0.11, 0.11, count).astype(np.float32)[stave][:, None]
    wander = value_noise(rng, _SHAPE, (2, 3))
    own = _shifted_rows(wander, stave, rng)
    depth = rng.uniform(0.015, 0.06, count).astype(np.float32)[stave][:, None] + np.float32(0.009) * own
    ripple = _shifted_rows(fbm(rng, _SHAPE, (40, 4), 3, 0.5), stave, rng)
    radius = np.sqrt(side * side + depth * depth) + np.float32(0.0007) * ripple
    spacing = rng.uniform(0.006, 0.0095, count).astype(np.float32)[stave][:, None]
    phase = radius / spacing
    ring = (phase - np.floor(phase)) ** 2 * smoothstep(1.0, 0.8, phase - np.floor(phase))
    # Where the rings stand closer than pixels show them they fade into their mean.
    visible = smoothstep(1.5, 3.5, spacing * radius / (np.abs(side) + 1e-4) / np.float32(_PIXEL_M))
    ring = 0.22 + (ring * 1.6 - 0.22) * visible
    fibre = _shifted_rows(fbm(rng, _SHAPE, (200, 6), 2, 0.6), stave, rng)
    share = np.clip(strength * ring + 0.1 * fibre + 0.12, 0.0, 1.1)
    light, dark = np.array(early, np.float32), np.array(late, np.float32)
    tone = 1.0 + rng.normal(0.0, 0.075, count).clip(-0.16, 0.16).astype(np.float32)[stave][:, None]
    image = (light + (dark - light) * share[..., None]) * tone[..., None]
    joint = smoothstep(1.2, 0.3, edge_px)[:, None]
    image *= (1.0 - 0.35 * joint)[..., None]
    rough = 0.78 + 0.08 * fibre + 0.1 * ring
    if used:
        image, rough = _used(rng, image, np.asarray(rough, np.float32))
    height = np.asarray(-0.00005 * ring - 0.00003 * fibre - 0.00012 * joint, np.float32)
    return pack_maps(
        albedo_hwc=np.asarray(image, np.float32),
        roughness_hw=np.asarray(np.clip(rough, 0.3, 1.0), np.float32),
        height_m_hw=height,
        tile_m=TILE_M,
    )


@lru_cache(maxsize=4)
def lacquer_top(design: int, used: bool) -> SurfaceMaps:
    """Return the maps of a painted or laminated board, white, to be tinted; odd designs are speckled like laminate."""
    rng = rng_for(design, 0, "table.top.lacquer")
    cloud = fbm(rng, _SHAPE, (4, 4), 4, 0.5)
    shade = 0.97 + 0.008 * cloud
    if design % 2:
        shade -= 0.14 * smoothstep(1.3, 2.2, cv2.GaussianBlur(white_noise(rng, _SHAPE), (0, 0), 0.8) * np.float32(2.6))
    image = np.repeat(np.asarray(shade, np.float32)[..., None], 3, axis=2)
    rough = np.asarray(0.85 + 0.04 * cloud, np.float32)
    if used:
        image, rough = _used(rng, image, rough)
    dimples = blur(white_noise(rng, _SHAPE), 1.2) * np.float32(0.00004)
    return pack_maps(albedo_hwc=image, roughness_hw=np.clip(rough, 0.3, 1.0), height_m_hw=dimples, tile_m=TILE_M)


def _staves(rng: np.random.Generator, count: int) -> tuple[NDArray[np.int64], Image, Image]:
    """Stave of each row of the image, distance from its middle (height, 1) in metres, and to its edge in pixels."""
    borders = (np.arange(count) + rng.uniform(-0.12, 0.12, count)) * (SIZE_PX / count)
    rows = np.arange(SIZE_PX) + 0.5
    stave = (np.searchsorted(borders, rows, side="right") - 1) % count
    start = borders[stave]
    width = (np.roll(borders, -1)[stave] - start) % SIZE_PX
    inside = (rows - start) % SIZE_PX
    across_m = ((inside - width / 2) * _PIXEL_M).astype(np.float32)[:, None]
    return stave.astype(np.int64), across_m, np.asarray(np.minimum(inside, width - inside), np.float32)


def _shifted_rows(image: Image, stave: NDArray[np.int64], rng: np.random.Generator) -> Image:
    """The image shifted along u by another amount for each stave, so that no figure runs over a joint."""
    shift = rng.integers(0, SIZE_PX, int(stave.max()) + 1)[stave]
    columns = (np.arange(SIZE_PX)[None, :] + shift[:, None]) % SIZE_PX
    return np.asarray(np.take_along_axis(image, columns, axis=1), np.float32)


def _used(
    rng: np.random.Generator, image: NDArray[np.float32], rough: Image
) -> tuple[NDArray[np.float32], Image]:
    """Years of meals: dull and stained places, scratches, rings of wet cups."""
    cloud = fbm(rng, _SHAPE, (5, 5), 5, 0.6)
    stain = smoothstep(0.7, 2.4, cloud)
    lines = scratch_lines(rng, _SHAPE, 160, 70.0)
    rings = np.zeros(_SHAPE, np.uint8)
    for _ in range(7):
        centre = rng.integers(0, SIZE_PX, 2)
        span = float(rng.uniform(40, 360))
        radius = int(rng.uniform(0.03, 0.042) / _PIXEL_M)
        start = float(rng.uniform(0, 360))
        place = (int(centre[0]), int(centre[1]))
        cv2.ellipse(rings, place, (radius, radius), start, 0, span, int(rng.uniform(60, 170)), 2, cv2.LINE_AA)
    ring = cv2.GaussianBlur(rings, (0, 0), 0.8).astype(np.float32) / np.float32(255)
    shade = 1.0 - 0.16 * stain - 0.22 * ring - 0.1 * lines
    return np.asarray(image * shade[..., None], np.float32), np.asarray(rough + 0.2 * stain + 0.15 * lines - 0.1 * ring, np.float32)
