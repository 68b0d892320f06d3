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
        if kind in ("basketball", "plain", "striped"):
            rub = rub * np.float32(0.5)  # rubber keeps its colour where it is rubbed, a coat of paint does not
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
        height = 0.012 * channel + 0.0042 * channel * _pebble_field()
    elif kind == "tennis":
        seam = _tennis_layout()
        fibres = white_noise(rng, seam.shape) + 2.0 * cv2.GaussianBlur(white_noise(rng, seam.shape), (0, 0), 1.3)
        height = 0.02 * smoothstep(0.02, 0.085, seam) + 0.0022 * fibres * smoothstep(0.03, 0.07, seam)
    elif kind == "baseball":
        seam, thread = _baseball_layout()
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


@lru_cache(maxsize=1)
def _tennis_layout() -> Image:
    return tennis_seam(atlas_directions(_CELL_PX["tennis"]))[0]


@lru_cache(maxsize=1)
def _baseball_layout() -> tuple[Image, Image]:
    return wound_seam(atlas_directions(_CELL_PX["baseball"]), 108)


@lru_cache(maxsize=1)
def _pebble_field() -> Image:
    return pebbles(atlas_directions(_CELL_PX["basketball"]), 20_000, 0)


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
    image = image * (0.74 + 0.3 * _pebble_field())[..., None]
    name = text_mask(invented_name(design, "ball.basketball").upper(), 48, TypeStyle(weight=0.22, slant=0.15, bow=0.05))
    # Printed on panels beside the meridian, away from the loops.
    for centre, up in (((0.28, 0.8, 0.52), (-0.9, 0.0, 0.4)), ((-0.28, -0.8, -0.52), (0.9, 0.0, -0.4))):
        image = _mix(image, line, 0.85 * stamp(directions, name, centre, up, 0.55))
    cover = smoothstep(0.034, 0.024, seam)
    image = _mix(image, line, cover)
    return _Skin(image, np.asarray(0.72 - 0.14 * cover, np.float32))


def _tennis(directions: Directions, design: int) -> _Skin:
    seam = _tennis_layout()
    felt = _FELTS[design % 4] if design < 9 else _ODD_FELTS[design - 9]
    rng = rng_for(design, 0, "ball.tennis")
    noise = white_noise(rng, seam.shape)
    fluff = 0.1 * noise + 0.3 * cv2.GaussianBlur(noise, (0, 0), 1.2) + 0.05 * solid_noise(directions, design, "ball.felt", 9.0, 8)
    image = np.asarray(felt, np.float32) * np.clip(0.95 + fluff, 0.4, 1.3)[..., None]
    name = text_mask(invented_name(design, "ball.tennis"), 40, TypeStyle(weight=0.14, slant=0.1))
    number = text_mask(str(1 + design % 6), 40, TypeStyle(weight=0.1))
    ink = np.asarray(_BLACK if design % 3 else (0.35, 0.01, 0.015), np.float32)
    # Around both ends of the z axis the seam leaves the most room, along x at one and along y at the other.
    for mask, lift, width in ((name, 0.13, 0.75), (number, -0.17, 0.16)):
        image = _mix(image, ink, 0.8 * stamp(directions, mask, (lift, 0.0, 1.0), (1.0, 0.0, 0.0), width))
        image = _mix(image, ink, 0.8 * stamp(directions, mask, (0.0, lift, -1.0), (0.0, 1.0, 0.0), width))
    rubber = np.asarray((0.62, 0.62, 0.56), np.float32)
    image *= (1.0 - 0.3 * smoothstep(0.12, 0.06, seam))[..., None]
    line = smoothstep(0.068, 0.048, seam + 0.008 * noise)
    image = _mix(image, rubber, line)
    return _Skin(image, np.asarray(0.97 - 0.25 * line, np.float32))


def _baseball(directions: Directions, design: int) -> _Skin:
    seam, thread = _baseball_layout()
    leather = np.asarray((0.74, 0.71, 0.63), np.float32) * (1.0 if design % 4 else 0.85)
    image = np.broadcast_to(leather, (*seam.shape, 3)) * (0.97 + 0.03 * solid_noise(directions, design, "ball.leather", 8.0, 6))[..., None]
    image = _mix(image, leather * 0.25, 0.8 * smoothstep(0.018, 0.006, seam))
    cotton = np.asarray(((0.45, 0.012, 0.018), (0.45, 0.012, 0.018), (0.02, 0.05, 0.25))[design % 3], np.float32)
    image = _mix(image, cotton, thread)
    name = text_mask(invented_name(design, "ball.baseball"), 40, TypeStyle(weight=0.1, slant=0.25))
    image = _mix(image, np.asarray((0.02, 0.03, 0.14), np.float32), 0.75 * stamp(directions, name, (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), 0.7))
    return _Skin(image, np.full(seam.shape, 0.55, np.float32))


def _plain(directions: Directions, design: int) -> _Skin:
    scheme = SCHEMES[(5 * design + 3) % len(SCHEMES)]
    colour = np.asarray(linear_colour((scheme.main, scheme.second, scheme.accent)[design % 3]), np.float32)
    cloud = 1.0 + 0.03 * solid_noise(directions, design, "ball.rubber", 5.0, 6)
    image = np.asarray(np.clip(colour, 0.02, 0.8) * cloud[..., None], np.float32)
    if design % 4 == 1:
        white = np.asarray(_WHITE, np.float32)
        flecks = smoothstep(1.55, 1.75, solid_noise(directions, design, "ball.flecks", 42.0, 16))
        image = _mix(image, white if design % 8 == 1 else colour * 0.25, flecks)
    return _Skin(image, np.full(cloud.shape, (0.4, 0.62)[design % 2], np.float32))


def _striped(directions: Directions, design: int) -> _Skin:
    scheme = SCHEMES[(3 * design + 1) % len(SCHEMES)]
    main, second, accent, paper = (
        np.asarray(np.clip(linear_colour(ink), 0.015, 0.8), np.float32)
        for ink in (scheme.main, scheme.second, scheme.accent, scheme.paper)
    )
    x, y, z = (directions[..., axis] for axis in range(3))
    polar = np.arccos(np.clip(z, -1, 1))
    soft = 0.006
    image = np.broadcast_to(main, directions.shape).copy()
    style = design % 4
    if style == 0:  # one broad belt between thin lines
        for half, colour in ((0.52, paper), (0.42, second), (0.12, accent)):
            image = _mix(image, colour, smoothstep(half + soft, half - soft, np.abs(polar - np.pi / 2)))
    elif style == 1:  # wedges of a beach ball with caps
        around = (np.arctan2(y, x) / (2 * np.pi) + 0.5) * 6
        colours = np.stack([main, paper, second, paper, accent, paper])
        image = colours[np.floor(around).astype(np.int64) % 6]
        image = _mix(image, paper, smoothstep(0.22 + soft, 0.22 - soft, np.minimum(polar, np.pi - polar)))
    elif style == 2:  # rings all the way
        place = polar / np.pi * 7
        colours = np.stack([main, paper, second, paper, second, paper, main])
        image = colours[np.clip(place.astype(np.int64), 0, 6)]
    else:  # two halves, a belt, and stars
        image = np.where((z > 0)[..., None], main, second)
        image = _mix(image, paper, smoothstep(0.2 + soft, 0.2 - soft, np.abs(polar - np.pi / 2)))
        star = _star_mask()
        for end in (1.0, -1.0):
            image = _mix(image, accent, stamp(directions, star, (0.0, 0.0, end), (1.0, 0.0, 0.0), 0.95))
            for k in range(5):
                turn = 2 * np.pi * (k + 0.5 * (end < 0)) / 5
                centre = (float(np.cos(turn)), float(np.sin(turn)), 0.0)
                image = _mix(image, main, stamp(directions, star, centre, (0.0, 0.0, end), 0.26))
    return _Skin(np.asarray(image, np.float32), np.full(z.shape, (0.38, 0.55)[design % 2], np.float32))


def _marble(directions: Directions, design: int) -> _Skin:
    scheme = SCHEMES[(7 * design + 2) % len(SCHEMES)]
    base, vein, spark = (
        np.asarray(np.clip(linear_colour(ink), 0.01, 0.85), np.float32) for ink in (scheme.main, scheme.paper, scheme.accent)
    )
    bend = np.stack([solid_noise(directions, design + k, "ball.bend", 2.2, 4) for k in range(3)], axis=-1)
    swirled = np.asarray(directions + np.float32(0.32) * bend, np.float32)
    ribbon = solid_noise(swirled * np.asarray([1.0, 1.0, 0.35], np.float32), design, "ball.swirl", 5.0, 5)
    image = np.broadcast_to(base, directions.shape)
    image = _mix(image, vein, smoothstep(0.35, 0.75, ribbon))
    image = _mix(image, spark, 0.9 * smoothstep(-0.95, -1.25, ribbon))
    return _Skin(image, np.full(ribbon.shape, 0.06, np.float32))


@lru_cache(maxsize=1)
def _star_mask() -> NDArray[np.uint8]:
    canvas = Canvas(128, 128, (0, 0, 0))
    canvas.polygon(regular_polygon((64.0, 64.0), 60.0, 5, 0.0, 0.42), (255, 255, 255))
    return np.ascontiguousarray(canvas.finished()[:, :, 0])


def _mix(image: NDArray[np.float32], colour: NDArray[np.float32], weight_hw: Image) -> NDArray[np.float32]:
    """The image with a colour, or another image, laid over it."""
    return np.asarray(image + (colour - image) * weight_hw[..., None], np.float32)
