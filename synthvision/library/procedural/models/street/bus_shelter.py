"""A bus shelter: posts and a flat or curved roof, walls of glass, a poster case, a bench, and the sign of the stop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    foot_plate,
    galvanised,
    over_height,
    painted_steel,
    worn_steel,
)
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.timber import board_maps

__all__ = ["BUS_SHELTER"]

SECTION_Y = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def _build(params: Mapping[str, Any]) -> Model:
    length, depth, height = float(params["length_m"]), float(params["depth_m"]), float(params["height_m"])
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    bays = max(round(length / 1.25), 2)
    rows = np.linspace(-length / 2 + 0.06, length / 2 - 0.06, bays + 1)
    back = -depth / 2 + 0.06
    frame, panes = _walls(params, rows, back, depth, height)
    frame.append(_roof(str(params["roof"]), length, depth, height))
    paint = painted_steel("frame", (rgb(params["colour"]), seed, 0.6 * dirt, 0.35))
    feet = [foot_plate(0.17, 0.012).moved((back, float(y), 0.0)) for y in rows[:: max(bays // 2, 1)]]
    pieces: list[tuple[Mesh, Material]] = [
        (over_height(join(frame), height + 0.2, 1.2), paint),
        (over_height(join(feet), 0.5), galvanised("feet", seed)),
        (over_height(panes, height, 1.5), _glass(str(params["glass"]))),
    ]
    pieces += _bench(params, rows, back)
    pieces += _poster(params, length, depth, height)
    pieces += _stop_sign(params, length, depth, height)
    top = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "bus_shelter",
        params,
        pieces,
        attributes={"roof": str(params["roof"]), "poster_lit": str(params["lit"])},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (0.0, 0.0, top),
            "front_left_roof": (depth / 2, length / 2, height),
            "front_right_roof": (depth / 2, -length / 2, height),
            "seat": (back + 0.25, 0.0, 0.46),
        },
    )


def _walls(
    params: Mapping[str, Any], rows: np.ndarray[Any, Any], back: float, depth: float, height: float
) -> tuple[list[Mesh], Mesh]:
    """Posts and rails with panes between them, at the back and at the ends."""
    sizes, centres = [], []
    panes_size, panes_at = [], []
    low, high = 0.22, height - 0.3
    for y in rows:
        sizes.append((0.07, 0.07, height))
        centres.append((back, float(y), height / 2))
    for start, end in pairwise(rows):
        middle, wide = float(start + end) / 2, float(end - start)
        for z in (low, high):
            sizes.append((0.04, wide - 0.07, 0.045))
            centres.append((back, middle, z))
        panes_size.append((0.012, wide - 0.1, high - low - 0.06))
        panes_at.append((back, middle, (low + high) / 2))
    reach = depth * float(params["end_share"])
    ends = (1,) if str(params["poster"]) == "yes" else (1, -1)
    for side in ends:
        y = float(rows[-1]) * side
        front = back + reach
        sizes += [(0.06, 0.06, height - 0.02), (reach - 0.06, 0.04, 0.045), (reach - 0.06, 0.04, 0.045)]
        centres += [(front, y, height / 2), (back + reach / 2, y, low), (back + reach / 2, y, high)]
        panes_size.append((reach - 0.1, 0.012, high - low - 0.06))
        panes_at.append((back + reach / 2, y, (low + high) / 2))
    brackets = [
        rods([(back, float(y), height - 0.38)], [(back + 0.42, float(y), height - 0.02)], 0.016, 8) for y in rows
    ]
    sheets = bevelled_boxes(np.array(panes_size), np.array(panes_at), 0.002)
    return [bevelled_boxes(np.array(sizes), np.array(centres), 0.006), *brackets], sheets


def _roof(style: str, length: float, depth: float, height: float) -> Mesh:
    """A slab with a gutter, level or arched from back to front."""
    half = depth / 2
    x = np.linspace(half, -half, 13)
    rise = 0.16 * (1 - (x / half) ** 2) if style == "arched" else 0.05 * (x / half + 1)
    top = np.stack([x, height + 0.055 + rise], axis=1)
    section = np.concatenate([top, (top - [0.0, 0.055])[::-1]])
    slab = plate(section, -length / 2 - 0.05, length / 2 + 0.05, bevel_m=0.006).turned(SECTION_Y)
    beams = bevelled_boxes(
        np.array([(0.06, length + 0.12, 0.11), (0.06, length + 0.12, 0.11)]),
        np.array([(half, 0.0, height + 0.04 + float(rise[0])), (-half, 0.0, height + 0.03)]),
        0.01,
    )
    return join([slab, beams])


def _glass(kind: str) -> Material:
    tint = {"clear": (0.75, 0.85, 0.82), "grey": (0.3, 0.32, 0.33)}[kind]
    return Material(
        name="glass",
        base_colour=(*tint, 0.3),
        roughness=0.06,
        alpha_mode="blend",
        transmission=0.85,
        double_sided=True,
    )


def _bench(params: Mapping[str, Any], rows: np.ndarray[Any, Any], back: float) -> list[tuple[Mesh, Material]]:
    """A narrow seat on brackets along the back wall."""
    seed = int(params["wear_seed"])
    y0, y1 = float(rows[0]) + 0.35, float(rows[-1]) - 0.55
    wide, middle = y1 - y0, (y0 + y1) / 2
    legs = []
    for y in (y0 + 0.15, middle, y1 - 0.15):
        legs.append(rods([(back + 0.25, y, 0.0)], [(back + 0.25, y, 0.43)], 0.022, 10))
        legs.append(rounded_box((0.36, 0.04, 0.03), 0.008, 1).moved((back + 0.25, y, 0.425)))
    steel = (over_height(join(legs), 0.5), worn_steel("legs", seed))
    if str(params["seat"]) == "wood":
        maps = board_maps("oak", seed % 2, 0.5)
        frame = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        at = np.array([(back + 0.25 + k * 0.12, middle, 0.458) for k in (-1, 0, 1)])
        rng = rng_for(seed, 0, "bus_shelter.seat")
        slats = bevelled_boxes(
            np.tile([wide, 0.1, 0.036], (3, 1)), at, 0.006, np.tile(frame, (3, 1, 1)), rng.random((3, 2))
        )
        wood = Material(
            name="seat",
            base_colour_map=maps.colour,
            normal_map=maps.normal,
            metallic_roughness_map=maps.rough,
            roughness=0.85,
        )
        return [steel, (slats.placed_uvs((1 / maps.tile_m, 1 / maps.tile_m)), wood)]
    seats = []
    count = max(int(wide / 0.52), 2)
    for k in range(count):
        y = y0 + (k + 0.5) * wide / count
        seats.append(rounded_box((0.36, 0.44, 0.03), 0.013, 2).moved((back + 0.26, y, 0.455)))
        seats.append(rounded_box((0.025, 0.44, 0.26), 0.011, 2).moved((back + 0.09, y, 0.6)))
    paint = painted_steel("seat", (rgb(params["seat_colour"]), seed, 0.4, 0.6))
    return [steel, (over_height(join(seats), 1.0), paint)]


def _poster(params: Mapping[str, Any], length: float, depth: float, height: float) -> list[tuple[Mesh, Material]]:
    """A case with a poster on both sides instead of one end wall."""
    if str(params["poster"]) == "no":
        return []
    seed = int(params["wear_seed"])
    wide, tall = min(0.86 * depth, 1.25), min(height - 0.45, 1.85)
    y, z = -length / 2 + 0.08, 0.3 + tall / 2
    box = rounded_box((wide, 0.15, tall), 0.025, 2).moved((0.0, y, z))
    legs = bevelled_boxes(
        np.tile([0.1, 0.08, 0.32], (2, 1)), np.array([(s * 0.35 * wide, y, 0.16) for s in (-1, 1)]), 0.006
    )
    sheets = []
    for side in (-1, 1):
        sheet = rounded_box((wide - 0.14, 0.004, tall - 0.16), 0.0018, 1).moved((0.0, y + side * 0.0755, z))
        p = sheet.positions_n3
        u = np.clip(-side * p[:, 0] / (wide - 0.14) + 0.5, 0.01, 0.99)
        sheets.append(sheet.with_uvs(np.stack([u, np.clip((z - p[:, 2]) / (tall - 0.16) + 0.5, 0.01, 0.99)], axis=1)))
    lit = 350.0 if str(params["lit"]) == "on" else 0.0
    texture = _poster_print(int(params["design"]))
    print_ = Material(
        name="poster",
        base_colour_map=texture,
        roughness=0.12,
        clearcoat=0.8,
        clearcoat_roughness=0.04,
        emissive=(lit, lit, lit),
        emissive_map=texture if lit else None,
    )
    case = painted_steel("case", ((0.09, 0.095, 0.1), seed, 0.3, 0.3))
    return [(over_height(join([box, legs]), height), case), (join(sheets), print_)]


def _stop_sign(params: Mapping[str, Any], length: float, depth: float, height: float) -> list[tuple[Mesh, Material]]:
    """A board with the name of the stop over the front, and a bus on it."""
    wide = 1.5
    at = (depth / 2 + 0.036, length / 2 - 0.85, height + 0.05)
    board = rounded_box((0.03, wide, 0.26), 0.008, 1).moved((at[0], at[1], at[2] + 0.1))
    p = board.positions_n3
    u = np.clip((p[:, 1] - at[1]) / wide + 0.5, 0.005, 0.995)
    v = np.clip((at[2] + 0.1 - p[:, 2]) / 0.26 + 0.5, 0.01, 0.99)
    material = Material(name="sign", base_colour_map=_stop_print(int(params["design"])), roughness=0.4, clearcoat=0.4)
    return [(board.with_uvs(np.stack([u, v], axis=1)), material)]


@lru_cache(maxsize=8)
def _stop_print(design: int) -> Texture:
    ground, ink = (((20, 70, 150), (245, 245, 240)), ((240, 196, 30), (24, 24, 26)), ((24, 110, 66), (245, 245, 240)))[
        design % 3
    ]
    canvas = Canvas(512, 88, ground, scale=2)
    canvas.rectangle(14, 20, 96, 64, ink, 8)
    canvas.rectangle(20, 27, 62, 44, ground, 3)
    canvas.rectangle(66, 27, 90, 44, ground, 3)
    for x in (34, 78):
        canvas.disc((x, 64), 10, ground)
        canvas.disc((x, 65), 7, ink)
    name = invented_name(design, "bus_shelter.stop")
    canvas.text(name, (300, 45), 34, ink, TypeStyle(weight=0.06), max_width=370)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=8)
def _poster_print(design: int) -> Texture:
    """An advertisement for something that does not exist, 256 x 384 sRGB."""
    rng = rng_for(design, 0, "bus_shelter.poster")
    hues = rng.integers(30, 235, (3, 3))
    ground, first, second = (tuple(int(c) for c in row) for row in hues)
    canvas = Canvas(256, 384, ground, scale=2)  # type: ignore[arg-type]
    for _ in range(5):
        centre = (float(rng.uniform(0, 256)), float(rng.uniform(60, 300)))
        canvas.disc(centre, float(rng.uniform(25, 90)), first if rng.random() < 0.5 else second)  # type: ignore[arg-type]
    canvas.rectangle(40, 120, 216, 262, (244, 242, 236), 14)
    canvas.disc((128, 190), 52, first)  # type: ignore[arg-type]
    canvas.ellipse((128, 190), (30, 48), second, 0.5)  # type: ignore[arg-type]
    dark = (250, 250, 246) if sum(ground) < 380 else (18, 18, 22)
    canvas.text(
        invented_name(design, "bus_shelter.brand").upper(), (128, 62), 34, dark, TypeStyle(weight=0.14), max_width=215
    )
    canvas.text(invented_words(design, "bus_shelter.poster", 3), (128, 312), 19, dark, max_width=215)
    canvas.text(invented_words(design + 9, "bus_shelter.poster", 4), (128, 346), 11, dark, max_width=200)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


BUS_SHELTER = ProceduralAsset(
    name="bus_shelter",
    kind="model",
    category="bus_shelter",
    tags=("street", "bus", "stop", "shelter", "outdoor", "city"),
    size_m=3.6,
    description="A bus shelter with glass walls, a roof, a bench, a poster case and the name of the stop.",
    parameters={
        "length_m": Number(2.6, 4.8, 3.6, "m"),
        "depth_m": Number(1.2, 1.8, 1.5, "m"),
        "height_m": Number(2.2, 2.6, 2.4, "m"),
        "roof": Choice(("flat", "arched"), "flat"),
        "end_share": Number(0.45, 0.9, 0.7),
        "glass": Choice(("clear", "grey"), "clear", (0.75, 0.25)),
        "seat": Choice(("wood", "steel"), "wood"),
        "seat_colour": Colour(((0.1, 0.105, 0.11), (0.5, 0.03, 0.02), (0.02, 0.1, 0.35)), 0.1),
        "poster": Choice(("yes", "no"), "yes", (0.7, 0.3)),
        "lit": Choice(("off", "on"), "off", (0.75, 0.25)),
        "colour": Colour(((0.09, 0.095, 0.1), (0.02, 0.06, 0.04), (0.3, 0.31, 0.32), (0.03, 0.06, 0.16)), 0.1),
        "design": Integer(0, 7, 0),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "feet", "glass", "legs", "seat", "case", "poster", "sign"),
    keypoints=("base", "top", "front_left_roof", "front_right_roof", "seat"),
)
