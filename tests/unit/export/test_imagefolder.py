"""Imagefolders read back by the package `datasets`, without a network."""

from __future__ import annotations

import gc
import json
import warnings

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from synthvision.core.errors import UsageError
from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.reader import open_dataset
from synthvision.export.imagefolder import ImageFolderExporter
from synthvision.export.parts import Parts

# NumPy 2 warns about how pycocotools 2.0 makes arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_DATASETS_OFFLINE", "1")
        patch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
        yield


def load(cache, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import datasets

        found = datasets.load_dataset(*arguments, cache_dir=str(cache), **options)
        gc.collect()
    return found


def test_a_hundred_frames_come_back(awkward, tmp_path):
    dataset = open_dataset(awkward)
    exporter = load_plugin("exporters", "imagefolder")()
    # The first frame of the part "fold_a" has no instance.
    parts = Parts.of_frames({"train": range(83), "fold_a": range(83, 100)})
    out = exporter.export(dataset, tmp_path / "out", parts)
    loaded = load(tmp_path / "cache", str(out))
    assert {name: len(rows) for name, rows in loaded.items()} == {"train": 83, "fold_a": 17}
    assert loaded["fold_a"][0]["objects"]["bbox"] == []
    rows = [row for name in ("train", "fold_a") for row in loaded[name]]
    classes = json.loads((out / "classes.json").read_text())
    ignored = 0
    for frame, row in zip(dataset, rows, strict=True):
        np.testing.assert_array_equal(np.asarray(row["image"]), frame.rgb())
        assert (row["image_id"], row["width"], row["height"]) == (frame.index + 1, 96, 64)
        assert json.loads(row["weather"]) == frame.record.weather_levels()
        objects, labels = row["objects"], frame.labels("labelled", "ignored")
        assert {len(values) for values in objects.values()} == {len(labels)}
        assert [classes[number] for number in objects["categories"]] == [label.category for label in labels]
        assert objects["iscrowd"] == [int(label.status == "ignored") for label in labels]
        assert objects["visible_fraction"] == [label.visible_fraction for label in labels]
        for label, (x, y, width, height), counts in zip(labels, objects["bbox"], objects["rle"], strict=True):
            assert (x, y, x + width, y + height) == label.box_xyxy
            mask = coco_mask.decode({"size": [row["height"], row["width"]], "counts": counts})
            np.testing.assert_array_equal(mask > 0, decode_rle(label.rle))
        ignored += sum(objects["iscrowd"])
    assert ignored > 10
    assert exporter.notes == (f"ignored instances with iscrowd 1, which a training script has to look at: {ignored}",)


def test_one_part_alone_can_be_read_by_the_builder_of_that_name(make_awkward, tmp_path):
    out = ImageFolderExporter().export(open_dataset(make_awkward(6)), tmp_path / "out", Parts.whole())
    rows = load(tmp_path / "cache", "imagefolder", data_dir=str(out / "train"))["train"]
    assert len(rows) == 6
    assert rows[0]["image"].size == (96, 64)


def test_a_second_run_is_the_same(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(6))
    outs = [ImageFolderExporter().export(dataset, tmp_path / name, Parts.whole()) for name in "ab"]
    first, second = (
        {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()} for out in outs
    )
    assert first == second
    assert len(first) == 6 + 3


def test_names_that_cannot_be_splits_are_refused(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(1))
    with pytest.raises(UsageError, match=r"letters, digits and underscores .* got 'fold a'"):
        ImageFolderExporter().export(dataset, tmp_path / "out", Parts.whole("fold a"))
    assert not (tmp_path / "out").exists()
