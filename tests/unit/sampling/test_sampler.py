"""A frame depends on (scene file, seed, frame) alone; views share a world; keys do not move each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.errors import PlacementError, UsageError
from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.scene import scene_to_json

OBJECTS = {
    "boxes": {"pick": "box", "count": {"uniform_int": [2, 4]}, "scale": {"uniform": [0.8, 1.2]},
              "placement": {"kind": "on_surface", "region": {"radius_m": 0.3}}},
    "dice": {"pick": "die", "count": 2,
             "placement": {"kind": "on_surface", "pose": "stable", "region": {"radius_m": 0.3}}},
}  # fmt: skip
LIGHT = {
    "lights": {"sun": {"kind": "sun", "illuminance_lux": {"log_uniform": [1e3, 1e5]}, "temperature_k": 5500}},
    "environment": {"pick": ["sky", "room"], "illuminance_lux": {"uniform": [100, 1000]}},
    "camera": {"kind": "shell", "distance_m": {"uniform": [1, 2]}, "roll_deg": {"normal": {"mean": 0, "std": 5}}},
}
CLASSES = [{"name": "box", "match": {"category": "box"}}]


def objects_of(scene, *groups):
    return [item for item in scene.objects if item.name.split("/")[0] in groups]


def test_frame_17_alone_equals_frame_17_after_others(fake):
    alone = fake.sampler(OBJECTS, CLASSES, **LIGHT).sample(17)
    busy = fake.sampler(OBJECTS, CLASSES, **LIGHT)
    others = [busy.sample(frame) for frame in (3, 16, 17, 18, 0)]
    assert scene_to_json(busy.sample(17)) == scene_to_json(alone)
    assert scene_to_json(others[2]) == scene_to_json(alone)
    assert len({scene.camera.position_m for scene in others}) == 5


def test_seed_and_attempt_draw_everything_anew(fake):
    first = fake.sampler(OBJECTS, **LIGHT).sample(0)
    for other in (
        fake.sampler(OBJECTS, seed=1, **LIGHT).sample(0),
        fake.sampler(OBJECTS, **LIGHT).sample(0, attempt=1),
    ):
        assert other.camera.position_m != first.camera.position_m
        assert other.lights[0].illuminance_lux != first.lights[0].illuminance_lux
        assert other.objects[-1].position_m != first.objects[-1].position_m


def test_a_key_that_is_added_moves_no_other(fake):
    plain = fake.sampler(OBJECTS, **LIGHT).sample(5)
    more = {
        "early": {"pick": "ball", "placement": {"kind": "in_volume", "centre_m": [5, 5, 5]}},
        **{
            name: {**group, "materials": {"body": {"roughness": {"uniform": [0, 1]}}}}
            for name, group in OBJECTS.items()
        },
    }
    lights = {"lamp": {"kind": "spot", "illuminance_lux": {"uniform": [1, 2]}}, **LIGHT["lights"]}
    scene = fake.sampler(more, **{**LIGHT, "lights": lights}).sample(5)
    for one, other in zip(objects_of(plain, "boxes", "dice"), objects_of(scene, "boxes", "dice"), strict=True):
        assert replace(other, instance_id=0, materials=()) == replace(one, instance_id=0, materials=())
    assert scene.lights[1] == plain.lights[0]
    assert scene.environment == plain.environment
    assert {key: scene.factors[key] for key in plain.factors} == dict(plain.factors)


def test_groups_in_another_order_keep_their_values(fake):
    forward = fake.sampler(OBJECTS, **LIGHT).sample(2)
    backward = fake.sampler(dict(reversed(OBJECTS.items())), **LIGHT).sample(2)
    assert {item.name: (item.asset, item.scale) for item in forward.objects} == {
        item.name: (item.asset, item.scale) for item in backward.objects
    }


def test_views_share_one_world_and_differ_in_the_camera(fake):
    sampler = fake.sampler(OBJECTS, CLASSES, views=3, **LIGHT)
    scenes = [sampler.sample(frame) for frame in range(6)]
    assert [scene.origin.scene_index for scene in scenes] == [0, 0, 0, 1, 1, 1]
    assert [scene.origin.view for scene in scenes] == [0, 1, 2, 0, 1, 2]
    assert scenes[0].objects == scenes[1].objects == scenes[2].objects
    assert scenes[0].lights == scenes[2].lights
    assert scenes[0].objects != scenes[3].objects
    assert len({scene.camera.position_m for scene in scenes}) == 6
    fresh = fake.sampler(OBJECTS, CLASSES, views=3, **LIGHT).sample(4)
    assert scene_to_json(fresh) == scene_to_json(scenes[4])


def test_a_stereo_pair_shares_its_view(fake):
    cameras = [
        {"kind": "shell", "name": "left", "distance_m": {"uniform": [1, 2]}, "exposure": {"compensation_ev": 1}},
        {"kind": "rig", "name": "right", "offset_m": [0.06, 0, 0]},
    ]
    data = {key: value for key, value in LIGHT.items() if key != "camera"}
    sampler = fake.sampler(OBJECTS, views=2, camera=cameras, **data)
    left, right, next_left = (sampler.sample(frame) for frame in range(3))
    assert (left.camera.name, right.camera.name) == ("left", "right")
    assert left.objects == right.objects
    assert left.origin.view == right.origin.view == 0
    assert next_left.origin.view == 1
    offset = np.array(right.camera.position_m) - left.camera.position_m
    assert rotation_from_quaternion(left.camera.rotation_wxyz).T @ offset == pytest.approx([0.06, 0, 0])
    assert right.camera.rotation_wxyz == pytest.approx(left.camera.rotation_wxyz)
    assert (left.camera.exposure.compensation_ev, right.camera.exposure.compensation_ev) == (1, 0)


def test_ids_count_from_the_surface_and_names_are_paths(fake):
    scene = fake.sampler(OBJECTS, **LIGHT).sample(0)
    assert [item.instance_id for item in scene.objects] == list(range(1, len(scene.objects) + 1))
    assert scene.objects[0].name == "surface"
    assert scene.objects[0].role == "background"
    assert scene.objects[-1].name == "dice/1"


def test_variants_come_from_a_pool_of_the_job(fake):
    boxes = {"boxes": {"pick": "box", "count": 4, "variants": 3, "params": {"height_m": {"uniform": [0.1, 0.11]}},
                       "placement": {"kind": "on_surface", "region": {"radius_m": 0.4}}}}  # fmt: skip
    sampler = fake.sampler(boxes)
    items = [item for frame in range(12) for item in objects_of(sampler.sample(frame), "boxes")]
    assert len({item.asset.key for item in items}) == 3
    assert all(0.1 <= item.asset.params["height_m"] <= 0.11 for item in items)
    assert all(0.04 <= item.asset.params["width_m"] <= 0.08 for item in items)
    assert {item.asset.params["finish"] for item in items} <= {"matt", "glossy"}


def test_a_pinned_value_replaces_one_draw_and_moves_nothing_else(fake):
    sampler = fake.sampler(OBJECTS, CLASSES, **LIGHT)
    plain = sampler.sample(4)
    pinned = sampler.sample(4, pins={"lights.sun.illuminance_lux": 777.0, "camera.distance_m": 1.25})
    assert pinned.lights[0] == replace(plain.lights[0], illuminance_lux=777.0)
    assert pinned.objects == plain.objects
    assert pinned.environment == plain.environment
    assert pinned.camera.rotation_wxyz == pytest.approx(plain.camera.rotation_wxyz)
    assert pinned.factors["lights.sun.illuminance_lux"] == 777.0
    assert scene_to_json(sampler.sample(4)) == scene_to_json(plain), "a pin leaves no trace"


def test_a_pinned_choice_is_one_of_the_names(fake):
    sampler = fake.sampler(OBJECTS, **LIGHT)
    for name in ("sky", "room"):
        assert sampler.sample(0, pins={"environment": name}).environment.asset.name == name
    with pytest.raises(
        UsageError, match=r"environment must be set to one of sky, room, got 'rom'; did you mean 'room'"
    ):
        sampler.sample(0, pins={"environment": "rom"})


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        (
            {"lights.sun.iluminance_lux": 1.0},
            r"must name a value that this scene draws; did you mean 'lights.sun.illuminance_lux'",
        ),
        ({"camera.distance_m": "far"}, r"camera.distance_m must be set to a number, got 'far'"),
        ({"objects.boxes.count": 2.5}, r"must be set to a whole number, got 2.5"),
        ({"camera.distance_m": None}, r"must be set to a value, got nothing"),
    ],
)
def test_a_wrong_pin_is_refused(fake, pins, message):
    with pytest.raises(UsageError, match=message):
        fake.sampler(OBJECTS, **LIGHT).sample(0, pins=pins)


def test_factors_hold_what_was_drawn(fake):
    scene = fake.sampler(OBJECTS, surface={"material": {"pick": {"category": "floor"}}}, **LIGHT).sample(0)
    factors = scene.factors
    assert 1 <= factors["camera.distance_m"] <= 2
    assert factors["lights.sun.illuminance_lux"] == scene.lights[0].illuminance_lux
    assert factors["environment"] == scene.environment.asset.name
    assert factors["surface.material"] in ("wood", "stone")
    assert factors["objects.boxes.count"] == len(objects_of(scene, "boxes"))
    assert factors["objects.boxes.0.scale"] == scene.objects[1].scale[0]
    assert "lights.sun.temperature_k" not in factors, "a constant is no factor"
    assert all(isinstance(value, (str, int, float, bool)) for value in factors.values())


def test_one_kind_of_lighting_is_drawn(fake):
    lighting = {
        "noon": {"weight": 3, "lights": {"sun": {"kind": "sun", "illuminance_lux": 8e4}}},
        "lamp": {"lights": {"lamp": {"kind": "spot", "illuminance_lux": 300, "distance_m": 2.0}}},
        "never": {"weight": 0, "lights": {}},
    }
    sampler = fake.sampler(OBJECTS, lighting=lighting)
    scenes = [sampler.sample(frame) for frame in range(40)]
    kinds = [scene.factors["lighting"] for scene in scenes]
    assert set(kinds) == {"noon", "lamp"}
    assert 20 <= kinds.count("noon") <= 38
    for scene in scenes:
        light = scene.lights[0]
        assert light.kind == ("sun" if scene.factors["lighting"] == "noon" else "spot")
        if light.kind == "spot":
            assert light.intensity_cd == pytest.approx(300 * 2.0**2)
            assert np.array(light.position_m) + 2 * np.array(light.direction_xyz) == pytest.approx([0, 0, 0], abs=1e-9)


def test_the_camera_sees_what_it_looks_at(fake):
    spec = {
        "kind": "shell",
        "distance_m": 1.2,
        "elevation_deg": 40,
        "azimuth_deg": 90,
        "fov_deg": 60,
        "look_at": [0.1, 0, 0],
    }
    camera = fake.sampler(OBJECTS, camera=spec, size_wh=(640, 480)).sample(0).camera
    assert camera.focal_xy_px == pytest.approx([320 / np.tan(np.radians(30))] * 2)
    assert camera.position_m == pytest.approx([0.1, 1.2 * np.cos(np.radians(40)), 1.2 * np.sin(np.radians(40))])
    point = camera.camera_from_world @ [0.1, 0, 0, 1]
    assert point[:3] == pytest.approx([0, 0, 1.2], abs=1e-9)
    assert camera.near_m < 1.0 < camera.far_m


def test_fill_frames_all_labelled_objects(fake):
    spec = {"kind": "shell", "fill": 1.0, "elevation_deg": 50, "fov_deg": 50}
    sampler = fake.sampler(OBJECTS, CLASSES, camera=spec)
    for frame in range(5):
        scene = sampler.sample(frame)
        camera = scene.camera
        for item in scene.objects[1:]:
            point = camera.camera_from_world @ [*item.position_m, 1]
            pixel = camera.k_33 @ point[:3] / point[2]
            assert 0 <= pixel[0] <= 640
            assert 0 <= pixel[1] <= 480


def test_a_camera_that_can_only_stand_inside_an_object_is_an_error(fake):
    spec = {"kind": "fixed", "position_m": [0, 0, 0.3], "look_at": [1, 0, 0.3]}
    tables = {"tables": {"pick": "table", "placement": {"kind": "fixed"}}}
    with pytest.raises(
        PlacementError, match=r"camera: the camera must stand in free space.*inside tables/0 \(200 times\)"
    ):
        fake.sampler(tables, camera=spec).sample(0)
    with pytest.raises(PlacementError, match="under the surface"):
        fake.sampler(OBJECTS, camera={**spec, "position_m": [0, 0, -0.2]}).sample(0)


def test_a_scene_without_surface_floats(fake):
    groups = {"balls": {"pick": "ball", "count": 3, "placement": {"kind": "in_volume"}}}
    scene = fake.sampler(groups, surface=None).sample(0)
    assert [item.name for item in scene.objects] == ["balls/0", "balls/1", "balls/2"]


def test_photos_stand_behind_and_plain_hides_the_environment(fake):
    photos = fake.sampler(OBJECTS, background={"kind": "photos", "photos": "photos/*"}, **LIGHT).sample(0)
    assert photos.backdrop.asset.name == "photos/wall"
    assert photos.backdrop.luminance_cd_m2 > 100
    assert not fake.sampler(OBJECTS, background={"kind": "plain"}, **LIGHT).sample(0).environment.visible


def test_a_tiled_material_keeps_its_real_size_on_a_stretched_surface(fake):
    material = {"pick": "wood", "uv_scale": 2}
    for size in ([4, 4], [8, 8]):
        override = (
            fake.sampler(OBJECTS, surface={"size_m": size, "material": material}).sample(0).objects[0].materials[0]
        )
        # The fake ground is 4 m wide with texture coordinates in metres: stretching it must not stretch the wood.
        assert override.uv_scale == pytest.approx(2 * size[0] / 4)


def test_the_surface_top_is_the_plane_zero(fake):
    scene = fake.sampler(OBJECTS, surface={"pick": "table"}).sample(0)
    assert scene.objects[0].position_m[2] == pytest.approx(-0.7)
    assert scene.objects[1].position_m[2] == pytest.approx(0, abs=1e-9)


def test_the_white_balance_takes_the_lamp_for_white(fake):
    lamp = {"lights": {"lamp": {"kind": "spot", "illuminance_lux": 500, "temperature_k": 2700}}}
    exposure = {"white_balance": {"adaptation": 1.0}}
    scene = fake.sampler(OBJECTS, exposure=exposure, **lamp).sample(0)
    seen = np.array(scene.camera.exposure.white_balance_rgb) * scene.lights[0].colour
    assert seen == pytest.approx(np.full(3, seen.mean()), rel=2e-3)
    assert seen @ [0.2126, 0.7152, 0.0722] == pytest.approx(1)
