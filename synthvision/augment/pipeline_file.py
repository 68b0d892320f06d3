"""A pipeline from YAML: names of transforms and plain values, checked against the installed albumentations.

::

    transforms:
      - HorizontalFlip: {p: 0.5}
      - RandomCrop: {height: 384, width: 512, p: 1.0}
      - OneOf:
          p: 0.3
          transforms:
            - GaussNoise: {std_range: [0.02, 0.06]}
            - MotionBlur

A file that ``albumentations.save(..., data_format="yaml")`` wrote is read too.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthvision.augment.catalogue import (
    CONTAINERS,
    FIXED_ARGUMENTS,
    HOLES,
    LABEL_FREE_VALUES,
    REFUSED,
    TRANSFORMS,
    geometry_of,
)
from synthvision.augment.extra import load_albumentations
from synthvision.core.errors import ConfigError, Problem, nearest_name
from synthvision.core.yaml_file import KeyPath, YamlDocument, load_yaml, parse_yaml
from synthvision.dataset.augmentation import Geometry

__all__ = ["PipelineSpec", "Step", "load_pipeline", "parse_pipeline"]

_CLASS = "__class_fullname__"
# What albumentations writes of a whole pipeline and this program decides itself.
_OWN_BUSINESS = frozenset(
    {"additional_targets", "bbox_params", "is_check_shapes", "keypoint_params", "mask_interpolation", "seed"}
)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Step:
    """One transform of a pipeline, or a container of several.

    Args:
        name: Its class in albumentations.
        arguments: JSON values by name, with those that are fixed here.
        steps: What a container holds; empty for a transform.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def leaves(self) -> Iterator[Step]:
        """Yield the transforms in this step, in order."""
        if self.name not in CONTAINERS:
            yield self
        for step in self.steps:
            yield from step.leaves()

    def to_json(self) -> dict[str, Any]:
        """Return the step as the pipeline file writes it."""
        inner = {"transforms": [step.to_json() for step in self.steps]} if self.steps else {}
        return {self.name: {**self.arguments, **inner}}


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """A checked pipeline.

    Args:
        steps: What is done, in order.
    """

    steps: tuple[Step, ...]

    def leaves(self) -> Iterator[Step]:
        """Yield all transforms in order."""
        for step in self.steps:
            yield from step.leaves()

    @property
    def geometry(self) -> Geometry:
        """What the pipeline can do to the geometry of a picture."""
        return geometry_of(frozenset(step.name for step in self.leaves() if not _only_paints(step)))

    def to_json(self) -> dict[str, Any]:
        """Return the pipeline as its file writes it."""
        return {"transforms": [step.to_json() for step in self.steps]}


def load_pipeline(path: Path) -> PipelineSpec:
    """Return the pipeline that a YAML file describes.

    Raises:
        ConfigError: The file is missing or no YAML, names a transform that is unknown or not taken, or gives one an
            argument that it does not have or accept; every fault is listed with its line.
        MissingExtraError: albumentations is not installed.
    """
    return _Reader(load_yaml(path)).read()


def parse_pipeline(text: str, name: str = "pipeline") -> PipelineSpec:
    """Return the pipeline that YAML text describes; see `load_pipeline`.

    Args:
        text: The YAML.
        name: What messages call it.

    Raises:
        ConfigError: As `load_pipeline`.
        MissingExtraError: albumentations is not installed.
    """
    return _Reader(parse_yaml(text, name)).read()


def _only_paints(step: Step) -> bool:
    return step.name in HOLES and step.arguments.get("fill_mask") is None


class _Reader:
    """Turns a document into a pipeline, noting every fault."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._problems: list[Problem] = []
        self._library = load_albumentations()

    def read(self) -> PipelineSpec:
        steps = self._steps(*self._root())
        if self._problems:
            raise ConfigError(sorted(self._problems, key=lambda problem: problem.line or 0))
        return PipelineSpec(steps)

    def _report(self, path: KeyPath, message: str) -> None:
        self._problems.append(self._document.problem(path, message))

    def _root(self) -> tuple[Any, KeyPath]:
        """Return the list of transforms and where it stands, of either form of file."""
        data = self._document.data
        if not isinstance(data, dict):
            self._report((), f"must be a mapping with the key 'transforms', got {_kind(data)}")
            return [], ()
        path: KeyPath = ()
        own = {"transforms"}
        if isinstance(data.get("transform"), dict) and _CLASS in data["transform"]:
            for key in data.keys() - {"__version__", "transform"}:
                self._report((key,), "must be 'transform' or '__version__'")
            data, path, own = data["transform"], ("transform",), {"transforms", "p", _CLASS, *_OWN_BUSINESS}
            if data[_CLASS].rpartition(".")[2] != "Compose" or data.get("p", 1) != 1:
                self._report(path, "the outermost transform must be a Compose with p: 1")
        for key in data.keys() - own:
            self._report((*path, key), f"must be 'transforms'{_hint(key, own)}")
        if "transforms" not in data:
            self._report(path, "must have the key 'transforms', a list of transforms")
        return data.get("transforms", []), (*path, "transforms")

    def _steps(self, data: Any, path: KeyPath) -> tuple[Step, ...]:
        if not isinstance(data, list) or not data:
            if not self._problems:
                self._report(path, f"must be a list of one transform or more, got {_kind(data)}")
            return ()
        steps = (self._step(item, (*path, index)) for index, item in enumerate(data))
        return tuple(step for step in steps if step is not None)

    def _step(self, data: Any, path: KeyPath) -> Step | None:
        name: str
        arguments: Any
        if isinstance(data, str):
            name, arguments = data, {}
        elif isinstance(data, dict) and isinstance(data.get(_CLASS), str):
            # albumentations writes its own classes without a module, and nested pipelines as Compose.
            name = data[_CLASS].removeprefix("albumentations.").rpartition(".")[2]
            arguments = {key: value for key, value in data.items() if key != _CLASS}
            if name == "Compose":
                name, arguments = "Sequential", {k: v for k, v in arguments.items() if k not in _OWN_BUSINESS}
        elif isinstance(data, dict) and len(data) == 1:
            name, given = next(iter(data.items()))
            path = (*path, name)
            arguments = {} if given is None else given
        else:
            self._report(path, "must be the name of a transform, alone or with its arguments: {HorizontalFlip: {p: 1}}")
            return None
        if not isinstance(arguments, dict):
            self._report(path, f"the arguments of {name} must be a mapping, got {_kind(arguments)}")
            return None
        if name not in TRANSFORMS | CONTAINERS:
            why = REFUSED.get(name)
            known = f"is not taken: {why}" if why else f"is no transform{_hint(name, TRANSFORMS | CONTAINERS)}"
            self._report(path, f"{name} {known}")
            return None
        steps: tuple[Step, ...] = ()
        if name in CONTAINERS:
            steps = self._steps(arguments.get("transforms"), (*path, "transforms"))
            arguments = {key: value for key, value in arguments.items() if key != "transforms"}
            if not steps:
                return None
        return self._checked(name, arguments, steps, path)

    def _checked(self, name: str, given: dict[str, Any], steps: tuple[Step, ...], path: KeyPath) -> Step | None:
        kind = getattr(self._library, name)
        known = set(inspect.signature(kind).parameters) - {"self", "transforms"}
        before = len(self._problems)
        for key in given.keys() - known:
            self._report((*path, key), f"{name} has no argument {key!r}{_hint(key, known)}")
        arguments = dict(given)
        for (owner, key), (value, why) in FIXED_ARGUMENTS.items():
            if owner == name and arguments.setdefault(key, value) != value:
                self._report((*path, key), f"must be {value!r}, got {arguments[key]!r}: {why}")
        if len(self._problems) == before and name in TRANSFORMS:
            self._try(kind, arguments, path)
        elif len(self._problems) == before:
            self._try(kind, {**arguments, "transforms": [self._library.NoOp()] * len(steps)}, path)
        return Step(name, arguments, steps) if len(self._problems) == before else None

    def _try(self, kind: Any, arguments: dict[str, Any], path: KeyPath) -> None:
        """Make the transform once, so that its own checks speak before any picture is read."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                made = kind(**arguments)
        except Exception as error:  # noqa: BLE001  whatever a constructor raises is a fault of the file
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                for fault in cause.errors(include_url=False):
                    key = str(fault["loc"][0]) if fault["loc"] else ""
                    message = f"{kind.__name__}: {fault['msg']}"
                    self._report((*path, key) if key in arguments else path, message)
            else:
                self._report(path, f"{kind.__name__}: {error}")
            return
        for key, (allowed, why) in LABEL_FREE_VALUES.items() if kind.__name__ in TRANSFORMS else ():
            value = getattr(made, key, _MISSING)
            if value is not _MISSING and value not in allowed:
                self._report((*path, key), f"must be {_or(allowed)}, got {value!r}: {why}")


def _hint(name: str, allowed: Any) -> str:
    near = nearest_name(name, sorted(allowed))
    return f"; did you mean {near!r}?" if near else ""


def _or(values: tuple[Any, ...]) -> str:
    return " or ".join("null" if value is None else repr(value) for value in values)


def _kind(value: Any) -> str:
    return {dict: "a mapping", list: "an empty list", str: "text", type(None): "nothing"}.get(
        type(value), f"{type(value).__name__} {value}"
    )
