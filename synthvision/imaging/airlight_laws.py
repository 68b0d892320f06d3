"""Size, number and fall of rain drops and snow flakes, and what they take from light.

All diameters are in metres unless a name says otherwise. Flakes of snow are described by the drop they melt to, as the
laws are; `SNOW_SWELLING` turns that into the size one sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthvision.scene import Rain, Snowfall

__all__ = [
    "KOSCHMIEDER",
    "RAIN_DIAMETERS_M",
    "SNOW_DIAMETERS_M",
    "SNOW_SWELLING",
    "RainLaw",
    "SizeLaw",
    "SnowLaw",
    "rain_extinction",
    "rain_fall_speed",
    "snow_extinction",
]

Float = NDArray[np.float64]

#: Extinction coefficient times visibility: 5 % of the contrast are left (meteorological optical range, WMO No. 8).
KOSCHMIEDER = 2.996
#: Smallest and largest drop that is drawn one by one; larger ones break up.
RAIN_DIAMETERS_M = (0.0005, 0.006)
#: The same for flakes, as they are seen: crystals below, clumps of many crystals above.
SNOW_DIAMETERS_M = (0.001, 0.014)
#: Density of flakes over that of water: clumps of crystals hold 0.05 to 0.2 g/cm3.
_SNOW_DENSITY = 0.1
#: Diameter of a flake over that of the drop it melts to.
SNOW_SWELLING = _SNOW_DENSITY ** (-1 / 3)


class SizeLaw(Protocol):
    """An exponential size law: n0 exp(-slope D) particles per cubic metre and metre of diameter."""

    @property
    def n0_per_m4(self) -> float:
        """Particles per cubic metre and metre of diameter at diameter 0."""
        ...

    @property
    def slope_per_m(self) -> float:
        """How fast the number falls with the diameter, 1/m."""
        ...

    @property
    def diameters_m(self) -> tuple[float, float]:
        """Smallest and largest diameter that is drawn."""
        ...

    @property
    def least_width_px(self) -> float:
        """Narrower than this part of a pixel a particle does not show: it is left to the extinction."""
        ...


@dataclass(frozen=True, slots=True)
class RainLaw:
    """Sizes of rain drops: Marshall and Palmer, "The distribution of raindrops with size", J. Meteorology 5 (1948).

    N(D) = 8000 exp(-4.1 R^-0.21 D) per m3 and mm, with D in mm and R in mm/h.

    Args:
        rate_mm_h: Rain rate.
    """

    rate_mm_h: float

    @property
    def n0_per_m4(self) -> float:
        """Particles per cubic metre and metre of diameter at diameter 0."""
        return 8e6

    @property
    def slope_per_m(self) -> float:
        """How fast the number falls with the diameter, 1/m."""
        return float(4100.0 * self.rate_mm_h**-0.21)

    @property
    def diameters_m(self) -> tuple[float, float]:
        """Smallest and largest diameter that is drawn."""
        return RAIN_DIAMETERS_M

    @property
    def least_width_px(self) -> float:
        """Part of a pixel: a narrower streak, which stops a few hundredths of the light, does not show."""
        return 0.45


@dataclass(frozen=True, slots=True)
class SnowLaw:
    """Sizes of flakes as they are seen: Gunn and Marshall, J. Meteorology 15 (1958), for the drops they melt to.

    N(D) = 3800 R^-0.87 exp(-2.55 R^-0.48 D) per m3 and mm, with the melted diameter D in mm and R in mm/h of water.
    The law holds for flakes that fall at 1 m/s; at another speed as many fewer hang in the air, so that the rate is
    kept.

    Args:
        rate_mm_h: Rate as melted water.
        fall_speed_m_s: Speed of the flakes.
    """

    rate_mm_h: float
    fall_speed_m_s: float = 1.0

    @property
    def n0_per_m4(self) -> float:
        """Particles per cubic metre and metre of diameter at diameter 0."""
        return float(3.8e6 * self.rate_mm_h**-0.87 / SNOW_SWELLING / self.fall_speed_m_s)

    @property
    def slope_per_m(self) -> float:
        """How fast the number falls with the diameter, 1/m."""
        return float(2550.0 * self.rate_mm_h**-0.48 / SNOW_SWELLING)

    @property
    def diameters_m(self) -> tuple[float, float]:
        """Smallest and largest diameter that is drawn."""
        return SNOW_DIAMETERS_M

    @property
    def least_width_px(self) -> float:
        """Part of a pixel: smaller flakes, of which there are very many, melt into an even mist."""
        return 0.7


def rain_fall_speed(diameter_m: ArrayLike) -> Float:
    """Return the fall speed of rain drops in m/s: 9.65 - 10.3 exp(-0.6 D), D in mm (Atlas et al. 1973).

    Example:
        >>> round(float(rain_fall_speed(0.002)), 2)
        6.55
    """
    speed: Float = 9.65 - 10.3 * np.exp(-600.0 * np.asarray(diameter_m, np.float64))
    return np.maximum(speed, 0.0)


def rain_extinction(rain: Rain) -> float:
    """Return the extinction coefficient of rain in 1/m: 0.312 R^0.67 per km, R in mm/h (Weber 2015).

    Example:
        >>> round(1000 * rain_extinction(Rain(rate_mm_h=25.0)), 2)
        2.7
    """
    return float(0.312e-3 * rain.rate_mm_h**0.67)


def snow_extinction(snowfall: Snowfall) -> float:
    """Return the extinction coefficient of falling snow in 1/m.

    Flakes are much larger than the wavelength, so each takes twice its shadow from a beam (van de Hulst 1957):
    2 * integral of pi/4 D^2 N(D) dD = pi n0 / slope^3 with the law of Gunn and Marshall. That is about
    3.3 R^0.57 per km at 1 m/s: a visibility of 0.9 km at 1 mm/h and of 0.53 km at 2.5 mm/h, where light snow ends at
    1 km and heavy snow starts at 0.5 km.
    """
    law = SnowLaw(snowfall.rate_mm_h, snowfall.fall_speed_m_s)
    return float(np.pi * law.n0_per_m4 / law.slope_per_m**3)
