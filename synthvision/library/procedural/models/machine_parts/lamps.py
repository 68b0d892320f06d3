"""What lights for machine vision share: LEDs behind a diffuser, anodised housings, cables with glands."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.assembly import LinearColour, opaque
from synthvision.library.procedural.models.machine_parts.finishes import charted, lathed, metal, plastic
from synthvision.library.procedural.noise import encode_srgb, make_texture
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.rods import bent_path, tube_along

__all__ = ["LED_COLOURS", "anodised", "cable", "diffuser", "gland"]

#: What LEDs send out, linear and relative.
LED_COLOURS: dict[str, LinearColour] = {
    "white": (1.0, 0.97, 0.92),
    "red": (1.0, 0.03, 0.01),
    "blue": (0.03, 0.12, 1.0),
    "green": (0.04, 1.0, 0.12),
    "infrared": (0.25, 0.0, 0.012),
}


def diffuser(colour: str, lit: bool, luminance_cd_m2: float, *, spots: bool) -> Material:
    """Return the opal screen in front of the LEDs.

    Args:
        colour: One of `LED_COLOURS`.
        lit: Whether it is switched on.
        luminance_cd_m2: Of the screen when it is.
        spots: LEDs show through; texture coordinates count LEDs.
    """
    light = np.array(LED_COLOURS[colour]) * luminance_cd_m2 if lit else np.zeros(3)
    r, g, b = (float(v) for v in light)
    return Material(
        name="screen",
        base_colour=opaque((0.72, 0.72, 0.7)),
        base_colour_map=_spot_map(0.55) if spots else None,
        roughness=0.4,
        emissive=(r, g, b),
        emissive_map=_spot_map(0.25) if spots else None,
        clearcoat=0.3,
        clearcoat_roughness=0.15,
    )


@lru_cache(maxsize=4)
def _spot_map(between: float) -> Texture:
    """One LED in the middle of a tile: bright, its surroundings `between` as bright."""
    y, x = (np.mgrid[0:64, 0:64].astype(np.float32) + 0.5) / 64 - 0.5
    glow = between + (1 - between) * np.exp(-(x * x + y * y) / 0.028)
    return make_texture(encode_srgb(np.repeat(glow[:, :, None], 3, axis=2)), is_srgb=True)


def anodised(seed: int, colour: str = "black") -> Material:
    """Return the anodised aluminium of a housing."""
    tone = {"black": (0.03, 0.03, 0.033), "silver": (0.66, 0.67, 0.68), "blue": (0.03, 0.08, 0.3)}[colour]
    return metal("housing", tone, "blasted", roughness=0.42, seed=seed, marks=0.6)


def gland(radius_m: float) -> Mesh:
    """Return a cable gland along +z from z = 0."""
    r = radius_m
    points = [
        (0.0, -0.4 * r),
        (1.9 * r, -0.4 * r),
        (1.9 * r, 1.2 * r),
        (1.6 * r, 1.4 * r),
        (1.6 * r, 2.6 * r),
        (1.1 * r, 3.2 * r),
        (0.0, 3.2 * r),
    ]
    return lathed(filleted(points, [0.0, 0.0, 0.15 * r, 0.1 * r, 0.3 * r, 0.2 * r, 0.0]), 12)


def cable(points: Floats | list[tuple[float, float, float]], radius_m: float, seed: int) -> tuple[Mesh, Material]:
    """Return a cable along corners that it rounds, and its material."""
    path = bent_path(points, 8 * radius_m, 5)
    colour = (0.025, 0.025, 0.027) if seed % 3 else (0.28, 0.29, 0.3)
    return charted(join([tube_along(path, radius_m, 10)])), plastic("cable", colour, roughness=0.55, seed=seed)
