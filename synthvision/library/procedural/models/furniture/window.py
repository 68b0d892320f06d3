"""A window: frame, one to three sashes with panes and bars, a sill, a handle; one sash may stand open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import dark_glass, in_tiles, plastic, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.casework import handle_metal
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["WINDOW"]


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "window.parts")
    wide, tall = float(params["width_m"]), float(params["height_m"])
    edge, sashes = float(params["frame_m"]), int(params["sashes"])
    frame, glass, sill = BoxSet(rng), BoxSet(rng), BoxSet(rng)
    deep = 0.075
    base = 0.03
    for side in (-1, 1):
        frame.add((deep, edge, tall), (0.0, side * (wide - edge) / 2, base + tall / 2), "z")
        frame.add(
            (deep - 0.001, wide - 2 * edge + 0.002, edge),
            (0.0, 0.0, base + (tall - edge if side > 0 else 0.0) + edge / 2),
            "y",
        )
    pitch = (wide - 2 * edge) / sashes
    for k in range(1, sashes):
        frame.add(
            (deep - 0.004, 0.45 * edge, tall - 2 * edge + 0.002),
            (0.0, -wide / 2 + edge + k * pitch, base + tall / 2),
            "z",
        )
    handles: list[Mesh] = []
    opened = np.radians(float(params["open_deg"]))
    moving = int(params["open_sash"]) % sashes
    for k in range(sashes):
        y = -wide / 2 + edge + (k + 0.5) * pitch
        side = -1 if k % 2 == 0 else 1
        angle = opened if k == moving else 0.0
        handles += _sash(
            frame, glass, params, (y, base + edge), (pitch - 0.004, tall - 2 * edge - 0.004), side, angle, edge
        )
    if str(params["sill"]) == "yes":
        out = float(params["sill_m"])
        sill.add((out + deep, wide + 0.09, 0.028), (out / 2, 0.0, base - 0.014), "y")
    sill.add((0.09, wide + 0.03, 0.012), (-deep / 2 - 0.03, 0.0, base - 0.007 + 0.004), "y", turn_about("y", -0.12))
    wood = str(params["material"]) == "wood"
    white = rgb(params["colour"])
    main = (
        timber("frame", str(params["wood"]), seed, roughness=0.45, varnish=0.3)
        if wood
        else plastic("frame", white, seed, dirt=0.15, roughness=0.35, grain=0.4)
    )
    pieces: list[tuple[Mesh, Material]] = [
        (wooden_uvs(frame.mesh(0.004, 0.03)) if wood else in_tiles(frame.mesh(0.004), seed), main),
        (in_tiles(glass.mesh(0.0005)), dark_glass("glass", tint=(0.035, 0.043, 0.045), roughness=0.05)),
        (in_tiles(sill.mesh(0.004), seed), plastic("sill", (0.6, 0.59, 0.56), seed, dirt=0.25, roughness=0.5)),
        (in_tiles(join(handles)), handle_metal("handles", seed)),
    ]
    gaskets = rods(
        [(0.0, s * (wide / 2 - edge), base + edge) for s in (-1, 1)],
        [(0.0, s * (wide / 2 - edge), base + tall - edge) for s in (-1, 1)],
        0.004,
        6,
    )
    pieces.append((in_tiles(gaskets), plastic("gaskets", (0.03, 0.03, 0.03), seed)))
    half, top = wide / 2, base + tall
    return assembled(
        "window",
        params,
        pieces,
        attributes={
            "sashes": str(sashes),
            "open": "yes" if opened > 0.08 else "no",
            "material": str(params["material"]),
        },
        keypoints={
            "centre": (0.0, 0.0, base + tall / 2),
            "top_left": (deep / 2, half, top),
            "top_right": (deep / 2, -half, top),
            "bottom_left": (deep / 2, half, base),
            "bottom_right": (deep / 2, -half, base),
        },
    )


def _sash(
    frame: BoxSet,
    glass: BoxSet,
    params: Mapping[str, Any],
    place: tuple[float, float],
    size: tuple[float, float],
    side: int,
    angle: float,
    edge: float,
) -> list[Mesh]:
    """One sash that opens into the room (+x) about its edge at `side`; returns its handle."""
    y, low = place
    wide, tall = size
    x = 0.022
    turn = turn_about("z", side * angle)
    pivot: Floats = np.array([x, y + side * wide / 2, low + tall / 2])

    def put(
        boxes: BoxSet, measures: tuple[float, float, float], offset: tuple[float, float, float], grain: str
    ) -> None:
        a, b, c = (float(v) for v in turn @ (np.array(offset) + np.array([0.0, -side * wide / 2, 0.0])) + pivot)
        boxes.add(measures, (a, b, c), grain, turn)

    rail = 0.8 * edge
    for s in (-1, 1):
        put(frame, (0.06, rail, tall), (0.0, s * (wide - rail) / 2, 0.0), "z")
        put(frame, (0.059, wide - 2 * rail + 0.002, rail), (0.0, 0.0, s * (tall - rail) / 2), "y")
    inner_w, inner_h = wide - 2 * rail, tall - 2 * rail
    put(glass, (0.02, inner_w + 0.01, inner_h + 0.01), (-0.006, 0.0, 0.0), "y")
    for k in range(1, int(params["bars_up"]) + 1):
        at = -inner_w / 2 + inner_w * k / (int(params["bars_up"]) + 1)
        put(frame, (0.034, 0.024, inner_h + 0.004), (-0.006, at, 0.0), "z")
    for k in range(1, int(params["bars_across"]) + 1):
        at = -inner_h / 2 + inner_h * k / (int(params["bars_across"]) + 1)
        put(frame, (0.0335, inner_w + 0.004, 0.024), (-0.006, 0.0, at), "y")
    hand = np.array([0.03, -side * (wide / 2 - 0.5 * rail), -0.04])
    lever = tube_along(
        bent_path(
            [hand + np.array([-0.002, 0, 0]), hand + np.array([0.034, 0, 0]), hand + np.array([0.036, 0, -0.11])],
            0.015,
            3,
        ),
        0.0075,
        8,
    )
    plate = rods([hand + np.array([-0.002, 0, -0.03])], [hand + np.array([0.006, 0, -0.03])], 0.017, 14)
    grip = join([lever, plate])
    return [grip.moved((0.0, -side * wide / 2, 0.0)).turned(turn).moved(pivot)]


WINDOW = ProceduralAsset(
    name="window",
    kind="model",
    category="window",
    tags=("room", "building", "furniture", "interior", "indoor", "glass"),
    size_m=1.4,
    description="A window with frame, sill and one to three sashes with bars, closed or with a sash open.",
    parameters={
        "width_m": Number(0.6, 1.7, 1.2, "m"),
        "height_m": Number(0.7, 1.6, 1.25, "m"),
        "frame_m": Number(0.05, 0.08, 0.062, "m"),
        "sashes": Integer(1, 3, 2),
        "bars_up": Integer(0, 1, 0),
        "bars_across": Integer(0, 2, 0),
        "open_sash": Integer(0, 2, 0),
        "open_deg": Number(0.0, 70.0, 0.0, "deg"),
        "sill": Choice(("yes", "no"), "yes", (0.75, 0.25)),
        "sill_m": Number(0.08, 0.26, 0.16, "m"),
        "material": Choice(("plastic", "wood"), "plastic"),
        "wood": Choice(("oak", "pine", "stained"), "pine"),
        "colour": Colour(
            ((0.76, 0.76, 0.74), (0.76, 0.76, 0.74), (0.06, 0.062, 0.065), (0.12, 0.08, 0.05), (0.15, 0.2, 0.18)), 0.05
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "glass", "sill", "handles", "gaskets"),
    keypoints=("centre", "top_left", "top_right", "bottom_left", "bottom_right"),
)
