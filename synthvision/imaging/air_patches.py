"""How much denser or thinner patchy air is than even air, along rays across a picture.

Noise is dear and patches are wide, so the noise is worked out on a coarse grid over picture and distance, and pixels
look up what they need. The grid holds the ratio of a patchy medium's optical depth up to a distance to that of an even
one: laws of even media stay exact, whatever the grid.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.geometry.world_noise import pcg_hash
from synthvision.imaging.airlight_media import REACH_DEPTH, Medium

__all__ = ["MAX_PATCHY", "grid_nodes", "patch_ratios"]

Float = NDArray[np.float32]

#: Patchy media that one look-up serves.
MAX_PATCHY = 4
#: Distances between nodes of the grid in pixels, and along the ray: their squares grow evenly.
_STEP_PX = 16
_SLICES = 16
#: The lattice is turned against the world's axes, so that level ground does not show its squares.
_TURN_33 = np.array([[0.36, -0.8, 0.48], [0.48, 0.6, 0.64], [-0.8, 0.0, 0.6]], np.float32)
_PRIMES = (np.uint32(0x8DA6B343), np.uint32(0xD8163841), np.uint32(0xCB1AB31F))


def grid_nodes(size_wh: tuple[int, int]) -> NDArray[np.float64]:
    """Return the places of the grid's nodes in a picture, float64 (rows, columns, 2), its borders included."""
    columns, rows = (np.linspace(0.0, length, -(-length // _STEP_PX) + 1) for length in size_wh)
    return np.stack(np.meshgrid(columns, rows), axis=-1)


def patch_ratios(media: Sequence[Medium], directions: NDArray[np.float64], camera_m: Sequence[float]) -> Float:
    """Return the ratios of patchy to even optical depth.

    Args:
        media: What is in the air, what is patchy first.
        directions: Unit vectors in world axes, float64 (rows, columns, 3).
        camera_m: Where the rays start, world.

    Returns:
        float32 (slices + 1, rows, columns, patchy media): slice k is k^2 / slices^2 of the distance with the
        optical depth `REACH_DEPTH`.

    Raises:
        UsageError: More than `MAX_PATCHY` media are patchy.
    """
    patchy = [medium for medium in media if medium.patchiness > 0]
    if len(patchy) > MAX_PATCHY:
        raise UsageError(f"at most {MAX_PATCHY} media of weather.air may be patchy, got {len(patchy)}")
    rays, start = np.asarray(directions, np.float32), np.asarray(camera_m, np.float32)
    return np.stack([_ratios(medium, rays, start) for medium in patchy], axis=-1)


def _ratios(medium: Medium, rays: Float, start: Float) -> Float:
    reach = REACH_DEPTH / medium.extinction_per_m
    ends = reach * (np.arange(_SLICES + 1, dtype=np.float32) / _SLICES) ** 2
    even = np.zeros(rays.shape[:2], np.float32)
    found = even.copy()
    result = np.empty((_SLICES + 1, *rays.shape[:2]), np.float32)
    here: Float = np.broadcast_to(start / np.float32(medium.patch_size_m), rays.shape).astype(np.float32)
    result[0] = 1 + np.float32(medium.patchiness) * _noise(here, medium.pattern)
    for number, (near, far) in enumerate(itertools.pairwise(ends), start=1):
        middle = start + rays * np.float32((near + far) / 2)
        amount = _density(medium, middle[..., 2]) * np.float32(far - near)
        # A mean over n patches swings by the root of n less.
        swing = medium.patchiness / math.sqrt(1 + float(far - near) / medium.patch_size_m)
        even += amount
        place: Float = (middle / np.float32(medium.patch_size_m)).astype(np.float32)
        found += amount * (1 + np.float32(swing) * _noise(place, medium.pattern))
        result[number] = found / np.maximum(even, 1e-30)
    return result


def _density(medium: Medium, height_m: Float) -> Float:
    if medium.falloff_m is None:
        return np.ones_like(height_m)
    density: Float = np.exp(-np.maximum((height_m - medium.base_height_m) / medium.falloff_m, 0.0), dtype=np.float32)
    return density


def _noise(place: Float, pattern: int) -> Float:
    """Return value noise from -1 to 1 with mean 0, of the shape of `place` without its last axis."""
    turned = place @ _TURN_33.T
    corner = np.floor(turned)
    f = turned - corner
    f = f * f * (3 - 2 * f)
    cells = corner.astype(np.int32).view(np.uint32)
    with np.errstate(over="ignore"):
        sides = [
            [(cells[..., axis] + np.uint32(step)) * prime for step in (0, 1)] for axis, prime in enumerate(_PRIMES)
        ]
    level = np.zeros(place.shape[:-1], np.float32)
    for dx in (0, 1):
        for dy in (0, 1):
            column = sides[0][dx] ^ sides[1][dy] ^ np.uint32(pattern)
            low, high = (_lattice(column ^ sides[2][dz]) for dz in (0, 1))
            weight = (f[..., 0] if dx else 1 - f[..., 0]) * (f[..., 1] if dy else 1 - f[..., 1])
            level += weight * (low + (high - low) * f[..., 2])
    # Interpolation flattens the noise; this brings thin and dense patches back without moving the mean.
    n = np.clip(np.float32(1.8) * level, -1, 1)
    shaped: Float = n * (np.float32(1.5) - np.float32(0.5) * n * n)
    return shaped


def _lattice(cell: NDArray[np.uint32]) -> Float:
    values: Float = (pcg_hash(cell) >> np.uint32(8)).astype(np.float32) * np.float32(2 / 16777215) - 1
    return values
