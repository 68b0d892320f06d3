"""What the lens does to light besides bending it: vignetting, blur, glare, veil, ghosts."""

from __future__ import annotations

import moderngl

from synthvision.imaging.tools import ImagingTools
from synthvision.scene import Scene

__all__ = ["apply_glass"]


def apply_glass(tools: ImagingTools, scene: Scene, light: moderngl.Texture) -> moderngl.Texture:
    """Return the light as it falls on the sensor."""
    return light
