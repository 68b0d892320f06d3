"""A data set written, broken in every way a disk can break it, and read."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.frame import annotate_frame
from synthvision.core.errors import DatasetError, FrameError
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.failures import FailureLog, load_failures
from synthvision.dataset.layout import DatasetLayout, frame_stem
from synthvision.dataset.manifest import config_hash, load_manifest, save_manifest
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import merge_records
from synthvision.dataset.writer import FrameWriter, new_folder


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_frame(flat, root: Path, frame: int, count: int = 4, **options):
    layout = DatasetLayout(root)
    world = flat.World(flat.random_cards(5, frame, count), frame=frame)
    captured = world.capture()
    annotated = annotate_frame(world.scene, captured, world.library, LabelPolicy(), flat.classes)
    FrameWriter(layout, load_manifest(layout), **options).write(annotated.to_record(), captured)
    return world, captured


def test_frames_come_back_as_they_were_written(make_dataset, flat):
    root = make_dataset(3)
    dataset = open_dataset(root)
    assert (len(dataset), dataset.indices, dataset.missing) == (3, (0, 1, 2), ())
    for frame in dataset:
        world = flat.World(flat.random_cards(5, frame.index, 6 if frame.index != 2 else 0), frame=frame.index)
        captured = world.capture()
        assert frame.scene == world.scene
        np.testing.assert_array_equal(frame.rgb(), captured.rgb_hwc)
        np.testing.assert_array_equal(frame.ids(), captured.labels.id_hw)
        np.testing.assert_array_equal(frame.depth(), captured.labels.depth_m_hw)
        np.testing.assert_allclose(frame.normals(), captured.labels.normal_hwc, atol=1 / 32767)
        classes = {label.instance_id: label.category for label in frame.labels()}
        for instance_id, category in classes.items():
            seen = frame.semantic()[captured.labels.id_hw == instance_id]
            assert (seen == flat.classes.index(category) + 1).all()
        assert (frame.semantic()[captured.labels.id_hw <= 1] == 0).all()
    assert (root / "images/0000/00000002.png").is_file()
    assert sorted(path.name for path in (root / "records").iterdir()) == ["00000.jsonl", "00000.sha256"]


def test_normals_keep_zero_and_the_sky_keeps_infinity(make_dataset):
    frame = open_dataset(make_dataset(3)).frame(2)
    assert np.isposinf(frame.depth()).any()
    assert (frame.normals()[np.isposinf(frame.depth())] == 0).all()


def test_the_same_frame_gives_the_same_bytes_in_any_order(make_dataset, flat):
    first = make_dataset(3, folder="a", merge=False, export=False)
    second = make_dataset(3, folder="b", merge=False, export=False)
    write_frame(flat, second, 1, 6)
    assert files_below(first) == files_below(second)
    assert (first / "records/.parts/00000001.json").is_file()


def test_parts_and_shards_are_read_alike(make_dataset):
    parts = make_dataset(4, folder="a", merge=False, export=False)
    shards = make_dataset(4, folder="b", export=False)
    assert list(open_dataset(parts).records()) == list(open_dataset(shards).records())
    assert open_dataset(parts).frame(3).record == open_dataset(shards).frame(3).record


def test_merging_adds_to_a_shard_and_a_newer_part_wins(make_dataset, flat):
    root = make_dataset(4, export=False)
    before = (root / "records/00000.jsonl").read_bytes()
    write_frame(flat, root, 1, count=3)
    assert len(open_dataset(root).frame(1).record.instances) == 4
    assert open_dataset(root).indices == (0, 1, 2, 3)
    merge_records(DatasetLayout(root))
    assert open_dataset(root).indices == (0, 1, 2, 3)
    assert len(open_dataset(root).frame(1).record.instances) == 4
    write_frame(flat, root, 1, count=6)
    merge_records(DatasetLayout(root))
    assert (root / "records/00000.jsonl").read_bytes() == before


def test_a_shard_holds_a_thousand_frames(make_dataset, flat):
    root = make_dataset(1, export=False, merge=False)
    for frame in (999, 1000, 12345):
        write_frame(flat, root, frame)
    layout = DatasetLayout(root)
    merge_records(layout, shards=[0])
    assert layout.shard_numbers() == [0]
    assert layout.part_frames() == [1000, 12345]
    merge_records(layout)
    assert layout.shard_numbers() == [0, 1, 12]
    assert open_dataset(root).indices == (0, 999, 1000, 12345)
    assert (root / "images/0001/00012345.png").is_file()


def test_a_frame_is_done_only_when_its_record_is_there(make_dataset, flat, monkeypatch):
    root = make_dataset(1, export=False)
    before = files_below(root)
    monkeypatch.setattr("synthvision.dataset.writer.write_part", fail_with(errno.ENOSPC))
    with pytest.raises(FrameError, match="frame 1 could not be written"):
        write_frame(flat, root, 1)
    assert files_below(root) == before
    assert open_dataset(root).indices == (0,)


def fail_with(code: int):
    def fail(*args, **kwargs):
        raise DatasetError(f"the disk is full: {errno.errorcode[code]}")

    return fail


class FullDisk:
    """Makes `Path.open` give files that take only so many bytes, as a full disk does."""

    def __init__(self, monkeypatch, room: int) -> None:
        self.room = room
        opened = Path.open
        disk = self

        def limited(path, mode="r", *args, **kwargs):
            stream = opened(path, mode, *args, **kwargs)
            if "w" not in mode:
                return stream
            write = stream.write

            class Limited:
                def write(self, data):
                    taken = min(len(data), disk.room)
                    disk.room -= taken
                    write(data[:taken])
                    if taken < len(data):
                        raise OSError(errno.ENOSPC, "No space left on device")
                    return taken

                def __getattr__(self, name):
                    return getattr(stream, name)

                def __enter__(self):
                    return self

                def __exit__(self, *error):
                    stream.close()

            return Limited()

        monkeypatch.setattr(Path, "open", limited)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.8, 0.9])
def test_a_full_disk_leaves_no_half_file_and_a_readable_set(make_dataset, flat, monkeypatch, share):
    root = make_dataset(2, export=False, merge=False)
    before = files_below(root)
    whole = sum(len(data) for name, data in before.items() if "00000001" in name)
    with monkeypatch.context() as patch:
        FullDisk(patch, int(share * whole))
        with pytest.raises(FrameError, match=r"frame 2 could not be written: the disk is full: .*free some space"):
            write_frame(flat, root, 2)
    assert files_below(root) == before
    assert len(list(open_dataset(root).records())) == 2
    write_frame(flat, root, 2)
    assert open_dataset(root).indices == (0, 1, 2)


def test_a_full_disk_while_merging_loses_no_record(make_dataset, monkeypatch):
    root = make_dataset(3, export=False, merge=False)
    before = files_below(root)
    with monkeypatch.context() as patch:
        FullDisk(patch, 5_000)
        with pytest.raises(DatasetError, match="the disk is full"):
            merge_records(DatasetLayout(root))
    assert files_below(root) == before
    merge_records(DatasetLayout(root))
    assert open_dataset(root).indices == (0, 1, 2)


def test_room_for_the_annotations_is_kept_free(make_dataset, flat, monkeypatch):
    root = make_dataset(1, export=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 2**20))
    with pytest.raises(FrameError, match="for the annotations at the end"):
        write_frame(flat, root, 1)
    assert open_dataset(root).indices == (0,)


def test_an_atomic_file_keeps_the_old_one_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    write_text(path, "old", durable=True)
    with pytest.raises(ZeroDivisionError), atomic_file(path) as stream:
        stream.write(b"%d" % (1 // 0))
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]
    (tmp_path / "in_the_way").write_text("")
    with pytest.raises(DatasetError, match="must be writable"):
        write_text(tmp_path / "in_the_way" / "file.txt", "x")


def test_a_new_data_set_takes_only_an_empty_folder(tmp_path):
    assert new_folder(tmp_path / "new" / "deep").root.is_dir()
    assert new_folder(tmp_path / "new" / "deep").root.is_dir()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "a.txt").write_text("")
    (tmp_path / "used" / "b.txt").write_text("")
    with pytest.raises(DatasetError, match=r"must be new or empty, but .*used holds 'a.txt' and 1 more"):
        new_folder(tmp_path / "used")
    with pytest.raises(DatasetError, match="is a file"):
        new_folder(tmp_path / "used" / "a.txt")


def test_reading_says_what_is_missing(make_dataset, tmp_path, flat):
    with pytest.raises(DatasetError, match="there is none at"):
        open_dataset(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"must be a data set, but has no manifest.json"):
        open_dataset(tmp_path)
    root = make_dataset(3, export=False, output=OutputConfig())
    dataset = open_dataset(root)
    with pytest.raises(DatasetError, match=r"frame 7 is not in .* which holds 3 frames"):
        dataset.frame(7)
    FailureLog(dataset.layout).add(7, "PlacementError", "no room for cards/3", 2)
    with pytest.raises(DatasetError, match=r"frame 7 .* failed: no room for cards/3"):
        dataset.frame(7)
    with pytest.raises(DatasetError, match="must have depth images for this, but has only: image"):
        dataset.frame(0).depth()
    path = dataset.frame(1).path("image")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DatasetError, match=r"00000001.png must be a whole png image"):
        dataset.frame(1).rgb()
    path.unlink()
    with pytest.raises(DatasetError, match=r"00000001.png must be readable"):
        dataset.frame(1).rgb()


def test_a_broken_manifest_is_named_with_its_key(make_dataset):
    root = make_dataset(1, export=False)
    path = root / "manifest.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"seed": "three"}))
    with pytest.raises(DatasetError, match=r"manifest.json: seed: "):
        open_dataset(root)
    path.write_text(json.dumps(data | {"schema_version": 2}))
    with pytest.raises(DatasetError, match="schema_version must be 1, got 2"):
        open_dataset(root)
    path.write_text("{")
    with pytest.raises(DatasetError, match="must be readable JSON"):
        open_dataset(root)


def test_a_broken_record_is_named(make_dataset):
    root = make_dataset(2, export=False)
    shard = root / "records/00000.jsonl"
    whole = shard.read_text()
    shard.write_text(whole[:-9])
    with pytest.raises(DatasetError, match=r"00000.jsonl:2: must be the whole record"):
        list(open_dataset(root).records())
    shard.write_text(whole.replace('"noise":', '"nois":'))
    with pytest.raises(DatasetError, match="frame 0: must be a whole frame record; "):
        list(open_dataset(root).records())


def test_failures_are_listed_in_frame_order_and_can_be_taken_back(tmp_path):
    layout = DatasetLayout(tmp_path)
    assert load_failures(layout) == ()
    log = FailureLog(layout)
    log.add(9, "RenderError", "NaN", 2)
    log.add(3, "PlacementError", "no room", 1)
    assert [failure.frame for failure in load_failures(layout)] == [3, 9]
    # Of a frame that fails again the last counts; a line that was cut short is passed over, and ended by the next.
    log.add(9, "WorkerDied", "signal 9", 2)
    with layout.failures.open("a") as stream:
        stream.write('{"error":"Rend')
    log.add(4, "WorkerHung", "900 s", 2)
    assert [(failure.frame, failure.error) for failure in load_failures(layout)] == [
        (3, "PlacementError"), (4, "WorkerHung"), (9, "WorkerDied"),
    ]  # fmt: skip
    FailureLog(layout).settle({9})
    assert [failure.frame for failure in load_failures(layout)] == [3, 4]
    assert len(layout.failures.read_text().splitlines()) == 2
    FailureLog(layout).settle({3, 4})
    assert not layout.failures.exists()
    layout.failures.write_text("{}\n")
    with pytest.raises(DatasetError, match="must hold one failure a line"):
        load_failures(layout)


def test_the_hash_leaves_out_what_changes_no_frame():
    config = {"seed": 1, "frames": 10, "workers": 2, "labels": {"otherwise": "drop"}}
    assert config_hash(config) == config_hash(config | {"frames": 99, "workers": 8, "executor": "ray"})
    assert config_hash(config) != config_hash(config | {"seed": 2})


def test_eight_digits_and_a_folder_for_ten_thousand():
    assert frame_stem(17) == "0000/00000017"
    assert frame_stem(99_999_999) == "9999/99999999"
    with pytest.raises(Exception, match="must be 0 to 99999999"):
        frame_stem(10**8)


def test_the_order_of_the_job_survives_the_manifest_and_counts_in_the_hash(tmp_path, make_dataset):
    """Groups of objects are placed in the order of the file, so another order makes other frames."""
    first, second = {"objects": {"table": 1, "bowls": 2}}, {"objects": {"bowls": 2, "table": 1}}
    assert config_hash(first) != config_hash(second)
    layout = DatasetLayout(make_dataset())
    manifest = load_manifest(layout).model_copy(update={"config": first, "config_hash": config_hash(first)})
    save_manifest(layout, manifest)
    read = load_manifest(layout)
    assert list(read.config["objects"]) == ["table", "bowls"]
    assert config_hash(read.config) == read.config_hash
