"""A length of fence: pickets, boards, chain link between steel posts, iron railings, or welded mesh panels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    galvanised,
    lathe,
    over_height,
    painted_steel,
    worn_steel,
)
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join, turn_about
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.timber import board_maps

__all__ = ["FENCE"]

Pieces = list[tuple[Mesh, Material]]
UP = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]) @ np.diag([1.0, -1.0, -1.0])
"""Local axes of a board (length, width, thickness) that stands upright with its face to +x."""
LEVEL = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""The same for a board that lies along y with its face to +x."""


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    length, height = float(params["length_m"]), float(params["height_m"])
    tall = {"picket": 0.62, "boards": 1.0, "chain_link": 1.0, "railings": 0.85, "mesh": 0.95}[style] * height
    makers = {"picket": _picket, "boards": _boards, "chain_link": _chain_link, "railings": _railings, "mesh": _mesh}
    pieces = makers[style](params, length, tall)
    top = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    half = length / 2
    return assembled(
        "fence",
        params,
        pieces,
        attributes={"style": style},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (0.0, 0.0, top),
            "left": (0.0, half, 0.5 * top),
            "right": (0.0, -half, 0.5 * top),
        },
    )


def _wood(params: Mapping[str, Any]) -> tuple[Material, float]:
    """Paint or bare wood, and the size of its image."""
    seed = int(params["wear_seed"])
    species = str(params["species"])
    maps = board_maps("beech" if species == "painted" else species, seed % 2, round(2 * float(params["dirt"])) / 2)
    tone = rgb(params["paint"]) if species == "painted" else (1.0, 1.0, 1.0)
    material = Material(
        name="boards",
        base_colour=(*tone, 1.0),
        base_colour_map=maps.colour,
        normal_map=maps.normal,
        metallic_roughness_map=maps.rough,
        roughness=0.9,
        normal_scale=1.5,
    )
    return material, maps.tile_m


def _grown_grey(mesh: Mesh, rng: np.random.Generator, count: int, dirt: float) -> Mesh:
    """Every board of its own tone, all dark with damp towards the ground."""
    tone = np.repeat(
        1.0 + rng.uniform(-0.16, 0.08, (count, 1)) * [[1.0, 1.04, 1.1]], len(mesh.positions_n3) // count, axis=0
    )
    damp = 1.0 - (0.2 + 0.35 * dirt) * np.exp(-mesh.positions_n3[:, 2:] / 0.18) * [1.0, 1.0, 1.1]
    return mesh.tinted(tone * damp)


def _posts(length: float, height: float, wide: float, spacing: float) -> tuple[Floats, Mesh]:
    """Square timber posts behind the fence, their tops bevelled."""
    count = max(round(length / spacing), 1) + 1
    y = np.linspace(-length / 2 + wide / 2, length / 2 - wide / 2, count)
    at = np.stack([np.zeros(count), y, np.full(count, height / 2)], axis=1)
    turns = np.tile(UP, (count, 1, 1))
    posts = bevelled_boxes(np.tile([height, wide, wide], (count, 1)), at, 0.008, turns, np.stack([y, 3 * y], axis=1))
    return y, posts


def _picket(params: Mapping[str, Any], length: float, height: float) -> Pieces:
    """Narrow boards with pointed or rounded tops on two rails."""
    rng = rng_for(int(params["wear_seed"]), 0, "fence.picket")
    wide = float(params["board_m"])
    count = max(round(length / (1.75 * wide)), 5)
    y = (np.arange(count) + 0.5) / count * length - length / 2
    shape = str(params["top"])
    angle = np.linspace(0.0, np.pi, 9)
    half = wide / 2
    head = [(half, height - 0.9 * half), (0.0, height), (-half, height - 0.9 * half)]
    if shape == "round":
        head = [(half * float(np.cos(a)), height - half + half * float(np.sin(a))) for a in angle]
    elif shape == "flat":
        head = [(half, height), (-half, height)]
    outline = np.array([(-half, 0.06), (half, 0.06), *head])
    board = plate(outline, 0.0, 0.02, bevel_m=0.002)
    stand = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    uvs = np.stack([-board.positions_n3[:, 1], board.positions_n3[:, 0]], axis=1)
    pickets = []
    for middle in y:
        lean = turn_about("x", float(rng.normal(0, 0.012)))
        shift = (0.05 + 0.002 * float(rng.normal()), float(middle), float(rng.normal(0, 0.006)))
        pickets.append(board.with_uvs(uvs + rng.uniform(0, 1, 2)).turned(lean @ stand).moved(shift))
    material, tile = _wood(params)
    fence = _grown_grey(join(pickets), rng, count, float(params["dirt"]))
    levels = (0.24 * height, 0.76 * height)
    rails = bevelled_boxes(
        np.tile([length, 0.06, 0.032], (2, 1)),
        np.array([(0.034, 0.0, z) for z in levels]),
        0.004,
        np.tile(LEVEL, (2, 1, 1)),
    )
    _, posts = _posts(length - 0.3, 0.92 * height, 0.075, 1.9)
    posts = posts.moved((-0.0195, 0.0, 0.0))
    frame = _grown_grey(join([rails, posts]), rng, 1, float(params["dirt"]))
    nails = rods(
        [(0.068, float(m) + s, z) for m in y for z in levels for s in (-0.2 * wide, 0.2 * wide)],
        [(0.0725, float(m) + s, z) for m in y for z in levels for s in (-0.2 * wide, 0.2 * wide)],
        0.0035,
        5,
    )
    wood = join([fence, frame]).placed_uvs((1 / tile, 1 / tile))
    return [(wood, material), (nails, worn_steel("nails_iron", 0))]


def _boards(params: Mapping[str, Any], length: float, height: float) -> Pieces:
    """A close fence of upright boards that overlap, with a capping rail and a gravel board."""
    rng = rng_for(int(params["wear_seed"]), 0, "fence.boards")
    wide = 1.35 * float(params["board_m"])
    count = max(round(length / (0.86 * wide)), 4)
    pitch = length / count
    y = (np.arange(count) + 0.5) * pitch - length / 2
    tops = height - 0.06 + rng.normal(0, 0.004, count)
    low = 0.16
    sizes = np.stack([tops - low, np.full(count, 1.12 * pitch), np.full(count, 0.018)], axis=1)
    at = np.stack([0.045 + 0.0215 * (np.arange(count) % 2), y, (tops + low) / 2], axis=1)
    turns = np.stack([turn_about("x", float(rng.normal(0, 0.004))) @ UP for _ in range(count)])
    boards = bevelled_boxes(sizes, at, 0.002, turns, rng.uniform(0, 1, (count, 2)))
    boards = _grown_grey(boards, rng, count, float(params["dirt"]))
    material, tile = _wood(params)
    bars = bevelled_boxes(
        np.array([(length, 0.07, 0.035), (length, 0.07, 0.035), (length, 0.15, 0.03)]),
        np.array([(0.018, 0.0, 0.3 * height), (0.018, 0.0, 0.82 * height), (0.05, 0.0, 0.078)]),
        0.004,
        np.tile(LEVEL, (3, 1, 1)),
        rng.uniform(0, 1, (3, 2)),
    )
    cap = rounded_box((0.11, length + 0.02, 0.035), 0.012, 1).moved((0.055, 0.0, height - 0.03))
    cap = cap.with_uvs(cap.positions_n3[:, [1, 0]])
    _, posts = _posts(length, height + 0.06, 0.095, 1.9)
    frame = _grown_grey(join([bars, cap, posts.moved((-0.047, 0.0, 0.0))]), rng, 1, float(params["dirt"]))
    heads = [(float(m), z) for m in y for z in (0.3 * height, 0.82 * height)]
    face = 0.045 + 0.0215 * np.repeat(np.arange(count) % 2, 2) + 0.009
    starts: Floats = np.array([(x - 0.004, m, z) for x, (m, z) in zip(face, heads, strict=True)])
    nails = rods(starts, np.add(starts, (0.0055, 0.0, 0.0)), 0.0038, 5)
    wood = join([boards, frame]).placed_uvs((1 / tile, 1 / tile))
    return [(wood, material), (nails, worn_steel("nails_iron", 0))]


def _steel_posts(length: float, height: float, radius: float, spacing: float) -> tuple[Floats, Mesh]:
    count = max(round(length / spacing), 1) + 1
    y = np.linspace(-length / 2 + radius, length / 2 - radius, count)
    post = lathe(
        [(0, 0), (radius, 0.0), (radius, height), (0.6 * radius, height + 0.02), (0, height + 0.024)], 0.008, 14
    )
    foot = lathe([(0, 0), (2.6 * radius, 0), (2.3 * radius, 0.03), (0, 0.045)], 0.01, 14)
    return y, join([join([post, foot]).moved((0.0, float(m), 0.0)) for m in y])


def _chain_link(params: Mapping[str, Any], length: float, height: float) -> Pieces:
    """Woven wire between tubes, slack in the middle."""
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "fence.net")
    y, posts = _steel_posts(length, height, 0.028, 2.2)
    top = rods([(0.0, float(y[0]), height - 0.03)], [(0.0, float(y[-1]), height - 0.03)], 0.02, 12)
    wires = rods(
        [(0.031, float(y[0]), z) for z in (0.06, 0.5 * height, height - 0.06)],
        [(0.031, float(y[-1]), z) for z in (0.06, 0.5 * height, height - 0.06)],
        0.0025,
        5,
    )
    columns, rows = 25, 13
    grid_y, grid_z = np.meshgrid(
        np.linspace(float(y[0]), float(y[-1]), columns), np.linspace(0.04, height - 0.04, rows)
    )
    slack = 0.03 * float(params["slack"])
    share = np.abs(np.sin(np.pi * (grid_y - y[0]) / (y[1] - y[0])))
    phase = rng.uniform(0, 6.28, 2)
    bulge = slack * share * (1 + np.sin(3 * grid_z + phase[0]) + 0.5 * np.sin(5 * grid_y + phase[1]))
    x = 0.034 + np.maximum(bulge, 0.0)
    positions = np.stack([x, grid_y, grid_z], axis=-1).reshape(-1, 3)
    normals = np.tile([1.0, 0.0, 0.0], (len(positions), 1))
    cell = 0.05 * np.sqrt(2)
    uvs = np.stack([grid_y / (4 * cell), -grid_z / (4 * cell)], axis=-1).reshape(-1, 2)
    net = Mesh(positions, normals, uvs, grid_triangles(rows, columns))
    coated = str(params["finish"]) == "coated"
    post_paint = painted_steel("posts", (rgb(params["steel"]), seed, float(params["dirt"]), 0.4))
    tone = rgb(params["steel"]) if coated else (0.42, 0.43, 0.44)
    wire = Material(
        name="net",
        base_colour=(*tone, 1.0),
        base_colour_map=_net(),
        metallic=0.0 if coated else 0.9,
        roughness=0.5,
        alpha_mode="mask",
        alpha_cutoff=0.3,
        double_sided=True,
    )
    tubes = over_height(join([posts, top]), height, 0.4)
    return [
        (tubes, post_paint if coated else galvanised("posts", seed)),
        (net, wire),
        (wires, worn_steel("wires", seed)),
    ]


@lru_cache(maxsize=1)
def _net() -> Texture:
    """Four by four meshes of woven wire, 256 x 256 RGBA: shaded round, one strand over the other."""
    size, count = 256, 4
    image = np.zeros((size, size, 4), np.uint8)
    image[:, :, :3] = 190
    pitch = size / count
    for tone, wide in ((120, 6), (225, 3)):
        ink = (tone, tone, tone, 255)
        for k in range(-1, 2 * count + 1):
            for way in (1, -1):
                x = (k + 0.5) * pitch
                start, end = (x, -8.0), (x + way * (size + 16.0), size + 8.0)
                line = np.round((np.array([start, end]) - [way * 8.0 + (pitch * count if way > 0 else 0.0), 0.0]) * 16)
                cv2.polylines(image, [line.astype(np.int32)], False, ink, wide, cv2.LINE_AA, 4)
    return make_texture(image, is_srgb=True)


def _railings(params: Mapping[str, Any], length: float, height: float) -> Pieces:
    """Iron bars with spear points between two rails on posts with balls."""
    seed = int(params["wear_seed"])
    count = max(round(length / 0.125), 6)
    y = (np.arange(count) + 0.5) / count * length - length / 2
    bars = bevelled_boxes(
        np.tile([0.018, 0.018, height - 0.14], (count, 1)),
        np.stack([np.zeros(count), y, np.full(count, 0.08 + (height - 0.14) / 2)], axis=1),
        0.002,
    )
    spear = lathe([(0, 0), (0.014, 0.0), (0.022, 0.02), (0.018, 0.045), (0, 0.11)], 0.004, 6)
    knob = lathe([(0, 0), (0.016, 0), (0.022, 0.02), (0.012, 0.04), (0, 0.044)], 0.006, 6)
    tips = [(spear if str(params["top"]) == "pointed" else knob).moved((0.0, float(m), height - 0.065)) for m in y]
    rails = bevelled_boxes(
        np.tile([0.012, length, 0.04], (2, 1)), np.array([(0.0, 0.0, 0.16), (0.0, 0.0, height - 0.2)]), 0.003
    )
    posts = []
    ball = lathe([(0, 0), (0.035, 0.0), (0.03, 0.012), (0.045, 0.05), (0.03, 0.085), (0, 0.095)], 0.012, 14)
    for m in (-length / 2, length / 2):
        posts.append(rounded_box((0.06, 0.06, height), 0.006, 1).moved((0.0, m, height / 2)))
        posts.append(ball.moved((0.0, m, height - 0.005)))
        posts.append(rounded_box((0.16, 0.16, 0.05), 0.012, 1).moved((0.0, m, 0.025)))
    paint = painted_steel("posts", (rgb(params["steel"]), seed, float(params["dirt"]), 0.7))
    frame = over_height(join([rails, *posts]), height, 0.5)
    infill = painted_steel("bars", (rgb(params["steel"]), (seed + 2) % 8, float(params["dirt"]), 0.5))
    return [(frame, paint), (over_height(join([bars, *tips]), height, 0.5), infill)]


def _mesh(params: Mapping[str, Any], length: float, height: float) -> Pieces:
    """Panels of welded rods, doubled across, held to square posts by clips."""
    seed = int(params["wear_seed"])
    paint = painted_steel("posts", (rgb(params["steel"]), seed, float(params["dirt"]), 0.3))
    count = max(round(length / 0.055), 8)
    y = (np.arange(count) + 0.5) / count * (length - 0.08) - (length - 0.08) / 2
    upright = rods([(0.045, float(m), 0.05) for m in y], [(0.045, float(m), height - 0.01) for m in y], 0.003, 4)
    levels = np.arange(0.1, height - 0.03, 0.2)
    across = rods(
        [(x, -length / 2 + 0.03, float(z)) for z in levels for x in (0.0395, 0.0505)],
        [(x, length / 2 - 0.03, float(z)) for z in levels for x in (0.0395, 0.0505)],
        0.004,
        5,
    )
    posts, clips = [], []
    for m in np.linspace(-length / 2, length / 2, max(round(length / 2.4), 1) + 1):
        posts.append(rounded_box((0.06, 0.05, height + 0.05), 0.006, 1).moved((0.0, float(m), (height + 0.05) / 2)))
        posts.append(rounded_box((0.13, 0.12, 0.012), 0.003, 1).moved((0.0, float(m), 0.006)))
        clips += [rounded_box((0.03, 0.07, 0.03), 0.005, 1).moved((0.045, float(m), float(z))) for z in levels[1::3]]
    wires = painted_steel("wires", (rgb(params["steel"]), (seed + 1) % 8, float(params["dirt"]), 0.2))
    return [
        (over_height(join(posts), height, 0.5), paint),
        (over_height(join([upright, across]), height, 0.5), wires),
        (join(clips), worn_steel("clips", seed)),
    ]


FENCE = ProceduralAsset(
    name="fence",
    kind="model",
    category="fence",
    tags=("fence", "building", "garden", "street", "outdoor"),
    size_m=2.4,
    description="A length of fence: pickets, close boards, chain link, iron railings or welded mesh.",
    parameters={
        "style": Choice(("picket", "boards", "chain_link", "railings", "mesh"), "picket"),
        "length_m": Number(1.8, 3.2, 2.4, "m"),
        "height_m": Number(1.2, 2.0, 1.6, "m"),
        "board_m": Number(0.07, 0.11, 0.085, "m"),
        "top": Choice(("pointed", "round", "flat"), "pointed"),
        "species": Choice(("painted", "pine", "weathered", "stained"), "weathered"),
        "paint": Colour(((0.95, 0.95, 0.92), (0.12, 0.25, 0.16), (0.16, 0.2, 0.26), (0.3, 0.08, 0.05)), 0.08),
        "steel": Colour(((0.02, 0.021, 0.022), (0.02, 0.07, 0.04), (0.06, 0.065, 0.07)), 0.1),
        "finish": Choice(("zinc", "coated"), "zinc"),
        "slack": Number(0.0, 1.0, 0.3),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("boards", "nails_iron", "posts", "net", "wires", "bars", "clips"),
    keypoints=("base", "top", "left", "right"),
)
