"""Changes to a job from outside its file: ``--set objects.bottles.count=3`` and the ``set:`` block of a scene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from synthvision.config.problems import nearest_hint, show_value
from synthvision.config.schema_walk import SchemaWalk, node_kind
from synthvision.core.errors import ConfigError, Problem, UsageError
from synthvision.core.yaml_file import KeyPath, dotted_path, parse_yaml

__all__ = ["AnyOverride", "BadPathError", "Override", "place_value", "read_overrides"]


@dataclass(frozen=True, slots=True)
class Override:
    """One value that replaces the one in the file.

    Args:
        key: Dotted key path, e.g. ``scene.objects.bottles.count``.
        value: JSON-like data.
        label: What messages call it, e.g. ``--frames 3``.
    """

    key: str
    value: Any
    label: str


#: ``"a.b=c"`` (c is read as YAML), ``("a.b", value)``, or an `Override`.
AnyOverride = str | tuple[str, Any] | Override


class BadPathError(Exception):
    """A key path leads nowhere; carries the path up to where it went wrong."""

    def __init__(self, path: KeyPath, message: str) -> None:
        super().__init__(message)
        self.path = path


def read_overrides(given: Iterable[AnyOverride], problems: list[Problem]) -> list[Override]:
    """Return overrides in one form; those whose value is not YAML are added to `problems` and left out.

    Raises:
        UsageError: One is not of the form KEY=VALUE.
    """
    return [found for item in given if (found := _read_override(item, problems)) is not None]


def _read_override(item: AnyOverride, problems: list[Problem]) -> Override | None:
    if isinstance(item, Override):
        return item
    if not isinstance(item, str):
        key, value = item
        return Override(key, value, f"--set {key}={show_value(value)}")
    key, equals, text = item.partition("=")
    key = key.strip()
    if not equals or not key or "" in key.split("."):
        raise UsageError(f"an override must be KEY=VALUE with a dotted key, e.g. image.width=320, got {item!r}")
    label = f"--set {item}"
    if not text.strip():
        return Override(key, None, label)
    try:
        return Override(key, parse_yaml(text, label).data, label)
    except ConfigError as error:
        # The line inside an option is always the first one and helps nobody.
        problems += [Problem(label, key, None, problem.message) for problem in error.problems]
        return None


def place_value(data: dict[str, Any], key: str, value: Any, walk: SchemaWalk, start: KeyPath = ()) -> KeyPath:
    """Put a value into nested data, making the blocks on the way that the schema knows and the file left out.

    Args:
        data: The whole data, changed in place.
        key: Dotted key path below `start`. List items are addressed by number, counted from 0.
        value: What to put there.
        walk: The schema of the whole data.
        start: Key path of the block that `key` starts from; it exists.

    Returns:
        The full key path of the value.

    Raises:
        BadPathError: The path leads nowhere; the nearest name is given.
    """
    path: KeyPath = start
    here: Any = data
    for part in start:
        here = here[part]
    parts = key.split(".")
    while True:
        step, parts = _next_step(here, parts)
        if isinstance(here, list):
            step = _list_index(here, step, path)
        elif not isinstance(here, dict):
            raise BadPathError(path, f"holds {show_value(here)} and no keys; set it as a whole")
        elif step not in here:
            _check_new_key(here, step, path, walk, data, last=not parts)
        path = (*path, step)
        if not parts:
            here[step] = value
            return path
        if isinstance(here, dict) and here.get(step) is None:
            _check_is_block(path, walk, data)
            here[step] = {}
        here = here[step]


def _next_step(here: Any, parts: Sequence[str]) -> tuple[Any, list[str]]:
    # A name may hold dots itself: the longest one that exists wins.
    if isinstance(here, dict):
        for count in range(len(parts), 0, -1):
            name = ".".join(parts[:count])
            if name in here:
                return name, list(parts[count:])
    return parts[0], list(parts[1:])


def _list_index(items: list[Any], step: str, path: KeyPath) -> int:
    if step.isdecimal() and int(step) < len(items):
        return int(step)
    allowed = f"0 to {len(items) - 1}" if items else "none, it is empty"
    raise BadPathError((*path, step), f"must be the number of an item of this list ({allowed}), got {step!r}")


def _check_new_key(here: dict[str, Any], step: str, path: KeyPath, walk: SchemaWalk, data: Any, *, last: bool) -> None:
    known = walk.keys_at(path, data)
    if step in known or (walk.free_keys_at(path, data) and last):
        return
    names = sorted({*known, *here})
    listed = f" (there are: {', '.join(names)})" if names else ""
    raise BadPathError((*path, step), f"there is no such key{nearest_hint(step, names)}{listed}")


def _check_is_block(path: KeyPath, walk: SchemaWalk, data: Any) -> None:
    kinds = {node_kind(node) for node in walk.at(path, data)}
    if "block" in kinds or None in kinds:
        return
    if "list" in kinds:
        raise BadPathError(path, f"is a list that the file does not set; set {dotted_path(path)} as a whole")
    raise BadPathError(path, "has no keys; set it as a whole")
