"""What environment maps give, worked out on the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.render.opengl.sky import (
    diffuse_map,
    directions,
    horizontal_illuminance,
    octahedral_directions,
    solid_angles,
    split_key,
    split_sun,
)


def test_directions_follow_the_convention_of_maps():
    vectors = directions(64, 128)
    np.testing.assert_allclose(vectors[32, 64], [0, 1, 0], atol=0.05)
    np.testing.assert_allclose(vectors[32, 96], [1, 0, 0], atol=0.05)
    np.testing.assert_allclose(vectors[0, 5], [0, 0, 1], atol=0.05)
    assert solid_angles(64, 128).sum() * 128 == pytest.approx(4 * np.pi)


@pytest.mark.parametrize("shape", [(32, 64), (100, 200), (9, 17)])
def test_a_uniform_map_gives_pi_times_its_radiance_everywhere(shape):
    radiance = np.full((*shape, 3), 2.0, np.float32)
    assert horizontal_illuminance(radiance) == pytest.approx(2 * np.pi, rel=1e-3 if shape[0] % 2 == 0 else 0.02)
    np.testing.assert_allclose(diffuse_map(radiance, 32), 2.0, rtol=1e-5)
    above = diffuse_map(radiance, 32, above_only=True)
    facing = octahedral_directions(32)[..., 2]
    np.testing.assert_allclose(above[..., 0], 2 * (0.5 + 0.5 * facing), atol=0.03)


def test_octahedral_directions_are_unit_and_cover_the_sphere():
    vectors = octahedral_directions(64)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1)
    np.testing.assert_allclose(vectors[8:56, 8:56].mean(axis=(0, 1)), 0, atol=0.01)


def test_a_sun_is_split_off_and_nothing_is_lost():
    radiance = np.full((256, 512, 3), 0.5, np.float32)
    vectors = directions(256, 512)
    towards = np.array([0.48, -0.36, 0.8])
    disk = vectors @ towards > np.cos(0.02)
    radiance[disk] = [3000.0, 2500.0, 2000.0]
    rest, sun = split_sun(radiance)
    assert sun is not None
    np.testing.assert_allclose(sun.direction_xyz, towards, atol=0.01)
    assert sun.angular_diameter_rad == pytest.approx(0.04, rel=0.25)
    assert rest.max() == 0.5
    total = horizontal_illuminance(rest) + np.dot([0.2126, 0.7152, 0.0722], sun.illuminance_rgb) * 0.8
    assert total == pytest.approx(horizontal_illuminance(radiance), rel=0.01)


def test_no_sun_is_split_off_a_cloudy_sky_or_a_window():
    cloudy = np.full((64, 128, 3), 1.0, np.float32)
    assert split_sun(cloudy)[1] is None
    window = np.full((64, 128, 3), 0.05, np.float32)
    window[20:28, 40:56] = 30.0
    rest, sun = split_sun(window)
    assert sun is None
    assert rest is window


def test_the_directed_part_of_a_sky_leaves_no_negative_rest():
    window = np.full((64, 128, 3), 0.05, np.float32)
    window[10:24, 40:56] = [30.0, 28.0, 20.0]
    key = split_key(window)
    assert key is not None
    towards = np.array(key.direction_xyz)
    middle = directions(64, 128)[17, 48]
    assert towards @ middle > 0.95
    for radiance in (window, np.full((32, 64, 3), 1.0, np.float32)):
        key = split_key(radiance)
        assert key is not None
        facing = octahedral_directions(32)
        taken = np.maximum(facing @ np.array(key.direction_xyz), 0.0)[..., None] * key.illuminance_rgb / np.pi
        rest = diffuse_map(radiance, 32, above_only=True) - taken
        assert rest.min() > -0.02 * taken.max()
        assert taken.max() > 0.1 * diffuse_map(radiance, 32).max()
    assert split_key(np.zeros((8, 16, 3), np.float32)) is None
