"""Flat polygons with holes as triangles: bridges to the holes, then ear clipping; and bands between two rings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["triangulated", "zipped"]

FLAT = 1e-14
"""Twice the area, in square metres, under which a corner counts as straight."""


def triangulated(outline_n2: Floats, holes: Sequence[Floats] = ()) -> NDArray[np.int64]:
    """Return the triangles of a polygon with holes, counter-clockwise, int64 (m, 3).

    Indices count the points of the outline first, then those of the holes in their order. No point is added, so that
    walls along the same points meet the face without a gap.

    Args:
        outline_n2: Simple polygon, counter-clockwise, float64 (n, 2), the first point not given again.
        holes: Simple polygons inside it that do not touch, clockwise.
    """
    points = np.concatenate([outline_n2, *holes])
    ring = list(range(len(outline_n2)))
    starts = np.cumsum([len(outline_n2)] + [len(hole) for hole in holes])
    rings = [list(range(start, start + len(hole))) for start, hole in zip(starts, holes, strict=False)]
    # Holes from right to left: the bridge of one never has to pass one that is not joined yet.
    rings.sort(key=lambda hole: -float(points[hole, 0].max()))
    while rings:
        hole = rings.pop(0)
        ring = _bridged(points, ring, hole, rings)
    return _clipped(points, ring)


def zipped(outer_n2: Floats, inner_m2: Floats) -> NDArray[np.int64]:
    """Return the triangles of the band between two rings about the origin, counter-clockwise, int64 (n + m, 3).

    Indices count the outer points first. Both rings are counter-clockwise and pass each direction once.
    """
    count, inner_count = len(outer_n2), len(inner_m2)
    angles = []
    for ring in (outer_n2, inner_m2):
        angle = np.unwrap(np.arctan2(ring[:, 1], ring[:, 0]))
        angles.append(angle)
    angles[1] += 2 * np.pi * np.round((angles[0][0] - angles[1][0]) / (2 * np.pi))
    # The ring whose next side has its middle first goes on: corners then see the points that they are joined to.
    middles = [(angle + np.append(angle[1:], angle[0] + 2 * np.pi)) / 2 for angle in angles]
    triangles = []
    i = j = 0
    while i < count or j < inner_count:
        a, b = i % count, count + j % inner_count
        if j == inner_count or (i < count and middles[0][i] <= middles[1][j]):
            triangles.append((b, a, (i + 1) % count))
            i += 1
        else:
            triangles.append((b, a, count + (j + 1) % inner_count))
            j += 1
    return np.array(triangles, np.int64)


def _bridged(points: Floats, ring: list[int], hole: list[int], others: Sequence[list[int]]) -> list[int]:
    """The ring with a cut to the hole and back."""
    start = int(np.argmax(points[hole, 0]))
    hole = hole[start:] + hole[:start]
    tip = points[hole[0]]
    tails, heads = [], []
    for loop in (ring, hole, *others):
        tails.append(points[loop])
        heads.append(np.roll(points[loop], -1, axis=0))
    tail, head = np.concatenate(tails), np.concatenate(heads)
    order = np.argsort(np.sum((points[ring] - tip) ** 2, axis=1), kind="stable")
    for at in order:
        corner = points[ring[at]]
        before, after = points[ring[at - 1]], points[ring[(at + 1) % len(ring)]]
        if _inside_corner(before, corner, after, tip) and not _crosses(tip, corner, tail, head):
            break
    else:
        at = order[0]
    at = int(at)
    return [*ring[: at + 1], *hole, hole[0], *ring[at:]]


def _cross(a: Floats, b: Floats, c: Floats) -> Floats:
    return np.asarray(
        (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
    )


def _inside_corner(before: Floats, corner: Floats, after: Floats, place: Floats) -> bool:
    """Whether a place is seen from a corner of a counter-clockwise ring towards its inside."""
    left, right = _cross(before, corner, place) > 0, _cross(corner, after, place) > 0
    return bool(left and right) if _cross(before, corner, after) > 0 else bool(left or right)


def _crosses(a: Floats, b: Floats, tail: Floats, head: Floats) -> bool:
    """Whether a segment meets any of many that do not end where it ends."""
    apart = np.ones(len(tail), bool)
    for end in (a, b):
        apart &= (np.abs(tail - end).max(axis=1) > 0) & (np.abs(head - end).max(axis=1) > 0)
    tail, head = tail[apart], head[apart]
    one, two = _cross(a, b, tail), _cross(a, b, head)
    three = _cross(tail, head, np.broadcast_to(a, tail.shape))
    four = _cross(tail, head, np.broadcast_to(b, tail.shape))
    return bool(np.any((one * two <= 0) & (three * four <= 0)))


def _clipped(points: Floats, ring: list[int]) -> NDArray[np.int64]:
    """Ear clipping of one ring that may touch itself along bridges."""
    place = points[ring]
    index = list(range(len(ring)))
    bent = _cross(np.roll(place, 1, axis=0), place, np.roll(place, -1, axis=0))
    reflex = {k for k in index if bent[k] <= FLAT}
    x, y = place[:, 0].tolist(), place[:, 1].tolist()

    def turn(a: int, b: int, c: int) -> float:
        return float((x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]))

    def is_ear(a: int, b: int, c: int) -> bool:
        if turn(a, b, c) <= FLAT:
            return False
        low_x, high_x = min(x[a], x[b], x[c]), max(x[a], x[b], x[c])
        low_y, high_y = min(y[a], y[b], y[c]), max(y[a], y[b], y[c])
        corners = {(x[a], y[a]), (x[b], y[b]), (x[c], y[c])}
        for k in reflex:
            if not (low_x <= x[k] <= high_x and low_y <= y[k] <= high_y) or (x[k], y[k]) in corners:
                continue
            if turn(a, b, k) >= 0 and turn(b, c, k) >= 0 and turn(c, a, k) >= 0:
                return False
        return True

    triangles = []
    at, waited = 0, 0
    while len(index) > 3:
        count = len(index)
        a, b, c = index[at - 1], index[at % count], index[(at + 1) % count]
        if waited <= count and not is_ear(a, b, c):
            at, waited = (at + 1) % count, waited + 1
            continue
        triangles.append((ring[a], ring[b], ring[c]))
        reflex.discard(b)
        del index[at]
        count -= 1
        for k in ((at - 1) % count, at % count):
            if turn(index[k - 1], index[k], index[(k + 1) % count]) > FLAT:
                reflex.discard(index[k])
            else:
                reflex.add(index[k])
        # Going on two corners further keeps the triangles from becoming one long fan.
        at, waited = (at + 1) % count, 0
    triangles.append((ring[index[0]], ring[index[1]], ring[index[2]]))
    return np.array(triangles, np.int64)
