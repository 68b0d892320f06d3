"""Plain measures of a picture that have a name: brightness, contrast, saturation, warmth, tint, sharpness, noise.

In contrast to `synthvision.features.statistics` each means something by itself, and is taken at the size given, so that
sharpness and noise are those of the camera.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.features.resizing import library_versions

__all__ = ["MEASURES", "MeasuresExtractor", "picture_measures"]

Float32 = NDArray[np.float32]

#: What is measured, with the unit, in the order of the vector.
MEASURES = {
    "brightness": "mean of CIE L, 0..100",
    "contrast": "standard deviation of CIE L",
    "saturation": "mean distance from grey in CIE a and b",
    "warmth": "mean of CIE b: yellow above 0, blue below",
    "tint": "mean of CIE a: red above 0, green below",
    "sharpness": "log10 of the variance of the Laplacian of L",
    "noise": "log10 of 0.1 + the robust deviation of the finest diagonal detail, in levels of 255",
}

_MAD_TO_STD = 1.4826


def picture_measures(rgb_hwc: NDArray[np.uint8]) -> Float32:
    """Return the measures of one picture, float32 (7,), finite; see `MEASURES`.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB, of any size from one pixel.
    """
    lab = cv2.cvtColor(rgb_hwc.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    light, a, b = (lab[..., channel] for channel in range(3))
    laplacian = float(cv2.Laplacian(np.ascontiguousarray(light), cv2.CV_32F).var())
    found = [
        float(light.mean()),
        float(light.std()),
        float(np.hypot(a, b).mean()),
        float(b.mean()),
        float(a.mean()),
        float(np.log10(laplacian + 1e-2)),
        _noise(rgb_hwc),
    ]
    return np.array(found, np.float32)


class MeasuresExtractor:
    """`picture_measures` as an extractor, so that they are kept in the cache like any features."""

    name = "measures"
    comparable = False
    identity = f"measures 1, {', '.join(MEASURES)}, {library_versions()}"

    def features(self, pictures: Iterable[NDArray[np.uint8]]) -> Float32:
        """Return the measures of pictures, float32 (n, 7).

        Raises:
            UsageError: There are no pictures.
        """
        found = [picture_measures(picture) for picture in pictures]
        if not found:
            raise UsageError("there must be at least one picture to take features of, got none")
        return np.stack(found)


def _noise(rgb_hwc: NDArray[np.uint8]) -> float:
    grey = cv2.cvtColor(rgb_hwc, cv2.COLOR_RGB2GRAY).astype(np.float64)
    grey = grey[: grey.shape[0] // 2 * 2, : grey.shape[1] // 2 * 2]
    if not grey.size:
        return -1.0
    # The diagonal detail of the finest Haar wavelet holds little but noise (D. Donoho and I. Johnstone, 1994).
    diagonal = (grey[::2, ::2] - grey[1::2, ::2] - grey[::2, 1::2] + grey[1::2, 1::2]) / 2
    # Of 8-bit levels the median alone would jump in steps; the mean of absolute values below four medians does not.
    size = np.abs(diagonal)
    kept = size[size <= max(4 * _MAD_TO_STD * float(np.median(size)), 1.0)]
    return float(np.log10(0.1 + float(kept.mean()) * np.sqrt(np.pi / 2)))
