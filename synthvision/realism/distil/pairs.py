"""Pairs of a render and what a slow refiner made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.atomic import write_bytes
from synthvision.dataset.layout import frame_stem
from synthvision.dataset.reader import Dataset, DatasetFrame, open_dataset
from synthvision.dataset.realism import ModelEntry
from synthvision.features.photos import SUFFIXES, Photos
from synthvision.realism.inputs import refine_input
from synthvision.realism.refiner import Refiner

__all__ = ["TeacherPictures", "make_pairs", "open_pairs"]

Rgb = NDArray[np.uint8]


class TeacherPictures(Protocol):
    """What the teacher made, by frame of the renders."""

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames that there is a picture of, ascending."""
        ...

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """What the teacher is; empty where that is not known."""
        ...

    def load(self, frame: int) -> Rgb:
        """Return one picture, uint8 (height, width, 3).

        Raises:
            UsageError: The file is broken.
            DatasetError: The file is missing or broken.
        """
        ...


class _Folder:
    """Pictures whose names are the numbers of frames."""

    def __init__(self, folder: Path, models: tuple[ModelEntry, ...]) -> None:
        found = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.stem.isdigit()]
        self._paths = {int(path.stem): path for path in found}
        if len(self._paths) != len(found):
            raise UsageError(f"{folder}: each frame must have one picture, got several of one name")
        self.models = models

    @property
    def frames(self) -> tuple[int, ...]:
        return tuple(sorted(self._paths))

    def load(self, frame: int) -> Rgb:
        path = self._paths[frame]
        return Photos(path.parent, (path,), ((),)).load(0)


class _Refined:
    """A data set that `realism apply` wrote."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @property
    def frames(self) -> tuple[int, ...]:
        return self._dataset.indices

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        entry = getattr(self._dataset.manifest, "realism", None)
        return tuple(entry.models) if entry is not None else ()

    def load(self, frame: int) -> Rgb:
        return self._dataset.frame(frame).rgb()


def open_pairs(folder: Path) -> TeacherPictures:
    """Return pictures that a teacher made before.

    Args:
        folder: A refined data set, or a folder of pictures named by the frame, such as ``00000017.png``.

    Raises:
        UsageError: There are none.
        DatasetError: The data set is broken.
    """
    if (folder / "manifest.json").is_file():
        return _Refined(open_dataset(folder))
    if not folder.is_dir():
        raise UsageError(f"{folder}: pairs must be a folder or a refined data set, and there is no such folder")
    found = _Folder(folder, ())
    if not found.frames:
        raise UsageError(f"{folder}: pairs must be pictures named by frame, such as 00000017.png, got none")
    return found


def make_pairs(teacher: Refiner, dataset: Dataset, folder: Path, seed: int, batch: int) -> TeacherPictures:
    """Let a teacher refine every frame, and return what it made; frames that are there already are not made again.

    Args:
        teacher: The slow refiner.
        dataset: The renders.
        folder: Where its pictures go.
        seed: Of its noise.
        batch: Renders at a time.

    Raises:
        FrameError: The teacher failed.
        DatasetError: A render is broken, or a file cannot be written.
    """
    waiting: list[DatasetFrame] = []
    for frame in dataset:
        if not _path(folder, frame.index).is_file():
            waiting.append(frame)
        if len(waiting) == batch:
            _refine(teacher, waiting, folder, seed)
            waiting = []
    if waiting:
        _refine(teacher, waiting, folder, seed)
    return _Folder(folder, teacher.models)


def _refine(teacher: Refiner, frames: Sequence[DatasetFrame], folder: Path, seed: int) -> None:
    made = teacher.refine([refine_input(frame, teacher.needs, seed) for frame in frames])
    for frame, picture in zip(frames, made, strict=True):
        path = _path(folder, frame.index)
        ok, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        if not ok:
            raise DatasetError(f"{path}: a picture of shape {picture.shape} could not be written as PNG")
        write_bytes(path, data.tobytes())


def _path(folder: Path, frame: int) -> Path:
    return folder / f"{frame_stem(frame)}.png"
