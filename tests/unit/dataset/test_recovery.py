"""What is whole after anything may have happened to a data set on disk; each fault is planted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from synthvision.core.errors import DatasetError
from synthvision.dataset.checksums import checksum_holds
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.lock import DatasetLock
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.recovery import recover


@pytest.fixture
def layout(make_dataset):
    return DatasetLayout(make_dataset(4, export=False))


def test_a_whole_set_is_left_as_it_is(layout):
    before = {path: path.read_bytes() for path in layout.root.rglob("*") if path.is_file()}
    found = recover(layout)
    assert found.frames.tolist() == [0, 1, 2, 3]
    assert (found.broken, found.shards, found.temporary) == ((), (), 0)
    assert {path: path.read_bytes() for path in layout.root.rglob("*") if path.is_file()} == before


def test_the_checksum_is_what_sha256sum_says(layout):
    done = subprocess.run(["sha256sum", "-c", "00000.sha256"], cwd=layout.records, capture_output=True, check=False)
    assert done.returncode == 0
    assert checksum_holds(layout, 0)


@pytest.mark.parametrize("cut", [1, 20, 5000])
def test_a_shard_that_was_cut_short_keeps_its_whole_records(layout, cut):
    path = layout.shard(0)
    path.write_bytes(path.read_bytes()[:-cut])
    assert checksum_holds(layout, 0) is False
    found = recover(layout)
    assert found.frames.tolist()[:3] == [0, 1, 2][: len(found.frames)]
    assert 3 not in found.frames
    assert found.shards == (0,)
    assert checksum_holds(layout, 0)
    assert open_dataset(layout.root).indices == tuple(found.frames)


@pytest.mark.parametrize("garbage", [b"\x00" * 64 + b"\n", b'{"frame": 2}\n', b'{"frame":7,"files":{}}\n'])
def test_lines_that_are_no_records_are_taken_out(layout, garbage):
    lines = layout.shard(0).read_bytes().splitlines(keepends=True)
    layout.shard(0).write_bytes(b"".join([*lines[:2], garbage, *lines[2:]]))
    assert recover(layout).frames.tolist() == [0, 1, 2, 3]
    assert layout.shard(0).read_bytes() == b"".join(lines)


def test_a_shard_with_nothing_whole_in_it_goes(layout):
    layout.shard(0).write_bytes(b"")
    assert recover(layout).frames.tolist() == []
    assert not layout.shard(0).exists()
    assert not layout.checksum(0).exists()


@pytest.mark.parametrize("harm", ["missing", "short"])
@pytest.mark.parametrize("merge", [True, False])
def test_a_frame_without_its_files_is_taken_out(make_dataset, harm, merge):
    layout = DatasetLayout(make_dataset(4, export=False, merge=merge))
    picture = layout.layer("depth", 1, "tiff")
    if harm == "missing":
        picture.unlink()
    else:
        picture.write_bytes(picture.read_bytes()[:-1])
    assert recover(layout, repair=False).frames.tolist() == [0, 2, 3]
    assert open_dataset(layout.root).indices == (0, 1, 2, 3)
    found = recover(layout)
    assert found.broken == (1,)
    assert open_dataset(layout.root).indices == (0, 2, 3)
    assert recover(layout).broken == ()


def test_what_a_killed_process_left_half_written_goes(layout):
    left = [layout.root / "images/0000/.00000009.png.77.partial", layout.records / ".00000.jsonl.77.partial"]
    for path in left:
        path.write_bytes(b"half")
    assert recover(layout).temporary == 2
    assert not any(path.exists() for path in left)


def test_a_shard_that_lost_its_checksum_gets_it_back(layout):
    before = layout.checksum(0).read_bytes()
    layout.checksum(0).unlink()
    assert checksum_holds(layout, 0) is None
    assert recover(layout).shards == ()
    assert layout.checksum(0).read_bytes() == before


HOLD = "import sys; from pathlib import Path; from synthvision.dataset.layout import DatasetLayout as L; \
from synthvision.dataset.lock import DatasetLock as K; k = K(L(Path(sys.argv[1])), shared=sys.argv[2] == 'shared'); \
print('held', flush=True); sys.stdin.read()"


@pytest.mark.parametrize(
    ("theirs", "ours", "goes"), [("shared", True, True), ("shared", False, False), ("alone", True, False)]
)
def test_a_lock_is_shared_or_held_alone_and_goes_with_its_process(tmp_path, theirs, ours, goes):
    layout = DatasetLayout(tmp_path)
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path), theirs], stdin=-1, stdout=-1)
    assert other.stdout.readline() == b"held\n"
    if goes:
        with DatasetLock(layout, shared=ours) as lock:
            assert not lock.take_alone()
    else:
        with pytest.raises(DatasetError, match="is being written by another process"):
            DatasetLock(layout, shared=ours)
    other.kill()
    other.communicate()
    with DatasetLock(layout, shared=ours) as lock:
        assert lock.take_alone()
        lock.release(remove=True)
    assert not layout.lock.exists()
