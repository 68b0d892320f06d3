"""Every error that synthvision raises on purpose.

::

    SynthvisionError
    ├── ConfigError            a job, scene or catalogue file is wrong; carries one Problem per fault      exit 2
    ├── AssetError             a mesh, texture, environment map or pack is missing or broken               exit 2
    ├── DatasetError           a data set on disk is missing, incomplete or not what its manifest says     exit 2
    │   └── DiskFullError      there is no room for a file
    ├── UsageError             a command or function was called in a way that cannot work                  exit 2
    │   └── MissingExtraError  the feature needs an optional dependency                                    exit 2
    ├── GpuUnavailableError    no OpenGL context could be opened                                           exit 2
    ├── EndpointError          a language model could not be reached, or gave nothing that can be used          exit 1
    ├── PluginError            an entry point is unknown, broken or registered twice                       exit 2
    └── FrameError             one frame could not be made; the others can                                 exit 1
        ├── PlacementError     sampling gave up after its bounded number of tries
        ├── ConstraintError    no attempt of a frame held the scene's constraints
        └── RenderError        the driver reported an error, or the picture holds NaN or infinity

A message says what must hold, what came, and what to do. Errors of other libraries are translated where they enter.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "AssetError",
    "ConfigError",
    "ConstraintError",
    "DatasetError",
    "DiskFullError",
    "EndpointError",
    "FrameError",
    "GpuUnavailableError",
    "MissingExtraError",
    "PlacementError",
    "PluginError",
    "Problem",
    "RenderError",
    "SynthvisionError",
    "UsageError",
    "nearest_name",
]


class SynthvisionError(Exception):
    """Base of all errors that synthvision raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in one file.

    Args:
        file: Path or built-in name of the file, as the user would recognise it.
        key_path: Dotted path of the key inside the file, e.g. ``objects.0.count``; empty for the whole file.
        line: One-based line number, or None where the value did not come from a file.
        message: What must hold, what came, and the nearest allowed value where there is one.
    """

    file: str
    key_path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key_path}: {self.message}" if self.key_path else f"{where}: {self.message}"


class ConfigError(SynthvisionError):
    """A job, scene or catalogue file is wrong. `problems` lists every fault that was found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class AssetError(SynthvisionError):
    """A mesh, texture, environment map or asset pack is missing or cannot be read."""


class DatasetError(SynthvisionError):
    """A data set on disk is missing, incomplete, or not what its manifest says."""


class DiskFullError(DatasetError):
    """There is no room for a file. What is on disk is whole; a run can be resumed when there is room."""


class UsageError(SynthvisionError):
    """A command or function was called in a way that cannot work."""


class MissingExtraError(UsageError):
    """A feature needs an optional dependency; the message holds the pip command."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional dependency: pip install 'synthvision[{extra}]'")
        self.extra = extra


class EndpointError(SynthvisionError):
    """A language model could not be reached, took too long, or gave nothing that can be used."""

    exit_code = 1


class GpuUnavailableError(SynthvisionError):
    """No OpenGL context could be opened; the message names each way that was tried and how to install Mesa."""


class PluginError(SynthvisionError):
    """A plugin is unknown, cannot be loaded, or two packages register the same name."""


class FrameError(SynthvisionError):
    """One frame could not be made. The job goes on, lists it in ``failures.jsonl`` and ends with exit code 1."""

    exit_code = 1


class PlacementError(FrameError):
    """Sampling gave up: the message names the object, the constraint that failed most, and how often."""


class ConstraintError(FrameError):
    """No scene that holds all constraints was found in a bounded number of attempts."""


class RenderError(FrameError):
    """The driver reported an error, the context was lost, or a picture holds NaN or infinity."""


def nearest_name(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name closest in spelling to `name`, or None if none is close.

    Example:
        >>> nearest_name("unifrom", ["uniform", "normal"])
        'uniform'
    """
    matches = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return matches[0] if matches else None
