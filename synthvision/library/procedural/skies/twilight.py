"""The light of the air when the sun is low or below the horizon, by single scattering through a round atmosphere.

Preetham's formulas end where the sun touches the horizon. Here sunlight is followed from the top of the atmosphere to
each point of a line of sight, and from there to the eye (T. Nishita et al., *Display of the Earth Taking into Account
Atmospheric Scattering*, 1993), with ozone, which keeps the zenith of dusk blue (Hulburt 1953). The shadow of the Earth
and the band above it come out by themselves. Light scattered more than once is added as a share of the mean.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import Image

__all__ = ["twilight_rgb"]

_EARTH_KM = 6_360.0
_TOP_KM = 100.0
# At 610, 550 and 465 nm (the dominant wavelengths of the primaries), per kilometre at sea level: Nishita's value at
# 550 nm with the power -4.08, and ozone's Chappuis band, scaled to Bruneton's (2017) value at 550 nm.
_RAYLEIGH = np.array([0.0088, 0.0135, 0.0268])
_OZONE = np.array([0.0020, 0.00188, 0.0003])
_RAYLEIGH_KM, _HAZE_KM = 8.0, 1.2
_HAZE_PER_TURBIDITY = 0.0035
_HAZE_ALBEDO = 0.9
_ASYMMETRY = 0.76
# Sunlight outside the atmosphere on the three primaries, luminance 1.
_SUNLIGHT = np.array([1.02, 1.0, 0.93])
_ROWS, _COLUMNS, _STEPS = 44, 40, 36
_HEIGHTS, _ANGLES = 48, 96


def twilight_rgb(
    x: Image, y: Image, z: Image, sun_xyz: tuple[float, float, float], turbidity: float
) -> NDArray[np.float32]:
    """Return the radiance of a cloudless sky for a sun near or below the horizon, without the sun's disc.

    Args:
        x: float32 (height, width), east component of unit directions.
        y: float32, north component.
        z: float32, up component; directions under the horizon take the horizon's light.
        sun_xyz: Unit vector towards the sun.
        turbidity: 2 (very clear) to 10 (hazy).

    Returns:
        float32 (height, width, 3), linear sRGB; sunlight outside the atmosphere on a facing surface is 1 unit.
    """
    table = _table(math.asin(min(max(sun_xyz[2], -1.0), 1.0)), turbidity)
    flat = max(math.hypot(sun_xyz[0], sun_xyz[1]), 1e-6)
    level = np.sqrt(np.maximum(1.0 - z * z, np.float32(1e-6)))
    beside = np.clip((x * np.float32(sun_xyz[0]) + y * np.float32(sun_xyz[1])) / (flat * level), -1.0, 1.0)
    column = np.arccos(beside) * np.float32((_COLUMNS - 1) / math.pi)
    row = np.sqrt(np.arcsin(np.clip(z, 0.0, 1.0)) * np.float32(2 / math.pi)) * np.float32(_ROWS - 1)
    seen = cv2.remap(table, column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(seen, np.float32)


def _table(sun_elevation: float, turbidity: float) -> NDArray[np.float32]:
    """Radiance by elevation (square root spacing) and angle from the sun's azimuth, float32 (rows, columns, 3)."""
    haze = _HAZE_PER_TURBIDITY * max(turbidity - 1.0, 0.1)
    elevation = (np.linspace(0.0, 1.0, _ROWS) ** 2) * (math.pi / 2)
    elevation[0] = 0.002
    azimuth = np.linspace(0.0, math.pi, _COLUMNS)
    sine, cosine = np.sin(elevation), np.cos(elevation)
    # A point at 50 m: the lowest air counts.
    start = _EARTH_KM + 0.05
    reach = -start * sine + np.sqrt((start * sine) ** 2 + (_EARTH_KM + _TOP_KM) ** 2 - start**2)
    edges = np.linspace(0.0, 1.0, _STEPS + 1) ** 2
    middle = (edges[:-1] + edges[1:]) / 2
    distance = reach[:, None] * middle[None, :]
    length = reach[:, None] * np.diff(edges)[None, :]
    radius = np.sqrt(start**2 + distance**2 + 2 * start * distance * sine[:, None])
    height = np.maximum(radius - _EARTH_KM, 0.0)
    air, dust = np.exp(-height / _RAYLEIGH_KM), np.exp(-height / _HAZE_KM)
    ozone = np.maximum(1.0 - np.abs(height - 25.0) / 15.0, 0.0)

    def depth(column: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cumsum(column * length, axis=1) - column * length / 2

    to_eye = np.exp(
        -depth(air)[..., None] * _RAYLEIGH
        - depth(dust)[..., None] * haze / _HAZE_ALBEDO
        - depth(ozone)[..., None] * _OZONE
    )
    # Sun's zenith angle at each point of each line of sight: (rows, columns, steps).
    sun = np.array([math.cos(sun_elevation), math.sin(sun_elevation)])
    ahead = cosine[:, None, None] * np.cos(azimuth)[None, :, None] * sun[0]
    along = start * sun[1] + distance[:, None, :] * (ahead + (sine * sun[1])[:, None, None])
    mu = along / radius[:, None, :]
    arriving = _sunlight_at(np.broadcast_to(height[:, None, :], mu.shape), mu, haze)
    gamma = (ahead + (sine * sun[1])[:, None, None])[..., 0]
    rayleigh = 3.0 / (16.0 * math.pi) * (1.0 + gamma**2)
    forward = (1.0 - _ASYMMETRY**2) / (4 * math.pi * (1.0 + _ASYMMETRY**2 - 2.0 * _ASYMMETRY * gamma) ** 1.5)
    scattered = np.einsum("rs,rsk,rcsk->rck", air * length, to_eye, arriving) * _RAYLEIGH * rayleigh[..., None]
    scattered += np.einsum("rs,rsk,rcsk->rck", dust * length, to_eye, arriving) * haze * forward[..., None]
    scattered *= _SUNLIGHT
    # The deeper the dusk, the more of what is seen was scattered twice and more: softer, from everywhere, and in the
    # colour of the high air that lights the dark side.
    late = min(max(-math.degrees(sun_elevation) / 9.0, 0.0), 1.0)
    if late > 0:
        scattered = cv2.GaussianBlur(scattered, (0, 0), 0.2 + 5.0 * late, borderType=cv2.BORDER_REFLECT)
    weight = np.gradient(np.sin(elevation))[:, None, None]
    mean = (scattered * weight).sum(axis=(0, 1)) / (weight.sum() * _COLUMNS)
    high = scattered[_ROWS * 2 // 3 :].mean(axis=(0, 1))
    mean = mean * (1.0 - late) + late * high / max(float(high[1]), 1e-12) * mean[1]
    thick = 1.0 - np.exp(-(air * length).sum(axis=1)[:, None] * _RAYLEIGH - (dust * length).sum(axis=1)[:, None] * haze)
    return np.asarray(scattered + (0.6 + 0.6 * late) * (thick * mean)[:, None, :], np.float32)


def _sunlight_at(height: NDArray[np.float64], mu: NDArray[np.float64], haze: float) -> NDArray[np.float64]:
    """Share of the sunlight that reaches points by height (km) and cosine of the sun's zenith angle, (..., 3)."""
    heights = np.linspace(0.0, 1.0, _HEIGHTS) ** 2 * _TOP_KM
    angles = np.linspace(-0.35, 1.0, _ANGLES)
    radius = _EARTH_KM + heights[:, None]
    steps = (np.arange(48) + 0.5) / 48
    reach = -radius * angles + np.sqrt(np.maximum((radius * angles) ** 2 + (_EARTH_KM + _TOP_KM) ** 2 - radius**2, 0.0))
    edges = np.linspace(0.0, 1.0, 49)
    distance = reach[..., None] * steps
    along = np.sqrt(radius[..., None] ** 2 + distance**2 + 2 * radius[..., None] * distance * angles[None, :, None])
    above = along - _EARTH_KM
    step = reach[..., None] * np.diff(edges)
    air = (np.exp(-np.maximum(above, 0.0) / _RAYLEIGH_KM) * step).sum(axis=-1)
    dust = (np.exp(-np.maximum(above, 0.0) / _HAZE_KM) * step).sum(axis=-1)
    ozone = (np.maximum(1.0 - np.abs(above - 25.0) / 15.0, 0.0) * step).sum(axis=-1)
    through = np.exp(-air[..., None] * _RAYLEIGH - dust[..., None] * haze / _HAZE_ALBEDO - ozone[..., None] * _OZONE)
    # The Earth's shadow, as soft as the sun is wide.
    horizon = -np.sqrt(np.maximum(1.0 - (_EARTH_KM / radius) ** 2, 0.0))
    lit = np.clip((angles[None, :] - horizon) / 0.0093 + 0.5, 0.0, 1.0)
    table = (through * lit[..., None]).astype(np.float32)
    row = np.sqrt(np.clip(height / _TOP_KM, 0.0, 1.0)) * (_HEIGHTS - 1)
    column = np.clip((mu + 0.35) / 1.35, 0.0, 1.0) * (_ANGLES - 1)
    shape = mu.shape
    flat = cv2.remap(
        table,
        column.reshape(shape[0], -1).astype(np.float32),
        row.reshape(shape[0], -1).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    return np.asarray(flat, np.float64).reshape(*shape, 3)
