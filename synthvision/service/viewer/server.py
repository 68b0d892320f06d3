"""Serving the viewer: which address, which port, until it is interrupted."""

from __future__ import annotations

import errno
import importlib.util
import ipaddress
import socket
from collections.abc import Callable, Sequence

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.inspect.browse.browser import Browser
from synthvision.service.viewer.app import create_app

__all__ = ["DEFAULT_PORT", "bind_socket", "check_extra", "is_loopback", "serve_viewer"]

#: Where the viewer is looked for first; the next free port is taken where this one is in use.
DEFAULT_PORT = 8600
_PORTS_TRIED = 20


def serve_viewer(
    browsers: Sequence[Browser],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    ready: Callable[[str], None],
) -> None:
    """Serve the viewer until the process is interrupted.

    Args:
        browsers: One data set, or two to compare.
        host: Address to listen on.
        port: Port; 0 for any that is free; None for `DEFAULT_PORT`, or the next free one.
        ready: Called with the page's address when it can be opened.

    Raises:
        MissingExtraError: The extra is not installed.
        UsageError: The port is in use, or the host is not one of this machine.
    """
    check_extra()
    import uvicorn

    app = create_app(browsers, host=host)
    bound = bind_socket(host, port)
    with bound:
        name = f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{bound.getsockname()[1]}/")
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, date_header=False)
        uvicorn.Server(config).run(sockets=[bound])


def check_extra() -> None:
    """Return if everything that serves is installed.

    Raises:
        MissingExtraError: It is not.
    """
    if not all(importlib.util.find_spec(name) for name in ("fastapi", "uvicorn")):
        raise MissingExtraError("the viewer", "service")


def bind_socket(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens on a host and port; see `serve_viewer`.

    Raises:
        UsageError: The port is in use, or the host is not one of this machine.
    """
    tries = range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED) if port is None else (port,)
    for number in tries:
        try:
            return socket.create_server((host, number), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            if error.errno == errno.EACCES:
                raise UsageError(f"--port {number} needs rights that this user lacks; take one from 1024 on") from error
            raise UsageError(f"--host {host} must be an address of this machine: {error.strerror or error}") from error
        except OverflowError as error:
            raise UsageError(f"--port must be 0 to 65535, got {number}") from error
    if port is None:
        raise UsageError(f"no port from {DEFAULT_PORT} to {tries[-1]} is free on {host}; name one with --port")
    raise UsageError(
        f"port {port} is in use on {host}; name another with --port, or leave it out for the next free one"
    )


def is_loopback(host: str) -> bool:
    """Return whether only programs of this machine reach an address.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
        (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
