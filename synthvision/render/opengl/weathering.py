"""Water and snow on surfaces, as the lighting pass takes them: variants of the shader, uniforms, the map of the sky."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np

from synthvision.geometry.world_noise import fractal_threshold, noise_seed
from synthvision.render.opengl.passes import Defines
from synthvision.render.opengl.sky_cover import SkyCover
from synthvision.render.ripples import ring_share, ring_steepness
from synthvision.render.surface_weather import (
    FILM_STREAM,
    PUDDLE_STREAM,
    RIPPLE_STREAM,
    SNOW_STREAM,
    Heights,
)
from synthvision.scene import Scene, Weather

__all__ = ["Weathering", "weathered"]


def weathered(scene: Scene) -> bool:
    """Return whether water or snow lies on a scene's surfaces."""
    weather = scene.weather
    if weather is None:
        return False
    wet, snow = weather.wetness, weather.snow_cover
    return (wet is not None and (wet.film > 0 or wet.puddles > 0)) or (snow is not None and snow.cover > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Weathering:
    """What ``surface_weather.glsl`` and its neighbours need.

    Args:
        weather: With wetness, lying snow or both.
        cover: What hides the sky from above, or None where nothing does.
        heights: World z between which puddles can stand, metres.
    """

    weather: Weather
    cover: SkyCover | None
    heights: Heights

    def defines(self) -> Defines:
        """Return the shader variant for what lies on the surfaces."""
        defines: Defines = {}
        wet, snow = self.weather.wetness, self.weather.snow_cover
        if wet is not None and (wet.film > 0 or wet.puddles > 0):
            defines["WET"] = 1
            if wet.puddles > 0:
                defines["PUDDLES"] = 1
                if ring_share(wet.ripple_rate_mm_h) > 0:
                    defines["RIPPLES"] = 1
        if snow is not None and snow.cover > 0:
            defines["SNOW"] = 1
        if self.cover is not None:
            defines["SKY_COVER"] = 1
        return defines

    def bind(self, program: moderngl.Program, cover_unit: int) -> None:
        """Set the uniforms of a program with these defines, as far as it has them.

        Args:
            program: Where.
            cover_unit: Texture unit of the map of the sky.
        """
        weather = self.weather
        values: dict[str, int | float | tuple[float, ...]] = {}
        if weather.wetness is not None:
            wet = weather.wetness
            values["wet_film"] = wet.film
            values["film_seed"] = noise_seed(weather.seed, FILM_STREAM)
            values["puddle_place"] = (fractal_threshold(wet.puddles), 1 / wet.puddle_size_m, *self.heights)
            values["puddle_share"] = wet.puddles
            values["puddle_seed"] = noise_seed(weather.seed, PUDDLE_STREAM)
            values["ripple_seed"] = noise_seed(weather.seed, RIPPLE_STREAM)
            values["ripple_share"] = ring_share(wet.ripple_rate_mm_h)
            values["ripple_height"] = ring_steepness(wet.ripple_rate_mm_h)
        if weather.snow_cover is not None:
            snow = weather.snow_cover
            values["snow_place"] = (fractal_threshold(snow.cover), 1 / snow.patch_size_m, snow.albedo, snow.cover)
            values["snow_seed"] = noise_seed(weather.seed, SNOW_STREAM)
        if self.cover is not None and "sky_cover" in program:
            program["sky_cover"] = cover_unit
            self.cover.depth.use(cover_unit)
            values["cover_size"] = (self.cover.texel_m, self.cover.range_m)
            program["cover_from_world"].write(np.ascontiguousarray(self.cover.cover_from_world.T, np.float32).tobytes())
        for name, value in values.items():
            # A variant may have no use for a uniform, and drivers then leave it out.
            if name in program:
                program[name] = value
