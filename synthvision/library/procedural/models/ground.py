"""A flat piece of ground, to be covered with any floor material."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.shapes.sheets import rectangle

__all__ = ["GROUND"]

CELLS = 8
"""Squares along each side: per-vertex work of a renderer, such as clipping, stays well-behaved on large grounds."""

SURFACE = Material(name="surface", base_colour=(0.35, 0.35, 0.35, 1.0), roughness=0.9)


def _build(params: Mapping[str, Any]) -> Model:
    plane = rectangle(float(params["size_x_m"]), float(params["size_y_m"]), (CELLS, CELLS))
    return assembled("ground", params, [(plane, SURFACE)])


GROUND = ProceduralAsset(
    name="ground",
    kind="model",
    category="surface",
    tags=("ground", "surface"),
    description="A rectangle at height 0 that faces up, its texture coordinates in metres: any material covers it.",
    parameters={
        "size_x_m": Number(0.5, 100.0, 4.0, "m", log=True),
        "size_y_m": Number(0.5, 100.0, 4.0, "m", log=True),
    },
    build=_build,
    parts=("surface",),
)
