"""A screwdriver: slotted, cross or hexagon blade in a fluted handle of two colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.finishes import rubber, worn_plastic
from synthvision.library.procedural.models.products.tool_shapes import bar, steel
from synthvision.library.procedural.shapes.lofts import circle_ring, loft
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about

__all__ = ["SCREWDRIVER"]


def _build(params: Mapping[str, Any]) -> Model:
    handle = float(params["handle_m"])
    shaft = float(params["shaft_m"])
    r = 0.5 * float(params["handle_width_m"])
    thin = r * float(params["shaft_share"])
    seed = int(params["wear_seed"])
    blade = _shaft(shaft, thin, str(params["tip"]), -0.01)
    metal = steel("shaft", str(params["steel"]), seed)
    main = worn_plastic("handle", rgb(params["colour"]), seed, dirt=float(params["dirt"]), scuff=0.5, roughness=0.3)
    soft = rubber("grip", (0.02, 0.02, 0.022) if seed % 3 else (0.2, 0.2, 0.21), seed)
    style = str(params["style"])
    flutes = {"fluted": (6, 0.2), "soft": (3, 0.1), "ball": (8, 0.1)}[style]
    profile = {
        "fluted": [
            (0.0, 0.55),
            (0.02, 0.8),
            (0.08, 0.98),
            (0.5, 1.0),
            (0.7, 0.96),
            (0.78, 0.7),
            (0.86, 0.62),
            (0.94, 0.66),
            (0.98, 0.55),
            (1.0, 0.4),
        ],
        "soft": [
            (0.0, 0.5),
            (0.02, 0.78),
            (0.1, 1.0),
            (0.3, 0.98),
            (0.5, 0.86),
            (0.66, 0.95),
            (0.74, 0.8),
            (0.82, 0.6),
            (0.92, 0.72),
            (0.97, 0.6),
            (1.0, 0.4),
        ],
        "ball": [
            (0.0, 0.5),
            (0.03, 0.85),
            (0.15, 1.1),
            (0.35, 1.08),
            (0.6, 0.9),
            (0.75, 0.68),
            (0.88, 0.6),
            (0.95, 0.7),
            (1.0, 0.45),
        ],
    }[style]
    knots = np.array(profile)
    dense = np.linspace(0.0, 1.0, 22)
    stations = [
        (-handle + t * handle, r * s, r * s)
        for t, s in zip(dense, np.interp(dense, knots[:, 0], knots[:, 1]), strict=True)
    ]
    body = bar(stations, sections=36, flutes=flutes, crease_rad=0.9)
    pieces: list[tuple[Mesh, Material]] = [(blade, metal), (body, main)]
    if style != "fluted":
        band = [
            (-handle + t * handle, r * (s + 0.045), r * (s + 0.045))
            for t, s in [(t, float(np.interp(t, knots[:, 0], knots[:, 1]))) for t in np.linspace(0.12, 0.6, 10)]
        ]
        ends = [
            (band[0][0] - 0.001, 0.9 * band[0][1], 0.9 * band[0][2]),
            (band[-1][0] + 0.001, 0.9 * band[-1][1], 0.9 * band[-1][2]),
        ]
        # The soft zone covers the ridges between the flutes.
        pieces.append((bar([ends[0], *band, ends[1]], sections=36, flutes=flutes), soft))
    else:
        cap = [
            (-handle - 0.002, 0.4 * r, 0.4 * r),
            (-handle - 0.0015, 0.62 * r, 0.62 * r),
            (-handle + 0.001, 0.72 * r, 0.72 * r),
        ]
        pieces.append((bar(cap, sections=24, crease_rad=0.9), soft))
    middle = (shaft - handle) / 2
    lying = turn_about("x", float(params["roll_rad"]))
    pieces = [(mesh.turned(lying).moved((-middle, 0.0, 0.0)), material) for mesh, material in pieces]
    # It rests on the handle and the tip: the thin end sinks.
    tilt = float(np.arctan2(0.95 * r - thin, shaft + 0.5 * handle))
    down = turn_about("y", tilt)
    pieces = [(mesh.turned(down), material) for mesh, material in pieces]
    spots = {
        "tip": down @ np.array([shaft - middle, 0.0, 0.0]),
        "handle_end": down @ np.array([-handle - middle, 0.0, 0.0]),
    }
    return assembled(
        "screwdriver",
        params,
        pieces,
        attributes={"material": "metal", "tip": str(params["tip"])},
        keypoints={name: (float(p[0]), float(p[1]), float(p[2])) for name, p in spots.items()},
    )


def _shaft(length: float, r: float, tip: str, start: float) -> Mesh:
    """A round or hexagonal rod with its working end at +x."""
    if tip == "slotted":
        stations = [
            (start, r, r),
            (0.84 * length, r, r),
            (0.9 * length, 1.25 * r, 0.62 * r),
            (0.985 * length, 1.3 * r, 0.26 * r),
            (length, 1.26 * r, 0.2 * r),
        ]
        return join([bar(stations, sections=20, exponent=2.6), _ferrule(r)])
    if tip == "cross":
        body = bar([(start, r, r), (length - 4.2 * r, r, r), (length - 3.4 * r, 0.96 * r, 0.96 * r)], sections=20)
        angle = np.arange(24) * 2 * np.pi / 24
        star = (1.0 - 0.42 * np.abs(np.sin(2 * angle)) ** 0.7)[:, None]
        rings = []
        for t, s in ((0.0, 0.98), (0.25, 0.92), (0.6, 0.62), (0.9, 0.3), (1.0, 0.12)):
            section = circle_ring(s * r, 24) * (1.0 + (star - 1.0) * min(4 * t, 1.0))
            rings.append(np.concatenate([np.full((24, 1), length - 3.5 * r * (1 - t)), section], axis=1))
        return join([body, loft(np.array(rings), crease_rad=0.5), _ferrule(r)])
    angle = np.arange(24) * 2 * np.pi / 24
    hexagon = (np.cos(np.pi / 6) / np.cos(np.mod(angle, np.pi / 3) - np.pi / 6))[:, None]
    rings = []
    for x, s in ((start, 1.0), (0.5 * length, 1.0), (length - 0.3 * r, 1.0), (length, 0.8)):
        section = circle_ring(r * s, 24) * hexagon
        rings.append(np.concatenate([np.full((24, 1), x), section], axis=1))
    return join([loft(np.array(rings), crease_rad=0.4), _ferrule(r)])


def _ferrule(r: float) -> Mesh:
    """The collar where the blade enters the handle."""
    return bar(
        [(-0.004, 1.5 * r, 1.5 * r), (0.002, 1.5 * r, 1.5 * r), (0.006, 1.2 * r, 1.2 * r), (0.0065, 0.9 * r, 0.9 * r)],
        sections=20,
    )


SCREWDRIVER = ProceduralAsset(
    name="screwdriver",
    kind="model",
    category="screwdriver",
    tags=("table", "tool", "hand_tool", "workshop", "metal"),
    size_m=0.22,
    description="A screwdriver lying down: slotted, cross or hexagon tip, fluted or soft handle.",
    parameters={
        "style": Choice(("fluted", "soft", "ball"), "soft", (0.35, 0.45, 0.2)),
        "tip": Choice(("slotted", "cross", "hexagon"), "cross", (0.4, 0.45, 0.15)),
        "handle_m": Number(0.075, 0.12, 0.1, "m"),
        "shaft_m": Number(0.05, 0.17, 0.11, "m"),
        "handle_width_m": Number(0.022, 0.036, 0.03, "m"),
        "shaft_share": Number(0.18, 0.28, 0.22),
        "steel": Choice(("chrome", "black", "rusty"), "chrome", (0.65, 0.2, 0.15)),
        "colour": Colour(
            (
                (0.6, 0.02, 0.012),
                (0.75, 0.38, 0.01),
                (0.02, 0.1, 0.42),
                (0.02, 0.02, 0.022),
                (0.75, 0.16, 0.01),
                (0.05, 0.25, 0.06),
            ),
            0.1,
        ),
        "roll_rad": Number(0.0, 6.283, 0.0),
        "dirt": Number(0.0, 0.8, 0.2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("shaft", "handle", "grip"),
    keypoints=("tip", "handle_end"),
)
