"""Scratches and cracks: marks that are lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.procedural.defects.sheets import Canvas, Sheet
from synthvision.library.procedural.defects.tones import Tone
from synthvision.library.procedural.noise import blur, smoothstep, white_noise

__all__ = ["crack_sheet", "scratch_sheet"]

HAIRLINE_M = 6e-5
DEEP_SCRATCH_M = 6.5e-4
WIDE_CRACK_M = 4.5e-4
Floats = NDArray[np.float64]


def scratch_sheet(canvas: Canvas, severity: float, seed: int, tone: Tone) -> Sheet:
    """Return grooves that something hard ploughed: a bright bottom between raised edges, along the rectangle.

    Args:
        canvas: The rectangle.
        severity: 0 is a hairline, 1 two thirds of a millimetre wide and scored several times.
        seed: Which scratch.
        tone: What is scratched.
    """
    rng = rng_for(seed, 0, "defects.scratch")
    x, y = canvas.grid_m()
    along = np.asarray(x[0] / canvas.length_m + 0.5, np.float64)
    count = 1 + int(rng.random() < 0.25 + 0.4 * severity) + int(rng.random() < 0.6 * severity)
    bow, lean = rng.normal(0.0, 0.1), rng.normal(0.0, 0.04)
    alpha = np.zeros(canvas.shape_hw, np.float32)
    height, light = alpha.copy(), alpha.copy()
    for strand in range(count):
        start, end = rng.uniform(0.02, 0.12), rng.uniform(0.86, 0.98)
        if strand:
            start, end = sorted((start + rng.uniform(0.0, 0.5), end - rng.uniform(0.0, 0.3)))
        width = (HAIRLINE_M + (DEEP_SCRATCH_M - HAIRLINE_M) * severity**1.2) * (1.0 if strand == 0 else 0.55)
        t = np.clip((along - start) / max(end - start, 0.05), 0.0, 1.0)
        # A tool digs in at once and lifts off slowly, or the other way round.
        taper = np.minimum(t / 0.12, (1.0 - t) / 0.5) if rng.random() < 0.5 else np.minimum(t / 0.5, (1.0 - t) / 0.12)
        press = 1.0 + 0.28 * _waves(rng, along, 5) + 0.12 * _waves(rng, along, 24)
        half = 0.5 * width * np.sqrt(np.clip(taper, 0.0, 1.0)) * np.clip(press, 0.35, 1.6)
        shift = 0.0 if strand == 0 else rng.uniform(-0.2, 0.2) * canvas.width_m
        middle = canvas.width_m * (bow * (4 * (along - 0.5) ** 2 - 0.4) + lean * (2 * along - 1))
        middle = np.clip(middle + shift, -0.38 * canvas.width_m, 0.38 * canvas.width_m)
        middle = middle + 0.35 * width * _waves(rng, along, 9) + 0.05 * width * _waves(rng, along, 60)
        distance = np.abs(y - middle[None].astype(np.float32))
        half = np.maximum(half, 1e-9)[None].astype(np.float32)
        cover = np.clip(0.5 + (1.2 * half - distance) / canvas.pixel_m[1], 0.0, 1.0)
        cover = np.where(t[None] * (1 - t[None]) > 0, cover, 0.0).astype(np.float32)
        inside = np.clip(1.0 - (distance / half) ** 2, 0.0, 1.0)
        ridge = np.exp(-(((distance - half) / (0.28 * half)) ** 2))
        deep = 0.45 * half
        height = np.where(cover > alpha, (0.35 * ridge - inside) * deep, height).astype(np.float32)
        light = np.where(cover > alpha, inside, light).astype(np.float32)
        alpha = np.maximum(alpha, cover)
    streak = blur(white_noise(rng, canvas.shape_hw), 24.0, 0.0)
    streak = streak / (float(streak.std()) + 1e-9)
    bared = _bared(tone)
    # The walls of the groove see little light, its bottom is fresh.
    shine = (0.3 + 0.7 * np.sqrt(light) + 0.07 * streak)[:, :, None]
    colour = np.asarray(np.clip(np.array(bared, np.float32) * shine, 0.0, 1.0), np.float32)
    rough = np.asarray(np.clip(0.34 + 0.08 * streak + 0.12 * (1 - light), 0.1, 1.0), np.float32)
    metal = np.full(canvas.shape_hw, 1.0 if tone.is_metal else 0.0, np.float32)
    return Sheet(alpha, colour, rough if tone.is_metal else np.maximum(rough, 0.6), metal, height)


def crack_sheet(canvas: Canvas, severity: float, seed: int, tone: Tone) -> Sheet:
    """Return a dark, jagged line with branches that grow finer.

    Args:
        canvas: The rectangle.
        severity: 0 is a hairline of 0.06 mm, 1 gapes by almost half a millimetre and branches often.
        seed: Which crack.
        tone: What is cracked.
    """
    rng = rng_for(seed, 0, "defects.crack")
    width = HAIRLINE_M + (WIDE_CRACK_M - HAIRLINE_M) * severity**1.5
    half_l, half_w = 0.47 * canvas.length_m, 0.42 * canvas.width_m
    trunk = _jagged(rng, np.array([-half_l, rng.uniform(-0.3, 0.3) * half_w]), np.array([half_l, 0.0]), 0.11, 7)
    paths: list[tuple[Floats, float, float]] = [(trunk, 1.0, 0.35)]
    for _ in range(1 + int(rng.integers(0, 3)) + round(2 * severity)):
        at = int(rng.uniform(0.15, 0.8) * (len(trunk) - 1))
        ahead = trunk[min(at + 6, len(trunk) - 1)] - trunk[at]
        turn = np.arctan2(ahead[1], ahead[0]) + rng.choice([-1.0, 1.0]) * rng.uniform(0.4, 0.95)
        reach = rng.uniform(0.12, 0.32) * canvas.length_m
        tip = trunk[at] + reach * np.array([np.cos(turn), np.sin(turn)])
        tip[1] = np.clip(tip[1], -half_w, half_w)
        paths.append((_jagged(rng, trunk[at], tip, 0.12, 5), 0.7, 0.0))
    scale = 4
    large = np.zeros((canvas.size_wh[1] * scale, canvas.size_wh[0] * scale), np.uint8)
    step = np.array(canvas.pixel_m) / scale
    for points, share, tail in paths:
        pixels = np.stack([points[:, 0] + canvas.length_m / 2, canvas.width_m / 2 - points[:, 1]], axis=1) / step
        fixed = np.round((pixels - 0.5) * 16).astype(np.int32)
        for k in range(len(fixed) - 1):
            done = k / (len(fixed) - 1)
            thin = share * (1.0 - (1.0 - tail) * done) * (0.75 + 0.5 * rng.random())
            thick = max(round(width * thin / float(step.mean())), 1)
            cv2.line(large, fixed[k].tolist(), fixed[k + 1].tolist(), 255, thick, cv2.LINE_AA, 4)
    alpha = np.asarray(cv2.resize(large, canvas.size_wh, interpolation=cv2.INTER_AREA), np.float32) / 255.0
    # The finest ends are thinner than a texel: what covers a third of one counts.
    alpha = np.clip(alpha * 1.5, 0.0, 1.0)
    core = smoothstep(0.4, 1.0, blur(alpha, 0.8))
    wall = np.array(tone.colour, np.float32) * 0.25
    colour = np.asarray((1.0 - core[:, :, None]) * wall + core[:, :, None] * np.float32(0.008), np.float32)
    full = np.ones(canvas.shape_hw, np.float32)
    return Sheet(np.asarray(alpha, np.float32), colour, 0.95 * full, 0.0 * full, np.asarray(-0.6 * width * core))


def _bared(tone: Tone) -> tuple[float, float, float]:
    """Colour of the bottom of a scratch: fresh metal is brighter than worn, torn plastic and paint go white."""
    r, g, b = tone.colour
    if tone.is_metal and tone.luminance > 0.12:
        return min(1.25 * r + 0.12, 0.96), min(1.25 * g + 0.12, 0.95), min(1.25 * b + 0.12, 0.94)
    if tone.is_metal:
        return 0.66, 0.66, 0.65
    lift = 0.38
    return r + (0.85 - r) * lift, g + (0.85 - g) * lift, b + (0.84 - b) * lift


def _waves(rng: np.random.Generator, along: Floats, count: int) -> Floats:
    """Smooth noise along a line with about as many waves, standard deviation about 1."""
    knots = rng.standard_normal(2 * count + 4)
    place = along * (2 * count)
    first = np.clip(np.floor(place).astype(np.int64), 0, 2 * count + 2)
    share = place - first
    ease = share * share * (3 - 2 * share)
    return np.asarray(knots[first] * (1 - ease) + knots[first + 1] * ease)


def _jagged(rng: np.random.Generator, start: Floats, end: Floats, rough: float, rounds: int) -> Floats:
    """A line broken again and again at its middles, as brittle cracks run."""
    points = np.stack([start, end])
    for _ in range(rounds):
        side = np.diff(points, axis=0)
        normal = np.stack([-side[:, 1], side[:, 0]], axis=1)
        middles = (points[:-1] + points[1:]) / 2 + normal * rng.normal(0.0, rough, (len(side), 1))
        points = np.insert(points, np.arange(1, len(points)), middles, axis=0)
    return points
