"""Run lengths: the masks of all instances from the id image in one pass, in COCO's compressed form.

COCO walks a mask column by column and writes how many pixels are off, then on, then off, and so on. The compressed
form writes each count (from the fourth on: its difference to the count two before) in groups of five bits, lowest
first, as printable characters: https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c.
`synthvision.core.run_lengths` reads it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frames import AmodalCoverage
from synthvision.core.labels import BoxXyxy, InstanceLabel, Rle
from synthvision.core.run_lengths import decode_counts, decode_rle

__all__ = [
    "InstanceMask",
    "decode_id_image",
    "encode_counts",
    "encode_coverages",
    "encode_id_image",
    "encode_mask",
    "rle_area",
    "rle_box",
]

Int = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class InstanceMask:
    """The visible mask of one instance.

    Args:
        rle: Its run lengths.
        area: Its pixels, 1 or more.
        box_xyxy: Its tight half-open box.
        centroid_xy: Mean of its pixel centres.
    """

    rle: Rle
    area: int
    box_xyxy: BoxXyxy
    centroid_xy: tuple[float, float]


def decode_id_image(labels: Iterable[InstanceLabel], size_wh: tuple[int, int]) -> NDArray[np.uint16]:
    """Return the id image that visible masks make, uint16 (height, width), 0 where none is.

    Args:
        labels: The instances of one picture.
        size_wh: Width and height of the picture in pixels.

    Raises:
        UsageError: A mask is broken.
    """
    width, height = size_wh
    image = np.zeros((height, width), np.uint16)
    for label in labels:
        if label.rle is not None:
            image[decode_rle(label.rle)] = label.instance_id
    return image


def encode_id_image(id_hw: NDArray[np.uint16]) -> dict[int, InstanceMask]:
    """Return mask, area, box and centroid of every id in the image but 0, by ascending id.

    The image is read once: the places where the id changes along the columns are the runs of all instances, and all
    else is arithmetic on runs.

    Args:
        id_hw: uint16 (height, width).

    Example:
        >>> masks = encode_id_image(np.array([[0, 7], [7, 7]], np.uint16))
        >>> masks[7].area, masks[7].box_xyxy, masks[7].rle.counts
        (3, (0, 0, 2, 2), '13')
    """
    height, width = id_hw.shape
    if not id_hw.size:
        return {}
    columns = np.ascontiguousarray(id_hw.T).ravel()
    starts = np.concatenate([[0], np.flatnonzero(columns[1:] != columns[:-1]) + 1])
    ends = np.append(starts[1:], columns.size)
    ids = columns[starts]
    # A stable sort keeps the runs of one id in picture order.
    order = np.argsort(ids, kind="stable")
    order = order[np.searchsorted(ids[order], 1) :]
    if not len(order):
        return {}
    ids, starts, ends = ids[order], starts[order], ends[order]
    first = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1])
    texts = _encode_runs(starts, ends, first, columns.size)
    areas = np.add.reduceat(ends - starts, first)
    boxes = _boxes_of_runs(starts, ends, first, height)
    centroids = _centroids_of_runs(starts, ends, first, height, areas)
    size = (height, width)
    return {
        instance_id: InstanceMask(Rle(size, text), area, (x1, y1, x2, y2), (x, y))
        for instance_id, text, area, (x1, y1, x2, y2), (x, y) in zip(
            ids[first].tolist(), texts, areas.tolist(), boxes.tolist(), centroids.tolist(), strict=True
        )
    }


def encode_coverages(coverages: Iterable[AmodalCoverage], size_hw: tuple[int, int]) -> list[Rle | None]:
    """Return the run lengths of each object alone, clipped to the picture; None for one without a pixel in it.

    Args:
        coverages: Windows from the renderer, inside the picture.
        size_hw: Height and width of the picture.

    Raises:
        UsageError: A window sticks out of the picture.
    """
    starts_of: list[Int] = []
    ends_of: list[Int] = []
    for coverage in coverages:
        starts, ends = _runs_of_window(coverage.mask_hw, coverage.offset_xy, size_hw)
        starts_of.append(starts)
        ends_of.append(ends)
    lengths = np.array([len(starts) for starts in starts_of], np.int64)
    filled = np.flatnonzero(lengths)
    rles: list[Rle | None] = [None] * len(lengths)
    if len(filled):
        first = np.cumsum(lengths[filled]) - lengths[filled]
        texts = _encode_runs(np.concatenate(starts_of), np.concatenate(ends_of), first, size_hw[0] * size_hw[1])
        for index, text in zip(filled.tolist(), texts, strict=True):
            rles[index] = Rle(size_hw, text)
    return rles


def encode_mask(mask_hw: NDArray[np.bool_]) -> Rle:
    """Return the run lengths of one mask, which may be empty or full.

    Example:
        >>> encode_mask(np.array([[False, True], [True, True]])).counts
        '13'
    """
    height, width = mask_hw.shape
    starts, ends = _runs_of_window(mask_hw, (0, 0), (height, width))
    total = height * width
    if not len(starts):
        return Rle((height, width), encode_counts(np.array([total]), np.zeros(1, np.int64))[0] if total else "")
    return Rle((height, width), _encode_runs(starts, ends, np.zeros(1, np.int64), total)[0])


def rle_area(rle: Rle) -> int:
    """Return the number of pixels of a mask."""
    return int(decode_counts(rle.counts)[1::2].sum())


def rle_box(rle: Rle) -> BoxXyxy | None:
    """Return the tight half-open box of a mask, or None for an empty one."""
    counts = decode_counts(rle.counts)
    edges = np.cumsum(counts)
    starts, ends = edges[0:-1:2], edges[1::2]
    filled = ends > starts
    if not filled.any():
        return None
    x1, y1, x2, y2 = _boxes_of_runs(starts[filled], ends[filled], np.zeros(1, np.int64), rle.size[0])[0].tolist()
    return x1, y1, x2, y2


def encode_counts(counts: Int, first: Int) -> list[str]:
    """Return the compressed text of many masks' run lengths at once.

    Args:
        counts: int64 (n,), the run lengths of all masks one after the other, each starting with pixels that are off.
        first: int64 (m,), index of each mask's first run length, ascending from 0.
    """
    lengths = np.diff(np.append(first, len(counts)))
    place = np.arange(len(counts)) - np.repeat(first, lengths)
    values = counts.astype(np.int64)
    late = np.flatnonzero(place > 2)
    values[late] -= counts[late - 2]
    # A value takes as many groups of five bits as its two's complement needs, sign bit included.
    magnitude = np.where(values < 0, ~values, values)
    groups = np.ones(len(values), np.int64)
    bits = 4
    while (more := magnitude >> bits).any():
        groups += more > 0
        bits += 5
    at = np.cumsum(groups) - groups
    text = np.zeros(int(groups.sum()), np.uint8)
    for index in range(int(groups.max())):
        has = groups > index
        digit = (values[has] >> (5 * index)) & 31
        text[at[has] + index] = digit + 48 + 32 * (groups[has] > index + 1)
    whole = text.tobytes().decode("ascii")
    edges = [*at[first].tolist(), len(whole)]
    return [whole[begin:end] for begin, end in pairwise(edges)]


def _encode_runs(starts: Int, ends: Int, first: Int, total: int) -> list[str]:
    """Return the compressed text of masks given as sorted, separate runs of pixels that are on."""
    count = len(starts)
    last = np.append(first[1:], count) - 1
    before = np.append(0, ends[:-1])
    before[first] = 0
    # Each run gives two counts (off, on); a mask that ends before the last pixel has one more (off).
    tail = ends[last] < total
    tails_before = np.cumsum(tail) - tail
    at = 2 * np.arange(count) + np.repeat(tails_before, last - first + 1)
    counts = np.zeros(2 * count + int(tail.sum()), np.int64)
    counts[at] = starts - before
    counts[at + 1] = ends - starts
    counts[at[last[tail]] + 2] = total - ends[last[tail]]
    return encode_counts(counts, at[first])


def _runs_of_window(
    mask_hw: NDArray[np.bool_], offset_xy: tuple[int, int], size_hw: tuple[int, int]
) -> tuple[Int, Int]:
    """Return the runs of a window's mask as positions in the whole picture, column by column."""
    rows, columns = mask_hw.shape
    x, y = offset_xy
    if not mask_hw.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if x < 0 or y < 0 or x + columns > size_hw[1] or y + rows > size_hw[0]:
        raise UsageError(
            f"a coverage window must lie inside the picture of {size_hw[1]} x {size_hw[0]} px, "
            f"got {columns} x {rows} px at ({x}, {y})"
        )
    # One pixel that is off before the first and after each column keeps runs of two columns apart.
    padded = np.zeros(columns * (rows + 1) + 1, np.int8)
    padded[1:].reshape(columns, rows + 1)[:, :rows] = mask_hw.T
    change = np.flatnonzero(padded[1:] != padded[:-1])
    column, row = np.divmod(change, rows + 1)
    places = (column + x) * size_hw[0] + row + y
    starts, ends = places[0::2], places[1::2]
    # Runs that reach over the border of two columns are one run in the picture.
    apart = starts[1:] != ends[:-1]
    return starts[np.append(True, apart)] if len(starts) else starts, ends[np.append(apart, True)] if len(
        ends
    ) else ends


def _boxes_of_runs(starts: Int, ends: Int, first: Int, height: int) -> Int:
    x1, y1 = np.divmod(starts, height)
    x2, y2 = np.divmod(ends - 1, height)
    # A run over more than one column covers the last row of one and the first row of the next.
    over = x2 > x1
    y1 = np.where(over, 0, y1)
    y2 = np.where(over, height - 1, y2)
    return np.stack(
        [
            np.minimum.reduceat(x1, first),
            np.minimum.reduceat(y1, first),
            np.maximum.reduceat(x2, first) + 1,
            np.maximum.reduceat(y2, first) + 1,
        ],
        axis=1,
    )


def _centroids_of_runs(starts: Int, ends: Int, first: Int, height: int, areas: Int) -> NDArray[np.float64]:
    # Sums of column and row over the pixels 0..p-1 have closed forms; a run is the difference of two of them.
    def column_sum(place: Int) -> Int:
        column, row = np.divmod(place, height)
        total: Int = height * (column * (column - 1) // 2) + column * row
        return total

    def row_sum(place: Int) -> Int:
        column, row = np.divmod(place, height)
        total: Int = column * (height * (height - 1) // 2) + row * (row - 1) // 2
        return total

    x = np.add.reduceat(column_sum(ends) - column_sum(starts), first) / areas + 0.5
    y = np.add.reduceat(row_sum(ends) - row_sum(starts), first) / areas + 0.5
    return np.stack([x, y], axis=1)
