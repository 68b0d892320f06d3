"""Reads a real COCO annotation file, whatever its faults: what can be used is kept, the rest is told of."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthvision.core.errors import DatasetError

__all__ = ["RealBox", "RealImage", "RealSet", "read_coco"]

#: A box that reaches this far beyond the picture, in pixels, is told of; all are clipped.
_BEYOND_PX = 1.5


@dataclass(frozen=True, slots=True)
class RealBox:
    """One box.

    Args:
        name: Its class.
        centre_xy: Middle, as shares of the picture's width and height.
        size_wh: Width and height, as shares of the picture's.
    """

    name: str
    centre_xy: tuple[float, float]
    size_wh: tuple[float, float]


@dataclass(frozen=True, slots=True)
class RealImage:
    """One picture.

    Args:
        name: Its file.
        size_wh: In pixels.
        boxes: What is labelled in it.
    """

    name: str
    size_wh: tuple[int, int]
    boxes: tuple[RealBox, ...]


@dataclass(frozen=True, slots=True)
class RealSet:
    """A set of pictures with boxes.

    Args:
        images: In the file's order, those without boxes too.
        classes: Every class that a box has or the file names, sorted.
        problems: What could not be used and why, one sentence each with how often it came.
    """

    images: tuple[RealImage, ...]
    classes: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def boxes(self) -> int:
        """Number of boxes."""
        return sum(len(image.boxes) for image in self.images)

    @property
    def size_wh(self) -> tuple[int, int]:
        """The size that most pictures have, in pixels."""
        return Counter(image.size_wh for image in self.images).most_common(1)[0][0]


class _Problems:
    """Counts faults by kind and keeps the first of each as an example."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, kind: str, example: object) -> None:
        self._counts[kind] += 1
        self._first.setdefault(kind, str(example))

    def listed(self) -> tuple[str, ...]:
        return tuple(
            f"{kind}: {count} time{'s' if count > 1 else ''}, first {self._first[kind]}"
            for kind, count in self._counts.items()
        )


def read_coco(path: Path) -> RealSet:
    """Return the pictures and boxes of a COCO annotation file.

    Crowds (`iscrowd: 1`) are regions, no objects, and are left out. Boxes are clipped to their picture.

    Args:
        path: The JSON file.

    Raises:
        DatasetError: It is no JSON, not COCO, or holds no picture with a size.
    """
    data = _load(path)
    problems = _Problems()
    names = _category_names(data.get("categories"), problems)
    sizes, files = _images(path, data.get("images"), problems)
    boxes: dict[str, list[RealBox]] = {key: [] for key in sizes}
    for index, entry in enumerate(_list(data, "annotations", problems)):
        which = f"annotation {entry.get('id', index)}" if isinstance(entry, dict) else f"annotation at place {index}"
        box = _box(entry, which, sizes, names, problems)
        if box is not None:
            boxes[str(entry["image_id"])].append(box)
    images = tuple(RealImage(files[key], size, tuple(boxes[key])) for key, size in sizes.items())
    if not images:
        raise DatasetError(
            f"{path}: must hold pictures with width and height, got none; "
            + "; ".join(problems.listed() or ("no images",))
        )
    seen = {box.name for image in images for box in image.boxes}
    return RealSet(images, tuple(sorted(seen | set(names.values()))), problems.listed())


def _load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DatasetError(f"{path}: there is no such file; give a COCO annotation file (JSON)") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: must be a COCO annotation file, but it is no JSON: {error}") from error
    if not isinstance(data, dict) or not {"images", "annotations"} & set(data):
        got = f"the keys {', '.join(list(data)[:8])}" if isinstance(data, dict) else f"a {type(data).__name__}"
        raise DatasetError(f"{path}: must be a COCO annotation file with images and annotations, got {got}")
    return data


def _list(data: Mapping[str, Any], key: str, problems: _Problems) -> list[Any]:
    value = data.get(key)
    if isinstance(value, list):
        return value
    problems.add(f"{key} must be a list", "missing" if value is None else type(value).__name__)
    return []


def _category_names(value: Any, problems: _Problems) -> dict[str, str]:
    names: dict[str, str] = {}
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict) and "id" in entry and isinstance(entry.get("name"), str) and entry["name"].strip():
            names[str(entry["id"])] = entry["name"].strip()
        else:
            problems.add("a category must have an id and a name", json.dumps(entry)[:80])
    if not names:
        problems.add("categories must name the classes; classes are called by their ids", "none named")
    return names


def _images(path: Path, value: Any, problems: _Problems) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    sizes: dict[str, tuple[int, int]] = {}
    files: dict[str, str] = {}
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if not isinstance(entry, dict) or entry.get("id") is None:
            problems.add("an image must have an id; left out", f"image at place {index}")
            continue
        key, name = str(entry["id"]), str(entry.get("file_name") or f"image {entry['id']}")
        if key in sizes:
            problems.add("an image id must come once; the later one is left out", f"id {key}")
            continue
        width, height = (_number(entry.get(name)) for name in ("width", "height"))
        if width is None or height is None or min(width, height) < 1:
            found = _size_of_file(path.parent / name)
            if found is None:
                problems.add("an image must have width and height, or its file beside the annotations; left out", name)
                continue
            problems.add("an image had no width and height; taken from its file", name)
            width, height = found
        sizes[key], files[key] = (int(width), int(height)), name
    return sizes, files


def _size_of_file(path: Path) -> tuple[int, int] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return picture.size
    except (OSError, UnidentifiedImageError, ValueError):
        return None


def _box(
    entry: Any,
    which: str,
    sizes: Mapping[str, tuple[int, int]],
    names: Mapping[str, str],
    problems: _Problems,
) -> RealBox | None:
    if not isinstance(entry, dict):
        problems.add("an annotation must be a block of keys; left out", which)
        return None
    if entry.get("iscrowd") in (1, True):
        return None
    image = str(entry.get("image_id"))
    if image not in sizes:
        problems.add("an annotation must name an image of the file; left out", f"{which}: image_id {image}")
        return None
    category = str(entry.get("category_id"))
    if entry.get("category_id") is None or (names and category not in names):
        problems.add("an annotation must have a category that the file names; left out", f"{which}: {category}")
        return None
    xywh = _xywh(entry)
    if xywh is None:
        problems.add("a box must be four finite numbers with width and height above 0; left out", which)
        return None
    return _clipped(xywh, sizes[image], names.get(category, f"class {category}"), which, problems)


def _clipped(
    xywh: tuple[float, float, float, float], size_wh: tuple[int, int], name: str, which: str, problems: _Problems
) -> RealBox | None:
    x, y, w, h = xywh
    width, height = size_wh
    if max(-x, -y, x + w - width, y + h - height) > _BEYOND_PX:
        problems.add("a box reaches beyond its picture; clipped", which)
    x1, y1, x2, y2 = max(x, 0.0), max(y, 0.0), min(x + w, float(width)), min(y + h, float(height))
    if x2 <= x1 or y2 <= y1:
        problems.add("a box lies outside its picture; left out", which)
        return None
    return RealBox(name, ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height), ((x2 - x1) / width, (y2 - y1) / height))


def _xywh(entry: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Return the box of an annotation; that of its polygons where it has none."""
    given = entry.get("bbox")
    if given is None and isinstance(entry.get("segmentation"), list):
        points = [_number(each) for ring in entry["segmentation"] if isinstance(ring, list) for each in ring]
        known = [each for each in points if each is not None]
        if len(known) < 6 or len(known) != len(points) or len(known) % 2:
            return None
        xs, ys = known[::2], known[1::2]
        given = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    if not isinstance(given, list) or len(given) != 4:
        return None
    x, y, w, h = (_number(each) for each in given)
    if x is None or y is None or w is None or h is None or w <= 0 or h <= 0:
        return None
    return x, y, w, h


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and abs(value) < 1e9 else None
