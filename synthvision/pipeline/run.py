"""Run a job: from a checked config to a data set on disk."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.config.job import Job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.registry import load_plugin
from synthvision.dataset.failures import FailureLog, load_failures
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.lock import DatasetLock
from synthvision.dataset.manifest import Manifest, load_manifest, save_manifest
from synthvision.dataset.records import merge_records, parse_record, read_line
from synthvision.dataset.recovery import recover
from synthvision.dataset.writer import new_folder
from synthvision.pipeline.chunks import frame_chunks
from synthvision.pipeline.executors.executor import Executor, ExecutorOptions, FrameOutcome
from synthvision.pipeline.joining import check_same_fingerprint, check_same_job, joined_manifest, note_mixed
from synthvision.pipeline.output import export_dataset, new_manifest
from synthvision.pipeline.preview import preview_folder
from synthvision.pipeline.refusals import Refusals
from synthvision.pipeline.shards import Shard
from synthvision.pipeline.stages import StageClock

__all__ = ["Progress", "RunSummary", "default_workers", "driver_threads_for", "render_job", "worker_setup"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; passed to the progress callback after every frame.

    Args:
        done: Frames whose files are all on disk.
        failed: Frames that were given up.
        total: Frames of the run.
        images_per_second: Since the first frame was handed out; 0 before the first one ended.
        seconds_left: At that rate.
    """

    done: int
    failed: int
    total: int
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run made.

    Args:
        folder: The data set.
        done: Frames on disk.
        there: Frames that were whole before the run began.
        complete: False where other shards of the job are still missing: the annotations come with the last one.
        failures: Frames that were given up.
        interrupted: True after Ctrl-C.
        seconds: Wall time from the first frame handed out to the last one on disk.
        stages: Seconds per image by stage.
        counts: Labelled instances by class.
        peak_rss_mib: Largest resident memory of any worker.
        warnings: What the user should know, one sentence each.
        errors: What went wrong beside single frames, such as a disk too full for the annotations.
        refusals: How often sampled scenes missed a constraint.
    """

    folder: Path
    done: int
    there: int = 0
    complete: bool = True
    failures: tuple[FrameOutcome, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    peak_rss_mib: float = 0.0
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    refusals: Refusals = field(default_factory=Refusals)

    @property
    def images_per_second(self) -> float:
        """Frames on disk per second of wall time."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def exit_code(self) -> int:
        """0 when everything is there, 130 after Ctrl-C, else 1."""
        if self.interrupted:
            return 130
        return 1 if self.failures or self.errors else 0


def default_workers() -> int:
    """Return how many workers suit this machine: one per core, at most eight."""
    return min(len(os.sched_getaffinity(0)), 8)


def driver_threads_for(workers: int) -> int:
    """Return how many threads Mesa's software driver may use in each of `workers` processes."""
    return max(1, len(os.sched_getaffinity(0)) // workers)


def render_job(
    job: Job,
    out: str | Path,
    *,
    workers: int | None = None,
    frames: Sequence[int] | None = None,
    progress: Callable[[Progress], None] | None = None,
    resume: bool = False,
    allow_mixed: bool = False,
    shard: Shard | None = None,
    executor: str = "local",
    address: str | None = None,
    frame_timeout_s: float = 900.0,
) -> RunSummary:
    """Render a job into a data set: a new one, or what is missing of one that was begun.

    Args:
        job: What `load_job` returned.
        out: Folder of the data set; must be empty or not exist, unless `resume` or `shard` is given.
        workers: Number of processes; None for one per core, at most eight.
        frames: Frame indices to make; None for 0 up to the job's `frames`.
        progress: Called after every frame.
        resume: Keep what is whole in the folder and make the rest. It ends in the same bytes as a run that was not
            disturbed. Where nothing was begun, begin.
        allow_mixed: Resume also with another fingerprint; ``mixed.jsonl`` then says which frames it made.
        shard: Make this share of the frames; the other shares may be made in the same folder at the same time, by
            other machines. The last one to end writes the annotations.
        executor: Who makes the frames: ``local`` for processes of this machine, ``ray`` for a cluster.
        address: Of the cluster; None for the executor's default.
        frame_timeout_s: A frame that takes longer is tried once more in a new process, then given up.

    Returns:
        What was made. Frames that failed are in ``failures.jsonl``; the others are whole, also after Ctrl-C.

    Raises:
        DatasetError: The folder is not empty, holds another job, or is being written by another process.
        AssetError: A pack that the job names is missing.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    wanted = _wanted(job, frames)
    mine = wanted if shard is None else shard.of(wanted, frames_of_one_scene=job.frames_of_one_scene)
    library = open_checked_library(job)
    draft = new_manifest(job, library, range(job.frames) if frames is None else wanted.tolist(), {})
    options = ExecutorOptions(
        workers=(count := max(1, min(workers or default_workers(), len(mine)))),
        driver_threads=driver_threads_for(count),
        devices=_devices_for(count),
        frame_timeout_s=frame_timeout_s,
        address=address,
    )
    layout = DatasetLayout(Path(out))
    with _held(layout, joining=resume or shard is not None, shared=shard is not None) as lock:
        begun = load_manifest(layout) if layout.manifest.is_file() else None
        there = np.zeros(0, np.int64)
        if begun is not None:
            check_same_job(begun, draft, layout)
            there = recover(layout, repair=shard is None).frames
        todo = np.setdiff1d(mine, there, assume_unique=True)
        run = _Run(layout, _shards_alone(wanted, mine), todo, progress)
        pool: Executor | None = None
        try:
            if len(todo):
                pool = load_plugin("executors", executor)(worker_setup(job, layout.root), options)
                draft = draft.model_copy(update={"fingerprint": pool.hello["fingerprint"]})
            _join(layout, begun, draft, todo, allow_mixed=allow_mixed)
            if pool is not None:
                run.make(pool, frame_chunks(todo.tolist(), job.frames_of_one_scene))
        finally:
            if pool is not None:
                pool.close()
        seconds = time.perf_counter() - run.start
        complete = shard is None or (lock.take_alone() and _all_there(layout, wanted))
        if complete:
            run.finish()
            lock.release(remove=True)
    return RunSummary(
        folder=layout.root,
        done=run.done,
        there=len(mine) - len(todo),
        complete=complete,
        failures=tuple(run.failures),
        interrupted=run.interrupted,
        seconds=seconds,
        stages={name: value / max(run.done, 1) for name, value in run.clock.seconds.items()},
        counts={name: run.counts.get(name, 0) for name in job.class_names},
        peak_rss_mib=run.peak_rss_mib,
        warnings=draft.warnings,
        errors=tuple(dict.fromkeys(run.errors)),
        refusals=run.refusals,
    )


def worker_setup(job: Job, out: Path, *, measure: bool = False) -> dict[str, object]:
    """Return what a worker process needs to know, as JSON values."""
    return {
        "job": job.resolved(),
        "folder": str(job.folder or Path.cwd()),
        "out": str(out.resolve()),
        "measure": measure,
    }


def _wanted(job: Job, frames: Sequence[int] | None) -> NDArray[np.int64]:
    if frames is None:
        return np.arange(job.frames, dtype=np.int64)
    wanted = np.unique(np.array(frames, np.int64)) if len(frames) else np.zeros(0, np.int64)
    if not len(wanted) or wanted[0] < 0:
        raise UsageError(f"frames must be one or more indices of 0 and up, got {list(frames)[:5]}")
    return wanted


def _devices_for(workers: int) -> tuple[int, ...]:
    """Return the GPUs to spread workers over; none where there is no choice."""
    from synthvision.gpu.devices import hardware_devices

    devices = hardware_devices() if workers > 1 else ()
    return devices if len(devices) > 1 else ()


@contextmanager
def _held(layout: DatasetLayout, *, joining: bool, shared: bool) -> Iterator[DatasetLock]:
    """Hold the folder of a data set, new or begun; a new one in which nothing came to be is taken away again."""
    made = not layout.root.exists()
    if joining and layout.root.is_dir() and not layout.manifest.is_file():
        # A run that was killed before it wrote anything leaves its lock.
        layout.lock.unlink(missing_ok=True)
    if not (joining and layout.manifest.is_file()):
        new_folder(layout.root)
    lock = DatasetLock(layout, shared=shared)
    try:
        yield lock
    finally:
        lock.release(remove=not shared or lock.take_alone())
        if made:
            with suppress(OSError):
                layout.root.rmdir()


def _join(
    layout: DatasetLayout, begun: Manifest | None, draft: Manifest, todo: NDArray[np.int64], *, allow_mixed: bool
) -> None:
    """Write the manifest of a new data set, or see that what is to be made may be added to one that was begun."""
    if begun is None and layout.manifest.is_file():
        begun = load_manifest(layout)  # another shard was quicker
        check_same_job(begun, draft, layout)
    if begun is None:
        save_manifest(layout, draft)
        return
    if len(todo) and not check_same_fingerprint(begun.fingerprint, draft.fingerprint, layout, allow_mixed=allow_mixed):
        note_mixed(layout, draft.fingerprint, todo)
    joined = joined_manifest(begun, draft)
    if joined is not begun:
        save_manifest(layout, joined)


def _shards_alone(wanted: NDArray[np.int64], mine: NDArray[np.int64]) -> frozenset[int] | None:
    """Return the shards of records that no other run adds to; None for all."""
    if len(wanted) == len(mine):
        return None
    numbers, counts = np.unique(wanted // FRAMES_PER_SHARD, return_counts=True)
    own = dict(zip(*np.unique(mine // FRAMES_PER_SHARD, return_counts=True), strict=True))
    return frozenset(int(number) for number, count in zip(numbers, counts, strict=True) if own.get(number) == count)


def _all_there(layout: DatasetLayout, wanted: NDArray[np.int64]) -> bool:
    """Return whether every frame of a job is there or was given up; the caller is alone."""
    there = recover(layout).frames
    failed = np.array([failure.frame for failure in load_failures(layout)], np.int64)
    return not len(np.setdiff1d(np.setdiff1d(wanted, there), failed))


class _Run:
    """Frames in the making and what became of them."""

    def __init__(
        self,
        layout: DatasetLayout,
        alone: frozenset[int] | None,
        frames: NDArray[np.int64],
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.total = len(frames)
        self.done = 0
        self.failures: list[FrameOutcome] = []
        self.errors: list[str] = []
        self.interrupted = False
        self.counts: Counter[str] = Counter()
        self.clock = StageClock()
        self.refusals = Refusals()
        self.peak_rss_mib = 0.0
        self.start = time.perf_counter()
        self._layout = layout
        numbers, counts = np.unique(frames // FRAMES_PER_SHARD, return_counts=True)
        self._open_frames = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
        self._alone = alone
        self._failure_log = FailureLog(layout)
        self._failed_before = {failure.frame for failure in load_failures(layout)}
        self._made_after_all: set[int] = set()
        self._progress = progress

    def make(self, pool: Executor, chunks: Iterable[Sequence[int]]) -> None:
        """Make frames until all are made, the disk is full, or the user stops it."""
        self.start = time.perf_counter()
        try:
            for outcome in pool.run(chunks):
                if outcome.disk_full:
                    # Nothing is wrong with the frame, and no other would fare better.
                    self.errors.append(f"{outcome.reason}; then run it again with --resume")
                    break
                self._take(outcome)
            else:
                return
        except KeyboardInterrupt:
            self.interrupted = True
        for outcome in pool.finish_started():
            if not outcome.disk_full:
                self._take(outcome)

    def finish(self) -> None:
        """Write what belongs to all frames together, from their records."""
        try:
            merge_records(self._layout)
            self._failure_log.settle(self._made_after_all)
            export_dataset(self._layout)
            if self._layout.shard_numbers():
                preview_folder(self._layout.root)
        except DatasetError as error:
            # Every frame and its record is whole on disk; what is missing can be made from them when there is room.
            self.errors.append(str(error))

    def _written_after_all(self, outcome: FrameOutcome) -> FrameOutcome:
        # A worker can die between writing a frame's record and saying so; the record decides.
        line = read_line(self._layout, outcome.index)
        if line is None:
            return outcome
        labels = parse_record(line).instances
        counts = Counter(label.category for label in labels if label.status == "labelled" and label.category)
        return FrameOutcome(outcome.index, True, tries=outcome.tries, counts=dict(counts))

    def _list_failure(self, outcome: FrameOutcome) -> None:
        try:
            self._failure_log.add(outcome.index, outcome.error, outcome.reason, outcome.tries)
        except DatasetError as error:
            # The disk may be full of pictures. The job goes on, and the summary says which frames failed.
            self.errors.append(str(error))

    def _merge_when_whole(self, shard: int) -> None:
        # A thousand small files at a time: a long job never has more, and its records are readable all along.
        self._open_frames[shard] -= 1
        if self._open_frames[shard] == 0 and (self._alone is None or shard in self._alone):
            try:
                merge_records(self._layout, [shard])
            except DatasetError as error:
                self.errors.append(str(error))

    def _take(self, outcome: FrameOutcome) -> None:
        if not outcome.ok:
            outcome = self._written_after_all(outcome)
        if outcome.ok:
            self.done += 1
            self.counts.update(outcome.counts)
            if outcome.index in self._failed_before:
                self._made_after_all.add(outcome.index)
            if outcome.attempts:
                self.refusals.add(outcome.attempts, outcome.missed)
            self.clock.add(outcome.seconds)
            self.peak_rss_mib = max(self.peak_rss_mib, outcome.rss_mib)
        else:
            self.failures.append(outcome)
            self._list_failure(outcome)
        self._merge_when_whole(outcome.index // FRAMES_PER_SHARD)
        if self._progress:
            ended = self.done + len(self.failures)
            rate = ended / max(time.perf_counter() - self.start, 1e-9)
            self._progress(
                Progress(self.done, len(self.failures), self.total, rate, (self.total - ended) / max(rate, 1e-9))
            )
