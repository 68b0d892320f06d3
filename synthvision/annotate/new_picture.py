"""Labels of a picture whose pixels were changed after it was made: what is measured in the picture is measured anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.contrast import apparent_contrasts, picture_noise
from synthvision.annotate.policy import judge_instance
from synthvision.core.labels import InstanceLabel

__all__ = ["measured_anew"]


def measured_anew(
    labels: Sequence[InstanceLabel], rgb_hwc: NDArray[np.uint8], id_hw: NDArray[np.uint16], policy: LabelPolicy
) -> tuple[tuple[InstanceLabel, ...], float]:
    """Return the labels with the contrasts of the changed picture, as the label policy judges them then, and its noise.

    Args:
        labels: Every instance, with the masks and boxes of the changed picture.
        rgb_hwc: uint8 (height, width, 3), the changed picture.
        id_hw: uint16 (height, width), its id image.
        policy: Which instances become annotations.

    Returns:
        The labels in their order, and the standard deviation of the picture's noise in 8-bit levels.
    """
    noise = picture_noise(rgb_hwc)
    boxes = {
        label.instance_id: label.box_xyxy
        for label in labels
        if label.role != "background" and label.box_xyxy is not None
    }
    contrasts = apparent_contrasts(rgb_hwc, id_hw, boxes, noise)
    return tuple(_judged(label, contrasts.get(label.instance_id), policy) for label in labels), noise


def _judged(label: InstanceLabel, contrast: float | None, policy: LabelPolicy) -> InstanceLabel:
    status, reasons = judge_instance(
        policy,
        role=label.role,
        category=label.category,
        visible_pixels=label.visible_pixels,
        box_xyxy=label.box_xyxy,
        visible_fraction=label.visible_fraction,
        truncation=label.truncation,
        contrast_transmittance=label.contrast_transmittance,
        lens_transmittance=label.lens_transmittance,
        apparent_contrast=contrast,
    )
    return replace(label, apparent_contrast=contrast, status=status, reasons=reasons)
