"""Boxes with known answers; `tests/property/test_boxes.py` sets them against masks."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.geometry.boxes import box_area, box_intersection, box_iou, box_xywh, tight_box


@pytest.mark.parametrize(
    ("rows", "columns", "box"),
    [
        (slice(1, 3), slice(2, 5), (2, 1, 5, 3)),
        (slice(0, 1), slice(0, 1), (0, 0, 1, 1)),  # one pixel is one wide
        (slice(3, 4), slice(4, 5), (4, 3, 5, 4)),  # the last pixel
        (slice(None), slice(None), (0, 0, 5, 4)),
        (slice(0, 0), slice(None), None),
    ],
)
def test_tight_box(rows, columns, box):
    mask = np.zeros((4, 5), bool)
    mask[rows, columns] = True
    assert tight_box(mask) == box
    assert box is None or all(type(edge) is int for edge in tight_box(mask))  # JSON takes no numpy integer


def test_tight_box_of_two_parts_is_one_box():
    mask = np.zeros((4, 5), bool)
    mask[0, 4] = mask[3, 1] = True
    assert tight_box(mask) == (1, 0, 5, 4)


def test_coco_form_and_area():
    assert box_xywh((2, 1, 5, 3)) == (2, 1, 3, 2)
    assert box_area((2, 1, 5, 3)) == 6
    assert box_area((2.5, 1, 5, 3)) == 5.0
    for inside_out in ((5, 3, 2, 1), (5, 1, 2, 3), (2, 3, 5, 1)):
        assert box_area(inside_out) == 0
    assert box_area((2, 1, 2, 3)) == 0


@pytest.mark.parametrize(
    ("first", "second", "shared", "iou"),
    [
        ((0, 0, 4, 4), (2, 1, 6, 3), (2, 1, 4, 3), 4 / 20),
        ((0, 0, 4, 4), (1, 1, 2, 3), (1, 1, 2, 3), 2 / 16),  # one inside the other
        ((0, 0, 4, 4), (0, 0, 4, 4), (0, 0, 4, 4), 1.0),
        ((0, 0, 4, 4), (4, 0, 8, 4), None, 0.0),  # neighbours: half-open boxes share no pixel
        ((0, 0, 4, 4), (0, 4, 4, 8), None, 0.0),
        ((0, 0, 4, 4), (9, 9, 10, 10), None, 0.0),
        ((2, 2, 2, 2), (2, 2, 2, 2), None, 0.0),  # both empty
    ],
)
def test_intersection_and_iou(first, second, shared, iou):
    assert box_intersection(first, second) == box_intersection(second, first) == shared
    assert box_iou(first, second) == box_iou(second, first) == pytest.approx(iou)
