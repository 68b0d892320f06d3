"""COCO files read back by pycocotools, which knows nothing of this package."""

from __future__ import annotations

import contextlib
import io
import json
import tracemalloc

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.rle import encode_mask
from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import AssetEntry
from synthvision.dataset.reader import open_dataset
from synthvision.export.coco import CocoExporter
from synthvision.export.parts import Parts
from synthvision.scene.levels import weather_levels

# NumPy 2 warns about how pycocotools 2.0 makes arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PICTURE_ONLY = OutputConfig()


def load(root) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(root / "annotations" / "instances.json"))


def evaluate(truth: COCO, kind: str) -> float:
    """Average precision of detections that repeat the ground truth."""
    detections = [
        {
            "image_id": entry["image_id"],
            "category_id": entry["category_id"],
            "bbox": entry["bbox"],
            "segmentation": entry["segmentation"],
            "score": 0.9,
        }
        for entry in truth.anns.values()
        if not entry["iscrowd"]
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(detections), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


def test_pycocotools_reads_every_mask_box_and_area_exactly(make_dataset):
    root = make_dataset(5)
    coco = load(root)
    dataset = open_dataset(root)
    count = 0
    for frame in dataset:
        entries = {entry["instance_id"]: entry for entry in coco.imgToAnns[frame.index + 1]}
        assert entries.keys() == {label.instance_id for label in frame.labels("labelled", "ignored")}
        for label in frame.labels("labelled", "ignored"):
            entry = entries[label.instance_id]
            mask = coco.annToMask(entry) > 0
            assert (mask == decode_rle(label.rle)).all()
            assert entry["area"] == mask.sum()
            x, y, width, height = entry["bbox"]
            assert mask[y : y + height, x : x + width].sum() == mask.sum()
            assert (x, y, x + width, y + height) == label.box_xyxy
            assert coco.cats[entry["category_id"]]["name"] == label.category
            count += 1
    assert count == len(coco.anns) > 10


def test_every_image_has_the_weather_of_its_frame_also_from_records_without(make_dataset):
    root = make_dataset(2)
    dataset = open_dataset(root)
    levels = [weather_levels(frame.scene) for frame in dataset]
    assert [record.weather for record in dataset.records()] == levels
    assert levels[0]["rain"] == "none"
    assert [load(root).imgs[number]["weather"] for number in (1, 2)] == levels
    # Records written before there were levels.
    shard = root / "records" / "00000.jsonl"
    old = [json.loads(line) for line in shard.read_text().splitlines()]
    for record in old:
        del record["weather"]
    shard.write_text("".join(canonical_json(record) + "\n" for record in old))
    assert [record.weather for record in open_dataset(root).records()] == [None, None]
    CocoExporter().export(open_dataset(root), root, Parts.whole())
    assert [load(root).imgs[number]["weather"] for number in (1, 2)] == levels


def test_ids_start_at_one_in_frame_order_and_empty_images_are_listed(make_dataset):
    root = make_dataset(5)
    coco = load(root)
    assert list(coco.imgs) == [1, 2, 3, 4, 5]
    assert list(coco.anns) == list(range(1, len(coco.anns) + 1))
    order = [entry["image_id"] for entry in coco.anns.values()]
    assert order == sorted(order)
    assert coco.imgToAnns[3] == []
    assert coco.imgs[3]["file_name"] == "0000/00000002.png"
    assert (root / "images" / coco.imgs[3]["file_name"]).is_file()
    assert [(cat["id"], cat["name"], cat["supercategory"]) for cat in coco.cats.values()] == [
        (1, "card", "shape"),
        (2, "disc", "shape"),
        (3, "tile", "shape"),
    ]


@pytest.mark.parametrize("form", ["rle", "polygon"])
def test_a_perfect_detector_scores_one_also_for_split_objects(make_dataset, flat, form):
    def cards(frame):
        return [flat.Card("card", 0, 0, 0.3, 0.1), flat.Card("tile", 0, 0, 0.05, 0.3, 0.2, "distractor", None)]

    root = make_dataset(2, cards=cards, policy=LabelPolicy(segmentation=form), output=PICTURE_ONLY)
    coco = load(root)
    assert [entry["iscrowd"] for entry in coco.anns.values()] == [0, 0]
    assert [evaluate(coco, "segm"), evaluate(coco, "bbox")] == pytest.approx([1.0, 1.0])


def test_what_is_ignored_neither_counts_nor_costs(make_dataset, flat):
    def cards(frame):
        return [flat.Card("card", 0, 0, 0.2, 0.1), flat.Card("card", 0.96, 0, 0.2, 0.1)]

    policy = LabelPolicy(max_truncation=0.2, segmentation="polygon")
    coco = load(make_dataset(1, cards=cards, policy=policy, output=PICTURE_ONLY))
    kept, ignored = coco.anns.values()
    assert (kept["iscrowd"], "ignore" in kept, isinstance(kept["segmentation"], list)) == (0, False, True)
    assert (ignored["iscrowd"], ignored["ignore"], ignored["segmentation"].keys()) == (1, 1, {"size", "counts"})
    assert evaluate(coco, "bbox") == pytest.approx(1.0)


def test_dropped_ones_have_no_annotation_but_stand_in_the_record(make_dataset, flat):
    def cards(frame):
        return [flat.Card("card", 0, 0, 0.2, 0.1), flat.Card("card", 0.96, 0, 0.2, 0.1)]

    policy = LabelPolicy(max_truncation=0.2, otherwise="drop")
    root = make_dataset(1, cards=cards, policy=policy, output=PICTURE_ONLY)
    assert len(load(root).anns) == 1
    (dropped,) = open_dataset(root).frame(0).labels("dropped")
    assert dropped.rle is not None
    assert dropped.reasons[0].startswith("max_truncation: ")


def test_further_fields_are_those_of_the_record(make_dataset):
    root = make_dataset(2, policy=LabelPolicy(amodal_segmentation=True))
    coco = load(root)
    for frame in open_dataset(root):
        labels = {label.instance_id: label for label in frame.record.instances}
        for entry in coco.imgToAnns[frame.index + 1]:
            label = labels[entry["instance_id"]]
            assert entry["visible_fraction"] == label.visible_fraction
            assert entry["truncation"] == label.truncation
            assert entry["apparent_contrast"] == label.apparent_contrast
            assert entry["contrast_transmittance"] == entry["lens_transmittance"] == 1.0
            x1, y1, x2, y2 = label.amodal_box_xyxy
            assert entry["amodal_bbox"] == [x1, y1, x2 - x1, y2 - y1]
            amodal = coco.annToMask({**entry, "segmentation": entry["amodal_segmentation"]})
            assert amodal.sum() == label.alone_pixels
            assert len(entry["bbox_3d"]["corners_px"]) == 8
            assert entry["pose"]["rotation_wxyz"] == list(label.pose.rotation_wxyz)
            assert entry["attributes"] == {"shape": label.category}


def test_keypoints_are_written_in_the_order_of_the_category(make_dataset, flat):
    def cards(frame):
        return [flat.Card("tile", 0.85, 0, 0.2, 0.1), flat.Card("card", -0.5, 0, 0.2, 0.1)]

    coco = load(make_dataset(1, cards=cards, output=PICTURE_ONLY))
    assert coco.cats[3]["keypoints"] == ["centre", "right"]
    assert coco.cats[3]["skeleton"] == []
    assert "keypoints" not in coco.cats[1]
    tile, card = coco.anns.values()
    assert tile["keypoints"] == [pytest.approx(48 + 85 / 1.99, abs=1e-3), 32.0, 2, 0, 0, 0]
    assert tile["num_keypoints"] == 1
    assert "keypoints" not in card


def test_licences_are_those_of_the_assets(make_dataset):
    assets = (
        AssetEntry(pack="flat", name="floor", kind="model", licence="CC0-1.0"),
        AssetEntry(pack="flat", name="card", kind="model", licence="CC-BY-4.0"),
        AssetEntry(pack="flat", name="disc", kind="model"),
        AssetEntry(pack="flat", name="tile", kind="model"),
    )
    data = json.loads((make_dataset(3, assets=assets, output=PICTURE_ONLY) / "annotations/instances.json").read_text())
    assert [(entry["id"], entry["name"]) for entry in data["licenses"]] == [(1, "CC-BY-4.0"), (2, "CC0-1.0")]
    assert data["images"][0]["licenses"] == [1, 2]
    assert "license" not in data["images"][0]
    assert (data["images"][2]["licenses"], data["images"][2]["license"]) == ([2], 2)
    assert not {"year", "date_created"} & data["info"].keys()


def test_the_file_is_the_same_from_parts_and_from_shards_and_through_the_plugin(make_dataset):
    first = make_dataset(3, folder="a", merge=False)
    second = make_dataset(3, folder="b")
    path = "annotations/instances.json"
    assert (first / path).read_bytes() == (second / path).read_bytes()
    written = load_plugin("exporters", "coco")().export(open_dataset(second), second, Parts.whole())
    assert written.read_bytes() == (first / path).read_bytes()
    assert sorted(item.name for item in written.parent.iterdir()) == ["instances.json"]


def test_a_class_that_the_manifest_does_not_name_is_refused(make_dataset):
    root = make_dataset(1, output=PICTURE_ONLY)
    before = (root / "annotations/instances.json").read_bytes()
    shard = root / "records/00000.jsonl"
    shard.write_text(shard.read_text().replace('"category":"card"', '"category":"zebra"'))
    with pytest.raises(DatasetError, match=r"frame 0, cards/\d: class 'zebra' must stand in the manifest"):
        CocoExporter().export(open_dataset(root), root, Parts.whole())
    assert (root / "annotations/instances.json").read_bytes() == before


def test_memory_does_not_grow_with_the_number_of_frames(make_dataset, tmp_path):
    root = make_dataset(1, output=PICTURE_ONLY)
    line = (root / "records/00000.jsonl").read_text()

    def peak(count: int) -> int:
        for shard in range(0, count, 1000):
            lines = (
                line.replace('"frame":0,', f'"frame":{frame},') for frame in range(shard, min(count, shard + 1000))
            )
            (root / "records" / f"{shard // 1000:05d}.jsonl").write_text("".join(lines))
        dataset = open_dataset(root)
        tracemalloc.start()
        path = CocoExporter().export(dataset, root, Parts.whole())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(json.loads(path.read_text())["images"]) == count
        return most

    small, large = peak(100), peak(1500)
    assert large < small + 300_000
    assert large < 4 << 20


def test_masks_stay_exact_in_large_pictures(make_dataset):
    # Run lengths over 32,767 need a fourth character: a picture of one colour is one of them.
    mask = np.zeros((3000, 3000), bool)
    mask[2999, 2999] = True
    rle = encode_mask(mask)
    assert coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode() == rle.counts
    assert (decode_rle(rle) == mask).all()
