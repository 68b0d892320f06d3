"""Materials of balls, painted on the atlas of a cube sphere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import (
    Image,
    cell_noise,
    encode_srgb,
    fbm,
    jittered_points,
    make_texture,
    quantise,
    smoothstep,
)
from synthvision.library.procedural.prints.ball_panels import (
    basketball_seam,
    curve_distance,
    football_panels,
    tennis_seam,
    volleyball_panels,
)
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.emblems import draw_emblem
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.atlas import ATLAS_COLUMNS, atlas_directions, solid_noise
from synthvision.library.procedural.shapes.relief import sphere_normal_map

__all__ = ["BALL_DESIGNS", "BallSurface", "ball_surface"]

BALL_DESIGNS = 12
CELL_PX = 224
LinearColour = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class BallSurface:
    """Maps of one ball in the atlas of `cube_sphere`; the roughness factor is 1."""

    colour: Texture
    normal: Texture
    rough: Texture
    clearcoat: float


@dataclass(slots=True)
class _Layers:
    """A surface while it is painted: linear colour, height in radii, roughness."""

    image: NDArray[np.float32]
    height: Image
    rough: Image
    clearcoat: float = 0.0


@lru_cache(maxsize=16)
def ball_surface(
    kind: str, design: int, colour: LinearColour, second: LinearColour, wear: float, seed: int
) -> BallSurface:
    """Return the surface of a ball.

    Args:
        kind: ``football``, ``basketball``, ``volleyball``, ``tennis``, ``baseball`` or ``rubber``.
        design: 0 to `BALL_DESIGNS` - 1: how the panels are coloured and what is printed.
        colour: Linear RGB of what is coloured freely.
        second: Linear RGB beside it.
        wear: 0 (new) to 1 (years on the street).
        seed: Which dirt.
    """
    painter = {
        "football": _football, "basketball": _basketball, "volleyball": _volleyball, "tennis": _tennis,
        "baseball": _baseball, "rubber": _rubber,
    }[kind]  # fmt: skip
    layers = painter(design, np.array(colour, np.float32), np.array(second, np.float32))
    _soil(layers, wear, seed)
    full = np.full(layers.rough.shape, 255, np.uint8)
    data = np.stack([full, quantise(layers.rough), np.zeros_like(full)], axis=-1)
    return BallSurface(
        make_texture(encode_srgb(layers.image), is_srgb=True, wrap_uv=("clamp", "clamp")),
        make_texture(sphere_normal_map(layers.height), is_srgb=False, wrap_uv=("clamp", "clamp")),
        make_texture(data, is_srgb=False, wrap_uv=("clamp", "clamp")),
        layers.clearcoat,
    )


def _blank(colour: NDArray[np.float32], rough: float) -> _Layers:
    shape = atlas_directions(CELL_PX).shape[:2]
    image = np.broadcast_to(colour, (*shape, 3)).astype(np.float32)
    return _Layers(image, np.zeros(shape, np.float32), np.full(shape, rough, np.float32))


def _mix(layers: _Layers, colour: NDArray[np.float32] | LinearColour, weight: Image) -> None:
    layers.image += (np.asarray(colour, np.float32) - layers.image) * weight[:, :, None]


def _football(design: int, colour: NDArray[np.float32], second: NDArray[np.float32]) -> _Layers:
    seam, panel = _football_geometry()
    white = np.array((0.78, 0.78, 0.76), np.float32)
    black = np.array((0.018, 0.018, 0.02), np.float32)
    layers = _blank(white, 0.42)
    style = design % 6
    pentagon = panel < 12
    if style in (0, 1):  # classic
        layers.image[pentagon] = black if style == 0 else colour
    elif style == 2:  # coloured pentagons and some hexagons
        layers.image[pentagon] = colour
        layers.image[np.isin(panel, (13, 17, 22, 26, 30))] = second
    elif style == 3:  # all one panel colour with bands along the seams
        layers.image[:] = second
        _mix(layers, colour, smoothstep(0.10, 0.085, seam) * smoothstep(0.05, 0.062, seam))
    elif style == 4:  # coloured stars
        star = np.where(pentagon, smoothstep(0.07, 0.09, seam), 0.0).astype(np.float32)
        _mix(layers, colour, star)
        _mix(
            layers,
            black,
            np.where(pentagon, 0.0, smoothstep(0.12, 0.1, seam) * smoothstep(0.055, 0.07, seam)).astype(np.float32),
        )
    else:
        layers.image[panel % 2 == 0] = colour
        layers.image[panel % 5 == 0] = black
    if style != 3:
        _stamp(layers, design, 1, black if style != 5 else white, 0.16)
    groove = smoothstep(0.03, 0.004, seam)
    layers.height -= 0.018 * groove * groove
    layers.height += 0.0006 * _grain()
    _mix(layers, (0.02, 0.02, 0.02), 0.75 * smoothstep(0.011, 0.003, seam))
    layers.clearcoat = 0.35
    return layers


def _basketball(design: int, colour: NDArray[np.float32], second: NDArray[np.float32]) -> _Layers:
    seam = basketball_seam(atlas_directions(CELL_PX))
    leather = np.array(((0.42, 0.125, 0.035), (0.36, 0.095, 0.028), (0.5, 0.17, 0.05))[design % 3], np.float32)
    layers = _blank(leather, 0.72)
    if design % 6 == 4:  # panels in two colours
        _, y, z = np.moveaxis(atlas_directions(CELL_PX), -1, 0)
        layers.image[(y * z) > 0] = colour
        layers.image[(y * z) <= 0] = second
    pebble = _pebbles()
    layers.height += 0.0065 * pebble
    layers.image *= (0.86 + 0.2 * pebble)[:, :, None]
    layers.rough = np.asarray(0.8 - 0.2 * pebble, np.float32)
    line = smoothstep(0.030, 0.022, seam)
    layers.height = layers.height * (1 - line) - 0.012 * smoothstep(0.032, 0.016, seam)
    _mix(layers, (0.015, 0.014, 0.014), line)
    _stamp(layers, design, 0, np.array((0.02, 0.018, 0.016), np.float32), 0.2)
    return layers


def _volleyball(design: int, colour: NDArray[np.float32], second: NDArray[np.float32]) -> _Layers:
    seam, panel = volleyball_panels(atlas_directions(CELL_PX))
    white = np.array((0.78, 0.77, 0.73), np.float32)
    layers = _blank(white, 0.55)
    strip = panel % 3
    if design % 4 in (0, 1):
        layers.image[strip == 1] = colour
        if design % 4 == 1:
            layers.image[strip == 2] = second
    elif design % 4 == 2:
        layers.image[(panel // 3) % 2 == 0] = colour
    layers.height -= 0.014 * smoothstep(0.02, 0.003, seam)
    layers.height += 0.0012 * _grain()
    _mix(layers, (0.06, 0.055, 0.05), 0.7 * smoothstep(0.008, 0.002, seam))
    _stamp(layers, design, 4, np.array((0.03, 0.04, 0.12), np.float32), 0.12)
    return layers


def _tennis(design: int, colour: NDArray[np.float32], second: NDArray[np.float32]) -> _Layers:
    seam = _tennis_geometry()
    felt = np.array(((0.55, 0.72, 0.03), (0.6, 0.75, 0.06), (0.48, 0.66, 0.04))[design % 3], np.float32)
    if design == 11:
        felt = colour * 0.9
    layers = _blank(felt, 0.97)
    fuzz = _fuzz()
    layers.height += 0.0028 * fuzz
    layers.image *= np.clip(0.95 + 0.07 * fuzz, 0.5, 1.2)[:, :, None]
    line = smoothstep(0.062, 0.045, seam)
    layers.height = layers.height * (1 - line) - 0.03 * smoothstep(0.08, 0.04, seam)
    _mix(layers, (0.72, 0.72, 0.66), line)
    # The seam passes far from the middle of the face of +z, and through those of +x and +y.
    _stamp(layers, design, 4, np.array((0.02, 0.02, 0.022), np.float32), 0.2, weight=0.8)
    del second
    return layers


def _baseball(design: int, colour: NDArray[np.float32], second: NDArray[np.float32]) -> _Layers:
    seam = _tennis_geometry()
    layers = _blank(np.array((0.74, 0.71, 0.63), np.float32), 0.6)
    layers.height -= 0.008 * smoothstep(0.02, 0.004, seam)
    stitches = _stitches()
    _mix(layers, (0.48, 0.02, 0.02) if design % 5 else (0.02, 0.05, 0.3), stitches)
    layers.height += 0.012 * stitches + 0.001 * _grain()
    _mix(layers, (0.25, 0.2, 0.15), 0.5 * smoothstep(0.01, 0.003, seam))
    _stamp(layers, design, 4, np.array((0.05, 0.05, 0.2), np.float32), 0.22, weight=0.75)
    del colour, second
    return layers


def _rubber(design: int, colour: NDArray[np.float32], second: NDArray[np.float32]) -> _Layers:
    directions = atlas_directions(CELL_PX)
    layers = _blank(colour, 0.48)
    x, y, z = np.moveaxis(directions, -1, 0)
    style = design % 6
    around = np.arctan2(y, x)
    if style == 1:  # band around the middle
        _mix(layers, second, smoothstep(0.27, 0.255, np.abs(z)))
        _mix(layers, (0.78, 0.77, 0.74), smoothstep(0.03, 0.015, np.abs(np.abs(z) - 0.27)))
    elif style == 2:  # gores of a beach ball
        gore = np.floor((around + np.pi) / (2 * np.pi) * 6).astype(np.int64) % 6
        palette = np.stack(
            [
                colour,
                np.array((0.78, 0.77, 0.74)),
                second,
                np.array((0.78, 0.6, 0.05)),
                np.array((0.02, 0.2, 0.5)),
                np.array((0.78, 0.77, 0.74)),
            ]
        )
        layers.image[:] = palette[gore]
        _mix(layers, (0.78, 0.77, 0.74), smoothstep(0.965, 0.975, np.abs(z)))
        layers.clearcoat, layers.rough = 0.6, layers.rough * 0.6
    elif style == 3:  # spots
        points = np.stack([x, y, z], -1)
        rng = rng_for(design, 0, "ball.spots")
        spots = rng.standard_normal((26, 3))
        spots /= np.linalg.norm(spots, axis=1, keepdims=True)
        nearest = (points.reshape(-1, 3) @ spots.T.astype(np.float32)).max(axis=1).reshape(x.shape)
        _mix(layers, second, smoothstep(0.965, 0.969, nearest))
    elif style == 4:  # marbled
        share = smoothstep(
            -0.3,
            0.6,
            solid_noise(
                np.asarray(directions + 0.3 * np.sin(3 * directions[..., ::-1]), np.float32),
                design,
                "ball.marble",
                5.0,
                8,
            ),
        )
        _mix(layers, second, share)
    elif style == 5:  # rings moulded in
        layers.height -= 0.012 * smoothstep(0.03, 0.01, np.abs(np.abs(z) - 0.35)) + 0.012 * smoothstep(
            0.03, 0.01, np.abs(y)
        )
    if style in (0, 1, 5):
        _stamp(layers, design, 3, second, 0.17)
    layers.height += 0.0007 * _grain()
    return layers


def _soil(layers: _Layers, wear: float, seed: int) -> None:
    """Dirt and rubbed places all over."""
    if wear <= 0:
        return
    soft, gritty = _dirt(seed)
    soil = np.asarray(np.clip(wear * (0.12 + 0.35 * soft + 0.5 * gritty), 0, 0.85), np.float32)
    _mix(layers, (0.14, 0.11, 0.075), soil)
    layers.rough = np.asarray(np.clip(layers.rough + 0.3 * soil, 0, 1), np.float32)
    layers.clearcoat *= 1.0 - wear


@lru_cache(maxsize=4)
def _dirt(seed: int) -> tuple[Image, Image]:
    """Soft and gritty dirt, each 0..1."""
    directions = atlas_directions(CELL_PX)
    cloud = solid_noise(directions, seed, "ball.dirt", 5.0, 10)
    cloud = cloud + 0.6 * solid_noise(directions, seed, "ball.dirt.fine", 19.0, 10)
    grit = _six_cells(fbm(rng_for(seed, 0, "ball.grit"), (CELL_PX, CELL_PX), (24, 24), 3, 0.6))
    return smoothstep(0.0, 2.2, cloud), smoothstep(1.2, 2.6, grit + 0.6 * cloud)


def _stamp(
    layers: _Layers, design: int, face: int, ink: NDArray[np.float32], size: float, *, weight: float = 1.0
) -> None:
    """Print a name and an emblem in the middle of one face of the atlas."""
    canvas = Canvas(CELL_PX, CELL_PX, (0, 0, 0))
    middle = CELL_PX / 2
    name = invented_name(design, "ball.brand")
    canvas.text(
        name,
        (middle, middle + CELL_PX * size * 0.55),
        CELL_PX * size * 0.42,
        (255, 255, 255),
        TypeStyle(weight=0.14, slant=0.2 * (design % 2)),
        max_width=CELL_PX * size * 3,
    )
    draw_emblem(
        canvas,
        design * 3 + 1,
        (middle, middle - CELL_PX * size * 0.35),
        CELL_PX * size * 0.5,
        (255, 255, 255),
        (130, 130, 130),
        (0, 0, 0),
    )
    mask = canvas.finished()[:, :, 0].astype(np.float32) * np.float32(weight / 255)
    row, column = divmod(face, ATLAS_COLUMNS)
    window = np.s_[row * CELL_PX : (row + 1) * CELL_PX, column * CELL_PX : (column + 1) * CELL_PX]
    layers.image[window] += (ink - layers.image[window]) * mask[:, :, None]


@lru_cache(maxsize=1)
def _football_geometry() -> tuple[Image, NDArray[np.int64]]:
    return football_panels(atlas_directions(CELL_PX))


@lru_cache(maxsize=1)
def _tennis_geometry() -> Image:
    return tennis_seam(atlas_directions(CELL_PX))


def _six_cells(tile: Image) -> Image:
    """One seamless tile in every cell of the atlas; fine enough that the borders do not show."""
    return np.tile(tile, (2, ATLAS_COLUMNS))


@lru_cache(maxsize=1)
def _pebbles() -> Image:
    rng = rng_for(0, 0, "ball.pebbles")
    near, _, _ = cell_noise(jittered_points(rng, (72, 72), 0.6), (CELL_PX, CELL_PX))
    return _six_cells(np.asarray(np.clip(1.0 - near / 2.0, 0, 1), np.float32))


@lru_cache(maxsize=1)
def _grain() -> Image:
    return _six_cells(fbm(rng_for(0, 0, "ball.grain"), (CELL_PX, CELL_PX), (60, 60), 2, 0.6))


@lru_cache(maxsize=1)
def _fuzz() -> Image:
    rng = rng_for(0, 0, "ball.fuzz")
    strands = fbm(rng, (CELL_PX, CELL_PX), (40, 40), 4, 0.75)
    return _six_cells(np.asarray(cv2.GaussianBlur(strands, (0, 0), 0.6), np.float32))


@lru_cache(maxsize=1)
def _stitches() -> Image:
    """Short bars to both sides of the seam of a baseball, 0..1."""
    t = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    a, b = 0.75, 0.25
    curve = np.stack(
        [a * np.cos(t) + b * np.cos(3 * t), a * np.sin(t) - b * np.sin(3 * t), 2 * np.sqrt(a * b) * np.sin(2 * t)],
        axis=1,
    )
    curve /= np.linalg.norm(curve, axis=1, keepdims=True)
    tangent = np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)
    length = np.cumsum(np.linalg.norm(tangent, axis=1)) / 2
    picks = np.searchsorted(length, np.linspace(0, length[-1], 109)[:-1])
    tangent = tangent[picks] / np.linalg.norm(tangent[picks], axis=1, keepdims=True)
    across = np.cross(curve[picks], tangent)
    bars = [
        curve[picks] + side * reach * across + 0.35 * reach * tangent
        for side in (-1, 1)
        for reach in np.linspace(0.012, 0.075, 7)
    ]
    points = np.concatenate(bars)
    return smoothstep(0.014, 0.009, curve_distance(atlas_directions(CELL_PX), points))
