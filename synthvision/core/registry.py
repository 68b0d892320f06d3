"""Plugins by entry point: renderers, exporters, refiners, executors, procedural assets.

Built-ins are registered in ``pyproject.toml`` through the same door as anyone else's. A plugin is imported on first
use. A broken plugin, an unknown name or a name registered twice is an error, never a silent gap in a list.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from synthvision.core.errors import PluginError, nearest_name

__all__ = ["load_plugin", "plugin_names"]


def plugin_names(group: str) -> tuple[str, ...]:
    """Return the sorted names registered under ``synthvision.<group>``, without importing any of them.

    Raises:
        PluginError: Two packages register the same name.
    """
    return tuple(sorted(_entries(group)))


def load_plugin(group: str, name: str) -> Callable[..., Any]:
    """Return the object that the entry point ``synthvision.<group>: name`` points to.

    Args:
        group: ``renderers``, ``exporters``, ``refiners``, ``executors`` or ``procedural``.
        name: The entry point's name.

    Raises:
        PluginError: The name is unknown (the nearest is given), registered twice, its import fails, or what it points
            to cannot be called.
    """
    entries = _entries(group)
    if name not in entries:
        near = nearest_name(name, entries)
        hint = f"; did you mean {near!r}?" if near else ""
        raise PluginError(f"no {group} plugin named {name!r}{hint} (there are: {', '.join(sorted(entries)) or 'none'})")
    entry = entries[name]
    try:
        loaded = entry.load()
    except Exception as error:  # whatever a foreign import raises becomes one kind of error
        raise PluginError(f"{group} plugin {name!r} ({entry.value}) cannot be loaded: {error}") from error
    if not callable(loaded):
        raise PluginError(
            f"{group} plugin {name!r} ({entry.value}) must be a class or function, got {type(loaded).__name__}"
        )
    return cast(Callable[..., Any], loaded)


def _entries(group: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=f"synthvision.{group}"):
        other = found.get(entry.name)
        if other is not None:
            raise PluginError(
                f"{group} plugin {entry.name!r} is registered twice: {_origin(other)} and {_origin(entry)}; "
                "uninstall one"
            )
        found[entry.name] = entry
    return found


def _origin(entry: EntryPoint) -> str:
    return f"{entry.value} of {entry.dist.name}" if entry.dist is not None else entry.value
