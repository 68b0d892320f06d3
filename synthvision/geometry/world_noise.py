"""Noise that is fixed to the world: the numpy twin of ``render/opengl/shaders/world_noise.glsl``.

Value noise on the integer lattice, from a PCG hash (Jarzynski and Olano 2020, "Hash Functions for GPU Rendering") of
whole numbers, so that every backend puts the same puddle at the same place. Everything is float32 in the order of the
shader's own operations; the two agree within 1e-5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["fractal_noise", "fractal_threshold", "lattice_hash", "noise_seed", "pcg_hash", "value_noise"]

Float = NDArray[np.float32]
Hashes = NDArray[np.uint32]

#: Weights of the octaves of `fractal_noise`; each is twice as fine as the one before and turned by 37 degrees.
_WEIGHTS = (np.float32(4 / 7), np.float32(2 / 7), np.float32(1 / 7))
_SEED_STEP = 0x9E3779B9
_TURN = (np.float32(0.8), np.float32(0.6))

#: Values that `fractal_noise` exceeds on shares of the plane of sin^2(pi i / 64), i = 0 ... 32, which lie closer near
#: none and all; from 2 ** 26 samples of it.
_EXCEEDED = (
    0.9889, 0.8645, 0.8209, 0.7875, 0.7587, 0.7328, 0.7087, 0.6858, 0.6639, 0.6426, 0.6217, 0.6011, 0.5807, 0.5605,
    0.5403, 0.5202, 0.5001, 0.4800, 0.4599, 0.4397, 0.4194, 0.3990, 0.3784, 0.3575, 0.3362, 0.3142, 0.2914, 0.2673,
    0.2414, 0.2126, 0.1791, 0.1355, 0.0110,
)  # fmt: skip
_SHARES = np.sin(np.pi * np.arange(33) / 64) ** 2


def pcg_hash(value: Hashes) -> Hashes:
    """Return the PCG-RXS-M-XS hash of whole numbers, uint32 of the same shape."""
    with np.errstate(over="ignore"):
        state = value * np.uint32(747796405) + np.uint32(2891336453)
        word = ((state >> ((state >> np.uint32(28)) + np.uint32(4))) ^ state) * np.uint32(277803737)
    mixed: Hashes = (word >> np.uint32(22)) ^ word
    return mixed


def noise_seed(seed: int, stream: int) -> int:
    """Return the seed of one of several patterns that share a scene's seed and must not resemble each other.

    Args:
        seed: 0 to 2**63 - 1.
        stream: Number of the pattern.

    Returns:
        0 to 2**32 - 1; neighbouring seeds and streams give unrelated ones.
    """
    mixed = np.array([stream & 0xFFFFFFFF], np.uint32)
    for part in (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF):
        mixed = pcg_hash(mixed ^ np.uint32(part))
    return int(mixed[0])


def lattice_hash(x: NDArray[np.int32], y: NDArray[np.int32], seed: int) -> Hashes:
    """Return the hash of lattice points, uint32 of their shape; negative coordinates wrap."""
    with np.errstate(over="ignore"):
        row = pcg_hash(y.astype(np.int32).view(np.uint32) + np.uint32(seed & 0xFFFFFFFF))
        return pcg_hash(x.astype(np.int32).view(np.uint32) + row)


def value_noise(place_n2: ArrayLike, seed: int) -> Float:
    """Return smooth random values between lattice points, and how they change.

    Args:
        place_n2: Where, in lattice cells, float32 (n, 2); a few thousand cells from the origin at most, for precision.
        seed: Which pattern, from `noise_seed`: patterns of neighbouring numbers are shifted copies of each other.

    Returns:
        float32 (n, 3): value 0 to 1 (mean 0.5), and its derivatives along x and y per cell.
    """
    place = np.asarray(place_n2, np.float32)
    corner = np.floor(place)
    f = place - corner
    # Quintic weights: slope and curvature are continuous (Perlin 2002, "Improving Noise").
    w = f * f * f * (f * (f * np.float32(6) - np.float32(15)) + np.float32(10))
    dw = np.float32(30) * f * f * (f - np.float32(1)) * (f - np.float32(1))
    x, y = corner[:, 0].astype(np.int32), corner[:, 1].astype(np.int32)
    a, b, c, d = (
        (lattice_hash(x + dx, y + dy, seed) >> np.uint32(8)).astype(np.float32) * np.float32(1 / 16777216)
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1))
    )
    across, up, twist = b - a, c - a, a - b - c + d
    value = a + across * w[:, 0] + up * w[:, 1] + twist * (w[:, 0] * w[:, 1])
    return np.stack([value, dw[:, 0] * (across + twist * w[:, 1]), dw[:, 1] * (up + twist * w[:, 0])], axis=1)


def fractal_noise(place_n2: ArrayLike, seed: int) -> Float:
    """Return three octaves of `value_noise`, and how they change.

    Args:
        place_n2: Where, in cells of the coarsest octave, float32 (n, 2).
        seed: Which pattern, from `noise_seed`.

    Returns:
        float32 (n, 3): value 0 to 1 (mean 0.5), and its derivatives along x and y per coarse cell.
    """
    place = np.asarray(place_n2, np.float32)
    total = np.zeros((len(place), 3), np.float32)
    # How the octave's own place changes with the first one's: a turn times a scale, as its first row.
    cosine, sine = np.float32(1), np.float32(0)
    for octave, weight in enumerate(_WEIGHTS):
        part = value_noise(place, seed + octave * _SEED_STEP)
        total[:, 0] += weight * part[:, 0]
        total[:, 1] += weight * (cosine * part[:, 1] + sine * part[:, 2])
        total[:, 2] += weight * (cosine * part[:, 2] - sine * part[:, 1])
        turned = np.stack(
            [_TURN[0] * place[:, 0] - _TURN[1] * place[:, 1], _TURN[1] * place[:, 0] + _TURN[0] * place[:, 1]], axis=1
        )
        place = turned * np.float32(2)
        cosine, sine = (
            np.float32(2) * (_TURN[0] * cosine - _TURN[1] * sine),
            np.float32(2) * (_TURN[1] * cosine + _TURN[0] * sine),
        )
    return total


def fractal_threshold(share: float) -> float:
    """Return the value that `fractal_noise` exceeds on a share of a large plane.

    Args:
        share: 0 to 1; 0 gives a value that is never reached, 1 one that is always exceeded, soft edges included.
    """
    if share <= 0.0:
        return 2.0
    if share >= 1.0:
        return -1.0
    return float(np.interp(share, _SHARES, _EXCEEDED))
