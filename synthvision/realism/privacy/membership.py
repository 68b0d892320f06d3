"""Membership inference: can one tell which photos a model was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for

if TYPE_CHECKING:
    from pathlib import Path

    from synthvision.features.photos import Photos

__all__ = ["Attack", "attack", "diffusion_losses"]

#: Times at which losses are taken: in between, memory of single pictures shows most (Carlini et al. 2023).
_TIMES = (0.1, 0.2, 0.3, 0.45, 0.6)
_DRAWS = 2
_PERMUTATIONS = 2000


@dataclass(frozen=True, slots=True)
class Attack:
    """How well a score tells members from others.

    Args:
        auc: Chance that a member scores higher than another photo, 0..1; 0.5 is guessing.
        low: Lower end of its 95 % interval (DeLong et al. 1988).
        high: Upper end.
        p: Chance of an AUC as high as this where nothing leaks (permutation, one-sided).
        members: How many members.
        others: How many others.
    """

    auc: float
    low: float
    high: float
    p: float
    members: int
    others: int

    @property
    def leaks(self) -> bool:
        """Whether guessing is ruled out at 1 %."""
        return self.p < 0.01


def attack(members: NDArray[np.float64], others: NDArray[np.float64], seed: int) -> Attack:
    """Return how well a score tells members from others.

    Args:
        members: Score of each photo that was trained on; high for a member.
        others: Score of each photo that was not.
        seed: Of the permutations.

    Raises:
        UsageError: One side has fewer than two photos.

    Example:
        >>> attack(np.array([3.0, 4.0, 5.0]), np.array([0.0, 1.0, 2.0]), 0).auc
        1.0
    """
    if min(len(members), len(others)) < 2:
        raise UsageError(
            f"membership needs 2 photos or more on each side, got {len(members)} trained on and {len(others)} kept back"
        )
    rng = rng_for(seed, 0, "realism.privacy.attack")
    found, error = _auc(members, others)
    # The rank sum says as much as the AUC (Mann and Whitney 1947), so relabelling is summing other ranks.
    ranks = _ranks(np.concatenate([members, others]))
    own = float(ranks[: len(members)].sum())
    as_high = sum(float(rng.permutation(ranks)[: len(members)].sum()) >= own - 1e-6 for _ in range(_PERMUTATIONS))
    low, high = max(found - 1.96 * error, 0.0), min(found + 1.96 * error, 1.0)
    return Attack(found, low, high, (as_high + 1) / (_PERMUTATIONS + 1), len(members), len(others))


def diffusion_losses(folder: Path, photos: Photos, device: str) -> NDArray[np.float64]:
    """Return the mean loss of a small diffusion model on the middle of each photo, (n,).

    It is taken at the same times with the same noise for every photo, mirrored and not, with the edges given. A model
    that remembers a photo has a lower loss on it than on others; its negative is the score for `attack`.

    Args:
        folder: The folder ``model`` of a training.
        photos: Photos, scaled as in that training.
        device: A device of torch.

    Raises:
        UsageError: The weights are missing or of something else; a photo is broken.
    """
    import torch

    from synthvision.realism.diffusion.model import load_model
    from synthvision.realism.diffusion.photo_crops import PhotoCrops
    from synthvision.realism.diffusion.process import sample_losses

    card, network = load_model(folder, device)
    crops = PhotoCrops(photos, card.crop, card.photo_side, flip=False, most_bytes=1)
    rng = rng_for(0, 0, "realism.privacy.losses")
    count = len(_TIMES) * _DRAWS
    field = torch.from_numpy(rng.standard_normal((count, 3, card.crop, card.crop), np.float32)).to(device)
    times = torch.tensor(_TIMES * _DRAWS, dtype=torch.float32, device=device)
    found = []
    with torch.inference_mode():
        for index in range(len(photos)):
            crop = crops.centre(index)
            rgb = torch.from_numpy(crop.rgb_hwc).to(device).permute(2, 0, 1).float() / 127.5 - 1
            edges = torch.from_numpy(crop.edges_hw).to(device)[None]
            losses: list[Any] = []
            for mirrored in (False, True):
                one, its = (rgb.flip(-1), edges.flip(-1)) if mirrored else (rgb, edges)
                whole = one.expand(count, -1, -1, -1), its.expand(count, -1, -1, -1)
                losses.append(sample_losses(network, *whole, torch.ones(count, device=device), times, field))
            found.append(float(torch.cat(losses).double().mean()))
    return np.array(found)


def _auc(members: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float]:
    """Return the chance that a member scores higher, ties counting half, and its error (DeLong et al. 1988)."""
    of_member = _share_below(members, np.sort(others))
    of_other = 1.0 - _share_below(others, np.sort(members))
    variance = of_member.var(ddof=1) / len(members) + of_other.var(ddof=1) / len(others)
    return float(of_member.mean()), float(np.sqrt(variance))


def _share_below(values: NDArray[np.float64], ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    below = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return below / (2.0 * len(ordered))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 0; those of ties are their mean."""
    return _share_below(values, np.sort(values)) * len(values) - 0.5
