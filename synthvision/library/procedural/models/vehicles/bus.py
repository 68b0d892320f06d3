"""City buses: low floor, one or two bodies' length of windows, doors on the right or left, destination signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles.bus_body import (
    HUB_Z,
    LOW,
    bus_bumpers,
    bus_glass,
    bus_mirrors,
    bus_outline,
    bus_skirts,
    destination_signs,
    door_frames,
    door_places,
    roof_units,
    window_bars,
)
from synthvision.library.procedural.models.vehicles.fittings import (
    glass_material,
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
from synthvision.library.procedural.models.vehicles.livery import DESIGNS, name_boards, name_material, sign_material
from synthvision.library.procedural.models.vehicles.slabs import (
    blocks,
    coach_paint,
    lain,
    rounded_outline,
    side_plate,
)
from synthvision.library.procedural.models.vehicles.wheels import WheelSpec, placed_wheels, tyre_material
from synthvision.library.procedural.shapes.mesh import join

__all__ = ["BUS"]


def _build(params: Mapping[str, Any]) -> Model:
    length, height = float(params["length_m"]), float(params["height_m"])
    half, front = float(params["width_m"]) / 2, length / 2
    axles = [front - 2.70, -front + 3.35]
    belt, top = float(params["belt_m"]), height - 0.52
    door_side = -1.0 if str(params["traffic"]) == "right" else 1.0
    doors = door_places(front, axles, str(params["doors"]))
    rake = float(params["rake_m"])
    shell = rounded_outline(
        bus_outline(front, height, axles, rake), [0.06, 0.10, *([0.03] * 16), 0.10, 0.06, 0.20, 0.34]
    )
    parts = {
        "paint": join([side_plate(shell, -half, half, 0.09), roof_units(params, height, half)]),
        "window": bus_glass(params, front, half, belt, top, axles, doors, door_side, rake, height),
        "trim": join(
            [
                door_frames(doors, door_side, half, top),
                bus_bumpers(front, half),
                bus_mirrors(front, half, top),
                window_bars(front, half, belt, top),
            ]
        ),
        "skirt": bus_skirts(axles, front, half, doors, door_side),
        "head_lamp": lamp_uvs(
            blocks([((0.05, 0.46, 0.20), (front - 0.005, s * (half - 0.40), 0.78)) for s in (-1, 1)], 0.018), 0.0
        ),
        "tail_lamp": lamp_uvs(
            blocks([((0.05, 0.16, 0.42), (-front + 0.005, s * (half - 0.18), 1.05)) for s in (-1, 1)], 0.018), 0.0
        ),
        "plate": join([number_plate((front + 0.055, 0.0, 0.52), 1.0), number_plate((-front - 0.02, 0.0, 0.75), -1.0)]),
        "sign": destination_signs(front, half, top, rake, height, door_side),
    }
    if str(params["advert"]) == "yes":
        parts["print"] = name_boards(2.6, 0.62, (-0.1 * length, 0.5 * (LOW + belt) + 0.12), half + 0.014)
    materials = _materials(params)
    keep = ("head_lamp", "tail_lamp", "plate", "sign", "print")
    pieces = [(mesh if name in keep else lain(mesh, 5.0, height), materials[name]) for name, mesh in parts.items()]
    y = half - 0.17
    wheels = {
        f"{end}_{side}_wheel": (x, sign * y, HUB_Z)
        for end, x in zip(("front", "rear"), axles, strict=True)
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    rolled = placed_wheels(WheelSpec(HUB_Z, 0.30, 0.60, "steel", 8, 18, 0.02), wheels)
    pieces += [(rolled["tyre"], materials["tyre"]), (rolled["rim"], materials["rim"])]
    return assembled(
        "bus",
        params,
        pieces,
        attributes={
            "doors": str(len(doors)),
            "door_side": "right" if door_side < 0 else "left",
            "lights": str(params["lit"]),
        },
        keypoints={
            **wheels,
            "front_centre": (front, 0.0, 1.2),
            "rear_centre": (-front, 0.0, 1.2),
            "roof_centre": (0.0, 0.0, height),
            "front_door": (doors[0], door_side * half, 1.2),
            "left_head_lamp": (front, half - 0.40, 0.78),
            "right_head_lamp": (front, 0.40 - half, 0.78),
            "left_tail_lamp": (-front, half - 0.18, 1.05),
            "right_tail_lamp": (-front, 0.18 - half, 1.05),
        },
    )


def _materials(params: Mapping[str, Any]) -> dict[str, Material]:
    seed, dirt, lights = int(params["wear_seed"]), float(params["dirt"]), str(params["lit"])
    return {
        "paint": coach_paint("paint", rgb(params["colour"]), seed, dirt),
        "skirt": coach_paint("skirt", rgb(params["second_colour"]), seed, dirt),
        "window": glass_material(),
        "trim": trim_material(shade=0.02),
        "head_lamp": head_lamp_material("projector", lights),
        "tail_lamp": tail_lamp_material("banded", lights),
        "plate": plate_material(int(params["plate_seed"]), "white"),
        "sign": sign_material(int(params["line"]), lights != "off"),
        "print": name_material(int(params["design"])),
        "tyre": tyre_material(dirt, seed),
        "rim": Material(name="rim", base_colour=opaque((0.30, 0.30, 0.31)), metallic=0.6, roughness=0.5),
    }


BUS = ProceduralAsset(
    name="bus",
    kind="model",
    category="bus",
    tags=("street", "vehicle", "road", "motor", "public_transport", "outdoor"),
    size_m=11.5,
    description="A city bus with low floor, two or three doors, destination signs and units on the roof.",
    parameters={
        "length_m": Number(9.0, 13.2, 12.0, "m"),
        "height_m": Number(2.85, 3.15, 2.95, "m"),
        "width_m": Number(2.45, 2.55, 2.55, "m"),
        "belt_m": Number(1.15, 1.45, 1.3, "m"),
        "rake_m": Number(0.06, 0.36, 0.16, "m"),
        "doors": Choice(("2", "3"), "3", (0.45, 0.55)),
        "traffic": Choice(("right", "left"), "right", (0.75, 0.25)),
        "front": Choice(("deep", "high"), "deep", (0.6, 0.4)),
        "roof": Choice(("plain", "air", "battery"), "air", (0.3, 0.4, 0.3)),
        "colour": Colour(
            (
                (0.45, 0.015, 0.015), (0.68, 0.68, 0.66), (0.02, 0.09, 0.35), (0.70, 0.45, 0.02), (0.02, 0.22, 0.10),
                (0.03, 0.28, 0.45), (0.30, 0.42, 0.06), (0.62, 0.17, 0.01), (0.45, 0.42, 0.34),
            ), 0.12,
        ),
        "second_colour": Colour(((0.03, 0.03, 0.035), (0.65, 0.65, 0.63), (0.02, 0.07, 0.28), (0.10, 0.10, 0.11)), 0.1),
        "advert": Choice(("no", "yes"), "no", (0.65, 0.35)),
        "design": Integer(0, DESIGNS - 1, 0),
        "line": Integer(0, 11, 0),
        "lit": Choice(LIGHTS, "off", (0.5, 0.3, 0.2)),
        "plate_seed": Integer(0, 15, 3),
        "dirt": Number(0.0, 0.8, 0.25),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("paint", "skirt", "window", "trim", "head_lamp", "tail_lamp", "plate", "sign", "print", "tyre", "rim"),
    keypoints=(
        "front_left_wheel", "front_right_wheel", "rear_left_wheel", "rear_right_wheel", "front_centre", "rear_centre",
        "roof_centre", "front_door", "left_head_lamp", "right_head_lamp", "left_tail_lamp", "right_tail_lamp",
    ),
)  # fmt: skip
