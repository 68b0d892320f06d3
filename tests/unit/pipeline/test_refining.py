"""A job with a realism section: the bytes of rendering and refining one after the other, also after any stop."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from synthvision.config.job import load_job
from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.validate import validate_dataset
from synthvision.pipeline.run import render_job
from synthvision.pipeline.shards import Shard
from synthvision.realism.run import apply_realism

SECTION = """
realism:
  refiners:
    - {kind: fourier, reference: photos, share: 0.02, strength: 0.5}
    - {kind: sensor, reference: photos, jpeg: false}
  batch: 4
  keep_render: true
"""


def files_of(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def refined_job_file(job_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("refined")
    photos = folder / "photos"
    photos.mkdir()
    for number in range(6):
        rng = rng_for(number, 0, "photo")
        coarse = rng.integers(30, 220, (6, 8, 3)).astype(np.uint8)
        cv2.imwrite(str(photos / f"{number}.png"), cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC))
    path = folder / "refined.yaml"
    path.write_text(job_file.read_text() + SECTION)
    return path


@pytest.fixture(scope="module")
def refined_set(refined_job_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one") / "set"
    summary = render_job(load_job(refined_job_file), folder, workers=1)
    assert (summary.done, summary.exit_code) == (6, 0)
    return folder


def test_it_is_rendering_and_then_refining(refined_job_file, refined_set, small_set, tmp_path):
    job = load_job(refined_job_file)
    apply_realism(small_set, job.realism, tmp_path / "set", base=job.folder)
    expected, got = files_of(tmp_path / "set"), files_of(refined_set)
    assert expected.keys() | {"preview.png"} == got.keys()
    # The data sets have other names, which stand in the manifest and in what COCO says of itself.
    coco = "annotations/instances.json"
    assert {name for name in expected if got[name] != expected[name]} == {"manifest.json", coco}
    one, other = json.loads(expected[coco]), json.loads(got[coco])
    assert one.pop("info") != other.pop("info")
    assert one == other
    assert not (refined_set / ".renders").exists()
    # What was rendered is kept beside, byte for byte, and was changed.
    for frame in range(6):
        name = f"0000/{frame:08d}.png"
        assert got[f"renders/{name}"] == (small_set / "images" / name).read_bytes()
        if open_dataset(refined_set).frame(frame).record.realism.decision == "refined":
            assert got[f"images/{name}"] != got[f"renders/{name}"]
    assert not validate_dataset(refined_set)


def test_the_manifest_says_what_was_applied(refined_set):
    manifest = open_dataset(refined_set).manifest
    assert manifest.stages["realism"]
    assert manifest.realism.source_manifest_sha256 is None
    assert [model.kind for model in manifest.realism.models] == ["fourier", "sensor"]
    assert all(model.real_photos == 6 and len(model.sha256) == 64 for model in manifest.realism.models)
    assert "/" not in json.dumps([model.model_dump() for model in manifest.realism.models])


def test_workers_do_not_matter(refined_job_file, refined_set, tmp_path):
    render_job(load_job(refined_job_file), tmp_path / "set", workers=2)
    assert files_of(tmp_path / "set") == files_of(refined_set)


def test_killed_and_resumed_it_ends_in_the_same_bytes(refined_job_file, refined_set, tmp_path):
    root = tmp_path / "set"
    command = [sys.executable, "-m", "synthvision", "render", str(refined_job_file), "--workers", "1", "--resume"]
    pauses = random.Random(4)
    for _ in range(2):
        process = subprocess.Popen(
            [*command, "--out", str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
        )
        deadline = time.monotonic() + 60
        while not (root / "manifest.json").is_file() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(pauses.random())
        process.send_signal(signal.SIGKILL)
        process.wait()
        # Its model process and workers end with it; the lock says when.
        time.sleep(0.5)
    done = subprocess.run([*command, "--out", str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert files_of(root) == files_of(refined_set)


def test_what_its_model_process_cannot_follow_is_refused(refined_job_file, tmp_path):
    job = load_job(refined_job_file)
    with pytest.raises(UsageError, match="cannot be rendered in shards"):
        render_job(job, tmp_path / "set", shard=Shard(1, 2))
    with pytest.raises(UsageError, match="cannot be rendered to memory://set"):
        render_job(job, "memory://set")


def test_a_missing_reference_is_known_before_the_first_frame(refined_job_file, tmp_path):
    job = load_job(refined_job_file, ["realism.refiners.0.reference=nowhere"])
    with pytest.raises(Exception, match="nowhere"):
        render_job(job, tmp_path / "set", workers=1)
    assert not (tmp_path / "set" / "manifest.json").exists()
    assert not (tmp_path / "set" / "images").exists()
