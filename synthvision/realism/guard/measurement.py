"""Everything that is measured on one pair of pictures, before any limit is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.contrast import picture_noise
from synthvision.realism.guard.appearance import appearance_drift, legibility_loss
from synthvision.realism.guard.config import GuardSpec
from synthvision.realism.guard.contours import EdgeScores, edge_scores
from synthvision.realism.guard.patches import Patches, new_patches
from synthvision.realism.guard.structure import (
    StructureMaps,
    overall_shift_px,
    structure_maps,
)
from synthvision.realism.guard.targets import Target

__all__ = ["Measurement", "measure"]

# A whole picture that moved still resembles itself at the new place; less sure is no place at all.
_SURE = 0.15
_EDGE_BLUR = 0.8
# Noise in 8-bit levels that a refiner may add and that is forgiven; in more, structure is lost.
_MOST_NOISE = 15.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured.

    Args:
        picture: Scores of the picture by the names of their limits.
        instances: Scores of each target by the names of their limits, in the order of the targets; a score is missing
            where there is nothing to measure.
        patches: Patches of new structure; None where they are not asked for.
    """

    picture: dict[str, float]
    instances: tuple[dict[str, float], ...]
    patches: Patches | None


def measure(
    render_hwc: NDArray[np.uint8],
    refined_hwc: NDArray[np.uint8],
    id_hw: NDArray[np.uint16],
    targets: Sequence[Target],
    spec: GuardSpec,
) -> Measurement:
    """Return what can be measured without weights on a render and what a refiner made of it.

    Args:
        render_hwc: uint8 (height, width, 3).
        refined_hwc: uint8, the same size.
        id_hw: uint16 (height, width); instance id, 0 for none.
        targets: The instances to judge.
        spec: What is to be measured.
    """
    own_noise = picture_noise(render_hwc)
    noise = max(own_noise, min(picture_noise(refined_hwc), own_noise + _MOST_NOISE))
    render, refined = render_hwc.astype(np.float32), refined_hwc.astype(np.float32)
    maps = structure_maps(render_hwc, refined_hwc, id_hw, noise)
    edges: list[EdgeScores | None] = [None] * len(targets)
    if spec.edges:
        soft = [cv2.GaussianBlur(picture, (0, 0), _EDGE_BLUR) for picture in (render, refined)]
        edges = edge_scores(soft[0], soft[1], noise, targets)
    patches = new_patches(maps, targets, render_hwc.shape[:2]) if spec.new_structure else None
    instances = []
    for target, edge in zip(targets, edges, strict=True):
        scores: dict[str, float | None] = {}
        if edge is not None:
            scores |= {"edge_lost": edge.lost, "edge_lost_worst": edge.lost_worst, "edge_moved_px": edge.moved_px}
        if spec.structure:
            scores["structure_lost"] = maps.lost(target)
        if spec.appearance:
            scores["appearance_drift"] = appearance_drift(render, refined, noise, target)
        if target.category in spec.legible_classes:
            scores["legibility_lost"] = legibility_loss(render, refined, noise, target)
        if patches is not None:
            scores["new_structure_px"] = patches.largest_in(target.instance_id)
        instances.append({name: value for name, value in scores.items() if value is not None})
    return Measurement(_picture_scores(render_hwc, refined_hwc, maps, patches, spec), tuple(instances), patches)


def _picture_scores(
    render_hwc: NDArray[np.uint8],
    refined_hwc: NDArray[np.uint8],
    maps: StructureMaps,
    patches: Patches | None,
    spec: GuardSpec,
) -> dict[str, float]:
    scores = {}
    if spec.edges:
        shift, sure = overall_shift_px(render_hwc, refined_hwc)
        scores["overall_shift_px"] = shift if sure >= _SURE else 0.0
    if spec.structure:
        lost = maps.picture_lost()
        if lost is not None:
            scores["picture_structure_lost"] = lost
    if patches is not None:
        scores["new_structure_px"] = patches.largest_px
    return scores
