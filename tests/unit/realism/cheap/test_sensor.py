from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from synthvision.realism.cheap.compression import pixel_quality
from synthvision.realism.cheap.config import SensorMatchSpec
from synthvision.realism.cheap.noise import measure_noise, pooled_noise
from synthvision.realism.cheap.sensor import SensorRefiner
from synthvision.realism.cheap.sharpness import measure_blur
from synthvision.realism.cheap.white_balance import apply_tint, measure_tint

_OFF = {"blur": False, "noise": False, "jpeg": False, "white_balance": 0.0}


def refiner(folder: Path, **options: object) -> SensorRefiner:
    return SensorRefiner(SensorMatchSpec(kind="sensor", reference="real", **options), folder, "cpu")


def only(folder: Path, **options: object) -> SensorRefiner:
    return refiner(folder, **{**_OFF, **options})


def blurred(rgb: np.ndarray, sigma: float) -> np.ndarray:
    return np.clip(np.rint(cv2.GaussianBlur(rgb.astype(np.float64), (0, 0), sigma)), 0, 255).astype(np.uint8)


def test_lacking_blur_is_put_in_and_soft_pictures_stay(polygons, item, save, tmp_path: Path) -> None:
    save([blurred(polygons(k), 1.2) for k in range(3)])
    made = only(tmp_path, blur=True)
    sharp, soft = blurred(polygons(8), 0.5), blurred(polygons(8), 2.0)
    results = made.refine([item(sharp), item(soft)])
    assert measure_blur(results[0]) == pytest.approx(1.2, abs=0.25)
    np.testing.assert_array_equal(results[1], soft)


def test_lacking_noise_is_put_in_and_noisy_pictures_stay(polygons, noisy, item, save, tmp_path: Path) -> None:
    save([noisy(polygons(k), 4.0, k) for k in range(4)])
    made = only(tmp_path, noise=True)
    results = made.refine([item(polygons(8 + k), frame=k) for k in range(3)])
    known = np.isfinite(pooled_noise(results).fine_lc[:, 0])
    np.testing.assert_allclose(pooled_noise(results).fine_lc[known, 0], 4 * 0.668, rtol=0.12)
    rough = noisy(polygons(9), 8.0, 9)
    before, after = (np.nanmedian(measure_noise(rgb).fine_lc[:, 0]) for rgb in (rough, made.refine([item(rough)])[0]))
    assert after == pytest.approx(before, rel=0.02)


def test_pictures_are_compressed_as_the_photos_were(polygons, noisy, item, save, tmp_path: Path) -> None:
    save([noisy(polygons(k), 2.0, k) for k in range(2)], suffix="jpg", quality=60)
    rgb = noisy(polygons(8), 2.0, 8)
    assert pixel_quality(only(tmp_path, jpeg=True).refine([item(rgb)])[0]) == pytest.approx(60, abs=2)
    assert pixel_quality(only(tmp_path, jpeg=True, strength=0.5).refine([item(rgb)])[0]) == pytest.approx(80, abs=2)


def test_the_tint_goes_part_of_the_way_and_no_farther_than_its_limit(polygons, item, save, tmp_path: Path) -> None:
    rgb = polygons(0, 128, low=40, high=160)
    save([apply_tint(rgb, (0.1, -0.1))])
    before = measure_tint(rgb)
    for share in (0.5, 1.0):
        after = measure_tint(only(tmp_path, white_balance=share).refine([item(rgb)])[0])
        np.testing.assert_allclose(np.subtract(after, before), (0.1 * share, -0.1 * share), atol=0.02)
    save([apply_tint(rgb, (0.5, 0.0))])
    after = measure_tint(only(tmp_path, white_balance=1.0).refine([item(rgb)])[0])
    assert after[0] - before[0] == pytest.approx(0.2, abs=0.02)


def test_edges_stay_where_they_are(polygons, noisy, item, save, tmp_path: Path) -> None:
    save([noisy(blurred(polygons(k), 1.0), 2.0, k) for k in range(2)], suffix="jpg", quality=80)
    step = np.full((96, 96, 3), 60, np.uint8)
    step[:, 41:] = 190
    step[30:50, 60:] = 120
    encoded = refiner(tmp_path).refine([item(step)])[0] / 255
    # A lens blurs light, not levels.
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    rows = light[60:90].mean(axis=(0, 2))
    # The edge lies where its gradient has its centre: between the centres of pixels 40 and 41.
    slope = np.diff(rows)[30:52]
    assert (slope * (np.arange(30, 52) + 0.5)).sum() / slope.sum() == pytest.approx(40.5, abs=0.25)


def test_it_depends_on_the_frame_alone(polygons, noisy, item, save, tmp_path: Path) -> None:
    save([noisy(blurred(polygons(k, 128), 0.5 + k / 4), 2.0, k) for k in range(4)], suffix="jpg", quality=80)
    pictures = [item(polygons(9, 128), frame=frame) for frame in range(4)]
    together = refiner(tmp_path).refine(pictures)
    np.testing.assert_array_equal(refiner(tmp_path).refine(pictures[2:3])[0], together[2])
    assert len({picture.tobytes() for picture in together}) == 4
    other = refiner(tmp_path).refine([item(polygons(9, 128), seed=4)])[0]
    assert (other != together[0]).any()


def test_strength_0_is_the_picture(polygons, item, save, tmp_path: Path) -> None:
    save([polygons(0, 96)], suffix="jpg", quality=40)
    rgb = polygons(1, 96)
    np.testing.assert_array_equal(refiner(tmp_path, strength=0).refine([item(rgb)])[0], rgb)


def test_photos_that_tell_nothing_change_nothing(polygons, item, save, tmp_path: Path) -> None:
    save([np.full((64, 64, 3), 255, np.uint8)])
    rgb = polygons(1, 96)
    np.testing.assert_array_equal(refiner(tmp_path).refine([item(rgb)])[0], rgb)


def test_what_the_manifest_says(polygons, save, tmp_path: Path) -> None:
    save([polygons(k, 96) for k in range(3)])
    made = refiner(tmp_path, photo_side_px=64)
    (entry,) = made.models
    assert (entry.kind, entry.real_photos, entry.strength) == ("sensor", 3, 1.0)
    assert entry.sha256 != refiner(tmp_path).models[0].sha256
    assert made.needs == frozenset()
    assert made.smallest_px == 0
    made.close()
