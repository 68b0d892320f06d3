"""What a language model is told of: worlds, their object groups, models, weather presets; bounded in size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthvision.core.builtin import builtin_names, builtin_path
from synthvision.core.errors import Problem
from synthvision.core.yaml_file import load_yaml
from synthvision.library.assets import AssetLibrary

__all__ = ["Catalogue", "World", "read_catalogue"]

_SCENARIOS = "scenarios/"


@dataclass(frozen=True, slots=True)
class World:
    """A scene that a scenario may build on.

    Args:
        name: What `extends` calls it.
        extends: The scene that it builds on itself, or empty.
        description: What it shows.
        groups: What its own object groups hold, by name.
        keys: The keys that it sets at the top.
    """

    name: str
    extends: str
    description: str
    groups: dict[str, str]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that a scenario can be made of.

    Args:
        worlds: Scenes, then scenarios.
        weathers: Presets of the weather.
        models: Name and category of each model.
    """

    worlds: tuple[World, ...]
    weathers: tuple[str, ...]
    models: tuple[tuple[str, str], ...]

    def told(self, most: int) -> str:
        """Return the catalogue as text of at most about so many characters; what is left out is said."""
        parts = [
            "Weather presets: " + ", ".join(self.weathers),
            "Worlds and scenarios (name: what it shows; its object groups):\n"
            + "\n".join(_told_world(world) for world in self.worlds if not world.extends),
            "Models that can be added (category: names): " + _told_models(self.models),
            "Scenarios that ship (name, on which world: what it shows):\n"
            + "\n".join(
                f"- {world.name} ({world.extends}): {world.description}" for world in self.worlds if world.extends
            ),
        ]
        text = ""
        for part in parts:
            room = most - len(text)
            if len(part) > room:
                cut = part[: max(0, room - 40)].rpartition("\n" if "\n" in part[: max(0, room - 40)] else ",")[0]
                return f"{text}{cut}\n(and more that is not listed)\n"
            text += part + "\n\n"
        return text


def read_catalogue(library: AssetLibrary) -> Catalogue:
    """Return what ships with the package and what the library holds; scenes that need other packs are left out.

    Args:
        library: The asset packs that a scenario may use.
    """
    worlds = []
    packs = {pack.name for pack in library.packs}
    for name in builtin_names("scenes"):
        problems: list[Problem] = []
        data = load_yaml(builtin_path("scenes", name), f"scenes/{name}.yaml", problems).data
        if isinstance(data, dict) and _packs_of(data) <= packs:
            worlds.append(_world(name.removeprefix(_SCENARIOS), data))
    models = sorted({(entry.name, entry.category) for entry in library.find(kind="model")})
    return Catalogue(
        tuple(sorted(worlds, key=lambda world: (bool(world.extends), world.name))),
        builtin_names("scenes/weather"),
        tuple(models),
    )


def _world(name: str, data: dict[str, Any]) -> World:
    groups = data.get("objects")
    return World(
        name=name,
        extends=str(data.get("extends") or ""),
        description=" ".join(str(data.get("description") or "").split()),
        groups={
            str(group): _picked(block.get("pick"))
            for group, block in (groups if isinstance(groups, dict) else {}).items()
            if isinstance(block, dict) and "pick" in block
        },
        keys=tuple(map(str, data)),
    )


def _packs_of(node: Any) -> set[str]:
    """Return the packs that the assets of a scene are said to come from."""
    if isinstance(node, dict):
        return set().union(*(_packs_of(value) for key, value in node.items() if key != "description"))
    if isinstance(node, list):
        return set().union(*map(_packs_of, node))
    is_asset = isinstance(node, str) and "/" in node and " " not in node and "*" not in node.partition("/")[0]
    # Strips of a site have a slash too (pavement/left*): the name of a pack stands before at least two further parts.
    return {node.partition("/")[0]} if is_asset and node.count("/") > 1 else set()


def _picked(pick: Any) -> str:
    if isinstance(pick, str):
        return pick
    if isinstance(pick, dict):
        return (
            _picked(pick["any_of"]) if "any_of" in pick else " ".join(f"{pick[key]}" for key in pick if key != "weight")
        )
    if isinstance(pick, list):
        return " or ".join(_picked(each) for each in pick[:4]) + (" ..." if len(pick) > 4 else "")
    return "?"


def _told_world(world: World) -> str:
    groups = ", ".join(f"{name} ({what})" for name, what in world.groups.items())
    light = next((key for key in ("sky", "lighting", "environment") if key in world.keys), "none")
    camera = "one camera" if "camera" in world.keys else "several cameras"
    return f"- {world.name}: {world.description}; groups: {groups}; light by {light}; {camera}"


def _told_models(models: Sequence[tuple[str, str]]) -> str:
    by_category: dict[str, list[str]] = {}
    for name, category in models:
        by_category.setdefault(category, []).append(name)
    return "; ".join(f"{category}: {', '.join(names)}" for category, names in sorted(by_category.items()))
