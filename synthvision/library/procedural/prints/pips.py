"""Faces of a die: where the pips are, and the maps that show them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Texture
from synthvision.library.procedural.noise import blur, encode_srgb, make_texture, normal_map, quantise, smoothstep
from synthvision.library.procedural.shapes.atlas import ATLAS_COLUMNS, GUTTER, atlas_directions, solid_noise

__all__ = ["FACE_VALUES", "die_maps", "pip_places"]

FACE_VALUES = (2, 5, 3, 4, 1, 6)
"""Value on each of `CUBE_FACES` (+x, -x, +y, -y, +z, -z): a right-handed die as made in the West. Opposite faces add
up to seven, and the faces 1, 2, 3 run counter-clockwise about the corner where they meet, seen from outside."""

CELL_PX = 128
LinearColour = tuple[float, float, float]


def pip_places(value: int, orientation: int) -> NDArray[np.float64]:
    """Return the places of the pips of a face, float64 (value, 2), right and up, in units of the pips' spacing.

    Args:
        value: 1 to 6.
        orientation: Bits that makers choose freely: 1 turns the diagonal of the two, 2 that of the three, 4 turns
            the rows of the six.
    """
    corner = [(-1, 1), (1, -1)]
    turned = [(1, 1), (-1, -1)]
    places = {
        1: [(0, 0)],
        2: turned if orientation & 1 else corner,
        3: [(0, 0), *(turned if orientation & 2 else corner)],
        4: [*corner, *turned],
        5: [(0, 0), *corner, *turned],
        6: [(x, y) if orientation & 4 else (y, x) for x in (-1, 0, 1) for y in (-1, 1)],
    }[value]
    return np.array(places, np.float64)


@lru_cache(maxsize=24)
def die_maps(
    body: LinearColour,
    second: LinearColour,
    pips: LinearColour,
    pattern: str,
    orientation: int,
    pip_radius: float,
    spacing: float,
    one_style: str,
    seed: int,
) -> tuple[Texture, Texture, Texture]:
    """Return base colour, normal and metallic-roughness maps of a die in the atlas of `CUBE_FACES`.

    Args:
        body: Linear RGB of the die.
        second: Linear RGB of veins and specks.
        pips: Linear RGB of the paint in the pips.
        pattern: ``solid``, ``speckled``, ``marbled`` or ``pearl``.
        orientation: See `pip_places`.
        pip_radius: Radius of a pip over half the width of a face.
        spacing: Distance from the middle to the outer pips over half the width of a face.
        one_style: ``as_others``, ``large`` or ``large_red`` for the single pip.
        seed: Which pattern.
    """
    directions = atlas_directions(CELL_PX, flat=True)
    image = _material(directions, body, second, pattern, seed)
    ramp = ((np.arange(CELL_PX) + 0.5) / CELL_PX - GUTTER) / (1 - 2 * GUTTER) * 2 - 1
    right, up = np.meshgrid(ramp, -ramp)
    height = np.zeros(directions.shape[:2], np.float32)
    cover = np.zeros_like(height)
    sharp = 1.6 * 2 / CELL_PX
    paint = np.empty_like(image)
    paint[:] = np.array(pips, np.float32)
    for face, value in enumerate(FACE_VALUES):
        row, column = divmod(face, ATLAS_COLUMNS)
        window = np.s_[row * CELL_PX : (row + 1) * CELL_PX, column * CELL_PX : (column + 1) * CELL_PX]
        radius = pip_radius * (1.55 if value == 1 and one_style != "as_others" else 1.0)
        places = pip_places(value, orientation) * spacing
        distance = np.hypot(right[..., None] - places[:, 0], up[..., None] - places[:, 1]).min(axis=-1)
        hollow = np.sqrt(np.clip(1.0 - (distance / radius) ** 2, 0.0, 1.0))
        height[window] = -hollow * radius * 0.45
        cover[window] = smoothstep(radius + 0.3 * sharp, radius - 0.7 * sharp, distance)
        if value == 1 and one_style == "large_red":
            paint[window] = np.array((0.5, 0.012, 0.012), np.float32)
    worn = np.clip(0.96 + 0.05 * solid_noise(directions, seed, "die.paint", 14.0, 6), 0.8, 1.0)
    image += (paint - image) * (cover * worn)[:, :, None]
    rough = np.clip(0.72 + 0.06 * solid_noise(directions, seed, "die.rough", 9.0, 6) + 0.28 * cover, 0.3, 1.0)
    full = np.full(rough.shape, 255, np.uint8)
    pixel = 2.0 / (CELL_PX * (1 - 2 * GUTTER))
    return (
        make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("clamp", "clamp")),
        make_texture(normal_map(blur(height, 0.7), pixel), is_srgb=False, wrap_uv=("clamp", "clamp")),
        make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False, wrap_uv=("clamp", "clamp")),
    )


def _material(
    directions: NDArray[np.float32], body: LinearColour, second: LinearColour, pattern: str, seed: int
) -> NDArray[np.float32]:
    """The colour of the bare die."""
    base, other = np.array(body, np.float32), np.array(second, np.float32)
    shape = directions.shape[:2]
    if pattern == "marbled":
        swirl = directions + 0.35 * np.stack(
            [solid_noise(directions, seed + k, "die.swirl", 3.0, 5) for k in (1, 2, 3)], axis=-1
        )
        share = smoothstep(-0.9, 1.1, solid_noise(swirl, seed, "die.marble", 5.0, 8))
    elif pattern == "speckled":
        share = smoothstep(1.5, 1.8, solid_noise(directions, seed, "die.specks", 34.0, 16))
    elif pattern == "pearl":
        share = 0.5 + 0.22 * solid_noise(directions, seed, "die.pearl", 6.0, 8)
        other = base + (np.float32(0.75) - base) * np.float32(0.35)
    else:
        share = np.zeros(shape, np.float32)
    cloud = 1.0 + 0.02 * solid_noise(directions, seed, "die.cloud", 4.0, 5)
    return np.asarray((base + (other - base) * np.clip(share, 0, 1)[:, :, None]) * cloud[:, :, None], np.float32)
