"""The pinhole camera against OpenCV's, and the clip matrix against both."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.geometry.projection import (
    clip_from_camera,
    focal_px_from_fov,
    intrinsic_matrix,
    project_points,
    unproject_pixels,
)

SIZE = (640, 480)
# Neither square pixels nor a centred principal point, so that no exchange of x and y hides.
K = intrinsic_matrix((500.0, 620.0), (300.0, 260.0))
SKEWED = K + np.array([[0, 3.5, 0], [0, 0, 0], [0, 0, 0]])
NEAR, FAR = 0.05, 40.0


def points_ahead(count: int = 200) -> np.ndarray:
    rng = rng_for(5, 0, "test.points")
    return np.column_stack([rng.uniform(-3, 3, (count, 2)), rng.uniform(0.1, 30, count)])


def pixels_through_clip(k_33: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the graphics pipeline makes of a point: clip, divide, viewport with the first row at the top; and depth."""
    clip = np.column_stack([points, np.ones(len(points))]) @ clip_from_camera(k_33, SIZE, NEAR, FAR).T
    device = clip[:, :3] / clip[:, 3:]
    x = (device[:, 0] + 1) / 2 * SIZE[0]
    y = (1 - device[:, 1]) / 2 * SIZE[1]
    return np.column_stack([x, y]), device[:, 2]


def test_projection_agrees_with_opencv():
    points = points_ahead()
    expected = cv2.projectPoints(points, np.zeros(3), np.zeros(3), K, None)[0][:, 0]
    np.testing.assert_allclose(project_points(K, points), expected, rtol=1e-12)


def test_known_pixels():
    # Half a metre to the right at two metres: 500 * 0.25 right of the principal point.
    points = [(0, 0, 1), (0.5, 0, 2), (0, 0.5, 2), (-0.5, -0.5, 2)]
    expected = [(300, 260), (425, 260), (300, 415), (175, 105)]
    np.testing.assert_allclose(project_points(K, points), expected, atol=1e-12)
    assert K.tolist() == [[500, 0, 300], [0, 620, 260], [0, 0, 1]]


def test_points_at_and_behind_the_camera_have_no_pixel():
    pixels = project_points(K, [(0, 0, -1), (1, 1, 0), (0, 0, 1)])
    assert np.isnan(pixels[:2]).all()
    assert pixels[2].tolist() == [300, 260]
    assert project_points(K, np.zeros((0, 3))).shape == (0, 2)


@pytest.mark.parametrize("k_33", [K, SKEWED], ids=["plain", "skewed"])
def test_pixels_with_depth_give_the_points_back(k_33):
    points = points_ahead()
    found = unproject_pixels(k_33, project_points(k_33, points), points[:, 2])
    np.testing.assert_allclose(found, points, rtol=1e-12, atol=1e-12)


def test_depth_is_along_the_axis_not_along_the_ray():
    np.testing.assert_allclose(unproject_pixels(K, [(800, 260)], [3.0]), [(3.0, 0, 3.0)])


def test_focal_length_of_an_angle_of_view():
    focal = focal_px_from_fov(np.radians(60), 640)
    k = intrinsic_matrix((focal, focal), (320, 240))
    # A ray at half the angle falls on the picture's edge.
    assert project_points(k, [(np.tan(np.radians(30)), 0, 1)])[0, 0] == pytest.approx(640)
    assert isinstance(focal, float)


@pytest.mark.parametrize("k_33", [K, SKEWED], ids=["plain", "skewed"])
def test_the_clip_matrix_and_the_viewport_give_the_same_pixel(k_33):
    points = points_ahead()
    pixels, _ = pixels_through_clip(k_33, points)
    np.testing.assert_allclose(pixels, project_points(k_33, points), rtol=1e-11, atol=1e-9)


def test_near_and_far_are_the_ends_of_the_depth_range():
    points = np.array([(0.3, -0.2, NEAR), (0.3, -0.2, 1.0), (0.3, -0.2, FAR), (0, 0, NEAR / 2), (0, 0, FAR * 2)])
    _, depth = pixels_through_clip(K, points)
    assert depth[0] == pytest.approx(-1)
    assert -1 < depth[1] < 1
    assert depth[2] == pytest.approx(1)
    assert depth[3] < -1
    assert depth[4] > 1


def test_clip_w_is_the_depth_so_that_what_is_behind_is_clipped():
    clip = clip_from_camera(K, SIZE, NEAR, FAR) @ np.array([0.1, 0.2, -3.0, 1.0])
    assert clip[3] == -3.0
