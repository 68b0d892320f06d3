"""Data sets as maps of samples, also through PyTorch's own loader, and frames found by where they lie in a shard."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.rle import encode_mask
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.labels import Rle
from synthvision.core.run_lengths import decode_rle
from synthvision.core.streams import rng_for
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.offsets import scan_offsets
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import merge_records


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(second[name]), err_msg=name)


def test_a_sample_holds_what_the_frame_holds(make_dataset):
    dataset = open_dataset(make_dataset(4, policy=LabelPolicy(max_truncation=0.1), export=False))
    samples = dataset.samples(layers=("image", "depth", "ids"), masks=True)
    assert len(samples) == 4
    ignored = 0
    for index in (3, 0, 2, 1):
        frame, sample = dataset.frame(index), samples[index]
        labels = frame.labels("labelled", "ignored")
        np.testing.assert_array_equal(sample["image"], frame.rgb())
        np.testing.assert_array_equal(sample["depth"], frame.depth())
        assert sample["boxes"].dtype == np.float32
        assert sample["boxes"].shape == (len(labels), 4)
        assert sample["labels"].dtype == np.int64
        classes = ["", *dataset.manifest.class_names]
        assert [classes[number] for number in sample["labels"]] == [label.category for label in labels]
        assert sample["masks"].shape == (len(labels), 64, 96)
        for label, mask, box, area in zip(labels, sample["masks"], sample["boxes"], sample["area"], strict=True):
            np.testing.assert_array_equal(mask, sample["ids"] == label.instance_id)
            assert tuple(box) == label.box_xyxy
            assert area == mask.sum()
        assert sample["iscrowd"].tolist() == [int(label.status == "ignored") for label in labels]
        assert (sample["image_id"], sample["frame"]) == (index + 1, index)
        ignored += int(sample["iscrowd"].sum())
    assert ignored
    assert samples[2]["boxes"].shape == (0, 4)
    assert_same(samples[-1], samples[3])
    with pytest.raises(IndexError):
        samples[4]


def test_a_transform_takes_the_place_of_the_dict(make_dataset):
    samples = open_dataset(make_dataset(2, output=OutputConfig(), export=False)).samples(lambda sample: sample["frame"])
    assert list(samples) == [0, 1]
    assert samples.with_transform(None)[1]["frame"] == 1


def test_layers_are_checked_before_the_first_sample(make_dataset):
    dataset = open_dataset(make_dataset(1, output=OutputConfig(), export=False))
    with pytest.raises(DatasetError, match=r"must have depth images .*--layers depth"):
        dataset.samples(layers=("depth",))
    with pytest.raises(UsageError, match=r"got 'dept'; did you mean 'depth'"):
        dataset.samples(layers=("dept",))
    assert set(dataset.samples(layers=())[0]) == {
        "boxes", "labels", "iscrowd", "area", "instance_ids", "image_id", "frame"
    }  # fmt: skip


def test_pytorch_reads_it_in_this_process_and_in_a_spawned_one(make_dataset):
    from torch.utils.data import DataLoader

    samples = open_dataset(make_dataset(5, output=OutputConfig(), export=False)).samples(masks=True)
    wanted = [samples[index] for index in range(5)]
    for options in ({}, {"num_workers": 1, "multiprocessing_context": "spawn"}):
        loader = DataLoader(samples, batch_size=2, collate_fn=list, **options)
        found = [sample for batch in loader for sample in batch]
        assert len(found) == 5
        for first, second in zip(found, wanted, strict=True):
            assert_same(first, second)


def test_it_is_pickled_small_and_without_torch(make_dataset):
    root = make_dataset(3, output=OutputConfig(), export=False)
    samples = open_dataset(root).samples()
    again = pickle.loads(pickle.dumps(samples))  # noqa: S301  our own bytes
    assert_same(again[1], samples[1])
    code = f"""
import sys, synthvision
samples = synthvision.open_dataset({str(root)!r}).samples()
assert len(samples[0]["boxes"]) > 0
assert not {{"torch", "pandas", "pyarrow"}} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_sixteen_bytes_a_frame(make_dataset):
    root = make_dataset(1, output=OutputConfig(), export=False)
    line = (root / "records/00000.jsonl").read_text()
    for shard in range(3):
        lines = (line.replace('"frame":0,', f'"frame":{shard * 1000 + number},') for number in range(1000))
        (root / f"records/{shard:05d}.jsonl").write_text("".join(lines))
    dataset = open_dataset(root)
    offsets = scan_offsets(dataset.layout)
    assert offsets.frames.nbytes + offsets.offsets.nbytes == 16 * 3000
    samples = dataset.samples(layers=())
    assert [samples[index]["frame"] for index in (0, 999, 1000, 2999)] == [0, 999, 1000, 2999]


def test_frames_are_found_in_parts_and_in_shards_that_change(make_dataset):
    root = make_dataset(4, output=OutputConfig(), export=False, merge=False)
    dataset = open_dataset(root)
    samples = dataset.samples(layers=())
    before = [samples[index] for index in range(4)]
    assert dataset.frame(2).index == 2
    merge_records(dataset.layout)
    for index in range(4):
        assert_same(samples[index], before[index])
        assert dataset.frame(index).index == index
    # The shard is written anew with longer lines: the places that are known no longer hold.
    shard = root / "records/00000.jsonl"
    records = [json.loads(line) for line in shard.read_text().splitlines()]
    shard.write_text("".join(json.dumps(record, sort_keys=True) + "\n" for record in records))
    for index in range(4):
        assert_same(samples[index], before[index])
        assert dataset.frame(index).record.frame == index


def test_broken_shards_are_named(make_dataset):
    root = make_dataset(3, output=OutputConfig(), export=False)
    shard = root / "records/00000.jsonl"
    dataset = open_dataset(root)
    with pytest.raises(DatasetError, match=r"frame 7 is not in .* which holds 3 frames"):
        dataset.frame(7)
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(DatasetError, match=r"00000.jsonl:3: must be the whole record"):
        open_dataset(root).samples()
    with pytest.raises(DatasetError, match=r"00000.jsonl:3: must be the whole record"):
        dataset.frame(0)


def test_run_lengths_are_decoded_as_the_labels_encode_them():
    rng = rng_for(0, 0, "test.masks")
    for size in ((1, 1), (7, 5), (64, 96), (300, 200)):
        for share in (0.0, 0.3, 0.97, 1.0):
            mask = rng.random(size) < share
            rle = encode_mask(mask)
            np.testing.assert_array_equal(decode_rle(rle), mask)
    for counts, message in (("13", "add up to 3 x 3"), ("1p", "characters '0' to 'o'"), ("1P", "end inside a number")):
        with pytest.raises(UsageError, match=message):
            decode_rle(Rle((3, 3), counts))
