"""What every executor does with its workers, whatever they are: feeds, watches and replaces them, and judges frames.

A frame that kills its worker, or whose GL context was lost, gets a second try in a new worker; what fails twice is
given up and the others go on. A worker is also replaced when it hangs, and before its leaks matter.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthvision.core.errors import GpuUnavailableError, SynthvisionError
from synthvision.pipeline.executors.executor import ExecutorOptions, FrameOutcome

__all__ = ["Supervised", "Supervisor", "WorkerGoneError", "error_of", "outcome_of"]

#: A worker holds this many chunks: the one it works on and the next, so that it never waits for the parent.
_CHUNKS_AHEAD = 2
_TRIES = 2
#: Workers in a row that end before they are ready, until the run gives up.
_FAILED_STARTS = 3
#: A frame in whose making so many machines were lost is held to be the cause.
_MACHINES_LOST = 5
#: After so many frames caches are full; what grows from then on is a leak.
_SETTLED_AFTER = 100


class WorkerGoneError(Exception):
    """A worker ended. Never leaves the executors.

    Args:
        ending: How, e.g. ``signal 9``.
        machine_lost: Its machine went with it, which is no frame's fault.
    """

    def __init__(self, ending: str, *, machine_lost: bool = False) -> None:
        super().__init__(ending)
        self.ending = ending
        self.machine_lost = machine_lost


class Supervised(ABC):
    """One worker, and the frames that it was given but has not reported."""

    #: How long it may take until it is ready, seconds.
    start_seconds = 300.0

    def __init__(self) -> None:
        self.chunks: list[list[int]] = []
        self.is_ready = False
        self._since = time.monotonic()
        self._frames = 0
        self._resident_mib = self._settled_mib = 0.0

    @abstractmethod
    def send(self, kind: str, **fields: Any) -> None:
        """Send a message. One that is gone does not get it: that is found out when it is heard."""

    @abstractmethod
    def hear(self) -> dict[str, Any]:
        """Wait for its next message and return it.

        Raises:
            WorkerGoneError: It ended.
        """

    @abstractmethod
    def stop(self, *, kill: bool = False) -> None:
        """End it: at once, or when it has stored what it is storing."""

    @property
    def takes_frames(self) -> bool:
        """Whether it may be given frames now."""
        return True

    @property
    def pending(self) -> bool:
        """Whether it has frames that it has not reported."""
        return bool(self.chunks)

    def ready(self, message: Mapping[str, Any]) -> None:
        """Note that it is ready."""
        self.is_ready = True
        self._since = time.monotonic()

    def deadline(self, frame_timeout_s: float) -> float:
        """Return when, by the monotonic clock, it must have said something."""
        return self._since + (frame_timeout_s if self.is_ready else max(frame_timeout_s, self.start_seconds))

    def worn_out(self, options: ExecutorOptions) -> bool:
        """Return whether it is to be replaced before its leaks matter."""
        grown = self._resident_mib - self._settled_mib
        leaks = self._frames > _SETTLED_AFTER and grown > options.recycle_growth_mib
        return leaks or self._frames >= options.recycle_frames

    def give(self, chunk: list[int]) -> None:
        """Hand it a chunk of frames."""
        if not self.chunks:
            self._since = time.monotonic()
        self.chunks.append(chunk)
        self.send("make", frames=chunk)

    def finish(self, frame: int, resident_mib: float) -> None:
        """Note that it reported a frame."""
        for chunk in self.chunks:
            if frame in chunk:
                chunk.remove(frame)
        self.chunks = [chunk for chunk in self.chunks if chunk]
        self._since = time.monotonic()
        self._frames += 1
        self._resident_mib = resident_mib
        if self._frames <= _SETTLED_AFTER:
            self._settled_mib = max(self._settled_mib, resident_mib)


class Supervisor(ABC):
    """Hands frames to workers and tells what became of each; what a worker is, its subclasses say.

    Args:
        options: How long a frame may take, and when workers are replaced.
    """

    def __init__(self, options: ExecutorOptions) -> None:
        self._options = options
        self._tries: dict[int, int] = {}
        self._machines_lost: dict[int, int] = {}
        self._failed_starts = 0
        self._todo: deque[list[int]] = deque()
        self.hello: dict[str, Any] = {}
        self._workers: list[Any] = []

    @abstractmethod
    def _start(self, position: int) -> Supervised:
        """Start the worker that stands at a position of the list."""

    @abstractmethod
    def _wait(self, workers: Sequence[Any], timeout_s: float) -> Collection[Any]:
        """Wait until one of some workers has something to say, at most so long, and return those that have."""

    def _welcome(self, worker: Any, message: dict[str, Any]) -> None:
        """Take in a worker that says that it is ready."""
        worker.ready(message)
        self._failed_starts = 0

    def run(self, chunks: Iterable[Sequence[int]]) -> Iterator[FrameOutcome]:
        """Make every frame of every chunk and yield its outcome, in the order in which they end."""
        source = iter(chunks)
        while True:
            for position in range(len(self._workers)):
                self._feed(position, source)
            waited_for = [worker for worker in self._workers if worker.pending]
            if not waited_for and not self._next(source):
                return
            # One that is not ready yet may be all there is, or come to help.
            waited_for += [worker for worker in self._workers if not worker.pending and not worker.is_ready]
            limit = self._options.frame_timeout_s
            patience = min(worker.deadline(limit) for worker in waited_for) - time.monotonic()
            heard = self._wait(waited_for, max(patience, 0.0))
            for position, worker in enumerate(self._workers):
                if worker in heard:
                    yield from self._hear(position)
                elif worker in waited_for and time.monotonic() >= worker.deadline(limit):
                    yield from self._after_hang(position)

    def finish_started(self) -> Iterator[FrameOutcome]:
        """Start nothing more; yield the outcome of frames whose files are already being written, then end."""
        for worker in self._workers:
            worker.send("stop")
        for worker in self._workers:
            while True:
                try:
                    message = worker.hear()
                except WorkerGoneError:
                    break
                if message["kind"] in ("done", "failed"):
                    yield outcome_of(message)
            worker.stop()

    def close(self) -> None:
        """End all workers: let them finish what they write."""
        for worker in self._workers:
            worker.stop()

    def _next(self, source: Iterator[Sequence[int]]) -> bool:
        """Return whether there is a chunk that no worker has."""
        if not self._todo:
            self._todo.extend([list(chunk)] if (chunk := next(source, ())) else [])
        return bool(self._todo)

    def _feed(self, position: int, source: Iterator[Sequence[int]]) -> None:
        """Hand a worker its next chunks, or put a new one in its place when it has worn out."""
        worker = self._workers[position]
        if worker.worn_out(self._options):
            if worker.pending:
                return
            worker.stop()
            worker = self._workers[position] = self._start(position)
        while worker.takes_frames and len(worker.chunks) < _CHUNKS_AHEAD and self._next(source):
            worker.give(self._todo.popleft())

    def _hear(self, position: int) -> Iterator[FrameOutcome]:
        worker = self._workers[position]
        try:
            message = worker.hear()
        except WorkerGoneError as gone:
            yield from self._after_death(position, gone)
            return
        if message["kind"] == "fatal":
            raise error_of(message)
        if message["kind"] == "ready":
            self._welcome(worker, message)
            return
        outcome = outcome_of(message)
        worker.finish(outcome.index, message.get("resident_mib", 0.0))
        self._machines_lost.pop(outcome.index, None)
        tries = self._tries.pop(outcome.index, 0) + 1
        if not outcome.ok and message["retry"] and tries < _TRIES:
            self._tries[outcome.index] = tries
            self._todo.append([outcome.index])
            if message["fresh"]:
                self._todo.extend(worker.chunks)
                self._replace(position)
            return
        yield outcome if outcome.ok else replace(outcome, tries=tries)

    def _after_hang(self, position: int) -> Iterator[FrameOutcome]:
        """End a worker that has said nothing for too long."""
        self._workers[position].stop(kill=True)
        yield from self._after_death(position, WorkerGoneError("no word for too long"), hung=True)

    def _after_death(self, position: int, gone: WorkerGoneError, *, hung: bool = False) -> Iterator[FrameOutcome]:
        worker = self._workers[position]
        if not worker.is_ready:
            # It met no frame yet: the frames it was given are not to blame.
            self._failed_starts += not gone.machine_lost
            if self._failed_starts >= _FAILED_STARTS:
                raise GpuUnavailableError(
                    f"{_FAILED_STARTS} worker processes in a row ended with {gone.ending} before their first frame; "
                    "'synthvision doctor' may say why; what is done can be resumed"
                )
            self._todo.extend(worker.chunks)
            self._replace(position)
            return
        # Frames are made in order, so the first one that is not reported is the one that was in work.
        frames = [index for chunk in worker.chunks for index in chunk]
        if frames and gone.machine_lost:
            self._machines_lost[frames[0]] = self._machines_lost.get(frames[0], 0) + 1
        if not frames or (gone.machine_lost and self._machines_lost[frames[0]] < _MACHINES_LOST):
            self._todo.extendleft(reversed(worker.chunks))
            self._replace(position)
            return
        suspect, *others = frames
        if others:
            self._todo.appendleft(others)
        tries = self._tries.pop(suspect, 0) + 1
        if tries < _TRIES:
            self._tries[suspect] = tries
            self._todo.append([suspect])
        elif hung:
            limit = self._options.frame_timeout_s
            yield FrameOutcome(suspect, False, f"the frame took longer than {limit:g} s", "WorkerHung", tries)
        else:
            yield FrameOutcome(suspect, False, f"the worker process died with {gone.ending}", "WorkerDied", tries)
        self._replace(position)

    def _replace(self, position: int) -> None:
        self._workers[position].stop(kill=True)
        self._workers[position] = self._start(position)


def outcome_of(message: Mapping[str, Any]) -> FrameOutcome:
    """Return what a worker's message says of a frame."""
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
        fingerprint=message.get("fingerprint"),
    )


def error_of(message: Mapping[str, Any]) -> SynthvisionError:
    """Return the error that kept a worker from starting."""
    import synthvision.core.errors as errors

    kind: Callable[[str], SynthvisionError] = getattr(errors, message["error"], SynthvisionError)
    # ConfigError is made of problems, not of a text; here the text of the worker's is all there is.
    return SynthvisionError(message["reason"]) if message["error"] == "ConfigError" else kind(message["reason"])
