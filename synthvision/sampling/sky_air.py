"""What fog, haze and dust do to the light of sun and sky on its way to the ground."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synthvision.sampling.colours import luminance
from synthvision.sampling.daylight import diffuse_share
from synthvision.scene import AirMedium

__all__ = ["depth_to_sky", "level_extinction", "light_through"]

#: Fog without a stated top reaches as high as fog usually does, haze and dust as high as the mixed air by day.
_USUAL_DEPTH_M = {"fog": 200.0, "haze": 1_500.0, "dust": 1_500.0}
#: Extinction times visibility: 5 % of the contrast are left (meteorological optical range, WMO No. 8).
_KOSCHMIEDER = 2.996
_EYE_M = 1.6


def depth_to_sky(medium: AirMedium) -> float:
    """Return the optical depth of a medium from the ground to the sky."""
    reach = _USUAL_DEPTH_M[medium.kind] if medium.falloff_m is None else medium.falloff_m
    return _KOSCHMIEDER / medium.visibility_m * (max(medium.base_height_m, 0.0) + reach)


def level_extinction(air: Sequence[AirMedium]) -> float:
    """Return the extinction per metre of all media at the height of an eye, 1.6 m over the ground."""
    total = 0.0
    for medium in air:
        above = max(_EYE_M - medium.base_height_m, 0.0)
        density = 1.0 if medium.falloff_m is None else math.exp(-above / medium.falloff_m)
        total += _KOSCHMIEDER / medium.visibility_m * density
    return total


def light_through(sky_lux: float, sun_lux: float, sun_height: float, air: Sequence[AirMedium]) -> tuple[float, float]:
    """Return what fog, haze and dust leave of the sky's light on level ground and of the sun's on a facing surface.

    Args:
        sky_lux: Light of the sky on level ground.
        sun_lux: Light of the sun on a surface that faces it.
        sun_height: Sine of its elevation.
        air: What is in the air.
    """
    height = max(sun_height, 0.02)
    whole, direct = sky_lux + sun_lux * height, sun_lux
    for medium in air:
        depth = depth_to_sky(medium)
        whole *= diffuse_share(depth, medium.forward, luminance(medium.albedo_rgb))
        direct *= math.exp(-min(depth / height, 60.0))
    # What the sun lost and the layer let through comes from the sky now.
    return max(whole - direct * height, 0.0), direct if direct > 1e-3 * sun_lux else 0.0
