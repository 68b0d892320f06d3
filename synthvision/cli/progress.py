"""How far a run is: a bar on a terminal, a line now and then anywhere else. Always on standard error."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, Protocol

__all__ = [
    "ProgressForm",
    "ProgressLike",
    "count_frames",
    "ended_like_ctrl_c",
    "format_labels",
    "format_seconds",
    "show_progress",
]

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_OBJECTS = 0.5

ProgressForm = Literal["auto", "json"]


class ProgressLike(Protocol):
    """What a run tells after each frame; `synthvision.pipeline.run.Progress` is one."""

    @property
    def done(self) -> int:
        """Frames on disk."""
        ...

    @property
    def failed(self) -> int:
        """Frames given up."""
        ...

    @property
    def total(self) -> int:
        """Frames of the run."""
        ...

    @property
    def images_per_second(self) -> float:
        """Rate so far."""
        ...

    @property
    def seconds_left(self) -> float:
        """At that rate."""
        ...


@contextmanager
def show_progress(total: int, form: ProgressForm = "auto") -> Iterator[Callable[[ProgressLike], None]]:
    """Yield the function that shows how far a run is.

    Args:
        total: Frames of the run.
        form: ``json`` for one JSON object a line, twice a second at most and after the last frame; ``auto`` for people.
    """
    if form == "json":
        yield _JsonLines().update
    elif sys.stderr.isatty():
        with _bar(total) as update:
            yield update
    else:
        yield _Lines().update


def count_frames(what: str) -> Callable[[int], None]:
    """Return a function that prints a line now and then about how many frames are done.

    Args:
        what: What is done with them, e.g. ``checked``.
    """
    last = time.monotonic()

    def update(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{what} so far: {done} frames", file=sys.stderr, flush=True)

    return update


def format_seconds(seconds: float) -> str:
    """Return a duration for people.

    Example:
        >>> [format_seconds(value) for value in (0.4, 75, 7300)]
        ['0 s', '1 min 15 s', '2 h 1 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def format_labels(counts: Mapping[str, int]) -> str:
    """Return how many labels there are of each class; classes without one are named, for their rule may be wrong.

    Example:
        >>> format_labels({"car": 12, "bus": 0})
        '12 car; none of bus'
    """
    found = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    without = ", ".join(name for name, count in counts.items() if not count)
    return "; none of ".join(part for part in (found or "none", without) if part)


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, with which batch systems and spot machines end a job, do what Ctrl-C does: end cleanly."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _JsonLines:
    """A line of JSON now and then, for programs."""

    def __init__(self) -> None:
        self._last = -_SECONDS_BETWEEN_OBJECTS

    def update(self, state: ProgressLike) -> None:
        now = time.monotonic()
        if now - self._last < _SECONDS_BETWEEN_OBJECTS and state.done + state.failed < state.total:
            return
        self._last = now
        fields = {
            "done": state.done,
            "failed": state.failed,
            "total": state.total,
            "images_per_second": round(state.images_per_second, 3),
            "seconds_left": round(state.seconds_left, 1),
        }
        print(json.dumps(fields), file=sys.stderr, flush=True)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[ProgressLike], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("images  {task.fields[note]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, note="starting")

        def update(state: ProgressLike) -> None:
            progress.update(task, completed=state.done + state.failed, note=_note(state))

        yield update


class _Lines:
    def __init__(self) -> None:
        self._last = time.monotonic()

    def update(self, state: ProgressLike) -> None:
        now = time.monotonic()
        ended = state.done + state.failed
        if ended < state.total and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        print(f"{ended}/{state.total} images  {_note(state)}", file=sys.stderr, flush=True)


def _note(state: ProgressLike) -> str:
    failed = f"  {state.failed} failed" if state.failed else ""
    left = f"  {format_seconds(state.seconds_left)} left" if state.done + state.failed < state.total else ""
    return f"{state.images_per_second:.1f} images/s{left}{failed}"
