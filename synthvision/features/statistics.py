"""Hand-made features of a picture: colours, edges, texture, contrast, noise. No network, no weights.

Figures from them compare sets of pictures with each other; they are not comparable with any published distance.

The parts, in order, of the picture brought to 96 x 96 pixels:

===============  ====  =================================================================================================
colour moments      9  mean, standard deviation and skewness of CIE L, a and b, over 50, 25 and 25
tones               5  5, 25, 50, 75 and 95 % of L, over 100
colour shares      40  square roots of the shares of 16 bins of L, 12 of a and 12 of b (-60 to 60)
edge directions    36  shares of 9 directions in 2 x 2 cells, weighted with the gradient, square roots
                       (after N. Dalal and B. Triggs, 2005)
spectrum           13  log10 of the power in 12 rings of equal ratio, and the slope through them
local patterns     20  square roots of the shares of the 10 rotation-invariant uniform patterns of 8 neighbours at 1 and
                       at 2 pixels (T. Ojala et al., 2002)
local contrast      5  10, 25, 50, 75 and 90 % of the standard deviation of L in 7 x 7 pixels, as log10 of 1 + it
sharpness           2  log10 of the variance of the Laplacian, and of the mean gradient
noise               3  robust noise of luma and both chromas, as log10 of 0.1 + it
===============  ====  =================================================================================================

Every part is of the order of one in its own terms. They are brought to one scale by the distance, with the mean and
spread of real pictures, not here.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.features.resizing import resize_picture

__all__ = ["SIDE", "STATISTICS_COUNT", "STATISTICS_PARTS", "picture_statistics"]

Float32 = NDArray[np.float32]

#: Side in pixels at which pictures are measured.
SIDE = 96
#: How many numbers each part has, in order.
STATISTICS_PARTS = {
    "colour moments": 9,
    "tones": 5,
    "colour shares": 40,
    "edge directions": 36,
    "spectrum": 13,
    "local patterns": 20,
    "local contrast": 5,
    "sharpness": 2,
    "noise": 3,
}
#: Length of the vector.
STATISTICS_COUNT = sum(STATISTICS_PARTS.values())

_RINGS = 12
_DIRECTIONS = 9
#: Normal distribution: standard deviation over median of absolute values.
_MAD_TO_STD = 1.4826


def picture_statistics(rgb_hwc: NDArray[np.uint8]) -> Float32:
    """Return the features of one picture, float32 (133,), finite.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB, of any size from one pixel.
    """
    rgb = resize_picture(rgb_hwc, (SIDE, SIDE))
    lab = cv2.cvtColor(rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    light = lab[..., 0]
    parts = [
        _moments(lab),
        np.percentile(light, (5, 25, 50, 75, 95)) / 100,
        _shares(light, 16, 0.0, 100.0),
        _shares(lab[..., 1], 12, -60.0, 60.0),
        _shares(lab[..., 2], 12, -60.0, 60.0),
        _directions(light),
        _spectrum(light),
        _patterns(light, 1),
        _patterns(light, 2),
        _contrasts(light),
        _sharpness(light),
        _noise(rgb),
    ]
    return np.concatenate(parts).astype(np.float32)


def _moments(lab: Float32) -> NDArray[np.float64]:
    values = lab.reshape(-1, 3).astype(np.float64)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    # The skewness of a plane without spread is that of its rounding: none.
    skewness = np.mean((values - mean) ** 3, axis=0) / np.maximum(spread, 1.0) ** 3
    units = np.array([50.0, 25.0, 25.0])
    return np.concatenate([mean / units, spread / units, skewness])


def _shares(plane: Float32, bins: int, low: float, high: float) -> NDArray[np.float64]:
    counts = np.histogram(np.clip(plane, low, high), bins=bins, range=(low, high))[0]
    return np.sqrt(counts / plane.size)


def _gradient(light: Float32) -> tuple[Float32, Float32]:
    return cv2.Sobel(light, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(light, cv2.CV_32F, 0, 1, scale=1 / 8)


def _directions(light: Float32) -> NDArray[np.float64]:
    across, down = _gradient(light)
    strength = np.hypot(across, down).astype(np.float64)
    direction = (np.arctan2(down, across) / np.pi * _DIRECTIONS).astype(np.float64) % _DIRECTIONS
    lower = np.floor(direction).astype(np.int64)
    weight = direction - lower
    half = SIDE // 2
    parts = []
    for rows in (slice(0, half), slice(half, SIDE)):
        for columns in (slice(0, half), slice(half, SIDE)):
            cell = (rows, columns)
            # Each gradient is shared between its two nearest directions, so that a small turn changes little.
            near, far = lower[cell] % _DIRECTIONS, (lower[cell] + 1) % _DIRECTIONS
            low = np.bincount(near.ravel(), ((1 - weight) * strength)[cell].ravel(), _DIRECTIONS)
            high = np.bincount(far.ravel(), (weight * strength)[cell].ravel(), _DIRECTIONS)
            total = low + high
            parts.append(np.sqrt(total / (total.sum() + 1e-3)))
    return np.concatenate(parts)


def _spectrum(light: Float32) -> NDArray[np.float64]:
    window = np.hanning(SIDE)
    tapered = (light - light.mean()) * window[:, None] * window[None, :]
    power = np.abs(np.fft.fft2(tapered.astype(np.float64))) ** 2 / (window**2).sum() ** 2
    frequency = np.fft.fftfreq(SIDE)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    edges = np.geomspace(2 / SIDE, 0.5, _RINGS + 1)
    rings = [power[(radius >= low) & (radius < high)].mean() for low, high in pairwise(edges)]
    bands = np.log10(np.array(rings) + 1e-4)
    slope = np.polyfit(np.log10(np.sqrt(edges[:-1] * edges[1:])), bands, 1)[0]
    return np.append(bands, slope)


def _patterns(light: Float32, radius: int) -> NDArray[np.float64]:
    plane = light[radius:-radius, radius:-radius]
    bits = []
    for step in range(8):
        angle = 2 * np.pi * step / 8
        shift = np.array([[1, 0, radius * np.cos(angle)], [0, 1, radius * np.sin(angle)]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(light, shift, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
        # A tenth of a unit of L is below what 8 bits hold: a blank wall gives one pattern, not noise.
        bits.append(moved[radius:-radius, radius:-radius] >= plane - 0.1)
    ring = np.stack(bits)
    changes = (ring != np.roll(ring, 1, axis=0)).sum(axis=0)
    pattern = np.where(changes <= 2, ring.sum(axis=0), 9)
    return np.asarray(np.sqrt(np.bincount(pattern.ravel(), minlength=10) / pattern.size))


def _contrasts(light: Float32) -> NDArray[np.float64]:
    mean = cv2.blur(light, (7, 7))
    spread = np.sqrt(np.maximum(cv2.blur(light * light, (7, 7)) - mean * mean, 0))
    return np.asarray(np.log10(1 + np.percentile(spread, (10, 25, 50, 75, 90))))


def _sharpness(light: Float32) -> NDArray[np.float64]:
    across, down = _gradient(light)
    laplacian = float(cv2.Laplacian(light, cv2.CV_32F).var())
    return np.asarray(np.log10(np.array([laplacian + 1e-2, float(np.hypot(across, down).mean()) + 1e-2])))


def _noise(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float64)
    # The diagonal detail of the finest Haar wavelet holds little but noise (D. Donoho and I. Johnstone, 1994).
    diagonal = (planes[::2, ::2] - planes[1::2, ::2] - planes[::2, 1::2] + planes[1::2, 1::2]) / 2
    return np.asarray(np.log10(0.1 + _MAD_TO_STD * np.median(np.abs(diagonal), axis=(0, 1))))
