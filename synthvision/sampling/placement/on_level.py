"""Places on the levels of furniture and racks: boxes on a shelf, a monitor on a desk."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Fixed, OnSurface, Region, Scatter
from synthvision.sampling.placement.levels import Level, levels_of, stands_upright
from synthvision.sampling.placement.on_surface import drawn_rotation
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.placement.supports import draw_in_region

__all__ = ["place_on_level"]

Float = NDArray[np.float64]
LevelPlacement = OnSurface | Scatter | Fixed

# Things are let down this far above the face that carries them.
_AIR_M = 2e-4
# What hangs higher than this above its carrier floats.
_FLOATS_M = 3e-3


def place_on_level(candidate: Candidate, placement: LevelPlacement, stage: Stage) -> Body:
    """Return an object at a free place on a level of an object of another group.

    The place and the turn are drawn in the frame of the object that carries it.

    Raises:
        NoPlaceError: No try succeeded.
    """
    drawer = stage.drawer
    reasons: Counter[str] = Counter()
    choices, areas = _choices(placement, stage)
    if not choices:
        raise NoPlaceError(candidate.name, Counter({f"no level of {placement.on} to stand on": 1}))
    own = drawn_rotation(candidate, placement.pose, placement.flip_probability, placement.yaw_deg, drawer)
    rng = drawer.rng(f"{candidate.path}.position")
    # As it lies in the frame of whatever carries it.
    lying = candidate.body(own, np.zeros(3))
    outline = cv2.convexHull(lying.hull_n3[:, :2].astype(np.float32), clockwise=False)[:, 0].astype(np.float64)
    middle, tall_m = lying.centre_of_mass[:2], float(lying.high[2] - lying.low[2])
    for _ in range(1 if isinstance(placement, Fixed) else placement.max_tries):
        index = int(np.searchsorted(areas, rng.random() * areas[-1], side="right"))
        carrier, level = choices[min(index, len(choices) - 1)]
        scale = carrier.scale
        at = _place(candidate, placement, stage, level, scale, outline, rng)
        rest, reason = level.rest(
            (outline + at) / scale, (middle + at) / scale, tall_m / scale + 5e-3,
            placement.margin_m / scale,
        )  # fmt: skip
        if rest is None:
            reasons[reason] += 1
            continue
        xy = (carrier.rotation @ np.array([at[0], at[1], 0.0]))[:2] + carrier.position_m[:2]
        height = carrier.position_m[2] + rest * scale + _AIR_M
        placed = candidate.body(carrier.rotation @ own, np.array([xy[0], xy[1], height - lying.low[2]]))
        if isinstance(placement, Scatter) and _too_near(placed, candidate, stage, placement.min_distance_m):
            reasons["closer than min_distance_m"] += 1
            continue
        if stage.is_outside(placed):
            reasons["outside the room"] += 1
            continue
        other = stage.bodies.touching(placed, placement.clearance_m, (carrier.name,))
        if other is not None:
            reasons[f"overlap with {other.group}"] += 1
            continue
        if placed.gap_to(carrier)[0] > _FLOATS_M:
            # What sticks up at the edge of a cell is not under the object after all.
            reasons["would not touch the level"] += 1
            continue
        stage.refuse(candidate, reasons)
        return placed
    stage.refuse(candidate, reasons)
    raise NoPlaceError(candidate.name, reasons)


def _choices(placement: LevelPlacement, stage: Stage) -> tuple[list[tuple[Body, Level]], Float]:
    """Return the levels that an object may stand on with what carries each, and running sums of their areas."""
    key = (placement.on, placement.level or "any")
    bodies = stage.bodies.of_group(placement.on)
    known = stage.levels.get(key)
    if known is None or known[2] != len(bodies):
        choices = [(body, level) for body in bodies if stands_upright(body) for level in _chosen(body, key[1])]
        areas = np.cumsum([level.area_m2 * body.scale**2 for body, level in choices])
        known = stage.levels[key] = choices, areas, len(bodies)
    return known[0], known[1]


def _chosen(body: Body, level: str) -> tuple[Level, ...]:
    levels = levels_of(body.shape)
    if not levels or level == "any":
        return levels
    return (levels[0],) if level == "lowest" else (levels[-1],)


def _place(
    candidate: Candidate, placement: LevelPlacement, stage: Stage, level: Level, scale: float, outline_n2: Float,
    rng: np.random.Generator,
) -> Float:  # fmt: skip
    """Return where the object's origin comes to stand, in the carrier's frame but in metres of the world."""
    if isinstance(placement, Fixed):
        return np.array(stage.drawer.vector(f"{candidate.path}.position_m", placement.position_m))
    if placement.region is not None:
        return draw_in_region(placement.region, rng)
    # Anywhere the footprint fits between the level's edges, or in their middle where it does not.
    low = level.low_xy * scale - outline_n2.min(axis=0)
    high = level.high_xy * scale - outline_n2.max(axis=0)
    middle, size = (low + high) / 2, np.maximum(high - low, 1e-6)
    return draw_in_region(Region.rectangle((float(size[0]), float(size[1])), (float(middle[0]), float(middle[1]))), rng)


def _too_near(body: Body, candidate: Candidate, stage: Stage, distance_m: float) -> bool:
    middle = body.position_m
    return any(
        float(np.linalg.norm(middle - other.position_m)) < distance_m
        for other in stage.bodies.of_group(candidate.group)
    )
