"""Firms' names and stripes on the sides of vans, lorries and trailers, and the text of destination signs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas, Ink
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["DESIGNS", "name_boards", "name_material", "sign_material"]

DESIGNS = 8
"""How many firms there are."""

_TRADES = ("Transport", "Logistics", "Fresh Food", "Removals", "Express", "Building", "Dairy", "Parcels")
_INKS: tuple[tuple[Ink, Ink, Ink], ...] = (
    ((236, 238, 240), (22, 60, 140), (214, 40, 36)),
    ((22, 66, 130), (240, 240, 240), (244, 190, 30)),
    ((238, 200, 40), (30, 30, 34), (190, 30, 28)),
    ((30, 110, 66), (244, 246, 240), (240, 214, 60)),
    ((196, 36, 34), (248, 246, 244), (30, 30, 36)),
    ((232, 230, 224), (36, 100, 60), (120, 180, 60)),
    ((60, 62, 68), (240, 240, 240), (240, 120, 30)),
    ((240, 244, 248), (20, 120, 170), (90, 190, 220)),
)


def name_boards(length_m: float, height_m: float, centre_xz: tuple[float, float], y: float) -> Mesh:
    """Return two printed sheets on the left and right side, both read from outside."""
    x, z = centre_xz
    corners, normals, uvs = [], [], []
    for side in (1.0, -1.0):
        for u, v in ((0, 1), (1, 1), (1, 0), (0, 0)):
            corners.append((x - side * (u - 0.5) * length_m, side * y, z + (0.5 - v) * height_m))
            normals.append((0.0, side, 0.0))
            uvs.append((u, v))
    quads = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int64)
    return Mesh(np.array(corners), np.array(normals), np.array(uvs, np.float64), quads)


def name_material(design: int) -> Material:
    """Return a printed film with a firm's name."""
    return Material(
        name="print", base_colour_map=_board(design), roughness=0.4, clearcoat=0.5, clearcoat_roughness=0.15,
        double_sided=True,
    )  # fmt: skip


@lru_cache(maxsize=DESIGNS)
def _board(design: int) -> Texture:
    rng = rng_for(design, 0, "vehicles.livery")
    ground, ink, accent = _INKS[design % len(_INKS)]
    canvas = Canvas(512, 192, ground)
    style = int(rng.integers(3))
    if style == 0:
        canvas.rectangle(0, 150, 512, 170, accent)
    elif style == 1:
        canvas.polygon([(380, 0), (512, 0), (512, 192), (300, 192)], accent)
    else:
        canvas.disc((70, 96), 56, accent)
        canvas.disc((70, 96), 34, ground)
    middle = 250 if style < 2 else 320
    width = 420 if style == 0 else 330
    slant = float(rng.choice([0.0, 0.2]))
    canvas.text(
        invented_name(design, "vehicles.livery"),
        (middle, 74),
        62,
        ink,
        TypeStyle(weight=0.14, slant=slant),
        max_width=width,
    )
    canvas.text(_TRADES[design % len(_TRADES)], (middle, 126), 24, ink, TypeStyle(tracking=0.15), max_width=width)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=16)
def _sign(design: int) -> Texture:
    rng = rng_for(design, 0, "vehicles.sign")
    canvas = Canvas(256, 40, (3, 3, 3))
    amber = (255, 170, 40)
    canvas.text(str(int(rng.integers(1, 240))), (34, 20), 24, amber, TypeStyle(weight=0.08), max_width=54)
    canvas.text(
        f"{invented_name(design, 'vehicles.sign')} {('Centre', 'Station', 'Park', 'Harbour')[design % 4]}",
        (160, 20),
        19,
        amber,
        TypeStyle(stretch=0.85),
        max_width=180,
    )
    pixels = canvas.finished()
    # Rows and columns of lamps.
    pixels[::3] //= 3
    pixels[:, ::3] //= 3
    return make_texture(pixels, is_srgb=True, wrap_uv=("clamp", "clamp"))


def sign_material(design: int, lit: bool) -> Material:
    """Return a destination sign of amber lamps."""
    glow = 1500.0 if lit else 0.0
    return Material(
        name="sign",
        double_sided=True,
        base_colour_map=_sign(design),
        roughness=0.12,
        clearcoat=1.0,
        clearcoat_roughness=0.03,
        emissive=(glow, glow, glow),
        emissive_map=_sign(design) if lit else None,
    )
