"""COCO keypoint files read and evaluated by pycocotools."""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from synthvision.core.errors import DatasetError
from synthvision.dataset.reader import open_dataset
from synthvision.export.coco_keypoints import CocoKeypointsExporter
from synthvision.export.parts import Parts

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def exported(root, out, parts=None, **options):
    exporter = CocoKeypointsExporter(**options)
    return exporter.export(open_dataset(root), out, parts or Parts.whole()), exporter


def average_precision(truth: COCO, shift_px: float = 0.0) -> float:
    """Of detections that repeat the ground truth, their points moved by some pixels."""
    detections = []
    for entry in truth.anns.values():
        points = np.array(entry["keypoints"], float).reshape(-1, 3)
        points[:, 0] += shift_px
        if entry["num_keypoints"] and not entry["iscrowd"]:
            detections.append({key: entry[key] for key in ("image_id", "category_id")} | {"score": 0.9})
            detections[-1]["keypoints"] = points.ravel().tolist()
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(detections), "keypoints")
        evaluation.params.kpt_oks_sigmas = np.full(2, 0.05)
        # COCO looks at persons of at least 32 x 32 pixels; ours are smaller.
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]] * 3, ["all", "medium", "large"]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


def load(path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def test_ground_truth_as_detections_scores_one_and_moved_points_do_not(awkward, tmp_path):
    path, exporter = exported(awkward, tmp_path / "out")
    coco = load(path)
    assert average_precision(coco) == pytest.approx(1.0)
    assert average_precision(coco, shift_px=3.0) < 0.7
    assert list(coco.imgs) == [frame + 1 for frame in open_dataset(awkward).indices]
    (category,) = coco.cats.values()
    assert (category["id"], category["name"], category["keypoints"]) == (1, "タイル: no", ["centre", "right"])
    assert category["skeleton"] == []
    assert [note.rpartition(":")[0] for note in exporter.notes] == [
        "instances of class \"disc <&> 'a'\" left out, which has no keypoints",
        "instances of class 'größe kübel' left out, which has no keypoints",
    ]


def test_points_are_those_of_the_records(awkward, tmp_path):
    coco = load(exported(awkward, tmp_path / "out")[0])
    count = 0
    for frame in open_dataset(awkward):
        entries = {entry["instance_id"]: entry for entry in coco.imgToAnns[frame.index + 1]}
        labels = [label for label in frame.labels("labelled", "ignored") if label.category == "タイル: no"]
        assert entries.keys() == {label.instance_id for label in labels}
        for label in labels:
            entry = entries[label.instance_id]
            assert entry["iscrowd"] == (label.status == "ignored")
            assert entry["num_keypoints"] == sum(point.visibility > 0 for point in label.keypoints)
            numbers = np.array(entry["keypoints"], float).reshape(-1, 3)
            for (x, y, visibility), point in zip(numbers, label.keypoints, strict=True):
                assert (x, y, visibility) == ((*point.xy_px, point.visibility) if point.visibility else (0, 0, 0))
                count += 1
    assert count > 100
    assert (tmp_path / "out/images" / coco.imgs[1]["file_name"]).is_file()


def test_parts_and_polygons(make_awkward, tmp_path):
    parts = Parts.of_frames({"train": [0, 2], "val": [5]})
    path, _ = exported(make_awkward(6), tmp_path / "out", parts, segmentation="polygon")
    assert sorted(item.name for item in path.iterdir()) == ["keypoints_train.json", "keypoints_val.json"]
    data = json.loads((path / "keypoints_val.json").read_text())
    assert [image["id"] for image in data["images"]] == [6]
    assert all(isinstance(entry["segmentation"], list) for entry in data["annotations"] if not entry["iscrowd"])


def test_without_keypoints_it_is_refused(make_dataset, flat, tmp_path):
    root = make_dataset(1, cards=lambda _: [flat.Card("card", 0, 0, 0.2, 0.2)], export=False)
    with pytest.raises(DatasetError, match="keypoints need objects that have some, but no object of a class"):
        exported(root, tmp_path / "out")
