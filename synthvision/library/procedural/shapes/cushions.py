"""Soft things: cushions that bulge, sag and crumple, with piping along their seams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.rods import tube_along

__all__ = ["Cushion", "cushion", "cushion_piping"]

Size = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Cushion:
    """How a cushion is shaped.

    Args:
        size_xyz: Whole lengths before it bulges.
        radius_m: Radius of its edges.
        crown_m: How far the middle of top and bottom stand out.
        bulge_m: How far the middle of the sides stand out.
        sag_m: How far the top is sat down.
        crumple_m: Height of slow folds.
        pinch: How far edges draw in towards the corners, 0..1, as on a pillow.
        flat_bottom: The underside stays flat.
        cells: Divisions of each face.
    """

    size_xyz: Size
    radius_m: float
    crown_m: float = 0.03
    bulge_m: float = 0.012
    sag_m: float = 0.0
    crumple_m: float = 0.004
    pinch: float = 0.0
    flat_bottom: bool = False
    cells: int = 4


def cushion(shape: Cushion, seed: int) -> Mesh:
    """Return a cushion about the origin, texture coordinates in metres; `seed` is that of its folds."""
    radius = min(shape.radius_m, 0.495 * min(shape.size_xyz))
    return deformed(rounded_box(shape.size_xyz, radius, 2, shape.cells), _softened(shape, seed))


def cushion_piping(shape: Cushion, seed: int, height_share: float, radius_m: float = 0.005) -> Mesh:
    """Return the cord along a seam around the cushion, at a share (-1..1) of its half height."""
    radius = min(shape.radius_m, 0.495 * min(shape.size_xyz))
    size_x, size_y, size_z = shape.size_xyz
    rise = height_share * size_z / 2
    # Where the edge is round the seam lies on the slope, halfway in.
    over = max(abs(rise) - (size_z / 2 - radius), 0.0)
    inset = radius - float(np.sqrt(max(radius**2 - over**2, 0.0)))
    corner = max(radius - inset, 0.004)
    outline = rounded_rectangle(size_x - 2 * inset, size_y - 2 * inset, corner, steps=3).refined(
        max(size_x, size_y) / 6
    )
    path = np.concatenate([outline.points_k2[:-1], np.full((len(outline.points_k2) - 1, 1), rise)], axis=1)
    apart = np.linalg.norm(path - np.roll(path, 1, axis=0), axis=1) > 1e-5
    return tube_along(_softened(shape, seed)(path[apart]), radius_m, 5, closed=True)


def _softened(shape: Cushion, seed: int) -> Callable[[Floats], Floats]:
    half = np.array(shape.size_xyz) / 2
    rng = rng_for(seed, 0, "shapes.cushions.folds")
    waves = rng.normal(0.0, 1.0, (5, 3)) * np.array([9.0, 9.0, 5.0])
    phases = rng.uniform(0, 2 * np.pi, 5)
    shift = rng.uniform(-0.25, 0.25, 2)

    def move(points: Floats) -> Floats:
        x, y, z = (points / half).T
        flat = np.clip(1 - x * x, 0, 1) * np.clip(1 - y * y, 0, 1)
        rise = shape.crown_m * flat
        if shape.flat_bottom:
            rise = rise * np.clip(0.5 + 0.5 * z, 0, 1) ** 2
        # People sit a little off the middle.
        seat = np.exp(-((x - shift[0]) ** 2 + (y - shift[1]) ** 2) / 0.28)
        sag = shape.sag_m * seat * np.clip(0.5 + 0.5 * z, 0, 1) ** 2
        folds = np.sin(points @ waves.T + phases).sum(axis=1) * (0.35 * shape.crumple_m)
        lift = np.clip(0.5 + 0.5 * z, 0, 1) if shape.flat_bottom else 1.0
        new_z = points[:, 2] + z * rise - sag + folds * lift * np.abs(z)
        grow_x = shape.bulge_m * np.clip(1 - y * y, 0, 1) * np.clip(1 - z * z, 0, 1) + 0.5 * folds
        grow_y = shape.bulge_m * np.clip(1 - x * x, 0, 1) * np.clip(1 - z * z, 0, 1) + 0.5 * folds
        tuck = shape.pinch * 0.5
        squeeze = 1 - tuck * (x * x + y * y - 0.7 * x * x * y * y)
        new_x = points[:, 0] * (1 - 0.35 * tuck * np.clip(1 - x**2 * y**2, 0, 1) * x**2) + x * grow_x
        new_y = points[:, 1] * (1 - 0.35 * tuck * np.clip(1 - x**2 * y**2, 0, 1) * y**2) + y * grow_y
        return np.stack([new_x, new_y, new_z * squeeze], axis=1)

    return move
