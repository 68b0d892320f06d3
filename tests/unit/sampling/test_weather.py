"""Weather: presets, what follows from what, pins, and bad input."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from synthvision.core.errors import UsageError
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.drawing import Drawer, Ledger
from synthvision.sampling.override import override_scene
from synthvision.sampling.weather import WeatherMaker, weathered_camera
from synthvision.sampling.weather_config import WeatherSpec, preset_names
from synthvision.scene import LensSurface, scene_from_json, scene_to_json

OBJECTS = {"boxes": {"pick": "box", "count": 2, "placement": {"kind": "on_surface"}}}


def drawn(weather, index=0, pins=None):
    spec = None if weather is None else WeatherSpec.model_validate(weather)
    ledger = Ledger(pins)
    made = WeatherMaker(spec).make(Drawer(0, index, "", ledger))
    return made, ledger


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_draws_what_its_name_says(name):
    for index in range(6):
        made, ledger = drawn({"kind": name}, index)
        weather = made.weather
        assert weather.name == name
        assert ledger.factors["weather.kind"] == name
        assert (weather.rain is not None) == (("rain" in name and name != "after_rain") or name == "drizzle")
        assert (weather.snowfall is not None) == (name in ("snow", "light_snow", "heavy_snow", "snow_dusk"))
        assert ("fog" in name) == any(medium.kind == "fog" for medium in weather.air)
        assert ("dust" in name) == any(medium.kind == "dust" for medium in weather.air)
        assert (weather.snow_cover is not None) == ("snow" in name)


def test_rates_and_visibilities_of_presets_are_those_of_the_weather_services():
    for index in range(20):
        assert 7.6 <= drawn({"kind": "heavy_rain"}, index)[0].weather.rain.rate_mm_h <= 50
        assert drawn({"kind": "violent_rain"}, index)[0].weather.rain.rate_mm_h >= 50
        assert drawn({"kind": "drizzle"}, index)[0].weather.rain.rate_mm_h <= 1
        assert drawn({"kind": "light_snow"}, index)[0].weather.snowfall.rate_mm_h <= 1
        assert drawn({"kind": "fog"}, index)[0].weather.air[0].visibility_m < 1000
        assert 1000 < drawn({"kind": "haze"}, index)[0].weather.air[0].visibility_m < 10_000


def test_rain_brings_wet_ground_puddles_rings_wind_and_clouds():
    light, _ = drawn({"rain": {"rate_mm_h": 1.0}})
    heavy, ledger = drawn({"rain": {"rate_mm_h": 40.0}})
    for made, rate in ((light, 1.0), (heavy, 40.0)):
        assert made.weather.wetness.ripple_rate_mm_h == rate
        assert made.weather.wetness.film > 0.6
        assert made.weather.wind_m_s != (0.0, 0.0)
        assert made.sky.cover == 1.0
    assert heavy.weather.wetness.puddles > 5 * light.weather.wetness.puddles
    assert heavy.sky.cloud_light < 0.5 * light.sky.cloud_light
    # What follows is a factor too, so that coverage and replay can speak of it.
    assert ledger.factors["weather.wetness.puddles"] == heavy.weather.wetness.puddles


def test_snow_brings_cover_and_clouds():
    made, _ = drawn({"snowfall": {"rate_mm_h": 2.0}})
    assert made.weather.snow_cover.cover == pytest.approx(0.918, abs=0.01)
    assert made.sky.cover == 1.0
    assert made.weather.wetness is None


def test_what_the_block_says_wins_over_the_preset_key_by_key():
    made, _ = drawn({"kind": "heavy_rain", "rain": {"rate_mm_h": 3}, "wetness": {"puddles": 0.9}, "haze": None})
    assert made.weather.rain.rate_mm_h == 3
    assert made.weather.wetness.puddles == 0.9
    assert made.weather.wetness.ripple_rate_mm_h == 3
    assert made.weather.air == ()
    dry, _ = drawn({"kind": "rain", "wetness": None})
    assert dry.weather.wetness is None


def test_own_presets_build_on_others():
    block = {
        "kind": {"choice": ["clear", "cloudburst"], "weights": [0, 1]},
        "presets": {"cloudburst": {"like": "violent_rain", "wind": {"speed_m_s": 20}}},
    }
    made, _ = drawn(block)
    assert made.weather.name == "cloudburst"
    assert made.weather.rain.rate_mm_h >= 50
    assert sum(part**2 for part in made.weather.wind_m_s) == pytest.approx(400.0)


def test_weights_decide_how_often_a_kind_comes():
    kinds = [
        drawn({"kind": {"choice": ["clear", "rain"], "weights": [3, 1]}}, index)[0].weather.name for index in range(400)
    ]
    assert 0.18 < kinds.count("rain") / 400 < 0.32


def test_a_block_reads_back_as_it_was_written():
    block = {"kind": {"choice": ["rain", "own"]}, "fog": None, "presets": {"own": {"like": "fog", "seed": 3}}}
    spec = WeatherSpec.model_validate(block)
    again = WeatherSpec.model_validate(spec.model_dump(mode="json"))
    for name in ("rain", "own"):
        assert again.parts_of(name) == spec.parts_of(name)
        assert again.parts_of(name).model_fields_set == spec.parts_of(name).model_fields_set
    # A data set's job says itself what made it: presets are written out.
    assert "fog" in spec.presets
    assert spec.presets["rain"].rain is not None


@pytest.mark.parametrize(
    ("weather", "message"),
    [
        ("rian", r"must name a weather preset, got 'rian'; did you mean 'rain'"),
        ({"fog": {"visibility_m": -3}}, r"must be 5\.\.100000, got -3"),
        ({"fog": {"visibility_m": {"normal": {"mean": 100, "std": 50}}}}, "truncated_normal has bounds"),
        ({"wetness": {"puddles": 1.5}}, r"must be 0\.\.1, got 1.5"),
        ({"rain": {"rate_mm_h": 500}}, r"must be 0\.\.300, got 500"),
        ({"rain": {"rate": 5}}, "rate"),
        ({"kind": "a", "presets": {"a": {"like": "b"}, "b": {"like": "a"}}}, "must not be like itself"),
    ],
)
def test_bad_weather_is_refused_with_what_is_allowed(weather, message):
    with pytest.raises(ValidationError, match=message):
        SceneSpec.model_validate({"objects": {}, "weather": weather})


@pytest.mark.parametrize(
    ("weather", "sky", "message"),
    [
        ("clear", {"sun_elevation_deg": -10}, r"sky of kind clear must have its sun at 0\.\.90 degrees.*dusk or night"),
        ("clear", {"kind": "night"}, "which is by day, but the scene's sky is of kind night"),
        ("clear", {"time": {"hour": {"uniform": [0, 24]}}}, r"the time gives a sun that stands at -18\.\d\.\.65"),
        ("night", {"time": {"hour": 12}}, None),
        ("rain", {"kind": "clear"}, None),
        ("heavy_rain_dusk", {"sun_elevation_deg": 50}, None),
    ],
)
def test_weather_and_sky_must_go_together(weather, sky, message):
    scene = {"objects": {}, "weather": weather, "sky": sky}
    if message is None:
        SceneSpec.model_validate(scene)
    else:
        with pytest.raises(ValidationError, match=message):
            SceneSpec.model_validate(scene)


def test_nothing_said_of_weather_is_no_weather():
    made, ledger = drawn(None)
    assert (made.weather, made.sky, made.lens) == (None, None, None)
    assert ledger.factors == {}


@pytest.mark.parametrize("scene", [{}, {"weather": {"kind": {"choice": ["clear", "rain"]}}}])
def test_replay_sets_the_kind_of_weather_and_nothing_else_moves(fake, scene):
    sampler = fake.sampler(OBJECTS, environment={"pick": "room"}, **scene)
    recorded = scene_from_json(scene_to_json(sampler.sample(3)))
    changed = override_scene(recorded, {"weather.kind": "fog"}, sampler)
    assert changed.weather.name == "fog"
    assert changed.weather.air[0].kind == "fog"
    assert changed.objects == recorded.objects
    assert changed.camera == replace(recorded.camera)
    assert changed.environment == recorded.environment
    with pytest.raises(UsageError, match="must name a weather preset, got 'fgo'; did you mean 'fog'"):
        override_scene(recorded, {"weather.kind": "fgo"}, sampler)


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ({"weather.fog.visibility_m": -3.0}, r"weather.fog.visibility_m must be set to 5\.\.100000, got -3"),
        ({"weather.wetness.film": 2.0}, r"weather.wetness.film must be set to 0\.\.1, got 2"),
        ({"weather.seed": -1}, "weather.seed must be set to 0"),
        ({"weather.kind": 3}, "must be set to the name of a weather preset"),
    ],
)
def test_a_pin_out_of_range_is_refused(pins, message):
    with pytest.raises(UsageError, match=message):
        drawn({"kind": "fog"}, pins=pins)


def test_the_lens_of_a_camera_gets_wet_unless_it_has_dirt_of_its_own(fake):
    scene = fake.sampler(OBJECTS, weather={"kind": "rain", "lens": {"drops": 12, "veil": 0.1}}).sample(0)
    assert scene.camera.lens_surface.drops == 12
    assert scene.camera.lens_surface.seed == scene.weather.seed
    assert scene.camera.optics.veil == 0.1
    made, _ = drawn({"kind": "rain", "lens": {"drops": 12}})
    own = replace(scene.camera, lens_surface=LensSurface(specks=3), optics=None)
    assert weathered_camera(own, made) == own
