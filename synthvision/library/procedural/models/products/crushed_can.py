"""A crushed drinks can: stamped flat from above, trodden on from the side, or twisted in the hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.household.can_lids import drink_lid_maps, pull_tab
from synthvision.library.procedural.models.products.finishes import ALUMINIUM, front_forward, metal, round_print
from synthvision.library.procedural.prints.labels import DESIGNS
from synthvision.library.procedural.shapes.crushing import (
    Move,
    bending,
    buckling,
    composed,
    crumpling,
    crushed,
    flattening,
    pinching,
    twisting,
)
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, stacked
from synthvision.library.procedural.shapes.mesh import Mesh, turn_about
from synthvision.library.procedural.wear import roughness_map

__all__ = ["CRUSHED_CAN"]

SEGMENTS = 44
SIZES_M = {"regular": (0.0662, 0.1152), "tall": (0.0662, 0.168), "sleek": (0.0577, 0.1455), "slim": (0.053, 0.134)}
"""Diameter and height of 330 ml, 500 ml, sleek 330 ml and slim 250 ml cans."""


def _build(params: Mapping[str, Any]) -> Model:
    diameter, tall = SIZES_M[str(params["size"])]
    radius, seam = diameter / 2, 0.4 * diameter
    seed, design = int(params["wear_seed"]), int(params["design"])
    moves = _moves(params, seed, radius, tall)
    foot = [
        (0.3 * radius, 0.0085),
        (0.66 * radius, 0.005),
        (0.7 * radius, 0.0),
        (0.76 * radius, 0.0),
        (radius - 0.005, 0.0055),
        (radius, 0.0125),
    ]
    rows = np.linspace(0.0125, tall - 0.0155, round(tall / 0.0038))
    neck = [(radius - 0.0008, tall - 0.0125), (0.5 * (radius + seam), tall - 0.008), (seam - 0.001, tall - 0.0042)]
    lid = [
        (seam - 0.001, tall - 0.0042),
        (seam, tall - 0.003),
        (seam + 0.0002, tall),
        (seam - 0.0024, tall),
        (seam - 0.0036, tall - 0.008),
        (seam - 0.0056, tall - 0.008),
        (seam - 0.0062, tall - 0.006),
        (0.5 * seam, tall - 0.006),
        (0.2 * seam, tall - 0.006),
    ]
    wall = loft(
        stacked([(circle_ring(r, SEGMENTS), z) for r, z in [*((radius, float(z)) for z in rows), *neck]]),
        cap_first=False,
        cap_last=False,
    )
    bottom = loft(stacked([(circle_ring(r, SEGMENTS), z) for r, z in foot]), cap_last=False)
    top = loft(stacked([(circle_ring(r, SEGMENTS), z) for r, z in lid]), cap_first=False)
    plan = top.positions_n3[:, :2] * [0.5 / seam, -0.5 / seam] + 0.5
    fronts = 2 if tall < 0.15 else 1
    shiny = str(params["finish"]) == "metallic"
    printed = Material(
        name="body",
        base_colour_map=round_print(design, 256, fronts, seed, round(2 * float(params["dirt"])) / 2),
        metallic=0.9 if shiny else 0.35,
        roughness=0.34,
        metallic_roughness_map=roughness_map(seed, 0.45),
        clearcoat=0.4,
        clearcoat_roughness=0.15,
    )
    colours, normals, rough = drink_lid_maps(True)
    lid_metal = Material(
        name="lid",
        base_colour=(*ALUMINIUM, 1.0),
        base_colour_map=colours,
        metallic=1.0,
        roughness=0.45,
        metallic_roughness_map=rough,
        normal_map=normals,
    )
    tab = pull_tab(seam * 0.84, lifted=str(params["tab"]) == "lifted").moved((0.0, 0.0, tall - 0.006))
    bare = metal("base", ALUMINIUM, 0.36, seed)
    pieces: list[tuple[Mesh, Material]] = [
        (front_forward(wall, fronts), printed),
        (bottom, bare),
        (top.with_uvs(plan), lid_metal),
    ]
    if str(params["tab"]) != "gone":
        pieces.append((tab, metal("tab", ALUMINIUM, 0.32, seed)))
    pieces = [(crushed(mesh, *moves, crease_rad=0.6), material) for mesh, material in pieces]
    ends = composed(*moves)(np.array([[0.0, 0.0, 0.004], [0.0, 0.0, tall - 0.006]]))
    points = {"base": ends[0], "lid": ends[1]}
    if str(params["way"]) != "stamped" and str(params["pose"]) == "lying":
        # On its side, the lid to +x.
        turn = turn_about("y", np.pi / 2) @ turn_about("z", np.pi / 2)
        pieces = [(mesh.turned(turn), material) for mesh, material in pieces]
        points = {name: turn @ place for name, place in points.items()}
    low = np.min([mesh.positions_n3.min(axis=0) for mesh, _ in pieces], axis=0)
    high = np.max([mesh.positions_n3.max(axis=0) for mesh, _ in pieces], axis=0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0.0])
    return assembled(
        "crushed_can",
        params,
        [(mesh.moved(-middle), material) for mesh, material in pieces],
        attributes={"material": "metal", "content": "drink", "crushed": "yes", "way": str(params["way"])},
        keypoints={
            name: (float(p[0]), float(p[1]), float(p[2])) for name, p in ((n, q - middle) for n, q in points.items())
        },
    )


def _moves(params: Mapping[str, Any], seed: int, radius: float, tall: float) -> tuple[Move, ...]:
    amount = float(params["amount"])

    def walls(points: Any) -> Any:
        """Foot and lid are stiff."""
        z = points[:, 2]
        return 0.12 + 0.88 * np.clip(np.minimum(z - 0.008, tall - 0.01 - z) / 0.02, 0.0, 1.0)

    creases = crumpling(seed, "crushed_can", depth_m=0.26 * amount * radius, size_m=1.1 * radius, folds=8, weight=walls)
    way = str(params["way"])
    if way == "stamped":
        press = buckling(
            seed, "crushed_can", low_m=0.012, high_m=tall - 0.014, amount=0.5 + 0.32 * amount, folds=3.6, lean=0.35
        )
        return (creases, press)
    if way == "flattened":
        return (
            creases,
            flattening(radius, 0.55 + 0.25 * amount),
            bending(0.3 * tall, 0.7 * tall, 0.5 * amount + 0.01, 0.5 * np.pi),
        )
    if way == "twisted":
        return (
            pinching(0.5 * tall, 0.42 * tall, 0.45 * amount),
            twisting(0.15 * tall, 0.85 * tall, 1.3 * amount),
            creases,
            buckling(seed, "crushed_can", low_m=0.02, high_m=tall - 0.02, amount=0.3 * amount, folds=2.5, lean=0.5),
        )
    return (
        pinching(0.5 * tall, 0.4 * tall, 0.7 * amount, 0.5),
        creases,
        bending(0.3 * tall, 0.7 * tall, 0.9 * amount, 0.5),
    )


CRUSHED_CAN = ProceduralAsset(
    name="crushed_can",
    kind="model",
    category="can",
    tags=("table", "waste", "packaging", "drink", "metal", "container", "can"),
    size_m=0.11,
    description="A drinks can stamped into a disc, trodden flat, squeezed or twisted, its lid opened.",
    parameters={
        "way": Choice(("squeezed", "flattened", "twisted", "stamped"), "squeezed"),
        "amount": Number(0.4, 1.0, 0.75),
        "size": Choice(tuple(SIZES_M), "regular", (0.5, 0.15, 0.2, 0.15)),
        "design": Integer(0, DESIGNS - 1, 3),
        "finish": Choice(("metallic", "gloss"), "metallic"),
        "tab": Choice(("lifted", "flat", "gone"), "lifted", (0.5, 0.3, 0.2)),
        "pose": Choice(("lying", "standing"), "lying", (0.7, 0.3)),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "base", "lid", "tab"),
    keypoints=("base", "lid"),
)
