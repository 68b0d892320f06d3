"""Bicycles: city, step-through, road and mountain bikes, with guards, racks and baskets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles import bicycle_parts as parts
from synthvision.library.procedural.models.vehicles.cycle_wheels import CycleWheel, arc_guard, cycle_wheel
from synthvision.library.procedural.models.vehicles.fittings import CHROME
from synthvision.library.procedural.models.vehicles.wheels import tyre_material
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["BICYCLE"]


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    tyre = {"road": 0.0135, "mountain": 0.028}.get(style, 0.0195)
    # 622 mm rims (ISO 5775) for all: 28 inch, 700C and 29 inch are one bead diameter.
    radius = 0.311 + 2 * tyre - 0.004
    at = parts.joints(params, radius)
    spec = CycleWheel(
        radius,
        tyre,
        0.022 if style != "road" else 0.03,
        int(params["spokes"]) // 4 * 4,
        disc=0.08 if style == "mountain" else 0.0,
    )
    wheel = cycle_wheel(spec)
    grouped: dict[str, list[Mesh]] = {"frame": [parts.frame_mesh(params, at), parts.fork_mesh(params, at)]}

    def add(name: str, *meshes: Mesh) -> None:
        grouped.setdefault(name, []).extend(meshes)

    for axle in (at.front, at.rear):
        for name, mesh in wheel.items():
            add(name, mesh.moved((float(axle[0]), 0.0, float(axle[1]))))
    bar, grips, grip_places = parts.bar_meshes(params, at)
    add("metal", bar)
    add("rubber", grips)
    seat, post = parts.saddle_mesh(at, float(params["saddle_width_m"]))
    add("saddle", seat)
    add("metal", post)
    drive, pedals = parts.chain_meshes(at, float(params["crank_rad"]))
    for name, mesh in drive.items():
        add(name, mesh)
    if style in ("city", "step_through") or str(params["guards"]) == "yes":
        add("guard", *_guards(at, radius, tyre))
    carried = str(params["basket"])
    if carried in ("rack", "rear"):
        add("chain", parts.rack(at, radius))
    if carried == "rear":
        add("basket", parts.basket(np.array([at.rear[0] - 0.02, 0.0, 2 * radius + 0.055]), (0.36, 0.30, 0.22)))
    if carried == "front":
        add("basket", parts.basket(np.array([at.bar[0] + 0.19, 0.0, at.bar[1] - 0.22]), (0.26, 0.36, 0.24)))
        add("chain", _basket_stay(at))
    lamps = _lamps(at, radius)
    add("lamp", _lamp_mesh(lamps["head_lamp"], 0.05))
    add("reflector", _lamp_mesh(lamps["tail_lamp"], -0.03))
    add("chain", _cables(at))
    if str(params["stand"]) == "yes":
        foot = [at.rear[0] + 0.22, 0.13, 0.012]
        add("metal", rods([[at.rear[0] + 0.30, 0.04, at.bottom[1]]], [foot], 0.008, 6))
    materials = _materials(params)
    pieces = [(join(meshes), materials[name]) for name, meshes in grouped.items()]
    saddle = at.saddle
    return assembled(
        "bicycle",
        params,
        pieces,
        attributes={"style": style, "basket": carried},
        keypoints={
            "front_wheel": (float(at.front[0]), 0.0, radius),
            "rear_wheel": (float(at.rear[0]), 0.0, radius),
            "front_centre": (float(at.front[0]) + radius, 0.0, radius),
            "rear_centre": (float(at.rear[0]) - radius, 0.0, radius),
            "handlebar_centre": (float(at.bar[0]), 0.0, float(at.bar[1])),
            "saddle": (float(saddle[0]) - 0.03, 0.0, float(saddle[1])),
            **grip_places,
            **pedals,
            "bottom_bracket": (float(at.bottom[0]), 0.0, float(at.bottom[1])),
            **lamps,
        },
    )


def _guards(at: parts.Joints, radius: float, tyre: float) -> list[Mesh]:
    reach, wide = radius + 0.018, tyre + 0.010
    front, rear = (float(at.front[0]), radius), (float(at.rear[0]), radius)
    stays = [([x, y * 0.06, radius], [x + reach * np.cos(t), y * 0.6 * wide, radius + reach * np.sin(t)])
             for (x, _), t in ((front, 2.9), (rear, 2.6)) for y in (-1, 1)]  # fmt: skip
    return [
        arc_guard(reach, wide, (0.9, 3.35), front),
        arc_guard(reach, wide, (0.45, 3.3), rear),
        rods(np.array([a for a, _ in stays]), np.array([b for _, b in stays]), 0.0025, 4),
    ]


def _lamps(at: parts.Joints, radius: float) -> dict[str, tuple[float, float, float]]:
    head = at.head_top + np.array([0.075, 0.02])
    return {
        "head_lamp": (float(head[0]) + 0.03, 0.0, float(head[1])),
        "tail_lamp": (float(at.seat[0]) - 0.05, 0.0, float(at.seat[1]) - 0.04),
    }


def _lamp_mesh(place: tuple[float, float, float], length: float) -> Mesh:
    x, y, z = place
    shell = rods([[x - length, y, z]], [[x, y, z]], 0.024 if length > 0 else 0.02, 12)
    return join([shell, rods([[x - 0.9 * length, y, z]], [[x - 1.9 * length, y, z - 0.01]], 0.007, 5)])


def _cables(at: parts.Joints) -> Mesh:
    """Brake cables that bow from the levers to the frame."""
    out = []
    for y, end in (
        (0.16, at.head_low + np.array([0.02, -0.03])),
        (-0.16, at.head_low + 0.3 * (at.bottom - at.head_low)),
    ):
        bar, head = at.bar, at.head_top
        path = bent_path(
            [
                [bar[0] + 0.03, y, bar[1]],
                [bar[0] + 0.13, 0.6 * y, bar[1] + 0.04],
                [head[0] + 0.11, 0.15 * y, head[1]],
                [float(end[0]), 0.1 * y, float(end[1])],
            ],
            0.15,
            4,
        )
        out.append(tube_along(path, 0.0027, 5))
    return join(out)


def _basket_stay(at: parts.Joints) -> Mesh:
    x, z = float(at.bar[0]), float(at.bar[1])
    starts = [[x, y, z] for y in (-0.08, 0.08)] + [[float(at.front[0]), y, float(at.front[1])] for y in (-0.062, 0.062)]
    ends = [[x + 0.10, y, z - 0.02] for y in (-0.08, 0.08)] + [[x + 0.22, y, z - 0.22] for y in (-0.10, 0.10)]
    return rods(np.array(starts), np.array(ends), 0.0035, 5)


def _materials(params: Mapping[str, Any]) -> dict[str, Material]:
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    colour = rgb(params["colour"])
    glow = 3000.0 if str(params["lit"]) == "on" else 0.0
    alloy = Material(
        name="metal", base_colour=opaque((0.50, 0.51, 0.52)), metallic=0.95, roughness=0.36,
        metallic_roughness_map=roughness_map(seed, 0.3),
    )  # fmt: skip
    guard = str(params["guard_colour"])
    saddle = {"black": (0.016, 0.016, 0.017), "brown": (0.14, 0.055, 0.02)}[str(params["saddle_colour"])]
    frame = Material(
        name="frame",
        base_colour_map=worn_paint(colour, seed, dirt=0.35 * dirt, scuff=0.8 * dirt, smears=0.2),
        roughness=0.42,
        metallic_roughness_map=roughness_map(seed, 0.2),
        clearcoat=1.0 - 0.5 * dirt,
        clearcoat_roughness=0.08,
    )
    return {
        "frame": frame,
        "metal": alloy,
        "rim": alloy
        if str(params["rims"]) == "bright"
        else Material(name="rim", base_colour=opaque((0.02, 0.02, 0.021)), roughness=0.4),
        "spoke": Material(name="spoke", base_colour=opaque((0.6, 0.6, 0.6)), metallic=1.0, roughness=0.3),
        "tyre": tyre_material(dirt, seed),
        "rubber": Material(
            name="rubber", base_colour=opaque((0.02, 0.02, 0.021) if guard != "chrome" else saddle), roughness=0.8
        ),
        "saddle": Material(
            name="saddle", base_colour=opaque(saddle), roughness=0.5, metallic_roughness_map=roughness_map(seed, 0.3)
        ),
        "chain": Material(name="chain", base_colour=opaque((0.06, 0.055, 0.05)), metallic=0.6, roughness=0.5),
        "guard": {
            "chrome": CHROME,
            "black": Material(name="guard", base_colour=opaque((0.02, 0.02, 0.02)), roughness=0.4),
        }.get(guard, frame),
        "basket": Material(name="basket", base_colour=opaque((0.04, 0.04, 0.042)), metallic=0.3, roughness=0.45),
        "lamp": Material(
            name="lamp", base_colour=opaque((0.5, 0.5, 0.5)), roughness=0.15, clearcoat=1.0, emissive=(glow, glow, glow)
        ),
        "reflector": Material(
            name="reflector",
            base_colour=opaque((0.40, 0.01, 0.01)),
            roughness=0.2,
            clearcoat=1.0,
            emissive=(0.1 * glow, 0.004 * glow, 0.004 * glow),
        ),
    }


BICYCLE = ProceduralAsset(
    name="bicycle",
    kind="model",
    category="bicycle",
    tags=("street", "vehicle", "road", "cycle", "sport", "outdoor"),
    size_m=1.8,
    description="A city, step-through, road or mountain bicycle, with mudguards, rack, basket and lamps on some.",
    parameters={
        "style": Choice(("city", "step_through", "road", "mountain"), "city", (0.3, 0.25, 0.2, 0.25)),
        "frame_m": Number(0.46, 0.60, 0.54, "m"),
        "saddle_m": Number(0.66, 0.78, 0.71, "m"),
        "bar": Choice(("swept", "flat", "drop"), "swept", (0.4, 0.4, 0.2)),
        "bar_width_m": Number(0.54, 0.72, 0.62, "m"),
        "bar_rise_m": Number(0.0, 0.08, 0.03, "m"),
        "crank_rad": Number(0.0, 6.283, 0.6),
        "spokes": Integer(24, 36, 32),
        "saddle_width_m": Number(0.14, 0.21, 0.17, "m"),
        "saddle_colour": Choice(("black", "brown"), "black", (0.7, 0.3)),
        "guards": Choice(("no", "yes"), "no", (0.75, 0.25)),
        "guard_colour": Choice(("black", "chrome", "frame"), "black", (0.45, 0.2, 0.35)),
        "basket": Choice(("none", "rack", "front", "rear"), "none", (0.45, 0.25, 0.2, 0.1)),
        "rims": Choice(("bright", "black"), "bright", (0.6, 0.4)),
        "stand": Choice(("no", "yes"), "yes"),
        "colour": Colour(
            (
                (0.012, 0.012, 0.014),
                (0.03, 0.08, 0.30),
                (0.42, 0.012, 0.012),
                (0.02, 0.13, 0.06),
                (0.62, 0.61, 0.58),
                (0.25, 0.26, 0.27),
                (0.65, 0.16, 0.01),
                (0.12, 0.35, 0.38),
                (0.50, 0.36, 0.20),
                (0.65, 0.45, 0.02),
                (0.24, 0.02, 0.13),
            ),
            0.15,
        ),
        "lit": Choice(("off", "on"), "off", (0.8, 0.2)),
        "dirt": Number(0.0, 1.0, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "frame",
        "tyre",
        "rim",
        "spoke",
        "metal",
        "rubber",
        "saddle",
        "chain",
        "guard",
        "chrome",
        "basket",
        "lamp",
        "reflector",
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
        "bottom_bracket",
        "head_lamp",
        "tail_lamp",
    ),
)
