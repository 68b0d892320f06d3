"""Lorries: a cab over the engine on a chassis with two or three axles, with box, flatbed or tank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles.fittings import (
    CAR_COLOURS,
    CHROME,
    glass_material,
    grille_material,
    number_plate,
    plate_material,
    trim_material,
)
from synthvision.library.procedural.models.vehicles.lamps import (
    LIGHTS,
    head_lamp_material,
    lamp_uvs,
    tail_lamp_material,
)
from synthvision.library.procedural.models.vehicles.livery import DESIGNS, name_material
from synthvision.library.procedural.models.vehicles.load_bodies import BODIES, load_body
from synthvision.library.procedural.models.vehicles.lorry_cab import Cab, cab_meshes
from synthvision.library.procedural.models.vehicles.slabs import blocks, coach_paint, drum, lain, mudguards
from synthvision.library.procedural.models.vehicles.wheels import WheelSpec, placed_wheels, tyre_material
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.wear import roughness_map

__all__ = ["LORRY"]

HUB_Z = 0.49
"""Radius of a 295/80 R22.5 tyre under load is about 0.5 m."""
HALF = 1.25
"""Half the greatest width, 2.55 m in Europe (Directive 96/53/EC)."""
FRAME_Z = 0.98


def _build(params: Mapping[str, Any]) -> Model:
    length = float(params["length_m"])
    front = length / 2
    cab = _cab(params, front)
    axles = _axles(params, length)
    back = front - cab.length - 0.12
    body = load_body(params, (-front + 0.02, back), FRAME_Z + 0.08, HALF)
    materials = _materials(params)
    grouped: dict[str, list[Mesh]] = {}
    for part in (cab_meshes(cab), body.meshes, _chassis(params, length, cab, axles)):
        for name, mesh in part.items():
            grouped.setdefault(name, []).append(mesh)
    pieces = []
    for name, meshes in grouped.items():
        mesh = join(meshes)
        keep = name in ("head_lamp", "tail_lamp", "plate", "print", "grille")
        pieces.append((mesh if keep else lain(mesh, 4.0, 3.6), materials[name]))
    wheels, rolled = _wheels(axles)
    pieces += [(rolled["tyre"], materials["tyre"]), (rolled["rim"], materials["rim"])]
    return assembled(
        "lorry",
        params,
        pieces,
        attributes={"body": str(params["body"]), "axles": str(len(axles)), "lights": str(params["lit"])},
        keypoints={
            **wheels,
            "front_centre": (front, 0.0, 1.1),
            "rear_centre": (-front, 0.0, 1.1),
            "roof_centre": (0.0, 0.0, max(body.top_z, 1.1)),
            "cab_roof": (cab.front_x - cab.rake - 0.5 * (cab.length - cab.rake), 0.0, cab.top),
            "left_head_lamp": (front + 0.05, 0.78 * HALF, cab.low),
            "right_head_lamp": (front + 0.05, -0.78 * HALF, cab.low),
            "left_tail_lamp": (-front + 0.03, 0.95, 0.78),
            "right_tail_lamp": (-front + 0.03, -0.95, 0.78),
        },
    )


def _cab(params: Mapping[str, Any], front: float) -> Cab:
    sleeper = str(params["cab"]) == "sleeper"
    top = (2.95 if sleeper else 2.62) + float(params["cab_rise_m"])
    boxed = str(params["body"]) in ("box", "curtain")
    return Cab(
        front_x=front - 0.04, length=2.15 if sleeper else 1.65, half=HALF - 0.02, low=0.82, top=top, belt=1.62,
        rake=float(params["rake_m"]), axle_x=front - 1.36, arch=0.62, hub_z=HUB_Z,
        deflector=0.55 if boxed and str(params["deflector"]) == "yes" else 0.0,
    )  # fmt: skip


def _axles(params: Mapping[str, Any], length: float) -> list[float]:
    rear = -length / 2 + 0.24 * length
    if int(params["axle_count"]) == 2:
        return [length / 2 - 1.36, rear]
    return [length / 2 - 1.36, rear + 0.68, rear - 0.68]


def _wheels(axles: list[float]) -> tuple[dict[str, tuple[float, float, float]], dict[str, Mesh]]:
    """Steered wheels in front, twin wheels behind, which are drawn as one wide wheel with a deep dish."""
    front = WheelSpec(HUB_Z, 0.30, 0.60, "steel", 8, 16, 0.0)
    rear = WheelSpec(HUB_Z, 0.58, 0.60, "steel", 6, 14, 0.10)
    places = {}
    y = HALF - 0.16
    for number, x in enumerate(axles):
        name = ("front", "rear", "third")[number]
        wide = y if number == 0 else HALF - 0.30
        places[f"{name}_left_wheel"] = (x, wide, HUB_Z)
        places[f"{name}_right_wheel"] = (x, -wide, HUB_Z)
    ahead = placed_wheels(front, {key: at for key, at in places.items() if key.startswith("front")})
    behind = placed_wheels(rear, {key: at for key, at in places.items() if not key.startswith("front")})
    joined = {name: join([ahead[name], behind[name]]) for name in ahead}
    return {key: at for key, at in places.items() if not key.startswith("third")}, joined


def _chassis(params: Mapping[str, Any], length: float, cab: Cab, axles: list[float]) -> dict[str, Mesh]:
    """Frame, axles, tank, guards, and what is at the tail."""
    tail, front = -length / 2, length / 2 - 0.3
    middle, span = (tail + front) / 2 + 0.05, front - tail - 0.2
    items = [((span, 0.09, 0.26), (middle, side * 0.42, FRAME_Z - 0.13)) for side in (-1, 1)]
    items += [((0.12, 0.9, 0.2), (float(x), 0.0, FRAME_Z - 0.14)) for x in np.linspace(tail + 0.4, front - 0.4, 4)]
    items += [((0.12, 2.3, 0.14), (tail + 0.10, 0.0, 0.52)), ((0.10, 0.12, 0.45), (tail + 0.14, 0.5, 0.72)),
              ((0.10, 0.12, 0.45), (tail + 0.14, -0.5, 0.72))]  # fmt: skip
    items += [((0.5, 0.5, 0.4), (axles[0] - 1.15, -0.85, 0.72)), ((0.04, 0.62, 0.5), (axles[-1] - 0.68, 0.93, 0.60)),
              ((0.04, 0.62, 0.5), (axles[-1] - 0.68, -0.93, 0.60))]  # fmt: skip
    shafts = rods(
        np.array([[x, -HALF + 0.3, HUB_Z] for x in axles]), np.array([[x, HALF - 0.3, HUB_Z] for x in axles]), 0.075, 8
    )
    trim = [blocks(items, 0.0), shafts, mudguards(axles[1:], 0.60, HALF - 0.31, 0.56, HUB_Z, (0.35, 2.8))]
    gap_front, gap_back = axles[0] - 0.75, axles[1] + 0.68
    tank_length = min(1.1, gap_front - gap_back - 0.3)
    out = {}
    if tank_length > 0.5:
        out["metal"] = drum(0.31, tank_length, 0.05, 16).moved((gap_front - tank_length / 2 - 0.1, HALF - 0.42, 0.72))
    if str(params["side_guards"]) == "yes":
        bars = [
            (gap_front - 0.2 if side < 0 else gap_front - tank_length - 0.2, side * (HALF - 0.05), z)
            for side in (-1, 1)
            for z in (0.5, 0.8)
        ]
        starts = np.array(bars)
        ends = starts.copy()
        ends[:, 0] = gap_back
        if (starts[:, 0] - ends[:, 0]).min() > 0.2:
            trim.append(rods(starts, ends, 0.03, 6))
    lamps = blocks([((0.06, 0.42, 0.13), (tail + 0.05, side * 0.95, 0.78)) for side in (-1, 1)], 0.015)
    # The two plates: on the bumper, and under the tail.
    plates = join([number_plate((cab.front_x + 0.05, 0.0, 0.52), 1.0), number_plate((tail + 0.03, 0.0, 0.62), -1.0)])
    return out | {"trim": join(trim), "tail_lamp": lamp_uvs(lamps, 0.0), "plate": plates}


def _materials(params: Mapping[str, Any]) -> dict[str, Material]:
    seed, dirt, lights = int(params["wear_seed"]), float(params["dirt"]), str(params["lit"])
    return {
        "paint": coach_paint("paint", rgb(params["colour"]), seed, dirt),
        "box": coach_paint("box", rgb(params["box_colour"]), seed, dirt, gloss=0.5, roughness=0.5),
        "window": glass_material(),
        "trim": trim_material(shade=0.026),
        "grille": grille_material("bars"),
        "metal": Material(
            name="metal", base_colour=opaque((0.42, 0.43, 0.44)), metallic=0.9, roughness=0.45,
            metallic_roughness_map=roughness_map(seed, 0.3),
        ),
        "wood": coach_paint("wood", (0.20, 0.12, 0.06), seed, 0.6, gloss=0.0, roughness=0.8),
        "print": name_material(int(params["design"])),
        "head_lamp": head_lamp_material("reflector", lights),
        "tail_lamp": tail_lamp_material("banded", lights),
        "plate": plate_material(int(params["plate_seed"]), "white"),
        "chrome": CHROME,
        "tyre": tyre_material(dirt, seed),
        "rim": Material(name="rim", base_colour=opaque((0.30, 0.30, 0.31)), metallic=0.6, roughness=0.5),
    }  # fmt: skip


LORRY = ProceduralAsset(
    name="lorry",
    kind="model",
    category="lorry",
    tags=("street", "vehicle", "road", "motor", "truck", "delivery", "outdoor"),
    size_m=8.5,
    description="A lorry with its cab over the engine, two or three axles, and a box, curtains, flatbed or tank.",
    parameters={
        "body": Choice(BODIES, "box", (0.35, 0.2, 0.25, 0.2)),
        "length_m": Number(7.0, 10.6, 8.4, "m"),
        "axle_count": Integer(2, 3, 2),
        "body_height_m": Number(2.1, 2.7, 2.4, "m"),
        "cab": Choice(("day", "sleeper"), "day", (0.6, 0.4)),
        "cab_rise_m": Number(-0.05, 0.25, 0.05, "m"),
        "rake_m": Number(0.12, 0.34, 0.2, "m"),
        "deflector": Choice(("yes", "no"), "yes", (0.6, 0.4)),
        "side_guards": Choice(("yes", "no"), "yes", (0.75, 0.25)),
        "colour": Colour(((0.7, 0.7, 0.68),) * 5 + CAR_COLOURS[6:], 0.1),
        "box_colour": Colour(
            ((0.68, 0.68, 0.66),) * 4 + ((0.02, 0.07, 0.3), (0.45, 0.03, 0.03), (0.03, 0.2, 0.1), (0.6, 0.4, 0.03)), 0.1
        ),
        "printed": Choice(("yes", "no"), "yes", (0.7, 0.3)),
        "design": Integer(0, DESIGNS - 1, 0),
        "lit": Choice(LIGHTS, "off", (0.6, 0.25, 0.15)),
        "plate_seed": Integer(0, 15, 2),
        "dirt": Number(0.0, 0.9, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "paint",
        "box",
        "window",
        "trim",
        "grille",
        "metal",
        "wood",
        "print",
        "head_lamp",
        "tail_lamp",
        "plate",
        "chrome",
        "tyre",
        "rim",
    ),
    keypoints=(
        "front_left_wheel",
        "front_right_wheel",
        "rear_left_wheel",
        "rear_right_wheel",
        "front_centre",
        "rear_centre",
        "roof_centre",
        "cab_roof",
        "left_head_lamp",
        "right_head_lamp",
        "left_tail_lamp",
        "right_tail_lamp",
    ),
)
