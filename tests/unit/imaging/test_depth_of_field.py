"""Depth of field: discs of the right size, nothing sharp that bleeds, nothing changed where all is sharp."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.imaging.depth_of_field import apply_depth_of_field, confusion_px
from synthvision.scene import Camera, Optics, Scene

WIDTH, HEIGHT, FOCAL = 192, 144, 200.0
CAMERA = Camera(
    size_wh=(WIDTH, HEIGHT),
    focal_xy_px=(FOCAL, FOCAL),
    centre_xy_px=(WIDTH / 2, HEIGHT / 2),
    position_m=(0.0, 0.0, 0.0),
    rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
)


@pytest.fixture
def focused(stage):
    def result(grey, depth, optics):
        picture = stage.picture(Scene(camera=replace(CAMERA, optics=optics)), grey, depth)
        found = apply_depth_of_field(stage.tools, picture)
        return None if found is picture else stage.rgb(found.light)[..., 0]

    return result


def lens(**changes):
    return Optics(**({"aperture_m": 0.05, "focus_m": 1.0} | changes))


@pytest.mark.parametrize(
    ("aperture", "focus", "depth", "expected"),
    [(0.05, 1.0, 2.0, 5.0), (0.05, 1.0, np.inf, 10.0), (0.1, 2.0, 1.0, 10.0), (0.05, 1.0, 1.0, 0.0)],
)
def test_the_disc_of_a_thin_lens(aperture, focus, depth, expected):
    optics = lens(aperture_m=aperture, focus_m=focus)
    assert confusion_px(CAMERA, optics, depth) == pytest.approx(expected)


@pytest.mark.parametrize("aperture", [0.06, 0.12, 0.25])
@pytest.mark.parametrize(("depth", "sky"), [(3.0, False), (0.6, False), (0.0, True)])
def test_a_point_of_light_becomes_a_disc_of_that_size_and_keeps_its_light(focused, aperture, depth, sky):
    optics = lens(aperture_m=aperture)
    diameter = confusion_px(CAMERA, optics, np.inf if sky else depth)
    grey = np.full((HEIGHT, WIDTH), 0.01)
    grey[72:74, 96:98] = 1000.0
    found = focused(grey, depth, optics) - 0.01
    assert found.sum() == pytest.approx(4000.0, rel=0.1)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    away2 = (rows - 72.5) ** 2 + (columns - 96.5) ** 2
    # A disc's mean square distance is an eighth of its squared diameter; the point itself is 2 x 2 pixels.
    measured = np.sqrt(8 * ((found * away2).sum() / found.sum() - 0.5))
    scale_px = 2 if diameter <= 28 else 4
    assert measured == pytest.approx(diameter, rel=0.1, abs=scale_px)
    inside = found[away2 < (0.3 * diameter) ** 2]
    assert inside.min() > 0.4 * inside.mean()


@pytest.mark.parametrize("optics", [None, Optics(), lens(focus_m=5.0, aperture_m=0.01)])
def test_nothing_out_of_focus_nothing_changes(focused, optics):
    grey = rng_for(1, 0, "test.focus").uniform(0.0, 1.0, (HEIGHT, WIDTH))
    assert focused(grey, 4.0, optics) is None


def test_an_even_picture_stays_as_it_is_at_any_depth(focused):
    depth = np.ones((HEIGHT, WIDTH)) * 1.0
    depth[:, :60] = 0.4
    depth[:, 120:] = 4.0
    depth[:30] = 0.0
    found = focused(np.full((HEIGHT, WIDTH), 3.0), depth, lens(aperture_m=0.15))
    np.testing.assert_allclose(found, 3.0, rtol=2e-3)


def test_what_is_sharp_stays_bit_equal_and_does_not_shine_into_the_blur_behind_it(focused):
    """A bright sharp square before a dark wall out of focus."""
    depth = np.full((HEIGHT, WIDTH), 4.0)
    grey = np.full((HEIGHT, WIDTH), 0.1)
    depth[50:90, 70:110], grey[50:90, 70:110] = 1.0, 10.0
    found = focused(grey, depth, lens(aperture_m=0.1))
    np.testing.assert_array_equal(found[50:90, 70:110], 10.0)
    outside = np.ones_like(depth, bool)
    outside[50:90, 70:110] = False
    assert found[outside].max() < 0.15


def test_what_is_blurred_before_it_spreads_over_what_is_sharp(focused):
    depth = np.full((HEIGHT, WIDTH), 1.0)
    grey = np.full((HEIGHT, WIDTH), 0.1)
    depth[:, :96], grey[:, :96] = 0.5, 1.0
    optics = lens(aperture_m=0.06)
    diameter = confusion_px(CAMERA, optics, 0.5)
    found = focused(grey, depth, optics)[60:84].mean(axis=0)
    share = (found - 0.1) / 0.9
    assert np.diff(share).max() < 0.25
    assert share[96 - int(diameter / 2) - 4] > 0.97
    assert share[96 + int(diameter / 2) + 3] < 0.03
    assert np.interp(0.5, share[70:122][::-1], np.arange(70, 122)[::-1] + 0.5) == pytest.approx(96.0, abs=1.5)


def test_blur_behind_a_sharp_edge_keeps_the_texture_away_from_it(focused):
    columns = np.arange(WIDTH)
    stripes = ((columns // 3) % 2) * np.ones((HEIGHT, 1))
    depth = np.where(np.arange(HEIGHT)[:, None] < 72, 5.0, 1.0) * np.ones((1, WIDTH))
    found = focused(stripes, depth, lens(aperture_m=0.15))
    assert found[20:50, 40:150].std() < 0.12
    np.testing.assert_array_equal(found[80:], stripes[80:])
