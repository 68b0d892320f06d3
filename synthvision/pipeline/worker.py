"""One worker process: `python -m synthvision.pipeline.worker FD`, started by `synthvision.pipeline.pool`.

It makes frames in the order in which it is given them. While the files of one frame are compressed and written by a
thread, the next frame is already drawn; a frame is reported when everything of it is on disk.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import traceback
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from synthvision.config.job import Job
from synthvision.core.errors import (
    ConstraintError,
    DiskFullError,
    FrameError,
    PlacementError,
    RenderError,
    SynthvisionError,
)
from synthvision.pipeline.frame import FinishedFrame, FrameMaker
from synthvision.pipeline.messages import receive, send
from synthvision.pipeline.output import FrameOutput
from synthvision.pipeline.refusals import attempts_for, missed_by

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1


def main(descriptor: int) -> int:
    """Serve the parent at the other end of a socket until it says stop or goes away.

    Args:
        descriptor: Inherited file descriptor of the socket.
    """
    # Ctrl-C reaches the whole process group in some shells; the parent alone decides how the job ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(os.getppid())
    connection = Connection(descriptor)
    setup = receive(connection)
    try:
        import cv2

        cv2.setNumThreads(1)
        job = Job.from_resolved(setup["job"], folder=Path(setup["folder"]))
        maker = FrameMaker(job, measure=setup["measure"], device=setup.get("device"))
    except (SynthvisionError, OSError) as error:
        send(connection, "fatal", error=type(error).__name__, reason=str(error))
        return 2
    with maker, ThreadPoolExecutor(max_workers=1, thread_name_prefix="write") as writer:
        send(connection, "ready", fingerprint=maker.fingerprint)
        try:
            _Loop(connection, maker, FrameOutput(job, Path(setup["out"])), writer).run()
        except (EOFError, OSError):
            return 1  # the parent is gone; what is on disk is whole, since every file is written atomically
    return 0


class _Loop:
    """The frames in hand and the one whose files are being written."""

    def __init__(
        self, connection: Connection, maker: FrameMaker, output: FrameOutput, writer: ThreadPoolExecutor
    ) -> None:
        self._connection = connection
        self._maker = maker
        self._output = output
        self._writer = writer
        self._todo: deque[int] = deque()
        self._writing: tuple[FinishedFrame, Future[float]] | None = None
        self._stopping = False

    def run(self) -> None:
        while True:
            self._take_messages()
            if self._stopping or not self._todo:
                self._report_written()
            if self._stopping:
                return
            if self._todo:
                self._make(self._todo.popleft())

    def _take_messages(self) -> None:
        # Wait only when there is nothing to do: otherwise look, and go on.
        idle = not self._todo and self._writing is None
        while not self._stopping and (idle or self._connection.poll()):
            message = receive(self._connection)
            if message["kind"] == "make":
                self._todo.extend(message["frames"])
            else:
                self._stopping = True
            idle = False

    def _make(self, index: int) -> None:
        try:
            finished = self._maker.make(index)
        except Exception as error:  # noqa: BLE001 - no fault of one frame may stop the others; it is reported
            self._report_written()
            self._report_failure(index, error)
            return
        self._report_written()
        self._writing = finished, self._writer.submit(self._output.write, finished)

    def _report_written(self) -> None:
        if self._writing is None:
            return
        finished, future = self._writing
        self._writing = None
        try:
            seconds = future.result()
        except Exception as error:  # noqa: BLE001 - as above
            self._report_failure(finished.index, error)
            return
        send(
            self._connection,
            "done",
            frame=finished.index,
            seconds=finished.seconds | {"write": seconds},
            counts=finished.annotated.counts(),
            attempts=attempts_for(finished.scene, self._maker.job),
            missed=missed_by(finished.scene),
            rss_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            resident_mib=_resident_mib(),
        )

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
        send(self._connection, "failed", **fields)


def _end_with(parent: int) -> None:
    """Be killed when the parent is: a frame written later would fall into the run that resumes this one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _resident_mib() -> float:
    """Return how much memory this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / (1 << 20)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
