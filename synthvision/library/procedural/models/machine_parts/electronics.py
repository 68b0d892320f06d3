"""Shapes of electronic components: frusta for leads and solder, chips, capacitors, pin headers, terminal blocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.models.machine_parts.finishes import charted, lathed
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, edge, ring_plate
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted

__all__ = ["Box", "can_capacitor", "frusta", "pin_header", "rounded_boxes", "screw_terminal", "slotted_screw"]

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Whole lengths along x, y and z, and the middle of the base."""


def frusta(boxes: Sequence[Box], inset_m: float | Sequence[float] = 0.0) -> Mesh:
    """Return boxes of 12 triangles whose tops are drawn in; texture coordinates cover 0..1 over top and bottom.

    The sides take the texture's upper left corner.

    Args:
        boxes: Sizes and middles of the bases, at least one.
        inset_m: How far the top is smaller on each side, one value or one for each.
    """
    sizes = np.array([size for size, _ in boxes], np.float64)
    centres = np.array([centre for _, centre in boxes], np.float64)
    inset = np.broadcast_to(np.asarray(inset_m, np.float64), len(boxes))
    sign, face, chart, triangles = _template()
    half = sizes[:, None, :2] / 2 - inset[:, None, None] * (sign[None, :, 2:] + 1) / 2
    flat = sign[None, :, :2] * half
    height = (sign[None, :, 2] + 1) / 2 * sizes[:, None, 2]
    places = np.concatenate([flat, height[..., None]], axis=2) + centres[:, None, :]
    lean = np.arctan2(inset, sizes[:, 2])[:, None, None]
    is_side = (np.abs(face[:, 2]) < 0.5)[None, :, None]
    up = np.array([0.0, 0.0, 1.0])
    normals = np.where(is_side, face[None] * np.cos(lean) + up * np.sin(lean), face[None] + 0.0 * lean)
    starts = np.arange(len(boxes))[:, None, None] * len(sign)
    return Mesh(
        places.reshape(-1, 3),
        normals.reshape(-1, 3),
        np.tile(chart, (len(boxes), 1)),
        (triangles[None] + starts).reshape(-1, 3),
    )


@lru_cache(maxsize=1)
def _template() -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Corner signs, normals, texture coordinates and triangles of a box."""
    signs: list[list[float]] = []
    faces: list[list[float]] = []
    charts: list[list[float]] = []
    triangles: list[list[int]] = []
    for axis in range(3):
        b, c = (axis + 1) % 3, (axis + 2) % 3
        for side in (-1, 1):
            start = len(signs)
            order = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
            for i, j in order if side > 0 else order[::-1]:
                corner = [0.0, 0.0, 0.0]
                corner[axis], corner[b], corner[c] = side, i, j
                normal = [0.0, 0.0, 0.0]
                normal[axis] = side
                signs.append(corner)
                faces.append(normal)
                flat = axis == 2
                charts.append([0.5 + 0.5 * corner[0], 0.5 - 0.5 * corner[1]] if flat else [0.01, 0.01])
            triangles += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    return np.array(signs, np.float64), np.array(faces), np.array(charts), np.array(triangles, np.int64)


def rounded_boxes(boxes: Sequence[Box], bevel_m: float) -> Mesh:
    """Return bevelled boxes given by sizes and the middles of their bases, charted for finishes."""
    sizes = np.array([size for size, _ in boxes], np.float64)
    centres = np.array([centre for _, centre in boxes], np.float64) + sizes * [0.0, 0.0, 0.5]
    return charted(bevelled_boxes(sizes, centres, bevel_m))


def can_capacitor(radius_m: float, height_m: float, at: tuple[float, float, float]) -> tuple[Mesh, Mesh]:
    """Return the aluminium can of an electrolytic capacitor and the dark sleeve or base around its foot."""
    r, h = radius_m, height_m
    bead = 0.18 * h
    can = filleted(
        [
            (0.0, 0.0006),
            (r, 0.0006),
            (r, bead),
            (0.93 * r, bead + 0.05 * h),
            (r, bead + 0.1 * h),
            (r, h),
            (0.86 * r, h),
            (0.82 * r, h - 0.0002),
            (0.0, h - 0.0002),
        ],
        [0.0, 0.0, 0.03 * h, 0.03 * h, 0.03 * h, 0.12 * r, 0.0, 0.0, 0.0],
        step_rad=0.9,
    )
    base = bevelled_boxes(np.array([[2.1 * r, 2.1 * r, 0.0012]]), np.array([[0.0, 0.0, 0.0006]]), 0.0002)
    return lathed(can, 14).moved(at), charted(base).moved(at)


def pin_header(
    columns: int, rows: int, at: tuple[float, float, float], turn_rad: float, pitch_m: float = 0.00254
) -> tuple[Mesh, Mesh]:
    """Return the plastic block and the pins of a header along x about a point on the board."""
    place = [
        ((k - (columns - 1) / 2) * pitch_m, (j - (rows - 1) / 2) * pitch_m) for k in range(columns) for j in range(rows)
    ]
    blocks = [((0.97 * pitch_m, 0.97 * pitch_m, 0.0025), (x, y, 0.0)) for x, y in place]
    pins = [((0.00064, 0.00064, 0.0086), (x, y, 0.0)) for x, y in place]
    turn = turn_about("z", turn_rad)
    body = rounded_boxes(blocks, 0.00025).turned(turn).moved(at)
    return body, frusta(pins, 0.0001).turned(turn).moved(at)


def slotted_screw(radius_m: float, depth_m: float) -> Mesh:
    """Return the head of a slotted clamping screw, its top at z = 0."""
    head = filleted(
        [(0.0, -3 * depth_m), (radius_m, -3 * depth_m), (radius_m, 0.0), (0.0, 0.0)], [0.0, 0.0, 0.25 * radius_m, 0.0]
    )
    return lathed(head, 12)


@lru_cache(maxsize=24)
def screw_terminal(poles: int, pitch_m: float) -> tuple[Mesh, Mesh, Mesh]:
    """Return the housing, the screws and the dark insides of a terminal block along y, its wire openings towards +x.

    Args:
        poles: Number of clamps.
        pitch_m: Distance of clamps: 3.5, 5.0 or 5.08 mm.
    """
    p = pitch_m
    depth, high = 1.55 * p, 2.0 * p
    width = poles * p
    y_of = [(k - (poles - 1) / 2) * p for k in range(poles)]
    wall = 0.12 * p
    # The housing is a comb of walls around openings, so that wires and screws really go in.
    boxes: list[Box] = [
        ((depth, width, 0.2 * p), (0.0, 0.0, 0.0)),
        ((0.74 * depth, width, 0.8 * high), (-0.13 * depth, 0.0, 0.0)),
    ]
    edges = [(k - poles / 2) * p for k in range(poles + 1)]
    boxes += [
        ((depth, 2 * wall, 0.62 * high), (0.0, np.clip(y, -width / 2 + wall, width / 2 - wall), 0.0)) for y in edges
    ]
    boxes += [((0.26 * depth, width, 0.16 * high), (0.37 * depth, 0.0, 0.46 * high))]
    housing = [rounded_boxes(boxes, 0.06 * p)]
    screws, dark = [], []
    for y in y_of:
        bore = 0.34 * p
        tower = ring_plate(
            Rim(circle(0.49 * p, 8, phase_rad=np.pi / 8), edge(0.5 * high, high, 0.07 * p)),
            Rim(circle(bore, 14), edge(0.5 * high, high, 0.04 * p)),
        )
        housing.append(charted(join(tower)).moved((-0.12 * depth, y, 0.0)))
        screws.append(slotted_screw(0.94 * bore, 0.1 * p).moved((-0.12 * depth, y, 0.93 * high)))
        slot = frusta([((1.5 * bore, 0.2 * bore, 0.0004), (-0.12 * depth, y, 0.93 * high - 0.0001))])
        dark.append(slot)
        dark.append(frusta([((0.1 * depth, 0.7 * p, 0.3 * high), (0.26 * depth, y, 0.14 * high))]))
    return join(housing), join(screws), join(dark)
