"""The sun's place against published values."""

from __future__ import annotations

import pytest

from synthvision.geometry.sun_position import julian_day, refraction_deg, sun_position


@pytest.mark.parametrize(
    ("date", "day"),
    [
        # Meeus, Astronomical Algorithms, chapter 7.
        ((1957, 10, 4), 2436115.5),
        ((2000, 1, 1), 2451544.5),
        ((1987, 1, 27), 2446822.5),
        ((1988, 6, 19), 2447331.5),
        ((1600, 12, 31), 2305812.5),
    ],
)
def test_julian_days_are_those_of_the_book(date, day):
    assert julian_day(*date) == day


@pytest.mark.parametrize(
    ("date", "hour_utc", "place", "elevation", "azimuth"),
    [
        # Reda and Andreas (2003), NREL/TP-560-34302, table A5.1: Golden, Colorado; zenith 50.11162 with refraction.
        ((2003, 10, 17), 19.0 + 30.5 / 60, (39.742476, -105.1786), 90 - 50.11162, 194.34024),
        # The same algorithm, before sunrise at Greenwich: declination 4.78453 and hour angle 253.55414 degrees, which
        # make -6.343 degrees; there is no refraction to speak of.
        ((2015, 4, 2), 4.0 + 58.0 / 60, (51.48, 0.0), -6.343, 74.0758),
    ],
)
def test_the_sun_stands_where_reference_programs_put_it(date, hour_utc, place, elevation, azimuth):
    found = sun_position(julian_day(*date) + hour_utc / 24, *place)
    assert found == pytest.approx((elevation, azimuth), abs=0.05)


@pytest.mark.parametrize(
    ("date", "hour_utc", "place"),
    [
        # Sunrise and sunset of almanacs (upper limb on the horizon: the centre is 0.83 degrees below, refraction not
        # counted): Greenwich at the solstices, the equator at the equinox.
        ((2024, 6, 20), 3 + 43 / 60, (51.48, 0.0)),
        ((2024, 6, 20), 20 + 21 / 60, (51.48, 0.0)),
        ((2024, 12, 21), 8 + 4 / 60, (51.48, 0.0)),
        ((2024, 12, 21), 15 + 53 / 60, (51.48, 0.0)),
    ],
)
def test_the_sun_is_on_the_horizon_at_sunrise_and_sunset(date, hour_utc, place):
    elevation, _ = sun_position(julian_day(*date) + hour_utc / 24, *place)
    assert elevation == pytest.approx(-0.27, abs=0.3)


def test_noon_at_the_solstice_is_as_high_as_latitude_and_tilt_say():
    elevation, azimuth = sun_position(julian_day(2024, 6, 20) + 12.03 / 24, 40.0, 0.0)
    assert elevation == pytest.approx(90 - 40.0 + 23.44, abs=0.05)
    assert azimuth == pytest.approx(180.0, abs=1.0)
    southern, towards = sun_position(julian_day(2024, 6, 20) + 12.03 / 24, -40.0, 0.0)
    assert southern == pytest.approx(90 - 40.0 - 23.44, abs=0.05)
    assert min(towards, 360 - towards) < 1.0


def test_refraction_is_half_a_degree_at_the_horizon_and_nothing_overhead():
    assert refraction_deg(-0.57) == pytest.approx(0.57, abs=0.06)
    assert refraction_deg(45.0) == pytest.approx(1 / 60, abs=0.002)
    assert refraction_deg(90.0) == pytest.approx(0.0, abs=1e-3)
    assert refraction_deg(-10.0) == 0.0
