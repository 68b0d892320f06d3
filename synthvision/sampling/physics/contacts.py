"""How settled bodies touch: penetration and gaps, measured on their convex parts by a collision library.

This judges what the simulation made, with other code than the simulation's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import fcl
import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.physics.hulls import Hull

__all__ = ["Contact", "PartsBody", "contacts_of", "drop_below", "floor_contact"]

Float = NDArray[np.float64]

_UP = np.array([0.0, 0.0, 1.0])
_CONTACTS = fcl.CollisionRequest(num_max_contacts=1, enable_contact=True)
_TOUCHING = fcl.CollisionRequest()
_NEAREST = fcl.DistanceRequest(enable_nearest_points=True)
# A contact whose normal leans less than this from level does not carry.
_CARRIES = 0.15
_STEPS = 40
_TOUCH_M = 5e-5


@dataclass(frozen=True, eq=False)
class PartsBody:
    """Convex parts at one place.

    Args:
        name: Name of the object in the scene.
        parts: Convex parts in the model's frame, scaled.
        rotation: World from model, float64 (3, 3).
        position_m: Where the model's origin is, float64 (3,).
        moves: False for what stands: a container, a table.
    """

    name: str
    parts: tuple[Hull, ...]
    rotation: Float
    position_m: Float
    moves: bool = True

    def at(self, rotation: Float, position_m: Float) -> PartsBody:
        """Return the same body elsewhere."""
        return PartsBody(self.name, self.parts, rotation, position_m, self.moves)

    def moved(self, shift_m: Float) -> PartsBody:
        """Return the same body, shifted."""
        return self.at(self.rotation, self.position_m + shift_m)

    def bounds(self) -> Float:
        """Return the smallest and largest corner of each part in the world, float64 (parts, 2, 3)."""
        points, starts = _joined(self.parts)
        world = points @ self.rotation.T + self.position_m
        return np.stack([np.minimum.reduceat(world, starts), np.maximum.reduceat(world, starts)], axis=1)

    def lowest_m(self) -> float:
        """Return the height of the lowest corner."""
        points, _ = _joined(self.parts)
        return float((points @ self.rotation[2]).min() + self.position_m[2])

    def collider(self, part: int) -> Any:
        """Return one part in the collision library."""
        return fcl.CollisionObject(_geometry(self.parts[part]), fcl.Transform(self.rotation, self.position_m))


@dataclass(frozen=True, slots=True)
class Contact:
    """Two bodies whose parts overlap.

    Args:
        first: Index of the one body.
        second: Index of the other.
        depth_m: How far they overlap.
        normal: From the first to the second body, unit vector.
    """

    first: int
    second: int
    depth_m: float
    normal: Float

    @property
    def carries(self) -> bool:
        """Whether one body lies on the other, rather than beside it."""
        return abs(float(self.normal[2])) > _CARRIES


@lru_cache(maxsize=4_096)
def _geometry(part: Hull) -> Any:
    count = len(part.triangles_m3)
    return fcl.Convex(part.points_n3, count, np.column_stack([np.full(count, 3), part.triangles_m3]).ravel())


@lru_cache(maxsize=1_024)
def _joined(parts: tuple[Hull, ...]) -> tuple[Float, NDArray[np.int64]]:
    """Return the corners of all parts in one array, and where each part's begin."""
    sizes = [len(part.points_n3) for part in parts]
    return np.concatenate([part.points_n3 for part in parts]), np.cumsum([0, *sizes[:-1]])


def contacts_of(bodies: Sequence[PartsBody], only: Iterable[int] | None = None) -> list[Contact]:
    """Return every pair of overlapping parts of different bodies, of which at least one moves.

    Args:
        bodies: Bodies at their places.
        only: Pairs with one of these bodies alone; all where None.
    """
    bounds = [body.bounds() for body in bodies]
    low = np.array([each[:, 0].min(axis=0) for each in bounds])
    high = np.array([each[:, 1].max(axis=0) for each in bounds])
    found: list[Contact] = []
    wanted = None if only is None else set(only)
    for first in range(len(bodies)):
        close = (low[first + 1 :] <= high[first]).all(axis=1) & (high[first + 1 :] >= low[first]).all(axis=1)
        for second in (int(index) for index in np.flatnonzero(close) + first + 1):
            one, two = bodies[first], bodies[second]
            if not (one.moves or two.moves) or (wanted is not None and not {first, second} & wanted):
                continue
            for part, other in _close_parts(bounds[first], bounds[second], 0.0):
                depth, normal = _depth(one.collider(part), two.collider(other))
                if depth > 0:
                    found.append(Contact(first, second, depth, normal))
    return found


def floor_contact(body: PartsBody) -> float:
    """Return how far a body reaches below the plane z = 0; negative where it hangs over it."""
    return -body.lowest_m()


def _close_parts(one: Float, two: Float, gap_m: float) -> NDArray[np.int64]:
    near = (one[:, None, 0] <= two[None, :, 1] + gap_m).all(axis=2)
    near &= (two[None, :, 0] <= one[:, None, 1] + gap_m).all(axis=2)
    return np.argwhere(near)


def _depth(one: Any, two: Any) -> tuple[float, Float]:
    result = fcl.CollisionResult()
    if not fcl.collide(one, two, _CONTACTS, result):
        return 0.0, _UP
    contact = result.contacts[0]
    return float(contact.penetration_depth), np.asarray(contact.normal, np.float64)


def drop_below(body: PartsBody, others: Sequence[PartsBody], floor: bool, reach_m: float) -> float:
    """Return how far a body can be lowered until it touches something below, at most a reach.

    Args:
        body: A body that overlaps nothing below it.
        others: What may lie below.
        floor: The plane z = 0 carries.
        reach_m: How far to look.
    """
    bounds = body.bounds()
    shaft = bounds.copy()
    shaft[:, 0, 2] -= reach_m
    least = reach_m
    if floor:
        least = min(least, max(body.lowest_m(), 0.0))
    for other in others:
        for part, below in _close_parts(shaft, other.bounds(), 0.0):
            least = min(least, _fall(body, int(part), other.collider(int(below)), least))
    return least


def _fall(body: PartsBody, part: int, other: Any, most_m: float) -> float:
    """Return how far one part may fall onto another: by its gap over the slope, or half of that where it is too far."""
    mover = body.collider(part)
    depth, normal = _depth(mover, other)
    if depth > 0:
        # It slides along what it only leans against.
        return 0.0 if abs(float(normal[2])) > _CARRIES else most_m
    fallen, gap, slope = 0.0, *_gap(mover, other)
    for _ in range(_STEPS):
        step = gap / max(slope, 0.02)
        while True:
            lower = min(fallen + step, most_m)
            mover.setTranslation(body.position_m - lower * _UP)
            if not fcl.collide(mover, other, _TOUCHING, fcl.CollisionResult()):
                break
            step /= 2
            if step < _TOUCH_M:
                return fallen
        fallen = lower
        if fallen >= most_m:
            break
        gap, slope = _gap(mover, other)
        if gap < _TOUCH_M and slope > _CARRIES:
            break
        gap = max(gap, _TOUCH_M)
    return fallen


def _gap(one: Any, two: Any) -> tuple[float, float]:
    """Return the distance of two parts, and the share of it that is vertical."""
    result = fcl.DistanceResult()
    gap = float(fcl.distance(one, two, _NEAREST, result))
    if gap <= 0:
        return _TOUCH_M, 1.0
    start, end = result.nearest_points
    return gap, abs(float(start[2] - end[2])) / gap
