"""Things in an open container: fruit in a bowl."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Inside
from synthvision.sampling.placement.heights import CellGrid, bottom_heights, top_heights
from synthvision.sampling.placement.on_surface import drawn_rotation
from synthvision.sampling.placement.orientation import about_vertical, lay
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage

__all__ = ["place_inside"]

Float = NDArray[np.float64]

# Cells across the container: 4 mm for a fruit bowl. The exact height is found by lowering afterwards.
_CELLS = 40
# Of this many ways to lie the one whose centre of mass comes lowest is taken, as shaking would do.
_WAYS = 2
_STEPS = 40
_TOUCH_M = 2e-4
_OPENING = 0.85


def place_inside(candidate: Candidate, placement: Inside, stage: Stage) -> Body:
    """Return an object at rest in a container and on what lies there already.

    The heights of container and contents give, for every place, how far the object can sink there; it goes to one of
    the hollows of that landscape, where a rolling body would end, and is then lowered until it truly touches.

    Raises:
        NoPlaceError: Nothing was found below the permitted height.
    """
    drawer = stage.drawer
    containers = stage.bodies.of_group(placement.container)
    if not containers:
        raise NoPlaceError(candidate.name, Counter({f"no {placement.container} to lie in": 1}))
    rng = drawer.rng(f"{candidate.path}.position")
    container = containers[int(rng.integers(len(containers)))]
    highest = container.high[2] + placement.max_above_m
    reasons: Counter[str] = Counter()
    rotation = drawn_rotation(candidate, placement.pose, placement.flip_probability, placement.yaw_deg, drawer)
    best: Body | None = None
    found = 0
    for attempt in range(placement.max_tries):
        if attempt:
            turn = about_vertical(2 * np.pi * float(rng.random()))
            rotation = turn @ lay(candidate.shape, placement.pose, False, rng)
        loose = _hollow(candidate.body(rotation, np.zeros(3)), container, stage, rng)
        if loose is None:
            reasons["no hollow to lie in"] += 1
            continue
        if loose.centre_of_mass[2] > highest:
            reasons["higher than max_above_m"] += 1
            continue
        if best is None or loose.centre_of_mass[2] < best.centre_of_mass[2]:
            best = loose
        found += 1
        if found >= _WAYS:
            break
    body = None if best is None else _lowered(best, _near(best, container, stage), placement.clearance_m)
    if best is not None and body is None:
        reasons["overlap"] += 1
    stage.refuse(candidate, reasons)
    if body is None:
        raise NoPlaceError(candidate.name, reasons)
    return body


def _hollow(start: Body, container: Body, stage: Stage, rng: np.random.Generator) -> Body | None:
    """Return the object a little above one of the hollows in which it could lie."""
    size = container.high[:2] - container.low[:2]
    cell = float(size.max()) / _CELLS
    footprint = CellGrid.around(start.low[:2], start.high[:2], cell)
    bottom = bottom_heights(start.outline_n3, start.shape.outline[1], footprint)
    border = max(footprint.shape)
    landscape = np.pad(_landscape(container, cell, stage), border, constant_values=float(container.low[2]))
    heights = _sunk(landscape, bottom)
    corner = container.low[:2] - border * cell - footprint.low_xy
    # The centre of mass lies over the container's opening, taken as an ellipse within its box.
    places = np.argwhere(_minima(heights))
    middle = start.centre_of_mass[:2] + corner + places * cell
    centre = (container.high[:2] + container.low[:2]) / 2
    places = places[(((middle - centre) / (size / 2)) ** 2).sum(axis=1) < _OPENING**2]
    if not len(places):
        return None
    depth = heights[places[:, 0], places[:, 1]]
    # Deeper hollows first, as things that are shaken in would lie, but not always the deepest.
    chance = np.exp(-(depth - depth.min()) / max(0.1 * float(start.high[2] - start.low[2]), 1e-4))
    cumulative = np.cumsum(chance)
    chosen = int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))
    column, row = places[min(chosen, len(places) - 1)]
    x, y = corner + np.array([column, row]) * cell
    return start.moved(np.array([x, y, float(heights[column, row]) + 0.25 * cell]))


def _landscape(container: Body, cell_m: float, stage: Stage) -> Float:
    """Return the heights of the container and of what lies in it, on cells over its box."""
    grid = CellGrid.around(container.low[:2], container.high[:2], cell_m)
    empty: tuple[Float, frozenset[str]] = np.full(grid.shape, float(container.low[2])), frozenset()
    result, known = stage.landscapes.get(container.name, empty)
    top = np.array([container.high[0], container.high[1], np.inf])
    new = [body for body in stage.bodies.near(container.low, top, 0.0) if body.name not in known]
    for body in new:
        if body.low[2] >= container.low[2] - _TOUCH_M:
            result = np.maximum(result, top_heights(body.outline_n3, body.shape.outline[1], grid))
    stage.landscapes[container.name] = result, known | {body.name for body in new}
    return result


def _sunk(landscape: Float, bottom: Float) -> Float:
    """Return how low an object can sink at each place of its footprint's corner."""
    shape = landscape.shape[0] - bottom.shape[0] + 1, landscape.shape[1] - bottom.shape[1] + 1
    heights = np.full(shape, -np.inf)
    for column, row in np.argwhere(np.isfinite(bottom)):
        part: Float = landscape[column : column + shape[0], row : row + shape[1]]
        np.maximum(heights, part - bottom[column, row], out=heights)
    return heights


def _minima(heights: Float) -> NDArray[np.bool_]:
    """Return where no neighbour is lower; never at the border, beyond which nothing is known."""
    padded = np.pad(heights, 1, constant_values=-np.inf)
    around = sliding_window_view(padded, (3, 3)).min(axis=(2, 3))
    lowest: NDArray[np.bool_] = heights <= around
    return lowest


def _near(body: Body, container: Body, stage: Stage) -> list[Body]:
    size = float((body.high - body.low).max())
    near = stage.bodies.near(body.low - np.array([0, 0, size]), body.high, 0.1 * size)
    return [other for other in near if other.high[2] > container.low[2] + _TOUCH_M]


def _lowered(body: Body, near: Sequence[Body], clearance_m: float) -> Body | None:
    """Return the object lowered, or raised, until it just touches; None where it cannot be freed."""
    # Cells are coarse, so it may start a little too low; if much too low, something else is in the way.
    step = 0.03 * float((body.high - body.low).max())
    free = None
    for _ in range(4):
        fall = _fall(body, near, clearance_m)
        if fall is not None:
            free = body
            break
        body = body.moved(np.array([0.0, 0.0, step]))
    if free is None:
        return None
    # It may fall by its gap divided by the slope of the contact, if the other body is flat there; where that was too
    # far, by half of it, and so on. Its gap alone is always safe.
    for _ in range(_STEPS):
        if fall is None or fall < _TOUCH_M:
            break
        while True:
            lower = free.moved(np.array([0.0, 0.0, -fall]))
            next_fall = _fall(lower, near, clearance_m)
            if next_fall is not None or fall < _TOUCH_M:
                break
            fall /= 2
        if next_fall is None:
            break
        free, fall = lower, next_fall
    return free


def _fall(body: Body, near: Sequence[Body], clearance_m: float) -> float | None:
    """Return how far a body may fall by the look of its nearest neighbours, None where it touches one."""
    least = np.inf
    for other in near:
        apart = np.maximum(other.low - body.high, body.low - other.high).max()
        if apart - clearance_m > least:
            continue
        gap, upright = body.gap_to(other)
        gap -= clearance_m
        if gap <= 0:
            return None
        least = min(least, gap / max(upright, 0.15))
    return least if np.isfinite(least) else 0.0
