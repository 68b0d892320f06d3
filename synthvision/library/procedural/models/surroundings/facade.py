"""Facades: bays with recessed windows and doors, laid side by side along the four sides of a house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.models.surroundings.wall_maps import GLASS_CELLS
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.quads import box_quads, quad_mesh, ring_quads

__all__ = ["WALL_M", "Bay", "Facade", "Side", "house_sides"]

WALL_M = 0.4
"""Thickness of outer walls."""

Opening = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Bay:
    """A piece of wall, with or without an opening; local axes are right, up and out of the wall, origin low left.

    Args:
        width_m: Along the wall.
        height_m: Of the storey.
        opening: Left, right, low and high of the hole in the wall, or None.
        recess_m: Depth of the frame behind the face of the wall.
        frame_m: Width of the frame.
        bars: Middles of glazing bars: ``("u", share)`` upright, ``("z", share)`` level, shares of the pane.
        sill: Whether a sill juts out below the opening.
        lintel: Whether a band of trim lies over it.
        wall: Slot of the wall around the opening.
        frame: Slot of frame and bars.
    """

    width_m: float
    height_m: float
    opening: Opening | None = None
    recess_m: float = 0.13
    frame_m: float = 0.06
    bars: tuple[tuple[str, float], ...] = ()
    sill: bool = True
    lintel: bool = False
    wall: str = "wall"
    frame: str = "frame"

    def quads(self) -> dict[str, Floats]:
        """Return the faces by slot, float64 (q, 4, 3) each; slot ``glass`` has exactly one."""
        outer = _rectangle(0.0, self.width_m, 0.0, self.height_m, 0.0)
        if self.opening is None:
            return {self.wall: box_quads((0, 0, -WALL_M), (self.width_m, self.height_m, 0.0))}
        left, right, low, high = self.opening
        back = outer - [0.0, 0.0, WALL_M]
        hole = _rectangle(left, right, low, high, 0.0)
        behind = hole - [0.0, 0.0, self.recess_m]
        inset = self.frame_m
        lip = _rectangle(left + inset, right - inset, low + inset, high - inset, -self.recess_m)
        pane = lip - [0.0, 0.0, 0.035]
        faces: dict[str, list[Floats]] = {"glass": [np.stack([pane])]}
        around = [ring_quads(outer, hole), ring_quads(hole, behind), ring_quads(back, outer), np.stack([back[::-1]])]
        # A shop front has one slot for both.
        faces.setdefault(self.wall, []).extend(around)
        faces.setdefault(self.frame, []).extend([ring_quads(behind, lip), ring_quads(lip, pane), *self._bars(pane)])
        trim = []
        if self.sill:
            trim.append(box_quads((left - 0.06, low - 0.07, -self.recess_m), (right + 0.06, low, 0.07)))
        if self.lintel:
            trim.append(box_quads((left - 0.12, high, -0.05), (right + 0.12, high + 0.17, 0.03)))
        if trim:
            faces["trim"] = trim
        return {slot: np.concatenate(quads) for slot, quads in faces.items()}

    def _bars(self, pane_43: Floats) -> list[Floats]:
        """Glazing bars, their backs sunk a little behind the glass."""
        low, high = pane_43[0], pane_43[2]
        half, front, behind = 0.026, 0.022, 0.012
        bars = []
        for axis, share in self.bars:
            place = int(axis == "z")
            start, end = np.subtract(low, (0.0, 0.0, behind)), np.add(high, (0.0, 0.0, front))
            middle = low[place] + share * (high[place] - low[place])
            start[place], end[place] = middle - half, middle + half
            # Upright bars lie deeper than level ones, so that their faces do not fight where they cross.
            end[2] -= 0.006 * (1 - place)
            bars.append(box_quads(start, end))
        return bars


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a house: where its lower left corner is, seen from outside, and which way it runs."""

    corner_xyz: tuple[float, float, float]
    right_xyz: tuple[float, float, float]
    out_xyz: tuple[float, float, float]
    width_m: float

    def placed(self, local_q43: Floats) -> Floats:
        """Return faces in the axes of the house."""
        axes = np.array([self.right_xyz, (0.0, 0.0, 1.0), self.out_xyz])
        return np.asarray(np.asarray(self.corner_xyz) + local_q43 @ axes, np.float64)


def house_sides(width_m: float, depth_m: float) -> dict[str, Side]:
    """Return front (+x), back, left (+y) and right; the two latter stand between the two former."""
    x, y = depth_m / 2, width_m / 2
    inner = x - WALL_M
    return {
        "front": Side((x, -y, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), width_m),
        "back": Side((-x, y, 0.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0), width_m),
        "left": Side((inner, y, 0.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 2 * inner),
        "right": Side((-inner, -y, 0.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), 2 * inner),
    }


@dataclass(slots=True)
class Facade:
    """Faces of all sides while they are gathered, by slot."""

    faces: dict[str, list[Floats]] = field(default_factory=dict)
    panes: list[Floats] = field(default_factory=list)

    def add_bays(self, side: Side, bay: Bay, places_n2: Sequence[tuple[float, float]]) -> None:
        """Add the same bay at several places (right and up) of a side."""
        offsets = np.array([[right, up, 0.0] for right, up in places_n2])[:, None, None]
        for slot, quads in bay.quads().items():
            moved = side.placed((quads[None] + offsets).reshape(-1, 4, 3))
            if slot == "glass":
                self.panes.extend(moved)
            else:
                self.faces.setdefault(slot, []).append(moved)

    def add_box(self, slot: str, side: Side, low: Sequence[float], high: Sequence[float]) -> None:
        """Add a plain box given by two corners in the axes of a side."""
        self.faces.setdefault(slot, []).append(side.placed(box_quads(low, high)))

    def mesh(self, slot: str) -> Mesh:
        """Return what a slot holds, texture coordinates in metres."""
        return quad_mesh(np.concatenate(self.faces[slot]))

    def pane_meshes(self, rng: np.random.Generator, lit_share: float) -> tuple[Mesh | None, Mesh | None]:
        """Return dark and lit window panes, each showing one cell of the atlas of rooms."""
        corners = np.array(self.panes)
        lit = rng.random(len(corners)) < lit_share
        cells = rng.integers(0, GLASS_CELLS[0] * GLASS_CELLS[1], len(corners))
        uvs = _cell_uvs(cells)
        dark = quad_mesh(corners[~lit], uvs[~lit]) if not lit.all() else None
        return dark, quad_mesh(corners[lit], uvs[lit]) if lit.any() else None


def _cell_uvs(cells_q: NDArray[np.int64]) -> Floats:
    """Texture coordinates of quads that each show one cell of the atlas."""
    columns, rows = GLASS_CELLS
    corner = np.array([[0.03, 0.97], [0.97, 0.97], [0.97, 0.03], [0.03, 0.03]])
    start = np.stack([cells_q % columns, cells_q // columns], axis=1)
    return np.asarray((start[:, None] + corner) / [columns, rows], np.float64)


def _rectangle(left: float, right: float, low: float, high: float, out: float) -> Floats:
    return np.array([[left, low, out], [right, low, out], [right, high, out], [left, high, out]], np.float64)
