"""Levels of weather: thresholds, sums of extinction, light on the ground."""

from __future__ import annotations

import math

import pytest

from synthvision.imaging.airlight_laws import rain_extinction, snow_extinction
from synthvision.library.reference import AssetRef
from synthvision.scene import (
    AirMedium,
    Camera,
    Environment,
    PointLight,
    Rain,
    RectLight,
    Scene,
    SnowCover,
    Snowfall,
    SpotLight,
    SunLight,
    Weather,
    Wetness,
)
from synthvision.scene.levels import ground_illuminance, meteorological_visibility, weather_levels

CAMERA = Camera(
    size_wh=(8, 8), focal_xy_px=(8, 8), centre_xy_px=(4, 4), position_m=(0, 0, 1), rotation_wxyz=(1, 0, 0, 0)
)


def scene(weather=None, lux=10_000.0, lights=()):
    environment = Environment(asset=AssetRef("builtin", "overcast"), illuminance_lux=lux)
    return Scene(camera=CAMERA, weather=weather, environment=environment, lights=lights)


def fog(visibility_m):
    return Weather(air=(AirMedium(kind="fog", visibility_m=visibility_m),))


@pytest.mark.parametrize(
    ("weather", "key", "level"),
    [
        (None, "rain", "none"),
        (Weather(rain=Rain(rate_mm_h=0.3)), "rain", "drizzle"),
        (Weather(rain=Rain(rate_mm_h=2.4)), "rain", "light"),
        (Weather(rain=Rain(rate_mm_h=2.5)), "rain", "moderate"),
        (Weather(rain=Rain(rate_mm_h=7.6)), "rain", "heavy"),
        (Weather(rain=Rain(rate_mm_h=50.0)), "rain", "violent"),
        (Weather(snowfall=Snowfall(rate_mm_h=0.9)), "snow", "light"),
        (Weather(snowfall=Snowfall(rate_mm_h=2.6)), "snow", "heavy"),
        (fog(999.0), "fog", "light"),
        (fog(1_000.0), "fog", "none"),
        (fog(150.0), "fog", "dense"),
        (fog(150.0), "visibility", "50-200 m"),
        (fog(150.0), "haze", "none"),
        (Weather(air=(AirMedium(kind="haze", visibility_m=3_000.0),)), "haze", "light"),
        (Weather(air=(AirMedium(kind="dust", visibility_m=300.0),)), "dust", "dense"),
        (Weather(wetness=Wetness(film=0.3)), "ground", "damp"),
        (Weather(wetness=Wetness(film=0.9)), "ground", "wet"),
        (Weather(wetness=Wetness(film=0.9, puddles=0.2)), "ground", "puddles"),
        (Weather(snow_cover=SnowCover(cover=0.4)), "ground", "snow patches"),
        (Weather(snow_cover=SnowCover(cover=0.9), wetness=Wetness()), "ground", "snow"),
        (Weather(wind_m_s=(6.0, 0.0)), "wind", "moderate"),
    ],
)
def test_levels_have_the_thresholds_of_weather_services(weather, key, level):
    assert weather_levels(scene(weather))[key] == level


@pytest.mark.parametrize(
    ("lux", "level"),
    [(0.2, "night"), (3.4, "dusk"), (399.0, "dusk"), (1_000.0, "dim"), (10_000.0, "day"), (5e4, "bright day")],
)
def test_light_is_named_by_what_falls_on_the_ground(lux, level):
    assert weather_levels(scene(lux=lux))["light"] == level


def test_extinction_adds_up_and_is_that_of_the_pictures():
    rain, snow = Rain(rate_mm_h=25.0), Snowfall(rate_mm_h=1.5, fall_speed_m_s=0.8)
    assert meteorological_visibility(Weather(rain=rain)) == pytest.approx(2.996 / rain_extinction(rain), rel=0.01)
    assert meteorological_visibility(Weather(snowfall=snow)) == pytest.approx(2.996 / snow_extinction(snow), rel=0.05)
    two = Weather(air=(AirMedium(kind="fog", visibility_m=600.0), AirMedium(kind="haze", visibility_m=300.0)))
    assert meteorological_visibility(two) == pytest.approx(200.0)
    assert meteorological_visibility(Weather()) == 20_000.0


def test_sun_and_moon():
    def sun(elevation_deg, lux):
        angle = math.radians(elevation_deg)
        return SunLight(direction_xyz=(math.cos(angle), 0.0, math.sin(angle)), illuminance_lux=lux)

    assert weather_levels(scene(lights=(sun(40, 9e4),)))["sun"] == "high"
    assert weather_levels(scene(lights=(sun(8, 2e4),)))["sun"] == "low"
    assert weather_levels(scene(lights=(sun(40, 0.2),)))["sun"] == "none"
    assert ground_illuminance(scene(lux=0.0, lights=(sun(30, 1_000.0),))) == pytest.approx(500.0)


def test_lamps_light_the_ground_under_them():
    place = (0.0, 0.0, 2.0)
    half_turn = (0.0, 1.0, 0.0, 0.0)
    lamps = [
        PointLight(position_m=place, intensity_cd=40.0),
        SpotLight(position_m=place, direction_xyz=(0.0, 0.0, -1.0), intensity_cd=40.0),
        RectLight(position_m=place, rotation_wxyz=half_turn, size_wh_m=(0.5, 0.2), intensity_cd=40.0),
    ]
    for lamp in lamps:
        assert ground_illuminance(scene(lux=0.0, lights=(lamp,))) == pytest.approx(10.0)
    away = SpotLight(position_m=place, direction_xyz=(0.0, 0.0, 1.0), intensity_cd=40.0)
    assert ground_illuminance(scene(lux=0.0, lights=(away,))) == 0.0
