"""Train, validation and test parts that do not leak: whole scenes, assets or scenarios go into one part.

What must stay together is decided from the records, in one pass that keeps one number a frame and the class counts of
each group. Groups are then dealt out by iterative stratification (`synthvision.export.stratify`), so that each part
has its share of frames and of every class. The same data set, shares and seed give the same parts.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError, UsageError, nearest_name
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import Dataset
from synthvision.dataset.records import FrameRecord
from synthvision.export.parts import Parts
from synthvision.export.stratify import GroupCounts, deal_groups

__all__ = ["SPLIT_KINDS", "Split", "check_split_kind", "parse_shares", "split_dataset"]

#: What may be kept together; ``factor:NAME`` is a fifth: the level of one factor.
SPLIT_KINDS = ("scene", "asset", "scenario", "frame")
_FACTOR = "factor:"
_PART_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
#: A part that misses its share by more than this gets a sentence that says so.
_SHARE_MISSED = 0.05


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a data set.

    Args:
        parts: Which frames are in which.
        groups: How many groups there were to deal out.
        notes: What the user should know, one sentence each.
    """

    parts: Parts
    groups: int
    notes: tuple[str, ...] = ()


def parse_shares(text: str) -> dict[str, float]:
    """Return the share of each part from text such as ``train=0.8,val=0.1,test=0.1``; they must add up to 1.

    Raises:
        UsageError: The text has another form, a name cannot be a file name, or the shares do not add up to 1.

    Example:
        >>> parse_shares("train=0.75,val=0.25")
        {'train': 0.75, 'val': 0.25}
    """
    shares: dict[str, float] = {}
    for item in text.split(","):
        name, equals, number = (piece.strip() for piece in item.partition("="))
        try:
            share = float(number)
        except ValueError:
            share = -1.0
        if not equals or not 0 < share <= 1:
            raise UsageError(f"a split must be written as train=0.8,val=0.1,test=0.1 with shares above 0, got {item!r}")
        if not _PART_NAME.fullmatch(name):
            raise UsageError(f"the name of a part must be letters, digits, - and _, got {name!r}")
        if name in shares:
            raise UsageError(f"each part must be named once, but {name!r} is named twice")
        shares[name] = share
    _check_shares(shares)
    return shares


def check_split_kind(by: str) -> None:
    """Check what frames are to be kept together by.

    Raises:
        UsageError: It is none of `SPLIT_KINDS`, nor ``factor:NAME``.
    """
    if by in SPLIT_KINDS or (by.startswith(_FACTOR) and len(by) > len(_FACTOR)):
        return
    near = nearest_name(by, SPLIT_KINDS)
    hint = f"; did you mean {near!r}?" if near else ""
    raise UsageError(f"a split must be by {', '.join(SPLIT_KINDS)} or factor:NAME, got {by!r}{hint}")


def split_dataset(
    dataset: Dataset,
    shares: Mapping[str, float],
    *,
    by: str = "scene",
    seed: int = 0,
    frames: Container[int] | None = None,
) -> Split:
    """Return the parts of a data set.

    Args:
        dataset: What to split.
        shares: Share of each part, above 0, 1 together.
        by: What must not be in two parts: ``scene`` (all views, steps and cameras of one sampled world), ``asset``
            (also every model of a thing with a class that is seen in it; a catalogue entry written in code counts as
            one model, whatever its parameters), ``scenario`` (scenes whose sampled factors have the same levels),
            ``factor:NAME`` (scenes with the same level of one factor), or ``frame`` (variants of one picture).
        seed: Decides ties, 0 or more.
        frames: Only these frames; None for all.

    Raises:
        UsageError: There are fewer groups than parts, the factors are not recorded, or an argument is wrong.
        DatasetError: A record is broken, or there is no frame.
    """
    check_split_kind(by)
    _check_shares(shares)
    ties = _ties_by(by)
    gathered = _Gathered()
    for record in dataset.records():
        if frames is None or record.frame in frames:
            gathered.add(record, ties(record))
    if not gathered.frames:
        raise DatasetError(f"{dataset.root} must have frames to split, but has none that was asked for")
    group_of, counts = gathered.groups()
    names = tuple(shares)
    if len(counts.sizes) < len(names):
        raise UsageError(_too_few(by, len(counts.sizes), len(names), gathered))
    portions = np.array([shares[name] for name in names], np.float64)
    part_of = deal_groups(counts, portions / portions.sum(), rng_for(seed, 0, f"export.split.{by}"))
    part_of_frame = part_of[group_of]
    indices = np.frombuffer(gathered.frames, np.int64)
    parts = Parts.of_frames({name: indices[part_of_frame == number] for number, name in enumerate(names)})
    return Split(parts, len(counts.sizes), tuple(_missed_shares(by, shares, parts, counts)))


def _check_shares(shares: Mapping[str, float]) -> None:
    if not shares or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise UsageError(f"the shares of a split must be above 0 and add up to 1, got {dict(shares)}")


Ties = Callable[[FrameRecord], Iterable[Hashable]]


def _ties_by(by: str) -> Ties:
    if by == "frame":
        return _picture
    if by == "scene":
        return lambda record: (_scene(record),)
    if by == "asset":
        return lambda record: (_scene(record), *_assets(record))
    if by == "scenario":
        return lambda record: (_scene(record), _levels(record))
    return lambda record: (_scene(record), _level(record, by.removeprefix(_FACTOR)))


def _picture(record: FrameRecord) -> tuple[Hashable, ...]:
    # Two augmented variants of one picture in two parts would be a leak like no other.
    return (("picture", record.frame if record.augmentation is None else record.augmentation.source_frame),)


def _scene(record: FrameRecord) -> Hashable:
    origin = record.scene.get("origin", {})
    try:
        return "scene", int(origin["seed"]), int(origin["scene_index"])
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"the record of frame {record.frame} must say which scene it shows") from error


def _assets(record: FrameRecord) -> Iterable[Hashable]:
    seen = {
        label.instance_id
        for label in record.instances
        if label.role == "thing" and label.category is not None and label.visible_pixels
    }
    for item in record.scene.get("objects", ()):
        if item["instance_id"] in seen:
            yield "asset", item["asset"]["pack"], item["asset"]["name"]


def _levels(record: FrameRecord) -> Hashable:
    if not record.factor_levels:
        raise UsageError(
            f"a split by scenario needs the levels of factors, but frame {record.frame} has none; declare factors in "
            "the scene file, or split by scene"
        )
    return "scenario", tuple(sorted(record.factor_levels.items()))


def _level(record: FrameRecord, name: str) -> Hashable:
    if name not in record.factor_levels:
        known = ", ".join(sorted(record.factor_levels)) or "none"
        near = nearest_name(name, record.factor_levels)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UsageError(f"frame {record.frame} has no level of a factor {name!r}{hint} (there are: {known})")
    return "level", record.factor_levels[name]


@dataclass(slots=True)
class _Gathered:
    """What is kept of the records: frame, node and class counts, and which nodes belong together."""

    frames: array[int] = field(default_factory=lambda: array("q"))
    nodes: array[int] = field(default_factory=lambda: array("q"))
    # Class counts of each frame as triples in three columns: frame's place, class, count.
    places: array[int] = field(default_factory=lambda: array("q"))
    classes: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("q"))
    class_numbers: dict[str | None, int] = field(default_factory=dict)
    ties: dict[Hashable, int] = field(default_factory=dict)
    parent: list[int] = field(default_factory=list)
    seen: Counter[Hashable] = field(default_factory=Counter)

    def add(self, record: FrameRecord, ties: Iterable[Hashable]) -> None:
        """Keep one frame."""
        first: int | None = None
        for tie in ties:
            self.seen[tie] += 1
            node = self.ties.setdefault(tie, len(self.parent))
            if node == len(self.parent):
                self.parent.append(node)
            first = node if first is None else self._join(first, node)
        assert first is not None
        found: Counter[str | None] = Counter(
            label.category for label in record.instances if label.status in ("labelled", "ignored")
        )
        # A picture without an object is something that each part needs its share of, like a class.
        for category, count in found.items() or ((None, 1),):
            self.places.append(len(self.frames))
            self.classes.append(self.class_numbers.setdefault(category, len(self.class_numbers)))
            self.counts.append(count)
        self.frames.append(record.frame)
        self.nodes.append(first)

    def groups(self) -> tuple[NDArray[np.int64], GroupCounts]:
        """Return the group of each frame, and what each group holds."""
        roots = np.array([self._root(node) for node in self.nodes], np.int64)
        _, group_of = np.unique(roots, return_inverse=True)
        sizes = np.bincount(group_of).astype(np.int64)
        group = group_of[np.frombuffer(self.places, np.int64)]
        number = np.frombuffer(self.classes, np.int64)
        keys, inverse = np.unique(group * len(self.class_numbers) + number, return_inverse=True)
        counts = np.bincount(inverse, np.frombuffer(self.counts, np.int64)).astype(np.int64)
        owner, classes = np.divmod(keys, len(self.class_numbers))
        starts = np.searchsorted(owner, np.arange(len(sizes) + 1))
        return group_of, GroupCounts(sizes, starts, classes, counts)

    def most_shared(self) -> tuple[Hashable, int] | None:
        """Return the asset or level that is in most frames, with their number."""
        found = [item for item in self.seen.most_common() if item[0][0] != "scene"]  # type: ignore[index]
        return found[0] if found else None

    def _root(self, node: int) -> int:
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def _join(self, first: int, second: int) -> int:
        first, second = self._root(first), self._root(second)
        self.parent[max(first, second)] = min(first, second)
        return min(first, second)


def _too_few(by: str, groups: int, parts: int, gathered: _Gathered) -> str:
    kept = {"scene": "scenes", "frame": "pictures", "asset": "groups of scenes that share no asset"}
    what = kept.get(by, "groups of scenes that share no level")
    why = ""
    if by not in ("scene", "frame") and (shared := gathered.most_shared()) is not None:
        name = ":".join(str(piece) for piece in shared[0][1:])  # type: ignore[index]
        why = f" ({name} alone is in {shared[1]} of {len(gathered.frames)} frames)"
    advice = "render more scenes, or ask for fewer parts" if by in ("scene", "frame") else "split by scene instead"
    return f"a split into {parts} parts by {by} needs at least {parts} {what}, but there are {groups}{why}; {advice}"


def _missed_shares(by: str, shares: Mapping[str, float], parts: Parts, counts: GroupCounts) -> Iterable[str]:
    total, largest = int(counts.sizes.sum()), int(counts.sizes.max())
    frames = parts.frames or {}
    met = {name: len(indices) / total for name, indices in frames.items()}
    if max(abs(met[name] - share) for name, share in shares.items()) > _SHARE_MISSED:
        reached = ", ".join(f"{name}={share:.3g}" for name, share in met.items())
        yield (
            f"the shares are {reached} instead of what was asked for: a split by {by} keeps groups whole, and the "
            f"largest of {len(counts.sizes)} has {largest} of {total} frames"
        )
