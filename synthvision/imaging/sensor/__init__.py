"""The sensor: electrons, noise, colour filters, processing and compression."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.imaging.tools import ImagingTools
from synthvision.scene import Scene

__all__ = ["read_sensor"]


def read_sensor(tools: ImagingTools, scene: Scene, light: moderngl.Texture, ev100: float) -> NDArray[np.uint8]:
    """Return the 8-bit picture that a scene's sensor makes of the light on it."""
    raise NotImplementedError
