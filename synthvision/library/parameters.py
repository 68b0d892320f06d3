"""How procedural assets declare themselves: what can vary, within which range, and how a definite object is made.

The library draws nothing: `synthvision.sampling` draws a value for every parameter, stores them in the scene, and the
builder makes the same object from the same values, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Choice", "Colour", "Integer", "Number", "Parameter", "ProceduralAsset", "Symmetry"]


@dataclass(frozen=True, slots=True)
class Number:
    """A real number, drawn uniformly from low..high (or log-uniformly) unless the scene file says otherwise.

    Args:
        low: Smallest allowed value.
        high: Largest allowed value.
        default: The value that thumbnails show.
        unit: ``m``, ``deg``, or empty for a bare number.
        log: Draw the logarithm uniformly.
    """

    low: float
    high: float
    default: float
    unit: str = ""
    log: bool = False


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number, drawn uniformly from low..high, both included. Seeds of wear and noise are Integers."""

    low: int
    high: int
    default: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several strings, drawn with the given weights (equal where None)."""

    values: tuple[str, ...]
    default: str
    weights: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Colour:
    """A linear RGB colour, drawn from a palette and then jittered; stored as a list of three numbers.

    Args:
        palette: Linear RGB colours to start from.
        jitter: Largest relative change of each channel.
    """

    palette: tuple[tuple[float, float, float], ...]
    jitter: float = 0.1


Parameter = Number | Integer | Choice | Colour


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Turns that leave an object looking the same, so that a pose is only known up to them.

    Args:
        axis_xyz: Unit vector in the model's frame; the axis runs through the middle of the model's bounds.
        fold: Equal positions in a whole turn, 2 or more; 0 where every angle looks the same.
    """

    axis_xyz: tuple[float, float, float]
    fold: int


@dataclass(frozen=True, slots=True)
class ProceduralAsset:
    """An asset written in code: one entry is endlessly many objects.

    Args:
        name: Unique in its pack, e.g. ``bottle``.
        kind: What `build` returns: a `Model`, a `Material` or an `EnvironmentMap`.
        category: What it is, e.g. ``bottle`` or ``floor``.
        parameters: Everything that varies, by name; a length has its unit in the name (``height_m``).
        build: Pure function of all parameters; ``params`` holds every name with a JSON value in range.
        tags: Further words to find it by.
        size_m: Typical longest side in metres, None for materials and environments.
        description: One sentence.
        attributes: Facts about the object that classes can match.
        licence: Licence of what it makes; empty for the built-in pack's own.
        author: Who wrote it; empty for the built-in pack's own.
        parts: Names of all parts that any of its objects can have; classes can match them.
        keypoints: Names of the points that every one of its objects has, in the order that exporters write.
        skeleton: Pairs of keypoints that are drawn joined.
        symmetry: Turns that leave its shape the same, prints and wear aside.
        build_on: For marks that lie on other models: makes the same mark of (params, host, place); see
            `synthvision.library.decals`.
    """

    name: str
    kind: Literal["model", "material", "environment"]
    category: str
    parameters: Mapping[str, Parameter]
    build: Callable[[Mapping[str, Any]], Any]
    tags: tuple[str, ...] = ()
    size_m: float | None = None
    description: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    author: str = ""
    parts: tuple[str, ...] = ()
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[str, str], ...] = ()
    symmetry: tuple[Symmetry, ...] = ()
    build_on: Callable[[Mapping[str, Any], Any, Any], Any] | None = None
