"""A shopping bag that stands or hangs: paper with cord handles, or a cloth tote."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.tubework import bent_tube
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map, ridged, value_noise
from synthvision.library.procedural.prints.lettering import TypeStyle, text_mask
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.subdivision import Cage

__all__ = ["SHOPPING_BAG"]

LinearColour = tuple[float, float, float]
_WORDS = ("LUMIDA", "Korvano", "TREVIO", "belisa", "NORDAVI", "Pelucci", "OSTARA 7", "Fimmel")
ROWS, COLUMNS = 12, 40


@lru_cache(maxsize=24)
def _printed(kind: str, colour: LinearColour, ink: LinearColour, seed: int) -> Texture:
    """Walls all around: u = 0.25 is the middle of the front, v = 0 the rim."""
    rng = rng_for(seed, 0, "shopping_bag.print")
    tone = 1.0 + 0.05 * fbm(rng, (256, 512), (4, 8), 4, 0.55)
    if kind == "tote":
        tone = tone + 0.05 * value_noise(rng, (256, 512), (128, 256))
    mask = np.zeros((256, 512), np.float32)
    word = text_mask(_WORDS[seed % len(_WORDS)], 40, TypeStyle(weight=0.1 * (seed % 3), tracking=0.06))
    wide = 92
    small = cv2.resize(
        word, (wide, max(10, word.shape[0] * wide * 8 // (5 * word.shape[1]))), interpolation=cv2.INTER_AREA
    )
    for middle in (128, 384):
        top, left = 112 - small.shape[0] // 2, middle - wide // 2
        mask[top : top + small.shape[0], left : left + wide] = small / 255.0
        if seed % 2:
            cv2.ellipse(mask, (middle, 112), (53, 84), 0.0, 0.0, 360.0, 1.0, 2, cv2.LINE_AA)
    if seed % 3 == 0:
        mask[206:222] = 1.0
    image = np.array(colour) * (1 - mask[..., None]) + np.array(ink) * mask[..., None]
    return make_texture(encode_srgb(np.clip(image * tone[..., None], 0, 1)), is_srgb=True, wrap_uv=("repeat", "clamp"))


@lru_cache(maxsize=8)
def _creased(kind: str, seed: int) -> Texture:
    rng = rng_for(seed, 0, "shopping_bag.creases")
    if kind == "paper":
        height = 0.0022 * ridged(rng, (256, 512), (4, 8), 3) + 0.001 * fbm(rng, (256, 512), (5, 9), 3)
    else:
        height = 0.003 * fbm(rng, (256, 512), (4, 9), 3) + 0.0002 * value_noise(rng, (256, 512), (128, 256))
    return make_texture(normal_map(np.asarray(height, np.float32), 0.0022), is_srgb=False)


def _outline(share: float, size: tuple[float, float, float], fold: float, soft: float) -> Floats:
    """The wall at a height share 0..1: a rectangle whose sides fold in towards the rim."""
    deep, wide = size[0] / 2, size[1] / 2
    per = COLUMNS // 4
    t = np.linspace(-1, 1, per + 1)[:-1]
    one = np.ones(per)
    corners = np.concatenate(
        [np.stack([one, t], 1), np.stack([-t, one], 1), np.stack([-one, -t], 1), np.stack([t, -one], 1)]
    )
    x, y = corners.T
    bulge = soft * np.sin(np.pi * min(share * 1.15, 1.0))
    # Round corners, gusset folded in, faces bulged by what lies inside.
    radius = np.maximum(np.abs(x), np.abs(y)) / np.power(np.abs(x) ** 8 + np.abs(y) ** 8, 1 / 8)
    x, y = x * radius, y * radius
    gusset = fold * share**1.5 * (1 - np.abs(x)) * np.abs(y) ** 6
    x = x * (1 - 0.55 * fold * share**2) * deep * (1 + bulge * (1 - y**2))
    y = np.sign(y) * (np.abs(y) - 0.5 * gusset) * wide * (1 + 0.25 * bulge)
    return np.stack([x, y, np.full(COLUMNS, share * size[2])], axis=1)


def _bag(size: tuple[float, float, float], fold: float, soft: float, slump: float, seed: int) -> Mesh:
    rng = rng_for(seed, 0, "shopping_bag.shape")
    phase = rng.uniform(0, 2 * np.pi, 3)
    turn = np.arange(COLUMNS) * 2 * np.pi / COLUMNS

    def wall(share: float, inset: float) -> Floats:
        ring = _outline(share, size, fold, soft)
        ring[:, 2] -= slump * size[2] * share**2 * (0.5 + 0.5 * np.sin(2 * turn + phase[0]))
        push = 1 + (0.03 + 0.05 * slump) * np.sin(3 * turn + phase[1] + 5 * share) * np.sin(np.pi * share)
        ring[:, 0] *= push
        flat = ring[:, :2] * (1 - inset / np.maximum(np.linalg.norm(ring[:, :2], axis=1, keepdims=True), 1e-6))
        return np.concatenate([flat, ring[:, 2:]], axis=1)

    cage = Cage()
    shares = np.concatenate([[0.0, 0.01], np.linspace(0.04, 1.0, ROWS)])
    outer = [cage.ring(wall(float(t), 0.0), np.ones(1)) for t in shares]
    inner = [cage.ring(wall(float(max(t, 0.03)), 0.0025), np.ones(1)) for t in shares[::-1]]
    rings = [*outer, *inner]
    vs = [*(1 - shares), *shares]
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.125, 1.125), (float(vs[row]), float(vs[row + 1])))
    cage.cap(rings[0], (0.4, 0.98), flip=True)
    cage.cap(rings[-1], (0.4, 0.98))
    return cage.coarse_surface(cage.positions_n3()).mesh()


def _build(params: Mapping[str, Any]) -> Model:
    tall = float(params["height_m"])
    kind = str(params["material"])
    size = (tall * float(params["depth_ratio"]), tall * float(params["width_ratio"]), tall)
    seed = int(params["print_seed"])
    paper = kind == "paper"
    fold = float(params["folded"])
    bag = _bag(size, fold, 0.06 if paper else 0.28, float(params["slump"]) * (0.05 if paper else 0.18), seed)
    colour = rgb(params["colour"])
    wall = Material(
        name="body",
        base_colour_map=_printed(kind, colour, rgb(params["ink"]), seed),
        roughness=0.7 if paper else 0.88,
        normal_map=_creased(kind, seed % 4),
    )
    handles = []
    rise = float(params["handle_m"])
    x = size[0] / 2 * (1 - 0.55 * fold) - 0.006
    for side in (1.0, -1.0):
        y = 0.2 * size[1]
        lean = side * (0.02 if paper else 0.05)
        line = [
            (side * x, -y, tall - 0.05),
            (side * x + 0.2 * lean, -0.95 * y, tall + 0.4 * rise),
            (side * x + lean, -0.3 * y, tall + rise),
            (side * x + lean, 0.3 * y, tall + rise),
            (side * x + 0.2 * lean, 0.95 * y, tall + 0.4 * rise),
            (side * x, y, tall - 0.05),
        ]
        handles.append(bent_tube(line, 0.004 if paper else 0.010, 8, 3))
    cord = Material(name="handles", base_colour=(*rgb(params["handle_colour"]), 1.0), roughness=0.85)
    keypoints = {"handle": (0.0, 0.0, tall + rise)}
    return assembled(
        "shopping_bag", params, [(bag, wall), (join(handles), cord)], attributes={"material": kind}, keypoints=keypoints
    )


SHOPPING_BAG = ProceduralAsset(
    name="shopping_bag",
    kind="model",
    category="bag",
    tags=("street", "people", "bag", "shopping", "carried", "shop"),
    size_m=0.45,
    description="A printed shopping bag of paper or cloth with two handles, open at the top, more or less folded.",
    parameters={
        "material": Choice(("paper", "tote"), "paper"),
        "height_m": Number(0.26, 0.46, 0.36, "m"),
        "width_ratio": Number(0.68, 1.05, 0.82),
        "depth_ratio": Number(0.28, 0.48, 0.36),
        "folded": Number(0.0, 0.85, 0.3),
        "slump": Number(0.0, 1.0, 0.3),
        "handle_m": Number(0.07, 0.22, 0.13, "m"),
        "colour": Colour(
            (
                (0.42, 0.27, 0.14),
                (0.42, 0.27, 0.14),
                (0.72, 0.71, 0.68),
                (0.03, 0.03, 0.032),
                (0.55, 0.5, 0.4),
                (0.5, 0.04, 0.05),
                (0.06, 0.2, 0.3),
                (0.55, 0.65, 0.2),
            ),
            0.12,
        ),
        "ink": Colour(((0.02, 0.02, 0.02), (0.6, 0.6, 0.58), (0.45, 0.02, 0.03), (0.02, 0.1, 0.3)), 0.1),
        "handle_colour": Colour(((0.3, 0.2, 0.11), (0.6, 0.59, 0.55), (0.02, 0.02, 0.02)), 0.1),
        "print_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "handles"),
    keypoints=("handle",),
)
