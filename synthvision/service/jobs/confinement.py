"""A submitted job may name built-in scenes and asset packs, and no file: it has none beside it on the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthvision.core.errors import Problem
from synthvision.core.yaml_file import KeyPath, YamlDocument

__all__ = ["file_faults", "override_faults"]

_SCENE_FILE = "must be the name of a built-in scene, or the scene itself: a submitted job has no files beside it"
_PLAN_FILE = "must be the plan itself: a submitted job has no files beside it"
_ROOTS = "must be empty: the service finds packs by name; upload yours, then name it under packs"


def file_faults(document: YamlDocument) -> list[Problem]:
    """Return a problem for every place where a submitted job names a file.

    Args:
        document: The job.
    """
    return [document.problem(path, message) for path, message in _faults(document.data)]


def override_faults(key: str, value: Any, label: str) -> list[Problem]:
    """Return a problem for every file that a change to a job names.

    Args:
        key: Dotted key path.
        value: What is put there.
        label: What messages call the change.
    """
    parts = key.split(".")
    if parts[0] == "extends":
        parts = ["scene", *parts]
    data: Any = value
    for part in reversed(parts):
        data = {part: data}
    return [Problem(label, ".".join(map(str, path)), None, message) for path, message in _faults(data)]


def _faults(data: Any) -> Iterator[tuple[KeyPath, str]]:
    if not isinstance(data, dict):
        return  # the loader says what a job must be
    scene = data.get("scene")
    if isinstance(scene, dict):
        for key in ("file", "extends"):
            if _is_file(scene.get(key)):
                yield ("scene", key), _SCENE_FILE
    elif _is_file(scene):
        yield ("scene",), _SCENE_FILE
    if isinstance(data.get("plan"), str):
        yield ("plan",), _PLAN_FILE
    assets = data.get("assets")
    if isinstance(assets, dict) and assets.get("roots") not in (None, []):
        yield ("assets", "roots"), _ROOTS


def _is_file(name: Any) -> bool:
    return isinstance(name, str) and (name.endswith((".yaml", ".yml")) or "\\" in name or ".." in name)
