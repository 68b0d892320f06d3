"""A deep open plastic bin: a stacking container with ribs, an open-fronted picking bin, or a smooth tote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.finishes import worn_plastic
from synthvision.library.procedural.models.products.printing import worn_art
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.prints.packages import bar_code
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.lofts import loft, rectangle_ring, stacked
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join

__all__ = ["BIN"]

WALL_M = 0.003
CELLS_XY = (12, 10)


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    # Footprints follow the Euro container grid of 300 x 200, 400 x 300 and 600 x 400 mm (VDA 4500).
    length = float(params["length_m"])
    width = length * (0.62 if style == "picking" else 0.667)
    height = width * float(params["depth_share"])
    rim = {"stacking": 0.009, "picking": 0.006, "tote": 0.012}[style]
    lean = {"stacking": 0.012, "picking": 0.03, "tote": 0.075}[style] * float(params["lean_factor"])
    seed = int(params["wear_seed"])
    shell = _shell(style, (length, width, height), rim, lean, float(params["front_share"]))
    trim = _ribs(style, (length, width, height), rim, lean, int(params["rib_count"]))
    body = join([shell, trim])
    chart = np.stack(
        [
            1.4 * (body.positions_n3[:, 0] + 0.6 * body.positions_n3[:, 1]),
            np.clip(1.0 - body.positions_n3[:, 2] / height, 0.0, 1.0),
        ],
        axis=1,
    )
    material = worn_plastic(
        "body", rgb(params["colour"]), seed, dirt=float(params["dirt"]), scuff=float(params["scuff"]), roughness=0.5
    )
    pieces: list[tuple[Mesh, Material]] = [(body.with_uvs(chart), material)]
    if str(params["label"]) == "card":
        pieces.append(
            _card((length, width, height), rim, lean, style, float(params["front_share"]), int(params["design"]))
        )
    floor = WALL_M + 0.004
    return assembled(
        "bin",
        params,
        pieces,
        attributes={"material": "plastic", "style": style},
        keypoints={"base": (0.0, 0.0, 0.0), "floor": (0.0, 0.0, floor), "rim": (-length / 2 + rim, 0.0, height)},
    )


def _shell(style: str, size: tuple[float, float, float], rim: float, lean: float, front: float) -> Mesh:
    """Walls of real thickness with a rolled rim; the front of a picking bin is cut down in a curve."""
    length, width, height = size
    corner = 0.07 * width + 0.004

    def ring(offset: float, z: float) -> tuple[Floats, float]:
        grown = offset - rim - lean * (height - z)
        radius = max(corner + offset, 0.004)
        return rectangle_ring(length + 2 * grown, width + 2 * grown, radius, steps=4, cells_xy=CELLS_XY), z

    low = 0.004
    rows = np.linspace(0.012, height - 0.02, 6)
    outer = [
        ring(-0.012, low),
        ring(-0.007, low),
        ring(-0.006, 0.0),
        ring(-0.003, 0.0),
        ring(-0.0016, 0.001),
        ring(-0.001, 0.01),
        ring(0.0, 0.011),
    ]
    outer += [ring(0.0, float(z)) for z in rows[1:]]
    outer += [
        ring(0.0005, height - 0.018),
        ring(rim, height - 0.0175),
        ring(rim, height - 0.0015),
        ring(rim - 0.0015, height),
    ]
    inner = [ring(-WALL_M + 0.0012, height), ring(-WALL_M, height - 0.0012)]
    inner += [ring(-WALL_M, float(z)) for z in rows[::-1]]
    inner += [
        ring(-WALL_M - 0.001, low + WALL_M + 0.002),
        ring(-WALL_M - 0.004, low + WALL_M),
        ring(-0.2 * width, low + WALL_M),
    ]
    rings = stacked([*outer, *inner])
    if style == "picking":
        x, z = rings[..., 0], rings[..., 2]
        share = np.clip((x / (0.5 * length) - 0.25) / 0.65, 0.0, 1.0)
        cut = 1.0 - (1.0 - front) * share * share * (3 - 2 * share)
        rings[..., 2] = np.where(z > 0.012, 0.012 + (z - 0.012) * cut, z)
    return loft(rings, crease_rad=0.7)


def _ribs(style: str, size: tuple[float, float, float], rim: float, lean: float, count: int) -> Mesh:
    """Upright ribs under the rim and the grips of the short ends, or the rails and the hook of a picking bin."""
    length, width, height = size
    top = height - 0.019
    wall_x, wall_y = (half / 2 - rim - lean * 0.019 for half in (length, width))
    if style == "picking":
        drop = lean * (0.84 * height - 0.019)
        rails = [
            ((0.86 * length, 0.006, 0.007), (-0.02 * length, side * (wall_y - drop + 0.001), 0.16 * height))
            for side in (-1.0, 1.0)
        ]
        # The hook at the back by which it hangs on a louvred panel.
        rails.append(((0.007, 0.6 * width, 0.012), (-length / 2 + rim / 2, 0.0, height - 0.024)))
        return _boxes(rails)
    tall = (0.55 if style == "stacking" else 0.2) * height
    deep = rim + 0.0004
    along, ends = [], []
    for side in (-1.0, 1.0):
        along += [
            ((0.004, deep, tall), (float(spot) * length, side * (wall_y - 0.0015 + deep / 2), top - tall / 2))
            for spot in np.linspace(-0.38, 0.38, count)
        ]
        # The label and the grip take the middle of the ends.
        ends += [
            ((deep, 0.004, tall), (side * (wall_x - 0.0015 + deep / 2), spot * width, top - tall / 2))
            for spot in ((-0.38, 0.38) if count < 7 else (-0.38, -0.28, 0.28, 0.38))
        ]
        ends.append(((rim + 0.006, 0.3 * width, 0.006), (side * (wall_x + rim / 2 + 0.0015), 0.0, height - 0.045)))
    return join([_leaning(_boxes(along), 1, lean, top), _leaning(_boxes(ends), 0, lean, top)])


def _boxes(items: list[tuple[tuple[float, float, float], tuple[float, float, float]]]) -> Mesh:
    return bevelled_boxes(np.array([size for size, _ in items]), np.array([centre for _, centre in items]), 0.0008)


def _leaning(mesh: Mesh, axis: int, lean: float, top: float) -> Mesh:
    """Ribs that follow the draft of the wall they stand on."""
    places = mesh.positions_n3.copy()
    places[:, axis] += np.sign(places[:, axis]) * lean * (places[:, 2] - top)
    return replace(mesh, positions_n3=places)


def _card(
    size: tuple[float, float, float], rim: float, lean: float, style: str, front: float, design: int
) -> tuple[Mesh, Material]:
    """A label in its holder on the front."""
    length, width, height = size
    tall = min(0.055, 0.5 * height * (front if style == "picking" else 1.0))
    middle = 0.45 * height * (front if style == "picking" else 1.0)
    wide = min(1.9 * tall, 0.55 * width)
    x = length / 2 - rim - lean * (height - middle) + 0.0012 + lean * tall
    half_y, half_z = wide / 2, tall / 2
    grid = [
        (x, -half_y, middle - half_z),
        (x, half_y, middle - half_z),
        (x, half_y, middle + half_z),
        (x, -half_y, middle + half_z),
    ]
    sheet = Mesh(
        np.array(grid),
        np.tile([1.0, 0.0, 0.0], (4, 1)),
        np.array([(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]),
        np.array([[0, 1, 2], [0, 2, 3]], np.int64),
    )
    paper = Material(name="label", base_colour_map=_card_print(design), roughness=0.5, double_sided=True)
    return sheet, paper


@lru_cache(maxsize=12)
def _card_print(design: int) -> Texture:
    canvas = Canvas(256, 128, (244, 242, 234))
    ink = (24, 24, 26)
    canvas.rectangle(0, 0, 256, 30, ((30, 90, 160), (190, 40, 30), (40, 120, 60), (220, 170, 20))[design % 4])
    canvas.text(invented_name(design, "bin.card").upper(), (128, 15), 16, (250, 250, 248), TypeStyle(weight=0.15))
    canvas.text(f"{100 + 37 * design}-{design % 10}", (70, 56), 22, ink, TypeStyle(weight=0.2), max_width=110)
    bar_code(canvas, design, (14, 74, 242, 122))
    return worn_art(canvas.finished().astype(np.float32), design % 8, 0.25, repeat_u=False)


BIN = ProceduralAsset(
    name="bin",
    kind="model",
    category="bin",
    tags=("table", "container", "tote", "warehouse", "plastic", "storage", "picking"),
    size_m=0.4,
    description="A deep open plastic bin with real walls: ribbed stacking container, picking bin or smooth tote.",
    parameters={
        "style": Choice(("stacking", "picking", "tote"), "stacking", (0.4, 0.35, 0.25)),
        "length_m": Number(0.2, 0.6, 0.4, "m"),
        "depth_share": Number(0.42, 0.85, 0.6),
        "front_share": Number(0.42, 0.68, 0.55),
        "lean_factor": Number(0.6, 1.4, 1.0),
        "rib_count": Integer(4, 9, 6),
        "colour": Colour(
            (
                (0.02, 0.1, 0.36),
                (0.02, 0.1, 0.36),
                (0.5, 0.02, 0.015),
                (0.75, 0.45, 0.01),
                (0.02, 0.22, 0.07),
                (0.22, 0.23, 0.24),
                (0.03, 0.03, 0.034),
                (0.42, 0.42, 0.42),
            ),
            0.12,
        ),
        "label": Choice(("card", "none"), "card"),
        "design": Integer(0, 11, 0),
        "dirt": Number(0.0, 0.8, 0.25),
        "scuff": Number(0.0, 1.0, 0.5),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "label"),
    keypoints=("base", "floor", "rim"),
)
