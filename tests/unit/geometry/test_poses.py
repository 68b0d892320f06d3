"""Poses against scipy's rotations, and cameras against what a person standing there would see."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.stats import kstest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.geometry.poses import (
    look_at,
    matrix_from_pose,
    quaternion_from_axis_angle,
    quaternion_from_rotation,
    quaternion_multiply,
    random_quaternion,
    rotation_from_quaternion,
    transform_points,
)

RANDOM = Rotation.random(200, rng=rng_for(1, 0, "test.rotations"))
# Half turns, where w is zero and a naive formula divides by nothing, and angles right beside them.
HALF_TURNS = [Rotation.from_rotvec(np.pi * np.array(axis)) for axis in [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0.8, 0)]]
BESIDE = [Rotation.from_rotvec((np.pi - 1e-9) * np.eye(3)[i]) for i in range(3)] + [Rotation.from_rotvec([1e-12, 0, 0])]
ROTATIONS = [*RANDOM, *HALF_TURNS, *BESIDE, Rotation.identity()]


def wxyz(rotation: Rotation) -> np.ndarray:
    return rotation.as_quat(canonical=True)[[3, 0, 1, 2]]


def test_rotation_matrices_agree_with_scipy():
    for rotation in ROTATIONS:
        np.testing.assert_allclose(rotation_from_quaternion(wxyz(rotation)), rotation.as_matrix(), atol=1e-14)


def test_quaternions_are_normalised_first_and_have_two_signs():
    expected = RANDOM[0].as_matrix()
    for factor in (-1, 1e-3, 250):
        np.testing.assert_allclose(rotation_from_quaternion(factor * wxyz(RANDOM[0])), expected, atol=1e-14)


def test_quaternions_of_matrices_agree_with_scipy():
    for rotation in ROTATIONS:
        found = quaternion_from_rotation(rotation.as_matrix())
        assert found[0] >= 0
        assert np.linalg.norm(found) == pytest.approx(1, abs=1e-15)
        # Both signs are the same rotation; at w = 0 either may come.
        assert abs(found @ wxyz(rotation)) == pytest.approx(1, abs=1e-14)
        np.testing.assert_allclose(rotation_from_quaternion(found), rotation.as_matrix(), atol=1e-14)


def test_axis_and_angle_agree_with_scipy():
    rng = rng_for(2, 0, "test.axes")
    for axis, angle in zip(rng.normal(size=(50, 3)), rng.uniform(-7, 7, 50), strict=True):
        expected = Rotation.from_rotvec(angle * axis / np.linalg.norm(axis)).as_matrix()
        np.testing.assert_allclose(
            rotation_from_quaternion(quaternion_from_axis_angle(axis, angle)), expected, atol=1e-14
        )
    # Right-handed: a quarter turn about z takes x to y.
    quarter = rotation_from_quaternion(quaternion_from_axis_angle((0, 0, 9), np.pi / 2))
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-15)


def test_products_apply_the_second_first():
    for first, second in zip(RANDOM[:50], RANDOM[50:100], strict=True):
        product = rotation_from_quaternion(quaternion_multiply(wxyz(first), wxyz(second)))
        np.testing.assert_allclose(product, (first * second).as_matrix(), atol=1e-14)


def test_random_rotations_are_uniform():
    rng = rng_for(3, 0, "test.uniform")
    quaternions = np.array([random_quaternion(rng) for _ in range(4000)])
    np.testing.assert_allclose(np.linalg.norm(quaternions, axis=1), 1, atol=1e-12)
    assert (quaternions[:, 0] >= 0).all()
    matrices = np.array([rotation_from_quaternion(q) for q in quaternions])
    # Of a uniform rotation every entry of the matrix is uniform on -1..1 (Archimedes), in all three columns.
    for entry in matrices.reshape(-1, 9).T:
        assert kstest(entry, "uniform", args=(-1, 2)).pvalue > 1e-4
    # And the angle of turning has density (1 - cos a) / pi.
    angles = 2 * np.arccos(np.clip(quaternions[:, 0], 0, 1))
    assert kstest(angles, lambda a: (a - np.sin(a)) / np.pi).pvalue > 1e-4


def test_a_pose_scales_then_rotates_then_translates():
    quarter = quaternion_from_axis_angle((0, 0, 1), np.pi / 2)
    matrix = matrix_from_pose((10, 20, 30), quarter, (2, 3, 4))
    points = transform_points(matrix, [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)])
    np.testing.assert_allclose(points, [(10, 22, 30), (7, 20, 30), (10, 20, 34), (10, 20, 30)], atol=1e-14)
    np.testing.assert_array_equal(matrix[3], [0, 0, 0, 1])
    assert transform_points(matrix, np.zeros((0, 3))).shape == (0, 3)


def test_poses_agree_with_scipy():
    rng = rng_for(4, 0, "test.poses")
    points = rng.normal(size=(20, 3))
    for rotation in RANDOM[:20]:
        position, scale = rng.normal(size=3), rng.uniform(0.1, 3, 3)
        found = transform_points(matrix_from_pose(position, wxyz(rotation), scale), points)
        np.testing.assert_allclose(found, rotation.apply(points * scale) + position, atol=1e-13)


# --- cameras -----------------------------------------------------------------------------------------------------


def seen(camera_xyz, target_xyz, points, roll=0.0) -> np.ndarray:
    """Points of the world in camera axes: x right, y down, z forward."""
    world_from_camera = Rotation.from_quat(np.roll(look_at(camera_xyz, target_xyz, roll), -1))
    return world_from_camera.inv().apply(np.atleast_2d(np.asarray(points, float) - np.asarray(camera_xyz, float)))


VIEWS = [((3, 0, 1), (0, 0, 0)), ((-2, 5, 4), (1, 1, 1)), ((0, -4, 0), (0, 0, 0)), ((1, 1, -3), (0, 2, 5))]
STEEP = [((0, 0, 5), (0, 0, 0)), ((2, 3, -1), (2, 3, 9)), ((0, 0, 5), (1e-7, 0, 0)), ((1e-3, 0, 5), (0, 0, 0))]


@pytest.mark.parametrize(("camera", "target"), VIEWS + STEEP)
@pytest.mark.parametrize("roll", [0.0, 0.7, -3.0])
def test_the_target_lies_on_the_optical_axis_at_its_distance(camera, target, roll):
    distance = np.linalg.norm(np.subtract(target, camera))
    np.testing.assert_allclose(seen(camera, target, target, roll)[0], [0, 0, distance], atol=1e-9)
    rotation = rotation_from_quaternion(look_at(camera, target, roll))
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)


@pytest.mark.parametrize(("camera", "target"), VIEWS)
def test_up_in_the_world_is_up_in_the_picture_and_level_is_level(camera, target):
    above = seen(camera, target, np.add(target, (0, 0, 0.1)))[0]
    assert above[0] == pytest.approx(0, abs=1e-12)
    assert above[1] < 0
    # To the right of somebody who walks from the camera to the target with the head up.
    forward = np.subtract(target, camera).astype(float)
    right = seen(camera, target, np.add(target, (forward[1], -forward[0], 0)))[0]
    assert right[0] > 0
    assert right[1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("camera", "target", "right"), [((0, 0, 5), (0, 0, 0), 1), ((0, 0, -5), (0, 0, 0), -1)])
def test_straight_down_and_up_the_top_of_the_picture_is_north(camera, target, right):
    north, east = seen(camera, target, [(0, 1, 0), (1, 0, 0)])
    np.testing.assert_allclose(north, [0, -1, 5], atol=1e-12)
    np.testing.assert_allclose(east, [right, 0, 5], atol=1e-12)


def test_positive_roll_turns_the_content_of_the_picture_counter_clockwise():
    # What was at the right of the picture goes up: y runs down, so it becomes negative.
    right = seen((0, -4, 0), (0, 0, 0), (1, 0, 0))[0]
    np.testing.assert_allclose(right, [1, 0, 4], atol=1e-12)
    turned = seen((0, -4, 0), (0, 0, 0), (1, 0, 0), roll=np.pi / 6)[0]
    np.testing.assert_allclose(turned, [np.cos(np.pi / 6), -np.sin(np.pi / 6), 4], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: look_at((1, 2, 3), (1, 2, 3)), "the way from a camera to its target must have a length"),
        (lambda: quaternion_from_axis_angle((0, 0, 0), 1.0), "an axis must have a length"),
        (lambda: rotation_from_quaternion((0, 0, 0, 0)), "a quaternion must have a length"),
    ],
)
def test_what_has_no_direction_is_refused(call, message):
    with pytest.raises(UsageError, match=rf"^{message}, got \[0.0, 0.0, 0.0"):
        call()
