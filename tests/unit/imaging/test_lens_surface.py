"""Drops, dirt and grease: upside-down views, dark rims, and a transmittance that says what of a pixel is its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.imaging.lens_surface import apply_lens_surface
from synthvision.imaging.surface_maps import surface_maps
from synthvision.scene import Camera, LensSurface, Scene

WIDTH, HEIGHT, FOCAL = 240, 180, 200.0


@pytest.fixture
def behind(stage):
    def result(grey, surface):
        camera = Camera(
            size_wh=(WIDTH, HEIGHT),
            focal_xy_px=(FOCAL, FOCAL),
            centre_xy_px=(WIDTH / 2, HEIGHT / 2),
            position_m=(0.0, 0.0, 0.0),
            rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
            lens_surface=surface,
        )
        texture = stage.texture(np.repeat(np.asarray(grey)[..., None], 3, axis=2))
        light, transmittance = apply_lens_surface(stage.tools, Scene(camera=camera), texture)
        return None if light is texture else stage.rgb(light)[..., 0], transmittance

    return result


def grey(value=1.0):
    return np.full((HEIGHT, WIDTH), value)


@pytest.mark.parametrize("surface", [None, LensSurface(), LensSurface(seed=4, pupil_m=0.01)])
def test_clean_glass_returns_the_very_texture(behind, surface):
    assert behind(grey(), surface) == (None, None)


#: One large drop that is nearly sharp.
DROP = LensSurface(drops=1, drop_radius_m=(0.004, 0.004), pupil_m=0.0001, glass_distance_m=0.02)


def find_drop():
    """A seed whose drop lies well inside the picture, and where it is."""
    for seed in range(200):
        surface = replace(DROP, seed=seed)
        covered = surface_maps(surface, (WIDTH, HEIGHT), FOCAL).drops_hwc[..., 2] > 0.9
        rows, columns = np.nonzero(covered)
        edges = (rows.min(), columns.min(), HEIGHT - 1 - rows.max(), WIDTH - 1 - columns.max())
        if min(edges) > 4:
            return surface, (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)
    raise AssertionError("no drop lies inside the picture")


def test_a_drop_shows_the_world_upside_down_and_the_rest_stays(behind):
    surface, (top, bottom, left, right) = find_drop()
    assert bottom - top == pytest.approx(2 * 0.004 * FOCAL / 0.02, rel=0.35)
    scene = grey(0.0)
    middle = (top + bottom) // 2
    scene[:middle] = 1.0
    found, transmittance = behind(scene, surface)
    column, height = (left + right) // 2, bottom - top
    upper, lower = (found[middle + side * height // 5, column] for side in (-1, 1))
    assert upper < 0.25
    assert lower > 0.75
    clear = transmittance > 0.9999
    assert 0.5 < clear.mean() < 0.95
    np.testing.assert_allclose(found[clear], scene[clear], atol=2e-4)
    assert transmittance[middle, column] < 1e-3


def test_steep_drops_have_a_dark_rim_and_no_drop_makes_light(behind):
    found, transmittance = behind(grey(), LensSurface(drops=30, seed=3, pupil_m=0.0002))
    assert found.max() <= 1.0 + 1e-4
    assert found.min() < 0.3
    assert found[transmittance < 0.01].max() > 0.9


def test_dirt_darkens_by_what_it_takes_away(behind):
    found, transmittance = behind(grey(), LensSurface(specks=40, seed=1))
    assert 0.2 < transmittance.min() < 0.9
    np.testing.assert_allclose(found, transmittance + 0.06 * (1 - transmittance), atol=5e-3)


def test_grease_hazes_and_keeps_the_light(behind):
    stripes = grey(0.0)
    stripes[:, ::2] = 2.0
    found, transmittance = behind(stripes, LensSurface(smudge=1.0, seed=2))
    assert found.mean() == pytest.approx(1.0, rel=0.02)
    contrast = np.abs(found[:, 0:-1:2] - found[:, 1::2]) / 2
    np.testing.assert_allclose(contrast, (transmittance[:, 0:-1:2] + transmittance[:, 1::2]) / 2, atol=0.05)
    assert transmittance.min() < 0.7


def test_what_is_on_the_glass_is_blurred_as_far_as_the_pupil_is_wide(behind):
    steps = []
    for pupil in (0.0002, 0.001, 0.003):
        maps = surface_maps(replace(find_drop()[0], pupil_m=pupil), (WIDTH, HEIGHT), FOCAL)
        steps.append(np.abs(np.diff(maps.transmittance_hw, axis=1)).max())
    # The edge of the drop becomes a ramp as wide as the blur: 2, 10 and 30 pixels.
    assert steps[0] > 0.3
    assert steps[1] == pytest.approx(1.27 / 10, rel=0.4)
    assert steps[2] == pytest.approx(1.27 / 30, rel=0.4)


def test_more_drops_let_less_through_and_seeds_place_them_anew():
    means = [
        surface_maps(LensSurface(drops=count, seed=5), (WIDTH, HEIGHT), FOCAL).transmittance_hw.mean()
        for count in (0, 10, 60)
    ]
    assert means[0] == 1.0 > means[1] > means[2]
    one, other = (surface_maps(LensSurface(drops=10, seed=seed), (WIDTH, HEIGHT), FOCAL) for seed in (1, 2))
    assert (one.transmittance_hw != other.transmittance_hw).any()


def test_maps_repeat_and_cannot_be_written():
    surface = LensSurface(drops=8, specks=5, smudge=0.3, seed=6)
    first = surface_maps(surface, (WIDTH, HEIGHT), FOCAL)
    surface_maps.cache_clear()
    again = surface_maps(surface, (WIDTH, HEIGHT), FOCAL)
    assert again is not first
    for name in ("drops_hwc", "film_hwc", "transmittance_hw"):
        assert (getattr(first, name) == getattr(again, name)).all()
        assert not getattr(first, name).flags.writeable


def test_odd_sizes_are_covered(tools):
    rng = rng_for(1, 0, "test.sizes")
    for width, height in ((33, 17), (100, 61)):
        surface = LensSurface(drops=5, specks=5, smudge=0.5, seed=int(rng.integers(100)))
        maps = surface_maps(surface, (width, height), FOCAL)
        assert maps.transmittance_hw.shape == (height, width)
        assert np.isfinite(maps.drops_hwc).all()
