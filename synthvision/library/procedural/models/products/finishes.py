"""Materials that products share: metals, plastics, rubber, printed wraps of round things."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.assembly import lighter, opaque
from synthvision.library.procedural.models.products.printing import worn_art
from synthvision.library.procedural.prints.labels import DESIGNS, wrap_label
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["ALUMINIUM", "STEEL", "front_forward", "metal", "plastic", "round_print", "rubber", "worn_plastic"]

LinearColour = tuple[float, float, float]
STEEL: LinearColour = (0.62, 0.615, 0.6)
ALUMINIUM: LinearColour = (0.8, 0.805, 0.815)


def metal(name: str, tint: LinearColour, roughness: float, seed: int = 0) -> Material:
    """Return bare metal with smudges."""
    return Material(
        name=name,
        base_colour=opaque(tint),
        metallic=1.0,
        roughness=roughness,
        metallic_roughness_map=roughness_map(seed, 0.4),
    )


def plastic(name: str, colour: LinearColour, roughness: float = 0.4, seed: int = 0) -> Material:
    """Return clean moulded plastic."""
    return Material(
        name=name, base_colour=opaque(colour), roughness=roughness, metallic_roughness_map=roughness_map(seed, 0.25)
    )


def worn_plastic(
    name: str, colour: LinearColour, seed: int, *, dirt: float, scuff: float, roughness: float = 0.45
) -> Material:
    """Return plastic that has been handled: scuffs, dirt, uneven gloss. Amounts are taken in coarse steps."""
    dirt, scuff = round(4 * dirt) / 4, round(2 * scuff) / 2
    return Material(
        name=name,
        base_colour_map=worn_paint(colour, seed, dirt=dirt, scuff=scuff, smears=0.3, scuff_colour=lighter(colour, 1.7)),
        roughness=roughness,
        metallic_roughness_map=roughness_map(seed, 0.35),
    )


def rubber(name: str, colour: LinearColour, seed: int = 0) -> Material:
    """Return soft dull plastic or rubber, as grips have it."""
    return Material(
        name=name, base_colour=opaque(colour), roughness=0.78, metallic_roughness_map=roughness_map(seed, 0.2)
    )


@lru_cache(maxsize=32)
def round_print(design: int, rows: int, fronts: int, seed: int, dirt: float) -> Texture:
    """Return the worn print of a label that goes round, 512 columns."""
    return worn_art(wrap_label(design % DESIGNS, 512, rows, fronts).astype(np.float32), seed, dirt)


def front_forward(mesh: Mesh, fronts: int) -> Mesh:
    """Return a loft or surface of revolution with u shifted so that a front of `round_print` faces +x."""
    return mesh.placed_uvs((1.0, 1.0), (0.5 / fronts, 0.0))
