"""A bag of thin film: a carrier bag with handles, a knotted rubbish bag, or an empty crumpled one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, lighter, opaque, rgb
from synthvision.library.procedural.models.products.finishes import front_forward
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.emblems import draw_emblem
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.prints.packages import package_scheme
from synthvision.library.procedural.shapes.crushing import Move, bending, composed, crumpling, crushed
from synthvision.library.procedural.shapes.lofts import circle_ring, loft
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.sweeps import sweep_tube
from synthvision.library.procedural.wear import roughness_map

__all__ = ["PLASTIC_BAG"]

SEGMENTS = 54
TIE_COLOURS = ((0.6, 0.02, 0.015), (0.7, 0.69, 0.66), (0.75, 0.5, 0.02))


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    wide = float(params["width_m"])
    deep = wide * float(params["depth_share"])
    tall = wide * float(params["height_share"])
    seed = int(params["wear_seed"])
    if style == "empty":
        tall, deep = 0.5 * tall, 0.9 * wide
    body = loft(_rings(style, wide, deep, tall, seed), crease_rad=0.9)
    upright = np.stack([body.uvs_n2[:, 0], np.clip(1.0 - body.positions_n3[:, 2] / tall, 0.0, 1.0)], axis=1)
    body = body.with_uvs(upright)
    # A carrier bag that stands is drawn tight by what is in it.
    depth = float(params["crumple"]) * (0.55 if style == "carrier" else 1.0)
    fine = crumpling(
        seed, "bag.fine", depth_m=(0.02 + 0.05 * depth) * wide, size_m=0.22 * wide, folds=9, weight=_above(0.06 * tall)
    )
    coarse = crumpling(
        seed + 8,
        "bag.coarse",
        depth_m=(0.05 + 0.12 * depth) * wide,
        size_m=0.5 * wide,
        folds=6,
        weight=_above(0.25 * tall),
    )
    moves: tuple[Move, ...] = (coarse, fine)
    if style == "empty":
        # Thrown down it falls over and sinks together; the underside stays on the floor.
        slump = bending(0.1 * tall, 1.3 * tall, 0.1 + 0.4 * float(params["slump_rad"]), 1.3 * seed)
        settled = _above(0.35 * tall, 0.0)
        heap = crumpling(seed, "bag.heap", depth_m=0.2 * wide, size_m=0.7 * wide, folds=5, weight=settled)
        fine = crumpling(
            seed, "bag.fine", depth_m=(0.03 + 0.07 * depth) * wide, size_m=0.2 * wide, folds=9, weight=settled
        )
        moves = (slump, heap, fine)
    else:
        moves += (bending(0.45 * tall, 1.15 * tall, float(params["slump_rad"]) + 1e-4, float(seed)),)
    high = 0.9 * tall
    film = crushed(body, *moves, _on_floor, crease_rad=0.7)
    design = int(params["design"])
    printed = str(params["print"]) == "logo" and style != "knotted"
    glossy = str(params["film"]) == "glossy"
    material = Material(
        name="body",
        base_colour=opaque(rgb(params["colour"])),
        base_colour_map=_logo(design) if printed else None,
        roughness=0.28 if glossy else 0.5,
        metallic_roughness_map=roughness_map(seed, 0.3),
        clearcoat=0.5 if glossy else 0.0,
        clearcoat_roughness=0.15,
    )
    pieces: list[tuple[Mesh, Material]] = [(front_forward(film, 2), material)]
    if style == "carrier":
        strips = crushed(join(_handles(wide, deep, tall)), *moves, _on_floor, crease_rad=0.7)
        shade = lighter(rgb(params["colour"]), 0.8)
        pieces.append((strips, Material(name="handles", base_colour=opaque(shade), roughness=0.35)))
    elif style == "knotted":
        tie = crushed(_tie(wide, deep, tall), *moves, crease_rad=0.7)
        pieces.append((tie, Material(name="tie", base_colour=opaque(TIE_COLOURS[seed % 3]), roughness=0.5)))
    top = composed(*moves)(np.array([[0.0, 0.0, high]]))[0]
    return assembled(
        "plastic_bag",
        params,
        pieces,
        attributes={"material": "plastic", "style": style, "crushed": "yes" if style == "empty" else "no"},
        keypoints={"base": (0.0, 0.0, 0.0), "mouth": (float(top[0]), float(top[1]), float(max(top[2], 0.0)))},
    )


def _on_floor(points: Floats) -> Floats:
    """What would hang below the floor lies on it, all but a hair."""
    z = points[:, 2]
    return np.concatenate([points[:, :2], np.where(z < 0.0, 0.004 * z, z)[:, None]], axis=1)


def _above(height: float, least: float = 0.25) -> Any:
    def weight(points: Floats) -> Floats:
        return np.asarray(least + (1.0 - least) * np.clip(points[:, 2] / height, 0.0, 1.0), np.float64)

    return weight


def _rings(style: str, wide: float, deep: float, tall: float, seed: int) -> Floats:
    """Rings from the floor up: a sagging belly, then film gathered in pleats towards the mouth."""
    profile = {
        # height, share of the width, share of pleats
        "carrier": [
            (0.0, 0.5, 0.0),
            (0.0, 0.8, 0.0),
            (0.05, 0.93, 0.05),
            (0.2, 1.0, 0.1),
            (0.45, 0.98, 0.2),
            (0.68, 0.86, 0.35),
            (0.85, 0.74, 0.5),
            (1.0, 0.7, 0.6),
        ],
        "knotted": [
            (0.0, 0.45, 0.0),
            (0.0, 0.75, 0.0),
            (0.06, 0.92, 0.05),
            (0.22, 1.0, 0.1),
            (0.42, 0.95, 0.2),
            (0.58, 0.76, 0.45),
            (0.7, 0.48, 0.8),
            (0.77, 0.2, 1.0),
            (0.8, 0.1, 1.0),
            (0.83, 0.1, 1.0),
            (0.88, 0.26, 1.2),
            (0.96, 0.4, 1.5),
            (1.0, 0.42, 1.6),
        ],
        "empty": [
            (0.0, 0.4, 0.0),
            (0.0, 0.8, 0.1),
            (0.1, 1.0, 0.4),
            (0.3, 1.02, 0.7),
            (0.5, 0.85, 0.9),
            (0.7, 0.6, 1.0),
            (0.9, 0.36, 1.0),
            (1.0, 0.2, 1.0),
        ],
    }[style]
    knots = np.array(profile)
    path = np.linspace(0.0, 1.0, len(knots))
    dense = np.linspace(0.0, 1.0, 30)
    z, share, pleat = (np.interp(dense, path, knots[:, k]) for k in range(3))
    angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    rng = rng_for(seed, 0, "plastic_bag.pleats")
    folds = np.zeros(SEGMENTS)
    for count in rng.integers(4, 13, 3):
        strength, phase = rng.uniform(0.4, 1.0), rng.uniform(0.0, 2 * np.pi)
        folds += strength * np.abs(np.sin(int(count) * angle + phase))
    folds -= folds.mean()
    rings = []
    for height, size, amount in zip(z, share, pleat, strict=True):
        section = circle_ring(1.0, SEGMENTS, exponent=2.6 if style == "carrier" else 2.0)
        grown = section * np.array([deep / 2, wide / 2]) * size * (1.0 + 0.16 * amount * folds)[:, None]
        if style == "carrier":
            # The mouth closes to a slit.
            grown[:, 0] *= 1.0 - 0.55 * np.clip((height - 0.5) / 0.5, 0.0, 1.0)
        ragged = 0.04 * tall * amount * folds * (height > 0.9)
        rings.append(np.concatenate([grown, (height * tall + ragged)[:, None]], axis=1))
    return np.array(rings)


def _tie(wide: float, deep: float, tall: float) -> Mesh:
    """The drawstring around the gathered neck."""
    angle = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    reach = 0.062 + 0.004 * np.cos(7 * angle)
    path = np.stack([deep * reach * np.cos(angle), wide * reach * np.sin(angle), np.full(32, 0.815 * tall)], axis=1)
    size = np.tile([0.011 * wide, 0.016 * wide], (32, 1))
    return sweep_tube(path, size, 8, binormal_xyz=(0.0, 0.0, 1.0), closed=True)


def _handles(wide: float, deep: float, tall: float) -> list[Mesh]:
    """Two loops of film over the mouth."""
    loops = []
    angle = np.linspace(0.0, np.pi, 17)
    for side in (-1.0, 1.0):
        y = 0.24 * wide * np.cos(angle)
        z = tall * (0.93 + 0.36 * np.sin(angle) ** 0.7)
        x = side * deep * (0.13 + 0.12 * np.sin(angle))
        path = np.stack([x, y, z], axis=1)
        tape = np.stack([np.full(17, 0.055 * wide), np.full(17, 0.0012)], axis=1)
        loop = sweep_tube(path, tape, 12, binormal_xyz=(1.0, 0.0, 0.0), exponent=4.0)
        loops.append(loop.with_uvs(np.tile([0.02, 0.04], (len(loop.uvs_n2), 1))))
    return loops


@lru_cache(maxsize=12)
def _logo(design: int) -> Texture:
    """A shop's name and emblem on both sides of a bag, white elsewhere so that the film's colour shows."""
    canvas = Canvas(512, 512, (255, 255, 255))
    scheme = package_scheme(design)
    name = invented_name(design, "plastic_bag")
    for middle in (128.0, 384.0):
        draw_emblem(canvas, design, (middle, 250.0), 62.0, scheme.main, scheme.second, scheme.accent)
        canvas.text(name, (middle, 350.0), 38.0, scheme.main, TypeStyle(weight=0.2, slant=0.1), max_width=190.0)
        canvas.rectangle(middle - 92, 384, middle + 92, 394, scheme.second)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("repeat", "clamp"))


PLASTIC_BAG = ProceduralAsset(
    name="plastic_bag",
    kind="model",
    category="plastic_bag",
    tags=("table", "waste", "bag", "plastic", "packaging", "rubbish"),
    size_m=0.35,
    description="A bag of thin film: carrier bag with two handles, knotted rubbish bag, or empty and crumpled.",
    parameters={
        "style": Choice(("carrier", "knotted", "empty"), "carrier", (0.4, 0.35, 0.25)),
        "width_m": Number(0.2, 0.42, 0.3, "m"),
        "depth_share": Number(0.5, 0.95, 0.62),
        "height_share": Number(0.85, 1.35, 1.1),
        "crumple": Number(0.0, 1.0, 0.5),
        "slump_rad": Number(0.0, 0.5, 0.15),
        "film": Choice(("glossy", "dull"), "glossy"),
        "colour": Colour(
            (
                (0.74, 0.74, 0.73),
                (0.74, 0.74, 0.73),
                (0.012, 0.012, 0.014),
                (0.02, 0.09, 0.35),
                (0.5, 0.02, 0.015),
                (0.75, 0.5, 0.04),
                (0.08, 0.35, 0.12),
                (0.3, 0.32, 0.33),
            ),
            0.1,
        ),
        "print": Choice(("logo", "plain"), "logo"),
        "design": Integer(0, 11, 1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "handles", "tie"),
    keypoints=("base", "mouth"),
)
