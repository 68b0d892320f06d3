"""Stems and leaves of fruit."""

from __future__ import annotations

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.procedural.shapes.lofts import loft
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.shapes.rods import tube_along
from synthvision.library.procedural.shapes.shells import thick_sheet

__all__ = ["button", "leaf", "stem"]


def stem(low_m: float, length_m: float, radius_m: float, seed: int) -> Mesh:
    """Return a thin bent stalk that rises from a height on the z axis."""
    yaw = float(rng_for(seed, 0, "fruit.stem").uniform(0, 2 * np.pi))
    t = np.linspace(0.0, 1.0, 6)
    side = 0.28 * length_m * t**2
    path = np.stack([side * np.cos(yaw), side * np.sin(yaw), low_m + length_m * t], axis=1)
    return tube_along(path, radius_m, 8)


def leaf(length_m: float, width_m: float, seed: int) -> Mesh:
    """Return a leaf with a folded middle that points along +x from the origin."""
    curl = float(rng_for(seed, 0, "fruit.leaf").uniform(-0.3, 0.5))
    t = np.linspace(0.0, 1.0, 12)[None, :]
    s = np.linspace(-1.0, 1.0, 7)[:, None]
    half = 0.5 * width_m * np.sin(np.pi * t**0.8) ** 0.8 + 0.0004
    x, y = length_m * t + 0.0 * s, s * half
    z = 0.3 * np.abs(y) - curl * length_m * t**2 + 0.0 * s
    upper = np.stack(np.broadcast_arrays(x, y, z + 0.0003), axis=-1)
    return thick_sheet(upper, upper - [0.0, 0.0, 0.0006])


def button(radius_m: float) -> Mesh:
    """Return the small green star where an orange hung, its underside at z = 0."""
    angle = np.arange(20) * 2 * np.pi / 20
    star = 1.0 + 0.22 * np.cos(5 * angle)
    rings = []
    for share, z in ((1.0, -0.0015), (1.0, 0.0003), (0.8, 0.0009), (0.35, 0.0011), (0.3, 0.0022), (0.2, 0.0025)):
        grown = star if share > 0.5 else np.ones(20)
        rings.append(
            np.stack(
                [radius_m * share * grown * np.cos(angle), radius_m * share * grown * np.sin(angle), np.full(20, z)],
                axis=1,
            )
        )
    return loft(np.array(rings), crease_rad=0.6)
