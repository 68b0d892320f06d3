"""A PET bottle that has been emptied and crushed: squeezed, flattened, twisted or stamped on, cap on or off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.closures import screw_cap
from synthvision.library.procedural.models.products.finishes import front_forward, plastic, round_print
from synthvision.library.procedural.prints.labels import DESIGNS, label_scheme
from synthvision.library.procedural.prints.schemes import linear_colour
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
from synthvision.library.procedural.shapes.patches import patch_in_uv
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.wear import roughness_map

__all__ = ["CRUSHED_BOTTLE"]

SEGMENTS = 40
NECK_M = 0.0125
"""Radius of the 28 mm finish of PET bottles under its thread (PCO 1881)."""


def _build(params: Mapping[str, Any]) -> Model:
    tall = float(params["height_m"])
    radius = 0.5 * tall * float(params["width_share"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    moves = _moves(params, seed, radius, tall)
    shell = _shell(params, radius, tall)
    body = crushed(shell, *moves, crease_rad=0.55)
    blended = str(params["film"]) == "blended"
    tint = rgb(params["colour"])
    film = 0.35 * np.array(tint) + np.array([0.12, 0.125, 0.125])
    pet = Material(
        name="body",
        # Just over one half, so that labels count it; what passes is up to the transmission.
        base_colour=(*tint, 0.54) if blended else (float(film[0]), float(film[1]), float(film[2]), 1.0),
        roughness=0.14,
        metallic_roughness_map=roughness_map(seed, 0.5),
        alpha_mode="blend" if blended else "opaque",
        transmission=0.9 if blended else 0.0,
        # One wall thick: the far side is seen through the near one and through the mouth.
        double_sided=True,
        ior=1.57,
        clearcoat=0.0 if blended else 0.8,
        clearcoat_roughness=0.08,
    )
    pieces: list[tuple[Mesh, Material]] = [(body, pet)]
    if str(params["label"]) == "label":
        wrap = front_forward(patch_in_uv(body, (0.0, 0.38), (1.0, 0.62), 0.0005), 2)
        art = round_print(design, 128, 2, seed, 0.5)
        pieces.append((wrap, Material(name="label", base_colour_map=art, roughness=0.35, double_sided=True)))
    stiff = plastic("neck", (float(film[0]), float(film[1]), float(film[2])), 0.22, seed)
    pieces.append((crushed(_finish(tall), *moves, crease_rad=0.6), stiff))
    mouth = composed(*moves)(np.array([[0.0, 0.0, tall], [0.0, 0.0, tall + 0.001]]))
    if str(params["cap"]) == "on":
        cap = screw_cap(NECK_M + 0.0026, 0.016, 20).moved((0.0, 0.0, tall - 0.0145))
        colour = linear_colour(label_scheme(design).main)
        pieces.append((crushed(cap, *moves), plastic("cap", colour, 0.4, seed)))
    foot = composed(*moves)(np.array([[0.0, 0.0, 0.01]]))[0]
    points = {"base": foot, "mouth": mouth[0]}
    if str(params["pose"]) == "lying":
        # On its side, the mouth to +x; it settles on its flattest side.
        turn = turn_about("y", np.pi / 2) @ turn_about("z", np.pi / 2 + 0.15 * np.sin(seed))
        pieces = [(mesh.turned(turn), material) for mesh, material in pieces]
        points = {name: turn @ place for name, place in points.items()}
    low = np.min([mesh.positions_n3.min(axis=0) for mesh, _ in pieces], axis=0)
    high = np.max([mesh.positions_n3.max(axis=0) for mesh, _ in pieces], axis=0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0.0])
    return assembled(
        "crushed_bottle",
        params,
        [(mesh.moved(-middle), material) for mesh, material in pieces],
        attributes={"material": "plastic", "crushed": "yes", "cap": str(params["cap"]), "way": str(params["way"])},
        keypoints={
            name: (float(p[0]), float(p[1]), float(p[2])) for name, p in ((n, q - middle) for n, q in points.items())
        },
    )


def _shell(params: Mapping[str, Any], radius: float, tall: float) -> Mesh:
    """A soft-drink or water bottle: petal foot, ribs or a waist, a shoulder and the neck with its support ring."""
    ribs = int(params["rib_count"])
    waist = float(params["waist"]) * (0.4 if ribs else 1.0)
    outline = filleted(
        [
            (0.25 * radius, 0.012),
            (0.6 * radius, 0.004),
            (0.72 * radius, 0.0),
            (0.9 * radius, 0.01),
            (radius, 0.09 * tall),
            (radius, 0.3 * tall),
            (radius * (1 - 0.14 * waist), 0.5 * tall),
            (radius, 0.66 * tall),
            (NECK_M + 0.001, 0.89 * tall),
            (NECK_M, tall - 0.0225),
        ],
        [0.0, 0.006, 0.006, 0.01, 0.03, 0.03, 0.06, 0.9 * radius, 0.7 * radius, 0.0],
        step_rad=0.25,
    ).refined(0.0075)
    angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    rings = []
    for r, z in outline.points_k2:
        ring = circle_ring(float(r), SEGMENTS)
        foot = np.clip(1.0 - z / (0.16 * radius), 0.0, 1.0)
        lift = 0.16 * radius * foot * (0.5 + 0.5 * np.cos(5 * angle)) ** 0.8
        if ribs and 0.1 * tall < z < 0.62 * tall:
            ring = ring * (1.0 - 0.035 * (0.5 + 0.5 * np.cos(2 * np.pi * ribs * (z / tall - 0.1) / 0.52)))
        rings.append(np.concatenate([ring, (z + lift)[:, None]], axis=1))
    mesh = loft(np.array(rings), crease_rad=0.6, cap_last=False)
    # v by height, so that the label is a band whatever the ribs are.
    v = 1.0 - mesh.positions_n3[:, 2] / tall
    steps = np.unique(np.round(v, 6))
    for border in (0.38, 0.62):
        nearest = steps[np.argmin(np.abs(steps - border))]
        v = np.where(np.abs(v - nearest) < 2e-6, border, v)
    return mesh.with_uvs(np.stack([mesh.uvs_n2[:, 0], v], axis=1))


def _finish(tall: float) -> Mesh:
    """The thick neck: support ring, band and two turns of thread, open above."""
    profile = [(-0.0012, -0.0245), (0.0004, -0.0235), (0.0042, -0.0215), (0.0042, -0.02), (0.0004, -0.0193)]
    for low in (-0.0125, -0.0075):
        profile += [(0.0002, low - 0.0012), (0.0014, low), (0.0014, low + 0.0006), (0.0002, low + 0.0018)]
    profile += [(0.0002, -0.0004), (-0.0002, 0.0), (-0.0014, 0.0), (-0.0016, -0.0008)]
    return loft(
        stacked([(circle_ring(NECK_M + r, SEGMENTS), tall + z) for r, z in profile]), wrapped=True, crease_rad=0.6
    )


def _moves(params: Mapping[str, Any], seed: int, radius: float, tall: float) -> tuple[Move, ...]:
    amount = float(params["amount"])
    high = 0.72 * tall

    def soft(points: Any) -> Any:
        """The neck and the foot are too stiff to crumple."""
        z = points[:, 2]
        return np.clip((0.86 * tall - z) / (0.14 * tall), 0.0, 1.0) * (
            0.35 + 0.65 * np.clip(z / (0.14 * tall), 0.0, 1.0)
        )

    creases = crumpling(
        seed, "crushed_bottle", depth_m=0.34 * amount * radius, size_m=1.15 * radius, folds=8, weight=soft
    )
    fine = crumpling(
        seed, "crushed_bottle.fine", depth_m=0.1 * amount * radius, size_m=0.45 * radius, folds=6, weight=soft
    )
    way = str(params["way"])
    if way == "flattened":
        return (
            flattening(radius, 0.72 * amount, high_m=0.7 * tall),
            creases,
            fine,
            bending(0.25 * tall, 0.7 * tall, 0.45 * amount, 0.5 * np.pi),
        )
    if way == "twisted":
        return (
            pinching(0.45 * tall, 0.35 * tall, 0.5 * amount),
            twisting(0.15 * tall, high, 2.2 * amount),
            creases,
            fine,
            bending(0.2 * tall, high, 0.35 * amount, float(seed)),
        )
    if way == "stamped":
        return (
            creases,
            fine,
            buckling(
                seed, "crushed_bottle", low_m=0.05 * tall, high_m=0.8 * tall, amount=0.62 * amount, folds=4.0, lean=0.5
            ),
        )
    return (
        pinching(0.42 * tall, 0.3 * tall, 0.72 * amount, float(seed)),
        creases,
        fine,
        bending(0.3 * tall, 0.6 * tall, 0.8 * amount, float(seed) + 0.6),
    )


CRUSHED_BOTTLE = ProceduralAsset(
    name="crushed_bottle",
    kind="model",
    category="bottle",
    tags=("table", "waste", "packaging", "drink", "plastic", "container", "bottle"),
    size_m=0.21,
    description="A PET bottle crushed by hand or foot, clear or coloured, its label on or off, its cap on or off.",
    parameters={
        "way": Choice(("squeezed", "flattened", "twisted", "stamped"), "squeezed"),
        "amount": Number(0.45, 1.0, 0.75),
        "height_m": Number(0.19, 0.32, 0.23, "m"),
        "width_share": Number(0.26, 0.31, 0.285),
        "rib_count": Integer(0, 9, 6),
        "waist": Number(0.0, 1.0, 0.5),
        "colour": Colour(
            ((0.93, 0.95, 0.95), (0.93, 0.95, 0.95), (0.55, 0.75, 0.9), (0.3, 0.65, 0.35), (0.6, 0.35, 0.15)), 0.05
        ),
        # A renderer pays for every see-through part.
        "film": Choice(("blended", "opaque"), "blended", (0.6, 0.4)),
        "label": Choice(("label", "none"), "label", (0.6, 0.4)),
        "design": Integer(0, DESIGNS - 1, 2),
        "cap": Choice(("on", "off"), "on", (0.6, 0.4)),
        "pose": Choice(("lying", "standing"), "lying", (0.8, 0.2)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "neck", "label", "cap"),
    keypoints=("base", "mouth"),
)
