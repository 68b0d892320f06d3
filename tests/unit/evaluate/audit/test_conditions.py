"""Light and weather of made pictures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.evaluate.audit.conditions import MEASURED, estimate_conditions, picture_measures
from synthvision.evaluate.audit.levels import LIGHTS, WEATHERS


def encoded(linear):
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)


def ground(shadow_rgb, seed=0):
    """A grey ground under a sky, with boxes of paint, and squares of shadow with a light of their own."""
    rng = rng_for(seed, 0, "test.conditions")
    linear = np.full((240, 320, 3), 0.35)
    linear[:80] = (0.45, 0.55, 0.75)
    linear += rng.normal(0, 0.004, linear.shape)
    for _ in range(12):
        y, x = int(rng.integers(90, 210)), int(rng.integers(5, 290))
        linear[y : y + 24, x : x + 24] *= shadow_rgb
    for _ in range(40):
        y, x = int(rng.integers(90, 210)), int(rng.integers(5, 290))
        linear[y : y + 10, x : x + 10] = (0.03, 0.02, 0.02)
    return linear


@pytest.mark.parametrize("seed", range(5))
def test_blue_shadows_are_those_of_a_sun(seed):
    sunny = encoded(ground((0.30, 0.33, 0.38), seed))
    assert estimate_conditions(sunny).light == "sun"
    # The same shadows of one light, as something dark would look.
    grey = encoded(ground((0.33, 0.33, 0.33), seed))
    assert estimate_conditions(grey).light == "day"
    assert picture_measures(sunny)["warmth"] > picture_measures(grey)["warmth"] + 0.05


def test_little_light_is_dark_and_tells_nothing_of_the_air():
    found = estimate_conditions(encoded(ground((0.3, 0.33, 0.38)) * 0.08))
    assert (found.light, found.weather) == ("dark", "unknown")


@pytest.mark.parametrize("seed", range(5))
def test_air_light_veils(seed):
    linear = ground((0.33, 0.33, 0.33), seed)
    assert estimate_conditions(encoded(linear)).weather == "clear"
    fog = 0.12 * linear + 0.88 * 0.5
    assert estimate_conditions(encoded(fog)).weather == "veiled"


def test_size_hardly_matters():
    linear = ground((0.3, 0.33, 0.38))
    small = picture_measures(encoded(linear))
    large = picture_measures(encoded(np.repeat(np.repeat(linear, 4, axis=0), 4, axis=1)))
    assert large["lightness"] == pytest.approx(small["lightness"], abs=1)
    assert large["dark_middle"] == pytest.approx(small["dark_middle"], abs=0.03)


def test_what_was_measured_is_of_levels_that_there_are():
    assert set(MEASURED["light"]) == set(LIGHTS)
    assert set(MEASURED["weather"]) == set(WEATHERS)
