"""What the report counts: classes, classes that come together, places of boxes, refusals, extreme objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.inspect.browse.columns import STATUSES
from synthvision.inspect.browse.facets import Facet, LevelFacet, size_levels
from synthvision.inspect.browse.index import FrameIndex

__all__ = [
    "ClassRow",
    "Extreme",
    "box_cover",
    "class_rows",
    "count_causes",
    "count_pairs",
    "count_refusals",
    "count_together",
    "find_extremes",
]

_LABELLED = STATUSES.index("labelled") + 1
_IGNORED = STATUSES.index("ignored") + 1


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Counts of one class.

    Args:
        name: Class name.
        frames: Pictures with a labelled object of it.
        statuses: Objects by status, in the order of `STATUSES`.
        sizes: Labelled objects that are small, medium, large in COCO's sense.
        median_area_px: Median mask of the labelled objects, 0 where there is none.
        mean_visible: Mean visible fraction of the labelled objects, None where none has one.
    """

    name: str
    frames: int
    statuses: tuple[int, ...]
    sizes: tuple[int, int, int]
    median_area_px: int
    mean_visible: float | None


@dataclass(frozen=True, slots=True)
class Extreme:
    """An object that is the smallest, most hidden or most truncated of its picture.

    Args:
        frame: Frame index.
        instance_id: Its id in the frame.
        value: Mask area in pixels, visible fraction or truncation.
    """

    frame: int
    instance_id: int
    value: float


def class_rows(index: FrameIndex, classes: Sequence[str]) -> list[ClassRow]:
    """Return the counts of every class, in the job's order."""
    objects = index.columns.objects
    sizes = size_levels(objects["area"])
    rows = []
    for code, name in enumerate(classes, start=1):
        own = objects["class"] == code
        labelled = own & (objects["status"] == _LABELLED)
        statuses = np.bincount(objects["status"][own], minlength=len(STATUSES) + 1)[1:]
        small, medium, large = np.bincount(sizes[labelled], minlength=4)[1:].tolist()
        visible = objects["visible"][labelled]
        visible = visible[~np.isnan(visible)].astype(np.float64)
        areas = objects["area"][labelled]
        rows.append(
            ClassRow(
                name,
                len(np.unique(objects["row"][labelled])),
                tuple(statuses.tolist()),
                (small, medium, large),
                int(np.median(areas)) if len(areas) else 0,
                float(visible.mean()) if len(visible) else None,
            )
        )
    return rows


def count_together(index: FrameIndex, classes: Sequence[str]) -> NDArray[np.int64]:
    """Return in how many pictures two classes both have a labelled object, int64 (classes, classes).

    On the diagonal stand the pictures that have the class at all.

    Example:
        A data set with a cup in each of three pictures and a ball in one of them gives ``[[3, 1], [1, 1]]``.
    """
    objects = index.columns.objects
    labelled = objects["status"] == _LABELLED
    # A picture that has a class counts once, however many objects of it there are.
    present = np.unique(objects["row"][labelled].astype(np.int64) * (len(classes) + 1) + objects["class"][labelled])
    rows, codes = np.divmod(present, len(classes) + 1)
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for own in np.split(codes, np.flatnonzero(rows[1:] != rows[:-1]) + 1):
        counts[np.ix_(own - 1, own - 1)] += 1
    return counts


def box_cover(index: FrameIndex, cells_wh: tuple[int, int]) -> NDArray[np.float64]:
    """Return on how many labelled boxes each cell of the picture lies, as a share of all of them.

    Args:
        index: The data set's index.
        cells_wh: Cells across and down.

    Returns:
        float64 (rows, columns), 0..1; a cell counts for a box with the share of the cell that the box covers.
    """
    across, down = cells_wh
    objects, frames = index.columns.objects, index.columns.frames
    use = (objects["status"] == _LABELLED) & (objects["x2"] > objects["x1"])
    cover = np.zeros((down, across))
    if not use.any():
        return cover
    rows = objects["row"][use]
    width, height = (np.maximum(frames[name][rows], 1).astype(np.float64) for name in ("width", "height"))
    share_x = _shares(objects["x1"][use] / width, objects["x2"][use] / width, across)
    share_y = _shares(objects["y1"][use] / height, objects["y2"][use] / height, down)
    return np.asarray(share_y.T @ share_x / len(rows))


def _shares(low: NDArray[Any], high: NDArray[Any], cells: int) -> NDArray[np.float64]:
    """Return how much of each of some cells of 0..1 lies between two ends, float64 (boxes, cells)."""
    edges = np.arange(cells + 1) / cells
    inside = np.minimum(high[:, None], edges[1:]) - np.maximum(low[:, None], edges[:-1])
    return np.asarray(np.clip(inside * cells, 0.0, 1.0))


def count_causes(index: FrameIndex, classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return ignored objects by cause and class; causes that are most frequent first."""
    objects, names = index.columns.objects, index.columns.names("cause")
    counts: dict[str, dict[str, int]] = {}
    for code, cause in enumerate(names, start=1):
        own = (objects["status"] == _IGNORED) & (objects["cause"] == code)
        by_class = np.bincount(objects["class"][own], minlength=len(classes) + 1)[1:].tolist()
        counts[cause] = {name: count for name, count in zip(classes, by_class, strict=False) if count}
    return dict(sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def count_refusals(index: FrameIndex) -> dict[str, int]:
    """Return how often sampling was refused, by reason, each scene counted once; the most frequent first."""
    refusals, names = index.columns.refusals, index.columns.names("reason")
    # Pictures of one scene repeat what was refused when it was sampled.
    first = np.zeros(len(index), np.bool_)
    first[np.unique(index.columns.frames["scene"], return_index=True)[1]] = True
    use = first[refusals["row"]]
    sums = np.bincount(refusals["reason"][use], refusals["count"][use], minlength=len(names) + 1)[1:]
    counts = {name: int(count) for name, count in zip(names, sums.tolist(), strict=False) if count}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def count_pairs(facets: Mapping[str, Facet], keys: Sequence[str]) -> dict[tuple[tuple[str, str], tuple[str, str]], int]:
    """Return in how many pictures two levels come together, by two (facet, level) pairs.

    A level with itself stands for the level alone.

    Args:
        facets: The data set's facets.
        keys: Which ones, all of frames.
    """
    counts = {}
    chosen = [facets[key] for key in keys]
    levelled = [facet for facet in chosen if isinstance(facet, LevelFacet)]
    for place, first in enumerate(levelled):
        for second in levelled[place:]:
            width = len(second.levels) + 1
            joint = np.bincount(
                first.codes.astype(np.int64) * width + second.codes, minlength=(len(first.levels) + 1) * width
            ).reshape(-1, width)
            for i, one in enumerate(first.levels, start=1):
                for j, other in enumerate(second.levels, start=1):
                    if first is not second or i == j:
                        counts[((first.key, one), (second.key, other))] = int(joint[i, j])
    return counts


def find_extremes(index: FrameIndex, column: str, count: int, *, largest: bool) -> list[Extreme]:
    """Return labelled objects with the smallest or largest value of a column, one a picture.

    Args:
        index: The data set's index.
        column: ``area``, ``visible`` or ``truncation``.
        count: Most objects.
        largest: Largest values instead of smallest.
    """
    objects = index.columns.objects
    values = objects[column].astype(np.float64)
    rows = np.flatnonzero((objects["status"] == _LABELLED) & ~np.isnan(values))
    order = rows[np.argsort(-values[rows] if largest else values[rows], kind="stable")]
    found: list[Extreme] = []
    seen: set[int] = set()
    for place in order.tolist():
        row = int(objects["row"][place])
        if row not in seen:
            seen.add(row)
            found.append(Extreme(int(index.frames[row]), int(objects["instance"][place]), float(values[place])))
        if len(found) == count:
            break
    return found
