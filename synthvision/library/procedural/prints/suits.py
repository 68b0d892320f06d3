"""The four suits: outlines of the pips, their inks, and where they stand on a card."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.prints.canvas import Canvas, Ink, Point, turned_points

__all__ = ["PIP_LAYOUT", "RANKS", "SUITS", "draw_pip"]

SUITS = ("clubs", "diamonds", "hearts", "spades")
RANKS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack", "queen", "king", "ace")

_LEFT, _MIDDLE, _RIGHT = -1.0, 0.0, 1.0
_THIRD = 1.0 / 3.0

PIP_LAYOUT: dict[str, tuple[Point, ...]] = {
    "ace": ((0, 0),),
    "two": ((0, 1), (0, -1)),
    "three": ((0, 1), (0, 0), (0, -1)),
    "four": ((-1, 1), (1, 1), (-1, -1), (1, -1)),
    "five": ((-1, 1), (1, 1), (0, 0), (-1, -1), (1, -1)),
    "six": ((-1, 1), (1, 1), (-1, 0), (1, 0), (-1, -1), (1, -1)),
    "seven": ((-1, 1), (1, 1), (0, 0.5), (-1, 0), (1, 0), (-1, -1), (1, -1)),
    "eight": ((-1, 1), (1, 1), (0, 0.5), (-1, 0), (1, 0), (0, -0.5), (-1, -1), (1, -1)),
    "nine": (
        (-1, 1), (1, 1), (-1, _THIRD), (1, _THIRD), (0, 0), (-1, -_THIRD), (1, -_THIRD), (-1, -1), (1, -1),
    ),
    "ten": (
        (-1, 1), (1, 1), (0, 2 * _THIRD), (-1, _THIRD), (1, _THIRD), (-1, -_THIRD), (1, -_THIRD), (0, -2 * _THIRD),
        (-1, -1), (1, -1),
    ),
}  # fmt: skip
"""Places of the pips of each number card from -1 to 1: right, up. Those below the middle stand upside down."""


def draw_pip(canvas: Canvas, suit: str, centre: Point, size: float, ink: Ink, *, turn_rad: float = 0.0) -> None:
    """Draw one pip.

    Args:
        canvas: Where to.
        suit: One of `SUITS`.
        centre: Middle of the pip.
        size: Its height in pixels.
        ink: Colour.
        turn_rad: Clockwise turn; pi is upside down.
    """
    for shape in _outlines(suit):
        canvas.polygon(turned_points(shape * size, turn_rad) + np.asarray(centre), ink)


@lru_cache(maxsize=4)
def _outlines(suit: str) -> tuple[NDArray[np.float64], ...]:
    """Polygons of a pip of height 1 about its middle, y down."""
    if suit == "diamonds":
        # Sides that bend inwards a little.
        side = np.linspace(0, 1, 8)[:, None]
        tips = np.array([[0.0, -0.5], [0.37, 0.0], [0.0, 0.5], [-0.37, 0.0]])
        pieces = []
        for k in range(4):
            a, b = tips[k], tips[(k + 1) % 4]
            pieces.append((a + (b - a) * side) * (1 - 0.1 * np.sin(np.pi * side)))
        return (np.concatenate(pieces),)
    if suit == "hearts":
        return (_heart(),)
    stem = np.array([[0.03, 0.1], [0.05, 0.3], [0.2, 0.5], [-0.2, 0.5], [-0.05, 0.3], [-0.03, 0.1]])
    if suit == "spades":
        return (_heart()[:, :] * [1.0, -0.84] + [0.0, -0.08], stem)
    circle = np.stack([np.cos(np.linspace(0, 2 * np.pi, 40)), np.sin(np.linspace(0, 2 * np.pi, 40))], axis=1) * 0.222
    middle = np.array([[-0.12, -0.1], [0.12, -0.1], [0.1, 0.16], [-0.1, 0.16]])
    lobes = [circle + np.array(place) for place in ((0.0, -0.278), (-0.235, 0.09), (0.235, 0.09))]
    return (*lobes, middle, stem)


def _heart() -> NDArray[np.float64]:
    """A heart of height 1, its point down."""
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    shape = np.stack([x, y], axis=1)
    low, high = shape.min(axis=0), shape.max(axis=0)
    return np.asarray((shape - (low + high) / 2) / (high[1] - low[1]), np.float64)
