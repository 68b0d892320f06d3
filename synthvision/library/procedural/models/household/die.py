"""A six-sided die with pips; its state ``top_face`` is the value that lies on top.

The die is right-handed, as those made in the West are: opposite faces add up to seven, and seen from outside the
faces 1, 2 and 3 run counter-clockwise about the corner where they meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, StateDirection
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.prints.pips import FACE_VALUES, die_maps
from synthvision.library.procedural.shapes.atlas import CUBE_FACES, atlas_uvs
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["DIE"]

GATHERED = 0.83
"""Spacing of gathered pips over the usual one."""


def _build(params: Mapping[str, Any]) -> Model:
    size = float(params["size_m"])
    mesh = _cube(size, float(params["edge_ratio"]), float(params["corner_cut"]))
    spacing, radius = float(params["pip_spacing_ratio"]), float(params["pip_radius_ratio"])
    if str(params["pip_layout"]) == "gathered":
        # On dice with strongly rounded edges pips keep to the flat middle of a face, and must not run together there.
        spacing *= GATHERED
        radius = min(radius, 0.46 * spacing)
    colours, normals, rough = die_maps(
        rgb(params["colour"]),
        rgb(params["second_colour"]),
        rgb(params["pip_colour"])
        if str(params["pip_paint"]) == "as_given"
        else _legible(rgb(params["pip_colour"]), rgb(params["colour"])),
        str(params["pattern"]),
        int(params["pip_orientation"]),
        radius,
        spacing,
        str(params["one_style"]),
        int(params["pattern_seed"]),
    )
    finish = str(params["finish"])
    material = Material(
        name="body",
        base_colour_map=colours,
        normal_map=normals,
        metallic_roughness_map=rough,
        metallic=1.0 if finish == "metal" else 0.0,
        roughness={"gloss": 0.16, "satin": 0.4, "matte": 0.75, "metal": 0.4}[finish],
        ior=1.52,
    )
    states = tuple(
        StateDirection("top_face", str(value), (float(x), float(y), float(z)))
        for value, ((x, y, z), _, _) in zip(FACE_VALUES, CUBE_FACES, strict=True)
    )
    keypoints = {
        f"face_{value}": (x * size / 2, y * size / 2, z * size / 2 + size / 2)
        for value, ((x, y, z), _, _) in zip(FACE_VALUES, CUBE_FACES, strict=True)
    }
    mesh = mesh.moved((0.0, 0.0, size / 2))
    return assembled("die", params, [(mesh, material)], states=states, keypoints=keypoints)


def _cube(size: float, edge_ratio: float, corner_cut: float) -> Mesh:
    """A cube with round edges whose corners are drawn in towards a sphere, faces in the atlas."""
    mesh = rounded_box((size, size, size), edge_ratio * size, steps=3, flat_cells=8)
    per_face = len(mesh.positions_n3) // len(CUBE_FACES)
    half = size / 2
    uvs = []
    for face, (_, right, up) in enumerate(CUBE_FACES):
        places = mesh.positions_n3[face * per_face : (face + 1) * per_face] / half
        uvs.append(atlas_uvs(face, places @ np.array(right, np.float64), places @ np.array(up, np.float64)))
    mesh = mesh.with_uvs(np.concatenate(uvs))
    # The largest sphere leaves the corners alone, the smallest cuts deep into the edges.
    radius = half * (1.8 - 0.36 * corner_cut)

    def cut(points: Floats) -> Floats:
        distance = np.linalg.norm(points, axis=1)
        over = np.logaddexp(0.0, (distance / radius - 1.0) * 18.0) / 18.0
        return np.asarray(points * ((distance - over * radius) / distance)[:, None], np.float64)

    return deformed(mesh, cut, step_m=1e-6)


def _legible(pips: tuple[float, float, float], body: tuple[float, float, float]) -> tuple[float, float, float]:
    """The colour of the pips, or black or white where it would not show on the body."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    pip_light, body_light = float(np.array(pips) @ weights), float(np.array(body) @ weights)
    if max(pip_light, body_light) + 0.05 >= 3.0 * (min(pip_light, body_light) + 0.05):
        return pips
    return (0.015, 0.015, 0.015) if body_light > 0.18 else (0.8, 0.79, 0.76)


DIE = ProceduralAsset(
    name="die",
    kind="model",
    category="die",
    tags=("dice", "game", "toy", "small"),
    size_m=0.016,
    description="A right-handed six-sided die with engraved pips in many colours, patterns and roundings.",
    parameters={
        "size_m": Number(0.012, 0.025, 0.016, "m"),
        "edge_ratio": Number(0.04, 0.17, 0.09),
        "corner_cut": Number(0.0, 1.0, 0.3),
        "colour": Colour(
            (
                (0.75, 0.73, 0.68),
                (0.75, 0.73, 0.68),
                (0.72, 0.66, 0.5),
                (0.5, 0.015, 0.015),
                (0.02, 0.02, 0.022),
                (0.015, 0.06, 0.4),
                (0.02, 0.25, 0.07),
                (0.75, 0.55, 0.03),
                (0.14, 0.02, 0.28),
                (0.75, 0.25, 0.02),
                (0.06, 0.35, 0.4),
                (0.45, 0.45, 0.46),
            ),
            0.12,
        ),
        "second_colour": Colour(
            ((0.02, 0.02, 0.02), (0.7, 0.7, 0.66), (0.5, 0.3, 0.04), (0.05, 0.03, 0.3), (0.02, 0.2, 0.25)), 0.2
        ),
        "pip_colour": Colour(
            ((0.015, 0.015, 0.015), (0.8, 0.79, 0.76), (0.8, 0.79, 0.76), (0.55, 0.36, 0.08), (0.45, 0.015, 0.015)),
            0.05,
        ),
        # as_given paints the pips as they are asked for, even where they hardly show, as on some dice on sale.
        "pip_paint": Choice(("legible", "as_given"), "legible", (1.0, 0.0)),
        "pattern": Choice(("solid", "marbled", "speckled", "pearl"), "solid", (0.5, 0.22, 0.14, 0.14)),
        "pattern_seed": Integer(0, 7, 0),
        "finish": Choice(("gloss", "satin", "matte", "metal"), "gloss", (0.5, 0.3, 0.13, 0.07)),
        "pip_radius_ratio": Number(0.145, 0.215, 0.18),
        "pip_spacing_ratio": Number(0.46, 0.56, 0.51),
        "pip_layout": Choice(("spread", "gathered"), "spread", (1.0, 0.0)),
        "pip_orientation": Integer(0, 7, 0),
        "one_style": Choice(("as_others", "large", "large_red"), "as_others", (0.78, 0.12, 0.1)),
    },
    build=_build,
    parts=("body",),
    keypoints=("face_1", "face_2", "face_3", "face_4", "face_5", "face_6"),
)
