"""Pictures as tensors and back, and a generator applied to pictures of any sizes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.realism.gan.card import GeneratorCard, load_card
from synthvision.realism.model_card import WEIGHTS_NAME
from synthvision.realism.networks.conditions import condition_channels
from synthvision.realism.networks.generator import Generator
from synthvision.realism.training.checkpoint import load_weights

__all__ = ["generate", "load_generator", "picture_tensor", "tensor_pictures"]

Rgb = NDArray[np.uint8]


def picture_tensor(pictures: Sequence[Rgb], device: str) -> torch.Tensor:
    """Return pictures of one size as float32 (batch, 3, height, width), -1 to 1, channels last in memory.

    Args:
        pictures: uint8 (height, width, 3) each.
        device: A device of torch.
    """
    stacked = torch.from_numpy(np.stack(pictures)).to(device)
    # The permuted view of height, width, channels is channels last as it stands.
    return stacked.permute(0, 3, 1, 2).float() / 127.5 - 1


def tensor_pictures(pixels_bchw: torch.Tensor) -> list[Rgb]:
    """Return the pictures of a tensor, uint8 (height, width, 3) each; values beyond -1 to 1 are cut.

    Args:
        pixels_bchw: Float (batch, 3, height, width).
    """
    levels = ((pixels_bchw.detach().float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return list(levels.permute(0, 2, 3, 1).cpu().numpy())


def generate(
    generator: Any,
    pictures: Sequence[Rgb],
    conditions: Sequence[NDArray[np.float32] | None],
    device: str,
    half: torch.dtype | None = None,
) -> list[Rgb]:
    """Return what a generator makes of pictures of one size.

    Args:
        generator: The network, or what the compiler made of it.
        pictures: uint8 (height, width, 3) each.
        conditions: float32 (channels, height, width) each; None for a generator without.
        device: Where the generator lies.
        half: Precision on a GPU; None for float32.
    """
    given = [condition for condition in conditions if condition is not None]
    extra = torch.from_numpy(np.stack(given)).to(device) if given else None
    precision: AbstractContextManager[None] = torch.autocast(
        torch.device(device).type, half or torch.bfloat16, enabled=half is not None
    )
    with torch.inference_mode(), precision:
        return tensor_pictures(generator(picture_tensor(pictures, device), extra))


def load_generator(folder: Path, device: str) -> tuple[Generator, GeneratorCard]:
    """Return a trained generator, ready to be applied, and its card.

    Args:
        folder: Folder of the model.
        device: A device of torch.

    Raises:
        UsageError: A file is missing or broken, or the weights are of another shape than the card says.
    """
    card = load_card(folder)
    generator = Generator(
        width=card.width,
        blocks=card.blocks,
        downs=card.downs,
        condition_channels=condition_channels(card.conditions),
        norm=card.norm,
        most_change=card.most_change,
    )
    load_weights(folder / WEIGHTS_NAME, generator)
    generator.requires_grad_(requires_grad=False).eval()
    return generator.to(device, memory_format=torch.channels_last), card
