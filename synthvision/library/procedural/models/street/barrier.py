"""Barriers of road works: boards on A-frames, concrete walls of the jersey profile, plastic blocks full of water."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    cast_concrete,
    lamp_material,
    lathe,
    moulded_plastic,
    over_height,
    painted_steel,
    worn_steel,
)
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.lofts import loft
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.rods import rods, tube_along
from synthvision.library.procedural.wear import wear_masks

__all__ = ["BARRIER"]

UPRIGHT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Turns a section drawn in x and y, extruded along z, so that it runs along y and stands upright."""

Pieces = list[tuple[Mesh, Material]]


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    makers = {"a_frame": _a_frame, "jersey": _jersey, "water": _water}
    pieces = makers[style](params)
    corners = np.concatenate([mesh.positions_n3 for mesh, _ in pieces])
    top = float(corners[:, 2].max())
    right, left = float(corners[:, 1].min()), float(corners[:, 1].max())
    return assembled(
        "barrier",
        params,
        pieces,
        attributes={"style": style},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (0.0, 0.0, top),
            "left": (0.0, left, 0.5 * top),
            "right": (0.0, right, 0.5 * top),
        },
    )


def _a_frame(params: Mapping[str, Any]) -> Pieces:
    """Two striped boards between two pairs of splayed legs, some with a lamp on top."""
    length, height = 0.75 * float(params["length_m"]), 1.0 * float(params["height_ratio"])
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    boards = int(params["boards"])
    tall = 0.2 if boards == 2 else 0.16
    top = height - 0.03
    splay = 0.24 * float(params["width_ratio"])
    pieces_legs = []
    for side in (-1, 1):
        y = side * (length / 2 - 0.12)
        for front in (-1, 1):
            foot: Floats = np.array([front * splay, y, 0.015])
            head: Floats = np.array([front * 0.022, y, top])
            middle = (foot + head) / 2
            lean = turn_about("y", front * float(np.arctan2(-(splay - 0.022), top)))
            frame = lean @ np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
            span = float(np.linalg.norm(head - foot))
            pieces_legs.append(bevelled_boxes(np.array([(span, 0.04, 0.04)]), middle[None], 0.004, frame[None]))
            pieces_legs.append(rounded_box((0.09, 0.07, 0.03), 0.01, 2).moved((front * splay, y, 0.016)))
        stretcher = bevelled_boxes(np.array([(0.3, 0.03, 0.03)]), np.array([(0.0, y, 0.32 * top)]), 0.003)
        pieces_legs.append(stretcher)
    faces, backs = [], []
    for k in range(boards):
        z = top - 0.02 - tall / 2 - k * (tall + 0.12)
        for front in (-1, 1) if str(params["two_sided"]) == "yes" else (1,):
            at = front * (0.022 + (splay - 0.022) * (top - z) / top + 0.035)
            lean = turn_about("y", -front * 0.0)
            board = rounded_box((0.022, length, tall), 0.008, 2).turned(lean).moved((at, 0.0, z))
            backs.append(board)
            sheet = rounded_box((0.002, length - 0.02, tall - 0.015), 0.0009, 1).moved((at + front * 0.0112, 0.0, z))
            p = sheet.positions_n3
            v = (z - p[:, 2]) / tall + 0.5
            faces.append(sheet.with_uvs(np.stack([front * p[:, 1] / (2.4 * tall), np.clip(v, 0.01, 0.99)], axis=1)))
    colour = rgb(params["frame_colour"])
    pieces: Pieces = [
        (over_height(join(pieces_legs), height, 0.8), painted_steel("frame", (colour, seed, dirt, 0.6))),
        (over_height(join(backs), height), moulded_plastic("board", ((0.7, 0.7, 0.68), seed, dirt, 0.4))),
        (join(faces), _striped(params)),
    ]
    if str(params["lamp"]) == "yes":
        box = rounded_box((0.07, 0.15, 0.12), 0.015, 2).moved((0.0, length / 2 - 0.12, top + 0.06))
        pieces.append((over_height(box, 1.2), moulded_plastic("lamp_box", ((0.75, 0.42, 0.02), seed, dirt, 0.3))))
        lens = lathe([(0, -0.04), (0.085, -0.04), (0.09, -0.01), (0.09, 0.01), (0.085, 0.04), (0, 0.04)], 0.014, 24)
        lens = lens.turned(turn_about("y", np.pi / 2)).moved((0.0, length / 2 - 0.12, top + 0.2))
        lit = 1500.0 if str(params["lit"]) == "on" else 0.0
        pieces.append((lens, lamp_material("lamp", (0.85, 0.33, 0.01), lit)))
    return pieces


def _jersey(params: Mapping[str, Any]) -> Pieces:
    """A concrete wall with the profile of New Jersey: a steep foot, a gentle slope, a thin top (81 cm by 61 cm)."""
    length = 1.35 * float(params["length_m"])
    height = 0.81 * float(params["height_ratio"])
    seed = int(params["wear_seed"])
    width = float(params["width_ratio"])
    body = _wall(length, height, width, seed)
    p = body.positions_n3
    v = 1.0 - p[:, 2]
    sides = np.abs(body.normals_n3[:, 1]) > 0.7
    body = body.with_uvs(np.stack([np.where(sides, p[:, 0], p[:, 1]), v], axis=1))
    grime = 1.0 - float(params["dirt"]) * np.clip(0.62 - p[:, 2] / height, 0.0, 0.55)[:, None] * [1.0, 1.03, 1.1]
    # Slots for a fork under the wall are left out of the solid: dark blocks stand for their depth.
    slots = bevelled_boxes(
        np.tile([0.61 * width + 0.008, 0.22, 0.07], (2, 1)),
        np.array([(0.0, side * 0.25 * length, 0.036) for side in (-1, 1)]),
        0.004,
    )
    loops = []
    for side in (-1, 1):
        for z in (0.3 * height, 0.72 * height):
            y = side * (length / 2 - 0.02)
            path: Floats = np.array(
                [(-0.05, y, z), (-0.05, y + side * 0.07, z), (0.05, y + side * 0.07, z), (0.05, y, z)]
            )
            loops.append(tube_along(path, 0.009, 6))
    ends = np.array([(x, y, height - 0.02) for x in (0.0,) for y in (-0.25 * length, 0.25 * length)])
    for x, y, z in ends:
        arc = np.array([(x, y - 0.06, z), (x, y - 0.045, z + 0.08), (x, y + 0.045, z + 0.08), (x, y + 0.06, z)])
        loops.append(tube_along(arc, 0.008, 6))
    pieces: Pieces = [
        (body.tinted(grime), cast_concrete("concrete", seed)),
        (slots, Material(name="slot", base_colour=(0.03, 0.028, 0.026, 1.0), roughness=0.95)),
        (join(loops), worn_steel("iron", seed)),
    ]
    if str(params["lamp"]) == "yes":
        reflectors = bevelled_boxes(
            np.tile([0.012, 0.16, 0.05], (3, 1)),
            np.array([(0.12 * width - 0.005, k * length / 3.2, 0.62 * height) for k in (-1, 0, 1)]),
            0.003,
        )
        pieces.append((reflectors, lamp_material("reflector", (0.8, 0.36, 0.02))))
    return pieces


def _wall(length: float, height: float, width: float, seed: int) -> Mesh:
    """The concrete itself; cast edges are never straight, and machines knock pieces off them."""
    rng = rng_for(seed, 0, "barrier.chips")
    half = [(0.305, 0.0), (0.305, 0.075), (0.13, 0.33), (0.078, height)]
    path = [(0.0, 0.0), *((x * width, z) for x, z in half), (0.0, height)]
    side = filleted(path, [0.0, 0.006, 0.02, 0.08, 0.022, 0.0], step_rad=0.5).points_k2
    side = side[np.concatenate([[True], np.linalg.norm(np.diff(side, axis=0), axis=1) > 1e-6])]
    section = np.concatenate([side, side[-2:0:-1] * [-1, 1]])
    stations = np.concatenate([[-0.5, -0.493], np.linspace(-0.46, 0.46, 15), [0.493, 0.5]]) * length
    edge = np.abs(np.abs(section[:, 0]) - 0.078 * width) < 0.03
    rings = []
    for k, y in enumerate(stations):
        draw_in = 0.012 if k in (0, len(stations) - 1) else 0.0
        ring = section * (1.0 - draw_in / np.maximum(np.linalg.norm(section, axis=1, keepdims=True), 0.1))
        ring = ring + rng.normal(0, 0.0012, ring.shape) * [1.0, 0.0]
        chips = np.where(edge, np.maximum(rng.normal(-0.02, 0.022, len(ring)), 0.0), 0.0)
        ring = ring - np.stack([np.sign(ring[:, 0]) * chips * 0.5, chips], axis=1) * (ring[:, 1:] > 0.5)
        rings.append(np.stack([ring[:, 0], np.full(len(ring), y), np.maximum(ring[:, 1], 0.0)], axis=1))
    return loft(rings, crease_rad=0.5)


def _water(params: Mapping[str, Any]) -> Pieces:
    """A hollow block of coloured plastic with hollows in its sides, plugs, and lugs that take the next block."""
    length, height = 0.95 * float(params["length_m"]), 0.82 * float(params["height_ratio"])
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    width = float(params["width_ratio"])
    half = np.array([(0.25, 0.03), (0.25, 0.14), (0.17, 0.26), (0.13, height - 0.06), (0.1, height)]) * [width, 1.0]
    panels = max(int(length / 0.45), 2)
    pitch = length / panels
    bodies = []
    outline = np.concatenate([half, half[::-1] * [-1, 1]])
    # Ribs stand out from a narrower core: between them the sides lie deep.
    core = np.concatenate([half * [0.78, 1.0], half[::-1] * [-0.78, 1.0]])
    bodies.append(plate(core, -length / 2 + 0.02, length / 2 - 0.02, bevel_m=0.012).turned(UPRIGHT))
    for k in range(panels + 1):
        y = -length / 2 + k * pitch
        wide = 0.07 if 0 < k < panels else 0.09
        y = float(np.clip(y, -length / 2 + wide / 2, length / 2 - wide / 2))
        bodies.append(plate(outline, y - wide / 2, y + wide / 2, bevel_m=0.016).turned(UPRIGHT))
    rail = rounded_box((0.27 * width, length, 0.1), 0.03, 2).moved((0.0, 0.0, height - 0.055))
    foot = rounded_box((0.5 * width, length - 0.004, 0.11), 0.025, 2).moved((0.0, 0.0, 0.075))
    skids = [rounded_box((0.46 * width, 0.2, 0.07), 0.015, 2).moved((0.0, s * 0.3 * length, 0.035)) for s in (-1, 1)]
    bodies += [rail, foot, *skids]
    bodies.append(rounded_box((0.12, 0.1, 0.5 * height), 0.03, 3).moved((0.0, length / 2 + 0.03, 0.45 * height)))
    plugs = [
        lathe([(0, 0), (0.055, 0), (0.055, 0.02), (0.03, 0.026), (0.03, 0.045), (0, 0.048)], 0.005, 20).moved(
            (0.0, 0.22 * length, height - 0.006)
        ),
        lathe([(0, 0), (0.03, 0), (0.028, 0.018), (0, 0.02)], 0.004, 14)
        .turned(turn_about("y", np.pi / 2))
        .moved((0.25 * width - 0.003, -0.3 * length, 0.085)),
    ]
    colour = rgb(params["plastic_colour"])
    pieces: Pieces = [
        (over_height(join(bodies), height, 1.2), moulded_plastic("plastic", (colour, seed, dirt, 0.6), fade=0.25)),
        (join(plugs), moulded_plastic("plug", ((0.03, 0.03, 0.032), seed, 0.25, 0.25))),
    ]
    if str(params["lamp"]) == "yes":
        z = height - 0.055
        sheets = []
        for front in (-1, 1):
            sheet = rounded_box((0.002, 0.8 * length, 0.075), 0.0009, 1).moved(
                (front * (0.135 * width + 0.0012), 0.0, z)
            )
            p = sheet.positions_n3
            uv = np.stack([front * p[:, 1] / 0.3, np.clip((z - p[:, 2]) / 0.08 + 0.5, 0.01, 0.99)], axis=1)
            sheets.append(sheet.with_uvs(uv))
        pieces.append((join(sheets), _striped(params)))
    if str(params["lit"]) == "on":
        bar = rods([(0.0, -0.3 * length, height - 0.03)], [(0.0, -0.3 * length, height + 0.1)], 0.016, 8)
        lens = lathe([(0, 0), (0.06, 0), (0.062, 0.05), (0.03, 0.11), (0, 0.12)], 0.02, 20)
        pieces.append(
            (lens.moved((0.0, -0.3 * length, height + 0.08)), lamp_material("lamp", (0.85, 0.33, 0.01), 1500.0))
        )
        pieces.append((bar, worn_steel("iron", seed)))
    return pieces


def _striped(params: Mapping[str, Any]) -> Material:
    return Material(
        name="stripes",
        base_colour_map=_stripes(str(params["stripe"]), int(params["wear_seed"]), round(2 * float(params["dirt"])) / 2),
        roughness=0.4,
        clearcoat=0.4,
        clearcoat_roughness=0.2,
    )


@lru_cache(maxsize=16)
def _stripes(pair: str, seed: int, dirt: float) -> Texture:
    """Reflective stripes that lean by 45 degrees, two of them on a repeat, 256 x 128 sRGB."""
    first, second = {
        "red_white": ((190, 24, 28), (236, 236, 230)),
        "orange_white": ((236, 96, 16), (236, 236, 230)),
        "yellow_black": ((240, 186, 18), (26, 26, 27)),
    }[pair]
    y, x = np.mgrid[0:256, 0:512].astype(np.float32)
    band = np.clip(8 * np.abs(((x + 0.83 * y) / 512 * 2) % 1.0 * 2 - 1) - 4 + 0.5, 0, 1)[:, :, None]
    image = np.array(first, np.float32) * band + np.array(second, np.float32) * (1 - band)
    image = image[::2, ::2]
    masks = wear_masks(seed)
    soil = (dirt * np.clip(0.1 + 0.8 * masks.grime[::2, ::2], 0, 0.8))[:, :, None]
    rub = np.clip(0.8 * dirt * masks.scratches[::2, ::2], 0, 0.8)[:, :, None]
    image = image * (1 - soil) + np.array((92, 84, 70), np.float32) * soil
    image = image * (1 - rub) + 120 * rub
    return make_texture(np.asarray(image, np.uint8), is_srgb=True, wrap_uv=("repeat", "clamp"))


BARRIER = ProceduralAsset(
    name="barrier",
    kind="model",
    category="barrier",
    tags=("street", "road", "safety", "road works", "outdoor"),
    size_m=1.8,
    description="A road barrier: striped boards on A-frames, a concrete jersey wall, or a water-filled plastic block.",
    parameters={
        "style": Choice(("a_frame", "jersey", "water"), "a_frame", (0.4, 0.3, 0.3)),
        "length_m": Number(1.3, 2.4, 1.8, "m"),
        "height_ratio": Number(0.82, 1.25, 1.0),
        "width_ratio": Number(0.85, 1.2, 1.0),
        "boards": Integer(1, 2, 2),
        "two_sided": Choice(("no", "yes"), "yes"),
        "lamp": Choice(("no", "yes"), "no"),
        "lit": Choice(("off", "on"), "off", (0.8, 0.2)),
        "stripe": Choice(("red_white", "orange_white", "yellow_black"), "red_white", (0.5, 0.3, 0.2)),
        "frame_colour": Colour(((0.7, 0.7, 0.68), (0.75, 0.42, 0.02), (0.3, 0.3, 0.31)), 0.1),
        "plastic_colour": Colour(((0.75, 0.03, 0.02), (0.78, 0.78, 0.75), (0.85, 0.2, 0.01), (0.8, 0.45, 0.02)), 0.1),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "frame", "board", "stripes", "lamp_box", "lamp", "concrete", "slot", "iron", "reflector", "plastic", "plug",
    ),
    keypoints=("base", "top", "left", "right"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 2),),
)  # fmt: skip
