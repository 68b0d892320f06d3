"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.service import JobService
from synthvision.service.jobs.store import ENDED, MissingJobError

__all__ = ["EVENTS_TYPE", "EventStreams"]

EVENTS_TYPE = "text/event-stream"

_LOOK_S = 0.25
#: Proxies close connections on which nothing happens.
_SIGN_OF_LIFE_S = 15.0
_LISTED = 200


class EventStreams:
    """Tells clients what changes, as long as they listen.

    Args:
        service: Whose jobs.
    """

    def __init__(self, service: JobService) -> None:
        self._service = service
        self._open = 0

    def require_room(self) -> None:
        """Refuse a further stream where as many are open as may.

        Raises:
            RequestError: As said (503).
        """
        limit = self._service.settings.limits.streams
        if self._open >= limit:
            raise RequestError(503, f"at most {limit} event streams may be open; close one", retry_after_s=10)

    async def of_all(self, seconds: float) -> AsyncIterator[str]:
        """Yield ``job`` for each job, the newest last, then for each that changes, and ``gone`` for removed ones.

        Args:
            seconds: After so long the stream ends; clients open another.
        """
        store = self._service.store
        with self._counted():
            version = store.version
            for record in reversed(store.find(limit=_LISTED)):
                yield self._job(record.id)
            yield _event("listed", "{}")
            async for look in self._looks(seconds):
                version, changed = store.changed_since(version)
                for job_id in changed:
                    yield self._job(job_id)
                if not changed and look == "quiet":
                    yield ": still here\n\n"

    async def of_job(self, job_id: str, seconds: float) -> AsyncIterator[str]:
        """Yield ``job`` now and whenever the job changes, until it ends; ``gone`` where it is removed.

        Args:
            job_id: The job.
            seconds: After so long the stream ends in any case.
        """
        store = self._service.store
        with self._counted():
            version = store.version
            yield self._job(job_id)
            async for look in self._looks(seconds):
                try:
                    if store.get(job_id).state in ENDED:
                        yield self._job(job_id)
                        return
                except MissingJobError:
                    yield self._job(job_id)
                    return
                version, changed = store.changed_since(version)
                if job_id in changed:
                    yield self._job(job_id)
                elif look == "quiet":
                    yield ": still here\n\n"

    async def _looks(self, seconds: float) -> AsyncIterator[str]:
        start = last_sign = time.monotonic()
        while time.monotonic() - start < seconds and not self._service.closing:
            await asyncio.sleep(_LOOK_S)
            quiet = time.monotonic() - last_sign > _SIGN_OF_LIFE_S
            if quiet:
                last_sign = time.monotonic()
            yield "quiet" if quiet else "look"

    def _job(self, job_id: str) -> str:
        try:
            return _event("job", self._service.view(self._service.store.get(job_id)).model_dump_json())
        except MissingJobError:
            return _event("gone", f'{{"id":"{job_id}"}}')

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
