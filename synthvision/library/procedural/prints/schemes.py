"""Colours that go together, for everything printed; sRGB values 0..255."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.prints.canvas import Ink

__all__ = ["SCHEMES", "Scheme", "linear_colour", "mixed"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """Inks of one printed design.

    Args:
        paper: Ground.
        main: Largest areas.
        second: Areas beside the main ones.
        accent: Small bright things.
        dark: Text and lines on paper.
    """

    paper: Ink
    main: Ink
    second: Ink
    accent: Ink
    dark: Ink


def _scheme(*codes: str) -> Scheme:
    inks = [(int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)) for code in codes]
    return Scheme(*inks)


SCHEMES: tuple[Scheme, ...] = (
    _scheme("f4efe2", "8c1c1c", "c9a14a", "e0b84c", "2a1a14"),
    _scheme("f7f4ea", "1d4e89", "00a6a6", "f2b134", "10243b"),
    _scheme("fbf7ee", "2e6b34", "8ab33f", "e8c547", "17301a"),
    _scheme("ffffff", "d7263d", "f46036", "ffd23f", "2e1114"),
    _scheme("f3f1ec", "1b1b1e", "6b6b70", "b08d57", "111113"),
    _scheme("fff8e7", "e3730f", "f7b733", "4a7c2c", "4a2408"),
    _scheme("eef5f9", "0b6fa4", "65b8d9", "f4f9fc", "0a2c44"),
    _scheme("fdf3f4", "a61e6d", "e86fa8", "f5d547", "3c0d2a"),
    _scheme("f5efe6", "5a3a22", "a9794a", "d9c08a", "2c1b0f"),
    _scheme("f2f6ec", "3f7d20", "72b01d", "f3de2c", "16310b"),
    _scheme("fffaf0", "c1121f", "003049", "fdf0d5", "1b1a1a"),
    _scheme("ece9f5", "3d2c8d", "916bbf", "f2d680", "1c1446"),
    _scheme("e9f4f0", "0f766e", "5eead4", "fb923c", "0b3b37"),
    _scheme("fff6d6", "f2c200", "d4890b", "b3261e", "3a2a00"),
    _scheme("f6f6f6", "14532d", "b91c1c", "e5c07b", "0c2315"),
    _scheme("e8eef2", "243b53", "9fb3c8", "e12d39", "102a43"),
)


def mixed(first: Ink, second: Ink, share: float) -> Ink:
    """Return a mixture of two inks, `share` of it the second."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(first, second, strict=True))
    return r, g, b


def linear_colour(ink: Ink) -> tuple[float, float, float]:
    """Return an sRGB ink as linear RGB 0..1, as materials take it."""
    encoded = np.array(ink, np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return float(linear[0]), float(linear[1]), float(linear[2])
