"""Environment maps of the open air: overcast, clear, cloudy, evening."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import smoothstep
from synthvision.library.procedural.skies.directions import (
    LUMINANCE_RGB,
    MAP_HEIGHT,
    add_disc,
    direction_grid,
    environment_map,
    horizontal_illuminance,
    sun_direction,
)
from synthvision.library.procedural.skies.outdoors import (
    GROUND_KINDS,
    HORIZON_KINDS,
    cloud_layer,
    paint_ground,
    paint_horizon,
)
from synthvision.library.procedural.skies.preetham import clear_sky_rgb, sun_illuminance_rgb

__all__ = ["CLEAR_SKY", "CLOUDY_SKY", "EVENING", "OVERCAST"]

_HALF = MAP_HEIGHT // 2
_SUN_RADIUS_RAD = 0.004654
_GROUND = Choice(tuple(GROUND_KINDS), "grass", (3.0, 2.0, 1.0, 1.5, 1.0))
_HORIZON = Choice(HORIZON_KINDS, "trees", (1.0, 3.0, 2.0, 1.5))


def _build_overcast(params: Mapping[str, Any]) -> EnvironmentMap:
    rng = rng_for(params["design"], 0, "sky.overcast")
    grid = direction_grid()
    radiance = np.zeros((MAP_HEIGHT, 2 * MAP_HEIGHT, 3), np.float32)
    # CIE overcast sky, zenith 1: three times as bright above as at the horizon.
    luminance = (1.0 + 2.0 * np.maximum(grid.z[:_HALF], 0.0)) * np.float32(1 / 3)
    opacity, lit = cloud_layer(rng, grid, 0.5, (0.3, 0.3, 0.9), 1.7)
    relief = (0.55 * (lit - 0.5) + 0.35 * (0.5 - opacity)) * smoothstep(0.02, 0.35, grid.z[:_HALF])
    luminance *= 1.0 + np.float32(params["contrast"]) * 2.0 * relief
    white = np.array([0.965, 1.0, 1.065], np.float32)
    radiance[:_HALF] = luminance[..., None] * (white / (white @ LUMINANCE_RGB))
    level = horizontal_illuminance(radiance) * white
    paint_ground(rng, radiance, grid, params["ground"], level)
    paint_horizon(rng, radiance, grid, params["horizon"], 0.5 * level / np.pi)
    return environment_map(radiance)


def _build_clear(params: Mapping[str, Any]) -> EnvironmentMap:
    return _day(params, cover=0.0, stream="sky.clear", with_disc=params["sun_disc"] == "with")


def _build_cloudy(params: Mapping[str, Any]) -> EnvironmentMap:
    return _day(params, cover=params["cover"], stream="sky.cloudy", with_disc=False)


def _day(params: Mapping[str, Any], *, cover: float, stream: str, with_disc: bool) -> EnvironmentMap:
    """A sunlit sky in kcd/m2, with or without clouds."""
    rng = rng_for(params["design"], 0, stream)
    grid = direction_grid()
    turbidity = params["turbidity"]
    elevation = math.radians(params["sun_elevation_deg"])
    sun = sun_direction(params["sun_elevation_deg"], params["sun_azimuth_deg"])
    radiance = np.zeros((MAP_HEIGHT, 2 * MAP_HEIGHT, 3), np.float32)
    upper = (grid.x[:_HALF], grid.y[:_HALF], grid.z[:_HALF])
    radiance[:_HALF] = clear_sky_rgb(*upper, sun, turbidity)
    direct = sun_illuminance_rgb(elevation, turbidity)
    if cover > 0:
        radiance[:_HALF] = _with_clouds(rng, radiance[:_HALF], cover, sun, direct)
    sky_level = horizontal_illuminance(radiance)
    mean_colour = radiance[:_HALF].mean(axis=(0, 1))
    sky_rgb = sky_level * mean_colour / float(mean_colour @ LUMINANCE_RGB)
    ground_light = sky_rgb + direct * max(sun[2], 0.0) * (1.0 - 0.7 * cover)
    paint_ground(rng, radiance, grid, params["ground"], ground_light)
    wall_light = (0.5 * sky_rgb + 0.55 * direct * (1.0 - 0.7 * cover)) / np.pi
    paint_horizon(rng, radiance, grid, params["horizon"], wall_light, sun)
    if with_disc:
        add_disc(radiance, sun, _SUN_RADIUS_RAD, direct / (math.pi * _SUN_RADIUS_RAD**2))
    return environment_map(radiance)


def _with_clouds(
    rng: np.random.Generator,
    sky: NDArray[np.float32],
    cover: float,
    sun: tuple[float, float, float],
    direct: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Clouds over a clear sky: white where the sun strikes them, grey underneath, hazy far away."""
    grid = direction_grid()
    opacity, lit = cloud_layer(rng, grid, cover, sun, 1.0)
    z = grid.z[:_HALF]
    towards_sun = grid.x[:_HALF] * sun[0] + grid.y[:_HALF] * sun[1] + z * sun[2]
    # A cloud scatters forward: thin edges before the sun shine, thick middles there are dark.
    rim = np.exp(6.0 * (towards_sun - 1.0)) * (1.0 - smoothstep(0.35, 0.9, opacity))
    # Inside a cloud light is mixed from all sides: paler than the sun itself.
    pale = 0.55 * direct + 0.45 * float(direct @ LUMINANCE_RGB)
    fair = np.asarray(pale, np.float32) * np.float32(0.25) * np.float32(0.35 + 0.65 * max(sun[2], 0.05))
    shadow = 0.38 * sky.mean(axis=(0, 1)) + 0.10 * fair
    body = shadow + (fair - shadow) * (0.92 * lit + 1.1 * rim)[..., None]
    # Distance drowns clouds in the air's own light.
    clear_air = smoothstep(0.0, 0.16, z)
    share = (opacity * clear_air * 0.97)[..., None]
    return np.asarray(sky + (body - sky) * share, np.float32)


def _build_evening(params: Mapping[str, Any]) -> EnvironmentMap:
    rng = rng_for(params["design"], 0, "sky.evening")
    grid = direction_grid()
    elevation_deg = params["sun_elevation_deg"]
    sun = sun_direction(elevation_deg, params["sun_azimuth_deg"])
    x, y, z = grid.x[:_HALF], grid.y[:_HALF], grid.z[:_HALF]
    flat = np.float32(math.hypot(sun[0], sun[1]))
    level = np.sqrt(np.maximum(1.0 - z * z, 1e-6))
    beside = (x * np.float32(sun[0]) + y * np.float32(sun[1])) / (flat * level)  # 1 under the sun, -1 opposite
    warm = 0.5 + 0.5 * beside
    late = float(smoothstep(5.0, -4.0, np.array(elevation_deg)))
    # From the horizon up: ember, peach, a pale band, and the blue of the zenith.
    layers = (
        (0.00, (1.00, 0.36 - 0.10 * late, 0.10), (0.34, 0.27, 0.36)),
        (0.10, (1.00, 0.56 - 0.10 * late, 0.27), (0.40, 0.35, 0.44)),
        (0.26, (0.74, 0.60, 0.50), (0.31, 0.36, 0.50)),
        (0.55, (0.33, 0.42, 0.58), (0.20, 0.28, 0.46)),
        (1.00, (0.13, 0.20, 0.38), (0.12, 0.19, 0.37)),
    )
    heights = np.array([layer[0] for layer in layers])
    channels = []
    for channel in range(3):
        near = np.interp(z[:, 0], heights, [layer[1][channel] for layer in layers]).astype(np.float32)[:, None]
        away = np.interp(z[:, 0], heights, [layer[2][channel] for layer in layers]).astype(np.float32)[:, None]
        channels.append(away + (near - away) * warm * warm)
    sky = np.stack(channels, axis=-1) * np.float32(1.0 - 0.55 * late)
    towards = x * np.float32(sun[0]) + y * np.float32(sun[1]) + z * np.float32(sun[2])
    glow = 2.6 * np.exp(34.0 * (towards - 1.0)) + 0.9 * np.exp(7.0 * (towards - 1.0))
    sky += glow[..., None] * np.array([1.0, 0.50, 0.17], np.float32) * np.float32(1.0 - 0.6 * late)
    opacity, lit = cloud_layer(rng, grid, params["cover"], sun, 1.6, 2.6)
    from_below = np.array([1.0, 0.43, 0.22], np.float32) * (0.25 + 1.5 * warm**3 * (1 - 0.5 * late))[..., None]
    cloud = 0.55 * sky + lit[..., None] * (from_below - 0.30 * sky) * smoothstep(0.9, 0.0, z)[..., None]
    share = opacity * smoothstep(0.01, 0.10, z) * 0.85
    sky += (cloud - sky) * share[..., None]
    radiance = np.zeros((MAP_HEIGHT, 2 * MAP_HEIGHT, 3), np.float32)
    radiance[:_HALF] = sky
    mean_colour = radiance[:_HALF].mean(axis=(0, 1))
    level_rgb = horizontal_illuminance(radiance) * mean_colour / float(mean_colour @ LUMINANCE_RGB)
    paint_ground(rng, radiance, grid, params["ground"], level_rgb)
    paint_horizon(rng, radiance, grid, params["horizon"], 0.40 * level_rgb / np.pi, sun, lit_windows=0.07 + 0.10 * late)
    return environment_map(radiance)


OVERCAST = ProceduralAsset(
    name="overcast",
    kind="environment",
    category="environment",
    parameters={
        "contrast": Number(0.0, 0.5, 0.25),
        "ground": _GROUND,
        "horizon": _HORIZON,
        "design": Integer(0, 11, 0),
    },
    build=_build_overcast,
    tags=("outdoor", "sky", "day", "soft"),
    description="CIE overcast sky with cloud relief, ground, and trees or houses on the horizon.",
)

CLEAR_SKY = ProceduralAsset(
    name="clear_sky",
    kind="environment",
    category="environment",
    parameters={
        "sun_elevation_deg": Number(8.0, 75.0, 40.0, "deg"),
        "sun_azimuth_deg": Number(-180.0, 180.0, 0.0, "deg"),
        "turbidity": Number(2.0, 8.0, 3.0),
        "sun_disc": Choice(("without", "with"), "without", (1.0, 0.0)),
        "ground": _GROUND,
        "horizon": _HORIZON,
        "design": Integer(0, 11, 0),
    },
    build=_build_clear,
    tags=("outdoor", "sky", "day", "sun"),
    description="Preetham's clear sky for a sun in a stated direction (azimuth clockwise from +Y), without its disc.",
)

CLOUDY_SKY = ProceduralAsset(
    name="cloudy_sky",
    kind="environment",
    category="environment",
    parameters={
        "sun_elevation_deg": Number(12.0, 70.0, 40.0, "deg"),
        "sun_azimuth_deg": Number(-180.0, 180.0, 0.0, "deg"),
        "turbidity": Number(2.5, 6.0, 3.0),
        "cover": Number(0.15, 0.75, 0.45),
        "ground": _GROUND,
        "horizon": _HORIZON,
        "design": Integer(0, 11, 0),
    },
    build=_build_cloudy,
    tags=("outdoor", "sky", "day", "sun", "clouds"),
    description="Blue sky with clouds lit by a sun in a stated direction (azimuth clockwise from +Y).",
)

EVENING = ProceduralAsset(
    name="evening",
    kind="environment",
    category="environment",
    parameters={
        "sun_elevation_deg": Number(-4.0, 5.0, 1.0, "deg"),
        "sun_azimuth_deg": Number(-180.0, 180.0, 0.0, "deg"),
        "cover": Number(0.1, 0.6, 0.35),
        "ground": _GROUND,
        "horizon": _HORIZON,
        "design": Integer(0, 11, 0),
    },
    build=_build_evening,
    tags=("outdoor", "sky", "evening", "warm"),
    description="Sunset and dusk: warm light along the horizon below a blue zenith, dark shapes, lit windows.",
)
