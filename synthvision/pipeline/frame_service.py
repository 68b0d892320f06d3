"""Makes the frames that it is told to, in the order in which it is told: what every process of every executor does.

While the files of one frame are compressed and stored by a thread, the next frame is already drawn; a frame is reported
when it is stored: written to disk, or ready to be sent to who writes it.
"""

from __future__ import annotations

import resource
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from synthvision.config.job import Job
from synthvision.core.errors import (
    ConstraintError,
    DiskFullError,
    FrameError,
    PlacementError,
    RenderError,
    SynthvisionError,
)
from synthvision.dataset.writer import EncodedFrame
from synthvision.pipeline.frame import FinishedFrame, FrameMaker
from synthvision.pipeline.refusals import attempts_for, missed_by

__all__ = ["Channel", "StoredFrame", "serve_frames"]


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """What came of storing a frame.

    Args:
        seconds: The time that took.
        frame: Its files, where another process is to write them; None where they are on disk.
    """

    seconds: float
    frame: EncodedFrame | None = None


class Channel(Protocol):
    """How a process that makes frames talks with the one that hands them out. Messages are JSON objects."""

    def receive(self) -> dict[str, Any]:
        """Wait for a message, of kind ``make`` with ``frames``, or ``stop``, and return it.

        Raises:
            EOFError: The other side is gone.
        """
        ...

    def waiting(self) -> bool:
        """Return whether there is a message."""
        ...

    def send(self, kind: str, fields: Mapping[str, Any], frame: EncodedFrame | None = None) -> None:
        """Send a message, and a frame's files with it.

        Raises:
            OSError: The other side is gone.
        """
        ...


def serve_frames(
    setup: Mapping[str, Any],
    channel: Channel,
    store_of: Callable[[Job], Callable[[FinishedFrame], StoredFrame]],
    make_maker: Callable[[Job], FrameMaker] | None = None,
) -> int:
    """Make frames until the other side says stop, and return the exit code.

    Args:
        setup: From `synthvision.pipeline.run.worker_setup`.
        channel: To the process that hands out frames. The first message is ``ready``, or ``fatal`` with the reason.
        store_of: Gives what stores the frames of a job.
        make_maker: Gives what makes the frames of a job; None for what samples and draws them.

    Raises:
        EOFError, OSError: The other side is gone.
    """
    try:
        import cv2

        cv2.setNumThreads(1)
        job = Job.from_resolved(setup["job"], folder=Path(setup["folder"]))
        if make_maker is not None:
            maker = make_maker(job)
        else:
            maker = FrameMaker(job, measure=setup["measure"], device=setup.get("device"))
    except (SynthvisionError, OSError) as error:
        channel.send("fatal", {"error": type(error).__name__, "reason": str(error)})
        return 2
    with maker, ThreadPoolExecutor(max_workers=1, thread_name_prefix="store") as thread:
        channel.send("ready", {"fingerprint": maker.fingerprint})
        _Loop(channel, maker, store_of(job), thread).run()
    return 0


class _Loop:
    """The frames in hand and the one that is being stored."""

    def __init__(
        self, channel: Channel, maker: FrameMaker, store: Callable[[FinishedFrame], StoredFrame], thread: Executor
    ) -> None:
        self._channel = channel
        self._maker = maker
        self._store = store
        self._thread = thread
        self._todo: deque[int] = deque()
        self._storing: tuple[FinishedFrame, Future[StoredFrame]] | None = None
        self._stopping = False

    def run(self) -> None:
        while True:
            self._take_messages()
            if self._stopping or not self._todo:
                self._report_stored()
            if self._stopping:
                return
            if self._todo:
                self._make(self._todo.popleft())

    def _take_messages(self) -> None:
        # Wait only when there is nothing to do: otherwise look, and go on.
        idle = not self._todo and self._storing is None
        while not self._stopping and (idle or self._channel.waiting()):
            message = self._channel.receive()
            if message["kind"] == "make":
                self._todo.extend(message["frames"])
            else:
                self._stopping = True
            idle = False

    def _make(self, index: int) -> None:
        try:
            finished = self._maker.make(index)
        except Exception as error:  # noqa: BLE001 - no fault of one frame may stop the others; it is reported
            self._report_stored()
            self._report_failure(index, error)
            return
        self._report_stored()
        self._storing = finished, self._thread.submit(self._store, finished)

    def _report_stored(self) -> None:
        if self._storing is None:
            return
        finished, future = self._storing
        self._storing = None
        try:
            stored = future.result()
        except Exception as error:  # noqa: BLE001 - as above
            self._report_failure(finished.index, error)
            return
        fields: dict[str, Any] = {
            "frame": finished.index,
            "seconds": finished.seconds | {"write": stored.seconds},
            "counts": finished.annotated.counts(),
            "attempts": attempts_for(finished.scene, self._maker.job),
            "missed": missed_by(finished.scene),
            "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "resident_mib": _resident_mib(),
        }
        self._channel.send("done", fields, stored.frame)

    def _report_failure(self, index: int, error: Exception) -> None:
        expected = isinstance(error, (SynthvisionError, OSError))
        disk_full = isinstance(error.__cause__, DiskFullError)
        if not expected:
            traceback.print_exc()
        fields: dict[str, Any] = {
            "frame": index,
            "error": type(error).__name__,
            "reason": str(error) or type(error).__name__,
            # Sampling is a pure function of the frame: a second try would give up in the same way.
            "retry": not isinstance(error, (PlacementError, ConstraintError)) and not disk_full,
            "disk_full": disk_full,
            # After a driver error nothing in this process can be trusted; other faults leave it whole.
            "fresh": isinstance(error, RenderError) or not isinstance(error, (FrameError, OSError, SynthvisionError)),
        }
        self._channel.send("failed", fields)


def _resident_mib() -> float:
    """Return how much memory this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / (1 << 20)
