"""A hand truck (sack barrow): bent tube frame, toe plate, two wheels on an axle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, rubber, soiled
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.centring import centred_along_x
from synthvision.library.procedural.models.storage.wheels import wheel
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["HAND_TRUCK"]

FLOOR_M = 0.012


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "hand_truck.parts")
    wear, dirt = float(params["wear"]), float(params["dirt"])
    height, width = float(params["height_m"]), float(params["width_m"])
    toe, radius = float(params["toe_m"]), float(params["wheel_m"])
    lean = np.radians(float(params["lean_deg"]))
    tube = float(params["tube_m"])
    frame, grips, tips = _frame(params, height, width, tube)
    axle = (-0.09 - 0.25 * radius, radius)
    frame = join([frame, _brackets(width, axle, tube)])
    plate = _toe_plate(rng, toe, width)
    track = width / 2 + 0.045
    tyre, hub = wheel(radius, 0.075, 0.55 * radius, tread=0.9)
    places = [(axle[0], side * track, radius) for side in (-1, 1)]
    tyres, hubs = join([tyre.moved(p) for p in places]), join([hub.moved(p) for p in places])
    # It is set down on wheels and toe plate, or leans back on its wheels and the axle.
    turn = turn_about("y", -lean)
    pivot = np.array([axle[0], 0.0, 0.0])

    def set_down(mesh: Mesh) -> Mesh:
        return mesh.moved(-pivot).turned(turn).moved(pivot)

    alu = str(params["finish"]) == "aluminium"
    main = (
        metal("frame", "aluminium", seed, dirt=dirt)
        if alu
        else painted("frame", rgb(params["colour"]), seed, wear=wear, dirt=dirt)
    )
    pieces: list[tuple[Mesh, Material]] = [
        (soiled(in_tiles(set_down(frame), seed), 0.0, 0.3, dirt), main),
        (
            in_tiles(set_down(plate), seed),
            metal("toe_plate", "steel" if wear > 0.4 else "galvanised", seed, dirt=dirt) if alu else main,
        ),
        (in_tiles(set_down(tyres), seed), rubber("tyres", seed, dirt=dirt)),
        (in_tiles(set_down(hubs), seed), plastic("hubs", rgb(params["hub_colour"]), seed, dirt=dirt)),
        (in_tiles(set_down(grips), seed), rubber("grips", seed, dirt=0.3)),
    ]

    def at(point: tuple[float, float, float]) -> tuple[float, float, float]:
        x, y, z = (float(v) for v in (np.array(point) - pivot) @ turn.T + pivot)
        return x, y, z

    points = {
        "handle_left": tips[0],
        "handle_right": tips[1],
        "wheel_left": (axle[0], track, radius),
        "wheel_right": (axle[0], -track, radius),
        "toe_front_left": (toe, width / 2, FLOOR_M),
        "toe_front_right": (toe, -width / 2, FLOOR_M),
    }
    pieces, keypoints = centred_along_x(pieces, {name: at(point) for name, point in points.items()})
    return assembled(
        "hand_truck",
        params,
        pieces,
        attributes={"handle": str(params["handle"]), "pose": "leaning" if lean > 0.1 else "standing"},
        keypoints=keypoints,
    )


def _frame(
    params: Mapping[str, Any], height: float, width: float, tube: float
) -> tuple[Mesh, Mesh, list[tuple[float, float, float]]]:
    """Tubes and cross bars, the grips, and the places of both hands."""
    style, half = str(params["handle"]), width / 2 - tube
    meshes = []
    if style == "loop":
        path = bent_path(
            [
                (0, half, 0.02),
                (0, half, height - 0.12),
                (-0.11, half * 0.86, height),
                (-0.11, -half * 0.86, height),
                (0, -half, height - 0.12),
                (0, -half, 0.02),
            ],
            0.09,
            5,
        )
        meshes.append(tube_along(path, tube, 10))
        tips = [(-0.11, 0.06, height), (-0.11, -0.06, height)]
        grips = rods([(-0.11, -0.4 * half, height)], [(-0.11, 0.4 * half, height)], tube + 0.005, 12)
    else:
        drop = 0.06 if style == "double" else -0.02
        tips = []
        ends = []
        for side in (1, -1):
            points = [
                (0, side * half, 0.02),
                (0, side * half, height - 0.12),
                (-0.07, side * half, height),
                (-0.24, side * half, height - drop),
            ]
            meshes.append(tube_along(bent_path(points, 0.09, 5), tube, 10))
            tips.append((-0.2, side * half, height - 0.8 * drop))
            along = np.array([-0.17, 0.0, -drop])
            end = np.array(points[-1])
            ends.append((end + 0.006 * along / 0.17, end - 0.75 * along))
        grips = rods([e[0] for e in ends], [e[1] for e in ends], tube + 0.005, 12)
    bars = int(params["cross_bars"])
    for k in range(bars):
        z = 0.1 + (height - 0.35) * k / max(bars - 1, 1)
        path = bent_path([(0, half, z), (-0.035, 0.4 * half, z), (-0.035, -0.4 * half, z), (0, -half, z)], 0.08, 3)
        meshes.append(tube_along(path, 0.75 * tube, 8))
    if str(params["slats"]) == "yes":
        across = (-0.33 * half, 0.33 * half)
        low, high = [(-0.035, y, 0.06) for y in across], [(-0.035, y, height - 0.28) for y in across]
        meshes.append(rods(low, high, 0.55 * tube, 8))
    return join(meshes), grips, tips


def _brackets(width: float, axle: tuple[float, float], tube: float) -> Mesh:
    """The axle and the struts that carry it."""
    starts, ends = [(axle[0], -width / 2 - 0.09, axle[1])], [(axle[0], width / 2 + 0.09, axle[1])]
    for side in (-1, 1):
        y = side * (width / 2 - tube)
        for z in (0.05, 0.46):
            starts.append((0.0, y, z))
            ends.append((axle[0], y, axle[1]))
    return rods(starts, ends, 0.0095, 8)


def _toe_plate(rng: np.random.Generator, toe: float, width: float) -> Mesh:
    boxes = BoxSet(rng)
    boxes.add((toe, width, 0.006), (toe / 2, 0.0, 0.004))
    boxes.add((0.006, width, 0.1), (0.018, 0.0, 0.055), "z")
    tip = turn_about("y", 0.12)
    boxes.add((0.05, width * 0.98, 0.005), (toe + 0.02, 0.0, 0.0055), "x", tip)
    for side in (-1, 1):
        boxes.add((0.09, 0.005, 0.06), (0.06, side * (width / 2 - 0.02), 0.03), "x", turn_about("y", 0.5))
    return boxes.mesh(0.002)


HAND_TRUCK = ProceduralAsset(
    name="hand_truck",
    kind="model",
    category="hand_truck",
    tags=("trolley", "sack_barrow", "warehouse", "storage", "transport"),
    size_m=1.2,
    description="A hand truck with a bent tube frame, a toe plate and two air-filled wheels.",
    parameters={
        "height_m": Number(1.05, 1.4, 1.2, "m"),
        "width_m": Number(0.36, 0.5, 0.42, "m"),
        "toe_m": Number(0.16, 0.34, 0.22, "m"),
        "wheel_m": Number(0.1, 0.14, 0.125, "m"),
        "tube_m": Number(0.012, 0.017, 0.014, "m"),
        "handle": Choice(("double", "loop", "straight"), "double", (0.45, 0.35, 0.2)),
        "cross_bars": Integer(3, 5, 4),
        "slats": Choice(("no", "yes"), "no"),
        "lean_deg": Number(0.0, 18.0, 0.0, "deg"),
        "finish": Choice(("painted", "aluminium"), "painted", (0.75, 0.25)),
        "colour": Colour(
            ((0.55, 0.03, 0.02), (0.02, 0.1, 0.4), (0.04, 0.042, 0.045), (0.05, 0.3, 0.1), (0.75, 0.3, 0.02)), 0.15
        ),
        "hub_colour": Colour(((0.6, 0.03, 0.02), (0.75, 0.5, 0.03), (0.5, 0.5, 0.5), (0.04, 0.04, 0.04)), 0.1),
        "wear": Number(0.0, 1.0, 0.4),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "toe_plate", "tyres", "hubs", "grips"),
    keypoints=("handle_left", "handle_right", "wheel_left", "wheel_right", "toe_front_left", "toe_front_right"),
)
