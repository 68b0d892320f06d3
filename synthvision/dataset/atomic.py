"""Files that are whole or not there: written under another name in the same folder, then renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from synthvision.core.errors import DatasetError, DiskFullError

__all__ = ["TEMPORARY_SUFFIX", "atomic_file", "remove_temporary_files", "write_bytes", "write_text"]

#: Ending of files that are being written; what a killed process leaves behind is told by it.
TEMPORARY_SUFFIX = ".partial"

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_FULL = _NO_ROOM | {errno.EFBIG}  # the last: this file alone is too large for the disk or for a limit


@contextmanager
def atomic_file(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a binary file that takes the place of `path` when the block ends well, and vanishes when it does not.

    Args:
        path: The file to write; its folder is made. An older file stays until the new one is whole.
        durable: Also wait until the bytes are on the disk, so that the file survives a power cut.

    Raises:
        DiskFullError: The disk is full.
        DatasetError: The file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        os.replace(partial, path)
        if durable:
            _sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError):
            kind = DiskFullError if error.errno in _NO_ROOM else DatasetError
            raise kind(_sentence(path, error)) from error
        raise


def write_bytes(path: Path, data: bytes | memoryview, *, durable: bool = False) -> None:
    """Write a whole file at once; see `atomic_file`.

    Raises:
        DatasetError: The disk is full, or the file cannot be written.
    """
    with atomic_file(path, durable=durable) as stream:
        stream.write(data)


def write_text(path: Path, text: str, *, durable: bool = False) -> None:
    """Write a whole UTF-8 text at once; see `atomic_file`.

    Raises:
        DatasetError: The disk is full, or the file cannot be written.
    """
    write_bytes(path, text.encode(), durable=durable)


def remove_temporary_files(root: Path) -> int:
    """Remove what processes that were killed left half written anywhere below a folder, and return how many files.

    Nobody else may be writing there.

    Raises:
        DatasetError: A file cannot be removed.
    """
    count = 0
    try:
        for folder, _, names in os.walk(root):
            for name in names:
                if name.startswith(".") and name.endswith(TEMPORARY_SUFFIX):
                    Path(folder, name).unlink(missing_ok=True)
                    count += 1
    except OSError as error:
        raise DatasetError(f"{root} must be writable: {error.strerror or error}") from error
    return count


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sentence(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"the disk is full: {path} could not be written; free some space, or write to another disk"
    return f"{path} must be writable: {error.strerror or error}"
