"""Parquet files read back by the package `datasets`, without a network, and by pyarrow."""

from __future__ import annotations

import gc
import io
import sys
import warnings

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from synthvision.core.errors import MissingExtraError
from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import write_text
from synthvision.dataset.reader import open_dataset
from synthvision.export.parquet import ParquetExporter
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


def test_a_hundred_frames_come_back_with_pictures_and_class_names(awkward, tmp_path):
    dataset = open_dataset(awkward)
    exporter = load_plugin("exporters", "parquet")(shard_mib=0.2, group_rows=7)
    parts = Parts.of_frames({"train": range(83), "fold_a": range(83, 100)})
    out = exporter.export(dataset, tmp_path / "out", parts)
    assert len(list(out.glob("data/train-*"))) > 2
    # Another file beside them, as a conversion leaves it, must not mislead the reader.
    write_text(out / "conversion.json", "{}\n")
    loaded = load(tmp_path / "cache", str(out))
    assert {name: len(rows) for name, rows in loaded.items()} == {"train": 83, "fold_a": 17}
    names = loaded["train"].features["objects"]["categories"].feature.names
    assert names == list(dataset.manifest.class_names)
    ignored = 0
    rows = [row for name in ("train", "fold_a") for row in loaded[name]]
    for frame, row in zip(dataset, rows, strict=True):
        np.testing.assert_array_equal(np.asarray(row["image"]), frame.rgb())
        objects, labels = row["objects"], frame.labels("labelled", "ignored")
        assert {len(values) for values in objects.values()} == {len(labels)}
        assert [names[number] for number in objects["categories"]] == [label.category for label in labels]
        assert objects["iscrowd"] == [int(label.status == "ignored") for label in labels]
        assert objects["truncation"] == [label.truncation for label in labels]
        assert objects["name"] == [label.name for label in labels]
        for label, (x, y, width, height), counts in zip(labels, objects["bbox"], objects["rle"], strict=True):
            assert (x, y, x + width, y + height) == label.box_xyxy
            mask = coco_mask.decode({"size": [row["height"], row["width"]], "counts": counts})
            np.testing.assert_array_equal(mask > 0, decode_rle(label.rle))
        ignored += sum(objects["iscrowd"])
    assert exporter.notes == (f"ignored instances with iscrowd 1, which a training script has to look at: {ignored}",)


def test_the_builder_for_parquet_decodes_pictures_of_files_alone(make_awkward, tmp_path):
    out = ParquetExporter().export(open_dataset(make_awkward(3)), tmp_path / "out", Parts.whole())
    rows = load(tmp_path / "cache", "parquet", data_files=str(out / "data/train-*.parquet"))["train"]
    assert rows[1]["image"].size == (96, 64)


def test_row_groups_are_bounded_and_bytes_are_those_of_the_pictures(make_awkward, tmp_path):
    import pyarrow.parquet as pq

    dataset = open_dataset(make_awkward(10))
    out = ParquetExporter(group_rows=4).export(dataset, tmp_path / "out", Parts.whole())
    file = pq.ParquetFile(out / "data/train-00000-of-00001.parquet")
    assert [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)] == [4, 4, 2]
    images = file.read(["image"]).column("image").to_pylist()
    for frame, image in zip(dataset, images, strict=True):
        assert image == {"bytes": frame.path("image").read_bytes(), "path": frame.path("image").name}
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(image["bytes"]))), frame.rgb())
    small = ParquetExporter(group_mib=0.02).export(dataset, tmp_path / "small", Parts.whole())
    assert pq.ParquetFile(small / "data/train-00000-of-00001.parquet").num_row_groups > 3


def test_a_second_run_is_the_same(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(6))
    outs = [ParquetExporter().export(dataset, tmp_path / name, Parts.whole()) for name in "ab"]
    first, second = ((out / "data/train-00000-of-00001.parquet").read_bytes() for out in outs)
    assert first == second


def test_without_pyarrow_the_pip_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'synthvision\[parquet\]'"):
        ParquetExporter()
