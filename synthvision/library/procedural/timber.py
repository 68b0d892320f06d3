"""Wood: boards with the grain along u, and turned wood whose figure runs through the solid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import (
    Image,
    blur,
    encode_srgb,
    fbm,
    make_texture,
    normal_map,
    quantise,
    smoothstep,
    value_noise,
)

__all__ = ["SPECIES", "BoardMaps", "board_maps", "turned_wood"]

LinearColour = tuple[float, float, float]

SPECIES: dict[str, tuple[LinearColour, LinearColour, float]] = {
    # early wood, late wood (linear), strength of the rings
    "pine": ((0.60, 0.41, 0.21), (0.38, 0.20, 0.075), 0.8),
    "spruce": ((0.62, 0.48, 0.30), (0.42, 0.27, 0.13), 0.55),
    "beech": ((0.52, 0.33, 0.19), (0.42, 0.25, 0.135), 0.45),
    "oak": ((0.41, 0.26, 0.13), (0.25, 0.14, 0.06), 0.65),
    "walnut": ((0.16, 0.085, 0.045), (0.065, 0.032, 0.017), 0.7),
    "cherry": ((0.38, 0.17, 0.075), (0.26, 0.10, 0.04), 0.5),
    "weathered": ((0.30, 0.275, 0.235), (0.165, 0.15, 0.13), 0.75),
    "stained": ((0.12, 0.055, 0.025), (0.05, 0.022, 0.011), 0.6),
}


KNOTTY = ("pine", "spruce", "weathered")
TILE_M = 0.5
BOARD_PX = 512


@dataclass(frozen=True, slots=True, eq=False)
class BoardMaps:
    """Maps of planed or sawn wood that repeat along both axes; one repeat is `tile_m` metres.

    Args:
        colour: Base colour.
        rough: Green is roughness to be multiplied with a factor, blue 1.
        normal: Grain.
        tile_m: Real size of a repeat along u and v.
    """

    colour: Texture
    rough: Texture
    normal: Texture
    tile_m: float


@lru_cache(maxsize=24)
def board_maps(species: str, seed: int, dirt: float = 0.0, staves: int = 0) -> BoardMaps:
    """Return wood with its grain along u.

    Args:
        species: A key of `SPECIES`.
        seed: Which piece of wood; few values, so that textures are shared.
        dirt: 0 (new) to 1 (grey and stained from use); few values too.
        staves: Number of strips that a panel is glued from across v; 0 is one piece.
    """
    early, late, strength = SPECIES[species]
    pattern = _board_pattern(seed, species in KNOTTY, staves)
    share = np.asarray(np.clip(strength * pattern.rings + 0.22 * pattern.fibre + 0.1, 0.0, 1.1), np.float32)
    shade = (1.0 + 0.08 * pattern.tone) * (1.0 - 0.75 * pattern.knots) * (1 - 0.35 * pattern.knot_rims)
    image = _tinted(share, early, late)
    if dirt > 0:
        grey = image.mean(axis=2, keepdims=True) * np.array([1.0, 0.95, 0.85], np.float32)
        image += (grey * 0.75 - image) * np.float32(0.45 * dirt)
        shade = shade * (1 - np.float32(0.6 * dirt) * pattern.stain)
    image *= shade[:, :, None]
    rough, normal = _board_relief(seed, species in KNOTTY, staves)
    return BoardMaps(make_texture(encode_srgb(image), is_srgb=True), rough, normal, TILE_M)


@dataclass(frozen=True, slots=True, eq=False)
class _BoardPattern:
    """What a board looks like before it is coloured, float32 images that wrap around."""

    rings: Image
    fibre: Image
    tone: Image
    knots: Image
    knot_rims: Image
    stain: Image


@lru_cache(maxsize=2)
def _board_pattern(seed: int, knotty: bool, staves: int) -> _BoardPattern:
    rng = rng_for(seed, 0, "procedural.timber.board")
    shape = (BOARD_PX, BOARD_PX)
    rings, fibre = _ring_pattern(rng, shape, count=9), _fibres(rng, shape)
    tone = value_noise(rng, shape, (3, 2))
    stain = smoothstep(0.2, 2.2, fbm(rng, shape, (3, 3), 5, 0.55))
    knots, rims = _knots(rng, shape, 3 if knotty else 0)
    if staves:
        rings, fibre, knots, rims = _glued(rng, staves, (rings, fibre, knots, rims))
        edges = np.linspace(0, BOARD_PX, staves + 1).astype(np.int64)
        tone = 0.3 * tone + np.repeat(rng.normal(0, 1.3, staves), np.diff(edges))[:, None].astype(np.float32)
        rims[edges[:-1]] = np.maximum(rims[edges[:-1]], 0.7)
    return _BoardPattern(rings, fibre, np.asarray(tone, np.float32), knots, rims, stain)


@lru_cache(maxsize=6)
def _board_relief(seed: int, knotty: bool, staves: int) -> tuple[Texture, Texture]:
    """Metallic-roughness and normal maps."""
    pattern = _board_pattern(seed, knotty, staves)
    rough = quantise(0.8 + 0.1 * pattern.rings - 0.06 * pattern.fibre)
    full = np.full(rough.shape, 255, np.uint8)
    height = -0.00012 * pattern.rings - 0.00006 * np.maximum(pattern.fibre, 0) - 0.0003 * pattern.knot_rims
    return (
        make_texture(np.stack([full, rough, full], axis=-1), is_srgb=False),
        make_texture(normal_map(blur(height, 0.6), TILE_M / BOARD_PX), is_srgb=False),
    )


@lru_cache(maxsize=12)
def turned_wood(species: str, seed: int, rows: int = 192, columns: int = 512) -> Texture:
    """Return base colour for a bowl turned from one block, u around and v from the foot (1) to the rim (0).

    The figure is that of the solid block at a half-sphere, so that it closes around and fits inside and outside.

    Args:
        species: A key of `SPECIES`.
        seed: Which block.
        rows: Pixels from rim to foot.
        columns: Pixels around.
    """
    early, late, strength = SPECIES[species]
    rng = rng_for(seed, 0, f"procedural.timber.turned.{species}")
    polar = (np.arange(rows)[:, None] + 0.5) / rows * (np.pi / 2)
    around = (np.arange(columns)[None, :] + 0.5) / columns * 2 * np.pi
    # v = 0 is the rim of the half-sphere, v = 1 its lowest point.
    x, y, z = np.cos(polar) * np.cos(around), np.cos(polar) * np.sin(around), -np.sin(polar) + 0 * around
    heart_y, heart_z = float(rng.uniform(-0.6, 0.6)), float(rng.uniform(0.5, 1.6))
    wobble = 0.06 * np.sin(2.1 * x + 1.3) + 0.03 * np.sin(5.0 * x + 3.0 * y)
    distance = np.hypot(y - heart_y + wobble, z - heart_z + 0.5 * wobble)
    fine = fbm(rng, (rows, columns), (6, 12), 3, 0.5)
    phase = distance * float(rng.uniform(9, 14)) + 0.1 * fine
    ring = phase - np.floor(phase)
    rings = np.asarray(ring**2.2 * smoothstep(1.0, 0.9, ring), np.float32)
    # Pores are short lines along x: noise of coordinates that hardly change along it.
    pores = _solid_streaks(rng, np.asarray(x, np.float32), np.asarray(y, np.float32), np.asarray(z, np.float32))
    share = np.clip(strength * rings + 0.2 * pores + 0.12 + 0.05 * fine, 0.0, 1.1)
    return make_texture(
        encode_srgb(_tinted(share.astype(np.float32), early, late)), is_srgb=True, wrap_uv=("repeat", "clamp")
    )


def _glued(rng: np.random.Generator, staves: int, layers: tuple[Image, ...]) -> tuple[Image, ...]:
    """Layers cut into strips along u, each strip from another place of the board."""
    rows = np.arange(BOARD_PX)
    strip = rows * staves // BOARD_PX
    from_row = (rows + rng.integers(0, BOARD_PX, staves)[strip]) % BOARD_PX
    from_column = (np.arange(BOARD_PX) + rng.integers(0, BOARD_PX, staves)[strip][:, None]) % BOARD_PX
    return tuple(np.ascontiguousarray(layer[from_row[:, None], from_column]) for layer in layers)


def _ring_pattern(rng: np.random.Generator, shape: tuple[int, int], count: int) -> Image:
    """Growth rings of a flat-sawn board, 0 (early wood) to 1 (late wood)."""
    height = shape[0]
    across = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    # A whole number of rings across keeps the tile seamless; slow bending along the grain makes the cathedrals.
    bend = 0.8 * value_noise(rng, shape, (2, 2)) + 0.16 * fbm(rng, shape, (6, 2), 2, 0.4)
    phase = across * count + bend
    ring = phase - np.floor(phase)
    return np.asarray(ring**2.5 * smoothstep(1.0, 0.88, ring), np.float32)


def _fibres(rng: np.random.Generator, shape: tuple[int, int]) -> Image:
    """Fine streaks along u with mean 0."""
    return np.asarray(
        0.6 * fbm(rng, shape, (96, 4), 2, 0.6) + 0.4 * fbm(rng, shape, (shape[0] // 2, 12), 1), np.float32
    )


def _knots(rng: np.random.Generator, shape: tuple[int, int], count: int) -> tuple[Image, Image]:
    """Dark discs and the rings around them, 0..1."""
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    core, ring = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for _ in range(count):
        centre_x, centre_y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
        radius = float(rng.uniform(0.012, 0.024)) * height
        dx = (x - centre_x + width / 2) % width - width / 2
        dy = (y - centre_y + height / 2) % height - height / 2
        distance = np.hypot(dx / 1.5, dy) / radius
        core = np.maximum(core, smoothstep(1.1, 0.5, distance))
        ring = np.maximum(ring, np.exp(-(((distance - 1.05) / 0.2) ** 2)).astype(np.float32))
    return core, ring


def _solid_streaks(rng: np.random.Generator, x: Image, y: Image, z: Image) -> Image:
    """Noise of a point in space that changes fast across the grain and slowly along it, mean about 0."""
    total = np.zeros_like(y)
    for frequency in (38.0, 61.0, 97.0):
        turn, phase, drift = rng.uniform(0, np.pi), rng.uniform(0, 6.28), rng.uniform(1.0, 3.0)
        total += np.sin(frequency * (np.cos(turn) * y + np.sin(turn) * z) + drift * x + phase).astype(np.float32)
        turn = rng.uniform(0, np.pi)
        total *= (0.75 + 0.25 * np.sin(0.37 * frequency * (np.cos(turn) * y + np.sin(turn) * z) + 4.0 * x)).astype(
            np.float32
        )
    return np.asarray(total * 0.5, np.float32)


def _tinted(share: Image, early: LinearColour, late: LinearColour) -> NDArray[np.float32]:
    """Colour between early and late wood."""
    first, last = np.array(early, np.float32), np.array(late, np.float32)
    return np.asarray(first + (last - first) * share[:, :, None], np.float32)
