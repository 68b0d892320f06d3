"""The sensor against what was set: photon transfer, fixed pattern, demosaicing, gain, determinism."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.imaging.metering import white_luminance
from synthvision.imaging.sensor import finish_picture, iso_speed, read_mosaic, read_sensor, sensor_gain
from synthvision.imaging.sensor.finishing import compress, expected_noise, reduce_noise, sharpen
from synthvision.imaging.tone import FILMIC, filmic_tone, srgb_from_linear
from synthvision.scene import Camera, Exposure, Optics, Scene, Sensor

LINEAR = Exposure(mode="manual", ev100=8.0, tone_curve="linear")
#: Base ISO at EV 8.
OPTICS = Optics(f_number=4.0, exposure_time_s=16 / 256)
QUIET = Sensor(full_well_e=1e9, read_noise_e=0.0, dark_current_e_s=0.0, prnu=0.0, dsnu_e=0.0, low_pass_px=0.0, bits=16)
PATTERNS = ("rggb", "bggr", "grbg", "gbrg")
METHODS = ("hamilton_adams", "malvar", "bilinear")


@pytest.fixture
def raw(tools, stage):
    def levels(sensor, rgb, optics=OPTICS, exposure=LINEAR):
        return read_mosaic(tools, sensor, stage.texture(rgb), sensor_gain(sensor, optics, exposure, exposure.ev100))

    return levels


@pytest.fixture
def picture(tools, stage):
    def taken(sensor, rgb, exposure=LINEAR, optics=OPTICS):
        height, width = rgb.shape[:2]
        camera = Camera(
            size_wh=(width, height),
            focal_xy_px=(80.0, 80.0),
            centre_xy_px=(width / 2, height / 2),
            position_m=(0.0, 0.0, 0.0),
            rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
            exposure=exposure,
            optics=optics,
            sensor=sensor,
        )
        return read_sensor(tools, Scene(camera=camera), stage.texture(rgb), exposure.ev100)

    return taken


def flat(share, size_hw=(64, 64)):
    """A picture of one grey, as a share of the light that saturates."""
    return np.full((*size_hw, 3), share * white_luminance(LINEAR.ev100), np.float32)


def gain_of(sensor, optics=OPTICS, exposure=LINEAR):
    return sensor_gain(sensor, optics, exposure, exposure.ev100)


@pytest.mark.parametrize(
    ("bits", "iso", "bayer"), [(12, 100, "rggb"), (12, 1600, "rggb"), (10, 3200, None), (8, 6400, "gbrg")]
)
def test_the_photon_transfer_curve_has_the_gain_that_was_set(raw, bits, iso, bayer):
    optics = Optics(f_number=4.0, exposure_time_s=OPTICS.exposure_time_s * 100 / iso)
    sensor = Sensor(bits=bits, bayer=bayer)
    gain = gain_of(sensor, optics)
    assert gain.iso == pytest.approx(iso)
    means, variances = [], []
    for index, share in enumerate(np.linspace(0.02, 0.7, 14)):
        # EMVA 1288, 6.6: the difference of two frames holds the temporal noise and no fixed pattern.
        one, two = (
            raw(replace(sensor, noise_seed=2 * index + turn), flat(share, (256, 256)), optics).astype(np.float64)
            for turn in range(2)
        )
        means.append((one.mean() + two.mean()) / 2)
        variances.append(((one - two) ** 2).mean() / 2)
    slope, constant = np.polyfit(means, variances, 1)
    assert slope == pytest.approx(gain.levels_per_e, rel=0.02)
    dark = constant + slope * gain.black_level
    expected = gain.levels_per_e**2 * sensor.read_noise_e**2 + 1 / 12
    # What is left at zero is small beside the variances it is extrapolated from.
    assert dark == pytest.approx(expected, abs=0.05 * expected + 0.01 * variances[-1])


def test_few_electrons_are_counted_as_poisson_says(raw):
    sensor = replace(QUIET, full_well_e=400.0, bits=16, bayer=None)
    gain = gain_of(sensor)
    for mean in (0.3, 2.0, 12.0, 24.5, 25.5, 60.0):
        counts = (raw(sensor, flat(mean / 400, (256, 256))) - gain.black_level) / gain.levels_per_e
        assert counts.mean() == pytest.approx(mean, rel=0.012)
        assert counts.var() == pytest.approx(mean, rel=0.02)
        if mean < 25:
            np.testing.assert_allclose(counts, np.round(counts), atol=0.01)
            assert (counts < 0.5).mean() == pytest.approx(np.exp(-mean), abs=0.004)
            assert ((counts - mean) ** 3).mean() == pytest.approx(mean, rel=0.12)


def test_dark_frames_have_the_read_noise_and_the_dark_current(raw):
    sensor = Sensor(read_noise_e=6.0, dark_current_e_s=160.0, prnu=0.0, dsnu_e=0.0, bits=14)
    gain = gain_of(sensor)
    assert gain.dark_e == pytest.approx(10.0)
    levels = raw(sensor, flat(0.0, (256, 256)))
    assert levels.mean() == pytest.approx(gain.no_light_level, abs=0.1)
    electrons = (levels.var() - 1 / 12) / gain.levels_per_e**2
    assert electrons == pytest.approx(36 + 10, rel=0.02)


def test_fixed_pattern_is_that_of_the_sensor_and_stays(raw):
    sensor = Sensor(prnu=0.01, dsnu_e=4.0, full_well_e=40_000, bits=14)
    gain = gain_of(sensor)

    def average(share, seed=0):
        frames = [raw(replace(sensor, pattern_seed=seed, noise_seed=index), flat(share)) for index in range(80)]
        return (np.mean(frames, axis=0) - gain.black_level) / gain.levels_per_e

    def spread(values, temporal_variance):
        return np.sqrt(values.var() - temporal_variance / 80)

    dark, bright = average(0.0), average(0.5)
    assert spread(dark, 9 + 1 / 12 / gain.levels_per_e**2) == pytest.approx(4.0, rel=0.05)
    assert spread(bright - dark, 20_000 + 18) / 20_000 == pytest.approx(0.01, rel=0.05)
    other = average(0.0, seed=9)
    assert np.corrcoef(dark.ravel(), average(0.0).ravel())[0, 1] > 0.99
    assert abs(np.corrcoef(dark.ravel(), other.ravel())[0, 1]) < 0.06


def test_noise_differs_from_frame_to_frame_and_pixel_to_pixel_and_repeats_with_its_seed(raw):
    sensor = Sensor(prnu=0.0, dsnu_e=0.0)
    light = flat(0.3, (128, 128))
    frames = [raw(replace(sensor, noise_seed=seed), light).astype(np.float64) for seed in (0, 1, 2, 2**32, 2**62)]
    assert (raw(sensor, light) == frames[0]).all()
    for one, two in pairwise(frames):
        assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.04
    noise = frames[0] - frames[0].mean()
    for shift in ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (3, 5)):
        neighbour = np.roll(noise, shift, axis=(0, 1))
        assert abs((noise * neighbour).mean() / noise.var()) < 0.04
    # A normal variable: kurtosis 3.
    assert (noise**4).mean() / noise.var() ** 2 == pytest.approx(3.0, abs=0.15)


def test_hot_pixels_are_stuck_and_as_many_as_asked(raw):
    sensor = Sensor(hot_pixels=0.01)
    one, two = (raw(replace(sensor, noise_seed=seed), flat(0.0, (128, 128))) for seed in range(2))
    stuck = one > 0.45 * gain_of(sensor).highest_level
    assert stuck.mean() == pytest.approx(0.01, abs=0.003)
    assert (one[stuck] == two[stuck]).all()


def test_the_exposure_value_gives_the_iso_speed_within_the_sensors_range():
    assert iso_speed(Optics(f_number=16.0, exposure_time_s=1 / 128), 15.0) == pytest.approx(100.0)
    sensor = Sensor(full_well_e=12_000.0, base_iso=100.0, max_iso=3200.0)
    at = {ev: sensor_gain(sensor, OPTICS, replace(LINEAR, ev100=ev), ev) for ev in (-2.0, 5.0, 8.0, 12.0)}
    assert [at[ev].iso for ev in at] == pytest.approx([3200.0, 800.0, 100.0, 100.0])
    assert at[5.0].white_e == pytest.approx(12_000 / 8)
    # Too dark for the highest speed: five stops too few; bright enough: white is the luminance that saturates.
    assert at[-2.0].exposed_per_cd_m2 * white_luminance(-2.0) == pytest.approx(1 / 32)
    assert at[12.0].exposed_per_cd_m2 * white_luminance(12.0) == pytest.approx(1.0)


def test_too_little_light_leaves_the_picture_dark(picture):
    night = replace(LINEAR, ev100=2.0)
    light = np.full((32, 32, 3), 0.5 * white_luminance(2.0), np.float32)
    able = picture(Sensor(max_iso=6400.0), light, night)
    limited = picture(Sensor(max_iso=400.0), light, night)
    assert able.mean() == pytest.approx(188, abs=3)
    assert limited.mean() == pytest.approx(255 * srgb_from_linear(np.array(0.5 / 16)), abs=3)


@pytest.mark.parametrize("bayer", [*PATTERNS, None])
def test_filters_and_order_of_rows_and_columns(raw, bayer):
    rng = rng_for(1, 0, "test.mosaic")
    light = (rng.uniform(0.1, 0.9, (13, 18, 3)) * white_luminance(8.0)).astype(np.float32)
    sensor = replace(QUIET, bayer=bayer)
    gain = gain_of(sensor)
    found = (raw(sensor, light).astype(np.float64) - gain.black_level) / (gain.highest_level - gain.black_level)
    expected = light / white_luminance(8.0)
    if bayer is not None:
        colours = np.array(["rgb".index(letter) for letter in bayer]).reshape(2, 2)
        rows, columns = np.mgrid[0:13, 0:18]
        expected = expected[rows, columns, colours[rows % 2, columns % 2]]
    np.testing.assert_allclose(found, expected, atol=3e-4)


#: Figure 2 of Malvar, He and Cutler (2004), eighths: green where red or blue is; red where green is, in a row of reds;
#: the same in a column of reds; red where blue is.
_GREEN = np.array([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]]) / 8
_ROW = np.array([[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]) / 8
_SLANT = np.array([[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]) / 8
_KERNELS = {
    "malvar": (_GREEN, _ROW, _ROW.T, _SLANT),
    "bilinear": tuple(
        np.pad(np.array(kernel) / 4, 1)
        for kernel in (
            [[0, 1, 0], [1, 0, 1], [0, 1, 0]],
            [[0, 0, 0], [2, 0, 2], [0, 0, 0]],
            [[0, 2, 0], [0, 0, 0], [0, 2, 0]],
            [[1, 0, 1], [0, 0, 0], [1, 0, 1]],
        )
    ),
}


def convolve(plane, kernel):
    return cv2.filter2D(plane, cv2.CV_64F, np.asarray(kernel, float), borderType=cv2.BORDER_REFLECT_101)


def filters_at(bayer, shape):
    """The colour of each pixel's filter, and that of the pixel to the right."""
    rows, columns = np.indices(shape)
    pattern = np.array(list(bayer)).reshape(2, 2)
    return pattern[rows % 2, columns % 2], pattern[rows % 2, (columns + 1) % 2]


def demosaic_along_edges(mosaic, bayer):
    """Hamilton and Adams with the two directions weighted by one over their squared steps."""
    letters, right = filters_at(bayer, mosaic.shape)
    greens, weights = [], []
    for turned in (np.asarray, np.transpose):
        bend = convolve(mosaic, turned([[-1, 0, 2, 0, -1]]))
        greens.append(convolve(mosaic, turned([[0.5, 0, 0.5]])) + bend / 4)
        weights.append(1 / ((np.abs(convolve(mosaic, turned([[-1, 0, 1]]))) + np.abs(bend)) ** 2 + 1e-4))
    green = np.where(letters == "g", mosaic, np.average(greens, axis=0, weights=weights))
    difference = mosaic - green
    across, along = convolve(difference, [[0.5, 0, 0.5]]), convolve(difference, [[0.5], [0], [0.5]])
    slant = convolve(difference, np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]]) / 4)
    planes = [
        green
        + np.select([letters == own, letters == other], [difference, slant], np.where(right == own, across, along))
        for own, other in (("r", "b"), ("b", "r"))
    ]
    return np.stack([planes[0], green, planes[1]], -1)


def demosaic_by_definition(mosaic, bayer, method):
    """Every kernel over the whole picture, then the one that fits at each pixel."""
    if method == "hamilton_adams":
        return demosaic_along_edges(mosaic, bayer)
    green, row, column, slant = (convolve(mosaic, kernel) for kernel in _KERNELS[method])
    letters, right = filters_at(bayer, mosaic.shape)
    planes = []
    for colour, opposite in (("r", "b"), ("b", "r")):
        beside = np.where(right == colour, row, column)
        planes.append(np.select([letters == colour, letters == opposite], [mosaic, slant], beside))
    return np.stack([planes[0], np.where(letters == "g", mosaic, green), planes[1]], -1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bayer", PATTERNS)
@pytest.mark.parametrize("size_hw", [(24, 30), (25, 31)])
def test_demosaicing_is_the_published_one(raw, picture, method, bayer, size_hw):
    rng = rng_for(2, 0, "test.demosaic")
    light = (rng.uniform(0.05, 0.8, (*size_hw, 3)) * white_luminance(8.0)).astype(np.float32)
    sensor = replace(QUIET, bayer=bayer, demosaic=method)
    gain = gain_of(sensor)
    mosaic = (raw(sensor, light).astype(np.float64) - gain.no_light_level) * gain.exposed_per_level
    expected = srgb_from_linear(demosaic_by_definition(mosaic, bayer, method)) * 255
    found = picture(sensor, light).astype(np.float64)
    assert np.abs(found - expected).max() <= 0.75
    wrong = demosaic_by_definition(mosaic, PATTERNS[PATTERNS.index(bayer) - 1], method)
    assert np.abs(found - srgb_from_linear(wrong) * 255).max() > 20


@pytest.mark.parametrize("method", METHODS)
def test_demosaicing_keeps_constants_and_gradients(picture, method):
    sensor = replace(QUIET, demosaic=method)
    colour = np.array([0.5, 0.3, 0.1]) * white_luminance(8.0)
    constant = picture(sensor, np.broadcast_to(colour, (20, 22, 3)).astype(np.float32))
    assert (np.abs(constant - srgb_from_linear(np.array([0.5, 0.3, 0.1])) * 255) <= 1).all()
    rows, columns = np.mgrid[0:40, 0:44]
    ramp = (0.2 + 0.008 * columns + 0.004 * rows)[..., None] * np.array([1.0, 0.8, 0.6])
    found = picture(sensor, (ramp * white_luminance(8.0)).astype(np.float32))
    assert np.abs(found - srgb_from_linear(ramp) * 255)[2:-2, 2:-2].max() <= 1


def hard_edges():
    """Shares of the light that saturates: bars, slanting edges and discs, coloured and grey, with no blur at all."""
    rgb = np.zeros((160, 200, 3), np.float32)
    rgb[:] = (0.12, 0.14, 0.1)
    rng = rng_for(7, 0, "test.edges")
    for _ in range(60):
        colour = rng.uniform(0.02, 0.7, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0.02, 0.7))
        x, y = rng.integers(0, 200), rng.integers(0, 160)
        corners = np.array([x, y]) + rng.integers(-40, 40, (4, 2))
        cv2.fillConvexPoly(rgb, cv2.convexHull(corners.astype(np.int32)), colour.tolist())
    return rgb * np.float32(white_luminance(8.0))


def dots(found, expected):
    """How many pixels' luma stands out of its neighbourhood by 12 levels more than it should."""
    error = (found.astype(np.float64) - expected) @ [0.299, 0.587, 0.114]
    return int((np.abs(error - cv2.medianBlur(error.astype(np.float32), 3)) > 12).sum())


def test_edges_have_few_dots_behind_a_low_pass_filter_and_with_demosaicing_along_them(picture):
    light = hard_edges()
    counts = {}
    for method in METHODS:
        for low_pass in (0.0, 0.5):
            sensor = replace(QUIET, demosaic=method, low_pass_px=low_pass)
            aside = low_pass**2 / 2
            kernel = np.array([aside, 1 - 2 * aside, aside])
            blurred = cv2.sepFilter2D(light, cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
            expected = srgb_from_linear(blurred / white_luminance(8.0)) * 255
            counts[method, low_pass] = dots(picture(sensor, light), expected)
    assert counts["hamilton_adams", 0.5] < 0.35 * counts["malvar", 0.0]
    assert counts["hamilton_adams", 0.5] < 0.8 * counts["malvar", 0.5]
    assert counts["hamilton_adams", 0.0] < counts["malvar", 0.0] < counts["bilinear", 0.0]


@pytest.mark.parametrize("bayer", PATTERNS)
def test_the_low_pass_filter_spreads_a_point_by_the_variance_that_was_set(raw, bayer):
    sensor = replace(QUIET, bayer=bayer, low_pass_px=0.6)
    gain = gain_of(sensor)
    light = np.zeros((12, 14, 3), np.float32)
    # In all colours at once, so that the mosaic is the blurred picture whatever filter a pixel has.
    light[5, 6] = 0.8 * white_luminance(8.0)
    found = (raw(sensor, light) - gain.black_level) / (gain.highest_level - gain.black_level)
    rows, columns = np.indices(found.shape)
    assert found.sum() == pytest.approx(0.8, rel=1e-3)
    for places, middle in ((rows, 5), (columns, 6)):
        assert (found * (places - middle)).sum() == pytest.approx(0.0, abs=1e-3)
        assert (found * (places - middle) ** 2).sum() / found.sum() == pytest.approx(0.36, rel=1e-3)
    # Also at the mirrored borders; shot noise of 1e9 electrons is a level or two.
    even = raw(sensor, flat(0.4, (13, 15))).astype(int)
    assert np.abs(even - np.median(even)).max() < 8


def test_a_grey_edge_stays_grey_under_any_white_balance(picture):
    """Colours are balanced before they are compared: a grey edge in warm light has no coloured fringe."""
    balance = (0.8, 1.0, 1.6)
    share = np.where(np.arange(40) < 20, 0.05, 0.5)[None, :, None] / np.array(balance)
    light = np.broadcast_to(share * white_luminance(8.0), (24, 40, 3)).astype(np.float32)
    exposure = replace(LINEAR, white_balance_rgb=balance)
    found = picture(replace(QUIET, low_pass_px=0.5), light, exposure).astype(int)
    assert np.ptp(found[4:-4, 4:-4], axis=2).max() <= 12
    assert np.abs(found[:, [5, 35]] - srgb_from_linear(np.array([[0.05], [0.5]])) * 255).max() <= 1


def test_mid_grey_is_as_clean_by_day_and_as_noisy_by_night_as_cameras_make_it(picture):
    """The average scene at base speed: 35 to 40 dB in the picture; six stops later the noise is plain to see."""
    filmic = replace(LINEAR, tone_curve="filmic")
    base = Sensor()

    def ratio_db(sensor, optics=OPTICS):
        found = picture(sensor, flat(FILMIC.middle_in, (256, 256)), filmic, optics)[..., 1].astype(np.float64)
        assert found.mean() == pytest.approx(127, abs=4)
        return 20 * np.log10(found.mean() / found.std())

    assert 35 < ratio_db(base) < 40
    night = replace(OPTICS, exposure_time_s=OPTICS.exposure_time_s / 64)
    assert 14 < ratio_db(base, night) < 20


def test_without_noise_the_sensor_gives_what_the_tone_curve_alone_gives(picture):
    """White balance once, the same curve, and blown highlights white in spite of unequal gains."""
    shares = np.repeat(np.linspace(-1.0, 8.0, 64).clip(0.0)[None, :, None], 3, axis=2).repeat(4, axis=0)
    light = (shares * white_luminance(8.0)).astype(np.float32)
    exposure = replace(LINEAR, tone_curve="filmic", white_balance_rgb=(1.25, 1.0, 0.7))
    for bayer in ("rggb", None):
        found = picture(replace(QUIET, bayer=bayer), light, exposure).astype(int)
        ends = found[:, [0, -1]]
        assert (ends == [[[0, 0, 0], [255, 255, 255]]]).all()
        if bayer is None:
            toned = filmic_tone(np.minimum(shares, FILMIC.white_in / 0.7) * exposure.white_balance_rgb)
            assert np.abs(found - srgb_from_linear(toned) * 255).max() <= 1


def test_nothing_is_done_where_nothing_is_asked():
    rgb = rng_for(3, 0, "test.finish").integers(0, 256, (30, 40, 3), dtype=np.uint8)
    noise = np.full(256, 3.0, np.float32)
    assert reduce_noise(rgb, 0.0, noise) is rgb
    assert sharpen(rgb, 0.0) is rgb
    assert compress(rgb, None) is rgb


def test_noise_reduction_lowers_noise_and_keeps_edges(picture):
    light = flat(0.05, (120, 160))
    light[:, 80:] *= 6
    sensor = Sensor(full_well_e=2000.0)
    noisy = picture(sensor, light).astype(np.float64)
    clean = picture(replace(sensor, denoise=1.0), light).astype(np.float64)
    for side in (slice(4, 74), slice(86, 156)):
        assert clean[:, side].std() < 0.55 * noisy[:, side].std()
        assert clean[:, side].mean() == pytest.approx(noisy[:, side].mean(), abs=1.0)
    step = clean.mean(axis=(0, 2))
    assert step[82:86].mean() - step[74:78].mean() > 0.9 * (step[100:150].mean() - step[10:60].mean())


def test_the_noise_that_is_expected_is_the_noise_that_comes(picture):
    sensor = replace(Sensor(full_well_e=3000.0, bayer=None), prnu=0.0, dsnu_e=0.0)
    exposure = replace(LINEAR, tone_curve="filmic")
    expected = expected_noise(sensor, exposure, sensor_gain(sensor, OPTICS, exposure, 8.0))
    for share in (0.03, 0.1, 0.3, 1.0):
        found = picture(sensor, flat(share, (128, 128)), exposure).astype(np.float64)
        level = found.mean()
        assert found.std() == pytest.approx(np.hypot(expected[round(level)], 0.29), rel=0.12)


def test_sharpening_steepens_edges_and_leaves_flat_parts(picture):
    rgb = np.full((20, 40, 3), 80, np.uint8)
    rgb[:, 20:] = 160
    rgb = cv2.GaussianBlur(rgb, (0, 0), 1.0)
    sharp = sharpen(rgb, 1.0).astype(int)
    assert (sharp[:, :10] == 80).all()
    assert (sharp[:, 30:] == 160).all()
    assert sharp[10, 22, 0] > rgb[10, 22, 0]
    assert sharp[10, 17, 0] < rgb[10, 17, 0]


def test_compression_is_that_of_the_quality(picture):
    rng = rng_for(4, 0, "test.jpeg")
    rgb = cv2.GaussianBlur(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8), (0, 0), 2.0)
    errors = [np.abs(compress(rgb, quality).astype(int) - rgb).mean() for quality in (100, 80, 20)]
    assert 0 < errors[0] < errors[1] < errors[2] < 12


def test_the_whole_chain_repeats_byte_for_byte(tools, picture):
    light = (rng_for(5, 0, "test.chain").uniform(0.0, 1.2, (48, 64, 3)) * white_luminance(8.0)).astype(np.float32)
    sensor = Sensor(denoise=0.4, sharpening=0.5, jpeg_quality=85, hot_pixels=0.001)
    first = picture(sensor, light)
    assert (picture(sensor, light) == first).all()
    assert (picture(replace(sensor, noise_seed=1), light) != first).any()
    plain = picture(replace(sensor, denoise=0.0, sharpening=0.0, jpeg_quality=None), light)
    camera = Camera(
        size_wh=(64, 48), focal_xy_px=(80.0, 80.0), centre_xy_px=(32.0, 24.0), position_m=(0.0, 0.0, 0.0),
        rotation_wxyz=(1.0, 0.0, 0.0, 0.0), exposure=LINEAR, optics=OPTICS, sensor=sensor,
    )  # fmt: skip
    assert (finish_picture(Scene(camera=camera), gain_of(sensor), plain) == first).all()
