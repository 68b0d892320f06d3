"""Open-air maps: a sky above, ground below, and hills, trees or houses along the horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import Image, fbm, smoothstep
from synthvision.library.procedural.skies.directions import LUMINANCE_RGB, Directions

__all__ = [
    "ALL_GROUNDS",
    "GROUND_KINDS",
    "HORIZON_KINDS",
    "cloud_layer",
    "ground_albedo",
    "paint_ground",
    "paint_horizon",
]

Rgb = tuple[float, float, float]

# Linear albedo and contrast of the ground.
GROUND_KINDS: Mapping[str, tuple[Rgb, float]] = {
    "grass": ((0.080, 0.108, 0.040), 0.22),
    "asphalt": ((0.095, 0.093, 0.090), 0.10),
    "field": ((0.190, 0.145, 0.085), 0.25),
    "paving": ((0.300, 0.290, 0.270), 0.12),
    "sand": ((0.360, 0.285, 0.190), 0.14),
}
# With those that only weather brings.
ALL_GROUNDS: Mapping[str, tuple[Rgb, float]] = {**GROUND_KINDS, "snow": ((0.800, 0.815, 0.840), 0.05)}

HORIZON_KINDS = ("open", "trees", "houses", "town")


def ground_albedo(kind: str) -> float:
    """Return the share of light that a kind of ground reflects, one of `ALL_GROUNDS`."""
    return float(np.dot(ALL_GROUNDS[kind][0], LUMINANCE_RGB))


def paint_ground(
    rng: np.random.Generator,
    radiance_hwc: NDArray[np.float32],
    grid: Directions,
    kind: str,
    illuminance_rgb: Any,
    albedo_share: float | None = None,
) -> None:
    """Fill the lower half of a map with sunlit ground seen from 1.6 m, in place.

    Args:
        rng: Generator to draw from.
        radiance_hwc: float32 (height, 2 * height, 3); its upper half is left alone.
        grid: Directions of its pixels.
        kind: One of `ALL_GROUNDS`.
        illuminance_rgb: (3,), on level ground, in the map's unit times pi / luminance.
        albedo_share: Share of light that it reflects, 0..1; None for its own.
    """
    own, contrast = ALL_GROUNDS[kind]
    scale: float = 1.0 if albedo_share is None else albedo_share / ground_albedo(kind)
    albedo = tuple(channel * scale for channel in own)
    half = radiance_hwc.shape[0] // 2
    down = np.maximum(-grid.z[half:], np.float32(1e-4))
    reach = np.float32(1.6) / down
    east, north = grid.x[half:] * reach, grid.y[half:] * reach
    near, far = fbm(rng, (256, 256), (8, 8), 6, 0.7), fbm(rng, (256, 256), (4, 4), 5, 0.6)
    pattern = np.zeros_like(down)
    # Small and large spots, each fading where its size falls under a pixel.
    for texture, metres, weight in ((near, 1.4, 0.75), (near, 7.0, 0.55), (far, 50.0, 0.6)):
        per_metre = np.float32(256 / metres)
        sampled = cv2.remap(
            texture, east * per_metre % 256, north * per_metre % 256, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        )
        pattern += weight * sampled * np.exp(-reach / np.float32(5.0 * metres))
    tone = np.maximum(1.0 + contrast * pattern, 0.25)
    colour = np.asarray(albedo, np.float32) * np.asarray(illuminance_rgb, np.float32) * np.float32(1 / np.pi)
    radiance_hwc[half:] = tone[..., None] * colour


def paint_horizon(
    rng: np.random.Generator,
    radiance_hwc: NDArray[np.float32],
    grid: Directions,
    kind: str,
    light_rgb: Any,
    sun_xyz: tuple[float, float, float] | None = None,
    lit_windows: float = 0.0,
) -> NDArray[np.float32]:
    """Draw what stands along the horizon, in place, from far hills to near trees or houses; return how high it is.

    Args:
        rng: Generator to draw from.
        radiance_hwc: float32 (height, 2 * height, 3).
        grid: Directions of its pixels.
        kind: One of `HORIZON_KINDS`.
        light_rgb: (3,), radiance of a white wall that faces the light.
        sun_xyz: Towards the sun, so that things under it are seen from their shadow side; None for even light.
        lit_windows: Share of the windows of houses that shine.

    Returns:
        float32 (3, 2 * height), sine of the elevation of the near, the middle and the far skyline; -1 for none. Their
        distances are `SKYLINE_M`, by where their feet stand on ground seen from 1.6 m.
    """
    height, width = radiance_hwc.shape[:2]
    pixel = math.pi / height
    rows = np.s_[height // 2 - int(0.42 / pixel) : height // 2 + int(0.05 / pixel) + 1]
    elevation = np.arcsin(grid.z[rows][:, :1])
    light = np.asarray(light_rgb, np.float32)
    azimuth = ((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5) * np.float32(2 * np.pi)
    front = np.ones(width, np.float32) * 0.75
    if sun_xyz is not None:
        # Seen with the sun behind us things are bright, against it they are dark.
        front = np.asarray(0.62 - 0.38 * np.cos(azimuth - math.atan2(sun_xyz[0], sun_xyz[1])), np.float32)
    haze = radiance_hwc[height // 2 - int(0.06 / pixel) - 1].copy()
    band = radiance_hwc[rows]

    def cover(top: Image, colour: NDArray[np.float32], away: float, foot: float) -> None:
        # `away` is the share of the colour that the air takes and replaces with the horizon's.
        soft = np.clip((top[None, :] - elevation) / np.float32(pixel) + 0.5, 0.0, 1.0)[..., None]
        soft *= np.clip((elevation - np.float32(foot)) / np.float32(pixel) + 0.5, 0.0, 1.0)[..., None]
        through = colour * (1.0 - away) + haze[None] * away
        band[...] += (through - band) * soft

    hills = 0.012 + 0.016 * np.maximum(_profile(rng, width, 7, 5), -0.6)
    cover(hills.astype(np.float32), light * np.float32(0.055) * front[None, :, None], 0.62, 0.0)
    tops = np.full((3, width), -1.0, np.float32)
    tops[2] = hills
    if kind == "open":
        return _as_sine(tops)
    green = np.array([0.045, 0.068, 0.022], np.float32)
    texture = 1.0 + 0.45 * fbm(rng, (band.shape[0], width), (max(band.shape[0] // 6, 2), 170), 3, 0.7)
    share = {"trees": 1.0, "houses": 0.55, "town": 0.2}[kind]
    for distance, size, foot, tier in ((0.18, 0.055, -0.004, 1), (0.0, 0.115, -0.014, 0)):
        if foot < -0.01 and kind in ("houses", "town"):
            tops[0] = _houses(rng, band, elevation, light, front, kind, lit_windows)
        clump = smoothstep(-0.9 + 1.6 * (1.0 - share), 0.9 + 1.6 * (1.0 - share), _profile(rng, width, 9, 4))
        crown = 0.6 + 0.35 * _profile(rng, width, 40, 5, 0.75)
        top = (size * clump * np.maximum(crown, 0.1)).astype(np.float32)
        cover(top - np.float32(0.004), green * light * (front[None, :] * texture)[..., None], distance, foot)
        # Lower than its foot nothing is to be seen of it.
        tops[tier] = np.maximum(tops[tier], np.where(top - 0.004 > foot, top - 0.004, -1.0))
    return _as_sine(tops)


def _as_sine(tops: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.where(tops > -1.0, np.sin(tops), -1.0), np.float32)


def cloud_layer(
    rng: np.random.Generator,
    grid: Directions,
    cover: float,
    sun_xyz: tuple[float, float, float],
    scale: float = 1.0,
    stretch: float = 1.0,
    before_sun: bool | None = None,
) -> tuple[Image, Image]:
    """Return the clouds of the upper half of a map.

    Args:
        rng: Generator to draw from.
        grid: Directions of the map's pixels.
        cover: Share of the sky under clouds, 0..1.
        sun_xyz: Unit vector towards the sun: sides turned to it are lit.
        scale: Size of the clouds; 1 is a summer day's cumulus.
        stretch: More than 1 draws them out along east.
        before_sun: Whether a cloud stands before the sun; None leaves it to chance.

    Returns:
        Opacity 0..1 and lit share 0..1, both float32 (height / 2, 2 * height).
    """
    half = grid.z.shape[0] // 2
    size = 512
    field = fbm(rng, (size, size), (5, 5), 7, 0.56)
    level = float(np.quantile(field[::4, ::4], 1.0 - min(max(cover, 0.01), 0.99)))
    depth = np.maximum(field - np.float32(level - 0.10), 0.0)
    density = np.asarray(1.0 - np.exp(-3.2 * depth), np.float32)
    step = 9.0
    flat = max(math.hypot(sun_xyz[0], sun_xyz[1]), 1e-3)
    shifted = np.roll(
        cv2.GaussianBlur(density, (0, 0), 3.0, borderType=cv2.BORDER_REFLECT),
        (round(-step * sun_xyz[1] / flat), round(-step * sun_xyz[0] / flat)),
        axis=(0, 1),
    )
    # Thin cloud lets light through, thick cloud is grey underneath; sides turned to the sun are bright.
    lit = np.clip(0.16 + 0.74 * np.exp(-0.62 * depth) + 0.55 * (density - shifted), 0.0, 1.0).astype(np.float32)
    up = np.maximum(grid.z[:half], 0.0) + np.float32(0.055)
    spread = np.float32(size / (7.0 * scale))
    wide = spread / np.float32(stretch)
    shift_x = shift_y = np.float32(0.0)
    if before_sun is not None:
        # The layer is moved until its thickest or thinnest place lies before the sun.
        smooth = cv2.GaussianBlur(density, (0, 0), 6.0, borderType=cv2.BORDER_REFLECT)
        row, column = np.unravel_index(int(smooth.argmax() if before_sun else smooth.argmin()), smooth.shape)
        sun_up = np.float32(max(sun_xyz[2], 0.0) + 0.055)
        shift_x = np.float32(column) - np.float32(sun_xyz[0]) / sun_up * wide
        shift_y = np.float32(row) - np.float32(sun_xyz[1]) / sun_up * spread
    map_x = (grid.x[:half] / up * wide + shift_x) % size
    map_y = (grid.y[:half] / up * spread + shift_y) % size
    packed = cv2.remap(cv2.merge([density, lit]), map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    opacity, lit_sky = cv2.split(packed)
    return np.asarray(opacity, np.float32), np.asarray(lit_sky, np.float32)


def _profile(rng: np.random.Generator, width: int, cells: int, octaves: int, gain: float = 0.55) -> Image:
    """A closed skyline: noise along azimuth, float32 (width,), mean 0 and standard deviation about 1."""
    return np.asarray(fbm(rng, (4, width), (2, cells), octaves, gain)[1], np.float32)


def _houses(
    rng: np.random.Generator,
    band: NDArray[np.float32],
    elevation: Image,
    light: NDArray[np.float32],
    front: Image,
    kind: str,
    lit_windows: float,
) -> NDArray[np.float32]:
    """Blocks with windows and dark roofs, in place; return the elevation of their tops in each column, -1 for none."""
    width = band.shape[1]
    tops = np.full(width, -1.0, np.float32)
    pixel = float(elevation[0, 0] - elevation[1, 0])
    tall, low, gaps = (0.30, 0.06, 0.15) if kind == "town" else (0.085, 0.05, 0.45)
    column = int(rng.integers(0, width))
    end = column + width - 30
    while column < end:
        wide = int(rng.uniform(0.08, 0.26) / pixel)
        if rng.random() < gaps:
            column += wide // 2
            continue
        top = low + (tall - low) * float(rng.random()) ** 2
        columns = np.arange(column, min(column + wide, end + 30)) % width
        rows = np.flatnonzero((elevation[:, 0] < top) & (elevation[:, 0] > -0.012))
        column += wide
        if rows.size < 3:
            continue
        tops[columns] = top
        wall = np.array([0.34, 0.30, 0.26]) * rng.uniform(0.5, 1.45) * (1 + 0.045 * rng.standard_normal(3))
        facade = np.empty((rows.size, columns.size, 3), np.float32)
        facade[...] = np.maximum(wall, 0.05) * light * front[columns][None, :, None]
        floor, bay = max(int(0.024 / pixel), 3), max(int(rng.uniform(0.018, 0.03) / pixel), 3)
        in_row = (np.arange(rows.size) % floor >= max(floor // 3, 1))[:, None]
        in_bay = (np.arange(columns.size) % bay >= max(bay // 2, 1))[None, :]
        glass = in_row & in_bay
        cells = (np.arange(rows.size) // floor)[:, None] * 64 + (np.arange(columns.size) // bay)[None, :]
        shine = rng.random(int(cells.max()) + 1)
        dark = facade * 0.42 + light * 0.06 * rng.random()
        warm = np.array([1.0, 0.62, 0.27], np.float32) * light.mean()
        on = (shine < lit_windows)[cells] & glass
        facade = np.where(glass[..., None], dark, facade)
        if lit_windows > 0:
            facade[on] = warm * (0.8 + 3.5 * shine[cells][on] / lit_windows)[:, None]
        if kind == "houses":
            facade[: max(rows.size // 4, 1)] = np.array([0.10, 0.055, 0.04]) * light * front[columns][None, :, None]
        band[np.ix_(rows, columns)] = facade
    return tops
