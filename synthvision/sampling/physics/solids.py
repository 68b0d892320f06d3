"""A solid model as a few convex parts: cut in pieces by planes, then joined again where that fills little.

Volume is what is compared: the hulls of the two sides of a good cut hold less than the hull of the whole. That asks
nothing of the mesh: it may be open, or made of many pieces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from synthvision.sampling.physics.hulls import Hull, convex_hull, hull_volume, spread_directions
from synthvision.sampling.physics.rays import MeshRays
from synthvision.sampling.placement.heights import CellGrid, top_heights

__all__ = ["MOST_PARTS", "solid_parts"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

MOST_PARTS = 10

# Cuts are sought on a mesh whose corners are joined on a grid this many times finer than the model.
_ROUGH = 64
_DEPTH = 5
# A piece whose surface lies less than this share of the model's size inside its own hull counts as convex.
_HOLLOW = 0.012
_LEAST_HOLLOW_M = 4e-4
# Seen along each axis it must cover this share of what its hull covers, counted in so many cells.
_OUTLINE = 0.96
_OUTLINE_CELLS = 40
# Two pieces are joined where the joint hull fills less than these shares of the whole and of the two.
_FILL = 0.012
_FILL_MORE = 0.035
_FILL_OWN = 0.12
# Corners of a part: how much of the surface may lie outside it, in metres and as a share of the model's size.
_ERROR_M = 1.5e-4
_ERROR = 1e-3
_CORNERS = 160
_VIEWS = spread_directions(26)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The half-space where ``side * (p[axis] - at) >= 0``."""

    axis: int
    at: float
    side: int


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    cuts: tuple[_Cut, ...]
    triangles: Float
    points: Float
    volume: float


def solid_parts(points_n3: NDArray[np.float32], faces_m3: Int, *, most: int = MOST_PARTS) -> tuple[Hull, ...]:
    """Return convex parts that together hold a model and little more.

    Args:
        points_n3: Points of the mesh, metres.
        faces_m3: Its triangles.
        most: Most parts.
    """
    points = points_n3.astype(np.float64)
    size = float(np.linalg.norm(np.ptp(points, axis=0)))
    error = max(_ERROR_M, _ERROR * size)
    faces_m3 = _outside(points, faces_m3, size)
    exact = points[faces_m3]
    hollow = max(_LEAST_HOLLOW_M, _HOLLOW * size)
    rough = _rough(points, faces_m3, size / _ROUGH)
    whole = _piece((), rough)
    if _is_convex(whole, hollow):
        return (convex_hull(points, error_m=error, most=_CORNERS),)
    leaves = _split(whole, _DEPTH, hollow)
    groups = _join(leaves, most)
    if len(groups) == 1:
        return (convex_hull(points, error_m=error, most=_CORNERS),)
    return tuple(convex_hull(_inside(exact, group), error_m=error, most=_CORNERS) for group in groups)


def _outside(points: Float, faces: Int, size_m: float) -> Int:
    """Return the triangles that are seen from somewhere outside: what a closed bottle holds is no part of its shape."""
    corners = points[faces]
    middles = corners.mean(axis=1)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    rays = MeshRays(points, faces)
    seen = np.zeros(len(faces), bool)
    for direction in _VIEWS:
        place = centre + 2.0 * size_m * direction
        todo = np.flatnonzero(~seen)
        towards = middles[todo] - place
        facing = np.einsum("ij,ij->i", towards, normals[todo]) < 0
        todo, towards = todo[facing], towards[facing]
        if not len(todo):
            continue
        distance = np.linalg.norm(towards, axis=1)
        hit = rays.from_point(place, towards / distance[:, None])
        seen[todo[hit >= distance - 1e-4 * size_m - 1e-5]] = True
    return faces[seen] if seen.any() else faces


def _rough(points: Float, faces: Int, cell_m: float) -> Float:
    """Return triangles (m, 3, 3) of the mesh with corners joined on a grid."""
    low = points.min(axis=0)
    cells = np.floor((points - low) / cell_m).astype(np.int64)
    _, first, cell = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    cell = cell.reshape(-1)
    # The corner farthest from the middle stands for its cell, so that the rough mesh is not smaller.
    reach = np.linalg.norm(points - points.mean(axis=0), axis=1)
    order = np.lexsort((reach, cell))
    last = np.append(np.flatnonzero(np.diff(cell[order])), len(order) - 1)
    corners = points[order[last]]
    del first
    joined = cell[faces]
    kept = (joined[:, 0] != joined[:, 1]) & (joined[:, 1] != joined[:, 2]) & (joined[:, 2] != joined[:, 0])
    joined = np.unique(np.sort(joined[kept], axis=1), axis=0)
    triangles: Float = corners[joined]
    return triangles if len(triangles) else points[faces]


def _piece(cuts: tuple[_Cut, ...], triangles: Float) -> _Piece:
    points = np.unique(triangles.reshape(-1, 3), axis=0)
    return _Piece(cuts, triangles, points, hull_volume(points))


def _is_convex(piece: _Piece, hollow_m: float) -> bool:
    """Return whether a piece about fills its hull: its surface lies near the hull, and its outlines are the hull's."""
    if len(piece.points) < 5:
        return True
    try:
        hull = ConvexHull(piece.points)
    except QhullError:
        return True
    middles = piece.triangles.mean(axis=1)
    surface = np.concatenate([piece.points, middles])
    inside = -(surface @ hull.equations[:, :3].T + hull.equations[:, 3]).max(axis=1)
    if float(inside.max()) > hollow_m:
        return False
    # The middles of a plate's faces lie near its hull whatever its outline is.
    # Across a cut it is open, and nothing is to be seen there.
    for axis in {0, 1, 2} - {cut.axis for cut in piece.cuts}:
        order = [(axis + 1) % 3, (axis + 2) % 3, axis]
        low, high = piece.points.min(axis=0)[order], piece.points.max(axis=0)[order]
        cell = float((high - low)[:2].max()) / _OUTLINE_CELLS
        if float((high - low)[:2].min()) < 2 * cell:
            continue
        grid = CellGrid.around(low[:2], high[:2], cell)
        own = _covered(piece.triangles[:, :, order], grid)
        if own < _OUTLINE * _covered(piece.points[hull.simplices][:, :, order], grid):
            return False
    return True


def _covered(triangles: Float, grid: CellGrid) -> int:
    faces = np.arange(3 * len(triangles)).reshape(-1, 3)
    return int(np.isfinite(top_heights(triangles.reshape(-1, 3), faces, grid)).sum())


def _split(whole: _Piece, depth: int, hollow_m: float) -> list[_Piece]:
    leaves, level = [], [whole]
    for _ in range(depth):
        below = []
        for piece in level:
            halves = None if _is_convex(piece, hollow_m) else _halves(piece)
            if halves is None:
                leaves.append(piece)
            else:
                below += halves
        level = below
    return leaves + level


def _halves(piece: _Piece) -> list[_Piece] | None:
    best: tuple[float, int, float] | None = None
    low, high = piece.points.min(axis=0), piece.points.max(axis=0)
    extent = high - low
    for axis in range(3):
        for at in _places(piece.triangles, axis, float(low[axis]), float(high[axis])):
            sides = [_clipped_points(piece.triangles, axis, at, side) for side in (-1, 1)]
            if min(len(points) for points in sides) < 4:
                continue
            volume = sum(hull_volume(points) for points in sides)
            # Of cuts that gain as little, the one across the longest side: a ring gains nothing from its first cut.
            score = volume - 0.02 * piece.volume * float(extent[axis] / extent.max())
            if best is None or score < best[0]:
                best = score, axis, at
    if best is None:
        return None
    halves = []
    for side in (-1, 1):
        cut = _Cut(best[1], best[2], side)
        triangles = _clipped(piece.triangles, cut.axis, cut.at, cut.side)
        if len(triangles):
            halves.append(_piece((*piece.cuts, cut), triangles))
    return halves if len(halves) == 2 else None


def _places(triangles: Float, axis: int, low: float, high: float) -> list[float]:
    """Return where a cut may help: the middle, and where much surface faces along the axis."""
    span = high - low
    if span <= 0:
        return []
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    facing = np.abs(normals[:, axis])
    facing = np.where(facing > 0.9 * np.linalg.norm(normals, axis=1), facing, 0.0)
    place = (triangles[:, :, axis].mean(axis=1) - low) / span
    weight, _ = np.histogram(place, bins=32, range=(0.0, 1.0), weights=facing)
    weight[:1] = weight[-1:] = 0.0
    best = np.argsort(-weight, kind="stable")[:3]
    shares = {0.5, *(float(bin_ + 0.5) / 32 for bin_ in best if weight[bin_] > 0)}
    # The cut lies on the surface that faces along the axis, not beside it.
    places = []
    for share in sorted(shares):
        near = np.abs(place - share) <= 0.5 / 32
        if share != 0.5 and facing[near].sum() > 0:
            share = float(np.average(place[near], weights=facing[near]))
        places.append(low + span * share)
    return places


def _clipped_points(triangles: Float, axis: int, at: float, side: int) -> Float:
    """Return the corners of triangles in a half-space, and where their edges meet its plane."""
    over = side * (triangles[:, :, axis] - at)
    inside = triangles[over >= 0]
    crossing = []
    for one in range(3):
        two = (one + 1) % 3
        crosses = over[:, one] * over[:, two] < 0
        share = over[crosses, one] / (over[crosses, one] - over[crosses, two])
        start, end = triangles[crosses, one], triangles[crosses, two]
        crossing.append(start + share[:, None] * (end - start))
    return np.concatenate([inside, *crossing])


def _clipped(triangles: Float, axis: int, at: float, side: int) -> Float:
    """Return the parts of triangles in a half-space, as triangles."""
    over = side * (triangles[:, :, axis] - at)
    count = (over >= 0).sum(axis=1)
    kept = [triangles[count == 3]]
    for inside in (1, 2):
        chosen = count == inside
        if not chosen.any():
            continue
        rows, heights = triangles[chosen], over[chosen]
        # The corner that is alone on its side comes first.
        alone = np.argmax(heights >= 0 if inside == 1 else heights < 0, axis=1)
        turn = (alone[:, None] + np.arange(3)) % 3
        rows = np.take_along_axis(rows, turn[:, :, None], axis=1)
        heights = np.take_along_axis(heights, turn, axis=1)
        one = rows[:, 0] + (heights[:, 0] / (heights[:, 0] - heights[:, 1]))[:, None] * (rows[:, 1] - rows[:, 0])
        two = rows[:, 0] + (heights[:, 0] / (heights[:, 0] - heights[:, 2]))[:, None] * (rows[:, 2] - rows[:, 0])
        if inside == 1:
            kept.append(np.stack([rows[:, 0], one, two], axis=1))
        else:
            kept.append(np.stack([one, rows[:, 1], rows[:, 2]], axis=1))
            kept.append(np.stack([one, rows[:, 2], two], axis=1))
    return np.concatenate(kept)


def _join(leaves: list[_Piece], most: int) -> list[list[tuple[_Cut, ...]]]:
    """Join pieces, the cheapest pair first, while that fills little or there are too many."""
    groups = [[leaf.cuts] for leaf in leaves]
    points = [_extreme(leaf.points) for leaf in leaves]
    volumes = [hull_volume(leaf.points) for leaf in leaves]
    total = max(sum(volumes), 1e-300)
    costs: dict[tuple[int, int], tuple[float, float]] = {}
    alive = list(range(len(leaves)))

    def cost(one: int, two: int) -> tuple[float, float]:
        volume = hull_volume(np.concatenate([points[one], points[two]]))
        return volume - volumes[one] - volumes[two], volume

    for index, one in enumerate(alive):
        for two in alive[index + 1 :]:
            if _near(points[one], points[two]):
                costs[one, two] = cost(one, two)
    while len(alive) > 1 and costs:
        (one, two), (extra, volume) = min(costs.items(), key=lambda item: (item[1][0], item[0]))
        own = volumes[one] + volumes[two]
        cheap = extra <= _FILL * total or (extra <= _FILL_MORE * total and extra <= _FILL_OWN * own)
        if not cheap and len(alive) <= most:
            break
        groups[one] = groups[one] + groups[two]
        points[one] = _extreme(np.concatenate([points[one], points[two]]))
        volumes[one] = volume
        alive.remove(two)
        costs = {pair: value for pair, value in costs.items() if one not in pair and two not in pair}
        for other in alive:
            if other != one and _near(points[one], points[other]):
                pair = (min(one, other), max(one, other))
                costs[pair] = cost(*pair)
    return [groups[index] for index in alive]


def _extreme(points: Float) -> Float:
    try:
        corners: Float = points[ConvexHull(points).vertices]
    except QhullError:
        return points
    return corners


def _near(one: Float, two: Float) -> bool:
    gap = 1e-6 + 0.02 * float(np.ptp(one, axis=0).max() + np.ptp(two, axis=0).max())
    return bool((one.min(axis=0) <= two.max(axis=0) + gap).all() and (two.min(axis=0) <= one.max(axis=0) + gap).all())


def _inside(triangles: Float, group: list[tuple[_Cut, ...]]) -> Float:
    """Return the points of the exact mesh inside a group of pieces."""
    found = []
    for cuts in group:
        rest = triangles
        for cut in cuts:
            rest = _clipped(rest, cut.axis, cut.at, cut.side)
        found.append(rest.reshape(-1, 3))
    points: Float = np.unique(np.concatenate(found), axis=0)
    return points
