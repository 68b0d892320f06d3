"""Lenses against OpenCV, there and back, and where they end."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.geometry.lens_faults import check_lens, lens_fault
from synthvision.geometry.lenses import LensModel, pixel_rays, project_rays, ray_reach, unproject_rays
from synthvision.geometry.projection import project_points

FOCAL, CENTRE, SIZE = (500.0, 510.0), (310.0, 245.0), (640, 480)
K = np.array([[500, 0, 310], [0, 510, 245], [0, 0, 1]], float)
ZERO = np.zeros(3)

BROWN_CONRADY = [
    (-0.3, 0.1, 0, 0, 0, 0, 0, 0),
    (0.2, 0.1, 0.001, -0.002, 0.02, 0, 0, 0),
    (-0.25, 0.08, 0.001, 0.0005, 0.01, 0.05, 0.01, 0.002),
    (0, 0, 0.003, -0.004, 0, 0, 0, 0),
]
KANNALA_BRANDT = [(0, 0, 0, 0), (-0.02, 0.003, -0.001, 0.0002), (0.05, 0.01, 0, 0)]


def brown_conrady(k, focal=FOCAL):
    return LensModel("brown_conrady", focal, CENTRE, tuple(map(float, k)))


def kannala_brandt(k, focal=FOCAL, angle=1.5):
    return LensModel("kannala_brandt", focal, CENTRE, tuple(map(float, k)), angle)


def some_pixels():
    return rng_for(1, 0, "test.pixels").uniform((0, 0), SIZE, (500, 2))


@pytest.mark.parametrize("k", BROWN_CONRADY)
def test_brown_conrady_is_opencvs(k):
    points = rng_for(0, 0, "test.points").uniform((-1, -0.8, 1.5), (1, 0.8, 4), (400, 3))
    expected, _ = cv2.projectPoints(points, ZERO, ZERO, K, np.array(k, float))
    assert project_rays(brown_conrady(k), points) == pytest.approx(expected[:, 0], abs=1e-9)


@pytest.mark.parametrize("k", BROWN_CONRADY)
def test_brown_conrady_back_is_opencvs(k):
    pixels = some_pixels()
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-14)
    expected = cv2.undistortPoints(pixels[:, None], K, np.array(k, float), criteria=criteria)[:, 0]
    rays = unproject_rays(brown_conrady(k), pixels)
    assert rays[:, :2] / rays[:, 2:] == pytest.approx(expected, abs=1e-8)
    assert np.linalg.norm(rays, axis=1) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("k", KANNALA_BRANDT)
def test_kannala_brandt_is_opencvs(k):
    points = rng_for(0, 0, "test.points").uniform((-3, -3, 0.2), (3, 3, 4), (400, 3))
    expected, _ = cv2.fisheye.projectPoints(points[:, None], ZERO, ZERO, K, np.array(k, float))
    assert project_rays(kannala_brandt(k, angle=1.57), points) == pytest.approx(expected[:, 0], abs=1e-9)


def test_kannala_brandt_behind_the_camera():
    # OpenCV divides by z and has no answer there; the equidistant projection has: radius = focal length times angle.
    model = LensModel("kannala_brandt", (100.0, 100.0), (0.0, 0.0), (0.0,) * 4, 3.0)
    angle = np.radians([45, 90, 120, 170])
    rays = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1) * 7
    assert project_rays(model, rays)[:, 0] == pytest.approx(100 * angle)
    assert np.isnan(project_rays(model, [[0, 0, -1.0], [0.01, 0, -1.0]])).all()
    assert project_rays(model, [[0, 0, 2.0]]).tolist() == [[0, 0]]


coefficient = st.floats(-0.25, 0.4)
small = st.floats(-0.01, 0.01)


@settings(max_examples=60, deadline=None)
@given(coefficient, coefficient, small, small, small, st.floats(300, 900))
def test_brown_conrady_there_and_back(k1, k2, p1, p2, k3, focal):
    model = brown_conrady((k1, k2, p1, p2, k3, 0, 0, 0), (focal, focal * 1.1))
    if lens_fault(model, SIZE):
        return
    pixels = some_pixels()
    rays = unproject_rays(model, pixels)
    assert np.isfinite(rays).all()
    assert project_rays(model, rays) == pytest.approx(pixels, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.floats(-0.1, 0.2), st.floats(-0.02, 0.05), small, small, st.floats(100, 500), st.floats(0.5, 2.6))
def test_kannala_brandt_there_and_back(k1, k2, k3, k4, focal, angle):
    model = kannala_brandt((k1, k2, k3, k4), (focal, focal), angle)
    pixels = some_pixels()
    rays = unproject_rays(model, pixels)
    seen = np.isfinite(rays[:, 0])
    off_axis = np.arctan2(np.hypot(rays[seen, 0], rays[seen, 1]), rays[seen, 2])
    assert off_axis.max(initial=0) <= ray_reach(model) + 1e-9
    inner = off_axis < ray_reach(model) - 1e-6
    assert project_rays(model, rays[seen][inner]) == pytest.approx(pixels[seen][inner], abs=1e-6)


def test_pinhole_is_the_pinhole():
    model = LensModel("pinhole", FOCAL, CENTRE)
    points = rng_for(0, 1, "test.points").uniform(-1, 1, (100, 3))
    assert np.array_equal(np.isnan(project_rays(model, points)[:, 0]), points[:, 2] <= 0)
    assert project_rays(model, points) == pytest.approx(project_points(K, points), nan_ok=True)
    assert project_rays(model, unproject_rays(model, some_pixels())) == pytest.approx(some_pixels())


def test_rays_of_pixels_are_those_of_their_centres():
    model = brown_conrady(BROWN_CONRADY[2])
    rays = pixel_rays(model, SIZE)
    assert rays.dtype == np.float32
    assert rays.shape == (480, 640, 3)
    assert not rays.flags.writeable
    back = project_rays(model, rays.reshape(-1, 3)).reshape(480, 640, 2)
    columns, rows = np.meshgrid(np.arange(640) + 0.5, np.arange(480) + 0.5)
    assert np.abs(back - np.stack([columns, rows], axis=-1)).max() < 1e-3  # single precision
    assert pixel_rays(model, SIZE) is rays


def test_pixels_beyond_the_largest_angle_have_no_ray():
    model = LensModel("kannala_brandt", (100.0, 100.0), (160.0, 120.0), (0.0,) * 4, 1.0)
    rays = pixel_rays(model, (320, 240))
    columns, rows = np.meshgrid(np.arange(320) + 0.5 - 160, np.arange(240) + 0.5 - 120)
    assert np.array_equal(rays.any(axis=2), np.hypot(columns, rows) <= 100)


def test_a_folding_distortion_is_refused_with_what_is_allowed():
    model = LensModel("brown_conrady", (320.0, 320.0), (320.0, 240.0), (-0.6, *(0.0,) * 7))
    with pytest.raises(UsageError, match=r"folds the image.*k1 must be at least -0\.094 with.*got -0\.6") as error:
        check_lens(model, SIZE)
    # r - 0.094 r3 turns back where 1 = 0.282 r2, at r = 1.883; the corner lies at 400 px / 320 px = 1.25.
    assert "400 px" in str(error.value)
    allowed = LensModel("brown_conrady", (320.0, 320.0), (320.0, 240.0), (-0.094, *(0.0,) * 7))
    assert lens_fault(allowed, SIZE) is None
    # A fold outside the picture is no fault.
    assert lens_fault(model, (200, 150)) is not None
    assert lens_fault(LensModel("brown_conrady", (900.0, 900.0), (320.0, 240.0), (-0.6, *(0.0,) * 7)), SIZE) is None


def test_the_allowed_edge_is_where_the_polynomial_turns_at_the_corner():
    # With k1 alone the largest radius is (2/3) sqrt(1 / (-3 k1)), which must reach the corner at 1.25.
    edge = -1 / (3 * (1.5 * 1.25) ** 2)
    for k1, folds in ((edge * 1.01, True), (edge * 0.99, False)):
        model = LensModel("brown_conrady", (320.0, 320.0), (320.0, 240.0), (k1, *(0.0,) * 7))
        assert (lens_fault(model, SIZE) is not None) == folds


def test_tangential_and_fisheye_folds_are_refused():
    tangential = LensModel("brown_conrady", (320.0, 320.0), (320.0, 240.0), (0, 0, 0.6, 0, 0, 0, 0, 0))
    assert "folds the image" in lens_fault(tangential, SIZE)
    folding = LensModel("kannala_brandt", (320.0, 320.0), (320.0, 240.0), (-0.3, 0, 0, 0), 1.9)
    # 1 - 0.9 t2 is zero at 1.054 rad, 60.4 degrees.
    assert "max_angle_deg must be at most 60.3" in lens_fault(folding, SIZE)
    assert lens_fault(LensModel("kannala_brandt", (320.0, 320.0), (320.0, 240.0), (-0.3, 0, 0, 0), 1.05), SIZE) is None


def test_beyond_the_fold_nothing_is_projected_into_the_picture():
    model = LensModel("brown_conrady", (900.0, 900.0), (320.0, 240.0), (-0.6, *(0.0,) * 7))
    far = [[5.0, 0, 1], [0.8, 0, 1], [0.7, 0, 1]]  # the fold lies at 1 / sqrt(1.8) = 0.745
    assert np.isnan(project_rays(model, far)[:, 0]).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"coefficients": (0.1,)}, "must have 8 coefficients, got 1"),
        ({"coefficients": (np.nan, *(0.0,) * 7)}, "finite"),
        ({"focal_xy_px": (0.0, 1.0)}, "focal lengths must be above 0"),
        ({"max_angle_rad": 4.0}, "max_angle_rad must be above 0, up to pi"),
    ],
)
def test_impossible_numbers_are_refused(changes, message):
    fields = {"focal_xy_px": FOCAL, "centre_xy_px": CENTRE, "coefficients": (0.0,) * 8}
    with pytest.raises(UsageError, match=message):
        LensModel("brown_conrady", **(fields | changes))
