"""A pallet load of cartons in layers, some askew or dented, with or without stretch wrap."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import soiled, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.storage.pallet_shapes import PALLET_SIZES, block_pallet
from synthvision.library.procedural.noise import blur, encode_srgb, fbm, make_texture, normal_map, smoothstep
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_rectangle

__all__ = ["BOX_STACK"]

MOST_CARTONS = 52
CELL = 0.5  # the print of a carton lies in a quarter of its texture: two sides, the end, the top


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["seed"])
    rng = rng_for(seed, 0, "box_stack.cartons")
    size = PALLET_SIZES["euro"]
    carton = (float(params["carton_length_m"]), float(params["carton_width_m"]), float(params["carton_height_m"]))
    columns, rows = max(int(1.22 / carton[0]), 1), max(int(0.84 / carton[1]), 1)
    levels = int(params["layers"])
    used = (columns * carton[0], rows * carton[1])
    cartons = []
    untidy = float(params["untidiness"])
    base = size.height_m
    outer = 0
    top_count = max(1, round(columns * rows * float(params["top_share"])))
    for level in range(levels):
        last = level == levels - 1
        order = rng.permutation(columns * rows)[:top_count] if last else np.arange(columns * rows)
        for place in order:
            column, row = divmod(int(place), rows)
            hidden = 0 < column < columns - 1 and 0 < row < rows - 1 and level < levels - 2
            if hidden or outer >= MOST_CARTONS:
                continue
            outer += 1
            x = (column - (columns - 1) / 2) * carton[0]
            y = (row - (rows - 1) / 2) * carton[1]
            wild = 3.0 if last else 1.0
            turn = turn_about("z", float(rng.normal(0, 0.012)) * untidy * wild + np.pi * int(rng.integers(2)))
            shift = rng.normal(0, 0.004, 2) * untidy * wild
            middle = (x + float(shift[0]), y + float(shift[1]), base + (level + 0.5) * carton[2])
            cartons.append(_carton(rng, carton, int(rng.integers(2)), untidy).turned(turn).moved(middle))
    boards, blocks = block_pallet(size, rng, 0.4, 0)
    wood = timber("pallet", str(params["species"]), seed, dirt=0.5, roughness=0.95)
    cardboard = Material(
        name="cartons",
        base_colour_map=_carton_texture(int(params["design"])),
        roughness=0.85,
        normal_map=_board_normals(),
        normal_scale=1.0,
    )
    pieces = [(join(cartons), cardboard), (soiled(wooden_uvs(join([boards, blocks])), 0.0, 0.1, 0.4), wood)]
    wrap = str(params["wrap"])
    full = base + (levels - 1) * carton[2]
    top = full + carton[2]
    if wrap == "stretch":
        high = full + (carton[2] if top_count == columns * rows else 0.0)
        pieces.append((_wrap(used, base, high, untidy), _film()))
    elif wrap == "straps":
        pieces.append(
            (
                _straps(used, full, untidy),
                Material(name="straps", base_colour=(0.05, 0.05, 0.052, 1.0), roughness=0.4, double_sided=True),
            )
        )
    x, y = used[0] / 2, used[1] / 2
    return assembled(
        "box_stack",
        params,
        pieces,
        attributes={"layers": str(levels), "cartons_per_layer": str(columns * rows), "wrap": wrap},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top_centre": (0.0, 0.0, top),
            "load_front_left": (x, y, full),
            "load_front_right": (x, -y, full),
            "load_back_left": (-x, y, full),
            "load_back_right": (-x, -y, full),
            "pallet_front_left": (size.length_m / 2, size.width_m / 2, size.height_m),
            "pallet_front_right": (size.length_m / 2, -size.width_m / 2, size.height_m),
        },
    )


def _carton(rng: np.random.Generator, size: tuple[float, float, float], variant: int, untidy: float) -> Mesh:
    """One carton whose sides bulge and sag a little, its faces laid out in the cells of the print."""
    mesh = rounded_box((size[0] - 0.003, size[1] - 0.003, size[2] - 0.001), 0.006, 1)
    per_face = len(mesh.positions_n3) // 6
    uvs = np.empty_like(mesh.uvs_n2)
    extent = (
        (size[1], size[2]),
        (size[1], size[2]),
        (size[0], size[2]),
        (size[0], size[2]),
        (size[1], size[0]),
        (size[1], size[0]),
    )
    # Cells of the texture: ends right of the sides, top below; a bottom looks like a top.
    cells = ((1, variant), (1, variant), (0, 0), (0, variant), (0, 1), (0, 1))
    for face, ((wide, tall), (u, v)) in enumerate(zip(extent, cells, strict=True)):
        span = np.s_[face * per_face : (face + 1) * per_face]
        share = mesh.uvs_n2[span] / [wide, tall] + 0.5
        if face >= 4:
            share = share[:, ::-1] if size[0] > size[1] else share
            u, v = 1, 1
        elif face < 2:
            u, v = 1, 0
        else:
            u, v = 0, variant
        uvs[span] = (np.clip(share, 0.004, 0.996) + np.array([u, v])) * CELL
    half = np.array(size) / 2
    bulge = float(rng.uniform(-0.2, 1.0)) * 0.006
    crush = float(rng.uniform(0, 1)) ** 3 * 0.025 * untidy
    corner = rng.choice([-1.0, 1.0], 3)

    def move(points: Floats) -> Floats:
        x, y, z = (points / half).T
        grow = bulge * np.clip(1 - z * z, 0, 1)
        near = np.exp(-(((x - corner[0]) ** 2 + (y - corner[1]) ** 2 + (z - corner[2]) ** 2) / 0.35))
        return shifted(points, x * grow - corner[0] * crush * near, y * grow - corner[1] * crush * near, 0.0)

    tone = 1.0 + float(rng.uniform(-0.14, 0.1))
    return deformed(mesh.with_uvs(uvs), move).tinted((tone, tone * 0.99, tone * 0.97))


@lru_cache(maxsize=8)
def _carton_texture(design: int) -> Texture:
    """Two sides (left, one below the other), an end (upper right) and a taped top (lower right)."""
    size = 512
    rng = rng_for(design, 0, "box_stack.carton")
    kraft = ((178, 138, 92), (190, 152, 108), (168, 126, 82), (222, 216, 204))[design % 4]
    ink = ((40, 34, 30), (150, 30, 26), (24, 60, 120), (20, 90, 60))[(design * 3 + 1) % 4]
    canvas = Canvas(size, size, kraft)
    name = invented_name(design, "box_stack.carton").upper()
    half = size / 2
    for row in range(2):
        top = row * half
        if design % 3 == 0:
            canvas.rectangle(0, top + half * 0.68, half, top + half * 0.86, ink)
        canvas.text(name, (half * 0.5, top + half * 0.3), 40, ink, TypeStyle(weight=0.12), max_width=half * 0.8)
        canvas.text(
            ("KEEP DRY", "FRAGILE", "24 PCS", "HANDLE WITH CARE")[(design + row) % 4],
            (half * 0.5, top + half * 0.5),
            18,
            ink,
            max_width=half * 0.6,
        )
        if row == 0:
            canvas.rectangle(half * 0.6, top + half * 0.58, half * 0.93, top + half * 0.92, (244, 243, 240))
            x = half * 0.63
            while x < half * 0.9:
                wide = float(rng.integers(1, 5))
                canvas.rectangle(x, top + half * 0.62, x + wide, top + half * 0.78, (16, 16, 16))
                x += wide + float(rng.integers(2, 5))
            for line in range(3):
                canvas.rectangle(
                    half * 0.63,
                    top + half * (0.81 + 0.035 * line),
                    half * float(rng.uniform(0.7, 0.9)),
                    top + half * (0.825 + 0.035 * line),
                    (70, 70, 70),
                )
    for arrow in (-1, 1):  # this way up
        x = half * (1.5 + 0.14 * arrow)
        canvas.polygon([(x, 60), (x + 18, 92), (x + 7, 92), (x + 7, 140), (x - 7, 140), (x - 7, 92), (x - 18, 92)], ink)
    canvas.rectangle(half * 1.3, 152, half * 1.7, 158, ink)
    canvas.text(f"No {100 + 37 * design}", (half * 1.5, 190), 16, ink, max_width=half * 0.5)
    tape = ((196, 160, 104), (150, 104, 58), (226, 222, 212))[design % 3]
    canvas.rectangle(half, half * 1.44, size, half * 1.56, tape)
    canvas.line([(half, half * 1.5), (size, half * 1.5)], 1.6, (70, 52, 36))
    for column in (0, 1):
        # The tape hangs over the ends.
        canvas.rectangle(half * 1.5 - 15, column * half * 0.0, half * 1.5 + 15, 26, tape)
    image = canvas.finished().astype(np.float32) / 255
    grime = smoothstep(0.4, 2.2, fbm(rng, (size, size), (5, 5), 5, 0.6))
    flute = 0.012 * np.sin(np.arange(size, dtype=np.float32) * 2 * np.pi / 5.0)[None, :]
    speckle = 0.03 * fbm(rng, (size, size), (128, 128), 2, 0.7)
    edge = np.minimum.reduce([np.arange(size) % 256, 255 - np.arange(size) % 256])
    worn = np.exp(-np.minimum(edge[:, None], edge[None, :]) / 4.0).astype(np.float32)
    linear = (image**2.2) * (1 + flute + speckle - 0.3 * grime - 0.25 * worn)[:, :, None]
    return make_texture(encode_srgb(np.asarray(linear, np.float32)), is_srgb=True, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=1)
def _board_normals() -> Texture:
    rng = rng_for(0, 0, "box_stack.board")
    height = 0.0011 * fbm(rng, (256, 256), (4, 4), 4, 0.5)
    height += 0.0004 * fbm(rng, (256, 256), (32, 32), 2, 0.5)
    y = np.abs(np.arange(256) - 192)[:, None]
    seam = np.where(np.arange(256)[None, :] >= 128, np.exp(-((y / 1.5) ** 2)), 0.0)
    return make_texture(normal_map(np.asarray(height - 0.002 * seam, np.float32), 0.004), is_srgb=False)


def _wrap(used: tuple[float, float], low: float, high: float, untidy: float) -> Mesh:
    """Film around the load, drawn in a little between its edges."""
    out = 0.012 + 0.014 * untidy
    outline = rounded_rectangle(used[0] + 2 * out, used[1] + 2 * out, 0.03, steps=3).refined(0.12)
    levels = np.linspace(low - 0.07, high + 0.01, 8)
    wave = 0.004 * np.sin(np.arange(8) * 2.4)
    rows = [outline.points_k2 + w * outline.normals_k2 for w in wave]
    grid = np.concatenate(
        [np.stack(rows), np.broadcast_to(levels[:, None, None], (8, len(outline.points_k2), 1))], axis=2
    )
    normals = np.broadcast_to(
        np.concatenate([outline.normals_k2, np.zeros((len(outline.points_k2), 1))], axis=1), grid.shape
    )
    uvs = np.stack(np.broadcast_arrays(outline.distance_k[None], -levels[:, None]), axis=-1) / 0.6
    return Mesh(
        grid.reshape(-1, 3),
        normals.reshape(-1, 3).copy(),
        np.ascontiguousarray(uvs).reshape(-1, 2),
        grid_triangles(*grid.shape[:2]),
    )


@lru_cache(maxsize=1)
def _film() -> Material:
    rng = rng_for(0, 0, "box_stack.film")
    shape = (256, 256)
    folds = fbm(rng, shape, (24, 3), 4, 0.6) + 0.6 * fbm(rng, shape, (6, 10), 3, 0.6)
    y = np.arange(256, dtype=np.float32)[:, None] / 256
    lap = np.abs((3 * y + 0.02 * folds) % 1 - 0.5)
    height = blur(np.asarray(0.0016 * folds + 0.001 * (lap < 0.04), np.float32), 1.0)
    cloudy = np.clip(0.16 + 0.05 * folds + 0.12 * (lap < 0.1), 0.06, 0.5)
    pixels = np.concatenate([np.full((*shape, 3), 238, np.uint8), (255 * cloudy).astype(np.uint8)[:, :, None]], axis=2)
    return Material(
        name="wrap",
        base_colour_map=make_texture(np.ascontiguousarray(pixels), is_srgb=True),
        normal_map=make_texture(normal_map(height, 0.6 / 256), is_srgb=False),
        roughness=0.14,
        alpha_mode="blend",
        transmission=0.75,
        double_sided=True,
    )


def _straps(used: tuple[float, float], top: float, untidy: float) -> Mesh:
    """Two straps around the load and under the deck of the pallet."""
    sheets = []
    half = used[1] / 2 + 0.006 + 0.014 * untidy
    path = np.array([(half, 0.13), (half, top + 0.004), (-half, top + 0.004), (-half, 0.13)])
    facing = np.array([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)])
    for x in (-0.28 * used[0], 0.28 * used[0]):
        for k in range(3):
            a, b = path[k], path[k + 1]
            corners = np.array([(x - 0.008, *a), (x + 0.008, *a), (x + 0.008, *b), (x - 0.008, *b)])
            normal = np.array([0.0, *facing[k]])
            triangles = np.array([[0, 1, 2], [0, 2, 3]])
            outward = float(np.cross(corners[1] - corners[0], corners[2] - corners[0]) @ normal)
            sheets.append(
                Mesh(
                    corners,
                    np.tile(normal, (4, 1)),
                    corners[:, :2].copy(),
                    triangles if outward > 0 else triangles[:, ::-1],
                )
            )
    return join(sheets)


BOX_STACK = ProceduralAsset(
    name="box_stack",
    kind="model",
    category="box_stack",
    tags=("cartons", "boxes", "pallet_load", "warehouse", "storage", "cardboard"),
    size_m=1.4,
    description="Cartons stacked in layers on an EUR pallet, some askew, with stretch wrap, straps or nothing.",
    parameters={
        "carton_length_m": Number(0.28, 0.6, 0.4, "m"),
        "carton_width_m": Number(0.22, 0.4, 0.3, "m"),
        "carton_height_m": Number(0.18, 0.42, 0.28, "m"),
        "layers": Integer(2, 5, 3),
        "top_share": Number(0.25, 1.0, 0.8),
        "untidiness": Number(0.0, 1.0, 0.4),
        "wrap": Choice(("none", "stretch", "straps"), "none", (0.45, 0.35, 0.2)),
        "species": Choice(("pine", "spruce", "weathered"), "spruce"),
        "design": Integer(0, 7, 0),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("cartons", "pallet", "wrap", "straps"),
    keypoints=(
        "base",
        "top_centre",
        "load_front_left",
        "load_front_right",
        "load_back_left",
        "load_back_right",
        "pallet_front_left",
        "pallet_front_right",
    ),
)
