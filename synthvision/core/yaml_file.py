"""The one door for YAML: line numbers kept, duplicate keys refused, no value that is not what it looks like.

What differs from `yaml.safe_load`, and why:

* ``1e5`` and ``1e-3`` are numbers (YAML 1.1 reads text); ``no``, ``yes``, ``on``, ``off``, ``2024-01-01`` and
  ``12:30`` stay text (YAML 1.1 makes booleans, dates and sexagesimal numbers of them). Only ``true`` and ``false``
  are booleans, only ``null``, ``~`` and nothing at all are null. ``007`` is text, never octal.
* Keys are always text, so a class may be called ``no`` or ``5``.
* A key given twice is an error that names both lines. Tags (``!!python/...``), merge keys (``<<``), several documents
  in one file, and infinite numbers are refused. Aliases (``*name``) work, bounded in the size they expand to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from synthvision.core.errors import ConfigError, Problem

__all__ = ["KeyPath", "YamlDocument", "dotted_path", "dump_yaml", "load_yaml", "parse_yaml", "plain_scalar"]

KeyPath = tuple[str | int, ...]

#: Far above any file a person writes, far below what makes a machine slow.
MAX_BYTES = 16 * 2**20
MAX_NODES = 200_000
MAX_DEPTH = 50
_MAX_DIGITS = 40

# The parser written in C gives the same events ten times as fast; wheels of PyYAML have it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The content of one YAML file and where each part of it stands.

    Args:
        data: Dicts with text keys, lists, text, whole numbers, floats (finite), booleans and None.
        lines: One-based line of every value by key path; a mapping's entry has the line of its key. The root is ``()``.
        name: The file as the user would recognise it.
    """

    data: Any
    lines: Mapping[KeyPath, int]
    name: str

    def line(self, path: KeyPath) -> int | None:
        """Return the line of `path`, or of the nearest part above it that stands in the file."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(path[:length])
            if found is not None:
                return found
        return None

    def problem(self, path: KeyPath, message: str) -> Problem:
        """Return a problem with the value at `path`, with file and line filled in."""
        return Problem(self.name, dotted_path(path), self.line(path), message)


def dotted_path(path: KeyPath) -> str:
    """Return a key path the way messages and ``--set`` write it.

    Example:
        >>> dotted_path(("objects", "bottles", "count", 0))
        'objects.bottles.count.0'
    """
    return ".".join(str(part) for part in path)


def load_yaml(path: Path, name: str | None = None, problems: list[Problem] | None = None) -> YamlDocument:
    """Return the content of a YAML file.

    Args:
        path: The file, in UTF-8.
        name: What messages call it; None for the path as given.
        problems: Where to put faults that leave the rest readable (a key given twice, a tag), so that they can be
            reported together with what else is wrong in the file. None raises them.

    Raises:
        ConfigError: The file is missing, is a folder, is empty, is not UTF-8 or not YAML, or breaks the rules above.
    """
    shown = str(path) if name is None else name
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _failure(shown, None, "there is no such file") from None
    except IsADirectoryError:
        raise _failure(shown, None, "must be a YAML file, got a folder") from None
    except OSError as error:
        raise _failure(shown, None, f"cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise _failure(shown, None, f"must be at most {MAX_BYTES // 2**20} MiB long")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _failure(shown, line, f"must be UTF-8 text, got the byte 0x{raw[error.start]:02x}") from None
    return parse_yaml(text, shown, problems)


def parse_yaml(text: str, name: str, problems: list[Problem] | None = None) -> YamlDocument:
    r"""Return the content of YAML text; see `load_yaml`.

    Raises:
        ConfigError: As `load_yaml`.

    Example:
        >>> document = parse_yaml("colour: no\nsize: [1e3, 2]", "example.yaml")
        >>> document.data
        {'colour': 'no', 'size': [1000.0, 2]}
        >>> document.line(("size", 1))
        2
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _failure(name, None, "must be UTF-8 text, got half of a surrogate pair")
    found: list[Problem] = [] if problems is None else problems
    root = _compose(text, name)
    builder = _Builder(name, found)
    data = builder.build(root, ())
    if problems is None and found:
        raise ConfigError(sorted(found, key=lambda problem: problem.line or 0))
    return YamlDocument(data, builder.lines, name)


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return what an unquoted YAML scalar stands for.

    Raises:
        ValueError: It is an infinite number, or one with too many digits.

    Example:
        >>> [plain_scalar(text) for text in ("1e-3", "no", "007", "0x10", "true", "~")]
        [0.001, 'no', '007', 16, True, None]
    """
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text in _NULLS:
        return None
    if _NOT_FINITE.match(text):
        raise ValueError(f"numbers must be finite, got {text}")
    if _INTEGER.match(text) or _HEXADECIMAL.match(text):
        if len(text) > _MAX_DIGITS:
            raise ValueError(f"numbers have at most {_MAX_DIGITS} digits, got {len(text)}")
        return int(text, 0)
    if _FLOAT.match(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"numbers must be finite, got {text}")
        return number
    return text


def dump_yaml(data: Any) -> str:
    """Return JSON-like data as YAML that `parse_yaml` reads back exactly.

    Args:
        data: Dicts with text keys, lists, tuples, text, finite numbers, booleans and None.
    """
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes whatever text our reader would take for something else, writes short lists on one line, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def text_node(self, text: str) -> yaml.ScalarNode:
        try:
            is_text = isinstance(plain_scalar(text), str)
        except ValueError:
            is_text = False
        style = None if is_text else "'"
        if not text.isprintable():
            style = '"'  # the only one that can escape: a lone U+0085 would come back as a space
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def number_node(self, number: float) -> yaml.ScalarNode:
        # repr is exact, and what it writes is a float to our reader: it holds a point or an exponent.
        return self.represent_scalar("tag:yaml.org,2002:float", repr(number))

    def list_node(self, items: Any) -> yaml.SequenceNode:
        flat = all(item is None or isinstance(item, (str, int, float, bool)) for item in items)
        return self.represent_sequence("tag:yaml.org,2002:seq", list(items), flow_style=flat)


_Dumper.add_representer(str, _Dumper.text_node)
_Dumper.add_representer(float, _Dumper.number_node)
_Dumper.add_representer(list, _Dumper.list_node)
_Dumper.add_representer(tuple, _Dumper.list_node)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


@dataclass(slots=True)
class _Node:
    """One value of the file before it becomes data; `size` counts it and everything in it, aliases expanded."""

    line: int
    tag: str | None = None
    scalar: str | None = None
    plain: bool = False
    items: list[_Node] = field(default_factory=list)
    is_mapping: bool = False
    size: int = 1
    height: int = 1

    def add(self, child: _Node) -> None:
        self.items.append(child)
        self.size += child.size
        self.height = max(self.height, child.height + 1)


def _compose(text: str, name: str) -> _Node:
    """Return the root node, made from parser events with an explicit stack: deep input cannot exhaust the stack."""
    documents: list[_Node] = []
    stack: list[_Node] = []
    anchors: dict[str, _Node | None] = {}
    for event in _events(text, name):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and documents:
            raise _failure(name, line, "must hold one YAML document, got a second one ('---')")
        if isinstance(event, yaml.AliasEvent):
            node = _target(anchors, str(event.anchor), name, line)
        elif isinstance(event, yaml.ScalarEvent):
            node = _Node(line, _explicit(event.tag), event.value, plain=event.implicit[0])
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(stack) >= MAX_DEPTH:
                raise _failure(name, line, f"must be nested at most {MAX_DEPTH} deep")
            stack.append(_Node(line, _explicit(event.tag), is_mapping=isinstance(event, yaml.MappingStartEvent)))
            if event.anchor:
                anchors[event.anchor] = None  # open: an alias to it from inside would be endless
            stack[-1].scalar = event.anchor
            continue
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            node = stack.pop()
            if node.scalar:
                anchors[node.scalar] = node
            node.scalar = None
        else:
            continue
        if isinstance(event, yaml.ScalarEvent) and event.anchor:
            anchors[event.anchor] = node
        if not stack:
            documents.append(node)
            continue
        stack[-1].add(node)
        if stack[-1].size > MAX_NODES:
            raise _failure(name, line, f"must hold at most {MAX_NODES:,} values with all aliases expanded")
        if stack[-1].height > MAX_DEPTH:
            raise _failure(name, line, f"must be nested at most {MAX_DEPTH} deep with all aliases expanded")
    if not documents:
        raise _failure(name, None, "is empty")
    return documents[0]


def _target(anchors: Mapping[str, _Node | None], anchor: str, name: str, line: int) -> _Node:
    if anchor not in anchors:
        raise _failure(name, line, f"the alias *{anchor} has no anchor &{anchor} above it")
    node = anchors[anchor]
    if node is None:
        raise _failure(name, line, f"the alias *{anchor} stands inside what it stands for")
    return node


def _explicit(tag: str | None) -> str | None:
    return tag if tag not in (None, "!") else None


def _events(text: str, name: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise _failure(name, line, f"must be valid YAML: {_syntax_hint(text, error, line)}") from None
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        line = text.count("\n", 0, position) + 1
        code = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
        raise _failure(name, line, f"must be valid YAML: the character U+{code:04X} is not allowed") from None


def _syntax_hint(text: str, error: yaml.MarkedYAMLError, line: int | None) -> str:
    lines = text.splitlines()
    shown = lines[line - 1] if line is not None and line <= len(lines) else ""
    if "\t" in shown[: len(shown) - len(shown.lstrip())] or "'\\t'" in (error.problem or ""):
        return "indent with spaces, got a tab"
    problem = error.problem or "it cannot be read"
    if "cannot start any token" in problem and error.problem_mark is not None:
        column = error.problem_mark.column
        return f"unquoted text cannot start with {shown[column : column + 1]!r}; put it in quotes"
    if "mapping values are not allowed" in problem:
        problem += " (quote text that holds ': ', and indent the keys of a block alike)"
    return f"{problem} ({error.context})" if error.context else problem


class _Builder:
    """Turns nodes into data, noting the line of every key path."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._name = name
        self._problems = problems

    def build(self, node: _Node, path: KeyPath, line: int | None = None) -> Any:
        self.lines[path] = node.line if line is None else line
        if node.tag is not None:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self._report(path, node.line, f"tags are not supported, got {tag}; quote what is meant as text")
        if node.is_mapping:
            return self._mapping(node, path)
        if node.scalar is not None:
            return self._scalar(node, path)
        return [self.build(item, (*path, index)) for index, item in enumerate(node.items)]

    def _mapping(self, node: _Node, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in zip(node.items[::2], node.items[1::2], strict=True):
            if not key.scalar:
                got = "a list or a block" if key.scalar is None else "nothing"
                self._report(path, key.line, f"a key must be text, got {got}")
                continue
            if key.scalar == "<<" and key.plain:
                self._report((*path, "<<"), key.line, "merge keys are not supported; write the keys out")
                continue
            here = (*path, key.scalar)
            if key.scalar in data:
                self._report(here, key.line, f"key given twice, first on line {self.lines[here]}; remove one")
                continue
            data[key.scalar] = self.build(value, here, key.line)
        return data

    def _scalar(self, node: _Node, path: KeyPath) -> str | int | float | bool | None:
        text = node.scalar or ""
        if not node.plain:
            return text
        try:
            return plain_scalar(text)
        except ValueError as error:
            self._report(path, node.line, str(error))
            return 0

    def _report(self, path: KeyPath, line: int, message: str) -> None:
        self._problems.append(Problem(self._name, dotted_path(path), line, message))


def _failure(name: str, line: int | None, message: str) -> ConfigError:
    return ConfigError([Problem(name, "", line, message)])
