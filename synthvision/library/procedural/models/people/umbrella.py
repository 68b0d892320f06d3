"""An umbrella, open or closed: ribs, stretched cloth, shaft and crook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.baggage import metal_of, plastic_of, woven
from synthvision.library.procedural.models.people.tubework import bent_tube, reshaded, rod
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.subdivision import Cage

__all__ = ["UMBRELLA"]


def _canopy(
    radius: float, rise: float, ribs: int, scallop: float, per_gore: int = 4, rows: int = 9
) -> tuple[Mesh, Floats]:
    """The stretched cloth as a thin closed shell, its top at z = 0, and the places of the tips of the ribs."""
    columns = ribs * per_gore
    angle = np.arange(columns) * 2 * np.pi / columns
    between = 0.5 - 0.5 * np.cos(angle * ribs)  # 0 on a rib, 1 in the middle of a gore
    share = np.linspace(0.035, 1.0, rows)

    def ring(t: float, under: float) -> Floats:
        reach = radius * t * (1 - scallop * between * t**2)
        sag = 0.055 * radius * between * np.sin(np.pi * min(t, 0.98)) ** 0.8
        z = -rise * t**1.9 - sag + 0.02 * radius * between * t**3
        return np.stack([reach * np.cos(angle), reach * np.sin(angle), z - under], axis=1)

    cage = Cage()
    outer = [cage.ring(ring(float(t), 0.0), np.ones(1)) for t in share]
    inner = [cage.ring(ring(float(t), 0.0025), np.ones(1)) for t in share[::-1]]
    rings = [*outer, *inner]
    v = [*share, *share[::-1]]
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.0, ribs / 2), (float(v[row]), float(v[row + 1])), flip=True)
    cage.cap(rings[0], (0.5, 0.0))
    cage.cap(rings[-1], (0.5, 0.0), flip=True)
    tips = ring(1.0, 0.006)[::per_gore]
    return cage.coarse_surface(cage.positions_n3()).mesh(), tips


def _furled(radius: float, length: float, ribs: int) -> Mesh:
    """The cloth wrapped around the shaft, hanging from z = 0."""
    columns = 32
    angle = np.arange(columns) * 2 * np.pi / columns
    cage = Cage()
    rings = []
    profile = (
        (0.0, 0.012),
        (0.05, 0.018),
        (0.35, 0.024),
        (0.62, 0.030),
        (0.66, 0.026),
        (0.70, 0.031),
        (0.92, 0.040),
        (1.0, 0.036),
        (1.0, 0.02),
    )
    for t, wide in profile:
        pleat = 1 + 0.22 * t * np.cos(ribs * angle + 5 * t)
        reach = wide * radius / 0.5 * pleat
        rings.append(
            cage.ring(
                np.stack([reach * np.cos(angle), reach * np.sin(angle), np.full(columns, -t * length)], axis=1),
                np.ones(1),
            )
        )
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.0, 1.0), (profile[row][0], profile[row + 1][0]), flip=True)
    cage.cap(rings[0], (0.5, 0.0))
    cage.cap(rings[-1], (0.5, 1.0), flip=True)
    return cage.coarse_surface(cage.positions_n3()).mesh()


def _build(params: Mapping[str, Any]) -> Model:
    radius, ribs = float(params["radius_m"]), int(params["ribs"])
    opened = str(params["state"]) == "open"
    length = float(params["shaft_ratio"]) * radius + 0.3
    seed, dirt = int(params["cloth_seed"]), float(params["dirt"])
    rise = float(params["rise_ratio"]) * radius
    cloth = woven("canopy", rgb(params["colour"]), seed, round(3 * dirt) / 3 * 0.5, 0.6)
    top = np.array([0.0, 0.0, length])
    metal: list[Mesh] = [rod([0, 0, 0.10], [0, 0, length + 0.05], 0.0055, 8)]
    if opened:
        canopy, tips = _canopy(radius, rise, ribs, float(params["scallop"]))
        runner = np.array([0.0, 0.0, length - rise - 0.30 * radius])
        for tip in tips:
            middle = tip * 0.5 + [0, 0, -rise * (0.5**1.9 - 0.5) - 0.006]
            metal.append(bent_tube([top - [0, 0, 0.01], top + middle, top + tip], 0.0022, 4, 2))
            metal.append(rod(runner, top + middle, 0.0022, 4))
        metal.append(rod(runner - [0, 0, 0.05], runner + np.array([0, 0, 0.02]), 0.011, 8))
        mesh = canopy.moved(top)
    else:
        mesh = _furled(radius, 0.86 * radius, ribs).moved(top)
        metal.append(rod(top - [0, 0, 0.9 * radius], top - [0, 0, 0.84 * radius], 0.012, 8))
    if str(params["handle"]) == "crook":
        turn = np.linspace(0, np.pi, 8)
        hook = np.stack([0.045 - 0.045 * np.cos(turn), np.zeros(8), -0.045 * np.sin(turn)], axis=1)
        line = np.concatenate(
            [[[0.0, 0.0, 0.16], [0.0, 0.0, 0.07]], hook + np.array([0, 0, 0.02]), [[0.09, 0.0, 0.055]]]
        )
        grip = reshaded(bent_tube(line, 0.0115, 8, 1))
    else:
        grip = join([rod([0, 0, 0.0], [0, 0, 0.12], 0.016, 12), rod([0, 0, -0.008], [0, 0, 0.004], 0.02, 12)])
    handle = plastic_of("handle", rgb(params["handle_colour"]), seed % 4, dirt)
    steel = metal_of("metal", seed % 4, (0.42, 0.42, 0.43))
    pieces = [(mesh, cloth), (join(metal), steel), (grip, handle)]
    keypoints = {"tip": (0.0, 0.0, length + 0.05), "grip": (0.0, 0.0, 0.07)}
    attributes = {"state": str(params["state"]), "handle": str(params["handle"])}
    return assembled("umbrella", params, pieces, attributes=attributes, keypoints=keypoints)


_CLOTHS = (
    (0.014, 0.014, 0.016),
    (0.014, 0.014, 0.016),
    (0.02, 0.035, 0.12),
    (0.45, 0.02, 0.025),
    (0.05, 0.16, 0.06),
    (0.6, 0.45, 0.03),
    (0.5, 0.5, 0.48),
    (0.25, 0.05, 0.2),
    (0.08, 0.25, 0.4),
)

UMBRELLA = ProceduralAsset(
    name="umbrella",
    kind="model",
    category="umbrella",
    tags=("street", "people", "umbrella", "rain", "carried", "outdoor"),
    size_m=1.0,
    description="An umbrella with six to ten ribs, open or closed, with a crook or a straight grip.",
    parameters={
        "state": Choice(("open", "closed"), "open", (0.75, 0.25)),
        "radius_m": Number(0.42, 0.64, 0.52, "m"),
        "shaft_ratio": Number(0.95, 1.2, 1.08),
        "rise_ratio": Number(0.30, 0.52, 0.40),
        "ribs": Integer(6, 10, 8),
        "scallop": Number(0.06, 0.14, 0.09),
        "handle": Choice(("crook", "straight"), "crook"),
        "colour": Colour(_CLOTHS, 0.15),
        "handle_colour": Colour(((0.09, 0.04, 0.018), (0.02, 0.02, 0.022), (0.2, 0.1, 0.045)), 0.15),
        "dirt": Number(0.0, 0.6, 0.15),
        "cloth_seed": Integer(0, 3, 0),
    },
    build=_build,
    parts=("canopy", "metal", "handle"),
    keypoints=("tip", "grip"),
)
