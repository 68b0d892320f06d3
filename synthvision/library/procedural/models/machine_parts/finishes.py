"""Surfaces of made parts: milled, turned, ground, cast, moulded and plated, with the marks of use.

All maps repeat every `TILE_M` metres: meshes bring texture coordinates in metres and are `charted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.assembly import LinearColour, opaque
from synthvision.library.procedural.noise import (
    Image,
    blur,
    encode_srgb,
    fbm,
    make_texture,
    normal_map,
    quantise,
    smoothstep,
    white_noise,
)
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.shapes.profiles import Profile
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import scratch_lines

__all__ = [
    "ALUMINIUM",
    "BLACK_OXIDE",
    "BRASS",
    "STAINLESS",
    "STEEL",
    "TILE_M",
    "YELLOW_ZINC",
    "ZINC",
    "Finish",
    "calm_edges",
    "charted",
    "coated",
    "lathed",
    "metal",
    "plastic",
]

Finish = Literal["milled", "turned", "ground", "brushed", "cast", "blasted", "moulded", "rolled"]

TILE_M = 0.04
SIZE_PX = 256
SEEDS = 4
"""Different sets of maps of each finish; further seeds count round, so that textures are shared."""

ALUMINIUM: LinearColour = (0.76, 0.77, 0.78)
STEEL: LinearColour = (0.52, 0.51, 0.5)
STAINLESS: LinearColour = (0.62, 0.61, 0.59)
ZINC: LinearColour = (0.64, 0.67, 0.7)
YELLOW_ZINC: LinearColour = (0.72, 0.56, 0.28)
BLACK_OXIDE: LinearColour = (0.045, 0.045, 0.05)
BRASS: LinearColour = (0.8, 0.6, 0.28)


@dataclass(frozen=True, slots=True, eq=False)
class FinishMaps:
    """Maps of one finish.

    Args:
        tone: Near white, multiplies the colour of the material.
        rough: Roughness in green, to be multiplied with a factor.
        normal: Marks of the tool.
    """

    tone: Texture
    rough: Texture
    normal: Texture


def charted(mesh: Mesh, shift_uv: tuple[float, float] = (0.0, 0.0)) -> Mesh:
    """Return a mesh whose texture coordinates are metres with those of the maps; `shift_uv` is in repeats."""
    return mesh.placed_uvs((1.0 / TILE_M, 1.0 / TILE_M), shift_uv)


def calm_edges(mesh: Mesh) -> Mesh:
    """Return a flat part whose walls stretch the marks of faces along them, so that edges do not look stitched."""
    is_wall = np.abs(mesh.normals_n3[:, 2:]) < 0.999
    return mesh.with_uvs(mesh.uvs_n2 * np.where(is_wall, [0.12, 1.0], [1.0, 1.0]))


def lathed(profile: Profile, segments: int) -> Mesh:
    """Return a surface of revolution charted for the maps, so that marks run around it as a lathe leaves them."""
    around = max(round(2 * np.pi * float(profile.points_k2[:, 0].max()) / TILE_M), 1)
    return revolve(profile, segments, v_per_metre=1.0 / TILE_M).placed_uvs((float(around), 1.0))


def metal(
    name: str, colour: LinearColour, finish: Finish, *, roughness: float, seed: int, marks: float = 1.0
) -> Material:
    """Return bare or plated metal.

    Args:
        name: Slot name.
        colour: Linear reflectance.
        finish: What made the surface.
        roughness: Mean roughness.
        seed: Which maps.
        marks: Depth of the tool's marks, 1 as usual.
    """
    maps = finish_maps(finish, seed % SEEDS)
    return Material(
        name=name,
        base_colour=opaque(colour),
        base_colour_map=maps.tone,
        metallic=1.0,
        roughness=min(1.0, roughness * 1.15),
        metallic_roughness_map=maps.rough,
        normal_map=maps.normal,
        normal_scale=marks,
    )


def plastic(
    name: str, colour: LinearColour, *, roughness: float = 0.45, seed: int = 0, finish: Finish = "moulded"
) -> Material:
    """Return moulded plastic or rubber with faint texture and handling marks."""
    maps = finish_maps(finish, seed % SEEDS)
    return Material(
        name=name,
        base_colour=opaque(colour),
        base_colour_map=maps.tone,
        roughness=min(1.0, roughness * 1.15),
        metallic_roughness_map=maps.rough,
        normal_map=maps.normal,
    )


def coated(name: str, colour: LinearColour, *, seed: int, finish: Finish = "blasted", gloss: float = 0.3) -> Material:
    """Return powder coat or paint on metal: dielectric, with a clear skin as strong as `gloss`."""
    maps = finish_maps(finish, seed % SEEDS)
    return Material(
        name=name,
        base_colour=opaque(colour),
        base_colour_map=maps.tone,
        roughness=0.5,
        metallic_roughness_map=maps.rough,
        normal_map=maps.normal,
        clearcoat=gloss,
        clearcoat_roughness=0.2,
    )


@lru_cache(maxsize=40)
def finish_maps(finish: Finish, seed: int) -> FinishMaps:
    """Return the maps of one finish, 256 x 256, repeating."""
    rng = rng_for(seed, 0, f"machine_parts.finish.{finish}")
    shape = (SIZE_PX, SIZE_PX)
    relief, uneven = _relief(finish, rng)
    cloud = fbm(rng, shape, (3, 3), 4, 0.5)
    stains = smoothstep(1.1, 2.4, fbm(rng, shape, (5, 5), 4, 0.55))
    # Faint rubbing alone: scratches and stains one could point at are defects, which are labelled.
    lines = scratch_lines(rng, shape, 26, 130.0) if finish != "cast" else np.zeros(shape, np.float32)
    lines, stains = 0.12 * lines, 0.3 * stains
    tone = 0.9 + 0.03 * cloud - 0.22 * stains + uneven + 0.1 * lines
    warm = np.stack([tone, tone - 0.015 * stains, tone - 0.05 * stains], axis=-1)
    rough = 0.8 + 0.06 * cloud + 0.2 * stains + 0.25 * lines + 0.6 * np.abs(uneven)
    full = np.full(shape, 255, np.uint8)
    return FinishMaps(
        make_texture(encode_srgb(np.clip(warm, 0.0, 1.0)), is_srgb=True),
        make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False),
        make_texture(normal_map(np.asarray(relief - 0.25 * lines, np.float32), 1.0), is_srgb=False),
    )


def _relief(finish: Finish, rng: np.random.Generator) -> tuple[Image, Image]:
    """Height in pixels and the change of tone that goes with it."""
    shape = (SIZE_PX, SIZE_PX)
    fine = white_noise(rng, shape)
    if finish == "milled":
        return _milled(rng)
    if finish in ("turned", "brushed", "ground"):
        rows = rng.standard_normal((SIZE_PX, 1)).astype(np.float32)
        along = {"turned": 400.0, "brushed": 24.0, "ground": 60.0}[finish]
        streaks = blur(fine, along, 0.6) if finish != "turned" else np.broadcast_to(blur(rows, 0.0, 0.7), shape)
        streaks = streaks / (streaks.std() + 1e-9)
        depth = {"turned": 0.09, "brushed": 0.1, "ground": 0.05}[finish]
        return np.asarray(depth * streaks, np.float32), np.asarray(0.025 * streaks, np.float32)
    if finish == "cast":
        lumps = fbm(rng, shape, (40, 40), 3, 0.6)
        pits = smoothstep(1.5, 2.6, fbm(rng, shape, (30, 30), 2, 0.5))
        return np.asarray(0.75 * lumps - 2.0 * pits, np.float32), np.asarray(0.05 * lumps - 0.2 * pits, np.float32)
    if finish == "blasted":
        grain = blur(fine, 0.7)
        return np.asarray(0.35 * grain, np.float32), np.asarray(0.02 * grain, np.float32)
    if finish == "rolled":
        grain = fbm(rng, shape, (20, 60), 3, 0.5)
        return np.asarray(0.06 * grain, np.float32), np.asarray(0.02 * grain, np.float32)
    grain = blur(fine, 1.0)
    return np.asarray(0.1 * grain, np.float32), np.zeros(shape, np.float32)


def _milled(rng: np.random.Generator) -> tuple[Image, Image]:
    """Arcs of a face mill in two passes, each a little lower or higher than the other."""
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX].astype(np.float32)
    band = SIZE_PX // 2
    across = (y % band) - band / 2
    pitch = SIZE_PX / 36
    reach = 0.58 * band
    bow = np.sqrt(np.maximum(reach**2 - across**2, 0.0))
    phase = (x + bow) / pitch
    wave = np.abs(np.sin(np.pi * phase)).astype(np.float32)
    depth = np.repeat(0.75 + 0.5 * rng.random((1, 36)).astype(np.float32), 1, axis=0)
    strength = np.take(depth[0], np.floor(phase).astype(np.int64) % 36)
    arcs = blur(np.asarray(wave * strength, np.float32), 0.5)
    step = smoothstep(0.0, 3.0, np.abs(across) * -1 + band / 2)
    relief = 0.42 * arcs + 0.5 * step
    tone = 0.07 * (arcs - float(arcs.mean()))
    return np.asarray(cv2.add(relief, np.zeros_like(relief)), np.float32), np.asarray(tone, np.float32)
