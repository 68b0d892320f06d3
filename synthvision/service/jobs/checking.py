"""The service's side of the process that checks jobs: one at a time, bounded in time, replaced when it fails."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from synthvision.core.errors import Problem
from synthvision.service.jobs.environment import child_environment
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.launch import launch_command
from synthvision.service.jobs.settings import Limits

__all__ = ["CheckedJob", "JobChecker"]

_WAITING = 8
_ANSWER_BYTES = 4 * 2**20
#: A process that has answered so often is replaced before what it remembers matters.
_ANSWERS = 500


@dataclass(frozen=True, slots=True)
class CheckedJob:
    """What a submitted job makes.

    Args:
        name: Its name.
        frames: Number of pictures.
        seed: Its seed.
        classes: Names of its classes.
        packs: Asset packs that it names.
        width: Width of the pictures in pixels.
        height: Height of the pictures in pixels.
        backend: Its renderer.
    """

    name: str
    frames: int
    seed: int
    classes: tuple[str, ...]
    packs: tuple[str, ...]
    width: int
    height: int
    backend: str


class JobChecker:
    """Checks submitted jobs in another process.

    Args:
        limits: Time and memory for one job.
        assets: Returns the value of ``SYNTHVISION_ASSETS`` for jobs.
    """

    def __init__(self, limits: Limits, assets: Callable[[], str]) -> None:
        self._limits = limits
        self._assets = assets
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(_WAITING)
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0
        self._folder = tempfile.TemporaryDirectory(prefix="synthvision-check-")

    def check(self, text: str, name: str, overrides: Sequence[str] = ()) -> CheckedJob:
        """Return what a job makes.

        Args:
            text: The job as YAML.
            name: Its name, a `slug`.
            overrides: Changes to it, as ``KEY=VALUE``.

        Raises:
            RequestError: The job is wrong (422, with every fault), or too many wait for their check (503).
        """
        if not self._places.acquire(blocking=False):
            raise RequestError(503, f"at most {_WAITING} jobs may wait for their check; try again", retry_after_s=1)
        try:
            with self._turn:
                answer = self._ask({"text": text, "name": name, "overrides": list(overrides), "assets": self._assets()})
        finally:
            self._places.release()
        if "problems" in answer:
            problems = [Problem(**item) for item in answer["problems"]]
            raise RequestError(422, "the job must be without faults; see problems", problems=problems)
        lists = {key: tuple(answer[key]) for key in ("classes", "packs")}
        return CheckedJob(**{**answer, **lists})

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()
        self._folder.cleanup()

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        process = self._running()
        line = json.dumps(request).encode() + b"\n"
        answer = self._exchange(process, line)
        if answer is None:
            self._end()
            took = f"{self._limits.check_s} s and {self._limits.check_memory_bytes // 2**20} MiB"
            raise RequestError(422, f"a job must be checked within {took}, and this one was not; make it simpler")
        self._answered += 1
        if self._answered >= _ANSWERS:
            self._end()
        return answer

    def _exchange(self, process: subprocess.Popen[bytes], line: bytes) -> dict[str, Any] | None:
        if process.stdin is None or process.stdout is None:
            return None
        deadline = time.monotonic() + self._limits.check_s
        source = process.stdout.fileno()
        data = b""
        try:
            process.stdin.write(line)
            process.stdin.flush()
            while not data.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([source], [], [], left)[0]:
                    return None
                block = os.read(source, 65536)
                if not block or len(data) > _ANSWER_BYTES:
                    return None
                data += block
        except OSError:
            return None
        found: dict[str, Any] = json.loads(data)
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            command = [sys.executable, "-P", "-m", "synthvision.service.jobs.check_worker"]
            self._process = subprocess.Popen(
                launch_command(command, memory_bytes=self._limits.check_memory_bytes),
                cwd=self._folder.name,
                env=child_environment(self._assets(), small=True),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._answered = 0
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self._process = None
