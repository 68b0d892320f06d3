"""A desk: top on metal frames, panels or wooden legs, with a drawer pedestal and a modesty panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, painted, plastic
from synthvision.library.procedural.models.assembly import assembled
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
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.rods import bar_along, bent_path, rods

__all__ = ["DESK"]


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "desk.parts")
    wide, deep, height = float(params["width_m"]), float(params["depth_m"]), float(params["height_m"])
    thick = float(params["top_thickness_m"])
    corner = float(params["corner_m"])
    top = extrude(
        rounded_rectangle(deep, wide, corner, steps=4), height - thick, height, bevel_m=min(0.003, 0.2 * thick)
    )
    # Wood runs along the desk: u of the top is its y.
    top = top.with_uvs(top.uvs_n2[:, ::-1].copy())
    under = height - thick
    boards = BoxSet(rng)
    metal_parts: list[Mesh] = []
    style = str(params["legs"])
    half_x, half_y = deep / 2, wide / 2
    tube = rounded_rectangle(0.05, 0.03, 0.006, steps=1)
    if style == "frame":
        for side in (-1, 1):
            y = side * (half_y - 0.07)
            path = bent_path(
                [
                    (half_x - 0.06, y, under),
                    (half_x - 0.04, y, 0.026),
                    (-half_x + 0.04, y, 0.026),
                    (-half_x + 0.06, y, under),
                ],
                0.035,
                3,
            )
            metal_parts.append(bar_along(path, tube, up_xyz=(0.0, 1.0, 0.0)))
            metal_parts.append(
                bar_along(
                    np.array([(half_x - 0.08, y, under - 0.016), (-half_x + 0.08, y, under - 0.016)]),
                    tube,
                    up_xyz=(0, 1, 0),
                )
            )
        metal_parts.append(rods([(0.0, -half_y + 0.07, under - 0.03)], [(0.0, half_y - 0.07, under - 0.03)], 0.016, 8))
    elif style == "lift":
        for side in (-1, 1):
            y = side * (half_y - 0.22)
            foot = np.array([(half_x - 0.05, y, 0.018), (0.0, y, 0.035), (-half_x + 0.05, y, 0.018)])
            metal_parts.append(bar_along(foot, rounded_rectangle(0.07, 0.03, 0.008, steps=1), up_xyz=(0, 0, 1)))
            for low, high, size in ((0.03, 0.6 * under, 0.08), (0.55 * under, under - 0.02, 0.066)):
                metal_parts.append(
                    bar_along(
                        np.array([(0.0, y, low), (0.0, y, high)]),
                        rounded_rectangle(size, 0.75 * size, 0.008, steps=1),
                        up_xyz=(1, 0, 0),
                    )
                )
            arm = np.array([(half_x - 0.08, y, under - 0.014), (-half_x + 0.08, y, under - 0.014)])
            metal_parts.append(bar_along(arm, rounded_rectangle(0.06, 0.028, 0.005, steps=1), up_xyz=(0, 0, 1)))
        metal_parts.append(rods([(0.0, -half_y + 0.22, under - 0.04)], [(0.0, half_y - 0.22, under - 0.04)], 0.02, 8))
    elif style == "panels":
        for side in (-1, 1):
            boards.add((deep - 0.06, 0.025, under), (0.0, side * (half_y - 0.04), under / 2), "z")
    else:
        for x in (-1, 1):
            for y in (-1, 1):
                path = np.array(
                    [
                        (x * (half_x - 0.045), y * (half_y - 0.045), 0.0),
                        (x * (half_x - 0.05), y * (half_y - 0.05), under),
                    ]
                )
                metal_parts.append(
                    bar_along(
                        path,
                        rounded_rectangle(0.052, 0.052, 0.01, steps=2),
                        up_xyz=(1, 0, 0),
                        scale_k=np.array([0.62, 1.0]),
                    )
                )
        for side in (-1, 1):
            boards.add((0.02, wide - 0.16, 0.08), (side * (half_x - 0.05), 0.0, under - 0.041), "y")
            boards.add((deep - 0.16, 0.02, 0.08), (0.0, side * (half_y - 0.05), under - 0.041))
    if str(params["modesty"]) == "yes":
        boards.add((0.018, wide - 0.2, 0.32), (-half_x + 0.09, 0.0, under - 0.165), "y")
    handles: list[Mesh] = []
    drawers = int(params["drawers"])
    if drawers:
        handles = _pedestal(boards, drawers, str(params["side"]), deep, half_y, under, str(params["handle"]))
    material = board_material("boards", params, seed)
    pieces: list[tuple[Mesh, Material]] = [(finished(top, params, seed), board_material("top", params, seed, staves=6))]
    steel = painted(
        "frame",
        (0.03, 0.031, 0.033) if seed % 2 else (0.6, 0.6, 0.59),
        seed,
        wear=0.1,
        dirt=0.15,
        roughness=0.5,
        coat=0.1,
    )
    if metal_parts:
        pieces.append(
            (finished(join(metal_parts), params, seed), material)
            if style == "wood"
            else (in_tiles(join(metal_parts)), steel)
        )
    if len(boards):
        pieces.append((finished(boards.mesh(0.0015, 0.04), params, seed), material))
    if handles:
        pieces.append((in_tiles(join(handles)), handle_metal("handles", seed)))
    grommet = rods(
        [(-half_x + 0.09, 0.25 * wide, height - 0.004)], [(-half_x + 0.09, 0.25 * wide, height + 0.0015)], 0.035, 20
    )
    pieces.append((in_tiles(grommet), plastic("grommet", (0.03, 0.03, 0.03), seed)))
    return assembled(
        "desk",
        params,
        pieces,
        attributes={"legs": style, "drawers": str(drawers), "surface_height_m": f"{height:.6g}"},
        keypoints={
            "top_centre": (0.0, 0.0, height),
            "top_front_left": (half_x, half_y, height),
            "top_front_right": (half_x, -half_y, height),
            "top_back_left": (-half_x, half_y, height),
            "top_back_right": (-half_x, -half_y, height),
        },
    )


def _pedestal(
    boards: BoxSet, drawers: int, side: str, deep: float, half_y: float, under: float, style: str
) -> list[Mesh]:
    """A chest of drawers under one end."""
    wide, tall, long = 0.42, min(under - 0.02, 0.62), deep - 0.16
    low = under - tall
    y = (1 if side == "left" else -1) * (half_y - wide / 2 - 0.08)
    front = long / 2 + 0.01
    for s in (-1, 1):
        boards.add((long, 0.016, tall), (0.0, y + s * (wide / 2 - 0.008), low + tall / 2), "z")
    boards.add((0.016, wide - 0.034, tall - 0.004), (-long / 2 + 0.009, y, low + tall / 2), "z")
    for z in (low + 0.009, under - 0.009):
        boards.add((long - 0.02, wide - 0.034, 0.016), (0.004, y, z))
    handles = []
    shares = np.array([1.0] * (drawers - 1) + [1.6 if drawers < 4 else 1.0])
    shares = shares / shares.sum() * (tall - 0.004)
    z = under - 0.002
    for share in shares:
        z -= float(share)
        front_panel(
            boards, wide - 0.004, float(share) - 0.004, (front - 0.009, y, z + float(share) / 2), "flat", grain="y"
        )
        grip = handle(style, 0.13, False)
        if grip is not None:
            handles.append(grip.moved((front + 0.01, y, z + float(share) * 0.72)))
    return handles


DESK = ProceduralAsset(
    name="desk",
    kind="model",
    category="desk",
    tags=("furniture", "table", "room", "office", "indoor"),
    size_m=1.5,
    description="A desk on a metal frame, lifting columns, panels or wooden legs, some with drawers.",
    parameters={
        "width_m": Number(1.05, 1.8, 1.4, "m"),
        "depth_m": Number(0.55, 0.8, 0.7, "m"),
        "height_m": Number(0.7, 0.78, 0.735, "m"),
        "top_thickness_m": Number(0.018, 0.04, 0.025, "m"),
        "corner_m": Number(0.004, 0.06, 0.01, "m"),
        "legs": Choice(("frame", "lift", "panels", "wood"), "frame"),
        "drawers": Integer(0, 4, 3),
        "side": Choice(("left", "right"), "right"),
        "modesty": Choice(("no", "yes"), "no"),
        "handle": HANDLES,
        "finish": FINISHES,
        "paint": PAINTS,
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("top", "frame", "boards", "handles", "grommet"),
    keypoints=("top_centre", "top_front_left", "top_front_right", "top_back_left", "top_back_right"),
)
