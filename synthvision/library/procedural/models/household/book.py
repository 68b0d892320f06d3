"""A closed book lying flat with its front up: hardback, cloth binding or paperback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, StateDirection
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.prints.book_covers import (
    BOOK_DESIGNS,
    SPINE_CLASSES,
    cover_maps,
    cover_sheet,
    page_maps,
)
from synthvision.library.procedural.shapes.books import BookShape, cover_parts, page_block
from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["BOOK"]

ROUNDED_FROM_M = 0.018


def _build(params: Mapping[str, Any]) -> Model:
    binding, wear = str(params["binding"]), int(params["wear_level"])
    height = float(params["height_m"])
    width = height * float(params["width_ratio"])
    soft = binding == "paperback"
    board = 0.0005 if soft else float(params["board_m"])
    thickness = max(float(params["thickness_m"]), 2 * board + 0.004)
    # Binders do not round the back of a thin book: there is nothing to round.
    rounded = str(params["spine"]) == "rounded" and not soft and thickness > ROUNDED_FROM_M
    book = BookShape(
        width_m=width,
        height_m=height,
        thickness_m=thickness,
        board_m=board,
        square_m=0.0003 if soft else 0.0032,
        bulge_m=min(0.2 * thickness, 0.006) if rounded else 0.0,
        groove_m=0.0 if soft else 0.0013,
        lift_m=float(params["lift_m"]) * (1.0 if soft else 0.4),
        stiff=not soft,
    )
    cover, lengths = cover_parts(book)
    spine_class = int(np.argmin(np.abs(np.log(np.array(SPINE_CLASSES) * height / thickness))))
    cover = cover.with_uvs(_printed(cover, lengths, height, spine_class))
    tint = opaque(rgb(params["tint"]))
    maps = cover_maps(int(params["design"]), binding, spine_class, wear)
    cover_material = Material(
        name="cover",
        base_colour=tint,
        base_colour_map=maps.colour,
        metallic_roughness_map=maps.rough,
        roughness=float(params["roughness"]),
        normal_map=maps.normal,
    )
    colour, normal = page_maps(int(params["page_tone"]))
    pages = Material(name="pages", base_colour_map=colour, normal_map=normal, roughness=0.9)
    middle = (-width / 2, 0.0, 0.0)
    return assembled(
        "book",
        params,
        [(cover.moved(middle), cover_material), (page_block(book).moved(middle), pages)],
        attributes={"binding": binding},
        states=(
            StateDirection("visible_side", "front", (0.0, 0.0, 1.0), "camera"),
            StateDirection("visible_side", "back", (0.0, 0.0, -1.0), "camera"),
        ),
    )


def _printed(cover: Mesh, lengths_3: Floats, height: float, spine_class: int) -> Floats:
    """Texture coordinates in the printed sheet from lengths along the section."""
    sheet = cover_sheet(spine_class)
    along, down = cover.uvs_n2.T
    front, spine, back = lengths_3
    u = np.interp(
        -along, [0.0, front, front + spine, front + spine + back], [1.0, sheet.spine_u[1], sheet.spine_u[0], 0.0]
    )
    uvs = np.stack([u, np.clip(down / height, 0.0, 1.0) * sheet.bottom_v * 0.998], axis=1)
    uvs[along == 1.0] = sheet.inside_uv
    uvs[along == 2.0] = sheet.edge_uv
    return uvs


BOOK = ProceduralAsset(
    name="book",
    kind="model",
    category="book",
    tags=("paper", "indoor", "office", "household"),
    size_m=0.22,
    description="A closed book of any format, hardback, cloth or paperback, with an invented cover, new or worn.",
    parameters={
        "height_m": Number(0.175, 0.315, 0.22, "m"),
        "width_ratio": Number(0.62, 0.78, 0.68),
        "thickness_m": Number(0.009, 0.05, 0.026, "m", log=True),
        "binding": Choice(("hardback", "cloth", "paperback"), "hardback", (0.38, 0.17, 0.45)),
        "spine": Choice(("rounded", "flat"), "rounded", (0.6, 0.4)),
        "board_m": Number(0.0022, 0.0034, 0.0028, "m"),
        "lift_m": Number(0.0, 0.012, 0.002, "m"),
        "design": Integer(0, BOOK_DESIGNS - 1, 0),
        "tint": Colour(((0.95, 0.95, 0.95), (0.9, 0.88, 0.84), (0.86, 0.86, 0.86)), 0.06),
        "roughness": Number(0.6, 1.0, 0.85),
        "wear_level": Integer(0, 3, 1),
        "page_tone": Integer(0, 3, 1),
    },
    build=_build,
    parts=("cover", "pages"),
)
