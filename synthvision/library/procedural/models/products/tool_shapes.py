"""Shapes that hand tools share: bars along x whose section changes, grips, outlines of heads. Tools lie along x."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.procedural.models.assembly import lighter
from synthvision.library.procedural.models.products.finishes import metal, rubber, worn_plastic
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, swept_rings
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["arc_points", "bar", "grip", "steel", "wood", "worn_grip"]

LinearColour = tuple[float, float, float]


def bar(
    stations: Sequence[tuple[float, float, float]],
    *,
    sections: int = 20,
    exponent: float = 2.0,
    flutes: tuple[int, float] = (0, 0.0),
    crease_rad: float = 0.6,
) -> Mesh:
    """Return a closed bar along x.

    Args:
        stations: Growing x, half width along y and half height along z.
        sections: Points around.
        exponent: 2 is an ellipse, more is squarer.
        flutes: Number of grooves along it, and their depth as a share of the radius.
        crease_rad: Faces that meet at a larger angle keep a hard edge.
    """
    unit = circle_ring(1.0, sections, exponent=exponent)
    angle = np.arange(sections) * 2 * np.pi / sections
    count, depth = flutes
    wave = (1.0 - depth * (0.5 + 0.5 * np.cos(count * angle)) ** 3)[:, None] if count else 1.0
    rings = []
    for x, half_y, half_z in stations:
        section = unit * wave * [half_y, half_z]
        rings.append(np.concatenate([np.full((sections, 1), x), section], axis=1))
    return loft(np.array(rings), crease_rad=crease_rad)


def grip(path_k2: Floats, half_k2: Floats, middle_z_m: float, *, sections: int = 16, exponent: float = 2.4) -> Mesh:
    """Return a handle along a curve in the plane of a tool.

    Args:
        path_k2: Centre line, x and y, metres.
        half_k2: Half width in the plane and half height along z at each point.
        middle_z_m: Height of the centre line.
        sections: Points around.
        exponent: 2 is an ellipse, more is squarer.
    """
    path = np.concatenate([path_k2, np.full((len(path_k2), 1), middle_z_m)], axis=1)
    unit = circle_ring(1.0, sections, exponent=exponent)
    return loft(swept_rings(path, unit[None] * np.asarray(half_k2)[:, None], (0.0, 0.0, 1.0)), crease_rad=0.7)


def arc_points(centre: tuple[float, float], radius_m: float, start_deg: float, stop_deg: float, count: int) -> Floats:
    """Return points on an arc, float64 (count, 2)."""
    angle = np.radians(np.linspace(start_deg, stop_deg, count))
    return np.asarray(np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius_m + np.asarray(centre), np.float64)


def steel(name: str, finish: str, seed: int) -> Material:
    """Return tool steel: ``chrome``, ``ground``, ``black`` or ``rusty``."""
    if finish == "rusty":
        return Material(
            name=name,
            base_colour_map=worn_paint(
                (0.34, 0.31, 0.28), seed, dirt=0.75, scuff=0.5, smears=0.6, dirt_colour=(0.16, 0.055, 0.018)
            ),
            metallic=0.55,
            roughness=0.62,
            metallic_roughness_map=roughness_map(seed, 0.4),
        )
    tint, rough = {
        "chrome": ((0.78, 0.78, 0.79), 0.27),
        "ground": ((0.56, 0.555, 0.54), 0.36),
        "black": ((0.06, 0.058, 0.056), 0.42),
    }[finish]
    return metal(name, tint, rough, seed)


def wood(name: str, tone: LinearColour, seed: int, dirt: float) -> Material:
    """Return varnished wood with grain along v of a bar, darkened by hands."""
    shade = float(rng_for(seed, 0, "tool.wood").uniform(0.85, 1.1))
    return Material(
        name=name,
        base_colour_map=worn_paint(
            lighter(tone, shade),
            seed,
            dirt=round(4 * dirt) / 4,
            scuff=0.5,
            smears=0.8,
            dirt_colour=(0.06, 0.035, 0.015),
        ),
        roughness=0.5,
        metallic_roughness_map=roughness_map(seed, 0.3),
        clearcoat=0.25,
        clearcoat_roughness=0.3,
    )


def worn_grip(name: str, colour: LinearColour, seed: int, dirt: float, *, soft: bool = True) -> Material:
    """Return the plastic or rubber of a handle."""
    if soft and dirt < 0.15:
        return rubber(name, colour, seed)
    return worn_plastic(name, colour, seed, dirt=dirt, scuff=0.5, roughness=0.7 if soft else 0.42)
