"""Light and weather of a picture, estimated from its pixels; what cannot be told is called unknown.

The rules look at a picture brought to 256 pixels on its longer side:

========  =============================================================================================================
dark      the mean lightness (CIE L) is under 41 and the dark channel (the least of a place's colours around it, after
          K. He et al. 2009) under 0.27 in the median: dusk or night. Which of the two is not told: cameras open up
sun       else: at edges of lightness whose colour hardly changes, as shadows have them, the bright side is warmer than
          the dark one by more than 0.05 octaves of red over blue for each octave of light. The sun is warm, the sky
          that lights its shadows blue; under an overcast sky, or in a shadow, there is one light
day       else: no sign of hard sun. A sun whose shadows are not in the picture is among these
veiled    by day: the steepest 1 % of the edges are under 0.5 octaves a pixel, and even the darkest 2 % of the dark
          channel are above 0.15: air light lies over all, as in fog, dense haze, heavy rain and snowfall
clear     by day: edges above 1 octave a pixel, or a dark channel below 0.08
unknown   of the weather all else; in the dark nothing is told of the air
========  =============================================================================================================

Rain and snow are not told apart from a wet or white ground, and not told at all. The rules were chosen on 154 renders
of this project's streets and measured on 125 of other seeds (jobs `street_weather` and `street`, 320 x 240 pixels). Of
those that are called so, `MEASURED` tells how many are; found are 7 of 19 pictures at dusk or night, 20 of 56 with a
sun, and 7 of 14 in fog. What is called dark, sun or veiled thus mostly is, and about half of what is so is called day,
clear or unknown: shares of these levels come out too low. The rules speak of outdoor pictures. Indoors, lightness is
what the camera made of it, and a plain bright background without dark places is called veiled: count such sets without
weather.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.evaluate.audit.levels import UNKNOWN

__all__ = ["MEASURED", "Conditions", "estimate_conditions", "picture_measures"]

Float32 = NDArray[np.float32]

_SIDE = 256
_DARK_PATCH = 9
_DARK_CHANNEL, _DARK_LIGHTNESS = 0.27, 41.0
_SUN_WARMTH = 0.05
_VEILED_EDGE, _VEILED_DARK = 0.5, 0.15
_CLEAR_EDGE, _CLEAR_DARK = 1.0, 0.08
#: An edge of lightness that counts: octaves a pixel; and how little its colour may change.
_EDGE_OCTAVES = 0.15
_SAME_GREEN_RED = 0.7
_SAME_RED_BLUE = 0.35
#: The lower part of a picture is where shadows lie.
_GROUND_FROM = 0.4
_LEAST_EDGE_PIXELS = 40

#: How many pictures are what they are called, of how many that are called so: dark is dusk or night, day is the sun
#: up, sun one of 1,000 lux or more, clear a visibility over 1 km, veiled one under 5 km.
MEASURED: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "light": {"dark": (7, 7), "day": (86, 97), "sun": (20, 21)},
    "weather": {"clear": (58, 60), "veiled": (14, 19)},
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a picture is lit, and what its air is like.

    Args:
        light: ``dark``, ``day`` or ``sun``.
        weather: ``clear``, ``veiled`` or ``unknown``.
    """

    light: str
    weather: str


def estimate_conditions(rgb_hwc: NDArray[np.uint8]) -> Conditions:
    """Return light and weather of a picture; see the module for the rules.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB, 16 pixels or more a side.
    """
    measures = picture_measures(rgb_hwc)
    if measures["dark_middle"] < _DARK_CHANNEL and measures["lightness"] < _DARK_LIGHTNESS:
        return Conditions("dark", UNKNOWN)
    light = "sun" if measures["warmth"] > _SUN_WARMTH else "day"
    if measures["edge"] < _VEILED_EDGE and measures["dark_least"] > _VEILED_DARK:
        return Conditions(light, "veiled")
    if measures["edge"] > _CLEAR_EDGE or measures["dark_least"] < _CLEAR_DARK:
        return Conditions(light, "clear")
    return Conditions(light, UNKNOWN)


def picture_measures(rgb_hwc: NDArray[np.uint8]) -> dict[str, float]:
    """Return the figures that the rules go by.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.

    Returns:
        ``lightness`` (mean CIE L, 0..100), ``dark_middle`` and ``dark_least`` (median and 2 % quantile of the dark
        channel, 0..1), ``edge`` (99 % quantile of the steepness of light, octaves a pixel), ``warmth`` (octaves of red
        over blue for each octave of light, at edges without colour; 0 where there are hardly any).
    """
    height, width = rgb_hwc.shape[:2]
    scale = _SIDE / max(height, width)
    size_wh = (max(round(width * scale), 8), max(round(height * scale), 8))
    small = cv2.resize(rgb_hwc, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    linear = np.where(small <= 0.04045, small / 12.92, ((small + 0.055) / 1.055) ** 2.4).astype(np.float32)
    octaves = np.log2(linear @ np.array([0.2126, 0.7152, 0.0722], np.float32) + 1 / 512)
    dark = cv2.erode(small.min(axis=2), np.ones((_DARK_PATCH, _DARK_PATCH), np.uint8))
    return {
        "lightness": float(lab[..., 0].mean()),
        "dark_middle": float(np.median(dark)),
        "dark_least": float(np.percentile(dark, 2)),
        "edge": float(np.percentile(np.hypot(*_slopes(octaves)), 99)),
        "warmth": _warmth(linear, np.ascontiguousarray(lab[..., 1])),
    }


def _warmth(linear: Float32, green_red: Float32) -> float:
    ground = slice(int(_GROUND_FROM * linear.shape[0]), None)
    octaves = np.log2(linear @ np.array([0.2126, 0.7152, 0.0722], np.float32) + 1 / 256)
    red_blue = np.log2((linear[..., 0] + 1 / 256) / (linear[..., 2] + 1 / 256))
    light_x, light_y = (each[ground] for each in _slopes(octaves))
    warm_x, warm_y = (each[ground] for each in _slopes(red_blue))
    green_x, green_y = (each[ground] for each in _slopes(green_red))
    steep = np.hypot(light_x, light_y)
    chosen = (
        (steep > _EDGE_OCTAVES)
        & (np.hypot(green_x, green_y) < _SAME_GREEN_RED)
        & (np.hypot(warm_x, warm_y) < _SAME_RED_BLUE * steep)
    )
    if chosen.sum() < _LEAST_EDGE_PIXELS:
        return 0.0
    along = light_x * warm_x + light_y * warm_y
    return float(along[chosen].sum() / (steep[chosen] ** 2).sum())


def _slopes(plane: Float32) -> tuple[Float32, Float32]:
    across = cv2.Sobel(plane, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
