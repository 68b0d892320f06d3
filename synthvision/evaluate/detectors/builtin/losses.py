"""Losses of the built-in detector."""

from __future__ import annotations

import torch

from synthvision.evaluate.detectors.builtin.assignment import Targets
from synthvision.evaluate.detectors.builtin.network import Answers

__all__ = ["box_loss", "boxes_of", "detector_loss", "score_loss"]

#: Middles are summed over all places of an object, class and sides are means over them.
_CLASS_WEIGHT = 2.0
_BOX_WEIGHT = 4.0


def detector_loss(answers: Answers, targets: Targets, stride: int) -> dict[str, torch.Tensor]:
    """Return the terms ``middles``, ``classes`` and ``boxes``, each a mean over objects; their sum is what is lowered.

    Args:
        answers: Of the network.
        targets: What it should have answered.
        stride: Pixels between two places.
    """
    objects = (targets.score_nhw >= 1).sum().clamp(min=1)
    middles = (score_loss(answers.middle_nhw, targets.score_nhw) * targets.counted_nhw).sum() / objects
    chosen = targets.weight_nhw > 0
    weight = targets.weight_nhw[chosen]
    total = weight.sum().clamp(min=1)
    likely = answers.class_nchw.permute(0, 2, 3, 1)[chosen]
    classes = torch.nn.functional.cross_entropy(likely, targets.class_nhw[chosen], reduction="none")
    boxes = box_loss(boxes_of(answers.distance_n4hw, stride)[chosen], targets.box_nhw4[chosen])
    return {
        "middles": middles,
        "classes": _CLASS_WEIGHT * (classes * weight).sum() / total,
        "boxes": _BOX_WEIGHT * (boxes * weight).sum() / total,
    }


def score_loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return the quality focal loss at each place (X. Li et al., "Generalized Focal Loss", 2020, equation 4, beta 2).

    Args:
        logits: Any shape.
        wanted: 0..1, the same shape.
    """
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return entropy * (logits.sigmoid() - wanted).abs() ** 2


def box_loss(found_xyxy: torch.Tensor, wanted_xyxy: torch.Tensor) -> torch.Tensor:
    """Return 1 minus the generalised intersection over union of each pair (H. Rezatofighi et al., 2019), 0..2.

    Args:
        found_xyxy: (n, 4).
        wanted_xyxy: (n, 4).
    """
    low = torch.maximum(found_xyxy[:, :2], wanted_xyxy[:, :2])
    high = torch.minimum(found_xyxy[:, 2:], wanted_xyxy[:, 2:])
    common = (high - low).clamp(min=0).prod(dim=1)
    union = _area(found_xyxy) + _area(wanted_xyxy) - common
    hull_low = torch.minimum(found_xyxy[:, :2], wanted_xyxy[:, :2])
    hull_high = torch.maximum(found_xyxy[:, 2:], wanted_xyxy[:, 2:])
    hull = (hull_high - hull_low).prod(dim=1).clamp(min=1e-6)
    return 1 - common / union.clamp(min=1e-6) + (hull - union) / hull


def boxes_of(distances_n4hw: torch.Tensor, stride: int) -> torch.Tensor:
    """Return the boxes that distances mean, (n, h, w, 4), px.

    Args:
        distances_n4hw: To the left, upper, right and lower side from the middle of each place, px.
        stride: Pixels between two places.
    """
    height, width = distances_n4hw.shape[2:]
    device = distances_n4hw.device
    y = (torch.arange(height, device=device) + 0.5) * stride
    x = (torch.arange(width, device=device) + 0.5) * stride
    left, top, right, bottom = distances_n4hw.unbind(dim=1)
    return torch.stack([x - left, y[:, None] - top, x + right, y[:, None] + bottom], dim=-1)


def _area(box_xyxy: torch.Tensor) -> torch.Tensor:
    return (box_xyxy[:, 2:] - box_xyxy[:, :2]).prod(dim=1)
