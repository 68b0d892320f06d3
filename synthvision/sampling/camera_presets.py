"""Camera presets: what a phone, a car or a factory camera is made of, as data files.

A preset is a YAML file below ``scenes/cameras`` with the keys of a camera that describe the device. What a scene file
says of its camera wins over the preset, key by key; ``null`` takes a part away (a field of view: back to the preset's).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from synthvision.core.builtin import builtin_names, builtin_path
from synthvision.core.errors import ConfigError, UsageError, nearest_name
from synthvision.core.yaml_file import load_yaml

__all__ = ["camera_preset", "camera_preset_names", "with_preset"]

_BLOCKS = ("lens", "optics", "lens_surface", "sensor")
_FIELD_OF_VIEW = ("fov_deg", "focal_mm")


@lru_cache(maxsize=1)
def camera_preset_names() -> tuple[str, ...]:
    """Return the sorted names of the camera presets that ship."""
    return builtin_names("scenes/cameras")


@lru_cache(maxsize=64)
def camera_preset(name: str) -> Mapping[str, Any]:
    """Return the keys of a camera preset that ships, without its description.

    Raises:
        ValueError: There is none of that name; the nearest one is named, and all are listed.
        UsageError: The file that ships cannot be read.
    """
    known = camera_preset_names()
    if name not in known:
        near = nearest_name(name, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise ValueError(f"must name a camera preset, got {name!r}{hint} (there are: {', '.join(known)})")
    try:
        data = load_yaml(builtin_path("scenes/cameras", name), f"scenes/cameras/{name}.yaml").data
    except ConfigError as error:
        raise UsageError(f"the camera preset {name!r} that ships is broken: {error}") from error
    return {key: value for key, value in data.items() if key != "description"}


def with_preset(data: Any) -> Any:
    """Return the keys of a camera with those of its preset under them.

    Args:
        data: What a scene file says of a camera; returned as it is where it names no preset.

    Raises:
        ValueError: The preset does not exist.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("preset"), str):
        return data
    try:
        under = dict(camera_preset(data["preset"]))
    except ValueError as error:
        # The key first, so that the message points to where it was written.
        raise ValueError(f"preset {error}") from error
    if any(data.get(key) is not None for key in _FIELD_OF_VIEW):
        # Two ways to say one thing: the scene file's holds.
        for key in _FIELD_OF_VIEW:
            under.pop(key, None)
    # Without a field of view of its own, also where a job takes the scene's away, the camera has the preset's.
    merged = {**under, **{key: value for key, value in data.items() if key not in _FIELD_OF_VIEW or value is not None}}
    for key in _BLOCKS:
        below, above = under.get(key), data.get(key)
        if isinstance(below, Mapping) and isinstance(above, Mapping) and _same_kind(below, above):
            merged[key] = {**below, **above}
    return merged


def _same_kind(below: Mapping[str, Any], above: Mapping[str, Any]) -> bool:
    # Coefficients of one lens model mean nothing to the other.
    return "kind" not in above or above["kind"] == below.get("kind")
