"""Machined plates: holes through them whose walls are drilled, countersunk or counterbored, round edges, folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.triangulation import triangulated, zipped

__all__ = ["Rim", "circle", "drilled_plate", "edge", "folded_up", "outline", "rim_wall", "ring_plate", "stepped_edge"]

SMOOTH_COS = 0.78
"""Cosine of the largest turn between two sides that is shaded round."""


@dataclass(frozen=True, slots=True, eq=False)
class Rim:
    """A closed edge of a plate.

    Args:
        points_n2: Counter-clockwise ring without a repeated point, float64 (n, 2); for holes too.
        section: Wall from the bottom face to the top face: x is how far the wall stands out of the ring, away from the
            material (negative draws it back into the material), y the height.
    """

    points_n2: Floats
    section: Profile


def circle(radius_m: float, count: int, centre_xy: tuple[float, float] = (0.0, 0.0), phase_rad: float = 0.0) -> Floats:
    """Return points on a circle, counter-clockwise, float64 (count, 2)."""
    angle = phase_rad + np.arange(count) * (2 * np.pi / count)
    return np.asarray(np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius_m + np.asarray(centre_xy), np.float64)


def outline(corners_n2: Sequence[tuple[float, float]] | Floats, radii_m: Sequence[float] | float) -> Floats:
    """Return a closed ring whose corners, outer and inner, are rounded, float64 (n, 2).

    Args:
        corners_n2: Counter-clockwise polygon.
        radii_m: Radius of each corner, or one for all; 0 keeps a corner sharp.
    """
    corners = np.asarray(corners_n2, np.float64)
    radii = [float(radii_m)] * len(corners) if isinstance(radii_m, (int, float)) else list(radii_m)
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    path = np.concatenate([middles[-1:], np.stack([corners, middles], axis=1).reshape(-1, 2)])
    spread = [0.0, *(value for radius in radii for value in (radius, 0.0))]
    points = filleted(path, spread, step_rad=0.4, tolerance_m=2e-5).points_k2[:-1]
    points = points[np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1) > 2e-6]
    # The middles of straight sides are no corners.
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turn = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    bend = turn / (np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1))
    return np.asarray(points[bend > 1e-4], np.float64)


def edge(low_m: float, high_m: float, bevel_m: float, *, low_bevel_m: float | None = None, steps: int = 2) -> Profile:
    """Return the section of a straight wall with rounded edges.

    Args:
        low_m: Height of the bottom face.
        high_m: Height of the top face.
        bevel_m: Radius at the top, 0 for a sharp edge.
        low_bevel_m: Radius at the bottom; None takes `bevel_m`.
        steps: Segments of each rounding.
    """
    low_bevel = bevel_m if low_bevel_m is None else low_bevel_m
    ramp = np.linspace(0.0, np.pi / 2, steps + 1)
    points, normals = [], []
    for bevel, height, side, turn in ((low_bevel, low_m, -1.0, ramp[::-1]), (bevel_m, high_m, 1.0, ramp)):
        angle = turn if bevel > 0 else np.zeros(1)
        c, s = np.cos(angle), np.sin(angle) * side
        points.append(np.stack([bevel * (c - 1.0), height - side * bevel + bevel * s], axis=1))
        normals.append(np.stack([c, s], axis=1))
    return Profile(np.concatenate(points), np.concatenate(normals))


def stepped_edge(low_m: float, steps_k2: Sequence[tuple[float, float]], bevel_m: float) -> Profile:
    """Return the section of a hole that widens upwards, its edges hard, with a small bevel at the bottom.

    Args:
        low_m: Height of the bottom face.
        steps_k2: How far the hole is wider than its ring, and at which height: from the lowest to the top face.
        bevel_m: Bevel at the bottom.
    """
    points = [(-bevel_m, low_m), (0.0, low_m + bevel_m), *((-wider, height) for wider, height in steps_k2)]
    return chain(*(filleted(points[k : k + 2], 0.0) for k in range(len(points) - 1)))


def rim_wall(rim: Rim, *, hole: bool = False) -> Mesh:
    """Return the wall along a rim; texture coordinates are length and -z in metres."""
    ring = rim.points_n2[::-1] if hole else rim.points_n2
    places, miters, normals, along = _corners(ring)
    section = rim.section
    flat = places[None] + section.points_k2[:, None, :1] * miters[None]
    shape = flat.shape[:2]
    height = np.broadcast_to(section.points_k2[:, None, 1:], (*shape, 1))
    level = np.broadcast_to(section.normals_k2[:, None, 1:], (*shape, 1))
    facing = np.concatenate([section.normals_k2[:, None, :1] * normals[None], level], axis=2)
    uvs = np.stack(np.broadcast_arrays(along[None], -section.distance_k[:, None]), axis=-1)
    positions = np.concatenate([flat, height], axis=2)
    wall = Mesh(positions.reshape(-1, 3), facing.reshape(-1, 3), uvs.reshape(-1, 2), grid_triangles(*shape))
    return wall.without_slivers()


def drilled_plate(outer: Rim, holes: Sequence[Rim] = (), cuts_x_m: Sequence[float] = ()) -> tuple[Mesh, list[Mesh]]:
    """Return a plate without the walls of its holes, and those walls; together they are closed.

    Texture coordinates of the faces are x and -y in metres.

    Args:
        outer: Outline.
        holes: Rims of the holes, counter-clockwise.
        cuts_x_m: Growing x of lines across the plate that no triangle of the faces crosses, so that it can be folded
            along them. The outline has exactly two points on each, and no hole touches one.
    """
    faces: list[Mesh] = []
    drawn, triangles = np.zeros((0, 2)), np.zeros((0, 3), np.int64)
    for end, side in ((-1, 1.0), (0, -1.0)):
        outer_ring = _face_ring(outer, end, hole=False)
        rings = [_face_ring(hole, end, hole=True) for hole in holes]
        points = np.concatenate([outer_ring, *rings])
        # Plates that are bevelled alike on both sides have the same face twice.
        if not np.array_equal(points, drawn):
            triangles, drawn = _face(outer_ring, rings, cuts_x_m), points
        height = float(outer.section.points_k2[end, 1])
        positions = np.concatenate([points, np.full((len(points), 1), height)], axis=1)
        normals = np.tile([0.0, 0.0, side], (len(points), 1))
        faces.append(Mesh(positions, normals, points * [1.0, -1.0], triangles if side > 0 else triangles[:, ::-1]))
    return join([rim_wall(outer), *faces]), [rim_wall(hole, hole=True) for hole in holes]


def ring_plate(outer: Rim, inner: Rim) -> tuple[Mesh, Mesh, Mesh]:
    """Return a plate with one hole around the origin as its outer wall, its two faces, and the wall of the hole.

    Both rims pass each direction once, as those of gears, nuts and washers do.
    """
    faces = []
    for end, side in ((-1, 1.0), (0, -1.0)):
        outer_ring = _face_ring(outer, end, hole=False)
        inner_ring = _face_ring(inner, end, hole=True)[::-1]
        points = np.concatenate([outer_ring, inner_ring])
        heights = [float(rim.section.points_k2[end, 1]) for rim in (outer, inner)]
        z = np.repeat(heights, [len(outer_ring), len(inner_ring)])
        triangles = zipped(outer_ring, inner_ring)
        positions = np.concatenate([points, z[:, None]], axis=1)
        normals = np.tile([0.0, 0.0, side], (len(points), 1))
        faces.append(Mesh(positions, normals, points * [1.0, -1.0], triangles if side > 0 else triangles[:, ::-1]))
    return rim_wall(outer), join(faces), rim_wall(inner, hole=True)


def folded_up(points_n3: Floats, start_x_m: float, thickness_m: float, radius_m: float, angle_rad: float) -> Floats:
    """Return points of a plate from z = 0 to its thickness, folded upwards about a line along y.

    Args:
        points_n3: float64 (n, 3).
        start_x_m: Where the bend begins; it is as long as `thickness_m` / 2 + `radius_m` times the angle.
        thickness_m: Of the plate.
        radius_m: Inner radius.
        angle_rad: How far what lies beyond is turned up.
    """
    x, y, z = points_n3.T
    neutral = radius_m + thickness_m / 2
    turn = np.clip((x - start_x_m) / neutral, 0.0, angle_rad)
    beyond = np.maximum(x - start_x_m - neutral * angle_rad, 0.0)
    before = np.minimum(x, start_x_m)
    reach = radius_m + thickness_m - z
    c, s = np.cos(turn), np.sin(turn)
    return np.stack([before + reach * s + beyond * c, y, thickness_m + radius_m - reach * c + beyond * s], axis=1)


def _corners(ring_n2: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Places, mitred outward steps, normals and length along a ring that runs with its outside on the right.

    Sharp corners come twice, and the first corner again at the end.
    """
    side = np.roll(ring_n2, -1, axis=0) - ring_n2
    length = np.linalg.norm(side, axis=1)
    side = side / length[:, None]
    after = np.stack([side[:, 1], -side[:, 0]], axis=1)
    before = np.roll(after, 1, axis=0)
    cosine = np.einsum("ij,ij->i", before, after)
    total = before + after
    miter = total / (1.0 + cosine)[:, None]
    is_round = (cosine > SMOOTH_COS)[:, None]
    middle = total / np.linalg.norm(total, axis=1, keepdims=True)
    into, out = np.where(is_round, middle, before), np.where(is_round, middle, after)
    count = len(ring_n2)
    start = np.concatenate([[0.0], np.cumsum(length)])
    # Each side as its first and its last corner.
    order = np.stack([np.arange(count), (np.arange(count) + 1) % count], axis=1).ravel()
    normals = np.stack([out, np.roll(into, -1, axis=0)], axis=1).reshape(-1, 2)
    along = np.stack([start[:-1], start[1:]], axis=1).ravel()
    # A round corner need not come twice: the end of a side is also the start of the next.
    keep = np.ones(2 * count, bool)
    keep[2::2] = ~is_round[1:, 0]
    return ring_n2[order][keep], miter[order][keep], normals[keep], along[keep]


def _face_ring(rim: Rim, end: int, *, hole: bool) -> Floats:
    """Where a rim meets the top (-1) or bottom (0) face; holes come out clockwise."""
    ring = rim.points_n2[::-1] if hole else rim.points_n2
    places, miters, _, _ = _corners(ring)
    moved = places + float(rim.section.points_k2[end, 0]) * miters
    fresh = np.append(True, np.abs(np.diff(places, axis=0)).max(axis=1) > 0)
    return np.asarray(moved[fresh][:-1], np.float64)


def _face(outer: Floats, holes: Sequence[Floats], cuts_x_m: Sequence[float]) -> NDArray[np.int64]:
    """Triangles of a face, no triangle crossing a cut."""
    borders = [-np.inf, *cuts_x_m, np.inf]
    starts = np.cumsum([len(outer), *(len(hole) for hole in holes)])
    found = []
    for low, high in pairwise(borders):
        mine = np.flatnonzero((outer[:, 0] >= low - 1e-7) & (outer[:, 0] <= high + 1e-7))
        inside = [k for k, hole in enumerate(holes) if low < float(hole[:, 0].mean()) < high]
        index = np.concatenate([mine, *(np.arange(starts[k], starts[k] + len(holes[k])) for k in inside)])
        found.append(index[triangulated(outer[mine], [holes[k] for k in inside])])
    return np.concatenate(found)
