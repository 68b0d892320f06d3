"""What pictures of a set have of a need: levels of their objects, as an audit tells them and as records name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from synthvision.core.class_names import class_hint
from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.need import Need
from synthvision.evaluate.audit.conditions import estimate_conditions
from synthvision.evaluate.audit.levels import DIMENSIONS, levels_of_dimension
from synthvision.evaluate.audit.run import box_levels
from synthvision.export.mixing.classes import ClassTable, SourceClasses
from synthvision.export.mixing.coco_source import CocoSource
from synthvision.features.photos import PhotoBox

__all__ = ["check_need", "needed_objects"]

_FACTOR, _WEATHER = "factor.", "weather."
_OF_PIXELS = ("light", "weather")


def check_need(need: Need, table: ClassTable) -> None:
    """Refuse a need that speaks of what no mix can tell.

    Raises:
        UsageError: A quantity or level is unknown; the nearest is named.
    """
    for cell in need.cells:
        for name, level in cell.levels.items():
            if name in DIMENSIONS:
                known = levels_of_dimension(name, table.names)
                if level not in known:
                    raise UsageError(f"need: {name} has no level {level!r}{class_hint(level, known)}")
            elif not name.startswith((_FACTOR, _WEATHER)):
                raise UsageError(
                    f"need: quantities must be {', '.join(DIMENSIONS)}, factor.NAME or weather.NAME, got {name!r}"
                )


def needed_objects(
    source: CocoSource, own: SourceClasses, table: ClassTable, number: int, need: Need
) -> tuple[dict[int, int], int]:
    """Return how many objects of each cell a picture has, by the cell's place, and all of its objects.

    The picture is only read where light or weather decides.

    Args:
        source: The set.
        own: Its classes.
        table: The classes of the mix.
        number: Place of the picture.
        need: What is wanted.

    Raises:
        DatasetError: The picture cannot be read.
    """
    entry = source.image_entry(number)
    size_wh = (int(entry["width"]), int(entry["height"]))
    recorded = dict(_recorded(entry))
    boxes, ignored, factors = [], [], []
    for annotation in source.annotations(number):
        place = own.numbers.get(annotation["category_id"])
        x, y, width, height = (float(value) for value in annotation["bbox"])
        corners = (max(x, 0.0), max(y, 0.0), min(x + width, float(size_wh[0])), min(y + height, float(size_wh[1])))
        if place is None or annotation.get("iscrowd") or annotation.get("ignore"):
            ignored.append(PhotoBox("", corners))
            continue
        boxes.append(PhotoBox(table.names[place - 1], corners))
        factors.append(dict(_recorded(annotation)))
    objects = [
        {**recorded, **levels, **own_factors}
        for levels, own_factors in zip(box_levels(boxes, ignored, size_wh), factors, strict=True)
    ]
    open_cells = [{name: level for name, level in cell.levels.items() if name not in _OF_PIXELS} for cell in need.cells]
    matching = [
        [place for place, levels in enumerate(open_cells) if levels.items() <= item.items()] for item in objects
    ]
    if any(set(_OF_PIXELS) & need.cells[place].levels.keys() for places in matching for place in places):
        conditions = _look(source, number)
        matching = [[place for place in places if _lit(need.cells[place].levels, conditions)] for places in matching]
    return dict(Counter(place for places in matching for place in places)), len(objects)


def _recorded(entry: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield what a picture, or an object, is recorded to have: levels of factors, and of the weather."""
    for key, prefix in (("factor_levels", _FACTOR), ("weather", _WEATHER)):
        values = entry.get(key)
        if isinstance(values, dict):
            yield from ((f"{prefix}{name}", str(level)) for name, level in values.items())


def _look(source: CocoSource, number: int) -> Mapping[str, str]:
    path = source.file(number)
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR) if path.is_file() else None
    if pixels is None:
        raise DatasetError(f"{path}: a picture must be readable to tell its light, and this one is not")
    conditions = estimate_conditions(np.ascontiguousarray(pixels[..., ::-1]))
    return {"light": conditions.light, "weather": conditions.weather}


def _lit(levels: Mapping[str, str], conditions: Mapping[str, str]) -> bool:
    return all(conditions[name] == level for name, level in levels.items() if name in _OF_PIXELS)
