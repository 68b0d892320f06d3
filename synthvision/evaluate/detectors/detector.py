"""Detectors: what can be trained on labelled sets, and what then finds objects in pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import MissingExtraError, UsageError, nearest_name
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.pictures import TrainingPictures

__all__ = [
    "CARD_NAME",
    "EXTRA",
    "MODEL_FOLDER",
    "Detector",
    "DetectorProgress",
    "DetectorReporter",
    "TrainedDetector",
    "load_detector",
    "load_detector_kind",
    "read_card",
]

#: File of a trained detector that says what it is.
CARD_NAME = "detector.json"
#: Folder, below that of a training, of the trained detector.
MODEL_FOLDER = "model"
#: The optional dependency that brings torch.
EXTRA = "evaluate"


@dataclass(frozen=True, slots=True)
class DetectorProgress:
    """Where a training stands.

    Args:
        step: Steps that are done.
        steps: Steps of the whole training.
        losses: Mean of each term since the last report.
    """

    step: int
    steps: int
    losses: Mapping[str, float]


#: Called with where a training stands, each time a line of losses is written.
DetectorReporter = Callable[[DetectorProgress], None]


class TrainedDetector(Protocol):
    """Finds objects in pictures."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of what it finds, in the order of its numbers."""
        ...

    @property
    def record(self) -> Mapping[str, Any]:
        """What it is and how it was trained, as JSON values; the same training gives the same."""
        ...

    def detect(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Detections]:
        """Yield what is found in each picture, boxes in its pixels, the surest first.

        Args:
            pictures: uint8 (height, width, 3), sRGB, of any size; read once, a few in memory at a time.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the detector, so that `load_detector` reads it again.

        Args:
            folder: Is made; files of an earlier one are replaced.

        Raises:
            DatasetError: A file cannot be written.
        """
        ...


class Detector(Protocol):
    """Something that can be trained to find objects."""

    @property
    def name(self) -> str:
        """Its name, for reports."""
        ...

    def train(
        self,
        pictures: TrainingPictures,
        spec: TrainingSpec,
        out: Path,
        *,
        start: Path | None = None,
        progress: DetectorReporter | None = None,
    ) -> TrainedDetector:
        """Train, and return the trained detector, which also lies in ``out/model``.

        A training that was stopped goes on where it was; one that had ended returns at once.

        Args:
            pictures: What it learns from.
            spec: The settings.
            out: Folder of this training alone.
            start: Folder of a trained detector of this kind whose weights are the first ones; None for fresh ones.
            progress: Called with each line of losses.

        Raises:
            UsageError: Pictures, settings and what lies in `out` or `start` do not go together.
            MissingExtraError: A library is not installed.
        """
        ...


def load_detector_kind(name_or_folder: str) -> Detector:
    """Return a kind of detector that can be trained.

    Args:
        name_or_folder: ``builtin``: a small network, from scratch. ``ultralytics:MODEL``: a model of Ultralytics, where
            it is installed. Anything else: name or local folder of a detection model of transformers.

    Raises:
        MissingExtraError: A library is not installed.
        UsageError: There is no such model.
    """
    try:
        if name_or_folder == "builtin":
            from synthvision.evaluate.detectors.builtin.detector import BuiltinDetector

            return BuiltinDetector()
        if name_or_folder.startswith("ultralytics:"):
            from synthvision.evaluate.detectors.ultralytics_detector import UltralyticsDetector

            return UltralyticsDetector(name_or_folder.partition(":")[2])
        if nearest_name(name_or_folder, ("builtin", "ultralytics")) and not Path(name_or_folder).exists():
            raise UsageError(
                "a detector must be builtin, ultralytics:MODEL, or a name or folder of a detection model of "
                f"transformers, got {name_or_folder!r}"
            )
        from synthvision.evaluate.detectors.networks.transformers_detector import TransformersDetector

        return TransformersDetector(name_or_folder)
    except ImportError as error:
        raise MissingExtraError(f"the detector {name_or_folder!r}", EXTRA) from error


def load_detector(folder: Path, device: str = "auto") -> TrainedDetector:
    """Return a trained detector that was saved.

    Args:
        folder: Where it was saved.
        device: auto, cpu, cuda or cuda:N.

    Raises:
        MissingExtraError: A library is not installed.
        UsageError: The folder holds no trained detector.
    """
    card = read_card(folder)
    kind = card.get("kind")
    try:
        if kind == "builtin":
            from synthvision.evaluate.detectors.builtin.detector import TrainedBuiltin

            return TrainedBuiltin.load(folder, device)
        if kind == "transformers":
            from synthvision.evaluate.detectors.networks.transformers_detector import TrainedTransformers

            return TrainedTransformers.load(folder, device)
        if kind == "ultralytics":
            from synthvision.evaluate.detectors.ultralytics_detector import TrainedUltralytics

            return TrainedUltralytics.load(folder, device)
    except ImportError as error:
        raise MissingExtraError(f"the detector {folder.name!r}", EXTRA) from error
    raise UsageError(f"{folder / CARD_NAME}: kind must be builtin, transformers or ultralytics, got {kind!r}")


def read_card(folder: Path) -> dict[str, Any]:
    """Return what a trained detector says of itself.

    Args:
        folder: Where it was saved.

    Raises:
        UsageError: There is no card, or it cannot be read.
    """
    path = folder / CARD_NAME
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{folder}: must hold a trained detector, but has no {CARD_NAME}") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: must be readable JSON: {error}") from error
    if not isinstance(card, dict) or not isinstance(card.get("classes"), list):
        raise UsageError(f"{path}: must be the card of a trained detector with its classes")
    return card
