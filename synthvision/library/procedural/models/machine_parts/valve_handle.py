"""Valves with their handles: ball valves with a lever or a butterfly grip, gate valves with a handwheel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, nut_body
from synthvision.library.procedural.models.machine_parts.finishes import charted, coated, lathed, plastic
from synthvision.library.procedural.models.machine_parts.placing import (
    around_z,
    centred,
    laid_along_x,
    named_metal,
    rib,
    socket_end,
)
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, edge, ring_plate
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.rods import bent_path
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["VALVE_HANDLE"]


def _build(params: Mapping[str, Any]) -> Model:
    radius = float(params["bore_m"]) / 2 * 1.15
    seed, style = int(params["wear_seed"]), str(params["style"])
    body, stem_top = _body(radius, style)
    shade = named_metal("body", str(params["material"]), "blasted", seed, marks=0.5)
    pieces: list[tuple[Mesh, Material]] = [(body, shade)]
    turn = turn_about("z", np.radians(float(params["turn_deg"])))
    reach = float(params["handle_ratio"]) * radius
    paint = rgb(params["colour"])
    steel = named_metal("stem", "zinc", "rolled", seed)
    if style == "wheel":
        handle, grip = _wheel(reach * 0.75, int(params["spokes"])), (0.75 * reach, 0.0, stem_top)
        pieces.append((handle.turned(turn).moved((0.0, 0.0, stem_top)), coated("handle", paint, seed=seed)))
    else:
        maker = _lever if style == "lever" else _butterfly
        sleeve, strap, tip = maker(reach, radius)
        grip = (tip[0], tip[1], tip[2] + stem_top)
        pieces.append(
            (sleeve.turned(turn).moved((0.0, 0.0, stem_top)), plastic("handle", paint, roughness=0.42, seed=seed))
        )
        pieces.append((strap.turned(turn).moved((0.0, 0.0, stem_top)), steel))
    nut, hole = nut_body(ISO_SIZES["M6" if radius < 0.012 else "M8"], 0.0055, 16)
    pieces.append((join([nut, hole]).moved((0.0, 0.0, stem_top + 0.0026)), steel))
    pin = lathed(
        filleted([(0.0, -0.004), (0.0033, -0.004), (0.0033, 0.0095), (0.0, 0.0095)], [0.0, 0.0, 0.0008, 0.0]), 16
    )
    pieces.append((pin.moved((0.0, 0.0, stem_top)), steel))
    grip_point = turn @ np.array(grip)
    moved, points = centred(
        pieces,
        {
            "stem": (0.0, 0.0, stem_top),
            "grip": (float(grip_point[0]), float(grip_point[1]), float(grip_point[2])),
            "opening_1": (2.6 * radius, 0.0, 0.0),
            "opening_2": (-2.6 * radius, 0.0, 0.0),
        },
    )
    return assembled(
        "valve_handle",
        params,
        moved,
        attributes={"style": style, "material": str(params["material"])},
        keypoints=points,
    )


def _body(radius: float, style: str) -> tuple[Mesh, float]:
    """Body along x with threaded hexagon ends and a neck upwards; height of the top of the neck."""
    r = radius
    half = 2.6 * r
    swell = 1.5 * r if style != "wheel" else 1.3 * r
    shell = filleted(
        [
            (0.0, -0.75 * half),
            (1.15 * r, -0.75 * half),
            (swell, -0.35 * half),
            (swell, 0.35 * half),
            (1.15 * r, 0.75 * half),
            (0.0, 0.75 * half),
        ],
        [0.0, 0.0, 0.5 * r, 0.5 * r, 0.0, 0.0],
        step_rad=0.4,
    )
    pieces = [lathed(shell, 32).turned(laid_along_x())]
    for heading in (0.0, np.pi):
        outside = filleted(
            [(0.0, 0.0), (1.2 * r, 0.0), (1.2 * r, 0.36 * half), (1.02 * r, 0.36 * half)],
            [0.0, 0.05 * r, 0.08 * r, 0.0],
        )
        end = socket_end(outside, 0.97 * r, 0.32 * half, 24, 0.0018)
        grip = ring_plate(
            Rim(circle(1.5 * r, 6 if style != "wheel" else 8), edge(0.08 * half, 0.34 * half, 0.06 * r)),
            Rim(circle(1.12 * r, 24), edge(0.08 * half, 0.34 * half, 0.0)),
        )
        turn = turn_about("z", heading) @ laid_along_x()
        pieces.append(join([*end, charted(join(grip))]).turned(turn).moved((0.64 * half * np.cos(heading), 0.0, 0.0)))
    tall = 2.1 * r if style != "wheel" else 3.4 * r
    neck_points = [
        (0.0, 0.4 * r),
        (0.95 * r, 0.4 * r),
        (0.8 * r, 1.55 * r),
        (0.8 * r, tall - 0.3 * r),
        (0.5 * r, tall),
        (0.0, tall),
    ]
    radii = [0.0, 0.0, 0.2 * r, 0.05 * r, 0.1 * r, 0.0]
    pieces.append(lathed(filleted(neck_points, radii), 24))
    if style == "wheel":
        bonnet = ring_plate(
            Rim(circle(1.15 * r, 6), edge(1.7 * r, 2.2 * r, 0.08 * r)),
            Rim(circle(0.7 * r, 16), edge(1.7 * r, 2.2 * r, 0.0)),
        )
        pieces.append(charted(join(bonnet)))
        stem = filleted(
            [(0.0, tall - 0.2 * r), (0.28 * r, tall - 0.2 * r), (0.28 * r, tall + 0.9 * r), (0.0, tall + 0.9 * r)], 0.0
        )
        pieces.append(lathed(stem, 14))
        tall += 0.9 * r
    return join(pieces), tall


def _wheel(reach: float, spokes: int) -> Mesh:
    """A handwheel: a rim with grips, spokes that sink to the hub."""
    turn = np.arange(40) * 2 * np.pi / 40
    wave = reach * (1.0 + 0.035 * np.cos(turn * 8))
    path = np.stack([wave * np.cos(turn), wave * np.sin(turn), np.full(40, 0.12 * reach)], axis=1)
    thick = 0.11 * reach
    rim = sweep_tube(path, np.full((40, 2), thick), 9, binormal_xyz=(0.0, 0.0, 1.0), closed=True)
    spoke = rounded_box((0.82 * reach, 0.2 * reach, 0.09 * reach), 0.03 * reach, steps=1).moved(
        (0.53 * reach, 0.0, 0.07 * reach)
    )
    hub = filleted(
        [(0.0, -0.1 * reach), (0.24 * reach, -0.1 * reach), (0.21 * reach, 0.2 * reach), (0.0, 0.2 * reach)],
        [0.0, 0.03 * reach, 0.03 * reach, 0.0],
    )
    return join([charted(rim), charted(around_z(spoke, spokes)), lathed(hub, 24)])


def _lever(reach: float, radius: float) -> tuple[Mesh, Mesh, tuple[float, float, float]]:
    """A cranked flat bar with a dipped plastic sleeve, along +x."""
    long = 1.35 * reach
    rise = 0.55 * radius
    path = bent_path(
        [(-0.9 * radius, 0.0, 0.001), (1.1 * radius, 0.0, 0.001), (1.7 * radius, 0.0, rise), (long, 0.0, rise)],
        0.3 * radius,
    )
    wide = 0.5 * radius
    count = len(path)
    strap = sweep_tube(path, np.tile([0.0013, wide], (count, 1)), 12, binormal_xyz=(0.0, 1.0, 0.0), exponent=6.0)
    steps = np.linspace(1.75 * radius, long + 0.004, 7)
    sleeve_path = np.stack([steps, 0 * steps, np.full(7, rise)], axis=1)
    grow = np.array([0.9, 1.0, 1.04, 1.08, 1.12, 1.15, 0.95])
    sizes = np.stack([0.0034 * grow, (wide + 0.0022) * grow], axis=1)
    sleeve = sweep_tube(sleeve_path, sizes, 16, binormal_xyz=(0.0, 1.0, 0.0), exponent=3.0)
    return charted(sleeve), charted(strap), (0.8 * long, 0.0, rise)


def _butterfly(reach: float, radius: float) -> tuple[Mesh, Mesh, tuple[float, float, float]]:
    """Two wings on a hub."""
    wing = 0.62 * reach
    rise = 0.42 * radius
    corners = [
        (0.0, 0.0),
        (0.5 * wing, 0.0),
        (wing, rise),
        (0.98 * wing, rise + 0.85 * radius),
        (0.7 * wing, rise + 0.75 * radius),
        (0.34 * wing, 0.5 * radius),
        (0.0, 0.5 * radius),
    ]
    blade = rib(corners, 0.34 * radius, 0.07 * radius, 0.1 * radius)
    other = blade.turned(turn_about("z", np.pi))
    hub = filleted(
        [(0.0, -0.001), (0.62 * radius, -0.001), (0.55 * radius, 0.0025), (0.0, 0.0025)], [0.0, 0.0005, 0.0008, 0.0]
    )
    ring = lathed(hub, 24)
    collar = filleted([(0.0, -0.003), (0.4 * radius, -0.003), (0.4 * radius, -0.0005), (0.0, -0.0005)], 0.0)
    return join([charted(blade), charted(other), ring]), lathed(collar, 20), (0.85 * wing, 0.0, rise + 0.4 * radius)


VALVE_HANDLE = ProceduralAsset(
    name="valve_handle",
    kind="model",
    category="valve",
    tags=("part", "inspection", "valve", "tap", "plumbing", "machine", "metal", "factory"),
    size_m=0.11,
    description="A pipe valve with its handle: a lever, a butterfly grip or a handwheel.",
    parameters={
        "style": Choice(("lever", "wheel", "butterfly"), "lever", (0.45, 0.35, 0.2)),
        "bore_m": Number(0.014, 0.028, 0.02, "m"),
        "handle_ratio": Number(4.5, 7.0, 5.6),
        "turn_deg": Number(0.0, 90.0, 0.0, "deg"),
        "spokes": Integer(3, 6, 4),
        "material": Choice(("brass", "stainless", "zinc"), "brass", (0.5, 0.3, 0.2)),
        "colour": Colour(
            (
                (0.6, 0.02, 0.015),
                (0.55, 0.015, 0.01),
                (0.02, 0.08, 0.4),
                (0.8, 0.5, 0.02),
                (0.02, 0.02, 0.02),
                (0.03, 0.25, 0.07),
            ),
            0.1,
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "handle", "stem"),
    keypoints=("stem", "grip", "opening_1", "opening_2"),
)
