"""Worker processes that make frames: started, fed, watched, and replaced when they die.

A worker is a fresh interpreter (`python -m synthvision.pipeline.worker`), never a fork: a forked GL context is broken,
and a spawned child of the user's own script would run that script again. A frame that kills its worker, or whose GL
context was lost, gets a second try in a new process; what fails twice is reported and the others go on.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from synthvision.core.errors import GpuUnavailableError, SynthvisionError
from synthvision.pipeline.executors.executor import ExecutorOptions, FrameOutcome
from synthvision.pipeline.messages import receive, send

__all__ = ["LocalExecutor"]

#: A worker holds this many chunks: the one it works on and the next, so that it never waits for the parent.
_CHUNKS_AHEAD = 2
_TRIES = 2
#: Workers in a row that end before they are ready, until the run gives up.
_FAILED_STARTS = 3
#: Least time that a worker has to start.
_START_SECONDS = 300.0
#: After so many frames caches are full; what grows from then on is a leak.
_SETTLED_AFTER = 100
#: glibc gives memory back to the system only from blocks of their own; without these settings a worker that builds and
#: drops textures keeps a quarter more than it uses (measured on quickstart: 1,100 instead of 900 MiB).
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 20),
}


class LocalExecutor:
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
        self._setup = setup
        self._options = options
        # What the user set wins.
        self._environment = {"LP_NUM_THREADS": str(options.driver_threads), **_ENVIRONMENT, **os.environ}
        self._tries: dict[int, int] = {}
        self._failed_starts = 0
        self.hello: dict[str, Any] = {}
        self._workers: list[_Worker] = []
        try:
            self._workers = [self._start(position) for position in range(options.workers)]
            for worker in self._workers:
                self.hello = worker.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def run(self, chunks: Iterable[Sequence[int]]) -> Iterator[FrameOutcome]:
        """Make every frame of every chunk and yield its outcome, in the order in which they end."""
        source, todo = iter(chunks), deque[list[int]]()
        while True:
            for position in range(len(self._workers)):
                self._feed(position, source, todo)
            busy = [worker for worker in self._workers if worker.pending]
            if not busy:
                return
            patience = min(worker.deadline(self._options.frame_timeout_s) for worker in busy) - time.monotonic()
            ready = wait([worker.connection for worker in busy], timeout=max(patience, 0.0))
            for position, worker in enumerate(self._workers):
                if worker.connection in ready:
                    yield from self._hear(position, todo)
                elif worker.pending and time.monotonic() >= worker.deadline(self._options.frame_timeout_s):
                    worker.hung = True
                    yield from self._after_death(position, todo)

    def close(self) -> None:
        """End all workers: let them finish what they write."""
        for worker in self._workers:
            worker.stop()

    def finish_started(self) -> Iterator[FrameOutcome]:
        """Start nothing more; yield the outcome of frames whose files are already being written, then end."""
        for worker in self._workers:
            worker.drain()
        for worker in self._workers:
            while True:
                try:
                    message = receive(worker.connection)
                except (EOFError, OSError):
                    break
                if message["kind"] != "ready":
                    yield _outcome(message)
            worker.stop()

    def _feed(self, position: int, source: Iterator[Sequence[int]], todo: deque[list[int]]) -> None:
        """Hand a worker its next chunks, or put a new one in its place when it has worn out."""
        worker = self._workers[position]
        if worker.worn_out(self._options):
            if worker.pending:
                return
            worker.stop()
            worker = self._workers[position] = self._start(position)
        while len(worker.chunks) < _CHUNKS_AHEAD:
            chunk = todo.popleft() if todo else list(next(source, ()))
            if not chunk:
                return
            worker.give(chunk)

    def _hear(self, position: int, todo: deque[list[int]]) -> Iterator[FrameOutcome]:
        worker = self._workers[position]
        try:
            message = receive(worker.connection)
        except (EOFError, OSError):
            yield from self._after_death(position, todo)
            return
        if message["kind"] == "fatal":
            raise _error_of(message)
        if message["kind"] == "ready":
            worker.ready(message)
            self._failed_starts = 0
            return
        outcome = _outcome(message)
        worker.finish(outcome, message.get("resident_mib", 0.0))
        tries = self._tries.pop(outcome.index, 0) + 1
        if not outcome.ok and message["retry"] and tries < _TRIES:
            self._tries[outcome.index] = tries
            todo.append([outcome.index])
            if message["fresh"]:
                todo.extend(worker.chunks)
                self._replace(position)
            return
        yield outcome if outcome.ok else replace(outcome, tries=tries)

    def _after_death(self, position: int, todo: deque[list[int]]) -> Iterator[FrameOutcome]:
        worker = self._workers[position]
        if worker.hung:
            worker.process.kill()
        code = worker.process.wait()
        if not worker.is_ready:
            # It met no frame yet: the frames it was given are not to blame.
            self._failed_starts += 1
            if self._failed_starts >= _FAILED_STARTS:
                raise GpuUnavailableError(
                    f"{_FAILED_STARTS} worker processes in a row ended with {_ending(code)} before their first frame; "
                    "'synthvision doctor' may say why; what is done can be resumed"
                )
            todo.extend(worker.chunks)
            self._replace(position)
            return
        # Frames are made in order, so the first one that is not reported is the one that was in work.
        suspect, *others = [index for chunk in worker.chunks for index in chunk]
        if others:
            todo.appendleft(others)
        tries = self._tries.pop(suspect, 0) + 1
        if tries < _TRIES:
            self._tries[suspect] = tries
            todo.append([suspect])
        elif worker.hung:
            limit = self._options.frame_timeout_s
            yield FrameOutcome(suspect, False, f"the frame took longer than {limit:g} s", "WorkerHung", tries)
        else:
            yield FrameOutcome(suspect, False, f"the worker process died with {_ending(code)}", "WorkerDied", tries)
        self._replace(position)

    def _replace(self, position: int) -> None:
        self._workers[position].stop(kill=True)
        self._workers[position] = self._start(position)

    def _start(self, position: int) -> _Worker:
        devices = self._options.devices
        setup = {**self._setup, "device": devices[position % len(devices)] if devices else None}
        return _Worker(setup, self._environment)


class _Worker:
    """One process, its end of the pipe, and the frames it was given but has not reported."""

    def __init__(self, setup: dict[str, Any], environment: dict[str, str]) -> None:
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
        self.chunks: list[list[int]] = []
        self.is_ready = False
        self.hung = False
        self._since = time.monotonic()
        self._frames = 0
        self._resident_mib = self._settled_mib = 0.0
        send(self.connection, "setup", **setup)

    @property
    def pending(self) -> bool:
        return bool(self.chunks)

    def wait_until_ready(self) -> dict[str, Any]:
        try:
            message = receive(self.connection)
        except EOFError as error:
            code = self.process.wait()
            raise GpuUnavailableError(
                f"a worker process died with code {code} before its first frame; 'synthvision doctor' may say why"
            ) from error
        if message["kind"] == "ready":
            self.ready(message)
            return message
        raise _error_of(message)

    def ready(self, message: dict[str, Any]) -> None:
        self.is_ready = True
        self._since = time.monotonic()

    def deadline(self, frame_timeout_s: float) -> float:
        """Return when, by the monotonic clock, it must have said something."""
        return self._since + (frame_timeout_s if self.is_ready else max(frame_timeout_s, _START_SECONDS))

    def worn_out(self, options: ExecutorOptions) -> bool:
        grown = self._resident_mib - self._settled_mib
        leaks = self._frames > _SETTLED_AFTER and grown > options.recycle_growth_mib
        return leaks or self._frames >= options.recycle_frames

    def give(self, chunk: list[int]) -> None:
        if not self.chunks:
            self._since = time.monotonic()
        self.chunks.append(chunk)
        try:
            send(self.connection, "make", frames=chunk)
        except OSError:
            return  # it is gone; the parent finds out when it reads, and gives the chunk to another

    def finish(self, outcome: FrameOutcome, resident_mib: float) -> None:
        for chunk in self.chunks:
            if outcome.index in chunk:
                chunk.remove(outcome.index)
        self.chunks = [chunk for chunk in self.chunks if chunk]
        self._since = time.monotonic()
        self._frames += 1
        self._resident_mib = resident_mib
        if self._frames <= _SETTLED_AFTER:
            self._settled_mib = max(self._settled_mib, resident_mib)

    def drain(self) -> None:
        try:
            send(self.connection, "stop")
        except OSError:
            return

    def stop(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        else:
            self.drain()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.connection.close()


def _outcome(message: dict[str, Any]) -> FrameOutcome:
    return FrameOutcome(
        index=message["frame"],
        ok=message["kind"] == "done",
        reason=message.get("reason", ""),
        error=message.get("error", ""),
        seconds=message.get("seconds", {}),
        counts=message.get("counts", {}),
        rss_mib=message.get("rss_mib", 0.0),
        attempts=message.get("attempts", 0),
        missed=message.get("missed", {}),
        disk_full=message.get("disk_full", False),
    )


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _error_of(message: dict[str, Any]) -> SynthvisionError:
    import synthvision.core.errors as errors

    kind: Callable[[str], SynthvisionError] = getattr(errors, message["error"], SynthvisionError)
    # ConfigError is made of problems, not of a text; here the text of the worker's is all there is.
    return SynthvisionError(message["reason"]) if message["error"] == "ConfigError" else kind(message["reason"])


def _has_fileno(stream: Any) -> bool:
    try:
        stream.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return True
