"""Outlines and rectangles on masks that hypothesis makes; names of keypoints in a mirror."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from synthvision.export.keypoints import keypoint_numbers, mirrored_order
from synthvision.export.outlines import joined_outline, smallest_rectangle

masks = st.tuples(st.integers(1, 24), st.integers(1, 24)).flatmap(lambda shape: arrays(np.bool_, shape)).filter(np.any)


def filled(ring, shape):
    """The pixels whose centres an even-odd filling of the ring covers, by counting edges to the left of each."""
    x, y = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    inside = np.zeros(shape, int)
    for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crossed = (min(y1, y2) < y) & (y < max(y1, y2))
        inside += crossed & (x1 + (y - y1) * (x2 - x1) / (y2 - y1) < x)
    return inside % 2 == 1


@given(masks)
def test_a_joined_outline_filled_is_the_mask(mask):
    assert (filled(joined_outline(mask), mask.shape) == mask).all()


@given(masks)
def test_the_smallest_rectangle_holds_all_and_is_no_larger_than_opencvs(mask):
    corners = smallest_rectangle(mask)
    sides = np.roll(corners, -1, axis=0) - corners
    y, x = np.nonzero(mask)
    pixels = np.concatenate([np.stack([x + dx, y + dy], 1) for dx in (0, 1) for dy in (0, 1)])
    for corner, side in zip(corners, sides, strict=True):
        assert ((pixels - corner) @ [-side[1], side[0]] >= -1e-5).all()
    area = sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0]
    _, (w, h), _ = cv2.minAreaRect(pixels.astype(np.float32))
    assert mask.sum() - 1e-6 <= area <= w * h * (1 + 1e-3) + 1e-3
    assert (corners[0, 1] <= corners[1:, 1] + 1e-8).all()


def test_known_rectangles():
    mask = np.zeros((9, 9), bool)
    mask[3, 4] = True
    assert smallest_rectangle(mask).tolist() == [[4, 3], [5, 3], [5, 4], [4, 4]]
    diagonal = np.eye(9, dtype=bool)
    sides = np.linalg.norm(np.diff(smallest_rectangle(diagonal), axis=0), axis=1)
    assert sorted(sides[:2]) == pytest.approx([np.sqrt(2), 9 * np.sqrt(2)])


def test_keypoints_change_sides_in_a_mirror():
    assert mirrored_order(["nose", "left_eye", "right_eye", "Left Ear", "Right Ear"]) == [0, 2, 1, 4, 3]
    assert mirrored_order(["foot_l", "foot_r", "top"]) == [1, 0, 2]
    assert mirrored_order(["front_left_top", "front_right_top"]) == [1, 0]
    assert mirrored_order(["top", "base"]) is None
    assert mirrored_order(["nose", "left_eye"]) is None
    assert mirrored_order(["shelf_1", "shelf_2", "leftover"]) is None


def test_keypoints_that_are_not_there_are_zeros():
    assert keypoint_numbers(("a", "b"), ()) == [0, 0, 0, 0, 0, 0]
