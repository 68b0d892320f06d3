"""Draws the sky: a map without its sun, the sun as a light, and by night moon, street lamps and headlights.

A job draws its skies from a pool of `variants`: height of the sun, haze, clouds and what stands on the horizon come
from streams of the pool, so that maps are shared between scenes. Brightness and direction are drawn for each scene: the
map is turned and scaled, and the sun stands where the map has its glow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthvision.core.errors import UsageError
from synthvision.library.map_sun import LUMINANCE_WEIGHTS, SkySun, horizontal_illuminance, split_sun
from synthvision.library.model import SKYLINE_M
from synthvision.library.procedural.skies import ground_albedo
from synthvision.library.reference import AssetRef
from synthvision.sampling.colours import temperature_colour, unit_luminance
from synthvision.sampling.daylight import (
    DARKEST_LUX,
    moon_illuminance,
    sky_illuminance,
    sun_illuminance,
)
from synthvision.sampling.distributions import Uniform
from synthvision.sampling.drawing import Drawer, Ledger
from synthvision.sampling.lights import DrawnLight
from synthvision.sampling.number_values import NumberValue
from synthvision.sampling.picks import Pick
from synthvision.sampling.selection import Library, Selector
from synthvision.sampling.sky_air import depth_to_sky, level_extinction, light_through
from synthvision.sampling.sky_config import ELEVATIONS, SkySpec, clock_elevation
from synthvision.sampling.street_light import headlights, street_lamps
from synthvision.sampling.weather import DrawnWeather
from synthvision.scene import AirMedium, Environment, Light, SunLight, Weather

__all__ = ["DrawnSky", "SkyMaker", "sky_of_light"]

_MAP = ("builtin", "sky_dome")
#: In steps, so that maps are shared between scenes of different fog.
_WHITENESS_STEPS = 4
#: Below this the map is that of a night with moon and stars, above that of dusk.
_NIGHT_BELOW_DEG = -14.0
_MOON_BELOW_DEG = -6.0
#: Share of the moon's light that comes by way of the sky.
_MOON_SKY_SHARE = 0.25
_MOON_K = 4_100.0
_DEFAULT_ELEVATION: dict[str, NumberValue] = {
    "dusk": Uniform(uniform=(-6.0, 2.0)),
    "night": Uniform(uniform=(-40.0, -14.0)),
}
_DAY = Uniform(uniform=(15.0, 60.0))
_DEFAULT_COVER: dict[str, NumberValue] = {
    "auto": 0.0,
    "clear": 0.0,
    "cloudy": Uniform(uniform=(0.25, 0.7)),
    "overcast": 1.0,
    "dusk": Uniform(uniform=(0.0, 0.5)),
    "night": Uniform(uniform=(0.0, 0.4)),
}
_DESIGNS = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSky:
    """The sky of one scene.

    Args:
        environment: The map, turned and scaled.
        lights: Sun, moon and lamps, those that shine.
    """

    environment: Environment
    lights: tuple[Light, ...]


class SkyMaker:
    """Draws the skies of a job.

    Args:
        library: Where environment maps come from.
        selector: Draws environment maps of kind hdri.
        seed: The job's seed.
    """

    def __init__(self, library: Library, selector: Selector, seed: int) -> None:
        self._library = library
        self._selector = selector
        # The pool belongs to the job: its streams have index 0 whatever the scene.
        self._pool = Drawer(seed, 0, "", Ledger())
        self._suns: dict[str, tuple[float, float, SkySun | None]] = {}

    def make(self, drawer: Drawer, spec: SkySpec, weather: Weather | None, heading_rad: float = 0.0) -> DrawnSky:
        """Return the sky of one scene.

        Args:
            drawer: Draws the scene's values.
            spec: The sky, with the changes of the weather made.
            weather: What is in the air, which dims the sun and whitens the sky.
            heading_rad: Direction in which the camera looks, from +X towards +Y, for a sun that stands by the camera.

        Raises:
            UsageError: A pinned value is out of range.
            AssetError: An environment map of kind hdri is missing or broken.
        """
        air = () if weather is None else weather.air
        if spec.kind == "hdri":
            return self._from_map(drawer, spec, air)
        return _Sky(drawer, self._pool, spec, air, heading_rad).made()

    def _from_map(self, drawer: Drawer, spec: SkySpec, air: Sequence[AirMedium]) -> DrawnSky:
        """A map of an asset pack; a file's sun becomes a light, so that every renderer throws the same shadow."""
        if spec.pick is None or spec.illuminance_lux is None:
            raise UsageError("a sky of kind hdri must have pick and illuminance_lux")
        selection = self._selector.selection(spec.pick, "environment")
        entry = selection.entries[drawer.choose("sky.pick", selection.names, selection.weights, keep=True)]
        turn = math.radians(drawer.number("sky.rotation_deg", spec.rotation_deg))
        lux = drawer.number("sky.illuminance_lux", spec.illuminance_lux)
        lux *= _ranged(drawer.number("sky.brightness", spec.brightness), "sky.brightness", 0.01, 100.0)
        ref = entry.reference()
        whole, rest, sun = self._split(ref)
        if sun is None or entry.is_procedural:
            return DrawnSky(
                environment=Environment(
                    asset=ref,
                    illuminance_lux=light_through(lux, 0.0, 1.0, air)[0],
                    rotation_rad=turn,
                    visible=spec.visible,
                ),
                lights=(),
            )
        scale = lux / whole
        rgb = np.asarray(sun.illuminance_rgb) * scale
        strength = float(rgb @ LUMINANCE_WEIGHTS)
        x, y, z = sun.direction_xyz
        towards = (
            math.cos(turn) * x - math.sin(turn) * y,
            math.sin(turn) * x + math.cos(turn) * y,
            z,
        )
        sky_lux, sun_lux = light_through(rest * scale, strength, z, air)
        lamp = SunLight(
            direction_xyz=towards,
            illuminance_lux=sun_lux,
            colour=unit_luminance((float(rgb[0]), float(rgb[1]), float(rgb[2]))),
            angular_diameter_rad=sun.angular_diameter_rad,
        )
        without = AssetRef(ref.pack, ref.name, {"sun": "without"})
        return DrawnSky(
            environment=Environment(asset=without, illuminance_lux=sky_lux, rotation_rad=turn, visible=spec.visible),
            lights=(lamp,),
        )

    def _split(self, ref: AssetRef) -> tuple[float, float, SkySun | None]:
        """Return what a map gives on level ground, with and without its sun, in its own unit, and the sun."""
        if ref.key not in self._suns:
            radiance = self._library.load_environment(ref).radiance_hwc
            rest, sun = split_sun(radiance)
            self._suns[ref.key] = (horizontal_illuminance(radiance), horizontal_illuminance(rest), sun)
        return self._suns[ref.key]


def sky_of_light(light: DrawnLight, drawn: DrawnWeather, library: Library) -> SkySpec | None:
    """Return the sky that weather changes where the scene file has lights and environment instead of a sky.

    It has the sun where the lights have it. None where there is nothing to change: the weather leaves the light as it
    is, or the environment is a room.

    Args:
        light: The scene's light.
        drawn: The weather.
        library: Knows what the environment is.
    """
    stated = set() if drawn.sky is None else drawn.sky.model_fields_set
    is_clear = drawn.sky is None or drawn.sky.kind == "clear"
    if drawn.weather is None or (not drawn.weather.air and (is_clear or not stated & {"kind", "cover"})):
        return None
    environment = light.environment
    known: dict[str, Any] = {}
    if environment is not None:
        ref, turn = environment.asset, math.degrees(environment.rotation_rad)
        entry = library.find(asset=f"{ref.pack}/{ref.name}", kind="environment")[0]
        if "outdoor" not in entry.tags:
            return None
        if not entry.is_procedural:
            known = {"kind": "hdri", "pick": Pick(asset=entry.full_name), "rotation_deg": turn}
            return SkySpec.model_validate({**known, "illuminance_lux": environment.illuminance_lux})
        known = {name: ref.params[name] for name in ("ground", "horizon") if name in ref.params}
        if "sun_elevation_deg" in ref.params:
            known["sun_elevation_deg"] = float(ref.params["sun_elevation_deg"])
            known["sun_azimuth_deg"] = 90.0 - float(ref.params["sun_azimuth_deg"]) + turn
    suns = [item for item in light.lights if isinstance(item, SunLight)]
    if suns:
        x, y, z = max(suns, key=lambda sun: sun.illuminance_lux).direction_xyz
        known["sun_elevation_deg"] = math.degrees(math.asin(min(max(z, -1.0), 1.0)))
        known["sun_azimuth_deg"] = math.degrees(math.atan2(y, x))
    return SkySpec.model_validate(known)


class _Sky:
    """One made sky on its way from the scene file to values."""

    def __init__(
        self, drawer: Drawer, pool: Drawer, spec: SkySpec, air: Sequence[AirMedium], heading_rad: float
    ) -> None:
        self._drawer = drawer
        self._heading_rad = heading_rad
        self._pool = pool
        self._spec = spec
        self._air = air
        self._variant = int(drawer.rng("sky.variant").integers(spec.variants))
        self._spec_whiteness = 0.0

    def made(self) -> DrawnSky:
        spec, drawer = self._spec, self._drawer
        elevation, azimuth = self._sun()
        cover = self._number("cover", _DEFAULT_COVER[spec.kind] if spec.cover is None else spec.cover, 0.0, 1.0)
        turbidity = self._number("turbidity", spec.turbidity, 2.0, 10.0)
        self._spec_whiteness = self._number("whiteness", spec.whiteness, 0.0, 1.0)
        city = self._number("city_lux", spec.city_lux, 0.0, 1e4)
        clouds = _ranged(drawer.number("sky.cloud_light", spec.cloud_light), "sky.cloud_light", 0.02, 2.0)
        bright = _ranged(drawer.number("sky.brightness", spec.brightness), "sky.brightness", 0.01, 100.0)
        # The fuller the sky with clouds, the likelier one stands before the sun.
        hidden = cover >= 0.9 or self._pool.rng(self._pool_path("sun_behind_clouds")).random() < cover**1.5
        sun_lux, sun_colour = sun_illuminance(elevation, turbidity)
        sun_lux *= 0.0 if hidden else 1.0
        sky_lux = sky_illuminance(elevation, cover, turbidity) * (1.0 + (clouds - 1.0) * cover**2)
        moon_lux, moon_elevation, moon_azimuth = self._moon(elevation)
        through_clouds = 1.0 - 0.9 * cover
        sky_lux += _MOON_SKY_SHARE * moon_lux * through_clouds
        if elevation < 0:
            # Clouds throw a town's light back.
            sky_lux += city * (1.0 + 2.0 * cover)
        sky_lux, sun_lux = light_through(sky_lux, sun_lux, math.sin(math.radians(max(elevation, 0.0))), self._air)
        height = math.sin(math.radians(moon_elevation))
        moon_direct = (1.0 - _MOON_SKY_SHARE) * moon_lux * through_clouds / max(height, 0.02)
        _, moon_direct = light_through(0.0, moon_direct, height, self._air)
        by_night = elevation < _NIGHT_BELOW_DEG
        turn = (moon_azimuth if by_night and moon_lux > 0 else azimuth) - math.pi / 2
        lights: list[Light] = []
        if sun_lux > 0:
            lights.append(
                SunLight(
                    direction_xyz=_towards(elevation, azimuth), illuminance_lux=sun_lux * bright, colour=sun_colour
                )
            )
        if moon_direct > 0:
            lights.append(
                SunLight(
                    direction_xyz=_towards(moon_elevation, moon_azimuth),
                    illuminance_lux=moon_direct * bright,
                    colour=temperature_colour(_MOON_K),
                )
            )
        lights += street_lamps(drawer, spec.street_lamps, elevation)
        lights += headlights(drawer, spec.headlights, elevation)
        moon = {"moon_elevation_deg": _rounded(moon_elevation), "moon_azimuth_deg": 0.0, "moon_lux": _rounded(moon_lux)}
        params = {
            "sun_elevation_deg": _rounded(elevation),
            "turbidity": _rounded(turbidity),
            "cover": _rounded(cover),
            "relief": _rounded(float(self._pool.rng(self._pool_path("relief")).uniform(0.3, 0.9))),
            "sun_behind_clouds": "yes" if hidden else "no",
            "whiteness": self._whiteness(),
            "veil": self._veil(),
            "air": "dust" if any(medium.kind == "dust" for medium in self._air) else "water",
            **self._ground(),
            **moon,
            "city_lux": _rounded(min(city, 5.0)),
            "design": int(self._pool.rng(self._pool_path("design")).integers(_DESIGNS)),
        }
        environment = Environment(
            asset=AssetRef(*_MAP, params),
            illuminance_lux=max(sky_lux, 0.1 * DARKEST_LUX) * bright,
            rotation_rad=turn,
            visible=spec.visible,
        )
        return DrawnSky(environment=environment, lights=tuple(lights))

    def _pool_path(self, name: str) -> str:
        return f"sky.variants.{self._variant}.{name}"

    def _pooled(self, name: str, value: Any, drawn: Any) -> Any:
        path = self._pool_path(name)
        return self._drawer.pooled(f"sky.{name}", value, drawn, lambda level: self._pool.rng(f"{path}#{level}"))

    def _number(self, name: str, value: NumberValue, low: float, high: float) -> float:
        """Return a value of this sky's variant, or what is pinned in its place."""
        drawn = self._pooled(name, value, self._pool.number(self._pool_path(name), value))
        number = _ranged(drawn, f"sky.{name}", low, high)
        self._drawer.note(f"sky.{name}", number)
        return number

    def _word(self, name: str, value: Any) -> str:
        drawn = self._pooled(name, value, self._pool.word(self._pool_path(name), value))
        if not isinstance(drawn, str):
            raise UsageError(f"sky.{name} must be set to a word, got {drawn!r}")
        self._drawer.note(f"sky.{name}", drawn)
        return drawn

    def _sun(self) -> tuple[float, float]:
        """Return elevation in degrees and azimuth in radians, from +X towards +Y."""
        spec, drawer = self._spec, self._drawer
        low, high = ELEVATIONS[spec.kind]
        if spec.time is None:
            given = spec.sun_elevation_deg
            elevation = self._number(
                "sun_elevation_deg", _DEFAULT_ELEVATION.get(spec.kind, _DAY) if given is None else given, low, high
            )
            if spec.sun_azimuth_from_camera_deg is not None:
                right = drawer.number("sky.sun_azimuth_from_camera_deg", spec.sun_azimuth_from_camera_deg)
                azimuth = self._heading_rad - math.radians(right)
                drawer.note("sky.sun_azimuth_deg", math.degrees(azimuth) % 360.0)
                return elevation, azimuth
            around = Uniform(uniform=(0.0, 360.0)) if spec.sun_azimuth_deg is None else spec.sun_azimuth_deg
            return elevation, math.radians(drawer.number("sky.sun_azimuth_deg", around))
        time = spec.time
        elevation, compass = clock_elevation(
            self._word("time.date", time.date),
            self._number("time.hour", time.hour, 0.0, 24.0),
            self._number("time.latitude_deg", time.latitude_deg, -90.0, 90.0),
            self._number("time.longitude_deg", time.longitude_deg, -180.0, 180.0),
            time.utc_offset_h,
        )
        north = drawer.number("sky.time.north_deg", time.north_deg)
        drawer.note("sky.sun_elevation_deg", elevation)
        return _ranged(elevation, "sky.time: the sun's elevation", low, high), math.radians(north - compass)

    def _moon(self, sun_elevation_deg: float) -> tuple[float, float, float]:
        """Return the moon's light on level ground in lux, its elevation in degrees and its azimuth in radians."""
        spec = self._spec.moon
        if spec is None or sun_elevation_deg >= _MOON_BELOW_DEG:
            return 0.0, 30.0, 0.0
        elevation = self._number("moon.elevation_deg", spec.elevation_deg, 0.0, 90.0)
        phase = self._number("moon.phase_deg", spec.phase_deg, 0.0, 180.0)
        azimuth = math.radians(self._drawer.number("sky.moon.azimuth_deg", spec.azimuth_deg))
        return moon_illuminance(elevation, phase), elevation, azimuth

    def _whiteness(self) -> float:
        own = self._spec_whiteness
        clear = (1.0 - own) * math.exp(-sum(depth_to_sky(medium) for medium in self._air))
        return round((1.0 - clear) * _WHITENESS_STEPS) / _WHITENESS_STEPS

    def _veil(self) -> float:
        """Return how much of what stands on the horizon leaves the map: all that nobody sees through the air.

        What fog merely dims stays in the map, for the camera dims it by its distance.
        """
        hidden = 1.0 - math.exp(-level_extinction(self._air) * SKYLINE_M[0])
        share = max(self._spec_whiteness, min(max((hidden - 0.4) / 0.55, 0.0), 1.0))
        return round(share * _WHITENESS_STEPS) / _WHITENESS_STEPS

    def _ground(self) -> dict[str, Any]:
        spec = self._spec
        ground = self._word("ground", spec.ground)
        horizon = self._word("horizon", spec.horizon)
        albedo = ground_albedo(ground)
        if spec.ground_albedo is not None:
            albedo = self._number("ground_albedo", spec.ground_albedo, 0.0, 1.0)
        return {"ground": ground, "ground_albedo": _rounded(albedo), "horizon": horizon}


def _ranged(value: Any, path: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise UsageError(f"{path} must be {low:g}..{high:g}, got {value!r}")
    return float(value)


def _rounded(value: float) -> float:
    return round(value, 4)


def _towards(elevation_deg: float, azimuth_rad: float) -> tuple[float, float, float]:
    elevation = math.radians(elevation_deg)
    level = math.cos(elevation)
    return level * math.cos(azimuth_rad), level * math.sin(azimuth_rad), math.sin(elevation)
