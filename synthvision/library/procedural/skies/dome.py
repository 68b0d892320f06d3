"""The sky of any hour and weather as one map: by day, at dusk, at night, clear to overcast, in haze or fog.

The sun stands over the middle column (+Y); neither its light nor its disc is in the map, so that a `SunLight` beside it
gives it once and the camera draws the disc as sharp and as bright as it is. The same holds for the moon. Whoever places
the map turns it and scales it to an illuminance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import Image, smoothstep
from synthvision.library.procedural.skies.directions import (
    LUMINANCE_RGB,
    MAP_HEIGHT,
    Directions,
    direction_grid,
    environment_map,
    horizontal_illuminance,
    lamp_rgb,
    sun_direction,
)
from synthvision.library.procedural.skies.outdoors import (
    ALL_GROUNDS,
    HORIZON_KINDS,
    cloud_layer,
    paint_ground,
    paint_horizon,
)
from synthvision.library.procedural.skies.preetham import clear_sky_rgb, sun_illuminance_rgb
from synthvision.library.procedural.skies.twilight import twilight_rgb

__all__ = ["SKY_DOME", "overcast_luminance"]

Rgb = NDArray[np.float32]

_HALF = MAP_HEIGHT // 2
_NIGHT_BELOW_DEG = -14.0
_STARS = 1_800
_WATER = np.array([0.98, 1.0, 1.03], np.float32)
_DUST = np.array([1.30, 0.97, 0.58], np.float32)


def overcast_luminance(z: Image) -> Image:
    """Return the luminance of the CIE standard overcast sky, zenith 1: (1 + 2 sin elevation) / 3 (CIE S 011).

    Args:
        z: float32 (...), sine of the elevation; below 0 counts as the horizon.
    """
    return np.asarray((1.0 + 2.0 * np.maximum(z, 0.0)) * np.float32(1 / 3), np.float32)


def _build(params: Mapping[str, Any]) -> EnvironmentMap:
    rng = rng_for(params["design"], 0, "sky.dome")
    grid = direction_grid()
    elevation_deg = float(params["sun_elevation_deg"])
    sun = sun_direction(elevation_deg, 0.0)
    cover = float(params["cover"])
    hidden = params["sun_behind_clouds"] == "yes"
    by_night = elevation_deg < _NIGHT_BELOW_DEG
    sky = _night_sky(rng, params) if by_night else _unit(_sun_sky(grid, sun, params["turbidity"]))
    lamp = _moon_direction(params) if by_night else sun
    if cover > 0:
        sky = _clouded(rng, sky, params, lamp)
    sky = _whitened(sky, grid.z[:_HALF], params)
    radiance = np.zeros((MAP_HEIGHT, 2 * MAP_HEIGHT, 3), np.float32)
    radiance[:_HALF] = sky
    level = horizontal_illuminance(radiance)
    mean = sky.mean(axis=(0, 1))
    sky_rgb = level * mean / max(float(mean @ LUMINANCE_RGB), 1e-9)
    direct = np.zeros(3)
    if elevation_deg > 0 and not hidden:
        # As much more than the sky as on a day of that kind, so that ground and horizon are as bright as the scene's.
        direct = sun_illuminance_rgb(math.radians(elevation_deg), params["turbidity"])
        direct = direct * (level / (0.8 + 15.5 * math.sqrt(sun[2]))) * (1.0 - smooth(0.85, 1.0, cover))
        direct = direct * (1.0 - float(params["whiteness"]))
    ground = sky_rgb + direct * max(sun[2], 0.0)
    paint_ground(rng, radiance, grid, params["ground"], ground, params["ground_albedo"])
    lit = 0.16 * smooth(4.0, -4.0, elevation_deg)
    wall = (0.5 * sky_rgb + 0.5 * direct) / np.pi
    skyline = paint_horizon(rng, radiance, grid, params["horizon"], wall, sun if direct.any() else None, lit)
    _veil_horizon(radiance, grid, params)
    return environment_map(radiance, skyline)


def smooth(low: float, high: float, value: float) -> float:
    """Return `smoothstep` of one number."""
    return float(smoothstep(low, high, np.array(value)))


def _unit(sky: Rgb) -> Rgb:
    """Scale the upper half of a map so that it gives an illuminance of 1."""
    full = np.zeros((MAP_HEIGHT, 2 * MAP_HEIGHT, 3), np.float32)
    full[:_HALF] = sky
    return np.asarray(sky / np.float32(max(horizontal_illuminance(full), 1e-12)), np.float32)


def _sun_sky(grid: Directions, sun: tuple[float, float, float], turbidity: float) -> Rgb:
    """The cloudless sky: Preetham by day, scattering through the round Earth's air when the sun is low."""
    upper = (grid.x[:_HALF], grid.y[:_HALF], grid.z[:_HALF])
    elevation_deg = math.degrees(math.asin(sun[2]))
    day = smooth(5.0, 12.0, elevation_deg)
    sky = np.zeros((_HALF, 2 * MAP_HEIGHT, 3), np.float32)
    if day > 0:
        sky += np.float32(day) * _unit(clear_sky_rgb(*upper, sun, turbidity))
    if day < 1:
        sky += np.float32(1 - day) * _unit(twilight_rgb(*upper, sun, turbidity))
    return sky


def _night_sky(rng: np.random.Generator, params: Mapping[str, Any]) -> Rgb:
    """Moonlight in the air, the glow of a town over the horizon, and the stars, by their illuminances."""
    grid = direction_grid()
    z = grid.z[:_HALF]
    moon = _moon_direction(params)
    sky = np.zeros((_HALF, 2 * MAP_HEIGHT, 3), np.float32)
    if params["moon_lux"] > 0:
        # Moonlight is sunlight: the same blue, which the eye does not see.
        lit = _unit(clear_sky_rgb(grid.x[:_HALF], grid.y[:_HALF], z, moon, params["turbidity"]))
        sky += np.float32(0.25 * params["moon_lux"]) * lit
    glow = np.exp(-np.maximum(z, 0.0) / np.float32(0.22)) + np.float32(0.12)
    sky += np.float32(params["city_lux"]) * _unit(glow[..., None] * lamp_rgb(4_200.0, 6_500.0))
    air = (1.0 / (np.maximum(z, 0.0) + np.float32(0.35)))[..., None] * np.array([0.8, 1.0, 0.95], np.float32)
    sky += np.float32(0.0008) * _unit(np.asarray(air, np.float32))
    rows = np.clip((np.arccos(rng.random(_STARS)) / np.pi * MAP_HEIGHT).astype(int), 0, _HALF - 1)
    columns = rng.integers(0, 2 * MAP_HEIGHT, _STARS)
    # Each magnitude has about three times the stars of the one before: a power law.
    bright = np.minimum(rng.random(_STARS) ** -0.9, 60.0)[:, None] * rng.uniform(0.8, 1.2, (_STARS, 3))
    faint = (0.004 + 0.996 * smoothstep(0.05, 0.4, z[rows, columns]))[:, None]
    sky[rows, columns] += (1e-3 * bright * faint).astype(np.float32)
    return sky


def _moon_direction(params: Mapping[str, Any]) -> tuple[float, float, float]:
    return sun_direction(params["moon_elevation_deg"], params["moon_azimuth_deg"])


def _clouded(rng: np.random.Generator, sky: Rgb, params: Mapping[str, Any], lamp: tuple[float, float, float]) -> Rgb:
    """Clouds over a sky of illuminance 1: broken, then closing to a CIE overcast sky with relief."""
    grid = direction_grid()
    z = grid.z[:_HALF]
    cover = float(params["cover"])
    elevation_deg = float(params["sun_elevation_deg"])
    closed = smooth(0.8, 1.0, cover)
    sun_is_up = elevation_deg > -0.3
    hidden = params["sun_behind_clouds"] == "yes" if sun_is_up else None
    opacity, lit = cloud_layer(rng, grid, min(cover, 0.95), lamp, 1.0 + 0.7 * closed, before_sun=hidden)
    towards = grid.x[:_HALF] * np.float32(lamp[0]) + grid.y[:_HALF] * np.float32(lamp[1]) + z * np.float32(lamp[2])
    broken = sky
    if closed < 1:
        broken = _broken_clouds(sky, opacity, lit, towards, elevation_deg, params["turbidity"])
    if closed <= 0:
        return broken
    mean = sky.mean(axis=(0, 1))
    tint = np.asarray(mean / max(float(mean @ LUMINANCE_RGB), 1e-9), np.float32)
    grey = np.array([0.965, 1.0, 1.065], np.float32)
    tint = 0.25 * tint + 0.75 * grey if elevation_deg > -4 else 0.6 * tint + 0.4 * grey
    relief = (0.55 * (lit - 0.5) + 0.35 * (0.5 - opacity)) * smoothstep(0.02, 0.35, z)
    shade = overcast_luminance(z) * (1.0 + np.float32(params["relief"]) * relief)
    overcast = _unit(shade[..., None] * (tint / np.float32(tint @ LUMINANCE_RGB)))
    return np.asarray(broken + (overcast - broken) * np.float32(closed), np.float32)


def _broken_clouds(
    sky: Rgb, opacity: Image, lit: Image, towards_sun: Image, elevation_deg: float, turbidity: float
) -> Rgb:
    """Clouds over a sky of illuminance 1: lit by the sun from above, or from below when it is low."""
    z = direction_grid().z[:_HALF]
    day = smooth(-2.0, 8.0, elevation_deg)
    elevation = math.radians(max(elevation_deg, 0.0))
    direct = sun_illuminance_rgb(elevation, turbidity)
    # In units of the sky's illuminance; inside a cloud light is mixed and pales.
    strength = 0.2126 * direct[0] + 0.7152 * direct[1] + 0.0722 * direct[2]
    strength = strength / (0.8 + 15.5 * math.sqrt(math.sin(elevation)))
    colour = direct / max(float(direct @ LUMINANCE_RGB), 1e-9)
    pale = 0.55 * colour + 0.45
    fair = np.asarray(pale * 0.17 * min(strength, 7.0) * (0.45 + 0.55 * math.sin(elevation)), np.float32)
    around = sky.mean(axis=(0, 1))
    rim = np.exp(6.0 * (towards_sun - 1.0)) * (1.0 - smoothstep(0.35, 0.9, opacity))
    shadow = np.asarray(0.50 * around + 0.16 * fair, np.float32)
    by_day = shadow + (fair - shadow) * (0.92 * lit + 1.1 * rim)[..., None]
    # After sunset only the sky lights clouds; towards the sun their undersides still glow in its last colour.
    glow = np.exp(2.5 * (towards_sun - 1.0)) * smoothstep(0.8, 0.05, z)
    ember = np.array([1.0, 0.42, 0.20], np.float32) * np.float32(1.6 * smooth(-6.0, 0.0, elevation_deg))
    brightest = np.float32(float(sky.reshape(-1, 3).max(axis=0) @ LUMINANCE_RGB))
    by_dusk = 0.5 * sky + 0.25 * around + (0.5 * lit * glow)[..., None] * ember * min(brightest, np.float32(2.0))
    body = by_dusk + (by_day - by_dusk) * np.float32(day)
    share = (opacity * smoothstep(0.0, 0.16, z) * np.float32(0.97))[..., None]
    return np.asarray(sky + (body - sky) * share, np.float32)


def _air_colour(params: Mapping[str, Any]) -> Rgb:
    return _DUST if params["air"] == "dust" else _WATER


def _whitened(sky: Rgb, z: Image, params: Mapping[str, Any]) -> Rgb:
    """Drown a share of the sky in the even light of fog or dust, which shines most where the sun stands behind it."""
    share = float(params["whiteness"])
    if share <= 0:
        return sky
    blurred = sky.mean(axis=(0, 1))
    tone = np.asarray(_air_colour(params) * float(blurred @ LUMINANCE_RGB), np.float32)
    if params["air"] == "water":
        tone = np.asarray(0.8 * tone + 0.2 * blurred, np.float32)
    even = (0.75 + 0.5 * np.maximum(z, 0.0))[..., None] * tone
    sun_z = math.sin(math.radians(max(float(params["sun_elevation_deg"]), 0.0)))
    if sun_z > 0:
        grid = direction_grid()
        flat = math.sqrt(1.0 - sun_z**2)
        towards = grid.y[:_HALF] * np.float32(flat) + z * np.float32(sun_z)
        even = even * (1.0 + np.float32(1.5 * (1.0 - share)) * np.exp(5.0 * (towards - 1.0)))[..., None]
    return np.asarray(sky + (even - sky) * np.float32(share), np.float32)


def _veil_horizon(radiance: Rgb, grid: Directions, params: Mapping[str, Any]) -> None:
    """Let haze, fog or dust take the far ground and what stands along the horizon, in place.

    A scene's air dims what the camera sees of it by its distance. What fog hides wholly must leave the map too, or
    puddles would mirror trees that nobody sees.
    """
    share = float(params["veil"])
    haze = smooth(4.0, 10.0, float(params["turbidity"]))
    if share <= 0 and haze <= 0:
        return
    tone = radiance[_HALF - MAP_HEIGHT // 10].mean(axis=0)
    band = np.s_[_HALF - MAP_HEIGHT // 8 : _HALF + MAP_HEIGHT // 4]
    away = np.abs(grid.z[band])
    # Near ground is left to the scene's air: drowned in the map as well, it would end in a line where the scene's own
    # ground ends.
    fog = share * np.exp(-away / np.float32(0.12)) * smoothstep(-0.02, 0.0, grid.z[band])
    taken = np.maximum(0.5 * haze * np.exp(-away / np.float32(0.05)), fog)
    radiance[band] += (tone - radiance[band]) * taken[..., None].astype(np.float32)


SKY_DOME = ProceduralAsset(
    name="sky_dome",
    kind="environment",
    category="environment",
    parameters={
        "sun_elevation_deg": Number(-90.0, 90.0, 35.0, "deg"),
        "turbidity": Number(2.0, 10.0, 3.0),
        "cover": Number(0.0, 1.0, 0.3),
        "relief": Number(0.0, 1.0, 0.6),
        "sun_behind_clouds": Choice(("no", "yes"), "no"),
        "whiteness": Number(0.0, 1.0, 0.0),
        "veil": Number(0.0, 1.0, 0.0),
        "air": Choice(("water", "dust"), "water", (1.0, 0.0)),
        "ground": Choice(tuple(ALL_GROUNDS), "grass"),
        "ground_albedo": Number(0.0, 1.0, 0.1),
        "horizon": Choice(HORIZON_KINDS, "trees"),
        "moon_elevation_deg": Number(0.0, 90.0, 35.0, "deg"),
        "moon_azimuth_deg": Number(-180.0, 180.0, 40.0, "deg"),
        "moon_lux": Number(0.0, 0.5, 0.1, "lux"),
        "city_lux": Number(0.0, 5.0, 0.01, "lux"),
        "design": Integer(0, 4095, 0),
    },
    build=_build,
    tags=("outdoor", "weather"),
    description="Sky of any hour and weather, sun in the north, its light left to a lamp of its own; see `sky:`.",
)
