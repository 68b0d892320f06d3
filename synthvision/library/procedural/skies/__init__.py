"""Procedural surroundings."""

from synthvision.library.parameters import ProceduralAsset


def sky_assets() -> tuple[ProceduralAsset, ...]:
    """Return every procedural sky."""
    return ()
