"""A fire extinguisher: steel cylinder, valve with levers and pin, gauge, hose and nozzle, printed instructions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, print_on, rubber
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["FIRE_EXTINGUISHER"]

SEGMENTS = 32


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    wear, dirt = float(params["wear"]), float(params["dirt"])
    agent = str(params["agent"])
    radius, tall = float(params["radius_m"]), float(params["body_m"])
    slim = agent == "co2"
    if slim:
        radius *= 0.85
    dome = radius * (1.25 if slim else 0.7)
    foot = 0.02
    shoulder = tall - dome
    neck = 0.02 if not slim else 0.024
    profile = filleted(
        [
            (0.0, 0.018),
            (0.86 * radius, 0.018),
            (0.86 * radius, 0.0),
            (0.99 * radius, 0.0),
            (0.99 * radius, foot),
            (radius, foot + 0.004),
            (radius, shoulder),
            (0.72 * radius, shoulder + 0.72 * dome),
            (neck, tall - 0.006),
            (neck, tall + 0.012),
            (0.0, tall + 0.012),
        ],
        [0.0, 0.003, 0.004, 0.004, 0.001, 0.001, 0.55 * radius, 0.7 * radius, 0.01, 0.002, 0.0],
    )
    body = revolve(profile.refined(0.09), SEGMENTS, v_per_metre=1.0).placed_uvs((2 * np.pi * radius, 1.0))
    valve, levers, pin = _valve(tall + 0.012, slim)
    hose, tip, nozzle_end = _hose(params, radius, tall, slim)
    gauge_face, gauge_ring = _gauge(tall + 0.035)
    half = float(params["label_share"])
    label = revolve(
        filleted(
            [
                (radius + 0.0005, 0.16 * tall),
                (radius + 0.0005, min(0.94 * shoulder, 0.16 * tall + 2.2 * radius * half * 1.2)),
            ],
            0.0,
        ).refined(0.05),
        14,
        arc_rad=(-half, half),
    )
    lever_kind = str(params["lever_material"])
    lever_material = (
        plastic("levers", (0.03, 0.03, 0.031), seed, dirt=dirt)
        if lever_kind == "plastic"
        else metal("levers", lever_kind, seed, dirt=dirt)
    )
    pieces: list[tuple[Mesh, Material]] = [
        (
            in_tiles(body, seed),
            painted("body", rgb(params["colour"]), seed, wear=wear, dirt=dirt, roughness=0.3, coat=0.6),
        ),
        (in_tiles(valve), metal("valve", "brass", seed, dirt=dirt)),
        (in_tiles(levers), lever_material),
        (in_tiles(join([pin, gauge_ring])), metal("pin", "brushed", seed, dirt=dirt)),
        (in_tiles(hose), rubber("hose", seed, dirt=dirt)),
        (in_tiles(tip), plastic("nozzle", (0.028, 0.028, 0.03), seed, dirt=dirt)),
        (label, print_on("label", _label(agent, int(params["design"])), roughness=0.35)),
    ]
    if not slim:
        pieces.append((gauge_face, print_on("gauge", _gauge_texture(), roughness=0.2)))
    bracket = str(params["stand"])
    if bracket == "ring":
        pieces.append((in_tiles(_stand(radius)), metal("stand", "brushed", seed, dirt=dirt)))
    top = tall + 0.085
    return assembled(
        "fire_extinguisher",
        params,
        pieces,
        attributes={"agent": agent},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "valve": (0.0, 0.0, tall + 0.03),
            "handle": (-0.07, 0.0, top - 0.03),
            "nozzle": nozzle_end,
            "front_middle": (radius, 0.0, 0.5 * shoulder),
        },
    )


def _valve(z: float, slim: bool) -> tuple[Mesh, Mesh, Mesh]:
    """Brass block, the two levers to the back, the safety pin with its ring."""
    block = filleted(
        [
            (0.0, z - 0.002),
            (0.021, z - 0.002),
            (0.021, z + 0.012),
            (0.016, z + 0.014),
            (0.016, z + 0.05),
            (0.0, z + 0.05),
        ],
        0.002,
    )
    outlet = rods(
        [(0.0, 0.0, z + 0.022), (0.0, 0.0, z + 0.03)], [(0.0, 0.045, z + 0.022), (0.034, 0.0, z + 0.03)], 0.0105, 10
    )
    boxes = BoxSet(rng_for(0, 0, "fire_extinguisher.levers"))
    long = 0.13 if not slim else 0.15
    for side in (-1, 1):
        boxes.add((long, 0.003, 0.02), (-long / 2 + 0.012, side * 0.012, z + 0.045), "x", turn_about("y", 0.0))
        boxes.add((long + 0.01, 0.003, 0.016), (-long / 2 + 0.012, side * 0.009, z + 0.083), "x", turn_about("y", 0.17))
    boxes.add((long, 0.026, 0.003), (-long / 2 + 0.012, 0.0, z + 0.036))
    boxes.add((long + 0.01, 0.02, 0.003), (-long / 2 + 0.012, 0.0, z + 0.091), "x", turn_about("y", 0.17))
    ring_angle = np.arange(14) * 2 * np.pi / 14
    ring = np.stack([0.013 * np.cos(ring_angle), np.full(14, -0.032), 0.013 * np.sin(ring_angle)], axis=1) + np.array(
        [
            0.002,
            0.0,
            z + 0.05,
        ]
    )
    pin = join(
        [
            rods([(0.002, -0.03, z + 0.062)], [(0.002, 0.022, z + 0.062)], 0.0025, 6),
            tube_along(ring, 0.0016, 5, closed=True),
        ]
    )
    return join([revolve(block, 16).placed_uvs((0.1, 0.1)), outlet]), boxes.mesh(0.001), pin


def _gauge(z: float) -> tuple[Mesh, Mesh]:
    """The dial at the front of the valve."""
    turn = turn_about("y", np.pi / 2)
    rim = revolve(
        filleted(
            [(0.0, 0.0), (0.0155, 0.0), (0.0155, 0.009), (0.0125, 0.009), (0.0125, 0.0065), (0.0, 0.0065)], 0.0008
        ),
        18,
    )
    disc = revolve(filleted([(0.0122, 0.0075), (0.0, 0.0075)], 0.0), 18)
    flat = disc.positions_n3[:, :2] / 0.0244
    face = disc.with_uvs(np.stack([0.5 + flat[:, 1], 0.5 + flat[:, 0]], axis=1))
    return face.turned(turn).moved((0.034, 0.0, z)), rim.placed_uvs((0.1, 0.1)).turned(turn).moved((0.034, 0.0, z))


@lru_cache(maxsize=1)
def _gauge_texture() -> Texture:
    canvas = Canvas(64, 64, (245, 245, 240))
    for start, stop, ink in ((-2.4, -0.8, (205, 30, 25)), (-0.8, 0.7, (40, 160, 60)), (0.7, 2.0, (205, 30, 25))):
        angle = np.linspace(start, stop, 12) - np.pi / 2
        canvas.line(np.stack([32 + 21 * np.cos(angle), 32 + 21 * np.sin(angle)], axis=1), 9, ink)
    canvas.line([(32, 32), (36, 14)], 2.5, (15, 15, 15))
    canvas.disc((32, 32), 4, (15, 15, 15))
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _hose(
    params: Mapping[str, Any], radius: float, tall: float, slim: bool
) -> tuple[Mesh, Mesh, tuple[float, float, float]]:
    """Hose from the valve's side down along the cylinder, and what sprays: a nozzle or the horn of a CO2 type."""
    z = tall + 0.034
    reach = radius + 0.022
    end = tall * float(params["hose_share"])
    if slim and str(params["horn"]) == "short":
        points = [(0.0, 0.03, z), (0.01, 0.09, z + 0.002), (0.05, 0.13, z - 0.03)]
        hose = tube_along(bent_path(points, 0.05, 4), 0.011, 8)
        start, stop = np.array([0.045, 0.125, z - 0.022]), np.array([0.1, 0.19, z - 0.15])
    else:
        points = [
            (0.0, 0.03, z),
            (0.0, 0.075, z + 0.008),
            (0.0, reach + 0.02, z - 0.05),
            (0.0, reach, tall * 0.8),
            (0.0, reach, end),
        ]
        hose = tube_along(bent_path(points, 0.09, 5), 0.0105, 8)
        start, stop = (
            np.array([0.0, reach, end + 0.01]),
            np.array([0.0, reach + (0.02 if slim else 0.0), end - (0.24 if slim else 0.08)]),
        )
    stop[2] = max(float(stop[2]), 0.02)
    path = start + (stop - start) * np.linspace(0, 1, 5)[:, None]
    wide = np.array([1.0, 1.25, 1.9, 2.7, 3.3]) if slim else np.array([1.35, 1.4, 1.2, 0.9, 0.8])
    tip = tube_along(path, 0.0125, 12, scale_k=wide)
    return hose, tip, (float(stop[0]), float(stop[1]), float(stop[2]))


def _stand(radius: float) -> Mesh:
    """A floor stand: a ring around the foot, a cross of rods and a tall handle behind."""
    angle = np.arange(24) * 2 * np.pi / 24
    reach = radius + 0.016
    rings = [
        tube_along(
            np.stack([reach * np.cos(angle), reach * np.sin(angle), np.full(24, z)], axis=1), 0.005, 6, closed=True
        )
        for z in (0.012, 0.2)
    ]
    posts = rods([(-reach, s * 0.02, 0.012) for s in (-1, 1)], [(-reach, s * 0.02, 0.6) for s in (-1, 1)], 0.005, 6)
    legs = rods(
        [(-reach - 0.05, 0.0, 0.006), (0.0, -reach - 0.05, 0.006)],
        [(reach + 0.05, 0.0, 0.006), (0.0, reach + 0.05, 0.006)],
        0.0055,
        6,
    )
    cap = rods([(-reach, -0.024, 0.6)], [(-reach, 0.024, 0.6)], 0.0055, 6)
    return join([*rings, posts, legs, cap])


@lru_cache(maxsize=12)
def _label(agent: str, design: int) -> Texture:
    band = {"powder": (30, 70, 160), "foam": (236, 214, 160), "co2": (20, 20, 22), "water": (200, 26, 22)}[agent]
    canvas = Canvas(224, 256, (248, 246, 238))
    canvas.rectangle(0, 0, 224, 44, band)
    light = sum(band) > 500
    canvas.text(
        {"powder": "POWDER", "foam": "FOAM", "co2": "CO2", "water": "WATER"}[agent],
        (112, 22),
        22,
        (20, 20, 20) if light else (250, 250, 250),
        TypeStyle(weight=0.12),
    )
    canvas.text(invented_name(design, "fire_extinguisher").upper(), (112, 60), 12, (180, 20, 20), TypeStyle(weight=0.1))
    for row in range(3):
        y = 78 + row * 36
        canvas.rectangle(14, y, 74, y + 30, (255, 255, 255))
        canvas.line([(14, y), (74, y), (74, y + 30), (14, y + 30)], 1.5, (30, 30, 30), closed=True)
        canvas.disc((34, y + 12), 6, (200, 30, 24))
        canvas.line([(38, y + 18), (60, y + 22)], 4, (40, 40, 40))
        canvas.text(
            ("1  PULL PIN", "2  AIM LOW", "3  SQUEEZE")[row], (148, y + 8), 9, (20, 20, 20), TypeStyle(weight=0.08)
        )
        canvas.rectangle(96, y + 18, 204, y + 21, (120, 120, 120))
        canvas.rectangle(96, y + 25, 180, y + 28, (120, 120, 120))
    for column, letter in enumerate("AB" if agent != "co2" else "BC"):
        canvas.rectangle(24 + 62 * column, 192, 74 + 62 * column, 242, (205, 30, 24))
        canvas.text(letter, (49 + 62 * column, 217), 26, (255, 255, 255), TypeStyle(weight=0.15))
    canvas.text(f"{2 + design % 3 * 2} kg", (184, 217), 18, (20, 20, 20), TypeStyle(weight=0.1))
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


FIRE_EXTINGUISHER = ProceduralAsset(
    name="fire_extinguisher",
    kind="model",
    category="fire_extinguisher",
    tags=("safety", "warehouse", "room", "storage", "red"),
    size_m=0.55,
    description="A fire extinguisher with valve, pin, gauge, hose and instructions; powder, foam, water or CO2.",
    parameters={
        "agent": Choice(("powder", "foam", "co2", "water"), "powder", (0.4, 0.25, 0.2, 0.15)),
        "radius_m": Number(0.055, 0.098, 0.08, "m"),
        "body_m": Number(0.34, 0.6, 0.46, "m"),
        "label_share": Number(0.7, 1.15, 0.95),
        "hose_share": Number(0.2, 0.5, 0.3),
        "horn": Choice(("short", "hose"), "short"),
        "lever_material": Choice(("brushed", "plastic", "black"), "brushed"),
        "stand": Choice(("none", "ring"), "none", (0.8, 0.2)),
        "colour": Colour(((0.55, 0.012, 0.01), (0.55, 0.012, 0.01), (0.48, 0.014, 0.014)), 0.12),
        "design": Integer(0, 2, 0),
        "wear": Number(0.0, 0.8, 0.2),
        "dirt": Number(0.0, 0.7, 0.2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "valve", "levers", "pin", "hose", "nozzle", "label", "gauge", "stand"),
    keypoints=("base", "valve", "handle", "nozzle", "front_middle"),
)
