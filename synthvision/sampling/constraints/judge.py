"""Whether a scene holds its constraints, first on the scene alone and then on its label images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synthvision.annotate.measures import ObjectMeasures
from synthvision.geometry.boxes import box_intersection
from synthvision.sampling.constraints.config import (
    STRIP,
    AsFactor,
    Attribute,
    Constraint,
    Count,
    Distance,
    InFrontOf,
    Occlusion,
    PixelSize,
    SameLane,
    Transmittance,
    Truncation,
    VisibleFraction,
    Which,
)
from synthvision.scene import Scene, SceneObject

__all__ = ["describe", "needs_pixels", "violated"]

Measures = Mapping[int, ObjectMeasures]


def needs_pixels(constraint: Constraint) -> bool:
    """Return whether a constraint can only be judged on label images."""
    match constraint:
        case Occlusion() | VisibleFraction() | Truncation() | PixelSize() | Transmittance() | InFrontOf():
            return True
        case Count():
            return constraint.least_pixels > 0
        case _:
            return False


def violated(constraints: Sequence[Constraint], scene: Scene, measures: Measures | None) -> tuple[Constraint, ...]:
    """Return the constraints that a scene does not hold.

    Args:
        constraints: What must hold.
        scene: The scene.
        measures: Of its objects, by instance id; None judges only what needs no pixels.
    """
    judged = [constraint for constraint in constraints if measures is not None or not needs_pixels(constraint)]
    return tuple(constraint for constraint in judged if not _holds(constraint, scene, measures or {}))


def describe(constraint: Constraint) -> str:
    """Return a constraint as a short phrase, for statistics and messages: ``occlusion of people by cars 0.4..0.7``."""
    match constraint:
        case AsFactor():
            return f"factor {constraint.path} {_range(constraint.between) or 'one of ' + _listed(constraint.one_of)}"
        case Attribute():
            return f"{constraint.name} of {constraint.of} one of {_listed(constraint.one_of)}"
        case InFrontOf():
            return f"{constraint.of} in front of {constraint.than}"
        case SameLane():
            return f"{constraint.of} on the same lane as {constraint.to}"
    words = [f"{constraint.kind} of {constraint.of}"]
    if isinstance(constraint, Occlusion) and constraint.by is not None:
        words.append(f"by {constraint.by}")
    if isinstance(constraint, Distance) and constraint.to is not None:
        words.append(f"to {constraint.to}")
    return " ".join([*words, _range(constraint.between)])


def _range(between: tuple[float, float] | None) -> str:
    return "" if between is None else f"{between[0]:g}..{between[1]:g}"


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


def _holds(constraint: Constraint, scene: Scene, measures: Measures) -> bool:
    if isinstance(constraint, AsFactor):
        return _factor_holds(constraint, scene)
    chosen = _chosen(scene, constraint.of)
    if isinstance(constraint, Count):
        shown = [item for item in chosen if _pixels(item, measures) >= constraint.least_pixels]
        return _within(len(shown), constraint.between)
    good = sum(_object_holds(constraint, item, scene, measures) for item in chosen)
    return good >= (max(len(chosen), 1) if constraint.at_least == "all" else constraint.at_least)


def _object_holds(constraint: Constraint, item: SceneObject, scene: Scene, measures: Measures) -> bool:
    own = measures.get(item.instance_id)
    match constraint:
        case Distance(to=None):
            return _within(_gap(item.position_m, scene.camera.position_m), constraint.between)
        case Distance(to=Which() as other):
            gaps = [_gap(item.position_m, each.position_m) for each in _chosen(scene, other) if each is not item]
            return bool(gaps) and _within(min(gaps), constraint.between)
        case SameLane():
            strip = item.attributes.get(STRIP)
            others = (each for each in _chosen(scene, constraint.to) if each is not item)
            return strip is not None and any(each.attributes.get(STRIP) == strip for each in others)
        case Attribute():
            return item.attributes.get(constraint.name) in constraint.one_of
    # What covers no pixel of the picture, not even alone, has no pixel measure that could hold.
    if own is None or own.amodal_box_xyxy is None:
        return False
    match constraint:
        case Occlusion():
            return _within(_hidden(own, constraint.by, scene), constraint.between)
        case VisibleFraction():
            return _within(own.visible_fraction, constraint.between)
        case Truncation():
            return _within(own.truncation, constraint.between)
        case PixelSize():
            return _within(own.size_wh[constraint.kind == "pixel_height"], constraint.between)
        case Transmittance():
            return own.visible_pixels > 0 and _within(own.transmittance, constraint.between)
        case InFrontOf():
            return any(_stands_before(own, measures.get(each.instance_id)) for each in _chosen(scene, constraint.than))
    raise AssertionError(constraint.kind)


def _hidden(own: ObjectMeasures, by: Which | None, scene: Scene) -> float:
    if by is None:
        return sum(own.hidden_by.values())
    return sum(own.hidden_by.get(item.instance_id, 0.0) for item in _chosen(scene, by))


def _stands_before(own: ObjectMeasures, other: ObjectMeasures | None) -> bool:
    if other is None or own.amodal_box_xyxy is None or other.amodal_box_xyxy is None:
        return False
    return (
        own.distance_m < other.distance_m and box_intersection(own.amodal_box_xyxy, other.amodal_box_xyxy) is not None
    )


def _factor_holds(constraint: AsFactor, scene: Scene) -> bool:
    value = scene.factors.get(constraint.path)
    if constraint.between is None:
        return value in constraint.one_of
    return isinstance(value, (int, float)) and not isinstance(value, bool) and _within(value, constraint.between)


def _chosen(scene: Scene, which: Which) -> list[SceneObject]:
    return [item for item in scene.objects if which.takes(item)]


def _pixels(item: SceneObject, measures: Measures) -> int:
    found = measures.get(item.instance_id)
    return 0 if found is None else found.visible_pixels


def _gap(first: Sequence[float], second: Sequence[float]) -> float:
    return float(np.linalg.norm(np.subtract(first, second)))


def _within(value: float, between: tuple[float, float]) -> bool:
    return between[0] <= value <= between[1]
