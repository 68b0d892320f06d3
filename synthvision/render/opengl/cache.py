"""What stays on the GPU between frames: least recently used goes first when a bound in bytes is passed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol, TypeVar

__all__ = ["GpuCache", "GpuResource"]


class GpuResource(Protocol):
    """Something that takes GPU memory until it is released."""

    @property
    def size_bytes(self) -> int:
        """Bytes it takes."""
        ...

    def release(self) -> None:
        """Give the memory back."""
        ...


#: Tidying up costs some milliseconds, as much as uploading a part of this.
_TIDY_AFTER_BYTES = 24 * 2**20

R = TypeVar("R", bound=GpuResource)


class GpuCache:
    """Resources by key, bounded in bytes.

    What the present frame has asked for is never evicted, so a frame that needs more than the bound is still drawn;
    the bound holds again after it.

    Args:
        bound_bytes: Largest sum of `GpuResource.size_bytes` kept between frames.
        tidy: Called whenever some tens of MiB were uploaded or evicted: loading and uploading leave freed memory
            behind that the C library would keep.
    """

    def __init__(self, bound_bytes: int, tidy: Callable[[], None] | None = None) -> None:
        self.bound_bytes = bound_bytes
        self.size_bytes = 0
        self.evictions = 0
        self._tidy = tidy
        self._moved_bytes = 0
        self._entries: OrderedDict[tuple[str, str], GpuResource] = OrderedDict()
        self._in_use: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def begin_frame(self) -> None:
        """Forget which resources are in use, and evict down to the bound."""
        self._in_use.clear()
        self._evict()

    def get(self, kind: str, key: str, make: Callable[[], R]) -> R:
        """Return the resource of `kind` and `key`, made by `make` on first use.

        Args:
            kind: Keeps the keys of meshes, textures and environments apart; one kind holds one type.
            key: Equal for equal content.
            make: Uploads the resource.
        """
        name = (kind, key)
        self._in_use.add(name)
        found = self._entries.get(name)
        if found is not None:
            self._entries.move_to_end(name)
            return found  # type: ignore[return-value]  # one kind holds one type
        made = make()
        self._entries[name] = made
        self.size_bytes += made.size_bytes
        self._evict()
        self._moved(made.size_bytes)
        return made

    def clear(self) -> None:
        """Release everything."""
        for resource in self._entries.values():
            resource.release()
        self._entries.clear()
        self._in_use.clear()
        self.size_bytes = 0

    def _moved(self, size_bytes: int) -> None:
        self._moved_bytes += size_bytes
        if self._moved_bytes > _TIDY_AFTER_BYTES:
            self._moved_bytes = 0
            if self._tidy is not None:
                self._tidy()

    def _evict(self) -> None:
        if self.size_bytes <= self.bound_bytes:
            return
        for name in [name for name in self._entries if name not in self._in_use]:
            resource = self._entries.pop(name)
            self.size_bytes -= resource.size_bytes
            self.evictions += 1
            self._moved_bytes += resource.size_bytes
            resource.release()
            if self.size_bytes <= self.bound_bytes:
                return
