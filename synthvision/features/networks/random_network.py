"""A convolutional network with fixed random weights, as a feature extractor without a download.

Random filters keep much of what tells textures and colours apart (K. Jarrett et al., 2009; R. Rosenfeld and J.
Tsotsos, 2019). The weights come from `rng_for` with a stated seed, so they are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.features.resizing import library_versions, resize_picture

__all__ = ["RandomNetwork", "batches"]

#: Seed of the weights: part of what the extractor is. Another one is another extractor.
_WEIGHTS_SEED = 20_060_703
_SIDE = 64
_BATCH = 32
#: Channels, side of the filters and stride of each layer.
_LAYERS = ((32, 5, 1), (64, 3, 2), (96, 3, 2), (128, 3, 2))


class RandomNetwork:
    """Features of 640 numbers: mean and standard deviation of every channel of four layers of random filters.

    Pictures are brought to 64 x 64 pixels and -1..1. Filters are normal with He's variance; those of the first layer
    have no mean over their window but in a quarter of the channels, so that both edges and colours are seen.

    Args:
        device: ``cpu``, or a device of torch such as ``cuda:0``.
    """

    name = "random"
    comparable = False
    identity = f"random {_WEIGHTS_SEED} {_LAYERS} at {_SIDE}, torch {torch.__version__}, {library_versions()}"

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)
        self._weights = [weight.to(self._device) for weight in _weights()]

    def features(self, pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return the features of pictures, float32 (n, 640).

        Args:
            pictures: uint8 (height, width, 3) each, of any size; read once, 32 at a time.

        Raises:
            UsageError: There are no pictures.
        """
        found = []
        with torch.inference_mode():
            for batch in batches(pictures, (_SIDE, _SIDE), _BATCH):
                x = torch.from_numpy(batch).to(self._device).permute(0, 3, 1, 2).float() / 127.5 - 1
                found.append(self._pooled(x).cpu().numpy())
        if not found:
            raise UsageError("there must be at least one picture to take features of, got none")
        return np.concatenate(found)

    def _pooled(self, x: torch.Tensor) -> torch.Tensor:
        parts = []
        for (_, side, stride), weight in zip(_LAYERS, self._weights, strict=True):
            padded = nn.functional.pad(x, [side // 2] * 4, mode="reflect")
            x = nn.functional.leaky_relu(nn.functional.conv2d(padded, weight, stride=stride), 0.1)
            spread, mean = torch.std_mean(x, dim=(2, 3), correction=0)
            parts += [mean, spread]
        return torch.cat(parts, dim=1)


def batches(pictures: Iterable[NDArray[np.uint8]], size_wh: tuple[int, int], batch: int) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures brought to one size, uint8 (at most `batch`, height, width, 3)."""
    waiting: list[NDArray[np.uint8]] = []
    for picture in pictures:
        waiting.append(resize_picture(picture, size_wh))
        if len(waiting) == batch:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)


def _weights() -> list[torch.Tensor]:
    weights, inputs = [], 3
    for number, (channels, side, _) in enumerate(_LAYERS):
        rng = rng_for(_WEIGHTS_SEED, number, "features.random_network")
        values = rng.standard_normal((channels, inputs, side, side))
        if number == 0:
            edges = slice(channels // 4, None)
            values[edges] -= values[edges].mean(axis=(2, 3), keepdims=True)
        values *= np.sqrt(2 / (inputs * side * side))
        weights.append(torch.from_numpy(values.astype(np.float32)))
        inputs = channels
    return weights
