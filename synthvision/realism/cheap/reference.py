"""The real photos that a refiner without training takes its figures from."""

from __future__ import annotations

from pathlib import Path

from synthvision.dataset.realism import ModelEntry
from synthvision.features.photos import Photos, open_photos
from synthvision.realism.cheap.config import ReferenceSpec

__all__ = ["model_entry", "open_reference"]


def open_reference(spec: ReferenceSpec, folder: Path) -> Photos:
    """Return the photos that a config names, at most as many as it wants.

    Args:
        spec: Names them.
        folder: Where relative paths start.

    Raises:
        UsageError: There are none, or one of them is broken.
    """
    return open_photos(folder / spec.reference).spread(spec.reference_photos)


def model_entry(spec: ReferenceSpec, *, kind: str, name: str, sha256: str, photos: int) -> ModelEntry:
    """Return what the manifest says of a refiner.

    Args:
        spec: Its part of the config.
        kind: Which refiner it is.
        name: Name of its method.
        sha256: Hash of what it took from the photos.
        photos: How many of them there were.
    """
    return ModelEntry(
        kind=kind,
        name=name,
        sha256=sha256,
        licence=spec.reference_licence,
        strength=spec.strength,
        real_photos=photos,
    )
