"""Addresses that give a data set once: a browser that saves a file sends no token with it."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

from synthvision.service.jobs.archives import ArchiveKind
from synthvision.service.jobs.faults import RequestError

__all__ = ["TICKET_S", "Tickets"]

TICKET_S = 60

_MAX_TICKETS = 100


@dataclass(frozen=True, slots=True)
class _Ticket:
    job_id: str
    kind: ArchiveKind
    ends_s: float


class Tickets:
    """The tickets that are good now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: dict[str, _Ticket] = {}

    def issue(self, job_id: str, kind: ArchiveKind) -> str:
        """Return a new ticket, 43 characters that cannot be guessed.

        Raises:
            RequestError: Too many were issued in the last minute (429).
        """
        now = time.monotonic()
        with self._lock:
            self._tickets = {text: item for text, item in self._tickets.items() if item.ends_s > now}
            if len(self._tickets) >= _MAX_TICKETS:
                raise RequestError(429, f"at most {_MAX_TICKETS} downloads may wait to begin", retry_after_s=TICKET_S)
            text = secrets.token_urlsafe(32)
            self._tickets[text] = _Ticket(job_id, kind, now + TICKET_S)
        return text

    def redeem(self, text: str) -> tuple[str, ArchiveKind]:
        """Return the job and the kind of archive that a ticket is for; it is good no more.

        Raises:
            RequestError: It is not, or no longer, good (404).
        """
        with self._lock:
            ticket = self._tickets.pop(text, None)
        if ticket is None or ticket.ends_s <= time.monotonic():
            raise RequestError(404, f"a download must begin within {TICKET_S} s and once; ask for a new address")
        return ticket.job_id, ticket.kind
