"""A hammer lying on its side: claw, ball peen, club or rubber mallet, with a handle of wood or with a rubber grip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.finishes import rubber
from synthvision.library.procedural.models.products.tool_shapes import bar, steel, wood, worn_grip
from synthvision.library.procedural.shapes.lofts import circle_ring, loft
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about

__all__ = ["HAMMER"]


def _build(params: Mapping[str, Any]) -> Model:
    length = float(params["length_m"])
    style = str(params["style"])
    size = float(params["head_m"])
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    head_x = length - 0.35 * size * 0.3
    metal = steel("head", str(params["steel"]), seed)
    head, reach = _head(style, size)
    head = head.moved((head_x, 0.0, 0.0))
    pieces: list[tuple[Mesh, Material]] = []
    pieces.append((head, rubber("head", (0.018, 0.018, 0.019), seed) if style == "mallet" else metal))
    neck = 0.115 * size
    if str(params["handle"]) == "wood" or style == "mallet":
        handle = _wooden(length, neck, size, float(params["swell"]))
        pieces.append((handle, wood("handle", (0.46, 0.27, 0.11), seed, dirt)))
    else:
        tube = [
            (0.3 * length, neck, 0.7 * neck),
            (0.7 * length, 0.9 * neck, 0.62 * neck),
            (head_x, 1.05 * neck, 0.8 * neck),
        ]
        pieces.append(
            (bar(tube, sections=16, exponent=3.0), metal if style != "mallet" else steel("shaft", "ground", seed))
        )
        pieces.append(
            (
                _rubber_grip(length, neck, float(params["swell"])),
                worn_grip("handle", rgb(params["grip_colour"]), seed, dirt),
            )
        )
    middle = length / 2
    pieces = [(mesh.moved((-middle, 0.0, 0.0)), material) for mesh, material in pieces]
    return assembled(
        "hammer",
        params,
        pieces,
        attributes={"material": "metal", "style": style},
        keypoints={
            "face": (head_x - middle, reach, 0.0),
            "head": (head_x - middle, 0.0, 0.0),
            "handle_end": (-middle, 0.0, 0.0),
        },
    )


def _head(style: str, size: float) -> tuple[Mesh, float]:
    """Head across the handle, its face towards +y, and how far that is."""
    if style == "mallet":
        r = 0.3 * size
        stations = [
            (-0.5 * size, 0.86 * r, 0.86 * r),
            (-0.47 * size, r, r),
            (0.0, 0.97 * r, 0.97 * r),
            (0.47 * size, r, r),
            (0.5 * size, 0.86 * r, 0.86 * r),
        ]
        return bar(stations, sections=40, crease_rad=0.9).turned(turn_about("z", np.pi / 2)), 0.5 * size
    if style == "club":
        h = 0.2 * size
        stations = [
            (-0.5 * size, 0.8 * h, 0.8 * h),
            (-0.46 * size, h, h),
            (-0.16 * size, 0.97 * h, 0.97 * h),
            (0.16 * size, 0.97 * h, 0.97 * h),
            (0.46 * size, h, h),
            (0.5 * size, 0.8 * h, 0.8 * h),
        ]
        return bar(stations, sections=24, exponent=5.0).turned(turn_about("z", np.pi / 2)), 0.5 * size
    r = 0.125 * size
    front = [
        (-0.17 * size, 0.9 * r, 0.85 * r),
        (-0.13 * size, 1.25 * r, 1.05 * r),
        (0.1 * size, 1.25 * r, 1.05 * r),
        (0.16 * size, 0.85 * r, 0.85 * r),
        (0.27 * size, 0.78 * r, 0.78 * r),
        (0.31 * size, 1.05 * r, 1.05 * r),
        (0.41 * size, 1.1 * r, 1.1 * r),
        (0.43 * size, 0.95 * r, 0.95 * r),
    ]
    body = bar(front, sections=24, exponent=2.6, crease_rad=0.7).turned(turn_about("z", np.pi / 2))
    if style == "ball":
        angle = np.linspace(-1.35, 1.3, 12)
        ball = [
            (-0.34 * size + 1.05 * r * float(np.sin(a)), 1.05 * r * float(np.cos(a)), 1.05 * r * float(np.cos(a)))
            for a in angle
        ]
        neck = [(-0.28 * size, 0.6 * r, 0.6 * r), (-0.2 * size, 0.62 * r, 0.62 * r), (-0.15 * size, 0.95 * r, 0.9 * r)]
        peen = join([bar(ball, sections=24, crease_rad=1.2), bar(neck, sections=24)]).turned(turn_about("z", np.pi / 2))
        return join([body, peen]), 0.43 * size
    return join([body, _claw(size, r, 1.0), _claw(size, r, -1.0)]), 0.43 * size


def _claw(size: float, r: float, side: float) -> Mesh:
    """One of the two tines, curved back towards the handle and thinning to an edge."""
    t = np.linspace(0.0, 1.0, 12)
    y = -size * (0.12 + 0.42 * t)
    x = -size * 0.17 * t**1.8
    z = side * r * (0.46 + 0.36 * t)
    rings: list[Floats] = []
    for k, share in enumerate(t):
        thick = r * (1.05 * (1 - share) + 0.12 * share)
        wide = r * (0.46 - 0.1 * share)
        ring = circle_ring(1.0, 16, exponent=4.0) * [thick, wide]
        lean = 0.75 * share
        offset = np.stack([ring[:, 0] * np.cos(lean), -ring[:, 0] * np.sin(lean) * 0.6, ring[:, 1]], axis=1)
        rings.append(offset + np.array([x[k], y[k], z[k]]))
    return loft(np.array(rings), crease_rad=0.6)


def _wooden(length: float, neck: float, size: float, swell: float) -> Mesh:
    """An ash handle: narrow at the waist, thick where the hand is, its end standing out of the head."""
    shares = [
        (0.0, 0.9),
        (0.012, 1.15),
        (0.05, 1.3 + 0.2 * swell),
        (0.16, 1.25 + 0.15 * swell),
        (0.3, 1.2),
        (0.45, 1.08),
        (0.62, 0.86),
        (0.8, 0.82),
        (0.9, 0.98),
    ]
    stations = [(t * length, 1.15 * neck * s, 0.85 * neck * s) for t, s in shares]
    stations += [(length + 0.12 * size, 0.98 * neck, 0.72 * neck), (length + 0.13 * size, 0.85 * neck, 0.6 * neck)]
    return bar(stations, sections=24, crease_rad=0.7)


def _rubber_grip(length: float, neck: float, swell: float) -> Mesh:
    """A moulded grip with rings for the fingers and a flared end."""
    stations = [(0.0, 1.3 * neck, 0.95 * neck), (0.01, 1.6 * neck, 1.2 * neck), (0.025, 1.6 * neck, 1.2 * neck)]
    for k in range(5):
        x = 0.035 + k * 0.075 * length
        s = 1.32 + 0.12 * swell
        stations += [
            (x, s * neck, neck),
            (x + 0.02 * length, (s + 0.14) * neck, 1.08 * neck),
            (x + 0.05 * length, (s + 0.14) * neck, 1.08 * neck),
        ]
    stations += [(0.42 * length, 1.25 * neck, 0.95 * neck), (0.425 * length, 1.1 * neck, 0.85 * neck)]
    return bar(sorted(stations), sections=24, exponent=2.5, crease_rad=0.8)


HAMMER = ProceduralAsset(
    name="hammer",
    kind="model",
    category="hammer",
    tags=("table", "tool", "hand_tool", "workshop", "metal"),
    size_m=0.32,
    description="A hammer on its side: claw, ball peen, club or rubber mallet, with a wooden or rubber-gripped handle.",
    parameters={
        "style": Choice(("claw", "ball", "club", "mallet"), "claw", (0.5, 0.2, 0.15, 0.15)),
        "length_m": Number(0.24, 0.38, 0.32, "m"),
        "head_m": Number(0.09, 0.14, 0.12, "m"),
        "handle": Choice(("wood", "rubber"), "wood", (0.55, 0.45)),
        "grip_colour": Colour(((0.02, 0.02, 0.022), (0.02, 0.1, 0.4), (0.55, 0.02, 0.015), (0.75, 0.4, 0.01)), 0.1),
        "swell": Number(0.0, 1.0, 0.5),
        "steel": Choice(("ground", "black", "rusty"), "ground", (0.5, 0.3, 0.2)),
        "dirt": Number(0.0, 1.0, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("head", "handle"),
    keypoints=("face", "head", "handle_end"),
)
