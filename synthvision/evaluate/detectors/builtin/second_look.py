"""The second look of the built-in detector: what is inside a box tells its class, or that it is no object.

A place of the map sees an object from where it happens to lie; inside its box every object lies alike, so that few
examples are enough to tell pips, letters and faces apart (R. Girshick, "Fast R-CNN", 2015; the box is sampled as in K.
He et al., "Mask R-CNN", 2017). What the first look takes for an object and is none is shown to it as such: few pictures
hold few things that look alike, and those are found this way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from synthvision.evaluate.detectors.suppression import overlaps

__all__ = ["SecondLook", "box_samples", "jittered", "mistaken"]

#: Samples along each side of a box.
_SAMPLES = 16
_CHANNELS = 32
_SHIFT, _STRETCH = 0.08, 0.12
#: Boxes of a crop that are shown as no object, and the overlap with a true one from which they are none of them.
_MISTAKES = 4
_APART = 0.3


def box_samples(features_nchw: torch.Tensor, boxes: Sequence[torch.Tensor], stride: int) -> torch.Tensor:
    """Return features at 16 x 16 points inside each box, (boxes, channels, 16, 16), between places by their distance.

    Args:
        features_nchw: Of a batch.
        boxes: For each picture its boxes, (k, 4), px.
        stride: Pixels between two places of the features.
    """
    height, width = features_nchw.shape[2:]
    size = torch.tensor([width * stride, height * stride], device=features_nchw.device)
    share = (torch.arange(_SAMPLES, device=features_nchw.device) + 0.5) / _SAMPLES
    found = []
    for features, box_k4 in zip(features_nchw, boxes, strict=True):
        # From -1 to 1 over the picture, as the sampler counts.
        low, high = box_k4[:, :2] / size * 2 - 1, box_k4[:, 2:] / size * 2 - 1
        along = low[:, None] + (high - low)[:, None] * share[:, None]
        x, y = along[:, None, :, 0], along[:, :, None, 1]
        grid = torch.stack([x.expand(-1, _SAMPLES, -1), y.expand(-1, -1, _SAMPLES)], dim=-1)
        rows = grid.reshape(1, len(box_k4) * _SAMPLES, _SAMPLES, 2)
        sampled = nn.functional.grid_sample(features[None].float(), rows, padding_mode="border", align_corners=False)
        found.append(sampled[0].reshape(len(features), len(box_k4), _SAMPLES, _SAMPLES).transpose(0, 1))
    return torch.cat(found)


def jittered(box_n4: torch.Tensor) -> torch.Tensor:
    """Return boxes moved and stretched a little, as boxes that are found are; drawn from torch's generator.

    Args:
        box_n4: (n, 4), px.
    """
    side = box_n4[:, 2:] - box_n4[:, :2]
    draws = torch.rand(len(box_n4), 4).to(box_n4.device) * 2 - 1
    middle = (box_n4[:, :2] + box_n4[:, 2:]) / 2 + draws[:, :2] * _SHIFT * side
    half = side / 2 * (draws[:, 2:] * _STRETCH).exp()
    return torch.cat([middle - half, middle + half], dim=1)


def mistaken(middle_hw: torch.Tensor, box_hw4: torch.Tensor, true_xyxy_n4: NDArray[np.float32]) -> torch.Tensor:
    """Return the boxes of at most four places that look most like the middle of an object and are not, (k, 4), px.

    Args:
        middle_hw: What is thought of each place; only the order counts.
        box_hw4: The box that each place tells, px.
        true_xyxy_n4: float32 (n, 4); all objects, also ignored ones: boxes that overlap one are passed over.
    """
    peaks = nn.functional.max_pool2d(middle_hw[None, None], 3, 1, 1)[0, 0] == middle_hw
    places = torch.argsort(torch.where(peaks, middle_hw, -torch.inf).flatten(), descending=True, stable=True)
    # Most of the surest places are objects.
    places = places[: min(int(peaks.sum()), _MISTAKES + 2 * len(true_xyxy_n4))]
    boxes = box_hw4.reshape(-1, 4)[places]
    nearest = overlaps(boxes.float().cpu().numpy(), true_xyxy_n4).max(axis=1, initial=0)
    return boxes[torch.from_numpy(nearest < _APART).to(boxes.device)][:_MISTAKES]


class SecondLook(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Maps what is inside boxes to logits of classes, and of being no object.

    Args:
        fine: Channels of the fine features.
        coarse: Channels of the coarse features.
        classes: Number of classes.
    """

    def __init__(self, fine: int, coarse: int, classes: int) -> None:
        super().__init__()
        self.fine = nn.Conv2d(fine, _CHANNELS, 1)
        self.coarse = nn.Conv2d(coarse, _CHANNELS, 1)
        layers: list[nn.Module] = []
        for into, out, stride in ((2 * _CHANNELS, 64, 1), (64, 96, 2), (96, 128, 2)):
            layers += [nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(2 * layers[-2].num_features, classes + 1)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)

    def forward(
        self,
        fine_nchw: torch.Tensor,
        fine_stride: int,
        coarse_nchw: torch.Tensor,
        coarse_stride: int,
        boxes: Sequence[torch.Tensor],
    ) -> torch.Tensor:
        """Return logits, float32 (boxes, classes + 1); the last is that of no object.

        Args:
            fine_nchw: Features of a batch.
            fine_stride: Pixels between two of their places.
            coarse_nchw: Other features of the same batch.
            coarse_stride: Pixels between two of their places.
            boxes: For each picture its boxes, (k, 4), px; at least one in all.
        """
        fine = box_samples(self.fine(fine_nchw), boxes, fine_stride)
        coarse = box_samples(self.coarse(coarse_nchw), boxes, coarse_stride)
        x = self.layers(torch.cat([fine, coarse], dim=1).contiguous(memory_format=torch.channels_last))
        pooled = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
        logits: torch.Tensor = self.out(pooled)
        return logits.float()
