"""One job that renders: a process of the command line, read through its output file and ended step by step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from synthvision.service.jobs.environment import child_environment
from synthvision.service.jobs.folders import JobFolder
from synthvision.service.jobs.launch import launch_command, lock_holder

__all__ = ["OutputReader", "Rendering", "RunProgress", "end_orphan"]

_BLOCK = 1 << 20
_MAX_LINE = 1 << 16
_MAX_LOG = 16 << 20
_LAST_LINES = 5
#: Frames give way to the requests of people who watch them.
_NICE = 5


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What `render --progress json` tells after a frame.

    Args:
        done: Frames on disk.
        failed: Frames given up.
        total: Frames of the job.
        images_per_second: Rate so far.
        seconds_left: At that rate, or None where that is not known.
    """

    done: int
    failed: int
    total: int
    images_per_second: float
    seconds_left: float | None


class OutputReader:
    """Reads what a job says as it grows: progress is kept, everything else goes to the log.

    Args:
        folder: The job's files.
        offset: How many bytes of the output were read before.
    """

    def __init__(self, folder: JobFolder, offset: int = 0) -> None:
        self._folder = folder
        self.offset = offset
        self.progress: RunProgress | None = None
        self.last_lines: list[str] = []

    def read(self, *, whole: bool = False) -> bool:
        """Take what has come since the last call; return whether there was anything.

        Args:
            whole: Also take a last line that has no end.
        """
        changed = False
        with suppress(FileNotFoundError), self._folder.output.open("rb") as stream:
            stream.seek(self.offset)
            while data := stream.read(_BLOCK):
                end = data.rfind(b"\n") + 1
                if not end and (whole or len(data) >= _MAX_LINE):
                    end = len(data)
                if not end:
                    break
                self._take(data[:end])
                self.offset += end
                stream.seek(self.offset)
                changed = True
        return changed

    def _take(self, data: bytes) -> None:
        words: list[str] = []
        for raw in data.decode("utf-8", "replace").splitlines():
            progress = _progress(raw)
            if progress is not None:
                self.progress = progress
            elif raw.strip():
                words.append(raw[:_MAX_LINE])
        if not words:
            return
        self.last_lines = [*self.last_lines, *words][-_LAST_LINES:]
        with self._folder.log.open("a", encoding="utf-8") as log:
            if log.tell() < _MAX_LOG:
                log.write("\n".join(words) + "\n")


def _progress(line: str) -> RunProgress | None:
    if not line.startswith("{"):
        return None
    try:
        data = json.loads(line)
        left = data.get("seconds_left")
        return RunProgress(
            int(data["done"]),
            int(data["failed"]),
            int(data["total"]),
            max(0.0, float(data.get("images_per_second") or 0.0)),
            None if left is None else max(0.0, float(left)),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class Rendering:
    """A job's process.

    Args:
        job_id: The job.
        folder: Its files.
        command: The command that renders, without the job.
        overrides: Changes to the job, as ``KEY=VALUE``.
        workers: Processes of the job, or None.
        assets: The value of ``SYNTHVISION_ASSETS``.
        offset: How many bytes of its output were read before.
    """

    def __init__(
        self,
        job_id: str,
        folder: JobFolder,
        command: Sequence[str],
        *,
        overrides: Sequence[str],
        workers: int | None,
        assets: str,
        offset: int,
    ) -> None:
        self.job_id = job_id
        self.reader = OutputReader(folder, offset)
        self.why_stopped = ""
        self._asked_s: float | None = None
        self._harder = 0
        # Relative paths: what the command says, and what it writes, knows nothing of this machine's folders.
        words = [*command, f"./{folder.config.name}", f"--out=./{folder.data.name}", "--resume", "--progress=json"]
        words += [] if workers is None else [f"--workers={workers}"]
        words += [f"--set={override}" for override in overrides]
        with folder.output.open("ab") as output:
            self._process = subprocess.Popen(
                launch_command(words, lock=folder.lock, nice=_NICE),
                cwd=folder.path,
                env=child_environment(assets),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def process_id(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def is_asked(self) -> bool:
        """Whether it was asked to end."""
        return self._asked_s is not None

    def poll(self) -> int | None:
        """Read what came and return the exit code, or None while it runs."""
        code = self._process.poll()
        self.reader.read(whole=code is not None)
        return code

    def ask_to_end(self, why: str) -> None:
        """Ask for an end as Ctrl-C does: frames in work are finished, and what is done is usable."""
        if self._asked_s is None:
            self._asked_s = time.monotonic()
            self.why_stopped = why
            self._signal(signal.SIGINT, whole_group=False)

    def press(self, grace_s: float) -> None:
        """Ask harder where it was asked and still runs after a time.

        Args:
            grace_s: Seconds after the first asking until it is told to terminate, and again until it is killed.
        """
        if self._asked_s is None:
            return
        waited = time.monotonic() - self._asked_s
        for step, which in enumerate((signal.SIGTERM, signal.SIGKILL), 1):
            if waited > step * grace_s and self._harder < step:
                self._harder = step
                self._signal(which, whole_group=True)

    def wait(self, timeout_s: float) -> int | None:
        """Wait for the end and return the exit code, or None where it still runs then."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        return self.poll()

    def _signal(self, which: signal.Signals, *, whole_group: bool) -> None:
        if self._process.poll() is None:
            _send(self._process.pid, which, whole_group=whole_group)


def end_orphan(folder: JobFolder, grace_s: float) -> bool:
    """End the process that still renders a job although the service that started it is gone.

    Args:
        folder: The job's files.
        grace_s: Seconds that it gets to end by itself.

    Returns:
        Whether there was one.
    """
    process = lock_holder(folder.lock)
    if process is None:
        return False
    asked_s = time.monotonic()
    steps: list[tuple[float, signal.Signals]] = [
        (0, signal.SIGINT),
        (grace_s, signal.SIGTERM),
        (1.5 * grace_s, signal.SIGKILL),
    ]
    while process is not None:
        if process and steps and time.monotonic() - asked_s >= steps[0][0]:
            _, which = steps.pop(0)
            _send(process, which, whole_group=which is not signal.SIGINT)
        time.sleep(0.05)
        process = lock_holder(folder.lock)
    return True


def _send(process: int, which: signal.Signals, *, whole_group: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if whole_group:
            os.killpg(process, which)
        else:
            os.kill(process, which)
