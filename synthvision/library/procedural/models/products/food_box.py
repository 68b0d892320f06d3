"""A folding box of printed board: cereal, biscuits, pasta, tea; closed, open or crushed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque
from synthvision.library.procedural.models.products.folding import flap, flaps_around
from synthvision.library.procedural.models.products.printing import (
    crush_amount,
    crushed_word,
    panelled_uvs,
    printed_material,
    worn_wrap,
)
from synthvision.library.procedural.prints.packages import PACKAGE_DESIGNS, package_scheme
from synthvision.library.procedural.prints.schemes import linear_colour
from synthvision.library.procedural.shapes.crushing import Move, bending, buckling, crumpling, crushed, twisting
from synthvision.library.procedural.shapes.lofts import loft, open_vessel, rectangle_ring, stacked
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join

__all__ = ["FOOD_BOX"]

CORNER_M = 0.0014
BOARD_M = 0.0008
CELLS_XY = (4, 9)
SIZES = {
    # height, width (across the front), depth of usual boxes, metres
    "cereal": (0.30, 0.195, 0.06),
    "biscuit": (0.19, 0.14, 0.05),
    "pasta": (0.19, 0.09, 0.045),
    "tea": (0.085, 0.13, 0.075),
}


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    tall, wide, deep = SIZES[style]
    tall *= float(params["height_factor"])
    deep *= float(params["depth_factor"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    amount = crush_amount(params)
    opened = str(params["opening"]) == "open"
    dirt = round(2 * float(params["dirt"])) / 2
    theme = "cereal" if style == "cereal" else "dry"
    board = printed_material("body", worn_wrap(theme, design, seed, dirt), seed, roughness=0.4, clearcoat=0.3)
    grey = Material(name="inside", base_colour=(0.3, 0.27, 0.23, 1.0), roughness=0.85)
    tab = Material(name="flaps", base_colour=opaque(linear_colour(package_scheme(design).second)), roughness=0.45)
    pieces: list[tuple[Mesh, Material]] = []
    lift = float(params["flap_angle_rad"])
    if opened:
        shell, cavity = _open_walls(deep, wide, tall)
        rng = rng_for(seed, 0, "food_box.flaps")
        angles = tuple(float(a) for a in lift + rng.uniform(-0.5, 0.5, 4))
        pieces += [(cavity, grey), (join(flaps_around((deep, wide), tall - 0.001, 0.7 * deep, BOARD_M, angles)), tab)]
    else:
        shell = _closed(deep, wide, tall)
        pieces.append((_tuck(deep, wide, tall, 0.1 * lift), tab))
    pieces.insert(0, (panelled_uvs(shell, deep, wide), board))
    moves = _moves(amount, seed, wide, tall)
    pieces = [(crushed(mesh, *moves, crease_rad=0.5), material) for mesh, material in pieces]
    high = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "food_box",
        params,
        pieces,
        attributes={
            "material": "paper",
            "style": style,
            "opening": str(params["opening"]),
            "crushed": crushed_word(amount),
        },
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, high)},
    )


def _moves(amount: float, seed: int, wide: float, tall: float) -> tuple[Move, ...]:
    # Even a new box is not quite flat.
    new = crumpling(seed, "food_box.new", depth_m=0.0012, size_m=0.9 * wide, folds=4)
    if amount < 0.02:
        return (new,)
    strength = amount * amount
    return (
        crumpling(seed, "food_box", depth_m=0.16 * amount * wide, size_m=0.6 * wide),
        bending(0.25 * tall, 0.8 * tall, 0.05 + 0.5 * strength, float(seed)),
        twisting(0.0, tall, 0.35 * strength),
        buckling(seed, "food_box", low_m=0.1 * tall, high_m=0.95 * tall, amount=0.4 * strength, folds=2.0),
    )


def _outside(deep: float, wide: float, tall: float) -> list[tuple[Floats, float]]:
    base = rectangle_ring(deep - 2 * CORNER_M, wide - 2 * CORNER_M, 0.5 * CORNER_M, steps=1, cells_xy=CELLS_XY)
    full = rectangle_ring(deep, wide, CORNER_M, steps=1, cells_xy=CELLS_XY)
    heights = np.linspace(0.0012, tall - 0.0012, max(round(tall / 0.016), 5))
    return [(base, 0.0), *((full, float(z)) for z in heights)]


def _closed(deep: float, wide: float, tall: float) -> Mesh:
    rings = _outside(deep, wide, tall)
    return loft(stacked([*rings, (rings[0][0], tall)]), crease_rad=0.5)


def _open_walls(deep: float, wide: float, tall: float) -> tuple[Mesh, Mesh]:
    thin = rectangle_ring(deep - 2 * BOARD_M, wide - 2 * BOARD_M, 0.6 * CORNER_M, steps=1, cells_xy=CELLS_XY)
    heights = np.linspace(tall - 0.0012, 0.25 * tall, 6)
    return open_vessel(_outside(deep, wide, tall), [(thin, float(z)) for z in heights], crease_rad=0.5)


def _tuck(deep: float, wide: float, tall: float, lift: float) -> Mesh:
    """The glued upper flap: its edge stands out a little over the top."""
    mesh = flap(wide - 0.002, 0.72 * deep, BOARD_M, taper=0.02, sag=-0.02 - 0.1 * max(lift, 0.0))
    return mesh.moved((-0.46 * deep, 0.0, tall + BOARD_M + 0.0004))


FOOD_BOX = ProceduralAsset(
    name="food_box",
    kind="model",
    category="food_box",
    tags=("table", "waste", "packaging", "food", "box", "paper", "cereal"),
    size_m=0.25,
    description="A printed board box of cereal, biscuits, pasta or tea, closed or open, whole or crushed.",
    parameters={
        "style": Choice(tuple(SIZES), "cereal", (0.45, 0.22, 0.18, 0.15)),
        "height_factor": Number(0.85, 1.15, 1.0),
        "depth_factor": Number(0.8, 1.4, 1.0),
        "design": Integer(0, PACKAGE_DESIGNS - 1, 4),
        "opening": Choice(("closed", "open"), "closed", (0.7, 0.3)),
        "flap_angle_rad": Number(-0.6, 1.2, 0.6),
        "crush": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 0.6, 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "inside", "flaps"),
    keypoints=("base", "top"),
)
