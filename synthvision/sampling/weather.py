"""Draws the weather of a scene: what is in the air, what lies on the ground, and what that does to sky and lens.

Parts that a scene file leaves out follow from those that it gives: rain wets the ground, fills puddles, drives rings
over them and brings clouds and wind; snow brings clouds and lies on what faces up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from synthvision.core.errors import UsageError
from synthvision.sampling.distributions import Uniform, UniformInt
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.number_values import NumberValue
from synthvision.sampling.sky_config import SkySpec
from synthvision.sampling.weather_config import (
    RANGES,
    AirSpec,
    LensSpec,
    WeatherParts,
    WeatherSpec,
    overlaid,
)
from synthvision.scene import AirMedium, Camera, LensSurface, Optics, Rain, SnowCover, Snowfall, Weather, Wetness

__all__ = ["DrawnLens", "DrawnWeather", "WeatherMaker", "cloud_light_of_rain", "weathered_camera"]

AirKind = Literal["haze", "fog", "dust"]
Vector3 = tuple[float, float, float]

_WHITE: Vector3 = (1.0, 1.0, 1.0)
_AIR: tuple[tuple[AirKind, Vector3], ...] = (("haze", _WHITE), ("fog", _WHITE), ("dust", (0.95, 0.80, 0.60)))
_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLens:
    """What the weather does to the front glass of a camera.

    Args:
        drops: Number of water drops in view.
        specks: Number of specks of dirt in view.
        smudge: Strength of a greasy film, 0..1.
        glare: Share of light scattered into a halo.
        veil: Share of light spread over the picture.
    """

    drops: int = 0
    specks: int = 0
    smudge: float = 0.0
    glare: float = 0.0
    veil: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnWeather:
    """The weather of one scene.

    Args:
        weather: What the scene holds; None where the scene file says nothing of weather.
        sky: Changes to the sky that go with it, or None.
        lens: What it does to the front glass, or None.
    """

    weather: Weather | None = None
    sky: SkySpec | None = None
    lens: DrawnLens | None = None


class WeatherMaker:
    """Draws the weather of a scene file.

    Args:
        spec: The scene's weather block, or None for none.
    """

    def __init__(self, spec: WeatherSpec | None) -> None:
        self._spec = spec

    def make(self, drawer: Drawer) -> DrawnWeather:
        """Return the weather of one scene.

        Raises:
            UsageError: A pinned value is out of range, or the pinned kind is no preset.
        """
        pinned = drawer.pinned("weather.kind", None)
        if self._spec is None and pinned is None:
            return DrawnWeather()
        spec = WeatherSpec.model_validate({}) if self._spec is None else self._spec
        if pinned is None:
            pinned = drawer.word("weather.kind", spec.kind)
            drawer.note("weather.kind", pinned)
        if not isinstance(pinned, str):
            raise UsageError(f"weather.kind must be set to the name of a weather preset, got {pinned!r}")
        try:
            parts = spec.parts_of(pinned)
        except ValueError as error:
            raise UsageError(f"weather.kind: {error}") from error
        return _Drawing(drawer, parts).made(pinned)


class _Drawing:
    """The parts of one kind of weather on their way to values."""

    def __init__(self, drawer: Drawer, parts: WeatherParts) -> None:
        self._drawer = drawer
        self._parts = parts
        self._rain_mm_h = 0.0
        self._snow_mm_h = 0.0

    def made(self, name: str) -> DrawnWeather:
        rain, snowfall = self._rain(), self._snowfall()
        weather = Weather(
            name=name,
            air=tuple(self._air(kind, albedo) for kind, albedo in _AIR if getattr(self._parts, kind) is not None),
            rain=rain,
            snowfall=snowfall,
            wetness=self._wetness(),
            snow_cover=self._snow_cover(),
            wind_m_s=self._wind(),
            seed=self._seed(),
        )
        lens = self._parts.lens
        return DrawnWeather(weather=weather, sky=self._sky(), lens=None if lens is None else self._lens(lens))

    def _number(
        self, path: str, value: NumberValue | None, derived: float = 0.0, range_name: str | None = None
    ) -> float:
        """Return a drawn value; where the file leaves it out, the one that follows from the others, as a factor."""
        path = f"weather.{path}"
        number = self._drawer.number(path, derived if value is None else value)
        low, high = RANGES[range_name or path.rpartition(".")[2]]
        if not low <= number <= high:
            raise UsageError(f"{path} must be set to {low:g}..{high:g}, got {number:g}")
        if value is None:
            self._drawer.note(path, number)
        return number

    def _air(self, kind: AirKind, albedo: Vector3) -> AirMedium:
        spec: AirSpec = getattr(self._parts, kind)
        falloff = spec.falloff_m
        return AirMedium(
            kind=kind,
            visibility_m=self._number(f"{kind}.visibility_m", spec.visibility_m),
            base_height_m=self._number(f"{kind}.base_height_m", spec.base_height_m),
            falloff_m=None if falloff is None else self._number(f"{kind}.falloff_m", falloff),
            patchiness=self._number(f"{kind}.patchiness", spec.patchiness),
            patch_size_m=self._number(f"{kind}.patch_size_m", spec.patch_size_m),
            albedo_rgb=albedo if spec.albedo is None else spec.albedo,
            forward=self._number(f"{kind}.forward", spec.forward),
        )

    def _rain(self) -> Rain | None:
        spec = self._parts.rain
        if spec is None:
            return None
        self._rain_mm_h = self._number("rain.rate_mm_h", spec.rate_mm_h)
        return Rain(rate_mm_h=self._rain_mm_h) if self._rain_mm_h > 0 else None

    def _snowfall(self) -> Snowfall | None:
        spec = self._parts.snowfall
        if spec is None:
            return None
        self._snow_mm_h = self._number("snowfall.rate_mm_h", spec.rate_mm_h, range_name="snow_rate_mm_h")
        if self._snow_mm_h <= 0:
            return None
        return Snowfall(
            rate_mm_h=self._snow_mm_h,
            fall_speed_m_s=self._number("snowfall.fall_speed_m_s", spec.fall_speed_m_s),
            sway_m=self._number("snowfall.sway_m", spec.sway_m),
        )

    def _wetness(self) -> Wetness | None:
        spec, rate = self._parts.wetness, self._rain_mm_h
        if spec is None and (rate <= 0 or "wetness" in self._parts.model_fields_set):
            return None
        # A film takes minutes to form and is whole in light rain; puddles grow with what the drains cannot take.
        film = 1.0 - 0.5 * math.exp(-rate) if rate > 0 else 0.0
        puddles = 0.45 * (1.0 - math.exp(-rate / 15.0))
        film = self._number("wetness.film", None if spec is None else spec.film, film)
        puddles = self._number("wetness.puddles", None if spec is None else spec.puddles, puddles)
        ripples = self._number("wetness.ripple_rate_mm_h", None if spec is None else spec.ripple_rate_mm_h, rate)
        size = Uniform(uniform=(0.6, 2.5)) if spec is None else spec.puddle_size_m
        return Wetness(
            film=film,
            puddles=puddles,
            puddle_size_m=self._number("wetness.puddle_size_m", size),
            ripple_rate_mm_h=ripples,
        )

    def _snow_cover(self) -> SnowCover | None:
        spec, rate = self._parts.snow_cover, self._snow_mm_h
        if spec is None:
            if rate <= 0 or "snow_cover" in self._parts.model_fields_set:
                return None
            return SnowCover(cover=self._number("snow_cover.cover", None, 1.0 - math.exp(-rate / 0.8)))
        return SnowCover(
            cover=self._number("snow_cover.cover", spec.cover),
            patch_size_m=self._number("snow_cover.patch_size_m", spec.patch_size_m),
            albedo=self._number("snow_cover.albedo", spec.albedo, range_name="snow_albedo"),
        )

    def _wind(self) -> tuple[float, float]:
        spec = self._parts.wind
        if spec is None and self._rain_mm_h <= 0 and self._snow_mm_h <= 0:
            return (0.0, 0.0)
        speed: NumberValue | None = None if spec is None else spec.speed_m_s
        if speed is None:
            # Showers come with gusts: the harder the rain, the stronger the wind.
            usual = 1.5 + 5.0 * (1.0 - math.exp(-self._rain_mm_h / 25.0))
            speed = Uniform(uniform=(0.3 * usual, 1.7 * usual))
        metres = self._number("wind.speed_m_s", speed)
        direction = Uniform(uniform=(0.0, 360.0)) if spec is None else spec.direction_deg
        angle = math.radians(self._drawer.number("weather.wind.direction_deg", direction))
        return (metres * math.cos(angle), metres * math.sin(angle))

    def _seed(self) -> int:
        given = self._parts.seed
        seed = self._drawer.integer(
            "weather.seed", UniformInt(uniform_int=(0, _LARGEST_SEED)) if given is None else given
        )
        if not 0 <= seed <= _LARGEST_SEED:
            raise UsageError(f"weather.seed must be set to 0..{_LARGEST_SEED}, got {seed}")
        return seed

    def _lens(self, spec: LensSpec) -> DrawnLens:
        return DrawnLens(
            drops=round(self._number("lens.drops", spec.drops)),
            specks=round(self._number("lens.specks", spec.specks)),
            smudge=self._number("lens.smudge", spec.smudge),
            glare=self._number("lens.glare", spec.glare),
            veil=self._number("lens.veil", spec.veil),
        )

    def _sky(self) -> SkySpec | None:
        """Return the sky of the weather, with the clouds that rain and snow imply where none are stated."""
        sky = self._parts.sky
        stated = set() if sky is None else sky.model_fields_set
        if (self._rain_mm_h <= 0 and self._snow_mm_h <= 0) or "cover" in stated:
            return sky
        light = cloud_light_of_rain(self._rain_mm_h) if self._rain_mm_h > 0 else 0.8
        clouds = {"cover": 1.0} if "cloud_light" in stated else {"cover": 1.0, "cloud_light": light}
        if sky is None:
            return SkySpec.model_validate(clouds)
        kind = {"kind": "overcast"} if sky.kind in ("clear", "cloudy") else {}
        return overlaid(sky, SkySpec.model_validate({**clouds, **kind}))


def cloud_light_of_rain(rate_mm_h: float) -> float:
    """Return the light under rain clouds as a share of that under usual full cloud, 0.15 to 0.9.

    A choice, not a law: drizzle hardly differs from a dull day, a thunderstorm of 100 mm/h has a fifth of its light.

    Example:
        >>> round(cloud_light_of_rain(0.0), 2), round(cloud_light_of_rain(100.0), 2)
        (0.9, 0.18)
    """
    return 0.15 + 0.75 * math.exp(-rate_mm_h / 30.0)


def weathered_camera(camera: Camera, drawn: DrawnWeather) -> Camera:
    """Return a camera with what the weather does to its front glass; a camera that has dirt of its own keeps it.

    Args:
        camera: The camera as the scene file has it.
        drawn: The weather of its scene.
    """
    lens, weather = drawn.lens, drawn.weather
    if lens is None or weather is None:
        return camera
    if camera.lens_surface is None and (lens.drops or lens.specks or lens.smudge > 0):
        surface = LensSurface(drops=lens.drops, specks=lens.specks, smudge=lens.smudge, seed=weather.seed)
        camera = replace(camera, lens_surface=surface)
    if lens.glare > 0 or lens.veil > 0:
        optics = camera.optics or Optics()
        dirty = replace(optics, glare=max(optics.glare, lens.glare), veil=max(optics.veil, lens.veil))
        camera = replace(camera, optics=dirty)
    return camera
