"""A monitor: thin or broad bezel on a stand with a foot, screen off or showing windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, plastic
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.screens import screen_material, screen_sheet
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.rods import bar_along, bent_path, tube_along
from synthvision.library.procedural.shapes.section_bodies import section_body, superellipse

__all__ = ["MONITOR"]

_STAND = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "monitor.parts")
    aspect = {"wide": 16 / 9, "tall": 16 / 10, "ultrawide": 21 / 9, "old": 4 / 3}[str(params["aspect"])]
    # The size of a screen is its diagonal in inches.
    diagonal = float(params["diagonal_in"]) * 0.0254
    height = diagonal / float(np.hypot(aspect, 1.0))
    width = height * aspect
    bezel, chin = float(params["bezel_m"]), float(params["chin_m"])
    outer_w, outer_h = width + 2 * bezel, height + bezel + chin
    lift = float(params["lift_m"])
    tilt = turn_about("y", -np.radians(float(params["tilt_deg"])))
    centre = np.array([0.0, 0.0, lift + outer_h / 2])
    panel = extrude(rounded_rectangle(outer_w, outer_h, 0.007, steps=3), -0.016, 0.0, bevel_m=0.0025).turned(_STAND)
    picture_z = (chin - bezel) / 2
    # The back bulges where the electronics are.
    rings = []
    for x, share, power in (
        (-0.014, 0.97, 12.0),
        (-0.024, 0.9, 9.0),
        (-0.036, 0.62, 6.0),
        (-0.052, 0.5, 5.0),
        (-0.056, 0.46, 5.0),
    ):
        flat = superellipse(outer_w / 2 * share, outer_h / 2 * share, power, 28, 0.1)
        rings.append(np.stack([np.full(28, x), flat[:, 0], flat[:, 1]], axis=1))
    bezel_sheet = join([panel, section_body(np.array(rings))])
    screen = screen_sheet(width, height).moved((0.0006, 0.0, picture_z))
    boxes = BoxSet(rng)
    boxes.add((0.0025, 0.05, 0.006), (0.0, 0.0, -outer_h / 2 + 0.4 * chin), "y")
    foot, post = _foot(params, rng, lift + 0.5 * outer_h)
    case = plastic("case", rgb(params["colour"]), seed, dirt=0.1, roughness=0.42)
    grey = (
        metal("stand", "brushed", seed, dirt=0.1)
        if str(params["stand"]) == "metal"
        else plastic("stand", rgb(params["colour"]), seed, roughness=0.45)
    )
    cable = tube_along(
        bent_path(
            [(-0.06, 0.03, lift + 0.2 * outer_h), (-0.1, 0.05, 0.12), (-0.13, 0.06, 0.01), (-0.22, 0.12, 0.005)],
            0.05,
            4,
        ),
        0.0032,
        6,
    )
    pieces: list[tuple[Mesh, Material]] = [
        (in_tiles(bezel_sheet.turned(tilt).moved(centre), seed), case),
        (screen.turned(tilt).moved(centre), screen_material(str(params["screen"]), int(params["design"]))),
        (in_tiles(boxes.mesh(0.0008).turned(tilt).moved(centre)), metal("badge", "chrome", seed)),
        (in_tiles(join([foot, post]), seed), grey),
        (in_tiles(cable), plastic("cable", (0.03, 0.03, 0.03), seed)),
    ]

    def at(y: float, z: float) -> tuple[float, float, float]:
        a, b, c = (float(v) for v in tilt @ np.array([0.0, y, z + picture_z]) + centre)
        return a, b, c

    return assembled(
        "monitor",
        params,
        pieces,
        attributes={"screen": str(params["screen"]), "aspect": str(params["aspect"])},
        keypoints={
            "screen_centre": at(0.0, 0.0),
            "screen_top_left": at(width / 2, height / 2),
            "screen_top_right": at(-width / 2, height / 2),
            "screen_bottom_left": at(width / 2, -height / 2),
            "screen_bottom_right": at(-width / 2, -height / 2),
            "foot": (0.0, 0.0, 0.0),
        },
    )


def _foot(params: Mapping[str, Any], rng: np.random.Generator, top: float) -> tuple[Mesh, Mesh]:
    style = str(params["foot"])
    if style == "plate":
        foot = extrude(rounded_rectangle(0.19, 0.25, 0.02, steps=3), 0.0, 0.009, bevel_m=0.002).moved((-0.03, 0, 0))
    elif style == "round":
        foot = extrude(rounded_rectangle(0.2, 0.2, 0.0999, steps=8), 0.0, 0.012, bevel_m=0.004).moved((-0.03, 0, 0))
    else:
        arms = [
            bar_along(
                np.array([(-0.07, 0.0, 0.012), (0.02, s * 0.1, 0.009), (0.09, s * 0.17, 0.006)]),
                rounded_rectangle(0.035, 0.013, 0.004, steps=1),
                up_xyz=(0, 0, 1),
            )
            for s in (-1, 1)
        ]
        foot = join(arms)
    boxes = BoxSet(rng)
    boxes.add((0.028, 0.075, top), (-0.075, 0.0, top / 2), "z", turn_about("y", 0.03))
    boxes.add((0.03, 0.1, 0.1), (-0.06, 0.0, top), "z")
    return foot, boxes.mesh(0.005)


MONITOR = ProceduralAsset(
    name="monitor",
    kind="model",
    category="monitor",
    tags=("screen", "display", "computer", "room", "office", "electronics", "indoor"),
    size_m=0.55,
    description="A computer monitor on a stand, its screen off or showing windows.",
    parameters={
        "diagonal_in": Number(17.0, 34.0, 24.0, ""),
        "aspect": Choice(("wide", "tall", "ultrawide", "old"), "wide", (0.5, 0.25, 0.15, 0.1)),
        "bezel_m": Number(0.005, 0.022, 0.008, "m"),
        "chin_m": Number(0.012, 0.04, 0.02, "m"),
        "lift_m": Number(0.06, 0.2, 0.12, "m"),
        "tilt_deg": Number(-4.0, 16.0, 5.0, "deg"),
        "foot": Choice(("plate", "round", "vee"), "plate"),
        "stand": Choice(("plastic", "metal"), "plastic"),
        "screen": Choice(("off", "on"), "on"),
        "design": Integer(0, 7, 0),
        "colour": Colour(((0.028, 0.028, 0.03), (0.028, 0.028, 0.03), (0.35, 0.36, 0.37), (0.68, 0.67, 0.64)), 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("case", "screen", "badge", "stand", "cable"),
    keypoints=(
        "screen_centre",
        "screen_top_left",
        "screen_top_right",
        "screen_bottom_left",
        "screen_bottom_right",
        "foot",
    ),
)
