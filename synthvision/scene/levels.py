"""The weather of a frame in words, for records, filters and statistics: levels with thresholds of weather services.

Rain rates: under 2.5 mm/h light, to 7.6 moderate, to 50 heavy, above violent (American Meteorological Society; Met
Office for violent). Snow as melted water: under 1 mm/h light, to 2.5 moderate. Fog is a meteorological visibility under
1,000 m, haze 1,000 to 5,000 m (World Meteorological Organization, Guide to Instruments No. 8). Light on level ground:
civil twilight ends at 3.4 lux, a street lamp gives 5 to 30, an overcast noon 10,000.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.scene.lights import PointLight, RectLight, SpotLight, SunLight
from synthvision.scene.scene import Scene
from synthvision.scene.weather import Weather

__all__ = ["ground_illuminance", "meteorological_visibility", "weather_levels"]

_KOSCHMIEDER = 2.996
_CLEAR_M = 20_000.0

# Each level up to, but not with, its bound.
_RAIN = (
    (1e-9, "none"),
    (0.5, "drizzle"),
    (2.5, "light"),
    (7.6, "moderate"),
    (50.0, "heavy"),
    (float("inf"), "violent"),
)
_SNOW = ((1e-9, "none"), (1.0, "light"), (2.5, "moderate"), (float("inf"), "heavy"))
_FOG = ((50.0, "very dense"), (200.0, "dense"), (500.0, "moderate"), (1_000.0, "light"), (float("inf"), "none"))
_HAZE = ((1_000.0, "dense"), (2_000.0, "moderate"), (5_000.0, "light"), (float("inf"), "none"))
_VISIBILITY = (
    (50.0, "<50 m"),
    (200.0, "50-200 m"),
    (500.0, "200-500 m"),
    (1_000.0, "500-1000 m"),
    (5_000.0, "1-5 km"),
    (10_000.0, "5-10 km"),
    (float("inf"), ">10 km"),
)
_LIGHT = ((3.4, "night"), (400.0, "dusk"), (2_000.0, "dim"), (20_000.0, "day"), (float("inf"), "bright day"))
_WIND = ((0.3, "calm"), (5.5, "light"), (10.8, "moderate"), (17.2, "strong"), (float("inf"), "gale"))


def weather_levels(scene: Scene) -> dict[str, str | float]:
    """Return the weather of a frame as levels.

    Args:
        scene: What the frame shows.

    Returns:
        ``kind`` (the name of the weather), the levels ``rain``, ``snow``, ``fog``, ``haze``, ``dust``, ``visibility``
        ``ground`` (dry, damp, wet, puddles, snow patches, snow), ``sun`` (high, low, none), ``light`` (night, dusk,
        dim, day, bright day) and ``wind``, and as numbers ``visibility_m`` (of all that is in the air together, 20,000
        at most) and ``illuminance_lux`` on level ground.

    Example:
        >>> from synthvision.scene import Camera, Rain
        >>> camera = Camera(size_wh=(4, 4), focal_xy_px=(4, 4), centre_xy_px=(2, 2), position_m=(0, 0, 1),
        ...                 rotation_wxyz=(1, 0, 0, 0))
        >>> levels = weather_levels(Scene(camera=camera, weather=Weather(name="downpour", rain=Rain(rate_mm_h=20.0))))
        >>> levels["rain"], levels["visibility"], levels["fog"]
        ('heavy', '1-5 km', 'none')
    """
    weather = scene.weather or Weather()
    lux = ground_illuminance(scene)
    visibility = meteorological_visibility(weather)
    wind = (weather.wind_m_s[0] ** 2 + weather.wind_m_s[1] ** 2) ** 0.5
    return {
        "kind": weather.name,
        "rain": _level(weather.rain.rate_mm_h if weather.rain else 0.0, _RAIN),
        "snow": _level(weather.snowfall.rate_mm_h if weather.snowfall else 0.0, _SNOW),
        "fog": _level(_nearest(weather, "fog"), _FOG),
        "haze": _level(_nearest(weather, "haze"), _HAZE),
        "dust": _level(_nearest(weather, "dust"), _HAZE),
        "visibility": _level(visibility, _VISIBILITY),
        "visibility_m": round(visibility, 1),
        "ground": _ground(weather),
        "sun": _sun(scene),
        "light": _level(lux, _LIGHT),
        "illuminance_lux": float(f"{lux:.4g}"),
        "wind": _level(wind, _WIND),
    }


def meteorological_visibility(weather: Weather) -> float:
    """Return the distance at which 5 % of a contrast are left near the ground, in metres, 20,000 at most.

    Extinction adds up: haze, fog and dust by their visibility, rain by 0.312 R^0.67 per km (Weber et al. 2015), snow by
    3.3 R^0.57 / v per km, R in mm/h of water and v the speed of the flakes in m/s (Gunn and Marshall's flakes in the
    optical limit): 0.9 km at 1 mm/h and 0.5 km at 2.5 mm/h.
    """
    per_m = sum(_KOSCHMIEDER / medium.visibility_m for medium in weather.air)
    if weather.rain is not None:
        per_m += 0.312e-3 * weather.rain.rate_mm_h**0.67
    if weather.snowfall is not None:
        per_m += 3.3e-3 * weather.snowfall.rate_mm_h**0.57 / weather.snowfall.fall_speed_m_s
    return min(_KOSCHMIEDER / per_m, _CLEAR_M) if per_m > 0 else _CLEAR_M


def ground_illuminance(scene: Scene) -> float:
    """Return the light of sky, suns and lamps on level, unshaded ground, in lux.

    Lamps count as they light the ground under the middle of the objects, or under the origin where there are none.
    """
    lux = 0.0 if scene.environment is None else scene.environment.illuminance_lux
    things = [item.position_m for item in scene.objects if item.role in ("thing", "stuff")] or [(0.0, 0.0, 0.0)]
    middle = [sum(place[axis] for place in things) / len(things) for axis in range(3)]
    for light in scene.lights:
        if isinstance(light, SunLight):
            lux += light.illuminance_lux * max(light.direction_xyz[2], 0.0)
            continue
        away = [light.position_m[axis] - middle[axis] for axis in range(3)]
        square = max(sum(part * part for part in away), 1e-4)
        cosine = max(away[2], 0.0) / square**0.5
        lux += light.intensity_cd * _share_towards(light, [-part / square**0.5 for part in away]) * cosine / square
    return lux


def _level(value: float, bounds: tuple[tuple[float, str], ...]) -> str:
    return next((name for bound, name in bounds if value < bound), bounds[-1][1])


def _nearest(weather: Weather, kind: str) -> float:
    per_m = sum(_KOSCHMIEDER / medium.visibility_m for medium in weather.air if medium.kind == kind)
    return _KOSCHMIEDER / per_m if per_m > 0 else float("inf")


def _ground(weather: Weather) -> str:
    if weather.snow_cover is not None and weather.snow_cover.cover >= 0.1:
        return "snow" if weather.snow_cover.cover >= 0.7 else "snow patches"
    if weather.wetness is None or weather.wetness.film < 0.05:
        return "dry"
    if weather.wetness.puddles >= 0.03:
        return "puddles"
    return "wet" if weather.wetness.film >= 0.5 else "damp"


def _sun(scene: Scene) -> str:
    """Return how a sun that counts stands: one that gives 1,000 lux and more, as no moon does."""
    heights = [
        light.direction_xyz[2]
        for light in scene.lights
        if isinstance(light, SunLight) and light.illuminance_lux >= 1_000.0
    ]
    if not heights:
        return "none"
    return "low" if max(heights) < math.sin(math.radians(15.0)) else "high"


def _share_towards(light: PointLight | SpotLight | RectLight, direction_xyz: Sequence[float]) -> float:
    """Return the intensity of a lamp in a direction as a share of that on its axis."""
    if isinstance(light, PointLight):
        return 1.0
    if isinstance(light, SpotLight):
        axis: Sequence[float] = light.direction_xyz
    else:
        axis = [float(value) for value in rotation_from_quaternion(light.rotation_wxyz)[:, 2]]
    cosine = sum(a * b for a, b in zip(axis, direction_xyz, strict=True))
    if isinstance(light, RectLight):
        return max(cosine, 0.0)
    inner, outer = math.cos(light.inner_angle_rad), math.cos(light.outer_angle_rad)
    t = min(max((cosine - outer) / max(inner - outer, 1e-6), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)
