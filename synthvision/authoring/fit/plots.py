"""Plain pictures of distributions, drawn with Pillow: no plotting package is needed for a few bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["histogram_sheet", "matrix_picture"]

Float = NDArray[np.float64]

# Told apart by people who see no red or green too (Okabe and Ito).
_COLOURS = ((0, 0, 0), (230, 159, 0), (0, 114, 178), (204, 121, 167))
_INK, _PALE, _PAPER = (40, 40, 40), (200, 200, 200), (255, 255, 255)
_PANEL_WH = (420, 280)
_MARGIN = (46, 34, 14, 34)  # left, top, right, bottom
_BINS = 30


def histogram_sheet(path: Path, panels: Mapping[str, Mapping[str, Float]]) -> None:
    """Write a picture with one panel for each quantity and one outline for each set.

    Args:
        path: PNG file.
        panels: Values by set, by quantity; the sets have the same colours everywhere.
    """
    names = list(dict.fromkeys(name for sets in panels.values() for name in sets))
    colours = dict(zip(names, _COLOURS * len(names), strict=False))
    columns = min(2, max(1, len(panels)))
    rows = -(-max(1, len(panels)) // columns)
    width, height = _PANEL_WH
    sheet = Image.new("RGB", (columns * width, rows * height + 34), _PAPER)
    draw = ImageDraw.Draw(sheet)
    x = 16
    for name, colour in colours.items():
        draw.rectangle((x, 12, x + 18, 20), fill=colour)
        draw.text((x + 24, 8), name, fill=_INK, font=_font(14))
        x += 44 + int(draw.textlength(name, font=_font(14)))
    for index, (title, sets) in enumerate(panels.items()):
        _panel(draw, (index % columns * width, index // columns * height + 34), title, sets, colours)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)


def matrix_picture(path: Path, counts: NDArray[np.int64], names: Sequence[str], title: str) -> None:
    """Write a picture of a square table of counts.

    Args:
        path: PNG file.
        counts: (k, k).
        names: Of rows and columns.
        title: Above it.
    """
    shown = names[:40]
    cell = 44 if len(shown) <= 12 else 22
    left = 12 + max((int(_font(13).getlength(name)) for name in shown), default=0)
    top = 64
    sheet = Image.new("RGB", (left + cell * len(shown) + 16, top + cell * len(shown) + 12), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((8, 6), title, fill=_INK, font=_font(14))
    highest = max(1, int(counts.max(initial=0)))
    for i, name in enumerate(shown):
        draw.text((8, top + cell * i + cell // 2 - 8), name, fill=_INK, font=_font(13))
        draw.text((left + cell * i + 3, top - 20), name[: max(2, cell // 8)], fill=_INK, font=_font(13))
        for j in range(len(shown)):
            share = counts[i, j] / highest
            tone = tuple(round(255 + (dark - 255) * share) for dark in (0, 90, 160))
            box = (left + cell * j, top + cell * i, left + cell * (j + 1) - 2, top + cell * (i + 1) - 2)
            draw.rectangle(box, fill=(tone[0], tone[1], tone[2]))
            if cell > 30:
                ink = _PAPER if share > 0.55 else _INK
                draw.text((box[0] + 4, box[1] + cell // 2 - 9), str(int(counts[i, j])), fill=ink, font=_font(12))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)


def _panel(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    title: str,
    sets: Mapping[str, Float],
    colours: Mapping[str, tuple[int, int, int]],
) -> None:
    left, top = at[0] + _MARGIN[0], at[1] + _MARGIN[1]
    right, bottom = at[0] + _PANEL_WH[0] - _MARGIN[2], at[1] + _PANEL_WH[1] - _MARGIN[3]
    draw.text((at[0] + 12, at[1] + 8), title, fill=_INK, font=_font(14))
    edges = _edges(sets)
    shares = {name: np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / len(values)
              for name, values in sets.items()}  # fmt: skip
    highest = max((float(each.max()) for each in shares.values()), default=0.0) or 1.0
    for step in range(5):
        y = bottom - (bottom - top) * step / 4
        draw.line((left, y, right, y), fill=_PALE if step else _INK)
        draw.text((at[0] + 6, y - 8), f"{highest * step / 4:.0%}", fill=_INK, font=_font(11))
    for step in range(5):
        mark = edges[0] + (edges[-1] - edges[0]) * step / 4
        x = left + (right - left) * step / 4
        draw.line((x, bottom, x, bottom + 4), fill=_INK)
        draw.text((x - 14, bottom + 8), f"{mark:.3g}", fill=_INK, font=_font(11))
    for name, share in shares.items():
        points = []
        for index, value in enumerate(share):
            y = bottom - (bottom - top) * float(value) / highest
            points += [(left + (right - left) * end / len(share), y) for end in (index, index + 1)]
        draw.line(points, fill=colours[name], width=2)


def _edges(sets: Mapping[str, Float]) -> Float:
    """Return the bins for all sets: whole numbers where all values are, else from nearly the least to the most."""
    values = np.concatenate(list(sets.values()))
    if (values == np.round(values)).all() and np.ptp(values) <= 60:
        return np.arange(values.min() - 0.5, values.max() + 1.0)
    low, high = np.percentile(values, [0.5, 99.5])
    if high <= low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, _BINS + 1)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
