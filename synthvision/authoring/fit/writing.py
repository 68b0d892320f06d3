"""Writes what was learned as a scene file, with the forms that scene files have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.fit.calibration import Settings, shell_camera
from synthvision.core.yaml_file import dump_yaml
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.placement.config import Region

__all__ = ["column_name", "group_weights", "scene_changes", "scene_text", "table_data", "without_constants"]

Float = NDArray[np.float64]

_DIGITS = 4


def column_name(text: str) -> str:
    """Return a class or group name as a column of a table may be called.

    Example:
        >>> column_name("traffic light")
        'traffic_light'
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_") or "class"
    return name if not name[0].isdigit() and name[0] != "-" else f"_{name}"


def table_data(
    columns: Mapping[str, Float], whole: Sequence[str], weights: Float | None = None, importance: Float | None = None
) -> dict[str, Any]:
    """Return a table as a scene file has it; numbers to four digits.

    Args:
        columns: Values by column.
        whole: Names of columns that hold whole numbers.
        weights: How often each row comes; None for equally often.
        importance: Natural over drawn frequency of each row.
    """
    data: dict[str, Any] = {
        "columns": {
            name: [int(value) for value in column] if name in whole else rounded(column)
            for name, column in columns.items()
        }
    }
    if weights is not None:
        data["weights"] = rounded(weights * len(weights))
    if importance is not None:
        data["importance"] = rounded(importance)
    return data


def rounded(values: Float) -> list[float]:
    """Return numbers to four digits."""
    return [float(f"{value:.{_DIGITS}g}") for value in values]


def scene_changes(
    spec: SceneSpec, settings: Settings, groups: Sequence[str], table: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the keys that settings change in a scene, as a scene file that builds on it has them.

    Args:
        spec: The scene.
        settings: What to set.
        groups: Object groups that are counted.
        table: The table `pictures`.
    """
    objects: dict[str, Any] = {}
    for group in groups:
        change: dict[str, Any] = {"count": {"from": f"pictures.{column_name(group)}"}}
        if group in settings.fields:
            change["placement"] = {"region": _region(spec, group, settings.fields[group])}
        if group in settings.scale_std:
            change["scale"] = _scale(spec, group, settings.scale_std[group])
        objects[group] = change
    camera: dict[str, Any] = {
        settings.knob: {"from": f"pictures.{settings.knob}"},
        "centre_offset": [{"from": "pictures.shift_x"}, {"from": "pictures.shift_y"}],
    }
    own = spec.cameras[0]
    shell = shell_camera(spec)
    if settings.knob == "distance_m" and shell is not None:
        camera |= {key: None for key in ("fill", "frame_target") if getattr(shell, key) is not None}
    if settings.knob == "fov_deg" and own.focal_mm is not None:
        camera["focal_mm"] = None
    return {"tables": {"pictures": dict(table)}, "objects": objects, "camera": camera}


def without_constants(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes in which a column that has one value is that value."""
    table = changes["tables"]["pictures"]
    same = {name: column[0] for name, column in table["columns"].items() if len(set(column)) == 1}
    left = {name: column for name, column in table["columns"].items() if name not in same}

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            column = str(node.get("from", "")).removeprefix("pictures.")
            return same[column] if set(node) == {"from"} and column in same else {k: plain(v) for k, v in node.items()}
        return [plain(value) for value in node] if isinstance(node, list) else node

    tables = {"tables": {"pictures": {**table, "columns": left}}} if left else {}
    return {**tables, **{key: plain(value) for key, value in changes.items() if key != "tables"}}


def group_weights(spec: SceneSpec, group: str, shares: Mapping[str, float]) -> list[dict[str, Any]] | None:
    """Return a group's pick with the shares of classes as weights; None where its picks are not named as the classes.

    Args:
        spec: The scene.
        group: The object group.
        shares: Share of each class among the group's boxes.
    """
    queries = spec.objects[group].pick.queries
    found = []
    for query in queries:
        word = query.asset or query.category or query.tag or ""
        if word.rpartition("/")[2] not in shares:
            return None
        named = {"asset": query.asset, "category": query.category, "tag": query.tag}
        weight = float(f"{shares[word.rpartition('/')[2]]:.{_DIGITS}g}")
        found.append({**{key: value for key, value in named.items() if value}, "weight": weight})
    return found if len(found) > 1 and any(item["weight"] for item in found) else None


def scene_text(head: Sequence[str], data: Mapping[str, Any]) -> str:
    """Return a scene file.

    Args:
        head: Lines of comment to begin with.
        data: Its keys and values.
    """
    return "".join(f"# {line}".rstrip() + "\n" for line in head) + "\n" + dump_yaml(dict(data))


def _region(spec: SceneSpec, group: str, factor: float) -> dict[str, Any]:
    region = getattr(spec.objects[group].placement, "region", None)
    assert isinstance(region, Region)
    if region.radius_m is not None:
        return {"radius_m": float(f"{region.radius_m * factor:.{_DIGITS}g}")}
    return {"size_m": rounded(np.array(region.size_m) * factor)}


def _scale(spec: SceneSpec, group: str, deviation: float) -> dict[str, Any]:
    base = spec.objects[group].scale
    mean = float(base) if isinstance(base, (int, float)) else 1.0
    low, high = max(0.2, 1 - 2.5 * deviation), 1 + 2.5 * deviation
    values = rounded(mean * np.array([1.0, deviation, low, high]))
    return {"truncated_normal": dict(zip(("mean", "std", "low", "high"), values, strict=True))}
