"""Tint of a picture, taken as the colour that the light on it seems to have.

Shades of grey: G. Finlayson and E. Trezzi, "Shades of Gray and Colour Constancy", 2004: the sixth-power mean of linear
light. It holds what is shown as well as how it is lit: only the middle of many pictures speaks for a camera.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MIRED_SLOPE", "apply_tint", "measure_tint"]

#: How ln(red / blue) of white changes with the error of the white balance, per mired, near daylight (6,504 K, by the
#: chromaticity of daylight of CIE 15).
MIRED_SLOPE = 0.0103
_POWER = 6
_ENCODED = np.arange(256) / 255
_LINEAR = np.where(_ENCODED <= 0.04045, _ENCODED / 12.92, ((_ENCODED + 0.055) / 1.055) ** 2.4).astype(np.float32)
_POWERS = _LINEAR.astype(np.float64) ** _POWER


def measure_tint(rgb_hwc: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Return ln(red / green) and ln(blue / green) of the light on a picture; None where nearly all of it is clipped.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
    """
    planes = [rgb_hwc[..., channel] for channel in range(3)]
    brightest = np.maximum(np.maximum(planes[0], planes[1]), planes[2])
    usable = (brightest < 250) & (brightest > 10)
    count = int(usable.sum())
    if count < max(64, usable.size // 100):
        return None
    sums = [np.bincount(plane[usable], minlength=256) @ _POWERS for plane in planes]
    red, green, blue = np.maximum((np.array(sums) / count) ** (1 / _POWER), 1e-6)
    return float(np.log(red / green)), float(np.log(blue / green))


def apply_tint(rgb_hwc: NDArray[np.uint8], tint: tuple[float, float]) -> NDArray[np.uint8]:
    """Return a picture whose red and blue are multiplied by exp(tint) in linear light, at the same luminance of white.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        tint: ln of the gains of red and blue over that of green.
    """
    gains = np.array([np.exp(tint[0]), 1.0, np.exp(tint[1])])
    gains /= gains @ np.array([0.2126, 0.7152, 0.0722])
    # One table a channel: a gain acts on each value alone.
    table = np.empty((256, 3), np.uint8)
    for channel in range(3):
        linear = np.clip(_LINEAR * gains[channel], 0, 1)
        encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        table[:, channel] = np.rint(encoded * 255)
    return np.stack([table[:, channel][rgb_hwc[..., channel]] for channel in range(3)], axis=2)
