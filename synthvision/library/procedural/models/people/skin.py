"""Faces, eyes, hair and shoes as small textures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.assembly import lighter, opaque
from synthvision.library.procedural.models.people.head import EYE, NECK_LOW
from synthvision.library.procedural.noise import (
    Image,
    blur,
    encode_srgb,
    fbm,
    make_texture,
    normal_map,
    smoothstep,
    value_noise,
)

__all__ = [
    "EYE_COLOURS",
    "HAIR_COLOURS",
    "SKIN_TONES",
    "eye_material",
    "hair_material",
    "head_material",
    "shoe_material",
    "skin_material",
]

LinearColour = tuple[float, float, float]

SKIN_TONES: tuple[LinearColour, ...] = (
    (0.78, 0.53, 0.42),
    (0.72, 0.46, 0.34),
    (0.66, 0.40, 0.28),
    (0.58, 0.33, 0.21),
    (0.48, 0.26, 0.155),
    (0.37, 0.19, 0.105),
    (0.27, 0.13, 0.07),
    (0.17, 0.078, 0.042),
    (0.105, 0.048, 0.027),
    (0.066, 0.031, 0.019),
)
"""Linear RGB from the lightest to the darkest, after the ten steps of the Monk scale of skin tones."""

HAIR_COLOURS: dict[str, LinearColour] = {
    "black": (0.012, 0.010, 0.009),
    "dark_brown": (0.030, 0.019, 0.012),
    "brown": (0.085, 0.045, 0.022),
    "blond": (0.40, 0.26, 0.11),
    "red": (0.24, 0.068, 0.022),
    "grey": (0.27, 0.26, 0.25),
    "white": (0.62, 0.61, 0.58),
}

EYE_COLOURS: dict[str, LinearColour] = {
    "brown": (0.075, 0.032, 0.012),
    "blue": (0.10, 0.20, 0.34),
    "green": (0.10, 0.17, 0.07),
    "grey": (0.19, 0.22, 0.24),
}

_HEADROOM = 0.86
"""Value of plain skin in the face texture: cheeks may be a little lighter."""


@lru_cache(maxsize=24)
def _face_map(seed: int, stubble: int, brows: int, old: bool, made_up: bool) -> Texture:
    """What lies on the skin, to be multiplied with its tone: brows, lids, lips, cheeks, wrinkles, stubble."""
    size = 256
    rng = rng_for(seed, 0, "people.face")
    even = 2 * np.pi * ((np.arange(size) + 0.5) / size - 0.5)
    angle = even - 0.52 * np.sin(even)
    z = (1.0 - (np.arange(size) + 0.5) / size * (1.0 - NECK_LOW))[:, None]
    wide = np.interp(z, (-0.5, 0.0, 0.1, 0.3, 0.5, 0.8, 1.0), (0.25, 0.25, 0.28, 0.325, 0.343, 0.33, 0.1))
    y = wide * np.sin(angle)[None, :]
    ahead = smoothstep(0.05, 0.4, np.cos(angle))[None, :] * np.ones_like(z)
    side = np.abs(y)

    def spot(cy: float, cz: float, wy: float, wz: float) -> NDArray[np.float64]:
        return np.exp(-(((side - cy) / wy) ** 2) - ((z - cz) / wz) ** 2) * ahead

    tone = 1.0 + 0.035 * value_noise(rng, (size, size), (14, 14)) + 0.02 * fbm(rng, (size, size), (4, 4), 3)
    face = np.stack([tone * _HEADROOM] * 3, axis=-1)

    def stain(mask: NDArray[np.float64], ratio: LinearColour) -> None:
        face[:] *= 1.0 - np.clip(mask, 0, 1)[..., None] * (1.0 - np.array(ratio))

    stain(0.75 * spot(0.2, 0.34, 0.085, 0.08) + 0.7 * spot(0.0, 0.32, 0.05, 0.05), (1.04, 0.83, 0.80))
    stain(0.8 * spot(EYE[1], EYE[2], 0.1, 0.06), (0.80, 0.72, 0.70))
    lip_height = 0.034 + 0.004 * np.cos(side * 40)
    lips = smoothstep(1.15, 0.8, np.hypot(side / 0.108, (z - 0.2) / lip_height)) * ahead
    stain(lips * 1.0, (0.80, 0.32, 0.34) if made_up else (0.84, 0.56, 0.55))
    stain(
        smoothstep(0.009, 0.004, np.abs(z - 0.2 + 0.05 * side)) * smoothstep(0.115, 0.09, side) * ahead,
        (0.34, 0.22, 0.22),
    )
    stain(0.8 * spot(0.034, 0.268, 0.02, 0.010), (0.3, 0.22, 0.2))
    stain(0.25 * spot(0.0, 0.13, 0.09, 0.014), (0.6, 0.5, 0.48))
    # Lashes and the crease of the lid around each eye, then the brow.
    out = (side - EYE[1]) / 0.068
    lid = EYE[2] + 0.028 * (1 - out**2)
    stain(
        smoothstep(0.012, 0.004, np.abs(z - lid)) * (np.abs(out) < 1.05) * ahead * (1.0 if made_up else 0.8),
        (0.12, 0.10, 0.10),
    )
    stain(smoothstep(0.009, 0.004, np.abs(z - lid - 0.025)) * (np.abs(out) < 0.9) * ahead * 0.4, (0.45, 0.35, 0.33))
    low_lid = EYE[2] - 0.027 * (1 - out**2)
    stain(smoothstep(0.009, 0.003, np.abs(z - low_lid)) * (np.abs(out) < 1.0) * ahead * 0.5, (0.4, 0.28, 0.27))
    arch = 0.572 + 0.02 * (1 - ((side - 0.165) / 0.1) ** 2)
    hairs = 0.75 + 0.25 * value_noise(rng, (size, size), (24, 96))
    brow = smoothstep(0.02, 0.009, np.abs(z - arch)) * smoothstep(0.05, 0.075, side) * smoothstep(0.255, 0.2, side)
    depth = (0.62, 0.42, 0.2)[brows]
    stain(brow * ahead * hairs, (depth, depth * 0.92, depth * 0.88))
    if stubble:
        beard = smoothstep(0.33, 0.22, z + 0.35 * np.clip(0.2 - side, 0, 1) * 0) * smoothstep(-0.12, 0.0, z)
        beard = beard * smoothstep(-0.3, 0.1, np.cos(angle))[None, :] * (1 - lips)
        beard *= np.clip(1 - 0.9 * spot(0.2, 0.34, 0.1, 0.1), 0, 1)
        fleck = np.clip(0.8 + 0.35 * value_noise(rng, (size, size), (128, 128)), 0.3, 1)
        strong = (0.0, 0.38, 0.86)[stubble]
        stain(beard * fleck * strong, (depth, depth * 0.96, depth * 0.95))
    if old:
        lines = np.zeros_like(y)
        for height in (0.645, 0.69, 0.735):
            lines += smoothstep(0.008, 0.002, np.abs(z - height - 0.012 * np.cos(12 * y))) * smoothstep(
                0.26, 0.18, side
            )
        fold = np.abs(side - 0.085 - 0.22 * (0.3 - z)) / 0.012
        lines += np.exp(-(fold**2)) * (z < 0.3) * (z > 0.15)
        lines += 0.8 * spot(0.15, 0.425, 0.07, 0.01)
        stain(lines * ahead * 0.55, (0.62, 0.5, 0.46))
    return make_texture(encode_srgb(blur(np.asarray(face, np.float32), 0.6)), is_srgb=True, wrap_uv=("repeat", "clamp"))


@lru_cache(maxsize=1)
def _pores() -> Texture:
    rng = rng_for(0, 0, "people.pores")
    height = 0.00012 * value_noise(rng, (128, 128), (40, 40)) + 0.0002 * value_noise(rng, (128, 128), (9, 9))
    return make_texture(normal_map(np.asarray(height, np.float32), 0.0016), is_srgb=False)


def skin_material(tone: LinearColour) -> Material:
    """Return plain skin, of arms and legs."""
    return Material(
        name="skin", base_colour=opaque(tone), roughness=0.56, normal_map=_pores(), normal_scale=0.6, ior=1.4
    )


def head_material(tone: LinearColour, seed: int, stubble: int, brows: int, old: bool, made_up: bool) -> Material:
    """Return the skin of the head: brows 0 light to 2 black, stubble 0 none to 2 a beard."""
    return Material(
        name="head",
        base_colour=opaque(lighter(tone, 1 / _HEADROOM)),
        base_colour_map=_face_map(seed, stubble, brows, old, made_up),
        roughness=0.52,
        ior=1.4,
    )


@lru_cache(maxsize=8)
def _eye_map(colour: str) -> Texture:
    size = 64
    x, z = np.meshgrid((np.arange(size) + 0.5) / size * 2 - 1, 1 - (np.arange(size) + 0.5) / size * 2)
    # The ball is drawn flatter than it is wide: only a slit of it shows.
    radius = np.hypot(x * 0.058, (z - 0.12) * 0.027) / 0.027
    white = np.array([0.72, 0.69, 0.66]) * (1 - 0.28 * np.abs(x[..., None]) ** 2)
    iris = np.array(EYE_COLOURS[colour]) * (0.7 + 0.6 * smoothstep(0.3, 0.9, radius)[..., None])
    inside = smoothstep(0.98, 0.9, radius)[..., None]
    image = white * (1 - inside) + iris * inside
    pupil = smoothstep(0.46, 0.38, radius)[..., None]
    image = image * (1 - pupil) + 0.006 * pupil
    lid_shadow = smoothstep(0.95, 0.3, z)[..., None]
    return make_texture(encode_srgb(image * (0.35 + 0.65 * lid_shadow)), is_srgb=True, wrap_uv=("clamp", "clamp"))


def eye_material(colour: str) -> Material:
    """Return the wet surface of eyes."""
    return Material(name="eyes", base_colour_map=_eye_map(colour), roughness=0.12, ior=1.38)


@lru_cache(maxsize=3)
def _strands(seed: int) -> tuple[Texture, Texture]:
    rng = rng_for(seed, 0, "people.strands")
    strands = fbm(rng, (256, 256), (3, 48), 2, 0.7) + 0.4 * value_noise(rng, (256, 256), (6, 8))
    shade = 0.62 + 0.2 * np.clip(strands, -1.6, 1.6)
    height = np.asarray(0.0012 * strands, np.float32)
    colour = encode_srgb(np.repeat(np.clip(shade, 0, 1)[..., None], 3, axis=-1))
    return make_texture(colour, is_srgb=True), make_texture(normal_map(height, 0.0022), is_srgb=False)


def hair_material(colour: LinearColour, seed: int) -> Material:
    """Return hair: strands from the crown to the edge."""
    shade, relief = _strands(seed % 3)
    return Material(
        name="hair",
        base_colour=opaque(lighter(colour, 1 / 0.62)),
        base_colour_map=shade,
        roughness=0.6,
        normal_map=relief,
        ior=1.55,
    )


@lru_cache(maxsize=16)
def _shoe_map(kind: str, seed: int) -> tuple[Image, Image, Image]:
    """Weights of the upper, the sole and the trim, each float32 (128, 256): u along the shoe, v around it."""
    u = ((np.arange(256) + 0.5) / 256)[None, :]
    v = ((np.arange(128) + 0.5) / 128)[:, None]
    up = np.minimum(v, 1 - v) * 2
    rim = 0.38 if kind == "trainer" else 0.3
    sole = smoothstep(rim + 0.02, rim - 0.02, up + 0 * u)
    trim = np.zeros_like(sole)
    if kind == "trainer":
        laces = smoothstep(0.86, 0.9, up) * (u > 0.36) * (u < 0.66) * (np.sin(u * 150) > -0.1)
        swoosh = smoothstep(0.05, 0.03, np.abs(up - 0.58 - 0.5 * (u - 0.55))) * (u > 0.25) * (u < 0.72)
        cap = (u > 0.86) * (up < 0.6) + smoothstep(0.12, 0.1, u)
        trim = np.clip(laces + swoosh + 0.6 * cap, 0, 1)
    elif kind != "pumps":
        laces = smoothstep(0.88, 0.9, up) * (u > 0.38) * (u < 0.58) * (np.sin(u * 190) > 0.2)
        trim = laces + 0.8 * smoothstep(0.008, 0.003, np.abs(u - 0.74 + 0 * up))
    rng = rng_for(seed, 0, "people.shoes")
    tone = 0.85 + 0.08 * fbm(rng, (128, 256), (4, 6), 4, 0.6)
    trim = np.asarray(trim * (1 - sole), np.float32)
    return (
        np.asarray(tone * (1 - sole - trim), np.float32),
        np.asarray(tone * sole, np.float32),
        np.asarray(tone * trim, np.float32),
    )


@lru_cache(maxsize=32)
def shoe_material(kind: str, upper: LinearColour, sole: LinearColour, trim: LinearColour, seed: int) -> Material:
    """Return a pair of shoes: a trainer, a leather shoe, a boot or a pump."""
    weights = np.stack(_shoe_map(kind, seed), axis=-1)
    image = weights @ np.array([upper, sole, trim], np.float32)
    glossy = kind in ("leather", "pumps")
    return Material(
        name="shoes",
        base_colour_map=make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("clamp", "repeat")),
        roughness=0.35 if glossy else 0.72,
    )
