"""Skies: sun, moon and lamps that agree with their map, pools of maps, pins, environment maps of packs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.core.errors import UsageError
from synthvision.library.assets import AssetLibrary
from synthvision.library.map_sun import LUMINANCE_WEIGHTS, directions
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.daylight import sky_illuminance, sun_illuminance
from synthvision.sampling.sampler import SceneSampler
from synthvision.scene import SpotLight, SunLight

OBJECTS = {"surface": {"pick": "ground", "size_m": [20, 20]}, "objects": {"cone": {"pick": "traffic_cone"}}}


@pytest.fixture(scope="module")
def library():
    return AssetLibrary.open(["builtin"])


def sampler(library, **scene):
    return SceneSampler(SceneSpec.model_validate({**OBJECTS, **scene}), [], library, 0, size_wh=(64, 48))


def suns(scene):
    return [light for light in scene.lights if isinstance(light, SunLight)]


def test_a_clear_day_has_the_light_of_the_tables_and_one_sun(library):
    scene = sampler(library, sky={"kind": "clear", "sun_elevation_deg": 40, "turbidity": 3}).sample(0)
    (sun,) = suns(scene)
    assert sun.illuminance_lux == pytest.approx(sun_illuminance(40, 3)[0])
    assert scene.environment.illuminance_lux == pytest.approx(sky_illuminance(40, 0.0, 3))
    assert sun.direction_xyz[2] == pytest.approx(math.sin(math.radians(40)))


def test_the_glow_of_the_map_stands_behind_the_sun(library):
    for frame in range(4):
        scene = sampler(library, sky={"kind": "clear", "sun_elevation_deg": 30}).sample(frame)
        radiance = library.load_environment(scene.environment.asset).radiance_hwc[:256]
        luminance = radiance @ LUMINANCE_WEIGHTS
        brightest = np.unravel_index(int(luminance.argmax()), luminance.shape)
        x, y, z = directions(512, 1024)[brightest]
        cosine, sine = math.cos(scene.environment.rotation_rad), math.sin(scene.environment.rotation_rad)
        seen = np.array([cosine * x - sine * y, sine * x + cosine * y, z])
        assert float(seen @ suns(scene)[0].direction_xyz) > math.cos(math.radians(1.0))


def test_a_job_shares_a_pool_of_maps_and_pins_leave_it(library):
    made = sampler(library, sky={"kind": "cloudy", "variants": 3})
    scenes = [made.sample(frame) for frame in range(12)]
    assert len({scene.environment.asset.key for scene in scenes}) <= 3
    assert len({scene.environment.rotation_rad for scene in scenes}) == 12
    pinned = made.sample(0, pins={"sky.sun_elevation_deg": 12.0})
    assert pinned.environment.asset.params["sun_elevation_deg"] == 12.0
    assert pinned.environment.asset.params["design"] == scenes[0].environment.asset.params["design"]
    assert pinned.objects == scenes[0].objects
    with pytest.raises(UsageError, match=r"sky.sun_elevation_deg must be 0\.\.90, got -5"):
        made.sample(0, pins={"sky.sun_elevation_deg": -5.0})


def test_date_hour_and_place_give_the_sun(library):
    # 21 June at 40 degrees north, solar noon: 73.4 degrees, in the south.
    time = {"date": "2024-06-21", "hour": 12.03, "latitude_deg": 40, "north_deg": 90}
    (sun,) = suns(sampler(library, sky={"kind": "clear", "time": time}).sample(0))
    assert math.degrees(math.asin(sun.direction_xyz[2])) == pytest.approx(73.4, abs=0.3)
    assert sun.direction_xyz[1] < 0
    assert abs(sun.direction_xyz[0]) < 0.02


def test_clouds_of_the_weather_take_the_sun_and_rain_dims_the_day(library):
    sky = {"sun_elevation_deg": 45}
    clear = sampler(library, sky=sky).sample(1)
    rain = sampler(library, sky=sky, weather={"kind": "clear", "rain": {"rate_mm_h": 60}}).sample(1)
    dull = sampler(library, sky=sky, weather="overcast").sample(1)
    assert len(suns(clear)) == 1
    assert suns(rain) == suns(dull) == []
    assert rain.environment.asset.params["cover"] == 1.0
    assert rain.environment.illuminance_lux < 0.4 * dull.environment.illuminance_lux
    assert dull.environment.illuminance_lux == pytest.approx(300 + 21_000 * math.sin(math.radians(45)), rel=0.01)


def test_fog_dims_the_sun_by_its_optical_depth_and_keeps_most_of_the_light(library):
    sky = {"kind": "clear", "sun_elevation_deg": 30, "turbidity": 3}
    layer = {"visibility_m": 2996, "base_height_m": 0, "falloff_m": 500, "forward": 0.85}
    clear = sampler(library, sky=sky).sample(0)
    foggy = sampler(library, sky=sky, weather={"kind": "clear", "fog": layer}).sample(0)
    # Depth 500 / 1000 upwards, twice that along the sun's rays.
    assert suns(foggy)[0].illuminance_lux == pytest.approx(suns(clear)[0].illuminance_lux * math.exp(-1.0), rel=1e-6)

    def level(scene):
        return scene.environment.illuminance_lux + 0.5 * suns(scene)[0].illuminance_lux

    assert level(foggy) == pytest.approx(level(clear) * 2 / (2 + 0.15 * 0.5), rel=1e-6)
    assert foggy.environment.asset.params["whiteness"] == 0.5
    dense = sampler(library, sky=sky, weather="dense_fog").sample(0)
    assert dense.environment.asset.params["whiteness"] == 1.0
    assert sum(light.illuminance_lux for light in suns(dense)) < 0.01 * suns(clear)[0].illuminance_lux


@pytest.mark.parametrize("size_m", [(4.0, 3.0), (240.0, 120.0), (90.0, 150.0)])
def test_ground_of_any_size_is_made_in_its_shape_so_that_no_texture_is_stretched(library, size_m):
    surface = {"pick": "ground", "size_m": list(size_m), "material": {"pick": "asphalt"}}
    ground = sampler(library, surface=surface).sample(0).objects[0]
    made = [ground.asset.params["size_x_m"], ground.asset.params["size_y_m"]]
    assert ground.scale[0] == pytest.approx(ground.scale[1])
    assert [side * ground.scale[0] for side in made] == pytest.approx(size_m)
    # Texture coordinates are metres of the ground as it was made: asphalt keeps the size of its stones.
    assert ground.materials[0].uv_scale == pytest.approx(ground.scale[0])


@pytest.mark.parametrize("right_deg", [0.0, 25.0, 180.0])
def test_the_sun_stands_where_the_camera_looks_if_asked_for(library, right_deg):
    sky = {"kind": "clear", "sun_elevation_deg": 8, "sun_azimuth_from_camera_deg": right_deg}
    made = sampler(library, sky=sky)
    for frame in range(3):
        scene = made.sample(frame)
        camera = scene.camera.world_from_camera[:3, 2]
        (sun,) = suns(scene)
        ahead = math.atan2(camera[1], camera[0])
        to_sun = math.atan2(sun.direction_xyz[1], sun.direction_xyz[0])
        assert math.remainder(ahead - to_sun - math.radians(right_deg), 2 * math.pi) == pytest.approx(0.0, abs=1e-9)
        assert scene.factors["sky.sun_azimuth_deg"] == pytest.approx(math.degrees(to_sun) % 360)


def test_all_views_of_a_scene_have_the_sun_of_the_first(library):
    spec = SceneSpec.model_validate({**OBJECTS, "sky": {"kind": "clear"}, "weather": "low_sun_glare"})
    made = SceneSampler(spec, [], library, 0, size_wh=(64, 48), views_per_scene=3)
    first, second, third = (made.sample(frame) for frame in range(3))
    assert suns(first) == suns(second) == suns(third)
    towards = np.asarray(suns(first)[0].direction_xyz[:2])
    ahead = first.camera.world_from_camera[:2, 2]
    assert towards @ ahead > math.cos(math.radians(23)) * np.linalg.norm(towards) * np.linalg.norm(ahead)


def test_fog_leaves_near_trees_in_the_map_and_dense_fog_takes_them(library):
    sky = {"kind": "clear", "sun_elevation_deg": 30}
    veils = {}
    for visibility in (5000, 60):
        fog = {"visibility_m": visibility, "base_height_m": 20, "falloff_m": 100}
        scene = sampler(library, sky=sky, weather={"kind": "clear", "fog": fog}).sample(0)
        veils[visibility] = scene.environment.asset.params["veil"]
    assert veils == {5000: 0.0, 60: 1.0}


def test_a_night_has_moon_lamps_and_headlights_and_a_day_has_none(library):
    lit = {"street_lamps": {"count": 3, "illuminance_lux": 20, "height_m": 5}, "headlights": {}}
    night = sampler(library, sky={"kind": "night", "cover": 0, **lit}).sample(0)
    day = sampler(library, sky={"kind": "clear", **lit}).sample(0)
    assert [type(light) for light in night.lights] == [SunLight, *[SpotLight] * 5]
    assert [type(light) for light in day.lights] == [SunLight]
    moon, lamp = night.lights[0], night.lights[1]
    assert moon.illuminance_lux < 0.6
    assert lamp.intensity_cd == pytest.approx(20 * 25)
    assert lamp.direction_xyz == (0.0, 0.0, -1.0)
    assert night.environment.illuminance_lux < 0.3
    for beam in night.lights[4:]:
        assert beam.direction_xyz[2] < 0
        assert sum(a * b for a, b in zip(beam.position_m[:2], beam.direction_xyz[:2], strict=True)) < 0


@pytest.mark.parametrize(
    ("sky", "message"),
    [
        (
            {"kind": "clear", "sun_elevation_deg": -3},
            r"must have its sun at 0\.\.90 degrees, but sun_elevation_deg is -3",
        ),
        ({"kind": "night", "sun_elevation_deg": {"uniform": [-20, 0]}}, r"must have its sun at -90\.\.-6 degrees"),
        ({"kind": "clear", "cover": 0.9}, r"cover must be 0\.\.0.15 under a sky of kind clear, got 0.9"),
        ({"kind": "hdri"}, "must have pick and illuminance_lux"),
        ({"pick": "studio"}, "belong to a sky of kind hdri"),
        ({"time": {"hour": 3}, "sun_elevation_deg": 4}, "either time, or sun_elevation_deg"),
        ({"time": {"hour": 3, "date": "2024-13-01"}}, "must be a date like 2025-06-21"),
        ({"ground": "gras"}, "must be one of grass, asphalt"),
        ({"turbidity": 1}, r"must be 2\.\.10, got 1"),
    ],
)
def test_bad_skies_are_refused_with_what_is_allowed(sky, message):
    with pytest.raises(ValidationError, match=message):
        SceneSpec.model_validate({"objects": {}, "sky": sky})


def test_a_sky_takes_the_place_of_an_environment():
    with pytest.raises(ValidationError, match="either sky or environment, not both"):
        SceneSpec.model_validate({"objects": {}, "sky": {}, "environment": {"pick": "studio"}})


def test_weather_changes_the_light_of_scenes_without_a_sky_out_of_doors_only(library):
    outside = sampler(library, environment={"pick": "clear_sky", "params": {"sun_elevation_deg": 25}})
    rain = outside.sample(2, pins={"weather.kind": "rain"})
    assert rain.environment.asset.name == "sky_dome"
    assert rain.environment.asset.params["sun_elevation_deg"] == 25
    inside = sampler(library, environment={"pick": "studio"})
    assert inside.sample(2, pins={"weather.kind": "rain"}).environment == inside.sample(2).environment
    sunny = sampler(library, lights={"sun": {"kind": "sun", "illuminance_lux": 9e4}})
    assert suns(sunny.sample(0))
    assert suns(sunny.sample(0, pins={"weather.kind": "rain"})) == []


@pytest.mark.shared
def test_the_sun_of_a_map_becomes_a_light_and_leaves_the_map():
    library = AssetLibrary.open(["builtin", "shared"])
    pick = "shared/hdri/kloofendal_43d_clear_1k"
    sky = {"kind": "hdri", "pick": pick, "illuminance_lux": 60_000, "rotation_deg": 30}
    scene = sampler(library, sky=sky).sample(0)
    (sun,) = suns(scene)
    assert dict(scene.environment.asset.params) == {"sun": "without"}
    # Nothing is lost and nothing counted twice.
    total = scene.environment.illuminance_lux + sun.illuminance_lux * sun.direction_xyz[2]
    assert total == pytest.approx(60_000, rel=0.02)
    with_sun = library.load_environment(library.entry(pick).reference()).radiance_hwc
    without = library.load_environment(scene.environment.asset).radiance_hwc
    assert without.max() < 0.05 * with_sun.max()
    foggy = sampler(library, sky=sky, weather="light_fog").sample(0)
    assert suns(foggy)[0].illuminance_lux < 0.9 * sun.illuminance_lux
    assert sampler(library, sky=sky, weather="rain").sample(0).environment.asset.name == "sky_dome"
