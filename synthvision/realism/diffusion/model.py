"""The small diffusion model in use: loaded from its folder, applied to pictures of any size in tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.realism.diffusion.card import DiffusionCard, load_card
from synthvision.realism.diffusion.network import SmallUNet
from synthvision.realism.diffusion.padding import crop_back
from synthvision.realism.diffusion.process import Velocity, denoise, noised, step_times, tiled
from synthvision.realism.diffusion.tiles import tile_places, tile_window
from synthvision.realism.model_card import WEIGHTS_NAME
from synthvision.realism.training.checkpoint import load_weights

__all__ = ["apply_model", "load_model"]


def load_model(folder: Path, device: str) -> tuple[DiffusionCard, SmallUNet]:
    """Return the card and the network of a model, ready to be used.

    Args:
        folder: The folder ``model`` of a training.
        device: A device of torch.

    Raises:
        UsageError: A file is missing or broken, or they do not belong together.
    """
    card = load_card(folder)
    network = SmallUNet(card.width, card.levels)
    load_weights(folder / WEIGHTS_NAME, network)
    return card, network.to(device).eval().requires_grad_(False)


def apply_model(
    network: Any,
    rgb_hwc: NDArray[np.uint8],
    edges_hw: NDArray[np.float32],
    rng: np.random.Generator,
    device: str,
    *,
    tile: int,
    strength: float,
    steps: int,
    guidance: float,
    overlap: float,
    batch: int,
) -> NDArray[np.uint8]:
    """Return a picture noised part-way and denoised under its edges, uint8 (height, width, 3).

    One field of noise covers the whole picture, so its tiles agree; they do not depend on what else is in memory.

    Args:
        network: A `SmallUNet`, or something that is called as one.
        rgb_hwc: uint8 (height, width, 3).
        edges_hw: float32 (height, width), 0..1.
        rng: Where the noise comes from.
        device: Where the network lies.
        tile: Side of a tile, px: that of the crops it was trained on.
        strength: How far it is noised, above 0 to 1.
        steps: Steps of the whole schedule.
        guidance: How strongly the edges count; 1 as learned.
        overlap: Least share of a tile in common with the next.
        batch: Most tiles at once.
    """
    height, width = rgb_hwc.shape[:2]
    rgb = _at_least(rgb_hwc, tile)
    edges = torch.from_numpy(np.array(_at_least(edges_hw, tile)))[None, None].to(device)
    padded_h, padded_w = rgb.shape[:2]
    # Drawn for the picture itself and reflected like it, so that padding to another tile changes no noise.
    field = _at_least(rng.standard_normal((height, width, 3), np.float32), tile)
    picture = torch.from_numpy(np.array(rgb)).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
    noise = torch.from_numpy(np.ascontiguousarray(field)).to(device).permute(2, 0, 1)[None]
    times = step_times(strength, steps)
    places = [(y, x) for y in tile_places(padded_h, tile, overlap) for x in tile_places(padded_w, tile, overlap)]
    window = torch.from_numpy(tile_window(tile)).to(device)
    velocity: Velocity = tiled(_guided(network, guidance), edges, places, window, batch)
    with torch.inference_mode():
        start = noised(picture, noise, torch.full((1,), strength, device=device))
        found = denoise(start, times, velocity)
    levels = ((found[0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return np.ascontiguousarray(crop_back(levels, (width, height))).astype(np.uint8, copy=False)


def _guided(network: Any, guidance: float) -> Any:
    """Return the velocity with and without edges, mixed (Ho and Salimans 2022)."""

    def velocity(noisy: torch.Tensor, edges: torch.Tensor, time: float) -> torch.Tensor:
        count = len(noisy)
        times = torch.full((count,), time, device=noisy.device)
        seen = torch.ones(count, device=noisy.device)
        if guidance == 1.0:
            return network(noisy, edges, seen, times)
        if guidance == 0.0:
            return network(noisy, edges, torch.zeros_like(seen), times)
        both = network(
            torch.cat([noisy, noisy]),
            torch.cat([edges, edges]),
            torch.cat([seen, torch.zeros_like(seen)]),
            times.repeat(2),
        )
        return both[count:] + guidance * (both[:count] - both[count:])

    return velocity


def _at_least(array: NDArray[Any], side: int) -> NDArray[Any]:
    """Return a picture reflected to the right and below where it is smaller than a tile."""
    for axis in (0, 1):
        missing = side - array.shape[axis]
        if missing > 0:
            amounts = [(0, 0)] * array.ndim
            amounts[axis] = (0, missing)
            array = np.pad(array, amounts, mode="reflect" if array.shape[axis] > 1 else "edge")
    return array
