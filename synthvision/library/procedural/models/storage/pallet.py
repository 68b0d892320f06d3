"""A pallet: EUR and industrial pallets of boards and blocks, stringer pallets, moulded plastic ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.finishes import in_tiles, plastic, soiled, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.storage.pallet_shapes import (
    PALLET_SIZES,
    block_pallet,
    plastic_pallet,
    stringer_pallet,
)
from synthvision.library.procedural.noise import fbm, make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.shapes.sheets import rectangle

__all__ = ["PALLET"]


def _build(params: Mapping[str, Any]) -> Model:
    kind = str(params["kind"])
    seed = int(params["wear_seed"])
    dirt = float(params["dirt"])
    rng = rng_for(seed, 0, "pallet.boards")
    size = PALLET_SIZES["half" if kind == "half" else "industrial" if kind == "industrial" else "euro"]
    count = min(int(params["stack"]), 3 if kind == "plastic" else 4)
    pieces: list[tuple[Mesh, Material]] = []
    layers = []
    length, width, height = size.length_m, size.width_m, size.height_m
    if kind == "stringer":
        length, width, height = 1.219, 1.016, 0.122
    for level in range(count):
        missing = int(params["missing_boards"]) if level == count - 1 else 0
        if kind == "plastic":
            parts: tuple[Mesh, ...] = (plastic_pallet(size, rng, str(params["runners"]) == "yes"),)
        elif kind == "stringer":
            parts = stringer_pallet(rng, float(params["looseness"]), missing)
        else:
            parts = block_pallet(size, rng, float(params["looseness"]), missing)
        place = turn_about("z", float(rng.normal(0, 0.02)) if level else 0.0)
        shift = (
            float(rng.normal(0, 0.008)) * (level > 0),
            float(rng.normal(0, 0.008)) * (level > 0),
            level * (height + 0.0006),
        )
        layers.append([part.turned(place).moved(shift) for part in parts])
    if kind == "plastic":
        body = soiled(in_tiles(join([layer[0] for layer in layers]), seed), 0.0, height, dirt)
        pieces.append((body, plastic("body", rgb(params["plastic_colour"]), seed, dirt=dirt, roughness=0.5)))
    else:
        wood = timber("boards", str(params["species"]), seed, dirt=dirt, roughness=0.95)
        blocks = timber("blocks", "spruce" if dirt < 0.5 else "weathered", seed + 1, dirt=dirt, roughness=0.95)
        pieces.append((soiled(wooden_uvs(join([layer[0] for layer in layers])), 0.0, 0.1, 0.6 * dirt), wood))
        pieces.append((soiled(wooden_uvs(join([layer[1] for layer in layers])), 0.0, 0.15, 0.6 * dirt), blocks))
        pieces.append((_nails(rng, length, width, (count - 1) * (height + 0.0006) + height), _nail_material()))
        if kind != "stringer":
            pieces.append((_stamps(length, width, height), _stamp_material(seed % 3)))
    top = count * height + (count - 1) * 0.0006
    x, y = length / 2, width / 2
    return assembled(
        "pallet",
        params,
        pieces,
        attributes={"kind": kind, "material": "plastic" if kind == "plastic" else "wood", "stack": str(count)},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top_centre": (0.0, 0.0, top),
            "top_front_left": (x, y, top),
            "top_front_right": (x, -y, top),
            "top_back_left": (-x, y, top),
            "top_back_right": (-x, -y, top),
        },
    )


def _nails(rng: np.random.Generator, length: float, width: float, top: float) -> Mesh:
    """Heads of nails where the top boards cross the stringers, three in a place."""
    xs = np.repeat([-length / 2 + 0.07, 0.0, length / 2 - 0.07], 15)
    ys = np.tile(np.repeat(np.linspace(-width / 2 + 0.07, width / 2 - 0.07, 5), 3), 3)
    places = np.stack([xs, ys, np.full(45, top)], axis=1)
    places[:, :2] += rng.uniform(-0.035, 0.035, (45, 2))
    return rods(places - [0, 0, 0.004], places + np.array([0, 0, 0.0006]), 0.0045, 5)


@lru_cache(maxsize=1)
def _nail_material() -> Material:
    return Material(name="nails", base_colour=(0.14, 0.115, 0.1, 1.0), metallic=0.8, roughness=0.6)


def _stamps(length: float, width: float, height: float) -> Mesh:
    """Brands burnt into the outer blocks on the long sides."""
    meshes = []
    for side in (-1, 1):
        turn = turn_about("z", 0.0 if side < 0 else np.pi) @ turn_about("x", np.pi / 2)
        for column, x in enumerate((-length / 2 + 0.0725, 0.0, length / 2 - 0.0725)):
            u = np.array([column / 3, (column + 1) / 3])
            uvs = np.array([(u[0], 1), (u[1], 1), (u[0], 0), (u[1], 0)])
            sheet = rectangle(0.125, 0.066).with_uvs(uvs).turned(turn)
            # Blocks stand a few millimetres askew: the brand hangs before the worst of them.
            meshes.append(sheet.moved((-side * x, side * (width / 2 + 0.0035), 0.022 + (height - 0.066) / 2)))
    return join(meshes)


@lru_cache(maxsize=3)
def _stamp_material(design: int) -> Material:
    canvas = Canvas(384, 68, (0, 0, 0))
    words = (("NORD", "HT-21", "DVK"), ("PAL-X", "KD 04", "ORB"), ("LADUR", "HT 77", "VTA"))[design]
    for column, word in enumerate(words):
        middle = (64 + 128 * column, 34)
        canvas.ring(middle, (56, 28), 4, (255, 255, 255))
        canvas.text(word, middle, 22, (255, 255, 255), TypeStyle(weight=0.12), max_width=88)
    cover = canvas.finished()[:, :, 0].astype(np.float32) / 255
    worn = fbm(rng_for(design, 0, "pallet.stamps"), (68, 384), (8, 40), 3, 0.6)
    alpha = np.clip(cover * (1.1 - 0.5 * np.clip(worn, 0, 2)), 0, 1)
    ink = np.broadcast_to(np.array([38, 24, 16], np.uint8), (68, 384, 3))
    pixels = np.concatenate([ink, (alpha * 255).astype(np.uint8)[:, :, None]], axis=2)
    texture: Texture = make_texture(np.ascontiguousarray(pixels), is_srgb=True, wrap_uv=("clamp", "clamp"))
    return Material(name="stamps", base_colour_map=texture, roughness=0.9, alpha_mode="mask", double_sided=True)


PALLET = ProceduralAsset(
    name="pallet",
    kind="model",
    category="pallet",
    tags=("warehouse", "storage", "wood", "plastic", "transport", "logistics"),
    size_m=1.2,
    description="A pallet of boards and blocks (EUR 1200 x 800 mm and others) or of plastic, alone or a few stacked.",
    parameters={
        "kind": Choice(("euro", "industrial", "half", "stringer", "plastic"), "euro", (0.4, 0.15, 0.1, 0.15, 0.2)),
        "stack": Integer(1, 4, 1),
        "species": Choice(("pine", "spruce", "weathered"), "spruce", (0.35, 0.35, 0.3)),
        "looseness": Number(0.0, 1.0, 0.4),
        "missing_boards": Integer(0, 1, 0),
        "runners": Choice(("yes", "no"), "yes", (0.6, 0.4)),
        "plastic_colour": Colour(
            ((0.03, 0.03, 0.032), (0.02, 0.07, 0.3), (0.25, 0.26, 0.27), (0.35, 0.02, 0.02)), 0.15
        ),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("boards", "blocks", "nails", "stamps", "body"),
    keypoints=("base", "top_centre", "top_front_left", "top_front_right", "top_back_left", "top_back_right"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 2),),
)
