"""Run a job: from a checked config to a data set on disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.config.job import Job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import UsageError
from synthvision.core.registry import load_plugin
from synthvision.dataset.failures import load_failures
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.lock import DatasetLock
from synthvision.dataset.manifest import Manifest, load_manifest, save_manifest
from synthvision.dataset.recovery import recover
from synthvision.dataset.writer import new_folder
from synthvision.pipeline.chunks import frame_chunks
from synthvision.pipeline.executors.executor import Executor, ExecutorOptions
from synthvision.pipeline.joining import check_same_fingerprint, check_same_job, joined_manifest, note_mixed
from synthvision.pipeline.output import new_manifest
from synthvision.pipeline.refining import refine_while_rendering
from synthvision.pipeline.remote import RemoteDataset, is_url
from synthvision.pipeline.run_state import RunState
from synthvision.pipeline.shards import Shard
from synthvision.pipeline.summary import Progress, RunSummary

__all__ = ["Progress", "RunSummary", "default_workers", "driver_threads_for", "render_job", "worker_setup"]


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
    worker_cpus: float = 1.0,
    worker_gpus: float = 0.0,
    frame_timeout_s: float = 900.0,
    staging: str | Path | None = None,
) -> RunSummary:
    """Render a job into a data set: a new one, or what is missing of one that was begun.

    Args:
        job: What `load_job` returned.
        out: Folder of the data set; must be empty or not exist, unless `resume` or `shard` is given. Also the URL of
            one in object storage, such as ``s3://bucket/set``; see `synthvision.pipeline.remote`.
        workers: Number of processes; None for one per core, at most eight, on a cluster for as many as it has room for.
        frames: Frame indices to make; None for 0 up to the job's `frames`.
        progress: Called after every frame.
        resume: Keep what is whole in the folder and make the rest. It ends in the same bytes as a run that was not
            disturbed. Where nothing was begun, begin.
        allow_mixed: Resume also with another fingerprint; ``mixed.jsonl`` then says which frames it made.
        shard: Make this share of the frames; the other shares may be made in the same folder at the same time, by
            other machines. The last one to end writes the annotations.
        executor: Who makes the frames: ``local`` for processes of this machine, ``ray`` for a cluster.
        address: Of the cluster; None for the executor's default.
        worker_cpus: Cores that a cluster sets aside for each worker.
        worker_gpus: GPUs, or what part of one, that a cluster sets aside for each worker.
        frame_timeout_s: A frame that takes longer is tried once more in a new process, then given up.
        staging: Where `out` is a URL, the local folder through which frames go; None for one in the user's cache.

    Returns:
        What was made. Frames that failed are in ``failures.jsonl``; the others are whole, also after Ctrl-C.

    Raises:
        DatasetError: The folder is not empty, holds another job, or is being written by another process; or object
            storage does not answer.
        UsageError: Shards are to go to object storage.
        AssetError: A pack that the job names is missing.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    wanted = _wanted(job, frames)
    if job.realism is not None:
        return refine_while_rendering(
            job,
            _folder_to_refine_in(out, shard),
            render_job,
            frames=wanted.tolist(),
            progress=progress,
            resume=resume,
            workers=workers,
            allow_mixed=allow_mixed,
            executor=executor,
            address=address,
            worker_cpus=worker_cpus,
            worker_gpus=worker_gpus,
            frame_timeout_s=frame_timeout_s,
        )
    mine = wanted if shard is None else shard.of(wanted, frames_of_one_scene=job.frames_of_one_scene)
    library = open_checked_library(job)
    draft = new_manifest(job, library, range(job.frames) if frames is None else wanted.tolist(), {})
    asked = workers or (default_workers() if executor == "local" else None)
    count = max(1, min(asked or 1, len(mine)))
    options = ExecutorOptions(
        workers=count if asked else None,
        frames=len(mine),
        driver_threads=driver_threads_for(count),
        devices=_devices_for(count) if executor == "local" else (),
        frame_timeout_s=frame_timeout_s,
        address=address,
        worker_cpus=worker_cpus,
        worker_gpus=worker_gpus,
        allow_mixed=allow_mixed,
    )
    remote = _remote(out, staging, resume=resume, shard=shard)
    layout = DatasetLayout(Path(out)) if remote is None else remote.layout
    joining, shared = resume or shard is not None, shard is not None
    with closing(remote) if remote else nullcontext(), _held(layout, joining=joining, shared=shared) as lock:
        if remote is not None:
            remote.begin()
        begun = load_manifest(layout) if layout.manifest.is_file() else None
        there = np.zeros(0, np.int64)
        if begun is not None:
            check_same_job(begun, draft, layout)
            size_of = None if remote is None else remote.size_of
            there = recover(layout, repair=shard is None, size_of=size_of).frames
        todo = np.setdiff1d(mine, there, assume_unique=True)
        run = RunState(layout, _shards_alone(wanted, mine), todo, progress=progress, remote=remote)
        pool: Executor | None = None
        try:
            if len(todo):
                pool = load_plugin("executors", executor)(worker_setup(job, layout.root), options)
                draft = draft.model_copy(update={"fingerprint": pool.hello["fingerprint"]})
            _join(layout, begun, draft, todo, allow_mixed=allow_mixed)
            if remote is not None:
                remote.put_manifest()
            if pool is not None:
                run.make(pool, frame_chunks(todo.tolist(), job.frames_of_one_scene))
        finally:
            if pool is not None:
                pool.close()
            if remote is not None:
                remote.end_uploads()
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
        url=None if remote is None else remote.url,
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


def _folder_to_refine_in(out: str | Path, shard: Shard | None) -> Path:
    """Return the folder of a data set that is refined while it is rendered."""
    if is_url(out) or shard is not None:
        what = f"to {out}" if is_url(out) else "in shards"
        raise UsageError(
            f"a job with a realism section cannot be rendered {what}: its model process follows one run into one "
            "folder; take the section out, render, and refine the data set with 'synthvision realism apply'"
        )
    return Path(out)


def _remote(out: str | Path, staging: str | Path | None, *, resume: bool, shard: Shard | None) -> RemoteDataset | None:
    """Return the data set in object storage that is to be made; None where it is a folder."""
    if not is_url(out):
        if staging is not None:
            raise UsageError(f"--staging is for data sets in object storage, but --out is the folder {out}")
        return None
    if shard is not None:
        raise UsageError(
            f"shards cannot go to {out}: object storage has no locks, so that two shards would overwrite each other's "
            "records; let one run make all with --executor ray, give each shard a folder that they share, or make a "
            "data set of its own of each range with --frame"
        )
    return RemoteDataset(str(out), staging=staging, resume=resume)


def _devices_for(workers: int) -> tuple[int, ...]:
    """Return the GPUs to spread workers over; none where there is no choice."""
    from synthvision.gpu.devices import hardware_devices

    devices = hardware_devices() if workers > 1 else ()
    return devices if len(devices) > 1 else ()


@contextmanager
def _held(layout: DatasetLayout, *, joining: bool, shared: bool) -> Iterator[DatasetLock]:
    """Hold the folder of a data set, new or begun; a new one in which nothing came to be is taken away again."""
    made = not layout.root.exists()
    new_folder(layout.root, joining=joining)
    lock = DatasetLock(layout, shared=shared)
    try:
        yield lock
    finally:
        # A lock that others share stays theirs: one who opens the file as it goes would hold another.
        lock.release(remove=not shared)
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
