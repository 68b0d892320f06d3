"""Bananas: one, or a hand of up to five, from green to spotted brown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.products.skins import banana_skin
from synthvision.library.procedural.shapes.lofts import loft, swept_rings
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about

__all__ = ["BANANA"]

SECTIONS = 24
STATIONS = np.array(
    [0.0, 0.02, 0.06, 0.12, 0.17, 0.22, 0.28, 0.36, 0.45, 0.54, 0.63, 0.72, 0.8, 0.86, 0.91, 0.945, 0.97, 0.985, 1.0]
)
GIRTH = np.array(
    [0.36, 0.34, 0.3, 0.3, 0.38, 0.56, 0.76, 0.92, 1.0, 1.0, 0.98, 0.93, 0.84, 0.72, 0.56, 0.38, 0.25, 0.2, 0.17]
)
"""Thickness along a banana, stem to tip, against the thickest place."""


def _build(params: Mapping[str, Any]) -> Model:
    count = int(params["count"])
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "banana.hand")
    length, thick, bend = float(params["length_m"]), float(params["thickness_m"]), float(params["bend_rad"])
    fruits = []
    for k in range(count):
        place = k - (count - 1) / 2
        vary = rng.uniform(-1.0, 1.0, 4)
        rings = _rings(
            length * (1 + 0.06 * vary[0]), thick / 2, bend * (1 + 0.12 * vary[1]), float(params["angularity"])
        )
        fruit = loft(rings, crease_rad=0.8)
        # A single banana lies on its side; in a hand they stand on their tips and stems, fanned out.
        tilt = 0.12 * vary[2] if count == 1 else 0.95 + 0.3 * vary[2] - 0.25 * abs(place)
        fruit = fruit.turned(turn_about("x", float(tilt)))
        fruit = fruit.turned(turn_about("z", float(0.16 * place + 0.03 * vary[3])))
        fruits.append(fruit.moved((0.0, 0.62 * thick * place * min(count - 1, 1), 0.0)))
    body = join(fruits)
    skin = Material(
        name="skin",
        base_colour_map=banana_skin(round(8 * float(params["ripeness"])) / 8, seed % 4),
        roughness=0.5,
        clearcoat=0.15,
        clearcoat_roughness=0.4,
    )
    pieces: list[tuple[Mesh, Material]] = [(body, skin)]
    if count > 1:
        crown = _crown(count, thick)
        pieces.append((crown, Material(name="crown", base_colour=(0.075, 0.055, 0.02, 1.0), roughness=0.8)))
    low, high = body.positions_n3.min(axis=0), body.positions_n3.max(axis=0)
    middle = (low + high) / 2
    pieces = [(mesh.moved((-middle[0], -middle[1], 0.0)), material) for mesh, material in pieces]
    stem = fruits[0].positions_n3[: SECTIONS + 1].mean(axis=0) - [middle[0], middle[1], 0.0]
    tip = _tip(fruits[0]) - [middle[0], middle[1], 0.0]
    return assembled(
        "banana",
        params,
        pieces,
        attributes={"material": "organic", "count": str(count)},
        keypoints={
            "stem": (float(stem[0]), float(stem[1]), float(stem[2])),
            "tip": (float(tip[0]), float(tip[1]), float(tip[2])),
        },
    )


def _tip(fruit: Mesh) -> Floats:
    end = fruit.uvs_n2[:, 1] < 1e-6
    return np.asarray(fruit.positions_n3[end].mean(axis=0), np.float64)


def _rings(length: float, radius: float, bend: float, angularity: float) -> Floats:
    """Sections with five soft edges along an arc in the xy plane; the stem at the origin is nearly straight."""
    t = STATIONS
    curve = np.cumsum(
        np.concatenate(
            [[0.0], np.diff(t) * np.interp((t[1:] + t[:-1]) / 2, [0, 0.15, 0.5, 0.9, 1], [0.3, 1.0, 1.2, 0.9, 0.3])]
        )
    )
    heading = bend * (curve / curve[-1] - 0.5)
    step = np.diff(t) * length
    mid = (heading[1:] + heading[:-1]) / 2
    x = np.concatenate([[0.0], np.cumsum(step * np.cos(mid))])
    y = np.concatenate([[0.0], np.cumsum(step * np.sin(mid))])
    angle = np.arange(SECTIONS) * 2 * np.pi / SECTIONS
    sections = []
    for share, girth in zip(t, GIRTH, strict=True):
        body = np.clip((share - 0.12) / 0.15, 0.0, 1.0) * np.clip((0.97 - share) / 0.15, 0.0, 1.0)
        edged = 1.0 + angularity * 0.08 * body * np.cos(5 * angle)
        size = radius * girth * edged * (1.0 if share > 0.15 else 0.9)
        sections.append(np.stack([size * np.cos(angle), size * np.sin(angle)], axis=1))
    path = np.stack([x, y, np.zeros_like(x)], axis=1)
    return swept_rings(path, np.array(sections), (0.0, 0.0, 1.0))


def _crown(count: int, thick: float) -> Mesh:
    """The cut piece of stalk that holds a hand together."""
    wide = 0.62 * thick * (count - 1) + 0.5 * thick
    angle = np.arange(16) * 2 * np.pi / 16
    rings = []
    for x, size in ((-0.018, 0.55), (-0.0165, 0.7), (-0.004, 0.9), (0.01, 1.0), (0.022, 0.85), (0.026, 0.5)):
        y = 0.5 * wide * size * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.7
        z = 0.26 * thick * size * np.sin(angle) * (1 + 0.1 * np.cos(3 * angle))
        rings.append(np.stack([np.full(16, x), y, z], axis=1))
    return loft(np.array(rings), crease_rad=0.7)


BANANA = ProceduralAsset(
    name="banana",
    kind="model",
    category="banana",
    tags=("table", "fruit", "food", "waste", "organic"),
    size_m=0.19,
    description="A banana or a hand of up to five, curved, with edges, from green over yellow to spotted brown.",
    parameters={
        "count": Integer(1, 5, 1),
        "length_m": Number(0.15, 0.22, 0.19, "m"),
        "thickness_m": Number(0.03, 0.042, 0.036, "m"),
        "bend_rad": Number(0.7, 1.6, 1.15),
        "angularity": Number(0.2, 1.0, 0.6),
        "ripeness": Number(0.1, 1.0, 0.5),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("skin", "crown"),
    keypoints=("stem", "tip"),
)
