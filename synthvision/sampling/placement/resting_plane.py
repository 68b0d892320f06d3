"""How a stiff flat body comes to rest on what lies below it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["resting_plane"]

Float = NDArray[np.float64]

_STEPS = 200
_TOUCH_M = 1e-8


def resting_plane(xy_n2: Float, lift_n: Float) -> tuple[float, float, float]:
    """Return the lowest resting place of a stiff body as height and slopes.

    The body may rise by z and tilt by slopes a and b (small angles); at every point it must be lifted at least by what
    lies below: ``z + a x + b y >= lift``. It rests where its centre of mass is lowest, which is where three points
    carry it with the centre of mass above their triangle: a linear program with three unknowns, solved from a
    triangle that is too low by letting the worst point in until none is left (the dual simplex method).

    Args:
        xy_n2: Points (n, 2) relative to the centre of mass, metres; their outline must hold the origin.
        lift_n: Least lift at each point, metres.

    Returns:
        (z, a, b): rise of the centre of mass in metres, slope along x, slope along y.
    """
    reach = 10.0 * float(np.abs(xy_n2).max()) + 1e-6
    # Three far points, too low to carry anything, whose triangle surely holds the centre of mass.
    far = reach * np.array([[0.0, 2.0], [-1.8, -1.0], [1.8, -1.0]])
    points = np.concatenate([far, xy_n2])
    lift = np.concatenate([np.full(3, float(lift_n.min()) - reach), lift_n])
    carried = [0, 1, 2]
    z, a, b = _plane(points[carried], lift[carried])
    for _ in range(_STEPS):
        missing = lift - (z + points @ np.array([a, b]))
        worst = int(np.argmax(missing))
        if missing[worst] <= _TOUCH_M:
            break
        best: tuple[float, list[int], tuple[float, float, float]] | None = None
        for place in range(3):
            trial = [*carried[:place], worst, *carried[place + 1 :]]
            if not _holds_origin(points[trial]):
                continue
            plane = _plane(points[trial], lift[trial])
            if best is None or plane[0] > best[0]:
                best = plane[0], trial, plane
        if best is None:
            break
        _, carried, (z, a, b) = best
    short = float((lift - (z + points @ np.array([a, b]))).max())
    if short > 1e-6:
        # A point right under the centre of mass lets many planes rest at one height; the general method sorts them out.
        z, a, b = _by_linear_program(xy_n2, lift_n)
        short = float((lift_n - (z + xy_n2 @ np.array([a, b]))).max())
    # Whatever rounding left out is made good by height alone.
    return z + max(0.0, short), a, b


def _by_linear_program(xy_n2: Float, lift_n: Float) -> tuple[float, float, float]:
    from scipy.optimize import linprog

    # Of planes of one height the flattest: the slopes, split into positive and negative parts, cost a little.
    columns = np.column_stack([np.ones(len(xy_n2)), xy_n2, -xy_n2])
    cost = np.array([1.0, *[1e-6] * 4])
    bounds = [(None, None), *[(0.0, None)] * 4]
    found = linprog(cost, A_ub=-columns, b_ub=-lift_n, bounds=bounds, method="highs")
    if found.x is None:
        return float(lift_n.max()), 0.0, 0.0
    z, right, up, left, down = (float(value) for value in found.x)
    return z, right - left, up - down


def _plane(points_32: Float, lift_3: Float) -> tuple[float, float, float]:
    z, a, b = np.linalg.solve(np.column_stack([np.ones(3), points_32]), lift_3)
    return float(z), float(a), float(b)


def _holds_origin(points_32: Float) -> bool:
    (ax, ay), (bx, by), (cx, cy) = points_32.tolist()
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if abs(area) < 1e-14:
        return False
    first = (bx * cy - by * cx) / area
    second = (cx * ay - cy * ax) / area
    third = (ax * by - ay * bx) / area
    return bool(min(first, second, third) >= -1e-12)
