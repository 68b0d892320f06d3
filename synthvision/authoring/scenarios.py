"""The scenarios that ship: scene files below ``scenes/scenarios``, each a rare case on top of a world."""

from __future__ import annotations

from dataclasses import dataclass

from synthvision.core.builtin import builtin_names, builtin_path
from synthvision.core.errors import Problem
from synthvision.core.yaml_file import load_yaml

__all__ = ["Scenario", "builtin_scenarios"]

_FOLDER = "scenarios/"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario.

    Args:
        name: What a job calls it.
        extends: The world that it changes.
        description: What it shows.
    """

    name: str
    extends: str
    description: str


def builtin_scenarios() -> tuple[Scenario, ...]:
    """Return the built-in scenarios by name.

    Raises:
        ConfigError: One of their files is no YAML.
    """
    found = []
    for name in builtin_names("scenes"):
        if not name.startswith(_FOLDER):
            continue
        problems: list[Problem] = []
        data = load_yaml(builtin_path("scenes", name), f"scenes/{name}.yaml", problems).data
        keys = data if isinstance(data, dict) else {}
        short = name.removeprefix(_FOLDER)
        found.append(Scenario(short, str(keys.get("extends", "")), str(keys.get("description", ""))))
    return tuple(found)
