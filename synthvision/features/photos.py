"""Real photos on disk: a folder of them, or a COCO file with boxes.

This is the one reader of real photos. Pictures come out upright, as their EXIF says, and so do boxes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file, hash_json
from synthvision.core.streams import rng_for
from synthvision.features.near_duplicates import near_duplicate_groups

__all__ = ["SUFFIXES", "CocoPhotos", "PhotoBox", "Photos", "open_coco", "open_photos", "picture_size"]

#: Endings of the files that count as photos, in lower case.
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")

#: What EXIF's orientations do to a picture of width w and height h: swaps of the axes, then mirrors of x and of y.
_ORIENTATIONS = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}
_ORIENTATION_TAG = 0x0112
_UNREADABLE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class PhotoBox:
    """One labelled object of a photo.

    Args:
        category: Name of its class.
        box_xyxy: Half-open box in pixels of the upright photo, not empty, inside the photo.
    """

    category: str
    box_xyxy: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Photos:
    """Real photos, in a fixed order.

    Args:
        root: The folder, or the COCO file, that they were opened from.
        paths: Their files.
        boxes: For each photo its boxes; empty where none are known.
    """

    root: Path
    paths: tuple[Path, ...]
    boxes: tuple[tuple[PhotoBox, ...], ...]

    def __post_init__(self) -> None:
        if not self.paths:
            raise UsageError(f"{self.root}: there must be at least one photo, got none")
        if len(self.paths) != len(self.boxes):
            raise UsageError(f"each photo must have its boxes, got {len(self.paths)} photos, {len(self.boxes)} boxes")

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def categories(self) -> tuple[str, ...]:
        """Sorted names of the classes that have a box."""
        return tuple(sorted({box.category for boxes in self.boxes for box in boxes}))

    def load(self, index: int) -> NDArray[np.uint8]:
        """Return one photo, uint8 (height, width, 3), sRGB, upright.

        Transparency is dropped; pictures of 16 bits a channel are reduced to 8.

        Args:
            index: Its place, 0 to len - 1.

        Raises:
            UsageError: The file is broken, cut short or gone; the message names it.
        """
        path = self.paths[index]
        try:
            with Image.open(path) as image:
                upright = ImageOps.exif_transpose(image)
                if upright.mode.startswith("I"):
                    # Pillow would clip 16 bits to the lowest 8.
                    grey = (np.asarray(upright).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
                    return np.repeat(grey[..., None], 3, axis=2)
                if upright.mode in ("P", "PA"):
                    # Straight to RGB Pillow warns of palettes with transparency.
                    upright = upright.convert("RGBA")
                return np.array(upright.convert("RGB"), dtype=np.uint8)
        except _UNREADABLE as error:
            raise _broken(path, error) from error

    def select(self, indices: Sequence[int]) -> Photos:
        """Return some of the photos, in the order given.

        Raises:
            UsageError: There are no indices.
        """
        return Photos(self.root, tuple(self.paths[i] for i in indices), tuple(self.boxes[i] for i in indices))

    def spread(self, count: int) -> Photos:
        """Return at most `count` photos, evenly spread over all of them.

        Args:
            count: 1 or more.

        Raises:
            UsageError: `count` is below 1.
        """
        if count < 1:
            raise UsageError(f"the number of photos must be 1 or more, got {count}")
        if count >= len(self):
            return self
        return self.select([(2 * i + 1) * len(self) // (2 * count) for i in range(count)])

    def split(self, share: float, seed: int) -> tuple[Photos, Photos]:
        """Return two parts without a photo, or near duplicates of one, in common.

        Photos whose perceptual hashes are close (bursts, frames of a film, the same file saved twice) stay together;
        see `synthvision.features.near_duplicates`. The first part has as nearly `share` of the photos as such groups
        allow.

        Args:
            share: Share of the first part, above 0 and below 1.
            seed: Seed of the draw, 0 to 2**63 - 1.

        Raises:
            UsageError: `share` is out of range, or there is one group only, so that one part would be empty.
        """
        if not 0 < share < 1:
            raise UsageError(f"share must be above 0 and below 1, got {share:g}")
        groups = near_duplicate_groups(self.load_small(i) for i in range(len(self)))
        if len(groups) < 2:
            raise UsageError(
                f"{self.root}: to be split there must be photos that differ, got {len(self)} that are all alike: "
                "give more photos"
            )
        order = rng_for(seed, 0, "photos.split").permutation(len(groups))
        wanted = share * len(self)
        first: list[int] = []
        for position, number in enumerate(order):
            group = groups[number]
            last = position == len(order) - 1
            closer = abs(len(first) + len(group) - wanted) < abs(len(first) - wanted)
            if not last and (closer or (position == len(order) - 2 and not first)):
                first.extend(group)
        chosen = set(first)
        rest = [i for i in range(len(self)) if i not in chosen]
        return self.select(sorted(first)), self.select(rest)

    def load_small(self, index: int) -> NDArray[np.uint8]:
        """Return a photo of at least 64 pixels a side where it has so many, decoded quickly: uint8 (h, w), upright.

        Args:
            index: Its place, 0 to len - 1.

        Raises:
            UsageError: The file is broken, cut short or gone; the message names it.
        """
        path = self.paths[index]
        try:
            with Image.open(path) as image:
                # JPEG can be decoded at an eighth of its size.
                image.draft("L", (256, 256))
                grey = ImageOps.exif_transpose(image).convert("L")
                grey.thumbnail((256, 256), Image.Resampling.BOX)
                return np.array(grey, dtype=np.uint8)
        except _UNREADABLE as error:
            raise _broken(path, error) from error

    def digest(self) -> str:
        """Return the SHA-256 over the contents of all files in order, and over their boxes, as 64 digits.

        Names and places of files do not count.

        Raises:
            UsageError: A file cannot be read.
        """
        total = hashlib.sha256()
        for path, boxes in zip(self.paths, self.boxes, strict=True):
            try:
                total.update(hash_file(path).encode())
            except OSError as error:
                raise _broken(path, error) from error
            total.update(hash_json([[box.category, *box.box_xyxy] for box in boxes]).encode())
        return total.hexdigest()


@dataclass(frozen=True, slots=True)
class CocoPhotos:
    """What a COCO file says of its photos.

    Args:
        photos: The photos with their boxes.
        sizes_wh: Width and height of each upright photo, in pixels.
        ignored: For each photo the boxes of crowds and of annotations marked as ignored.
        classes: Names of the file's categories, in its order.
        cut: How many boxes reached beyond their photo by a pixel or more and were cut at its edge.
        left_out: How many boxes were empty, or lay outside their photo.
    """

    photos: Photos
    sizes_wh: tuple[tuple[int, int], ...]
    ignored: tuple[tuple[PhotoBox, ...], ...]
    classes: tuple[str, ...]
    cut: int = 0
    left_out: int = 0


def open_photos(path: Path) -> Photos:
    """Return the photos of a folder, or of a COCO file with their boxes.

    A folder is read with all folders below it, sorted by path; names that start with a dot are left out, and boxes
    are not known. Of a COCO file the images are taken in the order of their ids, and boxes of all annotations but
    crowds and ignored ones; file names are relative to the folder of the file, or to a folder ``images`` in it or
    beside it. Boxes may speak of the picture as stored or as EXIF turns it: its width and height tell.

    Only headers are read here; pictures when they are loaded.

    Args:
        path: Folder or ``.json`` file.

    Raises:
        UsageError: There is no such path, it holds no photos, a photo is missing or broken, or the file is no COCO.
    """
    if path.is_dir():
        return _open_folder(path)
    if path.is_file() and path.suffix.lower() == ".json":
        return open_coco(path).photos
    if path.exists():
        raise UsageError(f"{path}: real photos must be a folder or a COCO .json file, got a file {path.suffix!r}")
    raise UsageError(f"{path}: real photos must be a folder or a COCO .json file, and there is no such path")


def _open_folder(folder: Path) -> Photos:
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    if not found:
        raise UsageError(f"{folder}: there must be photos ({', '.join(SUFFIXES)}) in it or below it, got none")
    found.sort(key=lambda path: path.relative_to(folder).as_posix())
    for path in found:
        _header(path)
    return Photos(folder, tuple(found), ((),) * len(found))


def open_coco(file: Path) -> CocoPhotos:
    """Return the photos of a COCO file with all that it says of their boxes; see `open_photos`.

    Args:
        file: The ``.json`` file.

    Raises:
        UsageError: The file is no COCO or holds no photos, or a photo is missing or broken.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        names = {int(category["id"]): str(category["name"]) for category in data["categories"]}
        images = sorted(data["images"], key=lambda image: int(image["id"]))
        by_image: dict[int, list[dict[str, Any]]] = {int(image["id"]): [] for image in images}
        for annotation in data["annotations"]:
            by_image[int(annotation["image_id"])].append(annotation)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file}: must be a COCO file with images, annotations and categories: {error!r}") from error
    if not images:
        raise UsageError(f"{file}: there must be photos in the COCO file, got none")
    base = _base_folder(file, str(images[0].get("file_name", "")))
    paths, sizes_wh, all_boxes, all_ignored = [], [], [], []
    cut = outside = 0
    for image in images:
        path = base / str(image.get("file_name", ""))
        if not path.is_file():
            raise UsageError(
                f"{path}: every image of {file.name} must exist, and this one does not: take it out of the file"
            )
        stored_wh, orientation = _header(path)
        boxes: list[PhotoBox] = []
        ignored: list[PhotoBox] = []
        try:
            declared_wh = int(image.get("width", 0)), int(image.get("height", 0))
            for annotation in by_image[int(image["id"])]:
                x, y, width, height = (float(value) for value in annotation["bbox"])
                corners = _upright_box((x, y, x + width, y + height), declared_wh, stored_wh, orientation, path)
                if corners is None:
                    outside += 1
                else:
                    kept_wh = corners[2] - corners[0], corners[3] - corners[1]
                    # Turned or not, a box that was cut is narrower in one of both directions.
                    cut += sum(kept_wh) <= width + height - 1
                    left_out = annotation.get("iscrowd", 0) or annotation.get("ignore", 0)
                    (ignored if left_out else boxes).append(PhotoBox(names[int(annotation["category_id"])], corners))
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"{file}: annotations of image {image['id']} must have a bbox [x, y, w, h] and a category_id that is "
                f"listed: {error!r}"
            ) from error
        paths.append(path)
        sizes_wh.append(_upright_wh(stored_wh, orientation))
        all_boxes.append(tuple(boxes))
        all_ignored.append(tuple(ignored))
    photos = Photos(file, tuple(paths), tuple(all_boxes))
    return CocoPhotos(photos, tuple(sizes_wh), tuple(all_ignored), tuple(names.values()), cut, outside)


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height of a photo as it stands upright, in pixels; its header alone is read.

    Raises:
        UsageError: The file is broken or gone; the message names it.
    """
    return _upright_wh(*_header(path))


def _upright_wh(stored_wh: tuple[int, int], orientation: int) -> tuple[int, int]:
    return stored_wh[::-1] if _ORIENTATIONS[orientation][0] else stored_wh


def _base_folder(file: Path, first: str) -> Path:
    parent = file.resolve().parent
    places = (parent, parent / "images", parent.parent / "images", parent.parent)
    for place in places:
        if first and (place / first).is_file():
            return place
    raise UsageError(
        f"{file}: its images must lie in its folder or in a folder images in it or beside it, and {first!r} does not"
    )


def _header(path: Path) -> tuple[tuple[int, int], int]:
    """Return width and height as stored, and the orientation of EXIF."""
    try:
        with Image.open(path) as image:
            orientation = image.getexif().get(_ORIENTATION_TAG, 1)
            return image.size, orientation if orientation in _ORIENTATIONS else 1
    except _UNREADABLE as error:
        raise _broken(path, error) from error


def _upright_box(
    box_xyxy: tuple[float, float, float, float],
    declared_wh: tuple[int, int],
    stored_wh: tuple[int, int],
    orientation: int,
    path: Path,
) -> tuple[float, float, float, float] | None:
    """Return a box in the upright photo, clipped to it; None where nothing of it is left."""
    swapped, mirror_x, mirror_y = _ORIENTATIONS[orientation]
    width, height = _upright_wh(stored_wh, orientation)
    x1, y1, x2, y2 = box_xyxy
    # A square picture tells nothing: then boxes are taken to be as one sees it, which is how they are drawn.
    if declared_wh not in ((0, 0), (width, height)):
        if declared_wh != stored_wh:
            raise UsageError(
                f"{path}: the picture must be {declared_wh[0]} x {declared_wh[1]} pixels, as its COCO file says, got "
                f"{width} x {height}: its boxes would not fit"
            )
        if swapped:
            x1, y1, x2, y2 = y1, x1, y2, x2
        if mirror_x:
            x1, x2 = width - x2, width - x1
        if mirror_y:
            y1, y2 = height - y2, height - y1
    x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
    return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None


def _broken(path: Path, error: BaseException) -> UsageError:
    return UsageError(
        f"{path}: every photo must be readable, and this one is not ({error}): repair it, or leave it out by deleting "
        "it, or by a name that starts with a dot; out of a COCO file take its entry"
    )
