"""Labels of bottles, cans and tins: grounds, fronts and small print, all invented."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.procedural.prints.canvas import Canvas, Ink
from synthvision.library.procedural.prints.emblems import EMBLEMS, draw_emblem
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words
from synthvision.library.procedural.prints.schemes import SCHEMES, Scheme, mixed

__all__ = ["label_scheme", "paper_label", "wrap_label"]

DESIGNS = 24


def label_scheme(design: int) -> Scheme:
    """Return the inks of a design, for things that match the label such as a cap."""
    return SCHEMES[(design * 7 + 3) % len(SCHEMES)]


@lru_cache(maxsize=24)
def paper_label(design: int, width: int, height: int) -> NDArray[np.uint8]:
    """Return the front label of a wine or beer bottle: paper with a frame, a name and an emblem.

    Args:
        design: 0 and up; each is another print.
        width: Pixels.
        height: Rows.

    Returns:
        sRGB uint8 (height, width, 3).
    """
    rng = rng_for(design, 0, "prints.paper_label")
    scheme = label_scheme(design)
    dark_ground = rng.random() < 0.25
    ground, text = (scheme.main, scheme.paper) if dark_ground else (scheme.paper, scheme.dark)
    strong = scheme.accent if dark_ground else scheme.main
    canvas = Canvas(width, height, ground)
    layout = int(rng.integers(5))
    middle = width / 2
    unit = min(width, height)
    name = invented_name(design, "prints.paper_label")
    style = _type_style(rng)
    emblem = int(rng.integers(len(EMBLEMS)))
    if layout == 0:  # frame, emblem above the name
        _frame(canvas, 0.035 * unit, strong, double=bool(rng.random() < 0.5))
        draw_emblem(canvas, emblem, (middle, height * 0.3), unit * 0.2, strong, scheme.second, scheme.accent)
        canvas.text(name.upper(), (middle, height * 0.6), unit * 0.11, text, style, max_width=width * 0.8)
        canvas.line([(width * 0.25, height * 0.69), (width * 0.75, height * 0.69)], unit * 0.008, strong)
        _small_print(canvas, design, middle, height * 0.75, unit * 0.045, text, width * 0.7, 3)
    elif layout == 1:  # broad band across, name in it
        canvas.rectangle(0, height * 0.36, width, height * 0.64, strong)
        canvas.rectangle(0, height * 0.335, width, height * 0.35, scheme.second)
        canvas.rectangle(0, height * 0.65, width, height * 0.665, scheme.second)
        ink = ground if not dark_ground else scheme.main
        canvas.text(name, (middle, height * 0.5), unit * 0.15, ink, style, max_width=width * 0.85)
        draw_emblem(canvas, emblem, (middle, height * 0.17), unit * 0.13, strong, scheme.second, scheme.accent)
        _small_print(canvas, design, middle, height * 0.74, unit * 0.05, text, width * 0.7, 3)
    elif layout == 2:  # oval medallion
        canvas.ellipse((middle, height * 0.45), (width * 0.42, height * 0.36), strong)
        canvas.ellipse((middle, height * 0.45), (width * 0.39, height * 0.33), ground)
        draw_emblem(canvas, emblem, (middle, height * 0.3), unit * 0.14, strong, scheme.second, scheme.accent)
        canvas.text(name, (middle, height * 0.53), unit * 0.13, strong, style, max_width=width * 0.66)
        _small_print(canvas, design, middle, height * 0.64, unit * 0.04, text, width * 0.5, 1)
        canvas.text(str(1750 + 7 * design), (middle, height * 0.88), unit * 0.06, text, TypeStyle(tracking=0.3))
    elif layout == 3:  # modern: block of colour, text to the left
        split = height * float(rng.uniform(0.45, 0.65))
        canvas.rectangle(0, 0, width, split, strong)
        draw_emblem(canvas, emblem, (middle, split * 0.52), unit * 0.24, scheme.accent, scheme.second, ground)
        canvas.text(
            name.lower(), (middle, (split + height) / 2 - unit * 0.05), unit * 0.13, text, style, max_width=width * 0.85
        )
        _small_print(canvas, design, middle, (split + height) / 2 + unit * 0.08, unit * 0.04, text, width * 0.8, 2)
    else:  # diagonal ribbon
        corners = [(0, height * 0.55), (width, height * 0.25), (width, height * 0.5), (0, height * 0.8)]
        canvas.polygon(corners, strong)
        turn = -np.arctan2(height * 0.3, width)
        ink = ground if not dark_ground else scheme.main
        canvas.text(
            name, (middle, height * 0.525), unit * 0.13, ink, style, max_width=width * 0.8, turn_rad=float(turn)
        )
        draw_emblem(canvas, emblem, (width * 0.28, height * 0.24), unit * 0.15, strong, scheme.second, scheme.accent)
        _small_print(canvas, design, width * 0.66, height * 0.8, unit * 0.045, text, width * 0.5, 2)
        _frame(canvas, 0.02 * unit, scheme.second, double=False)
    return canvas.finished()


@lru_cache(maxsize=24)
def wrap_label(design: int, width: int, height: int, fronts: int = 1) -> NDArray[np.uint8]:
    """Return a label that goes round: a ground, one or two fronts, and small print with a bar code between.

    Arguments and result as in `paper_label`; `fronts` is how often the front is repeated around. The left and the
    right border fit each other.
    """
    rng = rng_for(design, 0, "prints.wrap_label")
    scheme = label_scheme(design)
    ground, text = (scheme.main, scheme.paper) if rng.random() < 0.65 else (scheme.paper, scheme.dark)
    inverse = scheme.main if ground == scheme.paper else scheme.paper
    canvas = Canvas(width, height, ground)
    _ground(canvas, rng, scheme, ground)
    name = invented_name(design, "prints.wrap_label")
    style = _type_style(rng)
    emblem, layout = int(rng.integers(len(EMBLEMS))), int(rng.integers(4))
    spacing = width / fronts
    unit = min(spacing * 0.9, height)
    strong = scheme.accent if ground == scheme.main else scheme.main
    for k in range(fronts):
        middle = spacing * (k + 0.5)
        if layout == 0:
            canvas.disc((middle, height * 0.42), unit * 0.33, inverse)
            canvas.ring((middle, height * 0.42), (unit * 0.33, unit * 0.33), unit * 0.02, scheme.second)
            draw_emblem(canvas, emblem, (middle, height * 0.33), unit * 0.15, *_on(inverse, scheme))
            canvas.text(
                name, (middle, height * 0.52), unit * 0.11, _on(inverse, scheme)[0], style, max_width=unit * 0.56
            )
            _small_print(canvas, design, middle, height * 0.83, unit * 0.045, text, spacing * 0.5, 2)
        elif layout == 1:
            outline = (unit * 0.02, scheme.dark if ground == scheme.main else scheme.paper)
            turned = rng_for(design, 0, "prints.wrap_label.turn").random() < 0.3 and height > spacing * 0.9
            place = (middle, height * (0.5 if turned else 0.36))
            limit = (height * 0.85) if turned else spacing * 0.72
            canvas.text(
                name,
                place,
                unit * 0.2,
                strong,
                style,
                max_width=limit,
                turn_rad=-np.pi / 2 if turned else 0.0,
                outline=outline,
            )
            if not turned:
                draw_emblem(canvas, emblem, (middle, height * 0.68), unit * 0.2, inverse, scheme.second, scheme.accent)
        elif layout == 2:
            canvas.rectangle(
                middle - spacing * 0.36, height * 0.3, middle + spacing * 0.36, height * 0.56, inverse, unit * 0.05
            )
            canvas.text(
                name.upper(),
                (middle, height * 0.43),
                unit * 0.15,
                _on(inverse, scheme)[0],
                style,
                max_width=spacing * 0.62,
            )
            draw_emblem(canvas, emblem, (middle, height * 0.77), unit * 0.17, inverse, scheme.second, scheme.accent)
            canvas.text(
                invented_words(design, "b", 1), (middle, height * 0.2), unit * 0.06, text, TypeStyle(tracking=0.15)
            )
        else:
            draw_emblem(canvas, emblem, (middle, height * 0.4), unit * 0.32, inverse, scheme.second, scheme.accent)
            canvas.text(name, (middle, height * 0.8), unit * 0.14, strong, style, max_width=spacing * 0.7)
            _small_print(canvas, design, middle, height * 0.92, unit * 0.04, text, spacing * 0.5, 1)
        back = spacing * k
        _back_panel(
            canvas,
            design,
            back,
            spacing * 0.26,
            height,
            inverse,
            scheme.dark if inverse == scheme.paper else scheme.paper,
        )
        if k == 0:
            _back_panel(
                canvas,
                design,
                float(width),
                spacing * 0.26,
                height,
                inverse,
                scheme.dark if inverse == scheme.paper else scheme.paper,
            )
    for y, share in ((0.0, 0.035), (0.965, 1.0)):
        canvas.rectangle(0, height * y, width, height * share, scheme.second)
    return canvas.finished()


def _on(ground: Ink, scheme: Scheme) -> tuple[Ink, Ink, Ink]:
    """Inks to draw with on paper or on the main colour."""
    if ground == scheme.paper:
        return scheme.main, scheme.second, scheme.accent
    return scheme.paper, scheme.second, scheme.accent


def _type_style(rng: np.random.Generator) -> TypeStyle:
    return TypeStyle(
        weight=float(rng.choice([0.05, 0.12, 0.2])),
        slant=float(rng.choice([0.0, 0.0, 0.25])),
        stretch=float(rng.choice([0.7, 1.0, 1.0, 1.25])),
        tracking=float(rng.choice([0.0, 0.05, 0.2])),
        bow=float(rng.choice([0.0, 0.0, 0.12])),
    )


def _frame(canvas: Canvas, inset: float, ink: Ink, *, double: bool) -> None:
    for k in range(2 if double else 1):
        d = inset * (1 + k)
        corners = [(d, d), (canvas.width - d, d), (canvas.width - d, canvas.height - d), (d, canvas.height - d)]
        canvas.line(corners, inset * 0.35, ink, closed=True)


def _small_print(
    canvas: Canvas, design: int, middle: float, top: float, size: float, ink: Ink, width: float, lines: int
) -> None:
    for k in range(lines):
        words = invented_words(design * 5 + k, "prints.small", 3 if k else 2)
        canvas.text(
            words.upper() if k == 0 else words,
            (middle, top + k * size * 1.7),
            size * (1.0 if k == 0 else 0.8),
            ink,
            TypeStyle(tracking=0.08),
            max_width=width,
        )


def _ground(canvas: Canvas, rng: np.random.Generator, scheme: Scheme, ground: Ink) -> None:
    """Stripes, rays, dots, hills, waves or a gradient behind everything; repeats at the left and right border."""
    width, height = canvas.width, canvas.height
    soft = mixed(ground, scheme.second, float(rng.uniform(0.25, 0.9)))
    kind = int(rng.integers(7))
    if kind == 0:
        count = int(rng.choice([6, 10, 16]))
        for k in range(count):
            canvas.rectangle(width * k / count, 0, width * (k + 0.5) / count, height, soft)
    elif kind == 1:
        for half in (0, 1):
            for k in range(24):
                angle = np.pi * 2 * np.array([k, k + 0.5]) / 24
                centre = np.array([width * (0.25 + half / 2), height * 0.42])
                far = centre + np.stack([np.cos(angle), np.sin(angle)], axis=1) * height
                far[:, 0] = np.clip(far[:, 0], half * width / 2, (half + 1) * width / 2)
                canvas.polygon(np.concatenate([[centre], far]), soft)
    elif kind == 2:
        pitch = width / 16
        for row in range(int(height / pitch) + 1):
            for column in range(17):
                canvas.disc(((column + 0.5 * (row % 2)) * pitch, row * pitch), pitch * 0.2, soft)
    elif kind == 3:
        x = np.linspace(0, width, 97)
        for k, (level, ink) in enumerate(
            ((0.62, soft), (0.74, scheme.second), (0.86, mixed(scheme.second, scheme.dark, 0.4)))
        ):
            y = height * (level + 0.06 * np.sin(2 * np.pi * (x / width * (2 + k)) + k))
            canvas.polygon(np.concatenate([np.stack([x, y], axis=1), [(width, height), (0, height)]]), ink)
    elif kind == 4:
        x = np.linspace(0, width, 193)
        for k in range(7):
            y = height * (k / 6) + height * 0.03 * np.sin(2 * np.pi * x / width * 8)
            canvas.line(np.stack([x, y], axis=1), height * 0.04, soft)
    elif kind == 5:
        ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        canvas.blend(np.ascontiguousarray(np.broadcast_to(ramp, (height, width))), scheme.second)
    else:
        count = 8
        for k in range(-1, count + 1):
            left = width * k / count
            canvas.polygon(
                [
                    (left, height),
                    (left + height * 0.5, 0),
                    (left + height * 0.5 + width / count / 2, 0),
                    (left + width / count / 2, height),
                ],
                soft,
            )


def _back_panel(canvas: Canvas, design: int, middle: float, width: float, height: float, paper: Ink, ink: Ink) -> None:
    """Small print, a table and a bar code."""
    left, right = middle - width / 2, middle + width / 2
    canvas.rectangle(left, height * 0.1, right, height * 0.9, paper, width * 0.04)
    rng = rng_for(design, 0, "prints.back_panel")
    for k in range(9):
        reach = width * 0.8 * float(rng.uniform(0.6, 1.0))
        y = height * (0.16 + 0.035 * k)
        canvas.line([(left + width * 0.1, y), (left + width * 0.1 + reach, y)], height * 0.012, mixed(ink, paper, 0.35))
    for k in range(5):
        y = height * (0.51 + 0.035 * k)
        canvas.line([(left + width * 0.1, y), (right - width * 0.1, y)], 1.0, ink)
    white = (250, 250, 250)
    canvas.rectangle(left + width * 0.1, height * 0.7, right - width * 0.1, height * 0.86, white)
    x = left + width * 0.16
    while x < right - width * 0.17:
        bar = width * 0.012 * float(rng.integers(1, 4))
        canvas.rectangle(x, height * 0.715, x + bar, height * 0.845, (15, 15, 15))
        x += bar + width * 0.012 * float(rng.integers(1, 4))
