"""One view over COCO files, folders and data sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.evaluate.labelled_set import LabelledSet, match_classes, open_set


def write_coco(folder: Path, annotations: list[dict[str, Any]], pictures: int = 2) -> Path:
    images = []
    for number in range(pictures):
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((40, 60, 3), 40 * number, np.uint8)).save(folder / f"{number}.png")
        images.append({"id": number + 1, "file_name": f"{number}.png", "width": 60, "height": 40})
    categories = [{"id": 7, "name": "king"}, {"id": 3, "name": "ace"}]
    file = folder / "annotations.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return file


def box(number: int, image: int, category: int, bbox: list[float], **more: object) -> dict[str, Any]:
    return {"id": number, "image_id": image, "category_id": category, "bbox": bbox, **more}


def test_a_coco_file_has_boxes_ignored_ones_sizes_and_classes_in_its_order(tmp_path: Path) -> None:
    file = write_coco(
        tmp_path / "photos",
        [
            box(1, 1, 3, [5, 6, 10, 20]),
            box(2, 1, 7, [1, 1, 5, 5], iscrowd=1),
            box(3, 2, 7, [2, 2, 6, 6], ignore=1),
            box(4, 2, 3, [50, 30, 30, 30]),
            box(5, 2, 3, [80, 30, 30, 30]),
        ],
    )
    found = open_set(file)
    assert (found.name, len(found), found.classes) == ("photos/annotations.json", 2, ("king", "ace"))
    assert (found.synthetic, found.refined, found.generation) == (False, False, 0)
    assert found.sizes_wh == ((60, 40), (60, 40))
    assert [[one.box_xyxy for one in boxes] for boxes in found.photos.boxes] == [[(5, 6, 15, 26)], [(50, 30, 60, 40)]]
    assert [[one.category for one in boxes] for boxes in found.ignored] == [["king"], ["king"]]
    assert found.notes == (
        "photos/annotations.json: 1 boxes reach beyond their picture and are cut at its edge",
        "photos/annotations.json: 1 boxes are empty or outside their picture and are left out",
    )
    assert found.factors() == ({}, {})


def test_a_folder_has_no_boxes(tmp_path: Path) -> None:
    write_coco(tmp_path / "photos", [])
    (tmp_path / "photos/annotations.json").unlink()
    found = open_set(tmp_path / "photos")
    assert (found.name, found.classes, found.photos.boxes, found.sizes_wh) == ("photos", (), ((), ()), ((60, 40),) * 2)


def test_a_data_set_is_opened_as_one_also_by_its_coco_file(make_dataset: Callable[..., Any]) -> None:
    dataset = open_dataset(make_dataset())
    by_folder = open_set(dataset.root)
    assert by_folder.synthetic
    assert not by_folder.refined
    assert by_folder.generation == 1
    assert by_folder.classes == dataset.manifest.class_names
    assert by_folder.frames == dataset.indices
    for frame, boxes, ignored, size_wh in zip(
        dataset, by_folder.photos.boxes, by_folder.ignored, by_folder.sizes_wh, strict=True
    ):
        assert [one.box_xyxy for one in boxes] == [label.box_xyxy for label in frame.labels("labelled")]
        assert [one.category for one in ignored] == [label.category for label in frame.labels("ignored")]
        assert size_wh == frame.record.size_wh
    np.testing.assert_array_equal(by_folder.photos.load(1), dataset.frame(by_folder.frames[1]).rgb())
    (dataset.root / "annotations").mkdir(exist_ok=True)
    coco = dataset.root / "annotations" / "instances.json"
    if not coco.is_file():
        coco.write_text("{}")
    assert open_set(coco) == by_folder


def test_factors_are_those_of_the_frames_that_are_left(make_dataset: Callable[..., Any]) -> None:
    found = open_set(make_dataset())
    every = found.factors()
    assert len(every) == len(found)
    assert {"exposure_ev100", "noise", "weather.kind"} <= every[0].keys()
    assert found.select([2, 0]).factors() == (every[2], every[0])


def test_parts_keep_what_belongs_to_each_picture(random_set: Callable[..., LabelledSet]) -> None:
    found = random_set(0)
    part = found.select([5, 2])
    assert part.photos.paths == (found.photos.paths[5], found.photos.paths[2])
    assert part.ignored == (found.ignored[5], found.ignored[2])
    assert part.classes == found.classes
    assert [path.stem for path in found.spread(3).photos.paths] == ["2", "6", "10"]
    assert found.spread(99) is found
    with pytest.raises(UsageError, match="1 or more, got 0"):
        found.spread(0)


def test_classes_are_renamed_merged_and_left_out(boxes_set: Callable[..., LabelledSet]) -> None:
    found = boxes_set([[("ace", 0, 0, 5, 5), ("king", 9, 9, 12, 12)]], [[("queen", 1, 1, 3, 3)]])
    other = found.renamed({"king": "ace", "queen": "lady", "joker": "x"})
    assert other.classes == ("ace", "lady")
    assert [one.category for one in (*other.photos.boxes[0], *other.ignored[0])] == ["ace", "ace", "lady"]
    assert found.renamed({"joker": "x"}) is found
    less = found.without(["king"])
    assert (less.classes, len(less.photos.boxes[0])) == (("ace", "queen"), 1)


def test_classes_must_match_after_renaming() -> None:
    assert match_classes(("king", "ace", "joker"), ("ace", "king")) == ("ace", "king")
    assert match_classes(("A", "king"), ("ace", "king"), {"A": "ace"}) == ("ace", "king")
    assert match_classes(("A", "king"), ("ace", "K"), {"A": "ace", "K": "king"}) == ("ace", "king")
    with pytest.raises(UsageError, match=r"'ace'; did you mean 'ACE'\? .* rename with --map OLD=ace"):
        match_classes(("ACE", "king"), ("ace", "king"))
    with pytest.raises(UsageError, match=r"no set has a class 'Kign' to rename; did you mean 'King'\?"):
        match_classes(("King",), ("ace",), {"Kign": "ace"})
    with pytest.raises(UsageError, match="must have labelled classes, got none"):
        match_classes(("ace",), ())


@pytest.mark.parametrize(("summary", "generation"), [({"generation": 2}, 2), ({}, 1)])
def test_a_mixed_set_says_how_deep_it_is(tmp_path: Path, summary: dict[str, int], generation: int) -> None:
    file = write_coco(tmp_path / "mix" / "annotations", [])
    (tmp_path / "mix" / "mix.json").write_text(json.dumps(summary))
    assert open_set(file).generation == generation


def test_a_broken_summary_is_told(tmp_path: Path) -> None:
    file = write_coco(tmp_path / "mix", [])
    (tmp_path / "mix" / "mix.json").write_text("[1")
    with pytest.raises(UsageError, match=r"mix.json: must be the summary of a mixed set"):
        open_set(file)
