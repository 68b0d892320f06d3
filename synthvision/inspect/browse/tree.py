"""A record as a tree that is opened branch by branch, so that no answer is large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synthvision.core.errors import UsageError

__all__ = ["open_branch"]

_MAX_CHILDREN = 200
_MAX_TEXT = 300


def open_branch(record: Any, path: Sequence[str], start: int = 0) -> dict[str, Any]:
    """Return what lies directly below a place of a record.

    Args:
        record: JSON values.
        path: Keys and places in lists that lead there; empty for the whole.
        start: How many children to leave out.

    Returns:
        ``total`` and ``children``, at most 200: each has ``key`` and either ``value`` (texts are cut at 300 letters)
        or, for what can be opened, ``kind`` (object or list), ``size`` and a ``hint`` of what it holds.

    Raises:
        UsageError: The path leads nowhere.
    """
    place = record
    for step in path:
        try:
            place = place[int(step)] if isinstance(place, list) else place[step]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise UsageError(f"a record has nothing at {' / '.join(path)[:200]}") from error
    if isinstance(place, dict):
        items = list(place.items())
    elif isinstance(place, list):
        items = [(str(index), value) for index, value in enumerate(place)]
    else:
        raise UsageError(f"{' / '.join(path)[:200]} is a value and holds nothing")
    chosen = items[start : start + _MAX_CHILDREN]
    return {"total": len(items), "children": [_child(key, value) for key, value in chosen]}


def _child(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list) and (len(value) > 4 or any(isinstance(item, dict | list) for item in value)):
        return {"key": key, "kind": "list", "size": len(value), "hint": _hint(value)}
    if isinstance(value, dict) and value:
        return {"key": key, "kind": "object", "size": len(value), "hint": _hint(value)}
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return {"key": key, "value": value[:_MAX_TEXT] + "…"}
    return {"key": key, "value": value}


def _hint(value: dict[str, Any] | list[Any]) -> str:
    """Return a few words that tell one branch from the next: its name and kind where it has them."""
    if isinstance(value, dict):
        words = [value[key] for key in ("name", "kind", "category", "status") if isinstance(value.get(key), str)]
        asset = value.get("asset")
        if isinstance(asset, dict) and isinstance(asset.get("name"), str):
            words.append(asset["name"])
        return " · ".join(words)[:80]
    return ""
