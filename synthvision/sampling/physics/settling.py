"""Places the objects of `dropped` groups: they fall together, are repaired and judged, and fall anew where need be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.physics.contacts import PartsBody
from synthvision.sampling.physics.hulls import Hull
from synthvision.sampling.physics.opening import Opening
from synthvision.sampling.physics.parts import Kind, PartsCache
from synthvision.sampling.physics.repair import MOST_DEPTH_M, Rest, repaired
from synthvision.sampling.physics.simulation import simulate
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Dropped, Region
from synthvision.sampling.placement.heights import CellGrid, top_heights
from synthvision.sampling.placement.on_surface import drawn_rotation
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.placement.supports import Support
from synthvision.sampling.shapes import Shape

__all__ = ["Settler"]

Float = NDArray[np.float64]

# How often one heap falls anew before the scene starts anew.
_FALLS = 3
# The walls of a container lean, and its mouth is as wide as it is.
_MOUTH = 0.95
# Where no region is given, what falls on an object keeps off its edge.
_TOP = 0.7
_ROUND = np.arange(24) * (2 * np.pi / 24)
_FAR_M = 0.3


@dataclass(frozen=True, slots=True)
class _Target:
    """What things fall into or onto: one body, or the plane z = 0.

    Args:
        body: The body; None for the plane.
        opening: What they fall through.
        rest: Where they may come to rest: of a body that carries them all of its top, however narrow the opening is.
        support: The plane.
    """

    body: Body | None
    opening: Opening
    rest: Opening
    support: Support | None = None


class Settler:
    """Lets objects fall and gives them the places where they come to rest.

    Args:
        parts: Convex parts of models.
    """

    def __init__(self, parts: PartsCache) -> None:
        self._parts = parts
        self._scaled: dict[tuple[str, float, Kind], tuple[Hull, ...]] = {}

    def settle(self, waiting: Sequence[tuple[Candidate, Dropped]], stage: Stage) -> Mapping[str, Body]:
        """Return the settled objects by name; those that fell off are left out where their group allows it.

        Raises:
            NoPlaceError: No fall ended in a heap that holds.
        """
        targets: dict[str, _Target] = {}
        falling: dict[str, list[tuple[Candidate, Dropped]]] = {}
        for candidate, placement in waiting:
            name, target = self._target(candidate, placement, stage)
            targets.setdefault(name, target)
            falling.setdefault(name, []).append((candidate, placement))
        settled: dict[str, Body] = {}
        for name, items in falling.items():
            for body in self._heap(name, targets[name], items, stage):
                stage.bodies.add(body)
                settled[body.name] = body
        return settled

    def _target(self, candidate: Candidate, placement: Dropped, stage: Stage) -> tuple[str, _Target]:
        wanted = placement.into or placement.on
        if wanted == "surface":
            support = stage.supports("surface")[0][1]
            region = placement.region or _inner(support.region) or Region.disc(0.15)
            opening = Opening(_corners(region), 0.0, 0.0)
            return "surface", _Target(None, opening, opening, support)
        bodies = stage.bodies.of_group(wanted)
        if not bodies:
            raise NoPlaceError(candidate.name, Counter({f"no {wanted} to fall into": 1}))
        rng = stage.drawer.rng(f"{candidate.path}.target")
        body = bodies[int(rng.integers(len(bodies)))]
        if placement.into:
            mouth = _mouth(body)
            return body.name, _Target(body, mouth, mouth)
        opening = _top(body, placement.region)
        return body.name, _Target(body, opening, Opening(body.hull_n3[:, :2], opening.height_m, opening.floor_m))

    def _heap(self, name: str, target: _Target, items: Sequence[tuple[Candidate, Dropped]], stage: Stage) -> list[Body]:
        rotations = [
            drawn_rotation(candidate, placement.pose, placement.flip_probability, placement.yaw_deg, stage.drawer)
            for candidate, placement in items
        ]
        falling = [
            PartsBody(candidate.name, self._of(candidate.shape, candidate.scale, "solid"), rotation, np.zeros(3))
            for (candidate, _), rotation in zip(items, rotations, strict=True)
        ]
        standing = self._standing(target, stage)
        first = items[0][0]
        reasons: Counter[str] = Counter()
        for fall in range(_FALLS):
            rng = stage.drawer.rng(f"dropped.{name}#{fall}")
            outcome = simulate(
                standing, falling, target.opening, rng, floor=True,
                height_m=max(placement.height_m for _, placement in items),
                most_s=max(placement.max_time_s for _, placement in items),
            )  # fmt: skip
            if not outcome.at_rest:
                reasons["not at rest within max_time_s"] += 1
                continue
            inside = [_stays(body, item[0], target) for body, item in zip(outcome.bodies, items, strict=True)]
            if any(not stays and item[1].spilled == "refused" for stays, item in zip(inside, items, strict=True)):
                reasons["fell off"] += 1
                continue
            kept = [body for body, stays in zip(outcome.bodies, inside, strict=True) if stays]
            kept_items = [item for item, stays in zip(items, inside, strict=True) if stays]
            bodies, rests = repaired(standing, kept, floor=True)
            wrong = [rest for rest in rests if not rest.holds]
            if wrong:
                reasons[_fault(wrong[0])] += 1
                continue
            if len(kept) < len(items):
                reasons["fell off, left out"] += len(items) - len(kept)
            stage.refuse(first, reasons)
            return [
                candidate.body(body.rotation, body.position_m)
                for body, (candidate, _) in zip(bodies, kept_items, strict=True)
            ]
        stage.refuse(first, reasons)
        raise NoPlaceError(first.name, reasons)

    def _standing(self, target: _Target, stage: Stage) -> list[PartsBody]:
        """Return what falling things may meet: the target, and what stands in or near the opening."""
        corners = target.opening.corners_n2
        low = np.array([*(corners.min(axis=0) - _FAR_M), -1.0])
        high = np.array([*(corners.max(axis=0) + _FAR_M), np.inf])
        near = stage.bodies.near(low, high, 0.0)
        if target.body is not None and target.body not in near:
            near.append(target.body)
        standing = []
        for body in near:
            # What things fall into or onto is met on its inside; all else as a solid body.
            kind: Kind = "shell" if body is target.body else "solid"
            parts = self._of(body.shape, body.scale, kind)
            standing.append(PartsBody(body.name, parts, body.rotation, body.position_m, moves=False))
        return standing

    def _of(self, shape: Shape, scale: float, kind: Kind) -> tuple[Hull, ...]:
        parts = self._parts.parts(shape, kind)
        if scale == 1.0:
            return parts
        key = shape.key, scale, kind
        if key not in self._scaled:
            if len(self._scaled) > 256:
                self._scaled.clear()
            self._scaled[key] = tuple(part.scaled(scale) for part in parts)
        return self._scaled[key]


def _fault(rest: Rest) -> str:
    return "overlap after settling" if rest.depth_m > MOST_DEPTH_M else "floating after settling"


def _stays(body: PartsBody, candidate: Candidate, target: _Target) -> bool:
    """Return whether a settled body is where it was meant to be."""
    middle = body.rotation @ (candidate.shape.centre_of_mass * candidate.scale) + body.position_m
    if body.lowest_m() < target.opening.floor_m - 2e-3:
        return False
    if target.support is not None:
        hull = candidate.shape.hull_n3 @ (body.rotation.T * candidate.scale) + body.position_m
        return target.support.holds(hull[:, :2], 0.0)
    return target.rest.holds(middle[:2])


def _mouth(container: Body) -> Opening:
    points = container.hull_n3[:, :2]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    low, high = float(container.low[2]), float(container.high[2])
    # Walls begin a little below the rim: some bins have a low front.
    return Opening(middle + _MOUTH * (points - middle), low + 0.7 * (high - low), low)


def _top(body: Body, region: Region | None) -> Opening:
    if region is None:
        points = body.hull_n3[:, :2]
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        outline = middle + _TOP * (points - middle)
    else:
        outline = _corners(region) @ body.rotation[:2, :2].T + body.position_m[:2]
    size = np.ptp(outline, axis=0)
    grid = CellGrid.around(outline.min(axis=0), outline.max(axis=0), float(size.max()) / 24)
    points_n3, triangles = body.outline_n3, body.shape.outline[1]
    tops = top_heights(points_n3, triangles, grid)
    height = float(np.median(tops[np.isfinite(tops)])) if np.isfinite(tops).any() else float(body.high[2])
    return Opening(outline, height, height - 0.02)


def _inner(region: Region | None) -> Region | None:
    if region is None or region.size_m is None:
        return region
    return Region.rectangle((region.size_m[0] * _TOP, region.size_m[1] * _TOP), region.centre_m)


def _corners(region: Region) -> Float:
    centre = np.array(region.centre_m)
    if region.size_m is not None:
        half = np.array(region.size_m) / 2
        return centre + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    ring: Float = (region.radius_m or 0.0) * np.column_stack([np.cos(_ROUND), np.sin(_ROUND)])
    return centre + ring
