"""Charts as SVG texts: bars, histograms, heat maps. Numbers are written out, so that nothing hangs on colour alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["bar_chart", "histogram", "level_heat_map", "matrix_heat_map", "picture_heat_map", "ramp_colour"]

_BAR = "#4a7ea0"
_MUTED = "#a2aab6"
_LINE = "#343a44"
# From nothing to much on a dark page: one hue, rising lightness.
_RAMP: tuple[tuple[int, int, int], ...] = ((33, 38, 46), (30, 66, 92), (37, 105, 145), (86, 160, 205), (190, 225, 245))
_WIDTH = 420


def bar_chart(counts: Mapping[str, int], colours: Mapping[str, str] | None = None) -> str:
    """Return a bar for each name with its count.

    Args:
        counts: Count by name, in the order to draw.
        colours: Colour of some names; others are blue.
    """
    if not counts:
        return '<p class="none">none</p>'
    most = max(max(counts.values()), 1)
    row, label_w, number_w = 21, 150, 62
    room = _WIDTH - label_w - number_w
    parts = [_svg(_WIDTH, row * len(counts), "bars")]
    for place, (name, count) in enumerate(counts.items()):
        y, length = place * row, room * count / most
        colour = (colours or {}).get(name, _BAR)
        parts.append(f'<text x="{label_w - 8}" y="{y + 14}" text-anchor="end">{escape(_cut(name, 23))}</text>')
        if count:
            parts.append(
                f'<rect x="{label_w}" y="{y + 3}" width="{max(length, 1.5):.1f}" height="{row - 6}" rx="3" '
                f'fill="{colour}"/>'
            )
        parts.append(f'<text class="n" x="{label_w + length + 7:.1f}" y="{y + 14}">{count:,}</text>')
    return "".join(parts) + "</svg>"


def histogram(counts: Sequence[int], edges: Sequence[float], *, whole: bool = False) -> str:
    """Return a histogram whose bins start at the edges; the last bin has no end.

    Args:
        counts: Of each bin.
        edges: Where each bin starts.
        whole: Whether the numbers are whole, so that a bin's name can end with its last one.
    """
    if not counts or not max(counts):
        return '<p class="none">none</p>'
    most, height, bins = max(counts), 110, len(counts)
    step = _WIDTH / bins
    parts = [_svg(_WIDTH, height + 34, "histogram")]
    for place, count in enumerate(counts):
        tall = (height - 14) * count / most
        x, y = place * step, height - tall
        name = _bin_name(edges, place, whole=whole)
        parts.append(f"<g><title>{name}: {count:,}</title>")
        parts.append(f'<rect x="{x:.1f}" y="0" width="{step:.1f}" height="{height}" fill="none" pointer-events="all"/>')
        if count:
            tall = max(tall, 1.5)
            parts.append(
                f'<rect x="{x + 0.5:.1f}" y="{height - tall:.1f}" width="{max(step - 1, 1):.1f}" height="{tall:.1f}" '
                f'fill="{_BAR}"/>'
            )
            if step >= 34:
                parts.append(
                    f'<text class="n" x="{x + step / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle">{count:,}</text>'
                )
        parts.append("</g>")
    parts.append(f'<path d="M0 {height}H{_WIDTH}" stroke="{_LINE}"/>')
    every = max(1, -(-bins // 8))
    for place in range(0, bins, every):
        anchor = "start" if place == 0 else "middle"
        parts.append(
            f'<text class="axis" x="{place * step + (1 if place == 0 else 0):.1f}" y="{height + 15}" '
            f'text-anchor="{anchor}">{_short(edges[place])}</text>'
        )
    return "".join(parts) + "</svg>"


def matrix_heat_map(names: Sequence[str], counts: NDArray[Any]) -> str:
    """Return a table of how often two things come together, darker to lighter with the count.

    Args:
        names: Of rows and columns.
        counts: (names, names); the diagonal is not coloured, since it is always the largest.
    """
    beside = counts.copy()
    np.fill_diagonal(beside, 0)
    most = max(int(beside.max(initial=0)), 1)
    cell, label = 36, 120
    size = len(names) * cell
    # Names stand aslant and reach over the last column.
    parts = [_svg(label + size + 70, label + size, "matrix")]
    for i, name in enumerate(names):
        y = label + i * cell
        parts.append(f'<text x="{label - 8}" y="{y + cell / 2 + 4}" text-anchor="end">{escape(_cut(name, 17))}</text>')
        parts.append(
            f'<text transform="translate({y + cell / 2 + 4},{label - 8}) rotate(-55)">{escape(_cut(name, 17))}</text>'
        )
        for j, other in enumerate(names):
            share = 0.0 if i == j else int(counts[i, j]) / most
            parts.append(_cell(label + j * cell, y, cell, share, int(counts[i, j]), f"{name} and {other}", own=i == j))
    return "".join(parts) + "</svg>"


def level_heat_map(
    levels: Mapping[str, Sequence[str]],
    titles: Mapping[str, str],
    counts: Mapping[tuple[tuple[str, str], tuple[str, str]], int],
) -> str:
    """Return a triangle of blocks, one for each two quantities: in how many pictures their levels come together.

    Args:
        levels: Levels by quantity; rows and columns are in this order.
        titles: Names of the quantities for people.
        counts: Pictures by two (quantity, level) pairs in this order; a pair with itself for a level alone.
    """
    cell, gap, label = 28, 8, 176
    starts, place = {}, 0
    for key, values in levels.items():
        starts[key] = place
        place += len(values) * cell + gap
    size = place - gap
    most = max((count for (one, other), count in counts.items() if one[0] != other[0]), default=1) or 1
    parts = [_svg(label + size + 4, size + label, "matrix")]
    keys = list(levels)
    for row, first in enumerate(keys):
        for i, level in enumerate(levels[first]):
            y = starts[first] + i * cell
            parts.append(
                f'<text x="{label - 8}" y="{y + cell / 2 + 4}" text-anchor="end">{escape(_cut(level, 14))}</text>'
            )
            x = label + starts[first] + i * cell
            parts.append(
                f'<text transform="translate({x + cell / 2 + 4},{size + 8}) rotate(-90)" text-anchor="end">'
                f"{escape(_cut(level, 14))}</text>"
            )
            for second in keys[: row + 1]:
                for j, other in enumerate(levels[second]):
                    own = first == second
                    if own and i != j:
                        continue
                    count = counts.get(((second, other), (first, level)), 0)
                    what = level if own else f"{titles[second]} {other} and {titles[first]} {level}"
                    x = label + starts[second] + j * cell
                    parts.append(_cell(x, y, cell, 0.0 if own else count / most, count, what, own=own))
        middle = starts[first] + len(levels[first]) * cell / 2
        title = escape(_cut(titles[first], 13))
        parts.append(f'<text class="axis" x="4" y="{middle + 4:.1f}">{title}</text>')
        turned = f"translate({label + middle + 4:.1f},{size + label - 4}) rotate(-90)"
        parts.append(f'<text class="axis" transform="{turned}">{title}</text>')
    return "".join(parts) + "</svg>"


def picture_heat_map(cover: NDArray[np.float64], aspect: float) -> str:
    """Return a map of the picture: the lighter a cell, the more boxes lie on it.

    Args:
        cover: (rows, columns) shares of boxes.
        aspect: Width over height of the picture.
    """
    rows, columns = cover.shape
    height = _WIDTH / aspect
    most = max(float(cover.max(initial=0.0)), 1e-9)
    parts = [_svg(_WIDTH, round(height), "map")]
    wide, tall = _WIDTH / columns, height / rows
    parts += [
        f'<rect x="{j * wide:.2f}" y="{i * tall:.2f}" width="{wide + 0.3:.2f}" height="{tall + 0.3:.2f}" '
        f'fill="{ramp_colour(float(cover[i, j]) / most)}"/>'
        for i in range(rows)
        for j in range(columns)
    ]
    return "".join(parts) + f"</svg><p class='note'>lightest: {most:.1%} of all boxes lie there</p>"


def ramp_colour(share: float) -> str:
    """Return the colour of a share of the largest count.

    Example:
        >>> ramp_colour(0.0), ramp_colour(1.0)
        ('#21262e', '#bee1f5')
    """
    place = min(max(share, 0.0), 1.0) * (len(_RAMP) - 1)
    low = min(int(place), len(_RAMP) - 2)
    part = place - low
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _cell(x: float, y: float, size: int, share: float, count: int, what: str, *, own: bool) -> str:
    fill = "none" if own else ramp_colour(share)
    ink = "#14171c" if share > 0.62 else "#eceff4"
    colour = "#f0b35a" if not count else _MUTED if own else ink
    # A pair that never came has a frame: the gap in the coverage is what one looks for.
    frame = ' stroke="#f0b35a" stroke-opacity="0.7"' if not count and not own else ""
    return (
        f'<g><title>{escape(what)}: {count:,}</title><rect x="{x + 1}" y="{y + 1}" width="{size - 2}" '
        f'height="{size - 2}" rx="3" fill="{fill}"{frame}/><text class="c" x="{x + size / 2}" y="{y + size / 2 + 4}" '
        f'text-anchor="middle" fill="{colour}">{_few_letters(count)}</text></g>'
    )


def _svg(width: float, height: float, kind: str) -> str:
    return f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'


def _bin_name(edges: Sequence[float], place: int, *, whole: bool) -> str:
    low = edges[place]
    if place + 1 == len(edges):
        return f"{_short(low)} and more"
    high = edges[place + 1] - (1 if whole else 0)
    return _short(low) if high == low else f"{_short(low)} to {_short(high)}"


def _short(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:.3g}M"
    return f"{value / 1e3:.3g}k" if abs(value) >= 1e4 else f"{value:.4g}"


def _few_letters(count: int) -> str:
    """Return a number in at most four letters.

    Example:
        >>> [_few_letters(value) for value in (0, 999, 1234, 56789, 1_500_000)]
        ['0', '999', '1.2k', '57k', '1.5M']
    """
    for limit, unit, letter in ((1_000, 1, ""), (1_000_000, 1_000, "k"), (10**12, 1_000_000, "M")):
        if count < limit:
            value = count / unit
            return f"{value:.0f}{letter}" if unit == 1 or value >= 9.95 else f"{value:.1f}{letter}"
    return "many"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
