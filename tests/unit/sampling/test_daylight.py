"""Light of sun, moon and sky against published tables."""

from __future__ import annotations

import itertools
import math

import pytest

from synthvision.sampling.daylight import diffuse_share, moon_illuminance, sky_illuminance, sun_illuminance


@pytest.mark.parametrize(
    ("elevation_deg", "lux"),
    [
        # Sun and clear sky together on level ground, U.S. Naval Observatory Circular 171 (1987), figure 1.
        (60.0, 103_000),
        (45.0, 76_500),
        (30.0, 46_300),
        (20.0, 27_000),
        (10.0, 11_100),
        (5.0, 4_760),
        (0.0, 759),
        (-3.0, 79),
        (-6.0, 3.41),
        (-12.0, 0.0081),
    ],
)
def test_a_clear_sky_gives_what_the_table_says(elevation_deg, lux):
    sun, _ = sun_illuminance(elevation_deg, 3.0)
    total = sky_illuminance(elevation_deg, 0.0) + sun * max(math.sin(math.radians(elevation_deg)), 0.0)
    assert total == pytest.approx(lux, rel=0.25)


@pytest.mark.parametrize(
    ("elevation_deg", "cover", "lux"),
    [
        # Illuminating Engineering Society, RP-21 (1984): clear, partly cloudy and overcast, without the sun.
        (90.0, 0.0, 16_300),
        (30.0, 0.0, 11_760),
        (90.0, 0.5, 45_300),
        (90.0, 1.0, 21_300),
        (30.0, 1.0, 10_800),
        (10.0, 1.0, 3_950),
    ],
)
def test_the_sky_alone_gives_what_the_table_says(elevation_deg, cover, lux):
    assert sky_illuminance(elevation_deg, cover) == pytest.approx(lux, rel=0.01)


def test_light_never_jumps_and_falls_with_the_sun():
    heights = [step / 4 for step in range(-80, 361)]
    for cover in (0.0, 0.3, 0.5, 1.0):
        levels = [sky_illuminance(height, cover) for height in heights]
        assert all(level > 0 for level in levels)
        # The tables meet within a hundredth; a quarter of a degree changes twilight by a third, and the broken
        # clouds of the daytime table by two thirds at sunrise.
        steps = [above / below for below, above in itertools.pairwise(levels)]
        assert min(steps) > 0.99
        assert max(steps) < (1.7 if 0 < cover < 1 else 1.35)


def test_haze_takes_from_the_sun_and_gives_to_the_sky():
    clear, hazy = sun_illuminance(40.0, 2.0), sun_illuminance(40.0, 9.0)
    assert hazy[0] < 0.6 * clear[0]
    assert sky_illuminance(40.0, 0.0, 9.0) > 1.5 * sky_illuminance(40.0, 0.0, 2.0)
    # A low sun is red.
    assert sun_illuminance(5.0, 3.0)[1][0] > 2 * sun_illuminance(5.0, 3.0)[1][2]
    assert sun_illuminance(-1.0, 3.0)[0] == 0.0


def test_moonlight():
    assert moon_illuminance(90.0, 0.0) == pytest.approx(0.267, abs=0.01)
    # A half moon gives a ninth of a full one, not a half.
    assert moon_illuminance(45.0, 90.0) / moon_illuminance(45.0, 0.0) == pytest.approx(0.12, abs=0.03)
    assert 0.03 < moon_illuminance(30.0, 0.0) < 0.3
    assert moon_illuminance(-2.0, 0.0) == 0.0


def test_what_a_layer_lets_through():
    assert diffuse_share(0.0, 0.85) == 1.0
    # Two-stream solution for a cloud of depth 20 and g 0.85: 2 / (2 + 0.15 * 20).
    assert diffuse_share(20.0, 0.85) == pytest.approx(0.4)
    assert diffuse_share(2.0, 0.7, 0.8) < diffuse_share(2.0, 0.7)
