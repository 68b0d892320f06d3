"""Steps of a scene in time: what moves, what stays, and that every frame can be had alone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.library.reference import AssetRef
from synthvision.sampling.classes import ClassSpec
from synthvision.sampling.motion.objects import MotionMaker, _Gait
from synthvision.sampling.sampler import SceneSampler
from synthvision.scene import scene_to_json

STILL = {"pick": "box", "count": 2, "placement": {"kind": "on_surface", "region": {"radius_m": 0.5}}}
ROLLING = {
    "pick": "ball",
    "count": 2,
    "placement": {"kind": "on_surface", "region": {"radius_m": 0.8}},
    "motion": {"kind": "linear", "speed_m_s": {"uniform": [0.2, 0.6]}, "heading_deg": 30, "rolls": True},
}
DRIVING = {
    "pick": "box",
    "count": 2,
    "placement": {"kind": "on_surface", "region": {"radius_m": 0.8}},
    "motion": {"kind": "turn", "speed_m_s": 0.5, "radius_m": 1.0, "side": {"choice": ["left", "right"]}},
}
ORBIT = {
    "kind": "shell",
    "distance_m": 1.5,
    "motion": {"kind": "orbit", "speed_deg_s": 40, "shake": {"position_m": 0.002}},
}


@pytest.fixture
def sampler(fake):
    def make(objects, steps=5, seed=3, views=1, interval_s=0.2, **more):
        spec = fake.spec(objects, **more)
        classes = [ClassSpec.model_validate({"name": "box", "match": {"category": "thing"}})]
        return SceneSampler(
            spec,
            classes,
            fake.Library(),
            seed,
            size_wh=(64, 48),
            views_per_scene=views,
            frames_per_scene=steps,
            frame_interval_s=interval_s,
        )

    return make


def named(scene):
    return {item.name: item for item in scene.objects}


def test_a_frame_is_the_same_alone_and_in_any_order(sampler):
    objects = {"boxes": STILL, "balls": ROLLING, "cars": DRIVING}
    whole = [scene_to_json(sampler(objects, camera=ORBIT).sample(frame)) for frame in range(10)]
    other = sampler(objects, camera=ORBIT)
    for frame in (7, 2, 9, 0, 4):
        assert scene_to_json(other.sample(frame)) == whole[frame]


def test_the_first_step_is_the_picture_of_a_job_without_steps(sampler):
    objects = {"boxes": STILL, "balls": ROLLING, "cars": DRIVING}
    many, single = sampler(objects, camera=ORBIT), sampler(objects, steps=1, camera=ORBIT)
    for scene in range(3):
        first, alone = many.sample(5 * scene), single.sample(scene)
        assert replace(first, origin=alone.origin) == alone


def test_steps_share_everything_but_what_moves(sampler):
    made = sampler({"boxes": STILL, "balls": ROLLING}, views=2)
    first = made.sample(5)
    for step in range(5):
        scene = made.sample(5 + step)
        origin = scene.origin
        assert (origin.scene_index, origin.view, origin.step, origin.camera) == (0, 1, step, 0)
        assert scene.time_s == pytest.approx(0.2 * step)
        assert [item.instance_id for item in scene.objects] == [item.instance_id for item in first.objects]
        assert scene.factors == first.factors
        assert replace(scene.camera, near_m=0, far_m=0) == replace(first.camera, near_m=0, far_m=0)
        for name, item in named(scene).items():
            if not name.startswith("balls/"):
                assert item == named(first)[name]


def test_places_change_by_the_velocities(sampler):
    made = sampler({"balls": ROLLING, "cars": DRIVING}, steps=40, interval_s=0.002)
    before, now, after = (made.sample(frame) for frame in (20, 21, 22))
    for name, item in named(now).items():
        moved = np.array(named(after)[name].position_m) - np.array(named(before)[name].position_m)
        np.testing.assert_allclose(moved / 0.004, item.velocity_m_s, atol=1e-4)
        turns = [rotation_from_quaternion(named(scene)[name].rotation_wxyz) for scene in (before, after)]
        skew = turns[1] @ turns[0].T
        rate = np.array([skew[2, 1] - skew[1, 2], skew[0, 2] - skew[2, 0], skew[1, 0] - skew[0, 1]]) / 2 / 0.004
        np.testing.assert_allclose(rate, item.angular_velocity_rad_s, rtol=2e-3, atol=1e-3)


def test_the_camera_changes_place_by_its_velocity(sampler):
    made = sampler({"boxes": STILL}, steps=40, interval_s=0.002, camera=ORBIT)
    before, now, after = (made.sample(frame).camera for frame in (20, 21, 22))
    moved = (np.array(after.position_m) - np.array(before.position_m)) / 0.004
    np.testing.assert_allclose(moved, now.velocity_m_s, atol=1e-4)
    turns = [rotation_from_quaternion(camera.rotation_wxyz) for camera in (before, after)]
    skew = turns[1] @ turns[0].T
    rate = np.array([skew[2, 1] - skew[1, 2], skew[0, 2] - skew[2, 0], skew[1, 0] - skew[0, 1]]) / 2 / 0.004
    np.testing.assert_allclose(rate, now.angular_velocity_rad_s, atol=1e-3)
    assert np.linalg.norm(moved) > 0.5


def test_a_ball_rolls_without_slipping(sampler):
    made = sampler({"balls": ROLLING})
    for frame in range(5):
        for name, ball in named(made.sample(frame)).items():
            if not name.startswith("balls/"):
                continue
            radius = 0.03
            centre = np.array(ball.position_m) + rotation_from_quaternion(ball.rotation_wxyz) @ [0, 0, radius]
            assert centre[2] == pytest.approx(radius, abs=1e-3)
            touching = np.array([*centre[:2], 0.0]) - np.array(ball.position_m)
            speed = np.array(ball.velocity_m_s) + np.cross(ball.angular_velocity_rad_s, touching)
            np.testing.assert_allclose(speed, 0.0, atol=0.02)


def test_a_rig_is_carried_stiffly(sampler):
    rig = [{**ORBIT, "name": "left"}, {"kind": "rig", "name": "right", "offset_m": [0.1, 0, 0], "yaw_deg": 5}]
    made = sampler({"boxes": STILL}, camera=rig)
    relative = []
    for step in range(5):
        left, right = made.sample(2 * step).camera, made.sample(2 * step + 1).camera
        assert (left.name, right.name) == ("left", "right")
        relative.append(left.camera_from_world @ right.world_from_camera)
    for pose in relative[1:]:
        np.testing.assert_allclose(pose, relative[0], atol=1e-9)
    np.testing.assert_allclose(relative[0][:3, 3], [0.1, 0, 0], atol=1e-9)


def test_steady_velocities_move_things_too(sampler):
    group = STILL | {"velocity_m_s": [0.3, 0, 0], "angular_velocity_deg_s": [0, 0, 90]}
    made = sampler({"boxes": group})
    first, last = named(made.sample(0))["boxes/0"], named(made.sample(4))["boxes/0"]
    np.testing.assert_allclose(np.array(last.position_m) - np.array(first.position_m), [0.24, 0, 0], atol=1e-12)
    turn = rotation_from_quaternion(last.rotation_wxyz) @ rotation_from_quaternion(first.rotation_wxyz).T
    assert np.arctan2(turn[1, 0], turn[0, 0]) == pytest.approx(np.radians(72))


def test_the_range_of_the_camera_follows_what_moves(sampler):
    far = STILL | {"count": 1, "velocity_m_s": [50, 0, 0]}
    made = sampler({"boxes": far})
    for step in range(5):
        scene = made.sample(step)
        box = np.array(named(scene)["boxes/0"].position_m)
        assert scene.camera.far_m > np.linalg.norm(box - np.array(scene.camera.position_m))
    assert scene.camera.far_m > 35


def test_motion_and_velocities_together_are_refused(fake):
    with pytest.raises(ValueError, match="either motion or velocity_m_s, not both"):
        fake.spec({"balls": ROLLING | {"velocity_m_s": [1, 0, 0]}})
    with pytest.raises(ValueError, match="either motion or angular_velocity_deg_s, not both"):
        fake.spec({"boxes": STILL}, camera={**ORBIT, "angular_velocity_deg_s": [0, 1, 0]})


def test_a_strip_that_is_not_there_is_named_with_those_that_are(sampler):
    follow = STILL | {"motion": {"kind": "path", "strip": "lane/1"}}
    with pytest.raises(UsageError, match=r"motion.strip must name a strip .*none: the scene has no site.*'lane/1'"):
        sampler({"boxes": follow}).sample(0)


def test_the_nearest_fitting_strip_is_followed(fake):
    from synthvision.sampling.drawing import Drawer, Ledger

    group = STILL | {"motion": {"kind": "path", "strip": "lane/*"}, "placement": {"kind": "on_surface", "yaw_deg": 180}}
    spec = fake.spec({"boxes": group})
    sampler = SceneSampler(spec, [], fake.Library(), 1, size_wh=(64, 48))
    placed = sampler._objects.make(Drawer(1, 0, "", Ledger()))[0]

    def strip(name, y):
        path = np.array([[-5.0, y, 0], [5.0, y, 0]])
        return SimpleNamespace(
            name=name,
            kind=name.split("/")[0],
            path_k3=path,
            speed_m_s=4.0,
            length_m=10.0,
            at=lambda s: (path[0] + [s, 0, 0], 0.0),
        )

    strips = [strip("lane/0", 0.0), strip("lane/1", 3.0), strip("kerb/0", 0.01)]
    courses = MotionMaker(spec, fake.Library()).make(Drawer(1, 0, "", Ledger()), placed, strips)
    course = next(course for course in courses if course is not None)
    assert course.track.strip.name == "lane/0"
    # It faces the other way, so it drives the other way, at the strip's own speed.
    now = course.at(0.5)
    np.testing.assert_allclose(now.position_m - course.item.position_m, [-2.0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(now.velocity_m_s, [-4.0, 0, 0], atol=1e-6)


class Walkers:
    """A library of walkers whose hips swing to and fro in the model's frame."""

    def load_model(self, ref):
        x = 0.1 * np.sin(2 * np.pi * ref.params["stride_phase"])
        return SimpleNamespace(keypoints={"left_hip": (x, 0.1, 0.9), "right_hip": (x, -0.1, 0.9)})


def test_a_stride_goes_on_with_the_way_in_few_poses():
    gait = _Gait(Walkers(), stride_m=1.2, poses=8)
    first = AssetRef("builtin", "pedestrian", {"stride_phase": 0.3, "age": "adult"})
    assert gait.ref(first, 0.0) == first
    assert gait.ref(first, 1.2) == first
    assert gait.ref(first, 0.61).params["stride_phase"] == pytest.approx(0.8)
    phases = {gait.ref(first, way).params["stride_phase"] for way in np.linspace(0, 30, 500)}
    assert len(phases) == 8
    assert gait.ref(first, 0.4).params["age"] == "adult"


def test_the_hips_of_a_walker_move_evenly(fake):
    from synthvision.sampling.motion.objects import Course
    from synthvision.sampling.motion.speed import Going
    from synthvision.sampling.motion.tracks import Straight

    gait = _Gait(Walkers(), stride_m=1.2, poses=8)
    ref = AssetRef("builtin", "pedestrian", {"stride_phase": 0.25})
    drawn = SimpleNamespace(ref=ref, scale=(2.0, 2.0, 2.0))
    item = SimpleNamespace(drawn=drawn, rotation=np.eye(3), position_m=np.zeros(3))
    anchor = gait.steady_point(ref) * 2.0
    course = Course(item, Straight(anchor, np.array([1.0, 0, 0]), Going(1.5)), anchor, None, gait)
    for time_s in (0.0, 0.1, 0.3, 0.77):
        now = course.at(time_s)
        hips = now.position_m + gait.steady_point(now.ref) * 2.0
        np.testing.assert_allclose(hips, anchor + np.array([1.5 * time_s, 0, 0]), atol=1e-12)
