"""What is seen through the windows and doors of a room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import fbm, smoothstep
from synthvision.library.procedural.skies.box_world import Rgb, as_rgb

__all__ = ["window_view"]


def window_view(rng: np.random.Generator, bright: float) -> tuple[NDArray[np.float32], Rgb]:
    """Return a picture of trees and sky, or of distant lamps at night, and its mean radiance.

    Args:
        rng: Generator to draw from.
        bright: 1 is a bright day, 0 night.

    Returns:
        float32 (48, 48, 3), first row at the bottom, and the mean of its pixels.
    """
    rows = np.linspace(0.0, 1.0, 48, dtype=np.float32)[:, None]
    skyline = 0.42 + 0.12 * fbm(rng, (4, 48), (2, 5), 4, 0.6)[:1]
    is_sky = smoothstep(-0.03, 0.03, rows - skyline)[..., None]
    sky = np.array([3.4, 3.7, 4.2], np.float32) * (0.85 + 0.25 * rows[..., None])
    leaves = 1.0 + 0.35 * fbm(rng, (48, 48), (8, 8), 4, 0.7)[..., None]
    land = np.array([0.42, 0.52, 0.24], np.float32) * leaves
    day = (land + (sky - land) * is_sky) * np.float32(bright)
    night = np.array([0.006, 0.008, 0.014], np.float32) * (0.5 + is_sky)
    sparks = (rng.random((48, 48, 1)) < 0.012) * (1.0 - is_sky) * np.array([0.9, 0.55, 0.22], np.float32)
    view = np.asarray(day + (1.0 - bright) * (night + sparks), np.float32)
    return view, as_rgb(view.mean(axis=(0, 1)))
