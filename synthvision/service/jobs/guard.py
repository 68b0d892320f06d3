"""What stands before every request: who asks, by what name, from which page, and how much is sent.

A plain ASGI layer, so that it sees a body before anything reads it:

* ``Host`` must be an address, localhost or a known name: a page whose name was made to stand for this machine (DNS
  rebinding) sends its own.
* A request that a page of another site makes is refused by ``Sec-Fetch-Site`` and ``Origin``; there are no cookies, so
  such a request would carry no token either, but a service on loopback may have none. CORS is not answered.
* ``Authorization: Bearer`` must hold the token, compared in constant time.
* A body is taken up to a bound and within a time; what is too large is refused without being kept.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any

from synthvision.service.jobs.faults import PROBLEM_TYPE, RequestError, problem_body
from synthvision.service.jobs.settings import ServiceSettings

__all__ = ["API", "Guard"]

API = "/api/v1"

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[MutableMapping[str, Any], _Receive, _Send], Awaitable[None]]

_SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_SINGLE = (b"host", b"origin", b"authorization", b"content-length", b"content-type", b"sec-fetch-site")
_UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
#: A client that is still sending what is refused does not hear the answer; so long it may go on into the void.
_LINGER_S = 2.0


class Guard:
    """Lets through what may pass, and writes the headers that every answer has.

    Args:
        app: What is guarded.
        settings: How the service runs.
    """

    def __init__(self, app: _App, settings: ServiceSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        guarded_send = _with_headers(send)
        try:
            _require_single(scope["headers"])
            self._check_caller(scope, headers)
            if _is_upload(scope):
                self._check_length(headers, self._settings.limits.upload_bytes)
            else:
                receive = await self._buffered(headers, receive)
        except RequestError as error:
            if error.status == 413:
                await _drain(receive)
            await _refuse(error, guarded_send)
            return
        await self._app(scope, receive, guarded_send)

    def _check_caller(self, scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._settings.answers_to(host):
            raise RequestError(
                421, f"this service must be called by its address or by a name given with --name, got {host[:100]!r}"
            )
        path: str = scope["path"]
        if path != "/api" and not path.startswith("/api/"):
            return
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            raise RequestError(403, "the service answers its own page and programs, not pages of other sites")
        origin = headers.get(b"origin")
        if origin is not None and scope["method"] in _UNSAFE and origin.rpartition(b"//")[2] != headers.get(b"host"):
            raise RequestError(403, "the service answers its own page and programs, not pages of other sites")
        if self._settings.token is not None and not _is_public(path):
            kind, _, given = headers.get(b"authorization", b"").partition(b" ")
            # Both sides of the comparison always run, and the comparison takes as long whatever is given.
            right = hmac.compare_digest(given.strip(), self._settings.token.encode())
            if kind.lower() != b"bearer" or not right:
                raise RequestError(401, "the request must have the header 'Authorization: Bearer TOKEN'")

    @staticmethod
    def _check_length(headers: dict[bytes, bytes], limit: int) -> None:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise RequestError(400, "Content-Length must be a number")
        if int(length[:20]) > limit:
            raise RequestError(413, f"the body must have at most {limit} bytes, got {length[:20].decode()}")

    async def _buffered(self, headers: dict[bytes, bytes], receive: _Receive) -> _Receive:
        """Return a `receive` that gives the whole body at once, once it is known to be small."""
        limits = self._settings.limits
        self._check_length(headers, limits.body_bytes)
        body = bytearray()
        more = True
        try:
            async with asyncio.timeout(limits.body_s):
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        return _once(message, receive)
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > limits.body_bytes:
                        raise RequestError(413, f"the body must have at most {limits.body_bytes} bytes, got more")
        except TimeoutError:
            raise RequestError(408, f"the body must arrive within {limits.body_s:g} s") from None
        return _once({"type": "http.request", "body": bytes(body), "more_body": False}, receive)


def _require_single(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Refuse headers given twice: what checks the one and what uses the other would not agree."""
    names = Counter(name for name, _ in headers)
    for name in _SINGLE:
        if names[name] > 1:
            raise RequestError(400, f"the header {name.decode()} must be given once")


def _once(message: _Message, receive: _Receive) -> _Receive:
    first = [message]

    async def next_message() -> _Message:
        return first.pop() if first else await receive()

    return next_message


def _is_upload(scope: MutableMapping[str, Any]) -> bool:
    return bool(scope["method"] == "PUT" and scope["path"].startswith(f"{API}/packs/"))


def _is_public(path: str) -> bool:
    """Return whether a path needs no token: a ticket is one itself, and whether the service lives is no secret."""
    return path == f"{API}/health" or path.startswith(f"{API}/downloads/")


def _with_headers(send: _Send) -> _Send:
    async def guarded(message: _Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message.get("headers", ())}
            extra = [item for item in _SECURITY_HEADERS if item[0] not in given]
            if b"cache-control" not in given:
                extra.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        await send(message)

    return guarded


async def _drain(receive: _Receive) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            while True:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return


async def _refuse(error: RequestError, send: _Send) -> None:
    body = problem_body(error)
    headers = {"Content-Type": PROBLEM_TYPE, "Content-Length": str(len(body)), "Connection": "close", **error.headers}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
