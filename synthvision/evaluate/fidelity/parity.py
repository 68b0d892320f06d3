"""One form for both sets: the same size, crop and compression, or no comparison at all."""

from __future__ import annotations

from collections import Counter
from statistics import median

from synthvision.core.errors import UsageError
from synthvision.evaluate.fidelity.config import FidelitySpec
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.preparation import Preparation, file_compressions

__all__ = ["common_preparations"]


def common_preparations(
    spec: FidelitySpec, first: LabelledSet, second: LabelledSet
) -> tuple[Preparation, Preparation, tuple[str, ...]]:
    """Return the form of whole pictures, that of squares about objects, and what there is to say of them.

    Args:
        spec: The settings.
        first: One set.
        second: The other.

    Raises:
        UsageError: Files are compressed in different ways and `parity` is ``refuse``, or one cannot be read.
    """
    notes: list[str] = []
    ways = [file_compressions(part.photos.paths) for part in (first, second)]
    quality = None
    if len(set(ways[0]) | set(ways[1])) > 1:
        told = "; ".join(f"{part.name}: {_told(counts)}" for part, counts in zip((first, second), ways, strict=True))
        if spec.parity == "refuse":
            raise UsageError(
                f"all pictures must be compressed in one way, got {told}: save both sets in one way, or use "
                "--parity reencode, which brings both through one JPEG"
            )
        quality = spec.jpeg_quality
        notes.append(
            f"files are compressed in different ways ({told}): after resizing, all pictures of both sets went through "
            f"JPEG of quality {quality}"
        )
    shorter = [[min(size) for size in part.sizes_wh] for part in (first, second)]
    side = max(min(spec.side, *(round(median(sides)) for sides in shorter)), 1)
    if side < spec.side:
        notes.append(f"pictures are compared at {side} px, the median shorter side of the smaller ones")
    for part, sides in zip((first, second), shorter, strict=True):
        small = sum(one < side for one in sides)
        if small:
            notes.append(
                f"{small} of {len(sides)} pictures of {part.name} are smaller than {side} px and were enlarged"
            )
    return (
        Preparation(side, spec.form, quality, spec.crop_padding),
        Preparation(spec.crop_side, spec.form, quality, spec.crop_padding),
        tuple(notes),
    )


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {way}" for way, count in sorted(counts.items()))
