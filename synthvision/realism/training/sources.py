"""Where pictures for training come from: data sets with labels, plain folders, real photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.rle import decode_id_image
from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.reader import Dataset, open_dataset
from synthvision.dataset.records import FrameRecord
from synthvision.features.photos import PhotoBox, Photos, open_photos
from synthvision.realism.inputs import refine_input
from synthvision.realism.networks.conditions import build_conditions
from synthvision.realism.refiner import Refiner
from synthvision.realism.stage import refine_chain
from synthvision.realism.training.config import ConditionName

__all__ = [
    "DatasetRenders",
    "LoadedPicture",
    "PhotoPictures",
    "PictureSource",
    "class_names",
    "matching_side",
    "open_real",
    "open_synthetic",
    "refuse_renders",
]

# Pictures that are looked at for their sizes, at most.
_LOOKED_AT = 32


@dataclass(frozen=True, slots=True, eq=False)
class LoadedPicture:
    """One whole picture.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        conditions_chw: float32 (channels, height, width); None where there are none.
        boxes: Labelled objects; empty where none are known.
    """

    rgb_hwc: NDArray[np.uint8]
    conditions_chw: NDArray[np.float32] | None
    boxes: tuple[PhotoBox, ...]


class PictureSource(Protocol):
    """Pictures by number."""

    def __len__(self) -> int: ...

    @property
    def name(self) -> str:
        """What it is called in what is written."""
        ...

    @property
    def categories(self) -> tuple[str, ...]:
        """Sorted names of the classes that have a box."""
        ...

    def categories_of(self, index: int) -> frozenset[str]:
        """Return the classes that have a box in one picture; nothing is decoded."""
        ...

    def load(self, index: int) -> LoadedPicture:
        """Return one picture.

        Raises:
            UsageError: A photo is broken.
            DatasetError: A render is broken.
        """
        ...


class PhotoPictures:
    """Photos, or plain pictures, without conditions.

    Args:
        photos: What `open_photos` gave.
    """

    def __init__(self, photos: Photos) -> None:
        self.photos = photos

    def __len__(self) -> int:
        return len(self.photos)

    @property
    def name(self) -> str:
        """Name of the folder or file, without the way to it."""
        return self.photos.root.name

    @property
    def categories(self) -> tuple[str, ...]:
        """Sorted names of the classes that have a box."""
        return tuple(sorted({box.category for boxes in self.photos.boxes for box in boxes}))

    def categories_of(self, index: int) -> frozenset[str]:
        """Return the classes that have a box in one photo."""
        return frozenset(box.category for box in self.photos.boxes[index])

    def load(self, index: int) -> LoadedPicture:
        """Return one photo.

        Raises:
            UsageError: The file is broken.
        """
        return LoadedPicture(self.photos.load(index), None, self.photos.boxes[index])


class DatasetRenders:
    """Frames of a data set with their conditions.

    Args:
        dataset: The data set.
        frames: Which frames.
        conditions: Which conditions, in the order of their channels.
        before: Refiners that each picture goes through first; none give the renders themselves.
        seed: Of their noise.
    """

    def __init__(
        self,
        dataset: Dataset,
        frames: Sequence[int],
        conditions: Sequence[ConditionName],
        before: Sequence[Refiner] = (),
        seed: int = 0,
    ) -> None:
        self.dataset = dataset
        self.frames = tuple(frames)
        self.conditions = tuple(conditions)
        self._before = tuple(before)
        self._seed = seed
        wanted = set(self.frames)
        self._boxes = {
            record.frame: tuple(
                PhotoBox(label.category, tuple(float(side) for side in label.box_xyxy))  # type: ignore[arg-type]  # four
                for label in record.instances
                if label.status == "labelled" and label.category and label.box_xyxy is not None
            )
            for record in dataset.records()
            if record.frame in wanted
        }

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.dataset.manifest.name

    @property
    def categories(self) -> tuple[str, ...]:
        """Sorted names of the classes that have a box."""
        return tuple(sorted({box.category for boxes in self._boxes.values() for box in boxes}))

    def categories_of(self, index: int) -> frozenset[str]:
        """Return the classes that have a box in one frame."""
        return frozenset(box.category for box in self._boxes[self.frames[index]])

    def load(self, index: int) -> LoadedPicture:
        """Return one frame.

        Raises:
            DatasetError: A file is missing or broken.
        """
        frame = self.dataset.frame(self.frames[index])
        conditions = None
        if self.conditions:
            conditions = build_conditions(
                self.conditions,
                id_hw=decode_id_image(frame.record.instances, frame.record.size_wh),
                depth_m_hw=frame.depth() if "depth" in self.conditions else None,
                normal_hwc=frame.normals() if "normals" in self.conditions else None,
                class_of_id=class_names(frame.record),
            )
        if not self._before:
            return LoadedPicture(frame.rgb(), conditions, self._boxes[frame.index])
        needs = frozenset[LayerName]().union(*(refiner.needs for refiner in self._before))
        (made,) = refine_chain(self._before, [refine_input(frame, needs, self._seed)])
        return LoadedPicture(made, conditions, self._boxes[frame.index])


def class_names(record: FrameRecord) -> dict[int, str]:
    """Return the class of each instance that has one, by instance id."""
    return {label.instance_id: label.category for label in record.instances if label.category}


def matching_side(renders: PictureSource, photos: PictureSource) -> int:
    """Return the shorter side, px, of photos in which things are as large as in the renders.

    Where both have boxes of a class in common, it is the photos' median side times the ratio of the median boxes' sizes
    (square roots of areas); else the renders' own side. At most 32 pictures of each are read, evenly spread.

    Args:
        renders: Synthetic pictures.
        photos: Real ones.

    Raises:
        UsageError: A photo is broken.
        DatasetError: A render is broken.
    """
    shared = frozenset(renders.categories) & frozenset(photos.categories)
    render_side, render_box = _sizes(renders, shared)
    if not shared:
        return round(render_side)
    photo_side, photo_box = _sizes(photos, shared)
    return max(round(photo_side * render_box / photo_box), 1)


def _sizes(source: PictureSource, categories: frozenset[str]) -> tuple[float, float]:
    """Return the median shorter side, and the median size of boxes of some classes; 0 for none."""
    chosen = [index for index in range(len(source)) if not categories or categories & source.categories_of(index)]
    sides, boxes = [], []
    for index in chosen[:: max(len(chosen) // _LOOKED_AT, 1)][:_LOOKED_AT]:
        picture = source.load(index)
        sides.append(min(picture.rgb_hwc.shape[:2]))
        for entry in picture.boxes:
            if entry.category in categories:
                x1, y1, x2, y2 = entry.box_xyxy
                boxes.append(((x2 - x1) * (y2 - y1)) ** 0.5)
    return float(np.median(sides)), float(np.median(boxes)) if boxes else 0.0


def open_synthetic(
    path: Path, conditions: Sequence[ConditionName], held_out: float, before: Sequence[Refiner] = (), seed: int = 0
) -> tuple[PictureSource, PictureSource]:
    """Return renders to train on and renders that are kept back.

    The last frames are kept back, so that views of one scene stay on one side; of a plain folder `Photos.split` keeps
    near duplicates together.

    Args:
        path: Data set of synthvision, or a folder of pictures.
        conditions: What the data set must have beside pictures.
        held_out: Share of the frames that are kept back, above 0 and below 1.
        before: Refiners that the pictures go through first.
        seed: Of their noise.

    Raises:
        UsageError: There are too few pictures, they were refined already, or have no such conditions.
        DatasetError: The data set is broken.
    """
    if not (path / "manifest.json").is_file():
        if conditions:
            raise UsageError(
                f"{path}: conditions {', '.join(conditions)} need a data set of synthvision, got a folder without "
                "manifest.json: leave conditions empty or give a data set"
            )
        if before:
            raise UsageError(
                f"{path}: refiners before the generator need a data set of synthvision, got a folder without "
                "manifest.json: leave before empty or give a data set"
            )
        held, rest = open_photos(path).split(held_out, 0)
        return PhotoPictures(rest), PhotoPictures(held)
    dataset = open_dataset(path)
    if getattr(dataset.manifest, "realism", None) is not None:
        raise UsageError(f"{path}: renders to train on must not be refined, but these are: give their source")
    for name, layer in (("depth", "depth"), ("normals", "normals")):
        if name in conditions and layer not in dataset.manifest.layers:
            raise UsageError(
                f"{path}: the condition {name} needs {layer} images, which this data set does not have: render with "
                f"--set output.{layer}=true or leave it out"
            )
    frames = dataset.indices
    if len(frames) < 2:
        raise UsageError(f"{path}: there must be at least 2 frames, one of them to be kept back, got {len(frames)}")
    kept = min(max(round(held_out * len(frames)), 1), len(frames) - 1)
    return (
        DatasetRenders(dataset, frames[:-kept], conditions, before, seed),
        DatasetRenders(dataset, frames[-kept:], conditions, before, seed),
    )


def open_real(path: Path, held_out: float, seed: int, validation: Path | None = None) -> tuple[Photos, Photos]:
    """Return photos to train on and photos that are kept back, near duplicates on one side.

    Args:
        path: Folder, or COCO file.
        held_out: Share that is kept back, above 0 and below 1.
        seed: Of the draw.
        validation: Folder or COCO file of what is kept back, in place of a share; nothing is drawn then.

    Raises:
        UsageError: There are no photos, too few, they are renders of synthvision, or some are on both sides.
    """
    photos = open_photos(path)
    refuse_renders(path)
    if validation is None:
        held, rest = photos.split(held_out, seed)
        return rest, held
    held = open_photos(validation)
    refuse_renders(validation)
    digests = {hash_file(file) for file in photos.paths}
    both = [file.name for file in held.paths if hash_file(file) in digests]
    if both:
        raise UsageError(
            f"{validation}: photos that progress is measured against must not be trained on, but {len(both)} of "
            f"{len(held)} are in {path} too, such as {both[0]}: take them out of one of them"
        )
    return photos, held


def refuse_renders(path: Path) -> None:
    """Check that real photos are no data set of synthvision.

    Args:
        path: Folder, or COCO file.

    Raises:
        UsageError: They are, or lie inside one.
    """
    folder = path if path.is_dir() else path.parent
    # A data set has its pictures, and its COCO file, one or two folders below its manifest.
    for candidate in (folder, *folder.resolve().parents[:2]):
        manifest = candidate / "manifest.json"
        if manifest.is_file() and (candidate / "records").is_dir():
            raise UsageError(f"{path}: real photos must not be renders, but {candidate} is a data set of synthvision")
