"""Equirectangular directions, and light of a given colour: what all environment maps are made with.

The middle column looks along world +Y, columns run clockwise seen from above (towards +X), the top row is +Z.
Azimuth is measured the same way: 0 is +Y, 90 degrees is +X.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import EnvironmentMap
from synthvision.library.procedural.noise import Image

__all__ = [
    "LUMINANCE_RGB",
    "MAP_HEIGHT",
    "Directions",
    "add_disc",
    "blackbody_rgb",
    "direction_grid",
    "environment_map",
    "horizontal_illuminance",
    "lamp_rgb",
    "pixel_of_direction",
    "rgb_from_xyy",
    "sun_direction",
]

MAP_HEIGHT = 512
"""Rows of a finished map; there are twice as many columns."""

LUMINANCE_RGB = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Luminance of the linear sRGB primaries."""

_RGB_FROM_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Unit vectors of the pixel centres of a map, each float32 (height, 2 * height), and their solid angle.

    Args:
        x: East.
        y: North: the middle column.
        z: Up.
        solid_angle: float32 (height, 1), steradians of a pixel of each row.
    """

    x: Image
    y: Image
    z: Image
    solid_angle: Image


@lru_cache(maxsize=1)
def direction_grid(height: int = MAP_HEIGHT) -> Directions:
    """Return the directions of all pixels of a map of `height` rows. The arrays are read-only."""
    width = 2 * height
    azimuth = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    elevation = np.pi / 2 - (np.arange(height) + 0.5) / height * np.pi
    level = np.cos(elevation)[:, None]
    x = (level * np.sin(azimuth)).astype(np.float32)
    y = (level * np.cos(azimuth)).astype(np.float32)
    z = np.repeat(np.sin(elevation)[:, None], width, axis=1).astype(np.float32)
    edges = np.sin(np.pi / 2 - np.arange(height + 1) / height * np.pi)
    solid_angle = ((edges[:-1] - edges[1:]) * 2 * np.pi / width).astype(np.float32)[:, None]
    for array in (x, y, z, solid_angle):
        array.flags.writeable = False
    return Directions(x, y, z, solid_angle)


def sun_direction(elevation_deg: float, azimuth_deg: float) -> tuple[float, float, float]:
    """Return the unit vector towards a sun: what a `SunLight` needs to agree with a sky of the same parameters.

    Example:
        >>> [round(value, 3) for value in sun_direction(0.0, 90.0)]
        [1.0, 0.0, 0.0]
    """
    elevation, azimuth = math.radians(elevation_deg), math.radians(azimuth_deg)
    level = math.cos(elevation)
    return level * math.sin(azimuth), level * math.cos(azimuth), math.sin(elevation)


def pixel_of_direction(direction_xyz: tuple[float, float, float], height: int = MAP_HEIGHT) -> tuple[float, float]:
    """Return row and column (fractions count, pixel centres at .5) at which a map shows a direction.

    Example:
        >>> pixel_of_direction((0.0, 1.0, 0.0), 256)
        (128.0, 256.0)
    """
    x, y, z = direction_xyz
    elevation = math.atan2(z, math.hypot(x, y))
    return (0.5 - elevation / math.pi) * height, (0.5 + math.atan2(x, y) / (2 * math.pi)) * 2 * height


def environment_map(radiance_hwc: NDArray[np.float32], skyline_3w: NDArray[np.float32] | None = None) -> EnvironmentMap:
    """Return a map under the key of its content; negative values, which no light has, are cut off.

    Args:
        radiance_hwc: float32 (height, width, 3).
        skyline_3w: How high things on the horizon reach, see `EnvironmentMap`; None where all is endlessly far away.
    """
    radiance = np.ascontiguousarray(np.maximum(radiance_hwc, 0.0), np.float32)
    digest = hashlib.blake2b(radiance.data, digest_size=16, person=b"synthvision")
    return EnvironmentMap(f"procedural/{digest.hexdigest()}", radiance, skyline_3w)


def horizontal_illuminance(radiance_hwc: NDArray[np.float32]) -> float:
    """Return the illuminance on a level surface from the upper half of a map, in pi times its luminance unit."""
    height = radiance_hwc.shape[0]
    grid = direction_grid(height)
    upper = np.s_[: height // 2]
    luminance = radiance_hwc[upper] @ LUMINANCE_RGB
    return float(np.sum(luminance * grid.z[upper] * grid.solid_angle[upper], dtype=np.float64))


def add_disc(
    radiance_hwc: NDArray[np.float32],
    direction_xyz: tuple[float, float, float],
    radius_rad: float,
    rgb: NDArray[np.floating] | tuple[float, float, float],
    glow: float = 0.0,
) -> None:
    """Add a small round light to a map, in place.

    Args:
        radiance_hwc: float32 (height, 2 * height, 3).
        direction_xyz: Unit vector to its centre.
        radius_rad: Angular radius; a disc smaller than a pixel is drawn at pixel size with the same total light.
        rgb: Radiance to add inside.
        glow: Radiance around it, as a share of `rgb`, that falls off over ten radii.
    """
    height = radiance_hwc.shape[0]
    grid = direction_grid(height)
    pixel = math.pi / height
    drawn = max(radius_rad, 0.85 * pixel)
    reach = (10.0 * drawn if glow > 0 else drawn) + 2 * pixel
    row, column = pixel_of_direction(direction_xyz, height)
    level = max(math.hypot(direction_xyz[0], direction_xyz[1]) - math.sin(min(reach, 1.5)), 0.05)
    rows = np.arange(max(int(row - reach / pixel), 0), min(int(row + reach / pixel) + 2, height))
    half = min(int(reach / pixel / level) + 2, height - 1)
    columns = np.arange(int(column) - half, int(column) + half + 1) % (2 * height)
    window = np.ix_(rows, columns)
    cosine = sum(axis[window] * part for axis, part in zip((grid.x, grid.y, grid.z), direction_xyz, strict=True))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    share = np.clip((drawn - angle) / pixel + 0.5, 0.0, 1.0)
    # However the pixels fall, the disc sends what its size and radiance say.
    share = share * (math.pi * radius_rad**2 / float((share * grid.solid_angle[rows]).sum()))
    if glow > 0:
        share = share + glow / (1.0 + (angle / (1.6 * drawn)) ** 2) ** 2 * (angle < reach)
    radiance_hwc[window] += (share[..., None] * np.asarray(rgb, np.float32)).astype(np.float32)


def rgb_from_xyy(x: Image, y: Image, luminance: Image) -> NDArray[np.float32]:
    """Return linear sRGB (..., 3) of CIE chromaticities and luminance; colours outside the gamut are clipped at 0."""
    scale = luminance / np.maximum(y, np.float32(1e-4))
    x_big, z_big = x * scale, (1.0 - x - y) * scale
    channels = [
        np.float32(row[0]) * x_big + np.float32(row[1]) * luminance + np.float32(row[2]) * z_big
        for row in _RGB_FROM_XYZ
    ]
    return np.asarray(np.maximum(cv2.merge(channels), 0.0), np.float32)


def blackbody_rgb(temperature_k: float) -> NDArray[np.float32]:
    """Return the linear sRGB colour of a black body (Kim's fit, 1667 to 25000 K), scaled to luminance 1."""
    t = 1e3 / min(max(temperature_k, 1667.0), 25000.0)
    if temperature_k < 4000.0:
        x = ((-0.2661239 * t - 0.2343589) * t + 0.8776956) * t + 0.179910
        y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
        if temperature_k < 2222.0:
            y = ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683
    else:
        x = ((-3.0258469 * t + 2.1070379) * t + 0.2226347) * t + 0.240390
        y = ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483
    rgb = np.maximum(_RGB_FROM_XYZ @ np.array([x / y, 1.0, (1 - x - y) / y]), 0.0)
    return np.asarray(rgb / (rgb @ LUMINANCE_RGB), np.float32)


def lamp_rgb(temperature_k: float, white_k: float = 4800.0) -> NDArray[np.float32]:
    """Return the colour of a lamp as a camera balanced for `white_k` shows it, scaled to luminance 1."""
    rgb = blackbody_rgb(temperature_k) / np.maximum(blackbody_rgb(white_k), 1e-3)
    return np.asarray(rgb / (rgb @ LUMINANCE_RGB), np.float32)
