"""Constraints: every kind judged on scenes and label images whose answer is known, and those that no scene can hold."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from synthvision.annotate.measures import measure_objects
from synthvision.core.frames import AmodalCoverage, LabelImages
from synthvision.library.reference import AssetRef
from synthvision.sampling.config import ObjectGroup
from synthvision.sampling.constraints.config import Constraint
from synthvision.sampling.constraints.contradictions import contradictions
from synthvision.sampling.constraints.judge import describe, needs_pixels, violated
from synthvision.scene import Camera, Scene, SceneObject

READ = TypeAdapter(Constraint)
SIZE_WH = (40, 30)
UNTURNED = (1.0, 0.0, 0.0, 0.0)


def rule(**data):
    return READ.validate_python(data)


def thing(number, name, position, category, **attributes):
    return SceneObject(
        instance_id=number,
        name=name,
        asset=AssetRef("test", name.partition("/")[0]),
        position_m=position,
        category=category,
        attributes=attributes,
    )


def boxed(box):
    x1, y1, x2, y2 = box
    left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, SIZE_WH[0]), min(y2, SIZE_WH[1])
    mask = np.ones((bottom - top, right - left), bool)
    return AmodalCoverage(mask, (left, top), mask.size, (x2 - x1) * (y2 - y1), box)


@pytest.fixture(scope="module")
def scene():
    camera = Camera(
        size_wh=SIZE_WH,
        focal_xy_px=(40.0, 40.0),
        centre_xy_px=(20.0, 15.0),
        position_m=(0.0, 0.0, 1.0),
        rotation_wxyz=UNTURNED,
    )
    objects = (
        thing(1, "walkers/0", (0.0, 10.0, 1.0), "pedestrian", strip="pavement/left"),
        thing(2, "cars/0", (0.0, 4.0, 1.0), "car", strip="lane/0"),
        thing(3, "cars/1", (3.0, 4.0, 1.0), "car", strip="pavement/left"),
    )
    return Scene(camera=camera, objects=objects, factors={"objects.cars.count": 2, "weather": "rain"})


@pytest.fixture(scope="module")
def measures(scene):
    # A walker of 10 x 20 pixels, of which a car before it hides the lower half; another car half outside the picture.
    boxes = {1: (5, 4, 15, 24), 2: (0, 14, 25, 28), 3: (30, 14, 50, 28)}
    ids = np.zeros((30, 40), np.uint16)
    for number in (1, 3, 2):
        x1, y1, x2, y2 = boxes[number]
        ids[y1:y2, max(x1, 0) : min(x2, 40)] = number
    depth = np.where(ids > 0, 1.0, np.inf).astype(np.float32)
    labels = LabelImages(ids, depth, None, {number: boxed(box) for number, box in boxes.items()})
    air = np.full(ids.shape, 0.5, np.float32)
    air[ids == 1] = 0.25
    return measure_objects(scene, labels, air)


def test_measures_are_those_of_the_boxes(measures):
    walker, car, cut = measures[1], measures[2], measures[3]
    assert walker.visible_pixels == 100
    assert walker.size_wh == (10, 10)
    assert walker.visible_fraction == 0.5
    assert walker.hidden_by == {2: 0.5}
    assert walker.distance_m == 10.0
    assert walker.transmittance == 0.25
    assert car.hidden_by == {}
    assert car.visible_fraction == 1.0
    assert cut.truncation == 0.5
    assert cut.distance_m == 5.0


HELD = [
    rule(kind="occlusion", of="walkers", by="cars", between=[0.4, 0.7]),
    rule(kind="occlusion", of={"class": "pedestrian"}, between=[0.5, 0.5]),
    rule(kind="occlusion", of="cars", between=[0, 0], at_least="all"),
    rule(kind="visible_fraction", of="walkers", between=[0.5, None]),
    rule(kind="truncation", of="cars", between=[0.4, 0.6]),
    rule(kind="pixel_height", of="walkers", between=[10, 10]),
    rule(kind="pixel_width", of="cars", between=[25, 25]),
    rule(kind="transmittance", of="walkers", between=[0.2, 0.3]),
    rule(kind="in_front_of", of="cars", than="walkers"),
    rule(kind="distance", of="walkers", between=[9.9, 10.1]),
    rule(kind="distance", of="walkers", to="cars", between=[5.9, 6.1]),
    rule(kind="same_lane", of="walkers", to="cars"),
    rule(kind="count", of="cars", between=[2, 2]),
    rule(kind="count", of={"class": "car"}, between=[1, 1], least_pixels=200),
    rule(kind="attribute", of="cars", name="strip", one_of=["lane/0"]),
    rule(kind="factor", path="weather", one_of=["rain", "snow"]),
    rule(kind="factor", path="objects.cars.count", between=[1, 3]),
]
MISSED = [
    rule(kind="occlusion", of="walkers", by={"attributes": {"strip": "pavement/left"}}, between=[0.1, 1]),
    rule(kind="occlusion", of="cars", between=[0.01, 1]),
    rule(kind="visible_fraction", of="walkers", between=[0.51, 1]),
    rule(kind="truncation", of="cars", between=[0.4, 0.6], at_least="all"),
    rule(kind="pixel_height", of="walkers", between=[11, None]),
    rule(kind="transmittance", of="walkers", between=[0.3, 1]),
    rule(kind="in_front_of", of="walkers", than="cars"),
    rule(kind="distance", of="cars", between=[0, 4.5], at_least=2),
    rule(kind="distance", of="walkers", to="walkers", between=[0, 100]),
    rule(kind="same_lane", of="walkers", to={"attributes": {"strip": "lane/0"}}),
    rule(kind="count", of="cars", between=[3, None]),
    rule(kind="count", of="bicycles", between=[1, None]),
    rule(kind="attribute", of="cars", name="strip", one_of=["lane/0"], at_least="all"),
    rule(kind="factor", path="weather", one_of=["snow"]),
    rule(kind="factor", path="nothing.there", between=[0, 1]),
    rule(kind="visible_fraction", of="bicycles", between=[0, 1]),
    rule(kind="visible_fraction", of="bicycles", between=[0, 1], at_least="all"),
]


@pytest.mark.parametrize("constraint", HELD, ids=describe)
def test_what_holds_is_held(constraint, scene, measures):
    assert violated([constraint], scene, measures) == ()


@pytest.mark.parametrize("constraint", MISSED, ids=describe)
def test_what_is_missed_is_named(constraint, scene, measures):
    assert violated([constraint], scene, measures) == (constraint,)


def test_before_drawing_only_what_needs_no_pixels_is_judged(scene):
    early = violated([*HELD, *MISSED], scene, None)
    assert early
    assert not any(needs_pixels(constraint) for constraint in early)
    assert list(early) == [constraint for constraint in MISSED if not needs_pixels(constraint)]


def group(count=1):
    return ObjectGroup.model_validate({"pick": "box", "count": count})


GROUPS = {"walkers": group(), "cars": group({"uniform_int": [0, 4]}), "dogs": group(0)}


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"kind": "count", "of": "cars", "between": [5, 9]}], "0 to 4 of cars"),
        ([{"kind": "count", "of": "walkers", "between": [0, 0]}], "1 to 1 of walkers"),
        ([{"kind": "distance", "of": "dogs", "between": [1, 2]}], "at most 0"),
        ([{"kind": "occlusion", "of": "walker", "between": [0.1, 1]}], "did you mean 'walkers'?"),
        ([{"kind": "occlusion", "of": {"class": "care"}, "between": [0.1, 1]}], "did you mean 'car'?"),
        ([{"kind": "truncation", "of": "walkers", "between": [1.1, 2]}], "a share"),
        ([{"kind": "pixel_height", "of": "walkers", "between": [31, 40]}], "30 pixels"),
        (
            [
                {"kind": "distance", "of": "walkers", "between": [1, 2]},
                {"kind": "distance", "of": "walkers", "between": [3, 4]},
            ],
            "contradicts constraint 1",
        ),
        (
            [
                {"kind": "visible_fraction", "of": "walkers", "between": [0.7, 1]},
                {"kind": "occlusion", "of": "walkers", "by": "cars", "between": [0.4, 0.6]},
            ],
            "more than the whole",
        ),
        (
            [
                {"kind": "factor", "path": "weather", "one_of": ["rain"]},
                {"kind": "factor", "path": "weather", "one_of": ["snow"]},
            ],
            "no value is allowed by both",
        ),
        ([{"kind": "pixel_width", "of": "cars", "between": [2, 9], "at_least": 5}], "at most 4"),
    ],
)
def test_what_no_scene_can_hold_is_found_before_drawing(rules, words):
    constraints = [READ.validate_python(data) for data in rules]
    faults = contradictions(constraints, GROUPS, ["car", "pedestrian"], SIZE_WH)
    assert [index for index, _ in faults] == [len(rules) - 1]
    assert words in faults[0][1]


def test_what_scenes_can_hold_is_left_alone():
    rules = [
        rule(kind="distance", of="cars", between=[1, 2]),
        rule(kind="distance", of="cars", between=[30, 40]),
        rule(kind="occlusion", of="walkers", by="cars", between=[0.4, 0.6]),
        rule(kind="visible_fraction", of="walkers", between=[0.2, 0.6]),
        rule(kind="distance", of="walkers", between=[1, 2]),
        rule(kind="distance", of="walkers", to="cars", between=[3, 4]),
    ]
    assert contradictions(rules, GROUPS, ["car"], SIZE_WH) == []


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "occlusion", "of": "cars", "between": [0.7, 0.4]},
        {"kind": "occlusion", "of": {}, "between": [0, 1]},
        {"kind": "occlusion", "of": "cars", "between": [0, 1], "at_least": 0},
        {"kind": "factor", "path": "weather"},
        {"kind": "blur", "of": "cars", "between": [0, 1]},
    ],
)
def test_nonsense_is_refused(data):
    with pytest.raises(ValidationError):
        READ.validate_python(data)
