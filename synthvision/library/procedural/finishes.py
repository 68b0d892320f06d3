"""Materials of made things: worn paint, bare metals, plastics, rubber, wood, upholstery, glass.

Their maps repeat every `TILE_UV` metres, so that one mesh whose texture coordinates are metres (`in_tiles`) takes any.
Colours are factors over shared maps where that is possible, so that many colours need few textures.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import (
    Image,
    blur,
    cell_noise,
    encode_srgb,
    fbm,
    jittered_points,
    make_texture,
    normal_map,
    quantise,
    smoothstep,
    value_noise,
)
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.timber import board_maps
from synthvision.library.procedural.wear import wear_masks

__all__ = [
    "FABRICS",
    "TILE_UV",
    "dark_glass",
    "fabric",
    "in_tiles",
    "metal",
    "painted",
    "plastic",
    "print_on",
    "rubber",
    "soiled",
    "timber",
    "wooden_uvs",
]

LinearColour = tuple[float, float, float]
TILE_UV = (0.8, 0.4)
SEEDS = 4
FABRIC_M = 0.4
FABRICS = ("linen", "melange", "boucle", "corduroy", "velvet", "leather")
WOOD_M = 0.5

#: Colour (linear), roughness, strength of the pattern in it.
_METALS: dict[str, tuple[LinearColour, float, float]] = {
    "steel": ((0.56, 0.55, 0.53), 0.42, 0.25),
    "brushed": ((0.58, 0.57, 0.55), 0.33, 0.12),
    "galvanised": ((0.52, 0.53, 0.53), 0.5, 0.5),
    "chrome": ((0.66, 0.67, 0.68), 0.12, 0.12),
    "aluminium": ((0.76, 0.76, 0.76), 0.4, 0.18),
    "brass": ((0.72, 0.52, 0.22), 0.3, 0.25),
    "copper": ((0.72, 0.40, 0.28), 0.35, 0.3),
    "black": ((0.11, 0.11, 0.112), 0.5, 0.2),
    "rusty": ((0.24, 0.13, 0.08), 0.75, 0.6),
}


def in_tiles(mesh: Mesh, seed: int = 0) -> Mesh:
    """Return a mesh whose texture coordinates are metres in repeats of the maps of this module."""
    offset = rng_for(seed, 0, "procedural.finishes.offset").uniform(0, 1, 2)
    return mesh.placed_uvs((1 / TILE_UV[0], 1 / TILE_UV[1]), (float(offset[0]), float(offset[1])))


def wooden_uvs(mesh: Mesh) -> Mesh:
    """Return a mesh whose texture coordinates are metres, u along the grain, in repeats of wood."""
    return mesh.placed_uvs((1 / WOOD_M, 1 / WOOD_M))


def soiled(mesh: Mesh, low_m: float, high_m: float, amount: float, tint: LinearColour = (0.42, 0.38, 0.33)) -> Mesh:
    """Return a mesh darkened towards the ground, as dust and splashes do.

    Args:
        mesh: What to tint.
        low_m: Height where it is darkest.
        high_m: Height where it is clean.
        amount: 0..1.
        tint: Factor at the darkest place.
    """
    share = np.clip((high_m - mesh.positions_n3[:, 2:]) / (high_m - low_m), 0.0, 1.0) ** 1.5 * amount
    return mesh.tinted(1.0 + (np.array([tint]) - 1.0) * share)


def painted(
    name: str,
    colour: LinearColour,
    seed: int,
    *,
    wear: float = 0.3,
    dirt: float = 0.3,
    roughness: float = 0.42,
    coat: float = 0.35,
) -> Material:
    """Return enamelled or powder-coated metal; `wear` chips it down to rusty steel, `dirt` greys it."""
    step_wear, step_dirt = round(4 * wear) / 4, round(4 * dirt) / 4
    colour = (round(colour[0], 3), round(colour[1], 3), round(colour[2], 3))
    return Material(
        name=name,
        base_colour_map=_paint_map(colour, seed % SEEDS, step_wear, step_dirt),
        metallic_roughness_map=_paint_rough(seed % SEEDS, step_wear),
        normal_map=_paint_normals(seed % SEEDS),
        normal_scale=0.5,
        roughness=roughness,
        clearcoat=coat * (1 - 0.5 * dirt),
        clearcoat_roughness=0.2,
    )


def metal(name: str, kind: str, seed: int, *, dirt: float = 0.2, roughness: float | None = None) -> Material:
    """Return bare metal of a kind: steel, brushed, galvanised, chrome, aluminium, brass, copper, black, rusty."""
    colour, rough, strength = _METALS[kind]
    return Material(
        name=name,
        base_colour=(*colour, 1.0),
        base_colour_map=_metal_map(seed % SEEDS, strength, round(4 * dirt) / 4, kind == "galvanised"),
        metallic=0.35 if kind == "rusty" else 1.0,
        roughness=min(1.0, (rough if roughness is None else roughness) * 1.15),
        metallic_roughness_map=_metal_rough(seed % SEEDS),
    )


def plastic(
    name: str, colour: LinearColour, seed: int, *, dirt: float = 0.2, roughness: float = 0.45, grain: float = 1.0
) -> Material:
    """Return moulded plastic with a fine grain, scratches and dirt."""
    return Material(
        name=name,
        base_colour=(*colour, 1.0),
        base_colour_map=_neutral_map(seed % SEEDS, round(4 * dirt) / 4),
        roughness=min(1.0, roughness * 1.1),
        metallic_roughness_map=_metal_rough(seed % SEEDS),
        normal_map=_grain_normals(),
        normal_scale=0.6 * grain,
    )


def rubber(name: str, seed: int, *, dirt: float = 0.4) -> Material:
    """Return black rubber, dusty."""
    return plastic(name, (0.028, 0.027, 0.026), seed, dirt=dirt, roughness=0.82)


def timber(
    name: str,
    species: str,
    seed: int,
    *,
    dirt: float = 0.0,
    roughness: float = 0.6,
    varnish: float = 0.0,
    staves: int = 0,
    tint: LinearColour = (1.0, 1.0, 1.0),
) -> Material:
    """Return planed wood for meshes with `wooden_uvs`; `varnish` is the strength of a clear coat."""
    maps = board_maps(species, seed % 2, 0.75 if dirt > 0.6 else 0.4 if dirt > 0.25 else 0.0, staves)
    return Material(
        name=name,
        base_colour=(*tint, 1.0),
        base_colour_map=maps.colour,
        normal_map=maps.normal,
        metallic_roughness_map=maps.rough,
        roughness=roughness,
        normal_scale=1.3 - varnish,
        clearcoat=varnish,
        clearcoat_roughness=0.2,
    )


def fabric(name: str, weave: str, colour: LinearColour, seed: int) -> Material:
    """Return upholstery of one of `FABRICS` for meshes whose texture coordinates are multiplied by 1 / `FABRIC_M`."""
    colours, normals, rough = _fabric_maps(weave, seed % 2)
    leather = weave == "leather"
    return Material(
        name=name,
        base_colour=(*colour, 1.0),
        base_colour_map=colours,
        normal_map=normals,
        metallic_roughness_map=rough,
        roughness=0.5 if leather else 1.0,
        clearcoat=0.2 if leather else 0.0,
        clearcoat_roughness=0.35,
    )


def dark_glass(name: str, *, tint: LinearColour = (0.02, 0.022, 0.025), roughness: float = 0.06) -> Material:
    """Return opaque glossy black, as a window or a screen that is off looks from outside."""
    return Material(name=name, base_colour=(*tint, 1.0), roughness=roughness, clearcoat=1.0, clearcoat_roughness=0.03)


def print_on(name: str, texture: Texture, *, roughness: float = 0.55, mask: bool = False) -> Material:
    """Return a printed sheet, seen from both sides; with `mask` its alpha cuts it out."""
    return Material(
        name=name,
        base_colour_map=texture,
        roughness=roughness,
        double_sided=True,
        alpha_mode="mask" if mask else "opaque",
    )


def _tinted_layers(base: Image, layers: list[tuple[NDArray[Any], LinearColour]], colour: LinearColour) -> Texture:
    image = base[:, :, None] * np.array(colour, np.float32)
    for weight, ink in layers:
        image += (np.array(ink, np.float32) - image) * weight[:, :, None]
    return make_texture(encode_srgb(image), is_srgb=True)


@lru_cache(maxsize=8)
def _chips(seed: int, wear: float) -> tuple[Image, Image]:
    """Where paint is gone, and the rust that bleeds around it."""
    rng = rng_for(seed, 0, "procedural.finishes.chips")
    where = fbm(rng, (256, 512), (3, 5), 5, 0.62) + 0.6 * fbm(rng, (256, 512), (24, 40), 3, 0.6)
    # Things that never stand outdoors do not chip at all.
    edge = 3.2 - 1.7 * wear if wear > 0 else 99.0
    gone = smoothstep(edge, edge + 0.15, where)
    return gone, np.clip(blur(gone, 3.0, 7.0) * 1.4, 0, 1)


@lru_cache(maxsize=48)
def _paint_map(colour: LinearColour, seed: int, wear: float, dirt: float) -> Texture:
    masks = wear_masks(seed)
    gone, bleed = _chips(seed, wear)
    soil = np.clip(dirt * (0.12 + 0.6 * masks.grime + 0.8 * masks.specks), 0, 0.85)
    light = tuple(float(0.45 * c + 0.28) for c in colour)
    rust = (0.17, 0.07, 0.03)
    return _tinted_layers(
        0.9 + 0.2 * masks.cloud,
        [
            (np.clip(masks.scratches * 0.8 * wear, 0, 0.7), (light[0], light[1], light[2])),
            (0.6 * bleed, rust),
            (gone, (0.13, 0.085, 0.06)),
            (soil, (0.11, 0.095, 0.075)),
            (np.clip(masks.smear * 0.6 * dirt, 0, 0.7), (0.03, 0.029, 0.028)),
        ],
        colour,
    )


@lru_cache(maxsize=12)
def _paint_rough(seed: int, wear: float) -> Texture:
    masks = wear_masks(seed)
    gone, _ = _chips(seed, wear)
    rough = np.clip(0.72 + 0.2 * masks.grime + 0.15 * masks.scratches + 0.3 * gone, 0, 1)
    full = np.full(rough.shape, 255, np.uint8)
    return make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False)


@lru_cache(maxsize=4)
def _paint_normals(seed: int) -> Texture:
    """Orange peel and the slow unevenness of sheet metal."""
    rng = rng_for(seed, 0, "procedural.finishes.peel")
    height = 0.00006 * value_noise(rng, (128, 256), (24, 48)) + 0.00022 * value_noise(rng, (128, 256), (4, 8))
    return make_texture(normal_map(np.asarray(height, np.float32), TILE_UV[0] / 256), is_srgb=False)


@lru_cache(maxsize=24)
def _metal_map(seed: int, strength: float, dirt: float, spangled: bool) -> Texture:
    masks = wear_masks(seed)
    base = 1.0 - strength * (0.35 * masks.grime + 0.3 * (1 - masks.cloud) + 0.3 * masks.scratches)
    if spangled:
        rng = rng_for(seed, 0, "procedural.finishes.spangles")
        points = jittered_points(rng, (16, 32), 0.9)
        _, _, owner = cell_noise(points, (256, 512))
        tone = rng.uniform(-1, 1, int(owner.max()) + 1).astype(np.float32)[owner]
        base = base * (1 + 0.16 * tone)
    soil = np.clip(dirt * (0.7 * masks.grime + 0.5 * masks.specks + 0.6 * masks.smear), 0, 0.8)
    return _tinted_layers(np.asarray(np.clip(base, 0, 1), np.float32), [(soil, (0.16, 0.13, 0.1))], (1.0, 1.0, 1.0))


@lru_cache(maxsize=4)
def _metal_rough(seed: int) -> Texture:
    masks = wear_masks(seed)
    rough = np.clip(0.78 + 0.22 * masks.grime + 0.12 * masks.cloud + 0.2 * blur(masks.scratches, 0.7), 0, 1)
    full = np.full(rough.shape, 255, np.uint8)
    return make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False)


@lru_cache(maxsize=20)
def _neutral_map(seed: int, dirt: float) -> Texture:
    masks = wear_masks(seed)
    soil = np.clip(dirt * (0.1 + 0.55 * masks.grime + 0.7 * masks.specks + 0.4 * masks.smear), 0, 0.75)
    # Over a dark factor dust can only be hinted at by keeping clean places under 1.
    base = 0.86 + 0.14 * masks.cloud - 0.1 * masks.scratches
    return _tinted_layers(np.asarray(base, np.float32), [(soil, (0.42, 0.38, 0.32))], (1.0, 1.0, 1.0))


@lru_cache(maxsize=1)
def _grain_normals() -> Texture:
    rng = rng_for(0, 0, "procedural.finishes.grain")
    height = 0.00005 * fbm(rng, (256, 512), (64, 128), 2, 0.6) + 0.0001 * value_noise(rng, (256, 512), (4, 8))
    return make_texture(normal_map(np.asarray(height, np.float32), TILE_UV[0] / 512), is_srgb=False)


@lru_cache(maxsize=12)
def _fabric_maps(weave: str, seed: int) -> tuple[Texture, Texture, Texture]:
    """Neutral colours, normals and roughness of upholstery, one repeat `FABRIC_M` wide."""
    size = 384
    rng = rng_for(seed, 0, f"procedural.finishes.fabric.{weave}")
    shape = (size, size)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    folds = fbm(rng, shape, (3, 3), 3, 0.5)
    cloud = fbm(rng, shape, (5, 5), 4, 0.55)
    fine = fbm(rng, shape, (96, 96), 2, 0.7)
    rough = 0.9 + 0.04 * fine
    if weave == "leather":
        _, edge, _ = cell_noise(jittered_points(rng, (56, 56), 0.85), shape)
        crease = np.clip(1 - edge / 1.6, 0, 1)
        height = -0.0005 * crease + 0.0011 * folds + 0.0001 * fine
        tone = 0.86 + 0.05 * cloud - 0.12 * crease
        rough = 0.78 + 0.1 * cloud + 0.12 * crease
    elif weave == "corduroy":
        wale = np.abs(np.sin(np.pi * 48 * (x + 0.002 * folds)))
        height, tone = 0.0012 * wale + 0.0012 * folds, 0.55 + 0.33 * wale + 0.06 * fine + 0.03 * cloud
    elif weave == "velvet":
        nap = fbm(rng, shape, (4, 7), 4, 0.6)
        height, tone = 0.0012 * folds + 0.0001 * fine, 0.8 + 0.1 * np.clip(nap, -1.5, 1.5) + 0.02 * fine
    elif weave == "boucle":
        _, edge, owner = cell_noise(jittered_points(rng, (64, 64), 0.9), shape)
        dome = np.clip(edge / 2.4, 0, 1)
        shade = rng.uniform(-1, 1, int(owner.max()) + 1).astype(np.float32)[owner]
        height, tone = 0.0016 * dome + 0.001 * folds, 0.6 + 0.28 * dome + 0.06 * shade
    else:
        threads = 96
        warp = np.abs(np.sin(np.pi * threads * x)) ** 0.7
        weft = np.abs(np.sin(np.pi * threads * y)) ** 0.7
        over = (np.floor(x * threads) + np.floor(y * threads)) % 2
        dome = np.where(over > 0.5, warp, weft)
        slub = value_noise(rng, shape, (8, 96)) * over + value_noise(rng, shape, (96, 8)) * (1 - over)
        strong = 0.14 if weave == "melange" else 0.05
        height = 0.0005 * dome + 0.0013 * folds
        tone = 0.66 + 0.2 * dome + strong * slub + 0.03 * cloud
    height_map = normal_map(np.asarray(blur(np.asarray(height, np.float32), 0.6), np.float32), FABRIC_M / size)
    grey = np.asarray(np.clip(tone, 0.05, 1.0), np.float32)
    full = np.full(shape, 255, np.uint8)
    return (
        make_texture(encode_srgb(np.repeat(grey[:, :, None], 3, axis=2)), is_srgb=True),
        make_texture(height_map, is_srgb=False),
        make_texture(np.stack([full, quantise(np.clip(rough, 0, 1)), full], axis=-1), is_srgb=False),
    )
