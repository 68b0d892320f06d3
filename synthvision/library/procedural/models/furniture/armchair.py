"""An armchair: one soft seat between arms, with a straight or winged back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRICS
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.seating import SeatBody, upholstered
from synthvision.library.procedural.models.furniture.upholstery import FABRIC_COLOURS

__all__ = ["ARMCHAIR"]


def _build(params: Mapping[str, Any]) -> Model:
    wings = str(params["back_style"]) == "winged"
    arm = float(params["arm_m"]) * (0.55 if str(params["arm_style"]) == "slim" else 1.0)
    body = SeatBody(
        width_m=float(params["seat_width_m"]) + 2 * arm,
        depth_m=float(params["depth_m"]),
        seat_m=float(params["seat_m"]),
        back_m=float(params["back_m"]) + (0.16 if wings else 0.0),
        arm_m=arm,
        arm_height_m=float(params["arm_height_m"]),
        seats=1,
        arm_style=str(params["arm_style"]),
        leg_style=str(params["leg_style"]),
        leg_m=float(params["leg_m"]),
        leg_finish=str(params["leg_finish"]),
        weave=str(params["fabric"]),
        colour=rgb(params["colour"]),
        pillow_colour=rgb(params["pillow_colour"]),
        pillows=int(params["pillows"]),
        softness=float(params["softness"]),
        wings=wings,
        seed=int(params["seed"]),
    )
    pieces, keypoints = upholstered(body)
    attributes = {"back": str(params["back_style"]), "fabric": body.weave, "arms": body.arm_style}
    return assembled("armchair", params, pieces, attributes=attributes, keypoints=keypoints)


ARMCHAIR = ProceduralAsset(
    name="armchair",
    kind="model",
    category="armchair",
    tags=("furniture", "seat", "room", "living_room", "indoor"),
    size_m=0.95,
    description="An armchair with one soft seat between arms, a straight or winged back and short legs.",
    parameters={
        "seat_width_m": Number(0.48, 0.62, 0.54, "m"),
        "depth_m": Number(0.76, 0.92, 0.84, "m"),
        "seat_m": Number(0.4, 0.47, 0.43, "m"),
        "back_m": Number(0.76, 0.98, 0.86, "m"),
        "arm_m": Number(0.12, 0.22, 0.16, "m"),
        "arm_height_m": Number(0.54, 0.66, 0.6, "m"),
        "arm_style": Choice(("block", "round", "slim"), "round"),
        "back_style": Choice(("straight", "winged"), "straight"),
        "leg_style": Choice(("tapered", "block", "rod"), "tapered"),
        "leg_m": Number(0.08, 0.2, 0.14, "m"),
        "leg_finish": Choice(("oak", "walnut", "stained", "black", "brass"), "walnut"),
        "fabric": Choice(FABRICS, "boucle"),
        "colour": FABRIC_COLOURS,
        "pillow_colour": FABRIC_COLOURS,
        "pillows": Integer(0, 1, 0),
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
