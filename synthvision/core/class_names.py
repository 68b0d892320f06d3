"""Names of classes as people write them: near misses, and names that differ by their spelling alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from synthvision.core.errors import nearest_name

__all__ = ["class_hint", "nearest_class", "spelled_alike"]


def spelled_alike(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the first two names that differ by case, spaces or marks alone, or None.

    Example:
        >>> spelled_alike(["car", "stop sign", "Stop_Sign"])
        ('stop sign', 'Stop_Sign')
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(_plain(name), name)
        if other != name:
            return other, name
    return None


def nearest_class(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` is most likely meant to be, or None if none is close.

    One that differs by case, spaces or marks alone goes before one that is near in letters.

    Example:
        >>> nearest_class("ACE", ["ape", "ace"])
        'ace'
    """
    names = list(known)
    alike = next((other for other in names if _plain(other) == _plain(name)), None)
    return alike if alike is not None else nearest_name(name, names)


def class_hint(name: str, known: Iterable[str]) -> str:
    """Return what to add to a message about an unknown class: the nearest name, and all there are.

    Example:
        >>> class_hint("cra", ["car", "bus"])
        "; did you mean 'car'? (there are: car, bus)"
    """
    names = list(known)
    near = nearest_class(name, names)
    listed = ", ".join(names) or "none"
    return f"; did you mean {near!r}? (there are: {listed})" if near else f" (there are: {listed})"


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold() or name
