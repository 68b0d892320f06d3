"""An egg carton of pressed pulp for six, ten or twelve eggs: closed with a printed label, or open with eggs in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.products.printing import worn_art
from synthvision.library.procedural.noise import blur, encode_srgb, fbm, make_texture, normal_map
from synthvision.library.procedural.prints.labels import DESIGNS, paper_label
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.patches import lifted_patch
from synthvision.library.procedural.shapes.profiles import smooth
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.shells import thick_sheet

__all__ = ["EGG_CARTON"]

PULP_M = 0.0018
STEPS = 7
"""Grid cells across one cup."""


def _build(params: Mapping[str, Any]) -> Model:
    columns = {"6": 3, "10": 5, "12": 6}[str(params["eggs"])]
    pitch = float(params["pitch_m"])
    seed = int(params["wear_seed"])
    cup = float(params["cup_m"])
    length, width = columns * pitch + 0.012, 2 * pitch + 0.012
    pulp = Material(
        name="body",
        base_colour=opaque(rgb(params["pulp_colour"])),
        base_colour_map=_pulp(seed % 3),
        roughness=0.95,
        normal_map=_relief(),
    )
    base = _base(columns, pitch, cup)
    lid_tall = 0.75 * cup
    lid = _lid(columns, pitch, length, width, lid_tall)
    opened = str(params["lid"]) == "open"
    pieces: list[tuple[Mesh, Material]] = []
    sticker = _sticker(lid, lid_tall, length, width)
    angle = float(params["lid_angle_rad"]) if opened else 0.0

    def hinged(mesh: Mesh) -> Mesh:
        """Swing about the long edge at the back, -x."""
        return mesh.moved((width / 2, 0.0, 0.0)).turned(turn_about("y", -angle)).moved((-width / 2, 0.0, cup + 0.0006))

    pieces.append((join([base, hinged(lid)]).placed_uvs((3.0, 3.0)), pulp))
    if str(params["label"]) == "label":
        art = Material(name="label", base_colour_map=_label(int(params["design"])), roughness=0.6, double_sided=True)
        pieces.append((hinged(sticker), art))
    if opened:
        eggs = _eggs(columns, pitch, float(params["filled"]), seed)
        if eggs:
            shell = Material(name="eggs", base_colour=opaque(rgb(params["egg_colour"])), roughness=0.55)
            pieces.append((join(eggs), shell))
    return assembled(
        "egg_carton",
        params,
        pieces,
        attributes={"material": "paper", "lid": str(params["lid"])},
        keypoints={"base": (0.0, 0.0, 0.0), "hinge": (-width / 2, 0.0, cup)},
    )


def _grid(columns: int, pitch: float, steps: int) -> tuple[Floats, Floats, Floats]:
    """Places over the plan, the long side along y, and the distance from the middle of the nearest cup."""
    x = np.linspace(-1.0, 1.0, 2 * steps + 1) * (pitch + 0.006)
    y = np.linspace(-1.0, 1.0, columns * steps + 1) * (columns * pitch / 2 + 0.006)
    grid_x, grid_y = np.meshgrid(x, y)
    inner_x, inner_y = np.clip(grid_x, -pitch, pitch), np.clip(grid_y, -columns * pitch / 2, columns * pitch / 2)
    cell_x = np.mod(inner_x - 1e-9, pitch) - pitch / 2
    cell_y = np.mod(inner_y + columns * pitch / 2 - 1e-9, pitch) - pitch / 2
    return grid_x, grid_y, np.asarray(np.hypot(cell_x, cell_y), np.float64)


def _base(columns: int, pitch: float, cup: float) -> Mesh:
    """Cups with posts between them, and a flat rim around."""
    x, y, away = _grid(columns, pitch, STEPS)
    hollow = np.clip((0.6 * pitch - away) / (0.34 * pitch), 0.0, 1.0)
    hollow = hollow * hollow * (3 - 2 * hollow)
    z = cup * (0.93 - 0.9 * hollow)
    rim = np.maximum(np.abs(x) / (pitch + 0.006), np.abs(y) / (columns * pitch / 2 + 0.006))
    edge = np.clip((rim - 0.93) / 0.05, 0.0, 1.0)
    inside = np.clip((0.9 - rim) / 0.1, 0.0, 1.0)
    # Posts between four cups rise to the lid.
    post = np.clip((away - 0.6 * pitch) / (0.1 * pitch), 0.0, 1.0) * inside
    z = z * (1 - edge) + (cup - 0.0003) * edge + 0.25 * cup * post
    upper = np.stack([x, y, z + PULP_M], axis=-1)
    return thick_sheet(upper, upper - [0.0, 0.0, PULP_M])


def _lid(columns: int, pitch: float, length: float, width: float, tall: float) -> Mesh:
    """A cover with sloping sides and a soft dent over each pair of eggs; its rim at z = 0."""
    x = np.linspace(-1.0, 1.0, 15) * width / 2
    y = np.linspace(-1.0, 1.0, 6 * columns + 1) * length / 2
    grid_x, grid_y = np.meshgrid(x, y)
    gap = np.minimum(width / 2 - np.abs(grid_x), length / 2 - np.abs(grid_y))
    rise = np.clip((gap - 0.005) / 0.014, 0.0, 1.0)
    top = tall * rise * (2.0 - rise)
    ribs = (
        0.0035
        * np.cos(2 * np.pi * grid_y / pitch + np.pi * (columns % 2))
        * np.clip((np.abs(grid_x) - 0.28 * width) / (0.1 * width), 0.0, 1.0)
        * rise
    )
    upper = np.stack([grid_x, grid_y, top + ribs + PULP_M + 0.002], axis=-1)
    return thick_sheet(upper, upper - [0.0, 0.0, PULP_M])


def _sticker(lid: Mesh, tall: float, length: float, width: float) -> Mesh:
    """The paper on the flat of the lid."""
    flat = (lid.positions_n3[:, 2] > 0.9 * tall) & (lid.normals_n3[:, 2] > 0.5)
    flat &= (np.abs(lid.positions_n3[:, 0]) < 0.3 * width) & (np.abs(lid.positions_n3[:, 1]) < 0.4 * length)
    sheet = lifted_patch(lid, flat[lid.triangles_m3].all(axis=1), 0.0005)
    low, high = sheet.positions_n3.min(axis=0), sheet.positions_n3.max(axis=0)
    share = (sheet.positions_n3 - low) / np.maximum(high - low, 1e-9)
    return sheet.with_uvs(np.stack([share[:, 1], 1.0 - (1.0 - share[:, 0])], axis=1))


def _eggs(columns: int, pitch: float, filled: float, seed: int) -> list[Mesh]:
    rng = rng_for(seed, 0, "egg_carton.eggs")
    radius = 0.47 * pitch
    tall = 1.33 * 2 * radius
    angle = np.linspace(-np.pi / 2, np.pi / 2, 12)
    curve = [
        (float(radius * np.cos(a) * (1 - 0.12 * np.sin(a))) if 0 < k < 11 else 0.0, float(tall / 2 * np.sin(a)))
        for k, a in enumerate(angle)
    ]
    egg = revolve(smooth(curve, 10), 13)
    eggs = []
    for row in (-0.5, 0.5):
        for column in range(columns):
            if rng.random() < filled:
                turn = turn_about("x", float(rng.normal(0, 0.06))) @ turn_about("z", float(rng.uniform(0, 6.28)))
                place = (row * pitch, (column - (columns - 1) / 2) * pitch, 0.012 + tall / 2)
                eggs.append(egg.turned(turn).moved(place))
    return eggs


@lru_cache(maxsize=3)
def _pulp(seed: int) -> Texture:
    rng = rng_for(seed, 0, "egg_carton.pulp")
    shape = (256, 256)
    flecks = np.clip(fbm(rng, shape, (64, 64), 2, 0.6) - 1.5, 0, 1)
    level = 0.9 + 0.05 * fbm(rng, shape, (4, 4), 4) + 0.04 * fbm(rng, shape, (48, 48), 2) - 0.3 * flecks
    return make_texture(encode_srgb(level[..., None] * np.ones(3, np.float32)), is_srgb=True)


@lru_cache(maxsize=1)
def _relief() -> Texture:
    rng = rng_for(0, 0, "egg_carton.relief")
    height = 0.00012 * blur(fbm(rng, (256, 256), (40, 40), 3, 0.6), 0.7)
    return make_texture(normal_map(height, 0.0003), is_srgb=False)


@lru_cache(maxsize=12)
def _label(design: int) -> Texture:
    art = paper_label(design % DESIGNS, 384, 192).astype(np.float32)
    return worn_art(art, design % 8, 0.2, repeat_u=False)


EGG_CARTON = ProceduralAsset(
    name="egg_carton",
    kind="model",
    category="egg_carton",
    tags=("table", "waste", "packaging", "food", "paper", "container"),
    size_m=0.2,
    description="An egg carton of pressed pulp for 6, 10 or 12 eggs, closed with a label or open with eggs.",
    parameters={
        "eggs": Choice(("6", "10", "12"), "10", (0.4, 0.4, 0.2)),
        "pitch_m": Number(0.044, 0.05, 0.047, "m"),
        "cup_m": Number(0.032, 0.044, 0.038, "m"),
        "pulp_colour": Colour(((0.32, 0.3, 0.27), (0.4, 0.36, 0.28), (0.2, 0.28, 0.2), (0.36, 0.22, 0.2)), 0.1),
        "lid": Choice(("closed", "open"), "open", (0.45, 0.55)),
        "lid_angle_rad": Number(1.4, 2.6, 1.9),
        "filled": Number(0.0, 1.0, 0.8),
        "egg_colour": Colour(((0.5, 0.24, 0.12), (0.6, 0.34, 0.2), (0.75, 0.72, 0.66)), 0.06),
        "label": Choice(("label", "none"), "label", (0.7, 0.3)),
        "design": Integer(0, 11, 2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "label", "eggs"),
    keypoints=("base", "hinge"),
)
