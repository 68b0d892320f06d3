"""A spanner of forged steel: combination, double open-ended or double ring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.products.tool_shapes import arc_points, bar, steel
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.plates import plate

__all__ = ["SPANNER"]

JAW_TURN_RAD = np.radians(15.0)
"""Open jaws stand 15 degrees off the handle (DIN 3113), so that turning the tool over halves the swing."""


def _build(params: Mapping[str, Any]) -> Model:
    width = float(params["jaw_m"])
    length = width * float(params["length_share"])
    thick = 0.42 * width * float(params["thickness_factor"])
    style = str(params["style"])
    seed = int(params["wear_seed"])
    # The handle ends inside the metal of the heads, short of the slot and of the hole.
    ahead = length / 2 - (1.9 if style != "ring" else 1.66) * width
    behind = length / 2 - (1.78 if style == "open" else 1.7) * width
    half = min(ahead, behind)
    far = _ring_end(width, thick) if style != "open" else _jaw_end(0.84 * width, 0.92 * thick)
    near = _jaw_end(width, thick) if style != "ring" else _ring_end(0.88 * width, 0.95 * thick)
    shaft_y = 0.44 * width * float(params["shaft_factor"])
    stations = [
        (-behind, 1.15 * shaft_y, 0.3 * thick),
        (-0.8 * half, shaft_y, 0.34 * thick),
        (0.0, 0.9 * shaft_y, 0.34 * thick),
        (0.8 * half, 1.02 * shaft_y, 0.34 * thick),
        (ahead, 1.3 * shaft_y, 0.3 * thick),
    ]
    shaft = bar(stations, sections=24, exponent=4.5)
    panel = bar(
        [
            (-0.62 * half, 0.45 * shaft_y, 0.37 * thick),
            (-0.6 * half, 0.5 * shaft_y, 0.375 * thick),
            (0.6 * half, 0.5 * shaft_y, 0.375 * thick),
            (0.62 * half, 0.45 * shaft_y, 0.37 * thick),
        ],
        sections=20,
        exponent=6.0,
    )
    front = near.turned(turn_about("z", JAW_TURN_RAD if style != "ring" else 0.0)).moved((length / 2 - width, 0.0, 0.0))
    back = far.turned(turn_about("z", np.pi + (JAW_TURN_RAD if style == "open" else 0.0)))
    # Ring ends are cranked: they stand a little off the plane of the handle.
    crank = turn_about("y", 0.12) if style != "open" else np.eye(3)
    back = back.turned(crank).moved((-(length / 2 - width), 0.0, 0.0))
    finish = str(params["steel"])
    sunk = "ground" if finish == "chrome" else "black" if finish == "ground" else "ground"
    body, band = (mesh.with_uvs(mesh.positions_n3[:, :2] * [4.0, -4.0]) for mesh in (join([shaft, front, back]), panel))
    return assembled(
        "spanner",
        params,
        [(body, steel("body", finish, seed)), (band, steel("panel", sunk, seed))],
        attributes={"material": "metal", "style": style},
        keypoints={"front": (length / 2 - width, 0.0, 0.0), "back": (-(length / 2 - width), 0.0, 0.0)},
    )


def _jaw_end(width: float, thick: float) -> Mesh:
    """An open jaw towards +x about the origin: a head with a slot for the nut."""
    radius = 1.08 * width
    slot = width / 2
    reach = 0.86 * width
    head = arc_points((0.0, 0.0), radius, 52, 308, 26)
    lower_tip = [(reach, -0.78 * width), (reach + 0.05 * width, -slot)]
    floor = arc_points((-0.28 * width, 0.0), slot, 270, 90, 9)
    upper_tip = [(reach + 0.05 * width, slot), (reach, 0.78 * width)]
    outline: Floats = np.concatenate([head, lower_tip, floor, upper_tip])
    return plate(outline, -thick / 2, thick / 2, bevel_m=0.1 * thick)


def _ring_end(width: float, thick: float) -> Mesh:
    """A ring with twelve points inside."""
    outer = arc_points((0.0, 0.0), 0.82 * width, 0, 360, 41)[:-1]
    angle = -np.arange(48) * 2 * np.pi / 48
    teeth = np.where(np.arange(48) % 4 == 0, 0.585, np.where(np.arange(48) % 4 == 2, 0.525, 0.55)) * width
    hole = np.stack([teeth * np.cos(angle), teeth * np.sin(angle)], axis=1)
    return plate(outer, -0.55 * thick, 0.55 * thick, bevel_m=0.1 * thick, holes=[hole])


SPANNER = ProceduralAsset(
    name="spanner",
    kind="model",
    category="spanner",
    tags=("table", "tool", "hand_tool", "workshop", "metal", "wrench"),
    size_m=0.18,
    description="A spanner of chromed, black or rusty steel: combination, double open-ended or double ring.",
    parameters={
        "style": Choice(("combination", "open", "ring"), "combination", (0.55, 0.3, 0.15)),
        "jaw_m": Number(0.01, 0.03, 0.017, "m"),
        "length_share": Number(8.5, 12.5, 10.5),
        "thickness_factor": Number(0.8, 1.2, 1.0),
        "shaft_factor": Number(0.8, 1.15, 1.0),
        "steel": Choice(("chrome", "ground", "black", "rusty"), "chrome", (0.45, 0.2, 0.15, 0.2)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "panel"),
    keypoints=("front", "back"),
)
