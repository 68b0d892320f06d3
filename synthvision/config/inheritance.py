"""Scene files that build on another one: ``extends: street``, and below it only what differs.

Blocks are merged key by key; lists and single values replace; null takes a key away. Where a key may hold blocks of
several kinds (a placement, a light, a distribution), a block of another kind replaces the whole: what the one kind
knows means nothing to the other; and a new `pick` takes the `params` and `materials` of what was picked before with
it. Every value keeps the place where it was written.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthvision.config.problems import nearest_hint, show_value
from synthvision.config.schema_walk import Node, SchemaWalk, node_kind
from synthvision.config.sources import Origin
from synthvision.core.errors import ConfigError, Problem
from synthvision.core.yaml_file import KeyPath, YamlDocument, dotted_path, load_yaml

__all__ = ["EXTENDS", "SceneParts", "merged_scene", "read_scene"]

EXTENDS = "extends"

#: Finds the file of a scene that another one names: (name, folder of the one that names it) to (path, shown name).
#: Raises ValueError where there is none.
FindScene = Callable[[str, Path], tuple[Path, str]]

_CAMERA, _CAMERAS = "camera", "cameras"
#: Blocks whose keys are ways to say one thing: two of them cannot be put together.
_WHOLE = frozenset({"pick"})
#: What belongs to the assets that were picked, and goes with them.
_OF_PICKED = ("params", "materials")


@dataclass(frozen=True, slots=True)
class SceneParts:
    """A scene put together from several files.

    Args:
        data: The scene as JSON-like data, without ``extends``.
        origins: Where its parts were written: key paths and places, the later ones inside the earlier ones.
    """

    data: dict[str, Any]
    origins: tuple[tuple[KeyPath, Origin], ...]


def read_scene(name: str, folder: Path, find: FindScene, walk: SchemaWalk, problems: list[Problem]) -> SceneParts:
    """Return the scene that a name stands for, with everything that it builds on.

    Args:
        name: Name of a built-in scene, or of a file.
        folder: Where files are looked for.
        find: Finds scene files.
        walk: Schema of the job; the scene's keys lie below ``scene``.
        problems: Gets faults that leave the rest readable.

    Raises:
        ValueError: There is no scene of that name.
        ConfigError: A file cannot be read, is no scene, or builds on itself or on something that is not there.
    """
    path, shown = find(name, folder)
    return _read(path, shown, find, walk, problems, ())


def merged_scene(
    own: Mapping[str, Any], origin: Origin, folder: Path, find: FindScene, walk: SchemaWalk, problems: list[Problem],
    chain: tuple[Path, ...] = (),
) -> SceneParts:  # fmt: skip
    """Return a scene with what it builds on under it.

    Args:
        own: The scene as it was written; returned as it is where it has no ``extends``.
        origin: Where that was.
        folder: Where files that it names are looked for.
        find: Finds scene files.
        walk: Schema of the job.
        problems: Gets faults that leave the rest readable.
        chain: Files that build on this one.

    Raises:
        ConfigError: What it builds on cannot be read.
    """
    rest = {key: value for key, value in own.items() if key != EXTENDS}
    if EXTENDS not in own:
        return _written_out(rest, origin)
    base_name = own[EXTENDS]

    def refuse(message: str) -> ConfigError:
        return ConfigError([_problem(origin, (EXTENDS,), message)])

    if not isinstance(base_name, str):
        raise refuse(f"must be the name of a scene, or a file beside this one, got {show_value(base_name)}")
    try:
        path, shown = find(base_name, folder)
    except ValueError as error:
        raise refuse(str(error)) from None
    if path in chain:
        way = " -> ".join(each.stem for each in (*chain[chain.index(path) :], path))
        raise refuse(f"must not lead back to itself, got {way}; take one of them out")
    base = _read(path, shown, find, walk, problems, chain)
    merge = _Merge(walk, base, origin, problems)
    merge.put(rest)
    return SceneParts(merge.data, tuple(merge.origins))


def _written_out(scene: dict[str, Any], origin: Origin) -> SceneParts:
    """Return a scene whose ``camera: {..}``, short for a list of one, is that list."""
    if _CAMERA not in scene or _CAMERAS in scene:
        return SceneParts(scene, (((), origin),))
    camera = Origin(origin.name, origin.document, (*origin.base, _CAMERA))
    scene = {**scene, _CAMERAS: [scene[_CAMERA]]}
    del scene[_CAMERA]
    return SceneParts(scene, (((), origin), ((_CAMERAS, 0), camera)))


def _read(
    path: Path, shown: str, find: FindScene, walk: SchemaWalk, problems: list[Problem], chain: tuple[Path, ...]
) -> SceneParts:
    document = load_yaml(path, shown, problems)
    if not isinstance(document.data, dict):
        got = show_value(document.data)
        raise ConfigError([document.problem((), f"must be a scene: a block of keys, got {got}")])
    origin = Origin(shown, document)
    return merged_scene(document.data, origin, path.parent, find, walk, problems, (*chain, path))


class _Merge:
    """One scene on its way over another."""

    def __init__(self, walk: SchemaWalk, base: SceneParts, origin: Origin, problems: list[Problem]) -> None:
        self.data = copy.deepcopy(base.data)
        self.origins = list(base.origins)
        self._walk = walk
        self._origin = origin
        self._problems = problems

    def put(self, own: Mapping[str, Any]) -> None:
        if _CAMERA in own and _CAMERAS in self.data:
            self._with_single_camera()
        self._merge(self.data, own, (), ())
        self._write_out_camera()

    def _with_single_camera(self) -> None:
        """Let ``camera`` lie over a list of one camera; a longer list goes."""
        cameras = self.data.pop(_CAMERAS)
        if isinstance(cameras, list) and len(cameras) == 1:
            self.data[_CAMERA] = cameras[0]
            self._rename((_CAMERAS, 0), (_CAMERA,))

    def _write_out_camera(self) -> None:
        if _CAMERA in self.data and _CAMERAS not in self.data:
            self.data[_CAMERAS] = [self.data.pop(_CAMERA)]
            self._rename((_CAMERA,), (_CAMERAS, 0))

    def _rename(self, old: KeyPath, new: KeyPath) -> None:
        """State that the data at a key path lies at another one now."""
        whole = self._origin_of(old)
        parts = [(path, origin) for path, origin in self.origins if path[: len(old)] == old and path != old]
        self.origins = [(path, origin) for path, origin in self.origins if path[: len(old)] != old]
        self.origins.append((new, whole))
        self.origins += [((*new, *path[len(old) :]), origin) for path, origin in parts]

    def _origin_of(self, path: KeyPath) -> Origin:
        known, origin = max(
            ((known, origin) for known, origin in self.origins if path[: len(known)] == known),
            key=lambda item: len(item[0]),
        )
        return Origin(origin.name, origin.document, (*origin.base, *path[len(known) :]))

    def _merge(self, under: dict[str, Any], over: Mapping[str, Any], path: KeyPath, schema: KeyPath) -> None:
        if over.get("pick") is not None:
            for key in _OF_PICKED:
                under.pop(key, None)
        for key, value in over.items():
            here = (*path, key)
            if value is None:
                self._take_away(under, key, here)
                continue
            below = _schema_path(here)
            if isinstance(value, dict) and isinstance(under.get(key), dict) and self._same(under[key], value, below):
                self._merge(under[key], value, here, below)
                continue
            under[key] = copy.deepcopy(value)
            self._state(here)

    def _take_away(self, under: dict[str, Any], key: str, path: KeyPath) -> None:
        if key in under:
            del under[key]
            return
        hint = nearest_hint(key, [*map(str, under)])
        message = f"null takes a key away, but what this scene builds on has no {dotted_path(path)}{hint}"
        self._problems.append(_problem(self._origin, path, message))

    def _state(self, path: KeyPath) -> None:
        self.origins = [(known, origin) for known, origin in self.origins if known[: len(path)] != path]
        origin = self._origin
        self.origins.append((path, Origin(origin.name, origin.document, (*origin.base, *path))))

    def _same(self, under: Mapping[str, Any], over: Mapping[str, Any], path: KeyPath) -> bool:
        """Return whether two blocks are of the same kind, so that one can be put over the other key by key."""
        if path[-1] in _WHOLE:
            return False
        scene = {**self.data, _CAMERAS: [self.data[_CAMERA]]} if _CAMERA in self.data else self.data
        blocks = [node for node in self._walk.at(("scene", *path), {"scene": scene}) if node_kind(node) == "block"]
        if len(blocks) < 2:
            return True
        if not all("kind" in node.get("properties", {}) for node in blocks):
            return False
        default = _default_kind(blocks)
        return "kind" not in over or over["kind"] == under.get("kind", default)


def _default_kind(blocks: list[Node]) -> Any:
    """Return the kind of a block that states none: the one alternative that has a default for it."""
    named = [node["properties"]["kind"]["default"] for node in blocks if "default" in node["properties"]["kind"]]
    return named[0] if named else None


def _schema_path(path: KeyPath) -> KeyPath:
    return (_CAMERAS, 0, *path[1:]) if path[:1] == (_CAMERA,) else path


def _problem(origin: Origin, path: KeyPath, message: str) -> Problem:
    document: YamlDocument | None = origin.document
    if document is None:
        return Problem(origin.name, dotted_path(path), None, message)
    return document.problem((*origin.base, *path), message)
