"""Starts a command under a lock and under limits, and becomes it: ``python -m synthvision.service.jobs.launch``.

The lock is taken and the process id written before the command runs, by the process that will run it. So whoever
finds the lock held knows whom to ask, even when the one that started it died in the same moment.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["launch_command", "lock_holder", "main"]

_BUSY = 75  # EX_TEMPFAIL of sysexits.h


def launch_command(
    command: Sequence[str],
    *,
    lock: Path | None = None,
    cpu_s: int | None = None,
    memory_bytes: int | None = None,
    file_bytes: int | None = None,
    nice: int = 0,
) -> list[str]:
    """Return the words that start a command under a lock and limits.

    Args:
        command: The command's words.
        lock: File that is locked as long as the command runs.
        cpu_s: Processor time after which it is killed.
        memory_bytes: Address space.
        file_bytes: Size of the largest file that it can write.
        nice: How much it gives way to other processes.
    """
    words = [sys.executable, "-P", "-m", "synthvision.service.jobs.launch"]
    options = {"lock": lock, "cpu": cpu_s, "memory": memory_bytes, "file": file_bytes, "nice": nice or None}
    words += [f"--{name}={value}" for name, value in options.items() if value is not None]
    return [*words, "--", *command]


def lock_holder(lock: Path) -> int | None:
    """Return the process that holds a lock, 0 where it has not said its id yet, or None where nobody holds it.

    An id is believed only of a process that has the file open: one left by an earlier holder may belong to a stranger.
    """
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(descriptor, 32)
        return int(text) if text.isdigit() and _has_open(int(text), os.fstat(descriptor)) else 0
    finally:
        os.close(descriptor)
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """Take the lock, set the limits, and become the command; returns only where that fails."""
    parser = argparse.ArgumentParser(prog="launch", allow_abbrev=False)
    parser.add_argument("--lock", type=Path)
    for name in ("cpu", "memory", "file", "nice"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(argv)
    if given.lock is not None and not _take(given.lock):
        sys.stderr.write("another process renders this job\n")
        return _BUSY
    limits = {
        resource.RLIMIT_CPU: given.cpu,
        resource.RLIMIT_AS: given.memory,
        resource.RLIMIT_FSIZE: given.file,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in limits.items():
        if value is not None:
            resource.setrlimit(which, (value, value))
    if given.nice:
        os.nice(given.nice)
    try:
        os.execvp(given.command[0], given.command)
    except OSError as error:
        sys.stderr.write(f"{given.command[0]}: {error.strerror}\n")
        return 127


def _has_open(process: int, file: os.stat_result) -> bool:
    with suppress(OSError):
        for link in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(link.stat(), file):
                    return True
    return False


def _take(lock: Path) -> bool:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    # The lock lives as long as a process has this descriptor: the command, but not what it starts itself.
    os.set_inheritable(descriptor, True)
    return True


if __name__ == "__main__":
    sys.exit(main())
