"""A data set as one file, made while it is sent: TAR in constant memory, ZIP with a few hundred bytes for each file.

No copy is written anywhere. Names, sizes and bytes alone go in: times and owners are constant, so that the same data
set gives the same file.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, cast

from synthvision.core.errors import DatasetError
from synthvision.service.jobs.folders import open_regular, walk_regular

__all__ = ["ArchiveKind", "stream_archive"]

ArchiveKind = Literal["tar", "zip"]

_BLOCK = 1 << 18
_TAR_BLOCK = 512


def stream_archive(folder: Path, name: str, kind: ArchiveKind) -> Iterator[bytes]:
    """Yield a folder as an archive.

    Args:
        folder: The data set. Links, devices and hidden files are left out.
        name: Folder that everything goes into.
        kind: ``tar`` (any size) or ``zip`` (opens with a double click).

    Raises:
        DatasetError: A file changed while it was sent; the archive is then not complete.
    """
    return _tar(folder, name) if kind == "tar" else _zip(folder, name)


def _tar(folder: Path, name: str) -> Iterator[bytes]:
    for path in walk_regular(folder):
        descriptor = open_regular(path)
        with os.fdopen(descriptor, "rb") as stream:
            entry = tarfile.TarInfo(f"{name}/{path.relative_to(folder).as_posix()}")
            entry.size = os.fstat(descriptor).st_size
            yield entry.tobuf(tarfile.PAX_FORMAT)
            left = entry.size
            while left:
                block = stream.read(min(_BLOCK, left))
                if not block:
                    raise DatasetError(f"{path.name} became shorter while it was sent; try again")
                left -= len(block)
                yield block
            yield b"\0" * (-entry.size % _TAR_BLOCK)
    yield b"\0" * (2 * _TAR_BLOCK)


class _Sink:
    """What a ZIP file is written to: it keeps bytes until they are taken, and cannot go back."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def take(self) -> bytes:
        data = b"".join(self._blocks)
        self._blocks.clear()
        return data


def _zip(folder: Path, name: str) -> Iterator[bytes]:
    sink = _Sink()
    # Pictures are compressed already.
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_STORED) as bundle:
        for path in walk_regular(folder):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}")
            entry.external_attr = 0o644 << 16
            with os.fdopen(open_regular(path), "rb") as stream, bundle.open(entry, "w", force_zip64=True) as target:
                while block := stream.read(_BLOCK):
                    target.write(block)
                    yield sink.take()
            yield sink.take()
    yield sink.take()
