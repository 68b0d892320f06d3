"""Placement against independent checks: separating planes by linear programming, spheres and heights by geometry."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from synthvision.core.errors import PlacementError
from synthvision.sampling.placement.config import Region
from synthvision.sampling.placement.resting_plane import resting_plane


def hull_world(fakelib, item):
    model = fakelib.load_model(item.asset)
    points = np.concatenate([part.positions_n3 for part in model.parts]).astype(float)
    matrix = item.world_from_model
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def separation(first, second):
    """Widest slab between two point sets, metres (times at most root 3); 0 where their hulls touch."""
    rows = np.concatenate([np.column_stack([first, -np.ones(len(first)), np.ones(len(first))]),
                           np.column_stack([-second, np.ones(len(second)), np.ones(len(second))])])  # fmt: skip
    found = linprog([0, 0, 0, 0, -1], A_ub=rows, b_ub=np.zeros(len(rows)),
                    bounds=[(-1, 1)] * 3 + [(None, None), (0, 1)], method="highs")  # fmt: skip
    return 2 * found.x[4]


def placed(scene, *groups):
    return [item for item in scene.objects if item.name.split("/")[0] in groups]


CLUTTER = {
    "boxes": {
        "pick": "box",
        "count": 5,
        "placement": {"kind": "on_surface", "pose": "stable", "region": {"radius_m": 0.22}},
    },
    "dice": {
        "pick": "die",
        "count": 6,
        "placement": {"kind": "on_surface", "pose": "random", "region": {"radius_m": 0.2}},
    },
    "poles": {
        "pick": "pole",
        "count": 2,
        "placement": {"kind": "on_surface", "pose": "lying", "region": {"radius_m": 0.2}},
    },
}


@pytest.mark.parametrize("frame", range(4))
def test_no_pair_overlaps_and_everything_stands_on_the_surface(fake, frame):
    sampler, library = fake.sampler(CLUTTER), fake.Library()
    items = placed(sampler.sample(frame), "boxes", "dice", "poles")
    hulls = [hull_world(library, item) for item in items]
    for index, first in enumerate(hulls):
        assert abs(first[:, 2].min()) < 1e-6, items[index].name
        for other in range(index):
            assert separation(first, hulls[other]) > 0, (items[index].name, items[other].name)


def test_the_separation_check_itself_sees_an_overlap():
    box = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T.astype(float)
    assert separation(box, box + np.array([1.2, 0, 0])) == pytest.approx(0.2, abs=1e-6)
    assert separation(box, box + np.array([0.9, 0.1, 0.1])) == pytest.approx(0, abs=1e-9)


def test_clearance_is_kept(fake):
    boxes = {
        "pick": "box",
        "count": 6,
        "placement": {"kind": "on_surface", "region": {"radius_m": 0.25}, "clearance_m": 0.03},
    }
    library = fake.Library()
    for frame in range(3):
        hulls = [hull_world(library, item) for item in placed(fake.sampler({"boxes": boxes}).sample(frame), "boxes")]
        for index, first in enumerate(hulls):
            for second in hulls[:index]:
                assert separation(first, second) >= 0.03 / np.sqrt(3) - 1e-6


def test_scattered_objects_keep_their_distance_and_their_region(fake):
    balls = {"pick": "ball", "count": 12, "placement": {
        "kind": "scatter", "min_distance_m": 0.15, "region": {"size_m": [0.8, 0.6], "centre_m": [0.3, 0]}}}  # fmt: skip
    scene = fake.sampler({"balls": balls}).sample(0)
    xy = np.array([item.position_m[:2] for item in placed(scene, "balls")])
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2)[np.triu_indices(12, 1)]
    assert gaps.min() >= 0.15
    assert (np.abs(xy - [0.3, 0]) <= [0.4, 0.3]).all()


def test_nothing_stands_over_the_edge(fake):
    boxes = {"pick": "box", "count": 8, "placement": {"kind": "on_surface", "margin_m": 0.05}}
    scene = fake.sampler({"boxes": boxes}, surface={"size_m": [0.6, 0.5]}).sample(1)
    library = fake.Library()
    for item in placed(scene, "boxes"):
        points = hull_world(library, item)
        assert (np.abs(points[:, :2]) <= np.array([0.3, 0.25]) - 0.05 + 1e-9).all()


def test_rows_and_grids_are_regular(fake):
    row = {"pick": "die", "count": 5, "placement": {"kind": "row", "spacing_m": 0.1, "direction_deg": 90, "yaw_deg": 0}}
    scene = fake.sampler({"dice": row}).sample(0)
    xy = np.array([item.position_m[:2] for item in placed(scene, "dice")])
    assert xy == pytest.approx(np.column_stack([np.zeros(5), np.arange(-2, 3) * 0.1]), abs=1e-9)
    grid = {"pick": "die", "count": 5, "placement": {"kind": "grid", "columns": 3, "spacing_m": [0.1, 0.2]}}
    scene = fake.sampler({"dice": grid}).sample(0)
    xy = np.array([item.position_m[:2] for item in placed(scene, "dice")])
    assert xy == pytest.approx(np.array([[-0.1, -0.1], [0, -0.1], [0.1, -0.1], [-0.1, 0.1], [0, 0.1]]), abs=1e-9)


def test_objects_stand_on_a_table_not_beside_it(fake):
    groups = {
        "tables": {"pick": "table", "role": "background", "placement": {"kind": "fixed"}},
        "dice": {"pick": "die", "count": 8, "placement": {"kind": "on_surface", "on": "tables", "margin_m": 0.02}},
    }
    scene = fake.sampler(groups).sample(0)
    for item in placed(scene, "dice"):
        assert item.position_m[2] == pytest.approx(0.7, abs=1e-6)
        assert abs(item.position_m[0]) < 0.4 - 0.02
        assert abs(item.position_m[1]) < 0.25 - 0.02


def test_a_volume_holds_objects_in_any_direction(fake):
    boxes = {
        "pick": "box",
        "count": 10,
        "placement": {"kind": "in_volume", "centre_m": [0, 0, 1], "size_m": [0.5, 0.5, 0.5]},
    }
    library = fake.Library()
    items = placed(fake.sampler({"boxes": boxes}).sample(0), "boxes")
    hulls = [hull_world(library, item) for item in items]
    assert all(np.abs((hull.min(0) + hull.max(0)) / 2 - [0, 0, 1]).max() < 0.35 for hull in hulls)
    assert all(separation(a, b) > 0 for i, a in enumerate(hulls) for b in hulls[:i])
    assert len({tuple(np.round(item.rotation_wxyz, 6)) for item in items}) == 10


def test_balls_in_a_bowl_touch_but_do_not_sink(fake):
    groups = {
        "bowls": {"pick": "bowl", "placement": {"kind": "fixed"}},
        "balls": {"pick": "ball", "count": 5, "placement": {"kind": "inside", "container": "bowls", "clearance_m": 0}},
    }
    bowl = fake.open_bowl()
    wall = bowl.sample(60_000, seed=1)
    for frame in range(3):
        scene = fake.sampler(groups).sample(frame)
        centres = np.array([hull_world(fake.Library(), item).mean(axis=0) for item in placed(scene, "balls")])
        assert len(centres) == 5
        for index, centre in enumerate(centres):
            to_wall = np.linalg.norm(wall - centre, axis=1).min() - 0.03
            to_others = [np.linalg.norm(centre - other) - 0.06 for other in np.delete(centres, index, axis=0)]
            # The ball is a polyhedron of 320 faces: its flat faces lie up to 0.5 mm inside the sphere.
            assert to_wall > -1e-3
            assert min(to_others) > -1.2e-3
            assert min(to_wall, *to_others) < 1.5e-3, "it touches something"
            assert np.hypot(*centre[:2]) < 0.12, "it lies over the opening"


def test_layered_cards_rest_on_each_other(fake):
    cards = {"pick": "card", "count": 7, "placement": {
        "kind": "layered", "region": {"radius_m": 0.06}, "neighbour_probability": 0.6}}  # fmt: skip
    library = fake.Library()
    tilted = 0
    for frame in range(3):
        items = placed(fake.sampler({"cards": cards}).sample(frame), "cards")
        hulls = [hull_world(library, item) for item in items]
        for index, points in enumerate(hulls):
            gaps = [points[:, 2].min()]
            for lower in range(index):
                gaps += card_gaps(hulls[lower], items[lower], points)
            assert min(gaps) > -1.5e-4, "half a card's thickness at most"
            assert min(gaps) < 2e-4, "it rests on something"
            tilted += points[:, 2].min() < 1e-4 < points[:, 2].max() - 0.004
    assert tilted, "some card leans on others"


def card_gaps(lower_points, lower, upper_points):
    """Heights of a card's lower corners above another card's face, where they lie over it."""
    local = np.linalg.inv(lower.world_from_model)
    above = upper_points @ local[:3, :3].T + local[:3, 3]
    over = (np.abs(above[:, 0]) < 0.0635 / 2 - 1e-3) & (np.abs(above[:, 1]) < 0.0889 / 2 - 1e-3)
    face = above[over]
    bend = lower.asset.params["bend_m"] * (1 - (2 * face[:, 1] / 0.0889) ** 2) + 0.0003
    return list(face[:, 2] - bend)


def test_a_resting_plane_is_carried_by_three_points_around_the_middle():
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]])
    assert resting_plane(square, np.zeros(4)) == pytest.approx((0, 0, 0), abs=1e-9)
    # A plate with one corner on a step of 0.2 tips about the diagonal next to it: the middle rises by half of that.
    rise, a, b = resting_plane(square, np.array([0, 0, 0.2, 0]))
    assert rise == pytest.approx(0.1)
    assert (a, b) == pytest.approx((0.05, 0.05)) or (rise + np.array(square) @ [a, b]).min() >= -1e-9
    # A step under the middle lifts all of it.
    rise, a, b = resting_plane(np.vstack([square, [[0, 0]]]), np.array([0, 0, 0, 0, 0.3]))
    assert rise == pytest.approx(0.3)


def test_books_of_a_stack_lie_on_top_of_each_other(fake):
    boxes = {
        "pick": "box",
        "count": 4,
        "placement": {"kind": "stack", "pose": "upright", "jitter_m": 0.004, "yaw_deg": 0},
    }
    library = fake.Library()
    items = placed(fake.sampler({"boxes": boxes}).sample(0), "boxes")
    heights = [(points[:, 2].min(), points[:, 2].max()) for points in (hull_world(library, item) for item in items)]
    assert heights[0][0] == pytest.approx(0, abs=1e-6)
    for (_, top), (bottom, _) in pairwise(heights):
        assert bottom == pytest.approx(top, abs=2e-4)


def test_a_full_surface_names_who_found_no_place_and_why(fake):
    boxes = {
        "pick": "box",
        "count": 40,
        "placement": {"kind": "on_surface", "region": {"radius_m": 0.1}, "max_tries": 30},
    }
    with pytest.raises(
        PlacementError, match=r"objects\.boxes: boxes/\d+ must find a place, but did not in \d of 4 starts"
    ) as error:
        fake.sampler({"boxes": boxes}, max_restarts=3).sample(0)
    assert "overlap with boxes (" in str(error.value)


def test_an_impossible_clearance_names_the_edge(fake):
    boxes = {"pick": "table", "placement": {"kind": "on_surface", "max_tries": 7}}
    with pytest.raises(PlacementError, match=r"off the edge of the surface \(14 times\)"):
        fake.sampler({"tables": boxes}, surface={"size_m": [0.3, 0.3]}, max_restarts=1).sample(0)


def test_optional_objects_are_left_out_and_counted(fake):
    groups = {
        "boxes": {"pick": "box", "count": 3, "placement": {"kind": "on_surface", "region": {"radius_m": 0.12}}},
        "clutter": {"pick": "box", "count": 30, "role": "distractor", "optional": True,
                    "placement": {"kind": "on_surface", "region": {"radius_m": 0.12}, "max_tries": 20}},
    }  # fmt: skip
    scene = fake.sampler(groups).sample(0)
    left = len(placed(scene, "clutter"))
    assert 0 < left < 30
    assert scene.rejections["objects.clutter: left out"] == 30 - left
    assert len(placed(scene, "boxes")) == 3


def test_lying_needs_an_object_that_can_lie(fake):
    with pytest.raises(PlacementError, match="needs an object that can lie on its side"):
        fake.sampler({"cards": {"pick": "card", "placement": {"kind": "on_surface", "pose": "lying"}}}).sample(0)


def test_a_region_is_a_rectangle_or_a_disc():
    for wrong in ({}, {"size_m": [1, 1], "radius_m": 1}):
        with pytest.raises(ValueError, match=r"either size_m .* or radius_m"):
            Region.model_validate(wrong)


def test_on_its_side_is_neither_on_its_front_nor_on_its_back(fake):
    objects = {"boxes": {"pick": "box", "count": 3, "placement": {"kind": "scatter", "pose": "on_side",
                                                                  "min_distance_m": 0.3}}}  # fmt: skip
    sampler = fake.sampler(objects)
    for frame in range(8):
        for item in sampler.sample(frame).objects[1:]:
            front, up = item.world_from_model[:3, 0], item.world_from_model[:3, 2]
            assert abs(front[2]) < 0.01
            assert abs(up[2]) < 0.01
