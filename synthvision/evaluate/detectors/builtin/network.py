"""The network of the built-in detector: residual stages, one way back up, one map of classes and distances.

A fully convolutional detector without anchors, after Z. Tian et al., "FCOS" (2019), and X. Zhou et al., "Objects as
Points" (2019): each place of one map says whether it is an object's middle, of which class, and how far the four sides
are. Whether and which are asked apart, so that classes that look alike are learned from objects alone, and which is
asked again of what is inside a box (see `synthvision.evaluate.detectors.builtin.second_look`).

The stages are residual (K. He et al., 2016), joined from coarse to fine (T.-Y. Lin et al., 2017). Channels are
multiples of eight and nearly all of the work is dense 3 x 3 convolutions, which CPUs do fastest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from synthvision.evaluate.detectors.builtin.second_look import SecondLook
from synthvision.evaluate.detectors.config import NetworkSpec

__all__ = ["MULTIPLE", "Answers", "DetectorNetwork"]

#: Sides of pictures must be multiples of this.
MULTIPLE = 32
_STRIDES = (4, 8, 16, 32)
#: Share of places that hold an object, as the network first believes (T.-Y. Lin et al., "Focal Loss", 2017).
_PRIOR = 0.01
#: Distances in strides that the network first believes.
_FIRST_DISTANCE = 3.0
_LONGEST_LOG = 7.0


def _layer(into: int, out: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, side, stride, side // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


class Answers(NamedTuple):
    """What the network says at each place.

    Args:
        middle_nhw: float32 (n, h, w); logits of being the middle of an object.
        distance_n4hw: float32 (n, 4, h, w); to the left, upper, right and lower side, px.
        class_nchw: float32 (n, classes, h, w); logits of the classes, one of which an object has.
        fine_nchw: Features at stride 4, for a second look.
        coarse_nchw: Features at the stride of the answers, for a second look.
    """

    middle_nhw: torch.Tensor
    distance_n4hw: torch.Tensor
    class_nchw: torch.Tensor
    fine_nchw: torch.Tensor
    coarse_nchw: torch.Tensor


class _Block(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _layer(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.second(self.first(x)))


class DetectorNetwork(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Maps pictures to middles, classes and sides of objects.

    Args:
        spec: Its size.
        classes: Number of classes, 1 or more.
    """

    def __init__(self, spec: NetworkSpec, classes: int) -> None:
        super().__init__()
        self.stride: int = spec.stride
        self.classes = classes
        # Four by four pixels become channels: convolutions of three channels are slow on a CPU.
        half = max(8 * round(spec.channels[0] / 16), 16)
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), _layer(12, half), _layer(half, spec.channels[0], stride=2))
        stages, before = [], spec.channels[0]
        for place, (channels, blocks) in enumerate(zip(spec.channels, spec.blocks, strict=True)):
            down = [] if place == 0 else [_layer(before, channels, stride=2)]
            stages.append(nn.Sequential(*down, *(_Block(channels) for _ in range(blocks))))
            before = channels
        self.stages = nn.ModuleList(stages)
        self.first = _STRIDES.index(spec.stride)
        wide = spec.head_channels
        self.lateral = nn.ModuleList(nn.Conv2d(channels, wide, 1) for channels in spec.channels[self.first :])
        self.smooth = nn.ModuleList(_layer(wide, wide) for _ in spec.channels[self.first : -1])
        self.head = nn.Sequential(*(_layer(wide, wide) for _ in range(spec.head_layers)))
        self.out = nn.Conv2d(wide, 1 + 4 + classes, 3, 1, 1)
        self.second_look = SecondLook(spec.channels[0], wide, classes)
        nn.init.normal_(self.out.weight, std=0.01)
        with torch.no_grad():
            self.out.bias.zero_()
            self.out.bias[0] = -math.log((1 - _PRIOR) / _PRIOR)
            self.out.bias[1:5] = math.log(_FIRST_DISTANCE)

    def forward(self, x: torch.Tensor) -> Answers:
        """Return the answers at each place.

        Args:
            x: (n, 3, height, width), sides multiples of 32, about -2..2.
        """
        x = self.stem(x)
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        fine, found = found[0], found[self.first :]
        x = self.lateral[-1](found[-1])
        for place in range(len(found) - 2, -1, -1):
            x = self.lateral[place](found[place]) + nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.smooth[place](x)
        y = self.out(self.head(x)).float()
        return Answers(y[:, 0], y[:, 1:5].clamp(max=_LONGEST_LOG).exp() * self.stride, y[:, 5:], fine, x)

    def look_again(self, answers: Answers, boxes: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return logits of the classes of what is inside boxes, float32 (boxes, classes + 1); the last: no object.

        Args:
            answers: Of `forward`.
            boxes: For each picture its boxes, (k, 4), px; at least one in all.
        """
        found: torch.Tensor = self.second_look(answers.fine_nchw, _STRIDES[0], answers.coarse_nchw, self.stride, boxes)
        return found
