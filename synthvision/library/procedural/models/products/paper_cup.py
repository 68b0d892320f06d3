"""A paper cup for hot or cold drinks, with a lid, a sleeve or a straw, empty or crushed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.finishes import front_forward, plastic, round_print
from synthvision.library.procedural.models.products.printing import crush_amount, crushed_word, kraft_board
from synthvision.library.procedural.prints.labels import DESIGNS
from synthvision.library.procedural.shapes.crushing import Move, bending, buckling, crumpling, crushed, pinching
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, open_vessel, stacked
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.shapes.rods import tube_along

__all__ = ["PAPER_CUP"]

SEGMENTS = 40
WALL_M = 0.0007
ROLL_M = 0.0016


def _build(params: Mapping[str, Any]) -> Model:
    tall = float(params["height_m"])
    # Cups nest: 80 or 90 mm wide at the rim, a quarter to a third less at the foot.
    rim = 0.5 * tall * float(params["width_share"])
    foot = rim * float(params["taper"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    amount = crush_amount(params)

    def radius(z: float) -> float:
        return foot + (rim - foot) * z / tall

    rows = [float(z) for z in np.linspace(0.0, tall - 2 * ROLL_M, 16)]
    outer = [
        (foot - 0.004, 0.004),
        (foot - 0.0012, 0.004),
        (foot - 0.001, 0.0),
        *((radius(z), z + 0.0003) for z in rows),
    ]
    outer += [
        (rim + ROLL_M, tall - 1.7 * ROLL_M),
        (rim + 1.3 * ROLL_M, tall - ROLL_M),
        (rim + ROLL_M, tall - 0.3 * ROLL_M),
        (rim, tall),
    ]
    inner = [
        (rim - 0.5 * ROLL_M, tall - 0.4 * ROLL_M),
        *((radius(z) - WALL_M, z) for z in reversed(rows[1:])),
        (foot - 0.004, rows[1] - 0.001),
    ]
    outside, inside = open_vessel(
        [(circle_ring(r, SEGMENTS), z) for r, z in outer], [(circle_ring(r, SEGMENTS), z) for r, z in inner]
    )
    upright = np.stack([outside.uvs_n2[:, 0], 1.0 - outside.positions_n3[:, 2] / tall], axis=1)
    dirt = round(2 * float(params["dirt"])) / 2
    ground = str(params["print"])
    if ground == "design":
        skin = Material(name="body", base_colour_map=round_print(design, 256, 2, seed, dirt), roughness=0.5)
    elif ground == "kraft":
        skin = Material(name="body", base_colour_map=kraft_board((0.4, 0.26, 0.14), seed % 3, dirt), roughness=0.8)
    else:
        skin = plastic("body", (0.78, 0.77, 0.74), 0.55, seed)
    pieces: list[tuple[Mesh, Material]] = [(front_forward(outside.with_uvs(upright), 2), skin)]
    pieces.append((inside, plastic("inside", (0.62, 0.56, 0.47) if dirt else (0.78, 0.77, 0.73), 0.4, seed)))
    lid = str(params["lid"])
    if lid != "none":
        pieces.append((_lid(lid, rim, tall), plastic("lid", rgb(params["lid_colour"]), 0.32, seed)))
    if str(params["sleeve"]) == "yes":
        kraft = kraft_board((0.34, 0.21, 0.1), seed % 3, dirt)
        low, high = 0.3 * tall, 0.72 * tall
        pieces.append(
            (
                _sleeve(radius(low), radius(high), low, high),
                Material(name="sleeve", base_colour_map=kraft, roughness=0.85),
            )
        )
    if str(params["straw"]) == "yes":
        lean = 0.35 * foot
        path = np.linspace((-lean, 0.0, 0.006), (0.9 * lean, 0.2 * lean, tall + 0.075), 8)
        straw = tube_along(path, 0.003, 10)
        pieces.append((straw, plastic("straw", (0.62, 0.05, 0.04) if design % 2 else (0.02, 0.02, 0.022), 0.35)))
    moves = _moves(amount, seed, rim, tall)
    if moves:
        pieces = [(crushed(mesh, *moves, crease_rad=0.6), material) for mesh, material in pieces]
    return assembled(
        "paper_cup",
        params,
        pieces,
        attributes={"material": "paper", "lid": "no" if lid == "none" else "yes", "crushed": crushed_word(amount)},
        keypoints={"base": (0.0, 0.0, 0.0), "rim": (0.0, 0.0, tall * (1.0 - 0.4 * amount))},
    )


def _moves(amount: float, seed: int, rim: float, tall: float) -> tuple[Move, ...]:
    if amount < 0.02:
        return ()
    return (
        crumpling(seed, "paper_cup", depth_m=0.3 * amount * rim, size_m=1.4 * rim, folds=6),
        pinching(0.75 * tall, 0.6 * tall, 0.6 * amount, float(seed)),
        buckling(seed, "paper_cup", low_m=0.08 * tall, high_m=0.9 * tall, amount=0.45 * amount, folds=2.0, lean=0.8),
        bending(0.2 * tall, 0.8 * tall, 0.05 + 0.4 * amount, 1.7 * seed),
    )


def _lid(kind: str, rim: float, tall: float) -> Mesh:
    """A snap-on lid: skirt over the rim, then a raised sip lid or a dome."""
    skirt = rim + 1.3 * ROLL_M + 0.0008
    profile = [
        (rim - 0.006, tall - 0.0025),
        (rim - 0.0022, tall + 0.0012),
        (skirt - 0.0005, tall + 0.0006),
        (skirt - 0.0002, tall - 0.004),
        (skirt + 0.0008, tall - 0.004),
        (skirt + 0.0006, tall + 0.002),
    ]
    if kind == "sip":
        profile += [
            (skirt - 0.0015, tall + 0.003),
            (rim - 0.004, tall + 0.003),
            (rim - 0.0055, tall + 0.013),
            (rim - 0.007, tall + 0.0145),
            (rim - 0.01, tall + 0.0145),
            (rim - 0.0115, tall + 0.009),
            (0.3 * rim, tall + 0.0085),
            (0.12 * rim, tall + 0.0085),
        ]
    else:
        angle = np.linspace(0.05, 1.45, 8)
        profile += [(float(0.93 * rim * np.cos(a)), tall + 0.003 + 0.6 * rim * float(np.sin(a))) for a in angle]
    return loft(stacked([(circle_ring(r, SEGMENTS), z) for r, z in profile]), crease_rad=0.55)


def _sleeve(low_r: float, high_r: float, low: float, high: float) -> Mesh:
    """A band of corrugated paper around the cup."""
    steps = np.linspace(0.0, 1.0, 6)
    wave = 1.0 + 0.004 * np.cos(np.pi * np.arange(2 * SEGMENTS))[:, None]
    outer = [
        (wave * circle_ring(low_r + (high_r - low_r) * t + 0.0019, 2 * SEGMENTS), low + (high - low) * t) for t in steps
    ]
    inner = [
        (circle_ring(low_r + (high_r - low_r) * t + 0.0005, 2 * SEGMENTS), low + (high - low) * t) for t in steps[::-1]
    ]
    mesh = loft(stacked([*outer, *inner]), wrapped=True, crease_rad=0.5)
    return mesh.placed_uvs((1.0, 0.6))


PAPER_CUP = ProceduralAsset(
    name="paper_cup",
    kind="model",
    category="paper_cup",
    tags=("table", "waste", "packaging", "drink", "paper", "cup", "container"),
    size_m=0.12,
    description="A paper cup with a sip lid, dome, sleeve or straw, or open and empty, whole or crushed.",
    parameters={
        "height_m": Number(0.08, 0.165, 0.12, "m"),
        "width_share": Number(0.56, 0.86, 0.72),
        "taper": Number(0.62, 0.78, 0.7),
        "print": Choice(("design", "white", "kraft"), "design", (0.6, 0.2, 0.2)),
        "design": Integer(0, DESIGNS - 1, 6),
        "lid": Choice(("sip", "dome", "none"), "sip", (0.45, 0.15, 0.4)),
        "lid_colour": Colour(((0.75, 0.75, 0.73), (0.02, 0.02, 0.02), (0.75, 0.75, 0.73), (0.12, 0.05, 0.025)), 0.06),
        "sleeve": Choice(("no", "yes"), "no", (0.65, 0.35)),
        "straw": Choice(("no", "yes"), "no", (0.75, 0.25)),
        "crush": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 0.6, 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "inside", "lid", "sleeve", "straw"),
    keypoints=("base", "rim"),
)
