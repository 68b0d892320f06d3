"""A forklift: counterbalanced truck with mast, forks, overhead guard, seat and four wheels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, print_on, rubber, soiled
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.centring import centred_along_x
from synthvision.library.procedural.models.storage import forklift_parts as parts
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.shapes.sheets import rectangle

__all__ = ["FORKLIFT"]


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "forklift.parts")
    wear, dirt = float(params["wear"]), float(params["dirt"])
    size = parts.TruckSize(
        tail_m=float(params["tail_m"]),
        width_m=float(params["width_m"]),
        guard_m=float(params["guard_m"]),
        mast_m=float(params["mast_m"]),
        lift_m=float(params["lift_m"]),
        tilt_rad=float(np.radians(float(params["tilt_deg"]))),
        fork_m=float(params["fork_m"]),
        spread_m=float(params["spread_m"]),
    )
    colour = rgb(params["colour"])
    paint = painted("body", colour, seed, wear=wear, dirt=dirt, roughness=0.38, coat=0.5)
    weight_colour = colour if str(params["weight_colour"]) == "as_body" else (0.045, 0.046, 0.05)
    dark = painted("mast", (0.035, 0.035, 0.037), seed + 1, wear=wear, dirt=dirt, roughness=0.5)
    black = plastic("cabin", (0.035, 0.035, 0.036), seed, dirt=dirt, roughness=0.6)
    bodywork, cabin = parts.chassis(size, rng)
    steel, bright, carriage = parts.mast(size, rng)
    blades, tips = parts.forks(size)
    tyres, rims = parts.wheels(size)
    shells, head, back = parts.lamps(size)
    lit = str(params["lit"]) == "on"
    pieces: list[tuple[Mesh, Material]] = [
        (soiled(in_tiles(bodywork, seed), 0.2, 0.8, dirt), paint),
        (
            soiled(in_tiles(parts.counterweight(size), seed), 0.2, 0.9, dirt),
            painted("counterweight", weight_colour, seed + 2, wear=wear, dirt=dirt, roughness=0.4, coat=0.4),
        ),
        (in_tiles(join([cabin, shells]), seed), black),
        (in_tiles(parts.guard(size), seed), dark),
        (in_tiles(join([steel, carriage]), seed), dark),
        (in_tiles(bright), metal("cylinders", "chrome", seed, dirt=0.5 * dirt)),
        (in_tiles(blades), metal("forks", "black" if wear < 0.5 else "steel", seed, dirt=dirt)),
        (in_tiles(parts.seat()), plastic("seat", (0.03, 0.031, 0.034), seed, dirt=dirt, roughness=0.55, grain=2.0)),
        (soiled(in_tiles(tyres, seed), 0.0, 0.3, dirt), rubber("tyres", seed, dirt=dirt)),
        (in_tiles(rims, seed), painted("rims", rgb(params["rim_colour"]), seed, wear=wear, dirt=dirt)),
        (in_tiles(head), _lamp("headlights", (0.75, 0.76, 0.78), (9000.0, 8600.0, 7600.0), lit)),
        (in_tiles(back), _lamp("signals", (0.75, 0.2, 0.01), (1800.0, 500.0, 20.0), lit)),
        (_stickers(size), print_on("stickers", _sticker_texture(int(params["design"])))),
    ]
    if str(params["fuel"]) == "gas":
        bottle, straps = _gas_bottle(size)
        pieces.append((in_tiles(bottle, seed), painted("gas_bottle", (0.5, 0.5, 0.49), seed, wear=wear, dirt=dirt)))
        pieces.append((in_tiles(straps), black))
    half = size.width_m / 2 - 0.1
    points = {
        "fork_tip_left": tips[0],
        "fork_tip_right": tips[1],
        "mast_top": (parts.FRONT_X + 0.2, 0.0, size.mast_m),
        "guard_top": (-0.06, 0.0, size.guard_m),
        "seat": (-0.15, 0.0, 1.1),
        "steering_wheel": (0.33, 0.05, 1.14),
        "wheel_front_left": (0.52, half, 0.33),
        "wheel_front_right": (0.52, -half, 0.33),
        "wheel_back_left": (-size.tail_m + 0.42, half, 0.265),
        "wheel_back_right": (-size.tail_m + 0.42, -half, 0.265),
        "tail": (-size.tail_m, 0.0, 0.6),
    }
    pieces, keypoints = centred_along_x(pieces, points)
    return assembled(
        "forklift",
        params,
        pieces,
        attributes={
            "fuel": str(params["fuel"]),
            "forks": "raised" if size.lift_m > 0.3 else "low",
            "lit": "yes" if lit else "no",
        },
        keypoints=keypoints,
    )


def _lamp(name: str, colour: tuple[float, float, float], light: tuple[float, float, float], lit: bool) -> Material:
    return Material(
        name=name, base_colour=(*colour, 1.0), roughness=0.12, clearcoat=1.0, emissive=light if lit else (0.0, 0.0, 0.0)
    )


def _gas_bottle(size: parts.TruckSize) -> tuple[Mesh, Mesh]:
    """The propane bottle that lies across the counterweight, and what holds it."""
    profile = filleted(
        [
            (0.0, -0.36),
            (0.12, -0.36),
            (0.155, -0.28),
            (0.155, 0.28),
            (0.11, 0.36),
            (0.06, 0.37),
            (0.06, 0.43),
            (0.0, 0.43),
        ],
        [0.0, 0.05, 0.08, 0.08, 0.05, 0.01, 0.01, 0.0],
        step_rad=0.5,
    )
    place = (-size.tail_m + 0.32, 0.0, 1.19)
    bottle = (
        revolve(profile, 14, v_per_metre=1.0).placed_uvs((0.97, 1.0)).turned(turn_about("x", np.pi / 2)).moved(place)
    )
    x, _, z = place
    starts = [(x - 0.16, y, 0.98) for y in (-0.2, 0.2)] + [(x + 0.16, y, 0.98) for y in (-0.2, 0.2)]
    ends = [(x - 0.14, y, z) for y in (-0.2, 0.2)] + [(x + 0.14, y, z) for y in (-0.2, 0.2)]
    return bottle, rods(starts, ends, 0.018, 6)


def _stickers(size: parts.TruckSize) -> Mesh:
    """Names on both sides of the chassis and the rating on the counterweight's back."""
    meshes = []
    half = size.width_m / 2 - 0.1 + 0.033
    for side in (-1, 1):
        turn = turn_about("z", 0.0 if side < 0 else np.pi) @ turn_about("x", np.pi / 2)
        sheet = rectangle(0.55, 0.15).with_uvs(np.array([(0, 0.5), (1, 0.5), (0, 0), (1, 0)], np.float64))
        meshes.append(sheet.turned(turn).moved((-0.2, side * half, 0.375)))
    return join(meshes)


@lru_cache(maxsize=6)
def _sticker_texture(design: int) -> Texture:
    ground = ((24, 24, 26), (240, 238, 232), (170, 24, 20))[design % 3]
    ink = ((245, 190, 20), (20, 30, 60), (245, 245, 245))[design % 3]
    canvas = Canvas(256, 128, ground)
    name = invented_name(design, "forklift.name").upper()
    canvas.text(name, (100, 34), 30, ink, TypeStyle(weight=0.12, slant=0.15), max_width=170)
    canvas.text(str(15 + 5 * (design % 4)), (222, 34), 28, ink, TypeStyle(weight=0.14))
    canvas.rectangle(10, 56, 246, 59, ink)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


FORKLIFT = ProceduralAsset(
    name="forklift",
    kind="model",
    category="forklift",
    tags=("vehicle", "warehouse", "storage", "machine", "industrial", "lift_truck"),
    size_m=3.2,
    description="A counterbalanced forklift with mast, forks at any height, overhead guard, seat and four wheels.",
    parameters={
        "tail_m": Number(1.0, 1.3, 1.15, "m"),
        "width_m": Number(1.04, 1.25, 1.12, "m"),
        "guard_m": Number(2.0, 2.25, 2.12, "m"),
        "mast_m": Number(1.95, 2.5, 2.1, "m"),
        "lift_m": Number(0.02, 1.6, 0.15, "m"),
        "tilt_deg": Number(0.0, 7.0, 2.0, "deg"),
        "fork_m": Number(0.9, 1.2, 1.1, "m"),
        "spread_m": Number(0.36, 0.8, 0.56, "m"),
        "colour": Colour(
            (
                (0.8, 0.42, 0.01),
                (0.8, 0.42, 0.01),
                (0.75, 0.16, 0.01),
                (0.5, 0.03, 0.02),
                (0.1, 0.3, 0.08),
                (0.55, 0.56, 0.55),
                (0.02, 0.12, 0.35),
            ),
            0.1,
        ),
        "weight_colour": Choice(("dark", "as_body"), "dark"),
        "rim_colour": Colour(((0.6, 0.6, 0.58), (0.75, 0.4, 0.02), (0.04, 0.04, 0.04)), 0.1),
        "fuel": Choice(("gas", "electric"), "gas"),
        "lit": Choice(("off", "on"), "off"),
        "design": Integer(0, 5, 0),
        "wear": Number(0.0, 1.0, 0.4),
        "dirt": Number(0.0, 0.8, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "body",
        "counterweight",
        "cabin",
        "mast",
        "cylinders",
        "forks",
        "seat",
        "tyres",
        "rims",
        "headlights",
        "signals",
        "stickers",
        "gas_bottle",
    ),
    keypoints=(
        "fork_tip_left",
        "fork_tip_right",
        "mast_top",
        "guard_top",
        "seat",
        "steering_wheel",
        "wheel_front_left",
        "wheel_front_right",
        "wheel_back_left",
        "wheel_back_right",
        "tail",
    ),
)
