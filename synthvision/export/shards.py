"""Large files of bounded size that appear under their names only when all of them are whole."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Generic, Protocol, TypeVar

from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.atomic import TEMPORARY_SUFFIX

__all__ = ["MEBIBYTE", "ShardName", "ShardSink", "Shards"]

MEBIBYTE = 1 << 20

Item = TypeVar("Item", contravariant=True)


class ShardSink(Protocol[Item]):
    """Writes items of one format into one open file."""

    def write(self, item: Item) -> None:
        """Append an item."""
        ...

    def close(self) -> None:
        """Write what ends the file; the stream stays open."""
        ...


#: Name of a shard from its part, its number from 0, and how many shards the part has.
ShardName = Callable[[str, int, int], str]

Written = TypeVar("Written")


class Shards(Generic[Written]):
    """The shards of all parts of an export; a context manager.

    Items go to the open shard of their part; a new shard begins where the open one has reached the bound. When the
    block ends well, all shards take their names and those that an earlier export left under further numbers are
    removed; when it does not, nothing stays behind.

    Args:
        folder: Where the files go.
        open_sink: Makes the writer of one file from its stream.
        name: Name of a shard from part, number and count; may hold folders.
        max_bytes: A shard that has reached this size takes no further item.
    """

    def __init__(
        self, folder: Path, open_sink: Callable[[BinaryIO], ShardSink[Written]], name: ShardName, max_bytes: int
    ) -> None:
        if max_bytes < 1:
            raise UsageError(f"the size of a shard must be 1 byte or more, got {max_bytes}")
        self._folder, self._open_sink, self._name, self._max_bytes = folder, open_sink, name, max_bytes
        self._open: dict[str, tuple[BinaryIO, ShardSink[Written]]] = {}
        self._written: dict[str, list[Path]] = {}

    def __enter__(self) -> Shards[Written]:
        return self

    def write(self, part: str, item: Written) -> None:
        """Append an item to the open shard of a part.

        Raises:
            DatasetError: The disk is full or cannot be written.
        """
        try:
            if part not in self._open:
                self._begin(part)
            stream, sink = self._open[part]
            sink.write(item)
            if stream.tell() >= self._max_bytes:
                self._end(part)
        except OSError as error:
            raise DatasetError(_sentence(self._folder, error)) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for part in list(self._open):
                    self._end(part)
                self._publish()
        except OSError as fault:
            raise DatasetError(_sentence(self._folder, fault)) from fault
        finally:
            with ExitStack() as stack:
                for stream, _ in self._open.values():
                    stack.callback(stream.close)
            for path in (path for paths in self._written.values() for path in paths):
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _begin(self, part: str) -> None:
        paths = self._written.setdefault(part, [])
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f".{part}-{len(paths)}.{os.getpid()}{TEMPORARY_SUFFIX}"
        stream = path.open("wb")
        paths.append(path)
        self._open[part] = (stream, self._open_sink(stream))

    def _end(self, part: str) -> None:
        stream, sink = self._open[part]
        sink.close()
        stream.close()
        del self._open[part]

    def _publish(self) -> None:
        for part, paths in self._written.items():
            names = {self._name(part, number, len(paths)) for number in range(len(paths))}
            for number, path in enumerate(paths):
                target = self._folder / self._name(part, number, len(paths))
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, target)
            self._remove_older(part, names)
        self._written.clear()

    def _remove_older(self, part: str, names: set[str]) -> None:
        """Remove shards of the same part that are none of those just written."""
        example = Path(self._name(part, 0, 1))
        form = _NUMBER.sub("#", example.name.removeprefix(part))
        for path in sorted((self._folder / example).parent.iterdir()):
            same_form = path.name.startswith(part) and _NUMBER.sub("#", path.name.removeprefix(part)) == form
            if same_form and (example.parent / path.name).as_posix() not in names:
                path.unlink()


_NUMBER = re.compile(r"\d+")


def _sentence(folder: Path, error: OSError) -> str:
    return f"{folder} must be writable and have room for the export: {error.strerror or error}"
