"""One worker process: `python -m synthvision.pipeline.worker FD`, started by `synthvision.pipeline.executors.local`.

It makes frames as `synthvision.pipeline.frame_service` does, and writes their files itself.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from synthvision.dataset.writer import EncodedFrame
from synthvision.pipeline.frame import FinishedFrame
from synthvision.pipeline.frame_service import StoredFrame, serve_frames
from synthvision.pipeline.layer_frames import LayerMaker, LayerOutput
from synthvision.pipeline.messages import receive, send
from synthvision.pipeline.output import FrameOutput

__all__ = ["end_with_parent", "main"]

_PR_SET_PDEATHSIG = 1


def main(descriptor: int) -> int:
    """Serve the parent at the other end of a socket until it says stop or goes away.

    Args:
        descriptor: Inherited file descriptor of the socket.
    """
    # Ctrl-C reaches the whole process group in some shells; the parent alone decides how the job ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    connection = Connection(descriptor)
    setup = receive(connection)
    folder, channel = Path(setup["out"]), _Socket(connection)
    try:
        if setup.get("task") == "layers":
            return serve_frames(
                setup,
                channel,
                lambda job: _writing(LayerOutput(job, folder, setup["layers"])),
                lambda job: LayerMaker(job, folder, device=setup.get("device")),
            )
        return serve_frames(setup, channel, lambda job: _writing(FrameOutput(job, folder)))
    except (EOFError, OSError):
        return 1  # the parent is gone; what is on disk is whole, since every file is written atomically


class _Socket:
    """The channel to the parent. See `synthvision.pipeline.frame_service.Channel`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def receive(self) -> dict[str, Any]:
        return receive(self._connection)

    def waiting(self) -> bool:
        return self._connection.poll()

    def send(self, kind: str, fields: Mapping[str, Any], frame: EncodedFrame | None = None) -> None:
        send(self._connection, kind, **fields)


def _writing(output: FrameOutput | LayerOutput) -> Callable[[FinishedFrame], StoredFrame]:
    return lambda finished: StoredFrame(output.write(finished))


def end_with_parent() -> None:
    """Be killed when the parent is: a frame written later would fall into the run that resumes this one."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
