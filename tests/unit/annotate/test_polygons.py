"""Polygons with known answers."""

from __future__ import annotations

import numpy as np

from synthvision.annotate.polygons import mask_polygons


def test_one_pixel_is_a_square_along_its_borders():
    mask = np.zeros((5, 5), bool)
    mask[2, 3] = True
    assert mask_polygons(mask) == [[3, 2, 3, 3, 4, 3, 4, 2]]


def test_two_parts_are_two_polygons_without_points_on_straight_lines():
    mask = np.zeros((10, 10), bool)
    mask[1:3, 1:9] = True
    mask[6:9, 2:5] = True
    polygons = mask_polygons(mask)
    assert sorted(len(polygon) for polygon in polygons) == [8, 8]


def test_a_hole_is_joined_by_a_cut_that_is_walked_twice():
    mask = np.ones((7, 7), bool)
    mask[3, 3] = False
    (polygon,) = mask_polygons(mask)
    points = list(zip(polygon[0::2], polygon[1::2], strict=True))
    assert len(points) == 4 + 4 + 2
    area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True)) / 2
    assert abs(area) == 48
