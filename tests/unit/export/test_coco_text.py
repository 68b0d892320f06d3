"""COCO entries from the text of records: byte for byte those of records read in full, and the same errors."""

from __future__ import annotations

import json

import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import ClassEntry
from synthvision.dataset.reader import open_dataset
from synthvision.export.coco import CocoExporter
from synthvision.export.coco_entries import CocoForm, CocoLicences, coco_annotation, coco_image
from synthvision.export.coco_text import CocoText
from synthvision.export.keypoints import keypoint_names, skeleton_numbers
from synthvision.export.parts import Parts
from synthvision.inspect.validate import validate_dataset


@pytest.mark.parametrize("segmentation", ["rle", "polygon"])
def test_entries_are_those_of_the_whole_record(awkward, segmentation):
    dataset = open_dataset(awkward)
    names = dataset.manifest.class_names
    form = CocoForm(
        {name: number for number, name in enumerate(names, start=1)},
        keypoint_names(dataset),
        segmentation,
        amodal=True,
        tracks=True,
    )
    assert form.keypoints
    licences = CocoLicences(dataset.manifest)
    annotations = 0
    for frame, (_, line) in zip(dataset, dataset.lines(), strict=True):
        text, record = CocoText(line), frame.record
        assert licences.of_text(text.asset_names()) == licences.of_scene(record.scene) == [1]
        assert coco_image(text.head, [1]) == coco_image(record, [1])
        kept = [label for label in record.instances if label.status in ("labelled", "ignored")]
        expected = [
            canonical_json(coco_annotation(label, record.frame, number, form)).encode()
            for number, label in enumerate(kept, start=7)
        ]
        assert list(text.annotations(form, 7)) == expected
        annotations += len(kept)
    assert annotations > 200


def test_the_file_inside_is_that_written_elsewhere(make_awkward, tmp_path):
    root = make_awkward(30)
    dataset = open_dataset(root)
    inside = CocoExporter().export(dataset, root, Parts.whole()).read_bytes()
    elsewhere = CocoExporter().export(dataset, tmp_path / "out", Parts.whole()).read_bytes()
    assert inside == elsewhere
    parts = Parts.of_frames({"train": range(0, 30, 2), "val": range(1, 30, 2)})
    CocoExporter().export(dataset, root, parts)
    CocoExporter().export(dataset, tmp_path / "two", parts)
    for part in parts.names:
        name = f"annotations/instances_{part}.json"
        assert (root / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def change_record(root, change):
    shard = root / "records" / "00000.jsonl"
    records = [json.loads(line) for line in shard.read_text().splitlines()]
    change(records[1])
    shard.write_text("".join(canonical_json(record) + "\n" for record in records))


def drop(label, key):
    del label[key]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda record: record.pop("noise"), "frame 1: must be a whole frame record; noise"),
        (
            lambda record: drop(record["instances"][1], "pose"),
            r"frame 1: must be a whole frame record; instances\.1\.pose",
        ),
        (lambda record: record.update(size_wh="96"), "frame 1: must be a whole frame record; size_wh"),
        (lambda record: record["instances"][1].update(category="bottel"), "class 'bottel' must stand in the manifest"),
        (lambda record: record["instances"][1].update(rle=None), "must have a class and a visible pixel"),
        (lambda record: record["files"].clear(), "the record of frame 1 must name its picture"),
    ],
)
def test_a_broken_record_is_told_as_by_a_whole_reading(make_dataset, flat, change, match):
    root = make_dataset(
        3,
        output=OutputConfig(),
        export=False,
        policy=LabelPolicy(min_visible_pixels=1),
        cards=lambda frame: [flat.Card("tile", 0, 0, 0.2, 0.2)],
    )
    change_record(root, change)
    with pytest.raises(DatasetError, match=match):
        CocoExporter().export(open_dataset(root), root, Parts.whole())
    assert not (root / "annotations" / "instances.json").exists()


def test_a_record_of_before_weather_was_kept(make_dataset):
    root = make_dataset(3, output=OutputConfig())
    before = (root / "annotations" / "instances.json").read_bytes()
    change_record(root, lambda record: record.pop("weather"))
    assert CocoExporter().export(open_dataset(root), root, Parts.whole()).read_bytes() == before


def test_keypoints_and_skeleton_of_the_manifest_are_written_from_one(make_dataset, flat):
    classes = (
        ClassEntry(name="card"),
        ClassEntry(name="disc"),
        ClassEntry(
            name="tile", keypoints=("right", "left", "centre"), skeleton=(("centre", "right"), ("left", "gone"))
        ),
    )
    root = make_dataset(
        2, output=OutputConfig(), classes=classes, cards=lambda frame: [flat.Card("tile", 0, 0, 0.2, 0.2)]
    )
    data = json.loads((root / "annotations" / "instances.json").read_text())
    assert data["categories"][2]["keypoints"] == ["right", "left", "centre"]
    assert data["categories"][2]["skeleton"] == [[3, 1]]
    assert "keypoints" not in data["categories"][0]
    [numbers] = {tuple(entry["keypoints"]) for entry in data["annotations"]}
    # The centre is in the middle, the right one 10 pixels from it, and nothing is called left.
    assert numbers[3:6] == (0, 0, 0)
    assert numbers[6:] == (48.0, 32.0, 2)
    assert data["annotations"][0]["num_keypoints"] == 2
    assert validate_dataset(root) == []


def test_pairs_of_points_that_are_not_written_are_left_out():
    assert skeleton_numbers(["a", "b"], [("b", "a"), ("a", "c")]) == [[2, 1]]
