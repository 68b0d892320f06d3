"""The scene while it is being filled: what stands already, and why tries were refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placement.bodies import Body, BodySet
from synthvision.sampling.placement.supports import Support, top_of_body
from synthvision.sampling.shapes import Shape
from synthvision.sampling.site.strips import Strip

__all__ = ["Candidate", "NoPlaceError", "Stage"]

Float = NDArray[np.float64]


class NoPlaceError(Exception):
    """One object found no place within its tries; the scene starts anew or goes on without it."""

    def __init__(self, name: str, reasons: Counter[str]) -> None:
        super().__init__(name)
        self.name = name
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Candidate:
    """One object that looks for a place.

    Args:
        name: Name in the scene, e.g. ``bottles/2``.
        group: Name of its group.
        path: Key path of its values, e.g. ``objects.bottles.2``.
        index: Which of the group's objects it is.
        count: How many objects the group has.
        shape: Geometry of its model.
        scale: Multiplies the model's coordinates.
        hollow: Other objects lie in it or under it.
    """

    name: str
    group: str
    path: str
    index: int
    count: int
    shape: Shape
    scale: float
    hollow: bool

    def body(self, rotation: Float, position_m: Float) -> Body:
        """Return the object standing at a place."""
        return Body(self.name, self.group, self.shape, self.scale, rotation, position_m, self.hollow)


class Stage:
    """A scene that is being filled.

    Args:
        surface: The plane z = 0 and its outline.
        drawer: Draws places.
        layered: Names of the groups whose objects may lie on each other.
    """

    def __init__(self, surface: Support, drawer: Drawer, layered: frozenset[str] = frozenset()) -> None:
        self.bodies = BodySet()
        self.drawer = drawer
        self.rejections: Counter[str] = Counter()
        self._surface = surface
        self._tops: dict[str, list[tuple[Body, Support]]] = {}
        self.layered = layered
        #: Heights of containers and of what lies in them, with the names of the bodies that are in it already.
        self.landscapes: dict[str, tuple[Float, frozenset[str]]] = {}
        #: Levels of a group's bodies by group and choice, with running sums of their areas and the number of bodies.
        self.levels: dict[tuple[str, str], tuple[list[Any], Float, int]] = {}
        #: How high things may reach.
        self.headroom_m = np.inf
        #: Smallest and largest corner of a room, (2, 3), or None.
        self.bounds_23: Float | None = None
        #: Ground at other heights than the surface.
        self.further_surfaces: tuple[Support, ...] = ()
        #: Strips of the site; which stretches of each are taken, how far the row of a group goes on each, and on which
        #: one each object stands.
        self.strips: tuple[Strip, ...] = ()
        self.spans: dict[str, list[tuple[float, float]]] = {}
        self.row_ends: dict[tuple[str, str], float] = {}
        self.strip_names: dict[str, str] = {}
        #: Regular places of a group along strips, as strip and metres, in the order in which they are taken.
        self.slots: dict[str, list[tuple[Strip, float]]] = {}

    def supports(self, name: str) -> list[tuple[Body | None, Support]]:
        """Return the flat tops that `on: name` means, with the body that each belongs to."""
        if name == "surface":
            return [(None, self._surface), *((None, support) for support in self.further_surfaces)]
        bodies = self.bodies.of_group(name)
        known = self._tops.setdefault(name, [])
        known += [(body, top_of_body(body)) for body in bodies[len(known) :]]
        return list(known)

    def is_outside(self, body: Body) -> bool:
        """Return whether a body reaches into the walls or the lamps of the room."""
        if body.high[2] > self.headroom_m:
            return True
        return self.bounds_23 is not None and bool(
            (body.low[:2] < self.bounds_23[0, :2]).any() or (body.high[:2] > self.bounds_23[1, :2]).any()
        )

    def refuse(self, candidate: Candidate, reasons: Mapping[str, int]) -> None:
        """Count refused tries of an object."""
        for reason, times in reasons.items():
            self.rejections[f"objects.{candidate.group}: {reason}"] += times
