"""HTTP connections that do not stay open for a client which says nothing: the head of a request has a deadline.

Uvicorn ends connections that are idle after an answer, and none on which a request begins and does not go on; some
hundred of those would leave no place for anybody else.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["HEAD_S", "BoundedProtocol"]

#: So long may the first line and the headers of a request take.
HEAD_S = 10.0


class BoundedProtocol(H11Protocol):
    """One connection of a client."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes; where they end inside the head of a request, the rest must come in time."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._done()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._done()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self._end)

    def _done(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        self._deadline = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
