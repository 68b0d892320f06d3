"""A drink carton: gable top or brick, with a printed wrap, a screw cap or straw, crumpled or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque
from synthvision.library.procedural.models.products.closures import screw_cap
from synthvision.library.procedural.models.products.printing import (
    crush_amount,
    crushed_word,
    panelled_uvs,
    placed,
    printed_material,
    worn_wrap,
)
from synthvision.library.procedural.prints.packages import PACKAGE_DESIGNS, package_scheme
from synthvision.library.procedural.prints.schemes import linear_colour
from synthvision.library.procedural.shapes.crushing import Move, buckling, crumpling, crushed, pinching, twisting
from synthvision.library.procedural.shapes.lofts import loft, rectangle_ring, stacked
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["CARTON"]

CORNER_M = 0.0022
ROW_M = 0.014
FIN_M = 0.019
FIN_HALF_M = 0.0013


def _build(params: Mapping[str, Any]) -> Model:
    gable = str(params["style"]) == "gable"
    # Litre gable cartons have a base of 95 x 95 mm or 70 x 70 mm; litre bricks 90 x 60 mm.
    wide = float(params["width_m"]) * (1.0 if gable else 0.85)
    deep = wide * (1.0 if gable else float(params["depth_share"]))
    tall = wide * float(params["slimness"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    amount = crush_amount(params)
    rings, top = _gable_rings(deep, wide, tall) if gable else _brick_rings(deep, wide, tall)
    body = panelled_uvs(loft(rings, crease_rad=0.5), deep, wide)
    # The front is printed on the walls alone; the roof shows the strip above it.
    v = np.interp(body.positions_n3[:, 2], [0.0, tall, 1.45 * tall], [1.0, 0.1, 0.0])
    body = body.with_uvs(np.stack([body.uvs_n2[:, 0], v], axis=1))
    dirt = round(2 * float(params["dirt"])) / 2
    board = printed_material("body", worn_wrap("drink", design, seed, dirt), seed, roughness=0.42, clearcoat=0.25)
    moves = _moves(amount, seed, wide, tall)
    pieces: list[tuple[Mesh, Material]] = [(body, board)]
    closure = str(params["closure"])
    slope = _slope(deep, tall) if gable else ((0.24 * deep, 0.0, top), (0.0, 0.0, 1.0))
    if closure == "cap":
        cap = placed(screw_cap(0.0135 if gable else 0.011, 0.014, 28), *slope)
        colour = linear_colour(package_scheme(design).accent)
        pieces.append((cap, Material(name="cap", base_colour=opaque(colour), roughness=0.38)))
    elif closure == "straw" and not gable:
        pieces.append(
            (_straw(deep, wide, tall), Material(name="straw", base_colour=(0.8, 0.8, 0.78, 1.0), roughness=0.35))
        )
    if not gable:
        flaps = Material(name="flaps", base_colour=opaque(linear_colour(package_scheme(design).second)), roughness=0.45)
        pieces.append((_ears(deep, wide, tall), flaps))
    if moves:
        pieces = [(crushed(mesh, *moves, crease_rad=0.55), material) for mesh, material in pieces]
    high = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "carton",
        params,
        pieces,
        attributes={
            "material": "paper",
            "style": str(params["style"]),
            "crushed": crushed_word(amount),
        },
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, high)},
    )


def _moves(amount: float, seed: int, wide: float, tall: float) -> tuple[Move, ...]:
    if amount < 0.05:
        return ()
    strength = amount * amount
    return (
        crumpling(seed, "carton", depth_m=0.22 * amount * wide, size_m=0.6 * wide),
        pinching(0.55 * tall, 0.5 * tall, 0.55 * amount),
        twisting(0.1 * tall, tall, 0.5 * strength),
        buckling(seed, "carton", low_m=0.08 * tall, high_m=0.9 * tall, amount=0.5 * strength, folds=2.5),
    )


def _walls(deep: float, wide: float, tall: float) -> list[tuple[Floats, float]]:
    rows = max(round(tall / ROW_M), 4)
    inner = rectangle_ring(deep - 2 * CORNER_M, wide - 2 * CORNER_M, 0.6 * CORNER_M, cells_xy=(6, 6))
    full = rectangle_ring(deep, wide, CORNER_M, cells_xy=(6, 6))
    return [(inner, 0.0), (full, 0.7 * CORNER_M), *((full, z) for z in np.linspace(0.03 * tall, tall, rows))]


def _gable_rings(deep: float, wide: float, tall: float) -> tuple[Floats, float]:
    """The body, its roof with the gussets folded in at the sides, and the sealed fin on top."""
    rings = stacked(_walls(deep, wide, tall))
    eaves = rings[-1]
    rise = 0.42 * deep
    on_side = np.abs(eaves[:, 1]) > 0.5 * wide - 1.01 * CORNER_M
    share = np.clip(np.abs(eaves[:, 0]) / (0.5 * deep), 0.0, 1.0)
    roof = []
    for t in (0.04, 0.3, 0.55, 0.8, 1.0):
        ring = eaves.copy()
        ring[:, 0] = eaves[:, 0] * (1 - t) + np.sign(eaves[:, 0]) * FIN_HALF_M * t * share
        fold = 0.42 * deep * t * (1 - share) * on_side
        ring[:, 1] = eaves[:, 1] - np.sign(eaves[:, 1]) * fold
        ring[:, 2] = tall + rise * t
        roof.append(ring)
    fin = []
    for step in (0.3, 0.34, 0.97, 1.0):
        ring = roof[-1].copy()
        ring[:, 2] += FIN_M * step
        # The seal is pressed a little thinner than the fold under it.
        ring[:, 0] *= 0.8 if step > 0.32 else 1.0
        fin.append(ring)
    return np.concatenate([rings, np.stack(roof + fin)]), tall + rise


def _brick_rings(deep: float, wide: float, tall: float) -> tuple[Floats, float]:
    inner = rectangle_ring(deep - 2 * CORNER_M, wide - 2 * CORNER_M, 0.6 * CORNER_M, cells_xy=(6, 6))
    rings = [*_walls(deep, wide, tall), (inner, tall + 0.7 * CORNER_M)]
    # A seam lies across the middle of the top.
    seam = [(inner * [0.06, 0.98], tall + 0.7 * CORNER_M + lift) for lift in (0.0, 0.0012)]
    return stacked(rings + seam), tall + 0.7 * CORNER_M


def _ears(deep: float, wide: float, tall: float) -> Mesh:
    """The triangular flaps of a brick, folded down and glued to its sides."""
    rings = []
    for side in (1.0,):
        size = 0.46 * deep
        for out in (0.0, 0.0011):
            y = side * (wide / 2 + 0.0002 + out)
            inset = 0.0006 if out else 0.0
            corners = [
                (-size + inset, tall),
                (size - inset, tall),
                (0.12 * size, tall - 0.9 * size + inset),
                (-0.12 * size, tall - 0.9 * size + inset),
            ]
            rings.append([(x, y, z - 0.001) for x, z in _dense(corners)])
    ear = loft(np.array(rings), crease_rad=0.4)
    other = ear.turned(np.diag([-1.0, -1.0, 1.0]))
    return join([ear, other])


def _dense(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A polygon with points put in on each side, so that it can be crumpled."""
    points = np.array(corners)
    after = np.roll(points, -1, axis=0)
    shares = np.arange(4) / 4
    dense = points[:, None] + (after - points)[:, None] * shares[None, :, None]
    return [(float(x), float(z)) for x, z in dense.reshape(-1, 2)]


def _slope(deep: float, tall: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Where the cap sits on the roof and which way it points."""
    rise = 0.42 * deep
    return (0.24 * deep, 0.0, tall + 0.52 * rise - 0.0015), (rise, 0.0, 0.5 * deep)


def _straw(deep: float, wide: float, tall: float) -> Mesh:
    """A straw through the foil at the front of the top, bent at its concertina."""
    x = 0.22 * deep
    path = np.array(
        [
            (x, 0.2 * wide, tall - 0.01),
            (x, 0.2 * wide, tall + 0.025),
            (x, 0.2 * wide, tall + 0.045),
            (x + 0.006, 0.16 * wide, tall + 0.053),
            (x + 0.016, 0.06 * wide, tall + 0.061),
        ]
    )
    return sweep_tube(path, np.full((len(path), 2), 0.0021), 10, binormal_xyz=(1.0, 0.0, 0.0))


CARTON = ProceduralAsset(
    name="carton",
    kind="model",
    category="carton",
    tags=("table", "waste", "packaging", "drink", "container", "paper"),
    size_m=0.22,
    description="A drink carton with gable top or as a brick, printed, with cap or straw, whole or crushed.",
    parameters={
        "style": Choice(("gable", "brick"), "gable", (0.6, 0.4)),
        "width_m": Number(0.057, 0.095, 0.078, "m"),
        "depth_share": Number(0.62, 0.8, 0.68),
        "slimness": Number(1.6, 2.7, 2.3),
        "closure": Choice(("cap", "none", "straw"), "cap", (0.6, 0.2, 0.2)),
        "design": Integer(0, PACKAGE_DESIGNS - 1, 2),
        "crush": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 0.6, 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "cap", "straw", "flaps"),
    keypoints=("base", "top"),
)
