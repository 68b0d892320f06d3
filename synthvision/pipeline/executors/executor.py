"""The interface of executors, and what they tell of each frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["Executor", "ExecutorOptions", "FrameOutcome"]


@dataclass(frozen=True, slots=True)
class FrameOutcome:
    """What became of one frame.

    Args:
        index: Frame index k.
        ok: True when everything of the frame is on disk.
        reason: Why not, in one sentence; empty when `ok`.
        error: Class name of the error; empty when `ok`.
        tries: How often it was tried.
        seconds: Time by stage.
        counts: Labelled instances by class.
        rss_mib: Peak resident memory of the worker so far.
        attempts: How many scenes were sampled until one held the constraints; 0 where that is not known.
        missed: What the others missed.
        disk_full: Not made because there is no room: nothing is wrong with the frame.
        fingerprint: Of the worker that made it, where it is another than that of the first worker.
    """

    index: int
    ok: bool
    reason: str = ""
    error: str = ""
    tries: int = 1
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rss_mib: float = 0.0
    attempts: int = 0
    missed: dict[str, int] = field(default_factory=dict)
    disk_full: bool = False
    fingerprint: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorOptions:
    """How frames are made; none of it changes a frame.

    Args:
        workers: Number of processes, 1 or more; None for as many as the executor has room for.
        frames: Frames that there are to make; more processes than these are never started.
        driver_threads: Threads of Mesa's software driver in each, where the user did not set LP_NUM_THREADS.
        devices: EGL indices of the devices over which the processes are spread; empty leaves the choice to the driver.
        frame_timeout_s: A frame that takes longer is given up: its process is ended, and it is tried once more.
        recycle_frames: A process is replaced by a new one after so many frames.
        recycle_growth_mib: And as soon as it holds so much more memory than after its first hundred frames.
        address: Address of the cluster, for executors that need one; None for their default.
        worker_cpus: Cores that a cluster sets aside for each process.
        worker_gpus: GPUs, or what part of one, that a cluster sets aside for each; 0 asks for none.
        allow_mixed: Processes whose fingerprint is another than the first one's may help.
    """

    workers: int | None
    frames: int | None = None
    driver_threads: int = 1
    devices: tuple[int, ...] = ()
    frame_timeout_s: float = 900.0
    recycle_frames: int = 5_000
    recycle_growth_mib: float = 512.0
    address: str | None = None
    worker_cpus: float = 1.0
    worker_gpus: float = 0.0
    allow_mixed: bool = False


class Executor(Protocol):
    """Makes frames of one job, of which `synthvision.pipeline.run.worker_setup` gives the setup.

    Frames depend on (job, seed, index) alone, so every executor gives the same bytes.

    Attributes:
        hello: What the first worker said of itself: ``fingerprint``.

    Raises:
        SynthvisionError: The first worker could not start; the error is the one it met.
    """

    hello: dict[str, Any]

    def __init__(self, setup: dict[str, Any], options: ExecutorOptions) -> None: ...

    def run(self, chunks: Iterable[Sequence[int]]) -> Iterator[FrameOutcome]:
        """Make every frame of every chunk and yield its outcome, in the order in which they end.

        Args:
            chunks: Frame indices that share a scene stand in one chunk and go to one worker. They are taken as they are
                needed, never all at once.
        """
        ...

    def finish_started(self) -> Iterator[FrameOutcome]:
        """Start nothing more; yield the outcome of frames whose files are already being written, then end."""
        ...

    def close(self) -> None:
        """End all workers: let them finish what they write."""
        ...
