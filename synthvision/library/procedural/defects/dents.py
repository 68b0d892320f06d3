"""Dents: the host's own surface, shaded as a bowl that was pressed into it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.decals import Patch

__all__ = ["Bowl"]

Float = NDArray[np.float64]
CELLS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Bowl:
    """The relief of a dent over its rectangle.

    Args:
        length_m: Of the rectangle.
        width_m: Of the rectangle.
        depth_m: In the middle.
        lobes_k2: Amplitude and phase of the outline's second and further waves.
    """

    length_m: float
    width_m: float
    depth_m: float
    lobes_k2: Float

    @classmethod
    def of(cls, length_m: float, width_m: float, severity: float, seed: int) -> Bowl:
        """Return a dent; severity 0 is just seen in grazing light, 1 a tenth as deep as it is wide."""
        rng = rng_for(seed, 0, "defects.dent")
        lobes = np.stack([rng.normal(0.0, 0.06, 4) / np.arange(1.0, 5.0), rng.uniform(0, 2 * np.pi, 4)], axis=1)
        return cls(length_m, width_m, (0.015 + 0.085 * severity) * min(length_m, width_m), lobes)

    def level(self, local_n3: Float) -> Float:
        """Return 1 in the middle, 0 on the rim, and less outside, float64 (n,)."""
        u, v = local_n3[:, 0] / (0.5 * self.length_m), local_n3[:, 1] / (0.5 * self.width_m)
        angle = np.arctan2(v, u)
        rim = np.full(len(u), 0.86)
        for k, (amplitude, phase) in enumerate(self.lobes_k2, start=2):
            rim += amplitude * np.cos(k * angle + phase)
        return np.asarray(1.0 - np.hypot(u, v) / np.clip(rim, 0.5, 0.995))

    def height_m(self, local_n3: Float) -> Float:
        """Return the relief, 0 on the rim and negative inside, float64 (n,)."""
        inside = np.clip(self.level(local_n3), 0.0, 1.0)
        # Steep just inside the rim, round at the bottom.
        return np.asarray(-self.depth_m * (1.0 - (1.0 - inside) ** 2) ** 1.5)

    def slope(self, local_n3: Float) -> Float:
        """Return the change of the relief along and across, float64 (n, 2)."""
        step = 1e-3 * min(self.length_m, self.width_m)
        found = []
        for axis in (0, 1):
            shift = np.zeros(3)
            shift[axis] = step
            found.append((self.height_m(local_n3 + shift) - self.height_m(local_n3 - shift)) / (2 * step))
        return np.stack(found, axis=1)

    def pressed(self, patch: Patch) -> Patch:
        """Return a patch cut along the dent's rim and shaded as the dent."""
        cell = min(self.length_m, self.width_m) / CELLS
        fine = patch.divided(cell, self.length_m, self.width_m).where(self.level)
        return fine.tilted(self.slope)
