"""Checks of factor levels: every level worked out a second time, from the manifest's config, the scene and the masks.

Nothing here uses the code that wrote the levels: sampled values are looked up in the scene, measured ones are counted
on the id image and on the masks of objects alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.labels import InstanceLabel
from synthvision.inspect.checks.frame_view import FrameCheck, FrameView, describe

__all__ = ["FACTOR_CHECKS"]

#: A share within this of the bound of a level may belong to either side.
_TOLERANCE = 1e-6


def check_factor_levels(view: FrameView) -> Iterator[str]:
    """The level of every sampled factor is that of the value in the scene."""
    values = view.record.scene.get("factors", {})
    got = view.record.factor_levels
    expected: dict[str, set[str | None]] = {}
    for name, spec in _factors(view).items():
        if spec["of"] is not None:
            expected[name] = _sampled_level(spec, values)
    for name in sorted(expected.keys() | got.keys()):
        allowed = expected.get(name, {None})
        if got.get(name) not in allowed:
            yield f"factor {name} must have {_any_of(allowed)} as in the scene, got {got.get(name, 'no level')}"


def check_object_levels(view: FrameView) -> Iterator[str]:
    """The level of every measured factor is that of the object's pixels; a moved picture keeps none."""
    augmentation = view.record.augmentation
    if augmentation is not None and augmentation.geometry != "pixels":
        for label in view.record.instances:
            if label.factor_levels:
                yield f"{describe(label)}: it must have no factor levels in a moved picture, got {label.factor_levels}"
        return
    objects = {item.get("instance_id"): item for item in view.record.scene.get("objects", [])}
    measured = {name: spec for name, spec in _factors(view).items() if spec["measure"] is not None}
    for label in view.record.instances:
        item = objects.get(label.instance_id, {})
        for name in sorted(measured.keys() | label.factor_levels.keys()):
            allowed: set[str | None] = {None}
            spec = measured.get(name)
            if spec is not None and label.visible_pixels and _takes(spec["objects"], item):
                value = _measure(view, label, spec["measure"])
                if value is None:
                    continue
                allowed = _levels_near(spec, value)
            if label.factor_levels.get(name) not in allowed:
                got = label.factor_levels.get(name, "no level")
                yield f"{describe(label)}: factor {name} must have {_any_of(allowed)} by its pixels, got {got}"


def check_weight(view: FrameView) -> Iterator[str]:
    """The importance weight of every picture is a number above 0, and 1 where nothing is boosted or planned."""
    weight = view.record.scene.get("weight", 1.0)
    if not isinstance(weight, (int, float)) or not 0 < weight < math.inf:
        yield f"the weight must be above 0, got {weight}"
        return
    plan = view.manifest.config.get("plan") or {}
    weighted = any(row.get("weight", 1.0) != 1.0 for row in plan.get("rows", ()))
    if weight != 1.0 and not weighted and not any(spec.get("boost") for spec in _factors(view).values()):
        yield f"the weight must be 1 where no level is boosted, got {weight}"


FACTOR_CHECKS: tuple[FrameCheck, ...] = (check_factor_levels, check_object_levels, check_weight)


def _factors(view: FrameView) -> dict[str, dict[str, Any]]:
    scene = view.manifest.config.get("scene")
    found = scene.get("factors") if isinstance(scene, dict) else None
    return found if isinstance(found, dict) else {}


def _sampled_level(spec: Mapping[str, Any], values: Mapping[str, Any]) -> set[str | None]:
    path = spec["of"]
    if path in values:
        return {_level(spec, values[path])}
    levels = {_level(spec, value) for key, value in values.items() if fnmatchcase(key, path)}
    return levels if len(levels) == 1 else {None}


def _level(spec: Mapping[str, Any], value: Any) -> str | None:
    for name, level in spec["levels"].items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if level["between"] is not None:
            if is_number and level["between"][0] <= value <= level["between"][1]:
                return str(name)
            continue
        for each in level["one_of"]:
            both_numbers = is_number and isinstance(each, (int, float)) and not isinstance(each, bool)
            if value == each and (both_numbers or type(value) is type(each)):
                return str(name)
    return None


def _levels_near(spec: Mapping[str, Any], value: float) -> set[str | None]:
    """Return the level of a measured number, and of its neighbours where it is at the bound of one."""
    margin = _TOLERANCE * max(1.0, abs(value))
    return {_level(spec, each) for each in (value - margin, value, value + margin)}


def _takes(which: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    wanted = {
        "group": str(item.get("name", "")).partition("/")[0],
        "category": item.get("category"),
        "asset": item.get("asset", {}).get("name"),
    }
    attributes = item.get("attributes", {})
    return all(which[key] is None or which[key] == got for key, got in wanted.items()) and all(
        attributes.get(key) == value for key, value in which.get("attributes", {}).items()
    )


def _measure(view: FrameView, label: InstanceLabel, measure: str) -> float | None:
    """Return a measured quantity, counted on the masks; None where the record does not hold what it needs."""
    mask, alone = view.visible.get(label.instance_id), view.amodal.get(label.instance_id)
    if mask is None:
        return None
    if measure in ("pixel_height", "pixel_width"):
        lines = np.flatnonzero(mask.any(axis=1 if measure == "pixel_height" else 0))
        return float(lines[-1] - lines[0] + 1)
    if measure == "transmittance":
        return label.contrast_transmittance
    if measure == "distance":
        return None if label.pose is None else math.dist(label.pose.position_m, (0.0, 0.0, 0.0))
    if alone is None or not alone.any():
        return None
    if measure == "occlusion":
        return _hidden(view.id_image, alone, label.instance_id)
    if measure == "visible_fraction":
        return float(np.count_nonzero(mask) / np.count_nonzero(alone))
    canvas = label.alone_pixels_canvas
    return 1 - float(np.count_nonzero(alone)) / canvas if canvas else None


def _hidden(id_hw: NDArray[np.uint16], alone: NDArray[np.bool_], own: int) -> float:
    covered = id_hw[alone]
    return float(np.count_nonzero((covered != own) & (covered != 0)) / len(covered))


def _any_of(levels: set[str | None]) -> str:
    return " or ".join(sorted("no level" if level is None else level for level in levels))
