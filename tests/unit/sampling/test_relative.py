"""Objects that are placed relative to others: distance, bearing, gap, heading, on top, between neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.core.errors import PlacementError
from synthvision.sampling.placement.relative import heading_of

BOX = {"pick": "box", "params": {"width_m": 0.06, "height_m": 0.1}}


def scenes(fake, placement, *, others=None, count=1, frames=6, pick="ball", **more):
    others = others or {**BOX, "placement": {"kind": "fixed", "yaw_deg": 30.0, "position_m": [0.2, 0.1]}}
    objects = {"others": others, "own": {"pick": pick, "count": count, "placement": {"kind": "relative", **placement}}}
    sampler = fake.sampler(objects, **more)
    for frame in range(frames):
        scene = sampler.sample(frame)
        yield {item.name: item for item in scene.objects}, scene


def xy(item):
    return np.array(item.position_m[:2])


@pytest.mark.parametrize(("side", "bearing"), [("front", 0), ("left", 90), ("behind", 180), ("right", -90)])
def test_a_side_is_meant_as_the_other_object_faces(fake, side, bearing):
    for items, _ in scenes(fake, {"to": "others", "side": side, "distance_m": 0.5}, frames=2):
        way = xy(items["own/0"]) - xy(items["others/0"])
        assert np.linalg.norm(way) == pytest.approx(0.5, abs=1e-6)
        assert np.degrees(np.arctan2(way[1], way[0])) == pytest.approx((30 + bearing + 180) % 360 - 180, abs=1e-5)


def test_a_gap_is_the_free_way_between_the_outlines(fake):
    for items, _ in scenes(fake, {"to": "others", "side": "front", "gap_m": 0.05}, frames=2):
        assert np.linalg.norm(xy(items["own/0"]) - xy(items["others/0"])) == pytest.approx(0.03 + 0.05 + 0.03, abs=2e-3)


def test_sideways_is_to_the_left_of_the_way(fake):
    placement = {"to": "others", "bearing_deg": 0, "distance_m": 0.4, "sideways_m": 0.1}
    [(items, _)] = scenes(fake, placement, frames=1)
    front = np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])
    left = np.array([-front[1], front[0]])
    assert xy(items["own/0"]) - xy(items["others/0"]) == pytest.approx(0.4 * front + 0.1 * left, abs=1e-6)


@pytest.mark.parametrize(("facing", "expected"), [("alike", 30), ("towards", -60), ("away", 120), ("across", 210)])
def test_facing_turns_the_object_relative_to_the_other(fake, facing, expected):
    placement = {"to": "others", "side": "left", "distance_m": 0.4, "facing": facing}
    [(items, _)] = scenes(fake, placement, pick="box", frames=1)
    w, _, _, z = items["own/0"].rotation_wxyz
    assert np.degrees(2 * np.arctan2(z, w)) % 360 == pytest.approx(expected % 360, abs=1e-4)


def test_objects_stand_on_the_surface_and_keep_clear(fake):
    placement = {"to": "others", "side": "around", "gap_m": {"uniform": [0, 0.2]}, "clearance_m": 0.01}
    for items, scene in scenes(fake, placement, count=4, pick="box"):
        assert all(item.position_m[2] == pytest.approx(0, abs=1e-9) for item in items.values())
        assert len(items) == 6
        assert not any("restarts" in reason for reason in scene.rejections)


def test_what_is_on_top_stands_on_the_top(fake):
    for items, _ in scenes(fake, {"to": "others", "side": "on_top"}, pick="die"):
        assert items["own/0"].position_m[2] == pytest.approx(0.1, abs=1e-6)
        assert np.abs(xy(items["own/0"]) - xy(items["others/0"])).max() < 0.05


def test_an_overhang_is_the_share_beyond_the_edge(fake):
    others = {**BOX, "placement": {"kind": "fixed"}}
    placement = {"to": "others", "side": "on_top", "bearing_deg": 0, "overhang": 0.3}
    [(items, _)] = scenes(fake, placement, others=others, pick="die", frames=1)
    # The die is 16 mm wide, the box reaches to 30 mm.
    assert items["own/0"].position_m[0] + 0.008 == pytest.approx(0.03 + 0.3 * 0.016, abs=1e-6)


def test_what_would_fall_off_is_refused(fake):
    placement = {"to": "others", "side": "on_top", "bearing_deg": 0, "overhang": 0.8}
    with pytest.raises(PlacementError, match="would fall off others"):
        list(scenes(fake, placement, pick="die", frames=1, max_restarts=0))


def test_between_takes_the_middle_of_a_gap_of_neighbours(fake):
    others = {**BOX, "count": 3, "placement": {"kind": "row", "spacing_m": 0.3, "yaw_deg": 0}}
    seen = set()
    for items, _ in scenes(
        fake, {"between": "others", "sideways_m": 0.05, "facing": "across"}, others=others, frames=12
    ):
        place = xy(items["own/0"])
        assert place[1] == pytest.approx(0.05, abs=1e-6)  # to the left as the boxes face
        assert abs(place[0]) == pytest.approx(0.15, abs=1e-6)
        seen.add(round(float(place[0]), 3))
    assert seen == {-0.15, 0.15}


def test_a_wide_gap_is_none(fake):
    others = {**BOX, "count": 2, "placement": {"kind": "row", "spacing_m": 0.8, "yaw_deg": 0}}
    with pytest.raises(PlacementError, match="two objects of others to stand by"):
        list(scenes(fake, {"between": "others", "widest_m": 0.5}, others=others, frames=1, max_restarts=0))


def test_between_needs_two_objects(fake):
    with pytest.raises(PlacementError, match="two objects of others to stand by"):
        list(scenes(fake, {"between": "others"}, frames=1, max_restarts=0))


def test_a_gap_that_is_too_narrow_is_named(fake):
    others = {**BOX, "count": 2, "placement": {"kind": "row", "spacing_m": 0.08, "yaw_deg": 0}}
    with pytest.raises(PlacementError, match="overlap with others"):
        list(scenes(fake, {"between": "others"}, others=others, frames=1, max_restarts=0))


@pytest.mark.parametrize(
    ("placement", "message"),
    [
        ({}, "either to or between"),
        ({"to": "others", "between": "others"}, "either to or between"),
        ({"to": "others", "side": "left", "bearing_deg": 3}, "either side or bearing_deg"),
        ({"to": "others", "gap_m": 1, "distance_m": 3}, "either gap_m or distance_m"),
        ({"between": "others", "side": "left"}, "takes the middle of a gap"),
        ({"to": "others", "overhang": 0.3}, "must come with side: on_top"),
        ({"to": "later"}, "must name a group placed before it"),
    ],
)
def test_contradictory_keys_are_refused(fake, placement, message):
    with pytest.raises(ValidationError, match=message):
        list(scenes(fake, placement, frames=1))


def test_the_heading_of_what_stands_on_its_nose_is_that_of_its_left_side(fake):
    class Body:
        rotation = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])

    assert heading_of(Body()) == pytest.approx(0.0)
