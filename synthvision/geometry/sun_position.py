"""Where the sun stands: from date, hour and place to its height above the horizon and its compass direction.

Low-precision formulas of the Astronomical Almanac as given by J. Meeus, *Astronomical Algorithms* (2nd ed. 1998),
chapters 7, 12, 13 and 25: within 0.01 degrees of the sun's place between 1950 and 2050. Refraction after G. G. Bennett
(1982) in the form of Meeus, formula 16.4.
"""

from __future__ import annotations

import math

__all__ = ["julian_day", "refraction_deg", "sun_position"]


def julian_day(year: int, month: int, day: int) -> float:
    """Return the Julian day at 0 h universal time of a date of the Gregorian calendar (Meeus, formula 7.1).

    Example:
        >>> julian_day(1957, 10, 4)
        2436115.5
    """
    if month <= 2:
        year, month = year - 1, month + 12
    century = year // 100
    leap = 2 - century + century // 4
    return math.floor(365.25 * (year + 4716)) + math.floor(30.6001 * (month + 1)) + day + leap - 1524.5


def refraction_deg(true_elevation_deg: float) -> float:
    """Return by how much air lifts a body at a true elevation, in degrees; 0 well below the horizon.

    Formula 16.4 of Meeus (Saemundsson): 1.02 / tan(h + 10.3 / (h + 5.11)) arc minutes at 1010 hPa and 10 degrees C.
    """
    if true_elevation_deg < -2.0:
        return 0.0
    height = true_elevation_deg
    return max(1.02 / math.tan(math.radians(height + 10.3 / (height + 5.11))), 0.0) / 60.0


def sun_position(julian_date: float, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
    """Return how high the sun stands and in which compass direction.

    Args:
        julian_date: Universal time as a Julian date, e.g. `julian_day` plus hours / 24.
        latitude_deg: Of the place, north positive, -90..90.
        longitude_deg: Of the place, east positive.

    Returns:
        Apparent elevation above the horizon (refraction included) and azimuth clockwise from north 0..360, in degrees.
    """
    days = julian_date - 2_451_545.0
    anomaly = math.radians((357.529 + 0.98560028 * days) % 360.0)
    mean_longitude = (280.459 + 0.98564736 * days) % 360.0
    ecliptic = math.radians(mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly))
    obliquity = math.radians(23.439 - 0.00000036 * days)
    ascension = math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(obliquity) * math.sin(ecliptic))
    sidereal = math.radians((280.46062 + 360.98564737 * days + longitude_deg) % 360.0)
    hour = sidereal - ascension
    latitude = math.radians(latitude_deg)
    sine = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(hour)
    true_deg = math.degrees(math.asin(min(max(sine, -1.0), 1.0)))
    azimuth = math.atan2(
        -math.cos(declination) * math.sin(hour),
        math.sin(declination) * math.cos(latitude) - math.cos(declination) * math.cos(hour) * math.sin(latitude),
    )
    return true_deg + refraction_deg(true_deg), math.degrees(azimuth) % 360.0
