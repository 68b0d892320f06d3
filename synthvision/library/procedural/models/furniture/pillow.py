"""A pillow: bed pillows, square cushions and bolsters, dented, with seams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRICS, fabric
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.upholstery import FABRIC_COLOURS, cloth_uvs
from synthvision.library.procedural.shapes.cushions import Cushion, cushion, cushion_piping
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.mesh import Floats, turn_about

__all__ = ["PILLOW"]


def _settled(points: Floats) -> Floats:
    """A pillow's own weight flattens its underside."""
    below = np.minimum(points[:, 2], 0.0)
    return shifted(points, 0.0, 0.0, -0.5 * below)


def _build(params: Mapping[str, Any]) -> Model:
    shape_name, seed = str(params["shape"]), int(params["seed"])
    wide = float(params["width_m"])
    tall = wide * {"square": 1.0, "bed": 1.55, "lumbar": 1.7}[shape_name]
    thick = float(params["thickness_m"])
    puff = float(params["fullness"])
    shape = Cushion(
        (wide, tall, 0.6 * thick),
        0.29 * thick,
        0.36 * thick * (0.6 + puff),
        -0.01,
        0.2 * thick * float(params["dent"]),
        0.006 + 0.016 * float(params["crumple"]),
        pinch=1.0,
        cells=12,
    )
    body, cord = deformed(cushion(shape, seed), _settled), deformed(cushion_piping(shape, seed, 0.0, 0.0045), _settled)
    lean = np.radians(float(params["lean_deg"]))
    turn = turn_about("y", -lean)
    colour = rgb(params["colour"])
    edge = colour if str(params["piping"]) == "same" else rgb(params["piping_colour"])
    pieces = [
        (cloth_uvs(body.turned(turn)), fabric("fabric", str(params["fabric"]), colour, seed)),
        (cord.turned(turn), Material(name="piping", base_colour=(*edge, 1.0), roughness=0.9)),
    ]
    half_x, half_y = wide / 2, tall / 2

    def at(x: float, y: float, z: float) -> tuple[float, float, float]:
        a, b, c = (float(v) for v in turn @ np.array([x, y, z]))
        return a, b, c

    return assembled(
        "pillow",
        params,
        pieces,
        attributes={"shape": shape_name, "fabric": str(params["fabric"])},
        keypoints={
            "centre": (0.0, 0.0, 0.0),
            "corner_front_left": at(half_x, half_y, 0.0),
            "corner_front_right": at(half_x, -half_y, 0.0),
            "corner_back_left": at(-half_x, half_y, 0.0),
            "corner_back_right": at(-half_x, -half_y, 0.0),
        },
    )


PILLOW = ProceduralAsset(
    name="pillow",
    kind="model",
    category="pillow",
    tags=("cushion", "room", "furniture", "bedroom", "soft", "indoor"),
    size_m=0.55,
    description="A pillow, square, for a bed or for the small of the back, full or flat, dented, with a corded seam.",
    parameters={
        "shape": Choice(("square", "bed", "lumbar"), "square", (0.45, 0.35, 0.2)),
        "width_m": Number(0.32, 0.5, 0.42, "m"),
        "thickness_m": Number(0.13, 0.23, 0.18, "m"),
        "fullness": Number(0.2, 1.0, 0.6),
        "dent": Number(0.0, 1.0, 0.3),
        "crumple": Number(0.0, 1.0, 0.4),
        "lean_deg": Number(0.0, 5.0, 0.0, "deg"),
        "fabric": Choice(FABRICS, "linen"),
        "colour": FABRIC_COLOURS,
        "piping": Choice(("same", "other"), "same"),
        "piping_colour": FABRIC_COLOURS,
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("fabric", "piping"),
    keypoints=("centre", "corner_front_left", "corner_front_right", "corner_back_left", "corner_back_right"),
)
