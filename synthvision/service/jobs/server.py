"""Runs the service until it is told to end."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.service.jobs.settings import ServiceSettings

__all__ = ["listen", "serve"]

_CONNECTIONS = 200
_KEEP_ALIVE_S = 10
_LAST_ANSWERS_S = 3


def serve(settings: ServiceSettings, tell: Callable[[str], None]) -> None:
    """Answer requests until Ctrl-C; jobs that run are stopped then, and resumed by the next service.

    Args:
        settings: How the service runs.
        tell: Gets a line about the address once the port is taken.

    Raises:
        MissingExtraError: FastAPI or uvicorn is not installed.
        UsageError: The address is taken, or the folder cannot be used.
    """
    try:
        import uvicorn

        from synthvision.service.jobs.app import make_app
        from synthvision.service.jobs.connections import BoundedProtocol
    except ImportError as error:
        if error.name in ("fastapi", "starlette", "uvicorn", "h11"):
            raise MissingExtraError("the service", "service") from error
        raise
    with listen(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        settings = replace(settings, port=port)
        config = uvicorn.Config(
            make_app(settings),
            # Written in Python, but with a bound on the size of headers.
            http=BoundedProtocol,
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_LAST_ANSWERS_S,
        )
        server = uvicorn.Server(config)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        token = "with the token" if settings.token else "without a token, for this machine alone"
        tell(f"serving {settings.root} on http://{host}:{port}/ ({token}); Ctrl-C ends it")
        server.run(sockets=[listener])
        if not server.started:
            raise UsageError("the service could not start; what went wrong stands above")


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: Address or name of this machine.
        port: 0 takes a free one.

    Raises:
        UsageError: There is no such address here, or the port is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"{host} must be an address of this machine: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(f"{host}:{port} cannot be listened on: {error.strerror}; give another --port") from error
    return listener
