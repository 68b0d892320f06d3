"""Pictures that are there more than once, inside a set or across sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.core.pages.document import page_html
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.thumbnails import thumbnail_html
from synthvision.features.near_duplicates import near_duplicate_groups

__all__ = ["Copy", "DuplicateGroup", "DuplicateReport", "duplicates_page", "find_duplicates"]

_CHUNK = 256
_GROUPS_SHOWN = 100
_SHOWN_OF_GROUP = 6
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Copy:
    """One picture of a group.

    Args:
        set_index: Which of the sets it belongs to.
        index: Its place in the set.
        file: Its name, from the folder of the set where it lies in it.
    """

    set_index: int
    index: int
    file: str


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Pictures that show nearly the same.

    Args:
        copies: Two or more.
        equal: Whether all are the same file, byte by byte.
    """

    copies: tuple[Copy, ...]
    equal: bool

    @property
    def across(self) -> bool:
        """Whether they belong to more than one set."""
        return len({copy.set_index for copy in self.copies}) > 1


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """What is there more than once.

    Args:
        names: Of the sets.
        counts: Of their pictures.
        groups: Those across sets first, then the largest.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    groups: tuple[DuplicateGroup, ...]

    @property
    def needless(self) -> int:
        """How many pictures could go, so that one of each group is left."""
        return sum(len(group.copies) - 1 for group in self.groups)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        return {
            "sets": [{"name": name, "pictures": count} for name, count in zip(self.names, self.counts, strict=True)],
            "groups": [
                {
                    "equal": group.equal,
                    "across": group.across,
                    "pictures": [
                        {"set": copy.set_index, "index": copy.index, "file": copy.file} for copy in group.copies
                    ],
                }
                for group in self.groups
            ],
        }

    def to_text(self, most: int = _LISTED) -> str:
        """Return a line for each group and one that sums up.

        Args:
            most: Groups that are listed.
        """
        lines = []
        for group in self.groups[:most]:
            kind = "equal" if group.equal else "near"
            where = " across sets" if group.across else ""
            files = ", ".join(f"{self.names[copy.set_index]}:{copy.file}" for copy in group.copies[:_SHOWN_OF_GROUP])
            more = len(group.copies) - _SHOWN_OF_GROUP
            lines.append(f"{kind}{where}: {files}" + (f" and {more} more" if more > 0 else ""))
        if len(self.groups) > most:
            lines.append(f"and {len(self.groups) - most} more groups")
        across = sum(group.across for group in self.groups)
        lines.append(
            f"{sum(self.counts)} pictures: {len(self.groups)} groups, {across} of them across sets; "
            f"{self.needless} pictures could go"
        )
        return "\n".join(lines)


def find_duplicates(
    sets: Sequence[LabelledSet],
    *,
    across_only: bool = False,
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
) -> DuplicateReport:
    """Return the pictures that are there more than once; see `synthvision.features.near_duplicates` for what is near.

    Pictures are read one after the other; 5 KiB of each stay in memory.

    Args:
        sets: One or more.
        across_only: Leave out groups inside one set.
        progress: Called with the number of pictures read.
        workers: Threads that read pictures; one a core, at most 8, where left out.

    Raises:
        UsageError: There are no sets, or a picture cannot be read.
    """
    if not sets:
        raise UsageError("there must be at least one set to look for duplicates in, got none")
    owners = [(number, index) for number, part in enumerate(sets) for index in range(len(part))]

    def load(owner: tuple[int, int]) -> NDArray[np.uint8]:
        return sets[owner[0]].photos.load_small(owner[1])

    def pictures() -> Iterator[NDArray[np.uint8]]:
        with ThreadPoolExecutor(workers or min(len(os.sched_getaffinity(0)), 8), "duplicates") as pool:
            for start in range(0, len(owners), _CHUNK):
                yield from pool.map(load, owners[start : start + _CHUNK])
                if progress is not None:
                    progress(min(start + _CHUNK, len(owners)))

    groups = []
    for places in near_duplicate_groups(pictures()):
        if len(places) < 2:
            continue
        copies = tuple(_copy(sets, *owners[place]) for place in places)
        if across_only and len({copy.set_index for copy in copies}) < 2:
            continue
        hashes = {_hash(sets[copy.set_index], copy.index) for copy in copies}
        groups.append(DuplicateGroup(copies, len(hashes) == 1))
    groups.sort(key=lambda group: (not group.across, -len(group.copies)))
    return DuplicateReport(tuple(part.name for part in sets), tuple(len(part) for part in sets), tuple(groups))


def duplicates_page(report: DuplicateReport, sets: Sequence[LabelledSet]) -> str:
    """Return one HTML page with the groups and their pictures; it needs no other file.

    Args:
        report: What was found.
        sets: The sets it was found in.

    Raises:
        UsageError: A picture cannot be read.
    """
    parts = []
    for number, group in enumerate(report.groups[:_GROUPS_SHOWN]):
        kind = "the same file" if group.equal else "nearly the same"
        where = ", across sets" if group.across else ""
        figures = "".join(
            thumbnail_html(sets[copy.set_index], copy.index, f"{report.names[copy.set_index]}: {copy.file}")
            for copy in group.copies[:_SHOWN_OF_GROUP]
        )
        more = len(group.copies) - _SHOWN_OF_GROUP
        note = f'<p class="note">and {more} more</p>' if more > 0 else ""
        parts.append(
            f"<h3>{number + 1}: {len(group.copies)} pictures, {kind}{where}</h3>"
            f'<div class="examples">{figures}</div>{note}'
        )
    if len(report.groups) > _GROUPS_SHOWN:
        parts.append(f'<p class="note">{len(report.groups) - _GROUPS_SHOWN} more groups are in the JSON.</p>')
    names = ", ".join(f"{escape(name)} ({count:,})" for name, count in zip(report.names, report.counts, strict=True))
    intro = f'<p>{escape(report.to_text(0).splitlines()[-1])}</p><p class="muted">{names}</p>'
    title = "Pictures that are there more than once"
    return page_html(title, title, intro, [("groups", "Groups", "".join(parts) or '<p class="none">none</p>')])


def _copy(sets: Sequence[LabelledSet], number: int, index: int) -> Copy:
    photos = sets[number].photos
    path, root = photos.paths[index], photos.root if photos.root.is_dir() else photos.root.parent
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return Copy(number, index, name)


def _hash(pictures: LabelledSet, index: int) -> str:
    path = pictures.photos.paths[index]
    try:
        return hash_file(path)
    except OSError as error:
        raise UsageError(f"{path}: every picture must be readable: {error.strerror or error}") from error
