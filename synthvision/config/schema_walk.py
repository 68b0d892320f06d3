"""Finds the part of a JSON schema that speaks of one key path, and says in words what it allows.

The schema comes from the pydantic models, so messages, the reference page and `synthvision schema` cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from synthvision.core.yaml_file import KeyPath

__all__ = ["Node", "SchemaWalk", "describe", "kind_of", "node_kind"]

Node = Mapping[str, Any]

_KINDS = {"integer": "number", "number": "number", "string": "text", "boolean": "boolean", "null": "null"}
_KINDS |= {"array": "list", "object": "block"}


class SchemaWalk:
    """A JSON schema with its definitions.

    Args:
        schema: What pydantic's `model_json_schema` returned.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._definitions: Mapping[str, Any] = schema.get("$defs", {})

    def at(self, path: KeyPath, data: Any) -> list[Node]:
        """Return every alternative that the schema has for the value at `path`, references and unions resolved.

        Args:
            path: Key path of the value.
            data: The whole data; it tells which alternative of a union the user wrote on the way down. It need not
                hold `path`.
        """
        nodes = self._expand(self._schema)
        value = data
        for part in path:
            nodes = _fitting(nodes, value)
            nodes = [deeper for node in nodes for deeper in self._step(node, part)]
            value = _child(value, part)
        return nodes

    def keys_at(self, path: KeyPath, data: Any) -> tuple[str, ...]:
        """Return the key names that the block at `path` may have, sorted; empty where any name is allowed."""
        value = data
        for part in path:
            value = _child(value, part)
        nodes = [node for node in _fitting(self.at(path, data), value) if node_kind(node) == "block"]
        names = {key for node in nodes for key in node.get("properties", {})}
        names |= {str(key) for node in nodes for key in node.get("propertyNames", {}).get("enum", ())}
        return tuple(sorted(names))

    def free_keys_at(self, path: KeyPath, data: Any) -> bool:
        """Return whether the block at `path` takes keys of the user's own choice, as a mapping by name does."""
        return any(node.get("additionalProperties") not in (None, False) for node in self.at(path, data))

    def _expand(self, node: Node) -> list[Node]:
        if "$ref" in node:
            target = self._definitions[str(node["$ref"]).rsplit("/", 1)[-1]]
            return self._expand({**target, **{key: value for key, value in node.items() if key != "$ref"}})
        for word in ("anyOf", "oneOf", "allOf"):
            if word in node:
                # What is said of the union speaks of this key; what its alternatives say speaks of their kind.
                about = {"description": node["description"]} if "description" in node else {}
                return [{**leaf, **about} for option in node[word] for leaf in self._expand(option)]
        kinds = node.get("type")
        if isinstance(kinds, list):
            return [{**node, "type": kind} for kind in kinds]
        return [node]

    def _step(self, node: Node, part: str | int) -> list[Node]:
        if isinstance(part, int):
            fixed = node.get("prefixItems", [])
            below = fixed[part] if 0 <= part < len(fixed) else node.get("items")
        else:
            below = node.get("properties", {}).get(part, node.get("additionalProperties"))
        if below is None or isinstance(below, bool):
            return [{}] if below is True else []
        return self._expand(below)


def kind_of(value: Any) -> str:
    """Return which of block, list, text, boolean, number and null a YAML value is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "block" if isinstance(value, Mapping) else "list"


def node_kind(node: Node) -> str | None:
    """Return the kind of value a schema node allows, or None where it does not say."""
    if "type" in node:
        return _KINDS[str(node["type"])]
    values = node["enum"] if "enum" in node else [node["const"]] if "const" in node else []
    return kind_of(values[0]) if values else None


def describe(nodes: Sequence[Node]) -> str:
    """Return in words what the alternatives allow, e.g. ``a whole number from 1 to 64``; empty if they do not say.

    Example:
        >>> describe([{"type": "integer", "minimum": 1, "maximum": 64}, {"type": "null"}])
        'a whole number from 1 to 64, or null'
    """
    words: list[str] = []
    names = [name for node in nodes for name in _names(node)]
    if names:
        words.append(f"one of {', '.join(names)}" if len(names) > 1 else names[0])
    blocks = [node for node in nodes if node_kind(node) == "block"]
    others = [node for node in nodes if node_kind(node) != "block" and not _names(node)]
    words += [word for word in map(_describe_one, others) if word]
    if blocks:
        words.append(_describe_blocks(blocks))
    return ", or ".join(dict.fromkeys(words))


def _names(node: Node) -> list[str]:
    values = node["enum"] if "enum" in node else [node["const"]] if "const" in node else []
    return [str(value) for value in values]


def _describe_one(node: Node) -> str:
    kind = node_kind(node)
    if kind == "number":
        noun = "a whole number" if node["type"] == "integer" else "a number"
        return noun + _bounds(node)
    if kind == "text":
        length = node.get("minLength", 0)
        form = f" of the form {node['pattern']}" if "pattern" in node else " that is not empty" if length else ""
        return "text" + form
    if kind == "list":
        return _describe_list(node)
    return {"boolean": "true or false", "null": "null"}.get(kind or "", "")


def _bounds(node: Node) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f" from {_number(low)} to {_number(high)}"
    limits = ((low, "of {} or more"), (above, "above {}"), (high, "up to {}"), (below, "below {}"))
    words = [form.format(_number(limit)) for limit, form in limits if limit is not None]
    return f" {' and '.join(words)}" if words else ""


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.10g}"


def _describe_list(node: Node) -> str:
    fixed = node.get("prefixItems")
    if fixed:
        inner = {describe([item]) for item in fixed}
        what = _plural(inner.pop()) if len(inner) == 1 else "values"
        return f"a list of {len(fixed)} {what}"
    low, high = node.get("minItems"), node.get("maxItems")
    count = f"{low} " if low is not None and low == high else f"{low} or more " if low else ""
    items = node.get("items")
    what = _plural(describe([items])) if isinstance(items, Mapping) else "values"
    return f"a list of {count}{what}"


def _plural(words: str) -> str:
    for singular, plural in (("a whole number", "whole numbers"), ("a number", "numbers"), ("text", "texts")):
        if words.startswith(singular):
            return plural + words.removeprefix(singular)
    return "values"


def _describe_blocks(blocks: Sequence[Node]) -> str:
    if len(blocks) == 1:
        keys = list(blocks[0].get("properties", {}))
        return f"a block with the keys {_some(keys)}" if keys else "a block of names and values"
    kinds = [name for node in blocks for name in _names(node.get("properties", {}).get("kind", {}))]
    if len(kinds) >= len(blocks):
        return f"a block whose kind is one of {_some(kinds)}"
    heads = [node["required"][0] for node in blocks if len(node.get("required", ())) == 1]
    if len(heads) == len(blocks):
        return f"a block with one of the keys {_some(heads)}"
    return "a block of keys"


def _some(names: Iterable[str], limit: int = 14) -> str:
    unique = list(dict.fromkeys(names))
    return ", ".join(unique[:limit]) + (", ..." if len(unique) > limit else "")


def _child(value: Any, part: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
        return value[part]
    return None


def _fitting(nodes: list[Node], value: Any) -> list[Node]:
    """Return the alternatives that a block was meant to be: its constants agree, and they know most of its keys."""
    if not isinstance(value, Mapping):
        return nodes
    blocks = [node for node in nodes if node_kind(node) == "block"]
    if len(blocks) < 2:
        return blocks or nodes
    scores = [_score(node, value) for node in blocks]
    return [node for node, score in zip(blocks, scores, strict=True) if score == max(scores)]


def _score(node: Node, value: Mapping[str, Any]) -> tuple[int, int]:
    properties = node.get("properties", {})
    constants = [key for key in properties if key in value and "const" in properties[key]]
    agree = sum(1 if properties[key]["const"] == value[key] else -1 for key in constants)
    return agree, sum(key in properties for key in value)
