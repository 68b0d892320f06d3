"""Which pictures a slice is judged on, and what of a photo its levels are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.photos import PhotoBox, Photos
from synthvision.improve.outcomes import levels_of_objects, outcomes_of, slice_of
from synthvision.sampling.factors.config import FactorSpec


def photos(folder: Path, *boxes: tuple[PhotoBox, ...]) -> LabelledSet:
    paths = []
    for number in range(len(boxes)):
        paths.append(folder / f"{number}.png")
        Image.fromarray(np.full((100, 100, 3), 120, np.uint8)).save(paths[-1])
    known = Photos(folder, tuple(paths), boxes)
    return LabelledSet("photos", known, ((100, 100),) * len(boxes), ((),) * len(boxes), ("car",), False, False, 0)


def test_slices_of_pictures_and_of_all(tmp_path: Path) -> None:
    pictures = photos(tmp_path, (PhotoBox("car", (10, 10, 30, 30)),), (), (PhotoBox("car", (10, 10, 90, 90)),))
    levels = [[{"class": "car", "light": "dark"}], [], [{"class": "car", "light": "day"}]]
    assert slice_of(pictures, levels, {"light": "dark"}) == [0]
    assert slice_of(pictures, levels, {"class": "car"}) == [0, 2]
    assert slice_of(pictures, levels, {}) == [0, 1, 2]


def test_levels_of_photos_are_estimated_and_read_off_the_boxes(tmp_path: Path) -> None:
    height = FactorSpec.model_validate(
        {"measure": "pixel_height", "objects": "cars", "levels": {"low": [1, 30], "tall": [30.5, 100]}}
    )
    pictures = photos(tmp_path, (PhotoBox("car", (10, 10, 30, 30)), PhotoBox("car", (20, 5, 80, 95))))
    small, large = levels_of_objects(pictures, {"height": height})[0]
    assert (small["height"], large["height"]) == ("low", "tall")
    assert (small["class"], small["size"], large["size"]) == ("car", "large", "large")
    assert small["light"] == "day"
    # The large box lies over the small one by half of it.
    assert (small["occlusion"], large["occlusion"]) == ("mostly", "free")


def test_outcomes_are_counted_at_the_best_score(tmp_path: Path) -> None:
    pictures = photos(tmp_path, (PhotoBox("car", (10, 10, 30, 30)), PhotoBox("car", (60, 60, 90, 90))))
    found = Detections(
        np.array([[10, 10, 30, 30], [60, 60, 90, 90], [0, 60, 20, 90], [0, 50, 20, 70], [40, 0, 60, 20]], np.float32),
        np.array([0.9, 0.2, 0.5, 0.4, 0.3], np.float32),
        np.zeros(5, np.int64),
    )
    levels = [[{"class": "car", "side": "left"}, {"class": "car", "side": "right"}]]
    # With the second one come three false alarms: F1 is best with the first alone.
    assert [each.found for each in outcomes_of(pictures, levels, [found], ["car"])] == [True, False]
