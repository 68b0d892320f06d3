"""Noise that sticks to the world: known hashes, statistics, derivatives."""

import numpy as np
import pytest

from synthvision.geometry.world_noise import fractal_noise, fractal_threshold, noise_seed, pcg_hash, value_noise


def grid(side_cells, step, shift=0.0):
    x, y = np.meshgrid(
        np.arange(-side_cells, side_cells, step) + shift, np.arange(-side_cells, side_cells, step) + shift
    )
    return np.stack([x.ravel(), y.ravel()], axis=1)


def pcg_in_whole_numbers(value):
    state = (value * 747796405 + 2891336453) % 2**32
    word = (((state >> ((state >> 28) + 4)) ^ state) * 277803737) % 2**32
    return (word >> 22) ^ word


def test_the_hash_is_the_published_one():
    values = [0, 1, 17, 2**31, 2**32 - 1]
    assert pcg_hash(np.array(values, np.uint32)).tolist() == [pcg_in_whole_numbers(value) for value in values]


def test_values_fill_the_unit_interval_evenly_at_lattice_points():
    lattice = value_noise(grid(100, 1), 5)[:, 0]
    counts, _ = np.histogram(lattice, bins=10, range=(0, 1))
    # 40,000 values in ten bins: the standard deviation of a bin is 60.
    assert np.abs(counts - 4000).max() < 5 * 60


@pytest.mark.parametrize("noise", [value_noise, fractal_noise])
def test_derivatives_are_those_of_the_value(noise):
    rng = np.random.Generator(np.random.Philox(3))
    place = rng.uniform(-8, 8, (500, 2))
    step = 1 / 256
    found = noise(place, 9)[:, 1:]
    for axis in range(2):
        ahead, behind = place.copy(), place.copy()
        ahead[:, axis] += step
        behind[:, axis] -= step
        measured = (noise(ahead, 9)[:, 0] - noise(behind, 9)[:, 0]) / (2 * step)
        np.testing.assert_allclose(found[:, axis], measured, atol=0.02)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.35, 0.5, 0.8, 0.97])
def test_the_threshold_is_exceeded_on_its_share_of_the_plane(share):
    noise = fractal_noise(grid(60, 0.17, 0.05), noise_seed(1, 2))[:, 0]
    assert abs(float((noise > fractal_threshold(share)).mean()) - share) < 0.015


def test_no_share_is_never_and_the_full_share_always_exceeded():
    noise = fractal_noise(grid(40, 0.37), 7)[:, 0]
    assert (noise + 0.2 < fractal_threshold(0.0)).all()
    assert (noise - 0.2 > fractal_threshold(1.0)).all()


def test_neighbouring_seeds_and_streams_give_unrelated_patterns():
    place = grid(20, 0.5)
    first = fractal_noise(place, noise_seed(11, 1))[:, 0]
    for seed, stream in ((12, 1), (11, 2), (11 + 2**32, 1)):
        other = fractal_noise(place, noise_seed(seed, stream))[:, 0]
        # Neither the same nor shifted along an axis by up to three cells.
        for shift in range(-6, 7):
            moved = np.roll(other.reshape(80, 80), shift, axis=0).ravel()
            assert abs(np.corrcoef(first, moved)[0, 1]) < 0.2


def test_the_pattern_is_continuous_across_cells():
    edge = np.column_stack([np.full(50, 3.0), np.linspace(0, 5, 50)])
    before, after = (value_noise(edge + np.array([shift, 0.0]), 4) for shift in (-1e-4, 1e-4))
    np.testing.assert_allclose(before, after, atol=2e-3)
