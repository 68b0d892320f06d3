"""Cushions, arms and legs of seats and beds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.library.model import Material
from synthvision.library.parameters import Colour
from synthvision.library.procedural.finishes import FABRIC_M, metal, timber
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.cushions import Cushion, cushion, cushion_piping
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["FABRIC_COLOURS", "cloth_uvs", "furniture_legs", "padded", "soft_block", "wood_or_metal"]

FABRIC_COLOURS = Colour(
    (
        (0.3, 0.3, 0.29),
        (0.12, 0.125, 0.13),
        (0.42, 0.35, 0.26),
        (0.55, 0.5, 0.42),
        (0.03, 0.06, 0.14),
        (0.05, 0.13, 0.12),
        (0.32, 0.07, 0.04),
        (0.4, 0.22, 0.05),
        (0.1, 0.16, 0.07),
        (0.16, 0.09, 0.05),
        (0.04, 0.04, 0.042),
    ),
    0.15,
)


def cloth_uvs(mesh: Mesh) -> Mesh:
    """Return a mesh whose texture coordinates are metres in repeats of upholstery."""
    return mesh.placed_uvs((1 / FABRIC_M, 1 / FABRIC_M))


def soft_block(size: tuple[float, float, float], radius: float, crown: float, *, cells: int = 4) -> Mesh:
    """Return a firm padded block about the origin, such as an arm or a back: round edges, faces a little domed."""
    half = np.array(size) / 2

    def move(points: Floats) -> Floats:
        x, y, z = (np.clip(points / half, -1, 1)).T
        flat_x, flat_y, flat_z = 1 - x * x, 1 - y * y, 1 - z * z
        return shifted(points, crown * x * flat_y * flat_z, crown * y * flat_x * flat_z, crown * z * flat_x * flat_y)

    return deformed(rounded_box(size, min(radius, 0.49 * min(size)), 2, cells), move)


def padded(
    shape: Cushion, seed: int, turn_33: Floats, place: Sequence[float], *, piping: bool
) -> tuple[Mesh, Mesh | None]:
    """Return a cushion in its place, and the cord of its seam or None."""
    body = cushion(shape, seed).turned(turn_33).moved(place)
    if not piping:
        return body, None
    cord = join([cushion_piping(shape, seed, share) for share in (0.62,)])
    return body, cord.turned(turn_33).moved(place)


def furniture_legs(places: Sequence[tuple[float, float]], top: float, style: str, spread: float = 0.0) -> Mesh:
    """Return legs under a seat: ``tapered`` and splayed, ``block`` feet or a thin ``rod``.

    Args:
        places: x and y where legs meet the seat.
        top: Height where they meet it.
        style: See above.
        spread: How far feet stand out, metres.
    """
    starts, ends, wide = [], [], []
    steps = 3 if style == "tapered" else 1
    for x, y in places:
        out = np.array([np.sign(x), np.sign(y), 0.0]) * spread
        foot, head = np.array([x, y, 0.0]) + out, np.array([x, y, top + 0.012])
        for k in range(steps):
            starts.append(foot + (head - foot) * k / steps)
            ends.append(foot + (head - foot) * (k + 1) / steps)
            wide.append({"tapered": 0.013 + 0.006 * k, "block": 0.03, "rod": 0.009}[style])
    return rods(np.array(starts), np.array(ends), np.array(wide), 12)


def wood_or_metal(name: str, finish: str, seed: int) -> Material:
    """Return the material of legs and frames by a word: a species of wood, or a metal."""
    if finish in ("black", "chrome", "brushed", "brass"):
        return metal(name, finish, seed, dirt=0.1)
    return timber(name, finish, seed, roughness=0.5, varnish=0.25)
