"""Rings of rain drops on standing water: the numpy twin of ``opengl/shaders/ripples.glsl``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthvision.geometry.world_noise import lattice_hash, pcg_hash

__all__ = ["RIPPLE_CELLS_M", "ring_share", "ring_steepness", "rings_per_m2", "ripple_slope"]

#: Mesh of the six grids; each cell holds at most one ring.
RIPPLE_CELLS_M = (0.10, 0.12, 0.15, 0.18, 0.22, 0.27)
_SEED_STEP = 0x9E3779B9
_REACH = np.float32(0.28)
#: Smaller drops make no ring that a camera sees, and a ring is gone after this time.
_SMALLEST_DROP_MM = 1.0
_RING_LIFE_S = 0.25


def rings_per_m2(rate_mm_h: float) -> float:
    """Return how many rings stand on a square metre of water in rain.

    Drops of Marshall and Palmer (1948), "The distribution of raindrops with size", N(D) = 8000 exp(-4.1 R^-0.21 D) per
    m3 and mm, fall at 9.65 - 10.3 exp(-0.6 D) m/s (Atlas, Srivastava and Sekhon 1973); those of 1 mm and more make
    rings that last a quarter of a second.

    Args:
        rate_mm_h: Rain rate, 0 or more.
    """
    if rate_mm_h <= 0:
        return 0.0
    slope = 4.1 * rate_mm_h**-0.21
    start = _SMALLEST_DROP_MM
    per_s = 8000 * (9.65 * np.exp(-slope * start) / slope - 10.3 * np.exp(-(slope + 0.6) * start) / (slope + 0.6))
    return float(per_s * _RING_LIFE_S)


def ring_share(rate_mm_h: float) -> float:
    """Return the share of the grids' cells that hold a ring, 0 to 1: all of them from about 8 mm/h."""
    return min(rings_per_m2(rate_mm_h) / sum(cell**-2 for cell in RIPPLE_CELLS_M), 1.0)


def ring_steepness(rate_mm_h: float) -> float:
    """Return the slope of a young ring: steeper where more rings meet than the grids have cells for."""
    crowded = rings_per_m2(rate_mm_h) / sum(cell**-2 for cell in RIPPLE_CELLS_M)
    return 0.3 * float(np.clip(np.sqrt(crowded), 1.0, 1.7))


def ripple_slope(place_n2: ArrayLike, seed: int, rate_mm_h: float) -> NDArray[np.float32]:
    """Return the slope of rippled water along x and y, float32 (n, 2); the normal is (-slope, 1), normalised.

    Args:
        place_n2: World x and y in metres (n, 2).
        seed: From `noise_seed`.
        rate_mm_h: Rain rate; 0 gives still water.
    """
    place = np.asarray(place_n2, np.float32)
    total = np.zeros_like(place)
    share, steepness = np.float32(ring_share(rate_mm_h)), np.float32(ring_steepness(rate_mm_h))
    for grid, cell in enumerate(RIPPLE_CELLS_M):
        cell_m = np.float32(cell)
        at = place / cell_m + np.float32(0.37) * np.float32(grid)
        corner = np.floor(at)
        first = lattice_hash(corner[:, 0].astype(np.int32), corner[:, 1].astype(np.int32), seed + grid * _SEED_STEP)
        second = pcg_hash(first)
        jitter = np.stack([first & np.uint32(0xFFFF), first >> np.uint32(16)], axis=1).astype(np.float32)
        jitter /= np.float32(65535)
        age = (second & np.uint32(0xFFFF)).astype(np.float32) / np.float32(65535)
        there = (second >> np.uint32(16)).astype(np.float32) / np.float32(65536) < share
        away = (at - corner - np.float32(0.5) - (jitter - np.float32(0.5)) * np.float32(0.3)) * cell_m
        distance = np.sqrt(np.sum(away * away, axis=1))
        width = cell_m * (np.float32(0.03) + np.float32(0.05) * age)
        off = (distance - age * _REACH * cell_m) / width
        wave = np.exp(-off * off) * np.sin(np.float32(2.5) * off) * (np.float32(1) - age) * there
        total += away * (wave * steepness / np.maximum(distance, np.float32(1e-4)))[:, None]
    return total
