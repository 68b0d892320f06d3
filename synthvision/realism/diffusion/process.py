"""How pictures are noised and denoised: the cosine schedule, the loss, and steps of DDIM over tiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

__all__ = ["Velocity", "denoise", "noised", "sample_losses", "signal_and_noise", "step_times", "tiled"]

#: Velocity of a noisy picture at a time: both float tensors, (batch, 3, height, width) and a number 0..1.
Velocity = Callable[[torch.Tensor, float], torch.Tensor]

# At the very ends either the picture or the noise could not be told from the velocity.
_LEAST = 1e-3


def signal_and_noise(time: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the share of the picture and of the noise at a time, whose squares add up to 1.

    The cosine schedule of Nichol and Dhariwal (2021) in continuous time.

    Args:
        time: Float, 0 (no noise) to 1 (noise alone).
    """
    angle = time.clamp(_LEAST, 1.0 - _LEAST) * (math.pi / 2)
    return torch.cos(angle), torch.sin(angle)


def noised(picture: torch.Tensor, noise: torch.Tensor, time_b: torch.Tensor) -> torch.Tensor:
    """Return pictures with as much noise as at their times.

    Args:
        picture: Float (batch, 3, height, width), -1..1.
        noise: Standard normal, of the same shape.
        time_b: Float (batch,), 0..1.
    """
    signal, spread = signal_and_noise(time_b[:, None, None, None])
    return signal * picture + spread * noise


def sample_losses(
    network: torch.nn.Module,
    picture: torch.Tensor,
    edges: torch.Tensor,
    guided_b: torch.Tensor,
    time_b: torch.Tensor,
    noise: torch.Tensor,
) -> torch.Tensor:
    """Return the mean squared error of the velocity for each picture, float (batch,).

    The velocity is signal * noise - spread * picture (Salimans and Ho 2022), whose error is even over all times.

    Args:
        network: A `SmallUNet`, or something that is called as one.
        picture: Float (batch, 3, height, width), -1..1.
        edges: Float (batch, 1, height, width), 0..1.
        guided_b: Float (batch,); 0 where the edges are hidden.
        time_b: Float (batch,), 0..1.
        noise: Standard normal, of the shape of `picture`.
    """
    signal, spread = signal_and_noise(time_b[:, None, None, None])
    target = signal * noise - spread * picture
    found = network(signal * picture + spread * noise, edges, guided_b, time_b)
    return (found - target).square().mean(dim=(1, 2, 3))


def step_times(strength: float, steps: int) -> list[float]:
    """Return the times of the steps from `strength` down to 0: as many steps as that share of `steps`.

    Example:
        >>> step_times(0.5, 4)
        [0.5, 0.25, 0.0]
    """
    count = int(steps * strength)
    return [strength * (count - number) / count for number in range(count + 1)]


def denoise(noisy: torch.Tensor, times: Sequence[float], velocity: Velocity) -> torch.Tensor:
    """Return the picture that steps of DDIM (Song et al. 2021) without added noise lead to.

    Args:
        noisy: Float (batch, 3, height, width), noised as at the first time.
        times: Descending; the last is 0, where the picture itself is taken.
        velocity: What the network predicts.
    """
    state = noisy
    for time, after in pairwise(times):
        signal, spread = signal_and_noise(torch.tensor(time, dtype=torch.float32))
        found = velocity(state, time)
        picture = (signal * state - spread * found).clamp(-1.0, 1.0)
        if after <= 0:
            return picture
        noise = (state - signal * picture) / spread
        signal, spread = signal_and_noise(torch.tensor(after, dtype=torch.float32))
        state = signal * picture + spread * noise
    return state


def tiled(
    velocity: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor],
    edges: torch.Tensor,
    places_yx: Sequence[tuple[int, int]],
    window: torch.Tensor,
    batch: int,
) -> Velocity:
    """Return the velocity of a whole picture as the weighted mean of those of its tiles (Bar-Tal et al. 2023).

    It is blended at every step, so that all tiles stay parts of one picture; in double precision, so that the order of
    the tiles does not count.

    Args:
        velocity: Of tiles with their edges, at a time.
        edges: Float (1, 1, height, width).
        places_yx: Upper left corners; tiles must cover the picture.
        window: Double (tile, tile), above 0.
        batch: Most tiles at once.
    """
    tile = window.shape[0]

    def whole(state: torch.Tensor, time: float) -> torch.Tensor:
        total = torch.zeros_like(state, dtype=torch.float64)
        weight = torch.zeros_like(state[:, :1], dtype=torch.float64)
        for start in range(0, len(places_yx), batch):
            some = places_yx[start : start + batch]
            cuts = [(slice(None), slice(None), slice(y, y + tile), slice(x, x + tile)) for y, x in some]
            found = velocity(torch.cat([state[cut] for cut in cuts]), torch.cat([edges[cut] for cut in cuts]), time)
            for cut, one in zip(cuts, found, strict=True):
                total[cut] += one.double() * window
                weight[cut] += window
        return (total / weight).to(state.dtype)

    return whole
