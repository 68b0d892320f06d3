"""Realism while a job renders: renders go into a folder of their own, and one model process follows behind.

The renders are a data set below the one that is made, so that whatever holds for rendering holds for them: workers,
clusters, retries, resuming. The model process takes frames from it in fixed groups of consecutive frames as they become
whole, and writes the refined data set; it ends in the same bytes as ``render`` followed by ``realism apply``.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from synthvision.config.job import Job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import SynthvisionError, UsageError
from synthvision.dataset.layout import DatasetLayout
from synthvision.pipeline.executors.executor import FrameOutcome
from synthvision.pipeline.executors.supervision import error_of
from synthvision.pipeline.messages import receive, send
from synthvision.pipeline.output import new_manifest
from synthvision.pipeline.preview import preview_folder
from synthvision.pipeline.summary import Progress, RunSummary

__all__ = ["RENDERS", "refine_while_rendering"]

#: Folder of the renders in the data set that is made; gone when all are refined.
RENDERS = ".renders"


def refine_while_rendering(
    job: Job,
    out: Path,
    render: Callable[..., RunSummary],
    *,
    frames: Sequence[int],
    progress: Callable[[Progress], None] | None,
    resume: bool,
    **options: Any,
) -> RunSummary:
    """Render a job and refine its pictures.

    Args:
        job: The job, with a realism section.
        out: Folder of the data set.
        render: `synthvision.pipeline.run.render_job`.
        frames: Frame indices of the data set.
        progress: Called after every refined frame.
        resume: Keep what is whole in the folder and make the rest.
        options: Of `render`.

    Raises:
        DatasetError: The folder is not empty, holds another job, or is being written by another process.
        MissingExtraError: A package that a refiner needs is not installed.
        UsageError: Weights or photos of a refiner are missing.
    """
    if job.realism is None:
        raise UsageError("the job must have a realism section to be refined, but has none")
    layout = DatasetLayout(out)
    draft = new_manifest(job, open_checked_library(job), frames, {})
    setup = {
        "job": job.resolved(),
        "folder": str(job.folder or Path.cwd()),
        "out": str(out.resolve()),
        "frames": list(frames),
        "resume": resume,
        "manifest": draft.model_dump(mode="json"),
    }
    with _ModelProcess(setup) as model:
        there: list[int] = model.hello["there"]
        todo = np.setdiff1d(np.array(frames, np.int64), np.array(there, np.int64)).tolist()
        needs = dict.fromkeys(model.hello["needs"], True)
        bare = job.model_copy(update={"realism": None, "output": job.output.model_copy(update=needs)})
        rendered = RunSummary(layout.root, 0)
        if todo:

            def follow(state: Progress) -> None:
                model.look()
                if progress is not None:
                    left = state.total - model.done - state.failed
                    rate = min(state.images_per_second, model.done * state.images_per_second / max(state.done, 1))
                    progress(Progress(model.done, state.failed, state.total, rate, left / rate if rate else 0.0))

            rendered = render(bare, layout.root / RENDERS, frames=todo, progress=follow, resume=True, **options)
        model.tell("stop" if rendered.interrupted else "rendered")

        def count(done: int) -> None:
            if progress is not None and done:
                failed = len(rendered.failures)
                progress(Progress(done, failed, len(todo), 0.0, 0.0))

        ended = model.wait(count)
    if not ended["interrupted"] and not rendered.interrupted and not rendered.errors:
        shutil.rmtree(layout.root / RENDERS, ignore_errors=True)
    failures = [FrameOutcome(frame, False, reason, error, 1) for frame, error, reason in ended["failures"]]
    with suppress(SynthvisionError):
        preview_folder(layout.root)
    return RunSummary(
        folder=layout.root,
        done=ended["done"],
        there=len(there),
        failures=tuple(failures),
        interrupted=rendered.interrupted or ended["interrupted"],
        seconds=rendered.seconds,
        stages=rendered.stages,
        counts={name: ended["labels"].get(name, 0) for name in job.class_names},
        peak_rss_mib=rendered.peak_rss_mib,
        warnings=(*rendered.warnings, *ended["notes"], *_decisions(ended)),
        errors=rendered.errors,
        refusals=rendered.refusals,
    )


def _decisions(ended: dict[str, Any]) -> tuple[str, ...]:
    pictures, instances = Counter(ended["pictures"]), Counter(ended["instances"])
    if not pictures["render"] and not instances["restored"] and not instances["ignored"]:
        return ()
    return (
        f"the guard of realism gave {pictures['render']} of {pictures.total()} pictures and {instances['restored']} of "
        f"{instances.total()} objects their render back, and made {instances['ignored']} annotations ones to ignore",
    )


class _ModelProcess:
    """The process that holds the models, and our end of the pipe to it."""

    def __init__(self, setup: dict[str, Any]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "synthvision.pipeline.refine_worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        self.done = 0
        self._ended: dict[str, Any] | None = None
        try:
            send(self._connection, "setup", **setup)
            self.hello = self._hear()
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> _ModelProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def tell(self, kind: str) -> None:
        """Send a message without content."""
        with suppress(OSError):
            send(self._connection, kind)

    def look(self) -> None:
        """Take in what it says, without waiting.

        Raises:
            SynthvisionError: It met an error or died.
        """
        while self._ended is None and self._connection.poll():
            self._take(self._hear())

    def wait(self, count: Callable[[int], None]) -> dict[str, Any]:
        """Wait until it has ended and return what it made.

        Args:
            count: Called with the number of refined frames.

        Raises:
            SynthvisionError: It met an error or died.
        """
        while self._ended is None:
            try:
                self._take(self._hear())
            except KeyboardInterrupt:
                self.tell("stop")
                continue
            count(self.done)
        return self._ended

    def _take(self, message: dict[str, Any]) -> None:
        if message["kind"] == "ended":
            self._ended = message
        else:
            self.done = message["done"]

    def _hear(self) -> dict[str, Any]:
        try:
            message = receive(self._connection)
        except (EOFError, OSError) as error:
            code = self._process.wait()
            ending = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise SynthvisionError(
                f"the process of the realism models died with {ending}; what is done can be resumed"
            ) from error
        if message["kind"] == "fatal":
            raise error_of(message)
        return message

    def _end(self) -> None:
        self.tell("stop")
        self._connection.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
