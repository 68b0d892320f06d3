"""A ladder: a stepladder with a platform, a wooden one, a leaning ladder of one or two sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, plastic, rubber, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.centring import centred_along_x
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["LADDER"]

RUNG_PITCH_M = 0.28  # EN 131: rungs 250 to 300 mm apart


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["wear_seed"])
    rng = rng_for(seed, 0, "ladder.parts")
    steps = int(params["steps"])
    wide = float(params["width_m"])
    if kind in ("step", "wooden"):
        rails, treads, fittings, feet, top = _stepladder(params, rng, steps, wide)
    else:
        rails, treads, fittings, feet, top = _leaning(params, rng, steps + 3, wide)
    dirt = float(params["dirt"])
    if kind == "wooden":
        main = timber("rails", str(params["species"]), seed, dirt=dirt, roughness=0.6, varnish=0.15)
        tread_wood = timber("treads", str(params["species"]), seed + 1, dirt=dirt, roughness=0.7)
        pieces: list[tuple[Mesh, Material]] = [(wooden_uvs(rails), main), (wooden_uvs(treads), tread_wood)]
        pieces.append((in_tiles(fittings), metal("fittings", "steel", seed, dirt=dirt)))
    else:
        fibre = str(params["rail_material"]) == "fibreglass"
        main = (
            plastic("rails", rgb(params["colour"]), seed, dirt=dirt, roughness=0.4)
            if fibre
            else metal("rails", "aluminium", seed, dirt=dirt)
        )
        pieces = [
            (in_tiles(rails, seed), main),
            (in_tiles(treads, seed), metal("treads", "aluminium", seed + 1, dirt=dirt)),
        ]
        pieces.append((in_tiles(fittings), plastic("fittings", rgb(params["colour"]), seed, dirt=dirt)))
    pieces.append((in_tiles(feet), rubber("feet", seed, dirt=dirt)))
    high = np.max([mesh.positions_n3.max(axis=0) for mesh, _ in pieces], axis=0)
    foot, half = float(high[0]) - 0.02, float(high[1]) - 0.02
    points = top | {"foot_left": (foot, half, 0.0), "foot_right": (foot, -half, 0.0)}
    pieces, keypoints = centred_along_x(pieces, points)
    return assembled(
        "ladder",
        params,
        pieces,
        attributes={"kind": kind, "steps": str(steps)},
        keypoints=keypoints,
    )


Parts = tuple[Mesh, Mesh, Mesh, Mesh, dict[str, tuple[float, float, float]]]


def _stepladder(params: Mapping[str, Any], rng: np.random.Generator, steps: int, wide: float) -> Parts:
    """Front rails with treads, rear rails with braces, a cap or platform on top, straps or bars between."""
    wooden = str(params["kind"]) == "wooden"
    lean = np.radians(90.0 - float(params["slope_deg"]))
    height = (steps + 0.6) * 0.24
    rails, treads, fittings, feet = BoxSet(rng), BoxSet(rng), BoxSet(rng), BoxSet(rng)
    thick, deep = (0.026, 0.07) if wooden else (0.022, 0.062)
    spread = float(params["taper"])

    def front(z: float) -> float:
        return (height - z) * float(np.tan(lean)) + 0.06

    def half_at(z: float) -> float:
        return wide / 2 + spread * (height - z) * 0.5

    long = height / float(np.cos(lean))
    for side in (1, -1):
        flare = float(np.arctan(spread * 0.5)) * side
        rails.add(
            (deep, thick, long),
            (front(height / 2), side * half_at(height / 2), height / 2),
            "z",
            turn_about("x", flare) @ turn_about("y", -lean),
        )
        back_lean = 0.8 * lean
        back_long = (height - 0.1) / float(np.cos(back_lean))
        x = -0.03 - float(np.tan(back_lean)) * (height - 0.1) / 2
        rails.add(
            (0.6 * deep, thick * 0.9, back_long),
            (x, side * (half_at(height / 2) - 0.03), (height - 0.1) / 2),
            "z",
            turn_about("x", flare) @ turn_about("y", back_lean),
        )
        for at, y in (
            (front(0.0), half_at(0.0)),
            (-0.03 - float(np.tan(back_lean)) * (height - 0.1), half_at(0.0) - 0.03),
        ):
            feet.add((0.075, thick + 0.014, 0.045), (at, side * y, 0.018))
        mid = 0.5 * height
        fittings.add(
            (front(mid) + 0.03 + float(np.tan(back_lean)) * (height - 0.1 - mid), 0.004, 0.02),
            (
                (front(mid) - 0.03 - float(np.tan(back_lean)) * (height - 0.1 - mid)) / 2,
                side * (half_at(mid) - 0.018),
                mid,
            ),
        )
    for k in range(1, steps):
        z = k * 0.24
        treads.add(
            (0.09, 2 * half_at(z) - thick * 0.6, 0.026 if not wooden else 0.022), (front(z) + 0.004, 0.0, z), "y"
        )
        if not wooden:
            for ridge in range(4):
                treads.add(
                    (0.006, 2 * half_at(z) - thick * 1.4, 0.004), (front(z) - 0.03 + ridge * 0.022, 0.0, z + 0.014), "y"
                )
    for z in (0.18, 0.45 * height, 0.72 * height):
        x = -0.03 - 0.8 * float(np.tan(0.8 * lean) / 0.8) * (height - 0.1 - z)
        rails.add((0.022, 2 * half_at(z) - 0.07, 0.03), (x, 0.0, z), "y")
    platform = str(params["top"]) == "platform"
    if platform:
        treads.add((0.27, 2 * half_at(height) + 0.02, 0.03), (0.02, 0.0, height + 0.005), "y")
        tall = float(params["rail_above_m"])
        hoop = [(0.02, side * half_at(height), height) for side in (1, -1)]
        top_z = height + tall
        tubes = rods(
            [*hoop, (0.0, half_at(height), top_z)],
            [(0.0, half_at(height), top_z), (0.0, -half_at(height), top_z), (0.0, -half_at(height), top_z)],
            0.012,
            8,
        )
        bars = join([rails.mesh(0.003), tubes])
    else:
        fittings.add((0.17, 2 * half_at(height) + thick + 0.02, 0.05), (0.03, 0.0, height + 0.005), "y")
        bars = rails.mesh(0.003)
        top_z = height + 0.03 + 0.0 * float(params["rail_above_m"])
    keys = {"top": (0.02, 0.0, top_z), "first_step": (front(0.24), 0.0, 0.254)}
    return bars, treads.mesh(0.003, 0.08), fittings.mesh(0.003), feet.mesh(0.006), keys


def _leaning(params: Mapping[str, Any], rng: np.random.Generator, rungs: int, wide: float) -> Parts:
    """Two rails with rungs; an extension ladder has a second, narrower pair before the first."""
    slope = np.radians(float(params["slope_deg"]))
    long = (rungs + 0.8) * RUNG_PITCH_M
    rails, fittings, feet = BoxSet(rng), BoxSet(rng), BoxSet(rng)
    starts, ends = [], []
    sections = [(0.0, 0.0, wide / 2)]
    if str(params["kind"]) == "extension":
        sections.append((round(float(params["extended"]) * rungs) * RUNG_PITCH_M, 0.055, wide / 2 - 0.034))
    for offset, forward, half in sections:
        for side in (1, -1):
            rails.add((0.062, 0.025, long), (forward, side * half, offset + long / 2), "z")
            fittings.add((0.068, 0.031, 0.03), (forward, side * half, offset + long - 0.01), "z")
        for k in range(rungs):
            z = offset + (k + 0.7) * RUNG_PITCH_M
            starts.append((forward, -half, z))
            ends.append((forward, half, z))
        if forward:
            for side in (1, -1):
                fittings.add((0.15, 0.012, 0.09), (0.028, side * (wide / 2 - 0.008), offset + 0.12), "z")
        else:
            for side in (1, -1):
                feet.add((0.09, 0.045, 0.07), (0.0, side * half, 0.03))
    # The stabiliser bar of long ladders lies across the foot.
    if str(params["top"]) == "platform":
        rails.add((0.05, 2.1 * wide, 0.07), (0.045, 0.0, 0.06), "y")
        for side in (1, -1):
            feet.add((0.06, 0.05, 0.08), (0.045, side * 1.05 * wide, 0.055))
    turn = turn_about("y", -(np.pi / 2 - slope))
    treads = rods(starts, ends, 0.0145, 16)
    end = turn @ np.array([sections[-1][1], 0.0, sections[-1][0] + long])
    first = turn @ np.array([0.0, 0.0, 0.7 * RUNG_PITCH_M])
    keys = {"top": (float(end[0]), 0.0, float(end[2])), "first_step": (float(first[0]), 0.0, float(first[2]))}
    meshes = (rails.mesh(0.004), treads, fittings.mesh(0.003), feet.mesh(0.006))
    a, b, c, d = (mesh.turned(turn) for mesh in meshes)
    return a, b, c, d, keys


LADDER = ProceduralAsset(
    name="ladder",
    kind="model",
    category="ladder",
    tags=("warehouse", "storage", "tool", "climbing", "household"),
    size_m=1.9,
    description="A stepladder of aluminium, fibreglass or wood, or a leaning ladder of one or two sections.",
    parameters={
        "kind": Choice(("step", "wooden", "single", "extension"), "step", (0.5, 0.2, 0.15, 0.15)),
        "steps": Integer(3, 8, 5),
        "width_m": Number(0.34, 0.44, 0.38, "m"),
        "slope_deg": Number(66.0, 76.0, 71.0, "deg"),
        "taper": Number(0.04, 0.14, 0.09),
        "extended": Number(0.15, 0.7, 0.4),
        "top": Choice(("platform", "cap"), "platform"),
        "rail_above_m": Number(0.35, 0.65, 0.5, "m"),
        "rail_material": Choice(("aluminium", "fibreglass"), "aluminium", (0.7, 0.3)),
        "species": Choice(("pine", "beech", "weathered"), "pine"),
        "colour": Colour(
            ((0.75, 0.42, 0.02), (0.7, 0.1, 0.01), (0.02, 0.12, 0.45), (0.03, 0.03, 0.032), (0.5, 0.03, 0.02)), 0.12
        ),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("rails", "treads", "fittings", "feet"),
    keypoints=("top", "first_step", "foot_left", "foot_right"),
)
