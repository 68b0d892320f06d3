"""A run that was stopped at any moment goes on, and ends in the bytes of one that was not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from synthvision.config.job import load_job
from synthvision.core.errors import DatasetError
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.lock import DatasetLock
from synthvision.dataset.manifest import load_manifest, save_manifest
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.validate import validate_dataset
from synthvision.pipeline.run import _held, render_job
from synthvision.pipeline.shards import Shard


def files_of(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def as_begun(whole: Path, folder: Path, frames: set[int]) -> DatasetLayout:
    """Return a copy of a data set as it is after some of its frames: records in parts, no annotations."""
    shutil.copytree(whole, folder)
    layout = DatasetLayout(folder)
    lines = layout.shard(0).read_bytes().splitlines(keepends=True)
    layout.shard(0).unlink()
    layout.checksum(0).unlink()
    layout.coco.unlink()
    layout.preview.unlink()
    layout.parts.mkdir()
    for frame, line in enumerate(lines):
        if frame in frames:
            layout.part(frame).write_bytes(line)
        else:
            for layer in load_manifest(layout).layers.values():
                layout.layer(layer.folder, frame, layer.suffix).unlink()
    return layout


def test_what_is_missing_is_made_and_the_bytes_are_those_of_one_run(small_job, small_set, tmp_path):
    layout = as_begun(small_set, tmp_path / "set", {0, 3})
    (layout.root / "images/0000/.00000004.png.99.partial").write_bytes(b"half")
    layout.lock.touch()
    kept = layout.layer("images", 3, "png").stat().st_mtime_ns
    summary = render_job(small_job, layout.root, workers=1, resume=True)
    assert (summary.done, summary.there, summary.complete, summary.exit_code) == (4, 2, True, 0)
    assert files_of(layout.root) == files_of(small_set)
    assert layout.layer("images", 3, "png").stat().st_mtime_ns == kept


def test_a_whole_set_needs_no_worker(small_job, small_set, tmp_path, monkeypatch):
    shutil.copytree(small_set, tmp_path / "set")
    monkeypatch.setattr("synthvision.pipeline.run.load_plugin", lambda *words: pytest.fail("a worker was started"))
    monkeypatch.setattr("synthvision.pipeline.run_state.export_dataset", lambda layout: layout.coco)
    summary = render_job(small_job, tmp_path / "set", resume=True)
    assert (summary.done, summary.there) == (0, 6)
    assert files_of(tmp_path / "set") == files_of(small_set)


def test_a_failure_that_is_made_after_all_leaves_the_list(small_job, small_set, tmp_path):
    layout = as_begun(small_set, tmp_path / "set", {0, 1, 2, 3, 4})
    layout.failures.write_text('{"error":"WorkerDied","frame":5,"reason":"signal 9","tries":2}\n')
    render_job(small_job, layout.root, workers=1, resume=True)
    assert files_of(layout.root) == files_of(small_set)


def test_more_frames_may_be_asked_for(job_file, small_set, tmp_path):
    shutil.copytree(small_set, tmp_path / "set")
    summary = render_job(load_job(job_file, ["frames=7"]), tmp_path / "set", workers=1, resume=True)
    assert (summary.done, summary.there) == (1, 6)
    assert open_dataset(tmp_path / "set").indices == tuple(range(7))
    assert load_manifest(DatasetLayout(tmp_path / "set")).frame_count == 7
    assert not validate_dataset(tmp_path / "set")


@pytest.mark.parametrize(
    ("change", "said"), [("image.width=128", r"image\.width was 160 and is 128"), ("seed=9", "seed was 0 and is 9")]
)
def test_another_job_is_refused_and_nothing_touched(job_file, small_set, tmp_path, change, said):
    layout = as_begun(small_set, tmp_path / "set", {0, 3})
    before = files_of(layout.root)
    with pytest.raises(DatasetError, match=said):
        render_job(load_job(job_file, [change]), layout.root, resume=True)
    assert files_of(layout.root) == before


def test_another_fingerprint_is_refused_or_noted(small_job, small_set, tmp_path):
    layout = as_begun(small_set, tmp_path / "set", {0, 3})
    old = load_manifest(layout)
    save_manifest(layout, old.model_copy(update={"fingerprint": old.fingerprint | {"package.numpy": "1.0"}}))
    with pytest.raises(DatasetError, match=r'package\.numpy was "1\.0" and is .*--allow-mixed'):
        render_job(small_job, layout.root, workers=1, resume=True)
    assert open_dataset(layout.root).indices == (0, 3)
    render_job(small_job, layout.root, workers=1, resume=True, allow_mixed=True)
    (line,) = layout.mixed.read_text().splitlines()
    assert json.loads(line)["frames"] == [[1, 3, 1], [4, 6, 1]]
    assert open_dataset(layout.root).indices == tuple(range(6))


def test_resuming_where_nothing_was_begun_begins(small_job, small_set, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/.lock").touch()
    render_job(small_job, tmp_path / "set", workers=1, resume=True)
    assert files_of(tmp_path / "set") == files_of(small_set)


def test_the_last_shard_writes_the_annotations(small_job, small_set, tmp_path):
    first = render_job(small_job, tmp_path / "set", workers=1, shard=Shard(2, 2))
    assert (first.done, first.complete) == (3, False)
    assert not DatasetLayout(tmp_path / "set").coco.exists()
    second = render_job(small_job, tmp_path / "set", workers=1, shard=Shard(1, 2))
    assert (second.done, second.complete) == (3, True)
    assert files_of(tmp_path / "set") == files_of(small_set)


def test_a_shard_that_begins_while_another_does_shares_its_lock(tmp_path):
    layout = DatasetLayout(tmp_path / "set")
    layout.root.mkdir()
    with DatasetLock(layout, shared=True):
        (layout.root / ".manifest.json.77.partial").write_bytes(b"half")
        with _held(layout, joining=True, shared=True) as lock:
            assert not lock.take_alone()
        assert layout.lock.is_file()
    (layout.root / "notes.txt").touch()
    with pytest.raises(DatasetError, match=r"holds 'notes\.txt'"), _held(layout, joining=True, shared=True):
        pass


def test_kill_9_at_any_moment_loses_nothing(job_file, small_set, tmp_path):
    """The run and all its workers are killed again and again, as a machine that goes away kills them."""
    root = tmp_path / "set"
    command = [sys.executable, "-m", "synthvision", "render", str(job_file), "--resume", "--workers", "1"]
    environment = os.environ | {"SYNTHVISION_HOME": str(tmp_path / "home")}
    for kill in range(3):
        with subprocess.Popen([*command, "--out", str(root)], env=environment, stderr=subprocess.PIPE) as process:
            before = len(list(root.rglob("*.json*")))
            deadline = time.monotonic() + 120
            while len(list(root.rglob("*.json*"))) < before + 1 + kill % 2 and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            process.send_signal(signal.SIGKILL)
            process.wait()
        # Workers are killed with their parent: nobody writes into the next run.
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive
    done = subprocess.run([*command, "--out", str(root)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert files_of(root) == files_of(small_set)


def test_a_worker_that_hangs_costs_that_frame_alone(small_job, tmp_path):
    stopped = []

    def stop_the_worker(progress):
        if progress.done == 2 and not stopped:
            (worker,) = [
                child for child in psutil.Process().children(recursive=True) if "worker" in str(child.cmdline())
            ]
            worker.suspend()
            stopped.append(worker.pid)

    summary = render_job(small_job, tmp_path / "set", workers=1, progress=stop_the_worker, frame_timeout_s=20)
    assert stopped
    # The second try, in a new process, goes well.
    assert (summary.done, summary.failures) == (6, ())


def test_a_frame_that_hangs_twice_is_given_up_with_its_reason(small_job, tmp_path, monkeypatch):
    from synthvision.pipeline.executors import local, supervision

    give = local._Worker.give
    stopped = []

    def give_or_stop(worker, chunk):
        if 3 in chunk:
            if not worker.is_ready:
                worker.wait_until_ready()
            worker.process.send_signal(signal.SIGSTOP)
            stopped.append(list(chunk))
        give(worker, chunk)

    # With one chunk at a time, the worker that stops holds no frame but the one that is to hang.
    monkeypatch.setattr(supervision, "_CHUNKS_AHEAD", 1)
    monkeypatch.setattr(local._Worker, "give", give_or_stop)
    summary = render_job(small_job, tmp_path / "set", workers=1, frame_timeout_s=8)
    assert stopped[-2:] == [[3], [3]]
    (failure,) = summary.failures
    assert (failure.error, failure.tries) == ("WorkerHung", 2)
    assert "longer than 8 s" in failure.reason
    assert summary.done == 5


def test_workers_are_replaced_before_leaks_matter(small_job, small_set, tmp_path):
    from synthvision.pipeline.executors.executor import ExecutorOptions
    from synthvision.pipeline.executors.local import LocalExecutor
    from synthvision.pipeline.run import worker_setup

    shutil.copytree(small_set, tmp_path / "set")
    pool = LocalExecutor(worker_setup(small_job, tmp_path / "set"), ExecutorOptions(workers=1, recycle_frames=2))
    processes = set()
    try:
        for outcome in pool.run([[0], [1], [2], [3]]):
            assert outcome.ok
            processes.add(pool._workers[0].process.pid)
    finally:
        pool.close()
    assert len(processes) == 2
