"""Shades, bulbs and cords of lamps."""

from __future__ import annotations

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.finishes import fabric
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import tube_along

LinearColour = tuple[float, float, float]

__all__ = ["bulb", "bulb_material", "cloth_shade_material", "cord", "shade"]


def shade(
    low_radius: float, high_radius: float, low: float, high: float, thickness: float = 0.0025, segments: int = 32
) -> Mesh:
    """Return an open shade about the z axis as a thin closed shell with rolled rims."""
    t = thickness
    outer = [(low_radius, low), (high_radius, high)]
    inner = [(high_radius - t, high), (low_radius - t, low)]
    profile = filleted([*outer, *inner, outer[0]], [0.0, 0.0, 0.0, 0.0, 0.0]).refined(0.12)
    length = 2 * np.pi * low_radius
    return revolve(profile, segments, v_per_metre=1.0).placed_uvs((length, 1.0))


def bulb(radius: float) -> Mesh:
    """Return a bulb about the origin that hangs down from its cap at z = 0."""
    profile = filleted(
        [
            (0.0, -2.9 * radius),
            (0.75 * radius, -2.9 * radius),
            (radius, -2.0 * radius),
            (0.5 * radius, -0.6 * radius),
            (0.42 * radius, 0.0),
            (0.0, 0.0),
        ],
        [0.0, 0.7 * radius, 0.8 * radius, 0.4 * radius, 0.02 * radius, 0.0],
    )
    return revolve(profile, 16)


def bulb_material(lit: bool) -> Material:
    """Return frosted glass that glows where `lit`."""
    # A 60 W equivalent of 800 lm over a frosted bulb of 60 mm has roughly 20 000 cd/m2.
    glow = (21000.0, 17000.0, 11000.0) if lit else (0.0, 0.0, 0.0)
    return Material(name="bulb", base_colour=(0.82, 0.81, 0.77, 1.0), roughness=0.3, emissive=glow)


def cloth_shade_material(colour: LinearColour, seed: int, lit: bool) -> Material:
    """Return the cloth of a shade, shining through where `lit`."""
    plain = fabric("shade", "linen", colour, seed)
    glow = (
        tuple(float(1500.0 * c * f) for c, f in zip(colour, (1.0, 0.84, 0.58), strict=True)) if lit else (0.0, 0.0, 0.0)
    )
    return Material(
        name="shade",
        base_colour=plain.base_colour,
        base_colour_map=plain.base_colour_map,
        normal_map=plain.normal_map,
        metallic_roughness_map=plain.metallic_roughness_map,
        roughness=1.0,
        emissive=(glow[0], glow[1], glow[2]),
    )


def cord(points_k3: Floats, radius: float = 0.003) -> Mesh:
    """Return a mains cord along points."""
    return tube_along(points_k3, radius, 6)
