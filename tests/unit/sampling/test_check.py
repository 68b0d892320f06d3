"""Faults of a scene that the asset packs bring to light before the first frame."""

from __future__ import annotations

import pytest

from synthvision.sampling.check import check_spec
from synthvision.sampling.classes import ClassSpec

PLACE = {"kind": "on_surface"}


def faults(fake, objects, classes=(), **more):
    spec = fake.spec(objects, **more)
    return check_spec(spec, [ClassSpec.model_validate(item) for item in classes], fake.Library())


def box(**more):
    return {"boxes": {"pick": "box", "placement": PLACE, **more}}


def test_a_sound_scene_has_no_faults(fake):
    objects = {
        **box(params={"width_m": {"uniform": [0.05, 0.06]}, "colour": "#ff0000", "wear": {"uniform_int": [0, 3]}}),
        "cards": {"pick": "card", "placement": PLACE, "materials": {"front": {"pick": "faces/*"}}},
        "dice": {"pick": ["die", {"asset": "box", "weight": 2}], "placement": PLACE, "params": {"finish": "matt"}},
    }
    classes = [
        {"name": "box", "match": {"category": "box", "attributes": {"finish": "matt"}}},
        {
            "name": "ace",
            "match": {"material": "*ace*", "attributes": {"suit": "hearts"}, "state": {"visible_side": "front"}},
        },
        {"name": "six", "match": {"state": {"top_face": 6}}},
    ]
    assert faults(fake, objects, classes, environment={"pick": "sky", "params": {"turbidity": 3}}) == []


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"pick": "botle"}, ("scene", "objects", "boxes", "pick"), "no model is called 'botle'"),
        ({"pick": ["box", {"tag": "nope"}]}, ("scene", "objects", "boxes", "pick", "any_of", 1), "'nope'"),
        ({"params": {"widht_m": 1}}, ("scene", "objects", "boxes", "params", "widht_m"), "did you mean 'width_m'"),
        ({"params": {"width_m": {"uniform": [0.05, 0.5]}}}, ("scene", "objects", "boxes", "params", "width_m"),
         "must be in 0.04..0.08 m, got values in 0.05..0.5"),
        ({"params": {"width_m": "wide"}}, ("scene", "objects", "boxes", "params", "width_m"), "must be a number in"),
        ({"params": {"wear": 1.5}}, ("scene", "objects", "boxes", "params", "wear"), "must be a whole number"),
        ({"params": {"finish": {"choice": ["matt", "glosy"]}}}, ("scene", "objects", "boxes", "params", "finish"),
         "got 'glosy'; did you mean 'glossy'"),
        ({"params": {"colour": 3}}, ("scene", "objects", "boxes", "params", "colour"), "must be a colour, got 3"),
        ({"materials": {"bdy": {"roughness": 1}}}, ("scene", "objects", "boxes", "materials", "bdy"),
         "no picked model has this material slot; did you mean 'body'"),
        ({"materials": {"body": {"pick": "wod"}}}, ("scene", "objects", "boxes", "materials", "body", "pick"), "'wod'"),
    ],
)  # fmt: skip
def test_a_fault_of_a_group_names_its_key(fake, change, path, message):
    found = faults(fake, box(**change))
    assert [place for place, _ in found] == [path]
    assert message in found[0][1]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"surface": {"pick": "gruond"}}, ("scene", "surface", "pick")),
        ({"surface": {"material": {"pick": {"category": "flor"}}}}, ("scene", "surface", "material", "pick")),
        ({"environment": {"pick": "skay"}}, ("scene", "environment", "pick")),
        ({"lighting": {"day": {"environment": {"pick": "skay"}}}}, ("scene", "lighting", "day", "environment", "pick")),
        ({"background": {"kind": "photos", "photos": "none/*"}}, ("scene", "background", "photos")),
    ],
)
def test_every_pick_of_a_scene_is_looked_up(fake, more, path):
    assert [place for place, _ in faults(fake, box(), **more)] == [path]


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ({"group": "boxs"}, "none has group 'boxs'; did you mean 'boxes'"),
        ({"category": "bux"}, "none has category 'bux'; did you mean 'box'"),
        ({"tag": "kitchn"}, "none has tag 'kitchn'; did you mean 'kitchen'"),
        ({"asset": "bal"}, "none has asset 'bal'"),
        ({"material": "*wood*"}, "none gets a material '*wood*'"),
        ({"attributes": {"made_of": "steel"}}, "none has the attribute made_of: steel (there are: card)"),
        ({"attributes": {"finish": "rough"}}, "none has the attribute finish: rough"),
        ({"state": {"top_face": 7}}, "none has the state top_face: 7 (there are: top_face: 1, top_face: 2"),
    ],
)
def test_a_class_that_no_object_can_get_is_a_fault(fake, match, message):
    objects = {**box(), "dice": {"pick": "die", "placement": PLACE}}
    found = faults(fake, objects, [{"name": "it", "match": match}])
    assert [place for place, _ in found] == [("classes", 0, "match")]
    assert found[0][1].startswith("no object of the scene can get class 'it': ")
    assert message in found[0][1]


def test_conditions_must_hold_on_one_object(fake):
    objects = {**box(), "dice": {"pick": "die", "placement": PLACE}}
    found = faults(fake, objects, [{"name": "it", "match": {"category": "box", "state": {"top_face": 1}}}])
    assert "none has the state top_face: 1" in found[0][1]


def test_a_distractor_can_get_no_class(fake):
    found = faults(fake, box(role="distractor"), [{"name": "it", "match": {"category": "box"}}])
    assert "no objects of role thing or stuff" in found[0][1]


def test_all_faults_are_found_at_once(fake):
    assert len(faults(fake, box(params={"a": 1, "b": 2}), environment={"pick": "skay"})) == 3
