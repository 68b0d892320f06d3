"""Projection and back, for any camera and any point before it."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from synthvision.geometry.poses import look_at, quaternion_from_rotation, rotation_from_quaternion, transform_points
from synthvision.geometry.projection import clip_from_camera, intrinsic_matrix, project_points, unproject_pixels
from synthvision.scene import Camera

focal = st.floats(20, 5000)
pixel = st.floats(-2000, 4000)
depth = st.floats(0.02, 500)
coordinate = st.floats(-50, 50)
position = st.tuples(coordinate, coordinate, coordinate)
angle = st.floats(-7, 7)


@st.composite
def cameras(draw):
    """A camera anywhere, turned anyhow, with two focal lengths and a principal point off centre."""
    width, height = draw(st.integers(1, 4096)), draw(st.integers(1, 4096))
    where = draw(position)
    away = np.array(draw(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))))
    away = away if np.linalg.norm(away) > 1e-3 else np.array([0.0, 0.0, -1.0])
    return Camera(
        size_wh=(width, height),
        focal_xy_px=(draw(focal), draw(focal)),
        centre_xy_px=(draw(st.floats(-0.5, 1.5)) * width, draw(st.floats(-0.5, 1.5)) * height),
        position_m=where,
        rotation_wxyz=tuple(look_at(where, where + away, draw(angle)).tolist()),
    )


@given(cameras(), st.lists(st.tuples(pixel, pixel, depth), min_size=1, max_size=20))
def test_a_pixel_taken_to_the_world_and_back_is_the_pixel(camera, samples):
    samples = np.array(samples)
    in_camera = unproject_pixels(camera.k_33, samples[:, :2], samples[:, 2])
    np.testing.assert_array_equal(in_camera[:, 2], samples[:, 2])
    in_world = transform_points(camera.world_from_camera, in_camera)
    again = transform_points(camera.camera_from_world, in_world)
    # In metres a point is as sharp as the largest number on the way; a pixel is that over its depth.
    scale = np.abs(in_camera).max() + 100
    np.testing.assert_allclose(again, in_camera, atol=1e-13 * scale)
    in_pixels = project_points(camera.k_33, in_camera)
    np.testing.assert_allclose(in_pixels, samples[:, :2], rtol=1e-9, atol=1e-6)


@given(cameras(), st.lists(position, min_size=1, max_size=20))
def test_the_whole_camera_agrees_with_opencv(camera, points):
    points = np.array(points)
    ahead = transform_points(camera.camera_from_world, points)[:, 2] > 0.02
    points = points[ahead]
    assume(len(points))
    rotation = camera.camera_from_world[:3, :3]
    vector = cv2.Rodrigues(rotation)[0]
    expected = cv2.projectPoints(points, vector, camera.camera_from_world[:3, 3], camera.k_33, None)[0][:, 0]
    found = project_points(camera.k_33, transform_points(camera.camera_from_world, points))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-2)


@given(cameras(), st.lists(st.tuples(pixel, pixel, depth), min_size=1, max_size=20))
def test_the_graphics_pipeline_hits_the_same_pixel(camera, samples):
    samples = np.array(samples)
    points = unproject_pixels(camera.k_33, samples[:, :2], samples[:, 2])
    width, height = camera.size_wh
    clip_matrix = clip_from_camera(camera.k_33, camera.size_wh, camera.near_m, camera.far_m)
    clip = np.column_stack([points, np.ones(len(points))]) @ clip_matrix.T
    found = np.column_stack([(clip[:, 0] / clip[:, 3] + 1) / 2 * width, (1 - clip[:, 1] / clip[:, 3]) / 2 * height])
    np.testing.assert_allclose(found, samples[:, :2], rtol=1e-9, atol=1e-6)
    assert (np.abs(clip[:, 2] / clip[:, 3]) <= 1 + 1e-9).all()


@given(position, position, angle)
def test_a_quaternion_through_its_matrix_is_itself(where, target, roll):
    assume(not np.allclose(where, target))
    quaternion = look_at(where, target, roll)
    again = quaternion_from_rotation(rotation_from_quaternion(quaternion))
    assert abs(abs(again @ quaternion) - 1) < 1e-12


@given(focal, focal, pixel, pixel)
def test_the_intrinsic_matrix_puts_the_axis_on_the_principal_point(fx, fy, cx, cy):
    np.testing.assert_allclose(project_points(intrinsic_matrix((fx, fy), (cx, cy)), [(0, 0, 3)]), [(cx, cy)])
