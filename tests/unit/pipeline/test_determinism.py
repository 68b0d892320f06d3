"""Frame k depends on (job, seed, k) alone: the promise that everything else stands on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.records import read_line
from synthvision.pipeline.run import render_job


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def four_workers(small_job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("four") / "set"
    render_job(small_job, folder, workers=4)
    return folder


def test_four_workers_write_the_same_bytes_as_one(small_set, four_workers):
    one, four = files_of(small_set), files_of(four_workers)
    assert one.keys() == four.keys()
    assert [name for name in one if one[name] != four[name]] == []


def test_a_frame_alone_in_a_fresh_process_is_the_frame_of_the_run(small_set, job_file, tmp_path):
    alone = tmp_path / "alone"
    command = [sys.executable, "-m", "synthvision", "render", str(job_file), "--frame", "4", "--out", str(alone)]
    subprocess.run(command, check=True, capture_output=True)
    for folder, suffix in (("images", "png"), ("ids", "png"), ("depth", "tiff"), ("normals", "png")):
        name = f"{folder}/0000/00000004.{suffix}"
        assert (alone / name).read_bytes() == (small_set / name).read_bytes(), name
    line = read_line(DatasetLayout(alone), 4)
    assert line is not None
    assert line == read_line(DatasetLayout(small_set), 4)


def test_another_seed_makes_other_frames(small_set, job_file, tmp_path):
    other = tmp_path / "other"
    command = [sys.executable, "-m", "synthvision", "render", str(job_file), "--seed", "1", "--frames", "1"]
    subprocess.run([*command, "--out", str(other)], check=True, capture_output=True)
    name = "images/0000/00000000.png"
    assert (other / name).read_bytes() != (small_set / name).read_bytes()


def test_no_file_names_this_machine_or_the_time(small_set):
    import socket
    from pathlib import Path

    needles = [str(small_set).encode(), str(Path.home()).encode() + b"/", socket.gethostname().encode()]
    for name, data in files_of(small_set).items():
        if name.endswith((".json", ".jsonl")):
            assert not [needle for needle in needles if len(needle) > 6 and needle in data], name
