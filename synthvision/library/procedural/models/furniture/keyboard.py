"""A keyboard: case with rows of keys, with or without number block, flat or raised, corded or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, plastic, rubber
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.screens import key_places
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["KEYBOARD"]

KEY_M = 0.01905  # the usual pitch of keys, three quarters of an inch


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "keyboard.parts")
    layout = str(params["layout"])
    blocks = {"compact": 0.0, "tenkeyless": 3.4, "full": 7.8}[layout]
    wide, deep = (15 + blocks) * KEY_M + 0.02, 6.1 * KEY_M + float(params["rim_m"]) * 2
    rise, key_t = float(params["case_m"]), float(params["key_m"])
    # Front faces the typist at +x; the main block lies to the typist's left (-y).
    shift = -blocks * KEY_M / 2
    caps, accents = BoxSet(rng), BoxSet(rng)
    places = [(x, y + shift) for x, y, _, _ in key_places(KEY_M, KEY_M)]
    sizes = [(a, b) for _, _, a, b in key_places(KEY_M, KEY_M)]
    if blocks:
        for row in range(2):
            for k in range(3):
                places.append(((row - 1.5) * KEY_M, shift + (7.9 + k) * KEY_M))
                sizes.append((KEY_M, KEY_M))
        for x, k in ((1.5, 1), (2.5, 0), (2.5, 1), (2.5, 2)):
            places.append((x * KEY_M, shift + (7.9 + k) * KEY_M))
            sizes.append((KEY_M, KEY_M))
    if layout == "full":
        for row in range(5):
            for k in range(4):
                if k == 3 and row in (2, 4):
                    continue
                places.append(((row - 1.5) * KEY_M, shift + (11.3 + k) * KEY_M))
                sizes.append((KEY_M, KEY_M))
    for number, ((x, y), (size_x, size_y)) in enumerate(zip(places, sizes, strict=True)):
        accent = size_y > 1.2 * KEY_M or number < 1
        # Rows are dished: keys at the back stand a little higher and lean to the typist.
        lean = turn_about("y", 0.012 * (x / KEY_M))
        target = accents if accent else caps
        target.add(
            (size_x - 0.0032, size_y - 0.0032, key_t),
            (x, y, rise + key_t / 2 - 0.0008 + 0.0006 * (x / KEY_M) ** 2 / 6),
            "y",
            lean,
        )
    case = extrude(rounded_rectangle(deep, wide, float(params["corner_m"]), steps=4), 0.0, rise, bevel_m=0.0025)
    tilt = turn_about("y", np.radians(float(params["tilt_deg"])))
    feet = rods(
        [(x * (deep / 2 - 0.012), y * (wide / 2 - 0.03), -0.002) for x in (-1, 1) for y in (-1, 1)],
        [(x * (deep / 2 - 0.012), y * (wide / 2 - 0.03), 0.002) for x in (-1, 1) for y in (-1, 1)],
        0.006,
        10,
    )
    lights = rods(
        [
            (
                -deep / 2 + 0.01,
                shift + (12 + k) * KEY_M if layout == "full" else wide / 2 - 0.02 - 0.01 * k,
                rise - 0.001,
            )
            for k in range(3)
        ],
        [
            (
                -deep / 2 + 0.01,
                shift + (12 + k) * KEY_M if layout == "full" else wide / 2 - 0.02 - 0.01 * k,
                rise + 0.0006,
            )
            for k in range(3)
        ],
        0.0016,
        8,
    )
    body_colour = rgb(params["colour"])
    shell = (
        metal("case", "aluminium", seed)
        if str(params["finish"]) == "aluminium"
        else plastic("case", body_colour, seed, dirt=0.2)
    )
    key_colour = rgb(params["key_colour"])
    accent_colour = (key_colour[0] * 0.55, key_colour[1] * 0.6, key_colour[2] * 0.65)
    pieces: list[tuple[Mesh, Material]] = [
        (in_tiles(case.turned(tilt), seed), shell),
        (in_tiles(caps.mesh(0.0018).turned(tilt), seed), plastic("keys", key_colour, seed, dirt=0.2, roughness=0.5)),
        (
            in_tiles(accents.mesh(0.0018).turned(tilt), seed),
            plastic("accents", accent_colour, seed, dirt=0.2, roughness=0.5),
        ),
        (in_tiles(feet.turned(tilt)), rubber("feet", seed)),
        (lights.turned(tilt), Material(name="lights", base_colour=(0.3, 0.6, 0.3, 1.0), roughness=0.3)),
    ]
    if str(params["cable"]) == "yes":
        back = -deep / 2
        path = bent_path(
            [
                (back + 0.003, 0.04, 0.012),
                (back - 0.05, 0.04, 0.006),
                (back - 0.09, 0.09, 0.004),
                (back - 0.11, 0.02, 0.004),
            ],
            0.035,
            4,
        )
        pieces.append((in_tiles(tube_along(path, 0.0022, 6)), plastic("cable", (0.03, 0.03, 0.03), seed)))

    def at(x: float, y: float) -> tuple[float, float, float]:
        a, b, c = (float(v) for v in tilt @ np.array([x, y, rise]))
        return a, b, c

    return assembled(
        "keyboard",
        params,
        pieces,
        attributes={"layout": layout},
        keypoints={
            "front_left": at(deep / 2, wide / 2),
            "front_right": at(deep / 2, -wide / 2),
            "back_left": at(-deep / 2, wide / 2),
            "back_right": at(-deep / 2, -wide / 2),
            "space_bar": at(2.5 * KEY_M, shift - 0.6 * KEY_M),
        },
    )


KEYBOARD = ProceduralAsset(
    name="keyboard",
    kind="model",
    category="keyboard",
    tags=("computer", "room", "office", "electronics", "indoor"),
    size_m=0.43,
    description="A computer keyboard with blank keys, compact or full, of plastic or aluminium.",
    parameters={
        "layout": Choice(("compact", "tenkeyless", "full"), "full", (0.3, 0.25, 0.45)),
        "rim_m": Number(0.004, 0.02, 0.008, "m"),
        "case_m": Number(0.006, 0.02, 0.012, "m"),
        "key_m": Number(0.0035, 0.0095, 0.006, "m"),
        "corner_m": Number(0.003, 0.015, 0.007, "m"),
        "tilt_deg": Number(1.0, 8.0, 4.0, "deg"),
        "finish": Choice(("plastic", "aluminium"), "plastic", (0.7, 0.3)),
        "cable": Choice(("yes", "no"), "yes"),
        "colour": Colour(
            ((0.03, 0.03, 0.032), (0.03, 0.03, 0.032), (0.62, 0.6, 0.55), (0.3, 0.31, 0.32), (0.7, 0.7, 0.69)), 0.1
        ),
        "key_colour": Colour(((0.03, 0.03, 0.031), (0.06, 0.06, 0.062), (0.68, 0.67, 0.63), (0.5, 0.5, 0.49)), 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("case", "keys", "accents", "feet", "lights", "cable"),
    keypoints=("front_left", "front_right", "back_left", "back_right", "space_bar"),
)
