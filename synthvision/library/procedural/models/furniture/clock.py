"""A clock: a wall clock with a dial and hands at any time, or an alarm clock with bells on feet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, print_on, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted, rounded_rectangle
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import bar_along, bent_path, rods, tube_along

__all__ = ["CLOCK"]

# The dial is made about the z axis facing up, its twelve at +y, then stood up to face +x.
_STAND = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)
Point = tuple[float, float, float]


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["wear_seed"])
    radius = float(params["radius_m"]) * (1.0 if kind == "wall" else 0.36)
    deep = (0.22 if kind == "wall" else 0.75) * radius * float(params["depth_ratio"])
    rim = float(params["rim_ratio"]) * radius
    case = _case(radius, deep, rim)
    face_r, face_z = radius - rim, deep - 0.35 * rim
    face = revolve(filleted([(face_r + 0.001, face_z), (0.0, face_z)], 0.0), 40)
    flat = face.positions_n3[:, :2] / (2 * face_r)
    face = face.with_uvs(np.stack([0.5 + flat[:, 0], 0.5 - flat[:, 1]], axis=1))
    minutes = int(params["hour"]) * 60 + int(params["minute"])
    hour_angle, minute_angle = -2 * np.pi * minutes / 720, -2 * np.pi * (minutes % 60) / 60
    style = str(params["hands"])
    hands = join(
        [
            _hand(0.55 * face_r, 0.055 * face_r, face_z + 0.02 * face_r, hour_angle, style),
            _hand(0.82 * face_r, 0.038 * face_r, face_z + 0.045 * face_r, minute_angle, style),
        ]
    )
    second = _hand(
        0.86 * face_r, 0.012 * face_r, face_z + 0.07 * face_r, -2 * np.pi * int(params["second"]) / 60, "bar"
    )
    boss = rods([(0, 0, face_z)], [(0, 0, face_z + 0.085 * face_r)], 0.05 * face_r, 14)
    centre_z = radius if kind == "wall" else radius + 0.3 * radius
    place = np.array([0.0 if kind == "wall" else -deep / 2, 0.0, centre_z])

    def stood(mesh: Mesh) -> Mesh:
        return mesh.turned(_STAND).moved(place)

    finish = str(params["finish"])
    body = (
        timber("case", "walnut" if seed % 2 else "oak", seed, varnish=0.3)
        if finish == "wood"
        else metal("case", finish, seed, dirt=0.1)
        if finish in ("brass", "chrome")
        else painted("case", rgb(params["colour"]), seed, wear=0.05, dirt=0.1, roughness=0.3, coat=0.6)
    )
    dark = str(params["dial"]) == "dark"
    ink = (0.7, 0.68, 0.62) if dark else (0.02, 0.02, 0.022)
    pieces: list[tuple[Mesh, Material]] = [
        (wooden_uvs(stood(case)) if finish == "wood" else in_tiles(stood(case), seed), body),
        (stood(face), print_on("dial", _dial(int(params["design"]), str(params["numerals"]), dark), roughness=0.35)),
        (stood(hands), Material(name="hands", base_colour=(*ink, 1.0), roughness=0.4)),
        (
            stood(join([second, boss])),
            Material(name="second_hand", base_colour=(0.45, 0.02, 0.015, 1.0), roughness=0.4),
        ),
    ]
    if kind == "alarm":
        pieces.append(
            (
                in_tiles(_bells(radius, deep, centre_z)),
                metal("bells", "brass" if finish == "brass" else "chrome", seed, dirt=0.1),
            )
        )

    def at(x: float, y: float, z: float) -> Point:
        a, b, c = (float(v) for v in _STAND @ np.array([x, y, z]) + place)
        return a, b, c

    tips = {
        name: at(-long * face_r * float(np.sin(angle)), long * face_r * float(np.cos(angle)), face_z)
        for name, long, angle in (("hour_hand_tip", 0.55, hour_angle), ("minute_hand_tip", 0.82, minute_angle))
    }
    return assembled(
        "clock",
        params,
        pieces,
        attributes={"kind": kind, "time": f"{int(params['hour']):d}:{int(params['minute']):02d}"},
        keypoints={
            "centre": at(0, 0, face_z),
            "twelve": at(0, 0.9 * face_r, face_z),
            "three": at(0.9 * face_r, 0, face_z),
            "six": at(0, -0.9 * face_r, face_z),
            "nine": at(-0.9 * face_r, 0, face_z),
        }
        | tips,
    )


def _case(radius: float, deep: float, rim: float) -> Mesh:
    """A drum with a raised rim around the dial."""
    profile = filleted(
        [
            (0.0, 0.0),
            (0.92 * radius, 0.0),
            (radius, 0.3 * deep),
            (radius, deep - 0.3 * rim),
            (radius - 0.3 * rim, deep),
            (radius - 0.7 * rim, deep),
            (radius - rim, deep - 0.3 * rim),
            (radius - rim, deep - 0.5 * rim),
            (0.0, deep - 0.5 * rim),
        ],
        [0.0, 0.02 * radius, 0.1 * radius, 0.3 * rim, 0.3 * rim, 0.25 * rim, 0.1 * rim, 0.0, 0.0],
    )
    return revolve(profile, 44, v_per_metre=1.0).placed_uvs((2 * np.pi * radius, 1.0))


def _hand(length: float, width: float, z: float, angle: float, style: str) -> Mesh:
    """A flat hand from behind the middle to its tip, turned counter-clockwise from twelve."""
    path: Floats = np.array([(0.0, -0.2 * length, z), (0.0, 0.0, z), (0.0, 0.55 * length, z), (0.0, length, z)])
    scale = {
        "bar": np.array([0.8, 1.0, 1.0, 0.8]),
        "spear": np.array([0.5, 0.8, 1.6, 0.15]),
        "taper": np.array([0.9, 1.1, 0.8, 0.25]),
    }[style]
    return bar_along(
        path, rounded_rectangle(width, 0.25 * width + 0.0004, 0.1 * width, steps=1), up_xyz=(0, 0, 1), scale_k=scale
    ).turned(turn_about("z", angle))


def _bells(radius: float, deep: float, centre_z: float) -> Mesh:
    """Two bells with a hammer, a carrying handle, feet."""
    parts = []
    bell = revolve(
        filleted(
            [
                (0.0, -0.02 * radius),
                (0.46 * radius, -0.02 * radius),
                (0.46 * radius, 0.02 * radius),
                (0.3 * radius, 0.28 * radius),
                (0.0, 0.32 * radius),
            ],
            [0.0, 0.01 * radius, 0.04 * radius, 0.2 * radius, 0.0],
        ),
        22,
    )
    for side in (-1, 1):
        lean = 0.62
        out = np.array([0.0, side * np.sin(lean), np.cos(lean)])
        parts.append(
            bell.placed_uvs((0.1, 0.05))
            .turned(turn_about("x", -side * lean))
            .moved(out * 1.18 * radius + [0, 0, centre_z])
        )
        parts.append(
            rods([out * 0.95 * radius + [0, 0, centre_z]], [out * 1.56 * radius + [0, 0, centre_z]], 0.045 * radius, 10)
        )
        foot = np.array([0.0, side * np.sin(2.5), np.cos(2.5)])
        parts.append(
            rods([foot * 0.95 * radius + [0, 0, centre_z]], [foot * 1.6 * radius + [0, 0, centre_z]], 0.06 * radius, 10)
        )
    parts.append(
        rods(
            [(0.0, 0.0, centre_z + 0.95 * radius), (0.0, -0.14 * radius, centre_z + 1.34 * radius)],
            [(0.0, 0.0, centre_z + 1.36 * radius), (0.0, 0.14 * radius, centre_z + 1.34 * radius)],
            np.array([0.03, 0.08]) * radius,
            10,
        )
    )
    top = centre_z + 1.25 * radius
    path = bent_path(
        [
            (0.0, -0.9 * radius, top + 0.12 * radius),
            (0.0, -0.6 * radius, top + 0.5 * radius),
            (0.0, 0.6 * radius, top + 0.5 * radius),
            (0.0, 0.9 * radius, top + 0.12 * radius),
        ],
        0.4 * radius,
        5,
    )
    parts.append(tube_along(path, 0.035 * radius, 8))
    back = [(-deep / 2 - 0.005, y * 0.35 * radius, centre_z + 0.2 * radius) for y in (-1, 1)]
    parts.append(rods(back, [(x - 0.12 * radius, y, z) for x, y, z in back], 0.09 * radius, 12))
    return join(parts)


@lru_cache(maxsize=16)
def _dial(design: int, numerals: str, dark: bool) -> Texture:
    paper, ink = (
        ((26, 28, 32), (226, 220, 204))
        if dark
        else (((246, 244, 236), (238, 230, 208), (250, 250, 250))[design % 3], (24, 24, 26))
    )
    canvas = Canvas(320, 320, paper)
    middle = 160.0
    for k in range(60):
        angle = k * np.pi / 30
        c, s = float(np.sin(angle)), -float(np.cos(angle))
        reach = (150, 138 if k % 5 == 0 else 145)
        canvas.line(
            [(middle + reach[0] * c, middle + reach[0] * s), (middle + reach[1] * c, middle + reach[1] * s)],
            4.0 if k % 5 == 0 else 1.4,
            ink,
        )
    roman = ("XII", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")
    for k in range(12):
        angle = k * np.pi / 6
        place = (middle + 114 * float(np.sin(angle)), middle - 114 * float(np.cos(angle)))
        if numerals == "roman":
            canvas.text(roman[k], place, 24, ink, TypeStyle(weight=0.06, stretch=0.8))
        elif numerals == "arabic":
            canvas.text(str(k or 12), place, 28, ink, TypeStyle(weight=0.06))
        elif k % 3 == 0:
            outer, inner = 136.0, 108.0
            c, s = float(np.sin(angle)), -float(np.cos(angle))
            canvas.line([(middle + outer * c, middle + outer * s), (middle + inner * c, middle + inner * s)], 8, ink)
    if design % 2:
        canvas.text(invented_name(design, "clock.name"), (middle, 108), 11, ink)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


CLOCK = ProceduralAsset(
    name="clock",
    kind="model",
    category="clock",
    tags=("time", "wall_clock", "alarm_clock", "room", "furniture", "indoor"),
    size_m=0.25,
    description="A wall clock or an alarm clock with bells, its hands at any time of the day.",
    parameters={
        "kind": Choice(("wall", "alarm"), "wall", (0.65, 0.35)),
        "radius_m": Number(0.1, 0.19, 0.15, "m"),
        "depth_ratio": Number(0.7, 1.4, 1.0),
        "rim_ratio": Number(0.05, 0.17, 0.09),
        "hour": Integer(0, 11, 10),
        "minute": Integer(0, 59, 9),
        "second": Integer(0, 59, 36),
        "hands": Choice(("bar", "spear", "taper"), "taper"),
        "numerals": Choice(("arabic", "roman", "marks"), "arabic"),
        "dial": Choice(("light", "dark"), "light", (0.75, 0.25)),
        "design": Integer(0, 3, 1),
        "finish": Choice(("painted", "wood", "brass", "chrome"), "painted", (0.4, 0.25, 0.15, 0.2)),
        "colour": Colour(
            ((0.03, 0.03, 0.032), (0.7, 0.69, 0.66), (0.45, 0.03, 0.02), (0.05, 0.14, 0.2), (0.1, 0.2, 0.14)), 0.1
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("case", "dial", "hands", "second_hand", "bells"),
    keypoints=("centre", "twelve", "three", "six", "nine", "hour_hand_tip", "minute_hand_tip"),
)
