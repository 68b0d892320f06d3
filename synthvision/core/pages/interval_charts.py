"""Charts of values with their intervals, as SVG texts; every number is written out beside its mark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["Marked", "curve_chart", "interval_chart"]

#: A value with the bounds of its interval; None where there are none.
Marked = tuple[float, float | None, float | None]

_MARK, _OTHER, _LINE = "#56b4e9", "#f0b35a", "#343a44"
_WIDTH = 720


def interval_chart(rows: Mapping[str, Marked | None], *, highlighted: str = "", guide: float | None = None) -> str:
    """Return a dot with whiskers for each name, on one axis that starts at 0.

    Args:
        rows: Value and bounds by name, in the order to draw; None for a name without a value.
        highlighted: Name whose mark has another colour.
        guide: Where a line stands across all rows; None for none.
    """
    known = [row for row in rows.values() if row is not None]
    if not known:
        return '<p class="none">none</p>'
    most = max(max(number for number in row if number is not None) for row in known)
    end = _round_up(max(most, 1e-9))
    row_h, label_w, number_w = 26, 160, 180
    room = _WIDTH - label_w - number_w
    height = row_h * len(rows) + 22

    def x_of(value: float) -> float:
        return label_w + room * max(value, 0.0) / end

    parts = [f'<svg class="intervals" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img">']
    for tick in range(6):
        x = x_of(end * tick / 5)
        parts.append(f'<path d="M{x:.1f} 0V{height - 20}" stroke="{_LINE}"/>')
        parts.append(
            f'<text class="axis" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{end * tick / 5:.3g}</text>'
        )
    if guide is not None:
        x = x_of(guide)
        parts.append(f'<path d="M{x:.1f} 0V{height - 20}" stroke="{_OTHER}" stroke-dasharray="4 4"/>')
    for place, (name, row) in enumerate(rows.items()):
        y = place * row_h + row_h / 2
        parts.append(f'<text x="{label_w - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>')
        if row is None:
            parts.append(f'<text class="axis" x="{label_w + room + 14}" y="{y + 4:.1f}">not known</text>')
            continue
        value, low, high = row
        colour = _OTHER if name == highlighted else _MARK
        text = f"{value:.3f}"
        if low is not None and high is not None:
            text += f" [{low:.3f}, {high:.3f}]"
            parts.append(
                f'<path d="M{x_of(low):.1f} {y}H{x_of(high):.1f}M{x_of(low):.1f} {y - 5}v10M{x_of(high):.1f} '
                f'{y - 5}v10" stroke="{colour}" stroke-width="2" fill="none"/>'
            )
        parts.append(f'<circle cx="{x_of(value):.1f}" cy="{y}" r="5" fill="{colour}"/>')
        parts.append(f'<text class="n" x="{label_w + room + 14}" y="{y + 4:.1f}">{text}</text>')
    return "".join(parts) + "</svg>"


def curve_chart(points: Sequence[tuple[float, Marked]], lines: Mapping[str, float], x_name: str) -> str:
    """Return a curve over a logarithmic axis, with levels that other things reach as lines across it.

    Args:
        points: Place on the axis, above 0, and value there with its bounds.
        lines: Value by name.
        x_name: What the axis counts.
    """
    if not points:
        return '<p class="none">none</p>'
    ordered = sorted(points)
    top = max(max(number for number in mark if number is not None) for _, mark in ordered)
    end = _round_up(max([top, *lines.values(), 1e-9]))
    height, left, bottom, right = 300, 52, 40, 190
    first, last = math.log(ordered[0][0]), math.log(ordered[-1][0])

    def x_of(value: float) -> float:
        share = (math.log(value) - first) / (last - first) if last > first else 0.5
        return left + 14 + share * (_WIDTH - left - right - 28)

    def y_of(value: float) -> float:
        return 10 + (height - bottom - 10) * (1 - max(value, 0.0) / end)

    parts = [f'<svg class="curve" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img">']
    for tick in range(6):
        y = y_of(end * tick / 5)
        parts.append(f'<path d="M{left} {y:.1f}H{_WIDTH - right}" stroke="{_LINE}"/>')
        parts.append(f'<text class="axis" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{end * tick / 5:.3g}</text>')
    for name, value in lines.items():
        y = y_of(value)
        parts.append(f'<path d="M{left} {y:.1f}H{_WIDTH - right}" stroke="{_OTHER}" stroke-dasharray="4 4"/>')
        parts.append(f'<text class="n" x="{_WIDTH - right + 8}" y="{y + 4:.1f}">{escape(name)} {value:.3f}</text>')
    path = " ".join(f"{x_of(x):.1f},{y_of(mark[0]):.1f}" for x, mark in ordered)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_MARK}" stroke-width="2"/>')
    for place, (x, (value, low, high)) in enumerate(ordered):
        if low is not None and high is not None:
            parts.append(
                f'<path d="M{x_of(x):.1f} {y_of(low):.1f}V{y_of(high):.1f}" stroke="{_MARK}" stroke-width="2"/>'
            )
        parts.append(f'<circle cx="{x_of(x):.1f}" cy="{y_of(value):.1f}" r="5" fill="{_MARK}"/>')
        # The number of the first point stands to its right, clear of the axis.
        aside, anchor = (8, "start") if place == 0 else (-8, "end")
        parts.append(
            f'<text class="n" x="{x_of(x) + aside:.1f}" y="{y_of(value) - 9:.1f}" text-anchor="{anchor}">'
            f"{value:.3f}</text>"
        )
        parts.append(f'<text class="axis" x="{x_of(x):.1f}" y="{height - 24}" text-anchor="middle">{x:g}</text>')
    middle = (left + _WIDTH - right) / 2
    parts.append(f'<text class="axis" x="{middle}" y="{height - 6}" text-anchor="middle">{escape(x_name)}</text>')
    return "".join(parts) + "</svg>"


def _round_up(value: float) -> float:
    """Return the end of an axis: the next of 1, 2, 2.5, 5 and their tenfolds.

    Example:
        >>> [_round_up(value) for value in (0.61, 0.3, 0.02)]
        [1.0, 0.5, 0.02]
    """
    unit = 10.0 ** math.floor(math.log10(value))
    for step in (1.0, 2.0, 2.5, 5.0, 10.0):
        if value <= step * unit * (1 + 1e-9):
            return step * unit
    return 10 * unit
