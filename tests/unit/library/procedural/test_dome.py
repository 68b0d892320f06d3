"""The sky of any hour and weather: brightness by direction, colours, what stands where."""

from __future__ import annotations

import math

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.library.map_sun import split_sun
from synthvision.library.procedural.skies.directions import (
    LUMINANCE_RGB,
    MAP_HEIGHT,
    direction_grid,
    horizontal_illuminance,
    pixel_of_direction,
)
from synthvision.library.procedural.skies.dome import SKY_DOME, overcast_luminance
from synthvision.library.procedural.skies.outdoors import paint_horizon
from synthvision.library.procedural.skies.twilight import twilight_rgb

DEFAULTS = {name: parameter.default for name, parameter in SKY_DOME.parameters.items()} | {"cover": 0.0}


def sky(**params):
    return SKY_DOME.build({**DEFAULTS, "horizon": "open", **params}).radiance_hwc


def mean_rgb(radiance, low_deg, high_deg):
    rows = [round((0.5 - angle / 180) * 512) for angle in (high_deg, low_deg)]
    return radiance[rows[0] : rows[1]].mean(axis=(0, 1))


def test_overcast_is_the_sky_of_the_cie():
    z = np.sin(np.radians([0.0, 30.0, 90.0])).astype(np.float32)
    assert overcast_luminance(z) == pytest.approx([1 / 3, 2 / 3, 1.0])
    radiance = sky(cover=1.0, relief=0.0, sun_elevation_deg=40.0, turbidity=3.0)
    luminance = radiance[:230] @ LUMINANCE_RGB
    zenith = luminance[0].mean()
    expected = overcast_luminance(direction_grid().z[:230])
    assert luminance / zenith == pytest.approx(expected / expected[0].mean(), rel=1e-3)


@pytest.mark.parametrize("elevation_deg", [-90.0, -30.0, -14.0, -10.0, -6.0, -3.0, 0.0, 2.0, 5.0, 12.0, 45.0, 90.0])
@pytest.mark.parametrize("cover", [0.0, 0.5, 0.95])
def test_every_hour_gives_finite_light_from_above(elevation_deg, cover):
    radiance = sky(sun_elevation_deg=elevation_deg, cover=cover)
    assert radiance.shape == (512, 1024, 3)
    assert np.isfinite(radiance).all()
    assert radiance.min() >= 0
    assert horizontal_illuminance(radiance) > 0


@pytest.mark.parametrize("elevation_deg", [2.0, 8.0, 20.0, 45.0, 70.0])
def test_no_map_holds_a_sun(elevation_deg):
    radiance = sky(sun_elevation_deg=elevation_deg)
    assert split_sun(radiance)[1] is None
    # Its glow is there, brightest where the sun stands, but no disc.
    row, column = pixel_of_direction(
        (0.0, math.cos(math.radians(elevation_deg)), math.sin(math.radians(elevation_deg)))
    )
    glow = radiance[int(row) - 12 : int(row) + 1, int(column)] @ LUMINANCE_RGB
    assert glow[0] < glow[-1] < 3 * glow[0]


def test_colours_of_the_day():
    noon = sky(sun_elevation_deg=50.0)
    blue = mean_rgb(noon, 40, 80)
    assert blue[2] > 1.3 * blue[0]
    dusk = sky(sun_elevation_deg=-3.0)
    # Under the sun warm, opposite and above blue, and brightest where the sun went down.
    under = dusk[240:250, 480:544].mean(axis=(0, 1))
    above = mean_rgb(dusk, 60, 90)
    away = dusk[240:250, :32].mean(axis=(0, 1))
    assert under[0] > under[2]
    assert above[2] > above[0]
    assert under @ LUMINANCE_RGB > 3 * (away @ LUMINANCE_RGB)
    hazy, clear = sky(turbidity=9.0, sun_elevation_deg=50.0), sky(turbidity=2.0, sun_elevation_deg=50.0)
    ratio = [mean_rgb(radiance, 30, 70)[2] / mean_rgb(radiance, 30, 70)[0] for radiance in (hazy, clear)]
    assert ratio[0] < 0.8 * ratio[1]


def test_clouds_cover_what_they_should_and_spare_the_sun():
    blue = {}
    for cover in (0.0, 0.3, 0.6):
        radiance = sky(cover=cover, sun_elevation_deg=40.0)[40:200]
        blue[cover] = float(np.mean(radiance[..., 2] > 1.25 * radiance[..., 0]))
    assert blue[0.0] > 0.75
    assert blue[0.0] > blue[0.3] + 0.1 > blue[0.6] + 0.15
    row, column = (int(value) for value in pixel_of_direction((0.0, math.cos(0.7), math.sin(0.7))))
    spared = sky(cover=0.6, sun_elevation_deg=math.degrees(0.7))
    hidden = sky(cover=0.6, sun_elevation_deg=math.degrees(0.7), sun_behind_clouds="yes")
    # The glow around the sun stays where no cloud is before it.
    assert spared[row, column] @ LUMINANCE_RGB > 2 * (hidden[row, column] @ LUMINANCE_RGB)


def test_fog_evens_the_sky_and_dust_colours_it():
    clear, fog, dust = (
        sky(sun_elevation_deg=30.0, **more)
        for more in ({}, {"whiteness": 1.0}, {"whiteness": 1.0, "air": "dust", "turbidity": 10.0})
    )
    spread = [float(np.ptp(np.percentile(radiance[60:240] @ LUMINANCE_RGB, [5, 95]))) for radiance in (clear, fog)]
    level = [float((radiance[60:240] @ LUMINANCE_RGB).mean()) for radiance in (clear, fog)]
    assert spread[1] / level[1] < 0.5 * spread[0] / level[0]
    rgb = mean_rgb(dust, 20, 60)
    assert rgb[0] > 1.3 * rgb[2]


def test_stars_moon_and_town_by_night():
    dark = sky(sun_elevation_deg=-40.0, moon_lux=0.0, city_lux=0.0)
    town = sky(sun_elevation_deg=-40.0, moon_lux=0.0, city_lux=1.0)
    stars = (dark[:200] @ LUMINANCE_RGB) > 3 * np.median(dark[:200] @ LUMINANCE_RGB)
    assert 100 < int(stars.sum()) < 2_500
    glow = [
        (radiance[235:245] @ LUMINANCE_RGB).mean() / (radiance[:60] @ LUMINANCE_RGB).mean() for radiance in (town, dark)
    ]
    assert glow[0] > 1.5 * glow[1]
    # The moon's own disc is the camera's to draw; its glow stands out from the stars once they are smoothed away.
    moon = sky(sun_elevation_deg=-40.0, moon_lux=0.2, moon_elevation_deg=30.0, moon_azimuth_deg=0.0, city_lux=0.0)
    glow = np.median((moon @ LUMINANCE_RGB)[:240].reshape(40, 6, 128, 8), axis=(1, 3))
    row, column = np.unravel_index(int(glow.argmax()), glow.shape)
    assert abs(6 * row + 3 - 512 / 3) < 7
    assert abs(8 * column + 4 - 512) < 9


def test_ground_reflects_what_it_is_told_to():
    dark, bright = (sky(sun_elevation_deg=40.0, ground="asphalt", ground_albedo=share) for share in (0.1, 0.4))
    assert mean_rgb(bright, -80, -40).mean() == pytest.approx(4 * mean_rgb(dark, -80, -40).mean(), rel=0.01)


def test_the_shadow_of_the_earth_rises_opposite_the_sun():
    grid = direction_grid()
    upper = (grid.x[:256], grid.y[:256], grid.z[:256])
    angle = math.radians(-2.0)
    seen = twilight_rgb(*upper, (0.0, math.cos(angle), math.sin(angle)), 2.5) @ LUMINANCE_RGB
    opposite = seen[:, 4]
    low, band = opposite[250], opposite[200:240].max()
    assert band > 1.7 * low


@pytest.mark.parametrize("horizon", ["open", "trees", "town"])
def test_the_skyline_reaches_as_high_as_what_is_painted(horizon):
    """Rows of the map are darker than the even sky up to the skyline, and the sky's own above it."""
    rng, grid = rng_for(3, 0, "test.skyline"), direction_grid()
    radiance = np.ones((MAP_HEIGHT, 2 * MAP_HEIGHT, 3), np.float32)
    tops = paint_horizon(rng, radiance, grid, horizon, np.full(3, 0.3))
    assert tops.shape == (3, 2 * MAP_HEIGHT)
    assert (tops[:2] == -1).all() == (horizon == "open")
    highest = tops.max(axis=0)
    sky_rows = np.abs(radiance[: MAP_HEIGHT // 2, :, 1] - 1.0) < 1e-6
    painted = np.where(sky_rows, -1.0, grid.z[: MAP_HEIGHT // 2]).max(axis=0)
    pixel = np.pi / MAP_HEIGHT
    seen = highest > 2 * pixel
    assert np.abs(painted - highest)[seen].max() < 1.6 * pixel


def test_fog_takes_the_horizon_from_the_map_and_leaves_the_ground_to_the_air():
    clear, veiled = (sky(sun_elevation_deg=30.0, cover=1.0, horizon="trees", veil=share) for share in (0.0, 1.0))

    def contrast(radiance):
        band = radiance[238:256] @ LUMINANCE_RGB
        return float(band.std() / band.mean())

    assert contrast(veiled) < 0.25 * contrast(clear)
    np.testing.assert_array_equal(veiled[260:], clear[260:])
