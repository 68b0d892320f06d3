"""A pallet rack: perforated uprights with braces, beams hooked into them, decks of mesh, steel or chipboard."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, print_on, soiled, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.shapes.sheets import rectangle

__all__ = ["SHELF"]

# Uprights with holes every 50 mm and beams in steps of that pitch are usual for adjustable racking (EN 15512).
PITCH_M = 0.05
UPRIGHT_M = 0.09
UPRIGHT_DEEP_M = 0.07
SHEET_M = 0.004
MOST_PLANKS = 48


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "shelf.parts")
    levels, bays = int(params["levels"]), int(params["bays"])
    depth, span = float(params["depth_m"]), float(params["bay_m"])
    gap = round(float(params["level_gap_m"]) / PITCH_M) * PITCH_M
    first = round(float(params["first_level_m"]) / PITCH_M) * PITCH_M
    heights = [first + gap * level for level in range(levels)]
    height = heights[-1] + float(params["overhang_m"])
    pitch = span + UPRIGHT_M
    frames = [(index - bays / 2) * pitch for index in range(bays + 1)]
    dirt, wear = float(params["dirt"]), float(params["wear"])
    upright = _upright_material(rgb(params["upright_colour"]), str(params["upright_finish"]), seed, wear, dirt)
    solid = (
        metal("frames", "galvanised", seed, dirt=dirt)
        if str(params["upright_finish"]) == "galvanised"
        else painted("frames", rgb(params["upright_colour"]), seed, wear=wear, dirt=dirt)
    )
    beam_paint = painted("beams", rgb(params["beam_colour"]), seed + 1, wear=wear, dirt=dirt)
    pieces: list[tuple[Mesh, Material]] = [
        (_uprights(frames, depth, height), upright),
        (soiled(in_tiles(_frame_parts(rng, frames, depth, height), seed), 0.0, 0.5, dirt), solid),
        (in_tiles(_beams(rng, frames, heights, depth, span, float(params["beam_tall_m"])), seed), beam_paint),
    ]
    pieces += _decks(params, rng, frames, heights, depth, span)
    if str(params["guards"]) == "yes":
        guard = painted("guards", (0.75, 0.48, 0.02), seed + 2, wear=min(1.0, wear + 0.3), dirt=dirt)
        pieces.append((in_tiles(_guards(rng, frames, depth), seed), guard))
    labels = _labels(frames, heights, depth, span, float(params["beam_tall_m"]))
    pieces.append((labels, print_on("labels", _label_texture(seed % 3))))
    side = frames[-1]
    x = depth / 2
    return assembled(
        "shelf",
        params,
        pieces,
        attributes={"levels": str(levels), "bays": str(bays), "deck": str(params["deck"])},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top_front_left": (x, side, height),
            "top_front_right": (x, -side, height),
            "top_back_left": (-x, side, height),
            "top_back_right": (-x, -side, height),
            "foot_front_left": (x, side, 0.0),
            "foot_front_right": (x, -side, 0.0),
            "first_level_centre": (0.0, 0.0, heights[0]),
            "last_level_centre": (0.0, 0.0, heights[-1]),
        },
    )


@lru_cache(maxsize=16)
def _upright_texture(
    colour: tuple[float, float, float], galvanised: bool, seed: int, wear: float, dirt: float
) -> Texture:
    """A strip of a perforated section, one pitch high four times over, the slots cut out in alpha."""
    plain = (
        metal("a", "galvanised", seed, dirt=dirt) if galvanised else painted("a", colour, seed, wear=wear, dirt=dirt)
    )
    assert plain.base_colour_map is not None
    skin = plain.base_colour_map.pixels_hwc[:256, :256, :3]
    holes = Canvas(256, 256, (255, 255, 255), scale=2)
    for row in range(4):
        for column in (72, 184):
            y = row * 64 + 26
            holes.polygon(
                [(column - 17, y - 14), (column + 17, y - 14), (column + 9, y + 26), (column - 9, y + 26)], (0, 0, 0)
            )
    alpha = holes.finished()[:, :, :1]
    return make_texture(np.concatenate([skin, alpha], axis=2), is_srgb=True)


def _upright_material(colour: tuple[float, float, float], finish: str, seed: int, wear: float, dirt: float) -> Material:
    galvanised = finish == "galvanised"
    short = (round(colour[0], 3), round(colour[1], 3), round(colour[2], 3))
    texture = _upright_texture(short, galvanised, seed % 4, round(4 * wear) / 4, round(4 * dirt) / 4)
    return Material(
        name="uprights",
        base_colour=(0.52, 0.53, 0.53, 1.0) if galvanised else (1.0, 1.0, 1.0, 1.0),
        base_colour_map=texture,
        metallic=1.0 if galvanised else 0.0,
        roughness=0.5 if galvanised else 0.4,
        alpha_mode="mask",
        double_sided=True,
    )


def _uprights(frames: list[float], depth: float, height: float) -> Mesh:
    """Folded sections that are open to the middle of the frame, as sheets with slots."""
    half, deep, lip = UPRIGHT_M / 2, UPRIGHT_DEEP_M, 0.012
    outline = np.array(
        [
            (-deep, -half + lip),
            (-deep, -half),
            (-0.012, -half),
            (0, -half + 0.012),
            (0, half - 0.012),
            (-0.012, half),
            (-deep, half),
            (-deep, half - lip),
        ]
    )
    facing = np.array([(-1, 0), (0, -1), (0.7, -0.7), (1, 0), (0.7, 0.7), (0, 1), (-1, 0)], np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))])
    middle = (along[3] + along[4]) / 2
    meshes = []
    for y in frames:
        for side in (1.0, -1.0):
            for index in range(len(outline) - 1):
                a, b = outline[index] * [side, 1.0], outline[index + 1] * [side, 1.0]
                x0 = side * depth / 2
                corners = np.array([(*a, 0.01), (*b, 0.01), (*b, height), (*a, height)]) + np.array([x0, y, 0.0])
                normal = np.array([facing[index, 0] * side, facing[index, 1], 0.0])
                normal /= np.linalg.norm(normal)
                # The slots lie in the front face alone; elsewhere the strip between them is shown.
                u = (along[[index, index + 1]] - middle) / UPRIGHT_M + 0.5
                u = u if index == 3 else np.array([0.46, 0.52])
                v = np.array([0.01, height]) / (4 * PITCH_M)
                uvs = np.array([(u[0], -v[0]), (u[1], -v[0]), (u[1], -v[1]), (u[0], -v[1])])
                triangles = np.array([[0, 1, 2], [0, 2, 3]])
                meshes.append(
                    Mesh(corners, np.tile(normal, (4, 1)), uvs, triangles if side > 0 else triangles[:, ::-1])
                )
    return join(meshes)


def _frame_parts(rng: np.random.Generator, frames: list[float], depth: float, height: float) -> Mesh:
    """Foot plates with bolts, and the level and slanted braces between front and back uprights."""
    boxes = BoxSet(rng)
    starts, ends = [], []
    inner = depth - 2 * UPRIGHT_DEEP_M + 0.03
    for y in frames:
        for side in (1, -1):
            x = side * (depth / 2 - 0.035)
            boxes.add((0.13, 0.15, 0.008), (x, y, 0.004))
            for bolt in (-1, 1):
                starts.append((x + 0.045 * side, y + 0.06 * bolt, 0.006))
                ends.append((x + 0.045 * side, y + 0.06 * bolt, 0.03))
        step = max(0.6, (height - 0.4) / max(round((height - 0.4) / 0.8), 1))
        count = max(round((height - 0.4) / step), 1)
        step = (height - 0.4) / count
        for k in range(count):
            low = 0.2 + k * step
            length = float(np.hypot(inner, step))
            lean = float(np.arctan2(step, inner)) * (1 if k % 2 == 0 else -1)
            c, s = np.cos(lean), np.sin(lean)
            turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
            boxes.add((length, 0.028, 0.035), (0.0, y, low + step / 2), turn_33=turn)
        for z in (0.18, height - 0.18):
            boxes.add((inner, 0.028, 0.035), (0.0, y + 0.001, z))
    return join([boxes.mesh(0.003), rods(starts, ends, 0.008, 6)])


def _beams(
    rng: np.random.Generator, frames: list[float], heights: list[float], depth: float, span: float, tall: float
) -> Mesh:
    """Box beams with the step that decks rest in, and hooked end plates."""
    boxes = BoxSet(rng)
    for low, high in pairwise(frames):
        middle = (low + high) / 2
        for z in heights:
            for side in (1, -1):
                x = side * (depth / 2 - 0.006)
                boxes.add((0.05, span - 0.004, tall), (x - side * 0.018, middle, z - tall / 2), "y")
                if len(heights) * (len(frames) - 1) <= 6:  # the ledge is a detail that large racks can do without
                    boxes.add((0.012, span - 0.006, 0.022), (x, middle, z + 0.008), "y")
                for end, at in ((1, low), (-1, high)):
                    y = at + end * (UPRIGHT_M / 2 + 0.003)
                    boxes.add((0.062, SHEET_M, tall + 0.09), (x - side * 0.018, y, z - tall / 2), "z")
                    boxes.add((SHEET_M, 0.05, tall + 0.09), (x + side * 0.0095, y - end * 0.022, z - tall / 2), "z")
    return boxes.mesh(0.004)


def _decks(
    params: Mapping[str, Any],
    rng: np.random.Generator,
    frames: list[float],
    heights: list[float],
    depth: float,
    span: float,
) -> list[tuple[Mesh, Material]]:
    kind, seed = str(params["deck"]), int(params["wear_seed"])
    if kind == "none":
        return []
    deep = depth - 0.07
    places = [((a + b) / 2, z) for a, b in pairwise(frames) for z in heights]
    boxes, sheets = BoxSet(rng), []
    for y, z in places:
        if kind == "mesh":
            for part in range(2):
                at = y + (part - 0.5) * span / 2
                # Panels hang over both beams; their wires stand 50 by 100 mm.
                flat = (
                    rectangle(deep + 0.06, span / 2 - 0.02, (1, 1)).placed_uvs((10.0, 20.0)).moved((0.0, at, z + 0.021))
                )
                sheets.append(flat)
                for rib in (-0.3, 0.3):
                    boxes.add((deep, 0.03, 0.02), (0.0, at + rib * span / 2, z + 0.0085))
        elif kind == "steel":
            count = max(min(round(span / 0.3), MOST_PLANKS // len(places)), 2)
            wide = (span - 0.02) / count
            for k in range(count):
                at = y + (k - (count - 1) / 2) * wide
                boxes.add((deep, wide - 0.008, 0.03), (0.0, at, z + 0.004 + 0.0004 * (k % 2)))
        else:
            count = 1 if kind == "chipboard" else max(min(round(span / 0.16), MOST_PLANKS // len(places)), 3)
            wide = (span - 0.03) / count
            for k in range(count):
                at = y + (k - (count - 1) / 2) * wide
                loose = 0.0 if kind == "chipboard" else float(rng.normal(0, 0.004))
                boxes.add(
                    (deep, wide - 0.012 * (count > 1), 0.022), (loose, at, z + 0.0075), "y" if count == 1 else "x"
                )
    dirt = float(params["dirt"])
    if kind in ("chipboard", "planks"):
        material = timber("decks", "spruce", seed, dirt=dirt, roughness=0.85)
        return [(wooden_uvs(boxes.mesh(0.002, 0.12)), material)]
    out = [(in_tiles(boxes.mesh(0.003), seed), metal("decks", "galvanised", seed, dirt=dirt))]
    if sheets:
        wires = Material(
            name="wires",
            base_colour=(0.5, 0.51, 0.51, 1.0),
            base_colour_map=_wire_texture(),
            metallic=1.0,
            roughness=0.45,
            alpha_mode="mask",
            alpha_cutoff=0.24,
            double_sided=True,
        )
        out.append((join(sheets), wires))
    return out


@lru_cache(maxsize=1)
def _wire_texture() -> Texture:
    """One mesh of welded wire, 100 by 50 mm."""
    canvas = Canvas(128, 128, (0, 0, 0), scale=2)
    canvas.rectangle(0, 52, 128, 76, (255, 255, 255))
    canvas.rectangle(58, 0, 70, 128, (255, 255, 255))
    alpha = canvas.finished()[:, :, :1]
    round_off = np.maximum(
        1 - (np.abs(np.arange(128) - 63.5)[:, None] / 14) ** 2, 1 - (np.abs(np.arange(128) - 63.5) / 8) ** 2
    )
    tone = np.clip(120 + 120 * np.clip(round_off, 0, 1), 0, 255).astype(np.uint8)
    return make_texture(np.concatenate([np.repeat(tone[:, :, None], 3, axis=2), alpha], axis=2), is_srgb=True)


def _guards(rng: np.random.Generator, frames: list[float], depth: float) -> Mesh:
    """Bent steel in front of the uprights, bolted down against forklifts."""
    boxes = BoxSet(rng)
    for y in frames:
        x = depth / 2 + 0.03
        boxes.add((0.008, 0.16, 0.4), (x + 0.03, y, 0.2), "z")
        for side in (-1, 1):
            boxes.add((0.11, 0.008, 0.38), (x - 0.02, y + side * 0.08, 0.19), "z")
        boxes.add((0.16, 0.22, 0.01), (x - 0.005, y, 0.0055))
    return boxes.mesh(0.004)


def _labels(frames: list[float], heights: list[float], depth: float, span: float, tall: float) -> Mesh:
    """Bar codes on the front beams and a load sign on the first frame."""
    stand = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)
    meshes = []
    x = depth / 2 - 0.006 + 0.0075
    for low, high in pairwise(frames):
        for z in heights:
            for share in (0.25, 0.75):
                sheet = rectangle(0.16, min(0.06, 0.6 * tall)).with_uvs(
                    np.array([(0, 1), (1, 1), (0, 0.6), (1, 0.6)], np.float64)
                )
                meshes.append(sheet.turned(stand).moved((x, low + (high - low) * share, z - tall / 2)))
    sign = rectangle(0.2, 0.28).with_uvs(np.array([(0, 0.6), (1, 0.6), (0, 0), (1, 0)], np.float64))
    turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)
    # The side of the rack is open lattice: the sign hangs on its front upright.
    meshes.append(
        sign.turned(turn).moved((depth / 2 - 0.1, frames[0] - UPRIGHT_M / 2 - 0.004, 1.5 if heights[-1] > 1.6 else 0.9))
    )
    return join(meshes)


@lru_cache(maxsize=3)
def _label_texture(design: int) -> Texture:
    canvas = Canvas(192, 256, (250, 250, 246))
    rng = rng_for(design, 0, "shelf.labels")
    canvas.rectangle(0, 0, 192, 154, ((240, 190, 10), (235, 235, 232), (30, 90, 170))[design])
    ink = (20, 20, 22) if design < 2 else (245, 245, 245)
    canvas.text("MAX LOAD", (96, 24), 20, ink, TypeStyle(weight=0.1), max_width=170)
    for row in range(3):
        canvas.text(f"{(int(rng.integers(4, 30)) * 100)} kg", (112, 58 + row * 32), 17, ink, TypeStyle(weight=0.05))
        canvas.rectangle(18, 46 + row * 32, 54, 70 + row * 32, ink)
    canvas.text("INSPECT YEARLY", (96, 144), 8, ink, max_width=170)
    x = 14.0
    while x < 130:
        wide = float(rng.integers(1, 5))
        canvas.rectangle(x, 166, x + wide, 240, (12, 12, 12))
        x += wide + float(rng.integers(2, 5))
    canvas.text(f"{chr(65 + design)}{10 + 7 * design}", (160, 205), 22, (12, 12, 12), TypeStyle(weight=0.12))
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


SHELF = ProceduralAsset(
    name="shelf",
    kind="model",
    category="shelf",
    tags=("rack", "pallet_rack", "storage", "warehouse", "steel", "indoor"),
    size_m=3.0,
    description="A pallet rack with perforated uprights, orange beams and decks, of one to three bays and levels.",
    parameters={
        "levels": Integer(2, 4, 3),
        "bays": Integer(1, 2, 1),
        "depth_m": Number(0.6, 1.1, 0.9, "m"),
        "bay_m": Number(1.3, 2.7, 1.9, "m"),
        "level_gap_m": Number(0.55, 1.5, 0.95, "m"),
        "first_level_m": Number(0.2, 1.2, 0.5, "m"),
        "overhang_m": Number(0.15, 0.9, 0.4, "m"),
        "beam_tall_m": Number(0.08, 0.14, 0.11, "m"),
        "deck": Choice(("mesh", "steel", "chipboard", "planks", "none"), "mesh", (0.3, 0.2, 0.25, 0.15, 0.1)),
        "guards": Choice(("no", "yes"), "yes"),
        "upright_finish": Choice(("painted", "galvanised"), "painted", (0.7, 0.3)),
        "upright_colour": Colour(((0.02, 0.07, 0.28), (0.02, 0.07, 0.28), (0.03, 0.1, 0.06), (0.2, 0.21, 0.22)), 0.12),
        "beam_colour": Colour(((0.78, 0.15, 0.01), (0.78, 0.15, 0.01), (0.75, 0.42, 0.02), (0.6, 0.05, 0.02)), 0.1),
        "wear": Number(0.0, 0.9, 0.35),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("uprights", "frames", "beams", "decks", "wires", "guards", "labels"),
    keypoints=(
        "base",
        "top_front_left",
        "top_front_right",
        "top_back_left",
        "top_back_right",
        "foot_front_left",
        "foot_front_right",
        "first_level_centre",
        "last_level_centre",
    ),
)
