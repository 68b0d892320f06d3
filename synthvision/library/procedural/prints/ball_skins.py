"""Finished maps of balls in the atlas of six faces: colours, relief, gloss, and the marks of play."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import Image, encode_srgb, make_texture, quantise, smoothstep, white_noise
from synthvision.library.procedural.prints.ball_patterns import (
    PENTAGONS,
    Directions,
    basketball_seams,
    football_panels,
    pebbles,
    stamp,
    tennis_seam,
    wound_seam,
)
from synthvision.library.procedural.prints.canvas import Canvas, regular_polygon
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, text_mask
from synthvision.library.procedural.prints.schemes import SCHEMES, linear_colour
from synthvision.library.procedural.shapes.atlas import atlas_directions, solid_noise
from synthvision.library.procedural.shapes.relief import sphere_normal_map

__all__ = ["BALL_DESIGNS", "BALL_KINDS", "BallMaps", "ball_maps"]

BALL_KINDS = ("football", "basketball", "tennis", "baseball", "plain", "striped", "marble")
BALL_DESIGNS = 12
WEAR_LEVELS = (0.0, 0.3, 0.6, 1.0)

_CELL_PX = {"football": 224, "basketball": 256, "tennis": 128, "baseball": 160, "plain": 128, "striped": 192, "marble": 128}

LinearColour = tuple[float, float, float]
_WHITE, _BLACK = (0.78, 0.78, 0.76), (0.016, 0.016, 0.018)
_FOOTBALLS: tuple[tuple[LinearColour, LinearColour, LinearColour], ...] = (
    # hexagons, pentagons, every third hexagon
    (_WHITE, _BLACK, _WHITE),
    (_WHITE, _BLACK, _WHITE),
    (_WHITE, _BLACK, _WHITE),
    (_WHITE, (0.02, 0.06, 0.32), _WHITE),
    (_WHITE, (0.5, 0.02, 0.025), _WHITE),
    (_WHITE, _BLACK, (0.55, 0.02, 0.02)),
    (_WHITE, (0.01, 0.16, 0.07), _WHITE),
    ((0.72, 0.62, 0.05), _BLACK, (0.72, 0.62, 0.05)),
    (_WHITE, (0.02, 0.07, 0.4), (0.62, 0.45, 0.03)),
    (_WHITE, (0.6, 0.16, 0.01), (0.03, 0.03, 0.035)),
    ((0.5, 0.35, 0.2), (0.09, 0.045, 0.02), (0.5, 0.35, 0.2)),
    ((0.7, 0.14, 0.02), _BLACK, (0.7, 0.14, 0.02)),
)
_BASKETBALLS: tuple[tuple[LinearColour, LinearColour, LinearColour], ...] = (
    # panels, the other panels, seams
    ((0.46, 0.145, 0.035), (0.46, 0.145, 0.035), _BLACK),
    ((0.36, 0.105, 0.03), (0.36, 0.105, 0.03), _BLACK),
    ((0.55, 0.19, 0.05), (0.55, 0.19, 0.05), _BLACK),
    ((0.4, 0.12, 0.028), (0.4, 0.12, 0.028), _BLACK),
    ((0.46, 0.145, 0.035), (0.62, 0.52, 0.36), _BLACK),
    ((0.3, 0.085, 0.025), (0.3, 0.085, 0.025), (0.03, 0.022, 0.02)),
    ((0.5, 0.025, 0.025), (0.7, 0.7, 0.68), (0.02, 0.05, 0.25)),
    ((0.48, 0.14, 0.03), (0.03, 0.03, 0.033), _BLACK),
    ((0.5, 0.17, 0.04), (0.5, 0.17, 0.04), (0.5, 0.42, 0.3)),
    ((0.02, 0.09, 0.4), (0.65, 0.14, 0.015), _BLACK),
    ((0.03, 0.03, 0.034), (0.03, 0.03, 0.034), (0.5, 0.36, 0.1)),
    ((0.42, 0.13, 0.03), (0.24, 0.07, 0.022), _BLACK),
)
_FELTS: tuple[LinearColour, ...] = ((0.56, 0.68, 0.045), (0.62, 0.72, 0.06), (0.5, 0.62, 0.035), (0.6, 0.66, 0.05))
_ODD_FELTS: tuple[LinearColour, ...] = ((0.75, 0.2, 0.03), (0.55, 0.03, 0.2), (0.05, 0.3, 0.55), (0.7, 0.7, 0.66))


@dataclass(frozen=True, slots=True, eq=False)
class BallMaps:
    """Textures in the atlas of `cube_sphere`.

    Args:
        colour: Base colour.
        normal: Relief, or None where the ball is smooth.
        rough: Data map, green = roughness.
    """

    colour: Texture
    normal: Texture | None
    rough: Texture


@dataclass(frozen=True, slots=True, eq=False)
class _Skin:
    """What one kind of ball looks like before it is played with."""

    colour_hwc: NDArray[np.float32]
    rough_hw: Image


@lru_cache(maxsize=24)
def ball_maps(kind: str, design: int, wear_level: int, wear_seed: int) -> BallMaps:
    """Return the maps of a ball.

    Args:
        kind: One of `BALL_KINDS`.
        design: 0 to `BALL_DESIGNS` - 1: colours and prints.
        wear_level: 0 (new) to 3 (played for years in the dirt).
        wear_seed: Where the marks are; few values.
    """
    cell = _CELL_PX[kind]
    directions = atlas_directions(cell)
    draw = {
        "football": _football, "basketball": _basketball, "tennis": _tennis, "baseball": _baseball,
        "plain": _plain, "striped": _striped, "marble": _marble,
    }[kind]  # fmt: skip
    skin = draw(directions, design)
    image, rough = skin.colour_hwc, skin.rough_hw
    amount = WEAR_LEVELS[wear_level] * (0.25 if kind == "marble" else 1.0)
    if amount > 0:
        soil, rub = _marks(cell, wear_seed)
        if kind in ("plain", "striped"):
            rub = rub * np.float32(0.5)
        rubbed = np.clip(rub * amount, 0, 0.75)
        image = _mix(image, image * 0.5 + 0.12, rubbed)
        earth = (0.075, 0.085, 0.03) if kind == "football" and wear_seed % 2 else (0.12, 0.088, 0.055)
        covered = np.clip(soil * (0.8 * amount) + 0.12 * amount, 0, 0.85)
        image = _mix(image, np.asarray(earth, np.float32), covered)
        rough = np.clip(rough + 0.3 * rubbed + 0.35 * covered, 0, 1)
    full = np.full(rough.shape, 255, np.uint8)
    return BallMaps(
        make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("clamp", "clamp")),
        _relief(kind),
        make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False, wrap_uv=("clamp", "clamp")),
    )


@lru_cache(maxsize=len(BALL_KINDS))
def _relief(kind: str) -> Texture | None:
    """Normals of a kind of ball: its seams, pebbles or felt, whatever its colours."""
    directions = atlas_directions(_CELL_PX[kind])
    rng = rng_for(0, 0, f"ball.relief.{kind}")
    if kind == "football":
        _, seam = _football_layout()
        height = 0.014 * (1.0 - np.exp(-((seam / 0.028) ** 2))) + 0.02 * np.sqrt(np.minimum(seam / 0.2, 1.0))
        height += 0.0002 * cv2.GaussianBlur(white_noise(rng, seam.shape), (0, 0), 0.9)
    elif kind == "basketball":
        seam, _ = basketball_seams(directions)
        channel = smoothstep(0.016, 0.034, seam)
        height = 0.012 * channel + 0.0042 * channel * pebbles(directions, 20_000, 0)
    elif kind == "tennis":
        seam, _ = tennis_seam(directions)
        fibres = white_noise(rng, seam.shape) + 2.0 * cv2.GaussianBlur(white_noise(rng, seam.shape), (0, 0), 1.3)
        height = 0.026 * smoothstep(0.02, 0.085, seam) + 0.0022 * fibres * smoothstep(0.03, 0.07, seam)
    elif kind == "baseball":
        seam, thread = wound_seam(directions, 108)
        height = 0.012 * thread + 0.03 * smoothstep(0.16, 0.03, seam) - 0.02 * smoothstep(0.02, 0.0, seam)
        height += 0.0003 * cv2.GaussianBlur(white_noise(rng, seam.shape), (0, 0), 0.9)
    elif kind in ("plain", "striped"):
        # The line where the two halves of the mould met.
        height = 0.004 * np.exp(-((directions[..., 0] / 0.012) ** 2))
    else:
        return None
    return make_texture(sphere_normal_map(np.asarray(height, np.float32)), is_srgb=False, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=1)
def _football_layout() -> tuple[NDArray[np.int32], Image]:
    return football_panels(atlas_directions(_CELL_PX["football"]))


@lru_cache(maxsize=8)
def _marks(cell_px: int, seed: int) -> tuple[Image, Image]:
    """Soil and rubbed places, each 0..1."""
    directions = atlas_directions(cell_px)
    rng = rng_for(seed, 0, "ball.marks")
    patches = solid_noise(directions, seed, "ball.soil", 3.2, 6) + 0.6 * solid_noise(directions, seed, "ball.soil.fine", 17.0, 8)
    grain = cv2.GaussianBlur(white_noise(rng, directions.shape[:2]), (0, 0), 1.1) * np.float32(3.0)
    soil = smoothstep(0.2, 2.6, patches + 0.55 * grain)
    # Rubbed places are streaks: noise of a space that is stretched along one axis.
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    along = (directions @ axis.astype(np.float32))[..., None] * axis.astype(np.float32)
    streaks = solid_noise(np.asarray(directions - 0.8 * along, np.float32), seed, "ball.rub", 55.0, 8)
    where = solid_noise(directions, seed, "ball.rub.where", 4.0, 5)
    rub = smoothstep(0.9, 2.0, 0.8 * streaks + 0.9 * where + 0.25 * grain)
    return soil, rub


def _football(directions: Directions, design: int) -> _Skin:
    panel, seam = _football_layout()
    ground, dark, third = (np.asarray(colour, np.float32) for colour in _FOOTBALLS[design])
    shades = np.tile(ground, (32, 1))
    shades[:PENTAGONS] = dark
    shades[PENTAGONS::3] = third
    shades *= 1.0 + 0.03 * rng_for(design, 0, "ball.football").standard_normal((32, 1)).astype(np.float32)
    image = shades[panel]
    # Between the panels lies the edge of the leather, in shade.
    groove = smoothstep(0.016, 0.004, seam)
    image = _mix(image, np.asarray((0.05, 0.048, 0.045), np.float32), 0.8 * groove)
    image *= (1.0 - 0.25 * smoothstep(0.05, 0.01, seam))[..., None]
    name = text_mask(invented_name(design, "ball.football").upper(), 40, TypeStyle(weight=0.16, slant=0.2))
    ink = dark if design != 10 else ground
    for centre in ((1.0, 1.0, 1.0), (-1.0, -1.0, -1.0)):
        image = _mix(image, ink * 0.9 + 0.01, 0.9 * stamp(directions, name, centre, (-0.3, 0.1, 1.0), 0.46))
    return _Skin(image, np.asarray(0.5 + 0.3 * groove, np.float32))


def _basketball(directions: Directions, design: int) -> _Skin:
    seam, panel = basketball_seams(directions)
    first, second, line = (np.asarray(colour, np.float32) for colour in _BASKETBALLS[design])
    odd = ((panel & 1) + ((panel >> 1) & 1) + (panel >> 2)) % 2
    image = np.where(odd[..., None] == 1, second, first)
    grain = pebble_shade(directions)
    image = image * (0.74 + 0.3 * grain)[..., None]
    name = text_mask(invented_name(design, "ball.basketball").upper(), 48, TypeStyle(weight=0.22, slant=0.15, bow=0.05))
    # Printed on panels beside the meridian, away from the loops.
    for centre, up in (((0.28, 0.8, 0.52), (-0.9, 0.0, 0.4)), ((-0.28, -0.8, -0.52), (0.9, 0.0, -0.4))):
        image = _mix(image, line, 0.85 * stamp(directions, name, centre, up, 0.55))
    cover = smoothstep(0.034, 0.024, seam)
    image = _mix(image, line, cover)
    return _Skin(image, np.asarray(0.72 - 0.14 * cover, np.float32))


@lru_cache(maxsize=1)
def pebble_shade(directions_key: object) -> Image:  # pragma: no cover - replaced below
    raise NotImplementedError
