"""Levels of the scene file's factors on finished frames, from what was sampled and from the finished label images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from synthvision.annotate.frame import AnnotatedFrame
from synthvision.annotate.measures import measure_objects
from synthvision.core.frames import CapturedFrame
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.levels import frame_levels, object_levels

__all__ = ["with_levels"]


def with_levels(
    annotated: AnnotatedFrame, factors: Mapping[str, FactorSpec], captured: CapturedFrame
) -> AnnotatedFrame:
    """Return a frame whose labels name the level of each factor.

    Args:
        annotated: The frame.
        factors: From the scene file.
        captured: Its finished label images, and what the air lets through.
    """
    if not factors:
        return annotated
    own: dict[int, dict[str, str]] = {}
    if any(spec.measure is not None for spec in factors.values()):
        measures = measure_objects(annotated.scene, captured.labels, captured.air_transmittance_hw)
        own = object_levels(factors, annotated.scene, measures)
    instances = [
        replace(label, factor_levels=own[label.instance_id]) if label.instance_id in own else label
        for label in annotated.instances
    ]
    return replace(annotated, instances=tuple(instances), factor_levels=frame_levels(factors, annotated.scene))
