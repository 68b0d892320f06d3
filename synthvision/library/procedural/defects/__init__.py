"""Marks of damage that lie on other models: scratches, cracks, stains, dents, chips, misprints."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset

__all__ = ["defect_assets"]


def defect_assets() -> tuple[ProceduralAsset, ...]:
    """Return the marks that ship with synthvision."""
    # Imported here: drawing them needs more than reading the list of another pack.
    from synthvision.library.procedural.defects.kinds import ASSETS

    return ASSETS
