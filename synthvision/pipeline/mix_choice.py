"""Which pictures of each source a mix takes: by their shares, or to fill what is short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.dataset.need import Need
from synthvision.export.mixing.classes import ClassTable, SourceClasses
from synthvision.export.mixing.coco_source import CocoSource
from synthvision.export.mixing.need_choice import CellFilled, choose_needed
from synthvision.export.mixing.shares import Share, balanced_choice, counts_of, drawn_order
from synthvision.pipeline.mix_need import check_need, needed_objects

__all__ = ["Filled", "choose_by_share", "choose_fillers", "class_numbers"]

_Int = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Filled:
    """Which pictures are taken to fill what is short.

    Args:
        chosen: For each source places of pictures, ascending.
        notes: What the user should know, one sentence each.
        needed: What became of each cell of the need.
    """

    chosen: list[list[int]]
    notes: tuple[str, ...]
    needed: tuple[CellFilled, ...] = ()


def choose_by_share(
    sources: Sequence[CocoSource], shares: Sequence[Share], total: int | None, seed: int
) -> list[list[int]]:
    """Return which pictures of each source are taken, ascending.

    Args:
        sources: What is mixed.
        shares: How much of each.
        total: Pictures to train with altogether; None for as many as the shares allow.
        seed: Decides which pictures are taken.

    Raises:
        UsageError: Shares cannot be, or nothing is there to train with.
    """
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


def choose_fillers(
    sources: Sequence[CocoSource],
    shares: Sequence[Share],
    table: ClassTable,
    total: int | None,
    seed: int,
    *,
    balance: bool,
    need: Need | None,
) -> Filled:
    """Return which pictures are taken: real ones and those with a number as they are, of the others what fills.

    Args:
        sources: What is mixed.
        shares: How much of each.
        table: The classes.
        total: Pictures to train with altogether, at most; None for as many as help.
        seed: Decides between pictures that help alike.
        balance: Whether classes with few objects are filled; after the need where there is one.
        need: What is wanted.

    Raises:
        UsageError: A share is a weight, no synthetic set can fill, or nothing of the need is on offer.
    """
    option = "--need" if need is not None else "--balance class"
    if need is not None:
        check_need(need, table)
    chosen: list[list[int]] = []
    fillers: list[int] = []
    for place, (source, share) in enumerate(zip(sources, shares, strict=True)):
        if share.weight is not None:
            raise UsageError(f"{option} takes numbers of pictures, no weights, got one for {source.name}")
        if source.part == "train" and share.count is None and source.kind == "synthetic":
            fillers.append(place)
            chosen.append([])
            continue
        count = len(source) if share.count is None or source.part != "train" else share.count
        if count > len(source):
            raise UsageError(f"{source.name} must have {count} pictures, but has {len(source)}")
        chosen.append(sorted(drawn_order(source, seed)[:count].tolist()))
    if not fillers:
        raise UsageError(f"{option} needs a synthetic set without a number of pictures, to fill what is short")
    base = np.zeros(len(table.classes), np.int64)
    taken = 0
    for source, own, numbers in zip(sources, table.sources, chosen, strict=True):
        if source.part == "train":
            taken += len(numbers)
            for number in numbers:
                np.add.at(base, class_numbers(source, own, number), 1)
    if total is not None and total < taken:
        raise UsageError(f"--total must be {taken} or more, for what is taken before anything is filled; got {total}")
    offers = [(place, number) for place in fillers for number in drawn_order(sources[place], seed).tolist()]
    rows = [class_numbers(sources[place], table.sources[place], number) for place, number in offers]
    limit = None if total is None else total - taken
    have = base.copy()
    notes: list[str] = []
    needed: tuple[CellFilled, ...] = ()
    if need is not None:
        found = [needed_objects(sources[place], table.sources[place], table, number, need) for place, number in offers]
        choice = choose_needed(need, [cells for cells, _ in found], [objects for _, objects in found], limit)
        needed = choice.cells
        if not any(cell.offered for cell in needed):
            raise UsageError(
                f"no picture of the synthetic sets has an object of any cell of the need: {_listed(needed)}; make such "
                "pictures, e.g. with the job that evaluate audit writes"
            )
        notes += _told(needed)
        for index in choice.places:
            place, number = offers[index]
            chosen[place].append(number)
            np.add.at(have, rows[index], 1)
        used = set(choice.places)
        offers = [offer for index, offer in enumerate(offers) if index not in used]
        rows = [row for index, row in enumerate(rows) if index not in used]
        limit = None if limit is None else limit - len(used)
    if balance:
        picked, have = balanced_choice(have, rows, limit)
        for index in picked:
            place, number = offers[index]
            chosen[place].append(number)
    for place in fillers:
        chosen[place].sort()
    notes.append(f"objects by class before filling: {_counted(base, table)}; after: {_counted(have, table)}")
    return Filled(chosen, tuple(notes), needed)


def class_numbers(source: CocoSource, own: SourceClasses, number: int) -> _Int:
    """Return the class of each object of a picture, from 0; those of classes that are left out are left out.

    Args:
        source: The set.
        own: Its classes.
        number: Place of the picture.
    """
    found = [own.numbers[label] - 1 for label in source.labels(number).tolist() if label in own.numbers]
    return np.array(found, np.int64)


def _counted(counts: _Int, table: ClassTable) -> str:
    return ", ".join(f"{name} {count}" for name, count in zip(table.names, counts.tolist(), strict=True))


def _told(cells: Sequence[CellFilled]) -> list[str]:
    met = sum(cell.met for cell in cells)
    notes = [f"cells of the need that are filled: {met} of {len(cells)}"]
    nowhere = [cell for cell in cells if not cell.offered]
    short = [cell for cell in cells if cell.offered and not cell.met]
    if nowhere:
        notes.append(f"cells that no source can fill: {_listed(nowhere)}")
    if short:
        told = "; ".join(f"{cell}: {cell.taken} of {cell.wanted or 1}, {cell.offered} on offer" for cell in short)
        notes.append(f"cells that stay short: {told}")
    return notes


def _listed(cells: Sequence[CellFilled]) -> str:
    return "; ".join(str(cell) for cell in cells)
