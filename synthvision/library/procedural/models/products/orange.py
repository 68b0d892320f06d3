"""An orange or mandarin: pored peel, the green button of its stalk, sometimes a leaf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.products.fruit_parts import button, leaf, stem
from synthvision.library.procedural.models.products.skins import orange_relief, orange_skin
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import smooth
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["ORANGE"]


def _build(params: Mapping[str, Any]) -> Model:
    size = float(params["size_m"])
    sort = str(params["sort"])
    flat = {"orange": 0.97, "mandarin": 0.78, "navel": 1.02}[sort] * float(params["height_share"])
    r, h = size / 2, size * flat
    seed = int(params["wear_seed"])
    dip = 0.05 if sort == "mandarin" else 0.015
    points = [(0.0, dip * h)]
    for angle in np.linspace(-1.32, 1.32, 13):
        swell = 1.06 if sort == "mandarin" else 1.0
        points.append((float(r * np.cos(angle) ** (1 / swell)), float(h * (0.5 + 0.5 * np.sin(angle)))))
    points += [(0.1 * r, (0.985 - dip) * h), (0.0, (0.975 - dip) * h)]
    if sort == "navel":
        points[0:1] = [(0.0, -0.004), (0.06 * r, -0.003), (0.12 * r, 0.004)]
    rng = rng_for(seed, 0, "orange.shape")
    phase = rng.uniform(0, 6.28, 3)
    lumps = float(params["lumps"])

    def lumpy(places: Floats) -> Floats:
        x, y, z = places.T
        angle = np.arctan2(y, x)
        grow = 1.0 + lumps * (0.02 * np.cos(3 * angle + phase[0]) + 0.015 * np.cos(2 * angle + phase[1] + 60 * z))
        top = np.clip((z / h - 0.7) / 0.3, 0.0, 1.0)
        pleat = 1.0 + (0.03 if sort == "mandarin" else 0.008) * top * np.cos(9 * angle + phase[2])
        return np.stack([x * grow * pleat, y * grow * pleat, z], axis=1)

    body = deformed(revolve(smooth(points, 26), 40), lumpy)
    peel = Material(
        name="skin",
        base_colour=opaque(rgb(params["colour"])),
        base_colour_map=orange_skin(seed),
        roughness=0.42,
        normal_map=orange_relief(),
        normal_scale=0.7,
        clearcoat=0.2,
        clearcoat_roughness=0.3,
    )
    # The pores repeat around the fruit; the slow changes of colour go round once more or less.
    body = body.placed_uvs((3.0, 1.5))
    green = Material(name="stem", base_colour=(0.12, 0.16, 0.035, 1.0), roughness=0.7)
    top = (0.978 - dip) * h
    stalk = [button(0.0042 + 0.02 * r).moved((0.0, 0.0, top))]
    pieces: list[tuple[Mesh, Material]] = [(body, peel)]
    if str(params["leaf"]) == "leaf":
        stalk.append(stem(top, 0.012, 0.0013, seed))
        blade = Material(name="leaf", base_colour=(0.035, 0.12, 0.015, 1.0), roughness=0.4, double_sided=True)
        placed = leaf(0.055, 0.026, seed).turned(turn_about("y", -0.35)).turned(turn_about("z", float(phase[1])))
        pieces.append((placed.moved((0.0, 0.0, top + 0.007)), blade))
    pieces.append((join(stalk), green))
    turn = turn_about("x", float(params["roll_rad"])) if str(params["pose"]) == "rolled" else np.eye(3)
    middle = np.array([0.0, 0.0, 0.5 * h])
    pieces = [(mesh.moved(-middle).turned(turn), material) for mesh, material in pieces]
    spots = {
        "stem": turn @ (np.array([0.0, 0.0, top]) - middle),
        "foot": turn @ (np.array([0.0, 0.0, dip * h]) - middle),
    }
    return assembled(
        "orange",
        params,
        pieces,
        attributes={"material": "organic", "sort": sort},
        keypoints={name: (float(p[0]), float(p[1]), float(p[2])) for name, p in spots.items()},
    )


ORANGE = ProceduralAsset(
    name="orange",
    kind="model",
    category="orange",
    tags=("table", "fruit", "food", "waste", "organic"),
    size_m=0.075,
    description="An orange, navel orange or mandarin with pored peel and a green button, upright or rolled.",
    parameters={
        "size_m": Number(0.055, 0.095, 0.076, "m"),
        "height_share": Number(0.92, 1.06, 1.0),
        "sort": Choice(("orange", "mandarin", "navel"), "orange", (0.5, 0.3, 0.2)),
        "lumps": Number(0.0, 1.0, 0.5),
        "colour": Colour(((0.9, 0.3, 0.015), (0.95, 0.36, 0.02), (0.85, 0.24, 0.01), (0.85, 0.42, 0.03)), 0.08),
        "leaf": Choice(("none", "leaf"), "none", (0.7, 0.3)),
        "pose": Choice(("upright", "rolled"), "upright"),
        "roll_rad": Number(0.3, 2.6, 1.0),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("skin", "stem", "leaf"),
    keypoints=("stem", "foot"),
)
