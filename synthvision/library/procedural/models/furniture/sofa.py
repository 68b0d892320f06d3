"""A sofa of two or three seats with loose cushions, arms of several styles, legs and throw pillows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRICS
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.seating import SeatBody, upholstered
from synthvision.library.procedural.models.furniture.upholstery import FABRIC_COLOURS

__all__ = ["SOFA"]


def _build(params: Mapping[str, Any]) -> Model:
    seats = int(params["seats"])
    arm = float(params["arm_m"]) * (0.55 if str(params["arm_style"]) == "slim" else 1.0)
    body = SeatBody(
        width_m=seats * float(params["seat_width_m"]) + 2 * arm,
        depth_m=float(params["depth_m"]),
        seat_m=float(params["seat_m"]),
        back_m=float(params["back_m"]),
        arm_m=arm,
        arm_height_m=float(params["arm_height_m"]),
        seats=seats,
        arm_style=str(params["arm_style"]),
        leg_style=str(params["leg_style"]),
        leg_m=float(params["leg_m"]),
        leg_finish=str(params["leg_finish"]),
        weave=str(params["fabric"]),
        colour=rgb(params["colour"]),
        pillow_colour=rgb(params["pillow_colour"]),
        pillows=int(params["pillows"]),
        softness=float(params["softness"]),
        wings=False,
        seed=int(params["seed"]),
    )
    pieces, keypoints = upholstered(body)
    attributes = {"seats": str(seats), "fabric": body.weave, "arms": body.arm_style}
    return assembled("sofa", params, pieces, attributes=attributes, keypoints=keypoints)


SOFA = ProceduralAsset(
    name="sofa",
    kind="model",
    category="sofa",
    tags=("furniture", "couch", "seat", "room", "living_room", "indoor"),
    size_m=1.9,
    description="A sofa of two or three seats with soft cushions, piping, throw pillows and short legs.",
    parameters={
        "seats": Integer(2, 3, 3),
        "seat_width_m": Number(0.55, 0.75, 0.63, "m"),
        "depth_m": Number(0.82, 1.0, 0.9, "m"),
        "seat_m": Number(0.4, 0.47, 0.43, "m"),
        "back_m": Number(0.74, 0.95, 0.83, "m"),
        "arm_m": Number(0.16, 0.26, 0.2, "m"),
        "arm_height_m": Number(0.54, 0.66, 0.6, "m"),
        "arm_style": Choice(("block", "round", "slim"), "block"),
        "leg_style": Choice(("tapered", "block", "rod"), "tapered"),
        "leg_m": Number(0.06, 0.17, 0.12, "m"),
        "leg_finish": Choice(("oak", "walnut", "stained", "black", "chrome"), "oak"),
        "fabric": Choice(FABRICS, "linen"),
        "colour": FABRIC_COLOURS,
        "pillow_colour": FABRIC_COLOURS,
        "pillows": Integer(0, 3, 2),
        "softness": Number(0.0, 1.0, 0.4),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("fabric", "piping", "pillows", "legs"),
    keypoints=(
        "seat_centre",
        "seat_front_left",
        "seat_front_right",
        "back_top_left",
        "back_top_right",
        "arm_front_left",
        "arm_front_right",
        "foot_front_left",
        "foot_front_right",
        "foot_back_left",
        "foot_back_right",
    ),
)
