"""Classes by asset, attribute, material and state; the first match wins; states against an independent rotation."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.spatial.transform import Rotation

from synthvision.sampling.classes import ClassSpec

NUMBERS = ["one", "two", "three", "four", "five", "six"]
DICE = [
    {"name": name, "match": {"category": "die", "state": {"top_face": index}}} for index, name in enumerate(NUMBERS, 1)
]


def things(scene):
    return [item for item in scene.objects if item.name != "surface"]


def test_a_die_is_labelled_by_the_face_that_points_up(fake):
    dice = {"dice": {"pick": "die", "count": 12,
                     "placement": {"kind": "on_surface", "pose": "random", "region": {"radius_m": 0.4}}}}  # fmt: skip
    found = []
    for frame in range(10):
        for item in things(fake.sampler(dice, DICE).sample(frame)):
            w, x, y, z = item.rotation_wxyz
            turned = Rotation.from_quat([x, y, z, w])
            heights = {value: turned.apply(way)[2] for value, way in fake.faces.items()}
            top = max(heights, key=heights.get)
            assert item.attributes["top_face"] == top
            assert item.category == NUMBERS[int(top) - 1]
            found.append(item.category)
    assert set(found) == set(NUMBERS)


def test_resting_dice_show_all_faces_equally_often(fake):
    dice = {"dice": {"pick": "die", "count": 20,
                     "placement": {"kind": "on_surface", "pose": "stable", "region": {"radius_m": 0.5}}}}  # fmt: skip
    sampler = fake.sampler(dice, DICE)
    found = [item.category for frame in range(15) for item in things(sampler.sample(frame))]
    counts = np.array([found.count(name) for name in NUMBERS])
    assert counts.sum() == 300
    assert ((counts - 50) ** 2 / 50).sum() < 20.5  # chi squared, 5 degrees of freedom, 0.1 %


CARDS = {
    "cards": {
        "pick": "card",
        "count": 6,
        "materials": {"front": {"pick": "faces/*"}},
        "placement": {"kind": "layered", "region": {"radius_m": 0.15}, "flip_probability": 0.4},
    }
}
ACE = {"name": "ace", "match": {"material": "*ace_of_*", "state": {"visible_side": "front"}}}


def test_a_card_is_labelled_by_its_face_and_not_from_behind(fake):
    fronts = backs = others = 0
    for frame in range(6):
        for item in things(fake.sampler(CARDS, [ACE]).sample(frame)):
            is_ace = "ace_of" in item.materials[0].asset.name
            up = Rotation.from_quat([*item.rotation_wxyz[1:], item.rotation_wxyz[0]]).apply([0, 0, 1])[2]
            assert item.attributes["visible_side"] == ("front" if up > 0 else "back"), "the camera stands above"
            assert item.attributes["suit"] in ("hearts", "spades"), "the face's attributes are the card's"
            if is_ace and up > 0:
                assert (item.role, item.category) == ("thing", "ace")
                fronts += 1
            else:
                assert (item.role, item.category) == ("distractor", None)
                assert item.attributes["role_reason"] == "no class matches"
                backs += is_ace
                others += not is_ace
    assert min(fronts, backs, others) > 0


def test_the_side_that_is_seen_is_decided_in_each_view(fake):
    cards = {"cards": {"pick": "card", "placement": {"kind": "in_volume", "size_m": [0, 0, 0]}}}
    camera = {"kind": "shell", "distance_m": 1, "elevation_deg": {"uniform": [-80, 80]}}
    front = {"name": "front", "match": {"state": {"visible_side": "front"}}}
    sampler = fake.sampler(cards, [front], views=40, surface=None, camera=camera)
    seen = set()
    for frame in range(40):
        scene = sampler.sample(frame)
        item = scene.objects[0]
        normal = Rotation.from_quat([*item.rotation_wxyz[1:], item.rotation_wxyz[0]]).apply([0, 0, 1])
        towards = np.array(scene.camera.position_m) - item.position_m
        if abs(normal @ towards) > 0.02:
            assert item.category == ("front" if normal @ towards > 0 else None)
        seen.add(item.category)
    assert seen == {"front", None}


def test_the_first_class_that_matches_wins(fake):
    boxes = {"boxes": {"pick": "box", "count": 2, "placement": {"kind": "on_surface"}}}
    special = {"name": "special", "match": {"asset": "builtin/bo*"}}
    general = {"name": "general", "match": [{"category": "ball"}, {"tag": "kitchen"}]}
    assert {item.category for item in things(fake.sampler(boxes, [special, general]).sample(0))} == {"special"}
    assert {item.category for item in things(fake.sampler(boxes, [general, special]).sample(0))} == {"general"}


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"group": "boxes"}, True),
        ({"group": "bo*"}, True),
        ({"asset": "box"}, True),
        ({"asset": "shared/box"}, False),
        ({"category": "ball"}, False),
        ({"tag": "kitchen"}, True),
        ({"tag": "toy"}, False),
        ({"attributes": {"made_of": "card"}}, True),
        ({"attributes": {"made_of": "wood"}}, False),
        ({"category": "box", "tag": "toy"}, False),
        ({"state": {"top_face": "1"}}, False),
        ({"material": "*"}, False),
    ],
)
def test_every_part_of_a_rule_must_hold(fake, match, fits):
    boxes = {"boxes": {"pick": "box", "placement": {"kind": "on_surface"}}}
    item = things(fake.sampler(boxes, [{"name": "it", "match": match}]).sample(0))[0]
    assert (item.category == "it") == fits


def test_roles_other_than_thing_and_stuff_get_no_class(fake):
    everything = [{"name": "all", "match": {"group": "*"}}]
    for role, category in (("thing", "all"), ("stuff", "all"), ("distractor", None), ("background", None)):
        groups = {"boxes": {"pick": "box", "role": role, "placement": {"kind": "on_surface"}}}
        item = things(fake.sampler(groups, everything).sample(0))[0]
        assert (item.role, item.category) == (role, category)
    stuff = {"boxes": {"pick": "box", "role": "stuff", "placement": {"kind": "on_surface"}}}
    assert things(fake.sampler(stuff).sample(0))[0].role == "background"


def test_a_number_in_a_state_is_the_word_for_it():
    assert ClassSpec.model_validate(DICE[0]).match[0].state == {"top_face": "1"}
    with pytest.raises(ValidationError, match="valid string"):
        ClassSpec.model_validate({"name": "x", "match": {"state": {"top_face": True}}})


def test_a_rule_must_say_something():
    with pytest.raises(ValidationError, match="must name at least one of group, asset"):
        ClassSpec.model_validate({"name": "x", "match": {}})
