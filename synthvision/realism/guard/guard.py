"""The judge: which instances and pictures of a refiner are accepted, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.arrays import frozen_array
from synthvision.core.errors import UsageError
from synthvision.core.labels import InstanceLabel
from synthvision.dataset.realism import FrameRealism, InstanceDecision, InstanceRealism
from synthvision.realism.guard.config import GuardSpec
from synthvision.realism.guard.detector import Detector
from synthvision.realism.guard.features import StructureFeatures
from synthvision.realism.guard.measurement import Measurement, measure
from synthvision.realism.guard.patches import Patches
from synthvision.realism.guard.repair import put_back
from synthvision.realism.guard.targets import Target, targets_of

__all__ = ["Guard", "Judged"]

_DIGITS = 3
# Of fewer judged instances a share says little.
_LEAST_INSTANCES = 4
# How far from its place a part of a failed object is looked for: patches of new structure are 7 px wider than what
# makes them, and edges are looked for up to 6 px off their place.
_BESIDE_PX = 16
_MEANING = {
    "edge_lost": "edges along the contour are not where they were",
    "edge_lost_worst": "edges along a part of the contour are not where they were",
    "edge_moved_px": "edges along a part of the contour were found off their place",
    "structure_lost": "structure of the object is gone",
    "appearance_drift": "the object looks like what surrounds it",
    "legibility_lost": "what is written on it cannot be read any more",
    "new_structure_px": "there is something that the render does not show",
    "overall_shift_px": "the whole picture moved",
    "picture_structure_lost": "structure of the whole picture is gone",
    "failing_share": "too many of its instances fail",
    "feature_distance": "the features of the given weights tell of another structure",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A refined picture after the guard.

    Args:
        rgb_hwc: uint8 (height, width, 3), the picture to use.
        realism: What was found and decided.
    """

    rgb_hwc: NDArray[np.uint8]
    realism: FrameRealism


class Guard:
    """Compares refined pictures with their renders and repairs them. Depends on its input alone.

    Args:
        spec: What to check.
        folder: Where relative paths of the spec start.
        device: For weights, where some are given: ``cpu``, or a device of torch.

    Raises:
        MissingExtraError: Weights are given and a package that they need is not installed.
        UsageError: Weights are missing, of another kind, or given without a limit.
    """

    def __init__(self, spec: GuardSpec, folder: Path, device: str) -> None:
        self._spec = spec
        self._detector = None if spec.detector is None else Detector(folder / spec.detector, device)
        self._features = None if spec.features is None else StructureFeatures(folder / spec.features, device)
        if self._features is not None and spec.limits.feature_distance is None:
            raise UsageError(
                "guard.limits.feature_distance must be set where guard.features is, got none: it depends on the "
                "weights; set it above the distances of pictures that are known to be true"
            )

    def judge(
        self,
        render_hwc: NDArray[np.uint8],
        refined_hwc: NDArray[np.uint8],
        id_hw: NDArray[np.uint16],
        labels: Sequence[InstanceLabel],
        *,
        smallest_px: int = 0,
    ) -> Judged:
        """Return the picture to use and what was decided.

        Args:
            render_hwc: uint8 (height, width, 3).
            refined_hwc: uint8, the same size: what the refiner made of it.
            id_hw: uint16 (height, width); instance id, 0 for none.
            labels: Labels of the frame.
            smallest_px: What the refiner can keep, in pixels of the shorter box side; the spec's goes first.

        Raises:
            UsageError: An array has another type or size.
        """
        render = frozen_array("render_hwc", render_hwc, np.uint8, (None, None, 3))
        refined = frozen_array("refined_hwc", refined_hwc, np.uint8, render.shape)
        ids = frozen_array("id_hw", id_hw, np.uint16, render.shape[:2])
        least = smallest_px if self._spec.smallest_px is None else self._spec.smallest_px
        every = targets_of(ids, labels)
        small = [target for target in every if target.side_px < least]
        targets = [target for target in every if target.side_px >= least]
        if not self._spec.enabled:
            return self._accepted(render, refined, ids, small, every)
        found = self._measure(render, refined, ids, targets)
        reasons = self._instance_reasons(found, targets)
        lost = self._lost_objects(render, refined, targets)
        for number, sentences in lost.instances.items():
            reasons[number] += sentences
        failed = {target.instance_id for target in targets if reasons[target.instance_id]}
        beside, strange_px = self._attribute(found.patches, ids, failed, small)
        picture_reasons = self._picture_reasons(found, strange_px, len(failed), len(targets)) + lost.picture
        scores = {name: round(value, _DIGITS) for name, value in found.picture.items()} | {
            "failing_share": round(len(failed) / len(targets), _DIGITS) if targets else 0.0
        }
        whole = bool(picture_reasons)
        instances = []
        own_scores = dict(zip((target.instance_id for target in targets), found.instances, strict=True))
        for target in every:
            number = target.instance_id
            decision: InstanceDecision = "kept"
            if number not in own_scores:
                decision = "composited"
            elif whole:
                decision = "restored"
            elif number in failed:
                decision = "restored" if self._spec.on_failed_instance == "restore" else "ignored"
            rounded = {name: round(value, _DIGITS) for name, value in own_scores.get(number, {}).items()}
            instances.append(InstanceRealism(number, decision, rounded, tuple(reasons.get(number, ()))))
        realism = FrameRealism("render" if whole else "refined", scores, tuple(picture_reasons), tuple(instances))
        if whole:
            return Judged(render, realism)
        back = [item.instance_id for item in instances if item.decision in ("restored", "composited")]
        return Judged(self._repaired(render, refined, ids, back, beside), realism)

    def _accepted(
        self,
        render: NDArray[np.uint8],
        refined: NDArray[np.uint8],
        ids: NDArray[np.uint16],
        small: Sequence[Target],
        every: Sequence[Target],
    ) -> Judged:
        back = [target.instance_id for target in small]
        instances = tuple(
            InstanceRealism(target.instance_id, "composited" if target.instance_id in back else "kept")
            for target in every
        )
        return Judged(
            self._repaired(render, refined, ids, back, np.zeros(ids.shape, np.bool_)),
            FrameRealism("refined", instances=instances),
        )

    def _measure(
        self,
        render: NDArray[np.uint8],
        refined: NDArray[np.uint8],
        ids: NDArray[np.uint16],
        targets: Sequence[Target],
    ) -> Measurement:
        found = measure(render, refined, ids, targets, self._spec)
        if self._features is None:
            return found
        picture, own = self._features.distances(render, refined, targets)
        return Measurement(
            found.picture | {"feature_distance": picture},
            tuple(
                scores | {"feature_distance": distance} for scores, distance in zip(found.instances, own, strict=True)
            ),
            found.patches,
        )

    def _instance_reasons(self, found: Measurement, targets: Sequence[Target]) -> dict[int, list[str]]:
        return {
            target.instance_id: self._broken(scores) for target, scores in zip(targets, found.instances, strict=True)
        }

    def _broken(self, scores: Mapping[str, float]) -> list[str]:
        sentences = []
        for name, value in scores.items():
            limit = getattr(self._spec.limits, name)
            if value > limit:
                sentences.append(f"{name} must be at most {limit:g}, got {value:.3g}: {_MEANING[name]}")
        return sentences

    def _picture_reasons(self, found: Measurement, strange_px: float, failed: int, judged: int) -> list[str]:
        scores = found.picture | ({"new_structure_px": strange_px} if found.patches is not None else {})
        if judged >= _LEAST_INSTANCES:
            scores |= {"failing_share": failed / judged}
        return self._broken(scores)

    def _attribute(
        self,
        patches: Patches | None,
        ids: NDArray[np.uint16],
        failed: set[int],
        small: Sequence[Target],
    ) -> tuple[NDArray[np.bool_], float]:
        """Return the pixels of new structure that go with an instance put back, and the largest patch of the others."""
        if patches is None:
            return np.zeros(ids.shape, np.bool_), 0.0
        restore = self._spec.on_failed_instance == "restore"
        numbers = {target.instance_id for target in small} | (failed if restore else set())
        # What lies beside a failed object may be a part of it, off its place; what reaches farther is another object.
        own = patches.within(_widened(_mask_of(ids, numbers), _BESIDE_PX))
        excused = own if restore else own | patches.within(_widened(_mask_of(ids, failed), _BESIDE_PX))
        # Those inside an instance that is kept are within the limit, or it would not be kept.
        return own[patches.number_hw], float(patches.sides_px[~excused].max())

    def _repaired(
        self,
        render: NDArray[np.uint8],
        refined: NDArray[np.uint8],
        ids: NDArray[np.uint16],
        back: Sequence[int],
        beside: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        if not back:
            return refined
        exact = _mask_of(ids, set(back)) | beside
        return put_back(render, refined, exact, self._spec.band_px, self._spec.feather_px)

    def _lost_objects(
        self, render: NDArray[np.uint8], refined: NDArray[np.uint8], targets: Sequence[Target]
    ) -> _DetectorFindings:
        if self._detector is None:
            return _DetectorFindings({}, [])
        least = self._spec.detector_score
        missing, made_up = self._detector.compare(render, refined, targets, least)
        return _DetectorFindings(
            {number: ["the detector must find it as in the render, but does not"] for number in missing},
            [f"the detector must find no objects that the render does not show, but finds {made_up}"]
            if made_up
            else [],
        )


@dataclass(frozen=True, slots=True)
class _DetectorFindings:
    instances: dict[int, list[str]]
    picture: list[str]


def _widened(mask_hw: NDArray[np.bool_], reach_px: int) -> NDArray[np.bool_]:
    wide = cv2.dilate(mask_hw.view(np.uint8), np.ones((2 * reach_px + 1,) * 2, np.uint8))
    widened: NDArray[np.bool_] = wide.astype(bool)
    return widened


def _mask_of(ids: NDArray[np.uint16], numbers: set[int]) -> NDArray[np.bool_]:
    table = np.zeros(max([int(ids.max(initial=0)), *numbers]) + 1, np.bool_)
    table[list(numbers)] = True
    mask: NDArray[np.bool_] = table[ids]
    return mask
