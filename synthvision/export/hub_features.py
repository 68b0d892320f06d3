"""Columns that the formats of Hugging Face share: one row a picture, its instances as lists of equal length.

``objects`` has, with one entry an instance: ``id`` (counted from 1 in frame order in each part), ``bbox`` ([x, y,
width, height] in pixels), ``categories`` (class number from 0 in the manifest's order), ``area`` (visible pixels),
``iscrowd`` (1 for what the label policy ignores), ``instance_id``, ``name``, ``visible_fraction``, ``truncation`` (null
where not asked for) and ``rle``: the visible mask as COCO's compressed run lengths, for a size of [height, width] of
the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.core.hashing import canonical_json
from synthvision.dataset.manifest import Manifest
from synthvision.dataset.reader import DatasetFrame
from synthvision.export.notes import Notes
from synthvision.export.targets import target_values, targets_of

__all__ = ["OBJECT_TYPES", "HubRows", "hub_features"]

#: Type of each list of `objects`.
OBJECT_TYPES: dict[str, str] = {
    "id": "int64",
    "bbox": "float32",
    "categories": "int64",
    "area": "int64",
    "iscrowd": "int64",
    "instance_id": "int64",
    "name": "string",
    "visible_fraction": "float64",
    "truncation": "float64",
    "rle": "string",
}


class HubRows:
    """Makes rows; ids of instances count up in each part.

    Args:
        categories: Number of each class of the manifest, from 1.
        notes: Where instances that are to be ignored are counted.
    """

    def __init__(self, categories: Mapping[str, int], notes: Notes) -> None:
        self._categories, self._notes = categories, notes
        self._counts: dict[str, int] = {}

    def of(self, part: str, frame: DatasetFrame) -> dict[str, Any]:
        """Return the row of a frame, without its picture, as JSON values.

        Raises:
            DatasetError: An instance has no visible pixel, or a class that the manifest does not name.
        """
        record = frame.record
        width, height = record.size_wh
        objects: dict[str, list[Any]] = {name: [] for name in OBJECT_TYPES}
        for target in targets_of(frame, self._categories):
            number = self._counts[part] = self._counts.get(part, 0) + 1
            if target.ignored:
                self._notes.count("ignored instances with iscrowd 1, which a training script has to look at")
            values = target_values(target)
            values.update({"id": number, "categories": target.number - 1, "rle": target.rle.counts})
            for name, values_of_name in objects.items():
                values_of_name.append(values[name])
        return {
            "image_id": record.frame + 1,
            "width": width,
            "height": height,
            "objects": objects,
            "weather": canonical_json(record.weather_levels()),
            "factor_levels": canonical_json(record.factor_levels),
            "weight": record.weight,
        }


def hub_features(manifest: Manifest) -> dict[str, Any]:
    """Return the types of all columns as the package ``datasets`` writes them into the metadata of files.

    Levels of weather and factors are JSON texts: which ones there are differs from data set to data set.
    """
    objects: dict[str, Any] = {name: _value(dtype) for name, dtype in OBJECT_TYPES.items()}
    objects["bbox"] = {"feature": _value("float32"), "length": 4, "_type": "Sequence"}
    objects["categories"] = {"names": list(manifest.class_names), "_type": "ClassLabel"}
    return {
        "image": {"_type": "Image"},
        "image_id": _value("int64"),
        "width": _value("int64"),
        "height": _value("int64"),
        "objects": {"feature": objects, "_type": "Sequence"},
        "weather": _value("string"),
        "factor_levels": _value("string"),
        "weight": _value("float64"),
    }


def _value(dtype: str) -> dict[str, Any]:
    return {"dtype": dtype, "_type": "Value"}
