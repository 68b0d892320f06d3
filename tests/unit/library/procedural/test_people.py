"""People and what they carry: known sizes, keypoints in the body and where the pose puts them, riders in touch."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from synthvision.core.streams import rng_for
from synthvision.library.parameters import Colour
from synthvision.library.procedural.models.people import ASSETS
from synthvision.library.procedural.models.people.body import COCO_KEYPOINTS, COCO_SKELETON
from synthvision.library.procedural.models.people.cycle import fitted_cycle
from synthvision.library.procedural.models.people.garments import LowerCut, lower_mesh
from synthvision.library.procedural.models.people.poses import POSES, posed_figure
from synthvision.library.procedural.models.people.posing import two_bones
from synthvision.library.procedural.models.people.riding import contacts_of, riding_figure
from synthvision.library.procedural.models.people.shape import BodyShape
from synthvision.library.procedural.models.people.skeleton import BONES, SIDES, Measures, rest_joints
from synthvision.library.procedural.shapes.subdivision import Cage

BY_NAME = {asset.name: asset for asset in ASSETS}
ADULT = Measures(1.75, 0.228, 0.82, 1.75)
CHILD = Measures(1.1, 0.2, 0.48, 1.13)


def built(name, **values):
    asset = BY_NAME[name]
    params = {
        key: list(item.palette[0]) if isinstance(item, Colour) else item.default
        for key, item in asset.parameters.items()
    }
    return asset.build(params | values)


def test_all_kinds_are_there_and_belong_to_the_street():
    assert list(BY_NAME) == [
        "pedestrian",
        "cyclist",
        "motorcyclist",
        "dog",
        "pushchair",
        "umbrella",
        "suitcase",
        "rucksack",
        "shopping_bag",
        "wheelchair",
    ]
    assert all({"street", "people"} <= set(asset.tags) for asset in ASSETS)


def test_keypoints_are_those_of_coco():
    assert COCO_KEYPOINTS[0] == "nose"
    assert COCO_KEYPOINTS[5:7] == ("left_shoulder", "right_shoulder")
    assert COCO_KEYPOINTS[-1] == "right_ankle"
    assert len(COCO_KEYPOINTS) == 17
    assert len(COCO_SKELETON) == 19
    assert COCO_SKELETON[0] == ("left_ankle", "left_knee")
    for name in ("pedestrian", "cyclist", "motorcyclist"):
        assert BY_NAME[name].keypoints == COCO_KEYPOINTS


@pytest.mark.parametrize("height", [1.55, 1.75, 1.9])
def test_a_standing_person_is_as_tall_as_stated(height):
    model = built("pedestrian", pose="standing", adult_height_m=height, joint_jitter_deg=0.0, hair_style="bald")
    assert model.bounds_23[1, 2] == pytest.approx(height, abs=0.04)


def test_a_standing_person_faces_forward():
    points = built("pedestrian", pose="standing", joint_jitter_deg=0.0).keypoints
    assert points["nose"][0] > points["left_ear"][0] + 0.05
    for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        assert points[f"left_{part}"][1] > points[f"right_{part}"][1]
    order = [points[f"left_{part}"][2] for part in ("eye", "shoulder", "elbow", "wrist", "knee", "ankle")]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize("pose", POSES)
def test_keypoints_lie_in_or_on_the_person(pose):
    model = built("pedestrian", pose=pose, stride_phase=0.2)
    solid = trimesh.util.concatenate(
        [trimesh.Trimesh(part.positions_n3, part.triangles_m3, process=False) for part in model.parts]
    )
    places = np.array(list(model.keypoints.values()))
    nearest = np.array([np.linalg.norm(solid.vertices - place, axis=1).min() for place in places])
    # A joint is nowhere further from the surface than a hip is deep.
    assert nearest.max() < 0.13, dict(zip(model.keypoints, nearest.round(3), strict=True))
    low, high = model.bounds_23
    assert (places > low - 1e-6).all()
    assert (places < high + 1e-6).all()


@pytest.mark.parametrize("pose", [pose for pose in POSES if pose != "cycling"])
@pytest.mark.parametrize("measures", [ADULT, CHILD])
def test_bones_keep_their_length_in_every_pose(pose, measures):
    rest = rest_joints(measures)
    figure = posed_figure(measures, pose, 0.3, rng_for(1, 0, "test"), 5.0)
    for side, _ in SIDES:
        for a, b in (("arm", "forearm"), ("forearm", "hand"), ("thigh", "shin"), ("shin", "foot")):
            start, end = f"{side}_{a}", f"{side}_{b}"
            length = np.linalg.norm(figure.joints[end] - figure.joints[start])
            assert length == pytest.approx(np.linalg.norm(rest[end] - rest[start]), rel=1e-6)
    for bone in BONES:
        assert np.linalg.det(figure.turns[bone]) == pytest.approx(1.0)


def test_strides_mirror_after_half_a_cycle():
    one = posed_figure(ADULT, "walking", 0.1, rng_for(0, 0, "test"), 0.0).joints
    other = posed_figure(ADULT, "walking", 0.6, rng_for(0, 0, "test"), 0.0).joints
    for part in ("shin", "foot", "forearm"):
        assert other[f"right_{part}"] == pytest.approx(one[f"left_{part}"] * [1, -1, 1], abs=2e-3)


def test_sitting_thighs_are_level_and_lying_people_lie():
    points = built("pedestrian", pose="sitting", joint_jitter_deg=0.0).keypoints
    assert points["left_knee"][2] == pytest.approx(points["left_hip"][2], abs=0.08)
    assert points["left_knee"][0] > points["left_hip"][0] + 0.3
    lying = built("pedestrian", pose="lying", joint_jitter_deg=0.0)
    assert lying.bounds_23[1, 2] < 0.75
    assert lying.bounds_23[1, 0] - lying.bounds_23[0, 0] > 1.3


@pytest.mark.parametrize("style", ["city", "trekking", "race"])
@pytest.mark.parametrize("measures", [ADULT, CHILD])
def test_riders_reach_grips_and_pedals(style, measures):
    fit = fitted_cycle(measures, 0.7, style)
    figure = riding_figure(measures, fit.contacts)
    for number, (side, _) in enumerate(SIDES):
        grip = np.array(fit.contacts.grips[number])
        assert np.linalg.norm(figure.joints[f"{side}_hand"] - grip) < 0.065 * measures.height
        pedal = np.array(fit.contacts.pedals[number])
        ball = figure.carried_point(
            f"{side}_foot",
            figure.rest[f"{side}_foot"] + np.array([0.42 * measures.foot, 0.0, -0.043 * measures.height - 0.008]),
        )
        assert ball == pytest.approx(pedal, abs=0.03)
        assert figure.joints[f"{side}_shin"][0] > figure.joints[f"{side}_thigh"][0] - 0.02
    assert np.linalg.norm(figure.joints["pelvis"] - np.array(fit.contacts.saddle)) < 0.17


def test_two_bones_stay_whole_when_the_target_is_too_far():
    middle, end = two_bones(np.zeros(3), np.array([9.0, 0.0, 0.0]), (0.4, 0.3), np.array([0.0, 0.0, 1.0]))
    assert np.linalg.norm(middle) == pytest.approx(0.4)
    assert np.linalg.norm(end - middle) == pytest.approx(0.3)
    assert middle[2] > 0


def test_cloth_stands_off_the_skin():
    body = BodyShape.of(ADULT)
    figure = posed_figure(ADULT, "standing", 0.0, rng_for(0, 0, "test"), 0.0)
    tight = lower_mesh(figure, body, LowerCut(ease_m=(0.002, 0.002, 0.002)), None, 0.0)
    loose = lower_mesh(figure, body, LowerCut(ease_m=(0.002, 0.02, 0.03)), None, 0.0)
    assert np.ptp(loose.positions_n3[:, 1]) > np.ptp(tight.positions_n3[:, 1]) + 0.02


def test_children_have_large_heads():
    def share(**values):
        points = built("pedestrian", pose="standing", joint_jitter_deg=0.0, **values).keypoints
        top = points["nose"][2] + (points["nose"][2] - points["left_shoulder"][2])
        return (points["nose"][2] - points["left_shoulder"][2]) / top

    assert share(age="child", child_height_m=1.0) > 1.2 * share(age="adult")


@pytest.mark.parametrize(
    ("name", "values", "low", "high"),
    [
        ("umbrella", {"radius_m": 0.5}, (0.95, 0.95, 0.6), (1.05, 1.05, 1.1)),
        ("suitcase", {"height_m": 0.6, "pulled_m": 0.01}, (0.2, 0.36, 0.64), (0.34, 0.5, 0.78)),
        ("rucksack", {"height_m": 0.46}, (0.2, 0.28, 0.45), (0.45, 0.5, 0.6)),
        ("pushchair", {}, (0.7, 0.46, 0.9), (1.1, 0.66, 1.2)),
        ("wheelchair", {}, (0.8, 0.55, 0.85), (1.2, 0.7, 1.0)),
        ("cyclist", {}, (1.6, 0.5, 1.6), (1.9, 0.85, 2.0)),
        ("motorcyclist", {}, (1.8, 0.7, 1.6), (2.3, 1.0, 1.95)),
        ("dog", {"withers_m": 0.5}, (0.6, 0.1, 0.5), (1.1, 0.35, 0.8)),
    ],
)
def test_sizes_are_real(name, values, low, high):
    corners = built(name, **values).bounds_23
    size = corners[1] - corners[0]
    assert (size > low).all(), size
    assert (size < high).all(), size


def test_subdividing_a_cube_gives_catmull_and_clarks_points():
    cage = Cage()
    square = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float64)
    low = cage.ring(np.column_stack([square, -np.ones(4)]), np.ones(1))
    high = cage.ring(np.column_stack([square, np.ones(4)]), np.ones(1))
    cage.bridge(low, high, (0.0, 1.0), (0.0, 1.0))
    cage.cap(low, (0.5, 0.5), flip=True)
    cage.cap(high, (0.5, 0.5))
    surface = cage.surface(cage.positions_n3())
    # Corners of the cube (1, 1, 1) move to 5/9, middles of edges to 3/4, faces keep theirs.
    assert np.abs(surface.points_n3[0]) == pytest.approx(np.full(3, 5 / 9))
    assert sorted(np.abs(surface.points_n3[8])) == pytest.approx([0.0, 0.75, 0.75])
    solid = trimesh.Trimesh(surface.points_n3, surface.triangles(), process=False)
    assert solid.is_watertight
    assert solid.volume > 0


def test_contacts_come_from_the_keypoints_of_a_vehicle():
    points = {"saddle": (-0.2, 0.0, 1.0)}
    points |= {f"{side}_{part}": (0.4, sign * 0.2, 1.0) for side, sign in SIDES for part in ("grip", "pedal")}
    contacts = contacts_of(points)
    assert contacts.saddle == (-0.2, 0.0, 1.0)
    assert contacts.grips[0][1] > 0 > contacts.grips[1][1]
    assert contacts.pedals[0][1] > 0 > contacts.pedals[1][1]
