"""The classes of a mixed set: matched by name, renamed where asked, near misses told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthvision.core.class_names import class_hint, nearest_class, spelled_alike
from synthvision.core.errors import UsageError
from synthvision.export.mixing.coco_source import Category, CocoSource

__all__ = ["ClassTable", "MixClass", "SourceClasses", "match_classes"]


@dataclass(frozen=True, slots=True)
class MixClass:
    """A class of the mixed set.

    Args:
        name: Its name.
        supercategory: Of the first source that has one; empty for none.
        keypoints: Those of all sources together, in the order in which they first come.
        skeleton: Pairs of these names.
    """

    name: str
    supercategory: str
    keypoints: tuple[str, ...]
    skeleton: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SourceClasses:
    """The classes of one source as the mixed set has them.

    Args:
        numbers: Category id there to category id here; those that are left out are missing.
        keypoints: Names of the keypoints of each category there that has some.
        wanted: Names of the keypoints that the mixed set writes, by category id here.
    """

    numbers: Mapping[int, int]
    keypoints: Mapping[int, tuple[str, ...]]
    wanted: Mapping[int, tuple[str, ...]]

    def keypoint_numbers(self, category_id: int, numbers: Sequence[Any]) -> list[Any]:
        """Return the keypoints of an annotation in the order of the mixed set; those it lacks are three zeros.

        Args:
            category_id: Its class in the source.
            numbers: x, y and visibility of each point, as its file has them.
        """
        names = self.keypoints.get(category_id, ())
        found = {name: list(numbers[3 * place : 3 * place + 3]) for place, name in enumerate(names)}
        return [number for name in self.wanted[self.numbers[category_id]] for number in found.get(name) or (0, 0, 0)]


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Which class of each source becomes which.

    Args:
        classes: The classes of the mixed set; category ids count from 1 in this order.
        sources: For each source, in order.
        notes: What the user should know, one sentence each.
    """

    classes: tuple[MixClass, ...]
    sources: tuple[SourceClasses, ...]
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in order."""
        return tuple(entry.name for entry in self.classes)


def match_classes(
    sources: Sequence[CocoSource], wanted: Sequence[str] = (), renamed: Mapping[str, str] | None = None
) -> ClassTable:
    """Return the classes of a mixed set.

    Args:
        sources: What is mixed.
        wanted: Names and order of the classes, after renaming; empty for all, in the order in which they first come.
        renamed: New name by old name, in all sources.

    Raises:
        UsageError: A name is unknown (the nearest is given), or two sources spell a class in two ways and neither
            `wanted` nor `renamed` says what is meant.
    """
    renamed = dict(renamed or {})
    known = list(dict.fromkeys(category.name for source in sources for category in source.categories))
    for old in renamed:
        if old not in known:
            raise UsageError(f"no source has a class {old!r} to rename{class_hint(old, known)}")
    merged: dict[str, list[Category]] = {}
    for source in sources:
        for category in source.categories:
            merged.setdefault(renamed.get(category.name, category.name), []).append(category)
    for name in wanted:
        if name not in merged:
            hint = class_hint(name, merged)
            raise UsageError(f"no source has a class {name!r}{hint}; rename one with --map OLD={name}")
    notes = []
    if not wanted:
        _check_spelling(merged)
        notes += _near_misses(sources, renamed)
    names = list(dict.fromkeys(wanted)) or list(merged)
    left_out = [name for name in merged if name not in names]
    if left_out:
        notes.append(f"classes left out: {', '.join(left_out)}")
    classes = tuple(_merged_class(name, merged[name]) for name in names)
    place = {name: number for number, name in enumerate(names, start=1)}
    keypoints = {number: entry.keypoints for number, entry in enumerate(classes, start=1)}
    tables = []
    for source in sources:
        ids = [(category, renamed.get(category.name, category.name)) for category in source.categories]
        tables.append(
            SourceClasses(
                {category.id: place[name] for category, name in ids if name in place},
                {category.id: category.keypoints for category, _ in ids if category.keypoints},
                keypoints,
            )
        )
    return ClassTable(classes, tuple(tables), tuple(notes))


def _merged_class(name: str, categories: Sequence[Category]) -> MixClass:
    points = dict.fromkeys(point for category in categories for point in category.keypoints)
    joined = dict.fromkeys(
        (category.keypoints[one - 1], category.keypoints[other - 1])
        for category in categories
        for one, other in category.skeleton
        if 0 < one <= len(category.keypoints) and 0 < other <= len(category.keypoints)
    )
    group = next((category.supercategory for category in categories if category.supercategory), "")
    return MixClass(name, group or "", tuple(points), tuple(joined))


def _check_spelling(names: Mapping[str, Any]) -> None:
    """Raise an error where two classes differ by case, spaces or marks alone: they are hardly meant to be two."""
    pair = spelled_alike(names)
    if pair is not None:
        other, name = pair
        raise UsageError(
            f"classes {other!r} and {name!r} differ by their spelling alone: make them one with --map "
            f"'{name}={other}', or keep both by naming all classes with --classes"
        )


def _near_misses(sources: Sequence[CocoSource], renamed: Mapping[str, str]) -> list[str]:
    """Return a sentence for each class that one source alone has and that another's is near to."""
    of_source = [{renamed.get(category.name, category.name) for category in source.categories} for source in sources]
    told: set[frozenset[str]] = set()
    notes = []
    for number, names in enumerate(of_source):
        elsewhere = set().union(*of_source[:number], *of_source[number + 1 :])
        for name in sorted(names - elsewhere):
            near = nearest_class(name, sorted(elsewhere - names))
            pair = frozenset((name, near or name))
            if near is not None and pair not in told:
                told.add(pair)
                notes.append(
                    f"class {name!r} of {sources[number].name} is kept beside {near!r} of another set; if they are "
                    f"one, say --map '{name}={near}'"
                )
    return notes
