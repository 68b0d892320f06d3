"""Reads a job: its file, the scene it names, and the changes asked for, checked together before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from synthvision.config.inheritance import EXTENDS, SceneParts, merged_scene, read_scene
from synthvision.config.model import Job, relative_path
from synthvision.config.overrides import AnyOverride, BadPathError, Override, place_value, read_overrides
from synthvision.config.problems import nearest_hint, show_value
from synthvision.config.sources import Origin, Sources
from synthvision.config.validation import validated, walk_of
from synthvision.core.builtin import builtin_names, builtin_path
from synthvision.core.errors import ConfigError, Problem
from synthvision.core.yaml_file import KeyPath, YamlDocument, dotted_path, load_yaml
from synthvision.sampling.config import SceneSpec

__all__ = ["Job", "Override", "check_scene", "find_job", "load_job"]

_SCENE: KeyPath = ("scene",)
_PLAN: KeyPath = ("plan",)
_SCENE_KEYS = frozenset({*SceneSpec.model_fields, "camera"})
#: Built-in scenes of this folder need no folder before their names.
_SCENARIOS = "scenarios/"


def load_job(path_or_name: str | Path, overrides: Sequence[AnyOverride] = ()) -> Job:
    """Return a checked job.

    Args:
        path_or_name: A job file, or the name of a built-in job such as ``quickstart``.
        overrides: Changes by key path, the later ones winning: ``"objects.bottles.count=3"`` (the value is read as
            YAML; keys of the scene may have ``scene.`` before them), or a pair of key path and value.

    Raises:
        ConfigError: A file or an override is wrong. Every fault of all files is listed, each with file, line, key
            path, value, what is allowed and the nearest name.
        UsageError: There is no built-in job of that name, or an override is not KEY=VALUE.

    Example:
        >>> load_job("quickstart", ["frames=4"]).frames
        4
    """
    path, shown = find_job(path_or_name)
    return _Loading(path, shown, overrides).job()


def find_job(path_or_name: str | Path) -> tuple[Path, str]:
    """Return the path of a job file and what messages call it.

    Args:
        path_or_name: A path, or the name of a built-in job.

    Raises:
        ConfigError: It looks like a path and there is no such file.
        UsageError: It looks like a name and there is no such built-in job.
    """
    path = Path(path_or_name)
    looks_like_path = path.suffix in (".yaml", ".yml") or len(path.parts) > 1 or isinstance(path_or_name, Path)
    if path.is_file() or (looks_like_path and path.exists()):
        return path, str(path_or_name)
    if not looks_like_path:
        found = builtin_path("render_configs", str(path_or_name))
        return found, f"render_configs/{found.name}"
    hint = _nearest_file(path)
    raise ConfigError([Problem(str(path_or_name), "", None, f"there is no such file{hint}")])


def check_scene(document: YamlDocument, folder: Path) -> SceneSpec:
    """Return the checked scene that a scene file holds, with what it builds on.

    Args:
        document: The file's content.
        folder: Where files that it names lie.

    Raises:
        ConfigError: Any fault, all of them listed, with key paths of the scene.
    """
    problems: list[Problem] = []
    sources = Sources(document.name)
    if not isinstance(document.data, dict):
        got = show_value(document.data)
        raise ConfigError([document.problem((), f"must be a scene: a block of keys, got {got}")])
    parts = merged_scene(document.data, Origin(document.name, document), folder, _find_scene, walk_of(Job), problems)
    for below, origin in parts.origins:
        sources.set(below, origin)
    spec = validated(SceneSpec, parts.data, sources, problems)
    if spec is None or problems:
        raise ConfigError(sources.sorted(problems))
    return spec


def _nearest_file(path: Path) -> str:
    folder = path.parent
    names = sorted(item.name for item in folder.glob("*.y*ml")) if folder.is_dir() else []
    near = nearest_hint(path.name, names)
    if near:
        return near
    built_in = nearest_hint(path.stem, builtin_names("render_configs"))
    return f"{built_in.removesuffix('?')} (built in)?" if built_in else ""


class _Loading:
    """One job on its way from files to a model; collects faults instead of stopping at the first."""

    def __init__(self, path: Path, shown: str, overrides: Iterable[AnyOverride]) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._skip: list[KeyPath] = []
        self._document = load_yaml(path, shown, self._problems)
        self._sources = Sources(shown)
        self._sources.set((), Origin(shown, self._document))
        self._data: Any = self._document.data
        self._overrides = read_overrides(overrides, self._problems)

    def job(self) -> Job:
        if isinstance(self._data, dict):
            for override in self._overrides:
                if override.key == "scene":
                    self._data["scene"] = override.value
                    self._sources.set(_SCENE, Origin(override.label))
                if override.key == "plan":
                    self._data["plan"] = override.value
                    self._sources.set(_PLAN, Origin(override.label))
            self._resolve_scene()
            self._resolve_plan()
            for override in self._overrides:
                if override.key not in ("scene", "plan"):
                    self._place(override)
        return Job.from_sources(
            self._data,
            self._sources,
            folder=self._path.parent,
            name=self._path.stem,
            problems=self._problems,
            skip=tuple(self._skip),
        )

    def _resolve_scene(self) -> None:
        """Replace the name of a scene by the scene."""
        scene = self._data.get("scene")
        if isinstance(scene, str):
            self._take_scene(scene, _SCENE)
        elif isinstance(scene, dict) and ("file" in scene or "set" in scene):
            self._take_changed_scene(scene)
        elif scene is not None and not isinstance(scene, dict):
            expected = "must be the name of a scene, {file: .., set: {..}}, or the scene itself"
            self._refuse(_SCENE, f"{expected}, got {show_value(scene)}")
        elif isinstance(scene, dict) and EXTENDS in scene:
            self._take_extended_scene(scene)
        else:
            self._write_out_camera()

    def _resolve_plan(self) -> None:
        """Replace the name of a plan file by the plan."""
        name = self._data.get("plan")
        if not isinstance(name, str):
            return
        # What an option names is looked for where the command runs, as every file of a command line is.
        from_option = self._sources.origin(_PLAN).document is None
        try:
            file = Path(name) if from_option else self._path.parent / relative_path(name)
            if not file.is_file():
                raise ValueError(f"there is no file {file}; synthvision scenario plan writes one")
            document = load_yaml(file, str(file), self._problems)
        except ValueError as error:
            self._refuse(_PLAN, str(error))
        except ConfigError as error:
            self._problems += error.problems
            self._skip.append(_PLAN)
        else:
            self._data["plan"] = document.data
            self._sources.set(_PLAN, Origin(str(file), document))

    def _write_out_camera(self) -> None:
        """Turn the short form ``camera: {..}`` into the list that the model holds, so that key paths agree."""
        scene = self._data.get("scene")
        if isinstance(scene, dict) and "camera" in scene and "cameras" not in scene:
            origin = self._sources.origin((*_SCENE, "camera"))
            scene["cameras"] = [scene.pop("camera")]
            self._sources.set((*_SCENE, "cameras", 0), origin)

    def _take_changed_scene(self, scene: dict[str, Any]) -> None:
        name, changes = scene.get("file"), scene.get("set", {})
        before = len(self._problems)
        for key in scene:
            if key not in ("file", "set"):
                self._refuse((*_SCENE, key), f"there is no such key beside file{nearest_hint(key, ['file', 'set'])}")
        if not isinstance(name, str):
            problem = "is missing; which scene to change" if name is None else f"must be text, got {show_value(name)}"
            self._refuse((*_SCENE, "file"), problem)
        if not isinstance(changes, dict):
            self._refuse((*_SCENE, "set"), f"must be a block of key paths and values, got {show_value(changes)}")
        if len(self._problems) > before or not isinstance(name, str):
            self._skip.append(_SCENE)
            return
        origin = self._sources.origin((*_SCENE, "file"))
        if not self._take_scene(name, (*_SCENE, "file")):
            return
        for key, value in changes.items():
            at = Origin(origin.name, origin.document, (*origin.base[:-1], "set", key)) if origin.document else origin
            self._place(Override(key, value, origin.name), start=_SCENE, origin=at)

    def _take_scene(self, name: str, path: KeyPath) -> bool:
        """Load a scene into the data; return whether that worked."""
        try:
            parts = read_scene(name, self._path.parent, _find_scene, walk_of(Job), self._problems)
        except ValueError as error:
            self._refuse(path, str(error))
        except ConfigError as error:
            self._problems += error.problems
        else:
            self._take_parts(parts)
            return True
        self._skip.append(_SCENE)
        return False

    def _take_extended_scene(self, scene: dict[str, Any]) -> None:
        """Put a scene that the job itself holds over the one that it builds on."""
        origin = self._sources.origin(_SCENE)
        try:
            parts = merged_scene(scene, origin, self._path.parent, _find_scene, walk_of(Job), self._problems)
        except ConfigError as error:
            self._problems += error.problems
            self._skip.append(_SCENE)
        else:
            self._take_parts(parts)

    def _take_parts(self, parts: SceneParts) -> None:
        self._data["scene"] = parts.data
        for below, origin in parts.origins:
            self._sources.set((*_SCENE, *below), origin)
        self._write_out_camera()

    def _place(self, override: Override, start: KeyPath = (), origin: Origin | None = None) -> None:
        """Put the value of an override where its key path leads; `start` is given for those of the scene's ``set``."""
        key = override.key
        if not start:
            start, key = _route(key)
        if start and not isinstance(self._data.get("scene"), dict):
            return  # what is wrong with the scene is reported already
        if start:
            key = self._camera_key(key)
        place = origin or Origin(override.label)
        try:
            path = place_value(self._data, key, override.value, walk_of(Job), start)
        except BadPathError as error:
            self._problems.append(_bad_path(error, key, start, place))
        else:
            self._sources.set(path, place)

    def _camera_key(self, key: str) -> str:
        """Return the key path below the scene with ``camera``, short for its only camera, written out."""
        head, _, rest = key.partition(".")
        if head != "camera":
            return key
        cameras = self._data["scene"].setdefault("cameras", [{}])
        if not isinstance(cameras, list) or len(cameras) != 1:
            return key
        return f"cameras.0.{rest}" if rest else "cameras.0"

    def _refuse(self, path: KeyPath, message: str) -> None:
        self._problems.append(self._sources.problem(path, message))
        self._skip.append(path)


def _find_scene(name: str, folder: Path) -> tuple[Path, str]:
    """Return the file of a scene and what messages call it.

    Args:
        name: Of a built-in scene or scenario, or a file.
        folder: Where files are looked for.

    Raises:
        ValueError: There is none.
    """
    if not name.endswith((".yaml", ".yml")):
        names = builtin_names("scenes")
        for known in (name, _SCENARIOS + name):
            if known in names:
                return builtin_path("scenes", known), f"scenes/{known}.yaml"
        beside = f"{name}.yaml"
        if (folder / beside).is_file():
            raise ValueError(f"there is no built-in scene '{name}'; for the file beside the job write {beside}")
        short = [known.removeprefix(_SCENARIOS) for known in names]
        raise ValueError(
            f"there is no built-in scene '{name}'{nearest_hint(name, short)} (there are: {', '.join(short)}; "
            "a file beside the job ends in .yaml)"
        )
    relative_path(name)
    file = folder / name
    if not file.is_file():
        others = sorted(item.name for item in file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
        raise ValueError(f"there is no file {file}{nearest_hint(file.name, others)}")
    return file, str(file)


def _route(key: str) -> tuple[KeyPath, str]:
    """Return the block that a key path starts from, and the path below it.

    A key of the scene needs no ``scene.`` before it: job and scene have no key in common.
    """
    head, dot, rest = key.partition(".")
    if head == "scene" and dot:
        return _SCENE, rest
    return (_SCENE, key) if head not in Job.model_fields and head in _SCENE_KEYS else ((), key)


def _bad_path(error: BadPathError, key: str, start: KeyPath, place: Origin) -> Problem:
    wrong = dotted_path(error.path[len(start) :])
    if place.document is not None:
        message = str(error) if wrong == key else f"{wrong}: {error}"
        return place.document.problem(place.base, message)
    if len(error.path) == 1 and wrong not in Job.model_fields:
        hint = nearest_hint(wrong, [*Job.model_fields, *_SCENE_KEYS])
        of_scene = ", ".join(sorted(_SCENE_KEYS))
        known = f"{', '.join(sorted(Job.model_fields))}, and of the scene: {of_scene}"
        return Problem(place.name, wrong, None, f"there is no such key{hint} (there are: {known})")
    return Problem(place.name, dotted_path(error.path), None, str(error))
