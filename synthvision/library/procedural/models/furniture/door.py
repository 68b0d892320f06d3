"""A door in its frame: panelled, flush, glazed or a steel door, closed or ajar, with handle and hinges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import dark_glass, in_tiles, painted
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.centring import centred_along_x
from synthvision.library.procedural.models.furniture.casework import (
    FINISHES,
    PAINTS,
    board_material,
    finished,
    handle_metal,
)
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["DOOR"]

LEAF_M = 0.04


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "door.parts")
    # Usual leaves are 0.735 to 0.985 m wide and 1.985 to 2.11 m high (DIN 18101).
    wide, tall = float(params["width_m"]), float(params["height_m"])
    style = str(params["style"])
    side = 1 if str(params["hinge"]) == "left" else -1
    angle = np.radians(float(params["open_deg"]))
    wall = float(params["wall_m"])
    frame = _frame(rng, wide, tall, wall, float(params["casing_m"]))
    leaf, glass = _leaf(rng, params, wide, tall)
    # The leaf turns towards +x about its hinges.
    pivot = np.array([0.02, side * wide / 2, 0.0])
    turn = turn_about("z", side * angle)

    def hung(mesh: Mesh) -> Mesh:
        return mesh.moved((-0.02, -side * wide / 2, 0.0)).turned(turn).moved(pivot)

    grip_y = -side * (wide / 2 - 0.06)
    grips = _handles(str(params["handle"]), grip_y, side)
    hinges = rods(
        [(0.026, side * (wide / 2 + 0.001), z) for z in (0.22, tall - 0.25, 0.55 * tall)],
        [(0.026, side * (wide / 2 + 0.001), z + 0.09) for z in (0.22, tall - 0.25, 0.55 * tall)],
        0.008,
        10,
    )
    steel = style == "steel"
    leaf_material = (
        painted("leaf", rgb(params["paint"]), seed, wear=0.4, dirt=0.3, roughness=0.45)
        if steel
        else board_material("leaf", params, seed)
    )
    frame_params = dict(params) | ({"finish": "painted"} if str(params["frame_finish"]) == "painted" else {})
    brass = handle_metal("handle", seed)
    pieces: list[tuple[Mesh, Material]] = [
        (in_tiles(hung(leaf), seed) if steel else finished(hung(leaf), params, seed), leaf_material),
        (finished(frame, frame_params, seed), board_material("frame", frame_params, seed + 1)),
        (in_tiles(hung(grips)), brass),
        (in_tiles(hinges), brass),
    ]
    if glass is not None:
        pieces.append((in_tiles(hung(glass)), dark_glass("glass", tint=(0.03, 0.036, 0.036))))
    place = turn @ (np.array([0.06, grip_y, 1.05]) - [0.02, side * wide / 2, 0.0]) + pivot
    far = turn @ (np.array([0.02, -side * wide / 2, 0.0]) - [0.02, side * wide / 2, 0.0]) + pivot
    x, y = float(far[0]), float(far[1])
    half = wide / 2
    points = {
        "handle": (float(place[0]), float(place[1]), float(place[2])),
        "hinge_bottom": (0.02, side * half, 0.0),
        "hinge_top": (0.02, side * half, tall),
        "edge_bottom": (x, y, 0.0),
        "edge_top": (x, y, tall),
        "frame_top_left": (wall / 2, half, tall),
        "frame_top_right": (wall / 2, -half, tall),
        "frame_foot_left": (wall / 2, half, 0.0),
        "frame_foot_right": (wall / 2, -half, 0.0),
    }
    pieces, keypoints = centred_along_x(pieces, points)
    attributes = {"style": style, "open": "yes" if angle > 0.08 else "no", "hinge": str(params["hinge"])}
    return assembled("door", params, pieces, attributes=attributes, keypoints=keypoints)


def _frame(rng: np.random.Generator, wide: float, tall: float, wall: float, casing: float) -> Mesh:
    """Lining through the wall, a stop, and casings on both faces."""
    boxes = BoxSet(rng)
    gap = 0.004
    lining = 0.03
    for side in (-1, 1):
        boxes.add(
            (wall, lining, tall + gap + lining),
            (0.0, side * (wide / 2 + gap + lining / 2), (tall + gap + lining) / 2),
            "z",
        )
        boxes.add((0.02, 0.014, tall), (-0.034, side * (wide / 2 - 0.002), tall / 2), "z")
        for face in (-1, 1):
            x = face * (wall / 2 + 0.006)
            boxes.add(
                (0.014, casing, tall + gap + casing),
                (x, side * (wide / 2 + gap + 0.008 + casing / 2), (tall + gap + casing) / 2),
                "z",
            )
    boxes.add((wall - 0.001, wide + 2 * gap, lining), (0.0, 0.0, tall + gap + lining / 2), "y")
    boxes.add((0.02, wide - 0.02, 0.014), (-0.034, 0.0, tall - 0.002), "y")
    for face in (-1, 1):
        boxes.add(
            (0.0145, wide + 2 * gap + 0.016, casing),
            (face * (wall / 2 + 0.006), 0.0, tall + gap + 0.008 + casing / 2),
            "y",
        )
    return boxes.mesh(0.003, 0.03)


def _leaf(rng: np.random.Generator, params: Mapping[str, Any], wide: float, tall: float) -> tuple[Mesh, Mesh | None]:
    """Rails and stiles around panels or panes, or one flat slab, about y = 0 with its faces at x = -0.02 and 0.02."""
    style = str(params["style"])
    boxes, panes = BoxSet(rng), BoxSet(rng)
    low, high = 0.006, tall - 0.002
    width = wide - 0.002
    if style in ("flush", "steel"):
        boxes.add((LEAF_M, width, high - low), (0.0, 0.0, (low + high) / 2), "z")
        if style == "steel":
            boxes.add((LEAF_M + 0.003, width - 0.03, 0.25), (0.0, 0.0, 0.16), "y")
            panes.add((LEAF_M + 0.004, 0.18, 0.5), (0.0, 0.12 * wide, 0.74 * tall), "z")
            for z in (0.74 * tall - 0.26, 0.74 * tall + 0.26):
                boxes.add((LEAF_M + 0.012, 0.22, 0.02), (0.0, 0.12 * wide, z), "y")
            for y in (-0.1, 0.1):
                boxes.add((LEAF_M + 0.012, 0.02, 0.5), (0.0, 0.12 * wide + y, 0.74 * tall), "z")
        return boxes.mesh(0.002), panes.mesh(0.001) if len(panes) else None
    stile, rows, columns = 0.115, int(params["rows"]), int(params["columns"])
    for side in (-1, 1):
        boxes.add((LEAF_M, stile, high - low), (0.0, side * (width - stile) / 2, (low + high) / 2), "z")
    kick = 0.22
    inner_w, inner_low, inner_high = width - 2 * stile, low + kick, high - stile
    boxes.add((LEAF_M - 0.001, inner_w + 0.004, kick), (0.0, 0.0, low + kick / 2), "y")
    boxes.add((LEAF_M - 0.001, inner_w + 0.004, stile), (0.0, 0.0, high - stile / 2), "y")
    bar = 0.09 if style == "panels" else 0.03
    cell_w, cell_h = (inner_w - (columns - 1) * bar) / columns, (inner_high - inner_low - (rows - 1) * bar) / rows
    for k in range(1, rows):
        boxes.add((LEAF_M - 0.002, inner_w + 0.004, bar), (0.0, 0.0, inner_low + k * (cell_h + bar) - bar / 2), "y")
    for k in range(1, columns):
        boxes.add(
            (LEAF_M - 0.003, bar, inner_high - inner_low + 0.004),
            (0.0, -inner_w / 2 + k * (cell_w + bar) - bar / 2, (inner_low + inner_high) / 2),
            "z",
        )
    for row in range(rows):
        for column in range(columns):
            y = -inner_w / 2 + cell_w / 2 + column * (cell_w + bar)
            z = inner_low + cell_h / 2 + row * (cell_h + bar)
            if style == "glazed":
                panes.add((0.008, cell_w + 0.006, cell_h + 0.006), (0.0, y, z), "z")
            else:
                boxes.add((0.012, cell_w + 0.006, cell_h + 0.006), (0.0, y, z), "z")
                boxes.add((0.026, cell_w - 0.06, cell_h - 0.06), (0.0, y, z), "z")
    return boxes.mesh(0.004, 0.03), panes.mesh(0.001) if len(panes) else None


def _handles(style: str, y: float, side: int) -> Mesh:
    """Handles on both faces with their plates and a keyhole."""
    parts = []
    boxes = BoxSet(rng_for(0, 0, "door.handles"))
    for face in (-1, 1):
        x = face * LEAF_M / 2
        if style == "knob":
            parts.append(
                rods(
                    [(x, y, 1.05), (x + face * 0.03, y, 1.05)],
                    [(x + face * 0.032, y, 1.05), (x + face * 0.062, y, 1.05)],
                    np.array([0.011, 0.027]),
                    18,
                )
            )
            parts.append(rods([(x, y, 1.05)], [(x + face * 0.006, y, 1.05)], 0.03, 20))
        elif style == "bar":
            parts.append(
                rods(
                    [(x, y, 0.9), (x, y, 1.25), (x + face * 0.045, y, 0.85)],
                    [(x + face * 0.045, y, 0.9), (x + face * 0.045, y, 1.25), (x + face * 0.045, y, 1.3)],
                    np.array([0.008, 0.008, 0.013]),
                    12,
                )
            )
        else:
            path = bent_path(
                [(x - face * 0.002, y, 1.05), (x + face * 0.048, y, 1.05), (x + face * 0.05, y + side * 0.125, 1.05)],
                0.02,
                4,
            )
            parts.append(tube_along(path, 0.0095, 10))
            boxes.add((0.006, 0.045, 0.2), (x + face * 0.0025, y, 1.0), "z")
        parts.append(rods([(x, y, 0.96)], [(x + face * 0.008, y, 0.96)], 0.009, 12))
    return join([*parts, boxes.mesh(0.0015)]) if len(boxes) else join(parts)


DOOR = ProceduralAsset(
    name="door",
    kind="model",
    category="door",
    tags=("room", "building", "furniture", "interior", "indoor"),
    size_m=2.1,
    description="A door in its frame, panelled, flush, glazed or of steel, closed or open by any angle.",
    parameters={
        "style": Choice(("panels", "flush", "glazed", "steel"), "panels", (0.4, 0.25, 0.2, 0.15)),
        "width_m": Number(0.7, 1.0, 0.86, "m"),
        "height_m": Number(1.95, 2.15, 2.0, "m"),
        "wall_m": Number(0.1, 0.26, 0.15, "m"),
        "casing_m": Number(0.05, 0.09, 0.065, "m"),
        "rows": Integer(1, 4, 3),
        "columns": Integer(1, 2, 2),
        "hinge": Choice(("left", "right"), "left"),
        "open_deg": Number(0.0, 85.0, 0.0, "deg"),
        "handle": Choice(("lever", "knob", "bar"), "lever", (0.6, 0.25, 0.15)),
        "finish": FINISHES,
        "frame_finish": Choice(("as_leaf", "painted"), "painted"),
        "paint": PAINTS,
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("leaf", "frame", "handle", "glass"),
    keypoints=(
        "handle",
        "hinge_bottom",
        "hinge_top",
        "edge_bottom",
        "edge_top",
        "frame_top_left",
        "frame_top_right",
        "frame_foot_left",
        "frame_foot_right",
    ),
)
