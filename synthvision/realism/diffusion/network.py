"""The small network: a U-Net in pixels that sees a noisy picture, edges and the time, and gives the velocity."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody reads
from torch import nn

__all__ = ["SmallUNet"]

_GROUPS = 8
_BLOCKS = 2
_MOST_WIDENING = 4


class SmallUNet(nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
    """Predicts the velocity of a noisy picture (Salimans and Ho 2022) with a U-Net (Ronneberger et al. 2015).

    Two residual blocks a level, group normalisation (whose statistics are those of one picture, so that batches change
    nothing and gradients can be told apart by picture), and self-attention on the lowest level. The time scales and
    shifts each block. The last layer begins at zero.

    Args:
        width: Channels of the first level, a multiple of 8; each further level has twice as many, up to four times.
        levels: Levels, each at half the size of the one above.
    """

    def __init__(self, width: int, levels: int) -> None:
        super().__init__()
        widths = [width * min(2**level, _MOST_WIDENING) for level in range(levels)]
        self._frequencies = width
        time = 4 * width
        self.time = nn.Sequential(nn.Linear(width, time), nn.SiLU(), nn.Linear(time, time))
        # Three of the picture, the edges, and whether there are edges.
        self.first = nn.Conv2d(5, width, 3, padding=1)
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        channels, kept = width, [width]
        for level, own in enumerate(widths):
            blocks = nn.ModuleList()
            for _ in range(_BLOCKS):
                blocks.append(_Block(channels, own, time))
                channels = own
                kept.append(channels)
            self.down.append(blocks)
            if level < levels - 1:
                self.shrink.append(nn.Conv2d(channels, channels, 3, stride=2, padding=1))
                kept.append(channels)
        self.middle = nn.ModuleList([_Block(channels, channels, time), _Block(channels, channels, time)])
        self.attention = _Attention(channels)
        self.up, self.grow = nn.ModuleList(), nn.ModuleList()
        for level, own in reversed(list(enumerate(widths))):
            blocks = nn.ModuleList()
            for _ in range(_BLOCKS + 1):
                blocks.append(_Block(channels + kept.pop(), own, time))
                channels = own
            self.up.append(blocks)
            if level > 0:
                self.grow.append(nn.Conv2d(channels, channels, 3, padding=1))
        self.last_norm = nn.GroupNorm(_GROUPS, channels)
        self.last = nn.Conv2d(channels, 3, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(
        self, noisy_bchw: torch.Tensor, edges_b1hw: torch.Tensor, guided_b: torch.Tensor, time_b: torch.Tensor
    ) -> torch.Tensor:
        """Return the velocity, float (batch, 3, height, width).

        Args:
            noisy_bchw: Float (batch, 3, height, width), about -1..1; sides are multiples of 2**(levels - 1).
            edges_b1hw: Float (batch, 1, height, width), 0..1.
            guided_b: Float (batch,); 1 where the edges count, 0 where they are hidden.
            time_b: Float (batch,), 0 (no noise) to 1 (noise alone).
        """
        guided = guided_b[:, None, None, None].to(noisy_bchw.dtype)
        time = self.time(_sinusoids(time_b, self._frequencies).to(noisy_bchw.dtype))
        x = self.first(torch.cat([noisy_bchw, edges_b1hw * guided, guided.expand_as(edges_b1hw)], dim=1))
        kept = [x]
        for level, blocks in enumerate(self.down):
            for block in blocks:
                x = block(x, time)
                kept.append(x)
            if level < len(self.shrink):
                x = self.shrink[level](x)
                kept.append(x)
        x = self.middle[1](self.attention(self.middle[0](x, time)), time)
        for level, blocks in enumerate(self.up):
            for block in blocks:
                x = block(torch.cat([x, kept.pop()], dim=1), time)
            if level < len(self.grow):
                x = self.grow[level](F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.last(F.silu(self.last_norm(x)))


class _Block(nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
    """Two convolutions, scaled and shifted by the time, around which the input is added."""

    def __init__(self, channels: int, out: int, time: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(_GROUPS, channels)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        self.time = nn.Linear(time, 2 * out)
        self.norm2 = nn.GroupNorm(_GROUPS, out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.around = nn.Identity() if channels == out else nn.Conv2d(channels, out, 1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        inner = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.time(F.silu(time))[:, :, None, None].chunk(2, dim=1)
        inner = self.conv2(F.silu(self.norm2(inner) * (1 + scale) + shift))
        return self.around(x) + inner


class _Attention(nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
    """Self-attention over all places, four heads, around which the input is added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = 4
        self.norm = nn.GroupNorm(_GROUPS, channels)
        self.mix = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        mixed = self.mix(self.norm(x)).reshape(batch, 3, self.heads, channels // self.heads, height * width)
        query, key, value = (part.transpose(-1, -2) for part in mixed.unbind(dim=1))
        found = F.scaled_dot_product_attention(query, key, value)
        return x + self.out(found.transpose(-1, -2).reshape(batch, channels, height, width))


def _sinusoids(time_b: torch.Tensor, count: int) -> torch.Tensor:
    """Return sines and cosines of the time at `count` / 2 frequencies (Vaswani et al. 2017)."""
    half = count // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=time_b.device, dtype=torch.float32) / half)
    angles = 1000.0 * time_b.float()[:, None] * rates[None]
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)
