"""Procedural models, one module each, in a folder for each family."""

from __future__ import annotations

import importlib

from synthvision.library.parameters import ProceduralAsset

__all__ = ["FAMILIES", "model_assets"]

#: Folders of this package; each has a tuple ``ASSETS``.
FAMILIES = (
    "household",
    "storage",
    "street",
    "vehicles",
    "people",
    "products",
    "machine_parts",
    "furniture",
    "surroundings",
)


def model_assets() -> tuple[ProceduralAsset, ...]:
    """Return the procedural models that ship with synthvision."""
    # Imported here: the package is also the parent of modules that draw materials without any model.
    from synthvision.library.procedural.models.ground import GROUND

    families = (importlib.import_module(f"{__name__}.{family}") for family in FAMILIES)
    return (*(asset for family in families for asset in family.ASSETS), GROUND)
