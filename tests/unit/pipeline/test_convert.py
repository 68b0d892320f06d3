"""Converting: one pass, constant memory, what is said, and what is refused before a byte is written."""

from __future__ import annotations

import json
import os
import tracemalloc
from typing import ClassVar

import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import ConfigError, DatasetError, MissingExtraError, PluginError, UsageError
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.reader import open_dataset
from synthvision.export.exporter import ExportOptions
from synthvision.pipeline.convert import convert_dataset, parse_frames, parse_option_values

PICTURES = OutputConfig()


@pytest.fixture
def fake(monkeypatch):
    """Put an exporter in the place of every format."""

    def plant(kind):
        monkeypatch.setattr("synthvision.pipeline.convert.load_plugin", lambda group, name: kind)

    return plant


class FakeExporter:
    """Counts frames in a way that the test chooses."""

    class Options(ExportOptions):
        word: str = "x"

    needs: ClassVar[tuple[str, ...]] = ()
    passes = 1

    def __init__(self, **options):
        self.notes = (f"word {options.get('word')}",)

    def export(self, dataset, out, parts):
        for _ in range(self.passes):
            for _, frame in parts.frames_of(dataset):
                (out / f"{frame.index}.txt").write_text("")
        return out


def summary(folder):
    return json.loads((folder / "conversion.json").read_text())


def test_a_split_conversion_says_what_it_made(make_dataset, tmp_path):
    policy = LabelPolicy(max_truncation=0.3)
    root = make_dataset(10, output=PICTURES, policy=policy, export=False)
    done = []
    made = convert_dataset(
        root, "yolo", tmp_path / "out", options=["task=segment"], split="train=0.6,val=0.4", split_by="frame",
        split_seed=3, progress=done.append,
    )  # fmt: skip
    assert made.path == tmp_path / "out/data.yaml"
    assert done == list(range(1, 11))
    manifest = open_dataset(root).manifest
    data = summary(tmp_path / "out")
    assert data["source"] == "flat"
    assert data["config_hash"] == manifest.config_hash
    assert (data["format"], data["options"]) == ("yolo", {"task": "segment", "ignored": "leave_out"})
    assert data["split"] == {"by": "frame", "seed": 3, "shares": {"train": 0.6, "val": 0.4}}
    assert data["licences"] == ["CC0-1.0"]
    assert data["notes"] == list(made.notes)
    assert [data["parts"][name]["images"] for name in ("train", "val")] == [6, 4]
    frames = list(open_dataset(root))
    assert sum(part["labelled"] for part in data["parts"].values()) == sum(len(frame.labels()) for frame in frames)
    ignored = sum(len(frame.labels("ignored")) for frame in frames)
    assert sum(part["ignored"] for part in data["parts"].values()) == ignored > 0
    assert data["notes"] == [f"ignored instances without a label, in pictures that show them: {ignored}"]
    assert "/" not in json.dumps({**data, "parts": 0, "notes": 0})


def test_the_same_conversion_gives_the_same_bytes_and_links_pictures(make_dataset, tmp_path):
    root = make_dataset(4, output=PICTURES, export=False)
    for name in ("a", "b"):
        convert_dataset(root, "coco", tmp_path / name, split={"train": 0.5, "val": 0.5}, split_by="frame")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert [path.as_posix() for path in files if path.suffix == ".json"] == [
        "annotations/instances_train.json", "annotations/instances_val.json", "conversion.json",
    ]  # fmt: skip
    assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes() for path in files)
    first = root / "images/0000/00000000.png"
    assert os.path.samefile(tmp_path / "a/images/0000/00000000.png", first)


def test_only_the_frames_that_are_asked_for(make_dataset, tmp_path):
    root = make_dataset(8, output=PICTURES, export=False)
    made = convert_dataset(root, "voc", tmp_path / "out", frames="1-2,5,7-")
    assert made.parts["train"].images == 4
    assert (tmp_path / "out/ImageSets/Main/train.txt").read_text().split() == [f"{k:08d}" for k in (1, 2, 5, 7)]
    assert summary(tmp_path / "out")["frames"] == "1-2,5,7-"
    split = convert_dataset(root, "coco", tmp_path / "two", frames="4-", split="a=0.5,b=0.5", split_by="frame")
    assert {name: counts.images for name, counts in split.parts.items()} == {"a": 2, "b": 2}
    with pytest.raises(UsageError, match=r"--frames must name frames of .*, but none of them is there"):
        convert_dataset(root, "coco", tmp_path / "none", frames="100-")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a", "got 'a'"),
        ("3-1", "must not end before it starts"),
        ("", "got ''"),
        ("-5", "got '-5'"),
        ("1,,2", "got ''"),
    ],
)
def test_frames_in_another_form_are_refused(text, match):
    with pytest.raises(UsageError, match=match):
        parse_frames(text)
    assert parse_frames("7") == (range(7, 8),)


def test_a_missing_layer_is_named_with_the_command_that_makes_it(make_dataset, tmp_path, fake):
    class NeedsDepth(FakeExporter):
        needs = ("depth", "ids")

    fake(NeedsDepth)
    root = make_dataset(2, output=PICTURES, export=False)
    with pytest.raises(DatasetError) as error:
        convert_dataset(root, "bop", tmp_path / "out")
    message = str(error.value)
    assert "bop needs depth and ids images, but" in message
    assert "has only: image" in message
    assert f"make them: synthvision replay {root} --layers depth,ids" in message
    assert not (tmp_path / "out").exists()


def test_wrong_formats_options_and_folders_are_refused_before_anything_is_written(make_dataset, tmp_path):
    root = make_dataset(2, output=PICTURES, export=False)
    out = tmp_path / "out"

    def refused(error, match, to="yolo", **options):
        with pytest.raises(error, match=match):
            convert_dataset(root, to, options.pop("out", out), **options)
        assert not out.exists()

    refused(PluginError, "no exporters plugin named 'yollo'; did you mean 'yolo'", to="yollo")
    refused(UsageError, "yolo has no option 'taks'; did you mean 'task'", options=["taks=segment"])
    refused(UsageError, "an option must be KEY=VALUE, e.g. task=segment, got 'task'", options=["task"])
    refused(UsageError, "option 'task' is given twice", options=["task=pose", "task=obb"])
    refused(ConfigError, "task", options=["task={"])
    refused(UsageError, "must be above 0 and add up to 1", split={"train": 0.5})
    refused(UsageError, "did you mean 'scene'", split="a=0.5,b=0.5", split_by="scenes")
    refused(UsageError, "must lie outside the data set", out=root / "yolo")
    refused(UsageError, "must lie outside the data set", out=root)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("")
    refused(DatasetError, "must be new or empty, but .* holds 'file'; choose another", out=tmp_path / "full")
    with pytest.raises(DatasetError, match="a data set must be a folder"):
        convert_dataset(tmp_path / "nowhere", "yolo", out)


def test_a_plugin_without_options_is_an_error(make_dataset, tmp_path, fake):
    fake(lambda: None)
    with pytest.raises(PluginError, match="must have Options"):
        convert_dataset(make_dataset(1, export=False), "odd", tmp_path / "out")


def test_a_missing_package_is_named_with_its_command(make_dataset, tmp_path, fake):
    class Missing(FakeExporter):
        def __init__(self, **options):
            raise MissingExtraError("the format parquet", "parquet")

    fake(Missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'synthvision\[parquet\]'"):
        convert_dataset(make_dataset(1, export=False), "parquet", tmp_path / "out")


@pytest.mark.parametrize("passes", [0, 1, 2])
def test_counts_are_right_however_an_exporter_reads(make_dataset, tmp_path, fake, passes):
    class Reads(FakeExporter):
        pass

    Reads.passes = passes
    fake(Reads)
    root = make_dataset(3, output=PICTURES, export=False)
    made = convert_dataset(root, "odd", tmp_path / "out", options={"word": "y"})
    assert made.parts["train"].images == 3
    assert made.notes == ("word y",)


def test_a_failed_conversion_leaves_no_summary(make_dataset, tmp_path):
    root = make_dataset(3, output=PICTURES, export=False)
    (root / "images/0000/00000002.png").unlink()
    with pytest.raises(DatasetError, match="could not be written from"):
        convert_dataset(root, "yolo", tmp_path / "out")
    assert not (tmp_path / "out/conversion.json").exists()


def test_an_empty_data_set_is_refused(make_dataset, tmp_path):
    root = make_dataset(1, output=PICTURES, export=False)
    (root / "records/00000.jsonl").unlink()
    with pytest.raises(UsageError, match="must have frames to convert, but has none"):
        convert_dataset(root, "yolo", tmp_path / "out")


@pytest.mark.parametrize("to", ["coco", "yolo", "kitti", "panoptic"])
def test_memory_does_not_grow_with_the_number_of_frames(make_dataset, tmp_path, monkeypatch, to):
    root = make_dataset(1, output=PICTURES, export=False)
    line = (root / "records/00000.jsonl").read_text()
    # One picture stands for all: what is measured is the labels.
    for module in ("coco", "panoptic"):
        monkeypatch.setattr(f"synthvision.export.{module}.place_file", lambda source, target: None)
    for module in ("yolo", "kitti"):
        monkeypatch.setattr(f"synthvision.export.{module}.place_picture", lambda *given, **others: None)

    def peak(count: int) -> int:
        lines = (
            line.replace('"frame":0,', f'"frame":{frame},').replace('"scene_index":0', f'"scene_index":{frame}')
            for frame in range(count)
        )
        (root / "records/00000.jsonl").write_text("".join(lines))
        tracemalloc.start()
        made = convert_dataset(root, to, tmp_path / f"{to}{count}", split={"train": 0.9, "val": 0.1})
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(part.images for part in made.parts.values()) == count
        return most

    peak(20)
    small, large = peak(100), peak(400)
    # What a split keeps of a frame: some numbers, and a scene's name.
    assert large - small < 300 * 1000


def test_values_are_yaml():
    assert parse_option_values(["a=1", "b=true", "c=text", "d=0.5", "e=", "f=x=y"]) == {
        "a": 1, "b": True, "c": "text", "d": 0.5, "e": None, "f": "x=y",
    }  # fmt: skip
