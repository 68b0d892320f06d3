"""Things in an open container: fruit in a bowl."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Inside
from synthvision.sampling.placement.heights import CellGrid, bottom_heights, top_heights
from synthvision.sampling.placement.on_surface import drawn_rotation
from synthvision.sampling.placement.orientation import lay
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage

__all__ = ["place_inside"]

Float = NDArray[np.float64]

_CELLS = 56
_FALL_STEPS = 60
_TOUCH_M = 5e-5


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
    reasons: Counter[str] = Counter()
    yawed = drawn_rotation(candidate, placement.pose, placement.flip_probability, placement.yaw_deg, drawer)
    for attempt in range(placement.max_tries):
        rotation = yawed if attempt == 0 else yawed @ lay(candidate.shape, placement.pose, False, rng)
        found = _hollow(candidate.body(rotation, np.zeros(3)), container, stage, rng)
        if found is None:
            reasons["wider than the container"] += 1
            continue
        body = _lowered(found, stage, placement.clearance_m)
        if body is None:
            reasons["overlap"] += 1
        elif body.centre_of_mass[2] > container.high[2] + placement.max_above_m:
            reasons["higher than max_above_m"] += 1
        else:
            stage.refuse(candidate, reasons)
            return body
    stage.refuse(candidate, reasons)
    raise NoPlaceError(candidate.name, reasons)


def _hollow(start: Body, container: Body, stage: Stage, rng: np.random.Generator) -> Body | None:
    """Return the object a little above one of the hollows in which it could lie."""
    size = container.high[:2] - container.low[:2]
    grid = CellGrid.around(container.low[:2], container.high[:2], float(size.max()) / _CELLS)
    landscape = _landscape(container, grid, stage)
    footprint = CellGrid.around(start.low[:2], start.high[:2], grid.cell_m)
    if footprint.shape[0] > grid.shape[0] or footprint.shape[1] > grid.shape[1]:
        return None
    bottom = bottom_heights(start.mesh_n3, start.shape.faces_m3, footprint)
    windows = sliding_window_view(landscape, footprint.shape)
    heights: Float = (windows - bottom).max(axis=(2, 3))
    middle = (start.centre_of_mass[:2] - footprint.low_xy) / grid.cell_m
    columns = np.arange(heights.shape[0])[:, None] + middle[0]
    rows = np.arange(heights.shape[1])[None, :] + middle[1]
    half = np.array(grid.shape) / 2
    # The centre of mass stays over the container's opening, taken as an ellipse.
    open_area = ((columns - half[0]) / half[0]) ** 2 + ((rows - half[1]) / half[1]) ** 2 < 0.72
    heights = np.where(open_area & np.isfinite(heights), heights, np.inf)
    lowest = _local_minima(heights)
    if not len(lowest):
        return None
    depth = heights[lowest[:, 0], lowest[:, 1]]
    # Deeper hollows first, as things that are shaken in would lie, but not always the deepest.
    chance = np.exp(-(depth - depth.min()) / max(0.15 * float(start.high[2] - start.low[2]), 1e-4))
    cumulative = np.cumsum(chance)
    chosen = int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))
    column, row = lowest[min(chosen, len(lowest) - 1)]
    corner = grid.low_xy + np.array([column, row]) * grid.cell_m - footprint.low_xy
    return start.moved(np.array([corner[0], corner[1], float(heights[column, row])]))


def _landscape(container: Body, grid: CellGrid, stage: Stage) -> Float:
    landscape = stage.landscapes.get(container.name)
    if landscape is None:
        landscape = top_heights(container.mesh_n3, container.shape.faces_m3, grid)
        stage.landscapes[container.name] = landscape
    endless = np.array([container.high[0], container.high[1], np.inf])
    result = landscape
    for other in stage.bodies.near(container.low, endless, 0.0):
        if other is not container:
            result = np.maximum(result, top_heights(other.mesh_n3, other.shape.faces_m3, grid))
    return result


def _local_minima(heights: Float) -> NDArray[np.int64]:
    padded = np.pad(heights, 1, constant_values=np.inf)
    around = sliding_window_view(padded, (3, 3)).min(axis=(2, 3))
    places: NDArray[np.int64] = np.argwhere(np.isfinite(heights) & (heights <= around))
    return places


def _lowered(body: Body, stage: Stage, clearance_m: float) -> Body | None:
    """Return the object lowered, or raised, until it just touches; None where it cannot be freed."""
    size = float((body.high - body.low).max())
    near = stage.bodies.near(body.low - np.array([0, 0, size]), body.high, size)
    step = size * 0.05
    for _ in range(20):
        gap = min((body.gap_to(other) for other in near), default=np.inf)
        if gap > 0:
            break
        body = body.moved(np.array([0.0, 0.0, step]))
    else:
        return None
    # A body may fall by the distance to its nearest neighbour without touching it, again and again.
    for _ in range(_FALL_STEPS):
        gap = min((body.gap_to(other) for other in near), default=np.inf) - clearance_m
        if gap < _TOUCH_M or not np.isfinite(gap):
            break
        body = body.moved(np.array([0.0, 0.0, -gap + _TOUCH_M / 2]))
    return body if np.isfinite(gap) else None
