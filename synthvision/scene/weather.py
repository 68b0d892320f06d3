"""What is in the air and on the ground. Heights are over z = 0, patterns are fixed to the world and to a seed.

Water and snow on surfaces check their numbers when they are made, from a scene file, a record or a replay alike: the
shaders that draw them take whatever they get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from synthvision.core.errors import UsageError

__all__ = ["WEATHER_RANGES", "AirMedium", "Rain", "SnowCover", "Snowfall", "Weather", "Wetness"]

Vector3 = tuple[float, float, float]

#: Smallest and largest value of what lies on surfaces, by the field of `Weather` that holds it. What is in the air is
#: checked where it is turned into extinction.
WEATHER_RANGES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "wetness": {
        "film": (0.0, 1.0),
        "puddles": (0.0, 1.0),
        "puddle_size_m": (0.05, 50.0),
        "ripple_rate_mm_h": (0.0, 300.0),
    },
    "snow_cover": {"cover": (0.0, 1.0), "patch_size_m": (0.05, 5_000.0), "albedo": (0.3, 0.95)},
}


def _check(block: str, part: Any) -> None:
    """Check every number of a part of the weather.

    Raises:
        UsageError: One is out of its range, which is named.
    """
    for name, (low, high) in WEATHER_RANGES[block].items():
        value = getattr(part, name)
        if not low <= value <= high:
            raise UsageError(f"{block}.{name} must be {low:g}..{high:g}, got {value:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AirMedium:
    """Something in the air that dims what is behind it and shines in its place: haze, fog or dust.

    The extinction coefficient is 2.996 / visibility (5 % of the contrast are left at that distance: the
    meteorological optical range of the WMO).

    Args:
        kind: What it is.
        visibility_m: Meteorological optical range below `base_height_m`, where no patch makes it thinner or denser.
        base_height_m: Up to this height the medium is as dense as it gets.
        falloff_m: Above, density falls by e with every `falloff_m`; None for the same density at every height.
        patchiness: How much density varies from place to place, 0 (even) to 1 (from nothing to double).
        patch_size_m: Size of the patches.
        albedo_rgb: Share of the dimmed light that is scattered rather than swallowed: 1 for droplets, brown for dust.
        forward: Asymmetry g of the Henyey-Greenstein phase function, 0 (even) to below 1 (all ahead): how much
            brighter the medium is around the sun.
    """

    kind: Literal["haze", "fog", "dust"]
    visibility_m: float
    base_height_m: float = 0.0
    falloff_m: float | None = None
    patchiness: float = 0.0
    patch_size_m: float = 40.0
    albedo_rgb: Vector3 = (1.0, 1.0, 1.0)
    forward: float = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Rain:
    """Falling rain: near drops as streaks, all of it as extinction.

    Args:
        rate_mm_h: Rain rate; below 2.5 is light, above 50 violent.
    """

    rate_mm_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Snowfall:
    """Falling snow: near flakes one by one, all of it as extinction.

    Args:
        rate_mm_h: Rate as melted water; below 1 is light, above 2.5 heavy.
        fall_speed_m_s: Speed of the flakes.
        sway_m: How far flakes swing sideways.
    """

    rate_mm_h: float
    fall_speed_m_s: float = 1.0
    sway_m: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wetness:
    """Water on what faces up.

    Args:
        film: How wet surfaces are, 0 (dry) to 1 (soaked): darker and glossier.
        puddles: Share of flat ground under standing water, 0 to 1.
        puddle_size_m: Size of the puddles.
        ripple_rate_mm_h: Rain rate that makes rings on the puddles; 0 for still water.
    """

    film: float = 1.0
    puddles: float = 0.0
    puddle_size_m: float = 1.5
    ripple_rate_mm_h: float = 0.0

    def __post_init__(self) -> None:
        _check("wetness", self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowCover:
    """Snow that lies on what faces up and is open to the sky. It has no geometry: labels stay as they are.

    Args:
        cover: Share of what faces up under snow, 0 to 1.
        patch_size_m: Size of the patches where `cover` is below 1.
        albedo: Share of light that the snow reflects, 0.5 (old) to 0.9 (fresh).
    """

    cover: float = 1.0
    patch_size_m: float = 0.6
    albedo: float = 0.85

    def __post_init__(self) -> None:
        _check("snow_cover", self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """All weather of one frame.

    Args:
        name: What the scene file or the preset calls it, e.g. ``heavy_rain_dusk``.
        air: Media in the air; their extinction adds up.
        rain: Falling rain, or None.
        snowfall: Falling snow, or None.
        wetness: Water on the ground and on things, or None for dry.
        snow_cover: Lying snow, or None.
        wind_m_s: Wind along world x and y: slants streaks and flakes.
        seed: Where drops, flakes, patches and puddles are.
    """

    name: str = "clear"
    air: tuple[AirMedium, ...] = ()
    rain: Rain | None = None
    snowfall: Snowfall | None = None
    wetness: Wetness | None = None
    snow_cover: SnowCover | None = None
    wind_m_s: tuple[float, float] = (0.0, 0.0)
    seed: int = 0
