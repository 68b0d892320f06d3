"""Older pictures of the generator, so that a discriminator does not forget what it has seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

__all__ = ["PicturePool"]


class PicturePool:
    """Keeps a bounded number of made pictures (Shrivastava et al. 2017, as used by Zhu et al. 2017).

    Args:
        size: How many; 0 for none.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: list[torch.Tensor] = []

    def __len__(self) -> int:
        return len(self._kept)

    def exchange(self, pixels_bchw: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        """Return a batch in which about half of the pictures are older ones, and keep the new ones in their places.

        Until the pool is full, pictures are kept and given back.

        Args:
            pixels_bchw: What the generator made, float (batch, 3, height, width); no gradient goes through.
            rng: Where the choices come from.
        """
        if not self.size:
            return pixels_bchw.detach()
        found = []
        for picture in pixels_bchw.detach():
            if len(self._kept) < self.size:
                self._kept.append(picture.clone())
                found.append(picture)
            elif rng.random() < 0.5:
                place = int(rng.integers(len(self._kept)))
                found.append(self._kept[place])
                self._kept[place] = picture.clone()
            else:
                found.append(picture)
        return torch.stack(found)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return what it holds, by place."""
        return {f"{place:05d}": picture for place, picture in enumerate(self._kept)}

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Hold what `tensors` gave, and nothing else."""
        self._kept = [tensors[name].clone() for name in sorted(tensors)]
