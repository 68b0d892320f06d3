"""Coachwork: the skin of a vehicle as a box of quads, open below, that is bent into shape and subdivided.

The box has `nx` cells from rear to front, `nz` from the sill to the shoulder line, and `half` from the shoulder to the
centre line. Its faces are the top (bonnet, roof and all windows), the two sides, front and rear. Only the left half is
shaped; the right one is its mirror image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.creased_subdivision import (
    Edge,
    RefinedSurface,
    Refinement,
    edge_key,
    refined,
)
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.quads import quad_mesh

__all__ = ["FRONT", "LEFT", "REAR", "RIGHT", "TOP", "Coachwork", "Crease", "Skin", "coachwork", "underbody"]

TOP, LEFT, RIGHT, FRONT, REAR = range(5)
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Crease:
    """A sharper line of the cage, on both halves.

    Args:
        face: `TOP`, `LEFT` (stands for both sides), `FRONT` or `REAR`.
        along: ``u`` where u is the line's place and v runs, ``v`` the other way round.
        at: Place of the line.
        low: First end.
        high: Last end.
        sharpness: See `refined`.
    """

    face: int
    along: str
    at: int
    low: int
    high: int
    sharpness: float


@dataclass(frozen=True, slots=True, eq=False)
class Coachwork:
    """The topology of a skin.

    Args:
        nx: Cells from rear to front.
        half: Cells from the shoulder to the centre line.
        nz: Cells from the sill to the shoulder.
        ids: Vertex number by lattice place (x, y, z), -1 inside.
        refinement: The refined cage.
        face_f: Which face of the box each refined quad lies on.
        u_f: Its place along the face: x on top and sides, from the outer edge to the centre line on front and rear.
        v_f: Its place across: from the shoulder to the centre line on top, from the sill up elsewhere.
        middles: Refined vertex in the middle of each edge of the cage.
        rim: Refined vertices around the opening below.
    """

    nx: int
    half: int
    nz: int
    ids: Ints
    refinement: Refinement
    face_f: Ints
    u_f: Floats
    v_f: Floats
    middles: Mapping[Edge, int]
    rim: list[int]

    def skin(self, top: Floats, side: Floats, front: Floats, rear: Floats) -> Skin:
        """Return the skin through the places of the left half of the cage.

        Args:
            top: float64 (nx + 1, half + 1, 3), the shoulder line first.
            side: float64 (nx + 1, nz + 1, 3), the sill first.
            front: float64 (half + 1, nz + 1, 3), the corner and the sill first.
            rear: As the front.
        """
        points = np.zeros((int(self.ids.max()) + 1, 3))
        ny = 2 * self.half
        mirror = np.array([1.0, -1.0, 1.0])
        for across in range(self.half + 1):
            for ids, places in ((self.ids[-1], front), (self.ids[0], rear)):
                points[ids[ny - across]], points[ids[across]] = places[across], places[across] * mirror
        points[self.ids[:, ny, :]], points[self.ids[:, 0, :]] = side, side * mirror
        for across in range(self.half + 1):
            points[self.ids[:, ny - across, -1]] = top[:, across]
            points[self.ids[:, across, -1]] = top[:, across] * mirror
        return Skin(self, self.refinement.surface(points))


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """A shaped skin, ready to be cut into parts."""

    work: Coachwork
    surface: RefinedSurface

    def on(self, face: int, u: tuple[float, float], v: tuple[float, float]) -> Mask:
        """Return which quads lie on a face within ranges of u and v, bool (f,)."""
        work = self.work
        inside = (work.u_f > u[0]) & (work.u_f < u[1]) & (work.v_f > v[0]) & (work.v_f < v[1])
        return np.asarray((work.face_f == face) & inside, np.bool_)

    def on_sides(self, u: tuple[float, float], v: tuple[float, float]) -> Mask:
        """Return the same for both sides at once."""
        return self.on(LEFT, u, v) | self.on(RIGHT, u, v)

    def line(self, lattice: Sequence[tuple[int, int, int]]) -> Floats:
        """Return places of the refined surface along a line of lattice points, the middles between them included."""
        ids = [int(self.work.ids[place]) for place in lattice]
        row = [ids[0]]
        for a, b in pairwise(ids):
            row += [self.work.middles[edge_key(a, b)], b]
        return np.asarray(self.surface.places_v3[row], np.float64)


def coachwork(
    nx: int, half: int, nz: int, creases: Sequence[Crease], corners: Sequence[tuple[int, int]] = ()
) -> Coachwork:
    """Return the topology of a skin, refined once.

    Args:
        nx: Cells from rear to front.
        half: Cells from the shoulder to the centre line.
        nz: Cells from the sill to the shoulder.
        creases: Sharper lines.
        corners: Places (u, v) on the sides that subdivision leaves where they are.
    """
    ny = 2 * half
    ids = -np.ones((nx + 1, ny + 1, nz + 1), np.int64)
    shell = np.zeros(ids.shape, bool)
    shell[[0, -1]] = shell[:, [0, -1]] = shell[:, :, -1] = True
    ids[shell] = np.arange(int(shell.sum()))
    quads: list[list[int]] = []
    faces: list[int] = []
    corner_u: list[list[int]] = []
    corner_v: list[list[int]] = []

    def add(face: int, places: Sequence[tuple[int, int, int]]) -> None:
        quads.append([int(ids[place]) for place in places])
        faces.append(face)
        for values, axis in ((corner_u, 0), (corner_v, 1)):
            values.append([_chart(face, place)[axis] for place in places])

    for i in range(nx):
        for j in range(ny):
            add(TOP, [(i, j, nz), (i + 1, j, nz), (i + 1, j + 1, nz), (i, j + 1, nz)])
        for k in range(nz):
            add(LEFT, [(i, ny, k), (i, ny, k + 1), (i + 1, ny, k + 1), (i + 1, ny, k)])
            add(RIGHT, [(i, 0, k), (i + 1, 0, k), (i + 1, 0, k + 1), (i, 0, k + 1)])
    for j in range(ny):
        for k in range(nz):
            add(FRONT, [(nx, j, k), (nx, j + 1, k), (nx, j + 1, k + 1), (nx, j, k + 1)])
            add(REAR, [(0, j, k), (0, j, k + 1), (0, j + 1, k + 1), (0, j + 1, k)])
    sharp: dict[Edge, float] = {}
    for crease in creases:
        for line in _lines(crease, nx, ny, nz):
            row = [int(ids[place]) for place in line]
            for a, b in pairwise(row):
                sharp[edge_key(a, b)] = crease.sharpness
    fixed = frozenset(int(ids[u, side, v]) for u, v in corners for side in (0, ny))
    refinement = refined(np.array(quads), sharp, fixed)
    u, v = (_middle(np.array(values, np.float64), refinement) for values in (corner_u, corner_v))
    face_f = np.array(faces)[refinement.parents_f]
    # Across the vehicle places count from the nearer edge.
    u = np.where((face_f == FRONT) | (face_f == REAR), np.minimum(u, ny - u), u)
    v = np.where(face_f == TOP, np.minimum(v, ny - v), v)
    return Coachwork(nx, half, nz, ids, refinement, face_f, u, v, _middles(refinement), refinement.boundary())


def underbody(skin: Skin, inner_y: float, floor_z: float, end_inset: float) -> Mesh:
    """Return what closes a skin from below: wheel housings behind the arches, then the floor.

    Args:
        skin: The skin.
        inner_y: Distance of the inner walls of the housings from the centre line, metres.
        floor_z: Height of the floor.
        end_inset: How far the floor stays back from front and rear.
    """
    rim = skin.surface.places_v3[skin.work.rim]
    vault = rim.copy()
    vault[:, 1] = np.clip(rim[:, 1], -inner_y, inner_y)
    floor = vault.copy()
    floor[:, 2] = floor_z
    low, high = rim[:, 0].min() + end_inset, rim[:, 0].max() - end_inset
    floor[:, 0] = np.clip(floor[:, 0], low, high)
    rings = [rim, vault, floor]
    bands = [
        np.stack([np.roll(upper, -1, axis=0), upper, lower, np.roll(lower, -1, axis=0)], axis=1)
        for upper, lower in pairwise(rings)
    ]
    middle = np.broadcast_to(np.array([(low + high) / 2, 0.0, floor_z]), floor.shape)
    after = np.roll(floor, -1, axis=0)
    fan = np.stack([after, floor, middle, middle], axis=1)
    return join([_split(quads) for quads in (*bands, fan)])


def _split(quads_q43: Floats) -> Mesh:
    """Quads that may be bent or shrunk to triangles, each half with a normal of its own."""
    first, second = quads_q43[:, [0, 1, 2, 2]], quads_q43[:, [0, 2, 3, 3]]
    halves = np.concatenate([first, second])
    area = np.linalg.norm(np.cross(halves[:, 1] - halves[:, 0], halves[:, 2] - halves[:, 0]), axis=1)
    return quad_mesh(halves[area > 1e-9]).without_slivers()


def _chart(face: int, place: tuple[int, int, int]) -> tuple[int, int]:
    """Where a lattice point lies on a face; across, counted from the right edge over the whole width."""
    i, j, k = place
    if face == TOP:
        return i, j
    return (i, k) if face in (LEFT, RIGHT) else (j, k)


def _middle(corner_values_q4: Floats, refinement: Refinement) -> Floats:
    """Value at the middle of each refined quad from those at the corners of its parent."""
    values = corner_values_q4[refinement.parents_f]
    rows = np.arange(len(values))
    near = values[rows, refinement.children_f]
    far = values[rows, (refinement.children_f + 2) % 4]
    return np.asarray(0.75 * near + 0.25 * far, np.float64)


def _middles(refinement: Refinement) -> dict[Edge, int]:
    """Refined vertex in the middle of each edge of the cage: children keep the old corner first, then the middle."""
    corners = refinement.quads_f4[:, 0].reshape(-1, 4).tolist()
    middles = refinement.quads_f4[:, 1].reshape(-1, 4).tolist()
    return {
        edge_key(face[k], face[(k + 1) % 4]): row[k]
        for face, row in zip(corners, middles, strict=True)
        for k in range(4)
    }


def _lines(crease: Crease, nx: int, ny: int, nz: int) -> list[list[tuple[int, int, int]]]:
    """The lattice points of a crease, on the left and on the right."""
    run = range(crease.low, crease.high + 1)
    lines = []
    for left in (True, False):

        def across(value: int, left: bool = left) -> int:
            return ny - value if left else value

        if crease.face == TOP:
            line = (
                [(crease.at, across(v), nz) for v in run]
                if crease.along == "u"
                else [(u, across(crease.at), nz) for u in run]
            )
        elif crease.face in (FRONT, REAR):
            end = nx if crease.face == FRONT else 0
            line = (
                [(end, across(crease.at), v) for v in run]
                if crease.along == "u"
                else [(end, across(u), crease.at) for u in run]
            )
        else:
            y = ny if left else 0
            line = [(crease.at, y, v) for v in run] if crease.along == "u" else [(u, y, crease.at) for u in run]
        lines.append(line)
    return lines
