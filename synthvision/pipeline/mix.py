"""A training set from several: rendered and photographed ones, at a ratio or by what is short, told apart in its files.

Pictures to train with are mixed. What a source holds to validate or test with stays that, whole: it is never trained
on. Every picture says where it comes from, and the same picture twice is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np

from synthvision import __version__
from synthvision.core.errors import DatasetError, UsageError, nearest_name
from synthvision.core.hashing import canonical_json, hash_file
from synthvision.dataset.atomic import write_text
from synthvision.dataset.need import Need
from synthvision.dataset.writer import new_folder
from synthvision.export.mixing.classes import ClassTable, SourceClasses, match_classes
from synthvision.export.mixing.coco_source import CocoSource
from synthvision.export.mixing.duplicates import Duplicate, find_duplicates
from synthvision.export.mixing.need_choice import CellFilled
from synthvision.export.mixing.shares import Share
from synthvision.export.mixing.writers import CocoMixWriter, MixWriter, YoloMixWriter
from synthvision.pipeline.mix_choice import choose_by_share, choose_fillers, class_numbers
from synthvision.pipeline.mix_sources import SUMMARY_NAME, Addition, open_sources

__all__ = ["MIX_FORMATS", "Mix", "MixCounts", "mix_sets"]

MIX_FORMATS = ("coco", "yolo")
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
        needed: What became of each cell of the need.
    """

    folder: Path
    path: Path
    counts: tuple[MixCounts, ...]
    notes: tuple[str, ...] = ()
    needed: tuple[CellFilled, ...] = ()


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
    need: Need | None = None,
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
        need: Objects that are wanted: real sets and those with a number are taken as they are, and of the others the
            pictures that fill it; with `balance`, classes with few objects are filled after it.
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
    needed: tuple[CellFilled, ...] = ()
    if balance is None and need is None:
        chosen = choose_by_share(sources, shares, total, seed)
    else:
        filled = choose_fillers(sources, shares, table, total, seed, balance=balance is not None, need=need)
        chosen, needed = filled.chosen, filled.needed
        notes += filled.notes
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
    made = Mix(layout.root, path, counts, tuple(notes), needed)
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


def _count(source: CocoSource, own: SourceClasses, taken: Sequence[int], table: ClassTable) -> MixCounts:
    objects = np.zeros(len(table.classes), np.int64)
    for number in taken:
        np.add.at(objects, class_numbers(source, own, number), 1)
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
    entries: list[dict[str, Any]] = [
        {
            "set": counts.source,
            "kind": counts.kind,
            "part": counts.part,
            "generation": source.generation,
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
        "need": [asdict(cell) for cell in made.needed] or None,
        # How many models, at most, stand between a camera and a picture that is trained on: 0 for photos alone.
        "generation": max((entry["generation"] for entry in entries if entry["images"]), default=0),
        "classes": list(table.names),
        "renamed": dict(renamed),
        "sources": entries,
        "notes": list(made.notes),
    }
    write_text(made.folder / SUMMARY_NAME, canonical_json(data) + "\n")


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
