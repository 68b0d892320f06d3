"""Flat things that may lie on each other: playing cards on a table, a stack of books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Layered, Region, Stack
from synthvision.sampling.placement.heights import CellGrid, bottom_heights, top_heights
from synthvision.sampling.placement.on_surface import drawn_rotation
from synthvision.sampling.placement.resting_plane import resting_plane
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.placement.supports import Support, draw_in_region
from synthvision.sampling.stable_poses import rotation_between

__all__ = ["place_layer"]

Float = NDArray[np.float64]

# Cells on which heights of things below are compared. Between them a bent card's slope may hide this much times a
# tenth, which `_AIR_M` covers.
_CELLS = 44
_AIR_M = 6e-5
_UP = np.array([0.0, 0.0, 1.0])


def place_layer(candidate: Candidate, placement: Layered | Stack, stage: Stage) -> Body:
    """Return a flat object at rest on a surface and on what lies there already.

    Raises:
        NoPlaceError: No try succeeded.
    """
    drawer = stage.drawer
    rotation = drawn_rotation(candidate, placement.pose, placement.flip_probability, placement.yaw_deg, drawer)
    supports = stage.supports(placement.on)
    if not supports:
        raise NoPlaceError(candidate.name, Counter({f"no object of {placement.on} to stand on": 1}))
    rng = drawer.rng(f"{candidate.path}.position")
    owner, support = supports[int(rng.integers(len(supports)))]
    start = candidate.body(rotation, np.zeros(3))
    middle = start.centre_of_mass
    steepest = np.tan(np.radians(placement.max_tilt_deg))
    reasons: Counter[str] = Counter()
    for xy in _places(candidate, placement, support, stage, drawer, rng):
        lying = start.moved(np.array([xy[0] - middle[0], xy[1] - middle[1], support.height_m - start.low[2]]))
        if not support.holds(lying.hull_n3[:, :2], placement.margin_m):
            reasons["off the edge of the surface"] += 1
            continue
        below = _below(lying, candidate, placement, support, stage)
        body, slope = (lying, 0.0) if not below else _at_rest(lying, below, support.height_m)
        if slope > steepest:
            reasons["steeper than max_tilt_deg"] += 1
            continue
        ignore = {other.name for other in below} | ({owner.name} if owner else set())
        ignore |= {other.name for other in stage.bodies.of_group(candidate.group)}
        other = stage.bodies.touching(body, placement.clearance_m, ignore)
        if other is not None:
            reasons[f"overlap with {other.group}"] += 1
            continue
        stage.refuse(candidate, reasons)
        return body
    stage.refuse(candidate, reasons)
    raise NoPlaceError(candidate.name, reasons)


def _places(
    candidate: Candidate, placement: Layered | Stack, support: Support, stage: Stage, drawer: Drawer,
    rng: np.random.Generator,
) -> Iterator[Float]:  # fmt: skip
    earlier = stage.bodies.of_group(candidate.group)
    path = f"{candidate.path}.placement"
    if isinstance(placement, Stack):
        group = f"objects.{candidate.group}.placement"
        base = np.array(drawer.vector(f"{group}.position_m", placement.position_m))
        reach = drawer.number(f"{path}.jitter_m", placement.jitter_m)
        centre = earlier[-1].centre_of_mass[:2] if earlier else base
        for _ in range(placement.max_tries if reach > 0 and earlier else 1):
            yield centre + draw_in_region(Region.disc(reach), rng) if earlier else base
        return
    region = placement.region or support.region or Region.rectangle((1.0, 1.0))
    near = drawer.happens(f"{path}.near", placement.neighbour_probability) if earlier else False
    for _ in range(placement.max_tries):
        if not near:
            yield draw_in_region(region, rng)
            continue
        neighbour = earlier[int(rng.integers(len(earlier)))]
        distance = drawer.number(f"{path}.neighbour_distance_m", placement.neighbour_distance_m)
        angle = 2 * np.pi * float(rng.random())
        yield neighbour.centre_of_mass[:2] + distance * np.array([np.cos(angle), np.sin(angle)])


def _below(lying: Body, candidate: Candidate, placement: Layered | Stack, support: Support, stage: Stage) -> list[Body]:
    """Return the bodies under the footprint that the object may lie on."""
    endless = np.array([lying.high[0], lying.high[1], np.inf])
    climb = placement.climb_m if isinstance(placement, Layered) else 0.0
    return [
        other
        for other in stage.bodies.near(lying.low, endless, 0.0)
        if other.group == candidate.group or other.high[2] <= support.height_m + climb or other.group in stage.layered
    ]


def _at_rest(lying: Body, below: Sequence[Body], floor_m: float) -> tuple[Body, float]:
    """Return the object lifted and tilted so that it rests on what lies below, and its slope."""
    size = lying.high[:2] - lying.low[:2]
    grid = CellGrid.around(lying.low[:2], lying.high[:2], float(size.max()) / _CELLS)
    top = np.full(grid.shape, -np.inf)
    for other in below:
        np.maximum(top, top_heights(other.outline_n3, other.shape.outline[1], grid), out=top)
    middle = lying.centre_of_mass
    # The floor carries the object's own corners, exactly; the things below carry it on the cells they share.
    corners = lying.hull_n3
    xy, lift = [corners[:, :2] - middle[:2]], [floor_m - corners[:, 2]]
    bottom = bottom_heights(lying.outline_n3, lying.shape.outline[1], grid)
    shared = np.isfinite(top) & np.isfinite(bottom)
    if not shared.any():
        return lying, 0.0
    x, y = grid.centres()
    column, row = np.nonzero(shared)
    xy.append(np.column_stack([x[column], y[row]]) - middle[:2])
    lift.append(top[shared] + _AIR_M - bottom[shared])
    rise, slope_x, slope_y = resting_plane(np.concatenate(xy), np.concatenate(lift))
    tilt = rotation_between(_UP, np.array([-slope_x, -slope_y, 1.0]) / np.sqrt(1 + slope_x**2 + slope_y**2))
    rotation: Float = tilt @ lying.rotation
    pivot = middle + np.array([0.0, 0.0, rise])
    position = pivot - rotation @ (lying.shape.centre_of_mass * lying.scale)
    body = Body(lying.name, lying.group, lying.shape, lying.scale, rotation, position, lying.hollow)
    # Turning by a small angle is not quite shearing by a slope: the rest is made good by height.
    bottom = bottom_heights(body.outline_n3, body.shape.outline[1], grid)
    shared = np.isfinite(top) & np.isfinite(bottom)
    short = [
        floor_m - body.low[2],
        *((top[shared] + _AIR_M - bottom[shared]).max(keepdims=True) if shared.any() else []),
    ]
    return body.moved(np.array([0.0, 0.0, float(max(short))])), float(np.hypot(slope_x, slope_y))
