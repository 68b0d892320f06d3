"""Reads the settings of a command: a YAML file of one block of keys, and changes to it by key path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from synthvision.config.overrides import AnyOverride, BadPathError, place_value, read_overrides
from synthvision.config.problems import show_value
from synthvision.config.sources import Origin, Sources
from synthvision.config.validation import validated, walk_of
from synthvision.core.errors import ConfigError, Problem
from synthvision.core.yaml_file import load_yaml
from synthvision.realism.config import RealismSpec

__all__ = ["load_realism", "load_settings"]

AnyModel = TypeVar("AnyModel", bound=BaseModel)


def load_realism(path: Path) -> RealismSpec:
    """Return the realism section that a YAML file holds.

    Raises:
        ConfigError: The file is missing, is no YAML, or a value is wrong; every fault is listed with its line.
    """
    return load_settings(RealismSpec, path)


def load_settings(model: type[AnyModel], path: Path | None, changes: Sequence[AnyOverride] = ()) -> AnyModel:
    """Return the settings that a YAML file holds, with changes by key path.

    Args:
        model: What the settings are.
        path: The file; None for the defaults.
        changes: As those of `load_job`; they win over the file.

    Raises:
        ConfigError: The file is missing, is no YAML, or a value is wrong; every fault is listed with its line.
        UsageError: A change is not written as KEY=VALUE.
    """
    problems: list[Problem] = []
    data: Any = {}
    sources = Sources("settings")
    if path is not None:
        document = load_yaml(path, str(path), problems)
        sources = Sources(str(path))
        sources.set((), Origin(str(path), document))
        data = document.data
        if not isinstance(data, dict):
            got = show_value(data)
            raise ConfigError([document.problem((), f"must be a block of keys, got {got}")])
    for change in read_overrides(changes, problems):
        try:
            sources.set(place_value(data, change.key, change.value, walk_of(model)), Origin(change.label))
        except BadPathError as error:
            problems.append(Problem(change.label, ".".join(map(str, error.path)), None, str(error)))
    found = validated(model, data, sources, problems)
    if found is None or problems:
        raise ConfigError(sources.sorted(problems))
    return found
