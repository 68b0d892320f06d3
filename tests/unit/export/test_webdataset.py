"""Tar files read back by the package `webdataset`, which knows nothing of this one."""

from __future__ import annotations

import gc
import json
import tarfile
import warnings

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.reader import open_dataset
from synthvision.export.parts import Parts
from synthvision.export.webdataset import WebDatasetExporter

# NumPy 2 warns about how pycocotools 2.0 makes arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def read(folder, part="train"):
    import webdataset

    paths = [str(path) for path in sorted(folder.glob(f"{part}-*.tar"))]
    with warnings.catch_warnings():
        # The package leaves its files to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        samples = list(webdataset.WebDataset(paths, shardshuffle=False, empty_check=False))
        gc.collect()
    return samples


def files_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_hundred_frames_come_back_whole(awkward, tmp_path):
    dataset = open_dataset(awkward)
    out = load_plugin("exporters", "webdataset")(shard_mib=0.25).export(dataset, tmp_path / "out", Parts.whole())
    samples = read(out)
    assert len(samples) == 100
    assert len(list(out.glob("*.tar"))) > 3
    seen = ignored = 0
    names = {entry["id"]: entry["name"] for entry in json.loads((out / "classes.json").read_text())}
    ids = []
    for frame, sample in zip(dataset, samples, strict=True):
        assert sample["__key__"] == f"{frame.index:08d}"
        assert sample["png"] == frame.path("image").read_bytes()
        picture = cv2.imdecode(np.frombuffer(sample["png"], np.uint8), cv2.IMREAD_COLOR)
        np.testing.assert_array_equal(picture[..., ::-1], frame.rgb())
        about = json.loads(sample["json"])
        assert (about["image"]["id"], about["image"]["width"], about["image"]["height"]) == (frame.index + 1, 96, 64)
        labels = frame.labels("labelled", "ignored")
        assert len(about["annotations"]) == len(labels)
        for label, entry in zip(labels, about["annotations"], strict=True):
            mask = coco_mask.decode(entry["segmentation"]) > 0
            np.testing.assert_array_equal(mask, decode_rle(label.rle))
            x, y, width, height = entry["bbox"]
            assert (x, y, x + width, y + height) == label.box_xyxy
            assert entry["category"] == names[entry["category_id"]] == label.category
            assert entry["iscrowd"] == int(label.status == "ignored")
            ignored += entry["iscrowd"]
            ids.append(entry["id"])
            seen += 1
    assert ids == list(range(1, seen + 1))
    assert ignored > 10


def test_headers_tell_nothing_of_the_machine_and_a_second_run_is_the_same(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(12))
    first = WebDatasetExporter(shard_mib=0.1).export(dataset, tmp_path / "a", Parts.whole())
    second = WebDatasetExporter(shard_mib=0.1).export(dataset, tmp_path / "b", Parts.whole())
    assert files_of(first) == files_of(second)
    for path in first.glob("*.tar"):
        # A shard takes no further frame once it has reached its size: it is above by less than a frame and its end.
        assert path.stat().st_size < 0.1 * 2**20 + 60_000
        with tarfile.open(path) as tar:
            for entry in tar:
                assert (entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, 0, "", "")
                assert entry.mode == 0o644


def test_layers_go_with_the_pictures(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(3, output=OutputConfig(depth=True, ids=True)))
    out = WebDatasetExporter(layers=("depth", "ids")).export(dataset, tmp_path / "out", Parts.whole())
    for frame, sample in zip(dataset, read(out), strict=True):
        assert sample["depth.tiff"] == frame.path("depth").read_bytes()
        assert sample["ids.png"] == frame.path("ids").read_bytes()


def test_missing_layers_and_wrong_options_are_refused_before_anything_is_written(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(1))
    with pytest.raises(DatasetError, match=r"webdataset needs normals images"):
        WebDatasetExporter(layers=("normals",)).export(dataset, tmp_path / "out", Parts.whole())
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match=r"no option 'shard_mb'; did you mean 'shard_mib'"):
        WebDatasetExporter(shard_mb=1)


def test_parts_have_their_own_shards_and_older_ones_go(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(12))
    parts = Parts.of_frames({"train": range(9), "val": [9, 11]})
    out = tmp_path / "out"
    WebDatasetExporter(shard_mib=0.02).export(dataset, out, parts)
    many = {path.name for path in out.glob("*.tar")}
    assert len(many) > 3
    (out / "train-notes.tar").write_bytes(b"mine")
    WebDatasetExporter().export(dataset, out, parts)
    assert {path.name for path in out.iterdir()} == {
        "classes.json", "train-000000.tar", "train-notes.tar", "val-000000.tar"
    }  # fmt: skip
    (out / "train-notes.tar").unlink()
    assert [sample["__key__"] for sample in read(out, "val")] == ["00000009", "00000011"]
    assert len(read(out)) == 9


def test_a_fault_leaves_nothing_behind(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(8))
    dataset.frame(5).path("image").unlink()
    with pytest.raises(DatasetError, match=r"00000005.png must be readable"):
        WebDatasetExporter(shard_mib=0.01).export(dataset, tmp_path / "out", Parts.whole())
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match=r"must be writable and have room"):
        WebDatasetExporter().export(dataset, tmp_path / "file", Parts.whole())
