"""A laptop: base with keys and touch pad, lid opened by any angle, screen off or on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, plastic, rubber
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.screens import key_places, screen_material, screen_sheet
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["LAPTOP"]


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "laptop.parts")
    wide = float(params["width_m"])
    deep, thick = wide * float(params["depth_ratio"]), float(params["thickness_m"])
    corner = float(params["corner_m"])
    base_t, lid_t = 0.62 * thick, 0.38 * thick
    feet = 0.0015
    base = extrude(rounded_rectangle(deep, wide, corner, steps=4), feet, feet + base_t, bevel_m=0.0015)
    top = feet + base_t
    opening = np.radians(float(params["open_deg"]))
    hinge = np.array([-deep / 2 + 0.006, 0.0, top + 0.002])
    lid_deep = deep - 0.01
    lid = extrude(rounded_rectangle(lid_deep, wide - 0.002, corner, steps=4), 0.0, lid_t, bevel_m=0.0012)
    # Closed, the lid lies over the base with its screen down; it turns about its back edge.
    turn = turn_about("y", -opening)
    to_hinge = np.array([lid_deep / 2, 0.0, 0.0])

    def opened(mesh: Mesh) -> Mesh:
        return mesh.moved(to_hinge).turned(turn).moved(hinge)

    bezel = float(params["bezel_m"])
    screen_h, screen_w = lid_deep - 2.2 * bezel - 0.006, wide - 2 * bezel
    # The sheet faces +x with its top at +z; on the closed lid that is downwards, its top away from the hinge.
    lay = np.array([[0, 0, 1], [0, -1, 0], [1, 0, 0]], np.float64) @ np.diag([-1.0, -1.0, 1.0])
    lay = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float64)
    screen = opened(screen_sheet(screen_w, screen_h).turned(lay).moved((0.004, 0.0, -0.0005)))
    keys, pads = BoxSet(rng), BoxSet(rng)
    pitch = min(0.019, 0.9 * wide / 15)
    for x, y, size_x, size_y in key_places(pitch, 0.86 * pitch):
        keys.add((size_x - 0.0026, size_y - 0.0026, 0.0022), (x - 0.16 * deep, y, top + 0.0006), "y")
    well = (5.6 * pitch, 15.4 * pitch)
    pads.add((well[0], well[1], 0.0008), (-0.16 * deep, 0.0, top - 0.0001))
    pads.add((0.3 * deep, 0.34 * wide, 0.0009), (0.31 * deep, 0.0, top + 0.0001))
    hinges = rods(
        [hinge + np.array([0, s * 0.34 * wide, 0]) for s in (-1, 1)],
        [hinge + np.array([0, s * 0.24 * wide, 0]) for s in (-1, 1)],
        0.0052,
        10,
    )
    ports = BoxSet(rng)
    for k, x in enumerate((-0.3, -0.2, -0.08)):
        ports.add((0.014 - 0.003 * k, 0.0012, 0.0045), (x * deep, -wide / 2 + 0.0002, feet + 0.55 * base_t))
        ports.add((0.014 - 0.003 * k, 0.0012, 0.0045), (x * deep, wide / 2 - 0.0002, feet + 0.55 * base_t))
    stickers = rods(
        [(x * 0.38 * deep, y * 0.42 * wide, 0.0) for x in (-1, 1) for y in (-1, 1)],
        [(x * 0.38 * deep, y * 0.42 * wide, feet + 0.001) for x in (-1, 1) for y in (-1, 1)],
        0.006,
        10,
    )
    frame = (
        opened(extrude(rounded_rectangle(lid_deep - 0.003, wide - 0.005, corner, steps=3), -0.0003, 0.0004))
        if str(params["frame"]) == "black"
        else None
    )
    case = (
        metal("case", "aluminium", seed, dirt=0.1)
        if str(params["finish"]) == "aluminium"
        else plastic("case", rgb(params["colour"]), seed, dirt=0.1)
    )
    key_colour = (0.025, 0.025, 0.026) if str(params["frame"]) == "black" else (0.5, 0.5, 0.5)
    pieces: list[tuple[Mesh, Material]] = [
        (in_tiles(join([base, opened(lid)]), seed), case),
        (in_tiles(keys.mesh(0.0005)), plastic("keys", key_colour, seed, dirt=0.1)),
        (in_tiles(pads.mesh(0.0003)), plastic("deck", (0.04, 0.04, 0.042), seed, roughness=0.35)),
        (in_tiles(hinges), plastic("hinges", (0.03, 0.03, 0.03), seed)),
        (in_tiles(ports.mesh(0.0002)), plastic("ports", (0.012, 0.012, 0.012), seed)),
        (in_tiles(stickers), rubber("feet", seed)),
        (screen, screen_material(str(params["screen"]), int(params["design"]))),
    ]
    if frame is not None:
        pieces.append((in_tiles(frame), plastic("bezel", (0.02, 0.02, 0.021), seed, roughness=0.3)))

    def on_lid(x: float, y: float) -> tuple[float, float, float]:
        a, b, c = (float(v) for v in turn @ (np.array([x, y, -0.0005]) + to_hinge) + hinge)
        return a, b, c

    tip = lid_deep / 2
    return assembled(
        "laptop",
        params,
        pieces,
        attributes={"open_deg": f"{float(params['open_deg']):.3g}", "screen": str(params["screen"])},
        keypoints={
            "base_front_left": (deep / 2, wide / 2, top),
            "base_front_right": (deep / 2, -wide / 2, top),
            "hinge_left": (float(hinge[0]), wide / 2, float(hinge[2])),
            "hinge_right": (float(hinge[0]), -wide / 2, float(hinge[2])),
            "lid_top_left": on_lid(tip, wide / 2),
            "lid_top_right": on_lid(tip, -wide / 2),
            "screen_centre": on_lid(0.004, 0.0),
            "touch_pad": (0.31 * deep, 0.0, top),
        },
    )


LAPTOP = ProceduralAsset(
    name="laptop",
    kind="model",
    category="laptop",
    tags=("computer", "notebook", "room", "office", "electronics", "indoor"),
    size_m=0.33,
    description="A laptop opened by any angle, with keys, touch pad and ports; screen off or on.",
    parameters={
        "width_m": Number(0.28, 0.38, 0.325, "m"),
        "depth_ratio": Number(0.64, 0.74, 0.69),
        "thickness_m": Number(0.014, 0.026, 0.018, "m"),
        "corner_m": Number(0.005, 0.016, 0.01, "m"),
        "bezel_m": Number(0.004, 0.016, 0.008, "m"),
        "open_deg": Number(60.0, 140.0, 108.0, "deg"),
        "frame": Choice(("black", "case"), "black", (0.75, 0.25)),
        "finish": Choice(("aluminium", "plastic"), "aluminium"),
        "screen": Choice(("off", "on"), "on"),
        "design": Integer(0, 7, 0),
        "colour": Colour(((0.03, 0.03, 0.032), (0.12, 0.125, 0.13), (0.6, 0.6, 0.58), (0.06, 0.09, 0.18)), 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("case", "keys", "deck", "hinges", "ports", "feet", "screen", "bezel"),
    keypoints=(
        "base_front_left",
        "base_front_right",
        "hinge_left",
        "hinge_right",
        "lid_top_left",
        "lid_top_right",
        "screen_centre",
        "touch_pad",
    ),
)
