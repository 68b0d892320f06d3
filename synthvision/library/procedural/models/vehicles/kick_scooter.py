"""Electric kick scooters: deck, stem, two small wheels; parked on a stand, as they are found on pavements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles.cycle_wheels import CycleWheel, arc_guard, cycle_wheel
from synthvision.library.procedural.models.vehicles.slabs import blocks, rounded_outline
from synthvision.library.procedural.models.vehicles.wheels import tyre_material
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["KICK_SCOOTER"]


def _build(params: Mapping[str, Any]) -> Model:
    radius, tyre = float(params["wheel_m"]), float(params["tyre_m"])
    base = float(params["wheelbase_m"])
    rear_x, front_x = -base / 2 - 0.02, base / 2 - 0.02
    lean = np.radians(float(params["stem_deg"]))
    up = np.array([-np.sin(lean), np.cos(lean)])
    foot = np.array([front_x - 0.045, radius + 0.085])
    top = foot + up * ((float(params["bar_m"]) - foot[1]) / up[1])
    half = float(params["bar_width_m"]) / 2
    deck_z = float(params["deck_m"])
    spec = CycleWheel(radius, tyre, 0.03, 5, True, 0.028, 0.055, 22)
    wheel = cycle_wheel(spec)
    grouped: dict[str, list[Mesh]] = {name: [] for name in ("frame", "metal")}
    for x in (front_x, rear_x):
        for name, mesh in wheel.items():
            grouped.setdefault(name, []).append(mesh.moved((x, 0.0, radius)))
    deck, mat = _deck(params, rear_x, front_x, radius, deck_z)
    grouped["frame"] += [deck, *_stem(foot, top, front_x, radius, tyre, float(params["stem_radius_m"]))]
    grouped["frame"] += [_guard(front_x, radius, tyre, (0.7, 2.6)), _guard(rear_x, radius, tyre, (0.75, 2.75))]
    grouped["mat"] = [mat]
    bar = np.array(
        [
            [top[0] - 0.03, half, top[1] + 0.01],
            [top[0], 0.10, top[1]],
            [top[0], -0.10, top[1]],
            [top[0] - 0.03, -half, top[1] + 0.01],
        ]
    )
    grouped["metal"].append(tube_along(bent_path(bar, 0.05, 3), 0.0125, 8))
    grips = [bar[0] + (bar[1] - bar[0]) * 0.45, bar[3] + (bar[2] - bar[3]) * 0.45]
    grouped["rubber"] = [rods(np.array(grips), bar[[0, 3]], 0.0165, 9), _levers(bar)]
    grouped["rubber"].append(blocks([((0.05, 0.08, 0.035), (float(top[0]) - 0.01, 0.0, float(top[1]) + 0.022))], 0.01))
    grouped["rubber"].append(_cable(foot, top))
    lamp = foot + up * 0.86 * float(np.linalg.norm(top - foot))
    head = (float(lamp[0]) + 0.055, 0.0, float(lamp[1]))
    tail = (rear_x - radius - 0.035, 0.0, radius + 0.055)
    grouped["frame"].append(rods([[lamp[0], 0.0, lamp[1]]], [[head[0] - 0.004, 0.0, head[2]]], 0.024, 12))
    grouped["lamp"] = [rods([[head[0] - 0.006, 0.0, head[2]]], [[head[0] + 0.003, 0.0, head[2]]], 0.020, 12)]
    grouped["reflector"] = [blocks([((0.02, 0.06, 0.022), tail)], 0.005)]
    if str(params["stand"]) == "yes":
        grouped["metal"].append(rods([[0.05, 0.06, deck_z - 0.03]], [[-0.02, 0.17, 0.008]], 0.008, 6))
    if str(params["share"]) == "yes":
        grouped["frame"].append(
            blocks([((0.07, 0.10, 0.15), (float(top[0]) + 0.045, 0.0, float(top[1]) - 0.05))], 0.018)
        )
    materials = _materials(params)
    pieces = [(join(meshes), materials[name]) for name, meshes in grouped.items()]
    grip = (np.array(grips) + bar[[0, 3]]) / 2
    return assembled(
        "kick_scooter",
        params,
        pieces,
        attributes={"shared": str(params["share"])},
        keypoints={
            "front_wheel": (front_x, 0.0, radius),
            "rear_wheel": (rear_x, 0.0, radius),
            "front_centre": (front_x + radius, 0.0, radius),
            "rear_centre": (rear_x - radius, 0.0, radius),
            "deck_centre": ((front_x + rear_x) / 2 - 0.04, 0.0, deck_z + 0.004),
            "handlebar_centre": (float(top[0]), 0.0, float(top[1])),
            "left_grip": (float(grip[0, 0]), float(grip[0, 1]), float(grip[0, 2])),
            "right_grip": (float(grip[1, 0]), float(grip[1, 1]), float(grip[1, 2])),
            "head_lamp": head,
            "tail_lamp": tail,
        },
    )


def _deck(params: Mapping[str, Any], rear_x: float, front_x: float, radius: float, z: float) -> tuple[Mesh, Mesh]:
    """The board with the battery under it, and the rubber mat on top."""
    wide, thick = float(params["deck_width_m"]), 0.058
    start, end = rear_x + radius + 0.03, front_x - radius - 0.10
    tip, waist = wide * 0.42, wide * 0.5
    outline = rounded_outline(
        [
            (start, -waist),
            (end - 0.10, -waist),
            (end + 0.03, -tip),
            (end + 0.03, tip),
            (end - 0.10, waist),
            (start, waist),
        ],
        0.03,
    )
    board = plate(outline, z - thick, z, bevel_m=0.010)
    mat = plate(
        rounded_outline(
            [
                (start + 0.03, -0.8 * waist),
                (end - 0.08, -0.8 * waist),
                (end - 0.08, 0.8 * waist),
                (start + 0.03, 0.8 * waist),
            ],
            0.02,
        ),
        z - 0.004,
        z + 0.004,
    )
    arms = rods(
        np.array([[start + 0.02, side * 0.045, z - 0.02] for side in (-1, 1)]),
        np.array([[rear_x, side * 0.05, radius] for side in (-1, 1)]), 0.014, 7,
    )  # fmt: skip
    neck = tube_along(
        bent_path([[end - 0.02, 0.0, z - 0.025], [end + 0.09, 0.0, z], [front_x - 0.05, 0.0, radius + 0.16]], 0.08, 4),
        0.026,
        9,
    )
    return join([board, arms, neck]), mat


def _stem(foot: Any, top: Any, front_x: float, radius: float, tyre: float, thick: float) -> list[Mesh]:
    low = [float(foot[0]), 0.0, float(foot[1])]
    joint = foot + 0.16 * (top - foot)
    blades = [[front_x, side * (tyre + 0.018), radius] for side in (-1, 1)]
    crowns = [[float(foot[0]), side * (tyre + 0.014), float(foot[1])] for side in (-1, 1)]
    return [
        rods([low], [[float(top[0]), 0.0, float(top[1])]], thick, 12),
        rods([[float(foot[0]), 0.0, float(foot[1])]], [[float(joint[0]), 0.0, float(joint[1])]], thick + 0.009, 12),
        rods(np.array(crowns), np.array(blades), 0.013, 7),
        blocks([((0.06, 2 * tyre + 0.06, 0.03), (float(foot[0]), 0.0, float(foot[1])))], 0.008),
    ]


def _guard(x: float, radius: float, tyre: float, arc: tuple[float, float]) -> Mesh:
    return arc_guard(radius + 0.016, tyre + 0.012, arc, (x, radius), 9)


def _levers(bar: Any) -> Mesh:
    out = []
    for outer, inner in ((bar[0], bar[1]), (bar[3], bar[2])):
        start = inner + (outer - inner) * 0.35
        out.append((start + np.array([0.012, 0, 0]), start + np.array([0.035, 0, -0.005])))
        out.append((start + np.array([0.035, 0, -0.005]), outer + (inner - outer) * 0.2 + np.array([0.03, 0, -0.012])))
    return rods(np.array([a for a, _ in out]), np.array([b for _, b in out]), 0.0055, 6)


def _cable(foot: Any, top: Any) -> Mesh:
    middle = foot + 0.55 * (top - foot)
    path = bent_path(
        [
            [top[0] + 0.02, 0.10, top[1]],
            [top[0] + 0.09, 0.05, top[1] - 0.02],
            [middle[0] + 0.06, 0.0, middle[1]],
            [foot[0] + 0.03, 0.0, foot[1] + 0.05],
        ],
        0.12,
        4,
    )
    return tube_along(path, 0.0035, 5)


def _materials(params: Mapping[str, Any]) -> dict[str, Material]:
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    glow = 3000.0 if str(params["lit"]) == "on" else 0.0
    rough = roughness_map(seed, 0.25)
    alloy = Material(
        name="metal", base_colour=opaque((0.40, 0.40, 0.41)), metallic=0.9, roughness=0.4, metallic_roughness_map=rough
    )
    rim = Material(name="rim", base_colour=opaque((0.03, 0.03, 0.032)), roughness=0.45)
    return {
        "frame": Material(
            name="frame",
            base_colour_map=worn_paint(rgb(params["colour"]), seed, dirt=0.4 * dirt, scuff=0.8 * dirt, smears=0.3),
            roughness=0.48,
            metallic_roughness_map=rough,
            clearcoat=0.5,
            clearcoat_roughness=0.15,
        ),
        "metal": alloy,
        "mat": Material(
            name="mat", base_colour=opaque((0.022, 0.022, 0.023)), roughness=0.92, metallic_roughness_map=rough
        ),
        "rubber": Material(name="rubber", base_colour=opaque((0.02, 0.02, 0.021)), roughness=0.8),
        "tyre": tyre_material(dirt, seed),
        "rim": rim,
        "spoke": rim,
        "lamp": Material(
            name="lamp",
            base_colour=opaque((0.55, 0.56, 0.58)),
            roughness=0.1,
            clearcoat=1.0,
            emissive=(glow, glow, glow),
        ),
        "reflector": Material(
            name="reflector",
            base_colour=opaque((0.40, 0.01, 0.01)),
            roughness=0.15,
            clearcoat=1.0,
            emissive=(0.1 * glow, 0.004 * glow, 0.004 * glow),
        ),
    }


KICK_SCOOTER = ProceduralAsset(
    name="kick_scooter",
    kind="model",
    category="kick_scooter",
    tags=("street", "vehicle", "road", "scooter", "electric", "outdoor"),
    size_m=1.2,
    description="An electric kick scooter, private or for hire, standing upright.",
    parameters={
        "wheelbase_m": Number(0.82, 1.02, 0.92, "m"),
        "wheel_m": Number(0.105, 0.135, 0.115, "m"),
        "tyre_m": Number(0.022, 0.030, 0.025, "m"),
        "bar_m": Number(1.0, 1.18, 1.1, "m"),
        "bar_width_m": Number(0.42, 0.56, 0.48, "m"),
        "stem_deg": Number(8.0, 18.0, 13.0, "deg"),
        "stem_radius_m": Number(0.020, 0.034, 0.026, "m"),
        "deck_m": Number(0.14, 0.19, 0.16, "m"),
        "deck_width_m": Number(0.14, 0.20, 0.17, "m"),
        "colour": Colour(
            (
                (0.018, 0.018, 0.02),
                (0.018, 0.018, 0.02),
                (0.32, 0.33, 0.34),
                (0.65, 0.65, 0.63),
                (0.10, 0.55, 0.12),
                (0.70, 0.10, 0.02),
                (0.55, 0.55, 0.03),
                (0.10, 0.40, 0.36),
                (0.35, 0.10, 0.50),
            ),
            0.15,
        ),
        "share": Choice(("no", "yes"), "no", (0.6, 0.4)),
        "stand": Choice(("no", "yes"), "yes", (0.3, 0.7)),
        "lit": Choice(("off", "on"), "off", (0.75, 0.25)),
        "dirt": Number(0.0, 1.0, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "metal", "mat", "rubber", "tyre", "rim", "lamp", "reflector"),
    keypoints=(
        "front_wheel",
        "rear_wheel",
        "front_centre",
        "rear_centre",
        "deck_centre",
        "handlebar_centre",
        "left_grip",
        "right_grip",
        "head_lamp",
        "tail_lamp",
    ),
)
