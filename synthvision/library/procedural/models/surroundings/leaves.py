"""Leaves and needles as cut-out images on cards, and bark."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map, quantise, ridged
from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["CLUSTERS", "bark_material", "cards", "foliage_material", "needle_material"]

CLUSTERS = 2
"""Columns and rows of different clusters in the image of `foliage_material`."""

SIZE_PX = 512
LEAVES: dict[str, tuple[float, float, float]] = {
    # length of a leaf as a share of the cell, its width against its length, teeth or lobes
    "broad": (0.125, 0.6, 0.08),
    "slim": (0.135, 0.34, 0.04),
    "lobed": (0.14, 0.8, 0.3),
}
BARKS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "brown": ((0.17, 0.12, 0.08), (0.05, 0.035, 0.024)),
    "grey": ((0.25, 0.23, 0.2), (0.085, 0.075, 0.065)),
    "birch": ((0.62, 0.6, 0.55), (0.045, 0.04, 0.035)),
}


def foliage_material(name: str, leaf: str, colour: tuple[float, float, float]) -> Material:
    """Return the leaves of a tree or hedge; their image has `CLUSTERS` by `CLUSTERS` clusters."""
    return Material(
        name=name,
        base_colour=(*colour, 1.0),
        base_colour_map=_clusters(leaf),
        roughness=0.62,
        alpha_mode="mask",
        alpha_cutoff=0.4,
        double_sided=True,
    )


def needle_material(name: str, colour: tuple[float, float, float]) -> Material:
    """Return sprays of needles whose stem runs along v, two different ones side by side."""
    return Material(
        name=name,
        base_colour=(*colour, 1.0),
        base_colour_map=_sprays(),
        roughness=0.7,
        alpha_mode="mask",
        alpha_cutoff=0.35,
        double_sided=True,
    )


def bark_material(kind: str) -> Material:
    """Return one of the barks: ``brown``, ``grey`` or ``birch``."""
    colour, rough, relief = _bark(kind)
    return Material(name="bark", base_colour_map=colour, metallic_roughness_map=rough, normal_map=relief, roughness=1.0)


def cards(
    places_n3: Floats,
    facing_n3: Floats,
    shading_n3: Floats,
    size_n: Floats,
    turn_n: Floats,
    cell_n: NDArray[np.int64],
) -> Mesh:
    """Return square cards that each show one cluster.

    Args:
        places_n3: Middles, metres.
        facing_n3: Unit normals of the cards.
        shading_n3: Unit normals for the light, which follow the crown rather than each card.
        size_n: Sides, metres.
        turn_n: Turn of each card about its normal, radians.
        cell_n: Which cluster, 0 to `CLUSTERS` squared - 1.
    """
    facing = facing_n3 * np.where(np.einsum("ni,ni->n", facing_n3, shading_n3) < 0, -1.0, 1.0)[:, None]
    shading = shading_n3 + 0.35 * facing
    shading /= np.linalg.norm(shading, axis=1, keepdims=True)
    axis = np.eye(3)[np.argmin(np.abs(facing), axis=1)]
    first = np.cross(axis, facing)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(facing, first)
    c, s = np.cos(turn_n)[:, None], np.sin(turn_n)[:, None]
    right, up = c * first + s * second, c * second - s * first
    corner = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    offset = corner[None, :, :1] * right[:, None] + corner[None, :, 1:] * up[:, None]
    positions = places_n3[:, None] + size_n[:, None, None] * offset
    # Corners lean outwards, so that light changes softly over a card as over a tuft of leaves.
    soft = shading[:, None] + 0.55 * offset
    soft /= np.linalg.norm(soft, axis=2, keepdims=True)
    cell = np.stack([cell_n % CLUSTERS, cell_n // CLUSTERS], axis=1)
    uvs = (cell[:, None] + np.array([[0.01, 0.99], [0.99, 0.99], [0.99, 0.01], [0.01, 0.01]])) / CLUSTERS
    start = np.arange(len(places_n3))[:, None] * 4
    triangles = (start[:, None] + np.array([[0, 1, 2], [0, 2, 3]], np.int64)).reshape(-1, 3)
    return Mesh(positions.reshape(-1, 3), soft.reshape(-1, 3), uvs.reshape(-1, 2), triangles)


@lru_cache(maxsize=4)
def _clusters(leaf: str) -> Texture:
    """Twigs with leaves on all sides, pale enough that a colour factor makes them green, RGBA."""
    rng = rng_for(0, 0, f"tree.leaves.{leaf}")
    image = np.zeros((SIZE_PX, SIZE_PX, 4), np.uint8)
    image[:, :, :3] = 120
    cell = SIZE_PX // CLUSTERS
    for row in range(CLUSTERS):
        for column in range(CLUSTERS):
            window = image[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
            _cluster(rng, window, leaf)
    return make_texture(image, is_srgb=True, wrap_uv=("clamp", "clamp"))


def _cluster(rng: np.random.Generator, window: NDArray[np.uint8], leaf: str) -> None:
    cell = window.shape[0]
    long, wide, teeth = LEAVES[leaf]
    canvas = np.ascontiguousarray(window)
    count = 84
    spray = rng.uniform(0, 2 * np.pi, 5)
    for k in range(count):
        # Leaves sit along a few twigs that spread from the middle; those drawn last lie on top, in the light.
        angle = float(spray[rng.integers(len(spray))] + rng.normal(0, 0.3))
        radius = cell * 0.42 * float(rng.random() ** 0.6)
        start = np.array([cell / 2, cell / 2]) + radius * np.array([np.cos(angle), np.sin(angle)])
        heading = angle + float(rng.normal(0, 0.9))
        length = cell * long * float(rng.uniform(0.6, 1.0))
        outline = _leaf_outline(length, wide * float(rng.uniform(0.6, 1.05)), teeth)
        c, s = np.cos(heading), np.sin(heading)
        placed = start + (outline - [0.4 * length, 0]) @ np.array([[c, s], [-s, c]])
        inside = np.clip(placed, 3, cell - 4)
        tone = int(60 + 150 * (k / count) ** 0.8 + rng.integers(0, 40))
        ink = (int(tone * rng.uniform(0.9, 1.02)), tone, int(tone * rng.uniform(0.75, 0.95)), 255)
        cv2.fillPoly(canvas, [np.round(inside * 16).astype(np.int32)], ink, cv2.LINE_AA, 4)
        vein = np.round(np.clip(np.stack([placed[0], placed[len(placed) // 2]]), 3, cell - 4) * 16).astype(np.int32)
        cv2.polylines(canvas, [vein], False, (*(int(v * 0.8) for v in ink[:3]), 255), 1, cv2.LINE_AA, 4)
    window[:] = canvas


def _leaf_outline(length: float, wide: float, teeth: float) -> Floats:
    share = np.linspace(0, 1, 15)
    half = 0.5 * wide * length * np.sin(np.pi * share**0.85) ** 0.9 * (1 + teeth * np.cos(share * 6 * np.pi))
    upper = np.stack([share * length, half], axis=1)
    lower = np.stack([share[::-1] * length, -half[::-1]], axis=1)
    return np.concatenate([upper, lower[1:-1]])


@lru_cache(maxsize=1)
def _sprays() -> Texture:
    """Two sprays of needles with side twigs, their stems up along the image, RGBA."""
    rng = rng_for(0, 0, "tree.needles")
    wide, tall = 256, 512
    image = np.zeros((tall, 2 * wide, 4), np.uint8)
    image[:, :, :3] = 110
    for k in range(2):
        canvas = np.ascontiguousarray(image[:, k * wide : (k + 1) * wide])
        twigs = [(np.array([wide / 2, tall - 4.0]), np.array([wide / 2, 10.0]))]
        for y in np.linspace(tall - 30, 40, 13):
            for side in (-1, 1):
                reach = (0.12 + 0.36 * min(1.0, (tall - y) / 90) * (y / tall) ** 0.6) * wide * rng.uniform(0.75, 1.05)
                start = np.array([wide / 2, y + rng.uniform(-8, 8)])
                twigs.append((start, np.add(start, (side * reach, -0.75 * reach))))
        for start, end in twigs:
            _needles(rng, canvas, start, end)
        image[:, k * wide : (k + 1) * wide] = canvas
    return make_texture(image, is_srgb=True, wrap_uv=("clamp", "clamp"))


def _needles(rng: np.random.Generator, canvas: NDArray[np.uint8], start: Floats, end: Floats) -> None:
    along = end - start
    length = float(np.linalg.norm(along))
    along = along / length
    across = np.array([-along[1], along[0]])
    height, width = canvas.shape[:2]
    _stroke(canvas, start, end, (92, 74, 56, 255))
    for share in np.linspace(0.02, 1.0, max(int(length / 4.2), 6)):
        for side in (-1, 1):
            root = start + share * length * along
            reach = float(rng.uniform(9, 15))
            tip = np.clip(root + reach * (0.7 * along + side * 0.75 * across), 2, [width - 3, height - 3])
            tone = int(rng.integers(110, 230))
            ink = (int(0.85 * tone), tone, int(0.82 * tone), 255)
            _stroke(canvas, root, tip, ink)


def _stroke(canvas: NDArray[np.uint8], start: Floats, end: Floats, ink: tuple[int, int, int, int]) -> None:
    line = np.round(np.stack([start, end]) * 16).astype(np.int32)
    cv2.polylines(canvas, [line], False, ink, 2, cv2.LINE_AA, 4)


@lru_cache(maxsize=3)
def _bark(kind: str) -> tuple[Texture, Texture, Texture]:
    """Colour, roughness and normals of bark, up along v; one repeat is a metre high."""
    rng = rng_for(0, 0, f"tree.bark.{kind}")
    shape = (512, 256)
    light, dark = (np.array(colour, np.float32) for colour in BARKS[kind])
    if kind == "birch":
        bands = fbm(rng, shape, (48, 4), 3, 0.55)
        cracks = np.clip((bands - 1.35) * 2.2, 0, 1) + np.clip((fbm(rng, shape, (4, 3), 4) - 1.5) * 2, 0, 1)
    else:
        furrows = ridged(rng, shape, (6, 14), 3, 0.6)
        cracks = np.clip((furrows - 0.45) * 2.4, 0, 1)
    cracks = np.clip(cracks, 0, 1).astype(np.float32)
    tone = 1 + 0.13 * fbm(rng, shape, (5, 4), 5, 0.6)
    colour = (light + (dark - light) * cracks[:, :, None]) * tone[:, :, None]
    green = np.clip(fbm(rng, shape, (3, 3), 4) - 0.7, 0, 1)[:, :, None] * np.float32(0.35)
    colour = colour * (1 - green) + np.array((0.08, 0.09, 0.035), np.float32) * green
    depth = 0.004 if kind == "birch" else 0.022
    height = np.asarray(-depth * cracks + 0.002 * fbm(rng, shape, (40, 30), 3), np.float32)
    full = np.full(shape, 255, np.uint8)
    rough = quantise(0.86 + 0.1 * cracks)
    return (
        make_texture(encode_srgb(colour), is_srgb=True),
        make_texture(np.stack([full, rough, full], axis=-1), is_srgb=False),
        make_texture(normal_map(height, (0.6 / 256, 1.0 / 512)), is_srgb=False),
    )
