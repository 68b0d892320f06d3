"""Edges along the true contours: where they are, whatever their colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.realism.guard.contours import edge_scores
from synthvision.realism.guard.targets import targets_of


def square(offset=(0, 0), inside=200, outside=60, size=120):
    rgb = np.full((size, size, 3), outside, np.float32)
    x, y = offset
    rgb[40 + y : 80 + y, 40 + x : 80 + x] = inside
    return cv2.GaussianBlur(rgb, (0, 0), 0.8)


@pytest.fixture
def target(label_of):
    ids = np.zeros((120, 120), np.uint16)
    ids[40:80, 40:80] = 1
    return targets_of(ids, [label_of(1, ids)])


def test_an_untouched_picture_has_lost_no_edge(target):
    (scores,) = edge_scores(square(), square(), 0.3, target)
    assert (scores.lost, scores.lost_worst, scores.moved_px) == pytest.approx((0, 0, 0), abs=1e-3)
    assert scores.testable == 1


@pytest.mark.parametrize(
    ("inside", "outside"), [(60, 200), (100, 60), (255, 0)], ids=["the other side brighter", "less contrast", "more"]
)
def test_the_place_of_an_edge_counts_and_not_its_colour(target, inside, outside):
    (scores,) = edge_scores(square(), square(inside=inside, outside=outside), 0.3, target)
    assert scores.lost < 0.02
    assert scores.moved_px == 0


def test_an_edge_between_colours_of_one_brightness_counts_too(target):
    def picture(offset):
        rgb = np.full((120, 120, 3), (180, 60, 60), np.float32)
        rgb[40:80, 40 + offset : 80 + offset] = (60, 121, 60)
        return cv2.GaussianBlur(rgb, (0, 0), 0.8)

    (kept,) = edge_scores(picture(0), picture(0), 0.3, target)
    (moved,) = edge_scores(picture(0), picture(4), 0.3, target)
    assert kept.lost < 0.01
    assert moved.lost_worst > 0.9


@pytest.mark.parametrize("shift", [3, 4, 5, 6])
def test_the_way_of_a_moved_edge_is_found(target, shift):
    (scores,) = edge_scores(square(), square((shift, 0)), 0.3, target)
    # Both upright sides moved, and the level ones slid along themselves.
    assert scores.moved_px == pytest.approx(shift, abs=0.3)
    assert scores.lost_worst > 0.9
    assert 0.35 < scores.lost < 0.75


def test_one_side_that_moved_is_found_where_the_others_stay(target):
    longer = np.full((120, 120, 3), 60, np.float32)
    longer[40:80, 40:84] = 200
    (scores,) = edge_scores(square(), cv2.GaussianBlur(longer, (0, 0), 0.8), 0.3, target)
    assert scores.lost < 0.35
    assert scores.lost_worst > 0.9


def test_a_blur_of_a_pixel_is_no_loss(target):
    (scores,) = edge_scores(square(), cv2.GaussianBlur(square(), (0, 0), 1.0), 0.3, target)
    assert scores.lost_worst < 0.2


def test_an_edge_is_kept_where_a_shadow_beside_it_went(target):
    def picture(shadow):
        rgb = np.full((120, 120, 3), 150, np.float32)
        rgb[43:85, 43:85] = shadow
        rgb[40:80, 40:80] = 170
        return cv2.GaussianBlur(rgb, (0, 0), 0.8)

    (scores,) = edge_scores(picture(60), picture(150), 0.3, target)
    assert scores.lost_worst < 0.3
    assert scores.moved_px == 0


def test_without_an_edge_in_the_render_there_is_nothing_to_keep(target):
    flat = square(inside=60)
    assert edge_scores(flat, square(), 0.3, target) == [None]


def test_edges_under_the_noise_are_not_judged(target):
    assert edge_scores(square(inside=66), square(inside=66), 30.0, target) == [None]


def test_a_contour_along_the_border_of_the_picture_is_not_judged(label_of):
    ids = np.ones((60, 60), np.uint16)
    rgb = np.full((60, 60, 3), 90, np.float32)
    assert edge_scores(rgb, rgb, 0.3, targets_of(ids, [label_of(1, ids)])) == [None]


def test_scores_of_one_target_do_not_depend_on_the_others(drawn):
    render = drawn.rgb.astype(np.float32)
    refined = np.roll(render, 2, axis=1)
    targets = targets_of(drawn.ids, drawn.labels)
    together = edge_scores(render, refined, 1.0, targets)
    assert together == [edge_scores(render, refined, 1.0, [target])[0] for target in targets]
    assert edge_scores(render, refined, 1.0, []) == []
