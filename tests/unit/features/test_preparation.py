"""One form for pictures, and plain measures of them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.features.crops import matched_boxes
from synthvision.features.measures import MEASURES, MeasuresExtractor, picture_measures
from synthvision.features.photos import PhotoBox, Photos
from synthvision.features.preparation import Preparation, file_compressions

RGB = cv2.GaussianBlur(rng_for(1, 0, "test.preparation").integers(0, 256, (60, 100, 3)).astype(np.uint8), (0, 0), 3)


def test_forms_of_pictures_that_are_not_square() -> None:
    assert Preparation(30).picture(RGB).shape == (30, 30, 3)
    np.testing.assert_array_equal(Preparation(60).picture(RGB), RGB[:, 20:80])
    assert Preparation(30, "squash").picture(RGB).shape == (30, 30, 3)
    assert Preparation(50, "whole").picture(RGB).shape == (30, 50, 3)
    # Never enlarged.
    np.testing.assert_array_equal(Preparation(500, "whole").picture(RGB), RGB)
    assert Preparation(24).crop(RGB, (10, 10, 30, 20)).shape == (24, 24, 3)


def test_a_picture_stored_as_jpeg_and_one_stored_without_loss_come_out_nearly_alike(tmp_path: Path) -> None:
    """Through one JPEG at the compared size the difference must fall."""
    Image.fromarray(RGB).save(tmp_path / "a.jpg", quality=60)
    stored = np.array(Image.open(tmp_path / "a.jpg"))
    plain, same = Preparation(40), Preparation(40, jpeg_quality=60)
    assert not np.array_equal(plain.picture(RGB), plain.picture(stored))
    before = np.abs(picture_measures(plain.picture(RGB)) - picture_measures(plain.picture(stored)))
    after = np.abs(picture_measures(same.picture(RGB)) - picture_measures(same.picture(stored)))
    assert after[list(MEASURES).index("noise")] <= before[list(MEASURES).index("noise")]
    assert plain.identity != same.identity


def test_compressions_are_read_from_the_content_not_the_name(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.png", "JPEG")
    Image.fromarray(RGB).save(tmp_path / "b.png")
    Image.fromarray(RGB).save(tmp_path / "c.webp")
    assert file_compressions(sorted(tmp_path.iterdir())) == {"jpeg": 1, "lossless": 1, "webp": 1}
    (tmp_path / "d.png").write_text("no picture")
    with pytest.raises(UsageError, match=r"d\.png"):
        file_compressions(tmp_path.iterdir())


def grey(level: float, noise: float = 0.0, size: int = 128) -> np.ndarray:
    rng = rng_for(2, 0, "test.measures")
    return np.clip(np.full((size, size, 3), level) + noise * rng.standard_normal((size, size, 3)), 0, 255).astype(
        np.uint8
    )


@pytest.mark.parametrize("sigma", [3.0, 6.0, 12.0])
def test_planted_noise_is_measured(sigma: float) -> None:
    """Grey of independent channels has 0.299, 0.587 and 0.114 of each: 0.669 of the noise."""
    found = 10 ** picture_measures(grey(128, sigma))[6] - 0.1
    assert found == pytest.approx(0.669 * sigma, rel=0.12)


def test_measures_answer_to_what_they_are_named_after() -> None:
    place = {name: number for number, name in enumerate(MEASURES)}

    def measure(name: str, rgb: np.ndarray) -> float:
        return float(picture_measures(rgb)[place[name]])

    assert measure("brightness", grey(119)) == pytest.approx(50, abs=0.5)
    assert measure("brightness", grey(255)) == pytest.approx(100, abs=0.1)
    assert measure("contrast", grey(100)) == pytest.approx(0, abs=1e-3)
    assert measure("saturation", grey(100)) == pytest.approx(0, abs=0.1)
    yellow, red = grey(100) + np.uint8([40, 40, 0]), grey(100) + np.uint8([60, 0, 0])
    assert measure("warmth", yellow) > 10 > measure("warmth", grey(100) + np.uint8([0, 0, 40]))
    assert measure("tint", red) > 10 > measure("tint", grey(100) + np.uint8([0, 60, 0]))
    assert measure("saturation", red) > 10
    board = np.kron(np.indices((8, 8)).sum(axis=0) % 2 * 200, np.ones((8, 8)))[..., None].repeat(3, axis=2)
    sharp = board.astype(np.uint8)
    assert measure("sharpness", sharp) > measure("sharpness", cv2.GaussianBlur(sharp, (0, 0), 2)) + 0.5
    assert np.isfinite(picture_measures(np.zeros((1, 1, 3), np.uint8))).all()
    assert MeasuresExtractor().features([RGB, red]).shape == (2, len(MEASURES))


def test_matched_boxes_have_the_same_classes_in_the_same_numbers() -> None:
    def photos(*names: str) -> Photos:
        boxes = tuple((PhotoBox(name, (0, 0, 20, 20)), PhotoBox("tiny", (0, 0, 4, 4))) for name in names)
        return Photos(Path("x"), tuple(Path(f"{k}") for k in range(len(names))), boxes)

    first, second = matched_boxes(photos("a", "a", "a", "b", "c"), photos("a", "b", "a", "d", "b"))
    assert [box.category for _, box in first] == [box.category for _, box in second] == ["a", "a", "b"]
    assert {index for index, box in second if box.category == "a"} == {0, 2}
    with pytest.raises(UsageError, match="class in common, got a and b"):
        matched_boxes(photos("a"), photos("b"))
