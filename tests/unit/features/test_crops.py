from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.features.crops import LabelledPicture, crop_square, matched_crops, object_crops, photo_pictures
from synthvision.features.photos import PhotoBox, Photos


def pictures(names: list[str], value: int) -> Iterator[LabelledPicture]:
    for number, name in enumerate(names):
        yield np.full((50, 60, 3), value + number, np.uint8), [(5, 5, 30, 25)], [name]


def test_a_crop_inside_the_picture_is_its_pixels() -> None:
    rgb = np.arange(60 * 50 * 3, dtype=np.uint32).reshape(50, 60, 3).astype(np.uint8)
    # 20 long and a tenth on each side: 24, about (20, 25).
    crop = crop_square(rgb, (10, 18, 30, 32), side=24, padding=0.1)
    np.testing.assert_array_equal(crop, rgb[13:37, 8:32])


def test_beyond_its_edges_a_picture_is_mirrored_as_often_as_needed() -> None:
    rgb = np.repeat(np.array([[10, 20, 30]], np.uint8)[..., None], 3, axis=2)
    crop = crop_square(rgb, (0, 0, 3, 1), side=9, padding=1.0)
    # Columns -3 to 5 of one that is three wide.
    np.testing.assert_array_equal(crop[4, :, 0], [20, 30, 20, 10, 20, 30, 20, 10, 20])
    assert (crop == crop[:1]).all()


def test_an_empty_box_is_refused() -> None:
    with pytest.raises(UsageError, match="x2 above x1"):
        crop_square(np.zeros((9, 9, 3), np.uint8), (3, 3, 3, 5), side=8, padding=0)


def test_small_objects_are_left_out() -> None:
    rgb = np.zeros((50, 50, 3), np.uint8)
    crops = list(object_crops([(rgb, [(0, 0, 11, 11), (0, 0, 12, 4)], ["a", "b"])], side=16))
    assert [crop.category for crop in crops] == ["b"]
    assert crops[0].rgb_hwc.shape == (16, 16, 3)
    with pytest.raises(UsageError, match="each box must have a class"):
        list(object_crops([(rgb, [(0, 0, 12, 12)], [])]))


def test_matched_sets_have_the_same_classes_in_the_same_numbers() -> None:
    real = ["a"] * 9 + ["b"] * 2 + ["only_real"] * 4
    other = ["a"] * 5 + ["b"] * 30 + ["only_other"]
    first, second = matched_crops(pictures(real, 0), pictures(other, 100), side=8, most_per_class=4)
    assert Counter(crop.category for crop in first) == {"a": 4, "b": 2}
    assert Counter(crop.category for crop in second) == {"a": 4, "b": 2}
    assert all(crop.rgb_hwc.max() < 100 for crop in first)
    assert all(crop.rgb_hwc.min() >= 100 for crop in second)


def test_the_draw_is_fair_and_the_same_again() -> None:
    def drawn(seed: int) -> list[int]:
        first, _ = matched_crops(pictures(["a"] * 40, 0), pictures(["a"] * 5, 0), side=8, most_per_class=8, seed=seed)
        return [int(crop.rgb_hwc[0, 0, 0]) for crop in first]

    assert drawn(1) == drawn(1)
    counts = Counter(value for seed in range(160) for value in drawn(seed))
    # 160 draws of 5 of 40: each 20 times, give or take 4.2.
    assert set(counts) == set(range(40))
    assert max(counts.values()) < 20 + 4 * 4.2
    assert min(counts.values()) > 20 - 4 * 4.2


def test_sets_without_a_class_in_common_are_refused() -> None:
    with pytest.raises(UsageError, match="got a and b"):
        matched_crops(pictures(["a"], 0), pictures(["b"], 0))


def test_photos_give_their_boxes(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 30, 3), 7, np.uint8)).save(tmp_path / "a.png")
    photos = Photos(tmp_path, (tmp_path / "a.png",), ((PhotoBox("ace", (1.0, 2.0, 15.0, 16.0)),),))
    ((rgb, boxes, names),) = photo_pictures(photos)
    assert rgb.shape == (20, 30, 3)
    assert (boxes, names) == ([(1.0, 2.0, 15.0, 16.0)], ["ace"])
