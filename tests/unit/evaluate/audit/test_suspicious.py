"""Planted faults are found and named; boxes as they should be are left alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.evaluate.audit.config import SuspicionSpec
from synthvision.evaluate.audit.raw_boxes import suspect_file
from synthvision.evaluate.audit.suspicious import ring_difference, suspect_alone, suspect_by_class, suspect_flat
from synthvision.features.photos import PhotoBox

SPEC = SuspicionSpec()


def kinds(found):
    return [each.kind for each in found]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([("car", (10, 10, 50, 40))], []),
        ([("car", (10, 10, 13, 40))], ["tiny"]),
        ([("car", (0, 0, 320, 239))], ["whole picture"]),
        ([("car", (10, 10, 50, 40)), ("car", (10.5, 10, 50, 40))], ["duplicate"]),
        ([("car", (10, 10, 50, 40)), ("bus", (10, 10, 50, 41))], ["conflict"]),
        ([("car", (10, 10, 50, 40)), ("bus", (30, 10, 70, 40))], []),
    ],
)
def test_faults_without_pixels(boxes, expected):
    own = [PhotoBox(name, box) for name, box in boxes]
    assert kinds(suspect_alone(own, (320, 240), 0, "a.png", SPEC)) == expected


def test_sizes_and_shapes_far_from_the_class_are_found_and_only_those():
    rng = rng_for(0, 0, "test.suspicious")
    boxes, cut = [], []
    for _ in range(200):
        width = 60 * float(np.exp(rng.normal(0, 0.2)))
        boxes.append([PhotoBox("car", (50, 50, 50 + width, 50 + width * float(np.exp(rng.normal(-0.5, 0.1)))))])
        cut.append([False])
    # Ten times as large, in shape; as large as others, but a strip; and one that the edge cuts.
    boxes += [
        [PhotoBox("car", (0, 0, 600, 364))],
        [PhotoBox("car", (50, 50, 250, 70))],
        [PhotoBox("car", (0, 0, 9, 300))],
    ]
    cut += [[False], [False], [True]]
    count = len(boxes)
    found = suspect_by_class(boxes, [(640, 480)] * count, cut, [f"{number}.png" for number in range(count)], SPEC)
    assert [(each.kind, each.file) for each in found] == [("odd size", "200.png"), ("odd shape", "201.png")]
    assert "of its class" not in found[0].what
    assert "times the usual size" in found[0].what


def test_classes_with_few_boxes_are_not_judged():
    boxes = [[PhotoBox("car", (0, 0, 10, 10))]] * 10 + [[PhotoBox("car", (0, 0, 400, 10))]]
    assert suspect_by_class(boxes, [(640, 480)] * 11, [[False]] * 11, ["x.png"] * 11, SPEC) == []


def scene(seed: int, planted: bool):
    """Noise of one colour, and in the box another where something is planted."""
    rng = rng_for(seed, 0, "test.ring")
    rgb = rng.normal(120, 12, (120, 160, 3))
    if planted:
        rgb[40:80, 60:110] += np.array([35, -25, 5])
    return np.clip(rgb, 0, 255).astype(np.uint8), PhotoBox("car", (60, 40, 110, 80))


@pytest.mark.parametrize("seed", range(8))
def test_empty_boxes_are_told_from_full_ones(seed):
    empty, box = scene(seed, planted=False)
    assert kinds(suspect_flat(empty, [box], 0, "a.png", SPEC)) == ["no contrast"]
    full, box = scene(seed, planted=True)
    assert kinds(suspect_flat(full, [box], 0, "a.png", SPEC)) == []


def test_a_difference_of_texture_alone_counts():
    rgb = np.full((120, 160, 3), 128, np.uint8)
    rgb[40:80:2, 60:110] = 90
    rgb[41:80:2, 60:110] = 166
    assert ring_difference(rgb, (60, 40, 110, 80)) == pytest.approx(1.0, abs=0.1)


def test_a_ring_full_of_other_objects_tells_nothing():
    rgb, _ = scene(0, planted=True)
    assert ring_difference(rgb, (60, 40, 110, 80), [(0, 0, 160, 120)]) is None
    assert ring_difference(rgb, (0, 0, 160, 120)) is None


def test_the_file_is_read_as_it_stands(tmp_path):
    boxes = {
        1: [10, 10, 20, 20],
        2: [10, 10, 0, 20],
        3: [400, 10, 20, 20],
        4: [-9, 10, 20, 20],
        5: [-1, 10, 20, 20],
        6: None,
        7: [1, 2, 3, float("nan")],
    }
    annotations = [{"id": key, "image_id": 4, "category_id": 2, "bbox": box} for key, box in boxes.items()]
    annotations += [
        {"id": 8, "image_id": 9, "category_id": 2, "bbox": [1, 2, 3, 4]},
        {"id": 9, "image_id": 4, "category_id": 3, "bbox": [1, 2, 3, 4]},
        {"id": 10, "image_id": 4, "category_id": 2, "bbox": [0, 0, 0, 0], "iscrowd": 1},
    ]
    data = {
        "images": [{"id": 4, "file_name": "a.png", "width": 320, "height": 240}],
        "categories": [{"id": 2, "name": "car"}],
        "annotations": annotations,
    }
    path = tmp_path / "set.json"
    path.write_text(json.dumps(data))
    found = {each.what.split()[1]: each.kind for each in suspect_file(path, 1.5)}
    assert found == {
        "2": "empty",
        "3": "outside",
        "4": "beyond",
        "6": "broken",
        "7": "broken",
        "8": "broken",
        "9": "broken",
    }
