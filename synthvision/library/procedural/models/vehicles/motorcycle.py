"""Motorcycles: naked, sport, cruiser, and step-through scooters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles import motorcycle_parts as parts
from synthvision.library.procedural.models.vehicles.cycle_wheels import CycleWheel, cycle_wheel
from synthvision.library.procedural.models.vehicles.fittings import CAR_COLOURS, CHROME, number_plate, plate_material
from synthvision.library.procedural.models.vehicles.scooter_body import scooter_body
from synthvision.library.procedural.models.vehicles.slabs import blocks
from synthvision.library.procedural.models.vehicles.wheels import tyre_material
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["MOTORCYCLE"]


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    base = _chassis(params)
    scooter = style == "scooter"
    grouped: dict[str, list[Mesh]] = {}

    def add(name: str, *meshes: Mesh) -> None:
        grouped.setdefault(name, []).extend(meshes)

    wires = str(params["wheels"]) == "wires" and not scooter
    spec = CycleWheel(
        base.radius, base.tyre, 0.045, 32 if wires else int(params["arms"]), not wires, base.tyre + 0.03,
        0.09 if scooter else 0.145, 28,
    )  # fmt: skip
    for axle in (base.front, base.rear):
        for name, mesh in cycle_wheel(spec).items():
            add(name, mesh.moved((float(axle[0]), 0.0, float(axle[1]))))
    fork, guard = parts.front_end(base, scooter)
    add("metal", fork)
    if not scooter:
        add("paint", guard)
    bar, grips, mirrors, places = parts.bars(base, float(params["bar_drop_m"]), 0.16 if style == "cruiser" else 0.07)
    add("metal", bar)
    add("black", grips, mirrors)
    if scooter:
        paint, seats, black = scooter_body(base)
        add(
            "black",
            rods(
                [[base.rear[0] + 0.05, -0.14, base.radius]],
                [[base.rear[0] - 0.20, -0.17, base.radius + 0.05]],
                0.055,
                12,
            ),
        )
    else:
        paint, seats, black = parts.road_body(base, style)
        motor, frame = parts.engine(base, style == "cruiser")
        add("engine", motor)
        add("black", frame)
        add("pipe", parts.exhaust(base, float(params["exhaust_rise_m"])))
        pegs = [[base.peg[0], side * 0.12, base.peg[1]] for side in (-1, 1)]
        add(
            "black",
            rods(np.array(pegs), np.array([[x, np.sign(y) * (base.peg_half + 0.04), z] for x, y, z in pegs]), 0.014, 7),
        )
    add("paint", *paint)
    add("seat", *seats)
    add("black", *black)
    head = base.yoke + np.array([0.17, -0.10]) if not scooter else base.bar + np.array([0.145, -0.01])
    if style == "sport":
        head = np.array([base.bar[0] + 0.35, base.bar[1] - 0.25])
    shell, lens = parts.lamp_pod(head, {"scooter": 0.065, "sport": 0.052}.get(style, 0.085), 1.0)
    add("black" if style != "cruiser" else "metal", shell)
    add("lamp", lens)
    _, tail_lens = parts.lamp_pod(base.tail + np.array([-0.005, 0.0]), 0.035, -1.0)
    add("reflector", tail_lens)
    indicators, stalks = _indicators(base, head)
    add("indicator", indicators)
    add("black", stalks)
    plate_x, plate_z = float(base.tail[0]) - 0.07, float(base.tail[1]) - 0.19
    add(
        "black",
        blocks(
            [
                ((0.06, 0.06, 0.20), (plate_x + 0.045, 0.0, plate_z + 0.06)),
                ((0.01, 0.22, 0.14), (plate_x + 0.012, 0.0, plate_z)),
            ],
            0.004,
        ),
    )
    add("plate", _small_plate(plate_x, plate_z))
    if str(params["top_case"]) == "yes":
        add("black", _top_case(base))
    materials = _materials(params)
    pieces = [(join(meshes), materials[name]) for name, meshes in grouped.items()]
    front_x, rear_x = float(base.front[0]), float(base.rear[0])
    return assembled(
        "motorcycle",
        params,
        pieces,
        attributes={"style": style, "top_case": str(params["top_case"])},
        keypoints={
            "front_wheel": (front_x, 0.0, base.radius),
            "rear_wheel": (rear_x, 0.0, base.radius),
            "front_centre": (front_x + base.radius, 0.0, base.radius),
            "rear_centre": (rear_x - base.radius, 0.0, base.radius),
            "handlebar_centre": (float(base.bar[0]), 0.0, float(base.bar[1])),
            "saddle": (float(base.saddle[0]), 0.0, float(base.saddle[1])),
            **places,
            "left_pedal": (float(base.peg[0]), base.peg_half, float(base.peg[1]) + 0.014),
            "right_pedal": (float(base.peg[0]), -base.peg_half, float(base.peg[1]) + 0.014),
            "head_lamp": (float(head[0]), 0.0, float(head[1])),
            "tail_lamp": (float(base.tail[0]), 0.0, float(base.tail[1])),
        },
    )


def _chassis(params: Mapping[str, Any]) -> parts.Chassis:
    style = str(params["style"])
    base = float(params["wheelbase_scale"]) * {"naked": 1.42, "sport": 1.39, "cruiser": 1.60, "scooter": 1.28}[style]
    # 120/70 R17 tyres have a radius of 0.30 m, 12 inch scooter tyres 0.23 m.
    radius = {"scooter": 0.235, "cruiser": 0.32}.get(style, 0.30) * float(params["wheel_scale"])
    tyre = {"scooter": 0.052, "cruiser": 0.07}.get(style, 0.06)
    rear, front = np.array([-base / 2, radius]), np.array([base / 2, radius])
    angle = np.radians({"cruiser": 58.0, "sport": 66.0, "scooter": 65.0}.get(style, 65.0))
    steer = np.array([-np.cos(angle), np.sin(angle)])
    yoke_z = {"scooter": 0.90, "sport": 0.86, "cruiser": 0.92}.get(style, 0.92)
    yoke = front + steer * ((yoke_z - radius) / steer[1])
    rise = float(params["bar_rise_m"]) + {"sport": -0.01, "cruiser": 0.14, "scooter": 0.10}.get(style, 0.07)
    seat_z = float(params["seat_m"]) + {"sport": 0.02, "cruiser": -0.10, "scooter": -0.03}.get(style, 0.0)
    saddle = np.array([{"scooter": -0.36, "cruiser": -0.32, "sport": -0.24}.get(style, -0.27), seat_z])
    peg = {"scooter": (0.16, 0.295), "cruiser": (0.30, 0.34), "sport": (-0.28, 0.42)}.get(style, (-0.16, 0.36))
    tail = np.array(
        [
            rear[0] - {"cruiser": 0.16, "scooter": 0.25}.get(style, 0.12),
            seat_z + {"sport": 0.045, "cruiser": -0.06, "scooter": -0.16}.get(style, 0.05),
        ]
    )
    return parts.Chassis(
        rear,
        front,
        radius,
        tyre,
        steer,
        yoke,
        yoke + np.array([0.0, rise]),
        {"sport": 0.34, "scooter": 0.34}.get(style, 0.39),
        saddle,
        np.array(peg),
        0.15 if style == "scooter" else 0.25,
        tail,
    )


def _indicators(base: parts.Chassis, head: Floats) -> tuple[Mesh, Mesh]:
    """Return the four indicators and the stalks that carry them."""
    # A fairing reaches far ahead of the bar: there they sit on its widest place.
    ahead = min(float(head[0]) - 0.06, float(base.bar[0]) + 0.15)
    places = [
        (place_x, side * y, z)
        for side in (-1, 1)
        for place_x, y, z in (
            (ahead, 0.18, float(head[1]) - 0.02),
            (float(base.tail[0]) + 0.02, 0.12, float(base.tail[1]) - 0.09),
        )
    ]
    outer = np.array(places)
    stalks = rods(outer * np.array([1.0, 0.2, 1.0]), outer, 0.009, 6)
    return blocks([((0.05, 0.07, 0.035), place) for place in places], 0.012), stalks


def _small_plate(x: float, z: float) -> Mesh:
    """A plate of the size of motorcycles: the wide one, made smaller."""
    plate = number_plate((0.0, 0.0, 0.0), -1.0)
    return Mesh(plate.positions_n3 * [0.5, 0.40, 1.07], plate.normals_n3, plate.uvs_n2, plate.triangles_m3).moved(
        (x, 0.0, z)
    )


def _top_case(base: parts.Chassis) -> Mesh:
    x, z = float(base.tail[0]), max(float(base.tail[1]), float(base.saddle[1]) - 0.05) + 0.08
    case = parts.hull(
        [
            (x - 0.20, z + 0.12, 0.18, 0.11, 4.0),
            (x - 0.18, z + 0.13, 0.21, 0.14, 4.0),
            (x + 0.12, z + 0.13, 0.21, 0.14, 4.0),
            (x + 0.17, z + 0.11, 0.17, 0.11, 4.0),
        ]
    )
    return join([case, blocks([((0.34, 0.12, 0.10), (x + 0.03, 0.0, z - 0.04))], 0.01)])


def _materials(params: Mapping[str, Any]) -> dict[str, Material]:
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    glow = 8000.0 if str(params["lit"]) == "on" else 0.0
    seat = {"black": (0.016, 0.016, 0.017), "brown": (0.10, 0.045, 0.02)}[str(params["seat_colour"])]
    rough = roughness_map(seed, 0.25)
    metal = Material(
        name="metal", base_colour=opaque((0.45, 0.45, 0.46)), metallic=0.95, roughness=0.3, metallic_roughness_map=rough
    )
    dark = Material(
        name="black", base_colour=opaque((0.018, 0.018, 0.019)), roughness=0.5, metallic_roughness_map=rough
    )
    return {
        "paint": Material(
            name="paint",
            base_colour_map=worn_paint(rgb(params["colour"]), seed, dirt=0.3 * dirt, scuff=0.3 * dirt, smears=0.2),
            roughness=0.42,
            metallic_roughness_map=rough,
            clearcoat=1.0 - 0.4 * dirt,
            clearcoat_roughness=0.05,
        ),
        "seat": Material(name="seat", base_colour=opaque(seat), roughness=0.6, metallic_roughness_map=rough),
        "black": dark,
        "engine": Material(
            name="engine",
            base_colour=opaque((0.24, 0.24, 0.25) if str(params["engine"]) == "bare" else (0.03, 0.03, 0.032)),
            metallic=0.8,
            roughness=0.5,
            metallic_roughness_map=rough,
        ),
        "metal": metal,
        "pipe": CHROME
        if str(params["pipe"]) == "chrome"
        else Material(name="pipe", base_colour=opaque((0.03, 0.03, 0.03)), roughness=0.55),
        "tyre": tyre_material(dirt, seed),
        "rim": metal
        if str(params["rims"]) == "bright"
        else Material(name="rim", base_colour=opaque((0.02, 0.02, 0.021)), roughness=0.4, clearcoat=0.5),
        "spoke": metal if str(params["rims"]) == "bright" else dark,
        "lamp": Material(
            name="lamp",
            base_colour=opaque((0.55, 0.56, 0.58)),
            roughness=0.08,
            metallic=0.3,
            clearcoat=1.0,
            emissive=(glow, glow, 0.94 * glow),
        ),
        "reflector": Material(
            name="reflector",
            base_colour=opaque((0.40, 0.01, 0.01)),
            roughness=0.15,
            clearcoat=1.0,
            emissive=(0.06 * glow, 0.002 * glow, 0.002 * glow),
        ),
        "indicator": Material(name="indicator", base_colour=opaque((0.60, 0.20, 0.01)), roughness=0.15, clearcoat=1.0),
        "plate": plate_material(int(params["plate_seed"]), "white"),
    }


MOTORCYCLE = ProceduralAsset(
    name="motorcycle",
    kind="model",
    category="motorcycle",
    tags=("street", "vehicle", "road", "motor", "cycle", "outdoor"),
    size_m=2.1,
    description="A naked, sport or cruiser motorcycle or a scooter, with top cases on some.",
    parameters={
        "style": Choice(("naked", "sport", "cruiser", "scooter"), "naked", (0.3, 0.2, 0.2, 0.3)),
        "wheelbase_scale": Number(0.96, 1.05, 1.0),
        "wheel_scale": Number(0.96, 1.05, 1.0),
        "seat_m": Number(0.77, 0.83, 0.80, "m"),
        "bar_rise_m": Number(0.0, 0.08, 0.03, "m"),
        "bar_drop_m": Number(0.0, 0.05, 0.02, "m"),
        "exhaust_rise_m": Number(-0.02, 0.16, 0.04, "m"),
        "wheels": Choice(("cast", "wires"), "cast", (0.75, 0.25)),
        "arms": Integer(5, 10, 6),
        "colour": Colour(CAR_COLOURS[4:], 0.15),
        "rims": Choice(("black", "bright"), "black", (0.65, 0.35)),
        "engine": Choice(("bare", "black"), "bare"),
        "pipe": Choice(("chrome", "black"), "chrome", (0.7, 0.3)),
        "seat_colour": Choice(("black", "brown"), "black", (0.8, 0.2)),
        "top_case": Choice(("no", "yes"), "no", (0.75, 0.25)),
        "lit": Choice(("off", "on"), "off", (0.7, 0.3)),
        "plate_seed": Integer(0, 15, 4),
        "dirt": Number(0.0, 0.9, 0.25),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "paint",
        "seat",
        "black",
        "engine",
        "metal",
        "pipe",
        "chrome",
        "tyre",
        "rim",
        "lamp",
        "reflector",
        "indicator",
        "plate",
    ),
    keypoints=(
        "front_wheel",
        "rear_wheel",
        "front_centre",
        "rear_centre",
        "handlebar_centre",
        "saddle",
        "left_grip",
        "right_grip",
        "left_pedal",
        "right_pedal",
        "head_lamp",
        "tail_lamp",
    ),
)
