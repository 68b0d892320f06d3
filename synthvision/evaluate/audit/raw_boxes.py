"""Faults of a COCO file that hide from whoever reads it kindly: boxes that are empty, outside, or of nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from synthvision.core.errors import UsageError
from synthvision.evaluate.audit.suspicious import Box, Suspicion

__all__ = ["suspect_file"]


def suspect_file(path: Path, beyond_px: float) -> Iterator[Suspicion]:
    """Yield what is wrong with the annotations of a COCO file as it stands, crowds and ignored ones left aside.

    Readers clip boxes and drop what is empty; what they clip and drop is told here. Coordinates are those of the file.

    Args:
        path: The file.
        beyond_px: How far a box may reach beyond its picture, in pixels.

    Raises:
        UsageError: The file is no COCO.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        images = sorted(data["images"], key=lambda image: int(image["id"]))
        names = {int(entry["id"]): str(entry["name"]) for entry in data["categories"]}
        annotations = list(data["annotations"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: must be a COCO file with images, annotations and categories: {error!r}") from error
    places = {int(image["id"]): (place, image) for place, image in enumerate(images)}
    for number, entry in enumerate(annotations):
        if isinstance(entry, dict) and not entry.get("iscrowd") and not entry.get("ignore"):
            yield from _faults(entry, number, places, names, beyond_px)


def _faults(
    entry: Mapping[str, Any],
    number: int,
    places: Mapping[int, tuple[int, Mapping[str, Any]]],
    names: Mapping[int, str],
    beyond_px: float,
) -> Iterator[Suspicion]:
    which = f"annotation {entry.get('id', number)}"
    place, image = places.get(_whole(entry.get("image_id")), (None, {}))
    file = str(image.get("file_name", ""))
    category = names.get(_whole(entry.get("category_id")), "")
    box = _corners(entry.get("bbox"))
    if place is None or not category or box is None:
        missing = "picture" if place is None else "class" if not category else "box"
        yield Suspicion("broken", place, file, category, box, f"{which} has no {missing} that is there")
        return
    x1, y1, x2, y2 = box
    width, height = _whole(image.get("width")), _whole(image.get("height"))
    if x2 <= x1 or y2 <= y1:
        yield Suspicion("empty", place, file, category, None, f"{which} is {x2 - x1:g} x {y2 - y1:g} px")
        return
    if width <= 0 or height <= 0:
        return
    if x2 <= 0 or y2 <= 0 or x1 >= width or y1 >= height:
        yield Suspicion("outside", place, file, category, None, f"{which} lies at {x1:g}, {y1:g} of {width} x {height}")
        return
    beyond = max(-x1, -y1, x2 - width, y2 - height)
    if beyond > beyond_px:
        yield Suspicion("beyond", place, file, category, box, f"{which} by {beyond:.1f} px", beyond)


def _corners(bbox: Any) -> Box | None:
    if not isinstance(bbox, list) or len(bbox) != 4:
        return None
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in bbox):
        return None
    x, y, width, height = (float(value) for value in bbox)
    return x, y, x + width, y + height


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
