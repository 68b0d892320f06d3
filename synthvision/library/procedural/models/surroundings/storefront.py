"""Ground floors: house doors with steps, and shop fronts with a fascia, its lettering and an awning."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.surroundings.facade import Bay, Facade, Side
from synthvision.library.procedural.noise import encode_srgb, make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.quads import quad_mesh
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["awning", "awning_material", "door_bay", "door_leaf", "fascia", "fascia_texture", "shop_bay"]

SHOP_WORDS = ("bakery", "books", "flowers", "cafe", "tailor", "optics", "grocer", "bicycles")
DOOR_HIGH_M = 2.1


def door_bay(width_m: float, height_m: float, wall: str = "wall") -> Bay:
    """Return a bay with a doorway whose upper part is a light over the door."""
    half = 0.56
    middle = width_m / 2
    high = min(height_m - 0.25, DOOR_HIGH_M + 0.55)
    return Bay(
        width_m,
        height_m,
        (middle - half, middle + half, 0.02, high),
        recess_m=0.2,
        frame_m=0.07,
        sill=False,
        lintel=True,
        wall=wall,
    )


def door_leaf(facade: Facade, side: Side, left_m: float, bay: Bay, panels: int) -> None:
    """Add the leaf of a door in its bay, with raised panels, a handle, a step, and a bar under the light over it."""
    if bay.opening is None:
        return
    left, right, low, high = (edge + shift for edge, shift in zip(bay.opening, (left_m, left_m, 0, 0), strict=True))
    left, right, pane = left + bay.frame_m, right - bay.frame_m, -bay.recess_m - 0.035
    top = min(DOOR_HIGH_M, high - 0.3)
    facade.add_box("door", side, (left, low + 0.08, pane - 0.01), (right, top, pane + 0.045))
    facade.add_box("frame", side, (left, top, pane - 0.01), (right, top + 0.06, pane + 0.055))
    rows = 2 if panels > 2 else 1
    columns = 2 if panels % 2 == 0 else 1
    wide, tall = (right - left - 0.12) / columns, (top - low - 0.25) / rows
    for row in range(rows):
        for column in range(columns):
            u, z = left + 0.06 + column * wide, low + 0.17 + row * tall
            start = (u + 0.04, z + 0.04, pane + 0.02)
            facade.add_box("door", side, start, (u + wide - 0.04, z + tall - 0.04, pane + 0.058))
    facade.add_box("metal", side, (right - 0.1, 1.0, pane + 0.02), (right - 0.06, 1.22, pane + 0.1))
    facade.add_box("metal", side, (left + 0.25, 1.12, pane + 0.03), (right - 0.25, 1.17, pane + 0.064))
    facade.add_box("trim", side, (left - 0.25, 0.0, -bay.recess_m), (right + 0.25, 0.14, 0.32))


def shop_bay(width_m: float, height_m: float, *, door: bool) -> Bay:
    """Return a bay of a shop front: a display window over a low panel, or the glass door."""
    low = 0.06 if door else 0.55
    bars = (("z", 0.74),) if door else (("z", 0.8), ("u", 0.5)) if width_m > 2.2 else (("z", 0.8),)
    return Bay(
        width_m,
        height_m,
        (0.12, width_m - 0.12, low, height_m - 0.85),
        recess_m=0.22 if door else 0.1,
        frame_m=0.09 if door else 0.055,
        bars=bars,
        sill=not door,
        wall="shop",
        frame="shop",
    )


def fascia(side: Side, top_m: float) -> Mesh:
    """Return the board with the name of the shop, image 0..1 over its face."""
    width, tall, out = side.width_m - 0.3, 0.62, 0.16
    corners = side.placed(_board(0.15, width + 0.15, top_m - tall - 0.1, top_m - 0.1, out))
    face = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    edge = np.tile([0.004, 0.02], (5, 4, 1))
    return quad_mesh(corners, np.concatenate([face[None], edge]))


@lru_cache(maxsize=16)
def fascia_texture(design: int, dark: bool) -> Texture:
    """Return the lettering of a shop, 512 x 64 sRGB."""
    rng = rng_for(design, 0, "building.fascia")
    ground = (36, 40, 44) if dark else (226, 220, 205)
    ink = ((235, 225, 200), (240, 205, 120))[design % 2] if dark else ((110, 25, 25), (25, 60, 50))[design % 2]
    canvas = Canvas(512, 64, ground, scale=2)
    canvas.rectangle(6, 5, 506, 59, ink, 3)
    canvas.rectangle(7.5, 6.5, 504.5, 57.5, ground, 2)
    name = invented_name(design, "building.shop").upper()
    word = SHOP_WORDS[design % len(SHOP_WORDS)]
    canvas.text(name, (190, 32), 25, ink, TypeStyle(weight=0.08, tracking=0.12), max_width=220)
    canvas.text(word, (395, 33), 18, ink, TypeStyle(slant=0.2, tracking=0.05), max_width=150)
    image = canvas.finished().astype(np.float32)
    image *= 1 - 0.15 * rng.random((64, 512, 1)).astype(np.float32) * np.linspace(0.2, 1, 64)[:, None, None]
    return make_texture(np.asarray(image, np.uint8), is_srgb=True, wrap_uv=("clamp", "clamp"))


def awning(side: Side, low_m: float, reach_m: float) -> tuple[Mesh, Mesh]:
    """Return striped cloth over the windows of a shop with a valance at its front, and the arms that hold it."""
    width, fall = side.width_m - 0.5, 0.38 * reach_m
    angle = np.arctan2(fall, reach_m)
    length = float(np.hypot(fall, reach_m))
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[0.0, c, s], [-1.0, 0.0, 0.0], [0.0, -s, c]])
    base: Floats = np.add(side.corner_xyz, (0.0, side.width_m / 2, low_m + fall))
    middle = np.add(base, (reach_m / 2, 0.0, -fall / 2))
    frames = np.stack([turn, turn_about("z", np.pi / 2) @ turn_about("x", np.pi / 2)])
    front = np.add(base, (reach_m, 0.0, -fall - 0.1))
    cloth = bevelled_boxes(
        np.array([(width, length, 0.012), (width, 0.24, 0.012)]), np.stack([middle, front]), 0.003, frames
    )
    arms = []
    for end in (-0.47, 0.47):
        y = end * side.width_m
        path: Floats = base + np.array([(0.0, y, -fall - 0.15), (reach_m - 0.04, y, -fall)])
        arms.append(sweep_tube(path, np.full((2, 2), 0.016), 6, binormal_xyz=(0.0, 1.0, 0.0)))
    return cloth, join(arms)


@lru_cache(maxsize=8)
def stripes(design: int) -> Texture:
    """Return the cloth of an awning, striped along v; half a metre wide."""
    rng = rng_for(design, 0, "building.awning")
    palette = ((0.35, 0.03, 0.025), (0.02, 0.12, 0.06), (0.03, 0.06, 0.22), (0.5, 0.3, 0.03))
    pair = np.array([palette[design % len(palette)], (0.62, 0.6, 0.54)], np.float32)
    column = (np.arange(256) // 64) % 2
    image = np.broadcast_to(pair[column], (64, 256, 3)) * (0.9 + 0.1 * rng.random((64, 256, 1), np.float32))
    return make_texture(encode_srgb(image), is_srgb=True)


def awning_material(design: int) -> Material:
    """Return the cloth of an awning."""
    return Material(name="awning", base_colour_map=stripes(design), roughness=0.9)


def _board(left: float, right: float, low: float, high: float, out: float) -> Floats:
    """Faces of a board with its front face first, in the axes of a side."""
    front = np.array([[left, low, out], [right, low, out], [right, high, out], [left, high, out]], np.float64)
    back = front * [1, 1, 0] + [0, 0, -0.01]
    after = np.roll(np.arange(4), -1)
    around = np.stack([back, back[after], front[after], front], axis=1)
    return np.concatenate([np.stack([front]), around, np.stack([back[::-1]])])
