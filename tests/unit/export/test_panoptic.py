"""COCO panoptic files by the checks and the quality that panopticapi computes, written out here anew."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.reader import open_dataset
from synthvision.export.panoptic import PanopticExporter
from synthvision.export.parts import Parts


def exported(root, out, parts=None):
    exporter = PanopticExporter()
    return exporter.export(open_dataset(root), out, parts or Parts.whole()), exporter


def read_ids(path):
    """Ids of a PNG as panopticapi's ``rgb2id`` gives them."""
    rgb = np.array(Image.open(path), np.uint32)
    assert rgb.shape[2] == 3
    return rgb[..., 0] + 256 * rgb[..., 1] + 256 * 256 * rgb[..., 2]


def check(path):
    """Every id of a PNG is in the list and the other way; areas, boxes, categories; pictures are there."""
    data = json.loads(path.read_text())
    categories = {entry["id"]: entry for entry in data["categories"]}
    images = {entry["id"]: entry for entry in data["images"]}
    assert [entry["image_id"] for entry in data["annotations"]] == list(images)
    for entry in data["annotations"]:
        ids = read_ids(path.with_suffix("") / entry["file_name"])
        image = images[entry["image_id"]]
        assert ids.shape == (image["height"], image["width"])
        with Image.open(path.parent.parent / "images" / image["file_name"]) as picture:
            assert picture.size == ids.shape[::-1]
        found, counts = np.unique(ids[ids > 0], return_counts=True)
        assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == {
            segment["id"]: segment["area"] for segment in entry["segments_info"]
        }
        for segment in entry["segments_info"]:
            assert segment["category_id"] in categories
            rows, columns = np.nonzero(ids == segment["id"])
            x, y, w, h = segment["bbox"]
            assert (x, y, x + w, y + h) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert segment["iscrowd"] in (0, 1)
            assert not (segment["iscrowd"] and not categories[segment["category_id"]]["isthing"])
        crowds = [segment["category_id"] for segment in entry["segments_info"] if segment["iscrowd"]]
        assert len(crowds) == len(set(crowds))
        yield entry, ids, categories


def quality(truth, guess):
    """Panoptic quality by class (Kirillov et al. 2019), void and crowds left out as panopticapi does."""
    counts = defaultdict(lambda: [0.0, 0, 0, 0])
    for (entry, ids, _), (found, found_ids, _) in zip(truth, guess, strict=True):
        segments = {segment["id"]: segment for segment in entry["segments_info"]}
        guesses = {segment["id"]: segment for segment in found["segments_info"]}
        hit, used = set(), set()
        for number, segment in segments.items():
            for other, guessed in guesses.items():
                if segment["iscrowd"] or segment["category_id"] != guessed["category_id"]:
                    continue
                both = ((ids == number) & (found_ids == other)).sum()
                void = ((ids == 0) & (found_ids == other)).sum()
                iou = both / (segment["area"] + guessed["area"] - both - void)
                if iou > 0.5:
                    counts[segment["category_id"]][0] += iou
                    counts[segment["category_id"]][1] += 1
                    hit.add(number)
                    used.add(other)
        for number, segment in segments.items():
            counts[segment["category_id"]][3] += number not in hit and not segment["iscrowd"]
        for other, guessed in guesses.items():
            ignored = (ids == 0) | np.isin(
                ids, [n for n, s in segments.items() if s["iscrowd"] and s["category_id"] == guessed["category_id"]]
            )
            skipped = (ignored & (found_ids == other)).sum() / guessed["area"] > 0.5
            counts[guessed["category_id"]][2] += other not in used and not skipped
    return {key: iou / (tp + fp / 2 + fn / 2) for key, (iou, tp, fp, fn) in counts.items() if tp + fp + fn}


def test_every_pixel_has_the_segment_of_its_record(awkward, tmp_path):
    path, exporter = exported(awkward, tmp_path / "out")
    names = open_dataset(awkward).manifest.class_names
    checked = list(check(path))
    crowds = 0
    for (entry, ids, categories), frame in zip(checked, open_dataset(awkward), strict=True):
        segments = {segment["id"]: segment for segment in entry["segments_info"]}
        void = ids == 0
        for label in frame.labels():
            mask = decode_rle(label.rle)
            assert ((ids == label.instance_id) == mask).all()
            assert categories[segments[label.instance_id]["category_id"]]["name"] == label.category
            assert segments[label.instance_id]["iscrowd"] == 0
        for label in frame.labels("ignored"):
            (number,) = np.unique(ids[decode_rle(label.rle)])
            assert segments[int(number)]["iscrowd"] == 1
            crowds += 1
        for label in frame.labels("unlabelled"):
            assert label.rle is None or void[decode_rle(label.rle)].all()
    assert crowds > 20
    assert [categories[number]["name"] for number in (1, 2, 3, 4)] == list(names)
    assert all(entry["isthing"] for entry in categories.values())
    assert exporter.notes[0] == "no stuff: no object with the role stuff has a class, so that the background is 0"
    assert set(quality(checked, checked).values()) == {1.0}


def test_what_is_ignored_neither_counts_nor_costs(awkward, tmp_path):
    checked = list(check(exported(awkward, tmp_path / "out")[0]))
    without = [
        ({**entry, "segments_info": [s for s in entry["segments_info"] if not s["iscrowd"]]}, ids, categories)
        for entry, ids, categories in checked
    ]
    assert set(quality(checked, without).values()) == {1.0}


def test_stuff_has_one_segment_a_class_and_crowds_are_one(make_awkward, flat, tmp_path):
    _, tile, disc = "größe kübel", "タイル: no", "disc <&> 'a'"

    def cards(_):
        return [
            flat.Card("card", -0.5, 0.3, 0.2, 0.1, 0.01, "stuff", tile),
            flat.Card("card", 0.5, 0.3, 0.2, 0.1, 0.01, "stuff", tile),
            flat.Card("disc", -1.04, -0.3, 0.12, 0.12, 0.02, "thing", disc),
            flat.Card("disc", 1.04, -0.3, 0.12, 0.12, 0.02, "thing", disc),
            flat.Card("disc", 0.0, -0.3, 0.12, 0.12, 0.02, "thing", disc),
        ]

    root = make_awkward(1, cards=cards, policy=LabelPolicy(max_truncation=0.5))
    path, exporter = exported(root, tmp_path / "out")
    ((entry, ids, categories),) = check(path)
    segments = [(categories[s["category_id"]]["name"], s["iscrowd"]) for s in entry["segments_info"]]
    assert sorted(segments) == sorted([(tile, 0), (disc, 1), (disc, 0)])
    assert {entry["name"]: entry["isthing"] for entry in categories.values()}[tile] == 0
    frame = open_dataset(root).frame(0)
    both = sum(decode_rle(label.rle).astype(int) for label in frame.labels() if label.category == tile)
    assert ((ids == entry["segments_info"][0]["id"]) == both).all()
    assert exporter.notes == ("ignored or stuff instances that share a segment with another one of their class: 2",)


def test_a_class_that_is_both_and_masks_that_overlap_are_refused(make_awkward, flat, tmp_path):
    def cards(_):
        return [
            flat.Card("card", -0.5, 0, 0.2, 0.1, 0.01, "stuff", "größe kübel"),
            flat.Card("card", 0.5, 0, 0.2, 0.1, 0.01, "thing", "größe kübel"),
        ]

    both = make_awkward(1, folder="both", cards=cards)
    with pytest.raises(
        DatasetError, match="class 'größe kübel' must be thing or stuff, but was stuff before and is thing"
    ):
        exported(both, tmp_path / "a")
    root = make_awkward(1, folder="overlap")
    shard = root / "records/00000.jsonl"
    rles = [label.rle.counts for label in open_dataset(root).frame(0).labels()]
    assert rles[0] != rles[1]
    shard.write_text(shard.read_text().replace(json.dumps(rles[1]), json.dumps(rles[0])))
    with pytest.raises(DatasetError, match="masks must not overlap; run synthvision validate"):
        exported(root, tmp_path / "b")
    assert not list((tmp_path / "b").rglob("*.json"))


def test_parts_have_a_file_and_a_folder_each(make_awkward, tmp_path):
    path, _ = exported(make_awkward(4), tmp_path / "out", Parts.of_frames({"train": [0, 2], "val": [3]}))
    assert path == tmp_path / "out/annotations"
    assert [len(list(check(path / f"panoptic_{name}.json"))) for name in ("train", "val")] == [2, 1]
