"""Noise and contrast of pictures with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.annotate.contrast import apparent_contrasts, picture_noise
from synthvision.core.streams import rng_for


@pytest.mark.parametrize("sigma", [1.0, 2.5, 8.0])
def test_noise_is_found_under_gradients_and_edges(sigma):
    rng = rng_for(0, 0, "test")
    rows, columns = np.mgrid[0:240, 0:320]
    clean = 40 + 0.4 * columns + 0.2 * rows + 30 * ((rows // 16 + columns // 16) % 2)
    picture = np.clip(clean[..., None] + rng.normal(0, sigma, (240, 320, 3)), 0, 255).round().astype(np.uint8)
    assert picture_noise(picture) == pytest.approx(sigma, rel=0.12)


def test_a_picture_without_noise_has_that_of_rounding():
    assert picture_noise(np.full((20, 30, 3), 90, np.uint8)) == pytest.approx(1 / np.sqrt(12))
    assert picture_noise(np.zeros((1, 1, 3), np.uint8)) == pytest.approx(1 / np.sqrt(12))


def test_contrast_compares_with_a_ring_of_five_pixels():
    picture = np.full((60, 60, 3), 100, np.uint8)
    ids = np.zeros((60, 60), np.uint16)
    ids[20:40, 20:40] = 3
    picture[20:40, 20:40] = 130
    picture[15:45, 15:45][ids[15:45, 15:45] == 0] = 110
    found = apparent_contrasts(picture, ids, {3: (20, 20, 40, 40)}, noise=2.0)
    # What lies farther than five pixels away does not count: 130 against 110, not against 100.
    assert found == {3: pytest.approx(10.0)}
    picture[14, :] = picture[45, :] = 0
    assert apparent_contrasts(picture, ids, {3: (20, 20, 40, 40)}, noise=2.0) == found


def test_colour_counts_where_brightness_is_equal():
    picture = np.full((30, 30, 3), (100, 0, 0), np.uint8)
    ids = np.zeros((30, 30), np.uint16)
    ids[10:20, 10:20] = 1
    picture[10:20, 10:20] = (0, 100, 0)
    found = apparent_contrasts(picture, ids, {1: (10, 10, 20, 20)}, noise=1.0)
    assert found[1] == pytest.approx(np.sqrt(2 / 3) * 100)


def test_an_object_that_fills_the_picture_has_nothing_to_compare_with():
    picture = np.zeros((8, 8, 3), np.uint8)
    assert apparent_contrasts(picture, np.ones((8, 8), np.uint16), {1: (0, 0, 8, 8)}, noise=1.0) == {1: None}
