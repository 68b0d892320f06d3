"""The scenarios that ship: scene files below ``scenes/scenarios``, each a rare case on top of a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from synthvision.core.builtin import BuiltinKind, builtin_names, builtin_path
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
        job: A built-in job whose classes suit: one that renders the world; None where there is none.
    """

    name: str
    extends: str
    description: str
    job: str | None = None


def builtin_scenarios() -> tuple[Scenario, ...]:
    """Return the built-in scenarios by name.

    Raises:
        ConfigError: One of their files, or a job, is no YAML.
    """
    jobs = _jobs_by_scene()
    found = []
    for name in builtin_names("scenes"):
        if not name.startswith(_FOLDER):
            continue
        keys = _keys("scenes", name)
        world = str(keys.get("extends", ""))
        found.append(Scenario(name.removeprefix(_FOLDER), world, str(keys.get("description", "")), jobs.get(world)))
    return tuple(found)


def _jobs_by_scene() -> dict[str, str]:
    """Return for each scene the built-in job that renders it, one of the same name first."""
    jobs: dict[str, str] = {}
    for name in builtin_names("render_configs"):
        scene = _keys("render_configs", name).get("scene")
        if isinstance(scene, str) and (scene not in jobs or name == scene):
            jobs[scene] = name
    return jobs


def _keys(kind: BuiltinKind, name: str) -> dict[str, Any]:
    problems: list[Problem] = []
    data = load_yaml(builtin_path(kind, name), f"{kind}/{name}.yaml", problems).data
    return data if isinstance(data, dict) else {}
