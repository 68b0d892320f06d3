"""Turns pydantic's errors into problems a user can act on: file, key path, line, what must hold, what came.

pydantic reports one error for every alternative of a union and mixes the names of alternatives into the key path.
Here the path holds only keys that stand in the file, and of the alternatives only the one that fits what was written
is reported; where none fits, one message says what all of them allow.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from synthvision.config.schema_walk import Node, SchemaWalk, describe, kind_of, node_kind
from synthvision.core.errors import Problem, nearest_name
from synthvision.core.yaml_file import KeyPath

__all__ = ["MakeProblem", "kind_problems", "nearest_hint", "show_value", "validation_problems"]

#: Makes a problem of a key path and a message, adding file and line.
MakeProblem = Callable[[KeyPath, str], Problem]

#: ``size_m must be ..`` or ``objects.cup: ..`` at the start of a validator's message.
_KEY_FIRST = re.compile(r"(?P<key>[\w.*-]+)(?: (?P<must>must .*)|: (?P<text>.*))", re.DOTALL)

_KIND_ERRORS = frozenset(
    {
        "bool_parsing", "bool_type", "dict_type", "float_parsing", "float_type", "int_parsing", "int_type",
        "list_type", "mapping_type", "model_attributes_type", "model_type", "none_required", "string_type",
        "tuple_type", "is_instance_of", "dataclass_type", "frozen_set_type", "set_type",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fault:
    """One pydantic error; `trail` holds ("key", part) for what stands in the data, ("tag", name) for alternatives."""

    kind: str
    trail: tuple[tuple[str, str | int], ...]
    message: str
    reason: str

    @property
    def path(self) -> KeyPath:
        return tuple(part for what, part in self.trail if what == "key")


def validation_problems(
    error: ValidationError, data: Any, walk: SchemaWalk, make: MakeProblem, skip: Sequence[KeyPath] = ()
) -> list[Problem]:
    """Return the problems behind a validation error, one for each fault of the user's.

    Args:
        error: What pydantic raised.
        data: The data it validated.
        walk: The schema of the same model.
        make: Makes a problem of a key path and a message.
        skip: Key paths that are reported already, with everything below them.
    """
    faults = [_fault(item, data) for item in error.errors(include_url=False)]
    faults = _without_echoes(_collapse(faults, data))
    reported: set[KeyPath] = set()
    problems: list[Problem] = []
    meant = _meant_keys(faults, data, walk)
    for fault in faults:
        if fault.kind == "missing" and fault.path in meant:
            continue
        path, message = _message(fault, data, walk)
        if path in reported or any(path[: len(known)] == known for known in skip):
            continue
        reported.add(path)
        problems.append(make(path, message))
    return problems


def kind_problems(data: Any, walk: SchemaWalk, make: MakeProblem) -> list[tuple[KeyPath, Problem]]:
    """Return a problem for every value of the wrong kind that pydantic would convert without a word.

    `count: true` is not 1 and `count: "3"` is not 3: who wrote it meant something else, or will when the value
    changes.
    """
    found: list[tuple[KeyPath, Problem]] = []
    for path, value in _scalars(data):
        kind = kind_of(value)
        nodes = walk.at(path, data)
        allowed = {node_kind(node) for node in nodes}
        if not nodes or None in allowed or kind in allowed or kind == "null":
            continue
        if allowed & {"number", "boolean"}:
            found.append((path, make(path, f"must be {describe(nodes)}, got {show_value(value)}")))
    return found


def show_value(value: Any, limit: int = 60) -> str:
    """Return a value the way YAML writes it on one line, shortened.

    Example:
        >>> show_value({"uniform": [1, True], "label": "no"})
        "{uniform: [1, true], label: 'no'}"
    """
    text = _show(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def nearest_hint(name: str, allowed: Sequence[str]) -> str:
    """Return ``; did you mean 'x'?`` with the nearest allowed name, or an empty string."""
    near = nearest_name(name, allowed)
    return f"; did you mean {near!r}?" if near else ""


def _show(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_show(item) for item in value) + "]"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _fault(item: Any, data: Any) -> _Fault:
    trail: list[tuple[str, str | int]] = []
    value = data
    parts = item["loc"]
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if isinstance(value, Mapping) and part in value:
            trail.append(("key", part))
            value = value[part]
        elif isinstance(value, (list, tuple)) and isinstance(part, int):
            trail.append(("key", part))
            value = value[part] if part < len(value) else None
        elif last and item["type"] == "missing":
            trail.append(("key", part))
        elif last and part == "[key]":
            return _Fault("extra_forbidden", tuple(trail), item["msg"], "")
        else:
            trail.append(("tag", part))
    reason = item.get("ctx", {}).get("error")
    return _Fault(item["type"], tuple(trail), item["msg"], "" if reason is None else str(reason))


def _collapse(faults: list[_Fault], data: Any) -> list[_Fault]:
    """Return the faults with every union reduced to the alternative that fits best what was written."""
    groups: dict[KeyPath, list[_Fault]] = defaultdict(list)
    order: list[_Fault | KeyPath] = []
    for fault in faults:
        position = next((index for index, (what, _) in enumerate(fault.trail) if what == "tag"), None)
        if position is None:
            order.append(fault)
            continue
        node = tuple(part for _, part in fault.trail[:position])
        if node not in groups:
            order.append(node)
        groups[node].append(fault)
    result: list[_Fault] = []
    for entry in order:
        if isinstance(entry, _Fault):
            result.append(entry)
        else:
            result += _collapse(_best_branch(groups[entry], len(entry)), data)
    return result


def _without_echoes(faults: list[_Fault]) -> list[_Fault]:
    """Leave out that a list is too short where it only is because pydantic did not count its faulty items."""
    inner = [fault.path for fault in faults]
    return [
        fault
        for fault in faults
        if fault.kind != "too_short"
        or not any(len(path) > len(fault.path) and path[: len(fault.path)] == fault.path for path in inner)
    ]


def _best_branch(faults: list[_Fault], depth: int) -> list[_Fault]:
    branches: dict[str | int, list[_Fault]] = defaultdict(list)
    for fault in faults:
        tag = fault.trail[depth][1]
        branches[tag].append(replace(fault, trail=(*fault.trail[:depth], *fault.trail[depth + 1 :])))

    def unfit(branch: list[_Fault]) -> tuple[bool, int, int]:
        mismatch = any(fault.kind in _KIND_ERRORS and len(fault.trail) == depth for fault in branch)
        foreign = sum(fault.kind in ("extra_forbidden", "missing") and len(fault.path) == depth + 1 for fault in branch)
        return mismatch, foreign, len(branch)

    return min(branches.values(), key=unfit)


def _meant_keys(faults: Sequence[_Fault], data: Any, walk: SchemaWalk) -> set[KeyPath]:
    """Return the missing keys that the user wrote with a spelling mistake: one message is enough for both."""
    meant: set[KeyPath] = set()
    for fault in faults:
        if fault.kind == "extra_forbidden":
            *parent, key = fault.path
            near = nearest_name(str(key), walk.keys_at(tuple(parent), data))
            if near:
                meant.add((*parent, near))
    return meant


def _message(fault: _Fault, data: Any, walk: SchemaWalk) -> tuple[KeyPath, str]:
    path = fault.path
    if fault.kind == "missing" and path and isinstance(path[-1], int):
        path = path[:-1]  # a list that is too short is reported as its missing item
    elif fault.kind == "missing":
        return path, f"is missing{_purpose(walk.at(path, data))}"
    elif fault.kind == "extra_forbidden":
        return path, _unknown_key(path, data, walk)
    value = _value_at(data, path)
    if fault.reason:
        return _reason_at(path, value, fault.reason)
    nodes = walk.at(path, data)
    same_kind = [node for node in nodes if node_kind(node) == kind_of(value)]
    if fault.kind.startswith("union_tag"):
        return _wrong_kind(path, value, nodes)
    if fault.kind not in _KIND_ERRORS and same_kind:
        nodes = same_kind
    words = describe(nodes)
    if not words:
        return path, f"{fault.message.replace('Input should be', 'must be')}, got {show_value(value)}"
    names = [str(name) for node in nodes for name in node.get("enum", [node["const"]] if "const" in node else [])]
    hint = nearest_hint(value, names) if isinstance(value, str) else ""
    return path, f"must be {words}, got {show_value(value)}{hint}"


def _reason_at(path: KeyPath, value: Any, reason: str) -> tuple[KeyPath, str]:
    """Return a validator's message at the key it begins with, if it does: validators of a block name their keys."""
    match = _KEY_FIRST.match(reason)
    if not match:
        return path, reason
    text = match["must"] or match["text"]
    if path and match["key"] == path[-1]:
        return path, text
    if isinstance(value, str) and match["must"]:
        # The short form of a block: `weather: rain` stands for its `kind`.
        return path, text
    deeper: list[str] = []
    for part in match["key"].split("."):
        if not isinstance(value, Mapping) or part not in value:
            return path, reason
        deeper.append(part)
        value = value[part]
    return (*path, *deeper), text


def _unknown_key(path: KeyPath, data: Any, walk: SchemaWalk) -> str:
    allowed = walk.keys_at(path[:-1], data)
    hint = nearest_hint(str(path[-1]), allowed)
    listed = f" (allowed: {', '.join(allowed)})" if allowed else ""
    return f"there is no such key{hint}{listed}"


def _wrong_kind(path: KeyPath, value: Any, nodes: Sequence[Node]) -> tuple[KeyPath, str]:
    kinds = sorted(
        {
            str(name)
            for node in nodes
            for constant in [node.get("properties", {}).get("kind", {})]
            for name in constant.get("enum", [constant["const"]] if "const" in constant else [])
        }
    )
    if kinds and isinstance(value, Mapping):
        if "kind" not in value:
            return (*path, "kind"), f"is missing; one of {', '.join(kinds)}"
        given = value["kind"]
        return (
            *path,
            "kind",
        ), f"must be one of {', '.join(kinds)}, got {show_value(given)}{nearest_hint(str(given), kinds)}"
    if isinstance(value, Mapping):
        keys = sorted({key for node in nodes for key in node.get("properties", {})})
        hints = [nearest_name(str(key), keys) for key in value]
        near = next((hint for hint in hints if hint), None)
        hint = f"; did you mean {near!r}?" if near else ""
        return path, f"must be {describe(nodes)}, got {show_value(value)}{hint}"
    return path, f"must be {describe(nodes)}, got {show_value(value)}"


def _purpose(nodes: Sequence[Node]) -> str:
    for node in nodes:
        if node.get("description"):
            return f"; {str(node['description']).split('. ')[0].rstrip('.')}"
    return ""


def _value_at(data: Any, path: KeyPath) -> Any:
    value = data
    for part in path:
        value = value[part]
    return value


def _scalars(data: Any, path: KeyPath = ()) -> list[tuple[KeyPath, Any]]:
    if isinstance(data, Mapping):
        return [found for key, value in data.items() for found in _scalars(value, (*path, key))]
    if isinstance(data, (list, tuple)):
        return [found for index, value in enumerate(data) for found in _scalars(value, (*path, index))]
    return [(path, data)]
