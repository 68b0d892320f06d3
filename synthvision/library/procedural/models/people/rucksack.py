"""A rucksack: a filled bag with front pocket, side pockets, lid or zip, two padded straps and a loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.baggage import metal_of, swollen, woven
from synthvision.library.procedural.models.people.organic import organic_tube
from synthvision.library.procedural.models.people.placing import centred
from synthvision.library.procedural.models.people.tubework import bent_tube, rod
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Mesh, join

__all__ = ["RUCKSACK"]


def _bag(size: tuple[float, float, float], radius: float, fill: float, sag: float, seed: int, cells: int = 6) -> Mesh:
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    return deformed(rounded_box(size, radius, 3, cells), lambda points: swollen(points, half, fill, sag, seed))


def _strap(side: float, size: tuple[float, float, float]) -> Mesh:
    """A padded strap from the top of the back over to its lower corner, standing off as if slack."""
    x, y, z = -size[0] / 2, side * 0.2 * size[1], size[2]
    path = [
        (x + 0.015, y, 0.93 * z),
        (x - 0.03, y, 0.98 * z),
        (x - 0.085, side * 0.26 * size[1], 0.82 * z),
        (x - 0.095, side * 0.33 * size[1], 0.55 * z),
        (x - 0.055, side * 0.40 * size[1], 0.30 * z),
        (x + 0.01, side * 0.42 * size[1], 0.10 * z),
    ]
    radii = [(0.032, 0.008), (0.035, 0.009), (0.036, 0.010), (0.033, 0.009), (0.018, 0.005), (0.014, 0.004)]
    return organic_tube(path, radii, (0.0, 1.0, 0.0), points=8)


def _build(params: Mapping[str, Any]) -> Model:
    tall = float(params["height_m"])
    size = (tall * float(params["depth_ratio"]), tall * float(params["width_ratio"]), tall)
    seed, dirt, fill = int(params["wear_seed"]), float(params["dirt"]), float(params["fill"])
    style = str(params["style"])
    body = _bag(size, 0.3 * size[0], 0.10 + 0.12 * fill, 0.12 * fill, seed).moved((0.0, 0.0, tall / 2))
    deep = size[0] * (0.30 + 0.14 * fill)
    front_x = size[0] / 2 * (1 + 0.10 + 0.12 * fill) + 0.1 * deep
    pockets = [
        _bag((deep, 0.78 * size[1], 0.42 * tall), 0.4 * deep, 0.1 + 0.1 * fill, 0.1, seed + 1, 3).moved(
            (front_x, 0.0, 0.29 * tall)
        )
    ]
    dark: list[Mesh] = [_strap(1.0, size), _strap(-1.0, size)]
    dark.append(
        bent_tube(
            [
                (-0.35 * size[0], -0.05, tall - 0.01),
                (-0.35 * size[0], -0.04, tall + 0.045),
                (-0.35 * size[0], 0.04, tall + 0.045),
                (-0.35 * size[0], 0.05, tall - 0.01),
            ],
            0.008,
            8,
            3,
        )
    )
    metal: list[Mesh] = []
    for side in (1.0, -1.0):
        pocket = _bag((0.6 * size[0], 0.07, 0.30 * tall), 0.03, 0.1, 0.1, seed + 2, 2)
        pockets.append(pocket.moved((0.0, side * (0.53 + 0.05 * fill) * size[1], 0.20 * tall)))
    if style == "lid":
        lid = _bag((1.16 * size[0], 1.06 * size[1], 0.17 * tall), 0.07 * tall, 0.1, 0.0, seed + 3, 4)
        pockets.append(lid.moved((0.03 * size[0], 0.0, 0.965 * tall)))
        for y in (-0.22, 0.22):
            x = front_x + 0.62 * deep
            line = [
                (0.58 * size[0], y * size[1], 0.93 * tall),
                (x, y * size[1], 0.72 * tall),
                (x + 0.004, y * size[1], 0.30 * tall),
            ]
            dark.append(organic_tube(line, [(0.013, 0.003)] * 3, (0.0, 1.0, 0.0), points=6))
            metal.append(
                bevelled_boxes(
                    np.array([[0.014, 0.036, 0.042]]), np.array([[x + 0.002, y * size[1], 0.6 * tall]]), 0.003
                )
            )
    else:
        reach = 1.0 + 0.10 + 0.12 * fill
        arch = np.linspace(0.15, np.pi - 0.15, 9)
        seam = np.stack(
            [
                np.full(9, 0.2 * size[0]),
                0.5 * reach * size[1] * np.cos(arch),
                0.54 * tall + 0.475 * tall * np.sin(arch) ** 0.6,
            ],
            axis=1,
        )
        dark.append(bent_tube(seam, 0.007, 6, 1))
        metal.append(rod(seam[2] + [0.01, 0.0, 0.0], seam[2] + [0.02, 0.005, -0.03], 0.004, 6))
    metal.append(
        rod(
            [front_x + 0.5 * deep, 0.2 * size[1], 0.455 * tall],
            [front_x + 0.56 * deep, 0.21 * size[1], 0.425 * tall],
            0.004,
            6,
        )
    )
    zip_line = np.stack(
        [np.full(5, front_x + 0.42 * deep), np.linspace(-0.33, 0.33, 5) * size[1], np.full(5, 0.462 * tall)], axis=1
    )
    dark.append(bent_tube(zip_line, 0.005, 6, 1))
    level = round(3 * dirt) / 3
    cloth = woven("body", rgb(params["colour"]), seed % 4, level)
    second = woven("pockets", rgb(params["second_colour"]), (seed + 1) % 4, level)
    webbing = woven("straps", (0.02, 0.02, 0.022), seed % 2, 0.2)
    body, bags = body.placed_uvs((2.5, 2.5)), join(pockets).placed_uvs((2.5, 2.5))
    pieces = [
        (body, cloth),
        (bags, second),
        (join(dark), webbing),
        (join(metal), metal_of("metal", seed % 2, (0.2, 0.2, 0.2))),
    ]
    keypoints = {"loop": (-0.35 * size[0], 0.0, tall + 0.045)}
    pieces, keypoints = centred(pieces, keypoints)
    return assembled("rucksack", params, pieces, attributes={"style": style}, keypoints=keypoints)


_CLOTHS = (
    (0.018, 0.018, 0.02),
    (0.03, 0.04, 0.08),
    (0.05, 0.065, 0.035),
    (0.35, 0.03, 0.03),
    (0.04, 0.18, 0.25),
    (0.5, 0.22, 0.03),
    (0.16, 0.16, 0.17),
    (0.3, 0.2, 0.11),
)

RUCKSACK = ProceduralAsset(
    name="rucksack",
    kind="model",
    category="rucksack",
    tags=("street", "people", "rucksack", "backpack", "bag", "carried"),
    size_m=0.5,
    description="A rucksack with a zip or a buckled lid, pockets and padded straps, half empty to full.",
    parameters={
        "style": Choice(("zip", "lid"), "zip", (0.6, 0.4)),
        "height_m": Number(0.36, 0.62, 0.46, "m"),
        "width_ratio": Number(0.56, 0.72, 0.64),
        "depth_ratio": Number(0.28, 0.42, 0.34),
        "fill": Number(0.0, 1.0, 0.6),
        "colour": Colour(_CLOTHS, 0.2),
        "second_colour": Colour(_CLOTHS, 0.2),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "pockets", "straps", "metal"),
    keypoints=("loop",),
)
