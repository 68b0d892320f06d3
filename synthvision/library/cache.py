"""A cache bounded in bytes that counts what several values share only once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ByteCache", "Piece"]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of a cached value that other values may hold too, such as a texture.

    Args:
        value: The part.
        size: Its bytes.
    """

    value: Any
    size: int


class ByteCache:
    """Keeps the values used last, up to a number of bytes.

    One value larger than the bound is kept alone until the next one comes. Pieces are counted once, however many
    values hold them, and can be looked up, so that the next value shares them.

    Args:
        max_bytes: The bound.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self.evictions = 0
        self._values: OrderedDict[str, tuple[Any, int, tuple[str, ...]]] = OrderedDict()
        self._pieces: dict[str, tuple[Piece, int]] = {}

    def __len__(self) -> int:
        return len(self._values)

    def piece(self, key: str) -> Any | None:
        """Return a piece that some cached value holds, or None."""
        found = self._pieces.get(key)
        return None if found is None else found[0].value

    def get(self, key: str, make: Callable[[], tuple[Any, int, Mapping[str, Piece]]]) -> Any:
        """Return the value of a key, made if it is not there.

        Args:
            key: What is asked for.
            make: Returns the value, its own bytes without pieces, and its pieces by key.
        """
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key][0]
        value, size, pieces = make()
        for name, piece in pieces.items():
            known, count = self._pieces.get(name, (piece, 0))
            self._pieces[name] = (known, count + 1)
            self.used_bytes += piece.size if count == 0 else 0
        self.used_bytes += size
        self._values[key] = (value, size, tuple(pieces))
        while self.used_bytes > self.max_bytes and len(self._values) > 1:
            self._evict()
        return value

    def clear(self) -> None:
        """Forget everything."""
        while self._values:
            self._evict()

    def _evict(self) -> None:
        _, (_, size, names) = self._values.popitem(last=False)
        self.used_bytes -= size
        self.evictions += 1
        for name in names:
            piece, count = self._pieces[name]
            if count == 1:
                del self._pieces[name]
                self.used_bytes -= piece.size
            else:
                self._pieces[name] = (piece, count - 1)
