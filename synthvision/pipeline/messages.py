"""What the parent and its workers say to each other: one JSON object a message, never a pickle."""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["receive", "send"]


def send(connection: Connection, kind: str, **fields: Any) -> None:
    """Send one message.

    Raises:
        OSError: The other side is gone.
    """
    connection.send_bytes(json.dumps({"kind": kind, **fields}).encode())


def receive(connection: Connection) -> dict[str, Any]:
    """Wait for one message and return it.

    Raises:
        EOFError: The other side is gone.
    """
    try:
        message: dict[str, Any] = json.loads(connection.recv_bytes())
    except ConnectionResetError as error:
        raise EOFError from error
    return message
