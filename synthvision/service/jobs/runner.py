"""Starts waiting jobs, watches those that run, and takes up again what a killed service left."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import suppress

from synthvision.core.errors import SynthvisionError
from synthvision.service.jobs.environment import asset_roots
from synthvision.service.jobs.folders import ServiceFolders
from synthvision.service.jobs.rendering import OutputReader, Rendering, end_orphan
from synthvision.service.jobs.settings import ServiceSettings
from synthvision.service.jobs.store import ACTIVE, ConflictError, JobRecord, JobStore, State

__all__ = ["JobRunner"]

_TICK_S = 0.2
#: Progress goes into the database no more often than this.
_WRITE_S = 0.5
_DISK_S = 5.0
_INTERRUPTED = 130
_REASON = 2_000


class JobRunner:
    """The thread that runs jobs.

    Args:
        settings: How the service runs.
        folders: Its folder.
        store: Its jobs.
    """

    def __init__(self, settings: ServiceSettings, folders: ServiceFolders, store: JobStore) -> None:
        self._settings = settings
        self._folders = folders
        self._store = store
        self._running: dict[str, Rendering] = {}
        self._written_s: dict[str, float] = {}
        self._disk_s = 0.0
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)

    def start(self) -> None:
        """Take up what an earlier service left, and start the thread."""
        self._recover()
        self._thread.start()

    def close(self) -> None:
        """Ask the jobs that run to end, wait for them, and put them back into the queue."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Look at the queue now: something was submitted."""
        self._wake.set()

    def stop(self, job_id: str) -> JobRecord:
        """Stop a job: one that waits at once, one that runs when its frames in work are done.

        Raises:
            ConflictError: It neither waits nor runs, or there is no such job.
        """
        record = self._store.get(job_id)
        if record.state == "queued":
            with suppress(ConflictError):  # it may have been started in between
                return self._store.move(job_id, ("queued",), "stopped", reason="stopped before it started")
        record = self._store.move(job_id, ACTIVE, "stopping")
        self._wake.set()
        return record

    def _recover(self) -> None:
        for record in reversed(self._store.find(ACTIVE)):
            folder = self._folders.job(record.id, record.name)
            end_orphan(folder, self._settings.limits.grace_s)
            reader = OutputReader(folder, record.log_offset)
            reader.read(whole=True)
            self._write_progress(record.id, reader)
            recoveries = 1 if self._store.get(record.id).done > record.done else record.recoveries + 1
            if record.state == "stopping":
                self._store.move(record.id, ACTIVE, "stopped", reason="")
            elif recoveries > self._settings.limits.recoveries:
                reason = f"given up: {recoveries} times the service died while it ran, without a further frame"
                self._store.move(record.id, ACTIVE, "failed", reason=reason)
            else:
                self._store.requeue(record.id, recoveries=recoveries, reason="taken up again after the service died")

    def _loop(self) -> None:
        while not (self._closing and not self._running):
            self._wake.wait(_TICK_S)
            self._wake.clear()
            for job_id, rendering in list(self._running.items()):
                self._watch(job_id, rendering)
            self._look_at_disk()
            while not self._closing and len(self._running) < self._settings.at_once:
                record = self._store.next_queued()
                if record is None or not self._start(record):
                    break

    def _start(self, record: JobRecord) -> bool:
        """Start a job and return whether the queue may be looked at again."""
        short = self._shortage()
        if short:
            self._fail(record, short)
            return True
        try:
            # Marked first: should the service die in between, the next one finds the job as one that may run.
            record = self._store.move(record.id, ("queued",), "running", reason="", exit_code=None, seconds_left=None)
        except ConflictError:
            return True
        folder = self._folders.job(record.id, record.name)
        try:
            self._running[record.id] = Rendering(
                record.id,
                folder,
                self._settings.render,
                overrides=record.overrides,
                workers=self._settings.workers,
                assets=asset_roots(self._folders.packs()),
                offset=record.log_offset,
            )
        except (OSError, SynthvisionError) as error:
            self._fail(record, f"it could not be started: {error}")
        return True

    def _watch(self, job_id: str, rendering: Rendering) -> None:
        code = rendering.poll()
        record = self._store.get(job_id)
        if code is None:
            if record.state == "stopping":
                rendering.ask_to_end("")
            elif self._closing:
                rendering.ask_to_end("the service was stopped")
            rendering.press(self._settings.limits.grace_s)
            if time.monotonic() - self._written_s.get(job_id, 0.0) >= _WRITE_S:
                self._written_s[job_id] = time.monotonic()
                self._write_progress(job_id, rendering.reader)
            return
        del self._running[job_id]
        self._written_s.pop(job_id, None)
        self._write_progress(job_id, rendering.reader)
        self._finish(record, rendering, code)

    def _finish(self, record: JobRecord, rendering: Rendering, code: int) -> None:
        last = "; ".join(rendering.reader.last_lines[-2:])[:_REASON]
        if code == 0:
            # Nothing is told of frames that were all there when it started.
            self._store.update(record.id, done=record.total, failed=0)
            self._end(record, "done", code, "")
        elif rendering.is_asked and self._closing and record.state != "stopping":
            self._store.requeue(record.id, exit_code=code, reason=rendering.why_stopped)
        elif rendering.is_asked or code == _INTERRUPTED:
            self._end(record, "stopped", code, rendering.why_stopped if rendering.is_asked else "interrupted")
        elif code < 0:
            self._end(record, "failed", code, f"its process was ended by signal {-code}; {last}")
        else:
            self._end(record, "failed", code, last or f"it ended with exit code {code}")

    def _end(self, record: JobRecord, state: State, code: int, reason: str) -> None:
        self._store.move(record.id, ACTIVE, state, exit_code=code, reason=reason, seconds_left=None, recoveries=0)

    def _fail(self, record: JobRecord, reason: str) -> None:
        with suppress(ConflictError):
            self._store.move(record.id, ("queued", *ACTIVE), "failed", reason=reason[:_REASON])

    def _write_progress(self, job_id: str, reader: OutputReader) -> None:
        record = self._store.get(job_id)
        changes: dict[str, object] = {}
        if reader.offset != record.log_offset:
            changes["log_offset"] = reader.offset
        progress = reader.progress
        if progress is not None:
            # A run that goes on with a data set counts what is left; the others are there.
            done = min(record.total, max(0, record.total - progress.total) + progress.done)
            changes |= {
                "done": done,
                "failed": progress.failed,
                "images_per_second": progress.images_per_second,
                "seconds_left": progress.seconds_left,
            }
            if done > record.done:
                changes["recoveries"] = 0
        if any(getattr(record, name) != value for name, value in changes.items()):
            self._store.update(job_id, **changes)

    def _look_at_disk(self) -> None:
        if not self._running or time.monotonic() - self._disk_s < _DISK_S:
            return
        self._disk_s = time.monotonic()
        short = self._shortage()
        if short:
            for rendering in self._running.values():
                rendering.ask_to_end(f"stopped: {short}")

    def _shortage(self) -> str:
        needed = self._settings.limits.free_bytes
        free = shutil.disk_usage(self._folders.root).free
        if free >= needed:
            return ""
        return f"the disk must have {needed // 2**20} MiB left, and has {free // 2**20}; free some space, then resume"
