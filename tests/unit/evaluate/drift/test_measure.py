"""Drift of sets on disk, its report and its page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.drift.config import DriftSpec
from synthvision.evaluate.drift.measure import measure_drift
from synthvision.evaluate.drift.page import drift_page
from synthvision.evaluate.drift.tables import label_table
from synthvision.evaluate.labelled_set import LabelledSet, open_set

SPEC = DriftSpec(permutations=499)
COUNT = 40


def made(folder: Path, seed: int, change: Callable[[np.ndarray], np.ndarray] = lambda rgb: rgb) -> LabelledSet:
    """Photos of a disc as a COCO set; the change is what drifts."""
    folder.mkdir(parents=True)
    images, annotations = [], []
    for number in range(COUNT):
        rng = rng_for(seed, number, "test.pictures")
        rgb = np.full((60, 80, 3), rng.integers(70, 120, 3), np.float64)
        x, y = (int(value) for value in rng.integers(15, (65, 45)))
        size = int(rng.integers(6, 14))
        cv2.circle(rgb, (x, y), size, [int(value) for value in rng.integers(120, 190, 3)], -1)
        noisy = np.clip(change(rgb) + rng.normal(0, 2, rgb.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{number:03}.png")
        images.append({"id": number + 1, "file_name": f"{number:03}.png", "width": 80, "height": 60})
        box = [x - size, y - size, 2 * size, 2 * size]
        annotations.append({"id": number + 1, "image_id": number + 1, "category_id": 1, "bbox": box})
    data = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "disc"}]}
    (folder / "coco.json").write_text(json.dumps(data))
    return open_set(folder / "coco.json")


def test_the_table_of_a_set_has_what_its_boxes_say(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    Image.new("RGB", (100, 50)).save(folder / "a.png")
    data = {
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 50}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 40, 10]}],
        "categories": [{"id": 1, "name": "disc"}],
    }
    (folder / "coco.json").write_text(json.dumps(data))
    table = label_table(open_set(folder / "coco.json"), ("ring", "disc"))
    np.testing.assert_allclose(table.pictures_nm, [[np.log10(5000), 1.0, 1.0]])
    np.testing.assert_allclose(table.boxes_km, [[np.sqrt(0.4 * 0.2), 2.0, 0.3, 0.5]])
    assert table.box_class_k.tolist() == [1]


def test_two_sets_of_one_kind_have_not_drifted(tmp_path: Path) -> None:
    report = measure_drift(SPEC, made(tmp_path / "a", 1), made(tmp_path / "b", 2))
    assert report.drifted == ()
    assert "nothing drifted" in report.to_text()
    # Constant sizes and one class leave nothing to tell.
    assert {row.name for row in report.rows} >= {"brightness", "box size", "class shares", "look (kernel)"}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("brightness", lambda rgb: rgb + 35),
        ("contrast", lambda rgb: (rgb - rgb.mean()) * 3 + rgb.mean()),
        ("warmth", lambda rgb: rgb + np.array([18, 12, -30])),
        ("tint", lambda rgb: rgb + np.array([25, -10, 10])),
        ("sharpness", lambda rgb: cv2.GaussianBlur(rgb, (0, 0), 3)),
        ("noise", lambda rgb: rgb + rng_for(5, 0, "test.noise").normal(0, 5, rgb.shape)),
    ],
)
def test_a_planted_change_of_the_pictures_is_named(tmp_path: Path, name: str, change: object) -> None:
    report = measure_drift(SPEC, made(tmp_path / "a", 1), made(tmp_path / "b", 2, change))  # type: ignore[arg-type]
    assert name in report.drifted
    assert not {"picture size", "picture form", "objects", "box size", "box x", "class shares"} & set(report.drifted)


def test_the_page_shows_the_most_different_pictures_and_no_paths(tmp_path: Path) -> None:
    first = made(tmp_path / "a", 1)
    second = made(tmp_path / "b", 2, lambda rgb: rgb + 50)
    report = measure_drift(SPEC, first, second, cache=tmp_path / "cache")
    assert measure_drift(SPEC, first, second, cache=tmp_path / "cache") == report
    (row,) = (row for row in report.rows if row.name == "brightness")
    brightness = [second.photos.load(index).mean() for index in range(COUNT)]
    assert len(row.examples_first) == len(row.examples_second) == SPEC.examples
    assert row.examples_second[0] in np.argsort(brightness)[-5:]
    page = drift_page(report, first, second)
    shown = sum(len(found.examples_first + found.examples_second) for found in report.rows)
    assert page.count("data:image/jpeg") == shown > 0
    assert len(page) < 2_000_000
    text = json.dumps(report.to_json(), allow_nan=False)
    assert str(tmp_path) not in page + text + report.to_text()


def test_labels_alone_are_compared_without_reading_a_picture(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a", 1), made(tmp_path / "b", 2)
    for path in (*first.photos.paths, *second.photos.paths):
        path.unlink()
    report = measure_drift(DriftSpec(look=False, permutations=199), first, second)
    assert report.drifted == ()
    assert report.rows[0].name == "picture size"
    with pytest.raises(UsageError, match="must be readable"):
        measure_drift(SPEC, first, second)
    with pytest.raises(UsageError, match=f"8 pictures or more, got 3 of a/coco.json and {COUNT} of b/coco.json"):
        measure_drift(SPEC, first.select([0, 1, 2]), second)
