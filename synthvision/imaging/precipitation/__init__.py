"""Near drops and flakes: streaks of rain, snow out of focus."""

from synthvision.imaging.precipitation.drawing import apply_precipitation

__all__ = ["apply_precipitation"]
