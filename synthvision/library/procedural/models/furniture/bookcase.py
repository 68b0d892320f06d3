"""A bookcase: boards between sides, filled with standing, leaning and lying books and a few boxes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.furniture.casework import FINISHES, PAINTS, board_material, finished
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, turn_about

__all__ = ["BOOKCASE"]

MOST_BOOKS = 130
SPINES = 16
BOARD_M = 0.018
# Bindings in sRGB: dark cloth, leather, and the lighter papers of paperbacks.
_CLOTH = (
    (34, 44, 66),
    (92, 28, 30),
    (30, 58, 46),
    (58, 40, 30),
    (24, 24, 28),
    (122, 84, 46),
    (214, 206, 188),
    (226, 224, 218),
    (180, 160, 122),
    (64, 92, 116),
    (150, 62, 40),
    (196, 158, 70),
    (98, 104, 96),
    (206, 120, 84),
    (140, 164, 172),
)


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["seed"])
    rng = rng_for(seed, 0, "bookcase.parts")
    wide, tall, deep = float(params["width_m"]), float(params["height_m"]), float(params["depth_m"])
    shelves = int(params["shelves"])
    boards = BoxSet(rng)
    for side in (-1, 1):
        boards.add((deep, BOARD_M, tall), (0.0, side * (wide - BOARD_M) / 2, tall / 2), "z")
    backed = str(params["back"]) == "yes"
    if backed:
        boards.add((0.005, wide - 0.01, tall - 0.06), (-deep / 2 + 0.008, 0.0, tall / 2 + 0.02), "y")
    low = 0.06
    pitch = (tall - low - BOARD_M) / shelves
    for k in range(shelves + 1):
        z = low + k * pitch + BOARD_M / 2
        last = k == shelves
        boards.add(
            (deep - 0.012 if not last else deep - 0.001, wide - 2 * BOARD_M, BOARD_M if not last else BOARD_M + 0.004),
            (0.002 if not last else 0.0, 0.0, z),
            "y",
        )
    boards.add((0.014, wide - 2 * BOARD_M, low - 0.002), (deep / 2 - 0.03, 0.0, low / 2), "y")
    columns = 2 if wide > 1.05 else 1
    if columns == 2:
        boards.add((deep - 0.014, BOARD_M, tall - low - 2 * BOARD_M), (0.0, 0.0, (tall + low) / 2), "z")
    volumes: list[tuple[tuple[float, float, float], tuple[float, float, float], float, bool]] = []
    inner = (wide - (columns + 1) * BOARD_M) / columns
    for k in range(shelves):
        for column in range(columns):
            start = -wide / 2 + BOARD_M + column * (inner + BOARD_M)
            floor = low + k * pitch + BOARD_M + 0.0005
            _fill(
                rng,
                volumes,
                start,
                inner,
                floor,
                pitch - BOARD_M,
                deep,
                float(params["fullness"]),
                float(params["order"]),
            )
    pieces: list[tuple[Mesh, Material]] = [
        (finished(boards.mesh(0.0015, 0.04), params, seed), board_material("boards", params, seed))
    ]
    if volumes:
        pieces.append(
            (
                _books(rng, volumes[:MOST_BOOKS]),
                Material(name="books", base_colour_map=_spines(int(params["design"])), roughness=0.55),
            )
        )
    x, y = deep / 2, wide / 2
    return assembled(
        "bookcase",
        params,
        pieces,
        attributes={"shelves": str(shelves), "books": "many" if len(volumes) > 60 else "some" if volumes else "none"},
        keypoints={
            "top_front_left": (x, y, tall),
            "top_front_right": (x, -y, tall),
            "top_back_left": (-x, y, tall),
            "top_back_right": (-x, -y, tall),
            "foot_front_left": (x, y, 0.0),
            "foot_front_right": (x, -y, 0.0),
            "foot_back_left": (-x, y, 0.0),
            "foot_back_right": (-x, -y, 0.0),
        },
    )


Volume = tuple[tuple[float, float, float], tuple[float, float, float], float, bool]


def _fill(
    rng: np.random.Generator,
    volumes: list[Volume],
    start: float,
    inner: float,
    floor: float,
    room: float,
    deep: float,
    fullness: float,
    order: float,
) -> None:
    """Put books on one shelf: a run of standing ones, the last leaning, then perhaps a pile of lying ones."""
    stop = start + inner * float(np.clip(fullness + rng.normal(0, 0.22), 0, 1))
    y = start + 0.004
    while True:
        thick = float(rng.uniform(0.018, 0.05))
        tall = min(float(rng.uniform(0.6, 0.95)) * room, float(rng.uniform(0.19, 0.31)))
        long = min(deep - 0.03, tall * float(rng.uniform(0.64, 0.76)))
        if y + thick > stop:
            break
        lean = 0.0
        if rng.random() > order and rng.random() < 0.25:
            lean = float(rng.uniform(0.08, 0.22))
        reach = tall * float(np.sin(lean))
        if y + thick + reach > stop:
            break
        x = deep / 2 - 0.025 - long / 2 - float(rng.uniform(0, 0.02))
        centre_y = y + reach + thick / 2 * float(np.cos(lean)) - tall / 2 * float(np.sin(lean)) + 0.0
        volumes.append(
            (
                (long, thick, tall),
                (x, centre_y, floor + tall / 2 * float(np.cos(lean)) + thick / 2 * float(np.sin(lean))),
                lean,
                False,
            )
        )
        y += thick + reach + 0.0008
    if rng.random() < 0.35 and y + 0.24 < start + inner:
        z = floor
        for _ in range(int(rng.integers(1, 4))):
            thick = float(rng.uniform(0.02, 0.045))
            tall, long = float(rng.uniform(0.18, 0.22)), float(rng.uniform(0.13, 0.17))
            if z + thick > floor + room - 0.02:
                break
            volumes.append(
                ((long, thick, tall), (deep / 2 - 0.03 - long / 2, y + 0.015 + tall / 2, z + thick / 2), 0.0, True)
            )
            z += thick + 0.0006


def _books(rng: np.random.Generator, volumes: list[Volume]) -> Mesh:
    """Books with a spine from the sheet of spines each; their top and bottom show the strip of paper beside them."""
    covers = BoxSet(rng)
    frames = np.array([turn_about("x", np.pi / 2 if lying else lean) for _, _, lean, lying in volumes])
    for (size, centre, _, _), frame in zip(volumes, frames, strict=True):
        covers.add(size, centre, "x", frame)
    mesh = covers.mesh(0.0012)
    count = len(volumes)
    per_book = len(mesh.positions_n3) // count
    offset = mesh.positions_n3.reshape(count, per_book, 3) - np.array([v[1] for v in volumes])[:, None]
    local, facing = (
        np.einsum("nji,nkj->nki", frames, item) for item in (offset, mesh.normals_n3.reshape(count, per_book, 3))
    )
    share = local / np.array([v[0] for v in volumes])[:, None] + 0.5
    which = rng.integers(0, SPINES, count)
    u = (which[:, None] + 0.06 + 0.88 * share[..., 1]) / (SPINES + 1)
    # Pages are cut edges above and below, and at the back, which nobody sees.
    u = np.where(np.abs(facing[..., 2]) > 0.7, (SPINES + 0.1 + 0.8 * share[..., 1]) / (SPINES + 1), u)
    uvs = np.stack([u, 1.0 - share[..., 2]], axis=-1)
    tone = np.repeat(1.0 + rng.uniform(-0.25, 0.1, (count, 1)), per_book, axis=0) * np.ones((1, 3))
    return mesh.with_uvs(uvs.reshape(-1, 2)).tinted(tone)


@lru_cache(maxsize=4)
def _spines(design: int) -> Texture:
    """Spines side by side, each a strip of the image."""
    rng = rng_for(design, 0, "bookcase.spines")
    canvas = Canvas(32 * (SPINES + 1), 256, (206, 196, 170))
    for line in range(8):
        canvas.rectangle(32 * SPINES + 4 * line, 0, 32 * SPINES + 4 * line + 1.4, 256, (176, 164, 138))
    for k in range(SPINES):
        left, right = 32 * k, 32 * (k + 1)
        ground = np.clip(np.array(_CLOTH[int(rng.integers(len(_CLOTH)))]) * rng.uniform(0.7, 1.15), 8, 240)
        canvas.rectangle(left, 0, right, 256, (int(ground[0]), int(ground[1]), int(ground[2])))
        ink = (238, 232, 214) if ground.mean() < 120 else (28, 26, 24)
        band = (186, 156, 96) if ground.mean() < 120 else (120, 40, 34)
        if rng.random() < 0.6:
            y = float(rng.uniform(14, 40))
            canvas.rectangle(left, y, right, y + float(rng.uniform(3, 14)), band)
            canvas.rectangle(left, 228, right, 232, band)
        canvas.text(
            invented_name(design * SPINES + k, "bookcase.title").upper(),
            ((left + right) / 2, 126),
            11,
            ink,
            TypeStyle(weight=0.08),
            max_width=130,
            turn_rad=np.pi / 2,
        )
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


BOOKCASE = ProceduralAsset(
    name="bookcase",
    kind="model",
    category="bookcase",
    tags=("furniture", "bookshelf", "shelf", "books", "room", "indoor"),
    size_m=1.8,
    description="A bookcase with three to six shelves, empty or filled with standing, leaning and lying books.",
    parameters={
        "width_m": Number(0.5, 1.3, 0.8, "m"),
        "height_m": Number(0.95, 2.1, 1.8, "m"),
        "depth_m": Number(0.24, 0.34, 0.28, "m"),
        "shelves": Integer(3, 6, 5),
        "back": Choice(("yes", "no"), "yes", (0.7, 0.3)),
        "fullness": Number(0.15, 1.0, 0.75),
        "order": Number(0.0, 1.0, 0.5),
        "finish": FINISHES,
        "paint": PAINTS,
        "design": Integer(0, 3, 0),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("boards", "books"),
    keypoints=(
        "top_front_left",
        "top_front_right",
        "top_back_left",
        "top_back_right",
        "foot_front_left",
        "foot_front_right",
        "foot_back_left",
        "foot_back_right",
    ),
)
