"""A set in COCO form as something to take pictures from: an index in memory, the annotations left in the file.

The file is mapped, not read: of each annotation its place, its picture and its class are kept, about 170 bytes. A file
with a million annotations takes some 200 MB beside the pages that the system holds of it.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError

__all__ = ["Category", "CocoSource", "Kind", "SourceImage", "open_coco"]

Kind = str

_Int = NDArray[np.int64]


class _Licence(msgspec.Struct):
    id: int
    name: str = ""
    url: str = ""


class Category(msgspec.Struct, frozen=True):
    """A class of a set.

    Args:
        id: Its number in the file.
        name: Its name.
        supercategory: COCO's.
        keypoints: Names of its keypoints in order.
        skeleton: Pairs of places in that list, from 1.
    """

    id: int
    name: str
    supercategory: str | None = None
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()


class _File(msgspec.Struct):
    images: list[Raw]
    categories: list[Category]
    annotations: list[Raw] = msgspec.field(default_factory=list)
    licenses: list[_Licence] = msgspec.field(default_factory=list)
    info: Raw = Raw(b"{}")


class _ImageHead(msgspec.Struct):
    id: int
    file_name: str
    width: int
    height: int
    license: int | None = None
    licenses: list[int] | None = None


class _AnnotationHead(msgspec.Struct):
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float] | None = None
    iscrowd: int = 0
    ignore: int = 0


_image_head = msgspec.json.Decoder(_ImageHead)
_annotation_head = msgspec.json.Decoder(_AnnotationHead)
_anything = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One picture of a set.

    Args:
        number: Its place in the set.
        id: Its id in the file.
        file_name: Its file in the set's folder of pictures, with forward slashes.
        size_wh: In pixels.
        licences: Names of the licences that it stands under; empty where none is known.
    """

    number: int
    id: int
    file_name: str
    size_wh: tuple[int, int]
    licences: tuple[str, ...]


class CocoSource:
    """An indexed COCO file and the folder of its pictures.

    Args:
        name: What the mixed set calls it.
        kind: ``real`` or ``synthetic``.
        part: Which part of a training set it is: ``train``, ``val`` or ``test``.
        path: The file.
        pictures: The folder that file names are relative to.

    Raises:
        DatasetError: The file is not COCO, an id comes twice, or a picture's file name leads out of the folder.
    """

    def __init__(self, name: str, kind: Kind, part: str, path: Path, pictures: Path) -> None:
        self.name = name
        #: Where its pictures go in the mixed set.
        self.folder = name
        self.kind = kind
        #: How many models, at most, stand between a camera and its pictures: 0 for photos, 1 for plain renders.
        self.generation = 0
        self.part = part
        self.path = path
        self.pictures = pictures
        data = _decode(path)
        self.categories = tuple(data.categories)
        self.info: dict[str, Any] = _dict(data.info)
        self.notes: list[str] = []
        self._licences = {entry.id: entry for entry in data.licenses}
        self._images = data.images
        self._image_ids = self._read_images()
        self._annotations, self._starts, self._labels = self._read_annotations(data.annotations)

    def __len__(self) -> int:
        return len(self._images)

    @property
    def annotation_count(self) -> int:
        """Annotations that belong to a picture and a class."""
        return len(self._annotations)

    @property
    def licences(self) -> tuple[tuple[str, str], ...]:
        """Name and URL of each licence that the file lists."""
        return tuple((entry.name, entry.url) for entry in self._licences.values())

    def image(self, number: int) -> SourceImage:
        """Return a picture by its place."""
        head = _image_head.decode(self._images[number])
        ids = head.licenses if head.licenses is not None else [] if head.license is None else [head.license]
        names = [self._licences[key].name for key in ids if key in self._licences]
        return SourceImage(number, head.id, head.file_name, (head.width, head.height), tuple(dict.fromkeys(names)))

    def image_entry(self, number: int) -> dict[str, Any]:
        """Return everything that the file says of a picture."""
        entry: dict[str, Any] = _anything.decode(self._images[number])
        return entry

    def annotations(self, number: int) -> Iterator[dict[str, Any]]:
        """Yield the annotations of a picture in the file's order."""
        for place in range(int(self._starts[number]), int(self._starts[number + 1])):
            yield _anything.decode(self._annotations[place])

    def labels(self, number: int) -> _Int:
        """Return the category ids of the objects of a picture that count: without crowds and what is ignored."""
        found = self._labels[int(self._starts[number]) : int(self._starts[number + 1])]
        return found[found >= 0]

    def file(self, number: int) -> Path:
        """Return the file of a picture."""
        return self.pictures / self.image(number).file_name

    def _read_images(self) -> _Int:
        ids = np.zeros(len(self._images), np.int64)
        for number, raw in enumerate(self._images):
            try:
                head = _image_head.decode(raw)
            except msgspec.DecodeError as error:
                raise DatasetError(
                    f"{self.path}: a picture must have id, file_name, width and height; {error}, got "
                    f"{bytes(raw)[:80].decode(errors='replace')}"
                ) from error
            pure = PurePosixPath(head.file_name)
            if pure.is_absolute() or ".." in pure.parts or "\\" in head.file_name or not pure.name:
                raise DatasetError(
                    f"{self.path}: file_name must be a path inside the folder of pictures, got {head.file_name!r}"
                )
            ids[number] = head.id
        found, counts = np.unique(ids, return_counts=True)
        if (counts > 1).any():
            raise DatasetError(f"{self.path}: ids of pictures must be unique, but {found[counts > 1][0]} comes twice")
        return ids

    def _read_annotations(self, annotations: Sequence[Raw]) -> tuple[list[Raw], _Int, _Int]:
        """Return the usable annotations by picture, where each picture's begin, and their classes (-1: not counted)."""
        order = np.argsort(self._image_ids, kind="stable")
        sorted_ids = self._image_ids[order]
        known = {category.id for category in self.categories}
        owner = np.full(len(annotations), -1, np.int64)
        labels = np.full(len(annotations), -1, np.int64)
        problems: Counter[str] = Counter()
        for number, raw in enumerate(annotations):
            try:
                head = _annotation_head.decode(raw)
            except msgspec.DecodeError as error:
                raise DatasetError(f"{self.path}: annotation at place {number}: {error}") from error
            place = int(np.searchsorted(sorted_ids, head.image_id)) if len(sorted_ids) else 0
            if place == len(sorted_ids) or sorted_ids[place] != head.image_id:
                problems["of a picture that the file does not list"] += 1
            elif head.category_id not in known:
                problems["of a class that the file does not list"] += 1
            elif head.bbox is None or not (head.bbox[2] > 0 and head.bbox[3] > 0):
                problems["without a box of some size"] += 1
            else:
                owner[number] = order[place]
                labels[number] = -1 if head.iscrowd or head.ignore else head.category_id
        self.notes += [
            f"{self.name}: {count} annotation{'s' if count > 1 else ''} left out, {what}"
            for what, count in sorted(problems.items())
        ]
        kept = np.flatnonzero(owner >= 0)
        kept = kept[np.argsort(owner[kept], kind="stable")]
        starts = np.searchsorted(owner[kept], np.arange(len(self._images) + 1))
        return [annotations[number] for number in kept.tolist()], starts, labels[kept]


def open_coco(path: Path, name: str, kind: Kind | None, part: str, pictures: Path) -> CocoSource:
    """Return an indexed COCO file.

    Args:
        path: The file.
        name: What the mixed set calls it.
        kind: ``real`` or ``synthetic``; None tells by who contributed the file.
        part: Which part of a training set it is.
        pictures: The folder that file names are relative to.

    Raises:
        DatasetError: See `CocoSource`.
    """
    source = CocoSource(name, kind or "real", part, path, pictures)
    if kind is None and str(source.info.get("contributor", "")).startswith("synthvision"):
        source.kind = "synthetic"
    source.generation = int(source.kind == "synthetic")
    return source


def _decode(path: Path) -> _File:
    try:
        with path.open("rb") as stream:
            # Entries stay views of the mapped file, which lives as long as one of them does.
            view = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        return msgspec.json.decode(view, type=_File)
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: there is no such file; give a COCO annotation file or a data set") from error
    except (OSError, ValueError, RecursionError, msgspec.DecodeError) as error:
        raise DatasetError(
            f"{path}: must be a COCO annotation file with images, annotations and categories: {error}"
        ) from error


def _dict(raw: Raw) -> dict[str, Any]:
    value = _anything.decode(raw)
    return value if isinstance(value, dict) else {}
