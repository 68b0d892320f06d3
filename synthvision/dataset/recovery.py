"""What of a data set is whole, after its run was stopped at any moment, by anything.

Every file is written under another name and renamed, and a frame's record comes last: after a killed process a frame is
whole or not there. After a power cut, or on a disk that lies, a record may be there without its pictures, and a shard
may be cut short. Both are found here, and what is not whole is taken out, so that it is made again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.dataset.atomic import atomic_file, remove_temporary_files
from synthvision.dataset.checksums import checksum_holds, write_checksum
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.records import frame_of_line

__all__ = ["Recovered", "files_of_line", "recover"]

# Keys are sorted and nothing is written between them: see `canonical_json`.
_FILE = re.compile(rb'\{"bytes":(\d+),"path":"([^"\\]+)","sha256":"[0-9a-f]{64}"\}')


@dataclass(frozen=True, slots=True)
class Recovered:
    """What is whole.

    Args:
        frames: Indices of the frames that are whole, int64, ascending.
        broken: Frames that had a record and were not whole, ascending: their record is gone.
        shards: Shards that were cut short or changed, ascending; their whole records stayed.
        temporary: Number of half-written files that were removed.
    """

    frames: NDArray[np.int64]
    broken: tuple[int, ...]
    shards: tuple[int, ...]
    temporary: int


def recover(
    layout: DatasetLayout, *, repair: bool = True, size_of: Callable[[str], int | None] | None = None
) -> Recovered:
    """Take out of a data set what is not whole, and return what is.

    A frame is whole when its record is and its files have the length that the record says; their content is checked by
    ``validate``. Takes one pass over the records and a look at each file's length.

    Args:
        layout: The data set.
        repair: Also take out what is not whole, and what killed processes left; nobody else may be writing then. Else
            nothing is changed.
        size_of: Gives the length of a file by its path in the data set, None where it is missing, for data sets whose
            images are elsewhere; left out, the files of the folder are looked at.

    Raises:
        DatasetError: Something cannot be read, written or removed.
    """
    size_of = size_of or partial(_size_on_disk, layout)
    temporary = remove_temporary_files(layout.root) if repair else 0
    whole: list[NDArray[np.int64]] = []
    broken: list[int] = []
    damaged: list[int] = []
    for number in layout.shard_numbers():
        holds = checksum_holds(layout, number)
        frames, lost, cut = _look_through(layout, number, size_of)
        if (lost or cut or not len(frames)) and repair:
            _rewrite(layout, number, frames)
        elif not holds and repair:
            write_checksum(layout, number, _sha256(layout.shard(number)))
        if cut or holds is False:
            damaged.append(number)
        broken += lost
        whole.append(frames)
    parts: list[int] = []
    for frame in layout.part_frames():
        path = layout.part(frame)
        line = _bytes(path)
        if _is_record(line, frame) and _files_there(line, size_of):
            parts.append(frame)
        else:
            broken.append(frame)
            if repair:
                path.unlink()
    whole.append(np.array(parts, np.int64))
    # A part is newer than the shard's line of its frame: what is broken in one may be whole in the other.
    there = np.unique(np.concatenate(whole)) if whole else np.zeros(0, np.int64)
    return Recovered(there, tuple(sorted(set(broken) - set(there.tolist()))), tuple(damaged), temporary)


def files_of_line(line: bytes) -> list[tuple[str, int]]:
    """Return path and length of each file that a record's line tells of, without parsing it."""
    return [(path.decode(errors="replace"), int(length)) for length, path in _FILE.findall(line)]


def _look_through(
    layout: DatasetLayout, number: int, size_of: Callable[[str], int | None]
) -> tuple[NDArray[np.int64], list[int], bool]:
    """Return the whole frames of a shard, those whose files are not, and whether a line is none or out of place."""
    frames: list[int] = []
    lost: list[int] = []
    cut = False
    for frame, line in _lines(layout.shard(number)):
        if frame is None or frame // FRAMES_PER_SHARD != number or (frames and frame <= frames[-1]):
            cut = True
        elif not _files_there(line, size_of):
            lost.append(frame)
        else:
            frames.append(frame)
    return np.array(frames, np.int64), lost, cut


def _rewrite(layout: DatasetLayout, number: int, frames: NDArray[np.int64]) -> None:
    """Write a shard anew with the first whole line of each of some frames; without any it is removed."""
    path = layout.shard(number)
    if not len(frames):
        path.unlink()
        with suppress(FileNotFoundError):
            layout.checksum(number).unlink()
        return
    wanted, digest = iter(frames.tolist()), hashlib.sha256()
    following = next(wanted)
    with atomic_file(path) as stream:
        for frame, line in _lines(path):
            if frame == following:
                stream.write(line)
                digest.update(line)
                following = next(wanted, -1)
    write_checksum(layout, number, digest.hexdigest())


def _lines(path: Path) -> Iterator[tuple[int | None, bytes]]:
    """Yield frame index and bytes of each line; None as index of one that is no whole record."""
    try:
        with path.open("rb") as stream:
            for line in stream:
                frame = frame_of_line(line)
                yield (frame if frame is not None and _is_record(line, frame) else None), line
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error


def _is_record(line: bytes, frame: int) -> bool:
    if not line.endswith(b"}\n"):
        return False
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and record.get("frame") == frame and "files" in record


def _files_there(line: bytes, size_of: Callable[[str], int | None]) -> bool:
    files = files_of_line(line)
    return bool(files) and all(size_of(path) == length for path, length in files)


def _size_on_disk(layout: DatasetLayout, path: str) -> int | None:
    try:
        return (layout.root / path).stat().st_size
    except OSError:
        return None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
