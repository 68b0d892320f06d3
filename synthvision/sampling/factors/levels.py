"""Which level each factor of a scene has, in the frame and on its objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from synthvision.annotate.measures import ObjectMeasures
from synthvision.sampling.constraints.config import Which
from synthvision.sampling.factors.config import FactorSpec, Measure
from synthvision.scene import Scene

__all__ = ["frame_levels", "measured", "object_levels", "row_misses"]


def frame_levels(factors: Mapping[str, FactorSpec], scene: Scene) -> dict[str, str]:
    """Return the level of each sampled factor by name; a factor that has none here is left out.

    A factor whose key path is a pattern has a level where all values that the pattern fits have the same.

    Args:
        factors: From the scene file.
        scene: What was sampled; its `factors` hold the values.
    """
    found = {}
    for name, spec in factors.items():
        if spec.of is None:
            continue
        levels = {spec.level_of(value) for value in _values(scene.factors, spec.of)}
        if len(levels) == 1 and (level := levels.pop()) is not None:
            found[name] = level
    return found


def object_levels(
    factors: Mapping[str, FactorSpec], scene: Scene, measures: Mapping[int, ObjectMeasures]
) -> dict[int, dict[str, str]]:
    """Return the level of each measured factor for each object that it speaks of, by instance id.

    An object of which no pixel shows has no level.

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
            value = measured(own, spec.measure)
            level = None if value is None else spec.level_of(value)
            if level is not None:
                result.setdefault(item.instance_id, {})[name] = level
    return result


def measured(own: ObjectMeasures, measure: Measure) -> float | None:
    """Return one quantity of an object: shares 0..1, pixels, or metres; None for one of which no pixel shows."""
    if not own.visible_pixels:
        return None
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


def row_misses(
    factors: Mapping[str, FactorSpec],
    row: Mapping[str, str],
    scene: Scene,
    measures: Mapping[int, ObjectMeasures] | None,
) -> tuple[str, ...]:
    """Return what a plan's row asks for and a scene does not show, one phrase each.

    Levels of measured factors that speak of the same objects must come together on one object.

    Args:
        factors: From the scene file.
        row: Level by factor.
        scene: What was sampled.
        measures: Of its objects, by instance id; None judges sampled factors alone.
    """
    got = frame_levels(factors, scene)
    missed = [
        f"{name} {got.get(name, 'of no level')} instead of {level}"
        for name, level in row.items()
        if factors[name].measure is None and got.get(name) != level
    ]
    if measures is None:
        return tuple(missed)
    own = object_levels(factors, scene, measures)
    for which, levels in _asked_together(factors, row):
        if not any(levels.items() <= found.items() for found in own.values()):
            missed.append(f"no {which} with {', '.join(f'{name} {level}' for name, level in levels.items())}")
    return tuple(missed)


def _asked_together(
    factors: Mapping[str, FactorSpec], row: Mapping[str, str]
) -> Iterator[tuple[Which, dict[str, str]]]:
    groups: list[tuple[Which, dict[str, str]]] = []
    for name, level in row.items():
        which = factors[name].objects
        if which is None:
            continue
        known = next((levels for other, levels in groups if other == which), None)
        if known is None:
            groups.append((which, {name: level}))
        else:
            known[name] = level
    yield from groups


def _values(sampled: Mapping[str, Any], path: str) -> list[Any]:
    if path in sampled:
        return [sampled[path]]
    if not any(letter in path for letter in "*?["):
        return []
    return [value for key, value in sampled.items() if fnmatchcase(key, path)]
