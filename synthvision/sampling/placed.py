"""Objects of a scene before and after they have a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthvision.library.catalogue import CatalogueEntry
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.shapes import Shape
from synthvision.scene import AssetRef, MaterialOverride, Role

__all__ = ["DrawnObject", "PlacedObject"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnObject:
    """One object before it has a place.

    Args:
        name: Name in the scene.
        group: Name of its group.
        role: Role of its group.
        entry: What the catalogue knows of its asset.
        ref: Its asset.
        shape: Geometry of its model.
        scale: Multiplies the model's coordinates along x, y and z.
        materials: Overrides.
        material_entries: Catalogue entries of the material assets put on it.
        attributes: Its asset's attributes and those of its materials.
        velocity_m_s: How fast it moves, in world axes.
        angular_velocity_rad_s: How fast it turns about its origin, in world axes.
        shown_parts: Names of the mesh parts that it consists of; None for all.
    """

    name: str
    group: str
    role: Role
    entry: CatalogueEntry
    ref: AssetRef
    shape: Shape
    scale: tuple[float, float, float]
    materials: tuple[MaterialOverride, ...] = ()
    material_entries: tuple[CatalogueEntry, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    velocity_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity_rad_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shown_parts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedObject:
    """One object at its place.

    Args:
        drawn: What it is.
        rotation: World from model, float64 (3, 3).
        position_m: Where the model's origin stands.
        body: Its geometry in the world; None for the surface.
    """

    drawn: DrawnObject
    rotation: Float
    position_m: Float
    body: Body | None
