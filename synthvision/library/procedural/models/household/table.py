"""A table whose top stands at a stated height, so that scenes can be set on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, filleted, rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude, revolve
from synthvision.library.procedural.timber import board_maps
from synthvision.library.procedural.wear import roughness_map

__all__ = ["TABLE"]

STAVES = 7


def _build(params: Mapping[str, Any]) -> Model:
    length, height = float(params["length_m"]), float(params["height_m"])
    shape = str(params["top_shape"])
    width = length if shape == "round" else length * float(params["width_ratio"])
    thick = float(params["top_thickness_m"])
    bevel = min(float(params["edge_bevel_m"]), 0.45 * thick)
    outline = _outline(shape, length, width, max(float(params["corner_radius_m"]), 1.3 * bevel))
    top = extrude(outline, height - thick, height, bevel_m=bevel)
    seed = int(params["wood_seed"]) % 2
    maps = board_maps(str(params["wood"]), seed)
    panel = board_maps(str(params["wood"]), seed, staves=STAVES)
    finish = float(params["roughness"])
    painted = str(params["finish"]) == "painted"
    if painted:
        colour = opaque(rgb(params["paint_colour"]))
        rough = roughness_map(seed, 0.3)
        top_material = Material(
            name="surface", base_colour=colour, roughness=finish, metallic_roughness_map=rough, tile_m=0.8
        )
        leg_material = Material(
            name="legs", base_colour=colour, roughness=finish, metallic_roughness_map=rough, tile_m=0.8
        )
    else:
        top_material, leg_material = (
            Material(
                name=name,
                base_colour_map=wood.colour,
                normal_map=wood.normal,
                metallic_roughness_map=wood.rough,
                roughness=finish,
                tile_m=tile_m,
            )
            for name, wood, tile_m in (("surface", panel, 0.8), ("legs", maps, maps.tile_m))
        )
    if str(params["legs"]) == "metal":
        leg_material = Material(name="legs", base_colour=(0.03, 0.03, 0.032, 1.0), roughness=0.45, metallic=0.3)
    legs = _legs(params, length, width, height - thick)
    return assembled(
        "table",
        params,
        [(top, top_material), (legs, leg_material)],
        attributes={"surface_height_m": f"{height:.6g}"},
        keypoints={"top_centre": (0.0, 0.0, height)},
    )


def _outline(shape: str, length: float, width: float, radius: float) -> Profile:
    if shape == "round":
        return rounded_rectangle(length, length, length / 2 - 1e-6, steps=12)
    return rounded_rectangle(length, width, min(radius, 0.3 * width), steps=6)


def _legs(params: Mapping[str, Any], length: float, width: float, under: float) -> Mesh:
    """Four straight legs with aprons between them, or a turned column on a foot."""
    size = float(params["leg_m"])
    style = str(params["leg_style"])
    round_top = str(params["top_shape"]) == "round"
    if style == "pedestal":
        foot = 0.3 * min(length, width)
        column = filleted(
            [
                (0.0, 0.0),
                (foot, 0.0),
                (foot, 0.02),
                (1.1 * size, 0.07),
                (0.9 * size, 0.5 * under),
                (1.1 * size, under - 0.05),
                (2.6 * size, under),
                (0.0, under),
            ],
            [0.0, 0.004, 0.012, 0.06, 0.2, 0.04, 0.002, 0.0],
        )
        mesh = revolve(column, 36)
        return mesh.placed_uvs((0.4, 0.8))
    inset = 0.5 * size + float(params["leg_inset_m"])
    reach_x, reach_y = (0.26 * length, 0.26 * length) if round_top else (length / 2 - inset, width / 2 - inset)
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float64) * [reach_x, reach_y]
    if style == "turned":
        slender = filleted(
            [
                (0.0, 0.0),
                (0.34 * size, 0.0),
                (0.42 * size, 0.12 * under),
                (0.6 * size, 0.72 * under),
                (0.46 * size, 0.78 * under),
                (0.62 * size, 0.82 * under),
                (0.62 * size, under),
                (0.0, under),
            ],
            [0.0, 0.004, 0.1, 0.02, 0.01, 0.008, 0.001, 0.0],
        )
        leg = revolve(slender, 18).placed_uvs((0.2, 0.7))
        legs = [leg.moved((float(x), float(y), 0.0)) for x, y in corners]
    else:
        # The grain runs along the leg: its local x axis stands upright.
        upright = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float64)
        centres = np.concatenate([corners, np.full((4, 1), under / 2)], axis=1)
        sizes = np.tile([under, size, size], (4, 1))
        legs = [bevelled_boxes(sizes, centres, 0.003, np.tile(upright, (4, 1, 1)), corners)]
    tall = float(params["apron_m"])
    if tall < 0.03 or round_top:
        return join(legs)
    z = under - tall / 2
    thick = 0.4 * size
    along_x = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)
    along_y = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)
    spans = [2 * reach_x - size, 2 * reach_x - size, 2 * reach_y - size, 2 * reach_y - size]
    sizes = np.array([[span + 0.002, tall, thick] for span in spans])
    centres = np.array([[0, reach_y, z], [0, -reach_y, z], [reach_x, 0, z], [-reach_x, 0, z]])
    frames = np.array([along_x, along_x, along_y, along_y])
    return join([*legs, bevelled_boxes(sizes, centres, 0.002, frames, centres[:, :2])])


TABLE = ProceduralAsset(
    name="table",
    kind="model",
    category="table",
    tags=("furniture", "surface", "wood", "indoor"),
    size_m=1.2,
    description="A table with a bevelled top, slot `surface` (texture coordinates in metres), and legs, slot `legs`.",
    parameters={
        "length_m": Number(0.7, 1.8, 1.2, "m"),
        "width_ratio": Number(0.45, 0.95, 0.6),
        "height_m": Number(0.42, 0.78, 0.74, "m"),
        "top_shape": Choice(("rectangle", "round"), "rectangle", (0.78, 0.22)),
        "top_thickness_m": Number(0.016, 0.045, 0.028, "m"),
        "corner_radius_m": Number(0.004, 0.09, 0.015, "m"),
        "edge_bevel_m": Number(0.0015, 0.01, 0.004, "m"),
        "leg_style": Choice(("square", "turned", "pedestal"), "square", (0.6, 0.25, 0.15)),
        "legs": Choice(("as_top", "metal"), "as_top", (0.75, 0.25)),
        "leg_m": Number(0.035, 0.08, 0.055, "m"),
        "leg_inset_m": Number(0.01, 0.08, 0.03, "m"),
        "apron_m": Number(0.0, 0.1, 0.07, "m"),
        "finish": Choice(("wood", "painted"), "wood", (0.75, 0.25)),
        "wood": Choice(("oak", "beech", "walnut", "cherry", "pine", "stained"), "oak"),
        "wood_seed": Integer(0, 5, 0),
        "paint_colour": Colour(
            ((0.76, 0.75, 0.72), (0.5, 0.5, 0.48), (0.05, 0.05, 0.055), (0.3, 0.38, 0.36), (0.1, 0.16, 0.25)), 0.1
        ),
        "roughness": Number(0.25, 0.7, 0.45),
    },
    build=_build,
    parts=("surface", "legs"),
    keypoints=("top_centre",),
)
