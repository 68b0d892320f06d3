"""A tube of toothpaste or cream with a crimped end: full, squeezed, bent or rolled, lying or on its cap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.closures import lathe, screw_cap
from synthvision.library.procedural.models.products.finishes import plastic, round_print
from synthvision.library.procedural.prints.labels import DESIGNS
from synthvision.library.procedural.shapes.crushing import Move, bending, crumpling, crushed
from synthvision.library.procedural.shapes.lofts import circle_ring, loft
from synthvision.library.procedural.shapes.mesh import Floats, turn_about
from synthvision.library.procedural.wear import roughness_map

__all__ = ["TUBE"]

SEGMENTS = 36
CAP_M = 0.018


def _build(params: Mapping[str, Any]) -> Model:
    tall = float(params["length_m"])
    radius = 0.5 * tall * float(params["width_share"])
    squeeze = float(params["squeeze"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    wide_cap = str(params["cap_style"]) == "wide"
    body = loft(_rings(tall, radius, squeeze, wide_cap), crease_rad=0.6)
    # The print reads along the tube, its front up when the tube lies.
    chart = np.stack([1.0 - body.uvs_n2[:, 1], body.uvs_n2[:, 0] + 0.25], axis=1)
    dirt = round(2 * float(params["dirt"])) / 2
    skin = Material(
        name="body",
        base_colour_map=round_print(design, 256, 2, seed, dirt),
        metallic=0.7 if str(params["finish"]) == "aluminium" else 0.0,
        roughness=0.36,
        metallic_roughness_map=roughness_map(seed, 0.35),
        clearcoat=0.3,
    )
    chart[:, 0] = 0.03 + 0.94 * chart[:, 0]
    cap = plastic("cap", rgb(params["cap_colour"]), 0.36, seed)
    cap_radius = 0.92 * radius if wide_cap else 0.55 * radius
    lid = (
        lathe([(0.0, -CAP_M), (0.9 * cap_radius, -CAP_M), (cap_radius, -0.0004), (0.0, -0.0004)], SEGMENTS, 0.0016)
        if wide_cap
        else screw_cap(cap_radius, CAP_M, 24, skirt=False, taper=0.12)
        .turned(turn_about("x", np.pi))
        .moved((0, 0, -0.0002))
    )
    amount = squeeze**1.5
    moves: tuple[Move, ...] = (
        crumpling(seed, "tube", depth_m=0.12 * amount * radius, size_m=1.6 * radius, folds=6, weight=_middle(tall)),
        bending(0.35 * tall, 0.95 * tall, float(params["bend_rad"]) + 1e-4, 0.12 * np.pi),
    )
    pieces = [(crushed(body.with_uvs(chart), *moves, crease_rad=0.6), skin), (lid, cap)]
    tip, end = (0.0, 0.0, -CAP_M), (0.0, 0.0, tall)
    if str(params["pose"]) == "lying":
        # Cap towards +x, the flat end across.
        laid = turn_about("y", np.pi / 2) @ turn_about("x", np.pi) @ turn_about("z", np.pi / 2)
        pieces = [(mesh.turned(laid).moved((0.5 * tall, 0.0, 0.0)), material) for mesh, material in pieces]
        tip, end = (0.5 * tall + CAP_M, 0.0, 0.0), (-0.5 * tall, 0.0, 0.0)
    return assembled(
        "tube",
        params,
        pieces,
        attributes={"material": "plastic", "pose": str(params["pose"])},
        keypoints={"cap": tip, "end": end},
    )


def _middle(tall: float) -> Any:
    def weight(points: Floats) -> Floats:
        return np.clip(points[:, 2] / (0.2 * tall), 0.0, 1.0) * np.clip((tall - points[:, 2]) / (0.1 * tall), 0.0, 1.0)

    return weight


def _rings(tall: float, radius: float, squeeze: float, wide_cap: bool) -> Floats:
    """From the shoulder at the cap, round, to the crimp, a flat line half a circle wide."""
    rings = []
    start = 0.8 if wide_cap else 0.5
    for share, z in ((start * 0.9, -0.0002), (start, 0.0), (0.97, 0.0035 if not wide_cap else 0.002), (1.0, 0.0055)):
        ring = circle_ring(radius * share, SEGMENTS)
        rings.append(np.concatenate([ring, np.full((SEGMENTS, 1), z)], axis=1))
    for t in [*np.linspace(0.07, 0.93, 15), 0.935, 0.96, 1.0]:
        crimp = min(t / 0.93, 1.0)
        flat = crimp ** (1.0 + 0.8 * (1 - squeeze))
        hollow = 1.0 - squeeze * 0.7 * np.sin(np.pi * min(crimp * 1.05, 1.0)) ** 0.7
        half = max(radius * (1.0 - flat) * hollow, 0.0009)
        wide = radius * (1.0 + (np.pi / 2 - 1.0) * max(flat, 1.0 - half / radius))
        if t > 0.93:
            half = 0.0011 if t > 0.9349 else 0.0009
        ring = circle_ring(1.0, SEGMENTS, exponent=2.0 + 2.0 * flat) * [wide, half]
        rings.append(np.concatenate([ring, np.full((SEGMENTS, 1), t * tall)], axis=1))
    return np.array(rings)


TUBE = ProceduralAsset(
    name="tube",
    kind="model",
    category="tube",
    tags=("table", "waste", "packaging", "bathroom", "plastic", "cosmetics"),
    size_m=0.16,
    description="A tube of toothpaste, cream or paste with a cap and crimped end, full, squeezed or bent.",
    parameters={
        "length_m": Number(0.09, 0.19, 0.15, "m"),
        "width_share": Number(0.2, 0.32, 0.25),
        "cap_style": Choice(("screw", "wide"), "screw", (0.6, 0.4)),
        "cap_colour": Colour(
            ((0.75, 0.75, 0.73), (0.75, 0.75, 0.73), (0.02, 0.1, 0.4), (0.02, 0.25, 0.12), (0.55, 0.02, 0.02)), 0.1
        ),
        "finish": Choice(("gloss", "aluminium"), "gloss", (0.75, 0.25)),
        "design": Integer(0, DESIGNS - 1, 10),
        "squeeze": Number(0.0, 1.0, 0.3),
        "bend_rad": Number(-0.7, 0.7, 0.0),
        "pose": Choice(("lying", "standing"), "lying", (0.75, 0.25)),
        "dirt": Number(0.0, 0.6, 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "cap"),
    keypoints=("cap", "end"),
)
