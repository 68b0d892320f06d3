"""Which levels a finished data set shows, read from its records; nothing here looks at a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from synthvision.core.labels import Status
from synthvision.dataset.reader import Dataset
from synthvision.dataset.records import FrameRecord
from synthvision.sampling.factors.config import FactorSpec

__all__ = ["ObservedFrame", "ObservedObject", "observe", "rows_of"]


@dataclass(frozen=True, slots=True)
class ObservedObject:
    """An object of a picture.

    Args:
        category: Its class, None without one.
        status: Whether it is labelled.
        levels: Level of each measured factor that speaks of it.
    """

    category: str | None
    status: Status
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ObservedFrame:
    """A picture.

    Args:
        frame: Frame index.
        levels: Level of each sampled factor.
        objects: Its targets, and whatever else has the level of a measured factor.
        weight: Importance weight.
    """

    frame: int
    levels: Mapping[str, str]
    objects: tuple[ObservedObject, ...]
    weight: float = 1.0


def observe(dataset: Dataset) -> Iterator[ObservedFrame]:
    """Give what each frame of a data set shows, in order.

    Raises:
        DatasetError: A record is broken.
    """
    for record in dataset.records():
        yield observed_frame(record)


def observed_frame(record: FrameRecord) -> ObservedFrame:
    """Return what the frame of a record shows."""
    objects = tuple(
        ObservedObject(label.category, label.status, label.factor_levels)
        for label in record.instances
        if label.factor_levels or label.status in ("labelled", "ignored", "dropped")
    )
    return ObservedFrame(record.frame, record.factor_levels, objects, record.weight)


def rows_of(frame: ObservedFrame, factors: Mapping[str, FactorSpec]) -> list[dict[str, str]]:
    """Return the combinations of levels that a picture shows, each a level by factor.

    Levels of measured factors that speak of the same objects come from one object; a picture with several objects
    shows several combinations.

    Args:
        frame: The picture.
        factors: From the scene file.
    """
    names: dict[str, list[str]] = {}
    for name, spec in factors.items():
        if spec.measure is not None:
            names.setdefault(str(spec.objects), []).append(name)
    parts: list[list[dict[str, str]]] = []
    for together in names.values():
        found = [{name: item.levels[name] for name in together if name in item.levels} for item in frame.objects]
        unique = {tuple(levels.items()): levels for levels in found if levels}
        parts.append(list(unique.values()) or [{}])
    own = {name: level for name, level in frame.levels.items() if name in factors}
    return [{**own, **{name: level for part in chosen for name, level in part.items()}} for chosen in product(*parts)]
