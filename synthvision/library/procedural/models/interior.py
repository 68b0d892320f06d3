"""What rooms and halls are made of: walls with openings, and where doors, windows and lamps are.

A plan is worked out from an asset's parameters alone, so that whoever lights a room finds its lamps and windows where
the model shows them. Plans have their origin on the floor, in the middle; models stand on the underside of the slab,
`SLAB_M` lower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.quads import plain_boxes, quad_mesh

__all__ = [
    "SLAB_M",
    "WALLS",
    "WALL_M",
    "Fixture",
    "Opening",
    "Plan",
    "floor_slab",
    "on_wall",
    "spread_along",
    "view_panes",
    "wall_axes",
    "wall_box",
    "wall_boxes",
]

#: Thickness of floor and ceiling, and of walls: what stands around a room keeps the sun out.
SLAB_M, WALL_M = 0.06, 0.24

#: Walls by the side of the room that they stand on; along each one goes with the room on the left.
WALLS = ("east", "north", "west", "south")


@dataclass(frozen=True, slots=True)
class Opening:
    """A hole in a wall.

    Args:
        kind: What fills it.
        wall: Index into `WALLS`.
        middle_m: Where its middle is along the wall.
        width_m: Width.
        low_m: Height of its lower edge above the floor.
        high_m: Height of its upper edge.
    """

    kind: Literal["window", "door"]
    wall: int
    middle_m: float
    width_m: float
    low_m: float
    high_m: float

    @property
    def span_m(self) -> tuple[float, float]:
        """Where it begins and ends along the wall."""
        return self.middle_m - self.width_m / 2, self.middle_m + self.width_m / 2


@dataclass(frozen=True, slots=True)
class Fixture:
    """A lamp: a glowing face that looks down, or a globe.

    Args:
        centre_m: Middle of the face, above the floor.
        size_m: Extent along x and y.
        row: Lamps of one row are switched together.
        share: How bright it is beside the others, 0 for one that is out.
    """

    centre_m: tuple[float, float, float]
    size_m: tuple[float, float]
    row: int = 0
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything of a room is.

    Args:
        size_m: Inner length along x, width along y, height.
        openings: Doors and windows.
        fixtures: Lamps.
        view_cd_m2: Mean luminance of what is seen through the windows.
        lux: Light of all lamps on the floor, if it were even.
        lamp_k: Colour temperature of the lamps.
        view_k: Colour temperature of the light of the windows.
    """

    size_m: tuple[float, float, float]
    openings: tuple[Opening, ...]
    fixtures: tuple[Fixture, ...]
    view_cd_m2: float
    lux: float
    lamp_k: float
    view_k: float = 6500.0

    def wall_length_m(self, wall: int) -> float:
        """Return how long a wall is inside."""
        return self.size_m[1] if wall in (0, 2) else self.size_m[0]

    @property
    def lamp_cd_m2(self) -> float:
        """Luminance of a lamp's face of share 1 that gives the stated light, a third of it lost on walls."""
        area = sum(each.size_m[0] * each.size_m[1] * each.share for each in self.fixtures)
        return 1.5 * self.lux * self.size_m[0] * self.size_m[1] / (np.pi * area) if area > 0 else 0.0


def on_wall(plan: Plan, wall: int, along_m: float, height_m: float, inward_m: float = 0.0) -> Floats:
    """Return a point at a wall: so far along it, so high, so far before it."""
    start, way, inward = _frame(plan, wall)
    point: Floats = start + way * along_m + inward * inward_m + np.array([0.0, 0.0, height_m])
    return point


def wall_axes(plan: Plan, wall: int) -> tuple[Floats, Floats]:
    """Return unit vectors along a wall, the room on the left, and into the room."""
    _, way, inward = _frame(plan, wall)
    return way, inward


def wall_box(
    plan: Plan, wall: int, span_m: tuple[float, float], heights_m: tuple[float, float], depths_m: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return the low and high corner of a box at a wall: from..to along it, up, and into the room."""
    a = on_wall(plan, wall, span_m[0], heights_m[0], depths_m[0])
    b = on_wall(plan, wall, span_m[1], heights_m[1], depths_m[1])
    return np.minimum(a, b), np.maximum(a, b)


def wall_boxes(plan: Plan) -> Mesh:
    """Return all four walls with their openings, closed, texture coordinates in metres."""
    lows, highs = [], []
    height = plan.size_m[2]
    for wall in range(4):
        length = plan.wall_length_m(wall)
        holes = [each for each in plan.openings if each.wall == wall]
        # Two of the walls go round the corners.
        ends = [-WALL_M, length + WALL_M] if wall in (1, 3) else []
        along = sorted({0.0, length, *ends, *(edge for each in holes for edge in each.span_m)})
        up = sorted({0.0, height, *(edge for each in holes for edge in (each.low_m, each.high_m))})
        for a, b in pairwise(along):
            for low, high in pairwise(up):
                middle, rise = (a + b) / 2, (low + high) / 2
                if any(each.span_m[0] < middle < each.span_m[1] and each.low_m < rise < each.high_m for each in holes):
                    continue
                box = wall_box(plan, wall, (a, b), (low, high), (-WALL_M, 0.0))
                lows.append(box[0])
                highs.append(box[1])
    return plain_boxes(np.array(lows), np.array(highs))


def floor_slab(plan: Plan, low_m: float, high_m: float) -> Mesh:
    """Return a slab as large as the room with its walls, between two heights."""
    x, y = plan.size_m[0] / 2 + WALL_M, plan.size_m[1] / 2 + WALL_M
    return plain_boxes(np.array([[-x, -y, low_m]]), np.array([[x, y, high_m]]))


def view_panes(plan: Plan, kind: str = "window", depth_m: float = -WALL_M + 0.02) -> Mesh:
    """Return what is seen through openings as sheets that look into the room, each with the whole picture."""
    quads = []
    for each in plan.openings:
        if each.kind == kind:
            a, b = each.span_m
            # Counter-clockwise seen from the room: along a wall the room is on the left, so it is seen from there
            # with its start on the right.
            corners = [(b, each.low_m), (a, each.low_m), (a, each.high_m), (b, each.high_m)]
            quads.append([on_wall(plan, each.wall, along, height, depth_m) for along, height in corners])
    picture = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    return quad_mesh(np.array(quads), np.tile(picture, (len(quads), 1, 1)))


def spread_along(length_m: float, width_m: float, count: int, margin_m: float) -> list[float]:
    """Return the middles of up to `count` things of a width, evenly over a length, as many as have room."""
    room = length_m - 2 * margin_m
    fit = max(min(count, int(room / (width_m + 0.35))), 0)
    return [margin_m + room * (index + 0.5) / fit for index in range(fit)]


def _frame(plan: Plan, wall: int) -> tuple[Floats, Floats, Floats]:
    """Return where a wall begins, the way along it, and the way into the room."""
    x, y, _ = plan.size_m
    starts: Sequence[tuple[float, float]] = ((x / 2, -y / 2), (x / 2, y / 2), (-x / 2, y / 2), (-x / 2, -y / 2))
    ways = ((0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0))
    way = np.array([*ways[wall], 0.0])
    return np.array([*starts[wall], 0.0]), way, np.array([-way[1], way[0], 0.0])
