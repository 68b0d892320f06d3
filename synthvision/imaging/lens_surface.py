"""Drops and dirt on the front glass."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.imaging.tools import ImagingTools
from synthvision.scene import Scene

__all__ = ["apply_lens_surface"]


def apply_lens_surface(
    tools: ImagingTools, scene: Scene, light: moderngl.Texture
) -> tuple[moderngl.Texture, NDArray[np.float32] | None]:
    """Return the light behind drops and dirt, and the share of each pixel's own light that they let through."""
    return light, None
