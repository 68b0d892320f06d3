"""Changes one factor of a scene and leaves everything else as it was: what `replay --set` stands on.

A path may name

* a field of the recorded scene, e.g. ``camera.exposure.compensation_ev``, ``environment.rotation_rad`` or
  ``lights.0.illuminance_lux``: it is set in the record, nothing is drawn;
* a value of the scene file, e.g. ``lights.sun.illuminance_lux``, ``lighting`` or ``objects.cones.count``: the frame is
  drawn again with that value pinned. Streams are named by key path, so no other value moves; before that the frame is
  drawn without the pin and must equal the record, or the record was made by something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synthvision.core.errors import DatasetError, UsageError, nearest_name
from synthvision.sampling.sampler import SceneSampler
from synthvision.scene import Scene, scene_from_json, scene_to_json

__all__ = ["apply_override", "override_scene", "scene_paths"]

# Where the scene came from and what was counted on the way are facts, not factors.
_FACTS = ("origin", "factors", "rejections")


def override_scene(scene: Scene, changes: Mapping[str, Any], sampler: SceneSampler | None = None) -> Scene:
    """Return a recorded scene with some factors changed.

    Args:
        scene: The recorded scene.
        changes: Values by key path, of the scene or of the scene file.
        sampler: Draws the job's scenes; None allows only paths of the scene.

    Raises:
        UsageError: A path names nothing, a value has the wrong type or is out of range, or the record cannot be drawn
            again.
        PlacementError: The changed scene could not be placed.
    """
    known = scene_paths(scene)
    pins = {path: value for path, value in changes.items() if path not in known}
    if pins:
        if sampler is None:
            raise UsageError(_unknown(next(iter(pins)), known))
        scene = _drawn_again(scene, pins, sampler, known)
    for path, value in changes.items():
        if path not in pins:
            scene = apply_override(scene, path, value)
    return scene


def apply_override(scene: Scene, path: str, value: Any) -> Scene:
    """Return a scene with one of its fields changed.

    Args:
        scene: Any scene.
        path: Dotted path of the field, e.g. ``camera.exposure.compensation_ev`` or ``lights.0.illuminance_lux``.
        value: A JSON value of the field's type.

    Raises:
        UsageError: The path names nothing (the nearest is given), or the value has the wrong type or is out of range.

    Example:
        >>> from synthvision.scene import Camera
        >>> camera = Camera(size_wh=(4, 4), focal_xy_px=(4, 4), centre_xy_px=(2, 2), position_m=(0, 0, 1),
        ...                 rotation_wxyz=(1, 0, 0, 0))
        >>> apply_override(Scene(camera=camera), "camera.exposure.compensation_ev", 1.5).camera.exposure.compensation_ev
        1.5
    """
    known = scene_paths(scene)
    if path not in known:
        raise UsageError(_unknown(path, known))
    data = scene_to_json(scene)
    *parents, last = path.split(".")
    node: Any = data
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value
    try:
        changed = scene_from_json(data)
    except DatasetError as error:
        raise UsageError(f"{path} cannot be set to {value!r}: {error}") from error
    return replace(changed, factors={**changed.factors, path: value})


def scene_paths(scene: Scene) -> set[str]:
    """Return the dotted path of every number, word, flag and vector of a scene: what may be changed."""
    paths: set[str] = set()
    data = scene_to_json(scene)
    for fact in _FACTS:
        data.pop(fact)
    _collect(data, "", paths)
    return paths


def _collect(node: Any, prefix: str, paths: set[str]) -> None:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        path = f"{prefix}{key}"
        is_block = isinstance(value, dict) or (
            isinstance(value, list) and any(isinstance(part, dict) for part in value)
        )
        if not is_block and value is not None:
            paths.add(path)
        _collect(value, f"{path}.", paths)


def _drawn_again(scene: Scene, pins: Mapping[str, Any], sampler: SceneSampler, known: set[str]) -> Scene:
    origin = scene.origin
    try:
        changed = sampler.sample(origin.frame, origin.attempt, pins=pins, proposal=origin.proposal)
    except UsageError as error:
        near = nearest_name(next(iter(pins)), sorted(known))
        hint = f"; of the recorded scene {near!r} is nearest" if near else ""
        raise UsageError(f"{error}{hint}") from error
    again = sampler.sample(origin.frame, origin.attempt)
    # What earlier attempts missed is counted outside the sampler.
    if scene_to_json(replace(again, rejections=scene.rejections)) != scene_to_json(scene):
        raise UsageError(
            f"{', '.join(pins)}: frame {origin.frame} must be drawn again to change this, but with the job, assets and "
            "program of today it comes out different from the record; change a field of the recorded scene instead "
            "(camera, lights, environment, objects), or use the version that made the data set"
        )
    return changed


def _unknown(path: str, known: set[str]) -> str:
    near = nearest_name(path, sorted(known))
    hint = f"; did you mean {near!r}?" if near else ""
    return f"{path!r} must name a field of the scene or a value of the scene file{hint}"
