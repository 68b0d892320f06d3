"""Crates: open boxes of wooden slats, closed shipping crates with battens, plastic stacking crates with holes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.storage.crate_plastic import plastic_pieces
from synthvision.library.procedural.models.storage.crate_wood import closed_pieces, slatted_pieces

__all__ = ["CRATE"]


def _build(params: Mapping[str, Any]) -> Model:
    kind = str(params["kind"])
    makers = {"slatted": slatted_pieces, "closed": closed_pieces, "plastic": plastic_pieces}
    length = float(params["length_m"])
    size = (length, length * float(params["width_ratio"]), length * float(params["height_ratio"]))
    return assembled(
        "crate",
        params,
        makers[kind](params, size),
        attributes={"kind": kind, "material": "plastic" if kind == "plastic" else "wood"},
        keypoints={"top_centre": (0.0, 0.0, size[2]), "base": (0.0, 0.0, 0.0)},
    )


CRATE = ProceduralAsset(
    name="crate",
    kind="model",
    category="crate",
    tags=("box", "container", "packaging", "wood", "plastic", "storage"),
    size_m=0.45,
    description="An open box of wooden slats, a closed shipping crate, or a plastic stacking crate with holes.",
    parameters={
        "kind": Choice(("slatted", "closed", "plastic"), "slatted", (0.4, 0.25, 0.35)),
        "length_m": Number(0.3, 0.6, 0.45, "m"),
        "width_ratio": Number(0.55, 0.95, 0.68),
        "height_ratio": Number(0.35, 0.75, 0.5),
        "board_m": Number(0.008, 0.016, 0.011, "m"),
        "slat_count": Integer(2, 5, 3),
        "slat_fill": Number(0.68, 0.97, 0.85),
        "floor_slats": Integer(4, 7, 5),
        "grip": Choice(("none", "slot", "high_ends"), "slot", (0.35, 0.4, 0.25)),
        "brace": Choice(("none", "diagonal", "cross"), "diagonal", (0.3, 0.45, 0.25)),
        "species": Choice(("pine", "spruce", "weathered", "stained", "oak"), "pine", (0.32, 0.26, 0.2, 0.12, 0.1)),
        "looseness": Number(0.0, 1.0, 0.35),
        "stencil": Choice(("none", "words", "marks"), "none", (0.45, 0.3, 0.25)),
        "design": Integer(0, 11, 0),
        "plastic_colour": Colour(
            (
                (0.45, 0.02, 0.015),
                (0.02, 0.08, 0.38),
                (0.03, 0.24, 0.08),
                (0.72, 0.42, 0.02),
                (0.025, 0.025, 0.027),
                (0.3, 0.31, 0.32),
                (0.6, 0.16, 0.02),
                (0.02, 0.2, 0.24),
            ),
            0.15,
        ),
        "hole_columns": Integer(3, 9, 6),
        "hole_rows": Integer(1, 4, 2),
        "hole_share": Number(0.45, 0.75, 0.6),
        "wall_style": Choice(("holes", "slits", "solid"), "holes", (0.5, 0.3, 0.2)),
        "lean": Number(0.0, 0.25, 0.08),
        "dirt": Number(0.0, 1.0, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("boards", "body", "nails", "stencil"),
    keypoints=("top_centre", "base"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 2),),
)
