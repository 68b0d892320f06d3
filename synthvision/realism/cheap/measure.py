"""What the camera behind real photos does to them: blur, noise, compression, white balance.

The figures go into a picture (`synthvision.realism.cheap.sensor`), or, better, into the camera of a scene file, where
light, noise and lens are computed before the picture is one: `camera_settings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_json
from synthvision.features.photos import Photos
from synthvision.features.resizing import resize_picture
from synthvision.realism.cheap.compression import file_quality, pixel_quality
from synthvision.realism.cheap.noise import LEVELS, NoiseCurve, pooled_noise
from synthvision.realism.cheap.sharpness import edge_variance
from synthvision.realism.cheap.white_balance import MIRED_SLOPE, measure_tint

__all__ = ["PhotoMeasure", "PhotosMeasure", "camera_settings", "measure_photos"]

Float = NDArray[np.float64]

#: Luma weights: noise of three channels that have the same shows in luma with this share.
_LUMA_OF_CHANNEL = float(np.sqrt(0.299**2 + 0.587**2 + 0.114**2))
#: Bounds of the sensor's keys in a scene file.
_FULL_WELL = (100.0, 1e6)
_BASE_ISO, _MAX_ISO = 1e5, 1e7


@dataclass(frozen=True, slots=True)
class PhotoMeasure:
    """What one photo tells.

    Args:
        edge_variance: Squared blur of its sharpest edges in pixels, below 0 where it is sharpened; None without edges.
        jpeg_quality: 1..100; None where it is not compressed, or was scaled.
        tint: ln(red / green) and ln(blue / green) of the light on it; None where it is clipped all over.
    """

    edge_variance: float | None
    jpeg_quality: int | None
    tint: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class PhotosMeasure:
    """What a set of photos tells.

    Args:
        photos: Each alone, in order.
        noise: Noise by brightness, of all together.
    """

    photos: tuple[PhotoMeasure, ...]
    noise: NoiseCurve

    def digest(self) -> str:
        """Return the SHA-256 of the figures, rounded, as 64 digits."""
        curves = [
            np.round(np.nan_to_num(part, nan=-1.0), 3).tolist() for part in (self.noise.fine_lc, self.noise.coarse_lc)
        ]
        each = [
            [
                None if photo.edge_variance is None else round(photo.edge_variance, 3),
                photo.jpeg_quality,
                None if photo.tint is None else [round(value, 3) for value in photo.tint],
            ]
            for photo in self.photos
        ]
        return hash_json([curves, each])


def measure_photos(photos: Photos, *, longer_side_px: int | None = None) -> PhotosMeasure:
    """Return what the camera behind photos does to them. One photo is in memory at a time.

    Args:
        photos: The photos.
        longer_side_px: They are brought to this longer side first; left at their size where None. Their JPEG quality is
            then not known, since blocks of a scaled picture are gone.

    Raises:
        UsageError: A photo cannot be read.
    """
    measured: list[PhotoMeasure] = []

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for index, path in enumerate(photos.paths):
            rgb = photos.load(index)
            quality = None
            if longer_side_px is None:
                try:
                    quality = file_quality(path)
                except OSError as error:
                    raise UsageError(f"{path}: every photo must be readable, and this one is not: {error}") from error
                if quality is None:
                    quality = pixel_quality(rgb)
            elif max(rgb.shape[:2]) != longer_side_px:
                scale = longer_side_px / max(rgb.shape[:2])
                rgb = resize_picture(rgb, (max(round(rgb.shape[1] * scale), 1), max(round(rgb.shape[0] * scale), 1)))
            measured.append(PhotoMeasure(edge_variance(rgb), quality, measure_tint(rgb)))
            yield rgb

    noise = pooled_noise(pictures())
    return PhotosMeasure(tuple(measured), noise)


def camera_settings(photos: Photos, *, longer_side_px: int | None = None) -> dict[str, Any]:
    """Return the keys of a scene file with which its camera does to renders what the photos' camera did to them.

    Blur, compression and white balance come as distributions over the photos (their 10 to 90 %). Noise comes as a
    sensor that has no other flaw and uses all its gain at once, so that noise is the measured one whatever the light:
    it is fitted as shot and read noise behind a linear tone curve, and a filmic one makes it weaker in the highlights.
    Keys of which the photos tell nothing are left out. The tint holds what is shown as well as how it is lit.

    Args:
        photos: The photos, best of the size of the renders.
        longer_side_px: They are brought to this longer side first, which leaves the compression out.

    Returns:
        Values by key path of the scene file, as they would stand in YAML, e.g. ``camera.optics.blur_px``.

    Raises:
        UsageError: A photo cannot be read.
    """
    measure = measure_photos(photos, longer_side_px=longer_side_px)
    settings: dict[str, Any] = {}
    blurs = [np.sqrt(max(p.edge_variance, 0.0)) for p in measure.photos if p.edge_variance is not None]
    if blurs:
        settings["camera.optics.blur_px"] = _spread(np.array(blurs))
    if measure.noise.known:
        full_well, read_noise = _sensor(measure.noise)
        settings["camera.sensor.full_well_e"] = full_well
        settings["camera.sensor.read_noise_e"] = read_noise
        settings["camera.sensor.base_iso"] = _BASE_ISO
        settings["camera.sensor.max_iso"] = _MAX_ISO
        settings["camera.sensor.bayer"] = None
        for key in ("low_pass_px", "dark_current_e_s", "prnu", "dsnu_e", "denoise", "sharpening"):
            settings[f"camera.sensor.{key}"] = 0.0
    qualities = np.array([p.jpeg_quality for p in measure.photos if p.jpeg_quality is not None])
    if len(qualities):
        low, high = (int(value) for value in np.round(np.quantile(qualities, (0.1, 0.9))))
        settings["camera.sensor.jpeg_quality"] = low if low == high else {"uniform_int": [low, high]}
    tints = np.array([p.tint for p in measure.photos if p.tint is not None])
    if len(tints):
        mired = (tints[:, 0] - tints[:, 1]) / MIRED_SLOPE
        low, middle, high = np.quantile(mired, (0.16, 0.5, 0.84))
        settings["exposure.white_balance.adaptation"] = 1.0
        # The spread of the pictures' colours is in it: a camera's own errors are smaller.
        settings["exposure.white_balance.error_mired"] = {
            "normal": {"mean": round(float(middle), 1), "std": round(float(high - low) / 2, 1)}
        }
    return settings


def _spread(values: Float) -> Any:
    low, high = (round(float(value), 2) for value in np.quantile(values, (0.1, 0.9)))
    return low if low == high else {"uniform": [low, high]}


def _sensor(noise: NoiseCurve) -> tuple[float, float]:
    """Return full well and read noise, in electrons, of a sensor with that noise behind a linear tone curve."""
    known = np.isfinite(noise.fine_lc[:, 0])
    # White noise that has as much variance in both details together: 1 + 1/4 of its own.
    luma = np.sqrt((noise.fine_lc[known, 0] ** 2 + noise.coarse_lc[known, 0] ** 2) / 1.25)
    encoded = LEVELS[known] / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    slope = np.where(linear <= 0.0031308, 12.92, 1.055 / 2.4 * np.maximum(linear, 1e-6) ** (1 / 2.4 - 1)) * 255
    variance = (luma / _LUMA_OF_CHANNEL / slope) ** 2
    # Variance of light x, 1 being white: x / full well + (read noise / full well)^2.
    weight = 1 / np.maximum(variance, 0.2 * float(np.median(variance)) + 1e-10)
    shot, read = nnls(np.column_stack([linear, np.ones_like(linear)]) * weight[:, None], variance * weight)[0]
    full_well = float(np.clip(1 / max(float(shot), 1e-9), *_FULL_WELL))
    return round(full_well, 0), round(float(np.sqrt(read)) * full_well, 2)
