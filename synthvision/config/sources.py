"""Remembers where each part of a job's data came from: the job file, the scene file, or an option.

A job is read from several places before it is checked as one. A problem that the check finds is reported where the
user wrote the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from synthvision.core.errors import Problem
from synthvision.core.yaml_file import KeyPath, YamlDocument, dotted_path

__all__ = ["Origin", "Sources"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of the data was written.

    Args:
        name: A file, or an option such as ``--set frames=3``.
        document: The file's content, or None for an option.
        base: Key path of the part inside the document.
    """

    name: str
    document: YamlDocument | None = None
    base: KeyPath = ()


class Sources:
    """Maps key paths of the assembled data to the places they were written at.

    Args:
        name: What to call the place of anything that no origin was set for.
    """

    def __init__(self, name: str) -> None:
        self._default = Origin(name)
        self._origins: dict[KeyPath, Origin] = {}
        self._order: list[str] = [name]

    def set(self, path: KeyPath, origin: Origin) -> None:
        """State that the data at and below `path` was written at `origin`; what was said of it before is forgotten."""
        for known in [known for known in self._origins if known[: len(path)] == path]:
            del self._origins[known]
        self._origins[path] = origin
        if origin.name not in self._order:
            self._order.append(origin.name)

    def origin(self, path: KeyPath) -> Origin:
        """Return where the value at `path` of the assembled data was written."""
        for length in range(len(path), -1, -1):
            found = self._origins.get(path[:length])
            if found is not None:
                return replace(found, base=(*found.base, *path[length:]))
        return replace(self._default, base=path)

    def holds(self, path: KeyPath) -> bool:
        """Return whether a file has a value at exactly this key path."""
        origin = self.origin(path)
        return origin.document is not None and origin.base in origin.document.lines

    def problem(self, path: KeyPath, message: str) -> Problem:
        """Return a problem with the value at `path` of the assembled data, named where the user wrote it."""
        origin = self.origin(path)
        if origin.document is None:
            return Problem(origin.name, dotted_path(path), None, message)
        return origin.document.problem(origin.base, message)

    def sorted(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return problems file by file in the order of reading, by line inside a file, one for each place.

        Of several problems with one value the first is kept: what reading refused is no value to check.
        """
        rank = {name: index for index, name in enumerate(self._order)}
        unique: dict[tuple[str, int | None, str, str], Problem] = {}
        for problem in problems:
            place = (problem.file, problem.line, problem.key_path, "" if problem.key_path else problem.message)
            unique.setdefault(place, problem)
        return sorted(unique.values(), key=lambda problem: (rank.get(problem.file, len(rank)), problem.line or 0))
