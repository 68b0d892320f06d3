"""Worker processes of this machine that make frames.

A worker is a fresh interpreter (`python -m synthvision.pipeline.worker`), never a fork: a forked GL context is broken,
and a spawned child of the user's own script would run that script again.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from synthvision.core.errors import GpuUnavailableError
from synthvision.pipeline.executors.executor import ExecutorOptions
from synthvision.pipeline.executors.supervision import Supervised, Supervisor, WorkerGoneError, error_of
from synthvision.pipeline.messages import receive, send

__all__ = ["WORKER_ENVIRONMENT", "LocalExecutor"]

#: glibc gives memory back to the system only from blocks of their own; without these settings a worker that builds and
#: drops textures keeps a quarter more than it uses (measured on quickstart: 1,100 instead of 900 MiB).
WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 20),
}


class LocalExecutor(Supervisor):
    """Worker processes of this machine. See `synthvision.pipeline.executors.executor.Executor`.

    A process that dies, hangs, or meets an error of the driver is replaced, and the frame it was making is tried once
    more in the new one; a frame that fails twice is given up. Processes are also replaced before leaks matter.

    Args:
        setup: JSON-able description of the job, passed to every worker.
        options: How many, and when they are replaced.

    Raises:
        SynthvisionError: The first worker could not start; the error is the one it met.
    """

    def __init__(self, setup: dict[str, Any], options: ExecutorOptions) -> None:
        super().__init__(options)
        self._setup = setup
        # What the user set wins.
        self._environment = {"LP_NUM_THREADS": str(options.driver_threads), **WORKER_ENVIRONMENT, **os.environ}
        try:
            self._workers = [self._start(position) for position in range(options.workers or 1)]
            for worker in self._workers:
                self.hello = worker.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def _start(self, position: int) -> _Worker:
        devices = self._options.devices
        setup = {**self._setup, "device": devices[position % len(devices)] if devices else None}
        return _Worker(setup, self._environment)

    def _wait(self, workers: Sequence[_Worker], timeout_s: float) -> Collection[_Worker]:
        ready = wait([worker.connection for worker in workers], timeout=timeout_s)
        return [worker for worker in workers if worker.connection in ready]


class _Worker(Supervised):
    """One process and its end of the pipe."""

    def __init__(self, setup: dict[str, Any], environment: dict[str, str]) -> None:
        super().__init__()
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            command = [sys.executable, "-m", "synthvision.pipeline.worker", str(theirs.fileno())]
            # A worker's standard output goes to our standard error: data is on stdout, progress on stderr. In a
            # session of its own it does not get the terminal's Ctrl-C: the parent decides how the job ends.
            self.process = subprocess.Popen(
                command,
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno() if _has_fileno(sys.stderr) else subprocess.DEVNULL,
                start_new_session=True,
            )
        self.connection = Connection(ours.detach())
        self.send("setup", **setup)

    def wait_until_ready(self) -> dict[str, Any]:
        try:
            message = self.hear()
        except WorkerGoneError as gone:
            raise GpuUnavailableError(
                f"a worker process died with {gone.ending} before its first frame; 'synthvision doctor' may say why"
            ) from gone
        if message["kind"] == "ready":
            self.ready(message)
            return message
        raise error_of(message)

    def send(self, kind: str, **fields: Any) -> None:
        with suppress(OSError):
            send(self.connection, kind, **fields)

    def hear(self) -> dict[str, Any]:
        try:
            return receive(self.connection)
        except (EOFError, OSError) as error:
            code = self.process.wait()
            raise WorkerGoneError(f"signal {-code}" if code < 0 else f"exit code {code}") from error

    def stop(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        elif not self.connection.closed:
            self.send("stop")
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.connection.close()


def _has_fileno(stream: Any) -> bool:
    try:
        stream.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return True
