"""Which level each factor of a scene has, in the frame and on its objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.annotate.measures import ObjectMeasures
from synthvision.sampling.factors.config import FactorSpec, Measure
from synthvision.scene import Scene

__all__ = ["frame_levels", "measured", "object_levels"]


def frame_levels(factors: Mapping[str, FactorSpec], scene: Scene) -> dict[str, str]:
    """Return the level of each sampled factor by name; a factor that has none here is left out.

    Args:
        factors: From the scene file.
        scene: What was sampled; its `factors` hold the values.
    """
    found = {
        name: spec.level_of(scene.factors[spec.of])
        for name, spec in factors.items()
        if spec.of is not None and spec.of in scene.factors
    }
    return {name: level for name, level in found.items() if level is not None}


def object_levels(
    factors: Mapping[str, FactorSpec], scene: Scene, measures: Mapping[int, ObjectMeasures]
) -> dict[int, dict[str, str]]:
    """Return the level of each measured factor for each object that it speaks of, by instance id.

    Args:
        factors: From the scene file.
        scene: What the picture shows.
        measures: Of its objects, by instance id.
    """
    result: dict[int, dict[str, str]] = {}
    for name, spec in factors.items():
        if spec.measure is None or spec.objects is None:
            continue
        for item in scene.objects:
            own = measures.get(item.instance_id)
            if own is None or not spec.objects.takes(item):
                continue
            level = spec.level_of(measured(own, spec.measure))
            if level is not None:
                result.setdefault(item.instance_id, {})[name] = level
    return result


def measured(own: ObjectMeasures, measure: Measure) -> float:
    """Return one quantity of an object: shares 0..1, pixels, or metres."""
    values: dict[Measure, Any] = {
        "occlusion": sum(own.hidden_by.values()),
        "visible_fraction": own.visible_fraction,
        "truncation": own.truncation,
        "pixel_height": own.size_wh[1],
        "pixel_width": own.size_wh[0],
        "distance": own.distance_m,
        "transmittance": own.transmittance,
    }
    return float(values[measure])
