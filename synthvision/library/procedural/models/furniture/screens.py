"""What screens show: windows of invented programs, and the keys of keyboards."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.finishes import dark_glass
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.shapes.sheets import rectangle

__all__ = ["KEY_ROWS", "key_places", "screen_material", "screen_sheet"]

#: Widths of keys row by row from the far side, in units of one key; a negative width is a gap.
KEY_ROWS: tuple[tuple[float, ...], ...] = (
    (1, -0.5, 1, 1, 1, 1, -0.25, 1, 1, 1, 1, -0.25, 1, 1, 1, 1),
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2),
    (1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1.5),
    (1.75, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2.25),
    (2.25, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2.75),
    (1.25, 1.25, 1.25, 6.25, 1.25, 1.25, 1.25, 1.25),
)


def key_places(pitch_m: float, depth_m: float) -> list[tuple[float, float, float, float]]:
    """Return middle (x away from the typist is negative, y left) and size (x, y) of the keys of the main block."""
    places = []
    for row, keys in enumerate(KEY_ROWS):
        x = (row - 2.5) * depth_m
        # The typist sits at +x and reads towards +y.
        at = -7.5
        scale = 15.0 / sum(abs(k) for k in keys)
        for key in keys:
            wide = abs(key) * scale
            if key > 0:
                places.append((x, (at + wide / 2) * pitch_m, depth_m, wide * pitch_m))
            at += wide
    return places


def screen_sheet(width: float, height: float) -> Mesh:
    """Return the picture of a screen as a sheet at x = 0 that faces +x, its picture upright."""
    stand = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)
    flat = rectangle(width, height)
    return flat.with_uvs(np.array([(0, 1), (1, 1), (0, 0), (1, 0)], np.float64)).turned(stand)


def screen_material(state: str, design: int) -> Material:
    """Return a screen that is ``off`` (black glass) or ``on`` (a bright picture)."""
    if state == "off":
        glass = dark_glass("screen", tint=(0.012, 0.0125, 0.014), roughness=0.14)
        return Material(
            name="screen",
            base_colour=glass.base_colour,
            roughness=0.14,
            clearcoat=0.5,
            clearcoat_roughness=0.1,
            double_sided=True,
        )
    picture = _picture(design)
    # 250 cd/m2 is the white of an office screen.
    return Material(
        name="screen",
        base_colour=(0.02, 0.02, 0.02, 1.0),
        roughness=0.16,
        emissive=(250.0, 250.0, 250.0),
        emissive_map=picture,
        double_sided=True,
    )


@lru_cache(maxsize=8)
def _picture(design: int) -> Texture:
    rng = rng_for(design, 0, "screens.picture")
    canvas = Canvas(384, 232, ((34, 52, 92), (24, 26, 30), (60, 110, 120), (236, 238, 240))[design % 4])
    if design % 4 == 0:
        for k in range(5):  # a landscape as a background
            ridge = [(x, 232 - 26 * (4 - k) - 22 * np.sin(x / (38 + 9 * k) + k)) for x in range(0, 390, 6)]
            canvas.polygon([*ridge, (390, 232), (0, 232)], (40 + 24 * k, 70 + 22 * k, 110 + 12 * k))
    windows = 1 if design % 4 == 3 else 2
    for k in range(windows):
        left, top = (
            float(rng.uniform(14, 150)) if windows > 1 else 0.0,
            float(rng.uniform(12, 60)) if windows > 1 else 0.0,
        )
        right, bottom = (
            (left + float(rng.uniform(150, 220)), top + float(rng.uniform(100, 150))) if windows > 1 else (384.0, 214.0)
        )
        dark = rng.random() < 0.4
        paper, ink = ((30, 32, 38), (190, 200, 210)) if dark else ((248, 248, 246), (70, 74, 80))
        canvas.rectangle(left, top, right, bottom, paper, 3)
        canvas.rectangle(left, top, right, top + 13, (52, 56, 64) if dark else (222, 224, 228), 3)
        for dot in range(3):
            canvas.disc((right - 9 - 11 * dot, top + 6.5), 3, ((210, 80, 70), (220, 170, 60), (90, 170, 90))[dot])
        canvas.text(
            ("Report", "Plan", "Notes", "Ledger")[(design + k) % 4],
            (left + 34, top + 6.5),
            6,
            ink,
            TypeStyle(weight=0.05),
        )
        y = top + 24
        while y < bottom - 8:
            indent = float(rng.integers(0, 4)) * 8
            end = left + 14 + indent + float(rng.uniform(0.2, 0.8)) * (right - left - 40 - indent)
            colour = ink if not dark else ((120, 180, 220), (220, 180, 110), (150, 200, 130), ink)[int(rng.integers(4))]
            canvas.rectangle(left + 12 + indent, y, end, y + 3.4, colour)
            y += 7.5
        if rng.random() < 0.6:
            x0, y0 = right - 92, bottom - 52
            for bar in range(6):
                tall = float(rng.uniform(8, 40))
                canvas.rectangle(x0 + 14 * bar, y0 + 42 - tall, x0 + 9 + 14 * bar, y0 + 42, (70, 130, 200))
    canvas.rectangle(0, 218, 384, 232, (22, 24, 28))
    for k in range(7):
        canvas.rectangle(
            140 + 15 * k,
            220.5,
            151 + 15 * k,
            229.5,
            ((80, 140, 220), (220, 120, 60), (90, 180, 110), (200, 200, 205))[k % 4],
            2,
        )
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))
