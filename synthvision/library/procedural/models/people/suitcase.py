"""A wheeled suitcase: hard shell with ribs or soft cloth with pockets, telescopic handle, castors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.baggage import metal_of, plastic_of, rubber_of, woven
from synthvision.library.procedural.models.people.tubework import bent_tube, reshaded, rod
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join

__all__ = ["SUITCASE"]

WHEEL_M = 0.055


def _shell(size: tuple[float, float, float], ribs: int, deep: float) -> Mesh:
    """A hard case with ridges that run upright on front and back and around the sides."""
    box = rounded_box(size, min(0.055, 0.3 * size[0]), 2, 16)
    half_y = size[1] / 2

    def ridged(points: Floats) -> Floats:
        x, y, z = points.T
        face = np.clip((np.abs(x) - 0.72 * size[0] / 2) / (0.2 * size[0] / 2), 0, 1)
        inside = np.clip((0.86 * half_y - np.abs(y)) / (0.1 * half_y), 0, 1) * np.clip(
            (0.9 * size[2] / 2 - np.abs(z)) / 0.05, 0, 1
        )
        wave = np.cos(np.pi * ribs * y / half_y)
        return np.stack([x + np.sign(x) * deep * wave * face * inside, y, z], axis=1)

    return reshaded(deformed(box, ridged))


def _build(params: Mapping[str, Any]) -> Model:
    tall, wide, deep = float(params["height_m"]), float(params["width_ratio"]), float(params["depth_ratio"])
    size = (tall * deep, tall * wide, tall)
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    colour = rgb(params["colour"])
    hard = str(params["body"]) == "hard"
    middle = WHEEL_M + 0.018 + tall / 2
    black = plastic_of("trim", (0.022, 0.022, 0.023), seed % 2, dirt, 0.5)
    trims: list[Mesh] = []
    if hard:
        body = _shell(size, int(params["ribs"]), 0.006).moved((0.0, 0.0, middle))
        body = body.placed_uvs((1.2, 1.2), (0.5, 0.5))
        shell = plastic_of("body", colour, seed, dirt, 0.3)
        shell = Material(
            name="body",
            base_colour_map=shell.base_colour_map,
            roughness=0.32,
            metallic_roughness_map=shell.metallic_roughness_map,
            clearcoat=0.3,
            clearcoat_roughness=0.2,
        )
        trims.append(_band(size, 0.004, 0.014).moved((0.0, 0.0, middle)))
    else:
        parts = [rounded_box(size, 0.035, 2, 3)]
        parts.append(
            rounded_box((0.05, 0.86 * size[1], 0.50 * tall), 0.02, 2, 2).moved((size[0] / 2, 0.0, -0.14 * tall))
        )
        parts.append(
            rounded_box((0.04, 0.80 * size[1], 0.22 * tall), 0.016, 2, 2).moved((size[0] / 2, 0.0, 0.30 * tall))
        )
        body = join(parts).moved((0.0, 0.0, middle)).placed_uvs((2.4, 2.4))
        shell = woven("body", colour, seed % 4, round(3 * dirt) / 3)
        welt = _band(size, 0.002, 0.006)
        trims += [welt.moved((x, 0.0, middle)) for x in (-0.25 * size[0], 0.25 * size[0])]
    handle = _handle(size, middle, float(params["pulled_m"]), trims)
    tyres = []
    for x in (-1.0, 1.0):
        for y in (-1.0, 1.0):
            place = np.array([x * (size[0] / 2 - 0.035), y * (size[1] / 2 - 0.05), 0.0])
            tyres.append(
                rod(
                    place + np.array([0.006, -0.013, WHEEL_M / 2]),
                    place + np.array([0.006, 0.013, WHEEL_M / 2]),
                    WHEEL_M / 2,
                    14,
                )
            )
            trims.append(
                bevelled_boxes(
                    np.array([[0.04, 0.045, 0.045]]), (place + np.array([0.0, 0.0, WHEEL_M + 0.005]))[None], 0.006
                )
            )
            trims.append(
                bevelled_boxes(
                    np.array([[0.016, 0.034, 0.04]]), (place + np.array([0.0, 0.0, WHEEL_M / 2 + 0.02]))[None], 0.003
                )
            )
    grip = bent_tube(
        [
            (0.0, -0.07, middle + tall / 2 - 0.008),
            (0.0, -0.06, middle + tall / 2 + 0.028),
            (0.0, 0.06, middle + tall / 2 + 0.028),
            (0.0, 0.07, middle + tall / 2 - 0.008),
        ],
        0.010,
        8,
        3,
    )
    trims.append(grip)
    pieces = [
        (body, shell),
        (join(trims), black),
        (handle, metal_of("metal", seed % 4)),
        (join(tyres), rubber_of("wheels", seed, dirt)),
    ]
    keypoints = {
        "handle": (-0.3 * size[0], 0.0, middle + tall / 2 + float(params["pulled_m"])),
        "grip": (0.0, 0.0, middle + tall / 2 + 0.028),
    }
    return assembled("suitcase", params, pieces, attributes={"body": str(params["body"])}, keypoints=keypoints)


def _band(size: tuple[float, float, float], out: float, half: float) -> Mesh:
    """A welt around the case where its halves meet."""
    y, z = size[1] / 2 + out, size[2] / 2 + out
    corners = [(0.0, 0.0, -z), (0.0, y, -z), (0.0, y, z), (0.0, -y, z), (0.0, -y, -z), (0.0, 0.0, -z)]
    return bent_tube(corners, half * 0.6, 6, 4)


def _handle(size: tuple[float, float, float], middle: float, pulled: float, trims: list[Mesh]) -> Mesh:
    """Two tubes out of the back and the grip across them; the grip goes to the trims."""
    x, y = -0.3 * size[0], 0.24 * size[1]
    top = middle + size[2] / 2
    tubes = [rod([x, side * y, top - 0.06], [x, side * y, top + pulled], 0.0085, 8) for side in (1.0, -1.0)]
    trims.append(
        bevelled_boxes(np.array([[0.028, 2 * y + 0.05, 0.026]]), np.array([[x, 0.0, top + pulled + 0.006]]), 0.007)
    )
    trims.append(bevelled_boxes(np.array([[0.036, 2 * y + 0.06, 0.012]]), np.array([[x, 0.0, top + 0.002]]), 0.004))
    return join(tubes)


SUITCASE = ProceduralAsset(
    name="suitcase",
    kind="model",
    category="suitcase",
    tags=("street", "people", "suitcase", "luggage", "travel", "carried"),
    size_m=0.8,
    description="A suitcase on four wheels with its handle in or out: a ribbed hard shell or cloth with pockets.",
    parameters={
        "body": Choice(("hard", "soft"), "hard", (0.6, 0.4)),
        "height_m": Number(0.46, 0.72, 0.58, "m"),
        "width_ratio": Number(0.62, 0.74, 0.67),
        "depth_ratio": Number(0.36, 0.46, 0.40),
        "ribs": Integer(3, 5, 4),
        "pulled_m": Number(0.01, 0.42, 0.35, "m"),
        "colour": Colour(
            (
                (0.02, 0.02, 0.022),
                (0.02, 0.04, 0.12),
                (0.35, 0.02, 0.03),
                (0.4, 0.41, 0.43),
                (0.05, 0.22, 0.24),
                (0.6, 0.36, 0.03),
                (0.3, 0.08, 0.16),
            ),
            0.15,
        ),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "trim", "metal", "wheels"),
    keypoints=("handle", "grip"),
)
