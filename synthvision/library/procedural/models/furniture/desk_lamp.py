"""A desk lamp: a jointed arm with a metal shade, a banker's lamp on a column, or a small table lamp with cloth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.lighting import (
    bulb,
    bulb_material,
    cloth_shade_material,
    cord,
    shade,
)
from synthvision.library.procedural.models.furniture.upholstery import cloth_uvs
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import bent_path, rods

__all__ = ["DESK_LAMP"]


def _build(params: Mapping[str, Any]) -> Model:
    style, seed = str(params["style"]), int(params["wear_seed"])
    lit = str(params["lit"]) == "on"
    colour = rgb(params["colour"])
    paint = painted("shade" if style == "arm" else "body", colour, seed, wear=0.1, dirt=0.15, roughness=0.35, coat=0.4)
    pieces: list[tuple[Mesh, Material]]
    if style == "arm":
        pieces, lamp, tip = _jointed(params, paint, seed, lit)
    else:
        pieces, lamp, tip = _standing(params, paint, seed, lit)
    tail = np.array([(-0.08, 0.0, 0.008), (-0.14, 0.02, 0.004), (-0.2, 0.09, 0.004), (-0.21, 0.17, 0.004)])
    pieces.append((in_tiles(cord(bent_path(tail, 0.05, 4), 0.0028)), plastic("cord", (0.03, 0.03, 0.03), seed)))
    return assembled(
        "desk_lamp",
        params,
        pieces,
        attributes={"style": style, "lit": "yes" if lit else "no"},
        keypoints={"base": (0.0, 0.0, 0.0), "lamp": lamp, "shade_top": tip},
    )


Placed = tuple[list[tuple[Mesh, Material]], tuple[float, float, float], tuple[float, float, float]]


def _jointed(params: Mapping[str, Any], paint: Material, seed: int, lit: bool) -> Placed:
    """Two arms of paired rods with springs, a round base, a conical shade that points down and forward."""
    long = float(params["height_m"]) * 0.72
    lower, upper = np.radians(float(params["lower_deg"])), np.radians(float(params["upper_deg"]))
    base = revolve(
        filleted(
            [(0.0, 0.0), (0.09, 0.0), (0.09, 0.018), (0.03, 0.028), (0.022, 0.05), (0.0, 0.05)],
            [0.0, 0.002, 0.008, 0.01, 0.004, 0.0],
        ),
        32,
    )
    hip = np.array([0.0, 0.0, 0.055])
    elbow = hip + long * np.array([-np.cos(lower), 0.0, np.sin(lower)])
    wrist = elbow + long * 0.95 * np.array([np.cos(upper), 0.0, np.sin(upper)])
    starts, ends, wide = [], [], []
    for a, b in ((hip, elbow), (elbow, wrist)):
        for y in (-0.011, 0.011):
            starts.append(a + np.array([0, y, 0]))
            ends.append(b + np.array([0, y, 0]))
            wide.append(0.0042)
        along = (b - a) / np.linalg.norm(b - a)
        starts.append(a + along * 0.04 + [0.0, 0.0, 0.012])
        ends.append(a + along * 0.16 + [0.0, 0.0, 0.009])
        wide.append(0.0062)
    for joint in (hip, elbow, wrist):
        starts.append(joint + np.array([0, -0.018, 0]))
        ends.append(joint + np.array([0, 0.018, 0]))
        wide.append(0.011)
    arms = rods(np.array(starts), np.array(ends), np.array(wide), 8)
    tilt = turn_about("y", np.radians(float(params["head_deg"])))
    size = float(params["shade_m"])
    t = 0.0018
    outer = [(0.0, 0.35 * size), (0.3 * size, 0.35 * size), (0.36 * size, 0.1 * size), (size, -1.0 * size)]
    inner = [(size - t, -1.0 * size), (0.36 * size - t, 0.1 * size - t), (0.0, 0.1 * size - t)]
    profile = filleted([*outer, *inner][::-1], [0.0, 0.1 * size, 0.0, 0.0, 0.3 * size, 0.12 * size, 0.0])
    hood = revolve(profile, 32).placed_uvs((2 * np.pi * size, 1.4 * size))
    neck = wrist + np.array([0.015, 0.0, -0.03])
    light = bulb(0.3 * size).moved((0.0, 0.0, 0.1 * size)).turned(tilt).moved(neck)
    lamp = neck + tilt @ np.array([0.0, 0.0, -0.55 * size])
    frame = metal("frame", str(params["metal"]), seed, dirt=0.1)
    link = rods([wrist], [neck + tilt @ np.array([0, 0, 0.34 * size])], 0.007, 8)
    pieces = [
        (in_tiles(join([hood.turned(tilt).moved(neck), base.placed_uvs((0.56, 0.2))]), seed), paint),
        (in_tiles(join([arms, link])), frame),
        (light, bulb_material(lit)),
    ]
    tip = neck + tilt @ np.array([0.0, 0.0, 0.35 * size])
    return pieces, (float(lamp[0]), float(lamp[1]), float(lamp[2])), (float(tip[0]), float(tip[1]), float(tip[2]))


def _standing(params: Mapping[str, Any], paint: Material, seed: int, lit: bool) -> Placed:
    """A turned body with a cloth shade."""
    height, radius = float(params["height_m"]) * 0.85, float(params["shade_m"]) * 1.7
    tall = radius * 1.25
    low = height - tall
    belly = 0.32 * low + 0.3 * low * float(params["lower_deg"]) / 90
    wide = 0.05 + 0.04 * float(params["upper_deg"]) / 45
    if str(params["style"]) == "vase":
        points = [(0.0, 0.0), (0.06, 0.0), (0.055, 0.015), (wide, belly), (0.02, 0.88 * low), (0.024, low), (0.0, low)]
        radii = [0.0, 0.004, 0.01, 0.08, 0.04, 0.004, 0.0]
    else:
        points = [(0.0, 0.0), (0.07, 0.0), (0.07, 0.016), (0.02, 0.03), (0.011, 0.06), (0.011, low), (0.0, low)]
        radii = [0.0, 0.002, 0.005, 0.012, 0.01, 0.001, 0.0]
    body = revolve(filleted(points, radii).refined(0.06), 30).placed_uvs((0.4, height))
    stem = rods(
        [(0, 0, low - 0.01), (0, 0, low + 0.3 * tall)],
        [(0, 0, low + 0.5 * tall), (0, 0, low + 0.52 * tall)],
        np.array([0.006, 0.016]),
        10,
    )
    spokes = rods(
        [(0, 0, low + 0.5 * tall)] * 3,
        [(0.9 * radius * np.cos(a), 0.9 * radius * np.sin(a), low + 0.54 * tall) for a in (0.2, 2.3, 4.4)],
        0.0018,
        5,
    )
    lean = turn_about("y", np.radians(float(params["head_deg"])) * 0.06)
    cap = shade(radius, 0.72 * radius, low, height)
    lifted = cap.moved((0, 0, -low)).turned(lean).moved((0, 0, low))
    lamp_z = low + 0.3 * tall
    pieces = [
        (in_tiles(body, seed), paint),
        (in_tiles(join([stem, spokes])), metal("frame", str(params["metal"]), seed, dirt=0.1)),
        (cloth_uvs(lifted), cloth_shade_material(rgb(params["shade_colour"]), seed, lit)),
        (bulb(0.024).turned(turn_about("x", np.pi)).moved((0, 0, lamp_z)), bulb_material(lit)),
    ]
    return pieces, (0.0, 0.0, lamp_z + 0.04), (0.0, 0.0, height)


DESK_LAMP = ProceduralAsset(
    name="desk_lamp",
    kind="model",
    category="desk_lamp",
    tags=("lamp", "light", "furniture", "room", "office", "indoor"),
    size_m=0.5,
    description="A jointed desk lamp with a metal shade, or a table lamp with a cloth shade, lit or not.",
    parameters={
        "style": Choice(("arm", "vase", "column"), "arm", (0.55, 0.25, 0.2)),
        "height_m": Number(0.36, 0.62, 0.48, "m"),
        "lower_deg": Number(55.0, 88.0, 70.0, "deg"),
        "upper_deg": Number(5.0, 45.0, 25.0, "deg"),
        "head_deg": Number(-50.0, -5.0, -25.0, "deg"),
        "shade_m": Number(0.055, 0.085, 0.07, "m"),
        "metal": Choice(("black", "brushed", "chrome", "brass"), "brushed"),
        "colour": Colour(
            (
                (0.04, 0.04, 0.042),
                (0.65, 0.64, 0.62),
                (0.5, 0.03, 0.02),
                (0.05, 0.14, 0.12),
                (0.06, 0.1, 0.25),
                (0.65, 0.42, 0.06),
            ),
            0.1,
        ),
        "shade_colour": Colour(((0.72, 0.69, 0.62), (0.55, 0.47, 0.36), (0.1, 0.1, 0.1), (0.35, 0.15, 0.12)), 0.1),
        "lit": Choice(("off", "on"), "off"),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("shade", "body", "frame", "bulb", "cord"),
    keypoints=("base", "lamp", "shade_top"),
)
