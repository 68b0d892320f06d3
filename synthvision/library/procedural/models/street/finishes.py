"""Materials and small parts that things in a street share: paint with rust, zinc, concrete, plastic, foot plates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import (
    cell_noise,
    encode_srgb,
    fbm,
    jittered_points,
    make_texture,
    normal_map,
    quantise,
    smoothstep,
    white_noise,
)
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted, rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude, revolve
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = [
    "Paint",
    "cast_concrete",
    "foot_plate",
    "galvanised",
    "lamp_material",
    "lathe",
    "moulded_plastic",
    "over_height",
    "painted_steel",
    "rubber",
    "worn_steel",
]

LinearColour = tuple[float, float, float]
Paint = tuple[LinearColour, int, float, float]
"""Colour, seed of wear, dirt and scuff."""

RUST: LinearColour = (0.13, 0.045, 0.018)


def painted_steel(name: str, paint: Paint, *, metallic: float = 0.0, clearcoat: float = 0.35) -> Material:
    """Return paint on steel: dirt towards the ground, and rust where it is scratched."""
    colour, seed, dirt, scuff = paint
    return Material(
        name=name,
        base_colour_map=worn_paint(
            colour, seed, dirt=_step(dirt), scuff=_step(scuff), foot_dirt=0.6 * _step(dirt), scuff_colour=RUST
        ),
        metallic=metallic,
        roughness=0.55,
        metallic_roughness_map=roughness_map(seed, 0.4),
        clearcoat=clearcoat,
        clearcoat_roughness=0.2,
    )


def moulded_plastic(name: str, paint: Paint, *, fade: float = 0.15, roughness: float = 0.6) -> Material:
    """Return coloured plastic that has stood in the sun, with pale scratches."""
    colour, seed, dirt, scuff = paint
    return Material(
        name=name,
        base_colour_map=worn_paint(
            colour, seed, dirt=_step(dirt), scuff=_step(scuff), fade=fade, foot_dirt=0.7 * _step(dirt)
        ),
        roughness=roughness,
        metallic_roughness_map=roughness_map(seed, 0.3),
    )


def rubber(name: str, seed: int, dirt: float) -> Material:
    """Return black rubber with the dust of a road."""
    return Material(
        name=name,
        base_colour_map=worn_paint(
            (0.024, 0.023, 0.022), seed % 2, dirt=0.25 + 0.5 * _step(dirt), scuff=0.25, scuff_colour=(0.1, 0.095, 0.09)
        ),
        roughness=0.88,
        metallic_roughness_map=roughness_map(seed % 2 + 3, 0.2),
    )


def galvanised(name: str, seed: int) -> Material:
    """Return hot-dip galvanised steel with the pattern of its crystals."""
    colour, rough = _zinc(seed % 2)
    return Material(name=name, base_colour_map=colour, metallic=1.0, roughness=1.0, metallic_roughness_map=rough)


def worn_steel(name: str, seed: int) -> Material:
    """Return bare dark metal such as hinges, bolts and cast brackets."""
    return Material(
        name=name,
        base_colour=(0.22, 0.21, 0.2, 1.0),
        metallic=0.9,
        roughness=0.55,
        metallic_roughness_map=roughness_map(seed, 0.35),
    )


def cast_concrete(name: str, seed: int) -> Material:
    """Return concrete with pores and streaks; one repeat of its image is a metre."""
    colour, rough, relief = _concrete(seed % 2)
    return Material(name=name, base_colour_map=colour, metallic_roughness_map=rough, normal_map=relief, roughness=1.0)


def lamp_material(name: str, colour: LinearColour, luminance_cd_m2: float = 0.0) -> Material:
    """Return a lens or diffuser that shines with the given luminance."""
    return Material(
        name=name,
        base_colour=(*colour, 1.0),
        roughness=0.18,
        clearcoat=0.5,
        clearcoat_roughness=0.05,
        emissive=tuple(channel * luminance_cd_m2 for channel in _glow(colour)),  # type: ignore[arg-type]
    )


def over_height(mesh: Mesh, height_m: float, around_m: float = 1.0) -> Mesh:
    """Return the mesh with texture coordinates for worn paint: v = 1 at the ground and 0 at `height_m`.

    Args:
        mesh: In its final place.
        height_m: Height of the whole object.
        around_m: Metres of one repeat along u.
    """
    x, y, z = mesh.positions_n3.T
    nx, ny, nz = np.abs(mesh.normals_n3.T)
    sideways = np.where((nx >= ny) & (nx >= nz), y, x)
    # Level faces get their streaks from y, near the level they lie at.
    fall = np.where((nz > nx) & (nz > ny), 0.35 * y, 0.0)
    v = np.clip(1.0 - (z + fall) / height_m, 0.005, 0.995)
    return mesh.with_uvs(np.stack([sideways / around_m, v], axis=1))


def lathe(points_k2: Sequence[tuple[float, float]], radii_m: Sequence[float] | float, segments: int) -> Mesh:
    """Return a turned solid from its outline, bottom to top, with rounded corners.

    Narrow roundings get few steps: street furniture is seen from metres away.
    """
    return revolve(filleted(points_k2, radii_m, step_rad=0.55, tolerance_m=4e-4), segments)


def foot_plate(size_m: float, thick_m: float = 0.018, *, rounded: bool = False) -> Mesh:
    """Return a plate on the ground with four anchor bolts and their nuts."""
    corner = 0.499 * size_m if rounded else 0.06 * size_m
    plate = extrude(rounded_rectangle(size_m, size_m, corner, 6 if rounded else 2), 0.0, thick_m, bevel_m=0.004)
    reach = (0.28 if rounded else 0.36) * size_m
    places: Floats = np.array([(a * reach, b * reach, 0.0) for a in (-1, 1) for b in (-1, 1)])
    bolts = rods(places, np.add(places, (0.0, 0.0, thick_m + 0.035)), 0.008, 6)
    nuts = rods(places, np.add(places, (0.0, 0.0, thick_m + 0.016)), 0.016, 6)
    return join([plate, bolts, nuts])


def _step(amount: float) -> float:
    """Wear in quarters, so that things of one colour share textures."""
    return round(4 * amount) / 4


def _glow(colour: LinearColour) -> LinearColour:
    """The hue of a lens at full strength."""
    peak = max(*colour, 1e-3)
    return colour[0] / peak, colour[1] / peak, colour[2] / peak


@lru_cache(maxsize=2)
def _zinc(seed: int) -> tuple[Texture, Texture]:
    rng = rng_for(seed, 0, "street.zinc")
    shape = (256, 256)
    points = jittered_points(rng, (44, 44), 1.0)
    _, _, piece = cell_noise(points, shape)
    own = rng.normal(0, 1, len(points)).astype(np.float32)[piece]
    clouds = fbm(rng, shape, (3, 3), 5, 0.55)
    stain = smoothstep(0.9, 2.4, fbm(rng, shape, (2, 20), 4, 0.6))
    tone = 0.5 * (1 + 0.04 * own + 0.06 * clouds) * (1 - 0.35 * stain)
    colour = np.stack([tone, tone * 1.01, tone * 1.025], axis=-1)
    rough = 0.48 + 0.015 * own + 0.04 * clouds + 0.25 * stain
    full = np.full(shape, 255, np.uint8)
    packed = cv2.merge([full, quantise(rough), full])
    return make_texture(encode_srgb(colour), is_srgb=True), make_texture(packed, is_srgb=False)


@lru_cache(maxsize=2)
def _concrete(seed: int) -> tuple[Texture, Texture, Texture]:
    rng = rng_for(seed, 0, "street.concrete")
    shape = (512, 512)
    clouds, grain = fbm(rng, shape, (3, 3), 6, 0.6), white_noise(rng, shape)
    pores = smoothstep(2.1, 2.7, fbm(rng, shape, (60, 60), 2))
    streaks = smoothstep(0.7, 2.4, fbm(rng, shape, (2, 28), 4, 0.6))
    tone = 0.36 * (1 + 0.09 * clouds + 0.05 * grain) * (1 - 0.35 * streaks) * (1 - 0.55 * pores)
    colour = np.stack([tone, tone * 0.985, tone * 0.945], axis=-1)
    height = np.asarray(0.0006 * grain + 0.001 * clouds - 0.004 * pores, np.float32)
    full = np.full(shape, 255, np.uint8)
    packed = cv2.merge([full, quantise(0.9 + 0.03 * clouds), full])
    return (
        make_texture(encode_srgb(colour), is_srgb=True),
        make_texture(packed, is_srgb=False),
        make_texture(normal_map(height, 1.0 / 512), is_srgb=False),
    )
