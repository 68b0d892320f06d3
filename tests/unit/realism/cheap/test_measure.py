from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.streams import rng_for
from synthvision.features.photos import open_photos
from synthvision.realism.cheap.compression import compress_picture, file_quality, pixel_quality
from synthvision.realism.cheap.measure import camera_settings, measure_photos
from synthvision.realism.cheap.noise import LEVELS, NoiseCurve, add_noise, lacking_noise, measure_noise, pooled_noise
from synthvision.realism.cheap.sharpness import blur_picture, edge_variance, measure_blur
from synthvision.realism.cheap.white_balance import MIRED_SLOPE, apply_tint, measure_tint
from synthvision.sampling.camera_config import Device, ExposureSpec
from synthvision.sampling.colours import balance_gains

#: Luma's share of noise that is the same in each channel.
_LUMA = np.sqrt(0.299**2 + 0.587**2 + 0.114**2)


def blurred(rgb: np.ndarray, sigma: float) -> np.ndarray:
    return np.clip(np.rint(cv2.GaussianBlur(rgb.astype(np.float64), (0, 0), sigma)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [0.6, 0.8, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("noise", [0.0, 1.5])
def test_planted_blur_is_found(polygons, noisy, sigma: float, noise: float) -> None:
    found = measure_blur(noisy(blurred(polygons(0), sigma), noise))
    assert found == pytest.approx(sigma, abs=0.2)


@pytest.mark.parametrize("turn", [0.05, 0.4, 0.8])
def test_an_edge_of_any_direction_is_measured_alike(turn: float) -> None:
    y, x = np.mgrid[0 : 160 * 6, 0 : 160 * 6] / 6 - 80
    step = np.where(x * np.cos(turn) + y * np.sin(turn) > 0, 200.0, 60.0).astype(np.float32)
    small = cv2.resize(step, (160, 160), interpolation=cv2.INTER_AREA)
    rgb = np.repeat(blurred(small, 1.0)[..., None], 3, axis=2)
    assert measure_blur(rgb) == pytest.approx(1.0, abs=0.07)


def test_blurs_add_as_variances(polygons) -> None:
    once = blurred(polygons(0), 0.8)
    more = edge_variance(blur_picture(once, 0.9))
    assert more - edge_variance(once) == pytest.approx(0.81, abs=0.25)
    assert measure_blur(polygons(0)) < 0.4
    assert measure_blur(np.full((64, 64, 3), 90, np.uint8)) is None
    np.testing.assert_array_equal(blur_picture(once, 0.1), once)
    grey = blur_picture(np.repeat(np.tile([0, 255], (8, 40))[..., None], 3, axis=2).astype(np.uint8), 3.0)
    # Half the light is more than half the level: sRGB 188.
    np.testing.assert_allclose(grey[:, 20:60], 188, atol=1)


@pytest.mark.parametrize("sigma", [1.0, 3.0, 8.0])
def test_planted_noise_is_found(polygons, noisy, sigma: float) -> None:
    curve = pooled_noise(noisy(polygons(k), sigma, k) for k in range(3))
    known = np.isfinite(curve.fine_lc[:, 0])
    assert known.sum() >= 4
    np.testing.assert_allclose(curve.fine_lc[known, 0], sigma * _LUMA, rtol=0.1)
    np.testing.assert_allclose(curve.coarse_lc[known, 0], sigma * _LUMA / 2, rtol=0.12)


def test_noise_that_follows_brightness_is_found(polygons, noisy) -> None:
    by_level = 1 + np.arange(256) / 40
    pictures = []
    for k in range(6):
        level = polygons(k, 320, 10, 245)[..., :1]
        pictures.append(noisy(np.repeat(level, 3, axis=2), by_level, k))
    curve = pooled_noise(pictures)
    known = np.isfinite(curve.fine_lc[:, 0])
    assert known.sum() >= 6
    np.testing.assert_allclose(curve.fine_lc[known, 0], (1 + LEVELS[known] / 40) * _LUMA, rtol=0.18)
    assert (np.diff(curve.fine_lc[known, 0]) > 0).all()


def test_fine_texture_is_not_all_taken_for_noise_and_none_is_none(polygons) -> None:
    clean = measure_noise(polygons(0))
    assert np.nanmax(clean.fine_lc) < 0.3
    assert not measure_noise(np.full((64, 64, 3), 255, np.uint8)).known
    assert not measure_noise(np.full((9, 9, 3), 90, np.uint8)).known
    np.testing.assert_array_equal(measure_noise(np.full((9, 9, 3), 90, np.uint8)).filled().fine_lc, 0)


@pytest.mark.parametrize(("fine", "coarse"), [(2.0, 1.0), (2.0, 1.8), (4.0, 2.0)])
def test_added_noise_is_what_is_measured_again(polygons, fine: float, coarse: float) -> None:
    curve = NoiseCurve(np.full((8, 2), fine), np.full((8, 2), coarse))
    pictures = [add_noise(polygons(k), curve, rng_for(0, k, "test")) for k in range(3)]
    found = pooled_noise(pictures)
    known = np.isfinite(found.fine_lc[:, 0])
    np.testing.assert_allclose(found.fine_lc[known], fine, rtol=0.1)
    np.testing.assert_allclose(found.coarse_lc[known], coarse, rtol=0.15)


def test_only_lacking_noise_is_added() -> None:
    own = NoiseCurve(np.full((8, 2), 3.0), np.full((8, 2), 1.5))
    wanted = NoiseCurve(np.full((8, 2), 5.0), np.full((8, 2), 1.0))
    lacking = lacking_noise(own, wanted, 1.0)
    np.testing.assert_allclose(lacking.fine_lc, 4.0)
    np.testing.assert_allclose(lacking.coarse_lc, 0.0)
    np.testing.assert_allclose(lacking_noise(own, wanted, 0.25).fine_lc, 2.0)


@pytest.mark.parametrize("quality", [30, 50, 75, 85, 92, 96])
def test_planted_compression_is_found(polygons, noisy, tmp_path: Path, quality: int) -> None:
    rgb = noisy(blurred(polygons(0), 0.7), 2.0)
    path = tmp_path / "a.jpg"
    Image.fromarray(rgb).save(path, quality=quality)
    assert file_quality(path) == quality
    decoded = compress_picture(rgb, quality)
    assert pixel_quality(decoded) == pytest.approx(quality, abs=2)


def test_what_was_never_compressed_has_no_quality(polygons, noisy, tmp_path: Path) -> None:
    for rgb in (polygons(0), noisy(polygons(1), 3.0), np.full((64, 64, 3), 90, np.uint8), polygons(0)[:5, :5]):
        assert pixel_quality(rgb) is None
    path = tmp_path / "a.png"
    Image.fromarray(polygons(0)).save(path)
    assert file_quality(path) is None


def test_planted_tints_are_found(polygons) -> None:
    rgb = polygons(0, 128, low=30, high=170)
    before = measure_tint(rgb)
    for tint in ((0.2, -0.1), (-0.15, 0.25)):
        after = measure_tint(apply_tint(rgb, tint))
        np.testing.assert_allclose(np.subtract(after, before), tint, atol=0.02)
    assert measure_tint(np.repeat(rgb[..., :1], 3, axis=2)) == pytest.approx((0, 0), abs=1e-9)
    assert measure_tint(np.full((64, 64, 3), 255, np.uint8)) is None


def test_mired_are_those_of_the_camera_of_scene_files() -> None:
    for error in (-40, -10, 10, 40):
        red, _, blue = balance_gains((1.0, 1.0, 1.0), 1.0, error)
        assert np.log(red / blue) / MIRED_SLOPE == pytest.approx(error, rel=0.05)


def test_settings_bring_back_a_planted_camera(save, polygons) -> None:
    """Shot and read noise behind a linear tone curve, a tint of 25 mired and JPEG at 90 to 94."""
    full_well, read_noise = 4_000.0, 20.0
    red, green, blue = balance_gains((1.0, 1.0, 1.0), 1.0, 25.0)
    pictures = []
    for k in range(10):
        grey = np.repeat(polygons(k, 320, 20, 200)[..., :1], 3, axis=2)
        encoded = blurred(grey, 1.0) / 255
        linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4) * (red, green, blue)
        noise = np.sqrt(linear * full_well + read_noise**2) * rng_for(2, k, "test").standard_normal(linear.shape)
        linear = np.clip(linear + noise / full_well, 0, 1)
        level = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
        pictures.append(np.rint(level).astype(np.uint8))
    settings = camera_settings(open_photos(save(pictures)))
    assert settings["camera.sensor.full_well_e"] == pytest.approx(full_well, rel=0.2)
    assert settings["camera.sensor.read_noise_e"] == pytest.approx(read_noise, rel=0.3)
    low, high = settings["camera.optics.blur_px"]["uniform"]
    assert low == pytest.approx(1.0, abs=0.3)
    assert high == pytest.approx(1.0, abs=0.3)
    assert settings["exposure.white_balance.error_mired"]["normal"]["mean"] == pytest.approx(25, abs=6)
    assert "camera.sensor.jpeg_quality" not in settings
    # All of it is a scene file's: the models that read one take it.
    Device.model_validate(nested(settings)["camera"])
    ExposureSpec.model_validate(nested(settings)["exposure"])


def test_settings_of_compressed_photos_have_their_quality(save, polygons) -> None:
    settings = camera_settings(open_photos(save([polygons(k, 96) for k in range(4)], suffix="jpg", quality=87)))
    assert settings["camera.sensor.jpeg_quality"] == 87
    scaled = camera_settings(open_photos(save([polygons(0, 96)])), longer_side_px=64)
    assert "camera.sensor.jpeg_quality" not in scaled
    blank = camera_settings(open_photos(save([np.full((64, 64, 3), 255, np.uint8)], name="blank")))
    assert blank == {}


def test_the_digest_of_measures_follows_the_photos(save, polygons) -> None:
    first = measure_photos(open_photos(save([polygons(k, 96) for k in range(2)], name="a"))).digest()
    again = measure_photos(open_photos(save([polygons(k, 96) for k in range(2)], name="b"))).digest()
    other = measure_photos(open_photos(save([polygons(k, 96) for k in range(3)], name="c"))).digest()
    assert first == again != other


def nested(settings: dict[str, object]) -> dict[str, dict[str, object]]:
    tree: dict = {}
    for path, value in settings.items():
        *folders, last = path.split(".")
        place = tree
        for name in folders:
            place = place.setdefault(name, {})
        place[last] = value
    return tree
