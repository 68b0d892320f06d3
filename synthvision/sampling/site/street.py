"""The ground of a street as something to stand on, and its plan as strips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.models.surroundings.street_layout import StreetPlan, plan_of
from synthvision.library.procedural.models.surroundings.street_lines import Side
from synthvision.sampling.placement.config import Region
from synthvision.sampling.site.strips import Strip

__all__ = ["Carriageway", "RaisedGround", "street_facts", "street_strips"]

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]


def street_strips(params: Mapping[str, Any]) -> tuple[Strip, ...]:
    """Return the strips of a street with the parameters of the asset ``street``."""
    return tuple(
        Strip(item.name, item.kind, item.path_k3, item.width_m, item.speed_m_s, item.inward)
        for item in plan_of(params).strips
    )


def street_facts(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record says of a street."""
    right, left = plan_of(params).sides
    return {
        "lanes": right.lanes + left.lanes,
        "junction": params["junction"],
        "crossing": params["crossing"],
        "curve": params["curve"],
        "asphalt": params["asphalt"],
        "paving": params["paving"],
        "cycle": params["cycle"],
        "parking": params["parking"],
        "design": params["design"],
    }


class _Ground:
    """A level part of the street."""

    def __init__(self, plan: StreetPlan) -> None:
        self._plan = plan
        ends = plan.centre.ground(np.array([-1.0, -1.0, 1.0, 1.0, 0.0, 0.0]) * plan.length_m / 2,
                                  np.array([-12.0, 12.0, -12.0, 12.0, -12.0, 12.0]))  # fmt: skip
        low, high = ends.min(axis=0), ends.max(axis=0)
        middle, size = (low + high) / 2, high - low
        self.region: Region | None = Region.rectangle(
            (float(size[0]), float(size[1])), (float(middle[0]), float(middle[1]))
        )

    def _places(self, points_n2: Float, margin_m: float) -> Float:
        if margin_m > 0:
            ring = np.arange(8) * (np.pi / 4)
            offsets = margin_m * np.column_stack([np.cos(ring), np.sin(ring)])
            points_n2 = (points_n2[:, None] + offsets[None]).reshape(-1, 2)
        return self._plan.centre.plan(points_n2)


class Carriageway(_Ground):
    """Everything at the level of the road: lanes, parking strips, the side street's carriageway."""

    height_m = 0.0

    def holds(self, points_n2: Float, margin_m: float) -> bool:
        """Return whether all points lie on it, at least a margin away from the kerbs."""
        s, t = self._places(points_n2, margin_m).T
        right, left = self._plan.sides
        inside = (t >= -right.half_m) & (t <= left.half_m)
        for side in self._plan.sides:
            inside |= _in_mouth(side, s, t, rounded=False)
        return bool(inside.all())


class RaisedGround(_Ground):
    """Everything at the level of the kerbs: verges, pavements, the ground of the houses."""

    def __init__(self, plan: StreetPlan) -> None:
        super().__init__(plan)
        self.height_m = plan.kerb_m

    def holds(self, points_n2: Float, margin_m: float) -> bool:
        """Return whether all points lie on it, at least a margin away from the carriageway."""
        s, t = self._places(points_n2, margin_m).T
        right, left = self._plan.sides
        low = (t > -right.half_m) & (t < left.half_m)
        for side in self._plan.sides:
            low |= _in_mouth(side, s, t, rounded=True)
        return bool(not low.any())


def _in_mouth(side: Side, s: Float, t: Float, *, rounded: bool) -> Mask:
    """Return which points lie in a side street, with or without what its rounded corners add."""
    junction = side.junction
    if junction is None:
        return np.zeros(len(s), bool)
    depth = side.sign * t - side.half_m
    wide = np.full(len(s), junction.half_m)
    if rounded:
        wide += np.clip(junction.radius_m - depth, 0.0, junction.radius_m)
    found: Mask = (np.abs(s - junction.at_m) <= wide) & (depth >= 0) & (depth <= junction.length_m)
    return found
