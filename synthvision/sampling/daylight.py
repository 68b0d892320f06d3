"""How much light sun, moon and sky give on level ground: published tables and fits, in lux.

* Sun outside the atmosphere 133 klx, dimmed by air, haze and ozone (Preetham et al. 1999).
* Clear, partly cloudy and overcast skies by day: Illuminating Engineering Society, RP-21 (1984).
* Twilight and moonlight: P. M. Janiczek and J. A. DeYoung, *Computer Programs for Sun and Moon Illuminance*, U.S.
  Naval Observatory Circular 171 (1987).
* What fog, dust and clouds let through: the two-stream solution 2 / (2 + (1 - g) tau) for light that is scattered and
  not swallowed (C. F. Bohren and E. E. Clothiaux, *Fundamentals of Atmospheric Radiation*, 2006, section 5.2).
"""

from __future__ import annotations

import math

from synthvision.library.procedural.skies import sun_light_rgb
from synthvision.sampling.colours import Rgb, luminance, unit_luminance

__all__ = ["DARKEST_LUX", "diffuse_share", "moon_illuminance", "sky_illuminance", "sun_illuminance"]

_USUAL_TURBIDITY = 3.0
#: Stars and the air's own glow on a moonless night.
DARKEST_LUX = 0.001
#: Polynomials in elevation / 90 degrees for the common logarithm of lux, each from the given elevation upwards.
_SUN_AND_SKY = (
    (20.0, (3.74, 3.97, -4.07, 1.47)),
    (5.0, (3.05, 13.28, -45.98, 64.33)),
    (-0.8, (2.88, 22.26, -207.64, 1034.30)),
    (-5.0, (2.88, 21.81, -258.11, -858.36)),
    (-12.0, (2.70, 12.17, -431.69, -1899.83)),
    (-18.0, (13.84, 262.72, 1447.42, 2797.93)),
)
_MOON = (
    (20.0, (-1.95, 4.06, -4.24, 1.56)),
    (5.0, (-2.58, 12.58, -42.58, 59.06)),
    (-0.8, (-2.79, 24.27, -252.95, 1321.29)),
)


def sun_illuminance(elevation_deg: float, turbidity: float) -> tuple[float, Rgb]:
    """Return what the sun gives on a surface that faces it, in lux, and its colour with luminance 1.

    Nothing below -0.3 degrees, where its disc has set.

    Args:
        elevation_deg: Height of the sun above the horizon in degrees.
        turbidity: 2 (very clear) to 10 (hazy).
    """
    if elevation_deg <= -0.3:
        return 0.0, (1.0, 1.0, 1.0)
    red, green, blue = (float(value) for value in sun_light_rgb(math.radians(elevation_deg), turbidity))
    rgb = (red * 1e3, green * 1e3, blue * 1e3)
    # A sun that is half set gives half its light.
    risen = min(max((elevation_deg + 0.3) / 0.55, 0.0), 1.0)
    return luminance(rgb) * risen, unit_luminance(rgb)


def sky_illuminance(elevation_deg: float, cover: float, turbidity: float = _USUAL_TURBIDITY) -> float:
    """Return what the sky without the sun gives on level ground, in lux.

    Args:
        elevation_deg: Height of the sun above the horizon in degrees, negative below.
        cover: Share of the sky under clouds, 0..1.
        turbidity: Haze: what it takes from the sun it gives to a clear sky.

    Example:
        >>> round(sky_illuminance(90.0, 1.0)), round(sky_illuminance(-6.0, 0.0), 1)
        (21300, 3.4)
    """
    whole = _polynomial(_SUN_AND_SKY, elevation_deg)
    if elevation_deg >= 0:
        height = math.sin(math.radians(elevation_deg))
        # Near the horizon the skies of the daytime table are too bright; there the sky is all but the sun.
        table = 800.0 + 15_500.0 * math.sqrt(height)
        rest = whole - height * sun_illuminance(elevation_deg, _USUAL_TURBIDITY)[0]
        clear = (table if elevation_deg > 12.0 else min(table, rest)) * _haze_factor(elevation_deg, turbidity)
        partly, overcast = 300.0 + 45_000.0 * height, 300.0 + 21_000.0 * height
    else:
        clear = max(whole, DARKEST_LUX)
        # Clouds take the same share as at the horizon.
        partly = overcast = 0.395 * clear
    # Through the three skies of the tables: clear, half covered, covered.
    return (
        2.0 * (cover - 0.5) * (cover - 1.0) * clear
        - 4.0 * cover * (cover - 1.0) * partly
        + 2.0 * cover * (cover - 0.5) * overcast
    )


def moon_illuminance(elevation_deg: float, phase_deg: float) -> float:
    """Return what the moon gives on level ground, in lux: up to 0.27 for a full moon in the zenith.

    Args:
        elevation_deg: Height above the horizon in degrees.
        phase_deg: Phase angle, 0 full to 180 new.

    Example:
        >>> round(moon_illuminance(90.0, 0.0), 2)
        0.27
    """
    if elevation_deg <= -0.8:
        return 0.0
    dimmed = 10.0 ** (-0.00868 * phase_deg - 2.2e-9 * phase_deg**4)
    return float(_polynomial(_MOON, elevation_deg) * dimmed)


def diffuse_share(optical_depth: float, forward: float, albedo: float = 1.0) -> float:
    """Return the share of all light from above that comes through a layer, straight or scattered.

    Args:
        optical_depth: Of the layer from top to bottom.
        forward: Asymmetry g of its scattering, 0..1.
        albedo: Share of the dimmed light that is scattered rather than swallowed.

    Example:
        >>> diffuse_share(0.0, 0.85), round(diffuse_share(10.0, 0.85), 2)
        (1.0, 0.57)
    """
    return 2.0 / (2.0 + (1.0 - forward) * optical_depth) * math.exp(-(1.0 - albedo) * optical_depth)


def _haze_factor(elevation_deg: float, turbidity: float) -> float:
    """How much more light than usual a hazy sky sends down: what the sun lost, over what it usually loses."""
    lost = [133e3 - sun_illuminance(max(elevation_deg, 5.0), value)[0] for value in (turbidity, _USUAL_TURBIDITY)]
    return 1.0 + (lost[0] / lost[1] - 1.0) * min(elevation_deg / 10.0, 1.0)


def _polynomial(table: tuple[tuple[float, tuple[float, float, float, float]], ...], elevation_deg: float) -> float:
    for lowest, (a, b, c, d) in table:
        if elevation_deg >= lowest:
            x = elevation_deg / 90.0
            return float(10.0 ** (a + b * x + c * x * x + d * x**3))
    return 0.0
