"""Says in plain sentences what a scenario changes, so that its author reads what will be made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from synthvision.sampling.config import SceneSpec
from synthvision.sampling.constraints.judge import describe

__all__ = ["explain"]

_SIDES = {
    "front": "in front of",
    "behind": "behind",
    "left": "to the left of",
    "right": "to the right of",
    "beside": "beside",
    "around": "around",
    "on_top": "on top of",
}


def explain(data: Mapping[str, Any], spec: SceneSpec) -> list[str]:
    """Return sentences on what a scene file says.

    Args:
        data: The file's own keys.
        spec: The whole scene with what it builds on.
    """
    lines = [f"{data.get('description', 'A scene')}."]
    lines.append(f"It builds on {data['extends']!r}." if "extends" in data else "It builds on nothing.")
    weather = data.get("weather")
    if weather is not None:
        lines.append(
            f"The weather is {_told(weather.get('kind', weather) if isinstance(weather, Mapping) else weather)}."
        )
    for name, group in (data.get("objects") or {}).items():
        lines.append(_group(name, group))
    lines += [
        f"{path} is {_told(value)}." if value is not None else f"{path} is taken away." for path, value in _others(data)
    ]
    cameras = data.get("cameras") or ([data["camera"]] if data.get("camera") else [])
    lines += [_camera(camera) for camera in cameras]
    if "constraints" in data:
        lines += [f"Every picture holds: {_open_ended(describe(constraint))}." for constraint in spec.constraints]
        lines.append(f"A scene that does not is sampled again, up to {spec.max_attempts} times.")
    return lines


def _group(name: str, group: Any) -> str:
    if group is None:
        return f"The world's {name} are taken away."
    if not isinstance(group, Mapping) or "pick" not in group:
        changes = ", ".join(f"{path} {_told(value)}" for path, value in _leaves(group, ()))
        return f"The world's {name} are changed: {changes}."
    placement = group.get("placement") or {}
    where = ""
    if placement.get("kind") == "relative":
        where = f" {_SIDES[placement.get('side', 'around')]} {placement.get('to')}"
    elif placement.get("kind") == "along":
        where = f" on the {placement.get('strips')}"
    unlabelled = ", which have no labels" if group.get("role", "thing") != "thing" else ""
    return f"It adds {_told(group.get('count', 1))} {name} (model {_told(group['pick'])}){where}{unlabelled}."


def _camera(camera: Mapping[str, Any]) -> str:
    target = camera.get("look_at", "things")
    target = f"one of {target['group']}" if isinstance(target, Mapping) else target
    parts = [f"{key.rpartition('_')[0].replace('_', ' ')} {_told(value)} {_unit(key)}" for key, value in camera.items()
             if key not in ("kind", "look_at", "name")]  # fmt: skip
    return f"The camera looks at {target}: {', '.join(parts)}."


def _unit(key: str) -> str:
    return {"m": "m", "deg": "degrees"}.get(key.rpartition("_")[2], "")


def _others(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    known = ("description", "extends", "weather", "objects", "camera", "cameras", "constraints", "tables")
    for key, value in data.items():
        if key not in known:
            yield from _leaves(value, (key,))


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and not (set(node) & {"uniform", "uniform_int", "choice", "from", "samples"}):
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    else:
        yield ".".join(path), node


def _open_ended(text: str) -> str:
    """Return a range without an end as words."""
    return re.sub(r"(\S+)\.\.inf\b", r"\1 or more", re.sub(r"-inf\.\.(\S+)", r"\1 or less", text))


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        for key in ("uniform", "uniform_int"):
            if key in value and len(value) == 1:
                return f"{value[key][0]} to {value[key][1]}"
    return str(value)
