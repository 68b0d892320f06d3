"""Prints on paper that is torn: a part is gone along a ragged line, with the white core of the paper along it."""

from __future__ import annotations

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import fbm, make_texture, smoothstep

__all__ = ["torn_paper"]

# Of the shorter side: how far the line strays (standard deviation), how wide its white edge is, and how far remnants of
# glued paper reach.
_STRAY, _CORE, _REMNANTS = 0.09, 0.045, 0.3
_FIBRE = np.array([226, 221, 210], np.float32)


def torn_paper(paper: Texture, share: float, seed: int) -> Texture:
    """Return a print of which a share is torn off.

    Args:
        paper: The whole print, RGB.
        share: How much of its area is gone, 0..1, but for remnants that stick where it was.
        seed: Which tear.

    Returns:
        RGBA; where the paper is gone alpha is 0.
    """
    art = paper.pixels_hwc[..., :3].astype(np.float32)
    height, width = art.shape[:2]
    shorter = min(height, width)
    rng = rng_for(seed, 0, "procedural.tear")
    # People pull labels off from a side or a corner, more across than along.
    angle = float(rng.normal(0.0, 0.55)) + (np.pi if rng.random() < 0.5 else 0.0)
    row, column = np.mgrid[:height, :width].astype(np.float32)
    along = column * np.cos(angle) + row * np.sin(angle)
    ragged = fbm(rng, (height, width), (3, max(round(3 * width / height), 2)), octaves=5)
    fine = fbm(rng, (height, width), (12, max(round(12 * width / height), 2)), octaves=4)
    depth = along / shorter + _STRAY * ragged + 0.3 * _CORE * fine
    edge = float(np.quantile(depth, 1.0 - share))
    gone = depth - edge  # above 0 the paper is gone; unit: the shorter side
    remnants = (gone > 0) & (gone < _REMNANTS) & (fine * (1.0 - gone / _REMNANTS) > 1.3)
    # The printed face tears off sooner than what carries it.
    bare = smoothstep(-1.4 * _CORE, -0.6 * _CORE, gone + 0.5 * _CORE * ragged)[..., None]
    colour = art * (1 - bare) + _FIBRE * (1 + 0.04 * fine[..., None]) * bare
    alpha = np.where((gone <= 0) | remnants, 255.0, 0.0)[..., None]
    pixels = np.concatenate([np.clip(colour, 0, 255), alpha], axis=2).astype(np.uint8)
    return make_texture(pixels, is_srgb=True, wrap_uv=paper.wrap_uv)
