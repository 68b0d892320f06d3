"""What things that people carry are made of: woven cloth, hard shells, webbing and metal."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map, smoothstep, value_noise
from synthvision.library.procedural.shapes.mesh import Floats
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["metal_of", "plastic_of", "rubber_of", "swollen", "woven"]

LinearColour = tuple[float, float, float]


@lru_cache(maxsize=8)
def _weave(seed: int) -> tuple[Texture, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    rng = rng_for(seed, 0, "baggage.weave")
    v, u = np.mgrid[0:256, 0:256].astype(np.float32)
    creases = fbm(rng, (256, 256), (4, 4), 4, 0.55)
    height = 0.0022 * creases + 0.00012 * (np.sin(u * np.pi / 2) + np.sin(v * np.pi / 2))
    shade = np.clip(0.92 + 0.09 * creases + 0.02 * value_noise(rng, (256, 256), (128, 128)), 0.5, 1.15)
    return make_texture(normal_map(np.asarray(height, np.float32), 0.0016), is_srgb=False), np.asarray(
        shade, np.float32
    )


@lru_cache(maxsize=48)
def woven(name: str, colour: LinearColour, seed: int, dirt: float = 0.2, roughness: float = 0.82) -> Material:
    """Return nylon or canvas that has been used; `seed` is 0..3, a repeat of the texture covers about 0.4 m."""
    relief, shade = _weave(seed % 4)
    rng = rng_for(seed % 4, 0, "baggage.dirt")
    soil = dirt * smoothstep(0.2, 2.2, fbm(rng, (256, 256), (3, 3), 5, 0.6))[..., None]
    image = (
        np.array(colour, np.float32) * shade[..., None] * (1 - soil) + np.array((0.10, 0.085, 0.065), np.float32) * soil
    )
    return Material(
        name=name,
        base_colour_map=make_texture(encode_srgb(image), is_srgb=True),
        roughness=roughness,
        normal_map=relief,
    )


def plastic_of(name: str, colour: LinearColour, seed: int, dirt: float, roughness: float = 0.45) -> Material:
    """Return moulded plastic with scuffs."""
    return Material(
        name=name,
        base_colour_map=worn_paint(colour, seed, dirt=0.5 * dirt, scuff=0.3 + 0.4 * dirt),
        roughness=roughness,
        metallic_roughness_map=roughness_map(seed, 0.3),
    )


def metal_of(name: str, seed: int, colour: LinearColour = (0.55, 0.55, 0.56), roughness: float = 0.36) -> Material:
    """Return bare metal of tubes."""
    return Material(
        name=name,
        base_colour=(*colour, 1.0),
        metallic=1.0,
        roughness=roughness,
        metallic_roughness_map=roughness_map(seed, 0.35),
    )


def rubber_of(name: str, seed: int, dirt: float) -> Material:
    """Return tyres and feet."""
    colour = (0.021, 0.021, 0.022)
    return Material(
        name=name,
        base_colour_map=worn_paint(colour, seed % 2, dirt=0.3 + 0.5 * dirt, scuff=0.2, scuff_colour=(0.1, 0.1, 0.1)),
        roughness=0.88,
    )


def swollen(points_n3: Floats, half_xyz: tuple[float, float, float], amount: float, sag: float, seed: int) -> Floats:
    """Return points of a box about the origin bulged out, sagged to the bottom and wrinkled, as filled cloth is."""
    share = points_n3 / np.asarray(half_xyz)
    x, y, z = share.T
    rng = rng_for(seed, 0, "baggage.bulge")
    phase = rng.uniform(0, 2 * np.pi, 4)
    out_x = (1 - y**2) * (1 - 0.6 * z**2)
    out_y = (1 - x**2) * (1 - 0.6 * z**2)
    low = 1 + sag * (0.5 - 0.5 * z)
    wrinkle = 0.05 * np.sin(4 * z + phase[0] + 2 * y) + 0.04 * np.sin(6 * y + phase[1] + 3 * z)
    return np.stack(
        [
            points_n3[:, 0] * (1 + amount * out_x) * low * (1 + wrinkle),
            points_n3[:, 1] * (1 + amount * out_y) * low * (1 + 0.6 * wrinkle),
            points_n3[:, 2] + 0.12 * amount * half_xyz[2] * (1 - x**2) * (1 - y**2) * np.sign(z) * (np.abs(z) > 0.9),
        ],
        axis=1,
    )
