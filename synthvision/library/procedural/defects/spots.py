"""Stains and chips: marks that are areas."""

from __future__ import annotations

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.procedural.defects.sheets import Canvas, LinearColour, Sheet
from synthvision.library.procedural.defects.tones import Tone
from synthvision.library.procedural.noise import Image, blur, cell_noise, fbm, smoothstep

__all__ = ["STAINS", "chip_sheet", "stain_sheet"]

#: Colour, roughness, and how dark the dried rim is, by kind of stain.
STAINS: dict[str, tuple[LinearColour, float, float]] = {
    "oil": ((0.035, 0.022, 0.01), 0.16, 0.15),
    "rust": ((0.19, 0.055, 0.014), 0.92, 0.25),
    "coolant": ((0.2, 0.21, 0.13), 0.3, 0.6),
    "grease": ((0.012, 0.012, 0.012), 0.35, 0.0),
    "glue": ((0.52, 0.45, 0.27), 0.22, 0.35),
}


def stain_sheet(canvas: Canvas, severity: float, seed: int, liquid: str) -> Sheet:
    """Return a soft-edged blotch with runs and splashes.

    Args:
        canvas: The rectangle.
        severity: 0 is a faint film, 1 covers what lies below.
        seed: Which stain.
        liquid: One of `STAINS`.
    """
    rng = rng_for(seed, 0, "defects.stain")
    colour, rough, rim = STAINS[liquid]
    x, y = canvas.grid_m()
    u, v = x / (0.5 * canvas.length_m), y / (0.5 * canvas.width_m)
    angle = np.arctan2(v, u)
    lobes = sum(rng.normal(0.0, 0.11 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4, 5))
    ragged = 0.075 * fbm(rng, canvas.shape_hw, (4, 4), 4, 0.55)
    reach = np.hypot(u, v) - (0.66 + lobes + ragged)
    level = np.minimum(reach, _splashes(rng, u, v))
    body = smoothstep(0.1, -0.1, level)
    cloud = fbm(rng, canvas.shape_hw, (3, 3), 4, 0.6)
    edge = np.exp(-((level + 0.05) ** 2) / 0.003)
    strength = np.clip(0.6 + 0.38 * severity + 0.05 * cloud * (1 - severity) + 0.1 * rim * edge, 0.56, 0.99)
    alpha = np.asarray(
        np.clip(body * strength, 0.0, 1.0) * smoothstep(1.0, 0.93, np.maximum(abs(u), abs(v))), np.float32
    )
    dark = np.clip(1.0 + 0.13 * cloud - 0.55 * rim * edge, 0.3, 1.6)[:, :, None]
    tint = np.asarray(np.clip(np.array(colour, np.float32) * dark, 0.0, 1.0), np.float32)
    height = 4e-5 * blur(body, 3.0) * (1.0 + 0.1 * cloud)
    full = np.ones(canvas.shape_hw, np.float32)
    roughness = np.asarray(np.clip(rough + 0.05 * cloud, 0.05, 1.0), np.float32)
    return Sheet(alpha, tint, roughness, 0.0 * full, np.asarray(height, np.float32), soft=True)


def chip_sheet(canvas: Canvas, severity: float, seed: int, tone: Tone) -> Sheet:
    """Return a place where a flake broke out: an angular outline with facets below a sharp edge.

    Args:
        canvas: The rectangle.
        severity: How deep, 0..1.
        seed: Which chip.
        tone: What broke.
    """
    rng = rng_for(seed, 0, "defects.chip")
    x, y = canvas.grid_m()
    u, v = x / (0.5 * canvas.length_m), y / (0.5 * canvas.width_m)
    corners = int(rng.integers(6, 10))
    turn = np.sort((np.arange(corners) + rng.uniform(-0.3, 0.3, corners)) * 2 * np.pi / corners)
    radius = rng.uniform(0.62, 0.93, corners)
    ring = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    after = np.roll(ring, -1, axis=0) - ring
    normal = np.stack([after[:, 1], -after[:, 0]], axis=1) / np.linalg.norm(after, axis=1, keepdims=True)
    # Straight breaks, slightly ragged.
    sides = [(u - ring[k, 0]) * normal[k, 0] + (v - ring[k, 1]) * normal[k, 1] for k in range(corners)]
    level = np.max(sides, axis=0) + 0.03 * fbm(rng, canvas.shape_hw, (8, 8), 3, 0.6)
    pixel = 2.0 / min(canvas.size_wh)
    alpha = np.asarray(np.clip(0.5 - level / pixel, 0.0, 1.0), np.float32)
    points = rng.random((int(rng.integers(9, 16)), 2)).astype(np.float32)
    _, border, cell = cell_noise(points, canvas.shape_hw)
    tilt = rng.normal(0.0, 0.35, (len(points), 2))
    facets = tilt[cell, 0] * u + tilt[cell, 1] * v
    short = min(canvas.length_m, canvas.width_m) / 2
    bowl = 0.25 * np.clip(-level / 0.5, 0.0, 1.0)
    grain = 0.012 * fbm(rng, canvas.shape_hw, (24, 24), 3, 0.6)
    height = np.asarray(-(0.2 + 0.4 * severity) * short * (bowl + 0.2 * facets + grain), np.float32)
    bright = 1.0 + 0.18 * tilt[cell, 0] - 0.1 * smoothstep(2.0, 0.0, border)
    colour, metal = _broken(tone)
    shade = bright * np.clip(1.0 - 0.6 * (1 - smoothstep(0.0, 0.1, -level)), 0.3, 1.0)
    tint = np.asarray(np.clip(np.array(colour, np.float32) * shade[:, :, None], 0.0, 1.0), np.float32)
    full = np.ones(canvas.shape_hw, np.float32)
    return Sheet(alpha, tint, np.asarray(np.clip(0.72 + grain * 6, 0.3, 1.0), np.float32), metal * full, height)


def _broken(tone: Tone) -> tuple[LinearColour, float]:
    r, g, b = tone.colour
    if tone.is_metal:
        return (0.9 * r + 0.05, 0.9 * g + 0.05, 0.9 * b + 0.05), 0.6
    lift = 0.25
    return (r + (0.7 - r) * lift, g + (0.7 - g) * lift, b + (0.68 - b) * lift), 0.0


def _splashes(rng: np.random.Generator, u: Image, v: Image) -> Image:
    """Drops beside the blotch, and what ran from it: levels in the same units."""
    level = np.full(u.shape, 9.0, np.float32)
    for _ in range(int(rng.integers(0, 6))):
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.72, 0.9)
        size = rng.uniform(0.03, 0.09)
        level = np.minimum(level, np.hypot(u - away * np.cos(angle), v - away * np.sin(angle)) - size)
    return np.asarray(level, np.float32)
