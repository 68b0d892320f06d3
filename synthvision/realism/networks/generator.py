"""The generator: residual blocks between two convolutions down and up, whose output is added to the picture.

The shape is that of Johnson, Alahi and Fei-Fei (2016) as CycleGAN uses it (Zhu et al. 2017). Four things differ. What
the network gives is a change that is added to the picture, so that an untrained one gives the picture back. Channels
are normalised at each place by themselves (Karras et al. 2018) and not over the picture: with instance norm, what a
network does to an object depends on how much of the picture it fills, so that one trained on crops about objects
turned the same objects black in whole pictures; it can still be asked for. Up-sampling repeats pixels before a
convolution, since a transposed convolution leaves checkerboards (Odena, Dumoulin and Olah 2016). And conditions, where
there are any, come in twice: beside the picture at full resolution, where an edge of one pixel is still one pixel
wide, and as a modulation of every residual block (spatially adaptive normalisation, Park et al. 2019; for buffers of a
render Richter et al. 2021).
"""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody reads
from torch import nn

from synthvision.realism.networks.padding import crop_back, pad_to_multiple, reflect

__all__ = ["Generator", "initialise"]

# From black to white.
_RANGE = 2.0
_MODULATION_WIDTH = 32

Norm = Literal["place", "instance"]


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Give every convolution and linear layer normal weights and zero bias, in place.

    Their variance is 2 / inputs, so that signals neither grow nor fade (He et al. 2015). Last layers of a generator
    begin near zero.

    Args:
        module: Any network.
        generator: Where the numbers come from; on the CPU, as the network must be.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            with torch.no_grad():
                scale = (2 / part.weight[0].numel()) ** 0.5
                part.weight.copy_(torch.randn(part.weight.shape, generator=generator) * scale)
                if part.bias is not None:
                    part.bias.zero_()
    # Afterwards, since these are made of the layers above.
    for part in module.modules():
        if isinstance(part, _Modulation | _Tail):
            part.start_still(generator)


class Generator(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Pictures to pictures of the same size.

    Args:
        width: Channels at full resolution.
        blocks: Residual blocks.
        downs: How often the resolution is halved.
        condition_channels: Channels of the conditions; 0 for none.
        norm: ``place`` normalises channels at each place, ``instance`` each channel over the picture.
        most_change: Changes of more than this share of the range from black to white are out of reach, 0..1.

    Raises:
        RuntimeError: From torch, where the channels of an input do not fit.
    """

    def __init__(
        self,
        *,
        width: int,
        blocks: int,
        downs: int = 2,
        condition_channels: int = 0,
        norm: Norm = "place",
        most_change: float = 1.0,
    ) -> None:
        super().__init__()
        self.most_change = most_change
        self.condition_channels = condition_channels
        self.downs = downs
        self.head = _Convolution(3 + condition_channels, width, 7, norm)
        self.down = nn.ModuleList(_Convolution(width << i, width << (i + 1), 3, norm, stride=2) for i in range(downs))
        deep = width << downs
        self.blocks = nn.ModuleList(_Block(deep, condition_channels, norm) for _ in range(blocks))
        self.up = nn.ModuleList(_Convolution(width << (i + 1), width << i, 3, norm) for i in reversed(range(downs)))
        self.tail = _Tail(width)

    @property
    def factor(self) -> int:
        """Sides are padded to a multiple of this; twice the halvings, so that the deepest maps can be mirrored."""
        return 2 << self.downs

    @property
    def layer_channels(self) -> tuple[int, ...]:
        """Channels of what `encode` gives."""
        width = self.head.channels
        deep = width << self.downs
        return (3, *(width << i for i in range(self.downs + 1)), deep)

    def forward(self, pixels_bchw: torch.Tensor, conditions_bchw: torch.Tensor | None = None) -> torch.Tensor:
        """Return the new pictures, float (batch, 3, height, width); values may lie a little outside of -1..1.

        Args:
            pixels_bchw: Float (batch, 3, height, width), sRGB from -1 to 1, of any size.
            conditions_bchw: Float (batch, condition_channels, height, width); None for none, which a generator with
                conditions takes as not known.
        """
        height, width = pixels_bchw.shape[2:]
        padded, conditions = self._prepare(pixels_bchw, conditions_bchw)
        x = self.head(_joined(padded, conditions))
        for layer in self.down:
            x = layer(x)
        small = None if conditions is None else F.avg_pool2d(conditions, 2**self.downs)
        for block in self.blocks:
            x = block(x, small)
        for layer in self.up:
            x = layer(F.interpolate(x, scale_factor=2, mode="nearest"))
        change = self.tail(torch.cat((x, padded.to(x.dtype)), dim=1))
        return crop_back(padded + _RANGE * self.most_change * torch.tanh(change), height, width)

    def encode(self, pixels_bchw: torch.Tensor, conditions_bchw: torch.Tensor | None = None) -> list[torch.Tensor]:
        """Return feature maps of the way down: the picture, each resolution, and the middle residual block.

        Args:
            pixels_bchw: As for `forward`.
            conditions_bchw: As for `forward`.
        """
        padded, conditions = self._prepare(pixels_bchw, conditions_bchw)
        x = self.head(_joined(padded, conditions))
        found = [padded, x]
        for layer in self.down:
            x = layer(x)
            found.append(x)
        small = None if conditions is None else F.avg_pool2d(conditions, 2**self.downs)
        for block in self.blocks[: (len(self.blocks) + 1) // 2]:
            x = block(x, small)
        return [*found, x]

    def _prepare(
        self, pixels_bchw: torch.Tensor, conditions_bchw: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        padded = pad_to_multiple(pixels_bchw, self.factor)
        if not self.condition_channels:
            return padded, None
        if conditions_bchw is None:
            batch, _, height, width = padded.shape
            return padded, padded.new_zeros((batch, self.condition_channels, height, width))
        return padded, pad_to_multiple(conditions_bchw, self.factor).to(padded.dtype)


def _joined(pixels: torch.Tensor, conditions: torch.Tensor | None) -> torch.Tensor:
    return pixels if conditions is None else torch.cat((pixels, conditions), dim=1)


def _norm(norm: Norm, channels: int) -> nn.Module:
    return nn.InstanceNorm2d(channels) if norm == "instance" else _PlaceNorm()


class _PlaceNorm(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Brings the channels of each place to a mean square of one."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # In float32 also where the rest is in half precision, whose squares overflow.
        wide = x.float()
        return (wide * torch.rsqrt(wide.square().mean(dim=1, keepdim=True) + 1e-4)).to(x.dtype)


class _Convolution(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Convolution with mirrored margin, norm, ReLU."""

    def __init__(self, before: int, channels: int, kernel: int, norm: Norm, *, stride: int = 1) -> None:
        super().__init__()
        self.channels = channels
        self.margin = kernel // 2
        self.convolution = nn.Conv2d(before, channels, kernel, stride)
        self.norm = _norm(norm, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.norm(self.convolution(reflect(x, self.margin))))


class _Block(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Residual block; where there are conditions its first norm is modulated by them."""

    def __init__(self, channels: int, condition_channels: int, norm: Norm) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3)
        self.second = nn.Conv2d(channels, channels, 3)
        self.norm = _norm(norm, channels)
        self.modulation = _Modulation(condition_channels, channels) if condition_channels else None

    def forward(self, x: torch.Tensor, conditions: torch.Tensor | None) -> torch.Tensor:
        y = self.norm(self.first(reflect(x, 1)))
        if self.modulation is not None and conditions is not None:
            y = self.modulation(y, conditions)
        return x + self.norm(self.second(reflect(F.relu(y), 1)))


class _Modulation(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Scale and shift of each place and channel from the conditions there; none before training."""

    def __init__(self, condition_channels: int, channels: int) -> None:
        super().__init__()
        self.shared = nn.Conv2d(condition_channels, _MODULATION_WIDTH, 3)
        self.both = nn.Conv2d(_MODULATION_WIDTH, 2 * channels, 1)

    def start_still(self, generator: torch.Generator) -> None:
        with torch.no_grad():
            self.both.weight.zero_()

    def forward(self, x: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        scale, shift = self.both(F.relu(self.shared(reflect(conditions, 1)))).chunk(2, dim=1)
        return x * (1 + scale) + shift


class _Tail(nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """Last convolution; its weights begin so small that the picture comes back.

    It sees the picture beside the features, since a change of tone is a function of the colours as they are, which the
    norms take out of the features.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width + 3, 3, 7)

    def start_still(self, generator: torch.Generator) -> None:
        with torch.no_grad():
            shape: Any = self.convolution.weight.shape
            self.convolution.weight.copy_(torch.randn(shape, generator=generator) * 1e-4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.convolution(reflect(x, 3))
