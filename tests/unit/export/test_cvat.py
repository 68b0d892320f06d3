"""CVAT's XML, read the way CVAT's own import reads it: https://github.com/cvat-ai/cvat, formats/cvat.py."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from synthvision.core.errors import DatasetError
from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import ClassEntry
from synthvision.dataset.reader import open_dataset
from synthvision.export.cvat import CvatExporter
from synthvision.export.parts import Parts

# NumPy 2 warns about how pycocotools 2.0 makes arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def mask_of(shape, size_wh):
    """Fill a shape as CVAT does: run lengths row by row in the box, which begin with what is off."""
    width, height = size_wh
    whole = np.zeros((height, width), bool)
    if shape.tag == "mask":
        runs = [int(text) for text in shape.get("rle").split(",")]
        left, top, columns, rows = (int(shape.get(name)) for name in ("left", "top", "width", "height"))
        values = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
        whole[top : top + rows, left : left + columns] = values.reshape(rows, columns)
    elif shape.tag == "polygon":
        points = [float(value) for pair in shape.get("points").split(";") for value in pair.split(",")]
        whole = coco_mask.decode(coco_mask.frPyObjects([points], height, width))[..., 0] > 0
    else:
        x1, y1, x2, y2 = (round(float(shape.get(name))) for name in ("xtl", "ytl", "xbr", "ybr"))
        whole[y1:y2, x1:x2] = True
    return whole


def facts_of(shape):
    return {entry.get("name"): entry.text or "" for entry in shape.findall("attribute")}


@pytest.mark.parametrize("shapes", ["mask", "polygon", "box"])
def test_a_hundred_frames_come_back(awkward, tmp_path, shapes):
    dataset = open_dataset(awkward)
    exporter = load_plugin("exporters", "cvat")(shapes=shapes)
    path = exporter.export(dataset, tmp_path / "out", Parts.whole())
    assert path == tmp_path / "out/train/annotations.xml"
    root = ElementTree.parse(path).getroot()
    assert (root.findtext("version"), root.findtext("meta/task/size")) == ("1.1", "100")
    labels = json.loads((tmp_path / "out/labels.json").read_text())
    assert [entry["name"] for entry in labels] == list(dataset.manifest.class_names)
    assert [entry.findtext("name") for entry in root.iterfind("meta/task/labels/label")] == [
        entry["name"] for entry in labels
    ]
    images = root.findall("image")
    assert [image.get("id") for image in images] == [str(number) for number in range(100)]
    ignored = several = 0
    for frame, image in zip(dataset, images, strict=True):
        assert (int(image.get("width")), int(image.get("height"))) == frame.record.size_wh
        picture = path.parent / "images" / image.get("name")
        assert picture.read_bytes() == frame.path("image").read_bytes()
        groups = {}
        for shape in image:
            groups.setdefault(facts_of(shape)["object"], []).append(shape)
        truth = {label.name: label for label in frame.labels("labelled", "ignored")}
        assert groups.keys() == truth.keys()
        for name, label in truth.items():
            found = groups[name]
            assert {shape.get("label") for shape in found} == {label.category}
            assert {shape.get("occluded") for shape in found} == {str(int(label.visible_fraction < 1))}
            assert {facts_of(shape)["ignored"] for shape in found} == {str(label.status == "ignored").lower()}
            assert facts_of(found[0])["shape"] == label.attributes["shape"]
            ignored += label.status == "ignored"
            filled = np.logical_or.reduce([mask_of(shape, frame.record.size_wh) for shape in found])
            if shapes == "box":
                x1, y1, x2, y2 = label.box_xyxy
                assert filled[y1:y2, x1:x2].all()
                assert filled.sum() == (x2 - x1) * (y2 - y1)
            else:
                np.testing.assert_array_equal(filled, decode_rle(label.rle))
            if len(found) > 1:
                several += 1
                assert len({shape.get("group_id") for shape in found}) == 1
                assert found[0].get("group_id") is not None
    assert ignored > 10
    assert (several > 10) == (shapes == "polygon")
    assert exporter.notes == (
        f"ignored instances, which only the attribute 'ignored' tells from the others: {ignored}",
    )


def test_known_shapes(make_dataset, flat, tmp_path):
    # 20 x 10 pixels, with a hole of one pixel's width from a distractor one pixel wide.
    def cards(frame):
        return [
            flat.Card("card", 0, 0, 0.199, 0.0995),
            flat.Card("card", 0.01, 0, 0.0099, 0.0099, 0.02, "distractor", None),
        ]

    dataset = open_dataset(make_dataset(1, cards=cards, output=OutputConfig(), export=False))
    (label,) = dataset.frame(0).labels()
    assert label.box_xyxy == (38, 27, 58, 37)
    (shape,) = ElementTree.parse(CvatExporter().export(dataset, tmp_path / "a", Parts.whole())).getroot().find("image")
    assert {name: shape.get(name) for name in ("left", "top", "width", "height", "z_order", "source")} == {
        "left": "38", "top": "27", "width": "20", "height": "10", "z_order": "0", "source": "file"
    }  # fmt: skip
    runs = [int(text) for text in shape.get("rle").split(", ")]
    assert runs[0] == 0
    assert sum(runs) == 200
    assert sum(runs[1::2]) == label.visible_pixels < 200
    (box,) = (
        ElementTree.parse(CvatExporter(shapes="box").export(dataset, tmp_path / "b", Parts.whole()))
        .getroot()
        .find("image")
    )
    assert [box.get(name) for name in ("xtl", "ytl", "xbr", "ybr")] == ["38.00", "27.00", "58.00", "37.00"]


def test_labels_list_what_people_pick_from(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(6))
    CvatExporter().export(dataset, tmp_path / "out", Parts.whole())
    labels = {entry["name"]: entry for entry in json.loads((tmp_path / "out/labels.json").read_text())}
    attributes = {entry["name"]: entry for entry in labels["größe kübel"]["attributes"]}
    assert attributes["ignored"]["input_type"] == "checkbox"
    assert attributes["object"]["input_type"] == "text"
    assert attributes["shape"] == {
        "name": "shape", "mutable": False, "input_type": "select", "default_value": "", "values": ["", "card"]
    }  # fmt: skip
    assert labels["never seen"]["attributes"] == []
    assert {entry["type"] for entry in labels.values()} == {"mask"}


def test_parts_and_a_second_run(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(6))
    parts = Parts.of_frames({"train": [0, 1, 2], "val": [4, 5]})
    outs = [CvatExporter().export(dataset, tmp_path / name, parts) for name in "ab"]
    first, second = (
        {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        for out in outs
    )
    assert first == second
    assert {
        "train/annotations.xml",
        "val/annotations.xml",
        "val/images/0000/00000005.png",
        "labels.json",
    } <= first.keys()
    images = ElementTree.fromstring(first["val/annotations.xml"]).findall("image")
    assert [(image.get("id"), image.get("name")) for image in images] == [
        ("0", "0000/00000004.png"), ("1", "0000/00000005.png")
    ]  # fmt: skip


def test_a_name_that_xml_cannot_hold_is_refused(make_dataset, tmp_path):
    root = make_dataset(
        1, output=OutputConfig(), export=False, cards=lambda frame: [], classes=(ClassEntry(name="bell \x07"),)
    )
    with pytest.raises(DatasetError, match=r"characters that XML allows .* got 'bell \\x07'"):
        CvatExporter().export(open_dataset(root), tmp_path / "out", Parts.whole())
    assert not list((tmp_path / "out").rglob("*.xml"))
