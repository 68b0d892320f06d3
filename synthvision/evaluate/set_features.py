"""Features of the pictures of a labelled set, and of objects in them, in one form and by way of the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.evaluate.feature_cache import FeatureCache, extract_features, item_key
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.extractor import Extractor
from synthvision.features.photos import PhotoBox
from synthvision.features.preparation import Preparation

__all__ = ["object_features", "picture_features"]

Float32 = NDArray[np.float32]


def picture_features(
    pictures: LabelledSet,
    extractor: Extractor,
    preparation: Preparation,
    *,
    cache: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Float32:
    """Return the features of all pictures of a set, float32 (n, d).

    Args:
        pictures: The set.
        extractor: What takes the features.
        preparation: The form that pictures are brought to first.
        cache: Folder of the feature cache; None for none.
        progress: Called with the number of pictures done.

    Raises:
        UsageError: A picture cannot be read, or the cache is broken.
        DatasetError: The cache cannot be written.
    """
    photos = pictures.photos
    return extract_features(
        extractor,
        lambda index: preparation.picture(photos.load(index)),
        len(photos),
        cache=_cache(cache, extractor, preparation, "picture"),
        key=lambda index: item_key(photos.paths[index]),
        progress=progress,
    )


def object_features(
    pictures: LabelledSet,
    objects: Sequence[tuple[int, PhotoBox]],
    extractor: Extractor,
    preparation: Preparation,
    *,
    cache: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Float32:
    """Return the features of squares about objects of a set, float32 (n, d), in the order given.

    Args:
        pictures: The set.
        objects: The place of the picture and the box, for each object.
        extractor: What takes the features.
        preparation: The form that the squares are brought to first.
        cache: Folder of the feature cache; None for none.
        progress: Called with the number of objects done.

    Raises:
        UsageError: There are no objects, a picture cannot be read, or the cache is broken.
        DatasetError: The cache cannot be written.
    """
    photos = pictures.photos

    def load(number: int) -> NDArray[np.uint8]:
        index, box = objects[number]
        return preparation.crop(photos.load(index), box.box_xyxy)

    def key(number: int) -> bytes:
        index, box = objects[number]
        return item_key(photos.paths[index], box.box_xyxy)

    return extract_features(
        extractor,
        load,
        len(objects),
        cache=_cache(cache, extractor, preparation, "object"),
        key=key,
        progress=progress,
    )


def _cache(folder: Path | None, extractor: Extractor, preparation: Preparation, what: str) -> FeatureCache | None:
    if folder is None:
        return None
    return FeatureCache(folder, f"{what}; {extractor.identity}; {preparation.identity}")
