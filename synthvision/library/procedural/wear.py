"""Dirt, dust, scuffs and scratches on things that are used, as masks and as finished maps."""

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
    quantise,
    smoothstep,
    value_noise,
)

__all__ = ["WEAR_SEEDS", "WearMasks", "roughness_map", "scratch_lines", "wear_masks", "worn_paint"]

WEAR_SEEDS = 8
"""Number of different sets of masks; seeds beyond count round, so that textures are shared."""

MASK_SHAPE_HW = (256, 512)
LinearColour = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class WearMasks:
    """Where a surface shows its age, each float32 (256, 512) in 0..1; the left and right borders fit.

    Args:
        grime: Soft blotches of dirt.
        smear: Dark streaks of rubber and dirt, along u or slanted.
        scratches: Thin lines.
        specks: Small splashes.
        cloud: Slow changes of everything, mean 0.5.
    """

    grime: Image
    smear: Image
    scratches: Image
    specks: Image
    cloud: Image


@lru_cache(maxsize=WEAR_SEEDS)
def wear_masks(seed: int) -> WearMasks:
    """Return one of `WEAR_SEEDS` sets of masks."""
    rng = rng_for(seed % WEAR_SEEDS, 0, "procedural.wear")
    shape = MASK_SHAPE_HW
    grime = smoothstep(0.0, 2.2, fbm(rng, shape, (4, 6), 5, 0.6))
    streaks = fbm(rng, shape, (24, 4), 3, 0.55)
    where = value_noise(rng, shape, (4, 5))
    smear = smoothstep(1.0, 2.4, streaks + 0.7 * where) * smoothstep(-0.5, 0.8, where)
    scratches = scratch_lines(rng, shape, 90, 60.0)
    specks = smoothstep(2.0, 2.6, fbm(rng, shape, (48, 96), 2, 0.5))
    cloud = smoothstep(-2.0, 2.0, fbm(rng, shape, (2, 3), 4, 0.5))
    return WearMasks(grime, smear, scratches, specks, cloud)


def scratch_lines(rng: np.random.Generator, shape_hw: tuple[int, int], count: int, length_px: float) -> Image:
    """Return thin lines in all directions, float32 (height, width) in 0..1, wrapping around left and right.

    Args:
        rng: Generator to draw from.
        shape_hw: Height and width in pixels.
        count: Number of scratches.
        length_px: Longest one.
    """
    height, width = shape_hw
    start = rng.random((count, 2)) * [width, height]
    angle = rng.normal(0.0, 0.6, count)
    length = length_px * rng.random(count) ** 2
    step = np.stack([np.cos(angle), np.sin(angle)], axis=1) * length[:, None]
    bend = rng.normal(0.0, 0.06, count)[:, None] * step[:, ::-1] * [1, -1]
    lines = np.stack([start, start + step * 0.3 + bend * 0.8, start + step * 0.7 + bend * 0.8, start + step], axis=1)
    strength = (30 + 170 * rng.random(count) ** 2).astype(np.int64)
    image = np.zeros(shape_hw, np.uint8)
    for shift in (-width, 0, width):
        for line, value in zip(lines + np.array([shift, 0]), strength, strict=True):
            cv2.polylines(image, [np.asarray(line * 16, np.int32)], False, int(value), 1, cv2.LINE_AA, 4)
    return np.asarray(image, np.float32) / np.float32(255)


@lru_cache(maxsize=48)
def worn_paint(
    colour: LinearColour,
    seed: int,
    *,
    dirt: float,
    scuff: float,
    fade: float = 0.0,
    foot_dirt: float = 0.0,
    smears: float = 1.0,
    dirt_colour: LinearColour = (0.09, 0.075, 0.055),
    scuff_colour: LinearColour | None = None,
) -> Texture:
    """Return base colour that has been outdoors, 256 rows by 512 columns, fitting left to right.

    Args:
        colour: Linear RGB of the clean surface.
        seed: Which masks, see `wear_masks`.
        dirt: Amount of dirt, 0 (none) to 1 (filthy).
        scuff: Amount of scratches and rubbed places, 0..1.
        fade: How far the top (v = 0) is bleached by the sun, 0..1.
        foot_dirt: Extra dirt towards the bottom (v = 1), 0..1.
        smears: Strength of dark streaks against the other dirt.
        dirt_colour: Linear RGB.
        scuff_colour: Linear RGB of scratches; None takes a lighter tone of `colour`.
    """
    masks = wear_masks(seed)
    height = MASK_SHAPE_HW[0]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    base = np.array(colour, np.float32)
    tone = 0.88 + 0.24 * masks.cloud
    bleached = base + (np.float32(base.mean() * 0.6 + 0.28) - base) * np.float32(0.5)
    bleaching = np.float32(fade) * (0.25 + 0.75 * (1 - down))
    light = base * 0.35 + 0.42 if scuff_colour is None else np.array(scuff_colour, np.float32)
    rubbed = np.clip(masks.scratches * (1.1 * scuff), 0, 0.85)
    foot = np.clip((down - 0.55) / 0.45, 0, 1) ** 1.5
    soil = np.clip(
        dirt * (0.18 + 0.75 * masks.grime + 0.9 * masks.specks) + foot_dirt * foot * (0.35 + 0.8 * masks.cloud), 0, 0.93
    )
    black = np.clip(masks.smear * (0.85 * smears * min(1.0, dirt + 0.5 * scuff)), 0, 0.85)
    # Layer over layer is one weight for each colour, the same in all three channels.
    open_to_air = (1 - black) * (1 - soil)
    paint = tone * open_to_air * (1 - rubbed)
    weights = cv2.merge(
        [
            np.asarray(paint * (1 - bleaching), np.float32),
            np.asarray(paint * bleaching, np.float32),
            np.asarray(rubbed * open_to_air, np.float32),
            np.asarray((0.7 + 0.6 * masks.cloud) * soil * (1 - black), np.float32),
        ]
    )
    colours = np.stack([base, bleached, light, np.array(dirt_colour, np.float32)], axis=1)
    image = cv2.transform(weights, colours) + np.float32(0.018) * black[:, :, None]
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


@lru_cache(maxsize=16)
def roughness_map(seed: int, spread: float) -> Texture:
    """Return a data map whose green lies around 1 - `spread` / 2, to be multiplied with a roughness factor.

    Args:
        seed: Which masks, see `wear_masks`.
        spread: How much smoother the smoothest places are, 0..1. Blue (metallic) is 1 everywhere.
    """
    masks = wear_masks(seed)
    rough = 1.0 - spread * np.clip(0.9 - 0.55 * masks.grime - 0.5 * masks.cloud - 0.5 * masks.smear, 0, 1)
    rough = np.clip(rough + 0.25 * blur(masks.scratches, 0.7), 0, 1)
    return make_texture(_data_map(rough), is_srgb=False)


def _data_map(roughness_hw: Image) -> NDArray[np.uint8]:
    """Roughness as the green channel of a metallic-roughness map, metallic left to the factor."""
    full = np.full(roughness_hw.shape, 255, np.uint8)
    return np.stack([full, quantise(roughness_hw), full], axis=-1)
