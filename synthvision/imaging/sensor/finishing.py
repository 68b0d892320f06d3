"""What a camera does to a picture after its colours: noise reduction, sharpening, compression."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import RenderError
from synthvision.imaging.sensor.gain import SensorGain
from synthvision.imaging.tone import filmic_tone, srgb_from_linear
from synthvision.scene import Exposure, Sensor

__all__ = ["compress", "expected_noise", "reduce_noise", "sharpen"]

Float32 = NDArray[np.float32]

#: Standard deviations of the two blurs whose differences hold the fine and the coarse grain, in pixels.
_GRAIN_PX = (0.9, 2.2)
#: Share of the noise of raw pixels that is left in each of these differences, after demosaicing: measured on flat
#: fields, where the gradient-corrected kernels pass on most of the fine grain.
_GRAIN_SHARES = (0.75, 0.35)
#: Standard deviation of the blur that sharpening takes a picture's difference from.
_SHARPENING_PX = 1.1


def expected_noise(sensor: Sensor, exposure: Exposure, gain: SensorGain) -> Float32:
    """Return the standard deviation of the noise, in 8-bit levels, at each of the 256 levels of grey.

    Shot, dark and read noise of a pixel, through the slope of the tone curve.

    Args:
        sensor: The sensor.
        exposure: Its tone curve.
        gain: How it is set.
    """
    share = np.linspace(0.0, 1.0, 1025) ** 2
    exposed = share * gain.white_exposed
    toned = filmic_tone(np.repeat(exposed[:, None], 3, axis=1))[:, 0] if exposure.tone_curve == "filmic" else exposed
    level = srgb_from_linear(toned) * 255
    slope = np.gradient(level, exposed)
    electrons = share * gain.white_e
    noise_e = np.sqrt(electrons + gain.dark_e + sensor.read_noise_e**2)
    noise = slope * noise_e * gain.white_exposed / gain.white_e
    rising = np.concatenate([[True], np.diff(level) > 0])
    return np.asarray(np.interp(np.arange(256), level[rising], noise[rising]), np.float32)


def reduce_noise(rgb_hwc: NDArray[np.uint8], strength: float, noise: Float32) -> NDArray[np.uint8]:
    """Return a picture with less noise, and less fine texture where it is no stronger than the noise.

    Differences between the luma and two blurred copies of it are shrunk, each pixel's by a Wiener filter with the
    noise that the sensor is expected to have at its level; chroma, where the eye misses detail least, is treated
    in the same way with twice the threshold.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        strength: 0 to 1; 0 returns the picture untouched.
        noise: From `expected_noise`.
    """
    if strength == 0:
        return rgb_hwc
    luma, red, blue = cv2.split(cv2.cvtColor(rgb_hwc, cv2.COLOR_RGB2YCrCb))
    expected = cv2.LUT(cv2.GaussianBlur(luma, (0, 0), _GRAIN_PX[1]), noise)
    threshold = (2.0 * strength * expected) ** 2
    planes = [_shrink(luma, threshold), _shrink(red, 4 * threshold), _shrink(blue, 4 * threshold)]
    return np.asarray(cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2RGB), np.uint8)


def sharpen(rgb_hwc: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
    """Return a picture with its luma's difference from a blurred copy added once more (unsharp mask).

    Args:
        rgb_hwc: uint8 (height, width, 3).
        strength: Share of the difference that is added, 0 to 2; 0 returns the picture untouched.
    """
    if strength == 0:
        return rgb_hwc
    luma = cv2.cvtColor(rgb_hwc, cv2.COLOR_RGB2GRAY)
    # Twice the value in 16 bits, so that half levels of the difference survive.
    blurred = cv2.GaussianBlur(luma, (0, 0), _SHARPENING_PX)
    detail = cv2.subtract(luma, blurred, dtype=cv2.CV_16S)
    added = cv2.convertScaleAbs(np.abs(detail), alpha=strength)
    up = np.where(detail > 0, added, 0).astype(np.uint8)
    down = np.where(detail < 0, added, 0).astype(np.uint8)
    brighter = cv2.add(rgb_hwc, cv2.merge([up, up, up]))
    return np.asarray(cv2.subtract(brighter, cv2.merge([down, down, down])), np.uint8)


def compress(rgb_hwc: NDArray[np.uint8], quality: int | None) -> NDArray[np.uint8]:
    """Return a picture as it comes back from a JPEG file.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        quality: 1 to 100; None returns the picture untouched.

    Raises:
        RenderError: The encoder refuses the picture.
    """
    if quality is None:
        return rgb_hwc
    done, coded = cv2.imencode(".jpg", cv2.cvtColor(rgb_hwc, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RenderError(f"a picture of {rgb_hwc.shape} must be one that JPEG can hold, and was refused")
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _shrink(plane: NDArray[np.uint8], threshold: Float32) -> NDArray[np.uint8]:
    """Return a plane with the differences between its scales shrunk by d^2 / (d^2 + threshold)."""
    fine = plane.astype(np.float32)
    kept = np.zeros_like(fine)
    for sigma, share in zip(_GRAIN_PX, _GRAIN_SHARES, strict=True):
        coarse = cv2.GaussianBlur(fine, (0, 0), sigma)
        difference = fine - coarse
        square = difference * difference
        kept += difference * (square / (square + share**2 * threshold + np.float32(1e-6)))
        fine = coarse
    return np.asarray(cv2.convertScaleAbs(np.maximum(fine + kept, 0)), np.uint8)
