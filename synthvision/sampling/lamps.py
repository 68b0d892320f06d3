"""Lets the objects of a scene shine when it is dark: lit variants of their assets, and lights at their keypoints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.sampling.colours import temperature_colour
from synthvision.sampling.config import ObjectGroup
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.lamp_config import LampsSpec
from synthvision.sampling.placed import PlacedObject
from synthvision.sampling.selection import Library, drawn_override
from synthvision.scene import AssetRef, Light, SpotLight

__all__ = ["lit_objects"]

Float = NDArray[np.float64]

_WIDEST_RAD = math.radians(88.0)
_RADIUS_M = {"down": 0.15, "front": 0.07}
# Clear of the lamp's own glass and casing, which would shade it.
_AHEAD_M = {"down": 0.12, "front": 0.15}


def lit_objects(
    drawer: Drawer,
    groups: Mapping[str, ObjectGroup],
    objects: Sequence[PlacedObject],
    library: Library,
    sun_elevation_deg: float | None,
) -> tuple[tuple[PlacedObject, ...], tuple[Light, ...]]:
    """Return the objects, lit where it is dark, and the lights that they carry.

    Args:
        drawer: Draws the scene's values.
        groups: Groups of the scene file.
        objects: What stands where.
        library: Where models come from.
        sun_elevation_deg: Height of the sun, or None without a sky: then nothing is lit.

    Raises:
        UsageError: A model lacks a keypoint.
    """
    shining = {}
    for name, group in groups.items():
        spec = group.lamps
        if spec is None or sun_elevation_deg is None:
            continue
        if sun_elevation_deg < drawer.number(f"objects.{name}.lamps.on_below_deg", spec.on_below_deg):
            shining[name] = spec
    if not shining:
        return tuple(objects), ()
    lit = tuple(
        _lit(drawer, item, shining[item.drawn.group], library) if item.drawn.group in shining else item
        for item in objects
    )
    lights: list[Light] = []
    for name, spec in shining.items():
        lights += _lights(drawer, name, spec, [item for item in lit if item.drawn.group == name], library)
    return lit, tuple(lights)


def _lit(drawer: Drawer, item: PlacedObject, spec: LampsSpec, library: Library) -> PlacedObject:
    drawn = item.drawn
    known = drawn.entry.parameters
    path = f"objects.{drawn.name.replace('/', '.')}.lamps.params"
    values = {
        name: drawn_override(drawer, f"{path}.{name}", known[name], value)
        for name, value in spec.params.items()
        if name in known
    }
    if not values:
        return item
    ref = AssetRef(drawn.ref.pack, drawn.ref.name, {**drawn.ref.params, **values})
    attributes = {**drawn.attributes, **library.load_model(ref).attributes}
    return replace(item, drawn=replace(drawn, ref=ref, attributes=attributes))


def _lights(
    drawer: Drawer, group: str, spec: LampsSpec, items: Sequence[PlacedObject], library: Library
) -> list[SpotLight]:
    path = f"objects.{group}.lamps"
    if not spec.keypoints or not spec.lights or not items:
        return []
    colour = temperature_colour(drawer.number(f"{path}.temperature_k", spec.temperature_k))
    inner = math.radians(drawer.number(f"{path}.inner_angle_deg", spec.inner_angle_deg))
    outer = min(inner + math.radians(drawer.number(f"{path}.softness_deg", spec.softness_deg)), _WIDEST_RAD)
    near = sorted(items, key=lambda item: float(np.hypot(*item.position_m[:2])))
    made: list[SpotLight] = []
    for item in near[: -(-spec.lights // len(spec.keypoints))]:
        own = f"objects.{item.drawn.name.replace('/', '.')}.lamps"
        intensity = drawer.number(f"{own}.intensity_cd", spec.intensity_cd)
        axis = _axis(item, spec, drawer.number(f"{own}.pitch_deg", spec.pitch_deg))
        made += [
            SpotLight(
                position_m=_triple(place + axis * _AHEAD_M[spec.aim]),
                direction_xyz=_triple(axis),
                intensity_cd=intensity,
                colour=colour,
                inner_angle_rad=min(inner, outer - 1e-3),
                outer_angle_rad=outer,
                radius_m=_RADIUS_M[spec.aim],
            )
            for place in _places(item, spec, library)
        ]
    return made[: spec.lights]


def _axis(item: PlacedObject, spec: LampsSpec, pitch_deg: float) -> Float:
    if spec.aim == "down":
        return np.array([0.0, 0.0, -1.0])
    front = item.rotation[:, 0]
    level = np.array([front[0], front[1], 0.0]) / max(float(np.hypot(front[0], front[1])), 1e-9)
    pitch = math.radians(pitch_deg)
    return np.asarray(level * math.cos(pitch) + np.array([0.0, 0.0, math.sin(pitch)]), np.float64)


def _places(item: PlacedObject, spec: LampsSpec, library: Library) -> list[Float]:
    points = library.load_model(item.drawn.ref).keypoints
    missing = [name for name in spec.keypoints if name not in points]
    if missing:
        raise UsageError(
            f"objects.{item.drawn.group}.lamps.keypoints must be keypoints of {item.drawn.ref.name} "
            f"({', '.join(points) or 'it has none'}), got {missing[0]!r}"
        )
    scale = np.array(item.drawn.scale)
    return [item.rotation @ (np.array(points[name]) * scale) + item.position_m for name in spec.keypoints]


def _triple(values: Float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
