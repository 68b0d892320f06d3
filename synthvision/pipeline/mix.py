"""A training set from several: rendered and photographed ones, at a ratio or by what is short, told apart in its files.

Pictures to train with are mixed. What a source holds to validate or test with stays that, whole: it is never trained
on. Every picture says where it comes from, and the same picture twice is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np

from synthvision import __version__
from synthvision.core.errors import DatasetError, UsageError, nearest_name
from synthvision.core.hashing import canonical_json, hash_file
from synthvision.dataset.atomic import write_text
from synthvision.dataset.writer import new_folder
from synthvision.export.mixing.classes import ClassTable, SourceClasses, match_classes
from synthvision.export.mixing.coco_source import CocoSource
from synthvision.export.mixing.duplicates import Duplicate, find_duplicates
from synthvision.export.mixing.shares import Share, balanced_choice, counts_of, drawn_order
from synthvision.export.mixing.writers import CocoMixWriter, MixWriter, YoloMixWriter
from synthvision.pipeline.mix_sources import Addition, open_sources

__all__ = ["MIX_FORMATS", "Mix", "MixCounts", "mix_sets"]

MIX_FORMATS = ("coco", "yolo")
SUMMARY_NAME = "mix.json"
_PARTS = ("train", "val", "test")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class MixCounts:
    """What one source gives to one part.

    Args:
        source: Name of the source.
        kind: ``real`` or ``synthetic``.
        part: The part.
        available: Pictures that it has.
        images: Pictures that were taken.
        objects: Objects in these by class, without crowds and what is ignored.
    """

    source: str
    kind: str
    part: str
    available: int
    images: int
    objects: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mix:
    """What was made.

    Args:
        folder: Where everything lies.
        path: The file or folder to give to a reader of the format.
        counts: What each source gave to each part.
        notes: What the user should know, one sentence each.
    """

    folder: Path
    path: Path
    counts: tuple[MixCounts, ...]
    notes: tuple[str, ...] = ()


def mix_sets(
    additions: Sequence[Addition],
    out: str | Path,
    to: str = "coco",
    *,
    total: int | None = None,
    classes: Sequence[str] = (),
    renamed: Mapping[str, str] | None = None,
    seed: int = 0,
    balance: Literal["class"] | None = None,
    pictures: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Mix:
    """Write a training set from several sets.

    Args:
        additions: The sets and how much of each.
        out: Folder to write into; must be empty or not exist. Pictures are linked where the disk can, else copied.
        to: ``coco`` or ``yolo``.
        total: Pictures to train with altogether; None for as many as the shares allow.
        classes: Names and order of the classes, after renaming; empty for all.
        renamed: New class name by old.
        seed: Decides which pictures are taken, 0 or more.
        balance: ``class`` takes real sets and those with a number as they are, and of the others the pictures that
            fill classes with few objects; None goes by the shares alone.
        pictures: Folder of pictures by the path of a COCO file, where they lie elsewhere.
        progress: Called with the number of pictures that are written.

    Returns:
        What was made; the same stands in ``mix.json``.

    Raises:
        UsageError: Shares, classes or names cannot be; the message says how to put it right.
        DatasetError: A file is missing or broken, two sets share a picture, or `out` is not empty.
    """
    if to not in MIX_FORMATS:
        near = nearest_name(to, MIX_FORMATS)
        raise UsageError(
            f"a mix must be written as coco or yolo, got {to!r}" + (f"; did you mean {near!r}?" if near else "")
        )
    if not additions:
        raise UsageError("a mix must have one set or more, got none")
    sets = open_sources(additions, pictures or {})
    sources = [source for parts in sets for source in parts]
    shares = [addition.share for addition, parts in zip(additions, sets, strict=True) for _ in parts]
    _check_apart(sources, Path(out))
    table = match_classes(sources, classes, renamed)
    notes = [note for source in sources for note in source.notes] + list(table.notes)
    notes += _check_duplicates(sources)
    if balance is None:
        chosen = _by_share(sources, shares, total, seed)
    else:
        chosen, told = _by_need(sources, shares, table, total, seed)
        notes += told
    layout = new_folder(Path(out))
    parts = [
        part
        for part in _PARTS
        if any(source.part == part and len(taken) for source, taken in zip(sources, chosen, strict=True))
    ]
    writer: MixWriter
    info = {"description": "mixed set", "version": "1", "url": "", "contributor": f"synthvision {__version__} mix"}
    if to == "coco":
        writer = CocoMixWriter(layout.root, parts, table, sources, info)
    else:
        writer = YoloMixWriter(layout.root, parts, table)
    written = 0
    with writer:
        for source, own, taken in zip(sources, table.sources, chosen, strict=True):
            for number in taken:
                writer.add(source, own, number)
                written += 1
                if progress is not None:
                    progress(written)
        path = writer.finish()
    counts = tuple(
        _count(source, own, taken, table) for source, own, taken in zip(sources, table.sources, chosen, strict=True)
    )
    notes += [*writer.notes.sentences, *_licence_notes(sources, chosen)]
    made = Mix(layout.root, path, counts, tuple(notes))
    _write_summary(made, sources, shares, table, to, total, seed, balance, renamed or {})
    return made


def _check_apart(sources: Sequence[CocoSource], out: Path) -> None:
    target = out.resolve()
    for source in sources:
        for folder in (source.path.resolve().parent, source.pictures.resolve()):
            if target == folder or folder in target.parents:
                raise UsageError(f"the output folder must lie outside what is mixed, but {out} is in {folder.name}/")


def _check_duplicates(sources: Sequence[CocoSource]) -> list[str]:
    """Refuse a picture that is in two sets or two parts of one; return a note of those that one part has twice."""
    across: list[Duplicate] = []
    inside: Counter[int] = Counter()
    for found in find_duplicates(sources):
        if found.sources[0] == found.sources[1]:
            inside[found.sources[0]] += 1
        else:
            across.append(found)
    if across:
        lines = [
            f"{sources[one].name} ({sources[one].part}) {sources[one].image(found.first).file_name} = "
            f"{sources[other].name} ({sources[other].part}) {sources[other].image(found.second).file_name}"
            for found in across[:_SHOWN]
            for one, other in (found.sources,)
        ]
        more = f"; and {len(across) - _SHOWN} more" if len(across) > _SHOWN else ""
        raise DatasetError(
            f"no picture may be in two sets, but {len(across)} {'is' if len(across) == 1 else 'are'}: "
            f"{'; '.join(lines)}{more}; take them out of one of the two"
        )
    return [
        f"{sources[place].name} ({sources[place].part}) has pictures that are the same as another of its own: {count}"
        for place, count in sorted(inside.items())
    ]


def _by_share(sources: Sequence[CocoSource], shares: Sequence[Share], total: int | None, seed: int) -> list[list[int]]:
    """Return which pictures of each source are taken, ascending."""
    training = [place for place, source in enumerate(sources) if source.part == "train"]
    if not training:
        raise UsageError("a mix must have pictures to train with, but every set is there to validate or test")
    for place, share in enumerate(shares):
        alone = all(sources[other].name != sources[place].name for other in training)
        if place not in training and alone and share != Share():
            raise UsageError(
                f"{sources[place].name} is there to {sources[place].part}: it is taken whole, without a share"
            )
    names = [sources[place].name for place in training]
    counts = counts_of([shares[place] for place in training], [len(sources[place]) for place in training], names, total)
    wanted = dict(zip(training, counts, strict=True))
    return [
        sorted(drawn_order(source, seed)[: wanted[place]].tolist()) if place in wanted else list(range(len(source)))
        for place, source in enumerate(sources)
    ]


def _by_need(
    sources: Sequence[CocoSource], shares: Sequence[Share], table: ClassTable, total: int | None, seed: int
) -> tuple[list[list[int]], list[str]]:
    """Return which pictures of each source are taken, ascending, and what became of the classes."""
    chosen: list[list[int]] = []
    fillers: list[int] = []
    for place, (source, share) in enumerate(zip(sources, shares, strict=True)):
        if share.weight is not None:
            raise UsageError(f"--balance class takes numbers of pictures, no weights, got one for {source.name}")
        if source.part == "train" and share.count is None and source.kind == "synthetic":
            fillers.append(place)
            chosen.append([])
            continue
        count = len(source) if share.count is None or source.part != "train" else share.count
        if count > len(source):
            raise UsageError(f"{source.name} must have {count} pictures, but has {len(source)}")
        chosen.append(sorted(drawn_order(source, seed)[:count].tolist()))
    if not fillers:
        raise UsageError("--balance class needs a synthetic set without a number of pictures, to fill what is short")
    base = np.zeros(len(table.classes), np.int64)
    taken = 0
    for source, own, numbers in zip(sources, table.sources, chosen, strict=True):
        if source.part == "train":
            taken += len(numbers)
            for number in numbers:
                np.add.at(base, _class_numbers(source, own, number), 1)
    if total is not None and total < taken:
        raise UsageError(f"--total must be {taken} or more, for what is taken before any class is filled; got {total}")
    offers = [(place, number) for place in fillers for number in drawn_order(sources[place], seed).tolist()]
    rows = [_class_numbers(sources[place], table.sources[place], number) for place, number in offers]
    picked, have = balanced_choice(base, rows, None if total is None else total - taken)
    for index in picked:
        place, number = offers[index]
        chosen[place].append(number)
    for place in fillers:
        chosen[place].sort()
    before = ", ".join(f"{name} {count}" for name, count in zip(table.names, base.tolist(), strict=True))
    after = ", ".join(f"{name} {count}" for name, count in zip(table.names, have.tolist(), strict=True))
    return chosen, [f"objects by class before filling: {before}; after: {after}"]


def _class_numbers(source: CocoSource, own: SourceClasses, number: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the class of each object of a picture, from 0; those of classes that are left out are left out."""
    found = [own.numbers[label] - 1 for label in source.labels(number).tolist() if label in own.numbers]
    return np.array(found, np.int64)


def _count(source: CocoSource, own: SourceClasses, taken: Sequence[int], table: ClassTable) -> MixCounts:
    objects = np.zeros(len(table.classes), np.int64)
    for number in taken:
        np.add.at(objects, _class_numbers(source, own, number), 1)
    by_name = dict(zip(table.names, objects.tolist(), strict=True))
    return MixCounts(source.name, source.kind, source.part, len(source), len(taken), by_name)


def _licence_notes(sources: Sequence[CocoSource], chosen: Sequence[Sequence[int]]) -> list[str]:
    notes = []
    for source, taken in zip(sources, chosen, strict=True):
        without = sum(not source.image(number).licences for number in taken)
        if without:
            notes.append(f"no licence is known of {without} of {len(taken)} pictures of {source.name} ({source.part})")
    return notes


def _write_summary(
    made: Mix,
    sources: Sequence[CocoSource],
    shares: Sequence[Share],
    table: ClassTable,
    to: str,
    total: int | None,
    seed: int,
    balance: str | None,
    renamed: Mapping[str, str],
) -> None:
    entries = [
        {
            "set": counts.source,
            "kind": counts.kind,
            "part": counts.part,
            "annotations": {"file": source.path.name, "sha256": hash_file(source.path)},
            "config_hash": source.info.get("config_hash"),
            "weight": None if share.weight is None else _number(share.weight),
            "count": share.count,
            "available": counts.available,
            "images": counts.images,
            "objects_by_class": dict(counts.objects),
            "licences": sorted({name for name, _ in source.licences}),
        }
        for counts, source, share in zip(made.counts, sources, shares, strict=True)
    ]
    data: dict[str, Any] = {
        "generator": f"synthvision {__version__}",
        "format": to,
        "seed": seed,
        "total": total,
        "balance": balance,
        "classes": list(table.names),
        "renamed": dict(renamed),
        "sources": entries,
        "notes": list(made.notes),
    }
    write_text(made.folder / SUMMARY_NAME, canonical_json(data) + "\n")


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
