"""The same picture in two sets: found by content, so that a picture to test with is never one that was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthvision.core.errors import DatasetError
from synthvision.export.mixing.coco_source import CocoSource

__all__ = ["Duplicate", "find_duplicates"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two files with the same bytes.

    Args:
        sources: Places of their sources.
        first: Place of the one in its source.
        second: Place of the other in its source.
    """

    sources: tuple[int, int]
    first: int
    second: int


def find_duplicates(sources: Sequence[CocoSource]) -> list[Duplicate]:
    """Return every picture whose bytes came before, with where they first did.

    Only files of the same length are read; that takes the time of their bytes.

    Args:
        sources: All that is mixed, every picture of it.

    Raises:
        DatasetError: A picture is missing; all are counted and the first ones named.
    """
    owner = np.repeat(np.arange(len(sources)), [len(source) for source in sources])
    number = np.concatenate([np.arange(len(source)) for source in sources]) if sources else np.zeros(0, np.int64)
    lengths = np.concatenate([_lengths(source) for source in sources]) if sources else np.zeros(0, np.int64)
    found, counts = np.unique(lengths, return_counts=True)
    shared = np.flatnonzero(np.isin(lengths, found[counts > 1]))
    first_of: dict[bytes, int] = {}
    duplicates = []
    for place in shared.tolist():
        digest = _digest(sources[int(owner[place])].file(int(number[place])))
        first = first_of.setdefault(digest, place)
        if first != place:
            pair = (int(owner[first]), int(owner[place]))
            duplicates.append(Duplicate(pair, int(number[first]), int(number[place])))
    return duplicates


def _lengths(source: CocoSource) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    lengths = np.zeros(len(source), np.int64)
    missing = []
    for number in range(len(source)):
        path = source.file(number)
        try:
            lengths[number] = path.stat().st_size
        except OSError:
            missing.append(path)
    if missing:
        named = ", ".join(str(path) for path in missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise DatasetError(
            f"{source.path}: {len(missing)} of {len(source)} pictures are missing: {named}{more}; put them there, or "
            f"say with --images {source.path}=DIR where they are"
        )
    return lengths


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
