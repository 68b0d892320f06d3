"""How a scene names an asset: plain data that survives JSON and never holds a path of one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synthvision.core.hashing import hash_json

__all__ = ["HOST", "AssetRef"]

#: Parameter of a reference that names the model on which a mark lies (see `synthvision.library.decals`).
HOST = "host"


@dataclass(frozen=True, slots=True)
class AssetRef:
    """One asset of one pack, and for procedural assets the parameters that make it one definite object.

    Args:
        pack: Name of the pack, e.g. ``builtin``.
        name: Name inside the pack, e.g. ``bottle`` or ``models/die/die_red``.
        params: Every parameter of a procedural asset, JSON values only; empty for assets that are files.
    """

    pack: str
    name: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A string that is equal for equal references: the cache key of what is loaded."""
        suffix = f"#{hash_json(dict(self.params))[:24]}" if self.params else ""
        return f"{self.pack}/{self.name}{suffix}"
