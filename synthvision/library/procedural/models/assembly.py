"""Putting a procedural model together from meshes and materials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, StateDirection
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.reference import AssetRef

__all__ = ["PACK", "assembled", "lighter", "opaque", "rgb"]

PACK = "builtin"
LinearColour = tuple[float, float, float]


def assembled(
    name: str,
    params: Mapping[str, Any],
    pieces: Sequence[tuple[Mesh, Material]],
    *,
    attributes: Mapping[str, str] | None = None,
    states: tuple[StateDirection, ...] = (),
    keypoints: Mapping[str, tuple[float, float, float]] | None = None,
) -> Model:
    """Return a model that stands on z = 0.

    Args:
        name: Name of the asset in the built-in pack.
        params: All its parameters; they make the model's key.
        pieces: Meshes and what they are made of; pieces with the same material object share its slot, and each
            part bears the name of its slot.
        attributes: Facts that classes can match.
        states: Directions that give states.
        keypoints: Named points, metres.
    """
    materials = tuple({id(material): material for _, material in pieces}.values())
    slot = {id(material): index for index, material in enumerate(materials)}
    low = min(float(mesh.positions_n3[:, 2].min()) for mesh, _ in pieces)
    parts = tuple(mesh.moved((0.0, 0.0, -low)).to_part(slot[id(material)], material.name) for mesh, material in pieces)
    lifted = {key: (x, y, z - low) for key, (x, y, z) in (keypoints or {}).items()}
    return Model(
        key=AssetRef(PACK, name, params).key,
        parts=parts,
        materials=materials,
        attributes=dict(attributes or {}),
        states=states,
        keypoints=lifted,
    )


def rgb(value: Any) -> LinearColour:
    """Return a colour parameter as a tuple of three floats."""
    r, g, b = (float(channel) for channel in value)
    return r, g, b


def opaque(colour: LinearColour) -> tuple[float, float, float, float]:
    """Return a linear RGB colour as the RGBA factor of a material."""
    return (*colour, 1.0)


def lighter(colour: LinearColour, factor: float) -> LinearColour:
    """Return a colour times a factor (under 1 is darker), clipped to 0..1."""
    r, g, b = (float(channel) for channel in np.clip(np.array(colour) * factor, 0.0, 1.0))
    return r, g, b
