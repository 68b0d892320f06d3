"""What holds a sheet of paper down: a flat bar of milky plastic with a magnet at each end, and a magnet by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.products.finishes import plastic
from synthvision.library.procedural.shapes.drilled_plates import circle
from synthvision.library.procedural.shapes.lofts import rectangle_ring
from synthvision.library.procedural.shapes.mesh import join
from synthvision.library.procedural.shapes.plates import plate

__all__ = ["MAGNET", "SHEET_BAR"]

# How far the magnets stand out of the plastic.
PROUD_M = 0.0004


def _build(params: Mapping[str, Any]) -> Model:
    length, width, thickness = float(params["length_m"]), float(params["width_m"]), float(params["thickness_m"])
    ring = rectangle_ring(length, width, float(params["corner_ratio"]) * width, steps=5, cells_xy=(4, 2))
    body = plate(ring, 0.0, thickness, bevel_m=0.25 * thickness)
    radius = float(params["magnet_m"]) / 2
    beside = length / 2 - max(float(params["magnet_inset_m"]), radius + 0.003)
    magnets = join(
        [
            plate(circle(radius, 28, (x, 0.0)), 0.3 * thickness, thickness + PROUD_M, bevel_m=0.0002)
            for x in (-beside, beside)
        ]
    )
    seed = int(params["wear_seed"])
    metal = Material(name="magnets", base_colour=opaque(rgb(params["magnet_colour"])), metallic=0.0, roughness=0.5)
    return assembled(
        "sheet_bar",
        params,
        [(body, plastic("bar", rgb(params["colour"]), 0.35, seed)), (magnets, metal)],
        keypoints={"left": (-beside, 0.0, thickness), "right": (beside, 0.0, thickness)},
    )


def _build_magnet(params: Mapping[str, Any]) -> Model:
    radius, thickness = float(params["diameter_m"]) / 2, float(params["thickness_m"])
    body = plate(circle(radius, 36), 0.0, thickness, bevel_m=float(params["edge_ratio"]) * thickness)
    finish = plastic("body", rgb(params["colour"]), float(params["roughness"]), int(params["wear_seed"]))
    return assembled("button_magnet", params, [(body, finish)], keypoints={"top": (0.0, 0.0, thickness)})


MAGNET = ProceduralAsset(
    name="button_magnet",
    kind="model",
    category="magnet",
    tags=("stationery",),
    size_m=0.02,
    description="A round button magnet, bare or coated, thin or thick.",
    parameters={
        "diameter_m": Number(0.008, 0.032, 0.02, "m"),
        "thickness_m": Number(0.002, 0.009, 0.004, "m"),
        "edge_ratio": Number(0.05, 0.3, 0.15),
        "colour": Colour(
            (
                (0.16, 0.16, 0.16),
                (0.25, 0.24, 0.23),
                (0.09, 0.09, 0.1),
                (0.4, 0.4, 0.4),
                (0.75, 0.74, 0.7),
                (0.5, 0.03, 0.03),
                (0.03, 0.1, 0.4),
            ),
            0.1,
        ),
        "roughness": Number(0.3, 0.8, 0.5),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build_magnet,
    parts=("body",),
    keypoints=("top",),
)


SHEET_BAR = ProceduralAsset(
    name="sheet_bar",
    kind="model",
    category="sheet_bar",
    tags=("stationery",),
    size_m=0.32,
    description="A flat bar of milky plastic with a magnet at each end, which holds a sheet of paper down.",
    parameters={
        "length_m": Number(0.12, 0.6, 0.34, "m"),
        "width_m": Number(0.03, 0.055, 0.042, "m"),
        "thickness_m": Number(0.002, 0.012, 0.003, "m"),
        "corner_ratio": Number(0.12, 0.45, 0.25),
        "magnet_m": Number(0.009, 0.018, 0.014, "m"),
        "magnet_inset_m": Number(0.012, 0.05, 0.025, "m"),
        "colour": Colour(((0.78, 0.79, 0.82), (0.7, 0.7, 0.72), (0.82, 0.82, 0.8), (0.6, 0.62, 0.66)), 0.05),
        "magnet_colour": Colour(((0.16, 0.16, 0.16), (0.25, 0.24, 0.23), (0.09, 0.09, 0.1)), 0.08),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("bar", "magnets"),
    keypoints=("left", "right"),
)
