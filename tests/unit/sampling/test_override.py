"""One factor changed, everything else as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthvision.core.errors import UsageError
from synthvision.sampling.override import apply_override, override_scene
from synthvision.scene import SnowCover, Weather, Wetness, scene_from_json, scene_to_json

OBJECTS = {
    "boxes": {
        "pick": "box",
        "count": {"uniform_int": [2, 4]},
        "placement": {"kind": "on_surface", "region": {"radius_m": 0.3}},
    }
}
LIGHT = {
    "lights": {"sun": {"kind": "sun", "illuminance_lux": {"log_uniform": [1e3, 1e5]}}},
    "environment": {"pick": ["sky", "room"]},
    "exposure": {"compensation_ev": {"uniform": [-1, 1]}},
}


@pytest.fixture
def sampler(fake):
    return fake.sampler(OBJECTS, **LIGHT)


@pytest.fixture
def recorded(sampler):
    """A scene as it comes back from a record."""
    return scene_from_json(scene_to_json(sampler.sample(6)))


def test_a_field_of_the_record_is_set_and_nothing_else(recorded):
    changed = apply_override(recorded, "camera.exposure.compensation_ev", 2.0)
    assert changed.camera.exposure.compensation_ev == 2.0
    assert changed.factors["camera.exposure.compensation_ev"] == 2.0
    expected = replace(recorded.camera, exposure=replace(recorded.camera.exposure, compensation_ev=2.0))
    assert replace(changed, factors=recorded.factors) == replace(recorded, camera=expected)


def test_an_entry_of_a_list_is_addressed_by_its_number(recorded):
    assert apply_override(recorded, "lights.0.illuminance_lux", 5.0).lights[0].illuminance_lux == 5.0
    assert apply_override(recorded, "objects.1.position_m.2", 0.5).objects[1].position_m[2] == 0.5


@pytest.mark.parametrize(
    ("path", "value", "allowed"),
    [
        ("weather.wetness.film", 7.0, r"wetness\.film must be 0\.\.1, got 7"),
        ("weather.wetness.puddles", -0.1, r"wetness\.puddles must be 0\.\.1, got -0\.1"),
        ("weather.wetness.puddle_size_m", 0.0, r"wetness\.puddle_size_m must be 0\.05\.\.50, got 0"),
        ("weather.snow_cover.cover", 1.5, r"snow_cover\.cover must be 0\.\.1, got 1\.5"),
        ("weather.snow_cover.albedo", 1.0, r"snow_cover\.albedo must be 0\.3\.\.0\.95, got 1"),
        ("weather.snow_cover.patch_size_m", 1e6, r"snow_cover\.patch_size_m must be 0\.05\.\.5000, got 1e\+06"),
    ],
)
def test_water_and_snow_of_the_record_are_set_within_their_range(recorded, path, value, allowed):
    scene = replace(recorded, weather=Weather(wetness=Wetness(), snow_cover=SnowCover()))
    assert apply_override(scene, "weather.wetness.film", 0.5).weather.wetness.film == 0.5
    with pytest.raises(UsageError, match=rf"^{path.replace('.', '[.]')} cannot be set to .*: .*{allowed}$"):
        apply_override(scene, path, value)


@pytest.mark.parametrize(
    ("changes", "untouched"),
    [
        ({"exposure.compensation_ev": 0.25}, ("objects", "lights", "environment")),
        ({"lights.sun.illuminance_lux": 123.0}, ("objects", "environment")),
        ({"environment": "room"}, ("objects", "lights")),
        ({"camera.azimuth_deg": 10.0}, ("objects", "lights", "environment")),
    ],
)
def test_a_value_of_the_scene_file_is_pinned_and_nothing_else_moves(sampler, recorded, changes, untouched):
    changed = override_scene(recorded, changes, sampler)
    for name in untouched:
        assert scene_to_json(changed)[name] == scene_to_json(recorded)[name], name
    assert changed != recorded
    path, value = next(iter(changes.items()))
    assert changed.factors[path] == value


def test_both_kinds_go_together(sampler, recorded):
    changed = override_scene(
        recorded, {"lights.sun.illuminance_lux": 123.0, "camera.exposure.tone_curve": "linear"}, sampler
    )
    assert (changed.lights[0].illuminance_lux, changed.camera.exposure.tone_curve) == (123.0, "linear")


def test_a_path_that_names_nothing_gets_the_nearest_one(sampler, recorded):
    with pytest.raises(UsageError, match=r"did you mean 'camera\.exposure\.compensation_ev'"):
        override_scene(recorded, {"camera.exposure.compensaton_ev": 1.0})
    with pytest.raises(UsageError, match=r"did you mean 'lights\.sun\.illuminance_lux'"):
        override_scene(recorded, {"lights.sun.iluminance_lux": 1.0}, sampler)


def test_a_value_of_the_wrong_type_is_refused(recorded):
    with pytest.raises(UsageError, match=r"camera\.near_m cannot be set to 'close'"):
        apply_override(recorded, "camera.near_m", "close")


def test_facts_cannot_be_changed(recorded):
    with pytest.raises(UsageError, match="must name a field"):
        apply_override(recorded, "origin.frame", 3)


def test_a_record_that_comes_out_different_today_is_not_drawn_again(fake, recorded):
    other = fake.sampler({**OBJECTS, "more": {"pick": "die", "placement": {"kind": "on_surface"}}}, **LIGHT)
    with pytest.raises(UsageError, match="comes out different from the record"):
        override_scene(recorded, {"lights.sun.illuminance_lux": 1.0}, other)
