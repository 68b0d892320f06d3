"""The quota file: how many pictures or objects of each cell a data set shall hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from synthvision.authoring.plans.quota import Cell
from synthvision.config.sources import Origin, Sources
from synthvision.config.validation import validated
from synthvision.core.errors import ConfigError, Problem, nearest_name
from synthvision.core.yaml_file import KeyPath, load_yaml
from synthvision.sampling.factors.config import FactorSpec

__all__ = ["CLASS", "QuotaSpec", "load_quota"]

#: Stands for the class of an object among the factors of a quota.
CLASS = "class"

_MODEL = ConfigDict(frozen=True, extra="forbid")
#: Above this a file means something else than it says.
_MAX_CELLS = 10_000


class CellSpec(BaseModel):
    """A target."""

    model_config = _MODEL

    levels: Mapping[str, str] = Field(min_length=1, description="Level by factor; `class` is the class of the object.")
    count: int = Field(ge=0, description="How many.")


class QuotaSpec(BaseModel):
    """A quota file."""

    model_config = _MODEL

    description: str = Field("", description="What the quota is for, for people.")
    count: Literal["objects", "frames"] = Field(
        "objects", description="What is counted: labelled objects, or pictures that show a cell."
    )
    over: tuple[str, ...] = Field(
        (), description="Factors of which every combination of levels is a cell with the target `each`."
    )
    each: int | None = Field(None, ge=0, description="Target of every such cell.")
    cells: tuple[CellSpec, ...] = Field(
        (), description="Further cells with targets of their own; one that is also a combination of `over` replaces it."
    )
    without: tuple[Mapping[str, str], ...] = Field((), description="Combinations of `over` that are no cells.")
    tolerance: float = Field(0.02, ge=0, le=0.5, description="How far a count may be off, as a share of its target.")
    most_frames: int = Field(100_000, ge=1, le=10_000_000, description="The plan has at most so many scenes.")
    tries: int = Field(
        200, ge=1, le=1_000_000, description="A cell is given up after so many scenes in a row that brought nothing."
    )


def load_quota(path: Path, factors: Mapping[str, FactorSpec], classes: Sequence[str]) -> tuple[QuotaSpec, list[Cell]]:
    """Return a quota file and its cells.

    Args:
        path: The file.
        factors: From the scene file.
        classes: The job's class names.

    Raises:
        ConfigError: The file is no quota, names unknown factors or levels, or no data set can meet it; every fault
            with its line.
    """
    problems: list[Problem] = []
    if not path.is_file():
        raise ConfigError([Problem(str(path), "", None, "there is no such file")])
    document = load_yaml(path, str(path), problems)
    sources = Sources(str(path))
    sources.set((), Origin(str(path), document))
    spec = validated(QuotaSpec, document.data, sources, problems)
    if spec is None or problems:
        raise ConfigError(sources.sorted(problems))
    known = {name: tuple(factor.levels) for name, factor in factors.items()}
    if spec.count == "objects" and CLASS not in known:
        known[CLASS] = tuple(classes)
    faults = list(_name_faults(spec, known))
    cells = [] if faults else _cells(spec, known)
    if not faults:
        faults = list(_impossible(cells, spec))
    if faults:
        raise ConfigError(sources.sorted([sources.problem(place, message) for place, message in faults]))
    return spec, [cell for _, cell in cells]


Placed = tuple[KeyPath, Cell]


def _cells(spec: QuotaSpec, known: Mapping[str, Sequence[str]]) -> list[Placed]:
    cells: dict[frozenset[tuple[str, str]], Placed] = {}
    if spec.over and spec.each is not None:
        for values in product(*(known[name] for name in spec.over)):
            row = dict(zip(spec.over, values, strict=True))
            if not any(each.items() <= row.items() for each in spec.without):
                cells[frozenset(row.items())] = (("over",), Cell(row, spec.each))
    for number, own in enumerate(spec.cells):
        cells[frozenset(own.levels.items())] = (("cells", number), Cell(dict(own.levels), own.count))
    return list(cells.values())


def _name_faults(spec: QuotaSpec, known: Mapping[str, Sequence[str]]) -> Iterator[tuple[KeyPath, str]]:
    there = ", ".join(known) or "none: the scene file has no key factors"
    rows: list[tuple[KeyPath, Mapping[str, str]]] = [(("without", n), row) for n, row in enumerate(spec.without)]
    rows += [(("cells", n, "levels"), cell.levels) for n, cell in enumerate(spec.cells)]
    for name in spec.over:
        if name not in known:
            yield ("over",), f"there is no factor {name!r}{_hint(name, known)} (there are: {there})"
    for place, row in rows:
        for name, level in row.items():
            if name not in known:
                yield (*place, name), f"there is no factor {name!r}{_hint(name, known)} (there are: {there})"
            elif level not in known[name]:
                levels = ", ".join(known[name])
                yield (
                    (*place, name),
                    f"factor {name} has no level {level!r}{_hint(level, known[name])} (there are: {levels})",
                )
    if bool(spec.over) != (spec.each is not None):
        yield ("over" if spec.over else "each",), "over and each must come together"
    if not spec.over and not spec.cells:
        yield (), "must have cells, or over with each"
    size = 1
    for name in spec.over:
        size *= len(known.get(name, ""))
    if size > _MAX_CELLS:
        yield ("over",), f"must make at most {_MAX_CELLS} cells, got {size}"


def _impossible(cells: Sequence[Placed], spec: QuotaSpec) -> Iterator[tuple[KeyPath, str]]:
    """Give cells that no data set can meet together: parts that make more, or less, than their whole."""
    for place, whole in cells:
        parts: dict[tuple[str, ...], list[Cell]] = {}
        for _, cell in cells:
            if cell is not whole and whole.levels.items() < cell.levels.items():
                parts.setdefault(tuple(sorted(cell.levels)), []).append(cell)
        highest = whole.bounds(spec.tolerance)[1]
        # Pictures may show several cells of objects at once, so only parts of one object's levels add up.
        adds_up = spec.count == "objects"
        for own in parts.values():
            lows = [cell.bounds(spec.tolerance)[0] for cell in own]
            least = sum(lows) if adds_up else max(lows)
            if least > highest:
                yield (
                    place,
                    f"cell {whole} may hold at most {highest}, but its parts ({', '.join(map(str, own[:4]))}"
                    f"{', ...' if len(own) > 4 else ''}) together need at least {least}",
                )
                break
    if not any(cell.target for _, cell in cells):
        yield (), "at least one cell must have a target above 0"


def _hint(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    near = nearest_name(name, known)
    return f"; did you mean {near!r}?" if near else ""
