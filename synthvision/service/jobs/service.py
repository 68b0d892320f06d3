"""What the service does, apart from HTTP: submit, stop, resume, remove, fetch."""

from __future__ import annotations

import shlex
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from synthvision.core.errors import UsageError
from synthvision.service.jobs.archives import ArchiveKind, stream_archive
from synthvision.service.jobs.checking import CheckedJob, JobChecker
from synthvision.service.jobs.environment import asset_roots
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.folders import JobFolder, ServiceFolders, new_id, open_regular
from synthvision.service.jobs.messages import Action, JobView, ProgressView, Submission
from synthvision.service.jobs.runner import JobRunner
from synthvision.service.jobs.settings import ServiceSettings
from synthvision.service.jobs.store import ACTIVE, ENDED, JobRecord, JobStore, QueueFullError
from synthvision.service.jobs.submissions import job_text
from synthvision.service.jobs.tickets import Tickets
from synthvision.service.jobs.uploads import PackUploads

__all__ = ["JobService"]

_RETRY_S = 30
_LONGEST_RETRY_S = 3_600


class JobService:
    """One running service. It takes up the jobs of an earlier one when it is made.

    Args:
        settings: How it runs.

    Raises:
        UsageError: Its folder cannot be used.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.folders = ServiceFolders(settings.root)
        try:
            self.folders.clean()
            self.store = JobStore(self.folders.database, settings.queue)
        except BaseException:
            self.folders.close()
            raise
        self.checker = JobChecker(settings.limits, lambda: asset_roots(self.folders.packs()))
        self.uploads = PackUploads(self.folders, settings.limits)
        self.tickets = Tickets()
        self.closing = False
        self._runner = JobRunner(settings, self.folders, self.store)
        self._readers: Counter[str] = Counter()
        self._readers_lock = threading.Lock()
        self._runner.start()

    def close(self) -> None:
        """Stop the jobs that run, so that the next service resumes them, and let go of the folder."""
        self.closing = True
        self._runner.close()
        self.checker.close()
        self.store.close()
        self.folders.close()

    def check(self, submission: Submission) -> CheckedJob:
        """Return what a submission would make.

        Raises:
            RequestError: It has faults (422, each of them listed).
        """
        job = job_text(submission)
        return self.checker.check(job.text, job.name, job.overrides)

    def submit(self, submission: Submission) -> JobRecord:
        """Put a job into the queue.

        Raises:
            RequestError: It has faults (422), or the queue is full (429).
        """
        if self.store.count("queued") >= self.settings.queue:
            raise self._full()
        job = job_text(submission)
        checked = self.checker.check(job.text, job.name, job.overrides)
        record = JobRecord(0, new_id(), job.name, job.overrides, checked.packs, "queued", 0, checked.frames)
        folder = self.folders.job(record.id, record.name)
        folder.path.mkdir(mode=0o700)
        try:
            folder.config.write_text(job.text, encoding="utf-8")
            record = self.store.add(record)
        except QueueFullError:
            self.folders.discard(folder.path)
            raise self._full() from None
        except BaseException:
            self.folders.discard(folder.path)
            raise
        self._runner.wake()
        return record

    def stop(self, job_id: str) -> JobRecord:
        """Stop a job that waits or runs; see `JobRunner.stop`."""
        return self._runner.stop(job_id)

    def resume(self, job_id: str) -> JobRecord:
        """Put a job that was stopped or failed at the end of the queue.

        Raises:
            ConflictError: It is neither, or there is no such job.
            RequestError: The queue is full (429), or the data set is being fetched (409).
        """
        try:
            with self._unread(job_id):
                record = self.store.move(job_id, ("stopped", "failed"), "queued", reason="", recoveries=0)
        except QueueFullError:
            raise self._full() from None
        self._runner.wake()
        return record

    def remove(self, job_id: str) -> None:
        """Forget a job and remove its data set.

        Raises:
            ConflictError: It runs, or there is no such job.
            RequestError: It is being fetched (409).
        """
        record = self.store.get(job_id)
        with self._unread(job_id):
            if record.state == "queued":
                # It must not start between the look and the removal.
                self.stop(job_id)
            self.store.remove(job_id)
        self.folders.discard(self.folders.job(record.id, record.name).path)

    def remove_pack(self, name: str) -> None:
        """Remove an uploaded pack.

        Raises:
            RequestError: There is none (404), or a job that waits or runs names it (409).
        """
        for record in self.store.find(("queued", *ACTIVE)):
            if name in record.packs:
                raise RequestError(409, f"job {record.id} needs the pack {name!r}; stop it first")
        self.uploads.remove(name)

    def fetch(self, job_id: str, kind: ArchiveKind) -> tuple[str, Iterator[bytes]]:
        """Return the name of a data set as a file, and its bytes.

        Raises:
            MissingJobError: There is no such job.
            RequestError: It waits or runs, or nothing is there yet (409).
        """
        record, folder = self.job(job_id)
        if record.state not in ENDED:
            raise RequestError(409, f"the job must be stopped or done for this, but is {record.state}")
        if not folder.data.is_dir():
            raise RequestError(409, "the job has made nothing yet")
        return f"{record.name}-{record.id}.{kind}", self._reading(job_id, folder, kind)

    def job(self, job_id: str) -> tuple[JobRecord, JobFolder]:
        """Return a job and its files.

        Raises:
            MissingJobError: There is no such job.
        """
        record = self.store.get(job_id)
        return record, self.folders.job(record.id, record.name)

    def log_tail(self, job_id: str, count: int) -> bytes:
        """Return the last bytes of a job's log, from the start of a line."""
        _, folder = self.job(job_id)
        try:
            descriptor = open_regular(folder.log)
        except UsageError:
            return b""
        with open(descriptor, "rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - count))
            data = stream.read(count)
        return data if size <= count else data.partition(b"\n")[2]

    def view(self, record: JobRecord) -> JobView:
        """Return a job as clients see it."""
        folder = self.folders.job(record.id, record.name)
        return JobView(
            id=record.id,
            number=record.number,
            name=record.name,
            state=record.state,
            queue_place=self.store.place_in_queue(record),
            progress=ProgressView(
                total=record.total,
                done=record.done,
                failed=record.failed,
                images_per_second=record.images_per_second,
                seconds_left=record.seconds_left,
            ),
            reason=record.reason,
            exit_code=record.exit_code,
            actions=_actions(record, has_data=folder.data.is_dir()),
            overrides=list(record.overrides),
            view_command=f"synthvision view {shlex.quote(str(folder.data))}",
            created_s=record.created_s,
            changed_s=record.changed_s,
        )

    def _reading(self, job_id: str, folder: JobFolder, kind: ArchiveKind) -> Iterator[bytes]:
        with self._reader(job_id):
            yield from stream_archive(folder.data, f"{folder.name}-{job_id}", kind)

    @contextmanager
    def _unread(self, job_id: str) -> Iterator[None]:
        """Keep a data set from being fetched while its job is changed."""
        with self._readers_lock:
            if self._readers[job_id]:
                raise RequestError(409, "the job's data set is being fetched; try again when that is done")
            del self._readers[job_id]
            yield

    @contextmanager
    def _reader(self, job_id: str) -> Iterator[None]:
        with self._readers_lock:
            # Removed or resumed since it was asked for: there is nothing whole to give.
            if self.store.get(job_id).state not in ENDED:
                raise RequestError(409, "the job is not stopped or done any more")
            self._readers[job_id] += 1
        try:
            yield
        finally:
            with self._readers_lock, suppress(KeyError):
                self._readers[job_id] -= 1
                if not self._readers[job_id]:
                    del self._readers[job_id]

    def _full(self) -> RequestError:
        left = [record.seconds_left for record in self.store.find(ACTIVE) if record.seconds_left is not None]
        soon = min(left, default=_RETRY_S)
        return RequestError(
            429,
            f"at most {self.settings.queue} jobs may wait, and as many do; try again when one has started",
            retry_after_s=max(1, min(_LONGEST_RETRY_S, round(soon))),
        )


def _actions(record: JobRecord, *, has_data: bool) -> list[Action]:
    if record.state in ("queued", "running"):
        return ["stop", "delete"] if record.state == "queued" else ["stop"]
    if record.state == "stopping":
        return []
    fetch: list[Action] = ["download"] if has_data else []
    resume: list[Action] = [] if record.state == "done" else ["resume"]
    return [*resume, *fetch, "delete"]
