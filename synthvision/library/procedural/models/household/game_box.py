"""The lid or the bottom of a board game's box, lying open: what dice are often rolled in.

Its walls are printed outside and a little way over the rim; the rest of its inside is bare grey board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.products.printing import (
    kraft_board,
    panelled_uvs,
    printed_material,
    worn_wrap,
)
from synthvision.library.procedural.prints.packages import PACKAGE_DESIGNS
from synthvision.library.procedural.shapes.lofts import open_vessel, rectangle_ring
from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["GAME_BOX"]

CORNER_M = 0.0008
CELLS_XY = (6, 5)
BOARD_TILE_M = 0.3


def _build(params: Mapping[str, Any]) -> Model:
    length, height, board = float(params["length_m"]), float(params["height_m"]), float(params["board_m"])
    width = length * float(params["width_ratio"])
    seed = int(params["wear_seed"])

    def ring(inset: float) -> Floats:
        return rectangle_ring(length - 2 * inset, width - 2 * inset, CORNER_M, steps=1, cells_xy=CELLS_XY)

    # The printed paper is folded over the rim and glued down inside.
    low = height - min(float(params["turn_in_m"]), 0.6 * height)
    outside = [
        (ring(0.0004), 0.0),
        (ring(0.0), 0.0004),
        (ring(0.0), height - 0.0004),
        (ring(0.0004), height),
        (ring(board - 0.0002), height),
        (ring(board), height - 0.0004),
        (ring(board), low),
    ]
    inside = [(ring(board), 0.5 * (low + board)), (ring(board), board)]
    shell, cavity = open_vessel(outside, inside, crease_rad=0.5)
    shell = panelled_uvs(shell, length, width)
    # The board's fibres run on over the floor and slantwise up the walls: lengths in metres, seen from above.
    places = cavity.positions_n3
    cavity = cavity.with_uvs((places[:, :2] * [1.0, -1.0] + 0.7 * places[:, 2:]) / BOARD_TILE_M + 0.5)
    wrap = worn_wrap("cereal", int(params["design"]), seed, 0.5)
    printed = printed_material("cover", wrap, seed, roughness=0.4, clearcoat=0.3)
    cover = replace(printed, base_colour=opaque(rgb(params["print_tint"])))
    grey = Material(
        name="inside",
        base_colour=opaque(rgb(params["board_colour"])),
        base_colour_map=kraft_board((0.92, 0.92, 0.9), seed % 3, 0.0),
        roughness=0.9,
    )
    return assembled(
        "game_box",
        params,
        [(shell, cover), (cavity, grey)],
        keypoints={"base": (0.0, 0.0, 0.0), "floor": (0.0, 0.0, board), "rim": (length / 2, 0.0, height)},
    )


GAME_BOX = ProceduralAsset(
    name="game_box",
    kind="model",
    category="game_box",
    tags=("game",),
    size_m=0.28,
    description="The open lid or bottom of a board game's box: printed board outside, bare grey board inside.",
    parameters={
        "length_m": Number(0.2, 0.36, 0.28, "m"),
        "width_ratio": Number(0.68, 1.0, 0.78),
        "height_m": Number(0.03, 0.075, 0.045, "m"),
        "board_m": Number(0.0015, 0.0025, 0.0018, "m"),
        "turn_in_m": Number(0.004, 0.02, 0.01, "m"),
        "board_colour": Colour(((0.45, 0.44, 0.41), (0.52, 0.5, 0.46), (0.36, 0.35, 0.33), (0.62, 0.6, 0.56)), 0.06),
        "print_tint": Colour(((0.08, 0.08, 0.1), (0.3, 0.3, 0.32), (0.9, 0.9, 0.9)), 0.1),
        "design": Integer(0, PACKAGE_DESIGNS - 1, 0),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("cover", "inside"),
    keypoints=("base", "floor", "rim"),
)
