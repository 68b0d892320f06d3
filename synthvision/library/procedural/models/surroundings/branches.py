"""How trees branch: a trunk, limbs that reach for the outline of the crown, branches on limbs, twigs on branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["Crown", "Limbs", "children_of", "limbs_of", "trunk_of"]

GOLDEN_RAD = 2.39996
"""Turn from one limb to the next around the trunk, as in nature."""


@dataclass(frozen=True, slots=True, eq=False)
class Limbs:
    """Branches of one order.

    Args:
        paths_nk3: Centre lines from base to tip, float64 (n, k, 3), metres.
        radii_nk: Radii, float64 (n, k), metres.
    """

    paths_nk3: Floats
    radii_nk: Floats

    def at(self, which_m: NDArray[Any], share_m: Floats) -> tuple[Floats, Floats, Floats]:
        """Return places, unit directions and radii at shares 0..1 of the length of branches."""
        which = np.asarray(which_m, np.int64)
        steps = self.paths_nk3.shape[1] - 1
        place = np.clip(np.asarray(share_m) * steps, 0, steps - 1e-6)
        first = place.astype(np.int64)
        rest = (place - first)[:, None]
        start, end = self.paths_nk3[which, first], self.paths_nk3[which, first + 1]
        radius = self.radii_nk[which, first] * (1 - rest[:, 0]) + self.radii_nk[which, first + 1] * rest[:, 0]
        heading = end - start
        return start + rest * heading, heading / np.linalg.norm(heading, axis=1, keepdims=True), radius


@dataclass(frozen=True, slots=True)
class Crown:
    """The ellipsoid that a crown fills.

    Args:
        base_m: Height of its lowest point.
        top_m: Height of its highest point.
        radius_m: Half its width.
    """

    base_m: float
    top_m: float
    radius_m: float

    @property
    def centre(self) -> Floats:
        """Middle of the crown."""
        return np.array([0.0, 0.0, (self.base_m + self.top_m) / 2])

    @property
    def radii(self) -> Floats:
        """Half sizes along the axes."""
        return np.array([self.radius_m, self.radius_m, (self.top_m - self.base_m) / 2])

    def reach(self, start_n3: Floats, heading_n3: Floats) -> Floats:
        """Return how far it is from points inside along unit directions to the outline, float64 (n,)."""
        p, d = (start_n3 - self.centre) / self.radii, heading_n3 / self.radii
        a, b, c = (d * d).sum(axis=1), (p * d).sum(axis=1), np.minimum((p * p).sum(axis=1) - 1.0, -0.02)
        return np.asarray((-b + np.sqrt(b * b - a * c)) / a, np.float64)

    def depth(self, points_n3: Floats) -> Floats:
        """Return 0 at the middle of the crown and 1 on its outline, float64 (n,)."""
        return np.asarray(np.linalg.norm((points_n3 - self.centre) / self.radii, axis=1), np.float64)


def trunk_of(rng: np.random.Generator, height_m: float, radius_m: float, lean: float, points: int = 12) -> Limbs:
    """Return a trunk that wanders a little, flared at its foot and thin at its top."""
    share = np.linspace(0.0, 1.0, points)
    yaw = float(rng.uniform(0, 2 * np.pi))
    wander = np.cumsum(rng.normal(0, 0.012, (points, 2)), axis=0) * height_m * share[:, None]
    bend = lean * height_m * share**1.5
    path = np.stack(
        [wander[:, 0] + bend * np.cos(yaw), wander[:, 1] + bend * np.sin(yaw), height_m * share**1.25], axis=1
    )
    radius = radius_m * (1 - 0.86 * share**0.9) * (1 + 0.55 * np.exp(-path[:, 2] / (1.6 * radius_m)))
    return Limbs(path[None], radius[None])


def limbs_of(
    rng: np.random.Generator, trunk: Limbs, crown: Crown, count: int, rise_rad: tuple[float, float], points: int = 6
) -> Limbs:
    """Return limbs that leave the trunk and end near the outline of the crown.

    Args:
        rng: Generator to draw from.
        trunk: What they grow on.
        crown: What they fill.
        count: Number of limbs.
        rise_rad: Elevation of the lowest and of the highest limb.
        points: Points of each path.
    """
    order = (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count
    low = crown.base_m / float(trunk.paths_nk3[0, -1, 2])
    share = (low + (0.93 - low) * order) ** (1 / 1.25)
    start, _, radius = trunk.at(np.zeros(count), share)
    yaw = GOLDEN_RAD * np.arange(count) + rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.25, count)
    rise = rise_rad[0] + (rise_rad[1] - rise_rad[0]) * order + rng.normal(0, 0.1, count)
    heading = np.stack([np.cos(rise) * np.cos(yaw), np.cos(rise) * np.sin(yaw), np.sin(rise)], axis=1)
    length = crown.reach(start, heading) * rng.uniform(0.8, 1.0, count)
    return _grown(rng, start, heading, length, 0.62 * radius, points, lift=0.1)


def children_of(
    rng: np.random.Generator,
    parents: Limbs,
    per_parent: int,
    length_ratio: tuple[float, float],
    spread_rad: tuple[float, float],
    points: int,
    lift: float = 0.1,
) -> Limbs:
    """Return branches along the outer part of each parent.

    Args:
        rng: Generator to draw from.
        parents: What they grow on.
        per_parent: Number on each of them.
        length_ratio: Smallest and largest length as shares of the parent's; those near the tip are shorter.
        spread_rad: Smallest and largest angle to the parent.
        points: Points of each path.
        lift: How strongly they bend upwards.
    """
    count = len(parents.paths_nk3)
    which = np.repeat(np.arange(count), per_parent)
    order = np.tile((np.arange(per_parent) + 0.5) / per_parent, count)
    share = 0.28 + 0.7 * order + rng.uniform(-0.06, 0.02, len(which))
    start, along, radius = parents.at(which, share)
    whole = np.linalg.norm(parents.paths_nk3[:, -1] - parents.paths_nk3[:, 0], axis=1)[which]
    spread = rng.uniform(*spread_rad, len(which))
    yaw = GOLDEN_RAD * np.tile(np.arange(per_parent), count) + rng.uniform(0, 2 * np.pi, len(which))
    side = np.cross(along, [0.0, 0.0, 1.0]) + 1e-6
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(side, along)
    across = np.cos(yaw)[:, None] * side + np.sin(yaw)[:, None] * other
    heading = np.cos(spread)[:, None] * along + np.sin(spread)[:, None] * across
    length = whole * rng.uniform(*length_ratio, len(which)) * (1.15 - 0.5 * order)
    return _grown(rng, start, heading, length, 0.62 * radius, points, lift=lift)


def _grown(
    rng: np.random.Generator, start: Floats, heading: Floats, length: Floats, radius: Floats, points: int, lift: float
) -> Limbs:
    """Paths from `start` that bend upwards and wander."""
    step = (length / (points - 1))[:, None]
    paths = np.empty((len(start), points, 3))
    paths[:, 0] = start
    direction = heading.copy()
    for k in range(1, points):
        direction = direction + rng.normal(0, 0.13, direction.shape) + [0.0, 0.0, lift]
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        paths[:, k] = paths[:, k - 1] + step * direction
    taper = np.linspace(1.0, 0.28, points)
    return Limbs(paths, np.maximum(radius, 0.004)[:, None] * taper)
