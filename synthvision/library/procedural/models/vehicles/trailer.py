"""Trailers: small car trailers with a drawbar, and semi-trailers of lorries on their landing legs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles.fittings import number_plate, plate_material, trim_material
from synthvision.library.procedural.models.vehicles.lamps import LIGHTS, lamp_uvs, tail_lamp_material
from synthvision.library.procedural.models.vehicles.livery import DESIGNS, name_material
from synthvision.library.procedural.models.vehicles.load_bodies import BODIES, load_body
from synthvision.library.procedural.models.vehicles.slabs import blocks, coach_paint, lain, mudguards
from synthvision.library.procedural.models.vehicles.wheels import WheelSpec, placed_wheels, tyre_material
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.wear import roughness_map

__all__ = ["TRAILER"]

Point = tuple[float, float, float]


def _build(params: Mapping[str, Any]) -> Model:
    large = str(params["kind"]) == "semi"
    parts, wheels, spec, points = (_semi if large else _small)(params)
    materials = _materials(params)
    keep = ("tail_lamp", "plate", "print")
    pieces = [
        (mesh if name in keep else lain(mesh, 4.0, 3.6 if large else 1.2), materials[name])
        for name, mesh in parts.items()
    ]
    rolled = placed_wheels(spec, wheels)
    pieces += [(rolled["tyre"], materials["tyre"]), (rolled["rim"], materials["rim"])]
    named = {key: at for key, at in wheels.items() if key in ("front_left_wheel", "front_right_wheel")}
    rear = {key.replace("front", "rear"): at for key, at in named.items()}
    rear |= {key: at for key, at in wheels.items() if key.startswith("rear")}
    return assembled(
        "trailer",
        params,
        pieces,
        attributes={
            "kind": str(params["kind"]),
            "body": str(params["body"]) if large else "open",
            "lights": str(params["lit"]),
        },
        keypoints={**named, **rear, **points},
    )


def _tail(x: float, half: float, z: float, plate_z: float) -> tuple[dict[str, Mesh], dict[str, Point]]:
    """Lamps and plate at the rear face at x."""
    y = half - 0.22
    lamps = blocks([((0.05, 0.30, 0.12), (x, side * y, z)) for side in (-1, 1)], 0.014)
    points = {"left_tail_lamp": (x - 0.02, y, z), "right_tail_lamp": (x - 0.02, -y, z)}
    return {"tail_lamp": lamp_uvs(lamps, 0.0), "plate": number_plate((x - 0.03, 0.0, plate_z), -1.0)}, points


def _semi(params: Mapping[str, Any]) -> tuple[dict[str, Mesh], dict[str, Point], WheelSpec, dict[str, Point]]:
    """A semi-trailer, 13.6 m long where it is full size."""
    length, half, frame_z, hub = float(params["semi_m"]), 1.25, 1.12, 0.50
    front, tail = length / 2, -length / 2
    body = load_body(params, (tail, front), frame_z + 0.04, half)
    count = int(params["axle_count"])
    first = tail + 0.30 * length
    axles = [first - 1.31 * k for k in range(count)]
    items = [((length - 0.8, 0.12, 0.34), (-0.1, side * 0.45, frame_z - 0.16)) for side in (-1, 1)]
    items += [((0.12, 2.2, 0.12), (float(x), 0.0, frame_z - 0.06)) for x in np.linspace(tail + 0.5, front - 0.5, 6)]
    items += [
        ((0.14, 2.4, 0.16), (tail + 0.16, 0.0, 0.52)),
        ((0.10, 0.12, 0.5), (tail + 0.18, 0.6, 0.76)),
        ((0.10, 0.12, 0.5), (tail + 0.18, -0.6, 0.76)),
    ]
    legs_x = front - 2.6
    items += [((0.12, 0.12, frame_z - 0.1), (legs_x, side * 0.75, (frame_z - 0.1) / 2 + 0.03)) for side in (-1, 1)]
    items += [((0.30, 0.24, 0.04), (legs_x, side * 0.75, 0.025)) for side in (-1, 1)]
    shafts = rods(
        np.array([[x, -half + 0.2, hub] for x in axles]), np.array([[x, half - 0.2, hub] for x in axles]), 0.07, 8
    )
    guard_x = (axles[0] + 0.75, legs_x - 0.4)
    bars = [[guard_x[0], side * (half - 0.04), z] for side in (-1, 1) for z in (0.5, 0.85)]
    ends = [[guard_x[1], y, z] for _, y, z in bars]
    pin = rods([[front - 0.9, 0.0, frame_z - 0.40]], [[front - 0.9, 0.0, frame_z - 0.1]], 0.05, 10)
    trim = [
        blocks(items, 0.0),
        shafts,
        rods(np.array(bars), np.array(ends), 0.035, 6),
        pin,
        mudguards([axles[0] - 1.31 * (count - 1) / 2], 0.62 + 0.55 * (count - 1), half - 0.22, 0.36, hub, (1.1, 2.04)),
    ]
    lamps, points = _tail(tail - 0.01, half, 0.86, 0.66)
    wheels: dict[str, Point] = {}
    for number, x in enumerate(axles):
        name = "front" if number == 0 else ("rear" if number == count - 1 else "middle")
        wheels |= {f"{name}_left_wheel": (x, half - 0.21, hub), f"{name}_right_wheel": (x, 0.21 - half, hub)}
    middle = {
        "front_centre": (front, 0.0, frame_z),
        "rear_centre": (tail, 0.0, frame_z),
        "roof_centre": (0.0, 0.0, body.top_z),
        "coupling": (front - 0.9, 0.0, frame_z - 0.40),
    }
    parts = dict(body.meshes)
    parts["trim"] = join([*([parts["trim"]] if "trim" in parts else []), *trim])
    return parts | lamps, wheels, WheelSpec(hub, 0.385, 0.58, "steel", 6, 14, 0.0), middle | points


def _small(params: Mapping[str, Any]) -> tuple[dict[str, Mesh], dict[str, Point], WheelSpec, dict[str, Point]]:
    """A car trailer: a tub on one axle, drawbar, jockey wheel, perhaps a tarpaulin."""
    length, wide = float(params["tub_m"]), float(params["tub_width_m"])
    tall, hub, floor = 0.36, 0.29, 0.52
    bar = 1.25
    shift = -bar / 2
    front, tail, half = length / 2 + shift, -length / 2 + shift, wide / 2
    walls = []
    for side in (-1, 1):
        walls += [
            ((length, 0.025, tall / 2 - 0.008), (shift, side * (half - 0.012), floor + tall * (k + 0.5) / 2))
            for k in range(2)
        ]
    for x in (front - 0.012, tail + 0.012):
        walls += [((0.025, wide - 0.06, tall / 2 - 0.008), (x, 0.0, floor + tall * (k + 0.5) / 2)) for k in range(2)]
    posts = [
        ((0.05, 0.045, tall + 0.05), (x, side * half, floor + tall / 2))
        for side in (-1, 1)
        for x in (front - 0.02, shift, tail + 0.02)
    ]
    posts += [((length, 0.05, 0.06), (shift, side * (half - 0.03), floor - 0.03)) for side in (-1, 1)]
    tow = front + bar - 0.05
    beams = [
        ([front - 0.3, side * (half - 0.15), floor - 0.07], [front + 0.75, 0.03 * side, floor - 0.09])
        for side in (-1, 1)
    ]
    beams += [
        ([front - 0.4, 0.0, floor - 0.08], [tow, 0.0, floor - 0.09]),
        ([shift, -half - 0.05, hub], [shift, half + 0.05, hub]),
    ]
    beams += [([front + 0.75, 0.08, floor + 0.12], [front + 0.75, 0.08, 0.16])]
    ends = np.array(beams)
    jockey = rods([[front + 0.75, 0.05, 0.10]], [[front + 0.75, 0.11, 0.10]], 0.10, 14)
    coupling = rods([[tow - 0.06, 0.0, floor - 0.10]], [[tow + 0.05, 0.0, floor - 0.12]], 0.042, 10)
    metal = join(
        [blocks(posts, 0.006), rods(ends[:, 0], ends[:, 1], np.array([0.032, 0.032, 0.036, 0.03, 0.024]), 8), coupling]
    )
    parts = {
        "box": blocks(walls, 0.005),
        "metal": metal,
        "wood": blocks([((length - 0.04, wide - 0.04, 0.02), (shift, 0.0, floor + 0.005))], 0.0),
        "trim": join([mudguards([shift], hub + 0.06, half + 0.12, 0.22, hub, (0.1, 3.04)), jockey]),
    }
    top = floor + tall
    if str(params["cover"]) == "yes":
        top += 0.06
        parts["cover"] = blocks([((length + 0.03, wide + 0.03, 0.16), (shift, 0.0, floor + tall))], 0.05)
    lamps, points = _tail(tail - 0.02, half, floor - 0.02, floor - 0.10)
    wheels = {"front_left_wheel": (shift, half + 0.12, hub), "front_right_wheel": (shift, -half - 0.12, hub)}
    named = {
        "front_centre": (tow, 0.0, floor - 0.1),
        "rear_centre": (tail, 0.0, floor + 0.1),
        "roof_centre": (shift, 0.0, top),
        "coupling": (tow, 0.0, floor - 0.11),
    }
    spec = WheelSpec(hub, 0.165, 0.60, str(params["rim_style"]), 8, 20)
    return parts | lamps, wheels, spec, named | points


def _materials(params: Mapping[str, Any]) -> dict[str, Material]:
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    return {
        "box": coach_paint("box", rgb(params["colour"]), seed, dirt, gloss=0.5, roughness=0.5),
        "cover": coach_paint("cover", rgb(params["cover_colour"]), seed, dirt, gloss=0.1, roughness=0.6),
        "metal": Material(
            name="metal", base_colour=opaque((0.40, 0.41, 0.42)), metallic=0.9, roughness=0.48,
            metallic_roughness_map=roughness_map(seed, 0.3),
        ),
        "wood": coach_paint("wood", (0.16, 0.10, 0.055), seed, 0.6, gloss=0.0, roughness=0.8),
        "trim": trim_material(shade=0.026),
        "print": name_material(int(params["design"])),
        "tail_lamp": tail_lamp_material("banded", str(params["lit"])),
        "plate": plate_material(int(params["plate_seed"]), "white"),
        "tyre": tyre_material(dirt, seed),
        "rim": Material(name="rim", base_colour=opaque((0.36, 0.36, 0.37)), metallic=0.7, roughness=0.45),
    }  # fmt: skip


TRAILER = ProceduralAsset(
    name="trailer",
    kind="model",
    category="trailer",
    tags=("street", "vehicle", "road", "transport", "outdoor"),
    size_m=6.0,
    description="A trailer without what draws it: a small open car trailer, or a lorry's semi-trailer on its legs.",
    parameters={
        "kind": Choice(("small", "semi"), "small", (0.55, 0.45)),
        "body": Choice(BODIES, "curtain", (0.3, 0.4, 0.15, 0.15)),
        "semi_m": Number(10.0, 13.6, 13.6, "m"),
        "tub_m": Number(1.8, 3.2, 2.2, "m"),
        "tub_width_m": Number(1.1, 1.5, 1.25, "m"),
        "body_height_m": Number(2.3, 2.75, 2.6, "m"),
        "axle_count": Integer(2, 3, 3),
        "rim_style": Choice(("steel", "cover", "five"), "steel", (0.7, 0.15, 0.15)),
        "colour": Colour(
            (
                (0.55, 0.56, 0.57),
                (0.62, 0.62, 0.60),
                (0.02, 0.08, 0.33),
                (0.45, 0.03, 0.03),
                (0.03, 0.20, 0.10),
                (0.50, 0.30, 0.03),
            ),
            0.12,
        ),
        "cover": Choice(("no", "yes"), "yes"),
        "cover_colour": Colour(((0.02, 0.07, 0.30), (0.10, 0.10, 0.11), (0.03, 0.18, 0.08), (0.35, 0.33, 0.28)), 0.15),
        "printed": Choice(("yes", "no"), "yes", (0.65, 0.35)),
        "design": Integer(0, DESIGNS - 1, 3),
        "lit": Choice(LIGHTS, "off", (0.7, 0.15, 0.15)),
        "plate_seed": Integer(0, 15, 5),
        "dirt": Number(0.0, 0.9, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("box", "cover", "metal", "wood", "trim", "print", "tail_lamp", "plate", "tyre", "rim"),
    keypoints=(
        "front_left_wheel",
        "front_right_wheel",
        "rear_left_wheel",
        "rear_right_wheel",
        "front_centre",
        "rear_centre",
        "roof_centre",
        "coupling",
        "left_tail_lamp",
        "right_tail_lamp",
    ),
)
