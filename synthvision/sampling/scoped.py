"""What class rules know of one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ScopedObject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedObject:
    """One object of one frame as class rules see it.

    Args:
        group: Name of its group in the scene file.
        pack: Pack of its asset.
        asset: Name of its asset.
        category: Category of its asset.
        tags: Tags of its asset.
        materials: Pack and name of each material asset put on it.
        attributes: Its asset's attributes and those of its materials.
        states: Its states in this frame.
        part: Name of the mesh part that is asked about; None for the whole object.
    """

    group: str
    pack: str
    asset: str
    category: str
    tags: tuple[str, ...] = ()
    materials: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    part: str | None = None
