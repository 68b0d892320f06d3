"""Haze, fog, dust and far rain: light that is dimmed on its way to the camera, and light that the air adds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import LabelImages
from synthvision.imaging.tools import ImagingTools, Picture
from synthvision.scene import Scene

__all__ = ["air_transmittance", "apply_air"]


def apply_air(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture as it looks through the air of its scene."""
    return picture


def air_transmittance(tools: ImagingTools, scene: Scene, labels: LabelImages) -> NDArray[np.float32] | None:
    """Return the share of each pixel's own light that the air lets through, or None in clear air."""
    return None
