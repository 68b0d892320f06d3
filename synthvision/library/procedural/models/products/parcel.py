"""A parcel of corrugated board: tape, shipping label, printed marks, open or closed, dented or crushed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.products.folding import flaps_around
from synthvision.library.procedural.models.products.printing import crush_amount, crushed_word, kraft_board, worn_art
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas, regular_polygon
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words
from synthvision.library.procedural.prints.packages import bar_code
from synthvision.library.procedural.shapes.atlas import CUBE_FACES
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.crushing import Move, bending, buckling, crumpling, crushed
from synthvision.library.procedural.shapes.lofts import open_vessel, rectangle_ring
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.patches import patch_in_uv

__all__ = ["PARCEL"]

BOARD_M = 0.004
EDGE_M = 0.003
FACES = {"+x": 0, "-x": 1, "+y": 2, "-y": 3, "top": 4, "bottom": 5}
FACE_STEP_U = 10.0
"""Faces of the closed box lie this far apart in u while it is made, so that labels find theirs."""

KRAFT = (0.36, 0.225, 0.115)


def _build(params: Mapping[str, Any]) -> Model:
    length = float(params["length_m"])
    size = (length, length * float(params["width_share"]), length * float(params["height_share"]))
    seed = int(params["wear_seed"])
    amount = crush_amount(params)
    board = Material(
        name="body",
        base_colour=opaque(rgb(params["board_tint"])),
        base_colour_map=kraft_board(KRAFT, seed % 3, round(2 * float(params["dirt"])) / 2),
        roughness=0.88,
    )
    moves = _moves(amount, float(params["dent"]), seed, size)
    opened = str(params["flaps"]) == "open"
    pieces = _open(params, size, board, moves) if opened else _closed(params, size, board, moves)
    high = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "parcel",
        params,
        pieces,
        attributes={"material": "paper", "flaps": str(params["flaps"]), "crushed": crushed_word(amount)},
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, min(high, size[2] + 0.005))},
    )


def _moves(amount: float, dent: float, seed: int, size: tuple[float, float, float]) -> tuple[Move, ...]:
    side, tall = min(size), size[2]
    moves = [crumpling(seed, "parcel.dents", depth_m=0.03 * dent * side, size_m=0.8 * max(size), folds=5)]
    if amount > 0.02:
        moves += [
            crumpling(seed, "parcel", depth_m=0.14 * amount * side, size_m=0.55 * max(size)),
            buckling(seed, "parcel", low_m=0.02 * tall, high_m=0.98 * tall, amount=0.45 * amount, folds=1.5, lean=0.9),
            bending(0.0, tall, 0.03 + 0.3 * amount, float(seed)),
        ]
    return tuple(moves)


def _closed(
    params: Mapping[str, Any], size: tuple[float, float, float], board: Material, moves: tuple[Move, ...]
) -> list[tuple[Mesh, Material]]:
    seed, design = int(params["wear_seed"]), int(params["design"])
    tape_half = 0.5 * min(0.05, 0.3 * size[1])
    label = (min(0.15, 0.55 * size[0]), min(0.1, 0.32 * size[1]))
    label_x = float(params["label_place"]) * (size[0] / 2 - EDGE_M - label[0] / 2 - 0.004)
    label_y = tape_half + 0.004 + label[1] / 2
    mark_tall = 0.4 * min(size[2], 0.5 * size[0])
    x_lines = _lines(size[0], [label_x - label[0] / 2, label_x + label[0] / 2, -0.75 * mark_tall, 0.75 * mark_tall])
    y_lines = _lines(size[1], [-tape_half, tape_half, label_y - label[1] / 2, label_y + label[1] / 2])
    hang = size[2] / 2 - min(0.06, 0.35 * size[2])
    z_lines = _lines(size[2], [hang, -mark_tall / 2, mark_tall / 2])
    box = _lined_box(size, (x_lines, y_lines, z_lines))
    body = crushed(box.moved((0.0, 0.0, size[2] / 2)), *moves, crease_rad=0.6)
    sheets: list[tuple[Mesh, Material]] = []
    tape = str(params["tape"])
    if tape != "none":
        sheets.append((_tape(body, size, tape_half, hang), _tape_material(tape, seed)))
    if str(params["label"]) == "label":
        top = FACES["top"] * FACE_STEP_U
        place = (label_x, -label_y)
        low = (top + place[0] - label[0] / 2, place[1] - label[1] / 2)
        sheet = patch_in_uv(body, low, (low[0] + label[0], low[1] + label[1]), 0.0006)
        paper = Material(name="label", base_colour_map=_label(design), roughness=0.55, double_sided=True)
        sheets.append((sheet, paper))
    marks = str(params["marks"])
    if marks != "none":
        face = FACES["-y"] * FACE_STEP_U
        low = (face - 0.75 * mark_tall, -mark_tall / 2)
        sheet = patch_in_uv(body, low, (face + 0.75 * mark_tall, mark_tall / 2), 0.0005)
        ink = Material(
            name="marks",
            base_colour_map=_marks(marks, design),
            roughness=0.85,
            alpha_mode="mask",
            alpha_cutoff=0.5,
            double_sided=True,
        )
        sheets.append((sheet, ink))
    chart = body.uvs_n2.copy()
    chart[:, 0] = (chart[:, 0] + FACE_STEP_U / 2) % FACE_STEP_U
    return [(body.with_uvs(2.2 * chart + 0.13 * design), board), *sheets]


def _lines(size_m: float, wanted: list[float]) -> Floats:
    """Growing places of grid lines across a face, some of them given, the same number for every box: 15."""
    half = size_m / 2 - EDGE_M
    lines = np.linspace(-half, half, 15)
    free = np.ones(15, bool)
    free[[0, -1]] = False
    for value in sorted(wanted):
        gaps = np.where(free, np.abs(lines - value), np.inf)
        at = int(np.argmin(gaps))
        lines[at] = value
        free[at] = False
    lines = np.sort(lines)
    # Lines that were not asked for keep clear of those that were.
    return np.asarray(lines + np.linspace(0, 1e-6, 15) * (np.diff(lines, prepend=lines[0] - 1) < 1e-7), np.float64)


def _lined_box(size: tuple[float, float, float], lines: tuple[Floats, Floats, Floats]) -> Mesh:
    """A box whose faces are divided along given lines; u of each face is shifted by its number."""
    box = rounded_box(size, EDGE_M, 2, 14)
    count = len(box.positions_n3) // 6
    places, chart = box.positions_n3.copy(), box.uvs_n2.copy()
    for axis in range(3):
        half = size[axis] / 2 - EDGE_M
        even = np.linspace(-half, half, 15)
        inside = np.abs(places[:, axis]) <= half + 1e-12
        places[inside, axis] = np.interp(places[inside, axis], even, lines[axis])
    for face, (_, right, up) in enumerate(CUBE_FACES):
        own = np.s_[face * count : (face + 1) * count]
        chart[own, 0] = places[own] @ np.array(right, np.float64) + face * FACE_STEP_U
        chart[own, 1] = -places[own] @ np.array(up, np.float64)
    return Mesh(places, box.normals_n3, chart, box.triangles_m3)


def _tape(body: Mesh, size: tuple[float, float, float], half: float, hang: float) -> Mesh:
    """Packing tape along the middle of the top and down both ends."""
    top = FACES["top"] * FACE_STEP_U
    strips = [patch_in_uv(body, (top - size[0], -half), (top + size[0], half), 0.0004)]
    for face in ("+x", "-x"):
        middle = FACES[face] * FACE_STEP_U
        end = patch_in_uv(body, (middle - half, -size[2]), (middle + half, -hang), 0.0004)
        strips.append(end.with_uvs(end.uvs_n2[:, ::-1]))
    return join(strips)


def _open(
    params: Mapping[str, Any], size: tuple[float, float, float], board: Material, moves: tuple[Move, ...]
) -> list[tuple[Mesh, Material]]:
    """Four walls and a floor, the flaps folded out, hanging or half closed."""
    length, width, height = size
    rng = rng_for(int(params["wear_seed"]), 0, "parcel.flaps")
    cells = (10, 10)
    foot = rectangle_ring(length - 2 * EDGE_M, width - 2 * EDGE_M, 0.5 * EDGE_M, cells_xy=cells)
    full = rectangle_ring(length, width, EDGE_M, cells_xy=cells)
    thin = rectangle_ring(length - 2 * BOARD_M, width - 2 * BOARD_M, 0.6 * EDGE_M, cells_xy=cells)
    rows = np.linspace(0.003, height, 9)
    outside, inside = open_vessel(
        [(foot, 0.0), *((full, float(z)) for z in rows)], [(thin, float(z)) for z in np.linspace(height, BOARD_M, 9)]
    )
    spread = float(params["flap_angle_rad"]) + rng.uniform(-0.35, 0.35, 4)
    flaps = flaps_around((length, width), height, width / 2, BOARD_M, tuple(float(angle) for angle in spread))
    scale = 2.2
    walls = []
    for mesh in (outside, inside):
        chart = np.stack([mesh.uvs_n2[:, 0] * 2 * (length + width), -mesh.positions_n3[:, 2]], axis=1)
        walls.append(mesh.with_uvs(scale * chart))
    whole = crushed(join([*walls, *(mesh.placed_uvs((scale, scale)) for mesh in flaps)]), *moves, crease_rad=0.6)
    return [(whole, board)]


def _tape_material(kind: str, seed: int) -> Material:
    tint = {"brown": (0.3, 0.17, 0.07), "clear": (0.42, 0.29, 0.16), "white": (0.72, 0.72, 0.7)}[kind]
    return Material(
        name="tape",
        base_colour=opaque(tint),
        base_colour_map=_tape_texture(kind == "clear", seed % 2),
        roughness=0.22,
        clearcoat=0.6,
        clearcoat_roughness=0.12,
        double_sided=True,
    )


@lru_cache(maxsize=4)
def _tape_texture(see_through: bool, seed: int) -> Texture:
    """Film with bubbles and wrinkles; through clear film the gap between the flaps shows."""
    canvas = Canvas(256, 64, (238, 238, 236))
    rng = rng_for(seed, 0, "parcel.tape")
    if see_through:
        canvas.rectangle(0, 30, 256, 34, (96, 84, 70))
    for _ in range(26):
        x, y = float(rng.uniform(0, 256)), float(rng.uniform(2, 62))
        reach = float(rng.uniform(3, 18))
        canvas.line([(x, y), (x + float(rng.normal(0, 4)), y + reach)], 1.0, (255, 255, 255))
    return make_texture(canvas.finished(), is_srgb=True)


@lru_cache(maxsize=12)
def _label(design: int) -> Texture:
    """A shipping label: sender, address, routing code, bar code."""
    rng = rng_for(design, 0, "parcel.label")
    canvas = Canvas(384, 256, (248, 247, 243))
    ink = (22, 22, 24)
    canvas.line([(4, 4), (380, 4), (380, 252), (4, 252)], 2.0, ink, closed=True)
    canvas.text(invented_name(design, "parcel.label").upper(), (86, 30), 22, ink, TypeStyle(weight=0.2), max_width=140)
    canvas.line([(4, 56), (380, 56)], 2.0, ink)
    for k in range(4):
        words = invented_words(design * 7 + k, "parcel.address", 2) if k else invented_name(design + 40, "parcel.to")
        canvas.text(words.title(), (100, 78 + 20 * k), 10, ink, TypeStyle(), max_width=170)
    canvas.rectangle(250, 64, 374, 142, ink)
    canvas.text(
        f"{'ABCDEFGH'[design % 8]}{rng.integers(10, 99)}",
        (312, 103),
        40,
        (248, 247, 243),
        TypeStyle(weight=0.15),
        max_width=110,
    )
    canvas.line([(4, 152), (380, 152)], 2.0, ink)
    bar_code(canvas, design, (20, 160, 364, 232))
    canvas.text(str(rng.integers(10**9, 10**10)), (192, 241), 9, ink, TypeStyle(tracking=0.3))
    return worn_art(canvas.finished().astype(np.float32), design % 8, 0.25, repeat_u=False)


@lru_cache(maxsize=12)
def _marks(kind: str, design: int) -> Texture:
    """Handling marks or a sender's name in one ink on bare board."""
    canvas = Canvas(384, 256, (0, 0, 0))
    white = (255, 255, 255)
    if kind == "arrows":
        for x in (110, 274):
            canvas.polygon(
                [(x, 20), (x + 56, 92), (x + 22, 92), (x + 22, 170), (x - 22, 170), (x - 22, 92), (x - 56, 92)], white
            )
        canvas.rectangle(50, 186, 334, 202, white)
        canvas.text("THIS WAY UP", (192, 230), 24, white, TypeStyle(weight=0.15))
    else:
        canvas.polygon(regular_polygon((192, 84), 62, 3 + design % 5, 0.2 * design), white)
        canvas.disc((192, 84), 24, (0, 0, 0))
        name = invented_name(design, "parcel.marks")
        canvas.text(name.upper(), (192, 200), 48, white, TypeStyle(weight=0.25, slant=0.1), max_width=360)
    cover = canvas.finished()[:, :, :1]
    ink = np.array(((26, 24, 22), (150, 30, 24), (24, 50, 110))[design % 3], np.uint8)
    pixels = np.concatenate([np.broadcast_to(ink, (256, 384, 3)), cover], axis=2)
    return make_texture(np.ascontiguousarray(pixels), is_srgb=True, wrap_uv=("clamp", "clamp"))


PARCEL = ProceduralAsset(
    name="parcel",
    kind="model",
    category="parcel",
    tags=("table", "warehouse", "waste", "packaging", "box", "cardboard", "paper", "container"),
    size_m=0.35,
    description="A cardboard box with tape, shipping label and marks, closed or with open flaps, dented or crushed.",
    parameters={
        "length_m": Number(0.16, 0.56, 0.36, "m"),
        "width_share": Number(0.5, 0.95, 0.7),
        "height_share": Number(0.25, 0.8, 0.5),
        "flaps": Choice(("closed", "open"), "closed", (0.7, 0.3)),
        "flap_angle_rad": Number(-1.0, 1.4, 0.3),
        "tape": Choice(("brown", "clear", "white", "none"), "brown", (0.45, 0.3, 0.15, 0.1)),
        "label": Choice(("label", "none"), "label", (0.8, 0.2)),
        "label_place": Number(-1.0, 1.0, 0.4),
        "marks": Choice(("arrows", "name", "none"), "arrows", (0.35, 0.35, 0.3)),
        "design": Integer(0, 11, 0),
        "board_tint": Colour(((1.0, 1.0, 1.0), (0.85, 0.83, 0.8), (1.0, 0.95, 0.88)), 0.08),
        "dent": Number(0.0, 1.0, 0.4),
        "crush": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 1.0, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "tape", "label", "marks"),
    keypoints=("base", "top"),
)
