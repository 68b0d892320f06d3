"""A yoghurt pot of thin plastic with a foil lid, sealed or peeled back, or crushed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.products.finishes import ALUMINIUM, front_forward, plastic, round_print
from synthvision.library.procedural.models.products.printing import crush_amount, crushed_word
from synthvision.library.procedural.prints.labels import DESIGNS
from synthvision.library.procedural.shapes.crushing import (
    Move,
    bending,
    buckling,
    composed,
    crumpling,
    crushed,
    pinching,
)
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, open_vessel, stacked
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, turn_about
from synthvision.library.procedural.wear import roughness_map

__all__ = ["YOGHURT_POT"]

SEGMENTS = 40
WALL_M = 0.0008


def _build(params: Mapping[str, Any]) -> Model:
    tall = float(params["height_m"])
    # The flange of a 150 g pot is 75 or 95 mm wide.
    rim = 0.5 * float(params["rim_m"])
    foot = rim * float(params["taper"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    amount = crush_amount(params)
    square = 2.0 + 3.0 * float(params["squareness"])
    high = tall - 0.004

    def ring(radius: float, z: float) -> tuple[Floats, float]:
        flat = float(np.clip(1.2 - z / tall, 0.0, 1.0))
        return circle_ring(radius, SEGMENTS, exponent=2.0 + (square - 2.0) * flat), z

    wall = rim - 0.0045
    rows = [(foot + (wall - foot) * t, 0.004 + (high - 0.004) * t) for t in np.linspace(0.0, 1.0, 14)]
    outer = [(0.6 * foot, 0.003), (0.8 * foot, 0.0), (foot - 0.003, 0.0), (foot - 0.0008, 0.0012), *rows]
    outer += [(wall + 0.0006, high), (rim, high + 0.0004), (rim, high + 0.002), (rim - 0.0005, high + 0.0025)]
    inner = [(wall + 0.0002, high + 0.0025), *((r - WALL_M, z) for r, z in reversed(rows))]
    content = 0.62 * tall if str(params["content"]) == "full" else 0.005
    inner = [(r, z) for r, z in inner if z > content + 0.003]
    inner.append((inner[-1][0] - 0.0006, content))
    outside, inside = open_vessel(
        [ring(float(r), float(z)) for r, z in outer], [ring(float(r), float(z)) for r, z in inner]
    )
    upright = np.stack([outside.uvs_n2[:, 0], 1.0 - outside.positions_n3[:, 2] / tall], axis=1)
    dirt = round(2 * float(params["dirt"])) / 2
    skin = Material(
        name="body",
        base_colour_map=round_print(design, 256, 2, seed, dirt),
        roughness=0.36,
        metallic_roughness_map=roughness_map(seed, 0.3),
        clearcoat=0.3,
    )
    pieces: list[tuple[Mesh, Material]] = [(front_forward(outside.with_uvs(upright), 2), skin)]
    pieces.append((inside, plastic("inside", (0.74, 0.7, 0.62), 0.35, seed)))
    lid = str(params["lid"])
    foil = Material(
        name="lid",
        base_colour=(*ALUMINIUM, 1.0),
        base_colour_map=round_print(design, 256, 1, seed, 0.0),
        metallic=0.55,
        roughness=0.36,
        double_sided=True,
    )
    angle = float(params["peel_rad"])
    moves = _moves(amount, seed, rim, tall)
    if lid != "none":
        pieces.append((_foil(rim, tall, seed, 0.0 if lid == "sealed" else angle), foil))
    if moves:
        pieces = [(crushed(mesh, *moves, crease_rad=0.6), material) for mesh, material in pieces]
    top = composed(*moves)(np.array([[rim, 0.0, tall], [-rim, 0.0, tall]])).mean(axis=0)
    return assembled(
        "yoghurt_pot",
        params,
        pieces,
        attributes={"material": "plastic", "lid": lid, "crushed": crushed_word(amount)},
        keypoints={"base": (0.0, 0.0, 0.0), "rim": (float(top[0]), float(top[1]), float(top[2]))},
    )


def _moves(amount: float, seed: int, rim: float, tall: float) -> tuple[Move, ...]:
    if amount < 0.02:
        return ()
    return (
        crumpling(seed, "yoghurt", depth_m=0.2 * amount * rim, size_m=1.3 * rim, folds=6),
        pinching(0.6 * tall, 0.6 * tall, 0.4 * amount, 0.8 * seed),
        buckling(seed, "yoghurt", low_m=0.05 * tall, high_m=0.9 * tall, amount=0.45 * amount, folds=2.0, lean=0.8),
        bending(0.2 * tall, 0.8 * tall, 0.05 + 0.35 * amount, 1.3 * seed),
    )


def _foil(rim: float, tall: float, seed: int, peel: float) -> Mesh:
    """The foil with its tab towards +x; peeled it curls back over its hinge at -x."""
    angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    tab = 1.0 + 0.16 * np.exp(-((np.minimum(angle, 2 * np.pi - angle) / 0.16) ** 2))[:, None]
    round_ring = circle_ring(1.0, SEGMENTS)
    shares = (1.0, 0.985, 0.97, 0.93, 0.8, 0.6, 0.4, 0.2, 0.05)
    rings = []
    for share in shares:
        edge = tab if share > 0.95 else 1.0
        drop = -0.0016 if share == 1.0 else 0.0
        rings.append((round_ring * edge * (rim + 0.0012) * share, 0.0006 + drop - 0.001 * (1 - share)))
    sheet = loft(stacked(rings), cap_first=False)
    chart = sheet.positions_n3[:, :2] * np.array([0.35, -0.35]) / rim + [0.5, 0.42]
    moves: list[Move] = [crumpling(seed, "yoghurt.foil", depth_m=0.0006, size_m=0.5 * rim, folds=4)]
    sheet = sheet.with_uvs(chart)
    if peel == 0.0:
        return crushed(sheet, *moves).moved((0.0, 0.0, tall - 0.0009))
    moves.append(crumpling(seed, "yoghurt.peel", depth_m=0.006, size_m=0.9 * rim, folds=4))
    # Laid on end at its hinge, the sheet is bent like anything upright.
    upright = crushed(sheet, *moves).moved((rim, 0.0, 0.0)).turned(turn_about("y", -np.pi / 2))
    curled = crushed(upright, bending(0.1 * rim, 1.6 * rim, 0.9, np.pi)).turned(turn_about("y", np.pi / 2 - peel))
    return curled.moved((-rim, 0.0, tall + 0.0008))


YOGHURT_POT = ProceduralAsset(
    name="yoghurt_pot",
    kind="model",
    category="yoghurt_pot",
    tags=("table", "waste", "packaging", "food", "plastic", "container"),
    size_m=0.08,
    description="A yoghurt pot with a printed wall and a foil lid that is sealed, peeled back or gone; may be crushed.",
    parameters={
        "height_m": Number(0.055, 0.12, 0.08, "m"),
        "rim_m": Number(0.068, 0.096, 0.08, "m"),
        "taper": Number(0.62, 0.84, 0.72),
        "squareness": Number(0.0, 1.0, 0.0),
        "design": Integer(0, DESIGNS - 1, 8),
        "lid": Choice(("sealed", "peeled", "none"), "peeled", (0.4, 0.35, 0.25)),
        "peel_rad": Number(0.5, 1.9, 1.2),
        "content": Choice(("full", "empty"), "full"),
        "crush": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 0.6, 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "inside", "lid"),
    keypoints=("base", "rim"),
)
