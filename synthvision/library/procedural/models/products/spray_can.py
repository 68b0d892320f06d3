"""A spray can: paint, deodorant or cleaner; tinplate or aluminium, with a nozzle or under its cap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.closures import lathe
from synthvision.library.procedural.models.products.finishes import (
    ALUMINIUM,
    STEEL,
    front_forward,
    metal,
    plastic,
    round_print,
)
from synthvision.library.procedural.prints.labels import DESIGNS
from synthvision.library.procedural.shapes.deformation import Dent, dented
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import roughness_map

__all__ = ["SPRAY_CAN"]

SEGMENTS = 40
DIAMETERS_M = (0.045, 0.053, 0.057, 0.0657)
"""Usual diameters of aerosol cans (FEA 215 and others)."""


def _build(params: Mapping[str, Any]) -> Model:
    radius = DIAMETERS_M[int(params["diameter"])] / 2
    tall = 2 * radius * float(params["slimness"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    steel = str(params["body"]) == "steel"
    neck = 0.0135
    dome = 0.42 * radius
    foot = filleted(
        [
            (0.0, 0.012),
            (0.7 * radius, 0.006),
            (radius - 0.003, 0.0),
            (radius + (0.001 if steel else -0.001), 0.0),
            (radius + (0.001 if steel else -0.0002), 0.004),
            (radius, 0.0048),
        ],
        [0.0, 0.01, 0.001, 0.0012, 0.0012, 0.0],
    )
    side = filleted([(radius, 0.0048), (radius, tall)], 0.0).refined(0.012)
    shoulder = [
        (radius, tall),
        (radius + 0.0012, tall + 0.001),
        (radius + 0.0012, tall + 0.004),
        (radius - 0.001, tall + 0.005),
    ]
    if not steel:
        shoulder = [(radius, tall), (radius - 0.0008, tall + 0.004)]
    cup = tall + 0.005 + dome
    shoulder += [
        (0.72 * radius, tall + 0.005 + 0.62 * dome),
        (neck + 0.001, cup - 0.001),
        (neck + 0.0022, cup + 0.0005),
        (neck + 0.0022, cup + 0.0035),
        (neck - 0.001, cup + 0.0035),
        (neck - 0.002, cup - 0.001),
        (0.006, cup - 0.001),
        (0.005, cup + 0.004),
        (0.0, cup + 0.004),
    ]
    radii = [0.0, *([0.001] * (len(shoulder) - 2)), 0.0]
    radii[-9] = 0.5 * radius
    top = revolve(filleted(shoulder, radii, step_rad=0.5), SEGMENTS)
    dents = _dents(float(params["dent_m"]), seed, radius, tall)
    wall = dented(revolve(side, SEGMENTS), dents)
    art = round_print(design, 256, 1 if tall > 3.2 * radius else 2, seed, round(2 * float(params["dirt"])) / 2)
    shiny = str(params["finish"]) == "metallic"
    printed = Material(
        name="body",
        base_colour_map=art,
        metallic=0.8 if shiny else 0.0,
        roughness=0.38,
        metallic_roughness_map=roughness_map(seed, 0.4),
        clearcoat=0.5,
        clearcoat_roughness=0.12,
    )
    bare = metal("metal", STEEL if steel else ALUMINIUM, 0.34, seed)
    pieces: list[tuple[Mesh, Material]] = [
        (join([revolve(foot, SEGMENTS), top]), bare),
        (front_forward(wall, 1 if tall > 3.2 * radius else 2), printed),
    ]
    cap = plastic("cap", rgb(params["cap_colour"]), 0.36, seed)
    if str(params["top"]) == "cap":
        pieces.append((_cap(radius, neck, tall, cup, str(params["cap_style"])), cap))
        high = float(pieces[-1][0].positions_n3[:, 2].max())
        nozzle = (0.0, 0.0, high)
    else:
        pieces += [(_button(cup), cap), (_orifice(cup), plastic("orifice", (0.35, 0.02, 0.015), 0.4))]
        high, nozzle = cup + 0.019, (0.0065, 0.0, cup + 0.0125)
    return assembled(
        "spray_can",
        params,
        pieces,
        attributes={"material": "metal", "top": str(params["top"])},
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, high), "nozzle": nozzle},
    )


def _dents(depth: float, seed: int, radius: float, tall: float) -> list[Dent]:
    if depth < 0.0012:
        return []
    rng = rng_for(seed, 0, "spray_can.dents")
    dents = []
    for angle, z, size in zip(rng.uniform(0, 6.28, 2), rng.uniform(0.4, 0.6, 2), rng.uniform(0.3, 0.5, 2), strict=True):
        c, s = float(np.cos(angle)), float(np.sin(angle))
        reach = float(size) * radius
        dents.append(
            Dent((radius * c, radius * s, float(z) * tall), (-depth * c, -depth * s, 0.0), (reach, reach, reach))
        )
    return dents


def _cap(radius: float, neck: float, tall: float, cup: float, style: str) -> Mesh:
    """A plastic cap over the dome, as wide as the can, or a small one on the valve cup."""
    if style == "wide":
        low, high = tall + 0.0052, cup + 0.024
        wide = radius - 0.0004
        return lathe([(0.0, low), (wide, low), (0.965 * wide, high), (0.0, high + 0.0005)], SEGMENTS, 0.004)
    low, high = cup - 0.0005, cup + 0.026
    wide = neck + 0.0045
    return lathe(
        [
            (0.0, low),
            (wide, low),
            (wide, low + 0.004),
            (wide - 0.0012, low + 0.0045),
            (0.93 * wide, high - 0.006),
            (0.8 * wide, high),
            (0.0, high),
        ],
        SEGMENTS,
        0.0016,
    )


def _button(cup: float) -> Mesh:
    """The spray head: a stem, a skirt and a slanting finger rest."""
    head = lathe(
        [
            (0.0, cup + 0.003),
            (0.0062, cup + 0.003),
            (0.0066, cup + 0.0055),
            (0.0064, cup + 0.018),
            (0.0045, cup + 0.019),
            (0.0, cup + 0.0172),
        ],
        28,
        0.0012,
    )
    slope = 0.18 * head.positions_n3[:, 0] * np.clip((head.positions_n3[:, 2] - cup - 0.012) / 0.006, 0.0, 1.0)
    return Mesh(
        head.positions_n3 + np.stack([0 * slope, 0 * slope, -slope], axis=1),
        head.normals_n3,
        head.uvs_n2,
        head.triangles_m3,
    )


def _orifice(cup: float) -> Mesh:
    disc = lathe(
        [(0.0, 0.0), (0.0024, 0.0), (0.0022, 0.0016), (0.0008, 0.0016), (0.0006, 0.0008), (0.0, 0.0008)], 16, 0.0003
    )
    return disc.turned(turn_about("y", np.pi / 2)).moved((0.0055, 0.0, cup + 0.0125))


SPRAY_CAN = ProceduralAsset(
    name="spray_can",
    kind="model",
    category="spray_can",
    tags=("table", "waste", "packaging", "metal", "container", "paint"),
    size_m=0.2,
    description="An aerosol can with a domed top, its spray head or cap, printed, dented and scuffed.",
    parameters={
        "diameter": Integer(0, 3, 3),
        "slimness": Number(2.1, 3.9, 2.9),
        "body": Choice(("steel", "aluminium"), "steel", (0.65, 0.35)),
        "finish": Choice(("gloss", "metallic"), "gloss"),
        "design": Integer(0, DESIGNS - 1, 1),
        "top": Choice(("nozzle", "cap"), "nozzle", (0.6, 0.4)),
        "cap_style": Choice(("wide", "narrow"), "wide", (0.6, 0.4)),
        "cap_colour": Colour(
            ((0.75, 0.75, 0.73), (0.02, 0.02, 0.022), (0.55, 0.02, 0.015), (0.02, 0.1, 0.4), (0.7, 0.3, 0.01)), 0.1
        ),
        "dent_m": Number(0.0, 0.006, 0.0, "m"),
        "dirt": Number(0.0, 0.8, 0.2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("metal", "body", "cap", "orifice"),
    keypoints=("base", "top", "nozzle"),
)
