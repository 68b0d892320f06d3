"""Pliers, more or less open: combination, long-nosed or side cutters, with dipped or moulded grips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.closures import disc
from synthvision.library.procedural.models.products.finishes import rubber
from synthvision.library.procedural.models.products.tool_shapes import grip, steel, worn_grip
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.plates import plate

__all__ = ["PLIERS"]


def _build(params: Mapping[str, Any]) -> Model:
    length = float(params["length_m"])
    style = str(params["style"])
    seed = int(params["wear_seed"])
    thick = 0.058 * length
    half_open = 0.5 * float(params["open_rad"])
    jaw = length * {"combination": 0.2, "long_nose": 0.36, "cutter": 0.13}[style]
    spread = float(params["spread"])
    metal_parts: list[Mesh] = []
    grips: list[Mesh] = []
    ends: list[Floats] = []
    for side in (1.0, -1.0):
        head = _half_head(style, jaw, length, thick, side)
        path = _handle_path(length, spread)
        shank = grip(path[:7], np.tile([0.028 * length, 0.36 * thick], (7, 1)), 0.0, sections=12, exponent=3.0)
        cover = grip(path[4:], _grip_sizes(len(path) - 4, length, thick), 0.0)
        turn = turn_about("z", side * half_open) @ np.diag([1.0, side, side])
        metal_parts += [mesh.turned(turn) for mesh in (*head, shank)]
        grips.append(cover.turned(turn))
        ends.append(turn @ np.array([path[-1, 0], path[-1, 1], 0.0]))
    rivet = join(
        [
            disc(0.034 * length, 0.5 * thick - 0.0005, 0.5 * thick + 0.0012, 24),
            disc(0.034 * length, -0.5 * thick - 0.0012, -0.5 * thick + 0.0005, 24),
        ]
    )
    body = join(metal_parts)
    shown = steel("jaws", str(params["steel"]), seed)
    colour = rgb(params["colour"])
    pieces: list[tuple[Mesh, Material]] = [
        (body.with_uvs(body.positions_n3[:, :2] * [4.0, -4.0]), shown),
        (rivet, steel("pivot", "chrome", 0)),
        (join(grips), worn_grip("grips", colour, seed, float(params["dirt"]), soft=False)),
    ]
    if str(params["grip"]) == "two_colours":
        bands = []
        for side in (1.0, -1.0):
            path = _handle_path(length, spread)[9:]
            sizes = _grip_sizes(len(_handle_path(length, spread)) - 4, length, thick)[5:]
            turn = turn_about("z", side * half_open) @ np.diag([1.0, side, side])
            bands.append(grip(path[:6], sizes[:6] * [0.72, 1.08], 0.0).turned(turn))
        pieces.append((join(bands), rubber("inlay", (0.02, 0.02, 0.022), seed)))
    shift = np.array([0.25 * length, 0.0, 0.0])
    pieces = [(mesh.moved(shift), material) for mesh, material in pieces]
    tip = (float(jaw + shift[0]), 0.0, 0.0)
    marks = {"tip": tip, "pivot": (float(shift[0]), 0.0, 0.0)}
    for name, end in zip(("left_handle", "right_handle"), sorted(ends, key=lambda p: -float(p[1])), strict=True):
        place = end + shift
        marks[name] = (float(place[0]), float(place[1]), float(place[2]))
    return assembled("pliers", params, pieces, attributes={"material": "metal", "style": style}, keypoints=marks)


def _half_head(style: str, jaw: float, length: float, thick: float, side: float) -> list[Mesh]:
    """The jaw above y = 0 and its half of the joint; the two joint plates lie over each other."""
    root = 0.062 * length
    if style == "long_nose":
        outline = [
            (0.02 * length, 0.0004),
            (jaw, 0.0004),
            (jaw, 0.009 * length),
            (0.5 * jaw, 0.026 * length),
            (0.16 * jaw, 0.8 * root),
            (0.0, 0.9 * root),
        ]
    elif style == "cutter":
        outline = [
            (0.03 * length, 0.0003),
            (jaw, 0.0003),
            (0.98 * jaw, 0.012 * length),
            (0.7 * jaw, 0.05 * length),
            (0.25 * jaw, 1.05 * root),
            (0.0, root),
        ]
    else:
        teeth = [
            (x * jaw, 0.0004 + (0.004 * length if k % 2 else 0.0)) for k, x in enumerate(np.linspace(0.42, 0.62, 9))
        ]
        outline = [
            (0.02 * length, 0.0004),
            *teeth,
            (0.66 * jaw, 0.0004),
            (jaw, 0.0004),
            (jaw, 0.032 * length),
            (0.7 * jaw, 0.05 * length),
            (0.2 * jaw, root),
            (0.0, root),
        ]
    upper = plate(np.array(outline), -0.44 * thick, 0.44 * thick, bevel_m=0.05 * thick)
    angle = np.radians(np.linspace(0, 360, 29)[:-1])
    ring = np.stack([1.1 * root * np.cos(angle) - 0.1 * root, 0.95 * root * np.sin(angle)], axis=1)
    low, high = (-0.5 * thick, -0.0002) if side > 0 else (-0.47 * thick, -0.0002)
    return [upper, plate(ring, low, high, bevel_m=0.06 * thick)]


def _handle_path(length: float, spread: float) -> Floats:
    """From the joint back and outwards, on the other side of the axis than the jaw."""
    t = np.linspace(0.0, 1.0, 19)
    x = -0.02 * length - 0.68 * length * t
    y = -length * (0.012 + spread * np.sin(np.pi * np.clip(t, 0, 1) * 0.62) ** 1.3)
    return np.stack([x, y], axis=1)


def _grip_sizes(count: int, length: float, thick: float) -> Floats:
    t = np.linspace(0.0, 1.0, count)
    body = 0.9 + 0.25 * np.sin(np.pi * t) + 0.12 * np.cos(4 * np.pi * t)
    ends = np.clip(np.minimum(t, 1 - t) / 0.05, 0.0, 1.0) ** 0.5 * 0.45 + 0.55
    flare = 1.0 + 0.5 * np.exp(-((t / 0.09) ** 2))
    return np.stack(
        [0.036 * length * body * ends * flare, 0.62 * thick * ends * (0.9 + 0.15 * np.sin(np.pi * t))], axis=1
    )


PLIERS = ProceduralAsset(
    name="pliers",
    kind="model",
    category="pliers",
    tags=("table", "tool", "hand_tool", "workshop", "metal"),
    size_m=0.18,
    description="Pliers lying open or shut: combination, long-nosed or side cutters, with coloured grips.",
    parameters={
        "style": Choice(("combination", "long_nose", "cutter"), "combination", (0.5, 0.3, 0.2)),
        "length_m": Number(0.14, 0.22, 0.18, "m"),
        "open_rad": Number(0.0, 0.7, 0.2),
        "spread": Number(0.075, 0.12, 0.095),
        "steel": Choice(("chrome", "ground", "black", "rusty"), "ground", (0.25, 0.4, 0.2, 0.15)),
        "grip": Choice(("plain", "two_colours"), "two_colours"),
        "colour": Colour(
            ((0.55, 0.02, 0.012), (0.02, 0.1, 0.42), (0.75, 0.42, 0.01), (0.02, 0.02, 0.022), (0.75, 0.16, 0.01)), 0.1
        ),
        "dirt": Number(0.0, 0.8, 0.25),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("jaws", "pivot", "grips", "inlay"),
    keypoints=("tip", "pivot", "left_handle", "right_handle"),
)
