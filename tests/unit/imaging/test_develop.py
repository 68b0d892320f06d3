"""Pictures of radiance: known values, two paths with one result, and exposure that suits noon and lamp light."""

from __future__ import annotations

import math

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.frames import LabelImages, Radiance
from synthvision.core.id_colours import encode_id_colours, linear_from_srgb8
from synthvision.core.streams import rng_for
from synthvision.gpu.block_means import BLOCK_PX, BlockMeans
from synthvision.gpu.context import open_context
from synthvision.imaging.develop import IDENTITY_EXPOSURE, Developer
from synthvision.imaging.lens import LensView
from synthvision.imaging.metering import exposure_ev100, meter_ev100, white_luminance
from synthvision.imaging.tone import FILMIC, filmic_tone, srgb_from_linear
from synthvision.scene import Camera, Exposure, Scene


def labels_of(height, width):
    return LabelImages(np.zeros((height, width), np.uint16), np.ones((height, width), np.float32), None, {})


@pytest.fixture(scope="module")
def context():
    context = open_context()
    yield context
    context.close()


@pytest.fixture
def develop(context):
    def develop_array(rgb, exposure):
        height, width = rgb.shape[:2]
        return developed(context, radiance_of(rgb), labels_of(height, width), exposure)

    return develop_array


def radiance_of(rgb, **changes):
    height, width = rgb.shape[:2]
    labels = labels_of(height, width)
    light = {"rgb_hwc": rgb} | changes
    return Radiance(width, height, labels.id_hw, labels.depth_m_hw, **light)


def developed(context, radiance, labels, exposure):
    scene = Scene(
        camera=Camera(
            size_wh=(radiance.width, radiance.height),
            focal_xy_px=(80.0, 80.0),
            centre_xy_px=(radiance.width / 2, radiance.height / 2),
            position_m=(0.0, 0.0, 0.0),
            rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
            exposure=exposure,
        )
    )
    developer = Developer(context, None)
    return developer.develop(scene, [LensView(scene, scene)], [developer.expose(scene, radiance)], labels)


def block_means(rgb):
    """What the GPU makes of a picture before it is metered; blocks start at the bottom left."""
    means = rgb[::-1].astype(np.float64)
    for axis in (0, 1):
        starts = np.arange(0, means.shape[axis], BLOCK_PX)
        counts = np.diff(np.append(starts, means.shape[axis]))
        means = np.add.reduceat(means, starts, axis=axis) / counts.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    return BlockMeans(means[::-1].astype(np.float32))


def numpy_picture(rgb, exposure):
    ev100 = exposure_ev100(exposure, block_means(rgb))
    light = rgb * np.asarray(exposure.white_balance_rgb) / white_luminance(ev100)
    linear = filmic_tone(light) if exposure.tone_curve == "filmic" else np.clip(light, 0.0, 1.0)
    return np.floor(srgb_from_linear(linear) * 255 + 0.5).astype(np.uint8), ev100


def room(seed=3, height=60, width=90):
    """A picture with five decades of light and some colour."""
    rng = rng_for(seed, 0, "test.room")
    light = np.exp(rng.normal(3.0, 1.5, (height, width, 1))) * rng.uniform(0.2, 1.0, (height, width, 3))
    return light.astype(np.float32)


def test_identity_exposure_gives_srgb_bytes_back(develop):
    ids = np.arange(0, 65536, 7, dtype=np.uint16)[: 96 * 97].reshape(96, 97)
    code = encode_id_colours(ids)
    assert (develop(linear_from_srgb8(code).astype(np.float32), IDENTITY_EXPOSURE).rgb_hwc == code).all()


def test_manual_exposure_saturates_at_its_luminance(develop):
    for ev100 in (0.0, 7.0, 15.0):
        white = white_luminance(ev100)
        assert white == pytest.approx(1.2 * 2**ev100)
        rgb = np.array([[[white] * 3, [white * 0.5] * 3, [white * 4] * 3, [0.0] * 3]], np.float32)
        picture = develop(rgb, Exposure(mode="manual", ev100=ev100, tone_curve="linear"))
        assert picture.rgb_hwc[0, :, 0].tolist() == [255, 188, 255, 0]
        assert picture.exposure_ev100 == ev100
    lighter = develop(rgb, Exposure(mode="manual", ev100=15.0, compensation_ev=1.0, tone_curve="linear"))
    assert lighter.rgb_hwc[0, 1, 0] == 255


def test_white_balance_multiplies_channels(develop):
    rgb = np.full((2, 2, 3), 0.3, np.float32)
    exposure = Exposure(
        mode="manual", ev100=IDENTITY_EXPOSURE.ev100, tone_curve="linear", white_balance_rgb=(2, 1, 0.5)
    )
    expected = np.round(srgb_from_linear(np.array([0.6, 0.3, 0.15])) * 255)
    assert (develop(rgb, exposure).rgb_hwc == expected).all()


def test_filmic_curve_rises_from_black_to_white_and_keeps_greys_grey():
    grey = np.repeat(np.linspace(0.0, 6.0, 2000)[:, None], 3, axis=1)
    toned = filmic_tone(grey)
    assert (np.diff(toned[:, 0]) >= -1e-12).all()
    assert toned[0].max() == 0
    np.testing.assert_allclose(toned[-1], 1.0, atol=1e-9)
    np.testing.assert_allclose(toned, toned[:, :1].repeat(3, axis=1), atol=1e-12)
    # A sheet of white paper in a scene of average grey is nearly, but not quite, white.
    paper = srgb_from_linear(filmic_tone(np.full(3, FILMIC.middle_in * 0.9 / 0.18)))[0] * 255
    assert 212 < paper < 250


def test_bright_colours_run_to_white_without_turning():
    red = filmic_tone(np.array([[0.1, 0.01, 0.01], [30.0, 3.0, 3.0]]))
    assert red[0, 0] > 3 * red[0, 1]
    assert red[1].min() > 0.8
    np.testing.assert_allclose(red[:, 1], red[:, 2])


@pytest.mark.parametrize(("scale", "darkest"), [(0.02, 45), (0.2, 80), (1.0, 80), (3000.0, 80)])
def test_auto_exposure_suits_lamp_light_and_noon_and_keeps_night_dimmer(develop, scale, darkest):
    picture = develop(room() * np.float32(scale), Exposure()).rgb_hwc
    assert darkest < picture.mean() < 160
    assert (picture.max(axis=2) == 255).mean() < 0.05
    assert (picture.max(axis=2) < 10).mean() < 0.12


def test_metering_ignores_what_gives_no_light_and_survives_darkness():
    means = block_means(room()).rgb_hwc
    framed = np.concatenate([means, np.zeros_like(means)])
    assert meter_ev100(framed) == pytest.approx(meter_ev100(means))
    assert meter_ev100(np.zeros((4, 4, 3), np.float32)) == 0.0
    assert meter_ev100(means * 4) == pytest.approx(meter_ev100(means) + 2, abs=1e-4)


def test_auto_exposure_reaches_no_lower_than_its_limit_so_that_night_stays_dark(develop):
    # Level ground of albedo 0.2 under a full moon: 0.2 lux * 0.2 / pi = 0.013 cd/m2, 3.3 stops under EV 0.
    moonlit = np.full((48, 64, 3), 0.2 * 0.2 / np.pi, np.float32)
    for compensation in (0.0, 2.0):
        taken = develop(moonlit, Exposure(ev100_min=0.0, compensation_ev=compensation))
        assert taken.exposure_ev100 == 0.0
    assert taken.rgb_hwc.mean() < 40
    asked = develop(moonlit, Exposure(ev100_min=-20.0))
    # Below 5 cd/m2 a stop of light gives a third of a stop less of picture: moonlight is held back by three stops.
    # An even picture is exposed to 0.3 of what saturates.
    even = math.log2(0.2 * 0.2 / math.pi / (1.2 * 0.3))
    assert asked.exposure_ev100 == pytest.approx(even + 0.35 * math.log2(5 / 0.0127), abs=0.02)
    assert develop(moonlit, Exposure(mode="manual", ev100=-5.0)).exposure_ev100 == -5.0
    by_day = np.full((48, 64, 3), 2000.0, np.float32)
    assert develop(by_day, Exposure(ev100_min=0.0)).exposure_ev100 == pytest.approx(math.log2(2000 / 0.36), abs=0.02)


def test_a_lamp_in_the_picture_does_not_darken_everything_and_highlights_keep_their_shape(develop):
    scene = np.full((80, 80, 3), 10.0, np.float32)
    lit = scene.copy()
    lit[:8, :8] = 1e5
    assert meter_ev100(block_means(lit).rgb_hwc) == pytest.approx(meter_ev100(block_means(scene).rgb_hwc), abs=0.3)
    snow = np.full((80, 80, 3), 10.0, np.float32)
    snow[:40] = 2000.0
    assert develop(snow, Exposure()).rgb_hwc[0, 0].max() < 255


@pytest.mark.parametrize("curve", ["filmic", "linear"])
def test_the_gpu_gives_the_picture_that_numpy_gives(context, develop, curve):
    rgb = room(height=61, width=83)
    exposure = Exposure(tone_curve=curve, white_balance_rgb=(1.1, 1.0, 0.8), compensation_ev=0.3)
    drawn = develop(rgb, exposure)
    counted, ev100 = numpy_picture(rgb, exposure)
    assert np.abs(drawn.rgb_hwc.astype(int) - counted).max() <= 1
    assert drawn.exposure_ev100 == pytest.approx(ev100, abs=1e-5)


def test_a_texture_and_an_array_give_one_picture(context, develop):
    rgb = room(height=61, width=83)
    pixels = np.ones((61, 83, 4), np.float32)
    pixels[..., :3] = rgb[::-1]
    texture = context.gl.texture((83, 61), 4, pixels, dtype="f4")
    depth = context.gl.texture((83, 61), 1, np.ones((61, 83), np.float32), dtype="f4")
    given = radiance_of(rgb, rgb_hwc=None, texture=texture, depth_texture=depth)
    drawn = developed(context, given, labels_of(61, 83), Exposure())
    assert (drawn.rgb_hwc == develop(rgb, Exposure()).rgb_hwc).all()
    texture.release()
    depth.release()


def test_labels_of_another_size_are_refused(context):
    with pytest.raises(UsageError, match="size of the camera"):
        developed(context, radiance_of(room()), labels_of(60, 91), Exposure())
