"""Bollards: steel posts, cast-iron ones with rings, concrete, flexible plastic, and lit ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    Paint,
    cast_concrete,
    foot_plate,
    galvanised,
    lamp_material,
    lathe,
    moulded_plastic,
    over_height,
    painted_steel,
    rubber,
)
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["BOLLARD"]

Pieces = list[tuple[Mesh, Material]]
Outline = list[tuple[float, float]]


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    height, radius = float(params["height_m"]), float(params["radius_m"])
    makers = {"steel": _steel, "cast": _cast, "concrete": _concrete, "plastic": _plastic}
    pieces = makers[style](params, height, radius)
    top = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "bollard",
        params,
        pieces,
        attributes={"style": style},
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, top), "middle": (0.0, 0.0, top / 2)},
    )


def _paint(params: Mapping[str, Any]) -> Paint:
    return rgb(params["colour"]), int(params["wear_seed"]), float(params["dirt"]), float(params["scuff"])


def _band(params: Mapping[str, Any], radius: float, middle: float, tall: float) -> Pieces:
    """A collar of reflective sheeting around the post."""
    outline = [(radius - 0.002, middle - tall / 2), (radius + 0.0012, middle - tall / 2)]
    outline += [(radius + 0.0012, middle + tall / 2), (radius - 0.002, middle + tall / 2), outline[0]]
    mesh = revolve(filleted(outline, 0.0), 28)
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    tone = rgb(params["band_colour"])
    return [(mesh, painted_steel("band", (tone, seed, 0.6 * dirt, 0.3), clearcoat=0.5))]


def _steel(params: Mapping[str, Any], height: float, radius: float) -> Pieces:
    """A tube with a domed or slanted cap on a foot plate or set in the ground, and rings of sheeting."""
    r = 0.75 * radius
    dome = [(r, height - 0.55 * r), (0.72 * r, height - 0.12 * r), (0.0, height)]
    flat = [(r, height - 0.02), (r - 0.012, height), (0.0, height + 0.004)]
    outline = [(0.0, 0.0), (r, 0.0), *(dome if str(params["top"]) == "dome" else flat)]
    radii = [0.0, 0.0, 0.3 * r, 0.6 * r, 0.0] if str(params["top"]) == "dome" else [0.0, 0.0, 0.004, 0.004, 0.0]
    finish = galvanised("post", 0) if str(params["finish"]) == "zinc" else painted_steel("post", _paint(params))
    pieces = [(over_height(lathe(outline, radii, 30), height), finish)]
    base = over_height(foot_plate(3.6 * r, rounded=str(params["top"]) == "dome"), 0.6)
    pieces.append((base, galvanised("base", int(params["wear_seed"]))))
    for k in range(int(params["bands"])):
        pieces += _band(params, r, height * (0.83 - 0.19 * k), 0.08 * height)
    return pieces


def _cast(params: Mapping[str, Any], height: float, radius: float) -> Pieces:
    """Cast iron with a broad foot, rings and a ball or a crown."""
    r, h = radius, height
    outline: Outline = [
        (0.0, 0.0), (1.35 * r, 0.0), (1.35 * r, 0.07 * h), (1.1 * r, 0.1 * h), (1.0 * r, 0.14 * h), (0.94 * r, 0.2 * h),
        (0.78 * r, 0.66 * h), (0.95 * r, 0.675 * h), (0.98 * r, 0.695 * h), (0.78 * r, 0.71 * h), (0.74 * r, 0.8 * h),
        (1.02 * r, 0.82 * h), (1.02 * r, 0.845 * h),
    ]  # fmt: skip
    if str(params["top"]) == "dome":
        outline += [(0.6 * r, 0.865 * h), (0.55 * r, 0.88 * h), (0.86 * r, 0.93 * h), (0.62 * r, 0.985 * h), (0.0, h)]
    else:
        outline += [(0.98 * r, 0.87 * h), (0.5 * r, 0.95 * h), (0.0, 0.985 * h)]
    radii = [0.0, *([0.02 * h] * (len(outline) - 2)), 0.0]
    pieces: Pieces = [(over_height(lathe(outline, radii, 28), h), painted_steel("post", _paint(params)))]
    ring = lathe([(0, 0), (1.7 * r, 0.0), (1.68 * r, 0.012), (0, 0.014)], 0.004, 28)
    pieces.append((ring.placed_uvs((1.0, 0.2)), cast_concrete("base", int(params["wear_seed"]))))
    for _ in range(min(int(params["bands"]), 1)):
        pieces += _band(params, 0.765 * r, 0.755 * h, 0.06 * h)
    return pieces


def _concrete(params: Mapping[str, Any], height: float, radius: float) -> Pieces:
    """A thick cone of concrete with a rounded top and a groove, on an iron ring."""
    r, h = 1.75 * radius, 0.85 * height
    tip = 0.72 * r
    outline: Outline = [(0.0, 0.0), (r, 0.0), (tip + 0.1 * (r - tip), 0.78 * h), (tip - 0.012, 0.785 * h)]
    outline += [(tip - 0.012, 0.82 * h), (tip, 0.825 * h), (0.96 * tip, h - 0.03)]
    outline += (
        [(0.8 * tip, h - 0.004), (0.0, h)]
        if str(params["top"]) == "flat"
        else [(0.62 * tip, h + 0.04), (0.0, h + 0.07)]
    )
    radii = [0.0, 0.012, 0.006, 0.006, 0.006, 0.006, 0.03, 0.04, 0.0]
    body = lathe(outline, radii, 36)
    p = body.positions_n3
    body = body.with_uvs(np.stack([body.uvs_n2[:, 0] * 2.0, 1.0 - p[:, 2]], axis=1))
    grime = 1.0 - float(params["dirt"]) * np.clip(0.6 - p[:, 2] / h, 0.0, 0.5)[:, None] * [1.0, 1.04, 1.1]
    pieces: Pieces = [(body.tinted(grime), cast_concrete("post", int(params["wear_seed"])))]
    ring = lathe([(0, 0.0), (r + 0.012, 0.0), (r + 0.012, 0.022), (0, 0.026)], 0.004, 36)
    pieces.append((over_height(ring, 0.4), galvanised("base", int(params["wear_seed"]))))
    if int(params["bands"]):
        inset = lathe([(0, 0.79 * h), (tip - 0.006, 0.79 * h), (tip - 0.006, 0.816 * h), (0, 0.816 * h)], 0.002, 36)
        pieces.append((inset, painted_steel("band", (rgb(params["band_colour"]), 1, 0.25, 0.25))))
    return pieces


def _plastic(params: Mapping[str, Any], height: float, radius: float) -> Pieces:
    """A flexible post of bright plastic that springs back, on a rubber foot, or one with a light in its head."""
    r = 0.55 * radius
    pieces: Pieces = []
    if str(params["lit"]) == "on" or str(params["top"]) == "flat":
        neck = height - 0.24
        post = lathe([(0, 0), (r, 0.0), (r, neck), (0, neck)], 0.004, 26)
        cap = lathe([(0, height - 0.05), (1.12 * r, height - 0.05), (1.12 * r, height - 0.012), (0, height)], 0.01, 26)
        slats = [
            lathe([(0, z), (1.05 * r, z), (1.12 * r, z - 0.012), (1.12 * r, z - 0.008), (0, z + 0.006)], 0.001, 26)
            for z in np.linspace(neck + 0.03, height - 0.07, 5)
        ]
        core = lathe(
            [(0, neck - 0.01), (0.82 * r, neck - 0.01), (0.82 * r, height - 0.03), (0, height - 0.03)], 0.004, 26
        )
        glow = 2500.0 if str(params["lit"]) == "on" else 0.0
        pieces.append((core, lamp_material("lamp", (0.9, 0.84, 0.7), glow)))
        metal = over_height(join([post, cap, *slats]), height)
        pieces.append((metal, painted_steel("post", (rgb(params["colour"]), int(params["wear_seed"]), 0.3, 0.3))))
        pieces.append((over_height(foot_plate(3.4 * r, rounded=True), 0.6), galvanised("base", 0)))
        return pieces
    outline = [(0.0, 0.0), (1.25 * r, 0.0), (1.25 * r, 0.05), (0.92 * r, 0.09), (0.92 * r, 0.14), (r, 0.17)]
    outline += [(r, height - 0.1), (0.82 * r, height - 0.06), (0.82 * r, height - 0.02), (0.0, height)]
    post = lathe(outline, [0, 0.004, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.012, 0], 26)
    colour = rgb(params["plastic_colour"])
    paint: Paint = (colour, int(params["wear_seed"]), float(params["dirt"]), float(params["scuff"]))
    pieces.append((over_height(post, height), moulded_plastic("post", paint, fade=0.2)))
    foot = lathe([(0, 0), (2.5 * r, 0.0), (2.45 * r, 0.02), (1.5 * r, 0.055), (0, 0.06)], 0.008, 26)
    pieces.append((over_height(foot, 0.4), rubber("base", int(params["wear_seed"]), float(params["dirt"]))))
    for k in range(max(int(params["bands"]), 1)):
        pieces += _band(params, r, height * (0.74 - 0.17 * k), 0.09 * height)
    return pieces


BOLLARD = ProceduralAsset(
    name="bollard",
    kind="model",
    category="bollard",
    tags=("street", "post", "safety", "outdoor", "city"),
    size_m=0.9,
    description="A bollard of steel, cast iron, concrete or flexible plastic, some with sheeting or a lamp.",
    parameters={
        "style": Choice(("steel", "cast", "concrete", "plastic"), "steel"),
        "height_m": Number(0.75, 1.15, 0.95, "m"),
        "radius_m": Number(0.065, 0.11, 0.085, "m"),
        "top": Choice(("dome", "flat"), "dome"),
        "finish": Choice(("paint", "zinc"), "paint", (0.7, 0.3)),
        "bands": Integer(0, 2, 1),
        "colour": Colour(
            ((0.02, 0.021, 0.022), (0.02, 0.05, 0.035), (0.75, 0.5, 0.02), (0.1, 0.105, 0.11), (0.6, 0.03, 0.02)), 0.1
        ),
        "plastic_colour": Colour(((0.85, 0.17, 0.006), (0.03, 0.12, 0.4), (0.8, 0.5, 0.02), (0.05, 0.2, 0.08)), 0.1),
        "band_colour": Colour(((0.75, 0.75, 0.72), (0.75, 0.75, 0.72), (0.7, 0.03, 0.02), (0.75, 0.55, 0.03)), 0.06),
        "lit": Choice(("off", "on"), "off", (0.8, 0.2)),
        "dirt": Number(0.0, 1.0, 0.35),
        "scuff": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("post", "base", "band", "lamp"),
    keypoints=("base", "top", "middle"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 0),),
)
