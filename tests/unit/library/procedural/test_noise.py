"""Noise and map making: seamless, deterministic, of known statistics, in the conventions of glTF."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.id_colours import linear_from_srgb8
from synthvision.core.streams import rng_for
from synthvision.library.procedural import noise

SHAPE = (192, 256)


def seam_ratio(image, axis):
    """Step over the seam, over the largest of the steps inside: at most about 1 where an image repeats."""
    values = np.asarray(image, np.float64)
    steps = np.sqrt(np.mean(np.diff(values, axis=axis) ** 2, axis=1 - axis))
    seam = np.sqrt(np.mean((np.take(values, 0, axis) - np.take(values, -1, axis)) ** 2))
    return seam / (steps.max() + 1e-12)


def rng(name="test"):
    return rng_for(7, 0, name)


def points():
    return noise.jittered_points(rng(), (9, 12))


MAKERS = {
    "white": lambda: noise.white_noise(rng(), SHAPE),
    "value": lambda: noise.value_noise(rng(), SHAPE, (6, 8)),
    "value, cells that do not divide the size": lambda: noise.value_noise(rng(), SHAPE, (5, 7)),
    "value, finer than a pixel": lambda: noise.value_noise(rng(), SHAPE, (500, 3)),
    "gradient": lambda: noise.gradient_noise(rng(), SHAPE, (6, 7)),
    "fbm": lambda: noise.fbm(rng(), SHAPE, (3, 4), 6),
    "fbm, odd cells": lambda: noise.fbm(rng(), SHAPE, (3, 5), 9, 0.7),
    "ridged": lambda: noise.ridged(rng(), SHAPE, (4, 4), 3),
    "cells": lambda: noise.cell_noise(points(), SHAPE)[0],
    "cell borders": lambda: noise.cell_noise(points(), SHAPE)[1],
    "warped": lambda: noise.warp(MAKERS["fbm"](), 9 * MAKERS["value"](), 9 * MAKERS["gradient"]()),
    "blurred": lambda: noise.blur(MAKERS["white"](), 3.0, 6.0),
    "occlusion": lambda: noise.ambient_occlusion(0.01 * MAKERS["fbm"](), 0.01, (0.05,)),
}


class TestSeams:
    @pytest.mark.parametrize("name", MAKERS)
    @pytest.mark.parametrize("axis", [0, 1])
    def test_everything_repeats(self, name, axis):
        assert seam_ratio(MAKERS[name](), axis) < 1.15

    def test_the_measure_sees_a_seam(self):
        ramp = np.repeat(np.linspace(0, 1, 64)[None], 64, axis=0)
        assert seam_ratio(ramp, 1) > 10


class TestNoise:
    @pytest.mark.parametrize("name", ["white", "value", "gradient", "fbm", "fbm, odd cells"])
    def test_mean_and_deviation(self, name):
        image = MAKERS[name]()
        assert image.dtype == np.float32
        assert image.shape == SHAPE
        assert abs(float(image.mean())) < 0.01
        assert float(image.std()) == pytest.approx(1.0, abs=0.01)

    @pytest.mark.parametrize("name", MAKERS)
    def test_same_generator_same_pixels(self, name):
        assert MAKERS[name]().tobytes() == MAKERS[name]().tobytes()

    def test_ridged_is_in_range_and_reaches_its_ridges(self):
        image = MAKERS["ridged"]()
        assert image.min() >= 0
        assert 0.85 < image.max() <= 1

    def test_one_cell_cannot_repeat(self):
        with pytest.raises(UsageError, match="at least 2 cells"):
            noise.value_noise(rng(), SHAPE, (1, 8))

    def test_cells_agree_with_brute_force(self):
        places = points()
        near, edge, index = noise.cell_noise(places, SHAPE)
        rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]] + 0.5
        seeds = np.floor(places * [SHAPE[1], SHAPE[0]]) + 0.5
        away_x = np.abs(columns[..., None] - seeds[:, 0])
        away_y = np.abs(rows[..., None] - seeds[:, 1])
        away = np.hypot(np.minimum(away_x, SHAPE[1] - away_x), np.minimum(away_y, SHAPE[0] - away_y))
        assert (index == away.argmin(-1)).mean() > 0.97
        np.testing.assert_allclose(near, away.min(-1), atol=1.5)
        # A point's own pixel is far from any border; a pixel between two points is near one.
        ordered = np.sort(away, axis=-1)
        between = ordered[..., 1] - ordered[..., 0] < 0.5
        assert edge[between].mean() < 1.5
        assert edge[near < 0.5].min() >= 1.0


class TestResize:
    def test_a_wave_keeps_its_phase(self):
        at = (np.arange(16) + 0.5) / 16
        tile = np.cos(2 * np.pi * at)[None, :].repeat(4, axis=0).astype(np.float32)
        large = noise.resize_tile(tile, (4, 250))
        exact = np.cos(2 * np.pi * (np.arange(250) + 0.5) / 250)
        np.testing.assert_allclose(large[0], exact, atol=0.02)

    def test_shift_by_a_cell_shifts_the_result(self):
        tile = rng().standard_normal((8, 8), np.float32)
        plain = noise.resize_tile(tile, (64, 64))
        moved = noise.resize_tile(np.roll(tile, 3, axis=1), (64, 64))
        np.testing.assert_allclose(np.roll(plain, 24, axis=1), moved, atol=1e-5)

    def test_does_not_shrink(self):
        with pytest.raises(UsageError, match="only enlarges"):
            noise.resize_tile(np.zeros((8, 8), np.float32), (4, 8))


class TestFilters:
    def test_blur_keeps_the_mean_and_matches_a_wrapped_gaussian(self):
        image = np.zeros((64, 64), np.float32)
        image[0, 0] = 1.0
        soft = noise.blur(image, 2.0)
        at = np.minimum(np.arange(64), 64 - np.arange(64))
        line = np.exp(-(at**2) / 8.0)
        exact = np.outer(line, line) / line.sum() ** 2
        assert float(soft.sum()) == pytest.approx(1.0, abs=1e-4)
        np.testing.assert_allclose(soft, exact, atol=4e-4)

    def test_warp_reads_further_on(self):
        image = rng().standard_normal((32, 32), np.float32)
        zero = np.zeros((32, 32), np.float32)
        np.testing.assert_array_equal(noise.warp(image, zero + 5, zero - 3), np.roll(image, (3, -5), axis=(0, 1)))

    def test_smoothstep_rises_and_falls(self):
        values = np.array([-1.0, 0.0, 0.5, 1.0, 2.0], np.float32)
        np.testing.assert_allclose(noise.smoothstep(0, 1, values), [0, 0, 0.5, 1, 1])
        np.testing.assert_allclose(noise.smoothstep(1, 0, values), [1, 1, 0.5, 0, 0])


class TestNormalMap:
    def test_upper_slope_of_a_bump_is_green_and_right_slope_is_red(self):
        rows, columns = np.mgrid[0:65, 0:65] - 32
        bump = (5 * np.exp(-(rows**2 + columns**2) / 120.0)).astype(np.float32)
        pixels = noise.normal_map(bump, 1.0)
        assert pixels[20, 32, 1] > 140  # above the top: the surface faces the top of the image
        assert pixels[44, 32, 1] < 116
        assert pixels[32, 44, 0] > 140
        assert pixels[32, 20, 0] < 116
        assert pixels[32, 32].tolist() == [128, 128, 255]

    def test_slope_of_a_sine_is_exact(self):
        size, amplitude = 256, 0.01
        at = 2 * np.pi * (np.arange(size) + 0.5) / size
        height = np.repeat((amplitude * np.sin(at))[None].astype(np.float32), size, axis=0)
        pixels = noise.normal_map(height, 1.0 / size).astype(np.float64) / 255 * 2 - 1
        slope = amplitude * 2 * np.pi * np.cos(at)
        np.testing.assert_allclose(pixels[0, :, 0] / pixels[0, :, 2], -slope, atol=0.012)
        np.testing.assert_allclose(np.linalg.norm(pixels, axis=2), 1, atol=0.01)

    def test_pixels_may_be_oblong(self):
        height = rng().standard_normal((64, 64), np.float32)
        wide = noise.normal_map(height, (4.0, 2.0))
        np.testing.assert_array_equal(wide, noise.normal_map(height * 0.5, (2.0, 1.0)))


class TestMaps:
    def test_srgb_undoes_the_decoder(self):
        levels = np.arange(256, dtype=np.uint8)
        np.testing.assert_array_equal(noise.encode_srgb(linear_from_srgb8(levels)), levels)

    def test_srgb_clips(self):
        assert noise.encode_srgb(np.array([-1.0, 2.0])).tolist() == [0, 255]

    def test_occlusion_darkens_pits_alone(self):
        height = np.zeros((64, 64), np.float32)
        assert (noise.ambient_occlusion(height, 0.01, (0.05,)) == 1).all()
        height[28:36, 28:36] = -0.05
        open_sky = noise.ambient_occlusion(height, 0.01, (0.05,))
        assert open_sky[32, 32] < 0.8
        assert open_sky[4, 4] == pytest.approx(1.0, abs=1e-3)


class TestKeys:
    def test_equal_for_equal_content(self):
        pixels = np.zeros((4, 4, 3), np.uint8)
        first = noise.make_texture(pixels, is_srgb=True)
        assert first.key == noise.make_texture(pixels.copy(), is_srgb=True).key

    def test_differ_with_pixels_shape_and_use(self):
        pixels = np.zeros((4, 4, 3), np.uint8)
        changed = pixels.copy()
        changed[3, 3, 2] = 1
        keys = {
            noise.make_texture(pixels, is_srgb=True).key,
            noise.make_texture(pixels, is_srgb=False).key,
            noise.make_texture(pixels, is_srgb=True, wrap_uv=("clamp", "repeat")).key,
            noise.make_texture(changed, is_srgb=True).key,
            noise.make_texture(pixels.reshape(2, 8, 3), is_srgb=True).key,
        }
        assert len(keys) == 5

    def test_grey_images_get_a_channel(self):
        assert noise.make_texture(np.zeros((4, 5), np.uint8), is_srgb=False).pixels_hwc.shape == (4, 5, 1)
