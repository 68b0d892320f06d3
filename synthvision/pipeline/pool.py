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
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from synthvision.core.errors import GpuUnavailableError, SynthvisionError
from synthvision.pipeline.messages import receive, send

__all__ = ["FrameOutcome", "WorkerPool"]

#: A worker holds this many chunks: the one it works on and the next, so that it never waits for the parent.
_CHUNKS_AHEAD = 2
_TRIES = 2
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


class WorkerPool:
    """A fixed number of worker processes for one job.

    Args:
        setup: JSON-able description of the job, passed to every worker.
        count: Number of processes, 1 or more.
        driver_threads: Threads of Mesa's software driver in each worker, where the user did not set LP_NUM_THREADS.

    Raises:
        SynthvisionError: The first worker could not start; the error is the one it met.
    """

    def __init__(self, setup: dict[str, Any], count: int, driver_threads: int) -> None:
        self._setup = setup
        # What the user set wins.
        self._environment = {"LP_NUM_THREADS": str(driver_threads), **_ENVIRONMENT, **os.environ}
        self._workers = [self._start() for _ in range(count)]
        self._tries: dict[int, int] = {}
        self.hello: dict[str, Any] = {}
        try:
            for worker in self._workers:
                self.hello = worker.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def run(self, chunks: Sequence[Sequence[int]]) -> Iterator[FrameOutcome]:
        """Make every frame of every chunk and yield its outcome, in the order in which they end.

        Args:
            chunks: Frame indices that share a scene stand in one chunk and go to one worker.
        """
        todo: deque[list[int]] = deque(list(chunk) for chunk in chunks)
        while todo or any(worker.pending for worker in self._workers):
            for worker in self._workers:
                while todo and len(worker.chunks) < _CHUNKS_AHEAD:
                    worker.give(todo.popleft())
            ready = wait([worker.connection for worker in self._workers if worker.pending])
            for position, worker in enumerate(self._workers):
                if worker.connection not in ready:
                    continue
                try:
                    message = receive(worker.connection)
                except EOFError:
                    yield from self._after_death(position, todo)
                    continue
                outcome = _outcome(message)
                worker.finish(outcome.index)
                tries = self._tries.get(outcome.index, 0) + 1
                if not outcome.ok and message["retry"] and tries < _TRIES:
                    self._tries[outcome.index] = tries
                    todo.append([outcome.index])
                    if message["fresh"]:
                        todo.extend(worker.chunks)
                        self._replace(position)
                    continue
                yield outcome if outcome.ok else _with_tries(outcome, tries)

    def close(self, *, kill: bool = False) -> None:
        """End all workers: let them finish what they write, or with `kill` stop them at once."""
        for worker in self._workers:
            worker.stop(kill=kill)

    def finish_started(self) -> Iterator[FrameOutcome]:
        """After an interrupt: yield the outcome of frames whose files are already being written, then end."""
        for worker in self._workers:
            worker.drain()
        for worker in self._workers:
            while True:
                try:
                    message = receive(worker.connection)
                except (EOFError, OSError):
                    break
                yield _outcome(message)
            worker.stop()

    def _after_death(self, position: int, todo: deque[list[int]]) -> Iterator[FrameOutcome]:
        worker = self._workers[position]
        code = worker.process.wait()
        # Frames are made in order, so the first one that is not reported is the one that was in work.
        suspect, *others = [index for chunk in worker.chunks for index in chunk]
        if others:
            todo.appendleft(others)
        tries = self._tries.get(suspect, 0) + 1
        self._tries[suspect] = tries
        if tries < _TRIES:
            todo.append([suspect])
        else:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            yield FrameOutcome(suspect, False, f"the worker process died with {how}", "WorkerDied", tries)
        self._replace(position)

    def _replace(self, position: int) -> None:
        self._workers[position].stop(kill=True)
        self._workers[position] = self._start()
        self._workers[position].wait_until_ready()

    def _start(self) -> _Worker:
        return _Worker(self._setup, self._environment)


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
            return message
        raise _error_of(message)

    def give(self, chunk: list[int]) -> None:
        self.chunks.append(chunk)
        try:
            send(self.connection, "make", frames=chunk)
        except OSError:
            return  # it is gone; the parent finds out when it reads, and gives the chunk to another

    def finish(self, index: int) -> None:
        for chunk in self.chunks:
            if index in chunk:
                chunk.remove(index)
        self.chunks = [chunk for chunk in self.chunks if chunk]

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
    )


def _with_tries(outcome: FrameOutcome, tries: int) -> FrameOutcome:
    return FrameOutcome(outcome.index, False, outcome.reason, outcome.error, tries)


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
