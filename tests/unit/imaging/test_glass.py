"""Light through glass: no light made or lost, halos by the law, vignetting by the formula, nothing for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.imaging.flare import find_bright_spots
from synthvision.imaging.glass import GLARE_ANGLES_DEG, apply_glass, glare_shares
from synthvision.imaging.pyramid import build_pyramid
from synthvision.scene import Camera, Optics, Scene, SunLight

SIZE_WH = (320, 240)
FOCAL_PX = 277.0
PX_PER_DEG = FOCAL_PX * np.pi / 180


@pytest.fixture
def through(stage):
    """The light that falls on the sensor behind some optics."""

    def result(rgb, size_wh=SIZE_WH, lights=(), **optics):
        scene = Scene(camera=camera(size_wh, **optics), lights=lights)
        return stage.rgb(apply_glass(stage.tools, scene, stage.texture(rgb)))

    return result


def camera(size_wh=SIZE_WH, **optics):
    width, height = size_wh
    return Camera(
        size_wh=size_wh,
        focal_xy_px=(FOCAL_PX, FOCAL_PX),
        centre_xy_px=(width / 2, height / 2),
        position_m=(0.0, 0.0, 0.0),
        rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
        optics=Optics(**optics) if optics else None,
    )


def point(value=1e6, row=120, column=160, size_wh=SIZE_WH, ground=0.0):
    rgb = np.full((size_wh[1], size_wh[0], 3), ground)
    rgb[row, column] = value
    return rgb


def distances(row=120, column=160):
    rows, columns = np.mgrid[0 : SIZE_WH[1], 0 : SIZE_WH[0]]
    return np.hypot(rows - row, columns - column)


@pytest.mark.parametrize("optics", [{}, {"f_number": 2.0}])
def test_a_perfect_lens_returns_the_very_texture(tools, optics):
    texture = tools.context.gl.texture((8, 6), 4, np.ones((6, 8, 4), np.float32), dtype="f4")
    assert apply_glass(tools, Scene(camera=camera((8, 6), **optics)), texture) is texture
    texture.release()


@pytest.mark.parametrize("optics", [{"glare": 0.2}, {"veil": 0.1}, {"blur_px": 1.3}, {"glare": 0.1, "veil": 0.05}])
def test_an_even_picture_stays_as_it_is(through, optics):
    for size_wh in (SIZE_WH, (321, 243), (24, 17)):
        rgb = np.broadcast_to([3.0, 5.0, 7.0], (size_wh[1], size_wh[0], 3))
        np.testing.assert_allclose(through(rgb, size_wh, **optics), rgb, rtol=1e-5)


@pytest.mark.parametrize("glare", [0.02, 0.1, 0.3])
def test_glare_moves_its_share_of_the_light_and_makes_none(through, glare):
    found = through(point(), glare=glare)
    assert found.sum() == pytest.approx(3e6, rel=0.01)
    far = distances() > 2.0
    span = np.log(GLARE_ANGLES_DEG[1] / GLARE_ANGLES_DEG[0])
    # The law beyond two pixels' distance, and within what the picture shows of it.
    expected = glare * np.log(GLARE_ANGLES_DEG[1] * PX_PER_DEG / 2.0) / span
    assert found[far].sum() / 3e6 == pytest.approx(expected, rel=0.15)


def test_the_halo_falls_with_the_square_of_the_angle_and_is_round(through):
    glare = 0.1
    found = through(point(), glare=glare)[..., 0] / 1e6
    span = np.log(GLARE_ANGLES_DEG[1] / GLARE_ANGLES_DEG[0])
    for radius in (6, 12, 24, 48, 90):
        ring = np.abs(distances() - radius) < 0.1 * radius
        law = glare / span / (2 * np.pi * radius**2)
        assert found[ring].mean() == pytest.approx(law, rel=0.2)
        assert found[ring].std() < 0.3 * found[ring].mean()


def test_a_halo_is_as_wide_in_degrees_whatever_the_focal_length():
    for share in (glare_shares(camera(), 0.1), glare_shares(camera((640, 480)), 0.1)):
        assert 0.07 < sum(share) <= 0.1
    # All octaves but the first and the last hold the same.
    middle = glare_shares(camera(), 0.1)[1:-1]
    np.testing.assert_allclose(middle, middle[0])


def test_a_halo_does_not_depend_on_where_between_blocks_a_point_lies(through):
    values = [
        through(point(row=120 + dy, column=160 + dx), glare=0.1)[120 + dy - 20, 160 + dx, 0]
        for dy, dx in ((0, 0), (1, 0), (0, 3), (5, 5), (7, 2))
    ]
    assert max(values) / min(values) < 1.25


def test_low_sun_hides_what_stands_before_it(through):
    """A disc of the sun's luminance in a daylight scene: contrast near it is gone, far away it is not."""
    rgb = np.full((240, 320, 3), 2000.0)
    rgb[:, ::2] = 1000.0
    rgb[distances(100, 160) < 0.265 * PX_PER_DEG] = 1.6e9
    found = through(rgb, glare=0.05)[..., 0]

    def contrast(row, column):
        pair = found[row, column : column + 2]
        return abs(pair[0] - pair[1]) / pair.sum()

    assert np.isfinite(found).all()
    assert contrast(100, 172) < 0.1
    assert contrast(230, 20) > 0.25


def test_a_veil_adds_the_mean_of_the_picture_everywhere(through):
    rgb = np.zeros((240, 320, 3))
    rgb[:, :80] = 8.0
    found = through(rgb, veil=0.1)
    np.testing.assert_allclose(found[:, 200:], 0.1 * 2.0, rtol=1e-4)
    np.testing.assert_allclose(found[:, :40], 0.9 * 8 + 0.1 * 2.0, rtol=1e-4)


def test_vignetting_follows_the_formula_about_the_principal_point(through):
    found = through(np.ones((240, 320, 3)), vignetting_r2=-0.3, vignetting_r4=-0.1)
    rows, columns = np.mgrid[0:240, 0:320] + 0.5
    r2 = ((rows - 120) ** 2 + (columns - 160) ** 2) / (120**2 + 160**2)
    np.testing.assert_allclose(found, np.repeat((1 - 0.3 * r2 - 0.1 * r2**2)[..., None], 3, -1), rtol=1e-5)


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0, 2.2])
def test_a_blur_is_as_wide_as_asked_and_keeps_the_light(through, sigma):
    found = through(point(), blur_px=sigma)[..., 0] / 1e6
    assert found.sum() == pytest.approx(1.0, rel=1e-5)
    columns = np.arange(320) - 160
    assert np.sqrt((found.sum(axis=0) * columns**2).sum()) == pytest.approx(sigma, rel=0.01)
    assert np.sqrt((found.sum(axis=1) * (np.arange(240) - 120) ** 2).sum()) == pytest.approx(sigma, rel=0.01)


@pytest.mark.parametrize(("blades", "rays"), [(5, 10), (6, 6), (8, 8)])
def test_blades_make_the_rays_of_a_star(through, blades, rays):
    found = through(point(1e8, ground=1.0), blades=blades)[..., 0]
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    # Half-size layers put the point in the middle of a 2x2 block.
    ring = np.array([found[round(120 - 60 * np.sin(a)), round(160 + 60 * np.cos(a))] for a in angles])
    lit = ring > 0.3 * ring.max()
    assert (lit & ~np.roll(lit, 1)).sum() == rays
    share = (found - 1.0)[distances() > 3].sum() / 1e8
    assert 0.002 < share < 0.012


def test_even_light_makes_no_star(through):
    rgb = rng_for(1, 0, "test.glass").uniform(0.5, 20.0, (240, 320, 3))
    np.testing.assert_allclose(through(rgb, blades=6, ghosts=1.0), rgb, rtol=1e-5)


def test_ghosts_lie_across_the_middle_from_the_light_and_grow_with_their_strength(through):
    rgb = point(1e9, row=50, column=70, ground=1.0)
    weak, strong = (through(rgb, ghosts=share)[..., 0] - rgb[..., 0] for share in (0.2, 1.0))
    np.testing.assert_allclose(strong[60:, 80:], 5 * weak[60:, 80:], rtol=1e-3, atol=1e-2)
    # The light is at (-90, 70) from the middle, so a reflection at -0.46 of it is at (41, -32).
    assert strong[120 + 32, 160 + 41] > 20 * strong[120 - 60, 160 + 90]
    assert strong.sum() / 1e9 < 0.003


def test_a_sun_just_outside_the_picture_reflects_and_one_behind_does_not(through):
    rgb = np.full((240, 320, 3), 10.0)

    def brightest(x, y, z):
        direction = np.array([x, y, z]) / np.linalg.norm([x, y, z])
        sun = SunLight(direction_xyz=tuple(float(value) for value in direction), illuminance_lux=1e5)
        return through(rgb, lights=(sun,), ghosts=1.0).max()

    # The camera looks along +z, x to the right; the picture's edge is at x/z = 0.58.
    assert brightest(0.7, 0.0, 1.0) > 10.5
    assert brightest(0.3, 0.0, 1.0) == pytest.approx(10.0)
    assert brightest(0.7, 0.0, -1.0) == pytest.approx(10.0)
    assert brightest(3.0, 0.0, 1.0) == pytest.approx(10.0)


@pytest.mark.parametrize(("row", "column"), [(30, 250), (0, 0), (239, 319), (120, 316), (236, 4)])
def test_bright_spots_are_found_where_they_are(tools, through, row, column):
    rgb = point(1e7, row=row, column=column, ground=2.0)
    pixels = np.ones((240, 320, 4), np.float32)
    pixels[..., :3] = rgb[::-1]
    texture = tools.context.gl.texture(SIZE_WH, 4, pixels, dtype="f4")
    pyramid = build_pyramid(tools, "test", texture, 3)
    (spot,) = find_bright_spots(tools, camera(), pyramid[2])
    texture.release()
    np.testing.assert_allclose(spot.place_px, (column + 0.5 - 160, 120 - row - 0.5), atol=4.0)
    np.testing.assert_allclose(spot.flux_rgb, 1e7, rtol=0.05)
