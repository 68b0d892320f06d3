"""Assets written in code: one entry is endlessly many objects."""

from __future__ import annotations

from functools import lru_cache

from synthvision.library.parameters import ProceduralAsset

__all__ = ["builtin_assets"]


@lru_cache(maxsize=1)
def builtin_assets() -> tuple[ProceduralAsset, ...]:
    """Return every procedural asset that ships with synthvision: models, marks, surfaces, skies."""
    # Imported here, so that the catalogue of another pack does not wait for numpy code it never runs.
    from synthvision.library.procedural.defects import defect_assets
    from synthvision.library.procedural.models import model_assets
    from synthvision.library.procedural.skies import sky_assets
    from synthvision.library.procedural.surfaces import surface_assets

    return (*model_assets(), *defect_assets(), *surface_assets(), *sky_assets())
