"""Ray: a cluster of two nodes beside the driver's; what is lost on the way, and the bytes that come of it."""

from __future__ import annotations

import json
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from synthvision.config.job import load_job
from synthvision.core.errors import AssetError, DatasetError, DiskFullError, FrameError, MissingExtraError, UsageError
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.writer import EncodedFrame, new_folder
from synthvision.pipeline.executors.executor import ExecutorOptions, FrameOutcome
from synthvision.pipeline.executors.ray import RayExecutor
from synthvision.pipeline.run import render_job, worker_setup
from synthvision.pipeline.run_state import RunState

ray = pytest.importorskip("ray", reason="the extra 'ray' is not installed")


def files_of(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def cluster():
    """The driver's node, which makes nothing, and two that make one frame at a time each."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        memory = 100 << 20
        cluster = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 0, "object_store_memory": memory, "include_dashboard": False},
        )
        try:
            for _ in range(2):
                cluster.add_node(num_cpus=1, object_store_memory=memory)
            ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
            yield cluster
        finally:
            ray.shutdown()
            cluster.shutdown()


@pytest.fixture
def homes(monkeypatch):
    """The nodes on which workers became ready, in that order."""
    found, welcome = [], RayExecutor._welcome

    def noting(self, worker, message):
        found.append(message["node"])
        welcome(self, worker, message)

    monkeypatch.setattr(RayExecutor, "_welcome", noting)
    return found


def actors():
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if any("FrameActor" in word for word in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


def test_a_worker_that_is_killed_costs_nothing(cluster, small_job, small_set, tmp_path):
    killed = []

    def kill_all(progress):
        if not killed:
            for actor in actors():
                actor.kill()
                killed.append(actor.pid)

    summary = render_job(small_job, tmp_path / "set", executor="ray", progress=kill_all)
    assert killed
    assert (summary.done, summary.failures, summary.exit_code) == (6, (), 0)
    assert files_of(tmp_path / "set") == files_of(small_set)


def test_what_is_missing_is_made_on_the_cluster_and_ctrl_c_keeps_what_is_done(cluster, small_job, small_set, tmp_path):
    def stop(progress):
        raise KeyboardInterrupt

    first = render_job(small_job, tmp_path / "set", workers=1, executor="ray", progress=_once(stop))
    assert first.interrupted
    assert 1 <= first.done < 6
    assert DatasetLayout(tmp_path / "set").coco.is_file()
    second = render_job(small_job, tmp_path / "set", workers=1, executor="ray", resume=True)
    assert (second.there, second.done) == (first.done, 6 - first.done)
    assert files_of(tmp_path / "set") == files_of(small_set)


def test_assets_that_nodes_lack_are_named(cluster, small_job, tmp_path):
    setup = worker_setup(small_job, tmp_path)
    setup["job"] = {**setup["job"], "assets": {**setup["job"]["assets"], "packs": ["elsewhere"]}}
    with pytest.raises(AssetError, match=r"a node of the Ray cluster lacks assets.*elsewhere"):
        RayExecutor(setup, ExecutorOptions(workers=1))


def test_a_lost_node_costs_nothing(cluster, homes, small_job, small_set, tmp_path):
    """The last test: the cluster has one node less after it."""
    removed = []

    def remove_node(progress):
        # The node of the first worker: it has frames in hand, and the other may not even be ready.
        if not removed:
            (node,) = [node for node in cluster.worker_nodes if node.node_id == homes[0]]
            cluster.remove_node(node, allow_graceful=False)
            removed.append(node.node_id)

    summary = render_job(small_job, tmp_path / "set", workers=2, executor="ray", progress=remove_node)
    assert removed
    assert set(homes) > set(removed)
    assert (summary.done, summary.failures, summary.exit_code) == (6, (), 0)
    assert files_of(tmp_path / "set") == files_of(small_set)


class MadeUp:
    """Stands for an executor whose workers are ready, to try what it does with their words."""

    @staticmethod
    def executor(**options):
        executor = object.__new__(RayExecutor)
        executor._options = ExecutorOptions(workers=2, **options)
        executor._failed_starts = 0
        executor.hello = {"fingerprint": {"cpu_features": "one"}}
        return executor


def test_nodes_of_another_kind_are_refused_or_noted():
    class Worker:
        fingerprint = None

        def ready(self, message):
            self.is_ready = True

    other = {"fingerprint": {"cpu_features": "two"}, "node": "abc"}
    with pytest.raises(DatasetError, match=r'on node abc cpu_features was "one" and is "two".*--allow-mixed'):
        MadeUp.executor()._welcome(Worker(), other)
    worker = Worker()
    MadeUp.executor(allow_mixed=True)._welcome(worker, other)
    assert worker.fingerprint == {"cpu_features": "two"}


class Disk:
    """A writer that fails so many times."""

    def __init__(self, times, cause):
        self.times, self.cause, self.tries = times, cause, 0

    def write_encoded(self, frame):
        self.tries += 1
        if self.tries <= self.times:
            raise FrameError("frame 0 could not be written") from self.cause


@pytest.mark.parametrize(
    ("times", "cause", "tries", "ok", "disk_full"),
    [
        (1, DatasetError("busy"), 2, True, False),
        (9, DatasetError("gone"), 2, False, False),
        (9, DiskFullError("full"), 1, False, True),
    ],
    ids=["tried again", "given up", "a full disk is no frame's fault"],
)
def test_what_cannot_be_written(times, cause, tries, ok, disk_full):
    executor, disk = MadeUp.executor(), Disk(times, cause)
    executor._files = {0: EncodedFrame(0, {}, b"{}")}
    executor._writing = deque()
    executor._output = SimpleNamespace(writer=disk)
    with ThreadPoolExecutor(1) as executor._threads:
        found = [*executor._write(FrameOutcome(0, True)), *executor._written(wait=True)]
    assert [(outcome.ok, outcome.disk_full) for outcome in found] == [(ok, disk_full)]
    assert disk.tries == tries


def test_frames_that_another_fingerprint_made_are_noted(tmp_path):
    layout = new_folder(tmp_path / "set")
    other = {"cpu_features": "two"}
    made = [FrameOutcome(frame, True, fingerprint=None if frame == 1 else other) for frame in range(4)]
    state = RunState(layout, frozenset(), np.arange(4))
    state.make(SimpleNamespace(run=lambda chunks: iter(made)), [])
    (line,) = layout.mixed.read_text().splitlines()
    assert json.loads(line) == {"fingerprint": other, "frames": [[0, 1, 1], [2, 4, 1]]}


def test_a_cluster_that_does_not_answer_is_named(small_job, tmp_path, monkeypatch):
    def refuse(**options):
        raise ConnectionError("nobody there")

    fake = SimpleNamespace(is_initialized=lambda: False, init=refuse, shutdown=lambda: None)
    monkeypatch.setitem(sys.modules, "ray", fake)
    options = ExecutorOptions(workers=1, address="10.0.0.1:6379")
    with pytest.raises(UsageError, match=r"must answer at 10\.0\.0\.1:6379: nobody there"):
        RayExecutor(worker_setup(small_job, tmp_path), options)


def test_without_ray_the_extra_is_named(small_job, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"synthvision\[ray\]"):
        RayExecutor(worker_setup(small_job, tmp_path), ExecutorOptions(workers=1))


def test_an_executor_that_nobody_knows_is_refused(job_file, tmp_path):
    with pytest.raises(Exception, match="rya"):
        render_job(load_job(job_file), tmp_path / "set", executor="rya")


def test_staging_is_for_urls(small_job, tmp_path):
    with pytest.raises(UsageError, match="--staging is for"):
        render_job(small_job, tmp_path / "set", staging=tmp_path / "staging")


def _once(action):
    done = []

    def call(progress):
        if not done:
            done.append(progress)
            action(progress)

    return call
