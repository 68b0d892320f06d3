"""Discriminators that judge patches, and the heads that compare patches of two pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody reads
from torch import nn

__all__ = ["Discriminator", "PatchHeads"]

_SLOPE = 0.2
_WIDEST = 8


class Discriminator(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Says of every patch whether it looks real (PatchGAN, Isola et al. 2017), at one or several resolutions.

    Unlike there no layer is normalised: a norm takes away how bright a picture is and what its colour casts are, which
    is most of what sets a render apart. A penalty on gradients keeps it from growing too sure instead.

    Args:
        width: Channels of the first layer.
        layers: Halvings; with 3 a patch is 70 pixels wide.
        scales: Discriminators, each at half the resolution of the one before (Wang et al. 2018).
    """

    def __init__(self, *, width: int, layers: int = 3, scales: int = 1) -> None:
        super().__init__()
        self.scales = nn.ModuleList(_patches(width, layers) for _ in range(scales))

    def forward(self, pixels_bchw: torch.Tensor) -> list[torch.Tensor]:
        """Return one map of scores for each resolution, (batch, 1, h, w), not bounded.

        Args:
            pixels_bchw: Float (batch, 3, height, width), -1 to 1.
        """
        found = []
        for number, network in enumerate(self.scales):
            x = pixels_bchw if not number else F.avg_pool2d(pixels_bchw, 2**number)
            found.append(network(x))
        return found


class PatchHeads(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Projects features of chosen places to unit vectors, one small network for each layer (Park et al. 2020).

    Args:
        channels: Channels of each layer.
        width: Length of the vectors.
    """

    def __init__(self, channels: Sequence[int], width: int = 256) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(count, width), nn.ReLU(), nn.Linear(width, width)) for count in channels
        )

    def forward(self, features: Sequence[torch.Tensor], places: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return unit vectors (batch, places, width) of each layer.

        Args:
            features: Maps (batch, channels, h, w), one for each layer.
            places: Numbers of pixels, row by row, int64 (n,), one for each layer.
        """
        found = []
        for head, feature, place in zip(self.heads, features, places, strict=True):
            chosen = feature.flatten(2)[:, :, place].transpose(1, 2)
            found.append(F.normalize(head(chosen), dim=-1, eps=1e-6))
        return found


def _patches(width: int, layers: int) -> nn.Module:
    parts: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(_SLOPE)]
    for number in range(1, layers + 1):
        before = width * min(2 ** (number - 1), _WIDEST)
        after = width * min(2**number, _WIDEST)
        # The last layer before the scores looks wider without halving once more.
        stride = 2 if number < layers else 1
        parts += [nn.Conv2d(before, after, 4, stride, 1), nn.LeakyReLU(_SLOPE)]
    last = width * min(2**layers, _WIDEST)
    return nn.Sequential(*parts, nn.Conv2d(last, 1, 4, 1, 1))
