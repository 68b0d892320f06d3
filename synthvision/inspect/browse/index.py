"""The index of a data set: all of its records in columns, made once, kept in the cache, renewed where files changed."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.core.hashing import hash_json
from synthvision.dataset.atomic import write_bytes
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.records import parts_by_shard
from synthvision.inspect.browse.columns import Columns, join_columns
from synthvision.inspect.browse.extraction import empty_columns, extract_columns, source_key

__all__ = ["FrameIndex", "IndexBuilder"]

# Below this many shards to read, starting processes takes longer than reading.
_SHARDS_PER_POOL = 6
# A data set that a job writes to is looked at again after this many times what the last look took.
_PATIENCE = 4.0
_SHORTEST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """All frames of a data set in columns, ascending by frame.

    Args:
        columns: The columns.
        version: A text that is another one when the records are.
        object_start: Row in the object columns of each frame's first target, int64 (frames + 1).
    """

    columns: Columns
    version: str
    object_start: NDArray[np.int64]

    @classmethod
    def of(cls, columns: Columns, version: str) -> FrameIndex:
        """Return the index of columns whose rows ascend."""
        starts = np.searchsorted(columns.objects["row"], np.arange(columns.frame_count + 1))
        return cls(columns, version, starts.astype(np.int64))

    def __len__(self) -> int:
        return self.columns.frame_count

    @property
    def frames(self) -> NDArray[np.int32]:
        """Frame indices, ascending."""
        return self.columns.frames["frame"]

    def row(self, frame: int) -> int | None:
        """Return the place of a frame, or None where it is not there."""
        row = int(np.searchsorted(self.frames, frame))
        return row if row < len(self) and int(self.frames[row]) == frame else None


class IndexBuilder:
    """Makes and renews the index of one data set.

    Args:
        layout: The data set.
        classes: Class names in the job's order.
        cache: Folder where columns are kept; None for memory alone.
        processes: Most processes that read records at a time.
    """

    def __init__(self, layout: DatasetLayout, classes: tuple[str, ...], cache: Path | None, *, processes: int = 1):
        self._layout = layout
        self._classes = classes
        self._folder = cache / "index" if cache is not None else None
        self._processes = processes
        self._units: dict[int, tuple[str, Columns]] = {}
        self._index: FrameIndex | None = None
        self._next_look = 0.0
        #: Shards whose records were read by this process.
        self.shards_read = 0

    def load(self, progress: Callable[[int], None] | None = None, *, patient: bool = False) -> FrameIndex:
        """Return the index as the records are now.

        Args:
            progress: Called with the number of frames that are in, as they come.
            patient: Return the last one without a look at the files where the last look was a moment ago.

        Raises:
            DatasetError: A record file cannot be read, or a frame stands in two of them.
        """
        started = time.monotonic()
        if patient and self._index is not None and started < self._next_look:
            return self._index
        parts = parts_by_shard(self._layout)
        numbers = sorted(parts.keys() | set(self._layout.shard_numbers()))
        keys = {number: source_key(self._layout, number, parts.get(number, [])) for number in numbers}
        stale = {number: parts.get(number, []) for number in numbers if self._kept_key(number) != keys[number]}
        self._take_from_cache(stale, keys)
        frames = sum(columns.frame_count for number, (_, columns) in self._units.items() if number not in stale)
        for number, columns in self._read(stale):
            self._units[number] = (keys[number], columns)
            self._keep(number, keys[number], columns)
            frames += columns.frame_count
            if progress is not None:
                progress(frames)
        self._units = {number: self._units[number] for number in numbers}
        version = hash_json([list(self._classes), [keys[number] for number in numbers]])[:16]
        if self._index is None or self._index.version != version:
            self._index = FrameIndex.of(
                join_columns([empty_columns(self._classes), *(self._units[number][1] for number in numbers)]), version
            )
        took = time.monotonic() - started
        self._next_look = time.monotonic() + max(_SHORTEST_WAIT_S, _PATIENCE * took)
        return self._index

    def _kept_key(self, number: int) -> str | None:
        kept = self._units.get(number)
        return kept and kept[0]

    def _path(self, number: int) -> Path | None:
        return self._folder and self._folder / f"{number:05d}.columns"

    def _source(self, key: str) -> str:
        # The codes of classes are their places in the job's order.
        return hash_json([key, list(self._classes)])

    def _take_from_cache(self, stale: dict[int, list[int]], keys: Mapping[int, str]) -> None:
        """Load the columns of shards that are kept as they are now, and take these shards off the list."""
        for number in list(stale):
            path = self._path(number)
            if path is None:
                return
            with suppress(OSError):
                columns = Columns.from_bytes(path.read_bytes(), self._source(keys[number]))
                if columns is not None:
                    self._units[number] = (keys[number], columns)
                    del stale[number]

    def _keep(self, number: int, key: str, columns: Columns) -> None:
        path = self._path(number)
        if path is not None:
            # A cache that cannot be written costs time, not answers.
            with suppress(DatasetError):
                write_bytes(path, columns.to_bytes(self._source(key)))

    def _read(self, stale: Mapping[int, list[int]]) -> Iterator[tuple[int, Columns]]:
        self.shards_read += len(stale)
        if self._processes < 2 or len(stale) < _SHARDS_PER_POOL:
            for number, parts in stale.items():
                yield number, extract_columns(self._layout, number, parts, self._classes)
            return
        context: Any = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self._processes, len(stale)), mp_context=context) as pool:
            waiting = {
                number: pool.submit(extract_columns, self._layout, number, parts, self._classes)
                for number, parts in stale.items()
            }
            for number, future in waiting.items():
                yield number, future.result()
