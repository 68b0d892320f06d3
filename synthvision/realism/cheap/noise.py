"""Noise of a picture by brightness, measured on its flat blocks, and put into another.

Blocks are called flat by their coarse cells, and their noise is read off finer detail, the diagonals of the two finest
levels of the Haar wavelet: so a block is not chosen for having little noise. After D. Donoho and I. Johnstone (1994)
and the block methods of K. Rank, M. Lendl and R. Unbehauen (1999). Two levels, because noise reduction and JPEG take
the finest grain away and leave a coarser one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LEVELS", "NoiseCurve", "add_noise", "lacking_noise", "measure_noise", "pooled_noise"]

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

#: Levels of luma at which noise is kept: the middles of eight bins.
LEVELS: Float = np.arange(16.0, 256.0, 32.0)
_BIN = 32
_BLOCK = 16
#: Blocks are flat where their cells differ by less than this, in levels, on top of what noise makes them differ.
_FLAT = 2.5
#: Blocks with pixels nearer to black or white than this are left out: there noise is cut off.
_CLIPPED = 3
#: A bin of fewer blocks is not known.
_LEAST_BLOCKS = 12
#: The lower quartile of the blocks' standard deviations is taken, since texture only adds; for pure noise, of which a
#: block has 64 and 16 samples, it lies this much below the true one: 1 - 0.674 / sqrt(2 n).
_QUARTILE_BIAS: Float = np.asarray(1 - 0.674 / np.sqrt(2 * np.array([64.0, 16.0])))
#: Blur of the coarse grain that is made, as a standard deviation in pixels.
_GRAIN_PX = 1.0


@dataclass(frozen=True, slots=True)
class NoiseCurve:
    """Standard deviation of noise by brightness, in levels of 255.

    Args:
        fine_lc: At each of `LEVELS`, of luma and of the mean of Cr and Cb, in the detail between neighbouring pixels;
            NaN where it is not known.
        coarse_lc: The same in the detail between 2 x 2 pixels; of white noise half of `fine_lc`.
    """

    fine_lc: Float
    coarse_lc: Float

    @property
    def known(self) -> bool:
        """Whether any level is known."""
        return bool(np.isfinite(self.fine_lc).any())

    def filled(self) -> NoiseCurve:
        """Return the curve with unknown levels as their nearest known ones; 0 where none is known."""
        return NoiseCurve(_filled(self.fine_lc), _filled(self.coarse_lc))


def measure_noise(rgb_hwc: NDArray[np.uint8]) -> NoiseCurve:
    """Return the noise of one picture; levels that no flat block has are NaN.

    Args:
        rgb_hwc: uint8 (height, width, 3).
    """
    return _curve(*_blocks(rgb_hwc))


def pooled_noise(pictures: Iterable[NDArray[np.uint8]]) -> NoiseCurve:
    """Return the noise of several pictures, at least one, taken as one; read once, one in memory at a time."""
    parts = [_blocks(picture) for picture in pictures]
    return _curve(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))


def lacking_noise(own: NoiseCurve, wanted: NoiseCurve, strength: float) -> NoiseCurve:
    """Return the noise that is to be added to a picture: variances add, and what is too much stays.

    Args:
        own: Of the picture.
        wanted: As it shall be.
        strength: Share of the lacking variance, 0..1.
    """
    have, want = own.filled(), wanted.filled()
    return NoiseCurve(
        np.sqrt(strength * np.maximum(want.fine_lc**2 - have.fine_lc**2, 0)),
        np.sqrt(strength * np.maximum(want.coarse_lc**2 - have.coarse_lc**2, 0)),
    )


def add_noise(rgb_hwc: NDArray[np.uint8], curve: NoiseCurve, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a picture with normal noise added to luma and chroma, by the brightness of each pixel.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        curve: Without gaps.
        rng: Where the noise comes from.
    """
    planes = cv2.cvtColor(rgb_hwc.astype(np.float32), cv2.COLOR_RGB2YCrCb)
    bright = np.clip(planes[..., 0], 0, 255).astype(np.uint8)
    white, grain = _amplitudes(curve)
    noise = rng.standard_normal(planes.shape, np.float32)
    blotches = cv2.GaussianBlur(rng.standard_normal(planes.shape, np.float32), (0, 0), _GRAIN_PX)
    for channel in range(3):
        kind = min(channel, 1)
        for pattern, amplitude in ((noise, white), (blotches, grain)):
            by_level = np.interp(np.arange(256), LEVELS, amplitude[:, kind]).astype(np.float32)
            planes[..., channel] += pattern[..., channel] * by_level[bright]
    return np.asarray(np.clip(np.rint(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB)), 0, 255), np.uint8)


def _amplitudes(curve: NoiseCurve) -> tuple[Float, Float]:
    """Return the standard deviations of white noise that stays as it is, and of that which is blurred."""
    # Of white noise 1 and 1/4 of the variance are seen at the two scales, of blurred noise these shares.
    fine_share, coarse_share = _seen_of_grain()
    fine, coarse = curve.fine_lc**2, curve.coarse_lc**2
    grain = np.maximum(coarse - fine / 4, 0) / (coarse_share - fine_share / 4)
    white = np.maximum(fine - grain * fine_share, 0)
    return np.sqrt(white), np.sqrt(grain)


@lru_cache(maxsize=1)
def _seen_of_grain() -> tuple[float, float]:
    """Return the variances that unit white noise has at the two scales after the blur of the grain."""
    point = np.zeros((33, 33), np.float32)
    point[16, 16] = 1
    bell = cv2.GaussianBlur(point, (0, 0), _GRAIN_PX).astype(np.float64)
    fine = cv2.filter2D(bell, cv2.CV_64F, np.array([[1, -1], [-1, 1]]) / 2)
    coarse = cv2.filter2D(bell, cv2.CV_64F, np.kron(np.array([[1, -1], [-1, 1]]), np.ones((2, 2))) / 8)
    return float((fine**2).sum()), float((coarse**2).sum())


def _blocks(rgb_hwc: NDArray[np.uint8]) -> tuple[Float, Float]:
    """Return of the flat blocks the brightness (n,), and noise (n, 2, 2): fine and coarse, of luma and chroma."""
    rows, columns = rgb_hwc.shape[0] // _BLOCK, rgb_hwc.shape[1] // _BLOCK
    if rows == 0 or columns == 0:
        return np.zeros(0), np.zeros((0, 2, 2))
    part = rgb_hwc[: rows * _BLOCK, : columns * _BLOCK]
    planes = cv2.cvtColor(part.astype(np.float32), cv2.COLOR_RGB2YCrCb)
    level = _by_block(planes[..., 0], _BLOCK).mean(axis=2)
    cells = _halved(_halved(planes))
    spread = np.stack([_by_block(cells[..., c], _BLOCK // 4).std(axis=2) for c in range(3)])
    noise = np.stack([_detail(planes, _BLOCK // 2), _detail(_halved(planes), _BLOCK // 4)])
    # The mean of a cell of 16 pixels still has a part of their noise: half of what its 2 x 2 pixels have.
    flat = (spread < _FLAT + np.maximum(noise[0] / 4, noise[1] / 2)).all(axis=0)
    red, green, blue = cv2.split(part)
    extreme = _by_block(cv2.max(cv2.max(red, green), blue), _BLOCK).max(axis=2) > 255 - _CLIPPED
    extreme |= _by_block(cv2.min(cv2.min(red, green), blue), _BLOCK).min(axis=2) < _CLIPPED
    chosen = flat & ~extreme
    luma, chroma = noise[:, 0][:, chosen], noise[:, 1:].mean(axis=1)[:, chosen]
    return level[chosen].astype(np.float64), np.stack([luma, chroma]).transpose(2, 1, 0).astype(np.float64)


def _halved(planes: Float32) -> Float32:
    return (planes[::2, ::2] + planes[1::2, ::2] + planes[::2, 1::2] + planes[1::2, 1::2]) / np.float32(4)


def _detail(planes: Float32, side: int) -> Float32:
    """Return the standard deviation of the diagonal detail in tiles, float32 (3, rows, columns)."""
    detail = (planes[::2, ::2] - planes[1::2, ::2] - planes[::2, 1::2] + planes[1::2, 1::2]) / np.float32(2)
    return np.stack([np.sqrt((_by_block(detail[..., c], side) ** 2).mean(axis=2)) for c in range(3)])


def _by_block(plane: NDArray[np.generic], side: int) -> Float32:
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    tiles = plane.reshape(rows, side, columns, side).swapaxes(1, 2)
    return np.asarray(tiles.reshape(rows, columns, side * side), np.float32)


def _curve(level: Float, noise: Float) -> NoiseCurve:
    bins = np.minimum(level / _BIN, 7).astype(np.int64)
    curves = np.full((2, 8, 2), np.nan)
    for number in range(8):
        inside = bins == number
        if int(inside.sum()) >= _LEAST_BLOCKS:
            curves[:, number] = np.quantile(noise[inside], 0.25, axis=0) / _QUARTILE_BIAS[:, None]
    # Rounding to whole levels is no noise of the camera.
    rounding = np.array([1 / 12, 1 / 48])[:, None, None]
    return NoiseCurve(*np.sqrt(np.maximum(curves**2 - rounding, 0)))


def _filled(values_lc: Float) -> Float:
    known = np.isfinite(values_lc[:, 0])
    if not known.any():
        return np.zeros_like(values_lc)
    return np.stack([np.interp(LEVELS, LEVELS[known], values_lc[known, c]) for c in range(2)], axis=1)
