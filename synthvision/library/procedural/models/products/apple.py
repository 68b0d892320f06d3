"""An apple: red, green, yellow or streaked, with its stem and sometimes a leaf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.products.fruit_parts import leaf, stem
from synthvision.library.procedural.models.products.skins import apple_skin
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, turn_about
from synthvision.library.procedural.shapes.profiles import smooth
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import roughness_map

__all__ = ["APPLE"]

SORTS = {
    # ground, blush, share of blush
    "red": ((0.35, 0.13, 0.02), (0.3, 0.008, 0.008), 0.95),
    "dark_red": ((0.25, 0.05, 0.02), (0.16, 0.005, 0.008), 1.0),
    "streaked": ((0.55, 0.42, 0.06), (0.42, 0.03, 0.012), 0.55),
    "green": ((0.26, 0.4, 0.035), (0.34, 0.36, 0.04), 0.3),
    "yellow": ((0.6, 0.47, 0.06), (0.55, 0.2, 0.03), 0.2),
}


def _build(params: Mapping[str, Any]) -> Model:
    size = float(params["size_m"])
    tall = size * float(params["height_share"])
    seed = int(params["wear_seed"])
    r, h = size / 2, tall
    taper = float(params["taper"])
    outline = smooth(
        [
            (0.0, 0.1 * h),
            (0.14 * r, 0.07 * h),
            (0.34 * r, 0.0),
            (0.62 * r * (1 - 0.3 * taper), 0.035 * h),
            ((0.92 - 0.16 * taper) * r, 0.24 * h),
            (r, 0.56 * h),
            (0.93 * r, 0.8 * h),
            (0.66 * r, 0.97 * h),
            (0.4 * r, 1.0 * h),
            (0.17 * r, 0.9 * h),
            (0.05 * r, 0.8 * h),
            (0.0, 0.77 * h),
        ],
        30,
    )
    lobes = float(params["lobes"])
    rng = rng_for(seed, 0, "apple.shape")
    phase = rng.uniform(0, 6.28, 3)

    def lumpy(points: Floats) -> Floats:
        x, y, z = points.T
        angle = np.arctan2(y, x)
        low = np.clip(1.0 - z / (0.55 * h), 0.0, 1.0)
        grow = 1.0 + lobes * (0.05 * low * np.cos(5 * angle + phase[0]) + 0.02 * np.cos(2 * angle + phase[1]))
        lean = 0.06 * lobes * np.cos(angle + phase[2]) * np.hypot(x, y)
        return np.stack([x * grow, y * grow, z + lean * (z > -1.0)], axis=1)

    body = deformed(revolve(outline, 40), lumpy)
    ground, blush, share = SORTS[str(params["sort"])]
    skin = Material(
        name="skin",
        base_colour_map=apple_skin(ground, blush, share, seed % 4),
        roughness=0.34,
        metallic_roughness_map=roughness_map(seed, 0.35),
        clearcoat=0.35,
        clearcoat_roughness=0.2,
    )
    stalk_m = float(params["stem_m"])
    wood = Material(name="stem", base_colour=(0.1, 0.055, 0.022, 1.0), roughness=0.8)
    pieces: list[tuple[Mesh, Material]] = [(body, skin), (stem(0.74 * h, stalk_m + 0.2 * h, 0.0014, seed), wood)]
    if str(params["leaf"]) == "leaf":
        green = Material(name="leaf", base_colour=(0.07, 0.16, 0.02, 1.0), roughness=0.5, double_sided=True)
        place = leaf(0.05, 0.024, seed).turned(turn_about("y", -0.5)).turned(turn_about("z", float(phase[0])))
        pieces.append((place.moved((0.0, 0.0, 0.93 * h + 0.5 * stalk_m)), green))
    roll = float(params["roll_rad"])
    points = {"stem": np.array([0.0, 0.0, 0.8 * h]), "foot": np.array([0.0, 0.0, 0.1 * h])}
    turn = turn_about("x", roll) if str(params["pose"]) == "lying" else np.eye(3)
    middle = np.array([0.0, 0.0, 0.5 * h])
    pieces = [(mesh.moved(-middle).turned(turn), material) for mesh, material in pieces]
    keypoints = {name: turn @ (point - middle) for name, point in points.items()}
    return assembled(
        "apple",
        params,
        pieces,
        attributes={"material": "organic", "sort": str(params["sort"])},
        keypoints={name: (float(p[0]), float(p[1]), float(p[2])) for name, p in keypoints.items()},
    )


APPLE = ProceduralAsset(
    name="apple",
    kind="model",
    category="apple",
    tags=("table", "fruit", "food", "waste", "organic"),
    size_m=0.08,
    description="An apple, red, green, yellow or streaked, with a sunken stem, five soft lobes and maybe a leaf.",
    parameters={
        "size_m": Number(0.058, 0.098, 0.078, "m"),
        "height_share": Number(0.8, 1.02, 0.9),
        "taper": Number(0.0, 1.0, 0.5),
        "lobes": Number(0.2, 1.0, 0.6),
        "sort": Choice(tuple(SORTS), "streaked"),
        "stem_m": Number(0.004, 0.02, 0.012, "m"),
        "leaf": Choice(("none", "leaf"), "none", (0.75, 0.25)),
        "pose": Choice(("upright", "lying"), "upright", (0.7, 0.3)),
        "roll_rad": Number(0.6, 1.9, 1.2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("skin", "stem", "leaf"),
    keypoints=("stem", "foot"),
)
