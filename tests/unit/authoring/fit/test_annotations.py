"""Real annotation files, with every fault that people leave in them."""

from __future__ import annotations

import json
import math

import pytest
from PIL import Image

from synthvision.authoring.fit.annotations import read_coco
from synthvision.authoring.fit.features import box_table, co_occurrence, picture_table
from synthvision.core.errors import DatasetError

CATEGORIES = [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}]
IMAGE = {"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}


@pytest.fixture
def write(tmp_path):
    def save(data):
        path = tmp_path / "real.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return path

    return save


def coco(annotations, images=(IMAGE,), categories=CATEGORIES):
    return {"images": list(images), "annotations": list(annotations), "categories": categories}


def box(xywh, image=1, category=1, **more):
    return {"id": 7, "image_id": image, "category_id": category, "bbox": xywh} | more


def test_a_sound_file(write):
    found = read_coco(write(coco([box([20, 10, 40, 30]), box([100, 50, 100, 50], category=2)])))
    assert found.problems == ()
    assert found.classes == ("bus", "car")
    first, second = found.images[0].boxes
    assert (first.name, first.centre_xy, first.size_wh) == ("car", (0.2, 0.25), (0.2, 0.3))
    assert (second.name, second.centre_xy, second.size_wh) == ("bus", (0.75, 0.75), (0.5, 0.5))


@pytest.mark.parametrize(
    ("data", "problem", "boxes"),
    [
        (coco([box([0, 0, 0, 10])]), "width and height above 0; left out: 1 time, first annotation 7", 0),
        (coco([box([0, 0, -5, 10]), box([1, 1, 5, 5])]), "width and height above 0", 1),
        (coco([box("wide")]), "four finite numbers", 0),
        (coco([{"id": 3, "image_id": 1, "category_id": 1}]), "first annotation 3", 0),
        (coco([box([1, 1, 5, 5], category=9)]), "that the file names; left out: 1 time, first annotation 7: 9", 0),
        (coco([box([1, 1, 5, 5], category=None)]), "a category that the file names", 0),
        (coco([box([1, 1, 5, 5], image=4)]), "left out: 1 time, first annotation 7: image_id 4", 0),
        (coco([box([150, 80, 100, 50])]), "reaches beyond its picture; clipped", 1),
        (coco([box([300, 80, 100, 50])]), "lies outside its picture", 0),
        (coco([None, box([1, 1, 5, 5])]), "must be a block of keys", 1),
        (coco([box([1, 1, 5, 5])], images=[IMAGE, IMAGE]), "an image id must come once", 1),
        (coco([box([1, 1, 5, 5])], images=[IMAGE, {"id": 2, "file_name": "b.jpg"}]), "must have width and height", 1),
        (coco([box([1, 1, 5, 5])], images=[IMAGE, {"file_name": "b.jpg"}]), "an image must have an id", 1),
        (coco([box([1, 1, 5, 5])], categories=[{"id": 1}]), "a category must have an id and a name", 1),
        ({"images": [IMAGE], "categories": CATEGORIES}, "annotations must be a list: 1 time, first missing", 0),
    ],
)  # fmt: skip
def test_faults_are_told_and_left_out(write, data, problem, boxes):
    found = read_coco(write(data))
    assert any(problem in text for text in found.problems), found.problems
    assert found.boxes == boxes


def test_faults_of_a_kind_are_counted(write):
    found = read_coco(write(coco([box([0, 0, 0, 0], id=index) for index in range(5)])))
    assert found.problems == (
        "a box must be four finite numbers with width and height above 0; left out: 5 times, first annotation 0",
    )


def test_without_categories_classes_are_numbers(write):
    found = read_coco(write({"images": [IMAGE], "annotations": [box([1, 1, 5, 5], category=3)]}))
    assert found.images[0].boxes[0].name == "class 3"


def test_crowds_are_no_objects_and_polygons_have_boxes(write):
    polygon = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[10, 10, 30, 10, 30, 50]]}
    found = read_coco(write(coco([box([1, 1, 50, 50], iscrowd=1), polygon])))
    assert found.boxes == 1
    assert found.images[0].boxes[0].size_wh == (0.1, 0.4)


def test_sizes_come_from_the_files_where_they_are_missing(write, tmp_path):
    Image.new("RGB", (50, 40)).save(tmp_path / "b.png")
    found = read_coco(write(coco([box([0, 0, 25, 20], image=2)], images=[{"id": 2, "file_name": "b.png"}])))
    assert found.images[0].size_wh == (50, 40)
    assert found.images[0].boxes[0].size_wh == (0.5, 0.5)
    assert "taken from its file" in found.problems[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{", "is no JSON"),
        ("[1, 2]", "must be a COCO annotation file with images and annotations, got a list"),
        ('{"shapes": []}', "got the keys shapes"),
        ('{"images": []}', "must hold pictures with width and height"),
    ],
)
def test_what_is_no_annotation_file(write, data, message):
    with pytest.raises(DatasetError, match=message):
        read_coco(write(data))


def test_a_missing_file(tmp_path):
    with pytest.raises(DatasetError, match="there is no such file"):
        read_coco(tmp_path / "none.json")


def test_features_have_known_values(write):
    wide = {"id": 2, "file_name": "b.jpg", "width": 400, "height": 100}
    empty = {"id": 3, "file_name": "c.jpg", "width": 100, "height": 100}
    annotations = [box([0, 0, 20, 20]), box([180, 0, 20, 20]), box([100, 0, 200, 100], image=2, category=2)]
    real = read_coco(write(coco(annotations, images=[IMAGE, wide, empty])))
    groups = {"car": "cars", "bus": "cars"}
    table = picture_table(real.images, groups)
    assert table.counts["cars"].tolist() == [2, 1, 0]
    assert table.size[0] == pytest.approx(0.5 * math.log(0.02))
    assert table.x[:2].tolist() == [0.5, 0.5]
    assert table.spread[0] == pytest.approx(0.9)  # 90 pixels to either side, over a shorter side of 100
    assert str(table.spread[1]) == str(table.size[2]) == "nan"
    boxes = box_table(real.images, groups)
    assert boxes.aspect.tolist() == [1.0, 1.0, 2.0]
    assert boxes.picture.tolist() == [0, 0, 1]
    assert co_occurrence(real.images, ("bus", "car")).tolist() == [[0, 0], [0, 1]]
