"""The daylight of Preetham, Shirley and Smits (1999): luminance and colour of a clear sky, and of the sun in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import Image
from synthvision.library.procedural.skies.directions import rgb_from_xyy

__all__ = ["clear_sky_rgb", "sun_illuminance_rgb", "zenith_luminance"]

# Coefficients A to E of the distribution, each (slope, offset) in turbidity.
_LUMINANCE = ((0.1787, -1.4630), (-0.3554, 0.4275), (-0.0227, 5.3251), (0.1206, -2.5771), (-0.0670, 0.3703))
_CHROMA_X = ((-0.0193, -0.2592), (-0.0665, 0.0008), (-0.0004, 0.2125), (-0.0641, -0.8989), (-0.0033, 0.0452))
_CHROMA_Y = ((-0.0167, -0.2608), (-0.0950, 0.0092), (-0.0079, 0.2102), (-0.0441, -1.6537), (-0.0109, 0.0529))

# Zenith chromaticity: cubic in the sun's zenith angle for turbidity squared, turbidity and one.
_ZENITH_X = (
    (0.00166, -0.00375, 0.00209, 0.0),
    (-0.02903, 0.06377, -0.03202, 0.00394),
    (0.11693, -0.21196, 0.06052, 0.25886),
)
_ZENITH_Y = (
    (0.00275, -0.00610, 0.00317, 0.0),
    (-0.04214, 0.08970, -0.04153, 0.00516),
    (0.15346, -0.26756, 0.06670, 0.26688),
)

# Illuminance of the sun outside the atmosphere on the three primaries, kilolux each with luminance weights taken out.
_SUN_OUTSIDE_KLX = 133.0
_WAVELENGTHS_UM = np.array([0.610, 0.550, 0.465])


@dataclass(frozen=True, slots=True)
class _Distribution:
    """Perez' function with its value at the zenith: F(theta, gamma) / F(0, theta_sun) * zenith."""

    a: float
    b: float
    c: float
    d: float
    e: float
    zenith: float

    def at(self, cos_theta: Image, gamma: Image, cos_gamma: Image, sun_theta: float) -> Image:
        """Value at each direction, from the cosine of its zenith angle and its angle to the sun."""
        shape = (1.0 + self.a * np.exp(self.b / cos_theta)) * (
            1.0 + self.c * np.exp(self.d * gamma) + self.e * cos_gamma * cos_gamma
        )
        zenith = (1.0 + self.a * math.exp(self.b)) * (
            1.0 + self.c * math.exp(self.d * sun_theta) + self.e * math.cos(sun_theta) ** 2
        )
        return np.asarray(np.float32(self.zenith / zenith) * shape, np.float32)


def zenith_luminance(turbidity: float, sun_elevation_rad: float) -> float:
    """Return the luminance of the zenith in kcd/m2."""
    theta = math.pi / 2 - sun_elevation_rad
    chi = (4.0 / 9.0 - turbidity / 120.0) * (math.pi - 2.0 * theta)
    return (4.0453 * turbidity - 4.9710) * math.tan(chi) - 0.2155 * turbidity + 2.4192


def clear_sky_rgb(
    x: Image, y: Image, z: Image, sun_xyz: tuple[float, float, float], turbidity: float
) -> NDArray[np.float32]:
    """Return the radiance of a clear sky without the sun's disc.

    Args:
        x: float32 (...), east component of unit directions.
        y: float32 (...), north component.
        z: float32 (...), up component; directions under the horizon take the horizon's light.
        sun_xyz: Unit vector towards the sun, above the horizon.
        turbidity: 2 (very clear) to 10 (hazy).

    Returns:
        float32 (..., 3), linear sRGB in kcd/m2.
    """
    sun_theta = math.acos(min(max(sun_xyz[2], -1.0), 1.0))
    # The model has a pole at the horizon; half a degree above it is as near as it can be trusted.
    cos_theta = np.maximum(z, np.float32(0.009))
    cos_gamma = np.clip(x * np.float32(sun_xyz[0]) + y * np.float32(sun_xyz[1]) + z * np.float32(sun_xyz[2]), -1.0, 1.0)
    gamma = np.arccos(cos_gamma)
    powers = np.array([sun_theta**3, sun_theta**2, sun_theta, 1.0])
    steps = np.array([turbidity**2, turbidity, 1.0])
    zeniths = (
        float(steps @ np.array(_ZENITH_X) @ powers),
        float(steps @ np.array(_ZENITH_Y) @ powers),
        max(zenith_luminance(turbidity, math.pi / 2 - sun_theta), 0.05),
    )
    images = []
    for table, zenith in zip((_CHROMA_X, _CHROMA_Y, _LUMINANCE), zeniths, strict=True):
        a, b, c, d, e = (slope * turbidity + offset for slope, offset in table)
        images.append(_Distribution(a, b, c, d, e, zenith).at(cos_theta, gamma, cos_gamma, sun_theta))
    chroma_x, chroma_y, luminance = images
    return rgb_from_xyy(chroma_x, chroma_y, np.maximum(luminance, 0.0))


def sun_illuminance_rgb(sun_elevation_rad: float, turbidity: float) -> NDArray[np.float64]:
    """Return what the sun alone gives on a surface that faces it: linear sRGB, kilolux per primary, (3,)."""
    zenith_deg = 90.0 - math.degrees(sun_elevation_rad)
    mass = 1.0 / (max(math.sin(sun_elevation_rad), 0.0) + 0.15 * max(93.885 - zenith_deg, 0.05) ** -1.253)
    rayleigh = np.exp(-0.008735 * mass * _WAVELENGTHS_UM**-4.08)
    haze = np.exp(-(0.04608 * turbidity - 0.04586) * mass * _WAVELENGTHS_UM**-1.3)
    ozone = np.exp(-0.35 * mass * np.array([0.118, 0.085, 0.009]))
    return np.asarray(_SUN_OUTSIDE_KLX * rayleigh * haze * ozone, np.float64)
