"""Estimates of what hides what, against answers known from geometry; cameras chosen by them; framing."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from pydantic import ValidationError

from synthvision.core.errors import PlacementError
from synthvision.geometry.poses import look_at
from synthvision.library.model import Material, MeshPart, Model
from synthvision.library.reference import AssetRef
from synthvision.sampling.constraints.judge import violated
from synthvision.sampling.proposals.estimate import Estimator
from synthvision.scene import Camera, Scene, SceneObject
from synthvision.scene.optics import BrownConradyLens

SIZE = (400, 300)
UNIT = AssetRef("builtin", "cube")


class Cubes:
    """One model: a cube with sides of 1 m about its origin, of two parts, the left and the right half."""

    def load_model(self, ref):
        parts = []
        for name, shift in (("left", -0.25), ("right", 0.25)):
            mesh = trimesh.creation.box((0.5, 1.0, 1.0))
            parts.append(
                MeshPart(
                    name=name,
                    positions_n3=(np.asarray(mesh.vertices) + np.array([shift, 0, 0])).astype(np.float32),
                    normals_n3=np.asarray(mesh.vertex_normals, np.float32),
                    triangles_m3=np.asarray(mesh.faces, np.uint32),
                )
            )
        return Model(key=ref.key, parts=tuple(parts), materials=(Material(name="body"),))


def camera(lens=None):
    """Looks along +Y from the origin, 400 px focal length."""
    return Camera(
        size_wh=SIZE, focal_xy_px=(400.0, 400.0), centre_xy_px=(200.0, 150.0), position_m=(0.0, 0.0, 0.0),
        rotation_wxyz=tuple(float(v) for v in look_at(np.zeros(3), np.array([0.0, 1.0, 0.0]))), lens=lens,
    )  # fmt: skip


def cube(number, x, y, z=0.0, side=1.0, **more):
    return SceneObject(
        instance_id=number, name=f"cubes/{number}", asset=UNIT, position_m=(x, y, z), scale=(side,) * 3, **more
    )


def measured(*cubes, lens=None):
    scene = Scene(camera=camera(lens), objects=cubes)
    return Estimator(Cubes()).measures(scene, [item.instance_id for item in cubes])


def test_a_cube_in_the_open_has_its_known_size():
    own = measured(cube(1, 0, 4.5))[1]
    # Its front face stands 4 m away: 400 px * 1 m / 4 m.
    assert own.size_wh == pytest.approx((100, 100), abs=1)
    assert own.amodal_box_xyxy == pytest.approx((150, 100, 250, 200), abs=1)
    assert (own.visible_fraction, own.truncation, own.hidden_by) == (1.0, 0.0, {})
    assert own.visible_pixels == pytest.approx(10_000, rel=0.05)
    assert own.distance_m == pytest.approx(4.5)


def test_the_half_behind_a_cube_is_hidden_by_it():
    # The near one's front face covers 200..300 px across of the far one's 150..250, and all of its height.
    own = measured(cube(1, 0, 4.5), cube(2, 0.125 * 2, 2.5, side=1.0))
    near = own[2]
    assert near.visible_fraction == 1.0
    assert near.amodal_box_xyxy[0] == pytest.approx(200 + 400 * (-0.25) / 2, abs=1)
    expected = (250 - (200 - 50)) / 100
    assert own[1].hidden_by[2] == pytest.approx(min(expected, 1.0), abs=0.03)


def test_a_share_is_right_to_about_a_cell():
    # A pole 0.2 m wide 2 m away covers 40 of the 100 px columns of the cube behind it.
    own = measured(cube(1, 0, 4.5), cube(2, 0, 2.1, side=0.2, z=0.0), cube(3, 0, 2.1, z=0.2, side=0.2))
    assert own[1].hidden_by[2] == pytest.approx(0.4 * 0.4, abs=0.03)
    assert own[1].visible_fraction == pytest.approx(1 - 2 * 0.16, abs=0.07)


def test_of_two_that_hide_the_nearer_one_counts():
    own = measured(cube(1, 0, 4.5), cube(2, 0, 2.1, side=0.2), cube(3, 0, 1.1, side=0.1))
    assert 2 not in own[1].hidden_by
    assert own[1].hidden_by[3] == pytest.approx(0.16, abs=0.03)


def test_the_edge_of_the_picture_truncates():
    own = measured(cube(1, 2.0, 4.5))[1]
    # Its front face is 350..450 px across and 100 high; of its left side, from 320 on, 30 px show, 90 high in the mean.
    assert own.truncation == pytest.approx(5000 / 12700, abs=0.03)
    assert own.box_xyxy == pytest.approx((320, 100, 400, 200), abs=1)


def test_what_lies_beside_the_picture_or_behind_the_camera_shows_nothing():
    own = measured(cube(1, 4.0, 4.5), cube(2, 0, -5.0))
    assert own[1].visible_pixels == own[2].visible_pixels == 0
    assert own[1].truncation == 1.0
    assert own[2].amodal_box_xyxy is None


def test_parts_of_one_model_are_told_apart():
    own = measured(cube(1, 0, 4.5, shown_parts=("left",)), cube(2, 0, 4.5, shown_parts=("right",)))
    assert own[1].size_wh == pytest.approx((50, 100), abs=1)
    assert own[2].size_wh == pytest.approx((50, 100), abs=1)
    assert own[1].visible_fraction > 0.9


def test_a_lens_moves_the_outline():
    bent = measured(cube(1, 1.0, 4.5), lens=BrownConradyLens(k1=-0.2))[1]
    assert bent.amodal_box_xyxy[2] < measured(cube(1, 1.0, 4.5))[1].amodal_box_xyxy[2] - 3


BOXES = {
    "hidden": {
        "pick": "box", "params": {"width_m": 0.06, "height_m": 0.1}, "placement": {"kind": "fixed"}
    },
    "hiding": {
        "pick": "box",
        "params": {"width_m": 0.06, "height_m": 0.1},
        "placement": {"kind": "relative", "to": "hidden", "side": "around", "distance_m": 0.2},
    },
}  # fmt: skip
PAST = {
    "kind": "shell", "look_at": {"group": "hidden"}, "past": "hiding", "distance_m": {"uniform": [0.4, 0.8]},
    "elevation_deg": {"uniform": [3, 12]}, "fov_deg": 50,
}  # fmt: skip
SHARE = {"kind": "occlusion", "of": "hidden", "by": "hiding", "between": [0.3, 0.6]}


def holds(fake, sampler, spec, frame):
    scene = sampler.sample(frame)
    estimator = Estimator(fake.Library())
    return not violated(
        spec.constraints, scene, estimator.measures(scene, [item.instance_id for item in scene.objects])
    )


def test_cameras_are_chosen_until_the_constraint_holds(fake):
    more = {"camera": PAST, "constraints": [SHARE]}
    spec = fake.spec(BOXES, **more)
    sampler, first = fake.sampler(BOXES, **more), fake.sampler(BOXES, **more, proposals=1)
    assert sum(holds(fake, sampler, spec, frame) for frame in range(12)) == 12
    assert sum(holds(fake, first, spec, frame) for frame in range(12)) < 8
    assert any(sampler.sample(frame).origin.proposal for frame in range(12))


def test_without_constraints_the_first_camera_is_taken(fake):
    sampler = fake.sampler(BOXES, camera=PAST)
    assert [sampler.sample(frame).origin.proposal for frame in range(4)] == [0] * 4


def test_the_choice_depends_on_the_frame_alone(fake):
    more = {"camera": PAST, "constraints": [SHARE]}
    sampler = fake.sampler(BOXES, **more)
    scenes = [sampler.sample(frame) for frame in range(4)]
    assert [fake.sampler(BOXES, **more).sample(frame) for frame in reversed(range(4))] == scenes[::-1]


def test_a_recorded_proposal_can_be_asked_for(fake):
    sampler = fake.sampler(BOXES, camera=PAST, constraints=[SHARE])
    scene = next(scene for scene in map(sampler.sample, range(9)) if scene.origin.proposal)
    number = scene.origin.proposal
    assert sampler.sample(scene.origin.frame, proposal=number) == scene
    moved = sampler.sample(scene.origin.frame, proposal=number, pins={"camera.roll_deg": 20.0})
    assert moved.camera.position_m == scene.camera.position_m


def test_a_bearing_is_seen_from_the_object(fake):
    hidden = {**BOXES["hidden"], "placement": {"kind": "fixed", "yaw_deg": 40.0}}
    shell = {"kind": "shell", "look_at": {"group": "hidden"}, "bearing_deg": 90, "distance_m": 1, "elevation_deg": 0.1}
    x, y, _ = fake.sampler({"hidden": hidden}, camera=shell).sample(0).camera.position_m
    assert np.degrees(np.arctan2(y, x)) == pytest.approx(130, abs=1e-6)


@pytest.mark.parametrize("elevation", [{"elevation_deg": 20.0}, {"height_m": 0.15}])
def test_a_framed_object_comes_out_as_high_as_asked(fake, elevation):
    shell = {"kind": "shell", "look_at": {"group": "hidden"}, "frame_target": {"pixel_height": 120}, **elevation}
    sampler = fake.sampler({"hidden": BOXES["hidden"]}, camera=shell)
    for frame in range(3):
        scene = sampler.sample(frame)
        [own] = Estimator(fake.Library()).measures(scene, [2]).values()
        assert own.size_wh[1] == pytest.approx(120, abs=3)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_framed_object_is_cut_off_at_the_asked_side(fake, side):
    frame_target = {"pixel_width": 80, "truncation": 0.4, "sides": [side]}
    shell = {"kind": "shell", "look_at": {"group": "hidden"}, "frame_target": frame_target, "elevation_deg": 10}
    scene = fake.sampler({"hidden": BOXES["hidden"]}, camera=shell).sample(0)
    [own] = Estimator(fake.Library()).measures(scene, [2]).values()
    assert own.truncation == pytest.approx(0.4, abs=0.08)
    x1, y1, x2, y2 = own.amodal_box_xyxy
    assert {"left": x1 < 0, "right": x2 > 640, "top": y1 < 0, "bottom": y2 > 480}[side]


def test_a_camera_that_looks_past_a_group_stands_behind_one_of_it(fake):
    sampler = fake.sampler(BOXES, camera={**PAST, "distance_m": 1.0})
    for frame in range(8):
        items = {item.name: np.array(item.position_m[:2]) for item in sampler.sample(frame).objects}
        eye = np.array(sampler.sample(frame).camera.position_m[:2])
        way = items["hiding/0"] - items["hidden/0"]
        angle = np.degrees(np.arccos(way @ eye / np.linalg.norm(way) / np.linalg.norm(eye)))
        assert angle < 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"past": "nobody"}, "past must name an object group"),
        ({"look_at": {"group": "hiden"}}, "did you mean 'hidden'"),
        ({"azimuth_deg": 3}, "either past or azimuth_deg"),
        ({"bearing_deg": 3}, "either past or bearing_deg"),
        ({"past": None, "bearing_deg": 3, "look_at": "things"}, "bearing_deg must come with look_at"),
        ({"height_m": 1}, "either height_m or elevation_deg"),
        ({"frame_target": {"pixel_height": 50}}, "one of distance_m, fill and frame_target"),
        ({"distance_m": None, "look_at": "things", "frame_target": {"pixel_height": 50}}, "must come with look_at"),
        ({"distance_m": None, "frame_target": {}}, "either pixel_height or pixel_width"),
    ],
)
def test_cameras_that_cannot_be_are_refused(fake, change, message):
    with pytest.raises(ValidationError, match=message):
        fake.spec(BOXES, camera={**PAST, **change})


@pytest.mark.parametrize("key", ["look_at", "past"])
def test_a_group_that_is_empty_in_a_scene_is_named(fake, key):
    objects = {**BOXES, "hidden" if key == "look_at" else "hiding": {**BOXES["hiding"], "count": 0}}
    objects["other"] = {"pick": "ball"}
    objects["hiding"] = {**objects["hiding"], "placement": {"kind": "on_surface"}}
    objects["hidden"] = {**objects["hidden"], "placement": {"kind": "on_surface"}}
    with pytest.raises(PlacementError, match=rf"camera.{key}: .* but the scene has none"):
        fake.sampler(objects, camera=PAST).sample(0)
