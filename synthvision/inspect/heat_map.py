"""A picture of how often levels of factors come together: a triangle of blocks, one for each pair of factors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from synthvision.inspect.drawing import load_font
from synthvision.inspect.palette import Colour, text_colour_on

__all__ = ["draw_heat_map"]

_BACKGROUND: Colour = (255, 255, 255)
_TEXT: Colour = (24, 28, 34)
_MUTED: Colour = (110, 118, 130)
_LINE: Colour = (255, 255, 255)
_IMPOSSIBLE: Colour = (226, 228, 232)
_EMPTY: Colour = (255, 255, 255)
_ALARM: Colour = (206, 38, 38)
# From few to many, light to dark (single hue, so that order can be read without colour vision).
_RAMP: tuple[Colour, ...] = ((222, 235, 247), (158, 202, 225), (66, 146, 198), (8, 81, 156), (8, 48, 107))
_CELL = 30
_GAP = 8
_MARGIN = 28
_FONT = 12

Pair = tuple[str, str]


def draw_heat_map(
    levels: Mapping[str, Sequence[str]],
    counts: Mapping[tuple[Pair, Pair], int],
    impossible: Collection[frozenset[Pair]] = (),
    title: str = "",
    note: str = "",
) -> NDArray[np.uint8]:
    """Return a picture, uint8 (height, width, 3), of how many pictures show two levels together.

    Cells are darker the more pictures there are and hold their number; one that never came has a red frame and a 0,
    one that is impossible is grey with a stroke. On the diagonal stands each level alone.

    Args:
        levels: Names of levels by factor; rows and columns are in this order.
        counts: Pictures by two (factor, level) pairs, in the order of the factors; a pair with itself for one level.
        impossible: Pairs of (factor, level) pairs that cannot come.
        title: Above the picture.
        note: Below the title.
    """
    names = list(levels)
    label_w = max(_width(level, _FONT) for values in levels.values() for level in values) + 10
    factor_w = max(_width(name, _FONT + 1) for name in names) + 14
    offsets, place = {}, 0
    for name in names:
        offsets[name] = place
        place += len(levels[name]) * _CELL + _GAP
    side = place - _GAP
    left, top = round(_MARGIN + factor_w + label_w), _MARGIN + 62
    bottom = round(label_w + factor_w)
    legend_h = 60
    width = max(left + side + _MARGIN, left + 560)
    height = top + side + bottom + legend_h + _MARGIN
    picture = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    draw.text((_MARGIN, _MARGIN - 6), title, _TEXT, load_font(19))
    draw.text((_MARGIN, _MARGIN + 22), note, _MUTED, load_font(13))
    most = max((count for (one, other), count in counts.items() if one[0] != other[0]), default=0)
    for row, first in enumerate(names):
        for second in names[: row + 1]:
            for i, one in enumerate(levels[first]):
                for j, other in enumerate(levels[second]):
                    if first == second and i != j:
                        continue
                    key = ((second, other), (first, one))
                    box = (left + offsets[second] + j * _CELL, top + offsets[first] + i * _CELL)
                    own = first == second
                    never = frozenset(key) in impossible and not own
                    _cell(draw, box, counts.get(key, 0), most, never=never, alone=own)
    for name in names:
        _row_names(draw, name, levels[name], left, top + offsets[name], label_w)
        _column_names(picture, name, levels[name], left + offsets[name], top + side + 6, label_w)
    _legend(draw, left, top + side + bottom + 22, most)
    return np.asarray(picture)


def _cell(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], count: int, most: int, *, never: bool, alone: bool
) -> None:
    x, y = at
    box = (x, y, x + _CELL - 2, y + _CELL - 2)
    font = load_font(_FONT - 1)
    if never and not count:
        draw.rectangle(box, fill=_IMPOSSIBLE)
        draw.line((box[0] + 8, box[3] - 8, box[2] - 8, box[1] + 8), fill=_MUTED, width=1)
        return
    if not count:
        draw.rectangle(box, fill=_EMPTY, outline=_ALARM, width=2)
        draw.text((x + _CELL / 2 - 1, y + _CELL / 2 - 1), "0", _ALARM, font, anchor="mm")
        return
    # Levels alone come far more often than pairs and have a scale of their own: none.
    fill = (246, 246, 248) if alone else _colour(count / most if most else 0.0)
    draw.rectangle(box, fill=fill, outline=_ALARM if never else None, width=2 if never else 0)
    draw.text((x + _CELL / 2 - 1, y + _CELL / 2 - 1), _short(count), text_colour_on(fill), font, anchor="mm")


def _row_names(
    draw: ImageDraw.ImageDraw, name: str, levels: Sequence[str], left: float, top: float, label_w: float
) -> None:
    for index, level in enumerate(levels):
        draw.text((left - 6, top + (index + 0.5) * _CELL - 1), level, _TEXT, load_font(_FONT), anchor="rm")
    middle = top + len(levels) * _CELL / 2
    draw.text((left - label_w - 6, middle), name, _MUTED, load_font(_FONT + 1), anchor="rm")


def _column_names(
    picture: Image.Image, name: str, levels: Sequence[str], left: float, top: float, label_w: float
) -> None:
    for index, level in enumerate(levels):
        _upwards(picture, level, left + (index + 0.5) * _CELL - 1, top, _FONT, _TEXT)
    _upwards(picture, name, left + len(levels) * _CELL / 2, top + label_w, _FONT + 1, _MUTED)


def _upwards(picture: Image.Image, text: str, middle: float, top: float, size: int, colour: Colour) -> None:
    """Write a text from bottom to top whose end is at `top`."""
    font = load_font(size)
    ascent, descent = font.getmetrics()
    strip = Image.new("RGB", (int(_width(text, size)) + 2, ascent + descent), _BACKGROUND)
    ImageDraw.Draw(strip).text((0, 0), text, colour, font)
    turned = strip.transpose(Image.Transpose.ROTATE_90)
    picture.paste(turned, (round(middle - turned.width / 2), round(top)))


def _legend(draw: ImageDraw.ImageDraw, left: float, top: float, most: int) -> None:
    font, x = load_font(_FONT), left
    steps = sorted({1, *(round(most * share) for share in (0.25, 0.5, 0.75, 1.0))} - {0}) if most else []
    for count in steps:
        _cell(draw, (x, top), count, most, never=False, alone=False)
        x += _CELL + 2
    x += 6
    draw.text((x, top + _CELL / 2 - 1), "pictures", _MUTED, font, anchor="lm")
    x += _width("pictures", _FONT) + 24
    for never, text in ((False, "never came"), (True, "ruled out")):
        _cell(draw, (x, top), 0, most, never=never, alone=False)
        draw.text((x + _CELL + 4, top + _CELL / 2 - 1), text, _MUTED, font, anchor="lm")
        x += _CELL + _width(text, _FONT) + 26


def _colour(share: float) -> Colour:
    place = min(max(share, 0.0), 1.0) * (len(_RAMP) - 1)
    low = min(int(place), len(_RAMP) - 2)
    part = place - low
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True))
    return red, green, blue


def _short(count: int) -> str:
    """Return a number in at most four letters.

    Example:
        >>> [_short(value) for value in (7, 999, 1234, 56789)]
        ['7', '999', '1.2k', '57k']
    """
    if count < 1000:
        return str(count)
    thousands = count / 1000
    return f"{thousands:.1f}k" if thousands < 9.95 else f"{thousands:.0f}k"


def _width(text: str, size: float) -> float:
    return float(load_font(size).getlength(text))
