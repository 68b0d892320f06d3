"""A chair: wooden with a slatted back, an office swivel chair, a moulded shell on legs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRICS
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.furniture.chair_office import office_chair
from synthvision.library.procedural.models.furniture.chair_shell import shell_chair
from synthvision.library.procedural.models.furniture.chair_wood import wooden_chair
from synthvision.library.procedural.models.furniture.upholstery import FABRIC_COLOURS
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["CHAIR"]


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    makers = {"wooden": wooden_chair, "office": office_chair, "shell": shell_chair}
    pieces: list[tuple[Mesh, Material]]
    pieces, keypoints = makers[style](params)
    return assembled("chair", params, pieces, attributes={"style": style}, keypoints=keypoints)


CHAIR = ProceduralAsset(
    name="chair",
    kind="model",
    category="chair",
    tags=("furniture", "seat", "room", "indoor", "office"),
    size_m=0.9,
    description="A wooden chair, an office swivel chair or a moulded shell on legs.",
    parameters={
        "style": Choice(("wooden", "office", "shell"), "wooden", (0.4, 0.3, 0.3)),
        "seat_m": Number(0.42, 0.48, 0.455, "m"),
        "width_m": Number(0.4, 0.5, 0.44, "m"),
        "back_m": Number(0.34, 0.54, 0.44, "m"),
        "back_deg": Number(4.0, 15.0, 9.0, "deg"),
        "back_style": Choice(("slats", "ladder", "panel"), "slats"),
        "slats": Integer(3, 6, 4),
        "seat_style": Choice(("wood", "cushion"), "wood"),
        "arms": Choice(("no", "yes"), "no"),
        "legs": Choice(("wood", "wire", "tube"), "wood"),
        "wood": Choice(("beech", "oak", "walnut", "pine", "cherry", "stained"), "beech"),
        "fabric": Choice(FABRICS, "linen"),
        "fabric_colour": FABRIC_COLOURS,
        "shell_colour": Colour(
            (
                (0.7, 0.69, 0.66),
                (0.03, 0.03, 0.032),
                (0.4, 0.03, 0.02),
                (0.03, 0.15, 0.3),
                (0.7, 0.4, 0.03),
                (0.2, 0.3, 0.25),
                (0.35, 0.36, 0.36),
            ),
            0.12,
        ),
        "swivel_deg": Number(-60.0, 60.0, 15.0, "deg"),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("wood", "seat", "frame", "shell", "plastic", "castors", "glides"),
    keypoints=(
        "seat_centre",
        "seat_front_left",
        "seat_front_right",
        "seat_back_left",
        "seat_back_right",
        "back_top_left",
        "back_top_right",
        "foot_front_left",
        "foot_front_right",
        "foot_back_left",
        "foot_back_right",
    ),
)
