"""Curves in a plane with normals: what is revolved, extruded and swept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthvision.core.errors import UsageError
from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["Profile", "chain", "filleted", "rounded_polygon", "rounded_rectangle", "smooth", "through"]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A curve with unit normals to its right; a hard corner is a point given twice with different normals.

    For a surface of revolution x is the radius and y the height, and a curve that runs from the bottom over the
    outside to the top has its outside on the right.

    Args:
        points_k2: float64 (k, 2), metres.
        normals_k2: float64 (k, 2), unit vectors.
    """

    points_k2: Floats
    normals_k2: Floats

    @property
    def distance_k(self) -> Floats:
        """Length of the curve up to each point, metres, float64 (k,)."""
        steps = np.linalg.norm(np.diff(self.points_k2, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    def offset(self, distance_m: float) -> Profile:
        """Return the curve pushed along its normals."""
        return Profile(self.points_k2 + distance_m * self.normals_k2, self.normals_k2)

    def reversed(self) -> Profile:
        """Return the curve run through the other way, its outside on the other side."""
        return Profile(self.points_k2[::-1], -self.normals_k2[::-1])

    def refined(self, step_m: float) -> Profile:
        """Return the curve with points put in wherever two lie further apart than `step_m`."""
        gaps = np.linalg.norm(np.diff(self.points_k2, axis=0), axis=1)
        pieces = np.maximum(np.ceil(gaps / step_m - 1e-9), 1).astype(np.int64)
        start = np.repeat(np.arange(len(pieces)), pieces)
        share = (np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[start]
        rows = np.append(start + share, len(pieces))
        index = np.arange(len(self.points_k2))
        points = np.stack([np.interp(rows, index, column) for column in self.points_k2.T], axis=1)
        normals = np.stack([np.interp(rows, index, column) for column in self.normals_k2.T], axis=1)
        return Profile(points, normals / np.linalg.norm(normals, axis=1, keepdims=True))

    def between_heights(self, low_m: float, high_m: float, steps: int = 0) -> Profile:
        """Return the piece of a curve of growing y between two values of y.

        Args:
            low_m: Smallest y, inside the curve.
            high_m: Largest y, inside the curve.
            steps: Where above 0, that many further points at equal distances of y are put in.
        """
        y = self.points_k2[:, 1]
        inner = y[(y > low_m + 1e-6) & (y < high_m - 1e-6)]
        heights = np.unique(np.concatenate([[low_m], inner, [high_m], np.linspace(low_m, high_m, steps + 2)]))
        # Rows closer than this would make slivers.
        heights = heights[np.concatenate([[True], np.diff(heights) > 1e-5])]
        x, nx, ny = (np.interp(heights, y, column) for column in (self.points_k2[:, 0], *self.normals_k2.T))
        normals = np.stack([nx, ny], axis=1)
        return Profile(np.stack([x, heights], axis=1), normals / np.linalg.norm(normals, axis=1, keepdims=True))

    def x_at(self, y: float | Floats) -> Floats:
        """Return x where a curve of growing y passes `y`."""
        return np.asarray(np.interp(y, self.points_k2[:, 1], self.points_k2[:, 0]), np.float64)


def filleted(
    points_k2: Sequence[tuple[float, float]] | Floats,
    radii_m: Sequence[float] | float,
    *,
    step_rad: float = 0.3,
    tolerance_m: float = 1e-4,
) -> Profile:
    """Return an open polyline whose inner corners are rounded.

    Args:
        points_k2: Corners, metres; neighbours differ.
        radii_m: Radius of each corner, the first and last count for nothing; 0 keeps a corner hard. A radius that
            the sides have no room for is reduced.
        step_rad: Largest turn between two points of a wide arc.
        tolerance_m: How far the chords of a narrow arc may lie under it, where that allows longer steps.

    Raises:
        UsageError: Number of radii and points differ.
    """
    points = np.asarray(points_k2, np.float64)
    radii = np.full(len(points), radii_m) if isinstance(radii_m, (int, float)) else np.asarray(radii_m, np.float64)
    if len(radii) != len(points):
        raise UsageError(f"filleted needs one radius for each of the {len(points)} points, got {len(radii)}")
    side = np.diff(points, axis=0)
    length = np.linalg.norm(side, axis=1)
    side = side / length[:, None]
    out_points, out_normals = [points[:1]], [_right(side[:1])]
    room = length * 0.5
    # The first and last sides belong to one corner alone, which may use their whole length.
    room[0], room[-1] = length[0] * (1.0 if len(length) > 1 else 0.5), length[-1] * (1.0 if len(length) > 1 else 0.5)
    for corner in range(1, len(points) - 1):
        before, after = side[corner - 1], side[corner]
        turn = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
        half_tangent = abs(np.tan(turn / 2))
        if radii[corner] <= 0 or half_tangent < 1e-9:
            out_points.append(points[[corner, corner]])
            out_normals.append(_right(side[corner - 1 : corner + 1]))
            continue
        tangent_m = min(radii[corner] * half_tangent, 0.999 * room[corner - 1], 0.999 * room[corner])
        radius = tangent_m / half_tangent
        loose = 2 * np.arccos(max(1 - tolerance_m / radius, 0.85))
        steps = max(int(np.ceil(abs(turn) / max(step_rad, loose) - 1e-9)), 1)
        angle = np.arctan2(before[1], before[0]) + turn * np.linspace(0, 1, steps + 1)
        direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        centre = points[corner] - tangent_m * before - np.sign(turn) * radius * _right(before[None])[0]
        out_points.append(centre + np.sign(turn) * radius * _right(direction))
        out_normals.append(_right(direction))
    out_points.append(points[-1:])
    out_normals.append(_right(side[-1:]))
    return Profile(np.concatenate(out_points), np.concatenate(out_normals))


def smooth(points_k2: Sequence[tuple[float, float]] | Floats, samples: int) -> Profile:
    """Return a smooth curve (centripetal Catmull-Rom) through points, at equal steps of its length.

    Args:
        points_k2: Two points or more, neighbours differ, metres.
        samples: Points of the result.
    """
    points = np.asarray(points_k2, np.float64)
    ends = np.stack([2 * points[0] - points[1], 2 * points[-1] - points[-2]])
    p = np.concatenate([ends[:1], points, ends[1:]])
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))])
    dense = np.linspace(knots[1], knots[-2], 24 * len(points))
    i = np.clip(np.searchsorted(knots, dense, side="right") - 1, 1, len(points) - 1)
    t = dense[:, None]
    t0, t1, t2, t3 = (knots[i + shift][:, None] for shift in (-1, 0, 1, 2))
    p0, p1, p2, p3 = (p[i + shift] for shift in (-1, 0, 1, 2))
    a1 = p0 + (p1 - p0) * (t - t0) / (t1 - t0)
    a2 = p1 + (p2 - p1) * (t - t1) / (t2 - t1)
    a3 = p2 + (p3 - p2) * (t - t2) / (t3 - t2)
    b1 = a1 + (a2 - a1) * (t - t0) / (t2 - t0)
    b2 = a2 + (a3 - a2) * (t - t1) / (t3 - t1)
    curve = b1 + (b2 - b1) * (t - t1) / (t2 - t1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    even = np.linspace(0.0, along[-1], samples)
    sampled = np.stack([np.interp(even, along, curve[:, axis]) for axis in (0, 1)], axis=1)
    return through(sampled)


def through(points_k2: Floats) -> Profile:
    """Return the polyline through points, shaded as the smooth curve it stands for."""
    tangent = np.gradient(points_k2, axis=0)
    return Profile(points_k2, _right(tangent / np.linalg.norm(tangent, axis=1, keepdims=True)))


def rounded_polygon(corners_n2: Floats, radius_m: float, steps: int = 2) -> Profile:
    """Return a closed counter-clockwise outline with round corners, the first point given again at the end.

    Args:
        corners_n2: Corners of a convex polygon, counter-clockwise, metres.
        radius_m: Corner radius, above 0; smaller than the sides have room for.
        steps: Segments of each corner.
    """
    middles = (corners_n2 + np.roll(corners_n2, -1, axis=0)) / 2
    path = np.concatenate([middles[-1:], np.stack([corners_n2, middles], axis=1).reshape(-1, 2)])
    radii = [0.0, *([radius_m, 0.0] * len(corners_n2))]
    turn = 2 * np.pi / len(corners_n2)
    outline = filleted(path, radii, step_rad=turn / steps, tolerance_m=0.0)
    keep = np.concatenate([[True], np.linalg.norm(np.diff(outline.points_k2, axis=0), axis=1) > 1e-9])
    return Profile(outline.points_k2[keep], outline.normals_k2[keep])


def chain(*pieces: Profile) -> Profile:
    """Return curves run through one after the other; where two meet the edge is hard."""
    return Profile(
        np.concatenate([piece.points_k2 for piece in pieces]), np.concatenate([piece.normals_k2 for piece in pieces])
    )


def rounded_rectangle(size_x_m: float, size_y_m: float, radius_m: float, steps: int = 4) -> Profile:
    """Return a closed counter-clockwise outline about the origin, the first point given again at the end.

    Args:
        size_x_m: Outer width.
        size_y_m: Outer height.
        radius_m: Corner radius, above 0 and at most half the smaller side.
        steps: Segments of each corner.
    """
    angle = (np.arange(4)[:, None] * np.pi / 2 + np.linspace(0, np.pi / 2, steps + 1)).ravel()
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    sign = np.repeat([[1, 1], [-1, 1], [-1, -1], [1, -1]], steps + 1, axis=0)
    centres = sign * (np.array([size_x_m, size_y_m]) / 2 - radius_m)
    points = centres + radius_m * direction
    return Profile(np.concatenate([points, points[:1]]), np.concatenate([direction, direction[:1]]))


def _right(direction_k2: Floats) -> Floats:
    """The unit vectors to the right of unit directions."""
    return np.stack([direction_k2[:, 1], -direction_k2[:, 0]], axis=1)
