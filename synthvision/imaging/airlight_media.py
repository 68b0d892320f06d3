"""What is in the air as numbers for shaders: haze, fog, dust, and far rain and snow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.imaging.airlight_laws import KOSCHMIEDER, rain_extinction, snow_extinction
from synthvision.scene import AirMedium, Weather

__all__ = ["MAX_MEDIA", "REACH_DEPTH", "Medium", "media_of"]

#: What one shader takes.
MAX_MEDIA = 8
#: Behind this optical depth nothing shows, so patches need not be known there.
REACH_DEPTH = 6.0

#: How deep a medium without falloff reaches over the ground, for the way of sunlight through it: a boundary layer of
#: haze, radiation fog, a dust storm, the rain under a cloud.
_LAYER_M: Final = {"haze": 1000.0, "fog": 120.0, "dust": 500.0, "rain": 1500.0, "snow": 1500.0}
#: Drops are so large that half of what they take goes into a narrow diffraction peak (Weber 2015).
_RAIN_FORWARD = 0.95
#: Snow scatters more to all sides than drops (Warren 1982 gives 0.89 for grains of ice).
_SNOW_FORWARD = 0.89
_SNOW_ALBEDO = (0.97, 0.98, 1.0)


@dataclass(frozen=True, slots=True)
class Medium:
    """One medium.

    Args:
        extinction_per_m: At full density.
        base_height_m: Up to there it is as dense as it gets.
        falloff_m: Above, density falls by e with every `falloff_m`; None for everywhere the same.
        patchiness: 0 (even) to 1.
        patch_size_m: Size of the patches.
        albedo_rgb: Share of the dimmed light that is scattered.
        forward: Asymmetry of the phase function.
        layer_m: Depth over the ground where `falloff_m` is None, for sunlight only.
        pattern: Which pattern of patches: a 32-bit number.
    """

    extinction_per_m: float
    base_height_m: float
    falloff_m: float | None
    patchiness: float
    patch_size_m: float
    albedo_rgb: tuple[float, float, float]
    forward: float
    layer_m: float
    pattern: int

    def depth_above(self, height_m: float) -> float:
        """Return the optical depth straight up from a height over z = 0."""
        if self.falloff_m is None:
            return self.extinction_per_m * max(self.layer_m - height_m, 0.0)
        below, above = max(self.base_height_m - height_m, 0.0), max(height_m - self.base_height_m, 0.0)
        return float(self.extinction_per_m * (below + self.falloff_m * np.exp(-above / self.falloff_m)))

    @property
    def shader_values(self) -> NDArray[np.float32]:
        """float32 (2, 4): extinction, base, 1 / falloff or 0, 0; how far patches are known in metres, and zeros."""
        falloff = 0.0 if self.falloff_m is None else 1.0 / self.falloff_m
        return np.array(
            [
                [self.extinction_per_m, self.base_height_m, falloff, 0.0],
                [REACH_DEPTH / self.extinction_per_m, 0.0, 0.0, 0.0],
            ],
            np.float32,
        )


def media_of(weather: Weather | None) -> tuple[Medium, ...]:
    """Return everything in the air that dims light, rain and snow among it, what is patchy first; empty for clear air.

    Raises:
        UsageError: A number is out of range, or there are more than `MAX_MEDIA` media.
    """
    if weather is None:
        return ()
    media = [_checked(medium, weather.seed, number) for number, medium in enumerate(weather.air)]
    if weather.rain is not None and weather.rain.rate_mm_h != 0:
        if not 0 < weather.rain.rate_mm_h <= 500:
            raise UsageError(f"weather.rain.rate_mm_h must be 0 to 500, got {weather.rain.rate_mm_h}")
        media.append(_even("rain", rain_extinction(weather.rain), (1.0, 1.0, 1.0), _RAIN_FORWARD))
    if weather.snowfall is not None and weather.snowfall.rate_mm_h != 0:
        if not 0 < weather.snowfall.rate_mm_h <= 50:
            raise UsageError(f"weather.snowfall.rate_mm_h must be 0 to 50, got {weather.snowfall.rate_mm_h}")
        if not weather.snowfall.fall_speed_m_s > 0:
            raise UsageError(f"weather.snowfall.fall_speed_m_s must be above 0, got {weather.snowfall.fall_speed_m_s}")
        media.append(_even("snow", snow_extinction(weather.snowfall), _SNOW_ALBEDO, _SNOW_FORWARD))
    if len(media) > MAX_MEDIA:
        raise UsageError(f"a weather may have at most {MAX_MEDIA} media, rain and snow among them, got {len(media)}")
    return tuple(sorted(media, key=lambda medium: medium.patchiness == 0))


def _even(kind: str, extinction: float, albedo: tuple[float, float, float], forward: float) -> Medium:
    return Medium(extinction, 0.0, None, 0.0, 1.0, albedo, forward, _LAYER_M[kind], 0)


def _checked(medium: AirMedium, seed: int, number: int) -> Medium:
    where = f"weather.air.{number}"
    if not medium.visibility_m > 0:
        raise UsageError(f"{where}.visibility_m must be above 0, got {medium.visibility_m}")
    if medium.falloff_m is not None and not medium.falloff_m > 0:
        raise UsageError(f"{where}.falloff_m must be above 0, or None for none, got {medium.falloff_m}")
    if not 0 <= medium.patchiness <= 1:
        raise UsageError(f"{where}.patchiness must be 0 to 1, got {medium.patchiness}")
    if not medium.patch_size_m > 0:
        raise UsageError(f"{where}.patch_size_m must be above 0, got {medium.patch_size_m}")
    if not all(0 <= share <= 1 for share in medium.albedo_rgb):
        raise UsageError(f"{where}.albedo_rgb must be 0 to 1, got {medium.albedo_rgb}")
    if not -1 < medium.forward < 1:
        raise UsageError(f"{where}.forward must be between -1 and 1, got {medium.forward}")
    return Medium(
        KOSCHMIEDER / medium.visibility_m,
        medium.base_height_m,
        medium.falloff_m,
        medium.patchiness,
        medium.patch_size_m,
        medium.albedo_rgb,
        medium.forward,
        _LAYER_M[medium.kind],
        (seed * 0x9E3779B1 + (number + 1) * 0x85EBCA6B) & 0xFFFFFFFF,
    )
