"""Where in its shard the record of each frame begins, so that any one is read without those before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.records import frame_of_line

__all__ = ["IN_PART", "RecordOffsets", "ShardOffsets", "read_record_at", "scan_offsets"]

#: Offset of a record that is not in a shard yet but in a part of its own.
IN_PART = -1


@dataclass(frozen=True, slots=True, eq=False)
class ShardOffsets:
    """The lines of one shard.

    Args:
        frames: int64 (n,), frame indices, ascending.
        offsets: int64 (n,), bytes before each frame's line.
    """

    frames: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def of(self, frame: int) -> int | None:
        """Return the offset of a frame, or None where the shard does not hold it."""
        place = int(np.searchsorted(self.frames, frame))
        return int(self.offsets[place]) if place < len(self.frames) and self.frames[place] == frame else None


class RecordOffsets:
    """The lines of all shards, each shard looked through when one of its frames is first asked for.

    Args:
        layout: The data set.
    """

    def __init__(self, layout: DatasetLayout) -> None:
        self._layout = layout
        self._known: dict[int, tuple[tuple[int, int], ShardOffsets]] = {}

    def read_line(self, frame: int) -> bytes | None:
        """Return the line of a frame, from its part where it has one, else from its shard; None where there is none.

        Raises:
            DatasetError: A file cannot be read, or a line is no record.
        """
        part = self._layout.part(frame)
        try:
            return part.read_bytes()
        except FileNotFoundError:
            pass
        except OSError as error:
            raise DatasetError(f"{part} must be readable: {error.strerror or error}") from error
        # Twice, because a shard may be written anew between looking through it and reading from it.
        for _ in range(2):
            offset = self._offset(frame)
            if offset is None:
                return None
            line = read_record_at(self._layout, frame, offset)
            if line is not None:
                return line
            self._known.pop(frame // FRAMES_PER_SHARD, None)
        return None

    def _offset(self, frame: int) -> int | None:
        number = frame // FRAMES_PER_SHARD
        try:
            state = self._layout.shard(number).stat()
        except OSError:
            return None
        # A shard is replaced as a whole when further parts are merged into it.
        mark = (state.st_size, state.st_mtime_ns)
        known = self._known.get(number)
        if known is None or known[0] != mark:
            known = self._known[number] = (mark, _scan_shard(self._layout, number))
        return known[1].of(frame)


def scan_offsets(layout: DatasetLayout) -> ShardOffsets:
    """Return frames and offsets of the whole data set, `IN_PART` for records that are not merged: 16 bytes a frame.

    Raises:
        DatasetError: A file cannot be read, or a line is no record.
    """
    shards = [_scan_shard(layout, number) for number in layout.shard_numbers()]
    parts = np.array(layout.part_frames(), np.int64)
    frames = np.concatenate([*(shard.frames for shard in shards), parts])
    offsets = np.concatenate([*(shard.offsets for shard in shards), np.full(len(parts), IN_PART)])
    # Stable and from the back: of a frame that has both, the part counts.
    order = np.argsort(frames[::-1], kind="stable")
    frames, offsets = frames[::-1][order], offsets[::-1][order]
    first = np.append(True, frames[1:] != frames[:-1])[: len(frames)]
    return ShardOffsets(frames[first], offsets[first])


def read_record_at(layout: DatasetLayout, frame: int, offset: int) -> bytes | None:
    """Return the line of a frame that begins at a place of its shard, or None where another line stands there.

    Raises:
        DatasetError: The shard cannot be read.
    """
    path = layout.shard(frame // FRAMES_PER_SHARD)
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            line = stream.readline()
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
    return line if frame_of_line(line) == frame and line.endswith(b"}\n") else None


def _scan_shard(layout: DatasetLayout, number: int) -> ShardOffsets:
    path = layout.shard(number)
    frames: list[int] = []
    offsets: list[int] = []
    place = 0
    try:
        with path.open("rb") as stream:
            for count, line in enumerate(stream, start=1):
                frame = frame_of_line(line)
                if frame is None or not line.endswith(b"}\n"):
                    raise DatasetError(f"{path}:{count}: must be the whole record of a frame")
                frames.append(frame)
                offsets.append(place)
                place += len(line)
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
    order = np.argsort(np.array(frames, np.int64), kind="stable")
    return ShardOffsets(np.array(frames, np.int64)[order], np.array(offsets, np.int64)[order])
