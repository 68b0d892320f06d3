"""COCO data sets of their own: parts, pictures, and the rules of importers that others wrote."""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.reader import open_dataset
from synthvision.export.coco import CocoExporter
from synthvision.export.coco_file import CocoFile
from synthvision.export.parts import Parts

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def load(path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def fiftyone_objects(labels_path, data_path):
    """Pictures and objects as FiftyOne's COCO importer takes them (fiftyone/utils/coco.py).

    A picture is looked up by `file_name` below the data path; class names are a list over ids 0 to the largest, where a
    missing id would become a class of its own; a mask is decoded from its run lengths and cut to the rounded box.
    """
    data = json.loads(labels_path.read_text(encoding="utf-8"))
    assert {"info", "licenses", "categories", "images", "annotations"} <= data.keys()
    names = {entry["id"]: entry["name"] for entry in data["categories"]}
    assert sorted(names) == list(range(1, len(names) + 1))
    files = {path.relative_to(data_path).as_posix() for path in data_path.rglob("*.png")}
    images = {entry["id"]: entry for entry in data["images"]}
    assert len(images) == len(data["images"])
    for entry in images.values():
        assert entry["file_name"] in files
        assert entry.get("license") in {None, *(licence["id"] for licence in data["licenses"])}
    for entry in data["annotations"]:
        image, segmentation = images[entry["image_id"]], entry["segmentation"]
        assert entry["iscrowd"] in (0, 1)
        if isinstance(segmentation, list):
            rle = coco_mask.merge(coco_mask.frPyObjects(segmentation, image["height"], image["width"]))
        else:
            assert isinstance(segmentation["counts"], str)
            assert segmentation["size"] == [image["height"], image["width"]]
            rle = segmentation
        x, y, w, h = (round(value) for value in entry["bbox"])
        mask = coco_mask.decode(rle).astype(bool)
        assert mask[y : y + h, x : x + w].sum() == mask.sum() == entry["area"]
        yield image["id"] - 1, entry["instance_id"], names[entry["category_id"]], mask


@pytest.mark.parametrize("form", ["rle", "polygon"])
def test_a_hundred_awkward_frames_come_back_whole(awkward, tmp_path, form):
    path = CocoExporter(segmentation=form).export(open_dataset(awkward), tmp_path / "out", Parts.whole())
    assert path == tmp_path / "out/annotations/instances_train.json"
    found = {
        (frame, number): (name, mask) for frame, number, name, mask in fiftyone_objects(path, tmp_path / "out/images")
    }
    count = 0
    for frame in open_dataset(awkward):
        for label in frame.labels("labelled", "ignored"):
            name, mask = found[frame.index, label.instance_id]
            assert name == label.category
            assert (mask == decode_rle(label.rle)).all()
            count += 1
    assert count == len(found) > 300
    coco = load(path)
    assert len(coco.imgs) == 100
    assert {entry["iscrowd"] for entry in coco.anns.values()} == {0, 1}


def test_each_part_has_a_file_with_its_frames_and_ids_from_one(make_awkward, tmp_path):
    root = make_awkward(10)
    parts = Parts.of_frames({"train": [0, 1, 2, 5], "val": [4, 7]})
    folder = CocoExporter().export(open_dataset(root), tmp_path / "out", parts)
    assert folder == tmp_path / "out/annotations"
    assert sorted(path.name for path in folder.iterdir()) == ["instances_train.json", "instances_val.json"]
    for name, frames in parts.frames.items():
        coco = load(folder / f"instances_{name}.json")
        assert list(coco.imgs) == [frame + 1 for frame in frames]
        assert list(coco.anns) == list(range(1, len(coco.anns) + 1))
    pictures = sorted(int(path.stem) for path in (tmp_path / "out/images").rglob("*.png"))
    assert pictures == [0, 1, 2, 4, 5, 7]
    first = open_dataset(root).frame(4).path("image").read_bytes()
    assert (tmp_path / "out/images/0000/00000004.png").read_bytes() == first


def test_parts_in_the_data_set_itself_have_files_beside_the_whole_one(make_awkward):
    root = make_awkward(4)
    exporter = load_plugin("exporters", "coco")(segmentation="polygon")
    exporter.export(open_dataset(root), root, Parts.of_frames({"train": [0, 1], "val": [2]}))
    CocoExporter().export(open_dataset(root), root)
    assert sorted(path.name for path in (root / "annotations").iterdir()) == [
        "instances.json", "instances_train.json", "instances_val.json",
    ]  # fmt: skip
    assert list(load(root / "annotations/instances_val.json").imgs) == [3]


def test_a_missing_picture_leaves_no_file(make_awkward, tmp_path):
    root = make_awkward(3)
    (root / "images/0000/00000001.png").unlink()
    with pytest.raises(DatasetError, match="could not be written from"):
        CocoExporter().export(open_dataset(root), tmp_path / "out", Parts.whole())
    assert not list((tmp_path / "out").rglob("*.json"))
    assert not list((tmp_path / "out").rglob("*.partial"))


def test_options_are_checked():
    with pytest.raises(UsageError, match="coco has no option 'segmentations'; did you mean 'segmentation'"):
        CocoExporter(segmentations="rle")
    with pytest.raises(UsageError, match="option segmentation of coco"):
        CocoExporter(segmentation="mask")


def test_a_file_without_entries_is_json_with_sorted_keys(tmp_path):
    path = tmp_path / "a/b.json"
    with CocoFile(path, ("images", "annotations", "videos")) as file:
        file.add("videos", {"id": 1})
        file.finish({"info": {"b": 1, "a": np.float64(0.5).item()}, "zebra": []})
    data = json.loads(path.read_text())
    assert list(data) == ["annotations", "images", "info", "videos", "zebra"]
    assert data == {"annotations": [], "images": [], "info": {"a": 0.5, "b": 1}, "videos": [{"id": 1}], "zebra": []}
