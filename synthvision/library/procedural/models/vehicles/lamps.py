"""Looks of head and tail lamps: what lies behind the lens, and what of it shines."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas, Ink
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["LIGHTS", "head_lamp_material", "lamp_uvs", "tail_lamp_material"]

LIGHTS = ("off", "day", "night")
"""Lamps: all off, day running lamps, dipped beam with tail lamps."""

WIDTH, HEIGHT = 192, 96
BLACK: Ink = (0, 0, 0)


def lamp_uvs(mesh: Mesh, outward: float = 0.6) -> Mesh:
    """Return the faces of a pair of lamps with u from the inner to the outer end around the corner, v from the top.

    Args:
        mesh: Lamps of the left and the right side.
        outward: How much of the way along x counts.
    """
    x, y, z = mesh.positions_n3.T
    along = np.abs(y) - outward * np.abs(x)
    span, rise = max(float(np.ptp(along)), 1e-6), max(float(np.ptp(z)), 1e-6)
    return mesh.with_uvs(np.stack([(along - along.min()) / span, (z.max() - z) / rise], axis=1))


def head_lamp_material(style: str, lights: str) -> Material:
    """Return a headlamp.

    Args:
        style: ``projector``, ``reflector`` or ``bar``.
        lights: One of `LIGHTS`.
    """
    glow = {"off": 0.0, "day": 5000.0, "night": 16000.0}[lights]
    return Material(
        name="head_lamp", base_colour_map=_head(style), roughness=0.12, clearcoat=1.0, clearcoat_roughness=0.03,
        emissive=(glow, glow, glow), emissive_map=_head_glow(style, lights) if lights != "off" else None,
    )  # fmt: skip


def tail_lamp_material(style: str, lights: str) -> Material:
    """Return a tail lamp, ``plain``, ``banded`` or ``ring``."""
    glow = {"off": 0.0, "day": 0.0, "night": 900.0}[lights]
    return Material(
        name="tail_lamp", base_colour_map=_tail(style), roughness=0.15, clearcoat=1.0, clearcoat_roughness=0.04,
        emissive=(glow, glow, glow), emissive_map=_tail_glow(style) if glow else None,
    )  # fmt: skip


def _texture(canvas: Canvas) -> Texture:
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _running_line(canvas: Canvas, style: str, ink: Ink) -> None:
    """The day running lamp: a bright line along an edge, or a row of dots."""
    if style == "bar":
        canvas.line([(14, 20), (120, 16), (178, 24), (180, 60)], 7, ink)
    elif style == "projector":
        canvas.line([(12, 30), (30, 78), (110, 84), (176, 76)], 6, ink)
    else:
        for k in range(6):
            canvas.disc((28 + 18 * k, 82), 5, ink)


def _bowls(style: str) -> list[tuple[tuple[float, float], float]]:
    if style == "bar":
        return [((58, 54), 20), ((112, 52), 20)]
    if style == "projector":
        return [((66, 46), 27), ((134, 44), 22)]
    return [((62, 44), 34), ((138, 44), 28)]


@lru_cache(maxsize=4)
def _head(style: str) -> Texture:
    housing = (176, 180, 184) if style == "reflector" else (46, 48, 52)
    canvas = Canvas(WIDTH, HEIGHT, housing)
    canvas.rectangle(0, 0, WIDTH, 8, (20, 20, 22))
    canvas.rectangle(0, HEIGHT - 6, WIDTH, HEIGHT, (26, 26, 28))
    canvas.polygon([(176, 0), (192, 0), (192, 96), (182, 96)], (196, 120, 34))
    for centre, radius in _bowls(style):
        canvas.disc(centre, radius + 4, (120, 124, 128))
        canvas.disc(centre, radius, (208, 212, 216))
        canvas.disc((centre[0] - 2, centre[1] + 3), 0.78 * radius, (116, 122, 130))
        canvas.disc((centre[0] + 2, centre[1] - 2), 0.48 * radius, (226, 230, 236))
        canvas.disc(centre, 0.20 * radius, (250, 250, 248))
    _running_line(canvas, style, (222, 226, 230))
    return _texture(canvas)


@lru_cache(maxsize=8)
def _head_glow(style: str, lights: str) -> Texture:
    canvas = Canvas(WIDTH, HEIGHT, BLACK)
    _running_line(canvas, style, (255, 255, 255) if lights == "day" else (190, 190, 190))
    if lights == "night":
        centre, radius = _bowls(style)[0]
        canvas.disc(centre, radius, (120, 116, 106))
        canvas.disc(centre, 0.6 * radius, (255, 250, 236))
    return _texture(canvas)


@lru_cache(maxsize=4)
def _tail(style: str) -> Texture:
    canvas = Canvas(WIDTH, HEIGHT, (142, 6, 9))
    for x in range(0, WIDTH, 12):
        canvas.line([(x, 0), (x, HEIGHT)], 1.2, (110, 4, 7))
    if style == "banded":
        canvas.rectangle(0, 58, WIDTH, 78, (206, 204, 200))
        canvas.rectangle(110, 58, WIDTH, 78, (212, 110, 20))
    elif style == "ring":
        for x in (56, 136):
            canvas.ring((x, 48), (30, 30), 9, (196, 24, 22))
            canvas.disc((x, 48), 13, (160, 150, 148))
    else:
        canvas.rectangle(14, 62, 92, 84, (198, 190, 188), 4)
    _tail_line(canvas, style, (205, 30, 26))
    for y in (0.0, HEIGHT - 5.0):
        canvas.rectangle(0, y, WIDTH, y + 5, (40, 3, 4))
    return _texture(canvas)


def _tail_line(canvas: Canvas, style: str, ink: Ink) -> None:
    if style == "ring":
        for x in (56, 136):
            canvas.ring((x, 48), (30, 30), 9, ink)
    else:
        canvas.line([(12, 22), (176, 18), (180, 48)], 12, ink)


@lru_cache(maxsize=4)
def _tail_glow(style: str) -> Texture:
    canvas = Canvas(WIDTH, HEIGHT, (60, 2, 2))
    _tail_line(canvas, style, (255, 40, 30))
    return _texture(canvas)
