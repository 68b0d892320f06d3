"""Small things that many vehicles have: number plates, mirrors, handles, lamps' light, badges."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import encode_srgb, make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.quads import box_quads, quad_mesh
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import roughness_map

__all__ = [
    "CAR_COLOURS",
    "CHROME",
    "PLATE_SIZE_M",
    "badges",
    "glass_material",
    "grille_material",
    "number_plate",
    "paint_material",
    "plate_material",
    "trim_material",
]

PLATE_SIZE_M = (0.52, 0.112)
"""Width and height of the plates of most European countries (single line, 520 x 112 mm)."""

CAR_COLOURS = (
    (0.60, 0.60, 0.59),
    (0.68, 0.68, 0.66),
    (0.34, 0.35, 0.36),
    (0.25, 0.26, 0.275),
    (0.085, 0.09, 0.097),
    (0.012, 0.012, 0.014),
    (0.022, 0.023, 0.026),
    (0.012, 0.035, 0.13),
    (0.03, 0.13, 0.36),
    (0.40, 0.012, 0.012),
    (0.20, 0.008, 0.014),
    (0.10, 0.14, 0.11),
    (0.012, 0.06, 0.035),
    (0.42, 0.33, 0.20),
    (0.15, 0.10, 0.065),
    (0.72, 0.50, 0.03),
    (0.62, 0.16, 0.01),
    (0.22, 0.40, 0.44),
)
"""Linear colours of car paint, whites, greys and blacks first, as they are on the road."""

CHROME = Material(name="chrome", base_colour=(0.62, 0.63, 0.64, 1.0), metallic=1.0, roughness=0.2)
"""Bright trim."""

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def glass_material(name: str = "window", tint: float = 1.0) -> Material:
    """Return the dark glossy look of a vehicle's window by day; `tint` under 1 is privacy glass."""
    shade = 0.022 * tint
    return Material(
        name=name, base_colour=(0.85 * shade, shade, 1.02 * shade, 1.0), roughness=0.06, clearcoat=1.0,
        clearcoat_roughness=0.02, ior=1.52,
    )  # fmt: skip


def trim_material(name: str = "trim", shade: float = 0.017, roughness: float = 0.58) -> Material:
    """Return grained black plastic."""
    return Material(name=name, base_colour=(shade, shade, 1.03 * shade, 1.0), roughness=roughness)


@lru_cache(maxsize=32)
def plate_material(seed: int, colour: str) -> Material:
    """Return a number plate with an invented mark.

    Args:
        seed: Which mark.
        colour: ``white``, ``yellow`` or ``blue_band``.
    """
    return Material(name="plate", base_colour_map=_plate_texture(seed, colour), roughness=0.35, clearcoat=0.3,
                    clearcoat_roughness=0.2)  # fmt: skip


def number_plate(centre_xyz: tuple[float, float, float], facing: float, lean_rad: float = 0.0) -> Mesh:
    """Return a plate that faces +x (`facing` 1) or -x (-1), its back open to nothing: a thin closed box."""
    wide, tall = PLATE_SIZE_M
    quads = box_quads((-0.006, -wide / 2, -tall / 2), (0.006, wide / 2, tall / 2))
    plate = quad_mesh(quads)
    places = plate.positions_n3
    front = plate.normals_n3[:, 0] > 0.5
    uvs = np.stack([places[:, 1] / wide + 0.5, 0.5 - places[:, 2] / tall], axis=1)
    # Edges and back take the border's colour.
    plate = plate.with_uvs(np.where(front[:, None], uvs, [0.5, 0.03]))
    turn = turn_about("z", 0.0 if facing > 0 else np.pi) @ turn_about("y", -lean_rad)
    return plate.turned(turn).moved(centre_xyz)


@lru_cache(maxsize=32)
def _plate_texture(seed: int, colour: str) -> Texture:
    rng = rng_for(seed, 0, "vehicles.plate")
    ground = {"yellow": (240, 196, 30)}.get(colour, (236, 236, 230))
    canvas = Canvas(256, 56, (24, 24, 26))
    canvas.rectangle(2, 2, 254, 54, ground, 4)
    left = 8
    if colour == "blue_band":
        canvas.rectangle(3, 3, 24, 53, (20, 50, 150), 2)
        canvas.ring((13.5, 18), (6, 6), 1.2, (240, 210, 40))
        left = 28
    canvas.text(
        _mark(rng),
        ((left + 248) / 2, 28),
        34,
        (18, 18, 20),
        TypeStyle(weight=0.10, stretch=0.82, tracking=0.05),
        max_width=244 - left,
    )
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _mark(rng: np.random.Generator) -> str:
    def letters(count: int) -> str:
        return "".join(LETTERS[index] for index in rng.integers(len(LETTERS), size=count))

    def digits(count: int) -> str:
        return "".join(str(value) for value in rng.integers(1, 10, size=count))

    style = int(rng.integers(4))
    if style == 0:
        return f"{letters(2)} {letters(2)} {digits(3)}"
    if style == 1:
        return f"{letters(2)}-{digits(3)}-{letters(2)}"
    if style == 2:
        return f"{digits(2)} {letters(3)} {digits(2)}"
    return f"{letters(1)} {digits(4)} {letters(2)}"


def grille_material(style: str) -> Material:
    """Return an air intake of ``bars``, ``uprights`` or a ``net``; texture coordinates are metres."""
    return Material(name="grille", base_colour_map=_grille_texture(style), roughness=0.4)


def paint_material(paint: Texture, finish: str, dirt: float, seed: int, name: str = "paint") -> Material:
    """Return car paint, ``solid``, ``metallic`` or ``matt``, whose gloss the dirt takes."""
    rough, metal, coat = {"solid": (0.5, 0.0, 1.0), "metallic": (0.38, 0.55, 1.0), "matt": (0.5, 0.1, 0.12)}[finish]
    return Material(
        name=name, base_colour_map=paint, roughness=rough, metallic=metal,
        metallic_roughness_map=roughness_map(seed, 0.2), clearcoat=coat * (1.0 - 0.45 * dirt),
        clearcoat_roughness=0.03 + 0.12 * dirt,
    )  # fmt: skip


def badges(places: Sequence[tuple[float, float, float]]) -> Mesh:
    """Return plain round emblems; those at x > 0 face forwards, the others back."""
    disc = revolve(filleted([(0.0, -0.02), (0.046, -0.02), (0.044, 0.004), (0.0, 0.009)], 0.0), 12)
    return join([disc.turned(turn_about("y", np.copysign(np.pi / 2, x))).moved((x, y, z)) for x, y, z in places])


@lru_cache(maxsize=4)
def _grille_texture(style: str) -> Texture:
    """Bars or a net, 64 repeats of a tenth of a metre; coordinates are metres."""
    size = 128
    image = np.full((size, size), 0.012, np.float32)
    if style == "bars":
        for row in range(0, size, 4):
            image[row] = 0.07
            image[row + 1] = 0.035
    elif style == "uprights":
        for column in range(0, size, 4):
            image[:, column] = 0.07
            image[:, column + 1] = 0.03
    else:
        for shift in range(-size, 2 * size, 8):
            for slope in (1, -1):
                start, end = (shift, 0), (shift + slope * size, size)
                cv2.line(image, start, end, 0.06, 1, cv2.LINE_AA)
    return make_texture(encode_srgb(np.repeat(image[..., None], 3, axis=2)), is_srgb=True)
