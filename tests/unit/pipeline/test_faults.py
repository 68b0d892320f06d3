"""What goes wrong while a job runs: it goes on, says what failed, and leaves a set that can be read."""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import time

import psutil
import pytest

from synthvision.config.job import load_job
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.validate import validate_dataset
from synthvision.pipeline.run import render_job


def workers_of_this_process():
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "synthvision.pipeline.worker" in child.cmdline():
                found.append(child)
        except psutil.Error:
            continue
    return found


def test_a_killed_worker_costs_nothing(small_job, small_set, tmp_path):
    killed = []

    def kill_one(progress):
        if progress.done == 1:
            victim = workers_of_this_process()[0]
            victim.kill()
            killed.append(victim.pid)

    summary = render_job(small_job, tmp_path / "set", workers=2, progress=kill_one)
    assert killed
    assert (summary.done, summary.failures) == (6, ())
    name = "records/00000.jsonl"
    assert (tmp_path / "set" / name).read_bytes() == (small_set / name).read_bytes()


def test_a_worker_that_dies_on_a_frame_every_time_costs_that_frame_alone(small_job, tmp_path):
    def kill_all(progress):
        for worker in workers_of_this_process():
            worker.kill()

    # Every worker dies as soon as any frame ends, so some frames are hit twice; none may be lost without a word.
    summary = render_job(small_job, tmp_path / "set", workers=2, progress=kill_all)
    failed = {failure.index for failure in summary.failures}
    assert summary.done + len(failed) == 6
    assert {failure.error for failure in summary.failures} <= {"WorkerDied"}
    dataset = open_dataset(tmp_path / "set")
    assert set(dataset.indices) == set(range(6)) - failed
    assert {failure.frame for failure in dataset.failures} == failed


def test_scenes_that_cannot_be_placed_are_listed_and_the_others_made(job_file, tmp_path):
    crowded = ["scene.objects.bottles.count={uniform_int: [1, 9]}", "scene.max_restarts=0", "frames=12"]
    crowded += ["scene.objects.bottles.placement.region.radius_m=0.11", "scene.objects.bottles.placement.max_tries=30"]
    summary = render_job(load_job(job_file, crowded), tmp_path / "set", workers=2)
    assert summary.failures
    assert summary.done
    assert summary.exit_code == 1
    lines = [json.loads(line) for line in (tmp_path / "set" / "failures.jsonl").read_text().splitlines()]
    assert [line["frame"] for line in lines] == sorted(failure.index for failure in summary.failures)
    assert all(line["error"] == "PlacementError" and "bottles" in line["reason"] for line in lines)
    assert len(open_dataset(tmp_path / "set")) == summary.done


def test_a_full_disk_leaves_a_readable_set(job_file, small_set, tmp_path):
    # A limit on the size of files stands in for the disk: half of the pictures fit.
    sizes = sorted(path.stat().st_size for path in (small_set / "images").rglob("*.png"))
    limit = int(statistics.median(sizes))
    small = ["--set", "output.depth=false", "--set", "output.normals=false"]
    command = [sys.executable, "-m", "synthvision", "render", str(job_file), "--out", str(tmp_path / "set"), *small]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SYNTHVISION_HOME": str(tmp_path / "home"), "MESA_SHADER_CACHE_DISABLE": "true"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    written = {int(path.stem) for path in (tmp_path / "set" / "images").rglob("*.png")}
    assert 0 < len(written) < 6
    assert not list((tmp_path / "set").rglob("*.partial"))
    dataset = open_dataset(tmp_path / "set")
    assert set(dataset.indices) == written


def test_ctrl_c_ends_cleanly(job_file, tmp_path):
    command = [sys.executable, "-m", "synthvision", "render", str(job_file), "--frames", "400", "--workers", "2"]
    with subprocess.Popen([*command, "--out", str(tmp_path / "set")], stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not list((tmp_path / "set").glob("images/*/*.png")):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    findings = [finding for finding in validate_dataset(tmp_path / "set") if finding.check != "frames_missing"]
    assert findings == []
    assert (tmp_path / "set" / "preview.png").is_file()


@pytest.mark.parametrize("content", ["", "old"])
def test_a_folder_that_is_not_empty_is_refused(small_job, tmp_path, content):
    from synthvision.core.errors import DatasetError

    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "notes.txt").write_text(content)
    with pytest.raises(DatasetError, match=r"must be new or empty.*notes\.txt"):
        render_job(small_job, tmp_path / "set")
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["notes.txt"]
