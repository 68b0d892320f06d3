"""Processes on a Ray cluster that make frames; this process alone writes them.

Each worker is an actor: a process of its own with its own GL context, on whichever node has room. Actors that wait for
room are what an autoscaler adds nodes for; chunks go to those that are ready. Files come back as bytes and are written
here as local workers write them, so a data set has the same bytes whoever made it, and needs no disk that nodes share.
What is in flight is bounded by the number of workers. A node that is lost gives its frames back, without blame.
"""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from synthvision.config.job import Job
from synthvision.core.errors import (
    AssetError,
    DatasetError,
    DiskFullError,
    FrameError,
    GpuUnavailableError,
    MissingExtraError,
    UsageError,
)
from synthvision.dataset.writer import EncodedFrame, FrameWriter
from synthvision.pipeline.executors.executor import ExecutorOptions, FrameOutcome
from synthvision.pipeline.executors.frame_actor import FrameActor, unpack
from synthvision.pipeline.executors.local import WORKER_ENVIRONMENT
from synthvision.pipeline.executors.supervision import Supervised, Supervisor, WorkerGoneError, outcome_of
from synthvision.pipeline.joining import first_difference
from synthvision.pipeline.output import FrameOutput

__all__ = ["RayExecutor"]

#: How long no worker at all may be ready: a cluster that grows on demand takes minutes to start a node.
_PATIENCE_SECONDS = 1800.0
#: How long it takes the cluster to find out that a node is gone, at most; a worker whose death it explains is told at
#: once, but a node that is shut down in order ends its workers first.
_NODE_LOST_SECONDS = 30.0
_NODE_LEAVING_SECONDS = 3.0
#: Frames being written at once: a shared file system takes long for each file, and takes many at a time.
_WRITERS = 8
_WRITES_IN_FLIGHT = 16
#: How long frames that were begun may take to end after Ctrl-C.
_FINISH_SECONDS = 120.0
#: Memory for objects of a cluster that is started here; the files of the frames in flight lie there.
_OBJECT_STORE_BYTES = 512 << 20
#: What of this process's environment workers have too.
_PASSED_ON = ("SYNTHVISION_ASSETS",)


class RayExecutor(Supervisor):
    """Workers on a Ray cluster. See `synthvision.pipeline.executors.executor.Executor`.

    The address is ``auto`` for the cluster of this machine, ``ray://HOST:10001`` for another, or None: the cluster that
    ``RAY_ADDRESS`` names, else one of this machine that is started for the run and ended with it. Nodes need the same
    version of synthvision, and the asset packs at the same paths; ``SYNTHVISION_ASSETS`` is passed on.

    Args:
        setup: JSON-able description of the job, passed to every worker.
        options: How many workers, what each needs, and when they are replaced.

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: No cluster answers.
        GpuUnavailableError: No node had room for a worker.
        SynthvisionError: The first worker could not start; the error is the one it met.
    """

    def __init__(self, setup: dict[str, Any], options: ExecutorOptions) -> None:
        try:
            import ray
        except ImportError as error:
            raise MissingExtraError("the executor 'ray'", "ray") from error
        super().__init__(options)
        self._ray = ray
        job = Job.from_resolved(setup["job"], folder=Path(setup["folder"]))
        self._output = FrameOutput(job, Path(setup["out"]))
        self._setup = json.dumps(setup).encode()
        self._files: dict[int, EncodedFrame] = {}
        self._threads = ThreadPoolExecutor(_WRITERS, thread_name_prefix="write")
        self._writing: deque[tuple[FrameOutcome, Future[None]]] = deque()
        self._some_ready = time.monotonic()
        self._started_cluster = not ray.is_initialized()
        try:
            if self._started_cluster:
                _connect(ray, options)
            self._workers = [self._start(position) for position in range(self._count())]
            while not any(worker.is_ready for worker in self._workers):
                heard = self._wait(self._workers, _PATIENCE_SECONDS)
                for position, worker in enumerate(self._workers):
                    if worker in heard:
                        list(self._hear(position))
        except BaseException:
            self.close()
            raise

    def run(self, chunks: Iterable[Sequence[int]]) -> Iterator[FrameOutcome]:
        """Make every frame of every chunk and yield its outcome when it is on disk."""
        for outcome in super().run(chunks):
            yield from self._write(outcome)
        yield from self._written(wait=True)

    def finish_started(self) -> Iterator[FrameOutcome]:
        """Start nothing more; yield the outcome of frames that were begun, then end."""
        working = {worker for worker in self._workers if worker.is_ready}
        for worker in working:
            worker.send("stop")
        deadline = time.monotonic() + _FINISH_SECONDS
        while working and time.monotonic() < deadline:
            for worker in self._wait(tuple(working), deadline - time.monotonic()):
                try:
                    message = worker.hear()
                except WorkerGoneError:
                    working.discard(worker)
                    continue
                if message["kind"] in ("done", "failed"):
                    yield from self._write(outcome_of(message))
        yield from self._written(wait=True)

    def close(self) -> None:
        """End all workers, and the cluster where it was started here."""
        for worker in self._workers:
            worker.stop()
        self._threads.shutdown()
        if self._started_cluster:
            self._ray.shutdown()

    def _count(self) -> int:
        """Return how many workers to ask for."""
        count = self._options.workers
        if count is None:
            there, needed = self._ray.cluster_resources(), {"CPU": self._options.worker_cpus}
            needed["GPU"] = self._options.worker_gpus
            count = min(int(there.get(name, 0.0) / each + 1e-9) for name, each in needed.items() if each)
        return max(1, count if self._options.frames is None else min(count, self._options.frames))

    def _start(self, position: int) -> _RayWorker:
        return _RayWorker(self._ray, self._setup, self._options, self._files)

    def _wait(self, workers: Sequence[_RayWorker], timeout_s: float) -> Collection[_RayWorker]:
        by_reference = {worker.next_message: worker for worker in workers}
        ready, _ = self._ray.wait(list(by_reference), num_returns=1, timeout=min(timeout_s, _PATIENCE_SECONDS / 60))
        now = time.monotonic()
        if ready or any(worker.is_ready for worker in self._workers):
            self._some_ready = now
        elif now - self._some_ready > _PATIENCE_SECONDS:
            needs = f"{self._options.worker_cpus:g} CPU" + (
                f" and {self._options.worker_gpus:g} GPU" if self._options.worker_gpus else ""
            )
            raise GpuUnavailableError(
                f"no node of the Ray cluster had room for a worker ({needs}) for {_PATIENCE_SECONDS / 60:g} minutes; "
                "'ray status' tells what there is; add nodes, or ask for less with --worker-cpus and --worker-gpus; "
                "what is done can be resumed"
            )
        return [by_reference[reference] for reference in ready]

    def _hear(self, position: int) -> Iterator[FrameOutcome]:
        try:
            yield from super()._hear(position)
        except AssetError as error:
            raise AssetError(
                f"a node of the Ray cluster lacks assets that are there on this machine: {error}"
            ) from error

    def _welcome(self, worker: _RayWorker, message: dict[str, Any]) -> None:
        if not self.hello:
            self.hello = message
        found = first_difference(self.hello["fingerprint"], message["fingerprint"])
        if found is not None and not self._options.allow_mixed:
            raise DatasetError(
                f"all nodes must give the same bytes, but on node {message['node'][:12]} {found}; use nodes of one "
                "kind and one image, or allow it with --allow-mixed, which notes the frames; what is done can be "
                "resumed"
            )
        if found is not None:
            worker.fingerprint = message["fingerprint"]
        super()._welcome(worker, message)

    def _write(self, outcome: FrameOutcome) -> Iterator[FrameOutcome]:
        """Begin to write a frame; yield what has become of others by now."""
        frame = self._files.pop(outcome.index, None)
        if frame is None:
            yield outcome
            return
        self._writing.append((outcome, self._threads.submit(_write_twice, self._output.writer, frame)))
        yield from self._written()

    def _written(self, *, wait: bool = False) -> Iterator[FrameOutcome]:
        while self._writing and (wait or len(self._writing) > _WRITES_IN_FLIGHT or self._writing[0][1].done()):
            outcome, future = self._writing.popleft()
            try:
                future.result()
            except FrameError as error:
                full = isinstance(error.__cause__, DiskFullError)
                outcome = replace(outcome, ok=False, reason=str(error), error=type(error).__name__, disk_full=full)
            yield outcome


class _RayWorker(Supervised):
    """One actor, and the message that it is asked for next."""

    start_seconds = math.inf  # it may wait for a node; how long none at all may be ready, the executor says

    def __init__(self, ray: Any, setup: bytes, options: ExecutorOptions, files: dict[int, EncodedFrame]) -> None:
        super().__init__()
        self.fingerprint: dict[str, str] | None = None
        self._ray = ray
        self._files = files
        self._node = ""
        # A group of one thread each keeps messages in order, and lets it take some in while it waits to say another.
        kind = ray.remote(
            num_cpus=options.worker_cpus,
            num_gpus=options.worker_gpus,
            max_restarts=0,
            max_task_retries=0,
            concurrency_groups={"tell": 1, "hear": 1},
        )(FrameActor)
        self._actor = kind.options(runtime_env={"env_vars": _environment(options)}).remote(setup)
        self.next_message = self._ask()

    @property
    def takes_frames(self) -> bool:
        return self.is_ready

    def ready(self, message: Mapping[str, Any]) -> None:
        super().ready(message)
        self._node = message["node"]

    def send(self, kind: str, **fields: Any) -> None:
        message = json.dumps({"kind": kind, **fields}).encode()
        self._actor.tell.options(concurrency_group="tell").remote(message)

    def hear(self) -> dict[str, Any]:
        try:
            message, files = unpack(self._ray.get(self.next_message))
        except self._ray.exceptions.RayError as error:
            raise WorkerGoneError(_ending(error), machine_lost=self._node_lost(error)) from error
        if message["kind"] == "ended":
            raise WorkerGoneError(f"the end of its thread: {message['reason']}")
        self.next_message = self._ask()
        if files is not None:
            self._files[files.frame] = files
            message |= {"fingerprint": self.fingerprint}
        return message

    def stop(self, *, kill: bool = False) -> None:
        # It writes nothing itself, so there is nothing to wait for.
        with suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(self._actor, no_restart=True)

    def _ask(self) -> Any:
        return self._actor.hear.options(concurrency_group="hear").remote()

    def _node_lost(self, error: Exception) -> bool:
        text = str(error)
        if getattr(error, "preempted", False) or "node has died" in text or "node was terminated" in text:
            return True
        explained = "worker process has died" in text
        deadline = time.monotonic() + (_NODE_LEAVING_SECONDS if explained else _NODE_LOST_SECONDS)
        while self._node and time.monotonic() < deadline:
            if not any(node["Alive"] and node["NodeID"] == self._node for node in self._ray.nodes()):
                return True
            time.sleep(0.25)
        return False


def _connect(ray: Any, options: ExecutorOptions) -> None:
    """Connect to the cluster, or start one on this machine."""
    address = options.address or os.environ.get("RAY_ADDRESS")
    more: dict[str, Any] = {}
    if address is None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        cores = max(options.worker_cpus * (options.workers or 1), len(os.sched_getaffinity(0)))
        more = {"include_dashboard": False, "num_cpus": int(cores), "object_store_memory": _OBJECT_STORE_BYTES}
    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM) if in_main_thread else None
    try:
        # What workers print would stand among the data on our standard output; it is in Ray's own logs.
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **more)
    except ImportError as error:
        raise UsageError(
            f"{address} needs Ray's client on this machine: pip install 'ray[client]' ({error})"
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        at = f"at {address}" if address else "on this machine"
        raise UsageError(
            f"a Ray cluster must answer {at}: {error}; 'ray status' tells whether one runs, and without --address "
            "one is started on this machine"
        ) from error
    finally:
        # Ray ends the process on SIGTERM; a run ends as after Ctrl-C.
        if handler is not None:
            signal.signal(signal.SIGTERM, handler)


def _environment(options: ExecutorOptions) -> dict[str, str]:
    threads = {"LP_NUM_THREADS": str(max(1, int(options.worker_cpus)))}
    said = {name: os.environ[name] for name in (*threads, *WORKER_ENVIRONMENT, *_PASSED_ON) if name in os.environ}
    return threads | WORKER_ENVIRONMENT | said


def _ending(error: Exception) -> str:
    """Return in one line how an actor ended."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "died" in line or "exit" in line), type(error).__name__)


def _write_twice(writer: FrameWriter, frame: EncodedFrame) -> None:
    """Write a frame, and try once more where that fails, as a frame is that a local worker could not write."""
    try:
        writer.write_encoded(frame)
    except FrameError as error:
        if isinstance(error.__cause__, DiskFullError):
            raise
        writer.write_encoded(frame)
