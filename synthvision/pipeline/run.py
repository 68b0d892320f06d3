"""Run a job: from a checked config to a data set on disk."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthvision.config.job import Job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.failures import FailureLog
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.manifest import save_manifest
from synthvision.dataset.records import merge_records, parse_record, read_line
from synthvision.dataset.writer import new_folder
from synthvision.pipeline.chunks import frame_chunks
from synthvision.pipeline.output import export_dataset, new_manifest
from synthvision.pipeline.pool import FrameOutcome, WorkerPool
from synthvision.pipeline.preview import preview_folder
from synthvision.pipeline.refusals import Refusals
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
) -> RunSummary:
    """Render a job into a new data set.

    Args:
        job: What `load_job` returned.
        out: Folder of the data set; must be empty or not exist.
        workers: Number of processes; None for one per core, at most eight.
        frames: Frame indices to make; None for 0 up to the job's `frames`.
        progress: Called after every frame.

    Returns:
        What was made. Frames that failed are in ``failures.jsonl``; the others are whole, also after Ctrl-C.

    Raises:
        DatasetError: The folder is not empty.
        AssetError: A pack that the job names is missing.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    wanted = sorted(set(frames)) if frames is not None else list(range(job.frames))
    if not wanted or wanted[0] < 0:
        raise UsageError(f"frames must be one or more indices of 0 and up, got {list(frames or [])[:5]}")
    count = min(workers or default_workers(), len(wanted))
    library = open_checked_library(job)
    root = Path(out)
    if root.exists():
        new_folder(root)  # refuses a folder that is not empty before anything is started
    pool = WorkerPool(worker_setup(job, root), count, driver_threads_for(count))
    try:
        # Made only now: where no worker can open OpenGL, nothing is written.
        layout = new_folder(root)
        manifest = new_manifest(job, library, wanted, pool.hello["fingerprint"])
        save_manifest(layout, manifest)
        run = _Run(layout, wanted, progress)
        try:
            for outcome in pool.run(frame_chunks(wanted, job.frames_of_one_scene)):
                run.take(outcome)
        except KeyboardInterrupt:
            run.interrupted = True
            for outcome in pool.finish_started():
                run.take(outcome)
    finally:
        pool.close()
    seconds = time.perf_counter() - run.start
    try:
        merge_records(layout)
        export_dataset(layout)
        if run.done:
            preview_folder(layout.root)
    except DatasetError as error:
        # Every frame and its record is whole on disk; what is missing can be made from them when there is room.
        run.errors.append(str(error))
    return RunSummary(
        folder=layout.root,
        done=run.done,
        failures=tuple(run.failures),
        interrupted=run.interrupted,
        seconds=seconds,
        stages={name: value / max(run.done, 1) for name, value in run.clock.seconds.items()},
        counts={name: run.counts.get(name, 0) for name in job.class_names},
        peak_rss_mib=run.peak_rss_mib,
        warnings=manifest.warnings,
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


class _Run:
    """Counts of a run in progress."""

    def __init__(
        self, layout: DatasetLayout, frames: Sequence[int], progress: Callable[[Progress], None] | None
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
        self._open_frames = Counter(frame // FRAMES_PER_SHARD for frame in frames)
        self._failure_log = FailureLog(layout)
        self._progress = progress

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
        if self._open_frames[shard] == 0:
            try:
                merge_records(self._layout, [shard])
            except DatasetError as error:
                self.errors.append(str(error))

    def take(self, outcome: FrameOutcome) -> None:
        if not outcome.ok:
            outcome = self._written_after_all(outcome)
        if outcome.ok:
            self.done += 1
            self.counts.update(outcome.counts)
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
