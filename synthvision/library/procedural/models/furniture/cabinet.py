"""A cabinet: sideboards, wardrobes and filing cabinets with doors and drawers, some of them open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, painted
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.casework import (
    FINISHES,
    HANDLES,
    PAINTS,
    board_material,
    finished,
    front_panel,
    handle,
    handle_metal,
)
from synthvision.library.procedural.models.furniture.upholstery import furniture_legs
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["CABINET"]

BOARD_M = 0.018


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["wear_seed"])
    rng = rng_for(seed, 0, "cabinet.parts")
    columns = int(params["columns"]) if kind != "filing" else 1
    wide = columns * float(params["column_m"])
    tall = {"sideboard": 0.72, "wardrobe": 1.85, "filing": 1.15}[kind] * float(params["height_ratio"])
    deep = {"sideboard": 0.42, "wardrobe": 0.58, "filing": 0.6}[kind] * float(params["depth_ratio"])
    leg = float(params["leg_m"]) if kind == "sideboard" else 0.0
    plinth = 0.0 if leg else 0.07
    boards, grips = BoxSet(rng), []
    front = deep / 2 - 0.02
    low = leg + plinth
    middle = (leg + tall) / 2
    for side in (-1, 1):
        boards.add(
            (deep - 0.02, BOARD_M, tall - leg - BOARD_M),
            (-0.01, side * (wide - BOARD_M) / 2, middle - BOARD_M / 2),
            "z",
        )
    boards.add((deep + 0.005, wide + 0.01, BOARD_M + 0.006), (0.0, 0.0, tall - BOARD_M / 2 + 0.003), "y")
    boards.add((deep - 0.03, wide - 2 * BOARD_M, BOARD_M), (-0.012, 0.0, low + BOARD_M / 2), "y")
    boards.add((0.006, wide - 0.01, tall - low - BOARD_M), (-deep / 2 + 0.012, 0.0, (low + tall - BOARD_M) / 2), "y")
    if plinth:
        boards.add((0.016, wide - 2 * BOARD_M - 0.002, plinth - 0.001), (front - 0.05, 0.0, plinth / 2), "y")
    inside_low, inside_high = low + 0.003, tall - BOARD_M - 0.001
    opened = float(params["open"])
    open_column = int(params["open_column"]) % columns
    pitch = wide / columns
    for column in range(columns):
        y = (column - (columns - 1) / 2) * pitch
        if column:
            boards.add(
                (deep - 0.05, BOARD_M, inside_high - inside_low - 0.02),
                (-0.02, y - pitch / 2, (inside_low + inside_high) / 2),
                "z",
            )
        amount = opened if column == open_column else 0.0
        mixed = {"doors": 0, "drawers": 1, "both": 2}[str(params["fronts"])]
        drawers = int(params["drawers"]) if kind != "wardrobe" else 2
        if kind == "filing":
            mixed = 1
        drawer_low = inside_low
        if mixed == 2:
            drawer_low = inside_high - (0.36 if kind != "wardrobe" else 0.0) * (inside_high - inside_low)
            if kind == "wardrobe":
                drawer_low, inside_top = inside_low, inside_low + 0.4
            else:
                inside_top = inside_high
        else:
            inside_top = inside_high
        if mixed:
            count = drawers if mixed == 1 else max(drawers // 2, 1)
            grips += _drawers(boards, params, y, pitch, drawer_low, inside_top, count, front, deep, amount)
        if mixed != 1:
            a, b = (inside_low, drawer_low) if kind != "wardrobe" else (inside_top, inside_high)
            if mixed == 0:
                a, b = inside_low, inside_high
            side = -1 if column % 2 == 0 else 1
            grips += _door(boards, params, y, pitch, a, b, front, side, amount, kind)
            for level in range(1, 3 if kind != "wardrobe" else 2):
                z = a + (b - a) * level / (3 if kind != "wardrobe" else 1.15)
                boards.add((deep - 0.06, pitch - BOARD_M - 0.003, 0.014), (-0.02, y, z), "y")
    steel = kind == "filing" and str(params["finish"]) in ("painted", "laminate")
    material = (
        painted("boards", rgb(params["paint"]), seed, wear=0.15, dirt=0.2, roughness=0.45)
        if steel
        else board_material("boards", params, seed)
    )
    body = boards.mesh(0.0015, 0.03)
    pieces: list[tuple[Mesh, Material]] = [(in_tiles(body, seed) if steel else finished(body, params, seed), material)]
    if grips:
        pieces.append((in_tiles(join(grips)), handle_metal("handles", seed)))
    if leg:
        places = [(x * (deep / 2 - 0.06), y * (wide / 2 - 0.08)) for x in (-1, 1) for y in (-1, 1)]
        legs = furniture_legs(places, leg, "tapered", 0.025)
        pieces.append((finished(legs, params, seed), material))
    else:
        feet = rods(
            [(x * (deep / 2 - 0.08), y * (wide / 2 - 0.05), 0.0) for x in (-1, 1) for y in (-1, 1)],
            [(x * (deep / 2 - 0.08), y * (wide / 2 - 0.05), 0.02) for x in (-1, 1) for y in (-1, 1)],
            0.018,
            8,
        )
        pieces.append((finished(feet, params, seed), material))
    x, y = deep / 2, wide / 2
    return assembled(
        "cabinet",
        params,
        pieces,
        attributes={"kind": kind, "open": "yes" if opened > 0.08 else "no"},
        keypoints={
            "top_front_left": (x, y, tall),
            "top_front_right": (x, -y, tall),
            "top_back_left": (-x, y, tall),
            "top_back_right": (-x, -y, tall),
            "foot_front_left": (x, y, 0.0),
            "foot_front_right": (x, -y, 0.0),
            "foot_back_left": (-x, y, 0.0),
            "foot_back_right": (-x, -y, 0.0),
        },
    )


def _door(
    boards: BoxSet,
    params: Mapping[str, Any],
    y: float,
    pitch: float,
    low: float,
    high: float,
    front: float,
    hinge: int,
    amount: float,
    kind: str,
) -> list[Mesh]:
    """A door hung on one side and turned open by a share of a right angle."""
    width, height = pitch - 0.004, high - low - 0.003
    turn = turn_about("z", -hinge * amount * 1.7)
    pivot = np.array([front, y + hinge * width / 2, (low + high) / 2])
    place = pivot + turn @ np.array([0.001, -hinge * width / 2, 0.0])
    at = (float(place[0]), float(place[1]), float(place[2]))
    front_panel(boards, width, height, at, str(params["front_style"]), turn)
    grip = handle(str(params["handle"]), 0.16 if kind != "wardrobe" else 0.3, True)
    if grip is None:
        return []
    rise = 0.3 * height if kind == "sideboard" else 0.0
    offset = turn @ np.array([0.0195, -hinge * (width / 2 - 0.04), rise])
    return [grip.turned(turn).moved(place + offset)]


def _drawers(
    boards: BoxSet,
    params: Mapping[str, Any],
    y: float,
    pitch: float,
    low: float,
    high: float,
    count: int,
    front: float,
    deep: float,
    amount: float,
) -> list[Mesh]:
    """Drawer fronts one over the other; the upper one is pulled out by a share of its depth."""
    grips = []
    tall = (high - low) / count
    for k in range(count):
        z = high - (k + 0.5) * tall
        out = amount * 0.6 * deep if k == 0 else 0.0
        front_panel(boards, pitch - 0.004, tall - 0.004, (front + 0.001 + out, y, z), "flat", grain="y")
        if out > 0.02:
            for side in (-1, 1):
                boards.add(
                    (out + 0.05, 0.012, 0.7 * tall),
                    (front + out / 2 - 0.026, y + side * (pitch / 2 - 0.03), z - 0.05 * tall),
                )
            boards.add((out + 0.05, pitch - 0.06, 0.008), (front + out / 2 - 0.026, y, z - 0.36 * tall))
        grip = handle(str(params["handle"]), min(0.18, 0.4 * pitch), False)
        if grip is not None:
            grips.append(grip.moved((front + 0.0195 + out, y, z + 0.12 * tall)))
    return grips


CABINET = ProceduralAsset(
    name="cabinet",
    kind="model",
    category="cabinet",
    tags=("furniture", "cupboard", "wardrobe", "sideboard", "drawers", "room", "indoor"),
    size_m=1.2,
    description="A sideboard, wardrobe or filing cabinet with doors and drawers, closed or with one of them open.",
    parameters={
        "kind": Choice(("sideboard", "wardrobe", "filing"), "sideboard", (0.5, 0.3, 0.2)),
        "columns": Integer(1, 3, 3),
        "column_m": Number(0.4, 0.56, 0.46, "m"),
        "height_ratio": Number(0.85, 1.2, 1.0),
        "depth_ratio": Number(0.85, 1.1, 1.0),
        "leg_m": Number(0.09, 0.2, 0.15, "m"),
        "fronts": Choice(("doors", "drawers", "both"), "both"),
        "front_style": Choice(("flat", "framed"), "flat"),
        "drawers": Integer(2, 5, 3),
        "open": Number(0.0, 0.7, 0.0),
        "open_column": Integer(0, 2, 0),
        "handle": HANDLES,
        "finish": FINISHES,
        "paint": PAINTS,
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("boards", "handles"),
    keypoints=(
        "top_front_left",
        "top_front_right",
        "top_back_left",
        "top_back_right",
        "foot_front_left",
        "foot_front_right",
        "foot_back_left",
        "foot_back_right",
    ),
)
