"""Measures how far the pictures of one set are from those of another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.core.class_names import class_hint
from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.fidelity.cmmd import cmmd
from synthvision.evaluate.fidelity.config import FidelitySpec
from synthvision.evaluate.fidelity.frechet import frechet
from synthvision.evaluate.fidelity.manifolds import compare_manifolds
from synthvision.evaluate.fidelity.parity import common_preparations
from synthvision.evaluate.fidelity.report import Comparison, FidelityReport
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.set_features import object_features, picture_features
from synthvision.features.crops import matched_boxes
from synthvision.features.extractor import EXTRACTORS, Extractor, load_extractor
from synthvision.features.kernel_distance import FeatureScale, KernelDistance, feature_scale, kernel_distance
from synthvision.features.photos import PhotoBox

__all__ = ["compare_features", "measure_fidelity"]

Float32 = NDArray[np.float32]

#: Objects of a set: the place of the picture, and the box.
Objects = tuple[tuple[int, PhotoBox], ...]

#: The Frechet distance and the nearest neighbours need this many.
_FEWEST = 16


def measure_fidelity(
    spec: FidelitySpec,
    first: LabelledSet,
    second: LabelledSet,
    *,
    cache: Path | None = None,
    device: str = "cpu",
    progress: Callable[[int], None] | None = None,
) -> FidelityReport:
    """Return how far the pictures of a set are from those of another, by several measures that have unlike faults.

    Pictures are read one at a time, and their features are kept: 5 KiB a picture with the extractor `random`.

    Args:
        spec: The settings.
        first: The set that is compared with: real photos.
        second: The other: renders, or other photos.
        cache: Folder of the feature cache; None for none.
        device: Where networks run: ``cpu``, or a device of torch such as ``cuda:0``.
        progress: Called with the number of pictures and objects done.

    Raises:
        UsageError: A set has fewer than 16 pictures, they have no class in common, they are compressed in different
            ways and that is refused, or a picture cannot be read.
        MissingExtraError: An extractor needs torch or transformers.
        DatasetError: The cache cannot be written.
    """
    if min(len(first), len(second)) < _FEWEST:
        raise UsageError(
            f"both sets must have {_FEWEST} pictures or more to be compared, got {len(first)} of {first.name} and "
            f"{len(second)} of {second.name}"
        )
    whole, crop, found = common_preparations(spec, first, second)
    notes = list(found)
    extractors = [load_extractor(name, device) for name in spec.extractors]
    objects = _objects(spec, first, second, notes)
    done = 0

    def count(number: int) -> None:
        if progress is not None:
            progress(done + number)

    rows = []
    for extractor, name in zip(extractors, spec.extractors, strict=True):
        features = []
        for part in (first, second):
            features.append(picture_features(part, extractor, whole, cache=cache, progress=count))
            done += len(part)
        rows.append(_comparison(spec, "pictures", extractor, name, features))
    if objects is not None:
        for extractor, name in zip(extractors, spec.extractors, strict=True):
            features = []
            for part, chosen in zip((first, second), objects, strict=True):
                features.append(object_features(part, chosen, extractor, crop, cache=cache, progress=count))
                done += len(chosen)
            rows.append(_comparison(spec, "objects", extractor, name, features))
    notes += _reading(rows, spec)
    form = "the square about the centre" if spec.form == "centre" else "each side scaled by itself"
    told = f"pictures at {whole.side} px ({form}), objects at {crop.side} px"
    return FidelityReport(first.name, second.name, tuple(rows), told, tuple(notes))


def compare_features(
    spec: FidelitySpec,
    first_nd: Float32,
    second_nd: Float32,
    *,
    what: str,
    extractor: str,
    comparable: bool,
    scaled: bool,
) -> Comparison:
    """Return how far two sets of features are apart, by every measure.

    Args:
        spec: The settings.
        first_nd: Features of the set that is compared with, float32 (n, d), 16 or more.
        second_nd: Features of the other, float32 (m, d), 16 or more.
        what: What the features are of, for the report.
        extractor: Name of what they were taken with, for the report.
        comparable: Whether the figures can be compared with published ones.
        scaled: Whether features are brought to the mean and spread of the first set first.

    Raises:
        UsageError: A set is too small, or the features are not finite or do not fit together.
    """
    size = first_nd.shape[1]
    scale = feature_scale(first_nd) if scaled else FeatureScale(np.zeros(size), np.ones(size))
    kernel = _kernel_distance(spec, scale, first_nd, second_nd)
    if scaled:
        first_nd, second_nd = (scale.apply(part).astype(np.float32) for part in (first_nd, second_nd))
    rng = rng_for(spec.seed, 0, "evaluate.fidelity.draw")
    drawn = [part[np.sort(rng.permutation(len(part))[: spec.most_pairs])] for part in (first_nd, second_nd)]
    return Comparison(
        what, extractor, comparable, scaled, size, (len(first_nd), len(second_nd)), kernel,
        frechet(first_nd, second_nd, seed=spec.seed),
        cmmd(drawn[0], drawn[1]),
        compare_manifolds(drawn[0], drawn[1], neighbours=spec.neighbours),
    )  # fmt: skip


def _comparison(spec: FidelitySpec, what: str, extractor: Extractor, name: str, features: list[Float32]) -> Comparison:
    scaled = spec.scale == "real" or (spec.scale == "auto" and name in EXTRACTORS)
    return compare_features(
        spec, features[0], features[1], what=what, extractor=extractor.name, comparable=extractor.comparable,
        scaled=scaled,
    )  # fmt: skip


def _kernel_distance(spec: FidelitySpec, scale: FeatureScale, first: Float32, second: Float32) -> KernelDistance:
    parts = -(-max(len(first), len(second)) // spec.most_pairs)
    rng = rng_for(spec.seed, 0, "evaluate.fidelity.parts")
    # More parts than a set can fill with 16 pictures each: then some of the larger set are left out.
    parts = min(parts, *(len(part) // _FEWEST for part in (first, second)))
    pieces = [
        [part[np.sort(piece)[: spec.most_pairs]] for piece in np.array_split(rng.permutation(len(part)), parts)]
        for part in (first, second)
    ]
    found = [
        kernel_distance(one, other, scale=scale, seed=spec.seed, permutations=spec.permutations if number == 0 else 0)
        for number, (one, other) in enumerate(zip(*pieces, strict=True))
    ]
    if parts == 1:
        return found[0]
    values = np.array([one.value for one in found])
    return KernelDistance(float(values.mean()), float(values.std(ddof=1) / np.sqrt(parts)), found[0].p)


def _objects(
    spec: FidelitySpec, first: LabelledSet, second: LabelledSet, notes: list[str]
) -> tuple[Objects, Objects] | None:
    if not spec.crops:
        return None
    classes = [part.photos.categories for part in (first, second)]
    without = [part.name for part, names in zip((first, second), classes, strict=True) if not names]
    if without:
        notes.append(f"objects are not compared: {' and '.join(without)} has no boxes")
        return None
    if not set(classes[0]) & set(classes[1]):
        hint = class_hint(classes[1][0], classes[0])
        raise UsageError(
            f"to compare objects both sets must have a class in common, got {', '.join(classes[0])} and "
            f"{', '.join(classes[1])}{hint}: rename with --map OLD=NEW, or leave objects out with --set crops=false"
        )
    objects = matched_boxes(
        first.photos, second.photos, smallest_px=spec.smallest_px, most_per_class=spec.most_per_class, seed=spec.seed
    )
    if len(objects[0]) < _FEWEST:
        notes.append(
            f"objects are not compared: of classes in common there are {len(objects[0])} of {spec.smallest_px:g} px or "
            f"more, and {_FEWEST} are needed"
        )
        return None
    return objects


def _reading(rows: list[Comparison], spec: FidelitySpec) -> list[str]:
    notes = []
    names = sorted({row.extractor for row in rows if not row.comparable})
    if names:
        notes.append(
            f"figures from {', '.join(names)} compare sets with each other; they are NOT comparable with published "
            "FID, KID or CMMD"
        )
    notes.append(
        "two halves of one set are not at a Frechet distance of 0 but at that of `first set with itself`: read `above "
        "that`"
    )
    if any(row.frechet.rank_deficient for row in rows):
        notes.append("* too few pictures for the number of features: the line to infinite size does not hold")
    if any(max(row.counts) > spec.most_pairs for row in rows):
        notes.append(
            f"CMMD, precision, recall, density and coverage are of a random draw of {spec.most_pairs} of larger sets"
        )
    return notes
