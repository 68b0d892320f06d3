"""What the service is told when it starts: where it keeps things, whom it answers, how much it accepts."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from synthvision.core.errors import UsageError

__all__ = ["TOKEN_VARIABLE", "Limits", "ServiceSettings", "is_loopback", "read_token"]

TOKEN_VARIABLE = "SYNTHVISION_TOKEN"

_MIN_TOKEN = 16
_TOKEN = re.compile(r"[\x21-\x7e]+\Z")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one request or one job may take.

    Args:
        body_bytes: Largest body of a request that is no upload.
        upload_bytes: Largest upload.
        unpacked_bytes: Largest sum of the files of an upload, unpacked.
        files: Most files of an upload.
        triangles: Most triangles of one uploaded model.
        scan_s: Wall and processor time in which an upload must open, seconds.
        scan_memory_bytes: Address space of the process that opens it.
        check_s: Time in which a submitted job must be checked, seconds.
        check_memory_bytes: Address space of the process that checks it.
        body_s: Time in which a body must arrive, seconds; uploads get twenty times as much.
        streams: Most event streams at a time.
        free_bytes: A job is stopped, and none is started, when the disk has less left.
        grace_s: Time from asking a job to end to ending it, seconds.
        recoveries: How often a job may bring the service down without a further frame before it is given up.
    """

    body_bytes: int = _MIB
    upload_bytes: int = 64 * _MIB
    unpacked_bytes: int = 256 * _MIB
    files: int = 2_000
    triangles: int = 500_000
    scan_s: int = 60
    scan_memory_bytes: int = 3072 * _MIB
    check_s: int = 20
    check_memory_bytes: int = 3072 * _MIB
    body_s: float = 30.0
    streams: int = 32
    free_bytes: int = 1024 * _MIB
    grace_s: float = 30.0
    recoveries: int = 5


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """How the service runs. Checked when it is made.

    Args:
        root: Folder of everything that it writes; made where it is missing.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        token: What clients must send; None only on a loopback address.
        queue: How many jobs may wait.
        workers: Processes of each job; None leaves that to `synthvision render`.
        at_once: Jobs that render at the same time.
        names: Host names, besides addresses and localhost, by which clients may call the service.
        render: The command that renders, without the job.
        limits: Bounds on requests and jobs.

    Raises:
        UsageError: The service would answer other machines without a token, or a value makes no sense.
    """

    root: Path
    host: str = "127.0.0.1"
    port: int = 8700
    token: str | None = field(default=None, repr=False)
    queue: int = 16
    workers: int | None = None
    at_once: int = 1
    names: tuple[str, ...] = ()
    # -P: the job's folder, in which the command runs, must not be searched for modules.
    render: tuple[str, ...] = (sys.executable, "-P", "-m", "synthvision", "render")
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise UsageError(
                f"on {self.host} other machines reach the service, so it must have a token: set {TOKEN_VARIABLE} or "
                "give --token-file FILE; without one it runs on 127.0.0.1 only"
            )
        if self.token is not None and (len(self.token) < _MIN_TOKEN or not _TOKEN.match(self.token)):
            raise UsageError(
                f"the token must be at least {_MIN_TOKEN} visible ASCII characters without spaces; make one with: "
                'python -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
        for name in self.names:
            if not _HOST_NAME.match(name):
                raise UsageError(f"a host name must be letters, digits, '.' and '-', without port, got {name!r}")
        if os.pathsep in str(self.root.absolute()):
            # The folders of uploaded packs travel to jobs in SYNTHVISION_ASSETS, which is separated by it.
            raise UsageError(f"the folder of the service must have no {os.pathsep!r} in its path, got {self.root}")

    def answers_to(self, host: str) -> bool:
        """Return whether a request with this ``Host`` header is meant for this service.

        A page of another site can make its own name stand for this machine, but never an address: numbers and
        localhost are safe, names must be known.

        Args:
            host: The header, with or without port.
        """
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name.startswith("[") and name.endswith("]"):
            name = name[1:-1]
        if name.lower() == "localhost" or name.lower() in (known.lower() for known in (*self.names, self.host)):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address.

    Example:
        >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
        [True, True, True, False, False]
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(file: Path | None) -> str | None:
    """Return the token of a file, else that of ``SYNTHVISION_TOKEN``, else None.

    Args:
        file: Holds the token and nothing else; None for the variable.

    Raises:
        UsageError: The file cannot be read, is empty, or others may write to it.
    """
    if file is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        if file.stat().st_mode & 0o022:
            raise UsageError(f"{file}: others may write to the file of the token; chmod go-w {file}")
        token = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise UsageError(f"{file}: the file of the token cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{file}: a token must be ASCII text") from None
    if not token:
        raise UsageError(f"{file}: the file of the token must not be empty")
    return token
