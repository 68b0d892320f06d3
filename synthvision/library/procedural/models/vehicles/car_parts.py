"""Cutting a car's skin into paint, glass, lamps and trim, and drawing the gaps of its panels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.procedural.models.vehicles.car_figure import CarFigure
from synthvision.library.procedural.models.vehicles.car_shape import HEADER, NX, SCREEN
from synthvision.library.procedural.models.vehicles.coachwork import FRONT, LEFT, REAR, RIGHT, TOP, Skin
from synthvision.library.procedural.models.vehicles.lamps import lamp_uvs
from synthvision.library.procedural.models.vehicles.paintwork import (
    FRONT_CHART,
    REAR_CHART,
    SIDE_CHART,
    TOP_CHART,
    Paintwork,
)
from synthvision.library.procedural.shapes.mesh import Mesh, join

__all__ = ["car_paintwork", "door_count", "faced", "handle_places", "painted_faces", "skin_parts"]


def skin_parts(figure: CarFigure, skin: Skin, params: Mapping[str, Any], paintwork: Paintwork) -> dict[str, Mesh]:
    """Return the skin as meshes by the name of their material."""
    header, screen = figure.header_station, figure.screen_station
    side_glass = skin.on(TOP, (figure.glass_station, SCREEN), (1, 2))
    window = side_glass | skin.on(TOP, (HEADER, SCREEN), (3, 6)) | skin.on(TOP, (screen, header), (3, 6))
    pillar = skin.on(TOP, (8, 9), (1, 2))
    if door_count(figure, params) == 4:
        # The frame of the rear door against the quarter light.
        pillar |= skin.on(TOP, (5.5, 6), (1, 2))
    head = skin.on(FRONT, (0, 1.6 if str(params["head_lamp"]) == "bar" else 2), (3, 4)) | skin.on_sides(
        (16.4, 17), (3, 4)
    )
    if str(params["head_lamp"]) == "reflector":
        head |= skin.on(FRONT, (0, 1.0), (2.5, 4)) | skin.on_sides((16.5, 17), (2.5, 4))
    tail = _tail_lamps(figure, skin, str(params["tail_lamp"]))
    grille = skin.on(FRONT, (1.5, 6), (0.5, 1.5))
    if str(params["grille"]) == "tall":
        grille |= skin.on(FRONT, (3, 6), (0.5, 4))
    elif str(params["grille"]) == "wide":
        grille |= skin.on(FRONT, (2, 6), (3, 4))
    elif str(params["grille"]) == "slim":
        grille |= skin.on(FRONT, (2.5, 6), (3.5, 4))
    trim = skin.on(REAR, (0, 6), (0, 0.5)) | skin.on(FRONT, (0, 6), (0, 0.5)) | (pillar & side_glass)
    if str(params["cladding"]) == "yes" and figure.style not in ("coupe", "saloon"):
        trim |= skin.on_sides((0, NX), (0, 1)) | skin.on(REAR, (0, 6), (0, 1)) | skin.on(FRONT, (0, 6), (0, 1))
    grille &= ~head
    trim &= ~(grille | head)
    window &= ~trim
    paint = ~(window | head | tail | grille | trim)
    if str(params["roof_colour"]) == "contrast":
        roof = skin.on(TOP, (header, HEADER), (2.5, 6))
    else:
        roof = np.zeros_like(paint)
    surface = skin.surface
    out = {
        "window": surface.part(window),
        "head_lamp": lamp_uvs(surface.part(head)),
        "tail_lamp": lamp_uvs(surface.part(tail)),
        "grille": faced(surface.part(grille)),
        "trim": surface.part(trim),
        "paint": painted_faces(skin, paint & ~roof, paintwork),
    }
    if roof.any():
        out["roof"] = surface.part(roof & paint)
    return out


def _tail_lamps(figure: CarFigure, skin: Skin, style: str) -> Any:
    tail = skin.on(REAR, (0, 1.5), (3, 4)) | skin.on_sides((0, 0.5), (3, 4))
    if style == "upright":
        tail = skin.on(REAR, (0, 1), (2.5, 4)) | skin.on_sides((0, 0.5), (2.5, 4))
    elif style == "wide":
        tail = skin.on(REAR, (0, 6), (3.5, 4)) | skin.on(REAR, (0, 2), (3, 4)) | skin.on_sides((0, 0.5), (3, 4))
    return tail


def faced(mesh: Mesh) -> Mesh:
    """Return a mesh with metres across and down as coordinates, for patterns that face forwards."""
    return mesh.with_uvs(mesh.positions_n3[:, [1, 2]] * [1.0, -1.0])


def painted_faces(skin: Skin, paint: Any, paintwork: Paintwork, upright_rows: int = 0) -> Mesh:
    """Return the painted faces with the chart of the face that each lies on.

    Args:
        skin: The skin.
        paint: Which quads, bool (f,).
        paintwork: The chart.
        upright_rows: Rows of the top that stand so upright that they take the chart of the sides.
    """
    faces = skin.work.face_f
    parts = []
    for which in (LEFT, RIGHT):
        halves = paintwork.split_side(skin.surface.part(paint & (faces == which)))
        parts += [paintwork.uvs(half, SIDE_CHART) for half in halves]
    on_top = faces == TOP
    if upright_rows:
        upper = on_top & (skin.work.v_f < upright_rows)
        on_top &= ~upper
        parts += [paintwork.uvs(half, SIDE_CHART) for half in paintwork.split_side(skin.surface.part(paint & upper))]
    charts = ((on_top, TOP_CHART), (faces == FRONT, FRONT_CHART), (faces == REAR, REAR_CHART))
    parts += [paintwork.uvs(skin.surface.part(paint & chosen), chart) for chosen, chart in charts]
    return join(parts)


def car_paintwork(figure: CarFigure, params: Mapping[str, Any]) -> Paintwork:
    """Return the chart of a car with its doors, lids and flaps drawn in."""
    work = Paintwork(figure.length, figure.belt_rear_z + 0.08, figure.half)
    belt, sill = figure.belt_front_z + 0.03, figure.sill_z + 0.07
    pillar = figure.pillar_x
    doors = door_count(figure, params)
    hinge = figure.front_x - figure.arch - 0.09
    top_hinge = min(hinge + 0.12, figure.cowl_x - 0.3)
    back = pillar if doors == 4 else pillar - 0.22
    front_door = [(top_hinge, belt), (hinge, 0.62 * belt), (hinge - 0.02, sill), (back, sill), (back, belt + 0.06)]
    work.seam(SIDE_CHART, front_door)
    if doors == 4:
        arch = figure.arch + 0.05
        low = figure.rear_x + 1.02 * arch
        rear_door = [(back, sill), (low + 0.04, sill)]
        rear_door += [
            (figure.rear_x + arch * float(np.cos(turn)), figure.wheel_radius + arch * float(np.sin(turn)))
            for turn in np.radians([12, 30, 48, 62])
        ]
        rear_door += [(figure.rear_x + 0.40 * arch, 0.86 * belt), (figure.rear_x + 0.30 * arch, belt + 0.08)]
        work.seam(SIDE_CHART, rear_door)
    _flap(work, figure.rear_x - 0.10, 0.84 * figure.belt_rear_z)
    for at in handle_places(figure, doors):
        work.patch(SIDE_CHART, [(at - 0.09, 0.845 * belt), (at + 0.08, 0.845 * belt), (at + 0.07, 0.885 * belt),
                                (at - 0.08, 0.885 * belt)], 0.5)  # fmt: skip
    for sign, axle, end in ((1, figure.front_x, figure.nose_x), (-1, figure.rear_x, figure.tail_x)):
        edge = figure.arch + 0.02
        start = (axle + sign * edge * 0.93, figure.wheel_radius + 0.40 * edge)
        work.seam(SIDE_CHART, [start, (axle + sign * (edge + 0.06), 0.66 * belt), (end - sign * 0.12, 0.70 * belt)])
    _lids(work, figure)
    return work


def door_count(figure: CarFigure, params: Mapping[str, Any]) -> int:
    """Return 2 or 4; coupes always have two."""
    asked = int(str(params["doors"]))
    return 2 if figure.style == "coupe" else asked


def handle_places(figure: CarFigure, doors: int) -> list[float]:
    """Middles of the door handles along x."""
    pillar = figure.pillar_x
    return [pillar + 0.17, figure.rear_x + 0.52 * figure.arch + 0.14] if doors == 4 else [pillar - 0.05]


def _flap(work: Paintwork, x: float, z: float) -> None:
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = [(x + 0.085 * float(np.sign(np.cos(t)) * abs(np.cos(t)) ** 0.5),
             z + 0.08 * float(np.sign(np.sin(t)) * abs(np.sin(t)) ** 0.5)) for t in turn]  # fmt: skip
    work.seam(SIDE_CHART, ring, 0.005, closed=True)


def _lids(work: Paintwork, figure: CarFigure) -> None:
    """Bonnet and boot lid or tailgate."""
    half = figure.half
    edge = 0.80 * half
    nose = figure.nose_x - 0.13
    work.seam(
        TOP_CHART,
        [(figure.cowl_x - 0.22, edge), (figure.front_x + 0.2, edge * 0.99), (nose - 0.14, edge * 0.90)],
        0.008,
    )
    work.seam(TOP_CHART, [(nose - 0.14, edge * 0.9), (nose - 0.02, 0.5 * edge), (nose, 0.0)], 0.008)
    width = 0.74 * half
    high, low = figure.belt_rear_z, 0.60 * figure.belt_rear_z
    if figure.style in ("saloon", "coupe"):
        x, _ = figure.screen_low
        work.seam(TOP_CHART, [(x - 0.03, 0.0), (x - 0.02, width), (figure.tail_x + 0.10, width)], 0.008)
        low = 0.66 * high
    work.seam(
        REAR_CHART, [(width, high + 0.05), (0.97 * width, 0.5 * (low + high)), (0.9 * width, low), (0.0, low)], 0.004
    )
    work.seam(FRONT_CHART, [(0.0, figure.lip_z - 0.02), (0.5 * half, figure.lip_z - 0.01)], 0.003)
