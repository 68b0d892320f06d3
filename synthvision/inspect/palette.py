"""Colours that people with any kind of colour vision can tell apart."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["IGNORED_COLOUR", "Colour", "class_colours", "text_colour_on"]

Colour = tuple[int, int, int]

#: What the label policy ignores is grey whatever its class.
IGNORED_COLOUR: Colour = (168, 172, 180)

# The qualitative palette of Okabe and Ito (2008) without black and grey, ordered so that neighbours differ most.
_BASE: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
    (204, 121, 167),
    (64, 130, 220),
)
# Beyond seven classes the hues come again, lighter and then darker.
_TINTS = (0.0, 0.45, -0.35)


def class_colours(classes: Sequence[str]) -> dict[str, Colour]:
    """Return a colour for each class, by its place in the list; after 21 classes colours repeat.

    Example:
        >>> class_colours(["cone", "die"])["cone"]
        (230, 159, 0)
    """
    colours = {}
    for index, name in enumerate(classes):
        base = _BASE[index % len(_BASE)]
        tint = _TINTS[index // len(_BASE) % len(_TINTS)]
        target = 255 if tint > 0 else 0
        red, green, blue = (round(value + (target - value) * abs(tint)) for value in base)
        colours[name] = (red, green, blue)
    return colours


def text_colour_on(colour: Colour) -> Colour:
    """Return near-black or white, whichever reads better on a colour (relative luminance of WCAG 2)."""
    linear = [((value / 255 + 0.055) / 1.055) ** 2.4 if value > 10 else value / 255 / 12.92 for value in colour]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (18, 20, 24) if (luminance + 0.05) ** 2 > 0.05 * 1.05 else (255, 255, 255)
