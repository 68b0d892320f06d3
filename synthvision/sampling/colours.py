"""Colour arithmetic: sRGB decoding, hue and saturation, the colour of hot bodies, white balance gains."""

from __future__ import annotations

import colorsys

__all__ = [
    "Rgb",
    "balance_gains",
    "linear_from_hex",
    "linear_from_hsv",
    "linear_from_srgb",
    "luminance",
    "mired",
    "temperature_colour",
    "unit_luminance",
]

Rgb = tuple[float, float, float]


def linear_from_srgb(value: float) -> float:
    """Return the linear value of one sRGB channel, both 0..1 (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def linear_from_hex(text: str) -> Rgb:
    """Return the linear RGB of ``#rrggbb``.

    Example:
        >>> linear_from_hex("#ff0000")
        (1.0, 0.0, 0.0)
    """
    red, green, blue = (linear_from_srgb(int(text[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return red, green, blue


def linear_from_hsv(hue: float, saturation: float, value: float) -> Rgb:
    """Return the linear RGB of hue (share of the circle, any number), saturation and value (0..1) in sRGB."""
    red, green, blue = (linear_from_srgb(channel) for channel in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))
    return red, green, blue


def luminance(rgb: Rgb) -> float:
    """Return the relative luminance of a linear RGB colour (Rec. 709 weights)."""
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def unit_luminance(rgb: Rgb) -> Rgb:
    """Return a linear RGB colour scaled so that its luminance is 1; black stays black."""
    scale = luminance(rgb)
    return (rgb[0] / scale, rgb[1] / scale, rgb[2] / scale) if scale > 0 else rgb


def temperature_colour(temperature_k: float) -> Rgb:
    """Return the linear RGB colour, luminance 1, of a light of a given colour temperature.

    Args:
        temperature_k: 1,000 to 25,000 kelvin: 1,900 candle, 2,700 bulb, 4,000 neutral lamp, 5,500 noon sun, 6,504
            white (equal red, green and blue), 8,000 shade.

    Below 4,000 K the locus of black bodies (Kim et al. 2002, cubic fit), above it that of daylight (CIE 15), blended
    between 4,000 and 5,000 K; colours outside the sRGB gamut lose their negative part.
    """
    t = min(max(temperature_k, 1_000.0), 25_000.0)
    blend = min(max((t - 4_000.0) / 1_000.0, 0.0), 1.0)
    body, day = _black_body_xy(t), _daylight_xy(max(t, 4_000.0))
    x = body[0] + (day[0] - body[0]) * blend
    y = body[1] + (day[1] - body[1]) * blend
    big_x, big_z = x / y, (1.0 - x - y) / y
    red = 3.2404542 * big_x - 1.5371385 - 0.4985314 * big_z
    green = -0.9692660 * big_x + 1.8760108 + 0.0415560 * big_z
    blue = 0.0556434 * big_x - 0.2040259 + 1.0572252 * big_z
    return unit_luminance((max(red, 0.0), max(green, 0.0), max(blue, 0.0)))


def mired(temperature_k: float) -> float:
    """Return a colour temperature in mired, in which equal steps look equally large."""
    return 1e6 / temperature_k


def balance_gains(illuminant: Rgb, adaptation: float, error_mired: float) -> Rgb:
    """Return the white balance gains of a camera that takes some light for white.

    Args:
        illuminant: Linear RGB of the light on the scene.
        adaptation: 0 keeps the light's colour, 1 makes it white.
        error_mired: How far the camera's guess is off: positive gives a warmer picture.

    Returns:
        Gains of red, green and blue, scaled so that white keeps its luminance.
    """
    white = unit_luminance(illuminant)
    tint = temperature_colour(1e6 / (mired(6_504.0) + error_mired))
    gains = [tint[i] / max(white[i], 1e-3) ** adaptation for i in range(3)]
    scale = luminance((gains[0] * white[0], gains[1] * white[1], gains[2] * white[2]))
    return gains[0] / scale, gains[1] / scale, gains[2] / scale


def _black_body_xy(t: float) -> tuple[float, float]:
    if t <= 4_000.0:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
    else:
        x = -3.0258469e9 / t**3 + 2.1070379e6 / t**2 + 0.2226347e3 / t + 0.240390
    if t <= 2_222.0:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif t <= 4_000.0:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return x, y


def _daylight_xy(t: float) -> tuple[float, float]:
    if t <= 7_000.0:
        x = -4.6070e9 / t**3 + 2.9678e6 / t**2 + 0.09911e3 / t + 0.244063
    else:
        x = -2.0064e9 / t**3 + 1.9018e6 / t**2 + 0.24748e3 / t + 0.237040
    return x, -3.0 * x * x + 2.870 * x - 0.275
