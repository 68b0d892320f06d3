"""Filters as people type and share them, what passes them, and histograms that follow.

A frame passes where it passes every filter on frames and, if there is one on objects, has an object that passes all of
those at once. Each histogram counts what passes all filters but its own, so that it shows what another choice would
give. Where no label status is asked for, the labelled objects are those that count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError, nearest_name
from synthvision.inspect.browse.columns import STATUSES
from synthvision.inspect.browse.facets import CountFacet, Facet, LevelFacet, NumberFacet, RangeFacet
from synthvision.inspect.browse.index import FrameIndex

__all__ = ["SORTS", "Selected", "Selection", "parse_selection", "select"]

#: Orders of frames and what they mean. All but the first look at the objects that pass.
SORTS: dict[str, str] = {
    "frame": "by frame",
    "most": "most objects first",
    "fewest": "fewest objects first",
    "small": "smallest object first",
    "large": "largest object first",
    "hidden": "most hidden object first",
    "truncated": "most truncated object first",
    "far": "farthest object first",
}
_MAX_VALUES = 200
_LABELLED = STATUSES.index("labelled") + 1

Bools = NDArray[np.bool_]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters and an order.

    Args:
        levels: Allowed levels by facet, sorted.
        spans: Low end (in) and high end (out) by facet; infinite where open.
        sort: A key of `SORTS`.
    """

    levels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    spans: tuple[tuple[str, Span], ...] = ()
    sort: str = "frame"


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """What passes.

    Args:
        rows: Rows of the frames that pass, in the order asked for.
        objects: Which targets count: those that pass all filters on objects.
        counts: How many of them stand in each frame, by row.
        object_count: How many of them stand in frames that pass.
        histograms: Counts by facet: of each level, or of each bin.
        filtered: Whether there is a filter on objects.
    """

    rows: NDArray[np.int32]
    objects: Bools
    counts: NDArray[np.int64]
    object_count: int
    histograms: Mapping[str, tuple[int, ...]]
    filtered: bool


def parse_selection(pairs: Iterable[tuple[str, str]], facets: Mapping[str, Facet]) -> Selection:
    """Return the filters that the words of an address stand for, e.g. ``class=car``, ``area=100..2000``.

    Args:
        pairs: Key and value; a key of levels may come many times, and any of its values passes.
        facets: The data set's facets.

    Raises:
        UsageError: A key, level or order is not known, or a span is not two numbers.
    """
    levels: dict[str, set[str]] = {}
    spans: dict[str, Span] = {}
    sort = "frame"
    for number, (key, value) in enumerate(pairs):
        if number >= _MAX_VALUES:
            raise UsageError(f"filters must be at most {_MAX_VALUES} values")
        if key == "sort":
            if value not in SORTS:
                raise UsageError(f"sort must be one of {', '.join(SORTS)}, got {value[:80]!r}")
            sort = value
            continue
        facet = facets.get(key)
        if facet is None:
            raise UsageError(f"there is no filter {key[:80]!r} here{_hint(key, facets)}")
        if isinstance(facet, LevelFacet):
            if value not in facet.levels:
                raise UsageError(f"filter {key}: no frame has {value[:80]!r}{_hint(value, facet.levels)}")
            levels.setdefault(key, set()).add(value)
        else:
            spans[key] = _span(key, value)
    return Selection(
        tuple((key, tuple(sorted(levels[key]))) for key in sorted(levels)), tuple(sorted(spans.items())), sort
    )


def select(index: FrameIndex, facets: Mapping[str, Facet], selection: Selection) -> Selected:
    """Return what passes some filters, and all histograms.

    Args:
        index: The data set's index.
        facets: Its facets.
        selection: Filters whose keys and levels are among these.
    """
    passes = _passes(facets, selection)
    owner = index.columns.objects["row"]
    objects = _Failures(len(owner), {key: mask for key, mask in passes.items() if facets[key].of == "objects"})
    frames = _Failures(len(index), {key: mask for key, mask in passes.items() if facets[key].of == "frames"})
    filtered = bool(objects.masks)
    implied = "status" not in objects.masks and "cause" not in objects.masks
    if implied:
        # Frames without a labelled object still pass.
        objects.add("status", index.columns.objects["status"] == _LABELLED)
    counted = objects.without(None)
    counts = np.bincount(owner[counted], minlength=len(index))
    span = dict(selection.spans).get("count")
    if span is not None:
        frames.add("count", (counts >= span[0]) & (counts < span[1]))
    if filtered:
        frames.add("objects", counts > 0)
    passing = frames.without(None)
    inside = frames.without("objects")[owner]
    histograms = {}
    for key, facet in facets.items():
        if isinstance(facet, CountFacet):
            bins = np.searchsorted(np.array(facet.edges), np.arange(int(counts.max(initial=0)) + 1), side="right")
            codes = bins[counts]
            histograms[key] = _counts(codes[frames.without("count")], len(facet.edges))
        elif isinstance(facet, LevelFacet | NumberFacet):
            length = len(facet.levels) if isinstance(facet, LevelFacet) else len(facet.edges)
            # Causes are those of ignored objects: they are counted beside the labelled ones that count otherwise.
            own = "status" if implied and key == "cause" else key
            among = objects.without(own) & inside if facet.of == "objects" else frames.without(key)
            histograms[key] = _counts(facet.codes[among], length)
    rows = _ordered(index, np.flatnonzero(passing), counted, counts, selection.sort)
    return Selected(rows.astype(np.int32), counted, counts, int(counts[passing].sum()), histograms, filtered)


class _Failures:
    """How many filters each object or frame fails, so that what passes all but one is a comparison away."""

    def __init__(self, count: int, masks: dict[str, Bools]) -> None:
        self.masks: dict[str, Bools] = {}
        self._failed = np.zeros(count, np.uint8)
        self._all: Bools | None = None
        for key, mask in masks.items():
            self.add(key, mask)

    def add(self, key: str, mask: Bools) -> None:
        self.masks[key] = mask
        self._failed += ~mask
        self._all = None

    def without(self, key: str | None) -> Bools:
        """Return what passes all filters but one."""
        if key in self.masks:
            return np.asarray(self._failed == ~self.masks[key])
        if self._all is None:
            self._all = self._failed == 0
        return self._all


def _passes(facets: Mapping[str, Facet], selection: Selection) -> dict[str, Bools]:
    passes: dict[str, Bools] = {}
    for key, chosen in selection.levels:
        facet = facets[key]
        if isinstance(facet, LevelFacet):
            allowed = np.zeros(len(facet.levels) + 1, np.bool_)
            allowed[[facet.levels.index(level) + 1 for level in chosen]] = True
            passes[key] = allowed[facet.codes]
    for key, (low, high) in selection.spans:
        facet = facets[key]
        if isinstance(facet, NumberFacet | RangeFacet):
            # Compared as the bins were made, so that a click on a bin gives what the bin counted.
            values = facet.values if facet.values.dtype.kind == "i" else facet.values.astype(np.float32)
            ends = (low, high) if facet.values.dtype.kind == "i" else (np.float32(low), np.float32(high))
            passes[key] = (values >= ends[0]) & (values < ends[1])
    return passes


def _counts(codes: NDArray[Any], length: int) -> tuple[int, ...]:
    return tuple(np.bincount(codes, minlength=length + 1)[1 : length + 1].tolist())


def _ordered(
    index: FrameIndex, rows: NDArray[Any], counted: Bools, counts: NDArray[Any], sort: str
) -> NDArray[Any]:  # fmt: skip
    """Return rows in the order asked for; frames without a value come last, ties in frame order."""
    if sort == "frame" or not len(rows):
        return rows
    if sort in ("most", "fewest"):
        values = counts.astype(np.float64) * (-1 if sort == "most" else 1)
    else:
        column, sign = {
            "small": ("area", 1), "large": ("area", -1), "hidden": ("visible", 1),
            "truncated": ("truncation", -1), "far": ("distance", -1),
        }[sort]  # fmt: skip
        known = index.columns.objects[column].astype(np.float64) * sign
        use = counted & ~np.isnan(known)
        values = np.full(len(index), math.inf)
        np.minimum.at(values, index.columns.objects["row"][use], known[use])
    return rows[np.argsort(values[rows], kind="stable")]


def _span(key: str, text: str) -> Span:
    low, dots, high = text.partition("..")
    try:
        ends = (float(low) if low else -math.inf, float(high) if high else math.inf)
    except ValueError:
        ends = (math.nan, math.nan)
    if not dots or math.isnan(ends[0]) or math.isnan(ends[1]) or ends[0] >= ends[1]:
        raise UsageError(
            f"filter {key} must be LOW..HIGH, from the one number up to but not with the other, one of which may be "
            f"left out, got {text[:80]!r}"
        )
    return ends


def _hint(name: str, allowed: Iterable[str]) -> str:
    near = nearest_name(name[:80], allowed)
    return f"; did you mean {near!r}" if near else ""
