"""Walls and roofs of houses as textures: bricks, render, concrete, roof tiles, and what is seen in windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
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
    white_noise,
)

__all__ = ["GLASS_CELLS", "HouseMaps", "house_maps", "roof_maps", "room_lights", "window_panes"]

SIZE_PX = 512
SHAPE = (SIZE_PX, SIZE_PX)
GLASS_CELLS = (4, 2)
"""Columns and rows of window contents in the atlases of `window_panes` and `room_lights`."""

BRICKS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]] = {
    # two colours that bricks lie between and their mortar, linear
    "brick_red": ((0.26, 0.062, 0.032), (0.14, 0.035, 0.024), (0.34, 0.31, 0.27)),
    "brick_yellow": ((0.45, 0.31, 0.15), (0.28, 0.18, 0.085), (0.36, 0.34, 0.3)),
    "brick_brown": ((0.11, 0.052, 0.034), (0.055, 0.03, 0.024), (0.2, 0.185, 0.165)),
}


@dataclass(frozen=True, slots=True, eq=False)
class HouseMaps:
    """Textures that repeat along both axes; one repeat is `tile_m` metres."""

    colour: Texture
    rough: Texture
    normal: Texture
    tile_m: float


@lru_cache(maxsize=12)
def house_maps(kind: str, seed: int) -> HouseMaps:
    """Return a wall: one of the bricks, ``plaster`` or ``concrete``."""
    rng = rng_for(seed, 0, f"building.wall.{kind}")
    if kind in BRICKS:
        return _bricks(rng, kind)
    return _plaster(rng) if kind == "plaster" else _concrete(rng)


@lru_cache(maxsize=8)
def roof_maps(kind: str, seed: int) -> HouseMaps:
    """Return a roof: ``tiles`` (pantiles), ``slate`` or ``felt``."""
    rng = rng_for(seed, 0, f"building.roof.{kind}")
    tile_m = 2.4
    clouds = fbm(rng, SHAPE, (4, 4), 5, 0.55)
    grain = white_noise(rng, SHAPE)
    if kind == "felt":
        height = 0.001 * fbm(rng, SHAPE, (40, 40), 3)
        tone = 0.075 * (1 + 0.12 * clouds + 0.1 * grain)
        colour = np.asarray(np.stack([tone, tone * 0.98, tone * 0.94], axis=-1), np.float32)
        return _packed(colour, 0.92 + 0.03 * clouds, height, tile_m)
    columns, rows = (10, 7) if kind == "tiles" else (9, 10)
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX].astype(np.float32) / SIZE_PX
    row = np.floor(y * rows).astype(np.int64)
    shift = 0.0 if kind == "tiles" else 0.5 * (row % 2)
    across, down = (x * columns + shift) % 1.0, (y * rows) % 1.0
    piece = np.floor(x * columns + shift).astype(np.int64) % columns
    own = rng.normal(0, 1, (rows, columns)).astype(np.float32)[row, piece]
    if kind == "tiles":  # an S of a broad hollow and a round roll, each course lifted over the next
        roll = np.cos(2 * np.pi * (across - 0.5)) * np.float32(0.5) + np.float32(0.5)
        height = 0.035 * roll**1.5 + 0.028 * down
        base, late = np.array((0.30, 0.085, 0.036), np.float32), np.array((0.15, 0.05, 0.028), np.float32)
    else:
        gap = smoothstep(0.0, 0.05, np.minimum(across, 1 - across))
        height = 0.01 * down * gap + 0.0015 * own
        base, late = np.array((0.075, 0.08, 0.09), np.float32), np.array((0.045, 0.047, 0.054), np.float32)
    edge = smoothstep(0.86, 0.97, down)
    share = np.clip(0.5 + 0.28 * own + 0.2 * clouds, 0, 1)[..., None]
    moss = smoothstep(1.0, 2.2, clouds + 0.6 * down)[..., None]
    colour = base + (late - base) * share
    colour = colour * (1 - 0.5 * edge * (down < 0.995))[..., None] * (1 + 0.08 * grain[..., None])
    colour = colour * (1 - 0.6 * moss) + np.array((0.05, 0.06, 0.025), np.float32) * (0.6 * moss)
    rough = 0.82 if kind == "tiles" else 0.55
    return _packed(colour, rough + 0.06 * clouds, np.asarray(height, np.float32), tile_m)


@lru_cache(maxsize=2)
def window_panes(seed: int) -> Texture:
    """Return what is dimly seen behind glass by day: curtains, blinds, dark rooms; sRGB atlas of `GLASS_CELLS`."""
    return make_texture(encode_srgb(_rooms(seed, lit=False)), is_srgb=True, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=2)
def room_lights(seed: int) -> Texture:
    """Return how bright the parts of lit rooms are seen through their windows; sRGB atlas of `GLASS_CELLS`."""
    return make_texture(encode_srgb(_rooms(seed, lit=True)), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _bricks(rng: np.random.Generator, kind: str) -> HouseMaps:
    # Stretcher bond of 215 x 65 mm bricks with 10 mm joints (BS EN 771-1): 8 x 24 of them in 1.8 m.
    light, dark, mortar = (np.array(colour, np.float32) for colour in BRICKS[kind])
    columns, rows = 8, 24
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX].astype(np.float32) / SIZE_PX
    wobble = 0.012 * fbm(rng, SHAPE, (30, 30), 3)
    row = np.floor(y * rows).astype(np.int64)
    along = x * columns + 0.5 * (row % 2) + 0.3 * wobble
    across, down = along % 1.0, (y * rows + wobble) % 1.0
    piece = np.floor(along).astype(np.int64) % columns
    own = rng.normal(0, 1, (rows, columns)).astype(np.float32)[row, piece]
    edge = np.minimum(np.minimum(across, 1 - across) * 3.0, np.minimum(down, 1 - down))
    face = smoothstep(0.05, 0.12, edge)
    grain, clouds = white_noise(rng, SHAPE), fbm(rng, SHAPE, (3, 3), 5, 0.55)
    share = np.clip(0.45 + 0.33 * own + 0.1 * clouds, 0, 1)[..., None]
    colour = (light + (dark - light) * share) * (1 + 0.1 * grain + 0.08 * clouds)[..., None]
    joint = mortar * (0.85 + 0.1 * grain + 0.12 * clouds)[..., None]
    colour = joint + (colour - joint) * face[..., None]
    height = 0.006 * face + 0.0012 * own * face + 0.0006 * grain
    return _packed(colour, 0.9 - 0.04 * face, np.asarray(blur(height, 0.7), np.float32), 1.8)


def _plaster(rng: np.random.Generator) -> HouseMaps:
    clouds, grain = fbm(rng, SHAPE, (2, 3), 6, 0.55), white_noise(rng, SHAPE)
    streaks = fbm(rng, SHAPE, (2, 40), 3, 0.6)
    shade = 0.9 * (1 + 0.035 * clouds + 0.02 * grain) * (1 - 0.12 * smoothstep(0.6, 2.4, streaks + 0.7 * clouds))
    crack = smoothstep(2.4, 3.4, fbm(rng, SHAPE, (8, 8), 5, 0.7))
    shade = shade * (1 - 0.25 * crack)
    colour = np.stack([shade, shade * 0.985, shade * 0.955], axis=-1)
    return _packed(colour, 0.9 + 0.03 * grain, 0.0008 * fbm(rng, SHAPE, (90, 90), 3, 0.6), 3.0)


def _concrete(rng: np.random.Generator) -> HouseMaps:
    clouds, grain = fbm(rng, SHAPE, (3, 3), 6, 0.6), white_noise(rng, SHAPE)
    streaks = smoothstep(0.5, 2.2, fbm(rng, SHAPE, (2, 32), 4, 0.6))
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX].astype(np.float32) / SIZE_PX
    board = (y * 12) % 1.0  # marks of the formwork's boards
    line = smoothstep(0.05, 0.0, np.minimum(board, 1 - board))
    ties = smoothstep(0.034, 0.022, np.hypot((x * 4) % 1.0 - 0.5, ((y * 3) % 1.0 - 0.5) * 4 / 3))
    shade = 0.42 * (1 + 0.08 * clouds + 0.04 * grain) * (1 - 0.28 * streaks) * (1 - 0.15 * line) * (1 - 0.5 * ties)
    colour = np.stack([shade, shade * 0.985, shade * 0.95], axis=-1)
    height = 0.001 * grain - 0.003 * line - 0.012 * ties
    return _packed(colour, 0.88 + 0.03 * clouds, np.asarray(blur(height, 0.8), np.float32), 3.0)


def _rooms(seed: int, *, lit: bool) -> NDArray[np.float32]:
    """Window contents in cells of 128 x 128 pixels, linear."""
    rng = rng_for(seed, 0, "building.rooms")
    columns, rows = GLASS_CELLS
    cell = 128
    sheet = np.zeros((rows * cell, columns * cell, 3), np.float32)
    for k in range(columns * rows):
        room = _room(rng, k, cell, lit)
        top, left = k // columns * cell, k % columns * cell
        sheet[top : top + cell, left : left + cell] = room
    return sheet


def _room(rng: np.random.Generator, k: int, cell: int, lit: bool) -> NDArray[np.float32]:
    y, x = np.mgrid[0:cell, 0:cell].astype(np.float32) / cell
    cloud = blur(rng.standard_normal((cell, cell)).astype(np.float32), 14.0) * 12
    inside = (0.55 + 0.35 * (1 - y) + 0.2 * cloud) if lit else 0.012 + 0.012 * np.clip(cloud + 0.5 * y, 0, 2)
    # A picture on the wall, a lamp or furniture: something darker than the wall.
    for _ in range(3):
        left, low, wide, tall = rng.uniform((0.0, 0.45, 0.1, 0.1), (0.8, 0.9, 0.35, 0.5))
        box = (x > left) & (x < left + wide) & (y > low) & (y < low + tall)
        inside = np.where(box, inside * (0.35 if lit else 1.8), inside)
    cover, tone = np.zeros_like(x), 0.42 if lit else 0.22
    if k % 4 == 1:  # curtains at both sides
        reach = 0.2 + 0.08 * y + 0.06 * rng.random()
        cover = smoothstep(0.01, -0.01, np.minimum(x, 1 - x) - reach)
    elif k % 4 == 2:  # a blind
        cover = smoothstep(0.01, -0.01, y - float(rng.uniform(0.25, 0.75)))
    elif k == 7:  # a net curtain
        cover, tone = np.full_like(x, 0.55), 0.6 if lit else 0.26
    folds = 0.8 + 0.2 * np.sin(2 * np.pi * (x * float(rng.uniform(9, 14)) + 0.3 * cloud))
    if k % 4 == 2:
        folds = 0.75 + 0.25 * np.sin(2 * np.pi * y * 22)
    cloth = tone * folds
    shade = inside + (cloth - inside) * cover
    tint = np.array((1.0, 0.86, 0.66) if lit else (1.0, 0.97, 0.92), np.float32)
    return np.asarray(np.clip(shade, 0.005, 1.0)[..., None] * tint, np.float32)


def _packed(colour: NDArray[np.float32], rough: Image | float, height_m: Image, tile_m: float) -> HouseMaps:
    rough_hw = np.broadcast_to(np.asarray(rough, np.float32), SHAPE)
    full = np.full(SHAPE, 255, np.uint8)
    return HouseMaps(
        make_texture(encode_srgb(colour), is_srgb=True),
        make_texture(cv2.merge([full, quantise(rough_hw), full]), is_srgb=False),
        make_texture(normal_map(np.asarray(height_m, np.float32), tile_m / SIZE_PX), is_srgb=False),
        tile_m,
    )
