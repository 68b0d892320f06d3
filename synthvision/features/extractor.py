"""Feature extractors: what turns pictures into vectors that a distance compares."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import MissingExtraError, UsageError, nearest_name
from synthvision.features.resizing import library_versions
from synthvision.features.statistics import STATISTICS_COUNT, picture_statistics

__all__ = ["EXTRACTORS", "Extractor", "StatisticsExtractor", "load_extractor"]

#: Names of the extractors that need no weights; they are unlike each other on purpose.
EXTRACTORS = ("random", "statistics")


class Extractor(Protocol):
    """Turns pictures into feature vectors; the same picture gives the same vector, whatever stands beside it."""

    @property
    def name(self) -> str:
        """Its name, for reports."""
        ...

    @property
    def comparable(self) -> bool:
        """Whether distances from it can be compared with published ones."""
        ...

    @property
    def identity(self) -> str:
        """What its features depend on beside the picture: weights, sizes, versions of libraries."""
        ...

    def features(self, pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return the features of pictures, float32 (n, d).

        Args:
            pictures: uint8 (height, width, 3) each, of any size; read once, a few in memory at a time.

        Raises:
            UsageError: There are no pictures.
        """
        ...


class StatisticsExtractor:
    """The hand-made features of `synthvision.features.statistics`."""

    name = "statistics"
    comparable = False
    identity = f"statistics 1, {STATISTICS_COUNT} numbers, {library_versions()}"

    def features(self, pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return the features of pictures, float32 (n, 133).

        Raises:
            UsageError: There are no pictures.
        """
        found = [picture_statistics(picture) for picture in pictures]
        if not found:
            raise UsageError("there must be at least one picture to take features of, got none")
        return np.stack(found).reshape(-1, STATISTICS_COUNT)


def load_extractor(name_or_folder: str | Path, device: str = "cpu") -> Extractor:
    """Return a feature extractor.

    Args:
        name_or_folder: ``statistics``: hand-made figures, without torch. ``random``: a network with fixed random
            weights. Anything else: a local folder with a vision model of transformers, such as DINOv2 or CLIP.
        device: Where networks run: ``cpu``, or a device of torch such as ``cuda:0``.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        UsageError: There is no such folder, or it holds no vision model.
    """
    if name_or_folder == "statistics":
        return StatisticsExtractor()
    if name_or_folder == "random":
        try:
            from synthvision.features.networks.random_network import RandomNetwork
        except ImportError as error:
            raise MissingExtraError("the feature extractor 'random'", "realism") from error
        return RandomNetwork(device)
    folder = Path(name_or_folder)
    if not folder.is_dir():
        near = nearest_name(str(name_or_folder), EXTRACTORS)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UsageError(
            f"an extractor must be one of {', '.join(EXTRACTORS)}, or a local folder with a vision model, got "
            f"{str(name_or_folder)!r}{hint}"
        )
    try:
        from synthvision.features.networks.local_model import LocalModel

        return LocalModel(folder, device)
    except ImportError as error:
        raise MissingExtraError(f"the feature extractor {folder.name!r}", "realism") from error
