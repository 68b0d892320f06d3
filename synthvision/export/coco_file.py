"""A COCO file written in one pass: sorted keys, one entry a line, one entry in memory at a time.

Keys are sorted, so ``annotations`` come before ``images``: what comes later waits in files of its own, not in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from shutil import copyfileobj
from types import TracebackType
from typing import IO, Any, BinaryIO, Self

from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import atomic_file

__all__ = ["CocoFile"]


class CocoFile:
    """A context in which a COCO file is written; it is whole when the block ends well, and not there otherwise.

    Args:
        path: The file.
        sections: Names of the lists that entries are added to, ``annotations`` among them.
    """

    def __init__(self, path: Path, sections: Sequence[str] = ("annotations", "images")) -> None:
        self.path = path
        self._names = tuple(sorted(sections))
        self._stack = ExitStack()
        self._sections: dict[str, IO[bytes]] = {}
        self._counts = dict.fromkeys(self._names, 0)

    def __enter__(self) -> Self:
        self._out: BinaryIO = self._stack.enter_context(atomic_file(self.path))
        first, *others = self._names
        self._out.write(f'{{"{first}":['.encode())
        self._sections[first] = self._out
        for name in others:
            self._sections[name] = self._stack.enter_context(tempfile.TemporaryFile(dir=self.path.parent))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def count(self, section: str) -> int:
        """Return how many entries a list has so far."""
        return self._counts[section]

    def add(self, section: str, entry: Mapping[str, Any]) -> None:
        """Add an entry to a list."""
        self.add_text_of(section, canonical_json(entry).encode())

    def add_text_of(self, section: str, entry: bytes) -> None:
        """Add an entry to a list: its JSON text, with sorted keys and nothing between them."""
        stream = self._sections[section]
        stream.write(b",\n" if self._counts[section] else b"\n")
        stream.write(entry)
        self._counts[section] += 1

    def finish(self, values: Mapping[str, Any]) -> None:
        """Write the rest of the file: the other lists, and whole values such as ``categories``.

        Args:
            values: By key; each comes after the first list in the order of the alphabet.
        """
        others = self._names[1:]
        self._out.write(b"\n]")
        for key in sorted([*others, *values]):
            if key in values:
                self._out.write(f',\n"{key}":{canonical_json(values[key])}'.encode())
                continue
            self._out.write(f',\n"{key}":['.encode())
            self._sections[key].seek(0)
            copyfileobj(self._sections[key], self._out)
            self._out.write(b"\n]")
        self._out.write(b"}\n")
