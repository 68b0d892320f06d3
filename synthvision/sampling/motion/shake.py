"""The unsteady hand: smooth noise as a sum of a few waves, so that it has exact velocities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.drawing import Drawer
from synthvision.sampling.motion.config import ShakeSpec

__all__ = ["Shake", "draw_shake"]

Float = NDArray[np.float64]

_WAVES = 7


@dataclass(frozen=True, slots=True, eq=False)
class Shake:
    """How a camera wanders about where it should be.

    Args:
        sizes: Standard deviation of each of the six values: metres right, down, forward, then radians about these.
        rates_rad_s: Of the waves of each value, float64 (6, n).
        phases_rad: Of the waves, float64 (6, n).
    """

    sizes: Float
    rates_rad_s: Float
    phases_rad: Float

    def at(self, time_s: float) -> tuple[Float, Float]:
        """Return the six values and how fast they change, float64 (6,) each."""
        angles = self.rates_rad_s * time_s + self.phases_rad
        # A wave of height a has the variance a2 / 2.
        height = self.sizes * np.sqrt(2.0 / self.rates_rad_s.shape[1])
        return height * np.sin(angles).sum(axis=1), height * (self.rates_rad_s * np.cos(angles)).sum(axis=1)


def draw_shake(drawer: Drawer, path: str, spec: ShakeSpec) -> Shake:
    """Return the shake of one camera in one view.

    Args:
        drawer: Draws it.
        path: Key path of the block.
        spec: How strong and how fast.
    """
    metres = drawer.number(f"{path}.position_m", spec.position_m)
    radians = np.radians(drawer.number(f"{path}.angle_deg", spec.angle_deg))
    frequency = drawer.number(f"{path}.frequency_hz", spec.frequency_hz)
    rng = drawer.rng(f"{path}.waves")
    rates = 2 * np.pi * frequency * rng.uniform(0.2, 1.4, (6, _WAVES))
    return Shake(np.array([metres] * 3 + [radians] * 3), rates, rng.uniform(0.0, 2 * np.pi, (6, _WAVES)))
