"""What clothes are made of: weave, folds, seams, pockets, zips, prints and bands in the charts of garments."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.people.garments import LEG_V, PELVIS_V, SLEEVE_V, TRUNK_V
from synthvision.library.procedural.noise import (
    Image,
    ambient_occlusion,
    blur,
    encode_srgb,
    fbm,
    make_texture,
    normal_map,
    ridged,
    smoothstep,
    value_noise,
)

__all__ = ["FOLD_SEEDS", "LOWER_KINDS", "UPPER_KINDS", "cloth_material", "folds", "plain_cloth"]

LinearColour = tuple[float, float, float]
FOLD_SEEDS = 4
UPPER_KINDS = ("tshirt", "shirt", "sweater", "jacket", "down", "coat", "suit", "hivis", "dress")
LOWER_KINDS = ("jeans", "chinos", "joggers", "shorts", "skirt")
SIZE = 384
_FOLD_M = 0.0045


@lru_cache(maxsize=16)
def folds(chart: str, seed: int) -> Image:
    """Return the height of folds, float32 (384, 384), about -1..1.

    Args:
        chart: ``upper``, ``lower``, ``skirt``, ``down`` or ``knit``.
        seed: One of `FOLD_SEEDS`.
    """
    rng = rng_for(seed % FOLD_SEEDS, 0, f"people.folds.{chart}")
    shape = (SIZE, SIZE)
    if chart == "skirt":
        height = value_noise(rng, shape, (2, 16)) + 0.4 * value_noise(rng, shape, (4, 28))
        fall = np.linspace(0.25, 1.0, SIZE, dtype=np.float32)[:, None]
        return np.asarray(np.clip(0.6 * height * fall, -1.2, 1.2), np.float32)
    broad = 0.45 * fbm(rng, shape, (7, 6), 2, 0.5) + 1.3 * (ridged(rng, shape, (6, 7), 1) - 0.5)
    rings = 0.4 * fbm(rng, shape, (26, 8), 2, 0.5) + 1.2 * (ridged(rng, shape, (20, 7), 1) - 0.5)
    limb_v = SLEEVE_V[0] if chart != "lower" else LEG_V[0]
    v = ((np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE)[:, None]
    limb = smoothstep(limb_v - 0.02, limb_v + 0.02, v)
    t = np.clip((v - limb_v) / (1 - limb_v), 0, 1)
    # Sleeves and legs fold at elbow and knee and where they meet the hand and the shoe.
    crush = 0.45 + 0.7 * np.exp(-(((t - 0.52) / 0.13) ** 2)) + 0.8 * smoothstep(0.75, 1.0, t)
    waist = 0.6 + 0.6 * smoothstep(0.3, 0.55, v)
    height = (1 - limb) * broad * (waist if chart != "lower" else 0.7) + limb * rings * crush
    if chart == "down":
        tubes = np.abs(np.sin(np.pi * v * 17.0)) ** 0.6
        height = 1.7 * tubes - 1.0 + 0.22 * height
    return np.asarray(np.clip(0.75 * height, -1.2, 1.2), np.float32)


@lru_cache(maxsize=24)
def _relief(chart: str, weave: str, seed: int) -> tuple[Texture, Image]:
    """Normals of folds and weave, and how dark the folds are inside."""
    height = _FOLD_M * (0.35 if chart == "down" else 1.0) * folds(chart, seed)
    pixel = (1.05 / SIZE, 1.0 / SIZE)
    rng = rng_for(seed % FOLD_SEEDS, 0, f"people.weave.{weave}")
    v, u = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    if weave == "knit":
        fine = 0.0011 * np.abs(np.sin(u * np.pi / 4.0)) + 0.0004 * np.sin(v * np.pi / 3)
    elif weave == "denim":
        fine = 0.00015 * np.sin((u + v) * np.pi / 2) + 0.0001 * value_noise(rng, (SIZE, SIZE), (190, 190))
    else:
        fine = 0.00009 * value_noise(rng, (SIZE, SIZE), (190, 190))
    dark = 0.62 + 0.38 * ambient_occlusion(np.asarray(height, np.float32), 0.0027, (0.01, 0.03), 1.6)
    total = np.asarray(height + fine, np.float32)
    return make_texture(normal_map(total, pixel), is_srgb=False), dark


def _chart() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    row = (np.arange(SIZE) + 0.5) / SIZE
    return row[None, :] * np.ones((SIZE, 1)), row[:, None] * np.ones((1, SIZE))


def _line(value: NDArray[np.float64], at: float, half: float) -> NDArray[np.float64]:
    return np.asarray(smoothstep(half * 1.6, half * 0.6, np.abs(value - at)), np.float64)


def _between(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return ((value > low) & (value < high)).astype(np.float64)


@lru_cache(maxsize=48)
def _masks(kind: str, pattern: str, seed: int) -> Image:
    """Weights of the colours of a garment, float32 (384, 384, 4): main, second, dark, light."""
    u, v = _chart()
    zero = np.zeros_like(u)
    second, dark, light = zero.copy(), zero.copy(), zero.copy()
    upper = kind in UPPER_KINDS
    trunk = _between(v, *TRUNK_V) if upper else np.ones_like(u)
    front = np.abs(u - 0.5)
    rng = rng_for(seed, 0, "people.pattern")
    if pattern == "stripes":
        second = (np.sin(v * 2 * np.pi * 24) > 0.25).astype(np.float64)
    elif pattern == "plaid":
        second = 0.5 * (np.sin(v * 2 * np.pi * 17) > 0.2) + 0.5 * (np.sin(u * 2 * np.pi * 17) > 0.2)
    elif pattern == "print" and upper:
        blob = fbm(rng, (SIZE, SIZE), (14, 14), 2) > 0.1
        round_edge = smoothstep(0.105, 0.095, np.hypot(u - 0.5, 0.75 * (v - 0.2)))
        second = np.asarray(blob * round_edge, np.float64)
    elif pattern == "floral":
        second = np.asarray(value_noise(rng, (SIZE, SIZE), (22, 22)) > 1.0, np.float64)
        light = np.asarray(value_noise(rng, (SIZE, SIZE), (26, 26)) > 1.45, np.float64)
    elif pattern == "blocks" and upper:
        second = np.where(v < 0.17, 1.0, 0.0) + _between(v, SLEEVE_V[0], 0.8)
    if upper:
        dark += 0.5 * _line(v, TRUNK_V[1] - 0.022, 0.0025) * trunk + 0.35 * _line(v, 0.02, 0.003)
        dark += 0.5 * _line(v, 0.965, 0.0035)
        dark += 0.3 * (_line(u, 0.245, 0.002) + _line(u, 0.755, 0.002)) * trunk * (v > 0.2)
        _fastening(kind, u, v, front, second, dark, light)
    else:
        _trouser_details(kind, u, v, front, dark, light)
    second, dark, light = (np.asarray(np.clip(mask, 0, 1), np.float64) for mask in (second, dark, light))
    second, main = second * (1 - light), (1 - second) * (1 - light)
    weights = np.stack([main * (1 - dark), second * (1 - dark), dark * np.ones_like(u), light * (1 - dark)], axis=-1)
    return np.asarray(blur(np.asarray(weights, np.float32), 0.5), np.float32)


def _fastening(
    kind: str,
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    front: NDArray[np.float64],
    second: NDArray[np.float64],
    dark: NDArray[np.float64],
    light: NDArray[np.float64],
) -> None:
    """Zips, buttons, pockets, lapels and bands of the trunk, drawn into the masks."""
    trunk = _between(v, *TRUNK_V)
    if kind in ("jacket", "down"):
        dark += _line(u, 0.5, 0.0035) * trunk
        slant = u - 0.5 - np.where(u > 0.5, 1, -1) * (0.10 + 0.1 * (v - 0.42))
        dark += 0.9 * _line(slant, 0.0, 0.003) * _between(v, 0.38, 0.5)
    if kind == "shirt":
        dark += 0.4 * (_line(u, 0.487, 0.0015) + _line(u, 0.513, 0.0015)) * trunk
        buttons = (np.hypot(u - 0.5, ((v / 0.075) % 1.0 - 0.5) * 0.075) < 0.0045) * trunk
        light += buttons
        dark += 0.5 * _line(front, 0.10, 0.03) * _line(v, 0.2, 0.0018) * (u > 0.5)
    if kind == "coat":
        dark += 0.8 * _line(u, 0.47, 0.002) * trunk * (v > 0.14)
        for column in (0.487, 0.555):
            dark += (np.hypot(u - column, ((v / 0.1) % 1.0 - 0.5) * 0.1) < 0.007) * _between(v, 0.16, 0.46)
        dark += 0.8 * _line(v, 0.33, 0.002) * _between(front, 0.075, 0.15)
    if kind in ("coat", "suit"):
        reach = 0.17 if kind == "coat" else 0.3
        opening = np.clip((reach - v) / reach, 0, 1) * 0.055
        inside = (front < opening) * (v < reach)
        light += inside * 1.0
        dark += _line(front, 0.0, 0.002) * 0
        lapel = np.abs(front - opening - 0.03 * np.clip(1 - np.abs(v - 0.5 * reach) / (0.5 * reach), 0, 1))
        dark += 0.7 * smoothstep(0.0035, 0.0015, lapel) * (v < reach) * (v > 0.02)
        if kind == "suit":
            light -= inside * (front < 0.009)
            second += inside * (front < 0.009)
            dark += 0.8 * _line(u, 0.5, 0.0016) * (v > reach) * trunk
            dark += 0.6 * _line(v, 0.40, 0.002) * _between(front, 0.085, 0.14)
            for at in (0.33, 0.40):
                dark += np.hypot(u - 0.512, v - at) < 0.006
    if kind == "hivis":
        second += _between(v, SLEEVE_V[0] - 0.02, 1.0)
        for at in (0.33, 0.46):
            light += _line(v, at, 0.014) * trunk
        for at in (0.37, 0.63, 0.13, 0.87):
            light += _line(u, at, 0.013) * _between(v, 0.0, 0.33)
        dark += 0.8 * _line(u, 0.5, 0.003) * trunk
    if kind in ("sweater",):
        dark += 0.16 * (np.sin(u * 2 * np.pi * 60) > 0) * (_between(v, 0.56, 0.6) + _between(v, 0.95, 1.0))
    if kind == "dress":
        dark += 0.4 * _line(v, 0.27, 0.004) * trunk


def _trouser_details(
    kind: str,
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    front: NDArray[np.float64],
    dark: NDArray[np.float64],
    light: NDArray[np.float64],
) -> None:
    if kind == "skirt":
        dark += 0.5 * _line(v, 0.05, 0.002) + 0.5 * _line(v, 0.965, 0.002)
        return
    seat, legs = _between(v, *PELVIS_V), _between(v, *LEG_V)
    dark += 0.6 * _line(v, 0.05, 0.0025) * seat + 0.7 * _line(u, 0.5, 0.002) * seat
    pocket = front - 0.1 - 0.35 * (v - 0.06)
    dark += 0.6 * _line(pocket, 0.0, 0.003) * _between(v, 0.05, 0.17)
    back = np.minimum(np.abs(u - 0.1), np.abs(u - 0.9))
    edge = np.maximum(back / 0.055, np.abs(v - 0.13) / 0.05)
    dark += 0.5 * _line(edge, 1.0, 0.05) * seat
    # Inside and outside seams of each leg; their charts begin at the inside.
    for start in (0.0, 0.5):
        dark += 0.45 * (_line(u, start + 0.25, 0.002) + _line(u, start + 0.008, 0.003)) * legs
    dark += 0.5 * _line(v, 0.975, 0.002)
    if kind == "jeans":
        worn = np.zeros_like(u)
        for middle in (0.125, 0.625):
            worn += np.exp(-(((u - middle) / 0.07) ** 2) - ((v - 0.5) / 0.22) ** 2)
        light += 0.26 * worn * legs + 0.18 * np.exp(-(((v - 0.2) / 0.1) ** 2) - ((front - 0.1) / 0.06) ** 2)
    if kind == "joggers":
        for start in (0.0, 0.5):
            light += (_line(u, start + 0.235, 0.004) + _line(u, start + 0.265, 0.004)) * legs


@lru_cache(maxsize=24)
def _stains(seed: int, dirt: float) -> Image:
    """How light cloth is: faded and stained in clouds, about 1."""
    rng = rng_for(seed, 0, "people.stains")
    faded = 0.05 * fbm(rng, (SIZE, SIZE), (5, 5), 4, 0.6)
    stained = smoothstep(0.6, 2.2, fbm(rng, (SIZE, SIZE), (7, 7), 4, 0.6))
    return np.asarray(1.0 + faded - dirt * 0.25 * stained, np.float32)


@lru_cache(maxsize=24)
def cloth_material(
    name: str,
    kind: str,
    pattern: str,
    colours: tuple[LinearColour, LinearColour],
    seed: int,
    *,
    dirt: float = 0.1,
    light: LinearColour = (0.72, 0.72, 0.7),
) -> Material:
    """Return the cloth of a garment.

    Args:
        name: Slot.
        kind: One of `UPPER_KINDS` or `LOWER_KINDS`.
        pattern: ``plain``, ``stripes``, ``plaid``, ``print``, ``floral`` or ``blocks``.
        colours: Main and second colour.
        seed: Of folds and pattern.
        dirt: How worn and stained, 0..1.
        light: Colour of shirts inside lapels, buttons and reflective bands.
    """
    chart = "skirt" if kind == "skirt" else "down" if kind == "down" else "upper" if kind in UPPER_KINDS else "lower"
    weave = "knit" if kind == "sweater" else "denim" if kind in ("jeans",) else "plain"
    relief, shade = _relief(chart, weave, seed)
    main = np.array(colours[0], np.float32)
    table = np.stack(
        [main, np.array(colours[1], np.float32), main * np.float32(0.25), np.array(light, np.float32)], axis=1
    )
    cloud = _stains(seed % FOLD_SEEDS, dirt)
    image = cv2.transform(_masks(kind, pattern, seed), table) * (shade * cloud)[..., None]
    glossy = kind in ("down", "hivis")
    return Material(
        name=name,
        base_colour_map=make_texture(encode_srgb(image), is_srgb=True),
        roughness=0.55 if glossy else 0.86,
        normal_map=relief,
        ior=1.4,
    )


@lru_cache(maxsize=32)
def plain_cloth(name: str, colour: LinearColour, seed: int, roughness: float = 0.85) -> Material:
    """Return knitted or woven cloth without seams, for hats, hoods, socks and bags."""
    relief, shade = _relief("upper", "knit" if seed % 2 else "plain", seed)
    image = np.asarray(shade[..., None] * np.array(colour, np.float32), np.float32)
    return Material(
        name=name,
        base_colour_map=make_texture(encode_srgb(image), is_srgb=True),
        roughness=roughness,
        normal_map=relief,
        ior=1.4,
    )
