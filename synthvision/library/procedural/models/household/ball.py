"""Balls: football, basketball, tennis ball, volleyball, baseball, and plain or painted rubber balls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.household.ball_surfaces import BALL_DESIGNS, ball_surface
from synthvision.library.procedural.shapes.atlas import cube_sphere
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, turn_about

__all__ = ["BALL"]

DIAMETERS_M = {
    # the sizes that the rules of each game allow
    "football": (0.205, 0.222),
    "basketball": (0.228, 0.242),
    "volleyball": (0.205, 0.213),
    "tennis": (0.0654, 0.0686),
    "baseball": (0.0730, 0.0748),
    "rubber": (0.05, 0.22),
}
CELLS = {"tennis": 12, "baseball": 12}


def _build(params: Mapping[str, Any]) -> Model:
    kind = str(params["kind"])
    low, high = DIAMETERS_M[kind]
    radius = 0.5 * (low + (high - low) * float(params["size_share"]))
    surface = ball_surface(
        kind,
        int(params["design"]),
        rgb(params["colour"]),
        rgb(params["second_colour"]),
        round(4 * float(params["wear"])) / 4,
        int(params["wear_seed"]) % 4,
    )
    material = Material(
        name="body",
        base_colour_map=surface.colour,
        normal_map=surface.normal,
        metallic_roughness_map=surface.rough,
        roughness=1.0,
        clearcoat=surface.clearcoat,
        clearcoat_roughness=0.3,
    )
    rng = rng_for(int(params["turn_seed"]), 0, "ball.turn")
    spin = (
        turn_about("z", float(rng.uniform(0, 2 * np.pi)))
        @ turn_about("x", float(np.arccos(rng.uniform(-1, 1))))
        @ turn_about("z", float(rng.uniform(0, 2 * np.pi)))
    )
    unit = cube_sphere(CELLS.get(kind, 16)).turned(spin)
    mesh = _squashed(
        Mesh(unit.positions_n3 * radius, unit.normals_n3, unit.uvs_n2, unit.triangles_m3),
        radius,
        float(params["flattening"]),
    )
    mesh = mesh.moved((0.0, 0.0, radius))
    return assembled(
        "ball", params, [(mesh, material)], attributes={"kind": kind}, keypoints={"centre": (0.0, 0.0, radius)}
    )


def _squashed(mesh: Mesh, radius: float, amount: float) -> Mesh:
    """Pressed flat where it stands on the ground, as a ball is that lost some air; wider to make up for it."""
    if amount < 0.002:
        return mesh

    def move(points: Floats) -> Floats:
        x, y, z = points.T
        floor = -radius * (1 - amount)
        # A soft maximum keeps the rim of the flat smooth.
        soft = 0.03 * radius
        lifted = floor + soft * np.logaddexp(0.0, (z - floor) / soft)
        wide = 1.0 + 0.35 * amount * np.exp(-(((z / radius) + 0.55) ** 2) / 0.3)
        return np.stack([x * wide, y * wide, lifted], axis=1)

    return deformed(mesh, move)


BALL = ProceduralAsset(
    name="ball",
    kind="model",
    category="ball",
    tags=("sport", "toy", "round", "football", "basketball", "tennis"),
    size_m=0.2,
    description="A ball of its real size: football, basketball, volleyball, tennis ball, baseball or rubber ball.",
    parameters={
        "kind": Choice(tuple(DIAMETERS_M), "football", (0.26, 0.2, 0.12, 0.17, 0.09, 0.16)),
        "size_share": Number(0.0, 1.0, 0.6),
        "design": Integer(0, BALL_DESIGNS - 1, 0),
        "colour": Colour(
            ((0.5, 0.02, 0.015), (0.02, 0.1, 0.45), (0.03, 0.28, 0.08),
             (0.78, 0.5, 0.03), (0.6, 0.12, 0.3), (0.75, 0.22, 0.02), (0.03, 0.03, 0.035)), 0.12,
        ),
        "second_colour": Colour(
            ((0.8, 0.79, 0.76), (0.8, 0.79, 0.76), (0.02, 0.02, 0.022), (0.78, 0.6, 0.05), (0.02, 0.12, 0.4)), 0.08
        ),
        "wear": Number(0.0, 1.0, 0.3),
        "wear_seed": Integer(0, 7, 0),
        "turn_seed": Integer(0, 1000, 3),
        "flattening": Number(0.0, 0.05, 0.006),
    },
    build=_build,
    parts=("body",),
    keypoints=("centre",),
    symmetry=(Symmetry((1.0, 0.0, 0.0), 0), Symmetry((0.0, 0.0, 1.0), 0)),
)  # fmt: skip
