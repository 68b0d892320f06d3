"""The index: the columns are those of the records, it is kept and renewed, broken and new records do no harm."""

import json

import numpy as np
import pytest

from synthvision.core.errors import DatasetError
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import merge_records
from synthvision.inspect.browse.columns import STATUSES, Columns, join_columns
from synthvision.inspect.browse.index import IndexBuilder


def targets(dataset):
    return [(record.frame, item) for record in dataset.records() for item in record.instances if item.category]


def test_columns_hold_what_the_records_hold(make_dataset, build):
    folder = make_dataset(frames=5)
    dataset = open_dataset(folder)
    index, _, _ = build(folder)
    objects, frames = index.columns.objects, index.columns.frames
    assert frames["frame"].tolist() == [0, 1, 2, 3, 4]
    assert set(zip(frames["width"].tolist(), frames["height"].tolist(), strict=True)) == {(96, 64)}
    expected = targets(dataset)
    assert len(expected) > 10
    assert len(objects["row"]) == len(expected)
    for place, (frame, item) in enumerate(expected):
        assert frames["frame"][objects["row"][place]] == frame
        assert objects["instance"][place] == item.instance_id
        assert index.columns.names("class")[objects["class"][place] - 1] == item.category
        assert STATUSES[objects["status"][place] - 1] == item.status
        assert objects["area"][place] == item.visible_pixels
        box = tuple(int(objects[name][place]) for name in ("x1", "y1", "x2", "y2"))
        assert box == (item.box_xyxy or (-1, -1, -1, -1))
        assert np.isclose(objects["visible"][place], item.visible_fraction)
        assert np.isclose(objects["distance"][place], np.linalg.norm(item.bbox_3d.centre_m), rtol=1e-6)
    assert index.object_start.tolist() == np.searchsorted(objects["row"], np.arange(6)).tolist()


def test_offsets_lead_to_the_lines(make_dataset, build):
    folder = make_dataset(frames=4)
    index, _, _ = build(folder)
    data = open_dataset(folder).layout.shard(0).read_bytes()
    for frame in range(4):
        start, length = (int(index.columns.frames[name][frame]) for name in ("offset", "length"))
        assert json.loads(data[start : start + length])["frame"] == frame


def test_the_index_is_kept_and_only_what_changed_is_read_again(make_dataset, build, tmp_path):
    folder = make_dataset(frames=3)
    kept = tmp_path / "kept"
    first, _, builder = build(folder, kept)
    assert builder.shards_read == 1
    again, _, builder = build(folder, kept)
    assert builder.shards_read == 0
    assert again.version == first.version
    for name in first.columns.objects:
        assert np.array_equal(again.columns.objects[name], first.columns.objects[name], equal_nan=True)
    shard = open_dataset(folder).layout.shard(0)
    shard.write_bytes(b"".join(shard.read_bytes().splitlines(keepends=True)[:2]))
    shorter, _, builder = build(folder, kept)
    assert builder.shards_read == 1
    assert len(shorter) == 2
    assert shorter.version != first.version


def test_a_spoilt_cache_is_made_anew(make_dataset, build, tmp_path):
    folder, kept = make_dataset(frames=2), tmp_path / "kept"
    build(folder, kept)
    (file,) = (kept / "index").iterdir()
    whole = file.read_bytes()
    for spoilt in (b"", whole[:-9], whole[:40], b"x" + whole[1:], whole.replace(b'"blocks"', b'"blucks"')):
        file.write_bytes(spoilt)
        index, _, builder = build(folder, kept)
        assert (len(index), builder.shards_read) == (2, 1)
        assert file.read_bytes() == whole


def test_frames_that_are_not_merged_yet_are_there_and_stay_the_same_when_merged(make_dataset, build):
    folder = make_dataset(frames=4, merge=False, export=False)
    running, _, _ = build(folder)
    assert running.columns.frames["part"].tolist() == [1, 1, 1, 1]
    merge_records(open_dataset(folder).layout)
    done, _, _ = build(folder)
    assert done.columns.frames["part"].tolist() == [0, 0, 0, 0]
    for name in done.columns.objects:
        assert np.array_equal(running.columns.objects[name], done.columns.objects[name], equal_nan=True)


def test_a_growing_data_set_is_followed(make_dataset, tmp_path):
    folder = make_dataset(frames=4, merge=False, export=False)
    layout = open_dataset(folder).layout
    aside = tmp_path / "00000003.json"
    layout.part(3).rename(aside)
    builder = IndexBuilder(layout, open_dataset(folder).manifest.class_names, None)
    assert len(builder.load()) == 3
    aside.rename(layout.part(3))
    assert len(builder.load(patient=True)) == 3  # looked at a moment ago
    assert len(builder.load()) == 4


def test_a_part_counts_instead_of_the_line_of_its_frame(make_dataset, build):
    folder = make_dataset(frames=2)
    layout = open_dataset(folder).layout
    record = json.loads(layout.shard(0).read_bytes().splitlines()[1])
    record["size_wh"] = [10, 20]
    layout.parts.mkdir()
    layout.part(1).write_text(json.dumps(record))
    index, _, _ = build(folder)
    assert index.frames.tolist() == [0, 1]
    assert index.columns.frames["width"].tolist() == [96, 10]


@pytest.mark.parametrize(
    "line",
    [b'{"frame": 1, "instances": [', b'{"frame":1}\n', b'{"frame":1,"instances":[{}],"scene":{},"size_wh":[1,1]}\n'],
)
def test_a_broken_record_is_a_broken_frame_and_harms_no_other(make_dataset, build, line):
    folder = make_dataset(frames=3)
    shard = open_dataset(folder).layout.shard(0)
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(lines[0] + lines[2] + line)
    index, facets, _ = build(folder)
    assert index.frames.tolist() == [0, 1, 2]
    assert index.columns.frames["broken"].tolist() == [0, 1, 0]
    assert facets["record"].levels == ("whole", "broken")


def test_a_data_set_without_a_frame_has_an_empty_index(make_dataset, build):
    folder = make_dataset(frames=0, export=False)
    index, facets, _ = build(folder)
    assert len(index) == 0
    assert index.row(0) is None
    assert "class" in facets


def test_two_processes_read_what_one_reads(make_dataset, tmp_path):
    folder = make_dataset(frames=1)
    layout = open_dataset(folder).layout
    line = json.loads(layout.shard(0).read_bytes())
    for number in range(1, 7):
        line["frame"] = number * 1000
        layout.shard(number).write_text(json.dumps(line) + "\n")
    one = IndexBuilder(layout, ("card", "disc", "tile"), None, processes=1).load()
    counts = []
    two = IndexBuilder(layout, ("card", "disc", "tile"), None, processes=2).load(counts.append)
    assert two.frames.tolist() == one.frames.tolist() == [number * 1000 for number in range(7)]
    assert np.array_equal(two.columns.objects["area"], one.columns.objects["area"])
    assert counts == [1, 2, 3, 4, 5, 6, 7]


def test_levels_of_several_parts_share_one_table():
    def part(frame, level, table):
        zeros = {name: np.zeros(1, np.int32) for name in ("offset", "length")}
        frames = {"frame": np.array([frame], np.int32), **zeros}
        if level:
            frames["weather.kind"] = np.array([level], np.uint16)
        return Columns(frames, {"row": np.zeros(0, np.int32)}, {"row": np.zeros(0, np.int32)}, table)

    parts = [
        part(7, 1, {"weather.kind": ("fog", "rain")}),
        part(3, 2, {"weather.kind": ("clear", "fog")}),
        part(5, 0, {}),
    ]
    for one in parts:
        for group, names in (("frames", ("width", "height")), ("objects", ("class",)), ("refusals", ("reason",))):
            for name in names:
                getattr(one, group)[name] = np.zeros(1 if group == "frames" else 0, np.int32)
    fill(parts)
    joined = join_columns(parts)
    assert joined.frames["frame"].tolist() == [3, 5, 7]
    names = ("-", *joined.names("weather.kind"))
    assert [names[code] for code in joined.frames["weather.kind"].tolist()] == ["fog", "-", "fog"]


def fill(parts):
    """Give parts every column that they lack."""
    from synthvision.inspect.browse.columns import FRAME_COLUMNS, OBJECT_COLUMNS, REFUSAL_COLUMNS

    for part in parts:
        for group, fixed, length in (
            (part.frames, FRAME_COLUMNS, 1), (part.objects, OBJECT_COLUMNS, 0), (part.refusals, REFUSAL_COLUMNS, 0)
        ):  # fmt: skip
            for name, kind in fixed.items():
                group.setdefault(name, np.zeros(length, kind))


def test_one_frame_in_two_shards_is_told(make_dataset, build):
    folder = make_dataset(frames=2)
    layout = open_dataset(folder).layout
    layout.shard(1).write_bytes(layout.shard(0).read_bytes())
    with pytest.raises(DatasetError, match="frame 0 stands in two record files"):
        build(folder)
